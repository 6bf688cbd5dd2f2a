"""Corrections of a transcript: the names of dossier and vault that were heard as something else.

Rules of the module:
- The verbatim is read, never changed; what is found says where in it (vocabulary/corrections.py).
- What is not applied stays masked until a person decides, whatever detection makes of it, and is linked to nobody: a
  misheard name still identifies, and is no person of its own. Neither is the vault taught it.
- What a correction put in and detection does not know is masked too, and what it knows by half is masked whole.
- The same transcript, dossier and vault give the same corrections.
"""

from collections.abc import Collection, Iterable, Sequence

from anonymize.forms import Forms
from anonymize.freeing import MISHEARD_YOUTH, surely_a_youths
from anonymize.french.folding import squash, tokens
from anonymize.french.lexicon import lexicon
from anonymize.hearing.search import Meant, search
from anonymize.hearing.targets import Index, targets_of
from anonymize.hearing.words import Heard, read_turn
from anonymize.vault import KnownReferent
from vocabulary.choices import EntityType, Hearing, Tier
from vocabulary.corrections import Correction
from vocabulary.span import Span, Stretch
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Transcript

MISHEARD = "misheard"
"""The reason of a span that a correction asks for."""


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


Mark = tuple[Stretch, Correction]
"""A correction, and where it stands in the text that is detected; two marks if a turn was parted there."""


def undecided(spans: Sequence[Span], marks: Sequence[Mark]) -> tuple[list[Span], list[Span]]:
    """Part what was detected in the corrected text: what may be linked, and one residual span, over all that it meets,
    for each correction that is not applied. What nobody has decided is nobody yet."""
    linked, masks = list(spans), list[Span]()
    for at, one in ((at, one) for at, one in marks if not one.applied):
        met = [span for span in (*linked, *masks) if span.turn == at.turn and at.meets(span.start, span.end)]
        linked = [span for span in linked if span not in met]
        masks = [span for span in masks if span not in met]
        masks.append(_over(at, met, one.label, one.score))
    return linked, masks


def whole(texts: Sequence[str], spans: Sequence[Span], marks: Sequence[Mark]) -> list[Span]:
    """Return ``spans`` with every form that a correction put in covered as a whole: what found half of it leaves the
    other half to be read.

    A form that spans do not cover becomes one residual span, over all that it meets; it stays linked where one span
    alone meets it. Where none does, a form of ordinary words that no person wrote is left to detection.
    """
    found = list(spans)
    for at, one in ((at, one) for at, one in marks if one.applied):
        met = [span for span in found if span.turn == at.turn and at.meets(span.start, span.end)]
        form = texts[at.turn][at.start : at.end]
        if _covered(form, at, met) or not (met or one.reason is Hearing.TYPED or _is_telling(form)):
            continue
        label, cluster = (met[0].label, met[0].cluster) if len(met) == 1 else (one.label, None)
        found = [*(span for span in found if span not in met), _over(at, met, label, one.score, cluster)]
    return found


def _over(at: Stretch, met: Sequence[Span], label: EntityType, score: float, cluster: str | None = None) -> Span:
    """One residual span over a place and all that it meets; what was surely a youth's is said to be one's."""
    start, end = min([at.start, *(span.start for span in met)]), max([at.end, *(span.end for span in met)])
    reason, label = (MISHEARD_YOUTH, EntityType.YOUTH) if any(map(surely_a_youths, met)) else (MISHEARD, label)
    return Span(at.turn, start, end, label, Tier.RESIDUAL, score, (reason,), cluster)


def _covered(form: str, at: Stretch, spans: Sequence[Span]) -> bool:
    """Whether every word of a form lies in a span."""
    return all(
        any(span.start <= at.start + token.start and at.start + token.end <= span.end for span in spans)
        for token in tokens(form)
    )


def _is_telling(form: str) -> bool:
    words = lexicon()
    return any(not words.ordinary(token.folded) for token in tokens(form))
