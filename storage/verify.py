"""Verifying the whole archive: log, catalog, files and, with an open archive, what the seals hold.

Rules kept here:
- nothing is raised for what is wrong: every fault is a finding with its place, and checking goes on;
- the catalog is compared with the log replayed (catalog_checks.py), and its tables and triggers with those this
  version makes;
- what could not be checked is said, never passed over;
- catalog and log are read under the log's lock, so that a commit in between is not taken for a fault.
"""

from collections.abc import Iterator
from pathlib import Path

from storage.archive import ARCHIVE, LOG, OBJECTS, POLICIES, SLOT, Archive
from storage.catalog.database import FILE
from storage.catalog.snapshot import check_schema, pending_lines, read_catalog
from storage.catalog_checks import Told, check_rows, read_log
from storage.finding import Finding, Report, Unchecked
from storage.fixity import check_objects, check_policies
from storage.keys.keystore import Keystore
from storage.keys.slots import FileSlots, Slots
from storage.log.append import KEY
from storage.log.audit import verify_log
from storage.log.log import Log, log_name
from storage.newest import check_size
from storage.opened_checks import NOT_REACHED, check_opened
from storage.rows.retention import FormerPolicyRow
from storage.rows.walk import RecordRow, WorkshopRow
from storage.unnamed import count_set_aside
from vocabulary.choices import RecordLife
from vocabulary.errors import HuisclosError, LogRolledBackError, UsageError
from vocabulary.messages import N_

NOT_OPENED = Unchecked(N_("Without the passphrase, whether each object opens with its key was not checked."))
NOT_COMPARED = Unchecked(N_("As the processing log cannot be trusted, the catalog was not compared with it."))
STILL_WAITING = Unchecked(
    N_("Changes wait for the processing log: the next command that asks for the passphrase moves them.")
)
_DESTROYED = RecordLife.DESTROYED.value
INTERRUPTED = Unchecked(
    N_("A destruction is under way or was interrupted: what it destroys was not checked. `huisclos run` finishes it.")
)
SET_ASIDE = N_("Objects of no record ({count}) lie in archive/unnamed: they belong to no session and were not checked. "
               "`huisclos archive collect` removes them.")  # fmt: skip


def verify_archive(home: Path, archive: Archive | None, kept: str | None = None, slots: Slots | None = None) -> Report:
    """Check everything under ``home``; ``archive`` open checks also what only keys can tell.

    ``kept`` is the text of a checkpoint kept elsewhere, UsageError if it is not one; ``slots`` are the home's
    slots: by default those ``archive`` was opened with, or the files in HOME/slot.
    """
    root = home / ARCHIVE
    slots = slots or (archive.slots if archive else FileSlots(home / SLOT))
    findings = Keystore.check(home / ARCHIVE, slots)
    unchecked = [NOT_OPENED] if archive is None else [] if archive.keystore.opener.reaches_all else [NOT_REACHED]
    log = Log(root / LOG)
    told: Told | None = None
    with log.unmoving():
        snapshot = read_catalog(root / FILE, findings)
        pending = [] if snapshot is None else pending_lines(snapshot)
        try:
            verify_log(log.directory, kept, pending=lambda: pending)
            told = read_log(log)
        except UsageError:
            raise
        except HuisclosError as error:
            findings.append(Finding("log", error.place or LOG, error.message, error.facts, error.exit))
            unchecked.append(NOT_COMPARED)
    findings.extend(check_public_key(home, log))
    findings.extend(_check_size(root, log))
    if aside := count_set_aside(home):
        unchecked.append(Unchecked(SET_ASIDE, {"count": aside}))
    if snapshot is not None:
        findings.extend(snapshot.faults)
        findings.extend(check_schema(snapshot))
        if snapshot.pending:
            unchecked.append(STILL_WAITING)
        if told is not None:
            findings.extend(check_rows(snapshot, told, archive, root / POLICIES))
        if any(row["destroy_intended_at"] for row in snapshot.tables[RecordRow.TABLE] if row["life"] != _DESTROYED):
            unchecked.append(INTERRUPTED)
        findings.extend(check_objects(root / OBJECTS, snapshot.tables[RecordRow.TABLE]))
        named = (*snapshot.tables[WorkshopRow.TABLE], *snapshot.tables[FormerPolicyRow.TABLE])
        digests = [str(row["policy_digest"]) for row in named]
        findings.extend(check_policies(root / POLICIES, digests))
    if archive is not None:
        findings.extend(check_opened(archive))
    return Report(tuple(findings), tuple(unchecked))


def check_public_key(home: Path, log: Log) -> Iterator[Finding]:
    """The home's id and the public key given out at init are noted in home.toml, too.

    A key that followed it counts as that one, by the entries that both signed.
    """
    record = home / "home.toml"
    try:
        key, known = log.key(), log.known_keys()
    except HuisclosError:
        return  # verify_log has said so
    if not record.is_file():
        return
    noted = record.read_text(encoding="utf-8", errors="replace").splitlines()
    if not any(f'log_public_key = "{one.text().strip()}"' in noted for one in known):
        message = N_("key.pub is not the public key that home.toml notes. Compare both with the key given out at "
                     "init.")  # fmt: skip
        yield Finding("changed", KEY, message)
    if key.name not in [log_name(line[len('id = "') : -1]) for line in noted if line.startswith('id = "')]:
        message = N_("home.toml notes the id of another home. Restore it from a backup.")
        yield Finding("changed", record.name, message)


def _check_size(root: Path, log: Log) -> Iterator[Finding]:
    """The log is not shorter than this home knows it to have been."""
    try:
        check_size(root, lambda: log.checkpoint().size)
    except LogRolledBackError as error:
        yield Finding("log", error.place or LOG, error.message, error.facts, error.exit)
    except HuisclosError:
        return  # verify_log has said so
