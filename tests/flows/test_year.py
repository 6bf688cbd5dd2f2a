"""A made year of use, day by day: what the tables of docs/reference/retention.md say must exist is all that exists."""

import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
import year

from flows.steps.drafting.draft import open_transcript
from flows.steps.retention.attention import Attention, attention
from flows.steps.retention.certificates import certificates
from flows.steps.rights.standing import unsealed
from infra.wiring import Services
from storage.archive import ARCHIVE, OBJECTS
from storage.clocks import moment
from storage.rows.forms import HOME
from storage.rows.retention import NoticeRow
from storage.rows.walk import RecordRow
from storage.verify import verify_archive
from tests import factory
from tests.canary.scan import needles, scan
from tests.storage.plunder import opens_object
from vocabulary.choices import Disposal, Notice, RecordClass, RecordLife, Trigger
from vocabulary.errors import DamagedError, KeyGoneError

PAGE = factory.ROOT / "docs" / "reference" / "retention.md"
LETTERS = {
    RecordClass.RECORDING: "R", RecordClass.VERBATIM: "V", RecordClass.DOSSIER: "D", RecordClass.CONSENT: "C",
    RecordClass.DRAFT: "W", RecordClass.CLEARED: "T", RecordClass.OUTPUT: "O", RecordClass.FAULT: "F",
    RecordClass.VAULT: "K", RecordClass.REASON: "S",
}  # fmt: skip
COPY = "B"
VERIFIED = ("2027-05-12", "2027-07-06", "2027-09-08", "2027-12-30")

Tables = Mapping[date, Mapping[str, frozenset[str]]]
"""By day, the letters of each workshop and session."""


