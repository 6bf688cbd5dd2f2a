"""The body of a keystore: openers and compartments, and what one opener may do with them.

Rules kept here:
- an opener opens the compartments its role and workshops reach, and hands the others on as they are;
- the body carries a mark, made with a key that only openers have: who holds the slot secret and no passphrase can
  change nothing unseen, and not one key of the body opens to them;
- a compartment's key is sealed to exactly those who reach it, and to the recovery key, once there is one;
- who loses what they reached loses it by new keys for those compartments, which needs no secret of the others;
- somebody who reaches everything is left at all times;
- an epoch that was destroyed is never opened again, and epochs go on counting past it.
"""

import hmac
import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.keys.compartments import RECOVERY, Compartment, Opened, Section, compartment_of, scope_of
from storage.keys.envelope import draw_private
from storage.keys.keystore_file import KEY_SIZE, PLACE, damaged, hkdf
from storage.keys.openers import (
    CERTIFICATES,
    HOME_PART,
    MACHINE,
    REQUESTS,
    Opener,
    OpenerKeys,
    SealedOpener,
    new_opener,
    workshop_part,
)
from storage.keys.recovery import Recovery, RecoveryKeys
from storage.keys.scope import Scope
from vocabulary.choices import Role
from vocabulary.errors import DamagedError, KeyGoneError, KeysError, PersonError, StateError, UnknownError
from vocabulary.messages import N_

FORMAT = "huisclos-keys/2"
MARK_LABEL = b"huisclos/mark/1"
MARK_SIZE = 32


