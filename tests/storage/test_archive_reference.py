"""docs/reference/archive.md: its examples and vectors are what the code makes, and the page is enough to read them."""

import base64
import hashlib
import hmac
import io
import json
import re
from pathlib import Path

import pytest
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pyrage import decrypt, x25519

from storage.keys.compartments import Compartment, Opened, Section
from storage.keys.generations import seal_generation
from storage.keys.keyring import Keyring
from storage.keys.keystore_file import Costs, Header, derive_root, hkdf, stretch
from storage.keys.openers import CERTIFICATES, HOME_PART, MACHINE, OpenerKeys, SealedOpener, new_opener, workshop_part
from storage.keys.recovery import RecoveryFile
from storage.keys.scope import BLOB_FORMAT, TABLE_FORMAT, Scope, associated_data, object_label
from storage.keys.slots import SlotSecret
from storage.stream import sealed_pieces
from vocabulary.choices import RecordClass

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "archive.md"

PASSPHRASE = "trois mulets sous la pluie"
SALT, SLOT_ID, SLOT_SECRET = bytes(range(16)), bytes(range(0x10, 0x20)), bytes(range(0x20, 0x40))
DATA_KEY, LOG_KEY = bytes(range(0x40, 0x60)), bytes(range(32))
NONCE, PREFIX = bytes(range(0x60, 0x6C)), bytes(range(0x70, 0x77))
PRIVATE, MARK = bytes(range(0x80, 0xA0)), bytes(range(0xA0, 0xC0))
HOME, OBJECT = "h-" + "0" * 32, "o-" + "1" * 32
SCOPE = Scope("marseille-13", 3, RecordClass.RECORDING, 1)
PLAIN = "Une phrase de la séance.".encode()


def _slot() -> SlotSecret:
    return SlotSecret(SLOT_ID, SLOT_SECRET)


def _ring() -> Keyring:
    """The keyring of the page's example: the machine alone, one workshop."""
    machine = new_opener(MACHINE, None, None, PRIVATE)
    keys = OpenerKeys(PRIVATE, MARK)
    sealed = SealedOpener.seal(HOME, machine, keys, stretch(PASSPHRASE, Costs(), SALT), nonce=NONCE)
    readers = {MACHINE: machine.public}
    contents = {
        CERTIFICATES: Section(readers=readers),
        HOME_PART: Section(log_key=LOG_KEY, readers=readers),
        workshop_part("marseille-13"): Section({SCOPE.key_id(): DATA_KEY}, readers=readers),
    }
    opened = {name: Opened(bytes([0xC0 + at]) * 32, section) for at, (name, section) in enumerate(contents.items())}
    compartments = {
        name: Compartment.seal(HOME, name, one, nonce=NONCE, ephemeral=bytes([0xD0 + at]) * 32)
        for at, (name, one) in enumerate(opened.items())
    }
    return Keyring(HOME, MACHINE, keys, (sealed,), compartments, opened, {SCOPE.series(): 1})


def _keystore() -> str:
    header = Header(HOME, 2, "a", SLOT_ID, Costs(), SALT, NONCE)
    return seal_generation(header, _slot(), _ring()).decode("ascii")


def _sealed(plain: bytes) -> bytes:
    key = hkdf(DATA_KEY, object_label(BLOB_FORMAT, OBJECT))
    bound = associated_data(BLOB_FORMAT, HOME, SCOPE, OBJECT)
    return b"".join(sealed_pieces(key, bound, io.BytesIO(plain), prefix=PREFIX))


