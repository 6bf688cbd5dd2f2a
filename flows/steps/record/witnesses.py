"""Witnesses: who countersigns the checkpoints of this home, and what they countersigned.

A witness is a second party with a key of its own, elsewhere. Its public key is a row of the catalog and of the log;
what it countersigned comes back as a file, is checked against the log, and is kept beside it.
"""

from dataclasses import replace

from flows.steps.sealing import Facts, stamp
from infra.home import check_home
from infra.settings import Settings
from infra.wiring import Services
from storage.catalog.catalog import Catalog
from storage.commit import Change
from storage.log import witness
from storage.log.entry import Entry
from storage.log.log import Log
from storage.log.proof import Covered, kept_note
from storage.log.witness import Witnessed, WitnessKey
from storage.rows.custody import WitnessRow
from storage.rows.row import RowError
from vocabulary.errors import StateError, UnknownError, UsageError
from vocabulary.messages import N_


def add(services: Services, name: str, key_text: str, person: str) -> WitnessKey:
    """Register the public key of a witness under ``name``.

    UsageError for what is no such key or that of another name, StateError when the name has another key.
    """
    key = WitnessKey.parse(key_text)
    if key.name != name:
        message = N_("The key is that of {found}, not of {expected}. A witness is added under the name of its key.")
        raise UsageError(message, place=name, found=key.name, expected=name)
    catalog, moment = services.archive.catalog, stamp(services.now())
    known = {row.witness: row for row in catalog.witnesses(present=False)}.get(name)
    if known is not None and known.public_key != key.text().strip():
        message = N_("{witness} was added with another key, and may have signed with it. Make a key with a new name.")
        raise StateError(message, place=name, witness=name)
    if known is not None and known.removed_at is None:
        return key
    actor = services.person(person)
    try:
        row = WitnessRow(name, key.text().strip(), moment)
    except RowError:
        message = N_("{witness} cannot name a witness: use letters without accents, digits, dots, hyphens and slashes.")
        raise UsageError(message, place=name, witness=name) from None
    change = Change(add=(row,)) if known is None else Change(replace=((known, replace(known, removed_at=None)),))
    services.commit(change, Entry("witness-added", actor=actor, facts={"witness": name, "key": key.key_id.hex()}))
    return key


def remove(services: Services, name: str, person: str) -> None:
    """Take no more countersignatures of ``name``; those it gave still count. UnknownError for another name."""
    row = {row.witness: row for row in services.archive.catalog.witnesses()}.get(name)
    if row is None:
        message = N_("There is no witness {witness}. huisclos witness list shows those there are.")
        raise UnknownError(message, place=name, witness=name)
    gone = replace(row, removed_at=stamp(services.now()))
    entry = Entry("witness-removed", actor=services.person(person), facts={"witness": name})
    services.commit(Change(replace=((row, gone),)), entry)


def take_in(services: Services, text: str, person: str) -> tuple[Witnessed, ...]:
    """Keep a checkpoint that registered witnesses countersigned, and log it; return by whom.

    UsageError when none of them did, LogTamperedError for a signature that is not its own, LogForkedError and
    LogRolledBackError for a checkpoint of another past. Taking the same in again changes nothing.
    """
    log = services.archive.log
    covered = Covered.of(log)
    keys = [WitnessKey.parse(row.public_key) for row in services.archive.catalog.witnesses()]
    signed = tuple(witness.check_countersigned(covered, text, keys))
    if not signed:
        message = N_("No witness of this home countersigned this checkpoint. huisclos witness list shows who could.")
        raise UsageError(message, place="COSIGNED")
    actor = services.person(person)
    witness.keep(log, text)
    root = kept_note(text).checkpoint.root.hex()
    told = {
        (entry.facts.get("witness"), entry.facts.get("size"), entry.facts.get("signed_at"))
        for entry in log.entries(kind="checkpoint-witnessed")
    }
    for one in signed:
        facts: Facts = {"witness": one.witness, "size": one.size, "root": root, "signed_at": stamp(one.at)}
        if (one.witness, one.size, facts["signed_at"]) not in told:
            services.commit(Change(), Entry("checkpoint-witnessed", actor=actor, facts=facts))
    return signed


def registered(settings: Settings, present: bool = True) -> list[WitnessRow]:
    """The witnesses of a home; needs no passphrase."""
    check_home(settings.home)
    return Catalog(settings.home / "archive" / "catalog.sqlite").witnesses(present)


def countersigned(settings: Settings) -> list[Witnessed]:
    """Every countersigned checkpoint the home keeps, checked against the log; needs no passphrase."""
    keys = [WitnessKey.parse(row.public_key) for row in registered(settings, present=False)]
    return witness.witnessed(Log(settings.home / "archive" / "log"), keys)
