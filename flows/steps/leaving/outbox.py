"""Copies in the outbox whose audience a participant has since taken out of what they agree to.

Rules kept here:
- the log decides: a copy goes if a use of its audience was taken back after it was given out, for its session or the
  whole workshop. What is given out afterwards already leaves their turns out;
- a crash between the taking back and the removal leaves copies that the next run, or the next retention, removes.
"""

from flows.steps.sealing import remove_copy
from infra.wiring import Services
from policies.consent import USE_OF
from storage.log.entry import LoggedEntry
from storage.rows.walk import CopyRow, RecordRow
from vocabulary.choices import Audience

NARROWED = "consent-narrowed"
_RELEASED = "release-intended"


def taken_back(services: Services) -> list[CopyRow]:
    """The copies that lie in the outbox for an audience whose use was taken back since they were given out."""
    catalog, log = services.archive.catalog, services.archive.log
    copies = catalog.copies()
    narrowed = list(log.entries(kind=NARROWED)) if copies else []
    if not narrowed:
        return []
    given = {
        row.key: entry.seq for entry in log.entries(kind=_RELEASED) for row in entry.rows if row.table == CopyRow.TABLE
    }
    return [
        copy
        for copy in copies
        if any(
            entry.seq > given.get(copy.id, -1) and _concerns(entry, catalog.record(copy.record_id))
            for entry in narrowed
        )
    ]  # fmt: skip


def remove_taken_back(services: Services, workshop: str) -> int:
    """Remove such copies of a workshop, which the caller holds; return how many files."""
    catalog = services.archive.catalog
    found = [(copy, catalog.record(copy.record_id)) for copy in taken_back(services)]
    theirs = [(copy, record) for copy, record in found if record.workshop == workshop]
    for copy, record in theirs:
        remove_copy(services, copy, record.session_id)
    return len(theirs)


def _concerns(entry: LoggedEntry, record: RecordRow) -> bool:
    """Whether what was taken back is the use of this output, in its session."""
    return (
        record.audience is not None
        and entry.facts.get("workshop") == record.workshop
        and entry.session in (None, record.session_id)
        and USE_OF[Audience(record.audience)] in str(entry.facts.get("uses", "")).split(",")
    )
