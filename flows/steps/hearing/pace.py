"""How fast a transcription goes, read from the catalog: its finished blocks, and when each was committed.

No key is needed, and nothing of it is lost when the process that transcribes is killed.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median

from flows.steps.hearing.outcomes import Transcription
from storage.catalog.catalog import Catalog
from storage.rows.walk import RecordRow, SessionRow
from vocabulary.choices import RecordClass, SessionState


def transcription(catalog: Catalog, session: SessionRow, now: datetime, *, at_work: bool) -> Transcription | None:
    """How far the transcription of a session has come; None where none is under way."""
    if session.state != SessionState.RECEIVED or session.waits is not None:
        return None
    talk = catalog.records(session_id=session.id, record_class=RecordClass.VERBATIM)
    blocks = [row for row in talk if row.is_block and row.destroy_intended_at is None]
    if not blocks and not at_work:
        return None
    recordings = catalog.records(session_id=session.id, record_class=RecordClass.RECORDING)
    parts = {row.part: row for row in recordings}  # the silenced copy of a part comes after it
    length = sum(row.length_ms or 0 for row in parts.values()) / 1000
    done = min(length, sum(row.length_ms or 0 for row in blocks) / 1000)
    speed = pace(blocks)
    left = None
    if at_work and speed:
        since = (now - _moment(blocks[-1])).total_seconds()
        left = max(0.0, (length - done) / speed - max(0.0, since))
    return Transcription(done, length, len(blocks), at_work, speed, left)


def pace(blocks: Sequence[RecordRow]) -> float | None:
    """Times real time: the median over the blocks, so that an interruption between two does not count.

    ``blocks`` in the order they were committed; None for fewer than two.
    """
    speeds = [
        (after.length_ms or 0) / 1000 / max(1.0, (_moment(after) - _moment(before)).total_seconds())
        for before, after in pairwise(blocks)
    ]
    return median(speeds) if speeds else None


def _moment(row: RecordRow) -> datetime:
    return datetime.fromisoformat(row.created_at)
