"""Changing the key of the log: an entry that both keys sign, and crashes on the way."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.archive import Archive
from storage.commit import Change
from storage.expiry import settle
from storage.log.audit import verify_log
from storage.log.checkpoint import LogKey, parse_note
from storage.log.entry import Entry, LoggedEntry, parse_line
from storage.log.key_change import KIND, change_facts, predecessors, successors
from storage.log.log import Log
from storage.verify import verify_archive
from tests.storage.killing import calls_of, killed_before
from tests.storage.long_log import KEY, SIZE, announce, expire, line, long_log
from tests.storage.new_archives import NOW, PASSPHRASE, new_archive
from vocabulary.errors import LogForkedError, LogTamperedError
from vocabulary.ids import new_id

SECOND, THIRD = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (2, 3))


def change(log: Log, old: Ed25519PrivateKey, new: Ed25519PrivateKey, at: str = "2026-04-02T09:00:00Z") -> None:
    """Announce ``new`` under ``old``, then let it follow."""
    seq = log.head().size
    entry = Entry(KIND, facts=change_facts(log.key().name, old, new))
    log.append([LoggedEntry.of(entry, (), seq=seq, entry_id=new_id("e"), at=at).line()], old)
    log.follow(new)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return long_log(tmp_path / "log")


def test_checkpoints_of_every_earlier_key_are_confirmed(log: Log) -> None:
    """Who kept one need not know of the changes: the log holds them, signed by both keys."""
    kept = [log.checkpoint_text()]
    change(log, KEY, SECOND)
    kept.append(log.checkpoint_text())
    change(log, SECOND, THIRD)
    log.append([line(SIZE + 2, "2026-05", "fault")], THIRD)
    assert [verify_log(log.directory, one).kept for one in kept] == [SIZE, SIZE + 1]
    assert [key.public for key in log.known_keys()] == [LogKey.of("x", one).public for one in (THIRD, SECOND, KEY)]


def test_only_the_newest_key_appends(log: Log) -> None:
    """Neither the one before nor one that nothing vouches for."""
    change(log, KEY, SECOND)
    for key in (KEY, THIRD):
        with pytest.raises(LogTamperedError):
            log.append([line(SIZE + 1, "2026-05", "fault")], key)


@pytest.mark.parametrize("forged", ["signed_by_old", "signed_by_new", "old", "new"])
def test_a_change_that_both_did_not_sign_leads_nowhere(log: Log, forged: str) -> None:
    """A kept checkpoint of the old key then shows another log."""
    kept, name = log.checkpoint_text(), log.key().name
    other = change_facts(name, THIRD, Ed25519PrivateKey.generate())
    facts = {**change_facts(name, KEY, SECOND), forged: other[forged]}
    entry = LoggedEntry.of(Entry(KIND, facts=facts), (), seq=SIZE, entry_id=new_id("e"), at="2026-04-02T09:00:00Z")
    log.append([entry.line()], KEY)
    with pytest.raises(LogTamperedError):
        log.follow(SECOND)
    (log.directory / "key.pub").write_text(LogKey.of(name, SECOND).text())
    (log.directory / "checkpoint").write_text(signed_anew(log, SECOND))
    with pytest.raises(LogForkedError):
        verify_log(log.directory, kept)


def signed_anew(log: Log, key: Ed25519PrivateKey) -> str:
    return parse_note(log.checkpoint_text()).checkpoint.sign(key)


def test_the_chain_survives_the_expiry_of_its_entries(log: Log) -> None:
    """They are kept whole in the summary, which the newest key signs."""
    kept = log.checkpoint_text()
    change(log, KEY, SECOND)
    changes = log.key_changes()
    log.append([line(SIZE + 1, "2026-05", "fault")], SECOND)
    decisions = [f"decisions-{month}" for month in ("2026-01", "2026-02", "2026-03", "2026-04")]
    announce(log, *decisions, at="2026-06-01T09:00:00Z", key=SECOND)
    settle(log)
    assert log.key_changes() == changes and len(changes) == 1
    assert verify_log(log.directory, kept).kept == SIZE


def test_a_summary_signed_by_an_earlier_key_counts(log: Log) -> None:
    """It is signed once, and the key may change afterwards."""
    expire(log, "decisions-2026-01")
    change(log, KEY, SECOND, at="2026-04-03T09:00:00Z")
    assert log.summary() is not None
    assert verify_log(log.directory).size == SIZE + 2


def test_keys_are_followed_in_both_directions(log: Log) -> None:
    """A change that never came into force does no harm."""
    name = log.key().name
    first, second, third = (LogKey.of(name, key) for key in (KEY, SECOND, THIRD))

    def announced(old: Ed25519PrivateKey, new: Ed25519PrivateKey, seq: int) -> bytes:
        entry = Entry(KIND, facts=change_facts(name, old, new))
        return LoggedEntry.of(entry, (), seq=seq, entry_id=new_id("e"), at="2026-04-02T09:00:00Z").line()

    lines = [announced(KEY, THIRD, 1), announced(KEY, SECOND, 2), line(3, "2026-04")]
    assert successors(first, lines) == [third, second]
    assert predecessors(second, lines) == [first]
    assert successors(second, lines) == [] and predecessors(first, []) == []


def test_a_home_changes_its_log_key(tmp_path: Path) -> None:
    """The key given out at init, which home.toml notes, still vouches for the log; others go on committing."""
    archive = new_archive(tmp_path / "home")
    key, other = archive.log.key(), Archive.open(tmp_path / "home", PASSPHRASE)
    (archive.home / "home.toml").write_text(
        f'format = "huisclos-home/2"\nid = "{archive.home_id}"\nlog_public_key = "{key.text().strip()}"\n'
    )
    kept = archive.log.checkpoint_text()
    archive.renew_log_key(now=NOW)
    assert archive.log.key() != key
    other.commit(Change(), Entry("fault"))
    assert verify_archive(archive.home, archive, kept).findings == ()


def test_a_change_killed_anywhere_leaves_a_home_that_opens(tmp_path: Path) -> None:
    """Before every call that changes the disk: either key is in force, and the home goes on."""
    archive = new_archive(tmp_path / "home")
    kept = archive.log.checkpoint_text()
    archive.close()

    def change_in(home: Path) -> None:
        Archive.open(home, PASSPHRASE).renew_log_key(now=NOW)

    counted = Path(shutil.copytree(tmp_path / "home", tmp_path / "counted"))
    calls = len(calls_of(lambda: change_in(counted)))
    for number in range(2, calls, 5):
        home = Path(shutil.copytree(tmp_path / "home", tmp_path / f"killed-{number}"))
        killed_before(lambda home=home: change_in(home), number)
        reopened = Archive.open(home, PASSPHRASE)
        reopened.commit(Change(), Entry("fault"))
        assert verify_archive(home, reopened, kept).findings == ()
        reopened.close()


def test_who_holds_the_key_before_cannot_have_the_new_one_sign(tmp_path: Path) -> None:
    """What was written under a key after it was given up is never signed by the next, announced once more or not."""
    archive = new_archive(tmp_path / "home")
    old = archive.keystore.log_key()
    archive.renew_log_key(now=NOW)
    archive.commit(Change(), Entry("fault"))
    kept, log = archive.log.checkpoint_text(), archive.log
    (announced,) = log.key_changes()
    archive.close()
    note = parse_note(kept).checkpoint
    (log.directory / "key.pub").write_text(LogKey.of(log.key().name, old).text())
    (log.directory / "checkpoint").write_text(note.sign(old))
    facts, at = parse_line(announced).facts, log.head().at
    assert at is not None
    for seq, entry in enumerate((Entry("fault"), Entry(KIND, facts=facts)), start=note.size):
        forged = LoggedEntry.of(entry, (), seq=seq, entry_id=new_id("e"), at=at).line()
        log.append([forged], old)
        with sqlite3.connect(tmp_path / "home" / "archive" / "catalog.sqlite") as catalog:
            catalog.execute("UPDATE log_position SET next_seq = ?", (seq + 1,))
        with pytest.raises(LogTamperedError):
            Archive.open(tmp_path / "home", PASSPHRASE)
        with pytest.raises(LogForkedError):
            verify_log(log.directory, kept)
