"""What the catalog holds of retention: events, holds, what people decided, what is on its way out."""

from collections.abc import Collection
from typing import Literal

import sqlalchemy as sa

from storage.catalog.reading import MOST_VALUES, RowReading
from storage.rows.retention import DecisionRow, EventRow, ExtensionRow, FormerPolicyRow, HoldRow, NoticeRow, VisaRow
from storage.rows.walk import RecordRow
from storage.schema import TABLES
from vocabulary.choices import RecordClass, RecordLife


class RetentionReading(RowReading):
    """Reads what the end of a record follows from, and which records end."""

    def former_policies(self, workshop: str | None = None) -> list[FormerPolicyRow]:
        """The policies that were replaced, the oldest first; of one workshop, or of all."""
        return self._rows(FormerPolicyRow, order=("replaced_at", "id"), workshop=workshop)

    def former_policies_in(self, codes: Collection[str]) -> list[FormerPolicyRow]:
        """The policies these workshops followed before."""
        return self._in(FormerPolicyRow, "workshop", codes)

    def events(self, workshop: str | None = None) -> list[EventRow]:
        """Events that people noted, corrected ones too, in the order they were noted."""
        return self._rows(EventRow, order=("at", "id"), workshop=workshop)

    def events_in(self, codes: Collection[str]) -> list[EventRow]:
        """The events noted of these workshops; HOME stands for those of all."""
        return self._in(EventRow, "workshop", codes)

    def holds(self, present: bool = True) -> list[HoldRow]:
        """Holds and restrictions; with ``present`` False those that were lifted too."""
        rows = self._rows(HoldRow, order=("at", "id"))
        return [row for row in rows if not present or row.lifted_at is None]

    def extensions(self) -> list[ExtensionRow]:
        return self._rows(ExtensionRow, order=("at", "id"))

    def visas(self) -> list[VisaRow]:
        return self._rows(VisaRow, order=("at", "id"))

    def decisions(self) -> list[DecisionRow]:
        """What was decided of records at their end, the oldest first; of one record, the last counts."""
        return self._rows(DecisionRow, order=("at", "id"))

    def notices(self, record_id: str | None = None) -> list[NoticeRow]:
        """What was said ahead of destructions, the oldest first."""
        return self._rows(NoticeRow, order=("at", "id"), record_id=record_id)

    def condemned(self) -> list[RecordRow]:
        """The records whose erasure is announced and not done."""
        table = TABLES[RecordRow]
        conditions = (table.c.destroy_intended_at.is_not(None), table.c.life != RecordLife.DESTROYED.value)
        return self._read(RecordRow, sa.select(table).where(*conditions).order_by(table.c.created_at, table.c.id))

    def places_with(
        self, place: Literal["session_id", "workshop"], found: Collection[str], classes: Collection[RecordClass]
    ) -> set[str]:
        """Those of the sessions, or workshops, in which a record of these classes stays: live, its end not begun."""
        table = TABLES[RecordRow]
        kept = (
            table.c.record_class.in_(sorted(map(str, classes))),
            table.c.life != RecordLife.DESTROYED.value,
            table.c.destroy_intended_at.is_(None),
        )
        wanted = sorted(found)
        with self.reading() as connection:
            return {
                row[0]
                for first in range(0, len(wanted), MOST_VALUES)
                for row in connection.execute(
                    sa.select(table.c[place]).distinct()
                    .where(table.c[place].in_(wanted[first : first + MOST_VALUES]), *kept)
                )
            }  # fmt: skip
