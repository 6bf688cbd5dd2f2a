"""Verifying what only an open keystore can tell: objects, openers and the register of people.

Rules kept here:
- nothing is raised for what is wrong: every fault is a finding with its place, and checking goes on;
- what the opener's passphrase does not reach is left out, and said to be.
"""

from collections.abc import Iterator

from storage.archive import Archive
from storage.catalog.database import FILE
from storage.finding import Finding, Unchecked
from storage.keys.openers import MACHINE, Opener
from storage.rows.custody import OpenerRow
from storage.rows.walk import RecordRow
from vocabulary.choices import RecordLife
from vocabulary.errors import HuisclosError
from vocabulary.messages import N_

NOT_REACHED = Unchecked(
    N_("This passphrase does not reach every workshop: what it does not open was not checked with its key.")
)
_KEY_IS_BACK = N_("The key of record {record} is there, though the record was destroyed: keystore and slot files are "
                  "from a backup. Restore those made since the last destruction.")  # fmt: skip


def check_opened(archive: Archive) -> Iterator[Finding]:
    """Everything that can be checked with the keys of the opener that is open."""
    try:
        records = archive.catalog.records(life=None)
        people = {row.id for row in archive.catalog.people()}
        openers = archive.catalog.openers()
    except HuisclosError as error:
        yield Finding("damaged", error.place or FILE, error.message, error.facts)
        return
    for row in records:
        yield from _check_record(archive, row)
    yield from _compare_openers(openers, archive.keystore.openers())
    if not archive.reads_only:
        yield from _check_people(archive, people)


def check_openers(archive: Archive) -> Iterator[Finding]:
    """Every difference between who opens the keystore and whom the catalog names."""
    return _compare_openers(archive.catalog.openers(), archive.keystore.openers())


def workshops_text(opener: Opener) -> str | None:
    """The workshops of an opener as its row holds them; None where it reaches every one, or none at all."""
    return " ".join(opener.workshops or ()) or None


def _compare_openers(rows: list[OpenerRow], openers: tuple[Opener, ...]) -> Iterator[Finding]:
    expected = {row.person: (row.role, row.workshops) for row in rows}
    found = {
        one.id: (None if one.role is None else one.role.value, workshops_text(one))
        for one in openers
        if one.id != MACHINE
    }
    for person in sorted(expected.keys() | found.keys()):
        place, facts = f"openers/{person}", {"id": person}
        if person not in expected:
            message = N_("Person {id} opens the keystore, and no entry of the log gave them a passphrase. If a command "
                         "was interrupted, any `huisclos key opener` command completes the log.")  # fmt: skip
            yield Finding("added", place, message, facts)
        elif person not in found:
            message = N_("Person {id} has a passphrase by the log, and does not open the keystore: it was restored "
                         "from before that, or a command was interrupted.")  # fmt: skip
            yield Finding("removed", place, message, facts)
        elif expected[person] != found[person]:
            message = N_("Person {id} opens other workshops, or has another role, than the log says.")
            yield Finding("changed", place, message, facts)


def _check_record(archive: Archive, row: RecordRow) -> Iterator[Finding]:
    """The object opens wholly; the key of a destroyed one is gone."""
    try:
        scope = archive.scope_of(row)
        if not archive.keystore.reaches(scope):
            return
        if row.life == RecordLife.DESTROYED.value:
            if archive.keystore.has(scope):
                yield Finding("remaining", f"keystore/{scope.key_id()}", _KEY_IS_BACK, {"record": row.id})
        elif row.destroy_intended_at is None:
            archive.objects.check_opens(scope, archive.sealed_of(row))
    except HuisclosError as error:
        yield Finding("locked", f"objects/{row.digest}", error.message, error.facts)


def _check_people(archive: Archive, people: set[str]) -> Iterator[Finding]:
    """The register of people names whom the catalog knows."""
    try:
        registered = {person.id for person in archive.register().people}
    except HuisclosError as error:
        yield Finding("locked", "people", error.message, error.facts)
        return
    for person in sorted(people ^ registered):
        message = N_("Person {id} is in the catalog or in the sealed register, and not in both.")
        yield Finding("changed", f"people/{person}", message, {"id": person})
