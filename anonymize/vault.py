"""The vault of a workshop: which referents were met, under which forms, and the pseudonym each one got.

Rules of the module:
- A vault is a frozen value; every change gives a new one, one version on.
- It is the only place where a form and a pseudonym meet. No repr shows a form.
- The offset by which dates are shifted is a whole number of weeks, so that intervals and weekdays hold
  across sessions: one for each youth, and the workshop's own for what concerns none. A youth whom the vault
  knew before youths had their own (``huisclos-vault/1``) keeps the workshop's: what was returned holds.
- What is drawn (ids, offsets, equivalent first names) comes from the system's entropy, never from a name.
- Format ``huisclos-vault/2``: one canonical JSON object (sorted keys, no spaces, UTF-8). The parser accepts
  it and ``huisclos-vault/1``, in their one encoding, and nothing else; only ``/2`` is written.
- Storing is compare-and-set: a store refuses a vault whose version does not follow the stored one.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Protocol

from anonymize.french.folding import fold
from vocabulary.choices import NAMED, EntityType
from vocabulary.dossier import Dossier
from vocabulary.errors import DamagedError
from vocabulary.messages import N_

FORMAT = "huisclos-vault/2"
FORMER = "huisclos-vault/1"
"""Before equivalent first names and offsets of youths: id, kind, forms and pseudonym only."""
SHIFT_WEEKS = (5, 60)
"""Bounds of the offset of dates, in weeks, before or after."""


_FORMER_KEYS = ("pseudonym",)
_KEYS = (*_FORMER_KEYS, "equivalent", "gender", "general", "shift_weeks", "role", "institution")


@dataclass(frozen=True, repr=False)
class KnownReferent:
    """A referent to be matched by force: from the dossier (``id`` None) or from the vault.

    ``function`` is the stem of a code that the dossier makes evident ("Éducatrice"), if any.
    """

    id: str | None
    kind: EntityType
    forms: tuple[str, ...]
    pseudonym: str | None = None
    is_participant: bool = False
    function: str | None = None

    def __repr__(self) -> str:
        return f"KnownReferent({self.kind}, {len(self.forms)} forms)"


def drawn_weeks() -> int:
    """Return an offset for dates, drawn from the system's entropy."""
    least, most = SHIFT_WEEKS
    weeks = least + secrets.randbelow(most - least + 1)
    return weeks if secrets.randbelow(2) else -weeks


@dataclass(frozen=True, repr=False)
class Referent:
    """One person, place or institution of a workshop, and its pseudonym.

    ``equivalent`` is another first name, drawn where the policy wants one; ``gender`` is ``m`` or ``f`` where
    it is known; ``general`` what a place or an institution generalises to ("une cité du nord de la ville");
    ``shift_weeks`` a youth's own offset. ``role`` and ``institution`` are a participant's, as the dossier has
    them: a role that is not None makes a participant, an empty one says that the role is not known.
    """

    id: str
    kind: EntityType
    forms: tuple[str, ...]
    pseudonym: str
    equivalent: str | None = None
    gender: str | None = None
    general: str | None = None
    shift_weeks: int | None = None
    role: str | None = None
    institution: str | None = None

    @property
    def is_participant(self) -> bool:
        return self.role is not None

    def __repr__(self) -> str:
        return f"Referent({self.kind}, {len(self.forms)} forms)"


@dataclass(frozen=True, repr=False)
class Vault:
    """The referents of a workshop; ``counters`` hold the last number given to each stem of a code."""

    version: int
    referents: tuple[Referent, ...]
    counters: Mapping[str, int] = field(default_factory=dict)
    shift_weeks: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "counters", MappingProxyType(dict(self.counters)))

    def __repr__(self) -> str:
        return f"Vault(version {self.version}, {len(self.referents)} referents)"

    @classmethod
    def empty(cls) -> "Vault":
        """A vault before its first session."""
        return cls(0, (), {})

    def referent(self, referent_id: str) -> Referent | None:
        return next((referent for referent in self.referents if referent.id == referent_id), None)

    def forms(self) -> list[tuple[str, str, EntityType]]:
        """Return every (form, referent id, kind), whole names before short ones."""
        entries = [(form, referent.id, referent.kind) for referent in self.referents for form in referent.forms]
        return sorted(entries, key=lambda entry: -len(entry[0]))

    def with_shift(self) -> "Vault":
        """Return a vault that has an offset for dates, drawn now if there was none."""
        if self.shift_weeks is not None:
            return self
        return replace(self, shift_weeks=drawn_weeks())

    def to_bytes(self) -> bytes:
        return self._written(FORMAT)

    def _written(self, form: str) -> bytes:
        keys = _FORMER_KEYS if form == FORMER else _KEYS
        value = {
            "format": form,
            "version": self.version,
            "counters": dict(self.counters),
            "shift_weeks": self.shift_weeks,
            "referents": [
                {"id": r.id, "kind": str(r.kind), "forms": list(r.forms)} | {key: getattr(r, key) for key in keys}
                for r in self.referents
            ],
        }
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Vault":
        """Read what ``to_bytes`` wrote, now or before; anything else raises DamagedError, without quoting it."""
        form = FORMAT
        try:
            value = json.loads(data)
            form = value["format"]
            if form not in (FORMAT, FORMER):
                raise ValueError("format")
            keys = _FORMER_KEYS if form == FORMER else _KEYS
            vault = cls(
                version=value["version"],
                referents=tuple(
                    Referent(r["id"], EntityType(r["kind"]), tuple(r["forms"]), **{key: r[key] for key in keys})
                    for r in value["referents"]
                ),
                counters=value["counters"],
                shift_weeks=value["shift_weeks"],
            )
        except (ValueError, KeyError, TypeError):
            vault = None
        if vault is None or vault._written(form) != data:
            raise DamagedError(
                N_("The vault does not keep its format ({expected}): restore the archive from a copy."),
                expected=FORMAT,
            )
        return vault


class VaultStore(Protocol):
    """Where the vaults of workshops are kept; storage implements it."""

    def load(self, workshop: str) -> Vault: ...

    def store(self, workshop: str, vault: Vault) -> None:
        """Keep ``vault``; ConflictError if the stored version is not ``vault.version - 1``."""
        ...


def known_from(dossier: Dossier | None, vault: Vault) -> list[KnownReferent]:
    """Return what must be matched by force: the dossier's people and names, then the vault's referents."""
    known: list[KnownReferent] = []
    for person in dossier.participants if dossier else ():
        known.append(
            KnownReferent(
                None,
                EntityType.PERSON,
                (person.name, *person.also),
                is_participant=True,
                function=function_of(person.role),
            )
        )
    for item in dossier.known if dossier else ():
        if item.kind in NAMED and item.forms:
            known.append(KnownReferent(None, item.kind, item.forms, item.pseudonym))
    known += [KnownReferent(r.id, r.kind, r.forms, r.pseudonym) for r in vault.referents]
    return known


def function_of(role: str) -> str | None:
    """Return the stem of a code for a participant's role: "éducatrice PJJ" gives "Éducatrice"."""
    first = role.strip().split(" ")[0].split(",")[0]
    if not first.isalpha() or len(fold(first)) < 3:
        return None
    return first if first.isupper() else first[0].upper() + first[1:].lower()
