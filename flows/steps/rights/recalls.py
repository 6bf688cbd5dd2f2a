"""What was given out and is to be called back after a withdrawal: listed, and ticked as it comes back.

The list needs no passphrase: it holds sessions, audiences, formats and days, and nobody's name. Who received a copy is
not known here; whoever communicated it asks for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flows.steps.sealing import Facts, stamp
from infra.home import check_home
from infra.settings import Settings
from infra.wiring import Services
from storage.archive import ARCHIVE
from storage.catalog import FILE, Catalog
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows import RecallRow
from vocabulary.choices import Audience
from vocabulary.errors import StateError, UnknownError
from vocabulary.ids import SessionName
from vocabulary.messages import N_


@dataclass(frozen=True)
class Recall:
    """One output to be called back. Times are UTC; ``edition`` is the number its reader sees on it."""

    id: str
    session: SessionName
    audience: Audience
    format: str
    edition: int
    issued_at: str
    asked_at: str
    returned_at: str | None


def recalls(settings: Settings, *, everything: bool = False) -> tuple[Recall, ...]:
    """What is still to come back, oldest first; with ``everything`` what came back too."""
    check_home(settings.home)
    catalog = Catalog(settings.home / ARCHIVE / FILE)
    sessions = {row.id: row.name for row in catalog.sessions()}
    found = []
    for row in catalog.recalls(present=not everything):
        record = catalog.record(row.record_id)
        found.append(
            Recall(
                row.id, sessions[str(record.session_id)], Audience(str(record.audience)), str(record.format),
                record.version, record.created_at, row.asked_at, row.returned_at,
            )
        )  # fmt: skip
    return tuple(found)


def returned(services: Services, ids: Sequence[str], person: str) -> int:
    """Note that outputs came back, or were destroyed by whoever had them; return how many were noted.

    UnknownError for what is called back nowhere, StateError for what came back before: then nothing is noted.
    """
    known = {row.id: row for row in services.archive.catalog.recalls(present=False)}
    wanted = [_open(known, one) for one in dict.fromkeys(ids)]
    actor, moment = services.person(person), stamp(services.now())
    for row in wanted:
        session = services.archive.catalog.record(row.record_id).session_id
        facts: Facts = {"recall": row.id, "record": row.record_id}
        change = Change(replace=((row, replace(row, returned_at=moment)),))
        services.commit(change, Entry("recall-ended", session=session, actor=actor, facts=facts))
    return len(wanted)


def _open(known: dict[str, RecallRow], recall: str) -> RecallRow:
    row = known.get(recall)
    if row is None:
        message = N_("Nothing is called back under {id}. `huisclos withdraw recalls` lists what is.")
        raise UnknownError(message, place=recall[:40], id=recall[:40])
    if row.returned_at is not None:
        message = N_("{id} came back on {day} already.")
        raise StateError(message, place=row.id, id=row.id, day=row.returned_at[:10])
    return row
