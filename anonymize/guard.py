"""The egress guard on text: the last automatic look before anything leaves.

Rules of the module:
1. It looks for every form of the vault whose type the profile does not keep, by the one rule of
   anonymize/forms.py: any case, accents, spacing and hyphenation, spelled letter by letter, or by sound.
2. The workshop's own pseudonyms and masks are never hits.
3. With a detector, at its widest, these are hits too, vault or not: phones, addresses and identification numbers; and
   what is surely the name of a person, a place or an institution, with a word that is no ordinary French word. Always
   only what the profile does not keep.
4. What the detector only suspects, and names made of ordinary words alone ("Attends", "collège le mardi"), are
   warnings: whoever releases is told how many, and nothing is withheld.
5. What people freed is not looked at, at that very place; the same word anywhere else is a hit.
6. A hit says where, never what.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from anonymize.forms import Forms
from anonymize.french.folding import tokens
from anonymize.french.lexicon import lexicon
from anonymize.treatment.designations import own_names
from anonymize.vault import Referent, Vault
from vocabulary.choices import NAMED, EntityType, Operator, Tier
from vocabulary.errors import WithheldError
from vocabulary.messages import N_
from vocabulary.profile import Profile
from vocabulary.span import Span
from vocabulary.text import HIDDEN

if TYPE_CHECKING:
    from anonymize.detect import Detector

MASK = "[…]"
_BRACKETED = re.compile(r"\[(?:…|[a-zâéè]{3,12})\]")
_BLANK = "\x00"
_WORD = re.compile(r"[^\W_]+")
_NUMBERED = frozenset({EntityType.CONTACT, EntityType.ID})
_SUSPECT = frozenset({*NAMED, EntityType.QUASI})


@dataclass(frozen=True, order=True)
class Hit:
    """Something that must not leave: the key of its text, half-open offsets, the reason, and the id of
    the referent if the vault knows it."""

    where: str
    start: int
    end: int
    reason: str
    referent: str | None = None


@dataclass(frozen=True)
class Found:
    """What the guard found: ``hits`` withhold the text, ``warnings`` are told to whoever releases it. Both sorted."""

    hits: tuple[Hit, ...]
    warnings: tuple[Hit, ...] = ()


def watched(vault: Vault, profile: Profile) -> list[tuple[str, str, EntityType]]:
    """Return the vault's forms (form, referent, kind) whose type ``profile`` does not keep."""
    return [entry for entry in vault.forms() if profile.operators[entry[2]] is not Operator.KEEP]


def protect(text: str, vault: Vault) -> str:
    """Return ``text`` with the workshop's own pseudonyms and masks blanked, offsets unchanged.

    A pseudonym counts letter for letter, between signs that are no letters; its words may stand on two lines.
    """
    own = _own(_Known(vault.referents))
    kept, position = [], 0
    for start, end in own.find(text):
        kept += [text[position:start], _BLANK * (end - start)]
        position = end
    text = "".join([*kept, text[position:]])
    return _BRACKETED.sub(lambda match: _BLANK * len(match[0]), text)


class _Known:
    """The referents of one vault, told apart from another's by being the same tuple: comparing names would cost more
    than searching."""

    def __init__(self, referents: tuple[Referent, ...]) -> None:
        self.referents = referents

    def __hash__(self) -> int:
        return id(self.referents)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.referents is self.referents


