"""Proofs of entries: they stand alone, and say what they prove."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.log.checkpoint import decode
from storage.log.entry import Entry
from storage.log.log import Log
from storage.log.proof import find_entry, inclusion, prove
from storage.log.tree import leaf_hash, verify_consistency, verify_inclusion
from tests.storage.written_logs import KEY, check, entry_line, grow, with_expired, written
from vocabulary.errors import LogForkedError, LogRolledBackError, LogTamperedError, UnknownError, UsageError

SIZE = 11


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return written(tmp_path / "log", SIZE)


def nodes(proof: list[str]) -> list[bytes]:
    found = [decode(node) for node in proof]
    return [node for node in found if node is not None]


def checked(tmp_path: Path, log: Log, proof: Any, *words: str | Path) -> int:
    """What the checker says of a proof file."""
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(proof), encoding="utf-8")
    return check(tmp_path / "checker", "--proof", file, "--key", log.directory / "key.pub", *words)[0]


def test_every_entry_is_proved_against_the_checkpoint(log: Log) -> None:
    """The line, its number and the nodes of RFC 9162 lead to the signed root."""
    for seq in range(SIZE):
        part = inclusion(log, seq)["inclusion"]
        leaf = leaf_hash(part["entry"].encode())
        assert verify_inclusion(seq, SIZE, leaf, nodes(part["proof"]), log.checkpoint().root)


def test_a_proof_shows_that_the_log_continues_a_kept_checkpoint(log: Log) -> None:
    """Consistency with every earlier size, from the checkpoint that was kept."""
    kept = {0: log.checkpoint_text()}
    for step in range(1, 6):
        grow(log, 1)
        kept[step] = log.checkpoint_text()
    root = log.checkpoint().root
    for text in kept.values():
        part = prove(log, since=text)["consistency"]
        old = decode(text.split("\n")[2])
        assert old is not None
        assert verify_consistency(part["old_size"], SIZE + 5, nodes(part["proof"]), old, root)


def test_the_checker_takes_a_proof_alone(tmp_path: Path, log: Log) -> None:
    """With the public key and a kept checkpoint, and nothing else."""
    kept = tmp_path / "kept"
    kept.write_text(log.checkpoint_text(), encoding="utf-8")
    grow(log, 4)
    assert checked(tmp_path, log, prove(log, 3, log.checkpoint_text()), "--since", kept) == 2  # not of that size
    assert checked(tmp_path, log, prove(log, 3, kept.read_text(encoding="utf-8")), "--since", kept) == 0


def _another_entry(proof: Any) -> None:
    proof["inclusion"]["entry"] = proof["inclusion"]["entry"].replace('"kind":"fault"', '"kind":"closed"')


def _another_number(proof: Any) -> None:
    proof["inclusion"]["seq"] += 1


def _another_node(proof: Any) -> None:
    proof["inclusion"]["proof"][0] = proof["inclusion"]["proof"][1]


def _another_size(proof: Any) -> None:
    proof["checkpoint"] = proof["checkpoint"].replace(f"\n{SIZE}\n", f"\n{SIZE + 1}\n")


@pytest.mark.parametrize("change", [_another_entry, _another_number, _another_node, _another_size])
def test_a_changed_proof_is_tampered(tmp_path: Path, log: Log, change: Any) -> None:
    """Entry, number, node or checkpoint: 21 each."""
    proof = copy.deepcopy(inclusion(log, 4))
    change(proof)
    assert checked(tmp_path, log, proof) == 21


def test_a_proof_of_another_log_is_a_fork(tmp_path: Path, log: Log) -> None:
    """The key of the auditor decides which log it is, not the one in the file."""
    other = written(tmp_path / "other", SIZE, Ed25519PrivateKey.generate())
    assert checked(tmp_path, log, inclusion(other, 4)) == 24


def test_a_proof_against_a_fork_is_told(tmp_path: Path, log: Log) -> None:
    """A kept checkpoint of another past, signed with the same key: 24."""
    other = written(tmp_path / "other", SIZE)
    kept = tmp_path / "kept"
    kept.write_text(other.checkpoint_text(), encoding="utf-8")
    assert checked(tmp_path, log, inclusion(log, 4), "--since", kept) == 24


def test_an_entry_is_found_by_number_id_and_certificate(tmp_path: Path) -> None:
    """The three ways to name one."""
    log = Log.create(tmp_path / "log", "h-" + "0" * 32, KEY)
    certificate = "r-" + "7" * 32
    certified = entry_line(1, Entry("certified", facts={"certificate": certificate, "intent": "e-" + "6" * 32}))
    log.append([entry_line(0), certified], KEY)
    entry = next(entry for entry in log.entries(kind="certified"))
    assert [find_entry(log, text) for text in ("1", entry.id, certificate)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("text", "error"),
    [("11", UnknownError), ("e-" + "0" * 32, UnknownError), ("r-" + "0" * 32, UnknownError), ("seven", UsageError)],
)
def test_what_names_no_entry_is_told(log: Log, text: str, error: type[Exception]) -> None:
    """A number beyond the end, an id that is nowhere, a word."""
    with pytest.raises(error):
        find_entry(log, text)


def test_no_proof_is_given_of_leaves_that_were_changed(log: Log) -> None:
    """A proof of what the checkpoint does not cover would be a lie."""
    path = log.directory / "leaves"
    path.write_bytes(bytes(32) + path.read_bytes()[32:])
    with pytest.raises(LogTamperedError):
        inclusion(log, 5)


def test_a_checkpoint_that_is_no_past_gets_no_proof(tmp_path: Path, log: Log) -> None:
    """Longer: rolled back; another one of the same size: forked; no checkpoint: the asker's mistake."""
    longer = written(tmp_path / "longer", SIZE + 1)
    other = written(tmp_path / "other", SIZE - 1)
    for text, error in (
        (longer.checkpoint_text(), LogRolledBackError),
        (other.checkpoint_text(), LogForkedError),
        ("nothing", UsageError),
    ):
        with pytest.raises(error):
            prove(log, since=text)


def test_an_expired_entry_is_proved_by_its_leaf_alone(tmp_path: Path) -> None:
    """The line is gone, which the proof says; the leaf still stands in the signed tree, and in a kept checkpoint."""
    log, kept = with_expired(tmp_path / "log")
    proof = prove(log, 3, kept)
    assert proof["inclusion"]["entry"] is None
    file = tmp_path / "kept.txt"
    file.write_text(kept, encoding="utf-8")
    assert checked(tmp_path, log, proof, "--since", file) == 0
    proof["inclusion"]["leaf"] = inclusion(log, 4)["inclusion"]["leaf"]
    assert checked(tmp_path, log, proof) == 21


def test_an_expired_entry_is_found_by_its_number(tmp_path: Path) -> None:
    """Every number has a proof, whatever is left of its entry."""
    log, _ = with_expired(tmp_path / "log")
    size = log.checkpoint().size
    lines = [prove(log, find_entry(log, str(seq)))["inclusion"]["entry"] for seq in range(size)]
    assert [seq for seq in range(size) if lines[seq] is None] == [2, 3, 4, 5, 8]
