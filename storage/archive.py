"""The archive of one home: the one door through which steps read and change it.

Rules kept here:
- nothing changes but by ``commit(change, entry)``; it returns once the entry is durable in the log;
- sealed objects are written before the rows that name them, and discarded after the rows that named them
  are gone: a crash leaves an object nobody names, never a row without its object;
- opening an archive first finishes what a crash interrupted, and refuses a format it does not know.
"""

import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path

from storage import home_format
from storage.catalog.catalog import Catalog
from storage.catalog.database import FILE
from storage.commit import Change, change_key, check_position, drain, record, utc
from storage.keys.keystore import After, Costs, Keystore
from storage.keys.scope import Scope
from storage.keys.slots import FileSlots, Slots
from storage.log.checkpoint import LogKey
from storage.log.entry import Entry
from storage.log.log import Log, log_name
from storage.newest import check_size, note_size
from storage.objects import ObjectStore, Sealed
from storage.people import Register
from storage.rows.custody import PersonRow
from storage.rows.forms import HOME
from storage.rows.walk import RecordRow
from vocabulary.choices import Audience, RecordClass, RecordLife, Role
from vocabulary.errors import (
    ConflictError,
    DamagedError,
    KeyGoneError,
    KeysError,
    UnknownError,
)
from vocabulary.ids import new_id
from vocabulary.messages import N_

FINGERPRINT_LABEL = b"huisclos/fingerprint/1"
ARCHIVE, SLOT, OBJECTS, LOG, POLICIES = "archive", "slot", "objects", "log", "policies"
FOLDERS = (
    "", "drop", "claimed", "outbox", SLOT, "prefect", "tmp", "locks",
    ARCHIVE, f"{ARCHIVE}/{OBJECTS}", f"{ARCHIVE}/{LOG}", f"{ARCHIVE}/{POLICIES}",
)  # fmt: skip
_MOST_TRIES = 50
_SHOWN_OF_ID = 12


