"""The keystore file: one small sealed file with all data keys (docs/reference/archive.md).

Here is its outside: header, body, checksum. The body (storage/keys/keyring.py) opens with the slot secret alone, and
shows openers and sealed compartments; keys come out of it only with an opener's passphrase.

Rules kept here:
- the parser accepts exactly what the writer writes;
- each generation has a root of its own, from the slot secret and the generation's nonce;
- the last line is a checksum of all before it, so that damage is found without the passphrase and told apart
  from a wrong one; what protects the content is AES-256-GCM, with all header lines as associated data;
- costs of the derivation stand in the header and are never below the default, except in tests.

Sources: Argon2id, RFC 9106; HKDF, RFC 5869; AES-GCM, NIST SP 800-38D.
"""

import base64
import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass, field

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.keys.slots import SlotSecret
from vocabulary.errors import DamagedError, ResourceError, StateError
from vocabulary.messages import N_

FORMAT = "huisclos-keystore/2"
FORMER = "huisclos-keystore/1"
ROOT_LABEL = b"huisclos/root/2"
PLACE = "archive/keystore"
KEY_SIZE, SALT_SIZE, NONCE_SIZE = 32, 16, 12
LONGEST_HEAD = 512
MOST_MEMORY_KIB, MOST_PASSES, MOST_LANES = 4 << 20, 64, 64

_BODY = b"\nbody "

_CHECKSUM = re.compile(rb"sha256 ([0-9a-f]{64})\n")
_FILE = re.compile(
    rb"huisclos-keystore/2\n"
    rb"home (h-[0-9a-f]{32})\n"
    rb"generation ([1-9][0-9]{0,14})\n"
    rb"slot ([ab]) ([0-9a-f]{32})\n"
    rb"argon2id ([1-9][0-9]{0,8}) ([1-9][0-9]{0,2}) ([1-9][0-9]{0,2}) ([0-9a-f]{32})\n"
    rb"nonce ([0-9a-f]{24})\n"
    rb"body ([A-Za-z0-9+/]+={0,2})\n"
)


