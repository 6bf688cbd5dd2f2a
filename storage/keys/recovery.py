"""Recovery: opening the keystore of a lost machine, which takes two people.

A recovery key pair is drawn when the recipients are named; every compartment key is sealed to its public half.
The private half is split for every two recipients and then forgotten. The recovery file of a generation holds
the shares and that generation's root, sealed to the recovery key.

Rules kept here:
- one recipient alone learns nothing: what either gets of a pair is as good as random;
- any opener can write the recovery file, no opener can read it;
- a recovery file opens the keystore of its own generation, and no other.

Sources: age-encryption.org/v1 (C2SP), X25519 recipients; the split is a one-time pad for each pair.
"""

import base64
import hashlib
import itertools
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from storage.keys.envelope import draw_private, public_of, seal_to, unseal
from storage.keys.openers import KEY_SIZE
from vocabulary.errors import DamagedError, KeysError, UsageError
from vocabulary.ids import is_id
from vocabulary.messages import N_

FORMAT = "huisclos-recovery/1"
PLACE = "recovery"
LEAST, MOST = 2, 8

_SIZE = 2 * KEY_SIZE
_LARGEST_GENERATION = 10**15


@dataclass(frozen=True, repr=False)
class RecoveryKeys:
    """What two recipients have together: the recovery private key, and the mark key of the openers."""

    private: bytes
    mark: bytes


@dataclass(frozen=True, repr=False)
class Share:
    """What two recipients need to have both: two age files. ``first`` and ``second`` are places in the list."""

    first: int
    second: int
    one: bytes
    other: bytes


