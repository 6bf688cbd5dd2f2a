"""The archive of one home: the one door through which steps read and change it.

Rules kept here:
- nothing changes but by ``commit(change, entry)``; it returns once the entry is durable in the log;
- sealed objects are written before the rows that name them, and discarded after the rows that named them
  are gone: a crash leaves an object nobody names, never a row without its object;
- opening an archive first finishes what a crash interrupted, and refuses a format it does not know.
"""

import hashlib
import hmac
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.catalog import FILE, Catalog
from storage.commit import Change, drain, record, utc
from storage.fixity import object_files
from storage.keystore import Costs, Keystore
from storage.log.audit import verify_log
from storage.log.checkpoint import LogKey
from storage.log.entry import Entry
from storage.log.log import Log, log_name
from storage.objects import ObjectStore, Sealed
from storage.people import Register
from storage.replay import needed_objects, replay
from storage.rows import HOME, PersonRow, RecordRow
from storage.scope import Scope
from vocabulary.choices import Audience, RecordClass, RecordLife
from vocabulary.errors import (
    ConflictError,
    DamagedError,
    HuisclosError,
    KeyGoneError,
    LogTamperedError,
    StateError,
    UnknownError,
)
from vocabulary.ids import new_id
from vocabulary.messages import N_

HOME_FORMAT = "huisclos-home/1"
FINGERPRINT_LABEL = b"huisclos/fingerprint/1"
ARCHIVE, SLOT, OBJECTS, LOG, POLICIES = "archive", "slot", "objects", "log", "policies"
FOLDERS = (
    "", "drop", "claimed", "outbox", SLOT, "prefect", "tmp", "locks",
    ARCHIVE, f"{ARCHIVE}/{OBJECTS}", f"{ARCHIVE}/{LOG}", f"{ARCHIVE}/{POLICIES}",
)  # fmt: skip
ABANDONED = timedelta(hours=1)
"""How long an object may lie without a record before it counts as abandoned."""

_MOST_TRIES = 50


