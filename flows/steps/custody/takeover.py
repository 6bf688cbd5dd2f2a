"""Taking a workshop over from another home.

Rules kept here:
- the whole bundle is read, proved and opened before the first row is written; what is unpacked lies in
  ``tmp/import``, sealed as it came, and goes at the end;
- every object is sealed anew, under keys of this home that were never used before: nothing here opens with a key
  the other home had;
- objects are sealed first; then all rows appear in one commit: a crash before it leaves nothing but objects
  nobody names, and the same command begins again;
- ids and times of rows stay, so that clocks run on; people are matched by their name, and drafts name them by the
  id they have here;
- to whom outputs were given stays in the source's log: what is called back here of what was given out there, is called
  back from nobody known (docs/reference/withdrawal.md);
- who reviewed and cleared is taken from the source's log, proved, and logged here as carried: a release demands it.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from flows.steps.arrival.receive import open_regular
from flows.steps.custody.handover import opened, ordered_in
from flows.steps.custody.resealing import reseal
from flows.steps.holding import hold_intake
from flows.steps.sealing import Facts
from flows.steps.workshops import install
from infra.process import lock
from infra.wiring import Services
from policies.policy_file import parse_policy
from storage.archive import Archive
from storage.commit import Change
from storage.copies.bundle import Objects, read_identities, unpack
from storage.copies.manifest import ORIGIN, Carried, Manifest
from storage.copies.receipt import KIND
from storage.durable import make_folder, sync_folder, write_new
from storage.keys.scope import Scope, series
from storage.log.entry import Entry, LoggedEntry, Value
from storage.log.proof import prove
from storage.objects import BLOB, ObjectStore
from storage.rows.kinds import Row
from storage.rows.retention import DecisionRow, EventRow, ExtensionRow, HoldRow, VisaRow
from storage.rows.row import key_of
from storage.rows.walk import ClearanceRow, RecordRow, SessionRow, WorkshopRow
from vocabulary.choices import RecordClass, RecordLife
from vocabulary.draft import Draft
from vocabulary.errors import StateError, UnknownError, UsageError
from vocabulary.ids import check_code
from vocabulary.messages import N_

STAGING = "import"
CARRIED_KINDS = frozenset({"reviewed", "cleared", "guard-passed"})
"""What a release demands from the log: it is logged here anew, as carried (evidence.py)."""
_EVIDENCE = ("audience", "digest", "formats", "assessment", "singled")


@dataclass(frozen=True)
class WorkshopTakenOver:
    """A workshop of another home, where its code was ``was``; ``receipt`` goes back there."""

    code: str
    was: str
    sessions: int
    records: int
    receipt: Path


def take_over(
    services: Services,
    bundle: Path,
    identity: Path,
    person: str,
    *,
    code: str | None = None,
    receipt: Path | None = None,
) -> WorkshopTakenOver:
    """Take over the workshop in ``bundle``, under another ``code`` if one is given, and write its receipt.

    KeysError for another recipient's bundle, DamagedError for one that is not as it was made, StateError for a
    newer format, for one taken over before (its receipt is written again) and for a code that is in use here.
    """
    archive, target = services.archive, receipt or bundle.with_name(f"{bundle.name}.receipt")
    staging = services.home / "tmp" / STAGING
    with lock(services.home, STAGING), open_regular(identity) as file, open_regular(bundle) as source:
        identities = read_identities(file)
        shutil.rmtree(staging, ignore_errors=True)
        make_folder(staging)
        try:
            read: list[Manifest] = []
            unpacked = unpack(source, identities, staging / "objects", lambda data: _objects(read, data))
            manifest, name = read[0], check_code(code or read[0].workshop)
            _check_is_new(archive, unpacked.digest, target)
            store = ObjectStore(staging / "objects", manifest.source_keys())
            _check_opens(manifest, store)
            with hold_intake(services, name, away_too=True):
                entry = _take_over(services, manifest, store, name, unpacked.digest, person)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    _write_receipt(archive, unpacked.digest, target)
    (services.home / "drop" / name).mkdir(mode=0o700, exist_ok=True)
    return WorkshopTakenOver(name, manifest.workshop, len(manifest.numbers), int(entry["records"] or 0), target)


def _objects(read: list[Manifest], data: bytes) -> Objects:
    read.append(Manifest.from_bytes(data))
    return read[0].objects()


def _check_is_new(archive: Archive, digest: str, receipt: Path) -> None:
    if _imported(archive, digest) is None:
        return
    _write_receipt(archive, digest, receipt)
    message = N_("This bundle was taken over already: nothing was changed. Its receipt lies at {file}.")
    raise StateError(message, place="bundle", file=receipt)


def _imported(archive: Archive, digest: str) -> LoggedEntry | None:
    """The entry by which a bundle was taken over."""
    entries = archive.log.entries(kind=KIND)
    return next((one for one in entries if one.facts.get("bundle") == digest and "carried" not in one.facts), None)


def _check_opens(manifest: Manifest, store: ObjectStore) -> None:
    """Every object opens wholly with the keys of the bundle, and the policy is one."""
    parse_policy(manifest.policy, "policy")
    for record in manifest.kept():
        store.check_opens(manifest.scope_of(record), Archive.sealed_of(record))


def _take_over(
    services: Services, manifest: Manifest, store: ObjectStore, name: str, digest: str, person: str
) -> Mapping[str, Value]:
    archive = services.archive
    before = _rows_here(archive, manifest, name)
    actor = services.person(person)
    people = {
        theirs: archive.person(shown, register=True, now=services.now()) for theirs, shown in manifest.people.items()
    }  # they sign nothing here: what they did is told as carried
    policy = next(iter(manifest.of(WorkshopRow))).policy_digest
    install(services.home, f"{policy}.yaml", manifest.policy)
    rows = _seal_all(services, manifest, store, name, people)
    _carry_evidence(services, manifest, people, digest)
    head = manifest.head()
    facts: Facts = {
        "workshop": name,
        "was": manifest.workshop,
        "home": manifest.home,
        "bundle": digest,
        "answer": manifest.answer,
        "origin": head.origin,
        "log_size": head.size,
        "log_root": head.root.hex(),
        "sessions": len(manifest.numbers),
        "records": len(manifest.kept()),
    }
    added = tuple(row for row in rows if (row.TABLE, key_of(row)) not in before)
    replaced = tuple((before[row.TABLE, key_of(row)], row) for row in rows if (row.TABLE, key_of(row)) in before)
    services.commit(Change(add=added, replace=replaced), Entry(KIND, actor=actor, facts=facts))
    return facts


def _rows_here(archive: Archive, manifest: Manifest, name: str) -> dict[tuple[str, str], Row]:
    """The rows that the workshop left here when it was handed over before; none if it never was here.

    StateError when the code is that of another workshop, or of one that is here.
    """
    catalog = archive.catalog
    found = next((row for row in catalog.workshops() if row.code == name), None)
    sessions, records = catalog.sessions(workshop=name), catalog.records(workshop=name, life=None)
    clearances = [row for session in sessions for row in catalog.clearances(session.id)]
    ordered = ordered_in(catalog, name)
    here: list[Row] = [*sessions, *records, *clearances, *ordered, *([found] if found else [])]
    theirs = {(row.TABLE, key_of(row)) for row in manifest.rows if type(row) is not WorkshopRow}
    if found is not None and (
        found.left_at is None
        or any((SessionRow.TABLE, session.id) not in theirs for session in sessions)
        or any(row.life != RecordLife.DESTROYED and row.record_class != RecordClass.CERTIFICATE for row in records)
    ):
        message = N_("There is a workshop {code} here already: nothing was changed. Take this one over under another "
                     "code: --code NEW")  # fmt: skip
        raise StateError(message, place=name, code=name)
    if found is None and any(_is_here(archive, row) for row in manifest.rows if type(row) is SessionRow):
        message = N_("The sessions of this workshop are here already, under another code: nothing was changed.")
        raise StateError(message, place=manifest.workshop)
    return {(row.TABLE, key_of(row)): row for row in here}


def _is_here(archive: Archive, session: SessionRow) -> bool:
    try:
        archive.catalog.session_by_id(session.id)
    except UnknownError:
        return False
    return True


# Sealing under keys of this home


def _seal_all(
    services: Services, manifest: Manifest, store: ObjectStore, name: str, people: Mapping[str, str]
) -> list[Carried]:
    """Seal every object anew; return all rows as they shall stand here. Keys of an import cut short go first."""
    archive = services.archive
    archive.keystore.shred(opened(archive, name, manifest.numbers.values()) - _needed(archive, name))
    _count_on(archive, manifest, name)
    targets: dict[Scope, Scope] = {}
    rows: list[Carried] = []
    for row in manifest.rows:
        if isinstance(row, WorkshopRow):
            rows.append(replace(row, code=name, left_at=None))
        elif isinstance(row, SessionRow):
            rows.append(replace(row, workshop=name))
        elif isinstance(row, ClearanceRow):
            rows.append(replace(row, person=people[row.person]))
        elif isinstance(row, HoldRow):
            lifted_by = None if row.lifted_by is None else people.get(row.lifted_by, row.lifted_by)
            rows.append(replace(row, workshop=name, person=people[row.person], lifted_by=lifted_by))
        elif isinstance(row, EventRow | ExtensionRow | VisaRow | DecisionRow):
            rows.append(replace(row, workshop=name, person=people[row.person]))
        elif row.life == RecordLife.DESTROYED:
            rows.append(replace(row, workshop=name))
        else:
            current = manifest.scope_of(row)
            if current not in targets:
                targets[current] = archive.next_scope(name, current.session, current.record_class)
            rows.append(_seal(archive, row, current, targets[current], store, people))
    scope = archive.next_scope(name, 0, RecordClass.CERTIFICATE)
    proofs = archive.objects.seal(scope, manifest.proofs())
    rows.append(archive.new_record(scope, proofs, services.now(), format=ORIGIN))
    return rows


def _seal(
    archive: Archive, row: RecordRow, current: Scope, target: Scope, store: ObjectStore, people: Mapping[str, str]
) -> RecordRow:
    if row.record_class != RecordClass.DRAFT or row.kind != BLOB:
        return reseal(archive, row, current, target, store)
    draft = Draft.from_bytes(store.unseal(current, archive.sealed_of(row)))
    decisions = tuple(replace(one, person=people.get(one.person, one.person)) for one in draft.decisions)
    speakers = tuple(replace(one, person=people.get(one.person, one.person)) for one in draft.speakers)
    sealed = archive.objects.seal(target, replace(draft, decisions=decisions, speakers=speakers).to_bytes())
    return replace(
        row, workshop=target.workshop, object_id=sealed.object_id, digest=sealed.digest, size=sealed.size,
        epoch=target.epoch,
    )  # fmt: skip


def _needed(archive: Archive, name: str) -> set[Scope]:
    found = archive.catalog.records(workshop=name, life=None)
    return {archive.scope_of(record) for record in found if record.life != RecordLife.DESTROYED}


def _count_on(archive: Archive, manifest: Manifest, name: str) -> None:
    """Let epochs count on from where the source was: a destroyed record's epoch must stay one without a key."""
    keystore, new = archive.keystore, dict[str, int]()
    for theirs, last in manifest.epochs.items():
        _, number, record_class = theirs.split("/")
        place = name, int(number), RecordClass(record_class)
        first = keystore.current_epoch(*place)
        if not first:
            new[series(*place)] = last
        passed = [Scope(*place, epoch) for epoch in range(first + 1, last + 1) if first]
        for scope in passed:  # a workshop that comes back: it went on elsewhere
            keystore.ensure(scope)
        keystore.shred(passed)
    keystore.adopt({}, new)