def _vectors() -> str:
    stretched, ring = stretch(PASSPHRASE, Costs(), SALT), _ring()
    large = _sealed(bytes((1 << 20) + 1))
    values = {
        "stretched": stretched.hex(),
        "root": derive_root(_slot(), NONCE).hex(),
        "opener key": hkdf(stretched, b"huisclos/opener/1/machine").hex(),
        "opener sealed": ring.openers[0].sealed.hex(),
        "opener public": ring.openers[0].opener.public.hex(),
        "wrap of the workshop": ring.compartments["workshop/marseille-13"].wraps["machine"].hex(),
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


def _envelope(private: bytes, sealed: bytes, bound: bytes) -> bytes:
    own = X25519PrivateKey.from_private_bytes(private)
    shared = own.exchange(X25519PublicKey.from_public_bytes(sealed[:32]))
    salt = sealed[:32] + own.public_key().public_bytes_raw()
    key = HKDF(SHA256(), 32, salt, b"huisclos/envelope/1\n" + bound).derive(shared)
    return AESGCM(key).decrypt(bytes(12), sealed[32:], bound)


def test_the_page_is_enough_to_open_the_keystore() -> None:
    """By the page alone, with none of our code: from slot secret and passphrase to the data key."""
    text = _block("keystore")
    head, _, tail = text.partition("body ")
    sealed, checksum = tail.split("\n")[:2]
    assert checksum == "sha256 " + hashlib.sha256(text[: text.index("sha256 ")].encode()).hexdigest()
    slot_secret = _vector("slot file, first 96 bytes")[32:64]
    root = HKDF(SHA256(), 32, NONCE, b"huisclos/root/2").derive(slot_secret)
    plain = AESGCM(root).decrypt(NONCE, base64.b64decode(sealed), head.encode())
    mark, body = plain[:32], json.loads(plain[32:])
    assert DATA_KEY not in plain
    assert DATA_KEY.hex().encode() not in plain

    (machine,) = body["openers"]
    stretched = hash_secret_raw(PASSPHRASE.encode(), SALT, 3, 65536, 4, 32, Type.ID)
    blob = bytes.fromhex(machine["sealed"])
    bound = f"huisclos-opener/1\n{HOME}\nmachine\n{machine['public']}\n".encode()
    both = AESGCM(_hkdf(stretched, b"huisclos/opener/1/machine")).decrypt(blob[:12], blob[12:], bound)
    private, mark_key = both[:32], both[32:]
    assert mark == hmac.digest(_hkdf(mark_key, b"huisclos/mark/1"), head.encode() + plain[32:], "sha256")

    workshop = body["compartments"]["workshop/marseille-13"]
    bound = f"huisclos-wrap/1\n{HOME}\nworkshop/marseille-13\nmachine\n".encode()
    key = _envelope(private, bytes.fromhex(workshop["wraps"]["machine"]), bound)
    section = base64.b64decode(workshop["section"])
    bound = f"huisclos-section/1\n{HOME}\nworkshop/marseille-13\n".encode()
    content = json.loads(AESGCM(key).decrypt(section[:12], section[12:], bound))
    assert content["keys"] == {"marseille-13/3/recording/1": DATA_KEY.hex()}
    assert content["readers"] == {"machine": machine["public"]}


def test_the_page_is_enough_to_open_the_recovery_file() -> None:
    """By the page alone: two identities give the root of the generation, and the mark key."""
    text = _block("recovery")
    identities = [x25519.Identity.from_str(one) for one in re.findall(r"AGE-SECRET-KEY-1[A-Z0-9]+", PAGE.read_text())]
    value = json.loads(text)
    ((first, second, one, other),) = value["shares"]
    assert [str(identities[at].to_public()) for at in (first, second)] == value["recipients"]
    halves = [decrypt(base64.b64decode(half), [who]) for half, who in zip((one, other), identities, strict=True)]
    both = bytes(left ^ right for left, right in zip(*halves, strict=True))
    shares = json.dumps({name: value[name] for name in ("recipients", "shares")}, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(shares.encode()).hexdigest()
    bound = f"huisclos-recovery/1\n{HOME}\n{value['generation']}\n{digest}\n".encode()
    assert _envelope(both[:32], bytes.fromhex(value["root"]), bound) == _vector("root")
    assert both[32:] == MARK
    root, keys = RecoveryFile.parse(text.encode()).unseal([str(one) for one in identities])
    assert (root, keys.private, keys.mark) == (_vector("root"), both[:32], MARK)


def test_the_page_is_enough_to_open_an_object() -> None:
    """By the page alone, with none of our code: from the data key to the sentence."""
    file = _vector("object file")
    header, chunk = file[:29], file[29:]
    assert header[:18] == b"huisclos-object/1\n"
    bound = f"huisclos-object/1\n{HOME}\nmarseille-13\n3\nrecording\n1\n{OBJECT}\n".encode()
    key = _hkdf(DATA_KEY, f"huisclos-object/1/{OBJECT}".encode())
    nonce = header[18:25] + (0).to_bytes(4, "big") + b"\x01"
    assert AESGCM(key).decrypt(nonce, chunk, bound + header) == PLAIN
