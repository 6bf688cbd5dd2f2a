"""A change of the catalog and its log entry, in one transaction.

Rules kept here:
- rows and entry are written together or not at all; the entry holds the values of every row written, so
  that the log replayed gives the catalog; the due dates that follow from the rows are brought up to date with them,
  and what was announced for a day that moves is taken back (storage/due_dates.py), which the entry tells, too;
- the entry's number and time are given inside the transaction, so that the order of the log is that of the
  changes and times never go back;
- a row is replaced or removed only if it is still wholly what the caller read;
- an entry waits in the ``pending`` table, under a seal of the log's key, until the log holds it under a
  signed checkpoint; whoever comes next finishes what a crash left there.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.engine import Connection

from storage import due_dates
from storage.catalog.catalog import Catalog
from storage.catalog.pending import Pending
from storage.log.entry import Entry, LoggedEntry, WrittenRow
from storage.log.key_change import KIND, change_facts
from storage.log.log import LOCK, Log
from storage.rows.kinds import Row
from storage.rows.row import key_of, values_of
from storage.schema import TABLES, log_position, pending
from vocabulary.errors import BusyError, ConflictError, DamagedError, LogTamperedError
from vocabulary.ids import new_id
from vocabulary.messages import N_

SEAL_LABEL = b"huisclos/pending/1"
_MOST_TRIES = 50

KeyNow = Callable[[], Ed25519PrivateKey]
"""The log's private key as it is at the moment of asking: it can be changed by another process."""


@dataclass(frozen=True)
class Change:
    """Rows to add, to replace (old, new) and to remove, in that order.

    ValueError when a replacement changes the table or the key, or one row is written twice.
    """

    add: tuple[Row, ...] = ()
    replace: tuple[tuple[Row, Row], ...] = ()
    remove: tuple[Row, ...] = ()

    def __post_init__(self) -> None:
        for old, new in self.replace:
            if (type(old), key_of(old)) != (type(new), key_of(new)):
                raise ValueError("a row is replaced by one of its own table and key")
        written = [*self.add, *(new for _, new in self.replace), *self.remove]
        places = [(row.TABLE, key_of(row)) for row in written]
        if len(set(places)) < len(places):
            raise ValueError("a change writes each row once")

    def written(self) -> tuple[WrittenRow, ...]:
        """What the log records of it."""
        present = [*self.add, *(new for _, new in self.replace)]
        return (
            *(WrittenRow(row.TABLE, key_of(row), values_of(row)) for row in present),
            *(WrittenRow(row.TABLE, key_of(row), None) for row in self.remove),
        )


def record(
    catalog: Catalog, log: Log, key: KeyNow, change: Change, entry: Entry, now: datetime, opener: str | None = None
) -> str:
    """Write the rows and the pending entry; return the entry's id. ``opener`` is whose passphrase is open.

    ConflictError when a row is not any more what the change says, or is there already; DamagedError when
    catalog and log do not agree on the number of the next entry.
    """
    entry_id = new_id("e")
    with catalog.writing() as connection:
        _write(connection, change)
        policies = due_dates.folder_beside(catalog.path)
        void = due_dates.refresh(connection, change.add, change.replace, change.remove, policies)
        written = change.written() + Change(remove=void).written()
        seq, latest = _position(connection, log)
        at = max(utc(now), latest)
        line = LoggedEntry.of(entry, written, seq=seq, entry_id=entry_id, at=at, opener=opener).line()
        seal = _seal(key(), line)
        connection.execute(pending.insert().values(seq=seq, id=entry_id, line=line.decode(), seal=seal))
        connection.execute(log_position.update().values(next_seq=seq + 1, last_at=at))
    return entry_id


def drain(catalog: Catalog, log: Log, key: KeyNow) -> int:
    """Move every pending entry to the log, durably; return how many there were.

    One process at a time. Safe to run after a crash at any point: what the log holds already is recognised.
    """
    with log.locked():
        return _drain(catalog, log, key())


def check_position(catalog: Catalog, log: Log) -> None:
    """DamagedError when catalog and log are not of one moment: one of them was put back alone.

    An entry that is pending may be in the log already: a crash came before it was forgotten.
    """
    with log.unmoving(), catalog.reading() as connection:
        seq = connection.scalar(sa.select(log_position.c.next_seq)) or 0
        first, last = connection.execute(sa.select(sa.func.min(pending.c.seq), sa.func.max(pending.c.seq))).one()
        size = log.checkpoint().size
    sound = seq == size if first is None else last + 1 == seq and first <= size <= seq
    if not sound:
        raise _of_another_moment(seq, size)


def _drain(catalog: Catalog, log: Log, key: Ed25519PrivateKey) -> int:
    waiting = catalog.pending()
    if waiting:
        for item in waiting:
            _check_seal(key, item)
        log.append([item.line for item in waiting], key)
        catalog.forget_pending(waiting[-1].seq)
    return len(waiting)