@dataclass(frozen=True, repr=False)
class Keyring:
    """One generation as one opener sees it. Every change gives a new one; nothing is written here.

    ``opened`` are the compartments this opener reaches; ``compartments`` all of them, sealed.
    """

    home_id: str
    own: str
    keys: OpenerKeys
    openers: tuple[SealedOpener, ...]
    compartments: Mapping[str, Compartment]
    opened: Mapping[str, Opened]
    epochs: Mapping[str, int]
    recovery: Recovery | None = None

    def __repr__(self) -> str:
        return f"Keyring({self.own}, {len(self.opened)} of {len(self.compartments)} compartments)"

    # Written and read

    @classmethod
    def create(cls, home_id: str, stretched: bytes, log_key: bytes) -> "Keyring":
        """The body of a new home, with the machine as its one opener."""
        keys = OpenerKeys(draw_private(), secrets.token_bytes(KEY_SIZE))
        machine = SealedOpener.seal(home_id, new_opener(MACHINE, None, None, keys.private), keys, stretched)
        empty = cls(home_id, MACHINE, keys, (machine,), {}, {}, {})
        return empty._put({HOME_PART: _new_compartment(log_key), CERTIFICATES: _new_compartment()})

    @classmethod
    def open(cls, home_id: str, head: bytes, body: bytes, stretched: bytes, own: str | None) -> "Keyring | None":
        """Open a body with a stretched passphrase: anybody's, or that of ``own``; None if it is not.

        DamagedError for a body that no opener of this home wrote. ``head`` are the header lines it came under.
        """
        sealed = _parse(home_id, body)
        for one in sealed.openers:
            keys = one.unseal(home_id, stretched) if own in (None, one.opener.id) else None
            if keys is not None:
                _check_mark(keys.mark, head, body)
                return replace(sealed, own=one.opener.id, keys=keys)._unsealed(one.opener.id, keys.private)
        return None

    @classmethod
    def recover(cls, home_id: str, head: bytes, body: bytes, keys: RecoveryKeys, stretched: bytes) -> "Keyring":
        """Open a body with the recovery key, and give the machine a new passphrase and new keys."""
        sealed = _parse(home_id, body)
        _check_mark(keys.mark, head, body)
        every = replace(sealed, own=RECOVERY)._unsealed(RECOVERY, keys.private)
        every._check_unused(stretched, but=MACHINE)
        own = OpenerKeys(draw_private(), keys.mark)
        machine = SealedOpener.seal(home_id, new_opener(MACHINE, None, None, own.private), own, stretched)
        others = tuple(one for one in every.openers if one.opener.id != MACHINE)
        return replace(every, own=MACHINE, keys=own, openers=(machine, *others))._resealed(set(every.compartments))

    def to_bytes(self, head: bytes) -> bytes:
        """The body as it is sealed under the root: the mark, then canonical JSON."""
        data = self._data()
        return _mark(self.keys.mark, head, data) + data

    def _data(self) -> bytes:
        value = {
            "format": FORMAT,
            "openers": [one.to_json() for one in self.openers],
            "compartments": {name: one.to_json() for name, one in self.compartments.items()},
            "epochs": dict(self.epochs),
            "recovery": None if self.recovery is None else self.recovery.to_json(),
        }
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")

    # What is in it

    @property
    def opener(self) -> Opener:
        """Who opened it."""
        return self._sealed(self.own).opener

    def reaches(self, scope: Scope) -> bool:
        return self.opener.reaches(compartment_of(scope))

    def key(self, scope: Scope) -> bytes | None:
        """The scope's data key, None if it is not there; KeysError if this opener does not reach it."""
        self._check_reaches(compartment_of(scope))
        opened = self.opened.get(compartment_of(scope))
        return None if opened is None else opened.section.keys.get(scope.key_id())

    def log_key(self) -> bytes:
        """The log's private key; KeysError for an opener that cannot commit."""
        self._check_reaches(HOME_PART)
        key = self.opened[HOME_PART].section.log_key
        if key is None:
            raise damaged()
        return key

    def keys_of(self, workshop: str) -> dict[str, bytes]:
        """Every data key of a workshop, those of its certificates too."""
        self._check_reaches(workshop_part(workshop))
        sections = [
            self.opened[name].section for name in (CERTIFICATES, workshop_part(workshop)) if name in self.opened
        ]
        return {name: key for one in sections for name, key in one.keys.items() if name.startswith(f"{workshop}/")}

    # Changes

    def with_new_key(self, scope: Scope) -> "Keyring":
        """With the scope's data key open; KeyGoneError for an epoch destroyed, ValueError for one too far."""
        if self.key(scope) is not None:
            return self
        self._check_may_write()
        last = self.epochs.get(scope.series(), 0)
        if scope.epoch <= last:
            raise gone(scope)
        if scope.epoch != last + 1:
            raise ValueError(f"the next epoch is {last + 1}, not {scope.epoch}")
        ring = self._with_keys({scope.key_id(): secrets.token_bytes(KEY_SIZE)})
        return replace(ring, epochs={**self.epochs, scope.series(): scope.epoch})

    def without(self, scopes: Collection[Scope]) -> "Keyring":
        """Without the data keys of these scopes; itself if there are none. KeysError for one not reached."""
        doomed: dict[str, set[str]] = {}
        for scope in scopes:
            if self.key(scope) is not None:
                doomed.setdefault(compartment_of(scope), set()).add(scope.key_id())
        if not doomed:
            return self
        self._check_may_write()
        changed = {name: self.opened[name] for name in doomed}
        return self._put({n: replace(one, section=one.section.without(doomed[n])) for n, one in changed.items()})

    def adopting(self, keys: Mapping[str, bytes], epochs: Mapping[str, int]) -> "Keyring":
        """With the keys and epochs of another home's workshop; StateError if any of it is there already."""
        self._check_may_write()
        taken = sorted(epochs.keys() & self.epochs.keys())
        if taken:
            message = N_("This home already has keys of {series}: a workshop is taken over once, under a code that is "
                         "free here.")  # fmt: skip
            raise StateError(message, place=PLACE, series=taken[0])
        scopes = [scope_of(name) for name in keys]
        if any(len(key) != KEY_SIZE for key in keys.values()) or any(
            scope.epoch > epochs.get(scope.series(), 0) for scope in scopes
        ):
            raise ValueError("every key has 32 bytes and an epoch that was opened")
        for series in epochs:
            self._check_reaches(compartment_of(scope_of(f"{series}/1")))
        return replace(self._with_keys(keys), epochs={**self.epochs, **epochs})

    def with_opener(self, opener_id: str, role: Role, workshops: Collection[str] | None, stretched: bytes) -> "Keyring":
        """With one more person; PersonError unless a steward or the machine adds them."""
        self._check_may_manage()
        if any(one.opener.id == opener_id for one in self.openers):
            raise StateError(N_("This person already has a passphrase of their own here."), place=opener_id)
        self._check_unused(stretched)
        keys = OpenerKeys(draw_private(), self.keys.mark)
        added = SealedOpener.seal(self.home_id, new_opener(opener_id, role, workshops, keys.private), keys, stretched)
        return replace(self, openers=(*self.openers, added))._resealed()

    def allowing(self, opener_id: str, workshops: Collection[str]) -> "Keyring":
        """With other workshops for a facilitator; new keys for the compartments they no longer reach."""
        self._check_may_manage()
        found = self._sealed(opener_id)
        if found.opener.role is not Role.FACILITATOR:
            message = N_("Only a facilitator has workshops of their own: a data steward reaches all of them, an "
                         "auditor none.")  # fmt: skip
            raise StateError(message, place=opener_id)
        changed = replace(found, opener=replace(found.opener, workshops=tuple(sorted(set(workshops)))))
        lost = {name for name in self.opened if found.opener.reaches(name) and not changed.opener.reaches(name)}
        return self._with_sealed(changed)._resealed(lost)

    def without_opener(self, opener_id: str) -> "Keyring":
        """Without a person: new keys for every compartment they reached. StateError if nobody else reaches all."""
        self._check_may_manage()
        removed = self._sealed(opener_id).opener
        if opener_id == self.own:
            message = N_("Nobody removes the passphrase they are using. Let another data steward, or the home's own "
                         "passphrase, do it.")  # fmt: skip
            raise StateError(message, place=opener_id)
        left = tuple(one for one in self.openers if one.opener.id != opener_id)
        if not any(one.opener.reaches_all for one in left):
            message = N_("Nobody else reaches every workshop: add a data steward first.")
            raise StateError(message, place=opener_id)
        return replace(self, openers=left)._resealed({name for name in self.compartments if removed.reaches(name)})

    def with_passphrase(self, stretched: bytes) -> "Keyring":
        """With another passphrase, and other keys, for the opener that is open, and new ones for what it reaches."""
        self._check_unused(stretched)
        keys = replace(self.keys, private=draw_private())
        own = self.opener
        sealed = SealedOpener.seal(
            self.home_id, new_opener(own.id, own.role, own.workshops, keys.private), keys, stretched
        )
        return replace(self._with_sealed(sealed), keys=keys)._resealed(set(self.opened))

    def rotated(self) -> "Keyring":
        """With new keys for all compartments; PersonError unless a steward or the machine asks."""
        self._check_may_manage()
        return self._resealed(set(self.compartments))

    def with_recovery(self, recipients: Sequence[str]) -> "Keyring":
        """With a new recovery key, for these age recipients; new keys for all compartments if there were others."""
        self._check_may_manage()
        former = set() if self.recovery is None else set(self.compartments)
        return replace(self, recovery=Recovery.draw(recipients, self.keys.mark))._resealed(former)

    def with_log_key(self, log_key: bytes) -> "Keyring":
        """With another key of the log; itself if it is that one."""
        self._check_may_manage()
        home = self.opened[HOME_PART]
        if home.section.log_key == log_key:
            return self
        return self._put({HOME_PART: replace(home, section=replace(home.section, log_key=log_key))})

    # Within

    def _sealed(self, opener_id: str) -> SealedOpener:
        for one in self.openers:
            if one.opener.id == opener_id:
                return one
        message = N_("This person has no passphrase of their own here. `huisclos key opener list` shows who has one.")
        raise UnknownError(message, place=opener_id)

    def _with_sealed(self, changed: SealedOpener) -> "Keyring":
        openers = tuple(changed if one.opener.id == changed.opener.id else one for one in self.openers)
        return replace(self, openers=openers)

    def _readers(self, name: str) -> dict[str, bytes]:
        """Those a compartment's key is sealed to, with their public keys."""
        readers = {one.opener.id: one.opener.public for one in self.openers if one.opener.reaches(name)}
        return readers if self.recovery is None else {**readers, RECOVERY: self.recovery.public}

    def _with_keys(self, keys: Mapping[str, bytes]) -> "Keyring":
        parts: dict[str, dict[str, bytes]] = {}
        for name, key in keys.items():
            parts.setdefault(compartment_of(scope_of(name)), {})[name] = key
        changed = {}
        for part, mine in parts.items():
            self._check_reaches(part)
            opened = self.opened.get(part) or _new_compartment()
            changed[part] = replace(opened, section=opened.section.with_keys(mine))
        return self._put(changed)

    def _resealed(self, renewed: Collection[str] = ()) -> "Keyring":
        """Sealed to those who reach each compartment now; ``renewed`` ones under new keys.

        KeysError if this opener does not reach one of those.
        """
        for name in renewed:
            self._check_reaches(name)
        return self._put({
            name: one.renewed() if name in renewed else one
            for name, one in self.opened.items()
            if name in renewed or one.section.readers != self._readers(name)
        })  # fmt: skip

    def _put(self, changed: Mapping[str, Opened]) -> "Keyring":
        """With these compartments sealed anew; wraps of a key that stays are kept for readers that stay."""
        compartments, opened = dict(self.compartments), dict(self.opened)
        for name, one in changed.items():
            readers, before = self._readers(name), self.opened.get(name)
            kept = {}
            if before is not None and before.key == one.key:
                wraps, former = self.compartments[name].wraps, before.section.readers
                kept = {reader: wraps[reader] for reader, public in readers.items() if former.get(reader) == public}
            opened[name] = replace(one, section=replace(one.section, readers=readers))
            compartments[name] = Compartment.seal(self.home_id, name, opened[name], kept)
        return replace(self, compartments=compartments, opened=opened)

    def _unsealed(self, reader: str, private: bytes) -> "Keyring":
        """With the compartments that ``reader`` reaches opened; DamagedError if one does not open."""
        names = self.compartments if reader == RECOVERY else filter(self.opener.reaches, self.compartments)
        opened = {}
        for name in names:
            one = self.compartments[name].unseal(self.home_id, name, reader, private)
            if one is None or dict(one.section.readers) != self._readers(name):
                raise _forged()
            opened[name] = one
        return replace(self, opened=opened)

    def _check_reaches(self, name: str) -> None:
        if not self.opener.reaches(name):
            if name in (HOME_PART, CERTIFICATES):
                message = N_("This passphrase does not open what belongs to the home. Ask a data steward to do this.")
                raise KeysError(message, place=PLACE)
            if name == REQUESTS:
                message = N_("A request is opened under the passphrase of a data steward, or the one the home was made "
                             "with, and under no other: ask a data steward to do this.")  # fmt: skip
                raise KeysError(message, place=PLACE)
            if self.opener.role is Role.AUDITOR:
                message = N_("The passphrase of an auditor opens no workshop. A facilitator or a data steward does "
                             "this, under their own.")  # fmt: skip
                raise KeysError(message, place=PLACE)
            message = N_("This passphrase does not open workshop {workshop}. A data steward can allow it: huisclos key "
                         "opener allow")  # fmt: skip
            raise KeysError(message, place=PLACE, workshop=name.removeprefix(workshop_part("")))

    def _check_may_write(self) -> None:
        if self.opener.role is Role.AUDITOR:
            raise PersonError(N_("An auditor reads and checks, and changes nothing."))

    def _check_may_manage(self) -> None:
        if not self.opener.reaches_all:
            message = N_("This takes the passphrase of a data steward, or the one the home was made with.")
            raise PersonError(message)

    def _check_unused(self, stretched: bytes, but: str | None = None) -> None:
        """A passphrase opens for one: nobody is told whose another one is."""
        if any(one.opener.id != but and one.unseal(self.home_id, stretched) for one in self.openers):
            raise KeysError(N_("This passphrase cannot be used here. Choose another one."))


