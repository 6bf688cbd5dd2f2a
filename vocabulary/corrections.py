"""Corrections: names that were heard as something else, their right form, and what people decided of it.

Rules of the module:
- The verbatim stays what was recognised. A correction says where in it (turn and code points), what was heard there,
  the right form, why, and how sure it is; ``corrected`` makes of verbatim and corrections the text that everything
  after it reads. It is the only place where that is done.
- A certain correction is applied; one that is only proposed is applied when a person takes it. A person may also leave
  a passage as it was heard. The last word is a person's, and its ruling is kept with the opaque id and the moment.
- Corrections of one draft never overlap, and each fits the verbatim letter for letter: a place whose text is another
  one is refused (ValueError), so that no correction is ever applied to a transcript it was not made of.
- Nothing shows itself: heard and right form are IdentifiedText.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from vocabulary.choices import CorrectionState, EntityType, Hearing
from vocabulary.span import Stretch
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Transcript, Turn


@dataclass(frozen=True)
class Ruling:
    """What one person decided of a correction: taken, or left as it was heard. The person is an opaque id."""

    taken: bool
    person: str
    at: str


@dataclass(frozen=True)
class Correction:
    """One stretch of the verbatim, what was heard there, and the form that was meant.

    ``label`` is what the form names; ``score`` lies in 0..1, 1 for the same sound.
    """

    stretch: Stretch
    heard: IdentifiedText
    form: IdentifiedText
    label: EntityType
    reason: Hearing
    score: float
    certain: bool
    ruling: Ruling | None = None

    def __post_init__(self) -> None:
        if len(self.heard) != self.stretch.end - self.stretch.start or not self.form.reveal().strip():
            raise ValueError("a correction covers what was heard, and has a form")
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"score {self.score} is not in 0..1")

    @property
    def applied(self) -> bool:
        """Whether the text has the right form: by a person's ruling, else because it is certain."""
        return self.certain if self.ruling is None else self.ruling.taken

    @property
    def state(self) -> CorrectionState:
        if self.applied:
            return CorrectionState.APPLIED
        return CorrectionState.PROPOSED if self.ruling is None else CorrectionState.AS_HEARD

    @property
    def growth(self) -> int:
        """Code points by which the text grows where it is applied."""
        return len(self.form) - len(self.heard) if self.applied else 0

    def ruled(self, ruling: Ruling) -> "Correction":
        return replace(self, ruling=ruling)


def check_apart(corrections: Sequence[Correction]) -> None:
    """Raise ValueError unless corrections are in the order of the talk and none overlaps another."""
    places = [one.stretch for one in corrections]
    overlap = any(a.turn == b.turn and b.start < a.end for a, b in pairwise(places))
    if places != sorted(places) or overlap:
        raise ValueError("corrections overlap, or are not in the order of the talk")


def corrected(transcript: Transcript, corrections: Iterable[Correction]) -> Transcript:
    """Return ``transcript`` with every correction that is applied in its text; words keep what was heard.

    ValueError when a correction does not fit: it was made of another transcript.
    """
    by_turn: dict[int, list[Correction]] = {}
    for one in corrections:
        by_turn.setdefault(one.stretch.turn, []).append(one)
    if not by_turn:
        return transcript
    if max(by_turn) >= len(transcript.turns):
        raise ValueError("a correction lies beyond the transcript")
    turns = tuple(
        _corrected(turn, by_turn[number]) if number in by_turn else turn for number, turn in enumerate(transcript.turns)
    )
    return replace(transcript, turns=turns)


def _corrected(turn: Turn, corrections: Sequence[Correction]) -> Turn:
    text = turn.text.reveal()
    for one in sorted(corrections, key=lambda one: one.stretch, reverse=True):
        if not fits(one, turn):
            raise ValueError("a correction does not fit its transcript")
        if one.applied:
            text = text[: one.stretch.start] + one.form.reveal() + text[one.stretch.end :]
    return replace(turn, text=IdentifiedText(text))


def fits(correction: Correction, turn: Turn) -> bool:
    """Whether a turn of the verbatim says at the place of a correction what was heard there."""
    return turn.text.reveal()[correction.stretch.start : correction.stretch.end] == correction.heard.reveal()


def placed(correction: Correction, corrections: Iterable[Correction]) -> Stretch:
    """Return where a correction stands in the corrected text: its form if it is applied, else what was heard."""
    return corrected_at(correction.stretch, corrections)


def corrected_at(stretch: Stretch, corrections: Iterable[Correction]) -> Stretch:
    """Return where a stretch of the verbatim stands in the corrected text, with the whole of every applied correction
    that it meets."""
    own = [one for one in corrections if one.applied and one.stretch.turn == stretch.turn]
    met = [one.stretch for one in own if one.stretch.meets(stretch.start, stretch.end)]
    start = min([stretch.start, *(one.start for one in met)])
    end = max([stretch.end, *(one.end for one in met)])
    before = sum(one.growth for one in own if one.stretch.end <= start)
    return Stretch(stretch.turn, start + before, end + sum(one.growth for one in own if one.stretch.end <= end))


def heard_at(stretch: Stretch, corrections: Iterable[Correction]) -> Stretch:
    """Return where a stretch of the corrected text stands in the verbatim, with the whole of every applied correction
    that it meets."""
    own = [one for one in corrections if one.applied and one.stretch.turn == stretch.turn]
    places = [(placed(one, own), one) for one in own]
    met = [at for at, _ in places if at.meets(stretch.start, stretch.end)]
    start = min([stretch.start, *(at.start for at in met)])
    end = max([stretch.end, *(at.end for at in met)])
    before = sum(one.growth for at, one in places if at.end <= start)
    return Stretch(stretch.turn, start - before, end - sum(one.growth for at, one in places if at.end <= end))


def written(correction: Correction) -> dict[str, Any]:
    """Return a correction as the draft holds it (docs/reference/corrections.md)."""
    at = correction.stretch
    value: dict[str, Any] = {
        "at": [at.turn, at.start, at.end],
        "heard": correction.heard.reveal(),
        "form": correction.form.reveal(),
        "label": str(correction.label),
        "reason": str(correction.reason),
        "score": correction.score,
        "certain": correction.certain,
    }
    if correction.ruling is not None:
        ruling = correction.ruling
        value["ruling"] = {"taken": ruling.taken, "person": ruling.person, "at": ruling.at}
    return value


def read(value: Mapping[str, Any]) -> Correction:
    """Return the correction that ``written`` wrote."""
    ruling = value.get("ruling")
    return Correction(
        stretch=Stretch(*value["at"]),
        heard=IdentifiedText(value["heard"]),
        form=IdentifiedText(value["form"]),
        label=EntityType(value["label"]),
        reason=Hearing(value["reason"]),
        score=value["score"],
        certain=value["certain"],
        ruling=None if ruling is None else Ruling(ruling["taken"], ruling["person"], ruling["at"]),
    )