class _Own:
    """The pseudonyms of a workshop by their words, so that thousands cost no more than ten."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = frozenset(" ".join(name.split()) for name in names)
        self._lengths: dict[str, set[int]] = {}
        signed: list[str] = []
        for name in self._names:
            words = _WORD.findall(name)
            if words and name.startswith(words[0]) and name.endswith(words[-1]):
                self._lengths.setdefault(words[0], set()).add(len(words))
            elif name:
                signed.append(r"\s+".join(map(re.escape, name.split())))
        joined = "|".join(sorted(signed, key=len, reverse=True))
        self._signed = re.compile(rf"(?<![^\W_])(?:{joined})(?![^\W_])") if joined else None

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the half-open offsets of each, in order, the longest at every place."""
        position = 0
        for signed in self._signed.finditer(text) if self._signed is not None else ():
            yield from self._plain(text, position, signed.start())
            yield signed.span()
            position = signed.end()
        yield from self._plain(text, position, len(text))

    def _plain(self, text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the pseudonyms made of words alone, in a part of ``text``."""
        words = list(_WORD.finditer(text, begin, end))
        after = 0
        for index, word in enumerate(words):
            for count in sorted(self._lengths.get(word[0], ()), reverse=True):
                last = index + count - 1
                if word.start() < after or last >= len(words):
                    continue
                if " ".join(text[word.start() : words[last].end()].split()) in self._names:
                    after = words[last].end()
                    yield word.start(), after
                    break


@lru_cache(maxsize=4)
def _own(known: _Known) -> _Own:
    return _Own(own_names(known.referents))


def without_freed(texts: Mapping[str, str], hidden: Mapping[str, str]) -> dict[str, str]:
    """Return ``texts`` (place -> text) with the characters blanked that ``hidden`` hides at the same place.

    ``hidden`` was read out of the same file with what people freed hidden. A text that is not, character for
    character, the same as its twin is searched as it stands: nothing of it counts as freed.
    """
    return {place: _blanked(text, hidden.get(place, "")) for place, text in texts.items()}


def _blanked(text: str, twin: str) -> str:
    if len(text) != len(twin) or any(a not in (b, HIDDEN) for b, a in zip(text, twin, strict=True)):
        return text
    return twin.replace(HIDDEN, _BLANK)


def search(texts: Mapping[str, str], vault: Vault, profile: Profile, detector: "Detector | None") -> list[Hit]:
    """Return what must not leave in ``texts`` (place -> text), sorted; an empty list lets them leave."""
    return list(look(texts, vault, profile, detector).hits)


def look(texts: Mapping[str, str], vault: Vault, profile: Profile, detector: "Detector | None") -> Found:
    """Return what must not leave in ``texts`` (place -> text), and what is only suspected there."""
    forms = Forms(watched(vault, profile))
    clean = {where: protect(text, vault) for where, text in texts.items()}
    hits = {
        Hit(where, found.start, found.end, found.how, found.referent)
        for where, text in clean.items()
        for found in forms.find(text)
    }
    warnings: set[Hit] = set()
    if detector is not None:
        for where, start, span, surface in _detected(clean, detector):
            sure, suspected = _weighed(span, surface, profile)
            hit = Hit(where, start + span.start, start + span.end, str(span.label).lower())
            if sure:
                hits.add(hit)
            elif suspected:
                warnings.add(hit)
    return Found(tuple(sorted(hits, key=_place)), tuple(sorted(warnings, key=_place)))


def _place(hit: Hit) -> tuple[str, int, int, str]:
    return hit.where, hit.start, hit.end, hit.reason


def _detected(texts: Mapping[str, str], detector: "Detector") -> list[tuple[str, int, Span, str]]:
    """Return what is detected in ``texts``, in one pass: place, start of the line, span in it, surface."""
    lines: list[str] = []
    origins: list[tuple[str, int]] = []
    for where, text in texts.items():
        start = 0
        for line in text.split("\n"):
            lines.append(line)
            origins.append((where, start))
            start += len(line) + 1
    return [(*origins[span.turn], span, lines[span.turn][span.start : span.end]) for span in detector.detect(lines)]


def _weighed(span: Span, surface: str, profile: Profile) -> tuple[bool, bool]:
    """Return whether a detected span withholds the text, and whether it is at least suspect (rules 3 and 4)."""
    if profile.operators[span.label] is Operator.KEEP:
        return False, False
    if span.label in _NUMBERED:
        return span.tier is Tier.SURE and span.score >= 0.7, False
    if span.label not in _SUSPECT:
        return False, False
    ordinary = lexicon().ordinary
    telling = any(len(token.folded) > 2 and not ordinary(token.folded) for token in tokens(surface))
    return span.label in NAMED and span.tier is Tier.SURE and telling, True


def check_can_leave(texts: Mapping[str, str], vault: Vault, profile: Profile, detector: "Detector | None") -> None:
    """Raise WithheldError if anything in ``texts`` must not leave."""
    withhold(look(texts, vault, profile, detector).hits)


def withhold(hits: Sequence[Hit]) -> None:
    """Raise WithheldError if there is any hit: it says where, and how to be shown what."""
    if hits:
        places = ", ".join(sorted({hit.where for hit in hits})[:5])
        raise WithheldError(
            N_("The egress guard withholds the text: {count} passages name someone or something ({places}). "
               "Correct them in the review, then clear and release again."),
            count=len(hits), places=places, place=places,
        )  # fmt: skip
