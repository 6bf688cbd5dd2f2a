"""Openers: the people who open the keystore, each with a passphrase of their own, and the machine.

Rules kept here:
- what an opener reaches follows from its role and workshops alone;
- an opener's private key lies sealed under its stretched passphrase, bound to home, opener and public key:
  nobody else's passphrase is needed to give it something, or to take something from it;
- beside the private key lies the home's mark key, by which an opener knows a keystore that only openers wrote.
"""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.keys.envelope import public_of
from vocabulary.choices import Role
from vocabulary.ids import check_code, is_id

MACHINE = "machine"
"""The opener made with the home, for unattended work: it reaches everything."""

HOME_PART, CERTIFICATES, REQUESTS = "home", "certificates", "requests"
LABEL = "huisclos/opener/1/"
FORMAT = "huisclos-opener/1"
KEY_SIZE, NONCE_SIZE = 32, 12


def workshop_part(workshop: str) -> str:
    """The name of a workshop's compartment; no code of a workshop is taken for another compartment."""
    return f"workshop/{workshop}"


@dataclass(frozen=True)
class Opener:
    """Who may open the keystore. ``role`` is None for the machine; ``workshops`` None means all of them.

    ValueError for a role with workshops it cannot have.
    """

    id: str
    role: Role | None
    workshops: tuple[str, ...] | None
    public: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if (self.id == MACHINE) is not (self.role is None) or not (self.id == MACHINE or is_id(self.id)):
            raise ValueError("an opener is the machine, or a person with a role")
        if self.role in (None, Role.STEWARD):
            sound = self.workshops is None
        elif self.role is Role.AUDITOR:
            sound = self.workshops == ()
        else:
            sound = self.workshops is not None and list(self.workshops) == sorted(set(self.workshops))
        if not sound or len(self.public) != KEY_SIZE:
            raise ValueError("the workshops of an opener follow from its role")
        for code in self.workshops or ():
            check_code(code)

    @property
    def reaches_all(self) -> bool:
        """Whether it reaches every compartment, new ones too: the machine and stewards."""
        return self.role in (None, Role.STEWARD)

    def reaches(self, part: str) -> bool:
        """Whether it may open a compartment."""
        if self.reaches_all or part == CERTIFICATES:
            return True
        if self.role is not Role.FACILITATOR:
            return False
        return part == HOME_PART or part in map(workshop_part, self.workshops or ())


def new_opener(opener_id: str, role: Role | None, workshops: Collection[str] | None, private: bytes) -> Opener:
    """An opener with the workshops its role has; those named count for facilitators alone."""
    named: tuple[str, ...] | None
    if role is Role.FACILITATOR:
        named = tuple(sorted(set(workshops or ())))
    else:
        named = () if role is Role.AUDITOR else None
    return Opener(opener_id, role, named, public_of(private))


@dataclass(frozen=True, repr=False)
class OpenerKeys:
    """What an opener's passphrase gives: its private key, and the mark key all openers share."""

    private: bytes
    mark: bytes


@dataclass(frozen=True, repr=False)
class SealedOpener:
    """An opener and its keys, sealed under its passphrase: nonce (12), ciphertext of both keys (64), tag (16)."""

    opener: Opener
    sealed: bytes

    def __repr__(self) -> str:
        return f"SealedOpener({self.opener.id})"

    @classmethod
    def seal(
        cls, home_id: str, opener: Opener, keys: OpenerKeys, stretched: bytes, *, nonce: bytes | None = None
    ) -> "SealedOpener":
        """``stretched`` is the opener's stretched passphrase; ``nonce`` is for test vectors."""
        drawn = nonce or secrets.token_bytes(NONCE_SIZE)
        plain = keys.private + keys.mark
        return cls(opener, drawn + AESGCM(_key(stretched, opener)).encrypt(drawn, plain, _bound(home_id, opener)))

    def unseal(self, home_id: str, stretched: bytes) -> OpenerKeys | None:
        """The keys, or None if this is not its passphrase."""
        nonce, ciphertext = self.sealed[:NONCE_SIZE], self.sealed[NONCE_SIZE:]
        try:
            plain = AESGCM(_key(stretched, self.opener)).decrypt(nonce, ciphertext, _bound(home_id, self.opener))
        except InvalidTag:
            return None
        return OpenerKeys(plain[:KEY_SIZE], plain[KEY_SIZE:])

    def to_json(self) -> dict[str, Any]:
        opener = self.opener
        return {
            "id": opener.id,
            "role": None if opener.role is None else opener.role.value,
            "workshops": None if opener.workshops is None else list(opener.workshops),
            "public": opener.public.hex(),
            "sealed": self.sealed.hex(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "SealedOpener":
        """ValueError, TypeError or KeyError for anything ``to_json`` does not write."""
        role = None if value["role"] is None else Role(value["role"])
        workshops = None if value["workshops"] is None else tuple(value["workshops"])
        return cls(Opener(value["id"], role, workshops, bytes.fromhex(value["public"])), bytes.fromhex(value["sealed"]))


def _key(stretched: bytes, opener: Opener) -> bytes:
    return HKDF(SHA256(), KEY_SIZE, None, f"{LABEL}{opener.id}".encode("ascii")).derive(stretched)


def _bound(home_id: str, opener: Opener) -> bytes:
    return f"{FORMAT}\n{home_id}\n{opener.id}\n{opener.public.hex()}\n".encode("ascii")
