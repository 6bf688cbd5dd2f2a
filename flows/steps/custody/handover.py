"""A workshop goes to another home: sealed for it, and destroyed here once that home has it.

Rules kept here:
- from the export until it has left, a workshop stands still (holding.py): what the bundle holds is what there is;
- the intent to export is in the log before the bundle is whole, the bundle has its name only once it is registered;
- nothing is destroyed here before the other home proves, by its own signed log, that it has this very bundle;
- the destruction takes two people (docs/adr/0008), and ends with a certificate; certificates stay.
"""

import contextlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from flows.steps.arrival.receive import open_regular
from flows.steps.custody.resealing import opened_at
from flows.steps.holding import handed_over, hold_workshop
from flows.steps.retention.certificates import certify
from flows.steps.retention.in_force import in_force
from flows.steps.sealing import Facts, Replacement, finish_erasures, stamp
from infra.wiring import Services
from storage.archive import Archive
from storage.catalog.catalog import Catalog
from storage.catalog_checks import check_catalog
from storage.commit import Change
from storage.copies.bundle import check_recipient, digest_of, pack
from storage.copies.manifest import Carried, Manifest, Ordered, concerning, proved
from storage.copies.receipt import LARGEST, Receipt, answered, read_receipt
from storage.durable import sync_folder
from storage.keys.scope import Scope
from storage.log.entry import Entry, LoggedEntry
from storage.log.proof import Covered
from storage.rows.custody import ExportRow
from storage.rows.walk import ClearanceRow, RecordRow, WorkshopRow
from vocabulary.choices import ExportKind, RecordClass, RecordLife
from vocabulary.errors import BusyError, StateError, UsageError
from vocabulary.ids import new_id
from vocabulary.messages import N_

PARTIAL = ".partial"
_SHOWN_OF_RECIPIENT = 20


@dataclass(frozen=True)
class WorkshopExported:
    """A workshop sealed for another home; it stands still here."""

    code: str
    export: str
    file: Path
    sessions: int
    records: int


@dataclass(frozen=True)
class WorkshopLeft:
    """``done`` is False while a second person has to ask for the same."""

    code: str
    done: bool
    records: int


def export(services: Services, workshop: str, recipient: str, target: Path, person: str) -> WorkshopExported:
    """Seal all of a workshop for ``recipient`` into ``target``, a new file; the workshop then stands still.

    StateError when it has left or is sealed already, BusyError when a process is at work on it, UsageError for
    the recipient or the file. Safe to run again after a crash.
    """
    check_recipient(recipient)
    archive, partial = services.archive, target.with_name(target.name + PARTIAL)
    with hold_workshop(services, archive.catalog.workshop(workshop).code):
        _check_is_here(archive, workshop)
        out = handed_over(archive.catalog, workshop)
        if out is not None:
            return _finished(archive, workshop, out, target, partial)
        if target.exists():
            raise UsageError(N_("{file} is already there. Name a new file."), place=target.name, file=target.name)
        _check_no_grace(services, workshop)
        _settle(services, workshop)
        partial.unlink(missing_ok=True)
        actor = services.person(person)
        facts: Facts = {"workshop": workshop, "export": new_id("x"), "recipient": recipient}
        services.commit(Change(), Entry("workshop-export-intended", actor=actor, facts=facts))
        manifest = _manifest(archive, workshop)
        digest = pack(partial, recipient, manifest.to_bytes(), manifest.objects(), archive.objects.raw)
        out = _register(services, facts, manifest, digest, actor)
        _name(partial, target)
    return _told(workshop, out, manifest.numbers, len(manifest.kept()), target)


def _check_no_grace(services: Services, workshop: str) -> None:
    """A bundle holds one policy: a replaced one that still counts would be lost on the way."""
    catalog = services.archive.catalog
    now = services.now()
    formers = in_force(services.home, catalog, now, [workshop])[workshop].counting(now)
    if formers:
        message = N_("The policy of workshop {code} was shortened, and the one before still counts until {day}: it can "
                     "be handed over from that day on.")  # fmt: skip
        raise StateError(message, place=workshop, code=workshop, day=max(one.until for one in formers))


def keep(services: Services, workshop: str, person: str) -> None:
    """Let a workshop go on here: ``person`` declares that its bundle is destroyed and was never taken over."""
    archive = services.archive
    with hold_workshop(services, archive.catalog.workshop(workshop).code):
        _check_is_here(archive, workshop)
        out = _sealed(archive, workshop)
        actor = services.person(person)
        facts: Facts = {"workshop": workshop, "export": out.id}
        ended = replace(out, ended_at=stamp(services.now()))
        services.commit(Change(replace=((out, ended),)), Entry("export-ended", actor=actor, facts=facts))