# Proofs


def _carry_evidence(services: Services, manifest: Manifest, people: Mapping[str, str], digest: str) -> None:
    """Log who reviewed and cleared, as the source's log proves it; what a cut short import logged is not repeated."""
    done = {entry.facts.get("entry") for entry in services.archive.log.entries(kind=KIND)}
    for one in manifest.entries:
        entry = one.entry()
        if entry.kind in CARRIED_KINDS and entry.actor is not None and entry.id not in done:
            what = {name: entry.facts[name] for name in _EVIDENCE if name in entry.facts}
            facts: Facts = {
                **what, "carried": entry.kind, "entry": entry.id, "seq": entry.seq, "at": entry.at, "bundle": digest,
            }  # fmt: skip
            carried = Entry(KIND, session=entry.session, actor=people[entry.actor], facts=facts)
            services.commit(Change(), carried)


def _write_receipt(archive: Archive, digest: str, target: Path) -> None:
    """Write the proof that the bundle was taken over; a file that is there is left alone."""
    entry = _imported(archive, digest)
    if entry is None or target.exists():
        return
    text = json.dumps(prove(archive.log, entry.seq), ensure_ascii=False, indent=1) + "\n"
    try:
        write_new(target, text.encode())
        sync_folder(target.parent)
    except OSError as error:
        message = N_("The workshop is taken over, but its receipt {file} cannot be written ({problem}). Run the same "
                     "command again with --receipt FILE.")  # fmt: skip
        raise UsageError(message, place=target.name, file=target.name, problem=error.strerror) from None
