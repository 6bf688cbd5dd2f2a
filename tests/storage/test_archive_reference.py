"""docs/reference/archive.md: its examples and vectors are what the code makes, and the page is enough to read them."""

import base64
import hashlib
import io
import re
from pathlib import Path

import pytest
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.keystore_file import Contents, Costs, Header, KeystoreFile, derive_root, hkdf, stretch
from storage.scope import BLOB_FORMAT, TABLE_FORMAT, Scope, associated_data, object_label
from storage.slots import SlotSecret
from storage.stream import sealed_pieces
from vocabulary.choices import RecordClass

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "archive.md"

PASSPHRASE = "trois mulets sous la pluie"
SALT, SLOT_ID, SLOT_SECRET = bytes(range(16)), bytes(range(0x10, 0x20)), bytes(range(0x20, 0x40))
DATA_KEY, LOG_KEY = bytes(range(0x40, 0x60)), bytes(range(32))
NONCE, PREFIX = bytes(range(0x60, 0x6C)), bytes(range(0x70, 0x77))
HOME, OBJECT = "h-" + "0" * 32, "o-" + "1" * 32
SCOPE = Scope("marseille-13", 3, RecordClass.RECORDING, 1)
PLAIN = "Une phrase de la séance.".encode()


def _slot() -> SlotSecret:
    return SlotSecret(SLOT_ID, SLOT_SECRET)


def _keystore() -> str:
    header = Header(HOME, 2, "a", SLOT_ID, Costs(), SALT, NONCE)
    root = derive_root(_slot(), stretch(PASSPHRASE, Costs(), SALT))
    contents = Contents({SCOPE.key_id(): DATA_KEY}, {SCOPE.series(): 1}, LOG_KEY)
    return KeystoreFile.seal(header, root, contents).to_bytes().decode("ascii")


def _sealed(plain: bytes) -> bytes:
    key = hkdf(DATA_KEY, object_label(BLOB_FORMAT, OBJECT))
    bound = associated_data(BLOB_FORMAT, HOME, SCOPE, OBJECT)
    return b"".join(sealed_pieces(key, bound, io.BytesIO(plain), prefix=PREFIX))


def _vectors() -> str:
    stretched = stretch(PASSPHRASE, Costs(), SALT)
    large = _sealed(bytes((1 << 20) + 1))
    values = {
        "stretched": stretched.hex(),
        "root": derive_root(_slot(), stretched).hex(),
        "slot file, first 96 bytes": _slot().to_bytes()[:96].hex(),
        "object key": hkdf(DATA_KEY, object_label(BLOB_FORMAT, OBJECT)).hex(),
        "object bound to": associated_data(BLOB_FORMAT, HOME, SCOPE, OBJECT).hex(),
        "object file": _sealed(PLAIN).hex(),
        "object file name": hashlib.sha256(_sealed(PLAIN)).hexdigest(),
        "empty object file": _sealed(b"").hex(),
        "large object size": str(len(large)),
        "large object file name": hashlib.sha256(large).hexdigest(),
        "table key": hkdf(DATA_KEY, object_label(TABLE_FORMAT, OBJECT)).hex(),
        "table bound to": associated_data(TABLE_FORMAT, HOME, SCOPE, OBJECT).hex(),
        "fingerprint key": hkdf(DATA_KEY, b"huisclos/fingerprint/1").hex(),
    }
    return "".join(f"{name}: {value}\n" for name, value in values.items())


def _block(name: str) -> str:
    match = re.search(rf"^```{name}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert match is not None
    return match[1]


@pytest.mark.parametrize(("block", "made"), [("keystore", _keystore), ("vectors", _vectors)])
def test_the_page_shows_what_the_code_makes(block: str, made) -> None:  # type: ignore[no-untyped-def]
    """Each block of the page, made again from the inputs the page states."""
    assert _block(block) == made()


def _vector(name: str) -> bytes:
    return bytes.fromhex(dict(line.split(": ") for line in _block("vectors").splitlines())[name])


def _hkdf(key: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, None, info).derive(key)


def test_the_page_is_enough_to_open_the_keystore() -> None:
    """By the page alone, with none of our code: from the passphrase to the data key."""
    text = _block("keystore")
    head, _, tail = text.partition("body ")
    body, checksum = tail.split("\n")[:2]
    assert checksum == "sha256 " + hashlib.sha256(text[: text.index("sha256 ")].encode()).hexdigest()
    stretched = hash_secret_raw(PASSPHRASE.encode(), SALT, 3, 65536, 4, 32, Type.ID)
    root = _hkdf(_vector("slot file, first 96 bytes")[32:64] + stretched, b"huisclos/root/1")
    contents = AESGCM(root).decrypt(NONCE, base64.b64decode(body), head.encode())
    assert f'"marseille-13/3/recording/1":"{DATA_KEY.hex()}"'.encode() in contents


def test_the_page_is_enough_to_open_an_object() -> None:
    """By the page alone, with none of our code: from the data key to the sentence."""
    file = _vector("object file")
    header, chunk = file[:29], file[29:]
    assert header[:18] == b"huisclos-object/1\n"
    bound = f"huisclos-object/1\n{HOME}\nmarseille-13\n3\nrecording\n1\n{OBJECT}\n".encode()
    key = _hkdf(DATA_KEY, f"huisclos-object/1/{OBJECT}".encode())
    nonce = header[18:25] + (0).to_bytes(4, "big") + b"\x01"
    assert AESGCM(key).decrypt(nonce, chunk, bound + header) == PLAIN