def leave(services: Services, workshop: str, receipt: Path, person: str) -> WorkshopLeft:
    """Destroy a workshop that another home has taken over, when a second person asks for it.

    StateError when it is not sealed for another home, or when the receipt is not that of its bundle; DamagedError
    when it is no receipt. Run again after a crash, it finishes.
    """
    archive = services.archive
    with open_regular(receipt) as source:
        given = read_receipt(source.read(LARGEST))
    with hold_workshop(services, archive.catalog.workshop(workshop).code):
        row = archive.catalog.workshop(workshop)
        if row.left_at is None:
            out = _sealed(archive, workshop)
            _check_receipt(archive, workshop, out, given)
            check_catalog(archive)  # and with it the log, which says who asked
            actor = services.person(person)
            if not _is_asked_by_two(services, workshop, out, actor):
                return WorkshopLeft(workshop, False, 0)
            _condemn(services, row, out, given, actor)
        count = _destroy(services, workshop)
    return WorkshopLeft(workshop, True, count)


def _check_is_here(archive: Archive, workshop: str) -> None:
    row = archive.catalog.workshop(workshop)
    if row.left_at is not None:
        message = N_("Workshop {code} left for another home on {day}. Ask there.")
        raise StateError(message, place=workshop, code=workshop, day=row.left_at[:10])


def _sealed(archive: Archive, workshop: str) -> ExportRow:
    out = handed_over(archive.catalog, workshop)
    if out is None:
        message = N_("Workshop {code} is not sealed for another home. First: huisclos workshop export {code} FILE --to "
                     "ADDRESS --as NAME")  # fmt: skip
        raise StateError(message, place=workshop, code=workshop)
    return out


# Export


def _settle(services: Services, workshop: str) -> None:
    """Finish what was announced, and find every object sound: a bundle carries nothing half done."""
    archive = services.archive
    finish_erasures(services)
    certify(services)
    records = _kept(archive, workshop)
    if any(record.destroy_intended_at is not None for record in records):
        message = N_("A destruction in workshop {code} is not finished. Run `huisclos run`, then try again.")
        raise BusyError(message, place=workshop, code=workshop)
    check_catalog(archive)
    for record in records:
        archive.objects.check_opens(archive.scope_of(record), archive.sealed_of(record))


def _kept(archive: Archive, workshop: str) -> list[RecordRow]:
    found = archive.catalog.records(workshop=workshop, life=None)
    return [record for record in found if record.life != RecordLife.DESTROYED]


def _manifest(archive: Archive, workshop: str) -> Manifest:
    catalog, covered = archive.catalog, Covered.of(archive.log)
    sessions = catalog.sessions(workshop=workshop)
    clearances: list[ClearanceRow] = [row for session in sessions for row in catalog.clearances(session.id)]
    row, ordered = catalog.workshop(workshop), ordered_in(catalog, workshop)
    rows: tuple[Carried, ...] = (row, *sessions, *catalog.records(workshop=workshop, life=None), *clearances, *ordered)
    size = covered.checkpoint.size
    logged = [entry for entry in archive.log.entries() if entry.seq < size]
    entries = concerning(workshop, rows, logged)
    met = {row.person for row in (*clearances, *ordered)} | {entry.actor for entry in entries if entry.actor}
    numbers = [0, *(session.number for session in sessions)]
    policy = _policy_text(archive, row)
    return Manifest(
        home=archive.home_id,
        workshop=workshop,
        answer=secrets.token_hex(32),
        policy=policy,
        log_key=covered.key.text(),
        checkpoint=covered.text,
        expired=len(logged) < size,
        keys={
            scope.key_id(): archive.keystore.data_key(scope).hex()
            for scope in sorted({archive.scope_of(record) for record in _kept(archive, workshop)})
        },
        epochs={
            Scope(workshop, number, record_class, last).series(): last
            for number in numbers
            for record_class in RecordClass
            if (last := archive.keystore.current_epoch(workshop, number, record_class))
        },
        people={person.id: person.name for person in archive.register().people if person.id in met},
        rows=rows,
        entries=proved(entries, covered.tree.prove_inclusion),
    )


def ordered_in(catalog: Catalog, workshop: str) -> list[Ordered]:
    """The events, holds, extensions, visas and decisions of a workshop, ended ones too."""
    found: list[Ordered] = [
        *catalog.events(), *catalog.holds(present=False), *catalog.extensions(), *catalog.visas(),
        *catalog.decisions(),
    ]  # fmt: skip
    return [row for row in found if row.workshop == workshop]


def _policy_text(archive: Archive, row: WorkshopRow) -> str:
    """The installed policy of a workshop, as its digest was taken."""
    return (archive.home / "archive" / "policies" / f"{row.policy_digest}.yaml").read_bytes().decode()