def gone(scope: Scope) -> KeyGoneError:
    """The error of a data key that was destroyed, or never made."""
    message = N_("The key of {scope} was destroyed, or never made: what it sealed cannot be opened any more.")
    return KeyGoneError(message, place=scope.key_id(), scope=scope.key_id())


def new_log_key() -> bytes:
    """A new private key for the processing log (raw Ed25519)."""
    return Ed25519PrivateKey.generate().private_bytes_raw()


def _new_compartment(log_key: bytes | None = None) -> Opened:
    return Opened(secrets.token_bytes(KEY_SIZE), Section(log_key=log_key))


def _parse(home_id: str, body: bytes) -> Keyring:
    """The body with nothing of it opened; DamagedError if it is not in its one form."""
    nobody = OpenerKeys(b"", b"")
    try:
        value: dict[str, Any] = json.loads(body[MARK_SIZE:])
        ring = Keyring(
            home_id=home_id,
            own="",
            keys=nobody,
            openers=tuple(SealedOpener.from_json(one) for one in value["openers"]),
            compartments={str(name): Compartment.from_json(one) for name, one in value["compartments"].items()},
            opened={},
            epochs={str(series): int(last) for series, last in value["epochs"].items()},
            recovery=None if value["recovery"] is None else Recovery.from_json(value["recovery"]),
        )
        sound = ring._data() == body[MARK_SIZE:]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise damaged() from None
    if not sound or not {HOME_PART, CERTIFICATES} <= ring.compartments.keys():
        raise damaged()
    return ring


def _mark(key: bytes, head: bytes, data: bytes) -> bytes:
    return hmac.digest(hkdf(key, MARK_LABEL), head + data, sha256)


def _check_mark(key: bytes, head: bytes, body: bytes) -> None:
    if not hmac.compare_digest(_mark(key, head, body[MARK_SIZE:]), body[:MARK_SIZE]):
        raise _forged()


def _forged() -> DamagedError:
    message = N_("The keystore was changed by somebody who has no passphrase of this home: do not use it. Restore "
                 "archive/keystore from a backup made since the last destruction.")  # fmt: skip
    return DamagedError(message, place=PLACE)