class Archive:
    """An open archive. Safe across processes: each method sees what others committed before it."""

    def __init__(self, home: Path, keystore: Keystore, catalog: Catalog, slots: Slots) -> None:
        self.home = home
        self.slots = slots
        self.keystore = keystore
        self.catalog = catalog
        self.objects = ObjectStore(home / ARCHIVE / OBJECTS, keystore)
        self.log = Log(home / ARCHIVE / LOG)

    @classmethod
    def create(
        cls, home: Path, passphrase: str, costs: Costs | None = None, slots: Slots | None = None,
        *, now: datetime | None = None,
    ) -> "Archive":  # fmt: skip
        """Make folders, keystore, catalog and log in ``home``, and write the first entry."""
        for folder in FOLDERS:
            (home / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        slots = slots or FileSlots(home / SLOT)
        keystore = Keystore.create(home / ARCHIVE, slots, passphrase, costs or Costs())
        catalog = Catalog.create(home / ARCHIVE / FILE)
        Log.create(home / ARCHIVE / LOG, keystore.home_id, keystore.log_key())
        archive = cls(home, keystore, catalog, slots)
        archive.commit(Change(), Entry("home-created", facts={"home": keystore.home_id}), now=now)
        return archive

    @classmethod
    def open(
        cls, home: Path, passphrase: str, slots: Slots | None = None, *, upgrading: bool = False,
        after: After | None = None,
    ) -> "Archive":  # fmt: skip
        """Open an archive and finish what was interrupted; an auditor's passphrase opens it for reading alone.

        Raises StateError for a format or schema that is not this version's, LogTamperedError when the log has
        another key than the keystore, LogRolledBackError when it is older than the home, DamagedError when catalog
        and log are not of one moment, and what Keystore.open raises. ``upgrading`` is for storage/copies/upgrading.py;
        ``after`` is told of each new generation of keys.
        """
        if not upgrading and (home / home_format.FILE).is_file():
            home_format.check(home)
        slots = slots or FileSlots(home / SLOT)
        keystore = Keystore.open(home / ARCHIVE, slots, passphrase, after)
        catalog = Catalog(home / ARCHIVE / FILE)
        catalog.check_schema()
        archive = cls(home, keystore, catalog, slots)
        if not archive.reads_only:
            archive._check_log_key()
        check_size(home / ARCHIVE, lambda: archive.log.checkpoint().size)
        if not archive.reads_only:
            drain(catalog, archive.log, keystore.log_key)
        check_position(catalog, archive.log)
        if not archive.reads_only:
            archive._note_size()
        return archive

    def close(self) -> None:
        self.catalog.close()

    @property
    def home_id(self) -> str:
        return self.keystore.home_id

    @property
    def reads_only(self) -> bool:
        """Whether it was opened with the passphrase of an auditor: such an archive commits nothing."""
        return self.keystore.opener.role is Role.AUDITOR

    def reaches(self, workshop: str) -> bool:
        """Whether the passphrase that is open reaches the records of a workshop (``-``: of the home)."""
        return self.keystore.reaches(Scope(workshop, 0, RecordClass.DOSSIER, 1))

    def check_reaches(self, workshop: str) -> None:
        """KeysError unless the passphrase that is open reaches the records of a workshop (``-``: of the home)."""
        self.keystore.has(Scope(workshop, 0, RecordClass.DOSSIER, 1))

    def commit(self, change: Change, entry: Entry, *, now: datetime | None = None) -> str:
        """Write rows and log entry in one transaction, then make the entry durable in the log.

        Returns the entry's id. ConflictError leaves everything as it was. ResourceError or BusyError can
        come after the change is committed: its entry then waits, and the next commit or open moves it.
        KeysError under the passphrase of an auditor.
        """
        if self.reads_only:
            message = N_("An auditor's passphrase opens the home for reading: it has no key of the processing log, and "
                         "changes nothing.")  # fmt: skip
            raise KeysError(message)
        key, opener = self.keystore.log_key, self.keystore.opener.id
        entry_id = record(self.catalog, self.log, key, change, entry, now or datetime.now(UTC), opener)
        drain(self.catalog, self.log, key)
        self._note_size()
        return entry_id

    def renew_log_key(self, *, now: datetime | None = None) -> None:
        """Give the log another key, by an entry that the old and the new one sign. Safe to run again."""
        keystore = self.keystore
        change_key(self.catalog, self.log, keystore.log_key, keystore.replace_log_key, now or datetime.now(UTC))
        self._note_size()

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

    # Faults

    def seal_fault(self, text: str, session: str | None = None, *, now: datetime | None = None) -> str:
        """Seal a traceback under the id that is shown; ``session`` is the session's id.

        A traceback can quote the talk: that of a session is a record of the session, and is destroyed with it.
        """
        moment = now or datetime.now(UTC)
        fault = new_id("f")
        row = None if session is None else self.catalog.session_by_id(session)
        place = (HOME, 0) if row is None else (row.workshop, row.number)
        earlier: RecordRow | None = None
        for _ in range(_MOST_TRIES):
            scope = self.scope(*place, RecordClass.FAULT)
            sealed = self.objects.seal(scope, text.encode(errors="replace"))
            made = self.new_record(scope, sealed, moment, record_id=fault, session_id=session)
            change = Change(replace=((earlier, made),)) if earlier else Change(add=(made,))
            self.commit(change, Entry("fault", session=session, facts={"fault": fault}), now=moment)
            if self.keystore.has(scope):
                break
            earlier = made  # sealed while the keys were being renewed: the key is gone already
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

    def name_everyone(self, *, now: datetime | None = None) -> int:
        """Name whom the catalog knows and the register lost by the beginning of their ids; return how many.

        After a restore: those who were registered since the backup.
        """
        row, people = self._register()
        known, moment = {person.id for person in people.people}, now or datetime.now(UTC)
        lost = [person.id for person in self.catalog.people() if person.id not in known]
        if lost:
            for person in lost:
                people = people.with_person(person, person[:_SHOWN_OF_ID])
            new = self._seal_register(row, people, moment)
            change = Change(add=(new,)) if row is None else Change(replace=((row, new),))
            self.commit(change, Entry("restored", facts={"people": len(lost)}), now=moment)
            if row is not None:
                self.objects.discard(row.digest)
        return len(lost)

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
        new = self._seal_register(row, people.with_person(person, name), now)
        added = PersonRow(person, utc(now))
        change = Change(add=(added, new)) if row is None else Change(add=(added,), replace=((row, new),))
        try:
            self.commit(change, Entry("person-registered", actor=person), now=now)
        except ConflictError:
            self.objects.discard(new.digest)
            raise
        if row is not None:
            self.objects.discard(row.digest)
        return person

    def _seal_register(self, row: RecordRow | None, people: Register, now: datetime) -> RecordRow:
        """Seal a register that takes the place of ``row``; return its row, for the caller's commit."""
        scope = self.scope(HOME, 0, RecordClass.PEOPLE)
        sealed = self.objects.seal(scope, people.to_bytes())
        version = 1 if row is None else row.version + 1
        return self.new_record(scope, sealed, now, record_id=self._register_id(), version=version)

    def _note_size(self) -> None:
        note_size(self.home / ARCHIVE, self.log.checkpoint().size)

    def _check_log_key(self) -> None:
        """The log has the keystore's key; a change of the key that was interrupted is finished."""
        key = self.keystore.log_key()
        if self.log.key() != LogKey.of(log_name(self.home_id), key):
            with self.log.locked():
                self.log.follow(key)
