"""The keystore of format 1, with one passphrase: read once, to bring a home to format 2.

Its root came from slot secret and passphrase together, and sealed data keys and log key as one JSON object.
Nothing writes this format any more.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.keys.generations import Generations, read_file, secret_of
from storage.keys.keyring import Keyring
from storage.keys.keystore_file import FORMER, Costs, Header, damaged, hkdf, stretch
from storage.keys.slots import Slots, SlotSecret

ROOT_LABEL = b"huisclos/root/1"
CONTENT_FORMAT = "huisclos-keys/1"

_FILE = re.compile(
    rb"huisclos-keystore/1\n"
    rb"home (h-[0-9a-f]{32})\n"
    rb"generation ([1-9][0-9]{0,14})\n"
    rb"slot ([ab]) ([0-9a-f]{32})\n"
    rb"argon2id ([1-9][0-9]{0,8}) ([1-9][0-9]{0,2}) ([1-9][0-9]{0,2}) ([0-9a-f]{32})\n"
    rb"nonce ([0-9a-f]{24})\n"
    rb"body ([A-Za-z0-9+/]+={0,2})\n"
)


@dataclass(frozen=True, repr=False)
class FormerContents:
    """What was sealed: data keys by key id, the last epoch of each series, the log's private key (raw Ed25519)."""

    keys: Mapping[str, bytes]
    epochs: Mapping[str, int]
    log_key: bytes


@dataclass(frozen=True)
class FormerKeystore:
    """A keystore file of format 1, still sealed; ``head`` are its header lines as they are."""

    header: Header
    head: bytes = field(repr=False)
    body: bytes = field(repr=False)

    @classmethod
    def parse(cls, data: bytes) -> "FormerKeystore | None":
        """Read the file; None if it is of another format, DamagedError if it is not as it was written."""
        if not data.startswith(FORMER.encode() + b"\n"):
            return None
        content, checksum = data[: -len("sha256 \n") - 64], data[-len("sha256 \n") - 64 :]
        match = _FILE.fullmatch(content)
        if match is None or checksum != b"sha256 " + hashlib.sha256(content).hexdigest().encode() + b"\n":
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
        return cls(header, content[: content.index(b"\nbody ") + 1], sealed)

    def unseal(self, secret: SlotSecret, stretched: bytes) -> FormerContents | None:
        """The contents, or None if this is not the passphrase."""
        root = hkdf(secret.secret + stretched, ROOT_LABEL)
        try:
            value = json.loads(AESGCM(root).decrypt(self.header.nonce, self.body, self.head))
        except InvalidTag:
            return None
        if value["format"] != CONTENT_FORMAT:
            raise damaged()
        return FormerContents(
            keys={name: bytes.fromhex(key) for name, key in value["keys"].items()},
            epochs=dict(value["epochs"]),
            log_key=bytes.fromhex(value["log_key"]),
        )


def upgrade_format(archive_dir: Path, slots: Slots, passphrase: str) -> bool:
    """Bring a keystore of format 1 to format 2, by one rename; False if it is of format 2 already.

    The one passphrase becomes the machine's. What ``Keystore.open`` raises, and nothing was changed then.
    """
    with slots.lock():
        former = FormerKeystore.parse(read_file(archive_dir))
        if former is None:
            return False
        header = former.header
        secret, stretched = secret_of(header, slots), stretch(passphrase, header.costs, header.salt)
        generations = Generations(archive_dir, slots, stretched)
        contents = former.unseal(secret, stretched)
        if contents is None:
            raise generations.refused()
        ring = Keyring.create(header.home_id, stretched, contents.log_key)
        generations.replace_former(header, secret, ring.adopting(contents.keys, contents.epochs))
    return True
