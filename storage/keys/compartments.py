"""Compartments: the data keys of one workshop, of the home, of all certificates or all requests, under their own key.

Rules kept here:
- a scope belongs to one compartment, and to the same one for good;
- a compartment's section opens with its key alone, and its key with the private key of each opener that
  reaches it, or with the recovery key; both are bound to home and compartment;
- the section names the public keys its key is meant for: somebody who does not reach the compartment cannot add
  a reader to it unseen;
- who does not reach a compartment hands it on byte for byte.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.keys.envelope import seal_to, unseal
from storage.keys.openers import CERTIFICATES, HOME_PART, KEY_SIZE, NONCE_SIZE, REQUESTS, workshop_part
from storage.keys.scope import Scope
from vocabulary.choices import RecordClass

SECTION_FORMAT = "huisclos-section/1"
WRAP_FORMAT = "huisclos-wrap/1"
RECOVERY = "recovery"
"""The name under which a compartment's key is sealed to the recovery key."""

_OF_HOME = "-"


def compartment_of(scope: Scope) -> str:
    """The compartment a scope's data key lies in."""
    if scope.record_class is RecordClass.CERTIFICATE:
        return CERTIFICATES
    if scope.record_class is RecordClass.REQUEST:
        return REQUESTS
    return HOME_PART if scope.workshop == _OF_HOME else workshop_part(scope.workshop)


def scope_of(key_id: str) -> Scope:
    """The scope written as ``marseille-13/3/recording/1``; ValueError for anything else."""
    workshop, session, record_class, epoch = key_id.split("/")
    scope = Scope(workshop, int(session), RecordClass(record_class), int(epoch))
    if scope.key_id() != key_id:
        raise ValueError("a scope has one written form")
    return scope


@dataclass(frozen=True, repr=False)
class Section:
    """What a compartment holds, opened: data keys by key id; in the home's, the private key of the log.

    ``readers`` are those its key is sealed to, by id, with their public keys.
    """

    keys: Mapping[str, bytes] = field(default_factory=dict)
    log_key: bytes | None = None
    readers: Mapping[str, bytes] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Section({len(self.keys)} keys)"

    def with_keys(self, keys: Mapping[str, bytes]) -> "Section":
        return replace(self, keys={**self.keys, **keys})

    def without(self, key_ids: set[str]) -> "Section":
        return replace(self, keys={name: key for name, key in self.keys.items() if name not in key_ids})

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        value = {
            "format": SECTION_FORMAT,
            "keys": {name: key.hex() for name, key in self.keys.items()},
            "log_key": None if self.log_key is None else self.log_key.hex(),
            "readers": {name: public.hex() for name, public in self.readers.items()},
        }
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")

    @classmethod
    def from_bytes(cls, data: bytes) -> "Section":
        """ValueError, TypeError or KeyError for anything ``to_bytes`` does not write."""
        value = json.loads(data)
        if value["format"] != SECTION_FORMAT:
            raise ValueError("a section of another format")
        return cls(
            keys={name: bytes.fromhex(key) for name, key in value["keys"].items()},
            log_key=None if value["log_key"] is None else bytes.fromhex(value["log_key"]),
            readers={name: bytes.fromhex(public) for name, public in value["readers"].items()},
        )


@dataclass(frozen=True, repr=False)
class Opened:
    """A compartment this opener reaches: its key and what it holds."""

    key: bytes
    section: Section

    def renewed(self) -> "Opened":
        """The same content under a new key."""
        return replace(self, key=secrets.token_bytes(KEY_SIZE))


@dataclass(frozen=True, repr=False)
class Compartment:
    """A compartment as the keystore holds it: its section, and its key sealed to each reader."""

    section: bytes
    wraps: Mapping[str, bytes]

    @classmethod
    def seal(
        cls, home_id: str, name: str, opened: Opened, kept: Mapping[str, bytes] | None = None, *,
        nonce: bytes | None = None, ephemeral: bytes | None = None,
    ) -> "Compartment":  # fmt: skip
        """Seal section and key; ``kept`` are wraps of the same key that still hold. The rest is for test vectors."""
        drawn = nonce or secrets.token_bytes(NONCE_SIZE)
        sealed = drawn + AESGCM(opened.key).encrypt(drawn, opened.section.to_bytes(), _section_bound(home_id, name))
        wraps = dict(kept or {})
        for reader, public in opened.section.readers.items():
            if reader not in wraps:
                wraps[reader] = seal_to(public, opened.key, _wrap_bound(home_id, name, reader), ephemeral=ephemeral)
        return cls(sealed, wraps)

    def unseal(self, home_id: str, name: str, reader: str, private: bytes) -> Opened | None:
        """Key and content, or None if they are not sealed to this reader and place."""
        key = unseal(private, self.wraps.get(reader, b""), _wrap_bound(home_id, name, reader))
        if key is None or len(key) != KEY_SIZE:
            return None
        nonce, ciphertext = self.section[:NONCE_SIZE], self.section[NONCE_SIZE:]
        try:
            data = AESGCM(key).decrypt(nonce, ciphertext, _section_bound(home_id, name))
            return Opened(key, Section.from_bytes(data))
        except (InvalidTag, ValueError, TypeError, KeyError):
            return None

    def to_json(self) -> dict[str, Any]:
        return {
            "section": base64.b64encode(self.section).decode("ascii"),
            "wraps": {reader: wrap.hex() for reader, wrap in self.wraps.items()},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Compartment":
        """ValueError, TypeError or KeyError for anything ``to_json`` does not write."""
        wraps = {reader: bytes.fromhex(wrap) for reader, wrap in value["wraps"].items()}
        return cls(base64.b64decode(value["section"], validate=True), wraps)


def _section_bound(home_id: str, name: str) -> bytes:
    return f"{SECTION_FORMAT}\n{home_id}\n{name}\n".encode("ascii")


def _wrap_bound(home_id: str, name: str, reader: str) -> bytes:
    return f"{WRAP_FORMAT}\n{home_id}\n{name}\n{reader}\n".encode("ascii")
