"""Witnesses: keys, countersignatures in the C2SP format, and what a witness refuses to sign."""

import base64
import hashlib
import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from storage.log.checkpoint import parse_note
from storage.log.entry import Entry
from storage.log.key_change import change_facts
from storage.log.log import Log
from storage.log.proof import prove
from storage.log.witness import WitnessKey, WitnessSigner, keep, sign_checkpoint, witnessed
from tests.storage.written_logs import KEY, entry_line, grow, written
from vocabulary.errors import LogForkedError, LogRolledBackError, LogTamperedError, UsageError

AT = datetime(2023, 3, 20, 12, 25, 47, tzinfo=UTC)
SIGNER = WitnessSigner("witness.example/w1", Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
PUBLISHED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE"
    "+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+"
    "mbIUBkBIfZ+qnA==\n"
)
"""The example of the C2SP tlog-cosignature page."""


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return written(tmp_path / "log", 6)


def test_a_countersignature_is_laid_out_as_the_published_example() -> None:
    """Key id, eight bytes of time, a signature: of the size and at the time the C2SP page shows."""
    ours = parse_note(SIGNER.cosign(PUBLISHED, AT)).signatures[-1]
    theirs = parse_note(PUBLISHED).signatures[-1]
    assert len(ours[2]) == len(theirs[2]) == 72
    assert ours[2][:8] == theirs[2][:8] == struct.pack(">Q", 1679315147)


def test_the_signed_message_is_that_of_the_published_page() -> None:
    """Header, time, and the three lines of the checkpoint; the key id covers name, 0x04 and key."""
    name, key_id, data = parse_note(SIGNER.cosign(PUBLISHED, AT)).signatures[-1]
    raw = SIGNER.key.public
    message = (
        b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
        b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )
    Ed25519PublicKey.from_public_bytes(raw).verify(data[8:], message)
    assert key_id == hashlib.sha256(name.encode() + b"\n\x04" + raw).digest()[:4]
    material = base64.b64encode(b"\x04" + raw).decode()
    assert SIGNER.key.text() == f"{name}+{key_id.hex()}+{material}\n"


def test_keys_have_one_text() -> None:
    """What is written is read back; what is changed is refused and not quoted."""
    assert WitnessKey.parse(SIGNER.key.text()) == SIGNER.key
    assert WitnessSigner.parse(SIGNER.text()).key == SIGNER.key
    for text in ("", "a+b", SIGNER.key.text().replace("w1", "w2"), SIGNER.text()):
        with pytest.raises(UsageError):
            WitnessKey.parse(text)
    for text in ("", SIGNER.key.text(), SIGNER.text().replace("w1", "w2"), "PRIVATE+KEY+a"):
        with pytest.raises(UsageError) as caught:
            WitnessSigner.parse(text)
        assert "PRIVATE" not in str(caught.value)


def test_signing_again_replaces_ones_own_signature(log: Log) -> None:
    """Two signatures stay: the log's and the newest of the witness."""
    once = sign_checkpoint(log.checkpoint_text(), SIGNER, log.key(), AT)
    later = datetime(2026, 1, 1, tzinfo=UTC)
    twice = sign_checkpoint(once, SIGNER, log.key(), later, once)
    note = parse_note(twice)
    assert (len(note.signatures), SIGNER.key.time_signed(note)) == (2, later)


def test_a_witness_signs_what_continues_the_last_one_it_signed(log: Log) -> None:
    """With the proof of just these two checkpoints."""
    last = sign_checkpoint(log.checkpoint_text(), SIGNER, log.key(), AT)
    grow(log, 3)
    signed = sign_checkpoint(log.checkpoint_text(), SIGNER, log.key(), AT, last, prove(log, since=last))
    assert SIGNER.key.time_signed(parse_note(signed)) == AT


def test_a_witness_asks_for_the_proof(log: Log) -> None:
    """None, or one of other checkpoints, is the asker's mistake."""
    last = sign_checkpoint(log.checkpoint_text(), SIGNER, log.key(), AT)
    grow(log, 1)
    between = prove(log, since=last)
    grow(log, 1)
    for proof in (None, {}, between, prove(log, 3)):
        with pytest.raises(UsageError):
            sign_checkpoint(log.checkpoint_text(), SIGNER, log.key(), AT, last, proof)


def test_a_witness_signs_no_shorter_log(log: Log) -> None:
    """23, and nothing is signed."""
    older = log.checkpoint_text()
    grow(log, 1)
    last = sign_checkpoint(log.checkpoint_text(), SIGNER, log.key(), AT)
    with pytest.raises(LogRolledBackError):
        sign_checkpoint(older, SIGNER, log.key(), AT, last)


def test_a_witness_signs_no_other_past(log: Log, tmp_path: Path) -> None:
    """A fork of the same length, and a longer one with the proof of its own past."""
    last = sign_checkpoint(log.checkpoint_text(), SIGNER, log.key(), AT)
    twin = written(tmp_path / "twin", 6)
    with pytest.raises(LogForkedError):
        sign_checkpoint(twin.checkpoint_text(), SIGNER, log.key(), AT, last)
    proof_of = twin.checkpoint_text()
    grow(twin, 2)
    with pytest.raises(LogForkedError):
        sign_checkpoint(twin.checkpoint_text(), SIGNER, log.key(), AT, last, prove(twin, since=proof_of))


def test_a_witness_signs_only_what_the_log_signed(log: Log, tmp_path: Path) -> None:
    """The key it keeps decides."""
    other = written(tmp_path / "other", 6, Ed25519PrivateKey.generate())
    with pytest.raises(LogTamperedError):
        sign_checkpoint(other.checkpoint_text(), SIGNER, log.key(), AT)


def test_a_witness_follows_a_change_of_the_logs_key(log: Log) -> None:
    """The proof carries the change, signed by both keys."""
    first, last = log.key(), sign_checkpoint(log.checkpoint_text(), SIGNER, log.key(), AT)
    new = Ed25519PrivateKey.generate()
    log.append([entry_line(6, Entry("key-changed", facts=change_facts(first.name, KEY, new)))], KEY)
    log.follow(new)
    grow(log, 1, new)
    signed = sign_checkpoint(log.checkpoint_text(), SIGNER, first, AT, last, prove(log, since=last))
    assert SIGNER.key.time_signed(parse_note(signed)) == AT


def test_a_last_checkpoint_of_somebody_else_is_refused(log: Log) -> None:
    """The last one must carry this witness's own signature."""
    with pytest.raises(UsageError):
        sign_checkpoint(log.checkpoint_text(), SIGNER, log.key(), AT, log.checkpoint_text())


def test_kept_countersignatures_are_checked_against_the_log(log: Log, tmp_path: Path) -> None:
    """Those of known witnesses are listed; one of another past is a fork, one that was changed is tampering."""
    signed = sign_checkpoint(log.checkpoint_text(), SIGNER, log.key(), AT)
    keep(log, signed)
    grow(log, 2)
    (found,) = witnessed(log, [SIGNER.key])
    assert (found.size, found.witness, found.at) == (6, SIGNER.name, AT)
    assert witnessed(log, []) == []
    changed = keep(log, signed[:-10] + ("A" if signed[-10] != "A" else "B") + signed[-9:])
    with pytest.raises((LogTamperedError, UsageError)):
        witnessed(log, [SIGNER.key])
    changed.unlink()
    twin = written(tmp_path / "twin", 6)
    keep(log, sign_checkpoint(twin.checkpoint_text(), SIGNER, log.key(), AT))
    with pytest.raises(LogForkedError):
        witnessed(log, [SIGNER.key])
