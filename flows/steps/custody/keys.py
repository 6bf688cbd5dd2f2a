"""Openers, passphrases, the root and the recovery file: who may open the home, and how a lost one is opened.

Rules kept here:
- what the keystore says holds; the row and the entry follow it, in that order. A crash between the two leaves a
  person who opens the home without a row, or a row without a passphrase: the next command of this module writes the
  entry that is missing, and ``archive verify`` names the difference until then;
- an entry holds ids, roles and counts, never a name, a passphrase or a recipient;
- a recovery export takes two people: the first call only notes the wish, which counts until the keys are rotated,
  the recipients change, a passphrase is withdrawn, or an export is made;
- an export is registered before its first byte is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flows.steps.sealing import Facts, stamp
from infra.passphrase import check_strength
from infra.recovery_copies import write_copy
from infra.wiring import Services
from storage.catalog_checks import check_catalog
from storage.commit import Change
from storage.keys.openers import MACHINE, Opener
from storage.log.entry import Entry
from storage.opened_checks import check_openers, workshops_text
from storage.rows.custody import ExportRow, OpenerRow
from storage.rows.row import RowError
from vocabulary.choices import ExportKind, Role
from vocabulary.errors import HuisclosError, PersonError, StateError, UnknownError, UsageError
from vocabulary.ids import new_id
from vocabulary.messages import N_

ASKED, LABEL = "export-asked", "recovery"
_ENDS_AN_ASK = frozenset({"keys-rotated", "recovery-changed", "opener-removed", "exported"})


@dataclass(frozen=True)
class OpenerStanding:
    """One who opens the home. None is: as ``role`` the machine, as ``workshops`` all, as ``name`` not to be known."""

    id: str
    name: str | None
    role: Role | None
    workshops: tuple[str, ...] | None
    added_at: str | None


@dataclass(frozen=True)
class RecoveryExport:
    """A recovery export that was made, or (``export`` None) only asked for."""

    export: str | None
    generation: int
    files: tuple[Path, ...]


def add(
    services: Services, name: str, role: Role, workshops: Sequence[str], passphrase: str, person: str
) -> OpenerStanding:
    """Give ``name`` a passphrase of their own; a facilitator's reaches the ``workshops`` named."""
    check_strength(passphrase)
    _check_workshops(services, role, workshops)
    actor = services.person(person)
    _mend(services)
    keystore = services.archive.keystore
    subject = services.archive.person(name, register=True, now=services.now())
    keystore.add_opener(subject, role, workshops, passphrase)
    opener = _opener(services, subject)
    _write_row(services, opener, "opener-added", actor)
    return _standing(services, opener)


def allow(services: Services, name: str, workshops: Sequence[str], person: str) -> OpenerStanding:
    """Set the workshops of a facilitator; those taken away get new keys."""
    _check_workshops(services, Role.FACILITATOR, workshops)
    actor = services.person(person)
    _mend(services)
    subject = services.archive.person(name, register=False)
    services.archive.keystore.allow(subject, workshops)
    opener = _opener(services, subject)
    _write_row(services, opener, "opener-changed", actor)
    return _standing(services, opener)


def remove(services: Services, name: str, person: str) -> str:
    """Withdraw the passphrase of ``name``; return their id. ``name`` may be ``machine``."""
    actor = services.person(person)
    _mend(services)
    subject = MACHINE if name == MACHINE else services.archive.person(name, register=False)
    services.archive.keystore.remove_opener(subject)
    if subject == MACHINE:
        services.commit(Change(), Entry("opener-removed", actor=actor, facts={"opener": MACHINE}))
    else:
        _write_removal(services, subject, actor)
    return subject


def openers(services: Services) -> tuple[OpenerStanding, ...]:
    """Everyone who opens the home, with the names this passphrase may know."""
    return tuple(_standing(services, opener) for opener in services.archive.keystore.openers())


