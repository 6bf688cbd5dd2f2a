"""The egress guard on text: the last automatic look before anything leaves.

Rules of the module:
1. It looks for every form of the vault whose type the profile does not keep, by the one rule of
   anonymize/forms.py: any case, accents, spacing and hyphenation, spelled letter by letter, or by sound.
2. The workshop's own pseudonyms and masks are never hits.
3. With a detector, phones, addresses and identification numbers that the profile does not keep are hits
   too, vault or not.
4. A hit says where, never what.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anonymize.designations import own_names
from anonymize.forms import Forms
from anonymize.vault import Vault
from vocabulary.choices import EntityType, Operator, Tier
from vocabulary.errors import WithheldError
from vocabulary.messages import N_
from vocabulary.profile import Profile

if TYPE_CHECKING:
    from anonymize.detect import Detector

MASK = "[…]"
_BRACKETED = re.compile(r"\[(?:…|[a-zâéè]{3,12})\]")
_BLANK = "\x00"
_NUMBERED = frozenset({EntityType.CONTACT, EntityType.ID})


@dataclass(frozen=True, order=True)
class Hit:
    """Something that must not leave: the key of its text, half-open offsets, the reason, and the id of
    the referent if the vault knows it."""

    where: str
    start: int
    end: int
    reason: str
    referent: str | None = None


def watched(vault: Vault, profile: Profile) -> list[tuple[str, str, EntityType]]:
    """Return the vault's forms (form, referent, kind) whose type ``profile`` does not keep."""
    return [entry for entry in vault.forms() if profile.operators[entry[2]] is not Operator.KEEP]


def protect(text: str, vault: Vault) -> str:
    """Return ``text`` with the workshop's own pseudonyms and masks blanked, offsets unchanged."""
    pseudonyms = sorted(own_names(vault.referents), key=len, reverse=True)
    if pseudonyms:
        own = re.compile("|".join(rf"(?<![^\W_]){_spread(name)}(?![^\W_])" for name in pseudonyms))
        text = own.sub(lambda match: _BLANK * len(match[0]), text)
    return _BRACKETED.sub(lambda match: _BLANK * len(match[0]), text)


def _spread(name: str) -> str:
    """Return the pattern of a pseudonym, whose words may stand on two lines."""
    return r"\s+".join(re.escape(word) for word in name.split())


def search(texts: Mapping[str, str], vault: Vault, profile: Profile, detector: "Detector | None") -> list[Hit]:
    """Return what must not leave in ``texts`` (place -> text), sorted; an empty list lets them leave."""
    forms = Forms(watched(vault, profile))
    clean = {where: protect(text, vault) for where, text in texts.items()}
    hits = [
        Hit(where, found.start, found.end, found.how, found.referent)
        for where, text in clean.items()
        for found in forms.find(text)
    ]
    if detector is not None:
        hits += _numbers(clean, profile, detector)
    return sorted(hits, key=lambda hit: (hit.where, hit.start, hit.end))


def _numbers(texts: Mapping[str, str], profile: Profile, detector: "Detector") -> list[Hit]:
    """Return the contacts and numbers of ``texts`` that the profile does not keep, detected in one pass."""
    lines: list[str] = []
    origins: list[tuple[str, int]] = []
    for where, text in texts.items():
        start = 0
        for line in text.split("\n"):
            lines.append(line)
            origins.append((where, start))
            start += len(line) + 1
    hits = []
    for span in detector.detect(lines):
        counts = span.label in _NUMBERED and span.tier is Tier.SURE and span.score >= 0.7
        if counts and profile.operators[span.label] is not Operator.KEEP:
            where, start = origins[span.turn]
            hits.append(Hit(where, start + span.start, start + span.end, str(span.label).lower()))
    return hits


def check_can_leave(texts: Mapping[str, str], vault: Vault, profile: Profile, detector: "Detector | None") -> None:
    """Raise WithheldError if anything in ``texts`` must not leave."""
    hits = search(texts, vault, profile, detector)
    if hits:
        places = ", ".join(sorted({hit.where for hit in hits})[:5])
        raise WithheldError(
            N_("The egress guard withholds the text: {count} passages name someone or something ({places}). "
               "Correct them in the review, then clear and release again."),
            count=len(hits), places=places, place=places,
        )  # fmt: skip