@dataclass
class Lived:
    """What was seen in the evenings of the year."""

    evenings: dict[date, dict[str, frozenset[str]]] = field(default_factory=dict)
    asked: dict[date, Attention] = field(default_factory=dict)
    late: dict[date, set[int]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    named: dict[date, bool] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    left_open: set[str] = field(default_factory=set)
    destroyed: set[str] = field(default_factory=set)
    unannounced: set[str] = field(default_factory=set)
    announced: int = 0
    proofs_announced: set[str] = field(default_factory=set)
    leaks: list[object] = field(default_factory=list)
    stops: list[date] = field(default_factory=list)
    answers: dict[str, list[object]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def tables() -> Tables:
    """The tables of the page, each row carried on until the next."""
    rows: dict[str, dict[date, dict[str, frozenset[str]]]] = {}
    columns: list[str] = []
    for line in PAGE.read_text(encoding="utf-8").partition("## A year of it")[2].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| from"):
            columns = [cells[2], *(cells[2] + cell for cell in cells[3:])]
        elif line.startswith("| 2"):
            held = {place: frozenset(cell.strip("—")) for place, cell in zip(columns, cells[2:], strict=True)}
            rows.setdefault(columns[0], {})[date.fromisoformat(cells[0])] = held
    assert [list(table) == sorted(table) for table in rows.values()] == [True] * 3
    return {
        day: {
            place: letters
            for table in rows.values()
            for place, letters in table[max(row for row in table if row <= day)].items()
        }
        for day in year.days()
    }


@pytest.fixture(scope="module")
def rows() -> set[date]:
    """The days on which anything changes."""
    lines = PAGE.read_text(encoding="utf-8").partition("## A year of it")[2].splitlines()
    return {date.fromisoformat(line[2:12]) for line in lines if line.startswith("| 2")}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, rows: set[date]) -> Lived:
    """The year, lived once."""
    place, seen = tmp_path_factory.mktemp("year"), Lived()
    clock = year.Clock()
    built, hoard = factory.bare(place / "home", clock.now), Hoard(place / "hoard")
    with pytest.MonkeyPatch.context() as patched, built.open(now=clock) as services:
        patched.setenv("HUISCLOS_INTAKE__SETTLE_SECONDS", "0")
        made = year.Year(services, clock, place)
        for day in year.live(made):
            seen.evenings[day] = held(services)
            if day in rows:
                hoard.keep(services)
                seen.faults += [f"{day}: {fault}" for fault in faults(services)]
                seen.late[day] = lateness(services, day)
                seen.named[day] = names_the_youth(services)
            if day in rows or day.day == 1:
                seen.asked[day] = attention(services.settings, clock.now)
            if day.isoformat() in VERIFIED or day == year.LAST:
                seen.faults += [f"{day}: {found}" for found in verify_archive(built.path, services.archive).findings]
        seen.faults += [str(trouble) for trouble in made.troubles]
        seen.opened, seen.left_open, seen.destroyed = hoard.tried(services)
        seen.announced, seen.unannounced = announcements(services)
        catalog = services.archive.catalog
        proofs = {record.id for record in catalog.records(record_class=RecordClass.CONSENT)}
        seen.proofs_announced = {row.record_id for row in catalog.announcements()} & proofs
        seen.stops, seen.answers = made.stops, made.answers
    seen.leaks = list(
        scan(built.path, needles(["Zorbekian", "Quastelbach", "Bartholdi"], factory.RECORDING.read_bytes()))
    )
    return seen


def held(services: Services) -> dict[str, frozenset[str]]:
    """The letters of what the catalog holds, by workshop and session; certificates are kept apart."""
    catalog, found = services.archive.catalog, defaultdict[str, set[str]](set)
    names = {row.id: str(row.name) for row in catalog.sessions()}
    for record in catalog.records():
        if record.workshop != HOME and record.record_class != RecordClass.CERTIFICATE:
            letter = LETTERS[RecordClass(record.record_class)]
            found[names.get(record.session_id or "", record.workshop)].add(letter)
    for copy in catalog.copies():
        assert (services.home / copy.path).is_file()
        found["/".join(Path(copy.path).parts[1:3])].add(COPY)
    return {place: frozenset(letters) for place, letters in found.items()}


def faults(services: Services) -> Iterator[str]:
    """What lives and does not open, and what was destroyed and still has its key or its file."""
    archive = services.archive
    for record in archive.catalog.records(life=None):
        scope, sealed = archive.scope_of(record), archive.sealed_of(record)
        try:
            archive.objects.check_opens(scope, sealed)
            opens = True
        except (DamagedError, KeyGoneError):
            opens = False
        if opens is not (record.life == RecordLife.LIVE):
            yield f"{record.record_class} is {record.life} and {'opens' if opens else 'does not open'}"
        if record.life == RecordLife.DESTROYED:
            if archive.keystore.has(scope):
                yield f"{record.record_class} is destroyed and its key is there"
            if (services.home / ARCHIVE / OBJECTS / sealed.digest[:2] / sealed.digest).exists():
                yield f"{record.record_class} is destroyed and its file is there"


def lateness(services: Services, day: date) -> set[int]:
    """What the certificates of a day say: days late."""
    issued = [one for one in certificates(services) if moment(one.issued_at).date() == day]
    return {int(one.content["days_late"] or 0) for one in issued}


def names_the_youth(services: Services) -> bool:
    """Whether a transcript, a draft, a dossier or the vault of the third workshop speaks of the youth."""
    catalog = services.archive.catalog
    sealed = [
        unsealed(services, record)
        for one in (RecordClass.DOSSIER, RecordClass.DRAFT, RecordClass.VAULT)
        for record in catalog.records(workshop="verger", record_class=one)
    ]
    said = [
        turn.text.reveal().encode()
        for session in catalog.sessions(workshop="verger")
        if catalog.records(session_id=session.id, record_class=RecordClass.VERBATIM)
        for turn in open_transcript(services, session).turns
    ]
    return any(b"orbekian" in text for text in sealed + said)


class Hoard:
    """Somebody who kept every sealed file and every key they could lay hands on during the year."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.keys: set[bytes] = set()

    def keep(self, services: Services) -> None:
        shutil.copytree(services.home / ARCHIVE / OBJECTS, self.root, dirs_exist_ok=True)
        self.keys |= set(_keys(services))

    def tried(self, services: Services) -> tuple[set[str], set[str], set[str]]:
        """Of the destroyed records that were kept: which a kept key opens, which a key that is left, and all."""
        archive = services.archive
        gone = [one for one in archive.catalog.records(life=RecordLife.DESTROYED) if self._has(one)]

        def opening(keys: list[bytes]) -> set[str]:
            return {one.id for one in gone if opens_object(self.root, archive.home_id, archive.scope_of(one),
                                                           archive.sealed_of(one), keys)}  # fmt: skip

        return opening(sorted(self.keys)), opening(_keys(services)), {one.id for one in gone}

    def _has(self, record: RecordRow) -> bool:
        return (self.root / record.digest[:2] / record.digest).exists()


def _keys(services: Services) -> list[bytes]:
    keystore = services.archive.keystore
    return [key for place in ("amont", "lisiere", "verger", HOME) for key in keystore.keys_of(place).values()]


def announcements(services: Services) -> tuple[int, set[str]]:
    """How many records the daily flow destroyed, and those of them that it had not announced a week ahead."""
    said: dict[str, date] = {}
    count, unannounced = 0, set()
    for entry in services.archive.log.entries():
        day = moment(entry.at).date()
        for row in entry.rows:
            if row.table == NoticeRow.TABLE and row.values and row.values["notice"] == Notice.ANNOUNCED:
                said[str(row.values["record_id"])] = day
            elif entry.kind == "destruction-intended" and row.table == RecordRow.TABLE:
                count += 1
                if row.key not in said or (day - said[row.key]).days < 7:
                    unannounced.add(row.key)
    return count, unannounced


def test_what_the_table_says_is_all_that_exists_each_evening(lived: Lived, tables: Tables) -> None:
    """Every evening of fourteen months, in every workshop and session, each class that must exist, and no other."""
    wrong = {
        f"{day} {place}": ("".join(sorted(lived.evenings[day].get(place, ()))), "".join(sorted(letters)))
        for day, places in tables.items()
        for place, letters in places.items()
        if lived.evenings[day].get(place, frozenset()) != letters
    }
    assert wrong == {}
    assert {place for evening in lived.evenings.values() for place in evening} <= set(tables[year.LAST])


def test_the_page_has_a_row_for_each_change_and_for_nothing_else(lived: Lived, rows: set[date]) -> None:
    """A steward who reads the rows misses no day."""
    evenings = sorted(lived.evenings.items())
    changed = {day for (_, before), (day, after) in pairwise(evenings) if before != after}
    assert rows == {year.FIRST} | changed


def test_what_lives_opens_what_is_destroyed_has_neither_key_nor_file_and_the_archive_verifies(lived: Lived) -> None:
    """On each day of the tables every record there ever was is tried; no run fails, and all verifies."""
    assert lived.faults == []


def test_who_kept_every_file_and_has_every_key_that_is_left_opens_nothing_that_was_destroyed(lived: Lived) -> None:
    """The kept files open with the keys of their days, so it is the keys that are gone."""
    assert len(lived.destroyed) > 40
    assert lived.opened == lived.destroyed
    assert lived.left_open == set()
    assert lived.leaks == []


def test_nothing_went_by_itself_that_was_not_announced_a_week_ahead(lived: Lived) -> None:
    """Each destruction of the daily flow, by the log alone."""
    assert (lived.announced > 25, lived.unannounced) == (True, set())


def test_a_proof_that_still_proves_something_is_not_announced(lived: Lived) -> None:
    """Past its date it waits for the cleared text, and is announced once that is gone: nobody is told otherwise."""
    assert "C" in lived.evenings[year.LAST]["amont/1"]
    assert lived.proofs_announced == set()


def test_a_month_off_is_asked_about_once_and_the_certificates_say_how_late(lived: Lived) -> None:
    """Every destruction was on its day but for clearances, which announce first, the hold and the month off."""
    assert lived.stops == [date(2027, 9, 1)]
    late = {day.isoformat(): days for day, days in lived.late.items() if days - {0}}
    assert late == {
        "2027-02-01": {7},
        "2027-03-22": {7},
        "2027-05-19": {100},
        "2027-05-24": {7},
        "2027-09-01": {28},
        "2027-09-08": {20, 27},
    }


def test_a_looser_policy_and_an_erasure_waited_for_a_second_person(lived: Lived) -> None:
    """The first person to ask changed nothing; what shortens took one."""
    assert lived.answers == {
        "2027-07-05": [False], "2027-07-06": [True], "2027-09-06": [True], "2027-10-04": [False], "2027-10-06": [True],
    }  # fmt: skip


def test_the_youth_is_spoken_of_until_the_day_of_the_erasure_and_never_after(lived: Lived) -> None:
    """Not in the session that retells it, nor in the dossier of the one in quarantine."""
    spoken = {day for day, named in lived.named.items() if named}
    assert spoken == {day for day in lived.named if date(2027, 3, 22) <= day < date(2027, 7, 6)}


def test_the_event_nobody_noted_is_asked_for_from_its_latest_day_on(lived: Lived) -> None:
    """A year after receipt, and no sooner; not for the session of which nothing is left that waits for it."""
    asked = {
        day: {one.of for one in seen.awaited if one.event is Trigger.RETURN_CLOSED} for day, seen in lived.asked.items()
    }
    first = {
        place: min(day for day, places in asked.items() if place in places)
        for places in asked.values()
        for place in places
    }
    assert first == {"lisiere/1": date(2028, 2, 1)}


def test_what_is_cleared_waits_for_a_person_once_its_time_after_the_end_of_the_research_is_over(lived: Lived) -> None:
    """Five cleared texts, from two months after the end of the research; none is destroyed by itself."""
    undecided = {
        day: sum(one.disposal is Disposal.REVIEW for one in seen.undecided) for day, seen in lived.asked.items()
    }
    assert {day for day, count in undecided.items() if count} == {day for day in undecided if day >= date(2028, 2, 1)}
    assert set(undecided.values()) == {0, 5}