def change_passphrase(services: Services, passphrase: str) -> None:
    """Another passphrase for whoever opened the home; no earlier copy of the keystore opens any more."""
    check_strength(passphrase)
    keystore = services.archive.keystore
    if services.archive.reads_only:  # an auditor writes no entry: the steward sees the new generation
        keystore.change_passphrase(passphrase)
        return
    actor = None if keystore.opener.role is None else keystore.opener.id
    _check_log(services)
    keystore.change_passphrase(passphrase)
    services.commit(Change(), Entry("passphrase-changed", actor=actor, facts={"generation": keystore.generation}))


def rotate(services: Services, person: str) -> int:
    """A new root, a new slot secret and new keys for every compartment; return the generation."""
    actor = services.person(person)
    _mend(services)
    keystore = services.archive.keystore
    keystore.rotate()
    services.commit(Change(), Entry("keys-rotated", actor=actor, facts={"generation": keystore.generation}))
    return keystore.generation


def set_recipients(services: Services, recipients: Sequence[str], person: str) -> int:
    """Name the age recipients of whom any two recover the home; return how many there are."""
    actor = services.person(person)
    _mend(services)
    keystore = services.archive.keystore
    keystore.set_recovery(recipients)
    count = len(keystore.recovery_recipients())
    facts: Facts = {"recipients": count, "generation": keystore.generation}
    services.commit(Change(), Entry("recovery-changed", actor=actor, facts=facts))
    return count


def export(services: Services, folder: Path, person: str, place: str | None = None) -> RecoveryExport:
    """Write keystore and recovery file into ``folder``, when a second person asks for it.

    ``place`` is the label its holder knows it by. PersonError for who does not reach everything, StateError without
    recipients, UsageError for a folder that holds an export already.
    """
    archive = services.archive
    keystore = archive.keystore
    if not keystore.opener.reaches_all:
        raise PersonError(N_("A recovery export takes the passphrase of a data steward, or the one of the home."))
    if not keystore.recovery_recipients():
        message = N_("No recipients are named: a recovery file would open for nobody. First: huisclos key recovery "
                     "recipients AGE1 AGE2 --as NAME")  # fmt: skip
        raise StateError(message)
    check_catalog(archive)  # and with it the log, which says who asked
    actor = services.person(person)
    asked = _who_asked(services)
    if not asked - {actor}:
        if actor not in asked:
            facts: Facts = {"what": ExportKind.RECOVERY.value, "generation": keystore.generation}
            services.commit(Change(), Entry(ASKED, actor=actor, facts=facts))
        return RecoveryExport(None, keystore.generation, ())
    _make_folder(folder)
    copy = keystore.copy()
    row = _export_row(services, copy.generation, actor, place or LABEL)
    facts = {
        "export": row.id, "what": row.export_kind, "generation": row.generation, "log_size": row.log_size,
    }  # fmt: skip
    services.commit(Change(add=(row,)), Entry("exported", actor=actor, facts=facts))
    try:
        files = write_copy(folder, copy)
    except OSError as error:
        message = N_("{folder} cannot be written ({problem}). The export is registered and not whole: ask for it "
                     "again, and end this one ({export}).")  # fmt: skip
        raise UsageError(message, folder=folder, problem=error.strerror, export=row.id) from None
    return RecoveryExport(row.id, copy.generation, tuple(files))


def _who_asked(services: Services) -> set[str]:
    """Those whose wish for a recovery export still counts."""
    asked, recovery = set[str](), ExportKind.RECOVERY.value
    for entry in services.archive.log.entries():
        if entry.kind == ASKED and entry.actor is not None:
            asked.add(entry.actor)
        elif entry.kind in _ENDS_AN_ASK and entry.facts.get("what", recovery) == recovery:
            asked.clear()
    return asked


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        taken = any(folder.iterdir())
    except OSError:
        taken = True
    if taken:
        message = N_("{folder} cannot be made, or is not empty. Name an empty folder of yours.")
        raise UsageError(message, place=str(folder), folder=folder)


