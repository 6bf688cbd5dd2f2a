"""What the catalog holds of due dates (storage/due_dates.py keeps them)."""

from collections.abc import Collection

import sqlalchemy as sa

from storage.catalog.reading import RowReading
from storage.rows.retention import NoticeRow
from storage.rows.walk import RecordRow
from storage.schema import TABLES, due_dates
from vocabulary.choices import Notice, RecordClass


class DueReading(RowReading):
    """Reads which records come due, and when."""

    def due(self, until: str, workshop: str | None = None) -> list[RecordRow]:
        """The live records whose end comes on the day ``until`` or before, whatever it is; the earliest first."""
        table = TABLES[RecordRow]
        joined = table.join(due_dates, due_dates.c.record_id == table.c.id)
        conditions = [due_dates.c.due_on <= until]
        if workshop is not None:
            conditions.append(due_dates.c.workshop == workshop)
        statement = sa.select(table).select_from(joined).where(*conditions)
        return self._read(RecordRow, statement.order_by(due_dates.c.due_on, table.c.created_at, table.c.id))

    def due_dates(self, workshop: str | None = None) -> dict[str, str]:
        """When each live record comes due (``2026-04-10``), by its id; of one workshop, or all."""
        statement = sa.select(due_dates.c.record_id, due_dates.c.due_on)
        if workshop is not None:
            statement = statement.where(due_dates.c.workshop == workshop)
        with self.reading() as connection:
            return {row.record_id: row.due_on for row in connection.execute(statement)}

    def count_dated(self) -> int:
        """How many live records have an end."""
        with self.reading() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(due_dates)) or 0

    def announcements(self, record_ids: Collection[str] | None = None) -> list[NoticeRow]:
        """The announcements that name the day on which their record still comes due; of some records, or all."""
        table = TABLES[NoticeRow]
        joined = due_dates.join(
            table, sa.and_(table.c.record_id == due_dates.c.record_id, table.c.due_on == due_dates.c.due_on)
        )
        conditions = [table.c.notice == Notice.ANNOUNCED.value]
        if record_ids is not None:
            conditions.append(due_dates.c.record_id.in_(record_ids))
        return self._read(NoticeRow, sa.select(table).select_from(joined).where(*conditions).order_by(table.c.at))

    def holds_records(self, workshop: str, session_id: str | None, classes: Collection[RecordClass]) -> bool:
        """Whether a session, or a workshop for None, still has a record of these classes that comes to an end."""
        table = TABLES[RecordRow]
        joined = table.join(due_dates, due_dates.c.record_id == table.c.id)
        conditions = [due_dates.c.workshop == workshop, table.c.record_class.in_(sorted(map(str, classes)))]
        if session_id is not None:
            conditions.append(table.c.session_id == session_id)
        with self.reading() as connection:
            found = connection.execute(sa.select(table.c.id).select_from(joined).where(*conditions).limit(1)).first()
            return found is not None
