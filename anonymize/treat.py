"""Treatment: the transcript of one session as one audience may read it.

Rules of the module:
1. Treated text is a function of the verbatim, the draft, the vault and the profile; nothing is drawn here.
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
from dataclasses import dataclass

from anonymize.ages import band
from anonymize.dates import shift
from anonymize.folding import fold
from anonymize.forms import Forms
from anonymize.grammar import Replacement, join
from anonymize.guard import MASK, protect, watched
from anonymize.pseudonyms import article_gender, general_term
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
_ROUNDS = 8


@dataclass(frozen=True)
class _Piece:
    """A stretch of a turn to be replaced."""

    start: int
    end: int
    replacement: Replacement


def treat(
    transcript: Transcript, draft: Draft, vault: Vault, profile: Profile, speakers: Mapping[str, str]
) -> TreatedTranscript:
    """Return ``transcript`` treated for the audience of ``profile``.

    ``speakers`` maps speaker labels to what the audience reads; a label without an entry is shown as is.
    """
    referents = {referent.id: referent for referent in vault.referents}
    forms = Forms(watched(vault, profile))
    turns: list[TreatedTurn] = []
    for index, turn in enumerate(transcript.turns):
        text = turn.text.reveal()
        spans = [span for span in draft.spans if span.turn == index]
        pieces = _pieces(text, spans, referents, forms, vault, profile)
        treated = _mask_rest(_compose(text, pieces), forms, vault)
        turns.append(TreatedTurn(speakers.get(turn.speaker, turn.speaker), turn.start, turn.end, TreatedText(treated)))
    return TreatedTranscript(str(profile.audience), tuple(turns))


def _pieces(
    text: str,
    spans: Sequence[Span],
    referents: Mapping[str, Referent],
    forms: Forms,
    vault: Vault,
    profile: Profile,
) -> list[_Piece]:
    """Return what to replace in one turn, sorted and not overlapping."""
    pieces: list[_Piece] = []
    for span in spans:
        replacement = _of_span(text[span.start : span.end], span, referents, vault, profile)
        if replacement is not None:
            pieces.append(_Piece(span.start, span.end, replacement))
    for found in forms.find(text):
        if any(found.start < piece.end and found.end > piece.start for piece in pieces):
            continue
        referent = referents[found.referent]
        replacement = _replacement(text[found.start : found.end], referent.kind, referent, vault, profile)
        if replacement is not None:
            pieces.append(_Piece(found.start, found.end, replacement))
    return sorted(pieces, key=lambda piece: piece.start)


def becomes(surface: str, span: Span, vault: Vault, profile: Profile) -> str:
    """Return what an audience reads in place of one mention, its own words if they are kept."""
    replacement = _of_span(surface, span, {referent.id: referent for referent in vault.referents}, vault, profile)
    return surface if replacement is None else replacement.text


def _of_span(
    surface: str, span: Span, referents: Mapping[str, Referent], vault: Vault, profile: Profile
) -> Replacement | None:
    """Return what takes the place of a span; a residual one that joined no referent is masked."""
    referent = referents.get(span.cluster) if span.cluster else None
    if span.tier is Tier.RESIDUAL and referent is None:
        return Replacement(MASK, bracketed=True)
    return _replacement(surface, span.label, referent, vault, profile)


def _replacement(
    surface: str, label: EntityType, referent: Referent | None, vault: Vault, profile: Profile
) -> Replacement | None:
    """Return what takes the place of a mention, or None if it stays."""
    operator = profile.operators[label]
    if operator is Operator.KEEP:
        return None
    if label in NAMED and referent is not None:
        if operator is Operator.PSEUDONYMIZE:
            return Replacement(referent.pseudonym, gender=article_gender(referent.pseudonym))
        if operator is Operator.GENERALIZE:
            return Replacement(general_term(referent.pseudonym, label))
    elif operator is Operator.GENERALIZE and label in _GENERAL:
        return Replacement(_GENERAL[label])
    if label is EntityType.AGE and operator is Operator.GENERALIZE:
        found = band(surface)
        if found is not None:
            return Replacement(found, bracketed=True)
    if label is EntityType.DATE and operator is Operator.SHIFT and vault.shift_weeks is not None:
        moved = shift(surface, vault.shift_weeks)
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
        noun = re.sub(r"^(?:un|une) | \d+$", "", piece.replacement.text)
        if piece.replacement.gender is not None or piece.replacement.general:
            # "centre social Les Amandiers" gives "Centre social 1", not the noun twice.
            fresh = re.sub(rf"(?<![^\W_]){re.escape(noun)}\s+$", "", fresh, flags=re.IGNORECASE)
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
