"""What waits in the catalog for the log: entries that are committed and may not be in it yet."""

from dataclasses import dataclass

import sqlalchemy as sa

from storage.catalog.database import Database
from storage.schema import log_position, pending


@dataclass(frozen=True)
class Pending:
    """A committed log entry on its way to the log: its line, and the seal that shows we wrote it."""

    seq: int
    id: str
    line: bytes
    seal: str


class PendingEntries(Database):
    """The queue between catalog and log, which storage/commit.py fills and empties."""

    def pending(self) -> list[Pending]:
        """Entries that are committed and may not be in the log yet, in order."""
        with self.reading() as connection:
            rows = connection.execute(sa.select(pending).order_by(pending.c.seq))
            return [Pending(row.seq, row.id, row.line.encode(), row.seal) for row in rows]

    def forget_pending(self, up_to: int) -> None:
        """Drop the pending entries numbered ``up_to`` and below: the log holds them."""
        with self.writing() as connection:
            connection.execute(pending.delete().where(pending.c.seq <= up_to))

    def position(self) -> tuple[int, str]:
        """The number the next entry gets, and the time of the last ("" before the first)."""
        with self.reading() as connection:
            row = connection.execute(sa.select(log_position)).one()
            return row.next_seq, row.last_at
