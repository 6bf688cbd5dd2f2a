"""What people decided stands when a draft is made anew, wherever what they decided of is still the same.

Rules of the module:
- A form that a person took stays, and a passage left as it was heard is not corrected again; another form for it is
  only proposed. Both hold as long as the verbatim says the same at that place.
- A passage freed or masked stays so where the corrected text says the same, letter for letter; a decision on what
  has become another text is dropped, so that the passage is masked until somebody decides anew.
"""

from collections.abc import Sequence
from dataclasses import replace

from anonymize.french.folding import squash
from vocabulary.corrections import Correction, corrected, corrected_at, fits, heard_at
from vocabulary.draft import Decision, Draft
from vocabulary.span import Stretch
from vocabulary.transcript import Transcript


def with_rulings(
    found: Sequence[Correction], earlier: Sequence[Correction], verbatim: Transcript
) -> tuple[Correction, ...]:
    """Return ``found`` with what people ruled of ``earlier``, where the verbatim still says the same."""
    turns = verbatim.turns
    ruled = [
        one
        for one in earlier
        if one.ruling is not None and one.stretch.turn < len(turns) and fits(one, turns[one.stretch.turn])
    ]
    kept: list[Correction] = []
    replaced: set[Stretch] = set()
    for one in found:
        met = [other for other in ruled if _overlap(one, other)]
        if not met:
            kept.append(one)
        elif not any(other.applied or _same(one, other) for other in met):
            kept.append(replace(one, certain=False))
            replaced |= {other.stretch for other in met}
    kept += [one for one in ruled if one.stretch not in replaced]
    return tuple(sorted(kept, key=lambda one: one.stretch))


def _overlap(one: Correction, other: Correction) -> bool:
    return one.stretch.turn == other.stretch.turn and one.stretch.meets(other.stretch.start, other.stretch.end)


def _same(one: Correction, other: Correction) -> bool:
    return squash(one.form.reveal()) == squash(other.form.reveal())


def kept_decisions(before: Draft, corrections: Sequence[Correction], verbatim: Transcript) -> tuple[Decision, ...]:
    """Return the decisions of ``before`` that hold for the text which ``corrections`` make of the same verbatim."""
    old, new = corrected(verbatim, before.corrections), corrected(verbatim, corrections)
    kept: list[Decision] = []
    for one in before.decisions:
        if one.stretch is None:
            kept.append(one)
            continue
        at = corrected_at(heard_at(one.stretch, before.corrections), corrections)
        if _says(new, at) == _says(old, one.stretch):
            kept.append(replace(one, stretch=at))
    return tuple(kept)


def _says(transcript: Transcript, at: Stretch) -> str:
    return transcript.turns[at.turn].text.reveal()[at.start : at.end]
