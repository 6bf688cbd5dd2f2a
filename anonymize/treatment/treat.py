"""Treatment: the transcript of one session as one audience may read it.

Rules of the module:
1. Treated text is a function of the verbatim, the draft, the vault and the profile; nothing is drawn here.
   What stands for whom is decided in designations.py, how far a date moves in offsets.py.
2. Every span gets its type's operator. A residual span is masked "[…]", unless the vault knows it.
3. Every occurrence of a vault form that no span covers is treated like a span of its type (the rule of
   anonymize/forms.py, which the egress guard shares), unless the profile keeps the type.
4. What the guard would still find in the result is masked "[…]": the guard and treatment cannot disagree.
5. What an operator cannot do to a type is done more strictly: masked.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from anonymize.forms import Forms
from anonymize.french.ages import band
from anonymize.french.dates import generalize, shift
from anonymize.french.folding import fold
from anonymize.french.grammar import Replacement, join
from anonymize.guard import MASK, protect, watched
from anonymize.naming.general import general_of
from anonymize.naming.pseudonyms import article_gender
from anonymize.treatment.offsets import offsets_of
from anonymize.vault import Referent, Vault
from vocabulary.choices import NAMED, EntityType, Operator, Tier
from vocabulary.draft import Draft
from vocabulary.profile import Profile
from vocabulary.span import Span
from vocabulary.text import TreatedText
from vocabulary.transcript import Transcript, TreatedTranscript, TreatedTurn

FORMAT = "huisclos-treated/1"

_MASKS = {
    EntityType.YOUTH: "[nom]", EntityType.PERSON: "[nom]", EntityType.PLACE: "[lieu]",
    EntityType.INSTITUTION: "[institution]", EntityType.DATE: "[date]", EntityType.AGE: "[âge]",
    EntityType.CONTACT: "[contact]", EntityType.ID: "[numéro]", EntityType.QUASI: "[détail]",
}  # fmt: skip
_GENERAL = {EntityType.PLACE: "un lieu", EntityType.INSTITUTION: "une institution",
            EntityType.YOUTH: "un jeune", EntityType.PERSON: "une personne"}  # fmt: skip
_LINK = r"(?:(?:de la|des|du|de)\s+|de l['’]\s*|d['’]\s*)?(?:(?:le|la|les)\s+|l['’]\s*)?"
_LONE = frozenset({"lieu", "jeune", "personne", "professionnel", "professionnelle"})
"""Nouns that no name is linked to: "au lieu de Malpassé" says something else."""
_ROUNDS = 8
_CODES: Mapping[str, str] = MappingProxyType({})
"""No name instead of any code."""


@dataclass(frozen=True)
class _Piece:
    """A stretch of a turn to be replaced."""

    start: int
    end: int
    replacement: Replacement


@dataclass(frozen=True)
class _Treatment:
    """All that treatment looks at beside the text: the rules of one audience, and the referents."""

    profile: Profile
    referents: Mapping[str, Referent]
    names: Mapping[str, str]
    weeks: Mapping[tuple[int, int], int]


def treat(
    transcript: Transcript,
    draft: Draft,
    vault: Vault,
    profile: Profile,
    speakers: Mapping[str, str],
    names: Mapping[str, str] = _CODES,
    weeks: Mapping[tuple[int, int], int] | None = None,
) -> TreatedTranscript:
    """Return ``transcript`` treated for the audience of ``profile``.

    ``speakers`` maps speaker labels to what the audience reads; a label without an entry is shown as is. ``names``
    maps ids of referents to what stands for them instead of their code. ``weeks`` are the offsets of dates
    (anonymize/treatment/offsets.py); those of the draft's own spans if nothing is given.
    """
    treatment = _treatment(draft.spans, vault, profile, names, weeks)
    forms = Forms(watched(vault, profile))
    turns: list[TreatedTurn] = []
    for index, turn in enumerate(transcript.turns):
        text = turn.text.reveal()
        spans = [span for span in draft.spans if span.turn == index]
        pieces = _pieces(text, spans, forms, treatment)
        treated = _mask_rest(_compose(text, pieces), forms, vault)
        turns.append(TreatedTurn(speakers.get(turn.speaker, turn.speaker), turn.start, turn.end, TreatedText(treated)))
    return TreatedTranscript(str(profile.audience), tuple(turns))


def _treatment(
    spans: Sequence[Span],
    vault: Vault,
    profile: Profile,
    names: Mapping[str, str],
    weeks: Mapping[tuple[int, int], int] | None = None,
) -> _Treatment:
    referents = {referent.id: referent for referent in vault.referents}
    return _Treatment(profile, referents, names, offsets_of(spans, vault) if weeks is None else weeks)


def _pieces(text: str, spans: Sequence[Span], forms: Forms, treatment: _Treatment) -> list[_Piece]:
    """Return what to replace in one turn, sorted and not overlapping."""
    pieces: list[_Piece] = []
    for span in spans:
        replacement = _of_span(text[span.start : span.end], span, treatment)
        if replacement is not None:
            pieces.append(_Piece(span.start, span.end, replacement))
    for found in forms.find(text):
        if any(found.start < piece.end and found.end > piece.start for piece in pieces):
            continue
        referent = treatment.referents[found.referent]
        replacement = _replacement(text[found.start : found.end], referent.kind, referent, treatment)
        if replacement is not None:
            pieces.append(_Piece(found.start, found.end, replacement))
    return sorted(pieces, key=lambda piece: piece.start)


def becomes(
    surface: str,
    span: Span,
    vault: Vault,
    profile: Profile,
    names: Mapping[str, str] = _CODES,
    weeks: int | None = None,
) -> str:
    """Return what an audience reads in place of one mention, its own words if they are kept.

    ``names`` are those of ``treat``; ``weeks`` is the offset of a date, the workshop's own if nothing is said.
    """
    treatment = _treatment((span,), vault, profile, names)
    if weeks is not None:
        treatment = replace(treatment, weeks={(span.turn, span.start): weeks})
    replacement = _of_span(surface, span, treatment)
    return surface if replacement is None else replacement.text


def _of_span(surface: str, span: Span, treatment: _Treatment) -> Replacement | None:
    """Return what takes the place of a span; a residual one that joined no referent is masked."""
    referent = treatment.referents.get(span.cluster) if span.cluster else None
    if span.tier is Tier.RESIDUAL and referent is None:
        return Replacement(MASK, bracketed=True)
    return _replacement(surface, span.label, referent, treatment, treatment.weeks.get((span.turn, span.start)))


def _replacement(
    surface: str, label: EntityType, referent: Referent | None, treatment: _Treatment, weeks: int | None = None
) -> Replacement | None:
    """Return what takes the place of a mention, or None if it stays. ``weeks``: by which a date moves."""
    operator = treatment.profile.operators[label]
    if operator is Operator.KEEP:
        return None
    if label in NAMED and referent is not None:
        name = treatment.names.get(referent.id, referent.pseudonym)
        if operator is Operator.PSEUDONYMIZE:
            return Replacement(name, gender=article_gender(name))
        if operator is Operator.GENERALIZE:
            return Replacement(general_of(referent, name), inside=label is EntityType.PLACE)
    elif operator is Operator.GENERALIZE and label in _GENERAL:
        return Replacement(_GENERAL[label])
    if label is EntityType.AGE and operator is Operator.GENERALIZE:
        found = band(surface)
        if found is not None:
            return Replacement(found, bracketed=True)
    if label is EntityType.DATE and operator is Operator.GENERALIZE:
        when = generalize(surface)
        if when is not None:
            return Replacement(when[0], noun=when[1])
    if label is EntityType.DATE and operator is Operator.SHIFT and weeks is not None:
        moved = shift(surface, weeks)
        if moved is not None:
            return Replacement(moved, bracketed=True)
    return Replacement(_mask(surface, label), bracketed=True)


def _mask(surface: str, label: EntityType) -> str:
    if label is EntityType.CONTACT:
        if "@" in surface.strip("@") or "arobase" in fold(surface) or "arrobase" in fold(surface):
            return "[courriel]"
        digits = sum(char.isdigit() for char in surface)
        if digits >= 8 or re.match(r"(?:zero|0)\b", fold(surface)):
            return "[téléphone]"
    return _MASKS[label]


def _compose(text: str, pieces: Sequence[_Piece]) -> str:
    written, position = "", 0
    for piece in pieces:
        if piece.start < position:
            continue
        fresh = text[position : piece.start]
        if piece.replacement.gender is not None or piece.replacement.general:
            # "centre social Les Amandiers" gives "Centre social 1", "cité des Genêts" "une cité", not the noun twice.
            words = re.sub(r"^(?:un|une) | \d+$", "", piece.replacement.text).split()
            nouns = "|".join(re.escape(" ".join(words[:size])) for size in range(len(words), 0, -1))
            link = "" if words[0] in _LONE else _LINK
            fresh = re.sub(rf"(?<![^\W_])(?:{nouns})\s+{link}$", "", fresh, flags=re.IGNORECASE)
        written += join(fresh, piece.replacement)
        position = piece.end
    return written + text[position:]


def _mask_rest(text: str, forms: Forms, vault: Vault) -> str:
    """Mask what the guard would still find, as when two pieces come to stand side by side."""
    for _ in range(_ROUNDS):
        left = forms.find(protect(text, vault))
        if not left:
            break
        for found in reversed(left):
            text = join(text[: found.start], Replacement(MASK, bracketed=True)) + text[found.end :]
    return text


def content_digest(treated: TreatedTranscript, salt: str) -> str:
    """Return the SHA-256 (hex) of the canonical treated transcript under ``salt`` (hex or any text).

    The salt lies in the sealed object and dies with it, so that the digest says nothing once it is gone.
    """
    value = {
        "format": FORMAT,
        "audience": treated.audience,
        "turns": [[turn.speaker, turn.start, turn.end, turn.text.reveal()] for turn in treated.turns],
    }
    canonical = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{salt}\n{canonical}".encode()).hexdigest()