class Archive:
    """An open archive. Safe across processes: each method sees what others committed before it."""

    def __init__(self, home: Path, keystore: Keystore, catalog: Catalog) -> None:
        self.home = home
        self.keystore = keystore
        self.catalog = catalog
        self.objects = ObjectStore(home / ARCHIVE / OBJECTS, keystore)
        self.log = Log(home / ARCHIVE / LOG)

    @classmethod
    def create(cls, home: Path, passphrase: str, costs: Costs | None = None) -> "Archive":
        """Make folders, keystore, catalog and log in ``home``, and write the first entry."""
        for folder in FOLDERS:
            (home / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        keystore = Keystore.create(home / ARCHIVE, home / SLOT, passphrase, costs or Costs())
        catalog = Catalog.create(home / ARCHIVE / FILE)
        Log.create(home / ARCHIVE / LOG, keystore.home_id, keystore.log_key())
        archive = cls(home, keystore, catalog)
        archive.commit(Change(), Entry("home-created", facts={"home": keystore.home_id}))
        return archive

    @classmethod
    def open(cls, home: Path, passphrase: str) -> "Archive":
        """Open an archive and finish what was interrupted.

        Raises StateError for a format or schema newer than this version knows, LogTamperedError when the
        log has another key than the keystore, and what Keystore.open raises.
        """
        _check_format(home)
        keystore = Keystore.open(home / ARCHIVE, home / SLOT, passphrase)
        catalog = Catalog(home / ARCHIVE / FILE)
        catalog.migrate()
        archive = cls(home, keystore, catalog)
        archive._check_log_key()
        drain(catalog, archive.log, keystore.log_key())
        return archive

    def close(self) -> None:
        self.catalog.close()

    @property
    def home_id(self) -> str:
        return self.keystore.home_id

    def commit(self, change: Change, entry: Entry, *, now: datetime | None = None) -> str:
        """Write rows and log entry in one transaction, then make the entry durable in the log.

        Returns the entry's id. ConflictError leaves everything as it was. ResourceError or BusyError can
        come after the change is committed: its entry then waits, and the next commit or open moves it.
        """
        key = self.keystore.log_key()
        entry_id = record(self.catalog, self.log, key, change, entry, now or datetime.now(UTC))
        drain(self.catalog, self.log, key)
        return entry_id

    # Keys and sealed objects

    def scope(self, workshop: str, session_number: int, record_class: RecordClass) -> Scope:
        """The current epoch of these records, its data key open; the next one if that was destroyed."""
        current = self.keystore.current_epoch(workshop, session_number, record_class)
        scope = Scope(workshop, session_number, record_class, max(current, 1))
        try:
            self.keystore.ensure(scope)
        except KeyGoneError:
            return self.next_scope(workshop, session_number, record_class)
        return scope

    def next_scope(self, workshop: str, session_number: int, record_class: RecordClass) -> Scope:
        """A new epoch: what stays is sealed anew under it before the old one is shredded."""
        current = self.keystore.current_epoch(workshop, session_number, record_class)
        scope = Scope(workshop, session_number, record_class, current + 1)
        self.keystore.ensure(scope)
        return scope

    def scope_of(self, record: RecordRow) -> Scope:
        """The scope a record was sealed under."""
        if record.session_id is None:
            return record.scope(0)
        return record.scope(self.catalog.session_by_id(record.session_id).number)

    @staticmethod
    def sealed_of(record: RecordRow) -> Sealed:
        """The sealed object of a record."""
        return Sealed(object_id=record.object_id, digest=record.digest, size=record.size, kind=record.kind)

    @staticmethod
    def new_record(
        scope: Scope,
        sealed: Sealed,
        at: datetime,
        *,
        record_id: str | None = None,
        session_id: str | None = None,
        version: int = 1,
        part: int | None = None,
        audience: Audience | None = None,
        format: str | None = None,
        fingerprint: str | None = None,
        length_ms: int | None = None,
    ) -> RecordRow:
        """The live row of a freshly sealed object."""
        return RecordRow(
            id=record_id or new_id("r"),
            workshop=scope.workshop,
            session_id=session_id,
            record_class=scope.record_class.value,
            life=RecordLife.LIVE.value,
            object_id=sealed.object_id,
            digest=sealed.digest,
            size=sealed.size,
            kind=sealed.kind,
            epoch=scope.epoch,
            version=version,
            part=part,
            audience=None if audience is None else audience.value,
            format=format,
            created_at=utc(at),
            fingerprint=fingerprint,
            length_ms=length_ms,
        )

    def fingerprint(self, scope: Scope, sha256_of_plain: bytes) -> str:
        """A digest of plain content that means nothing without the scope's key, and dies with it (hex)."""
        key = self.keystore.derive(scope, FINGERPRINT_LABEL)
        return hmac.new(key, sha256_of_plain, hashlib.sha256).hexdigest()

    def sweep(self, *, now: datetime | None = None, older_than: timedelta = ABANDONED) -> int:
        """Discard the objects no record needs; return how many.

        An interrupted command leaves them: sealed and never committed, or of a record just destroyed. An object
        stays while a live record of the catalog or of the log names it, or while it is young: its commit may
        still come. A log that does not verify may have lost a name: then everything stays.
        """
        try:
            verify_log(self.log.directory)
        except HuisclosError:
            return 0
        needed = needed_objects(replay(self.log.entries()))
        needed.update(row.digest for row in self.catalog.records(life=None) if row.life != RecordLife.DESTROYED.value)
        youngest = (now or datetime.now(UTC)).timestamp() - older_than.total_seconds()
        count = 0
        for path, digest in list(object_files(self.home / ARCHIVE / OBJECTS)):
            if digest is not None and digest not in needed and path.lstat().st_mtime < youngest:
                self.objects.discard(digest)
                count += 1
        return count

    # Faults

    def seal_fault(self, text: str, session: str | None = None, *, now: datetime | None = None) -> str:
        """Seal a traceback under the id that is shown; ``session`` is the session's id.

        A traceback can quote the talk: that of a session is a record of the session, and is destroyed with it.
        """
        moment = now or datetime.now(UTC)
        fault = new_id("f")
        row = None if session is None else self.catalog.session_by_id(session)
        place = (HOME, 0) if row is None else (row.workshop, row.number)
        scope = self.scope(*place, RecordClass.FAULT)
        sealed = self.objects.seal(scope, text.encode(errors="replace"))
        made = self.new_record(scope, sealed, moment, record_id=fault, session_id=session)
        self.commit(Change(add=(made,)), Entry("fault", session=session, facts={"fault": fault}), now=moment)
        return fault

    def fault_text(self, fault: str) -> str:
        """Open a sealed traceback; UnknownError if there is none of that id."""
        row = self.catalog.record(fault)
        return self.objects.unseal(self.scope_of(row), self.sealed_of(row)).decode()

    # People

    def person(self, name: str, *, register: bool, now: datetime | None = None) -> str:
        """The opaque id of a person; a new one is registered, or UnknownError if not ``register``."""
        for _ in range(_MOST_TRIES):
            row, people = self._register()
            known = people.find(name)
            if known is not None:
                return known.id
            if not register:
                raise UnknownError(N_(
                    "Nobody is registered under this name. Check how it is written; a name is registered the first "
                    "time it reviews or clears."))  # fmt: skip
            try:
                return self._add_person(row, people, name, now or datetime.now(UTC))
            except ConflictError:
                continue
        raise ConflictError(N_("The register of people is being changed by others. Run the same command again."))

    def person_name(self, person_id: str) -> str:
        """The name as it was first given; UnknownError if no one has that id."""
        _, people = self._register()
        return people.named(person_id).name

    def register(self) -> Register:
        """Everyone who is registered."""
        return self._register()[1]

    def _register_id(self) -> str:
        """One id for the one register of a home, so that two cannot be begun at once."""
        digest = hashlib.sha256(b"huisclos/people/" + self.home_id.encode()).hexdigest()
        return f"r-{digest[:32]}"

    def _register(self) -> tuple[RecordRow | None, Register]:
        """The register's row and content; read again if it was replaced meanwhile."""
        row = self._register_row()
        while row is not None:
            try:
                data = self.objects.unseal(row.scope(0), self.sealed_of(row))
            except DamagedError:
                newer = self._register_row()
                if newer == row:
                    raise
                row = newer
            else:
                return row, Register.from_bytes(data)
        return None, Register()

    def _register_row(self) -> RecordRow | None:
        try:
            return self.catalog.record(self._register_id())
        except UnknownError:
            return None

    def _add_person(self, row: RecordRow | None, people: Register, name: str, now: datetime) -> str:
        person = new_id("p")
        scope = self.scope(HOME, 0, RecordClass.PEOPLE)
        sealed = self.objects.seal(scope, people.with_person(person, name).to_bytes())
        version = 1 if row is None else row.version + 1
        new = self.new_record(scope, sealed, now, record_id=self._register_id(), version=version)
        added = PersonRow(person, utc(now))
        change = Change(add=(added, new)) if row is None else Change(add=(added,), replace=((row, new),))
        try:
            self.commit(change, Entry("person-registered", actor=person), now=now)
        except ConflictError:
            self.objects.discard(sealed.digest)
            raise
        if row is not None:
            self.objects.discard(row.digest)
        return person

    def _check_log_key(self) -> None:
        if self.log.key() != LogKey.of(log_name(self.home_id), self.keystore.log_key()):
            message = N_("key.pub is not the public half of this home's log key. Restore it from a backup.")
            raise LogTamperedError(message, place="key.pub")


def _check_format(home: Path) -> None:
    """StateError when home.toml states a format other than the one this version opens."""
    path = home / "home.toml"
    if not path.is_file():
        return
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8")).get("format")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        found = None
    if found != HOME_FORMAT:
        message = N_("This home has format {found}; this version opens {expected}. Install the version that made it, "
                     "or a newer one.")  # fmt: skip
        raise StateError(message, place="home.toml", found=str(found)[:40], expected=HOME_FORMAT)