@dataclass(frozen=True)
class Costs:
    """Costs of Argon2id: memory in KiB, passes, lanes. ValueError below the default, or beyond all sense."""

    memory_kib: int = 65536
    passes: int = 3
    lanes: int = 4
    _weak: bool = field(default=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        least = (8 * self.lanes, 1, 1) if self._weak else (65536, 3, 4)
        most = (MOST_MEMORY_KIB, MOST_PASSES, MOST_LANES)
        for found, low, high in zip((self.memory_kib, self.passes, self.lanes), least, most, strict=True):
            if not low <= found <= high:
                raise ValueError(f"Argon2id costs below the least allowed, or absurd: {self}")

    @classmethod
    def for_tests(cls) -> "Costs":
        """The lowest legal costs; they protect nothing."""
        return cls(8, 1, 1, _weak=True)

    @classmethod
    def stated(cls, memory_kib: int, passes: int, lanes: int) -> "Costs":
        """Costs as a header states them: other costs than those it was made with open nothing."""
        return cls(memory_kib, passes, lanes, _weak=True)


@dataclass(frozen=True)
class Header:
    """What a keystore file says without being opened. ``slot_id`` is that of the secret it needs."""

    home_id: str
    generation: int
    slot: str
    slot_id: bytes
    costs: Costs
    salt: bytes
    nonce: bytes

    def to_bytes(self) -> bytes:
        """The header lines: what opens the body is bound to all of them."""
        costs = f"{self.costs.memory_kib} {self.costs.passes} {self.costs.lanes}"
        return (
            f"{FORMAT}\nhome {self.home_id}\ngeneration {self.generation}\nslot {self.slot} {self.slot_id.hex()}\n"
            f"argon2id {costs} {self.salt.hex()}\nnonce {self.nonce.hex()}\n"
        ).encode("ascii")


@dataclass(frozen=True)
class KeystoreFile:
    """A keystore file as it lies on the disk, still sealed."""

    header: Header
    body: bytes = field(repr=False)

    def to_bytes(self) -> bytes:
        content = self.header.to_bytes() + b"body " + base64.b64encode(self.body) + b"\n"
        return content + b"sha256 " + hashlib.sha256(content).hexdigest().encode() + b"\n"

    @classmethod
    def parse(cls, data: bytes) -> "KeystoreFile":
        """Read a keystore file; DamagedError if one byte is not as written, StateError if it is too new."""
        content, checksum = data[: -len("sha256 \n") - 64], data[-len("sha256 \n") - 64 :]
        stated = _CHECKSUM.fullmatch(checksum)
        if stated is None or stated[1].decode() != hashlib.sha256(content).hexdigest():
            raise damaged()
        if content.startswith(FORMER.encode() + b"\n"):
            message = N_("The keystore has the format of an earlier version. Type: huisclos upgrade")
            raise StateError(message, place=PLACE)
        if not content.startswith(FORMAT.encode() + b"\n"):
            message = N_("The keystore has a format this version does not know. It opens {expected}: install the "
                         "version that made this home, or a newer one.")  # fmt: skip
            raise StateError(message, place=PLACE, expected=FORMAT)
        match = _FILE.fullmatch(content)
        if match is None:
            raise damaged()
        home, generation, slot, slot_id, memory, passes, lanes, salt, nonce, body = (
            group.decode("ascii") for group in match.groups()
        )
        try:
            costs = Costs.stated(int(memory), int(passes), int(lanes))
            sealed = base64.b64decode(body, validate=True)
        except ValueError:
            raise damaged() from None
        header = Header(
            home, int(generation), slot, bytes.fromhex(slot_id), costs, bytes.fromhex(salt), bytes.fromhex(nonce)
        )
        file = cls(header, sealed)
        if file.to_bytes() != data:
            raise damaged()
        return file

    @classmethod
    def seal(cls, header: Header, root: bytes, plain: bytes) -> "KeystoreFile":
        """Seal a body under the root of its generation."""
        return cls(header, AESGCM(root).encrypt(header.nonce, plain, header.to_bytes()))

    def unseal(self, root: bytes) -> bytes | None:
        """The body, or None if this is not the root it was sealed under."""
        try:
            return AESGCM(root).decrypt(self.header.nonce, self.body, self.header.to_bytes())
        except InvalidTag:
            return None


def head_of(data: bytes) -> bytes:
    """The header lines at the beginning of a keystore file, as they are: equal heads, equal files."""
    return data[:LONGEST_HEAD].partition(_BODY)[0]


def stretch(passphrase: str, costs: Costs, salt: bytes) -> bytes:
    """Argon2id of the passphrase (Unicode NFC, UTF-8): 32 bytes. Slow by design; ResourceError without memory."""
    secret = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogateescape")
    try:
        return hash_secret_raw(secret, salt, costs.passes, costs.memory_kib, costs.lanes, KEY_SIZE, Type.ID)
    except HashingError:
        message = N_("There is not enough memory to open the keystore: {memory} MiB are needed. Close other programs.")
        raise ResourceError(message, memory=costs.memory_kib // 1024) from None


def derive_root(slot_secret: SlotSecret, nonce: bytes) -> bytes:
    """The root of one generation: HKDF-SHA256 of the slot secret, the generation's nonce as salt, 32 bytes."""
    return HKDF(SHA256(), KEY_SIZE, nonce, ROOT_LABEL).derive(slot_secret.secret)


def hkdf(key: bytes, label: bytes) -> bytes:
    """HKDF-SHA256 without salt: 32 bytes, ``label`` as info."""
    return HKDF(SHA256(), KEY_SIZE, None, label).derive(key)


def new_salt() -> bytes:
    return secrets.token_bytes(SALT_SIZE)


def new_nonce() -> bytes:
    return secrets.token_bytes(NONCE_SIZE)


def damaged() -> DamagedError:
    """The error of a keystore file that is not as it was written."""
    message = N_("The keystore is damaged: its checksum or its format is wrong, and the passphrase is not at fault. "
                 "Restore archive/keystore from a backup made since the last destruction.")  # fmt: skip
    return DamagedError(message, place=PLACE)
