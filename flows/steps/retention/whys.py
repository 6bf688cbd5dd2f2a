"""Why a record ends when it does, and what keeps it: the answer of ``retention why``. Reads only."""

from dataclasses import dataclass
from datetime import date, datetime

from flows.steps.advice import Advice
from flows.steps.retention import places
from flows.steps.retention.planning import Judged, Schedule
from infra.home import check_home
from infra.settings import Settings
from policies.announcing import may_go_from
from policies.deciding import command, waits_for_a_person
from policies.destruction import Why
from policies.holds import covers
from policies.schedule import FOLLOWS, day_of
from policies.triggers import TRIGGERS, Place, note_command
from storage.archive import ARCHIVE
from storage.catalog.catalog import Catalog
from storage.catalog.database import FILE
from storage.clocks import moment
from vocabulary.choices import Decision, Disposal, Ground, RecordClass, RecordLife, Suspends
from vocabulary.messages import N_


@dataclass(frozen=True)
class Explained:
    """One record: when it ends, how, what stands over it, and all of it in sentences. ``why`` is None if it is
    destroyed by the next run."""

    record: str
    of: str
    record_class: RecordClass
    disposal: Disposal
    due: date | None
    why: str | None
    announced_on: date | None
    orders: tuple[str, ...]
    lines: tuple[Advice, ...]


def explain(settings: Settings, where: str, now: datetime) -> list[Explained]:
    """Explain every record of CODE, CODE/N, or the one of an id, the oldest first."""
    check_home(settings.home)
    catalog = Catalog(settings.home / ARCHIVE / FILE)
    found = places.find(catalog, where)
    schedule = Schedule(settings.home, catalog, now)
    return [_explained(schedule, one) for one in schedule.judge(found.records(catalog), by_itself=True)]


def _explained(schedule: Schedule, one: Judged) -> Explained:
    record, end = one.record, one.end
    orders = [row for row in schedule.orders if covers(row, record)]
    announced = one.announced if one.announced and one.announced.due_on == end.on else None
    return Explained(
        record=record.id,
        of=str(one.session.name) if one.session else record.workshop,
        record_class=RecordClass(record.record_class),
        disposal=end.disposal,
        due=end.on,
        why=None if one.why is None else one.why.value,
        announced_on=None if announced is None else announced.on,
        orders=tuple(row.id for row in orders),
        lines=(*_dated(one), *_standing(schedule, one), *_decided(one), *_outcome(schedule, one)),
    )


def _dated(one: Judged) -> list[Advice]:
    end = one.end
    lines = []
    if end.because:
        lines.append(Advice(N_("The policy says: {disposal}, because: {because}"),
                            {"disposal": _of_policy(one), "because": end.because}))  # fmt: skip
    if end.on is not None and end.counted_from is not None and end.since is not None:
        facts = {"on": end.on, "since": end.since, "event": end.counted_from}
        if end.assumed:
            lines.append(Advice(N_("It ends on {on}, counted from {since}, the latest day for: {event}. Nobody has "
                                   "noted that yet."), facts))  # fmt: skip
        else:
            lines.append(Advice(N_("It ends on {on}, counted from {since}: {event}."), facts))
    if end.waits_for is not None and TRIGGERS[end.waits_for].by_person:
        of_session = TRIGGERS[end.waits_for].place is Place.SESSION
        of = str(one.session.name) if one.session and of_session else one.record.workshop
        if one.session is not None or not of_session:
            command = note_command(end.waits_for, of)
            lines.append(Advice(N_("Once it is known: {command}"), {"command": command}))
    return lines


def _of_policy(one: Judged) -> Disposal:
    """What the policy says becomes of the record, whatever somebody decided since."""
    record_class = RecordClass(one.record.record_class)
    return one.policy.schedule[FOLLOWS.get(record_class, record_class)].then


def _standing(schedule: Schedule, one: Judged) -> list[Advice]:
    lines = []
    for row in schedule.orders:
        if covers(row, one.record):
            facts = {
                "id": row.id, "day": day_of(one.policy, moment(row.at)), "ground": Ground(row.ground),
                "review": date.fromisoformat(row.review_on),
            }  # fmt: skip
            message = (
                N_("A hold stands over it since {day} ({ground}), to be reviewed on {review}: {id}")
                if row.suspends == Suspends.DESTRUCTION
                else N_("A restriction stands over it since {day} ({ground}), to be reviewed on {review}: {id}")
            )
            lines.append(Advice(message, facts))
    return lines


def _decided(one: Judged) -> list[Advice]:
    """What a steward decided of it at this end, while the policy leaves its end to a person."""
    row = one.decided
    if row is None:
        return []
    day = day_of(one.policy, moment(row.at))
    if row.decision == Decision.KEEP and row.until is not None:
        message = N_("On {day} a data steward decided to keep it until {until}; they are asked again then.")
        return [Advice(message, {"day": day, "until": date.fromisoformat(row.until)})]
    if row.decision == Decision.TRANSFER:
        lines = [Advice(N_("It was handed over to {recipient} on {day}."), {"recipient": row.recipient, "day": day})]
        if row.receipt_on is not None:
            receipt: dict[str, object] = {"day": date.fromisoformat(row.receipt_on), "reference": row.reference}
            lines.append(Advice(N_("Their receipt was noted on {day}: {reference}"), receipt))
        return lines
    return [Advice(N_("On {day} a data steward decided that it is destroyed."), {"day": day})]


def _outcome(schedule: Schedule, one: Judged) -> list[Advice]:
    end, why = one.end, one.why
    if one.record.destroy_intended_at is not None and one.record.life != RecordLife.DESTROYED:
        return [Advice(N_("Its destruction is announced in the log and not finished."), {})]
    if why is None:
        return [Advice(N_("It is destroyed at the next run."), {})]
    lines = [Advice(N_("It is not destroyed now: {why}."), {"why": why})]
    if waits_for_a_person(end, why):
        lines.append(Advice(N_("A data steward types: {command}"), {"command": command(one.record, why)}))
    if end.on is None or why not in (Why.NOT_DUE, Why.NOT_ANNOUNCED):
        return lines
    first = may_go_from(one.policy, one.announced, end.on, by_decision=one.by_decision)
    if first is not None:
        lines.append(Advice(N_("It is announced, and destroyed from {day} on."), {"day": first}))
    if schedule.in_doubt is not None:
        message = N_("One person alone confirmed a jump of the clock: it goes only once a second one has. Another "
                     "person types: huisclos retention confirm --as NAME")  # fmt: skip
        lines.append(Advice(message, {}))
    return lines
