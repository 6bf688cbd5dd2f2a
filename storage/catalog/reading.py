"""How rows are read from the catalog.

Rules kept here:
- rows come back as checked values: one that does not keep its form is damage, named by table, row and column;
- a statement names no more values than the engine takes at once.
"""

from collections.abc import Collection
from typing import Any, TypeVar

import sqlalchemy as sa

from storage.catalog.database import Database
from storage.rows.custody import ExportRow, OpenerRow, PersonRow, WitnessRow
from storage.rows.retention import DecisionRow, EventRow, ExtensionRow, FormerPolicyRow, HoldRow, NoticeRow, VisaRow
from storage.rows.rights import RecallRow, RequestRow
from storage.rows.row import RowError
from storage.rows.walk import ClearanceRow, CopyRow, RecordRow, SessionRow, WorkshopRow
from storage.schema import TABLES
from vocabulary.errors import DamagedError
from vocabulary.messages import N_

MOST_VALUES = 500
"""Values that one statement names."""

_Row = TypeVar(
    "_Row", WorkshopRow, SessionRow, RecordRow, ClearanceRow, PersonRow, CopyRow, OpenerRow, ExportRow, WitnessRow,
    EventRow, HoldRow, ExtensionRow, VisaRow, DecisionRow, NoticeRow, FormerPolicyRow,
    RequestRow, RecallRow,
)  # fmt: skip


class RowReading(Database):
    """Reads the rows of a table that meet a condition."""

    def _rows(
        self, row_type: type[_Row], *, order: str | tuple[str, ...] = (), **equal: str | int | None
    ) -> list[_Row]:
        """Rows whose columns equal what is given and not None."""
        table = TABLES[row_type]
        conditions = [table.c[name] == value for name, value in equal.items() if value is not None]
        ordering = (order,) if isinstance(order, str) else order
        return self._read(row_type, sa.select(table).where(*conditions).order_by(*(table.c[one] for one in ordering)))

    def _in(self, row_type: type[_Row], column: str, values: Collection[str]) -> list[_Row]:
        table, wanted = TABLES[row_type], sorted(values)
        parts = [wanted[first : first + MOST_VALUES] for first in range(0, len(wanted), MOST_VALUES)]
        return [
            row for part in parts for row in self._read(row_type, sa.select(table).where(table.c[column].in_(part)))
        ]

    def _read(self, row_type: type[_Row], statement: sa.Select[Any]) -> list[_Row]:
        with self.reading() as connection:
            found = [dict(row) for row in connection.execute(statement).mappings()]
        try:
            return [row_type(**row) for row in found]
        except RowError as error:
            raise damaged_row(error.table, error.key, error.column) from None


def damaged_row(table: str, key: str, column: str) -> DamagedError:
    message = N_("The catalog is damaged: table {table}, row {key}, column {column}. `huisclos archive verify` "
                 "names all that is wrong; restore the catalog from a backup.")  # fmt: skip
    return DamagedError(message, place=f"{table}/{key}/{column}", table=table, key=key, column=column)
