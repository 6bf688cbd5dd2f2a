"""A made year of use: three workshops, whose days run as on a machine that is on, under a clock that is set by hand.

``ACTS`` is the whole story: what people did, and on which day. What has to be there on which day stands in
docs/reference/retention.md, for people to read; tests/flows/test_year.py holds the two together. All are invented.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import told_twice

from flows import plain
from flows.steps import workshops
from flows.steps.arrival import receive
from flows.steps.leaving import release
from flows.steps.outcomes import RunReport
from flows.steps.retention import daily, events, extensions, holds, policy_change
from flows.steps.rights import withdraw
from flows.steps.rights.traced import Wanted
from infra.wiring import Services
from tests import factory
from tests.fakes.scripted_recogniser import ScriptedRecogniser
from vocabulary.choices import Audience, Ground, Suspends, Trigger
from vocabulary.errors import HuisclosError
from vocabulary.ids import SessionName
from vocabulary.text import IdentifiedText

FIRST, LAST = date(2027, 1, 4), date(2028, 3, 31)
OFF = date(2027, 8, 1), date(2027, 8, 31)
"""The first and the last day on which the machine was off."""

YOUTH = Wanted(names=(IdentifiedText("Amaury Zorbekian"),))
REASON = IdentifiedText("le juge Bartholdi Canari l'a demandé")

SHORT_CONSENT = ("research_ended, keep: 5 years", "research_ended, keep: 3 months")
SHORT_REVIEW = ("research_ended, keep: 2 years", "research_ended, keep: 2 months")
NO_LATEST = ("    keep: 30 days\n    latest: {after: received, keep: 12 months}\n", "    keep: 30 days\n")
SIX_MONTHS = ("received, keep: 12 months", "received, keep: 6 months")
NINE_MONTHS = ("    keep: 6 months\n", "    keep: 9 months\n")


class Clock:
    """What the machine's clock shows; the story sets it."""

    def __init__(self) -> None:
        self.now = datetime.combine(FIRST, time(9), UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Year:
    """The home at one moment of the year.

    ``stops`` are the days on which retention stopped and asked, ``answers`` whether what takes two people was done,
    ``troubles`` what a run failed of.
    """

    services: Services
    clock: Clock
    scratch: Path
    stops: list[date] = field(default_factory=list)
    answers: dict[str, list[object]] = field(default_factory=dict)
    troubles: list[HuisclosError] = field(default_factory=list)

    @property
    def today(self) -> date:
        return self.clock.now.date()

    def policy(self, name: str, version: int, *edits: tuple[str, str]) -> Path:
        text = factory.POLICY.read_text(encoding="utf-8")
        for old, new in (("version: 1\n", f"version: {version}\n"), SHORT_CONSENT, SHORT_REVIEW, *edits):
            assert old in text
            text = text.replace(old, new, 1)
        path = self.scratch / f"{name}-{version}.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    def add(self, code: str, *edits: tuple[str, str]) -> None:
        workshops.add(self.services, code, self.policy(code, 1, *edits))

    def change(self, code: str, person: str, *edits: tuple[str, str]) -> None:
        self._answer(policy_change.apply(self.services, code, self.policy(code, 2, *edits), person).done)

    def receive(self, name: str, talk: tuple[str, ...] | None, dossier: str = factory.DOSSIER) -> None:
        """A recording and its dossier are brought."""
        session = SessionName.parse(name)
        recording, toml = self.scratch / "seance.ogg", self.scratch / f"seance{session.number}.toml"
        recording.write_bytes(factory.RECORDING.read_bytes() + bytes(session.number))
        toml.write_text(dossier.replace("number = 1", f"number = {session.number}"), encoding="utf-8")
        self.hear(talk)
        receive.submit(self.services, [recording], session, toml)

    def hear(self, talk: tuple[str, ...] | None) -> None:
        """What the recogniser hears from now on; it fails with None."""
        self.services.__dict__["recogniser"] = ScriptedRecogniser(talk) if talk else Failing()

    def clear(self, name: str) -> None:
        told_twice.clear_for_group(self.services, SessionName.parse(name))

    def give_out(self, name: str) -> None:
        release.release(self.services, SessionName.parse(name), Audience.GROUP, ["txt"], "Camille")

    def note(self, event: Trigger, of: str | None) -> None:
        events.note(self.services, event, of, self.today, "Dominique")

    def order(self, suspends: Suspends, where: str, ground: Ground, reason: IdentifiedText | None = None) -> None:
        review_on = self.today + timedelta(days=60)
        holds.place(self.services, suspends, where, ground, review_on, "Dominique", reason)

    def lift(self, suspends: Suspends) -> None:
        (standing,) = holds.listed(self.services.settings, suspends, self.clock.now)
        holds.lift(self.services, suspends, standing.row.id, "Camille")

    def extend(self, name: str) -> None:
        extensions.extend(self.services, SessionName.parse(name), "Dominique", REASON)

    def withdraw(self, code: str, person: str) -> None:
        shown = withdraw.plan(self.services, code, YOUTH, person)
        self._answer(withdraw.withdraw(self.services, shown, person).done)

    def confirm(self) -> None:
        """The machine starts after its month, stops and asks; two people say that its clock is right."""
        self.run()
        for person in ("Dominique", "Camille"):
            daily.confirm(self.services, person)

    def _answer(self, done: bool) -> None:
        self.answers.setdefault(self.today.isoformat(), []).append(done)

    def run(self) -> RunReport:
        report = plain.run(self.services)
        if report.day is not None and report.day.stopped is not None:
            self.stops.append(self.today)
        self.troubles += report.troubles
        return report


class Failing:
    """A recogniser with a fault."""

    version = "failing"

    def recognise(self, *args: object, **options: object) -> None:
        raise ValueError("no such layer")


ACTS: Mapping[str, tuple[Callable[[Year], object], ...]] = {
    "2027-01-04": (
        lambda year: year.add("amont"),
        lambda year: year.add("lisiere", NO_LATEST),
        lambda year: year.add("verger"),
    ),
    "2027-01-11": (lambda year: year.receive("amont/1", factory.TALK),),
    "2027-01-25": (lambda year: year.clear("amont/1"), lambda year: year.give_out("amont/1")),
    "2027-02-01": (lambda year: year.receive("lisiere/1", factory.TALK),),
    "2027-02-08": (lambda year: year.clear("lisiere/1"),),
    "2027-02-10": (lambda year: year.order(Suspends.DESTRUCTION, "lisiere/1", Ground.AUTHORITY, REASON),),
    "2027-02-15": (lambda year: year.note(Trigger.RETURN_CLOSED, "amont/1"),),
    "2027-02-22": (lambda year: year.receive("amont/2", factory.TALK),),
    "2027-03-08": (lambda year: year.receive("lisiere/2", factory.TALK),),
    "2027-03-15": (lambda year: year.clear("lisiere/2"),),
    "2027-03-22": (lambda year: year.receive("verger/1", told_twice.FIRST_TALK, told_twice.FIRST_DOSSIER),),
    "2027-03-29": (lambda year: year.extend("amont/2"),),
    "2027-04-05": (
        lambda year: year.order(Suspends.USE, "verger", Ground.REQUEST),
        lambda year: year.note(Trigger.RETURN_CLOSED, "lisiere/2"),
    ),
    "2027-05-03": (lambda year: year.receive("verger/2", told_twice.SECOND_TALK, told_twice.FIRST_DOSSIER),),
    "2027-05-10": (lambda year: year.receive("amont/3", factory.TALK),),
    "2027-05-12": (lambda year: year.lift(Suspends.DESTRUCTION),),
    "2027-05-17": (lambda year: year.clear("amont/3"),),
    "2027-06-14": (lambda year: year.lift(Suspends.USE), lambda year: year.hear(told_twice.SECOND_TALK)),
    "2027-06-21": (lambda year: year.clear("verger/1"), lambda year: year.give_out("verger/1")),
    "2027-06-28": (lambda year: year.receive("verger/3", None, told_twice.FIRST_DOSSIER),),
    "2027-06-30": (
        lambda year: year.note(Trigger.WORKSHOP_CLOSED, "amont"),
        lambda year: year.note(Trigger.WORKSHOP_CLOSED, "lisiere"),
    ),
    "2027-07-05": (
        lambda year: year.note(Trigger.RETURN_CLOSED, "amont/3"),
        lambda year: year.withdraw("verger", "Camille"),
    ),
    "2027-07-06": (lambda year: year.withdraw("verger", "Dominique"),),
    "2027-07-12": (lambda year: year.clear("verger/1"),),
    "2027-07-20": (lambda year: year.note(Trigger.RETURN_CLOSED, "verger/1"),),
    "2027-09-01": (lambda year: year.confirm(),),
    "2027-09-06": (lambda year: year.change("amont", "Dominique", SIX_MONTHS),),
    "2027-10-04": (lambda year: year.change("lisiere", "Dominique", NO_LATEST, NINE_MONTHS),),
    "2027-10-06": (lambda year: year.change("lisiere", "Camille", NO_LATEST, NINE_MONTHS),),
    "2027-12-01": (lambda year: year.note(Trigger.RESEARCH_ENDED, None),),
}
"""What people did, by day."""


def days() -> Iterator[date]:
    """Every day of the story on which the machine was on."""
    day = FIRST
    while day <= LAST:
        if not OFF[0] <= day <= OFF[1]:
            yield day
        day += timedelta(days=1)


def live(year: Year) -> Iterator[date]:
    """Let the days come: in the morning what people do, in the evening what the machine does by itself."""
    for day in days():
        year.clock.now = datetime.combine(day, time(9), UTC)
        for act in ACTS.get(day.isoformat(), ()):
            act(year)
        year.clock.now = datetime.combine(day, time(18), UTC)
        year.run()
        yield day
