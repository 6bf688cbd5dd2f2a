"""One moment of the catalog as it lies on the disk, to be compared with what must be there.

Rules kept here:
- values come in the types the disk holds, whatever the rows ask for;
- what the engine finds wrong is a finding, and reading goes on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.catalog.catalog import Catalog
from storage.catalog.database import FILE
from storage.finding import Finding
from storage.log.entry import Value
from storage.rows.kinds import ROW_TYPES
from storage.schema import SCHEMA
from vocabulary.errors import HuisclosError
from vocabulary.messages import N_


@dataclass(frozen=True)
class Snapshot:
    """One moment of the catalog, in the types the disk holds."""

    tables: dict[str, list[dict[str, Value]]]
    pending: list[dict[str, Value]]
    due_dates: list[dict[str, Value]]
    position: list[tuple[object, ...]]
    revision: list[tuple[object, ...]]
    schema: dict[tuple[str, str], str | None]
    faults: list[Finding]


def read_catalog(path: Path, findings: list[Finding]) -> Snapshot | None:
    """Read the catalog at ``path``; None if it does not open, which is added to ``findings``."""
    catalog = Catalog(path)
    try:
        with catalog.reading() as connection:
            return _snapshot(connection)
    except HuisclosError as error:
        findings.append(Finding("damaged", FILE, error.message, error.facts))
        return None
    finally:
        catalog.close()


def _snapshot(connection: Connection) -> Snapshot:
    def rows(table: str) -> list[dict[str, Value]]:
        result = connection.exec_driver_sql(f'SELECT * FROM "{table}"')  # noqa: S608 (our own table names)
        return [dict(row) for row in result.mappings()]

    def values(statement: str) -> list[tuple[object, ...]]:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]

    faults = []
    for found in values("PRAGMA integrity_check"):
        if found != ("ok",):
            message = N_("The catalog's file is damaged. Restore it from a backup.")
            faults.append(Finding("damaged", FILE, message))
            break
    for table, *_ in values("PRAGMA foreign_key_check"):
        message = N_("A row of table {table} refers to one that is not there.")
        faults.append(Finding("changed", str(table), message, {"table": table}))
    return Snapshot(
        tables={row_type.TABLE: rows(row_type.TABLE) for row_type in ROW_TYPES},
        pending=rows("pending"),
        due_dates=rows("due_dates"),
        position=values("SELECT one, next_seq, last_at FROM log_position"),
        revision=values("SELECT version_num FROM alembic_version"),
        schema=_schema(connection),
        faults=faults,
    )


def _schema(connection: Connection) -> dict[tuple[str, str], str | None]:
    found = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master")
    return {(row[0], row[1]): row[2] for row in found}


def check_schema(snapshot: Snapshot) -> Iterator[Finding]:
    """Tables, indexes and triggers are those the migrations make, at the revision this version knows."""
    if snapshot.revision != [(SCHEMA,)]:
        message = N_("The catalog states another schema than {expected}. Restore the catalog from a backup.")
        yield Finding("changed", "alembic_version/version_num", message, {"expected": SCHEMA})
        return
    from storage.migration import upgrade

    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        upgrade(connection)
        expected = _schema(connection)
    engine.dispose()
    for place in sorted(expected.keys() | snapshot.schema.keys()):
        if expected.get(place) != snapshot.schema.get(place) or (place in expected) != (place in snapshot.schema):
            kind, name = place
            shown = name if place in expected else "?"
            message = N_("The {kind} {name} of the catalog is not as this version makes it. Restore the catalog from "
                         "a backup.")  # fmt: skip
            yield Finding("changed", f"{kind} {shown}", message, {"kind": kind, "name": shown})


def pending_lines(snapshot: Snapshot) -> list[bytes]:
    """The log entries that wait in it, in order."""
    rows = sorted(snapshot.pending, key=lambda row: str(row["seq"]).zfill(20))
    return [str(row["line"]).encode() for row in rows]
