"""Corrections of a transcript: the names of dossier and vault that were heard as something else.

Rules of the module:
- The verbatim is read, never changed; what is found says where in it (vocabulary/corrections.py).
- What is not applied stays masked until a person decides, whatever detection makes of it: a misheard name still
  identifies. So does what a correction put in and detection does not know.
- The same transcript, dossier and vault give the same corrections.
"""

from collections.abc import Collection, Iterable, Sequence

from anonymize.folding import squash, tokens
from anonymize.forms import PEOPLE, Forms
from anonymize.hearing.search import Meant, search
from anonymize.hearing.targets import Index, targets_of
from anonymize.hearing.words import Heard, read_turn
from anonymize.lexicon import lexicon
from anonymize.vault import KnownReferent
from vocabulary.choices import NAMED, EntityType, Tier
from vocabulary.corrections import Correction, placed
from vocabulary.span import Span, Stretch
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Transcript

MISHEARD = "misheard"
"""The reason of a span that nothing but a correction asks for."""


def find_corrections(
    transcript: Transcript, known: Sequence[KnownReferent], told: Collection[str] = ()
) -> tuple[Correction, ...]:
    """Return the corrections of a verbatim, in order.

    ``known`` is what the dossier (no id) and the vault know; ``told`` are the letters of forms that dossiers of other
    sessions of the workshop gave.
    """
    words = lexicon()
    targets = targets_of(known, told, words)
    if not targets:
        return ()
    index = Index(targets)
    right = Forms(sorted(_right(known, told), key=lambda entry: -len(entry[0])))
    return tuple(
        _correction(number, text, heard, meant)
        for number, turn in enumerate(transcript.turns)
        for text, heard in [(turn.text.reveal(), read_turn(turn, right, words))]
        for meant in search(text, heard, index)
    )


def _correction(turn: int, text: str, heard: Sequence[Heard], meant: Meant) -> Correction:
    start, end = heard[meant.first].start, heard[meant.last].end
    return Correction(
        stretch=Stretch(turn, start, end),
        heard=IdentifiedText(text[start:end]),
        form=IdentifiedText(meant.target.spelling),
        label=meant.target.label,
        reason=meant.reason,
        score=round(max(0.0, min(1.0, meant.likeness)), 2),
        certain=meant.certain,
    )


def _right(known: Sequence[KnownReferent], told: Collection[str]) -> Iterable[tuple[str, str, EntityType]]:
    """Return the forms that no correction touches: those some dossier gives."""
    for number, referent in enumerate(known):
        for form in referent.forms:
            if referent.id is None or squash(form) in told:
                yield form, str(number), referent.kind


def masked(transcript: Transcript, spans: Sequence[Span], corrections: Sequence[Correction]) -> list[Span]:
    """Return ``spans`` with what must stay masked; transcript and spans are of the corrected text.

    A span of a name of the same kind stands, and covers what it covers; any other gives way.
    """
    result = list(spans)
    for one in corrections:
        at = placed(one, corrections)
        met = [span for span in result if span.turn == at.turn and at.meets(span.start, span.end)]
        if one.applied:
            if met or not _is_telling(one.form.reveal()):
                continue
            kept: list[Span] = []
        else:
            kept = [span for span in met if _stands(span, one.label)]
            gone = [span for span in met if span not in kept]
            result = [span for span in result if span not in gone]
            at = Stretch(
                at.turn, min([at.start, *(span.start for span in gone)]), max([at.end, *(span.end for span in gone)])
            )
        result += _uncovered(transcript.turns[at.turn].text.reveal(), at, kept, one)
    return sorted(result)


def _stands(span: Span, label: EntityType) -> bool:
    if span.label not in NAMED:
        return False
    return span.label is label or (span.label in PEOPLE and label in PEOPLE)


def _uncovered(text: str, at: Stretch, kept: Sequence[Span], one: Correction) -> Iterable[Span]:
    """Yield residual spans over the words of a stretch that no span covers."""
    start = at.start
    for span in [*sorted(kept), None]:
        end = at.end if span is None else min(span.start, at.end)
        inside = tokens(text[start:end]) if start < end else []
        if inside:
            yield Span(
                at.turn,
                start + inside[0].start,
                start + inside[-1].end,
                one.label,
                Tier.RESIDUAL,
                one.score,
                (MISHEARD,),
            )
        start = max(start, span.end) if span is not None else start


def _is_telling(form: str) -> bool:
    words = lexicon()
    return any(not words.ordinary(token.folded) for token in tokens(form))
