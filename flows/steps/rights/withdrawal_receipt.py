"""The receipt of a withdrawal: what a person is given who asked for it, made of the log alone.

Rules kept here:
- it names nobody: it holds counts, days and ids, and can be made again as long as the log holds the entry;
- it says what the withdrawal does not reach: what was given out before, and what left the machine and may still open.
"""

from dataclasses import dataclass

from infra.home import check_home
from infra.settings import Settings
from storage.archive import ARCHIVE, LOG
from storage.catalog.catalog import Catalog
from storage.catalog.database import FILE
from storage.log.entry import LoggedEntry
from storage.log.log import Log
from storage.rows.rights import RecallRow
from vocabulary.errors import UnknownError
from vocabulary.messages import N_

KIND = "withdrawn"


@dataclass(frozen=True)
class Receipt:
    """``entry`` and ``seq`` say where the log has it; ``certificate`` is the record of the certificate of destruction.

    ``recalled`` outputs are called back, of which ``returned`` came back; ``exports`` left the machine before, and may
    still open what went. Times are UTC.
    """

    entry: str
    seq: int
    at: str
    workshop: str
    participant: bool
    sessions: int
    passages: int
    silenced_ms: int
    records: int
    certificate: str | None
    recalled: int
    returned: int
    exports: int


def receipt(settings: Settings, entry_id: str) -> Receipt:
    """The receipt of the withdrawal that an entry of the log tells of; UnknownError if it tells of none."""
    check_home(settings.home)
    log, catalog = Log(settings.home / ARCHIVE / LOG), Catalog(settings.home / ARCHIVE / FILE)
    entry = next((one for one in log.entries(kind=KIND) if one.id == entry_id), None)
    if entry is None:
        message = N_(
            "No entry {id} of the processing log tells of a withdrawal. `huisclos log show` lists what was done."
        )
        raise UnknownError(message, place=entry_id[:40], id=entry_id[:40])
    called = {row.key for row in entry.rows if row.table == RecallRow.TABLE}
    recalls = [row for row in catalog.recalls(present=False) if row.id in called]
    return Receipt(
        entry=entry.id,
        seq=entry.seq,
        at=entry.at,
        workshop=str(entry.facts["workshop"]),
        participant=entry.facts["who"] == "participant",
        sessions=_count(entry, "sessions"),
        passages=_count(entry, "passages"),
        silenced_ms=_count(entry, "silenced_ms"),
        records=_count(entry, "records"),
        certificate=_certificate(log, entry),
        recalled=len(recalls),
        returned=sum(1 for row in recalls if row.returned_at is not None),
        exports=sum(1 for row in catalog.exports() if row.made_at <= entry.at),
    )


def _count(entry: LoggedEntry, name: str) -> int:
    return int(entry.facts[name] or 0)


def _certificate(log: Log, entry: LoggedEntry) -> str | None:
    """The first certificate that answers the entry; None while it is owed."""
    answers = (one for one in log.entries(kind="certified") if one.facts.get("intent") == entry.id)
    return next((str(one.facts["certificate"]) for one in answers), None)
