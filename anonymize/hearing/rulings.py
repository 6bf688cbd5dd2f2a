"""What people decided stands when a draft is made anew, wherever what they decided of is still the same.

Rules of the module:
- A form that a person took stays, and a passage left as it was heard is not corrected again; another form for it is
  only proposed. Both hold as long as the verbatim says the same at that place.
- What is found anew and overlaps such a place unmasks nothing: one correction then stands over both, and the whole of
  it is masked as the ruled place was. Its text is the one that was ruled, with what was heard beside it.
- A passage freed or masked stays so where the corrected text says the same, letter for letter; a decision on what
  has become another text is dropped, so that the passage is masked until somebody decides anew.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from anonymize.french.folding import squash
from vocabulary.corrections import Correction, corrected, corrected_at, fits, heard_at
from vocabulary.draft import Decision, Draft
from vocabulary.span import Stretch
from vocabulary.text import IdentifiedText
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
    for news, olds in _groups(found, ruled):
        kept += _settled(news, olds, verbatim) if news and olds else [*news, *olds]
    return tuple(sorted(kept, key=lambda one: one.stretch))


def _groups(
    found: Sequence[Correction], ruled: Sequence[Correction]
) -> Iterator[tuple[list[Correction], list[Correction]]]:
    """Yield what was found and what was ruled by where it stands: what overlaps, however indirectly, together."""
    every = sorted(
        [*((one, True) for one in found), *((one, False) for one in ruled)], key=lambda each: each[0].stretch
    )
    group: list[tuple[Correction, bool]] = []
    for one, new in every:
        if group and (one.stretch.turn > group[0][0].stretch.turn or one.stretch.start >= _end(group)):
            yield [each for each, new in group if new], [each for each, new in group if not new]
            group = []
        group.append((one, new))
    if group:
        yield [each for each, new in group if new], [each for each, new in group if not new]


def _end(group: Sequence[tuple[Correction, bool]]) -> int:
    return max(one.stretch.end for one, _ in group)


def _settled(news: Sequence[Correction], olds: Sequence[Correction], verbatim: Transcript) -> list[Correction]:
    """Return what stands where something was found that overlaps what was ruled."""
    other = [one for one in news if not any(_same(one, old) for old in olds)]
    if other and not any(old.applied for old in olds):
        return [replace(_over([*news, *olds], other, verbatim), certain=False)]
    covered = sum(old.stretch.end - old.stretch.start for old in olds)
    wide = _over([*news, *olds], [old for old in olds if old.applied] or olds, verbatim)
    return list(olds) if covered == wide.stretch.end - wide.stretch.start else [wide]


def _over(every: Sequence[Correction], said: Sequence[Correction], verbatim: Transcript) -> Correction:
    """One correction over all the places of ``every``, with the forms of ``said`` and between them what was heard."""
    first, last = min(one.stretch.start for one in every), max(one.stretch.end for one in every)
    text = verbatim.turns[said[0].stretch.turn].text.reveal()
    form, at = "", first
    for one in said:
        form += text[at : one.stretch.start] + one.form.reveal()
        at = one.stretch.end
    stretch = Stretch(said[0].stretch.turn, first, last)
    heard, form = text[first:last], form + text[at:last]
    return replace(said[0], stretch=stretch, heard=IdentifiedText(heard), form=IdentifiedText(form))


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
