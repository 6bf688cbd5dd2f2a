"""The catalog: what the home holds and where each session stands, in SQLite. Needs no passphrase.

Rules kept here:
- a schema newer than this version is refused, an older one is brought up to date by ``migrate``.

What it reads lies beside this module, by what it is about. Changes go through storage/commit.py, so that none is
unlogged.
"""

import contextlib
import os
import sqlite3
from pathlib import Path

import sqlalchemy as sa

from storage.catalog.custody import CustodyReading
from storage.catalog.database import FILE
from storage.catalog.due import DueReading
from storage.catalog.pending import PendingEntries
from storage.catalog.retention import RetentionReading
from storage.catalog.rights import RightsReading
from storage.catalog.walk import WalkReading
from storage.schema import SCHEMA
from vocabulary.errors import StateError
from vocabulary.messages import N_


class Catalog(WalkReading, CustodyReading, RetentionReading, DueReading, RightsReading, PendingEntries):
    """The catalog of one home. Safe across processes and threads."""

    @classmethod
    def create(cls, path: Path) -> "Catalog":
        """Make the file (0600) and its tables; FileExistsError if it is there."""
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        catalog = cls(path)
        catalog.migrate()
        return catalog

    def schema(self) -> str | None:
        """The revision the catalog has; None before its first table."""
        with self.reading() as connection:
            tables = sa.inspect(connection).get_table_names()
            if "alembic_version" not in tables:
                return None
            found = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
            return None if found is None else str(found)

    def migrate(self) -> None:
        """Bring an older catalog to the schema this version knows; StateError if it is newer. For ``upgrade``."""
        found = self.schema()
        if found is None or found < SCHEMA:
            from storage.migration import upgrade

            with self.writing() as connection:
                upgrade(connection)
        self.check_schema()

    def is_current(self) -> bool:
        """Whether it has exactly the schema this version knows."""
        return self.schema() == SCHEMA

    def check_schema(self) -> None:
        """StateError unless the catalog has exactly the schema this version knows."""
        found = self.schema()
        if found == SCHEMA:
            return
        if found is not None and found > SCHEMA:
            message = N_("The catalog has schema {found}; this version knows up to {known}. Install the version that "
                         "wrote it, or a newer one.")  # fmt: skip
        else:
            message = N_("The catalog has schema {found}; this version needs {known}. Bring the home up to date. Type: "
                         "huisclos upgrade")  # fmt: skip
        raise StateError(message, place=FILE, found=found, known=SCHEMA)
