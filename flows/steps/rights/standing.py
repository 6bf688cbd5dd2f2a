"""The records that still stand: neither destroyed nor announced to be, held ones included.

What looks for a person, or removes one, sees what is on hold too: a hold forbids destruction, not looking.
"""

from collections.abc import Iterable

from flows.steps.hearing.blocks import block_rows
from infra.wiring import Services
from policies.holds import is_held
from storage.rows.walk import RecordRow, SessionRow
from vocabulary.choices import Audience, RecordClass, RecordLife

VERSIONED = (
    RecordClass.RECORDING, RecordClass.VERBATIM, RecordClass.DOSSIER, RecordClass.CONSENT, RecordClass.VAULT,
    RecordClass.DRAFT, RecordClass.CLEARED,
)  # fmt: skip
"""Classes of which the newest version counts, of each part, audience and kind; records of others stand side by side."""


def standing(
    services: Services, workshop: str, record_class: RecordClass, session_id: str | None = None
) -> list[RecordRow]:
    """The standing records of one class in a workshop, oldest version first; of one session if it is named. The blocks
    of a transcription under way are none of them (blocks.py)."""
    found = services.archive.catalog.records(
        session_id=session_id, workshop=workshop, record_class=record_class, life=None
    )
    return sorted(
        (row for row in found if _stands(row) and not row.is_block),
        key=lambda row: (row.version, row.part or 0),
    )


def newest(
    services: Services, workshop: str, record_class: RecordClass, session_id: str, audience: Audience | None = None
) -> RecordRow | None:
    """The standing record of the highest version in a session, of one audience if given."""
    found = standing(services, workshop, record_class, session_id)
    return next((row for row in reversed(found) if audience is None or row.audience == audience), None)


def superseded(services: Services, workshop: str, session_id: str | None = None) -> list[RecordRow]:
    """The standing versions that a newer one took the place of, in a session, or those of a workshop and no session.

    A hold keeps them, and its lifting does not destroy them; the versions of a review stay until it is cleared.
    """
    found = []
    for record_class in VERSIONED:
        newest: dict[tuple[int | None, str | None, str | None], RecordRow] = {}
        for row in standing(services, workshop, record_class, session_id):
            if row.session_id == session_id:
                place = (row.part, row.audience, row.format if record_class is RecordClass.CONSENT else None)
                found += [newest[place]] if place in newest else []
                newest[place] = row
    return found


def unsealed(services: Services, record: RecordRow) -> bytes:
    """The plain bytes of a record that is a blob; KeyGoneError, DamagedError."""
    archive = services.archive
    return archive.objects.unseal(archive.scope_of(record), archive.sealed_of(record))


def standing_blocks(services: Services, session: SessionRow) -> list[RecordRow]:
    """The blocks of a transcription under way in a session, as far as they stand."""
    return [row for row in block_rows(services, session) if row.destroy_intended_at is None]


def on_hold(services: Services, records: Iterable[RecordRow]) -> list[RecordRow]:
    """Those of ``records`` that a hold keeps: they are destroyed neither now nor in part.

    What an order gives its reason in, that order alone does not keep: it can be put in other words.
    """
    orders = services.archive.catalog.holds()
    return [row for row in records if is_held([one for one in orders if one.note != row.id], row)]


def _stands(row: RecordRow) -> bool:
    return row.life != RecordLife.DESTROYED and row.destroy_intended_at is None