def _register(services: Services, intent: Facts, manifest: Manifest, digest: str, actor: str) -> ExportRow:
    """Register the bundle: from here on the workshop stands still."""
    archive, recipient = services.archive, str(intent["recipient"])
    out = ExportRow(
        id=str(intent["export"]),
        export_kind=ExportKind.WORKSHOP,
        made_at=stamp(services.now()),
        generation=archive.keystore.generation,
        log_size=archive.log.checkpoint().size,
        holder=actor,
        place=f"{manifest.workshop}/{recipient[:_SHOWN_OF_RECIPIENT]}",
    )
    facts: Facts = {
        **intent,
        "bundle": digest,
        "answer": answered(manifest.answer),
        "sessions": len(manifest.numbers),
        "records": len(manifest.kept()),
    }
    services.commit(Change(add=(out,)), Entry("workshop-exported", actor=actor, facts=facts))
    return out


def _finished(archive: Archive, workshop: str, out: ExportRow, target: Path, partial: Path) -> WorkshopExported:
    """The bundle of an export that was registered, given its name if a crash prevented that; else StateError."""
    facts = _export_entry(archive, out).facts
    if digest_of(partial) == facts["bundle"] and not target.exists():
        _name(partial, target)
    if digest_of(target) != facts["bundle"]:
        message = N_("Workshop {code} was sealed for another home on {day} already. If that bundle {export} is "
                     "destroyed and was never taken over: huisclos workshop keep {code} --as NAME, then export "
                     "again.")  # fmt: skip
        raise StateError(message, place=workshop, code=workshop, day=out.made_at[:10], export=out.id)
    numbers = {session.id: session.number for session in archive.catalog.sessions(workshop=workshop)}
    return _told(workshop, out, numbers, int(facts["records"] or 0), target)


def _export_entry(archive: Archive, out: ExportRow) -> LoggedEntry:
    found = [entry for entry in archive.log.entries(kind="workshop-exported") if entry.facts.get("export") == out.id]
    return found[-1]


def _name(partial: Path, target: Path) -> None:
    partial.rename(target)
    with contextlib.suppress(OSError):  # some sticks cannot sync a folder
        sync_folder(target.parent)


def _told(workshop: str, out: ExportRow, numbers: dict[str, int], records: int, target: Path) -> WorkshopExported:
    return WorkshopExported(workshop, out.id, target, len(numbers), records)


# Leaving


def _check_receipt(archive: Archive, workshop: str, out: ExportRow, given: Receipt) -> None:
    facts = _export_entry(archive, out).facts
    if not given.is_for(archive.home_id, workshop, str(facts["bundle"]), str(facts["answer"])):
        message = N_("This receipt is not that of the bundle {export}, in which workshop {code} was sealed: nothing "
                     "was destroyed. Ask for the one that `huisclos workshop import` wrote for it.")  # fmt: skip
        raise StateError(message, place="--receipt", code=workshop, export=out.id)


def _is_asked_by_two(services: Services, workshop: str, out: ExportRow, actor: str) -> bool:
    """Whether another person asked for the same before; the wish of the first is noted."""
    log = services.archive.log
    wishes = [entry for entry in log.entries(kind="workshop-leave-asked") if entry.facts.get("export") == out.id]
    asked = {entry.actor for entry in wishes}
    if asked - {actor}:
        return True
    if actor not in asked:
        facts: Facts = {"workshop": workshop, "export": out.id}
        services.commit(Change(), Entry("workshop-leave-asked", actor=actor, facts=facts))
    return False


def _condemn(services: Services, row: WorkshopRow, out: ExportRow, given: Receipt, actor: str) -> None:
    """Announce the end of every record but the certificates, held ones too: their hold goes on in the other home."""
    archive, moment = services.archive, stamp(services.now())
    records = [one for one in _kept(archive, row.code) if one.record_class != RecordClass.CERTIFICATE]
    replaced: list[Replacement] = [(row, replace(row, left_at=moment))]
    replaced += [(one, replace(one, life=RecordLife.LIVE, destroy_intended_at=moment)) for one in records]
    facts: Facts = {
        "workshop": row.code,
        "export": out.id,
        "records": len(records),
        "origin": given.checkpoint.origin,
        "log_size": given.checkpoint.size,
        "log_root": given.checkpoint.root.hex(),
    }
    services.commit(Change(replace=tuple(replaced)), Entry("workshop-left", actor=actor, facts=facts))


def _destroy(services: Services, workshop: str) -> int:
    """Carry out what was announced, take the keys no record needs, certify; return how many records are gone."""
    archive = services.archive
    finish_erasures(services)
    needed = {archive.scope_of(record) for record in _kept(archive, workshop)}
    numbers = [session.number for session in archive.catalog.sessions(workshop=workshop)]
    archive.keystore.shred(opened(archive, workshop, numbers) - needed)
    certify(services)
    with contextlib.suppress(OSError):  # something still lies there, or it is gone already
        (services.home / "drop" / workshop).rmdir()
    return len(archive.catalog.records(workshop=workshop, life=RecordLife.DESTROYED))


def opened(archive: Archive, workshop: str, numbers: Iterable[int]) -> set[Scope]:
    """Every scope of a workshop and of these sessions whose data key is there."""
    return {scope for number in (0, *numbers) for scope in opened_at(archive, workshop, number)}