@dataclass(frozen=True, repr=False)
class Recovery:
    """The recovery public key, the age recipients, and a share for every two of them."""

    public: bytes
    recipients: tuple[str, ...]
    shares: tuple[Share, ...]

    @classmethod
    def draw(cls, recipients: Sequence[str], mark: bytes) -> "Recovery":
        """A new recovery key, split among ``recipients`` (``age1...``), and forgotten."""
        named = checked_recipients(recipients)
        private = draw_private()
        seal = _sealer(named)
        shares = []
        for first, second in itertools.combinations(range(len(named)), 2):
            pad = secrets.token_bytes(_SIZE)
            shares.append(Share(first, second, seal(first, pad), seal(second, _xor(private + mark, pad))))
        return cls(public_of(private), named, tuple(shares))

    def to_json(self) -> dict[str, Any]:
        return {"public": self.public.hex(), **_shares_json(self.recipients, self.shares)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Recovery":
        """ValueError, TypeError or KeyError for anything ``to_json`` does not write."""
        recipients, shares = _shares_of(value)
        return cls(bytes.fromhex(value["public"]), recipients, shares)


@dataclass(frozen=True, repr=False)
class RecoveryFile:
    """The recovery file of one generation. ``root`` is sealed to the recovery key."""

    home_id: str
    generation: int
    recipients: tuple[str, ...]
    shares: tuple[Share, ...]
    root: bytes

    @classmethod
    def seal(cls, home_id: str, generation: int, recovery: Recovery, root: bytes) -> "RecoveryFile":
        unsealed = cls(home_id, generation, recovery.recipients, recovery.shares, b"")
        return replace(unsealed, root=seal_to(recovery.public, root, unsealed._bound()))

    def unseal(self, identities: Sequence[str]) -> tuple[bytes, RecoveryKeys]:
        """The root and the keys two of the recipients open together.

        KeysError when ``identities`` (``AGE-SECRET-KEY-1...``) do not open both halves of any pair.
        """
        keys = self._join(_opener(identities))
        root = unseal(keys.private, self.root, self._bound())
        if root is None:
            raise damaged()
        return root, keys

    def to_bytes(self) -> bytes:
        """Canonical JSON and a newline."""
        value = {
            "format": FORMAT,
            "home": self.home_id,
            "generation": self.generation,
            "root": self.root.hex(),
            **_shares_json(self.recipients, self.shares),
        }
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii") + b"\n"

    @classmethod
    def parse(cls, data: bytes) -> "RecoveryFile":
        """Read a recovery file; DamagedError if it is not as it was written."""
        try:
            value = json.loads(data)
            recipients, shares = _shares_of(value)
            file = cls(value["home"], value["generation"], recipients, shares, bytes.fromhex(value["root"]))
            sound = is_id(file.home_id) and type(file.generation) is int
            sound = sound and 1 <= file.generation < _LARGEST_GENERATION
        except (ValueError, TypeError, KeyError, RecursionError):
            raise damaged() from None
        if not sound or file.to_bytes() != data:
            raise damaged()
        return file

    def _bound(self) -> bytes:
        """What the root is bound to: home, generation, and all recipients and shares."""
        shares = json.dumps(_shares_json(self.recipients, self.shares), sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(shares.encode("ascii")).hexdigest()
        return f"{FORMAT}\n{self.home_id}\n{self.generation}\n{digest}\n".encode("ascii")

    def _join(self, opened: Callable[[bytes], bytes | None]) -> RecoveryKeys:
        for share in self.shares:
            one = opened(share.one)
            other = None if one is None else opened(share.other)
            if one is not None and other is not None:
                if len(one) != _SIZE or len(other) != _SIZE:
                    raise damaged()
                joined = _xor(one, other)
                return RecoveryKeys(joined[:KEY_SIZE], joined[KEY_SIZE:])
        raise KeysError(N_("These age identities do not open the recovery file: it takes those of two different "
                           "recipients. Ask another of the {count} recipients to be there."),
                        place=PLACE, count=len(self.recipients))  # fmt: skip


def checked_recipients(recipients: Sequence[str]) -> tuple[str, ...]:
    """The recipients in their one written form; UsageError for fewer than two, or for what is no age recipient."""
    from pyrage import RecipientError, x25519

    named = []
    for number, text in enumerate(recipients, 1):
        try:
            named.append(str(x25519.Recipient.from_str(text.strip())))
        except RecipientError:
            message = N_("Recipient {number} is no age recipient: it begins with age1, and age-keygen shows it.")
            raise UsageError(message, number=number) from None
    if not LEAST <= len(set(named)) == len(named) <= MOST:
        message = N_("Recovery takes {least} to {most} different recipients, each the age key of another person; "
                     "{found} were named.")  # fmt: skip
        raise UsageError(message, least=LEAST, most=MOST, found=len(set(named)))
    return tuple(named)


def damaged() -> DamagedError:
    """The error of a recovery file that is not as it was written."""
    message = N_("The recovery file is damaged: its format is wrong, or its parts do not belong together. Take another "
                 "copy of it.")  # fmt: skip
    return DamagedError(message, place=PLACE)


def _sealer(recipients: Sequence[str]) -> Callable[[int, bytes], bytes]:
    from pyrage import encrypt, x25519

    keys = [x25519.Recipient.from_str(text) for text in recipients]
    return lambda number, plain: bytes(encrypt(plain, [keys[number]]))


def _opener(identities: Sequence[str]) -> Callable[[bytes], bytes | None]:
    from pyrage import DecryptError, IdentityError, decrypt, x25519

    try:
        keys = [x25519.Identity.from_str(text.strip()) for text in identities]
    except IdentityError:
        message = N_("This is no age identity: it begins with AGE-SECRET-KEY-1, and age-keygen writes it.")
        raise UsageError(message) from None

    def opened(sealed: bytes) -> bytes | None:
        try:
            return bytes(decrypt(sealed, keys))
        except DecryptError:
            return None

    return opened


def _shares_json(recipients: Sequence[str], shares: Sequence[Share]) -> dict[str, Any]:
    return {
        "recipients": list(recipients),
        "shares": [
            [share.first, share.second, *(base64.b64encode(half).decode("ascii") for half in (share.one, share.other))]
            for share in shares
        ],
    }


def _shares_of(value: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[Share, ...]]:
    recipients = tuple(str(text) for text in value["recipients"])
    shares = tuple(
        Share(first, second, base64.b64decode(one, validate=True), base64.b64decode(other, validate=True))
        for first, second, one, other in value["shares"]
    )
    if [(share.first, share.second) for share in shares] != list(itertools.combinations(range(len(recipients)), 2)):
        raise ValueError("a share for every two recipients")
    return recipients, shares


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))