def _export_row(services: Services, generation: int, holder: str, place: str) -> ExportRow:
    try:
        return ExportRow(
            id=new_id("x"),
            export_kind=ExportKind.RECOVERY.value,
            made_at=stamp(services.now()),
            generation=generation,
            log_size=services.archive.log.checkpoint().size,
            holder=holder,
            place=place,
        )
    except RowError:
        message = N_("This label cannot be used. Write a few plain words without accents, and no name: letters, "
                     "digits, spaces, dots and hyphens, at most 80.")  # fmt: skip
        raise UsageError(message, place="--place") from None


# Rows of the catalog, which follow the keystore


def _mend(services: Services) -> None:
    """Write the entries an interrupted command left out, so that the catalog names whoever opens the keystore."""
    archive = services.archive
    _check_log(services)
    if not list(check_openers(archive)):
        return
    check_catalog(archive)  # a row edited by hand is not made good here
    present = {opener.id: opener for opener in archive.keystore.openers() if opener.id != MACHINE}
    rows = {row.person: row for row in archive.catalog.openers()}
    for person, opener in present.items():
        row = rows.get(person)
        if row is None:
            _write_row(services, opener, "opener-added", None)
        elif (row.role, row.workshops) != (str(opener.role), workshops_text(opener)):
            _write_row(services, opener, "opener-changed", None)
    for person in rows.keys() - present.keys():
        _write_removal(services, person, None)


def _check_log(services: Services) -> None:
    """KeysError now rather than after the keystore was changed, where no entry can follow."""
    services.archive.keystore.log_key()


def _write_row(services: Services, opener: Opener, kind: str, actor: str | None) -> None:
    """Commit the row of an opener as the keystore has it; ``actor`` None: made good after an interruption."""
    known = _row_of(services, opener.id)
    row = OpenerRow(opener.id, str(opener.role), workshops_text(opener), stamp(services.now()))
    if known is not None and known.removed_at is None:
        row = replace(row, added_at=known.added_at)
    change = Change(add=(row,)) if known is None else Change(replace=((known, row),))
    facts: Facts = {"opener": opener.id, "role": row.role}
    if opener.workshops:
        facts["workshops"] = len(opener.workshops)
    services.commit(change, Entry(kind, actor=actor, facts=facts))


def _write_removal(services: Services, person: str, actor: str | None) -> None:
    known = _row_of(services, person)
    change = Change()
    if known is not None and known.removed_at is None:
        change = Change(replace=((known, replace(known, removed_at=stamp(services.now()))),))
    services.commit(change, Entry("opener-removed", actor=actor, facts={"opener": person}))


def _row_of(services: Services, person: str) -> OpenerRow | None:
    rows = services.archive.catalog.openers(present=False)
    return next((row for row in rows if row.person == person), None)


def _opener(services: Services, person: str) -> Opener:
    return next(one for one in services.archive.keystore.openers() if one.id == person)


def _standing(services: Services, opener: Opener) -> OpenerStanding:
    row = _row_of(services, opener.id)
    try:
        name = None if opener.id == MACHINE else services.archive.person_name(opener.id)
    except HuisclosError:  # an auditor's passphrase does not open the register of people
        name = None
    return OpenerStanding(opener.id, name, opener.role, opener.workshops, None if row is None else row.added_at)


def _check_workshops(services: Services, role: Role, workshops: Sequence[str]) -> None:
    """A facilitator has workshops, and the others have none of their own; each is one of this home."""
    if role is Role.FACILITATOR and not workshops:
        raise UsageError(N_("A facilitator opens the workshops that are named: give --workshop CODE."))
    if role is not Role.FACILITATOR and workshops:
        message = N_(
            "Only a facilitator has workshops of their own: a data steward reaches all of them, an auditor none."
        )
        raise UsageError(message, place="--workshop")
    known = {row.code for row in services.archive.catalog.workshops()}
    for code in workshops:
        if code not in known:
            message = N_("There is no workshop {workshop}. `huisclos workshop list` shows those there are.")
            raise UnknownError(message, place=code, workshop=code)
