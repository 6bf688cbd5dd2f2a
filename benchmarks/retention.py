"""What planning costs, by records stored and by records due, and what an event or a commit costs.

    python -m benchmarks.retention [--stored 10000,100000,1000000] [--due 100,1000,10000] [--folder DIR]

Makes catalogs of workshops with twelve sessions of eight records each, rows alone, under the sample policy; nothing is
sealed. Every workshop has changed its policy once, and the replaced one counts for a grace. Of the sessions, as many as
are asked for have a return that was closed long enough ago, so that their records are due today; the rest comes due
later. For the last line of each size, the research of workshops has ended long ago too: while the grace of the replaced
policy lasts, that brings nothing more. Each time is the median of five runs, in a process that
has planned once.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from sqlalchemy.engine import Connection

from benchmarks.machine import machine, today
from flows.steps.retention.planning import Schedule
from policies.policy_file import policy_digest
from storage import due_dates
from storage.catalog.catalog import Catalog
from storage.commit import utc
from storage.rows.custody import PersonRow
from storage.rows.retention import EventRow, FormerPolicyRow
from storage.rows.row import values_of
from storage.rows.walk import RecordRow, SessionRow, WorkshopRow
from storage.schema import TABLES
from vocabulary.choices import Audience, RecordClass, RecordLife, SessionState, Trigger
from vocabulary.ids import new_id

POLICY = Path(__file__).resolve().parent.parent / "policies" / "samples" / "demo.yaml"
NOW = datetime(2027, 6, 1, 9, tzinfo=UTC)
RECEIVED = NOW - timedelta(days=100)
CLASSES = (
    RecordClass.VERBATIM, RecordClass.DOSSIER, RecordClass.CONSENT, RecordClass.DRAFT, RecordClass.CLEARED,
    RecordClass.OUTPUT, RecordClass.THEME, RecordClass.AMENDMENT,
)  # fmt: skip
SESSIONS = 12
ENDING = 3
"""Records of a session that its closed return ends: verbatim, dossier, draft."""
WAITING = 3
"""Records of a session that come to their end with the research: proof of consent, cleared text, theme."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stored", default="10000,100000,1000000")
    parser.add_argument("--due", default="100,1000,10000")
    parser.add_argument("--folder", type=Path, default=None, help="where to write; a temporary folder by default")
    asked = parser.parse_args()
    print(f"{machine()}, {today()}\n")
    print("| stored | due | plan | of it: finding | judging | event of a session | event of all |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    counts = [int(count) for count in asked.due.split(",")]
    for stored in (int(size) for size in asked.stored.split(",")):
        with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
            made = _Made(Path(folder), stored)
            whole = _took(made.rebuild, 1)
            for due in counts:
                if due * 2 <= stored:
                    made.let_end(due)
                    _measure(made, stored, whole)
            made.let_research_end(min(counts[-1], stored // 2))
            _measure(made, stored, whole)


def _measure(made: "_Made", stored: int, whole: float) -> None:
    schedule = Schedule(made.home, made.catalog, NOW)
    found = schedule.due()

    def plan() -> int:
        fresh = Schedule(made.home, made.catalog, NOW)
        return sum(one.why is None for one in fresh.judge(fresh.due(), by_itself=False))

    plan()
    times = [
        _took(plan, 5),
        _took(schedule.due, 5),
        _took(lambda: schedule.judge(found), 5),
        _took(made.note_event, 5),
        whole,
    ]
    row = [f"{stored:,}", f"{len(found):,}", *(_shown(seconds) for seconds in times)]
    print("| " + " | ".join(row) + " |", flush=True)


class _Made:
    """A catalog of ``stored`` records, none of them due yet."""

    def __init__(self, home: Path, stored: int) -> None:
        self.home, self.policies = home, home / "archive" / "policies"
        self.policies.mkdir(parents=True)
        text = POLICY.read_bytes()
        self._digest = policy_digest(text)
        (self.policies / f"{self._digest}.yaml").write_bytes(text)
        self.catalog = Catalog.create(home / "archive" / "catalog.sqlite")
        self._person = PersonRow(new_id("p"), utc(RECEIVED))
        self._sessions: list[SessionRow] = []
        self._ended = 0
        with self.catalog.writing() as connection:
            connection.execute(TABLES[PersonRow].insert(), [values_of(self._person)])
            for number, first in enumerate(range(0, stored, SESSIONS * len(CLASSES)), 1):
                self._add(connection, f"w-{number}", stored - first)

    def _add(self, connection: Connection, code: str, left: int) -> None:
        workshop = WorkshopRow(code, utc(RECEIVED), self._digest, "demo", 1)
        sessions = [_session(code, one) for one in range(1, SESSIONS + 1)]
        records = [_record(one, record_class) for one in sessions for record_class in CLASSES][:left]
        connection.execute(TABLES[WorkshopRow].insert(), [values_of(workshop)])
        connection.execute(TABLES[FormerPolicyRow].insert(), [values_of(self._former(code))])
        connection.execute(TABLES[SessionRow].insert(), [values_of(one) for one in sessions])
        connection.execute(TABLES[RecordRow].insert(), [values_of(one) for one in records])
        self._sessions += sessions

    def _former(self, code: str) -> FormerPolicyRow:
        until = (NOW + timedelta(days=14)).date().isoformat()
        return FormerPolicyRow(new_id("o"), code, self._digest, "demo", 1, utc(NOW), until)

    def rebuild(self) -> None:
        """Date every record anew: what an event of the whole home costs."""
        with self.catalog.writing() as connection:
            due_dates.rebuild(connection, self.policies)

    def let_end(self, due: int) -> None:
        """Close the returns of as many sessions as it takes for ``due`` records to be due."""
        ended, self._ended = self._ended, due // ENDING
        events = [_closed(one, self._person.id) for one in self._sessions[ended : self._ended]]
        with self.catalog.writing() as connection:
            connection.execute(TABLES[EventRow].insert(), [values_of(one) for one in events])
            due_dates.refresh(connection, events, [], [], self.policies)

    def let_research_end(self, due: int) -> None:
        """End the research of as many workshops as it takes for ``due`` more records to be at their end."""
        codes = list(dict.fromkeys(one.workshop for one in reversed(self._sessions)))[: due // (SESSIONS * WAITING)]
        day = (NOW - timedelta(days=6 * 365)).date().isoformat()
        events = [
            EventRow(new_id("n"), Trigger.RESEARCH_ENDED, code, None, day, self._person.id, utc(NOW)) for code in codes
        ]
        with self.catalog.writing() as connection:
            connection.execute(TABLES[EventRow].insert(), [values_of(one) for one in events])
            due_dates.refresh(connection, events, [], [], self.policies)

    def note_event(self) -> None:
        """Date the records of one session anew: what an event of it costs beside its row."""
        with self.catalog.writing() as connection:
            due_dates.refresh(connection, [_closed(self._sessions[-1], self._person.id)], [], [], self.policies)


def _session(workshop: str, number: int) -> SessionRow:
    moment = utc(RECEIVED)
    return SessionRow(
        new_id("s"), workshop, number, SessionState.RELEASED, None, None, None, None, 1, 1, "fr", moment, moment,
        cleared_at=utc(RECEIVED + timedelta(days=10)),
    )  # fmt: skip


def _record(session: SessionRow, record_class: RecordClass) -> RecordRow:
    digest = new_id("o")[2:] * 2
    return RecordRow(
        new_id("r"), session.workshop, session.id, record_class, RecordLife.LIVE, new_id("o"), digest, 1000, "blob", 1,
        1, None, Audience.GROUP if record_class is RecordClass.CLEARED else None, None, utc(RECEIVED),
    )  # fmt: skip


def _closed(session: SessionRow, person: str) -> EventRow:
    day = (NOW - timedelta(days=40)).date().isoformat()
    return EventRow(new_id("n"), Trigger.RETURN_CLOSED, session.workshop, session.id, day, person, utc(NOW))


def _took(action: Callable[[], object], runs: int) -> float:
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return median(times)


def _shown(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms" if seconds < 1 else f"{seconds:,.2f} s"


if __name__ == "__main__":
    main()
