"""Checkpoints and public keys of the processing log."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.log.checkpoint import Checkpoint, LogKey, open_checkpoint, parse_note
from vocabulary.errors import LogTamperedError

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ORIGIN = "huisclos/h-" + "0" * 32
KEY = LogKey.of(ORIGIN, PRIVATE)
SIGNED = Checkpoint(ORIGIN, 7, bytes(32)).sign(PRIVATE)
# The example key of the C2SP signed-note specification.
EXAMPLE = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def test_published_key_is_read() -> None:
    """A key another implementation published has the key id it publishes."""
    key = LogKey.parse(EXAMPLE + "\n")
    assert (key.name, key.key_id.hex()) == ("PeterNeumann", "c74f20a3")


def test_signed_checkpoint_opens() -> None:
    """What the private key signed, the public key opens."""
    assert open_checkpoint(SIGNED, KEY) == Checkpoint(ORIGIN, 7, bytes(32))


@given(size=st.integers(0, 2**53), root=st.binary(min_size=32, max_size=32))
@settings(max_examples=50, deadline=None)
def test_checkpoints_survive_writing_and_reading(size: int, root: bytes) -> None:
    """parse(format(x)) is x, and format(parse(s)) is s."""
    checkpoint = Checkpoint(ORIGIN, size, root)
    text = checkpoint.sign(PRIVATE)
    assert parse_note(text).checkpoint == checkpoint
    assert parse_note(text).checkpoint.sign(PRIVATE) == text


def test_every_changed_byte_of_a_checkpoint_is_refused() -> None:
    """One changed byte anywhere makes it another checkpoint, which nobody signed."""
    data = SIGNED.encode()
    for position in range(len(data)):
        for bit in (0x01, 0x20, 0x80):
            changed = bytearray(data)
            changed[position] ^= bit
            with pytest.raises((LogTamperedError, UnicodeDecodeError)):
                open_checkpoint(bytes(changed).decode(), KEY)


def test_every_changed_byte_of_a_key_is_refused() -> None:
    """One changed byte anywhere makes it no key, as its key id covers it."""
    data = KEY.text().encode()
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 0x01
        with pytest.raises(LogTamperedError):
            LogKey.parse(bytes(changed).decode())


def test_second_spelling_of_a_signature_is_refused() -> None:
    """Base64 with spare bits set decodes to the same bytes and is refused all the same."""
    line = SIGNED.splitlines()[-1]
    coded = line.split()[-1]
    assert coded.endswith("=")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    respelt = coded[:-2] + alphabet[alphabet.index(coded[-2]) + 1] + "="
    assert base64.b64decode(respelt) == base64.b64decode(coded)
    with pytest.raises(LogTamperedError):
        open_checkpoint(SIGNED.replace(coded, respelt), KEY)


def test_witness_signatures_are_left_alone() -> None:
    """A further signature by a witness does not get in the way of ours."""
    witness = Checkpoint("witness.example", 7, bytes(32)).sign(PRIVATE).splitlines()[-1]
    assert open_checkpoint(f"{SIGNED}{witness}\n", KEY).size == 7


def test_another_key_of_the_same_name_is_refused() -> None:
    """A checkpoint signed by somebody else under our name does not open."""
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    with pytest.raises(LogTamperedError):
        open_checkpoint(Checkpoint(ORIGIN, 7, bytes(32)).sign(other), KEY)


@pytest.mark.parametrize(("line", "text"), [(2, "07"), (2, "-1"), (3, "AAAA"), (4, "x"), (5, "- a b")], ids=str)
def test_malformed_checkpoint_names_its_line(line: int, text: str) -> None:
    """The line that is wrong is named."""
    lines = SIGNED.split("\n")
    lines[line - 1] = text
    with pytest.raises(LogTamperedError) as caught:
        open_checkpoint("\n".join(lines), KEY)
    assert caught.value.place == f"checkpoint:{line}"
