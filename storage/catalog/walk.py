"""What the catalog holds of the walk: workshops, sessions, records, clearances, copies."""

from collections.abc import Collection

import sqlalchemy as sa

from storage.catalog.reading import RowReading
from storage.rows.walk import ClearanceRow, CopyRow, RecordRow, SessionRow, WorkshopRow
from storage.schema import TABLES
from vocabulary.choices import Audience, RecordClass, RecordLife, SessionState
from vocabulary.errors import UnknownError
from vocabulary.ids import SessionName
from vocabulary.messages import N_


class WalkReading(RowReading):
    """Reads what there is of each workshop and each session."""

    def workshops(self) -> list[WorkshopRow]:
        return self._rows(WorkshopRow, order="code")

    def workshop(self, code: str) -> WorkshopRow:
        """UnknownError if there is none of that code."""
        rows = self._rows(WorkshopRow, code=code)
        if not rows:
            message = N_("There is no workshop {code}. `huisclos workshop list` shows those there are, "
                         "`huisclos workshop add` adds one.")  # fmt: skip
            raise UnknownError(message, place=code, code=code)
        return rows[0]

    def workshops_in(self, codes: Collection[str]) -> list[WorkshopRow]:
        """The workshops of these codes."""
        return self._in(WorkshopRow, "code", codes)

    def policy_digests(self) -> list[str]:
        """The digests of the policies in force, each once."""
        table = TABLES[WorkshopRow]
        with self.reading() as connection:
            return sorted(connection.execute(sa.select(table.c.policy_digest).distinct()).scalars())

    def sessions(self, states: Collection[SessionState] | None = None, workshop: str | None = None) -> list[SessionRow]:
        """Sessions in one of ``states`` (all by default), by workshop and number."""
        found = self._rows(SessionRow, order=("workshop", "number"), workshop=workshop)
        wanted = None if states is None else {str(state) for state in states}
        return [row for row in found if wanted is None or row.state in wanted]

    def sessions_in(self, codes: Collection[str]) -> list[SessionRow]:
        """All sessions of these workshops."""
        return self._in(SessionRow, "workshop", codes)

    def find_session(self, name: SessionName) -> SessionRow | None:
        rows = self._rows(SessionRow, workshop=name.workshop, number=name.number)
        return rows[0] if rows else None

    def session(self, name: SessionName) -> SessionRow:
        """UnknownError if nothing was ever received under that name."""
        row = self.find_session(name)
        if row is None:
            message = N_("There is no session {session}. `huisclos status` shows those there are.")
            raise UnknownError(message, place=str(name), session=str(name))
        return row

    def session_by_id(self, session_id: str) -> SessionRow:
        rows = self._rows(SessionRow, id=session_id)
        if not rows:
            raise UnknownError(N_("There is no session with the id {id}."), place=session_id, id=session_id)
        return rows[0]

    def records(
        self,
        session_id: str | None = None,
        workshop: str | None = None,
        record_class: RecordClass | None = None,
        life: RecordLife | None = RecordLife.LIVE,
    ) -> list[RecordRow]:
        """Records, oldest version first; ``life=None`` gives the destroyed ones too."""
        return self._rows(
            RecordRow,
            order=("created_at", "version", "part", "id"),
            session_id=session_id,
            workshop=workshop,
            record_class=_value(record_class),
            life=_value(life),
        )

    def record(self, record_id: str) -> RecordRow:
        rows = self._rows(RecordRow, id=record_id)
        if not rows:
            raise UnknownError(N_("There is no record {id}."), place=record_id, id=record_id)
        return rows[0]

    def latest(self, session_id: str, record_class: RecordClass, audience: Audience | None = None) -> RecordRow | None:
        """The live record of the highest version, of one audience if given; a block is no version."""
        rows = self._rows(
            RecordRow,
            order="version",
            session_id=session_id,
            record_class=_value(record_class),
            audience=_value(audience),
            life=RecordLife.LIVE.value,
        )
        whole = [row for row in rows if not row.is_block]
        return whole[-1] if whole else None

    def clearances(self, session_id: str, audience: Audience | None = None) -> list[ClearanceRow]:
        """Clearances in the order they were given, the void ones too."""
        return self._rows(ClearanceRow, order=("at", "id"), session_id=session_id, audience=_value(audience))

    def copies(self, present: bool = True) -> list[CopyRow]:
        """Copies in the outbox; with ``present`` False the removed ones too."""
        rows = self._rows(CopyRow, order=("issued_at", "path"))
        return [row for row in rows if not present or row.removed_at is None]


def _value(choice: RecordClass | RecordLife | Audience | None) -> str | None:
    return None if choice is None else choice.value
