"""Advice on time: what is kept longer, or goes sooner, than what the workshop needs.

Sources of the bounds: CNIL deliberation 2021-122 (logs), GDPR 5(1)(e) and 25.
"""

import datetime
from collections.abc import Iterator

from policies.advised import Advice, advise
from policies.deciding import HANDED_OVER
from policies.period import Period, Unit
from policies.policy import SCHEDULED, Clock, Policy, Rule
from policies.triggers import TRIGGERS
from vocabulary.choices import Disposal, RecordClass, Trigger
from vocabulary.messages import N_

LONGEST_RECORDING = Period(45)
"""How long a voice may stay at most without this module saying so."""

IDENTIFIED = (RecordClass.RECORDING, RecordClass.VERBATIM, RecordClass.DOSSIER, RecordClass.DRAFT)
"""The classes of a session that hold names as they were said."""

_LEAST_LOG, _MOST_LOG = Period(6, Unit.MONTH), Period(3, Unit.YEAR)
_LONG_OUTBOX = Period(30)
_LONG_DROP = Period(14)
_LONG_EXTENSION = Period(30)
_LONG_BACKUP = Period(12, Unit.MONTH)
_LARGE_SHARE = 0.5
_AFTER_CLEARANCE = (Trigger.RETURN_CLOSED, Trigger.WORKSHOP_CLOSED, Trigger.RESEARCH_ENDED)


def of_schedule(policy: Policy) -> Iterator[Advice]:
    for record_class in (*IDENTIFIED, RecordClass.VAULT):
        rule = policy.schedule[record_class]
        if rule.then is not Disposal.DESTROY:
            yield advise(
                f"schedule.{record_class}.then",
                N_("{key}: this class holds names; with {then} it is never destroyed by itself."),
                then=rule.then,
            )
        elif record_class in IDENTIFIED and (longest := _awaited_for(rule)) is not None:
            yield advise(
                f"schedule.{record_class}.latest",
                N_(
                    "{key}: without a latest date, a record waits until {latest} after receipt where nobody notes the "
                    "event, and its period comes on top."
                ),
                latest=longest,
            )
        if rule.extend_once is not None and rule.extend_once.days > _LONG_EXTENSION.days:
            yield advise(
                f"schedule.{record_class}.extend_once",
                N_("{key}: found {found}; an extension is for a review that is late, and {longest} are enough."),
                found=rule.extend_once,
                longest=_LONG_EXTENSION,
            )
    for record_class in SCHEDULED:
        if policy.schedule[record_class].then is Disposal.TRANSFER and record_class not in HANDED_OVER:
            yield advise(
                f"schedule.{record_class}.then",
                N_("{key}: only cleared text is handed over readable; what is of this class waits for another "
                   "decision, or for its whole workshop to be handed over sealed."),
            )  # fmt: skip
    draft, verbatim = policy.schedule[RecordClass.DRAFT], policy.schedule[RecordClass.VERBATIM]
    if _outlives(draft.clock, verbatim.clock) or _outlives(draft.latest, verbatim.latest):
        yield advise(
            "schedule.draft",
            N_("{key}: the draft is kept longer than the verbatim transcript whose names it needs."),
        )


def of_recording(rule: Rule) -> Iterator[Advice]:
    for name, clock in (("keep", rule.clock), ("latest", rule.latest)):
        if clock is not None and clock.keep.days > LONGEST_RECORDING.days:
            yield advise(
                f"schedule.recording.{name}",
                N_("{key}: found {found}; a voice identifies, and {longest} are enough for most reviews."),
                found=clock.keep,
                longest=LONGEST_RECORDING,
            )
    if rule.clock is None:
        return
    if rule.clock.after in _AFTER_CLEARANCE:
        yield advise(
            "schedule.recording.after",
            N_("{key}: the recording is kept after the text is cleared, when nobody needs the voices any more."),
        )
    elif rule.clock.after is Trigger.CLEARED and 0 < rule.clock.keep.days <= LONGEST_RECORDING.days:
        yield advise(
            "schedule.recording.keep",
            N_(
                "{key}: the recording is kept {found} after the text is cleared, when nobody needs the voices any more."
            ),
            found=rule.clock.keep,
        )  # fmt: skip