def change_key(catalog: Catalog, log: Log, key: KeyNow, store: Callable[[Ed25519PrivateKey], None],
               now: datetime) -> None:  # fmt: skip
    """Let a new key follow as the log's key; ``store`` makes it the one that ``key`` gives, durably, or raises.

    The entry that both keys sign is durable first, and the last under the old key: what that signs afterwards is not
    followed (storage/log/append.py). Then, while nobody else writes and nothing waits, the new key is stored, and
    key.pub is replaced. A crash before ``store`` leaves an entry that leads nowhere; one after it is made good by
    whoever opens the home next.
    """
    with log.locked():
        for _ in range(_MOST_TRIES):
            old, new = key(), Ed25519PrivateKey.generate()
            facts = change_facts(log.key().name, old, new)
            entry_id = record(catalog, log, key, Change(), Entry(KIND, facts=facts), now)
            _drain(catalog, log, old)
            with catalog.writing() as connection:
                waiting = connection.scalar(sa.select(sa.func.count()).select_from(pending))
                if waiting or log.newest().id != entry_id:  # others wrote meanwhile: once more, with another key
                    continue
                store(new)
                log.follow(new)
                return
    raise BusyError(N_("Too many changes are being made. Run the same command again."), place=LOCK)


def utc(moment: datetime) -> str:
    """A moment as rows and entries write it, to the second; ValueError without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _position(connection: Connection, log: Log) -> tuple[int, str]:
    """The number of the next entry and the time of the last, checked against what is pending or logged.

    The write transaction is held: nothing becomes pending and nothing is forgotten meanwhile.
    """
    seq, latest = connection.execute(sa.select(log_position.c.next_seq, log_position.c.last_at)).one()
    last_pending = connection.scalar(sa.select(sa.func.max(pending.c.seq)))
    expected = log.checkpoint().size if last_pending is None else last_pending + 1
    if seq != expected:
        raise _of_another_moment(seq, expected)
    return seq, latest


def _of_another_moment(seq: int, expected: int) -> DamagedError:
    if seq < expected:
        message = N_("The catalog knows {seq} entries of the processing log, and there are {expected}: an older "
                     "catalog was put back alone. Nothing was changed. The catalog is written anew from the log by: "
                     "huisclos archive restore FOLDER, with the folder of any backup of this home")  # fmt: skip
    else:
        message = N_("The catalog knows {seq} entries of the processing log, and there are {expected}: an older log "
                     "was put back alone. Nothing was changed. Put the newer archive/log back. If it is lost, the "
                     "catalog is written anew from the log there is by: huisclos archive restore FOLDER, with the "
                     "folder of any backup of this home")  # fmt: skip
    return DamagedError(message, place="log_position", seq=seq, expected=expected)


def _write(connection: Connection, change: Change) -> None:
    for row in change.add:
        connection.execute(TABLES[type(row)].insert().values(**values_of(row)))
    for old, new in change.replace:
        changed = connection.execute(TABLES[type(old)].update().where(_still(old)).values(**values_of(new)))
        _check_found(changed.rowcount, old)
    for row in change.remove:
        removed = connection.execute(TABLES[type(row)].delete().where(_still(row)))
        _check_found(removed.rowcount, row)


def _still(row: Row) -> sa.ColumnElement[bool]:
    """That the row is wholly what was read."""
    table = TABLES[type(row)]
    return sa.and_(*(table.c[name].is_not_distinct_from(value) for name, value in values_of(row).items()))


def _check_found(count: int, row: Row) -> None:
    if count != 1:
        message = N_("Somebody else changed this first ({table}, {key}). Run the same command again.")
        raise ConflictError(message, place=f"{row.TABLE}/{key_of(row)}", table=row.TABLE, key=key_of(row))


def is_sealed(key: Ed25519PrivateKey, line: bytes, seal: str) -> bool:
    """Whether this home's key sealed a pending line."""
    return hmac.compare_digest(seal.encode(), _seal(key, line).encode())


def _seal(key: Ed25519PrivateKey, line: bytes) -> str:
    """A keyed digest of a pending line: who holds the disk and not the keystore cannot make one."""
    secret = HKDF(hashes.SHA256(), 32, None, SEAL_LABEL).derive(key.private_bytes_raw())
    return hmac.new(secret, line, hashlib.sha256).hexdigest()


def _check_seal(key: Ed25519PrivateKey, item: Pending) -> None:
    if not is_sealed(key, item.line, item.seal):
        message = N_(
            "The catalog holds a log entry (number {seq}) that this home did not write. Repair nothing yet: keep "
            "everything as it is, and tell the auditor and a data steward. Only then restore catalog and log from the "
            "same backup."
        )
        raise LogTamperedError(message, place=f"pending/{item.seq}", seq=item.seq)