def of_vault(policy: Policy) -> Iterator[Advice]:
    """The vault is needed as long as sessions are drafted and outputs are checked, and is dangerous afterwards."""
    vault, draft = policy.schedule[RecordClass.VAULT], policy.schedule[RecordClass.DRAFT]
    if vault.clock is None:
        return
    if vault.clock.after not in (Trigger.WORKSHOP_CLOSED, Trigger.RESEARCH_ENDED):
        yield advise(
            "schedule.vault.after",
            N_("{key}: the vault ends while the workshop goes on; later sessions then give the same people other "
               "names, and no output can be searched for them."),
        )  # fmt: skip
    longest = max(each.keep.days for each in (draft.clock, draft.latest) if each is not None) if draft.clock else None
    if vault.clock.after is Trigger.RESEARCH_ENDED or (
        vault.clock.after is Trigger.WORKSHOP_CLOSED and longest is not None and vault.clock.keep.days > longest
    ):
        yield advise(
            "schedule.vault.keep" if vault.clock.after is Trigger.WORKSHOP_CLOSED else "schedule.vault.after",
            N_("{key}: the vault outlives the last draft; from then on it serves only to find out who is who."),
        )
    end = _planned_end(policy, vault.clock)
    if end is not None and policy.planned.last_output is not None and end < policy.planned.last_output:
        yield advise(
            "planned.last_output",
            N_("{key}: the vault ends on {end}, before the last planned output ({found}); only what passed the egress "
               "guard before can be given out then."),
            end=end,
            found=policy.planned.last_output,
        )  # fmt: skip


def _planned_end(policy: Policy, clock: Clock) -> datetime.date | None:
    day = {
        Trigger.WORKSHOP_CLOSED: policy.planned.workshop_closes,
        Trigger.RESEARCH_ENDED: policy.planned.research_ends,
    }.get(clock.after)
    return None if day is None else clock.keep.counted_from(day)


def _awaited_for(rule: Rule) -> Period | None:
    """How long after receipt an event counts as come that nobody noted; None where the end waits for no such event."""
    waits = [TRIGGERS[clock.after].latest for clock in (rule.latest, rule.clock) if clock is not None]
    return None if None in waits or not waits else waits[0]


def _outlives(one: Clock | None, other: Clock | None) -> bool:
    if one is None or other is None or one.after is not other.after:
        return False
    return one.keep.days > other.keep.days


def of_copies_and_log(policy: Policy) -> Iterator[Advice]:
    for name, period, most in (
        ("outbox", policy.copies.outbox, _LONG_OUTBOX),
        ("drop", policy.copies.drop, _LONG_DROP),
        ("backup", policy.copies.backup, _LONG_BACKUP),
    ):
        if period.days > most.days:
            yield advise(
                f"copies.{name}",
                N_("{key}: found {found}; copies outside the archive are still personal data, and {most} are enough."),
                found=period,
                most=most,
            )
    accesses = policy.log.accesses
    if not _LEAST_LOG.days <= accesses.days <= _MOST_LOG.days:
        yield advise(
            "log.accesses",
            N_("{key}: found {found}; the CNIL asks for 6 to 12 months, and up to 3 years with a reason."),
            found=accesses,
        )
    if policy.log.decisions.days < accesses.days:
        yield advise(
            "log.decisions",
            N_("{key}: found {found}; decisions are the proof of what was done, and go before the accesses here."),
            found=policy.log.decisions,
        )
    if policy.retention.grace_for_shorter.count == 0:
        yield advise(
            "retention.grace_for_shorter",
            N_("{key}: a shorter policy destroys at once what is already there; nobody has time to object."),
        )
    if policy.retention.announce.count == 0:
        yield advise("retention.announce", N_("{key}: nothing announces a destruction before it happens."))
    if policy.retention.stop_if_share_due > _LARGE_SHARE:
        yield advise(
            "retention.stop_if_share_due",
            N_("{key}: found {found}; a mistake in the schedule could destroy that much at once."),
            found=f"{policy.retention.stop_if_share_due:.0%}".replace("%", " %"),
        )
