"""How good a transcript is: word error rate, name recall, diarization error rate, cpWER.

Rules this module keeps:

* Counts are returned, rates are computed from counts: figures of several recordings are added before they are divided.
* Words are compared after benchmarks/french_words.py. Names are compared without accents too.
* Who is who between two transcripts is the assignment that suits the hypothesis best (Kuhn 1955), never a guess.
* Times are seconds.

Sources: word error rate: Levenshtein 1966, NIST sclite. Diarization error rate: NIST, "The 2009 (RT-09) Rich
Transcription Meeting Recognition Evaluation Plan": missed speech, false alarm and speaker error over the time that the
reference gives to speakers, overlapped speech counted once for each speaker, a no-score collar around each boundary of
the reference. cpWER: Watanabe et al. 2020, "CHiME-6 Challenge": the words of each speaker concatenated, the
permutation of speakers with the fewest errors.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein

from benchmarks.french_words import folded, words

COLLAR = 0.25
"""Seconds left out on each side of a boundary of the reference."""


@dataclass(frozen=True)
class Said:
    """One stretch of talk by one speaker."""

    speaker: str
    start: float
    end: float
    text: str = ""


@dataclass(frozen=True)
class WordErrors:
    """Words of the reference, and what it takes to make the hypothesis of them."""

    words: int = 0
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0

    @property
    def errors(self) -> int:
        return self.substitutions + self.deletions + self.insertions

    @property
    def rate(self) -> float:
        """Errors over words; without words, 0 if nothing was heard, else 1."""
        return self.errors / self.words if self.words else float(self.errors > 0)

    def __add__(self, other: "WordErrors") -> "WordErrors":
        return WordErrors(
            self.words + other.words,
            self.substitutions + other.substitutions,
            self.deletions + other.deletions,
            self.insertions + other.insertions,
        )


@dataclass(frozen=True)
class NameRecall:
    """Names that were spoken and come out right: different forms (at least once), and mentions.

    ``invented`` counts mentions of a form beyond those that were spoken: what hot words put where nobody said it.
    """

    forms: int = 0
    forms_right: int = 0
    mentions: int = 0
    mentions_right: int = 0
    invented: int = 0

    @property
    def form_rate(self) -> float:
        return self.forms_right / self.forms if self.forms else 1.0

    @property
    def mention_rate(self) -> float:
        return self.mentions_right / self.mentions if self.mentions else 1.0

    def __add__(self, other: "NameRecall") -> "NameRecall":
        return NameRecall(
            self.forms + other.forms,
            self.forms_right + other.forms_right,
            self.mentions + other.mentions,
            self.mentions_right + other.mentions_right,
            self.invented + other.invented,
        )


@dataclass(frozen=True)
class DiarizationErrors:
    """Seconds of the reference's speakers, and of each kind of error."""

    speech: float = 0.0
    missed: float = 0.0
    false_alarm: float = 0.0
    confused: float = 0.0

    @property
    def rate(self) -> float:
        wrong = self.missed + self.false_alarm + self.confused
        return wrong / self.speech if self.speech else float(wrong > 0)

    def __add__(self, other: "DiarizationErrors") -> "DiarizationErrors":
        return DiarizationErrors(
            self.speech + other.speech,
            self.missed + other.missed,
            self.false_alarm + other.false_alarm,
            self.confused + other.confused,
        )


def word_errors(reference: str, heard: str) -> WordErrors:
    """Errors of ``heard`` against ``reference``, both as text."""
    return _errors(words(reference), words(heard))


def name_recall(reference: str, heard: str, names: Iterable[str]) -> NameRecall:
    """How many of ``names`` that ``reference`` speaks stand in ``heard``.

    A mention is counted for the longest name that fits ("Malik Benali" is no mention of "Malik"). It is right when the
    same form stands in ``heard``, as often at most as there; where it stands is not asked.
    """
    known = {" ".join(form): form for name in names if (form := folded(name))}
    spoken = _mentions(folded(reference), known)
    found = _mentions(folded(heard), known)
    return NameRecall(
        forms=len(spoken),
        forms_right=sum(1 for form in spoken if found[form]),
        mentions=spoken.total(),
        mentions_right=sum(min(count, found[form]) for form, count in spoken.items()),
        invented=sum(max(0, count - spoken[form]) for form, count in found.items()),
    )


def diarization_errors(reference: Sequence[Said], heard: Sequence[Said], collar: float = COLLAR) -> DiarizationErrors:
    """Errors of who spoke when, under the assignment of speakers that agrees longest with the reference."""
    scored = [*_scored(reference, heard, collar)]
    real = sorted({name for names, _, _ in scored for name in names})
    given = sorted({name for _, names, _ in scored for name in names})
    together = np.zeros((len(real), len(given)))
    for speakers, labels, seconds in scored:
        for speaker in speakers:
            for label in labels:
                together[real.index(speaker), given.index(label)] += seconds
    mapped = {given[label]: real[speaker] for speaker, label in assignment(-together)}
    total = DiarizationErrors()
    for speakers, labels, seconds in scored:
        right = len(speakers & {mapped[label] for label in labels if label in mapped})
        total += DiarizationErrors(
            speech=seconds * len(speakers),
            missed=seconds * max(0, len(speakers) - len(labels)),
            false_alarm=seconds * max(0, len(labels) - len(speakers)),
            confused=seconds * (min(len(speakers), len(labels)) - right),
        )
    return total


def speaker_word_errors(reference: Sequence[Said], heard: Sequence[Said]) -> WordErrors:
    """cpWER: word errors with each speaker's words concatenated, speakers assigned at the fewest errors.

    A speaker of one side without a counterpart is all deletions, or all insertions.
    """
    real, given = list(_by_speaker(reference).values()), list(_by_speaker(heard).values())
    size = max(len(real), len(given))
    real += [[]] * (size - len(real))
    given += [[]] * (size - len(given))
    table = [[_errors(theirs, ours) for ours in given] for theirs in real]
    costs = np.array([[cell.errors for cell in row] for row in table], float).reshape(size, size)
    return sum((table[row][column] for row, column in assignment(costs)), WordErrors())


def assignment(costs: npt.NDArray[np.float64]) -> list[tuple[int, int]]:
    """Pairs (row, column), each at most once, of the least total cost; as many as the shorter side has.

    The Hungarian method (Kuhn 1955; Munkres 1957), by shortest augmenting paths.
    """
    if costs.shape[0] > costs.shape[1]:
        return sorted((row, column) for column, row in assignment(costs.T))
    rows, columns = costs.shape
    row_price, column_price = np.zeros(rows + 1), np.zeros(columns + 1)
    holder = np.zeros(columns + 1, int)  # the row each column is given to, from 1; column 0 starts a path
    for row in range(1, rows + 1):
        holder[0] = row
        least = np.full(columns + 1, np.inf)
        came_from = np.zeros(columns + 1, int)
        done = np.zeros(columns + 1, bool)
        at = 0
        while holder[at]:
            done[at] = True
            reduced = costs[holder[at] - 1] - row_price[holder[at]] - column_price[1:]
            better = ~done[1:] & (reduced < least[1:])
            least[1:][better] = reduced[better]
            came_from[1:][better] = at
            after = int(np.argmin(np.where(done, np.inf, least)))
            step = least[after]
            row_price[holder[done]] += step
            column_price[done] -= step
            least[~done] -= step
            at = after
        while at:
            holder[at] = holder[came_from[at]]
            at = came_from[at]
    return sorted((int(holder[column]) - 1, column - 1) for column in range(1, columns + 1) if holder[column])


def _errors(reference: Sequence[str], heard: Sequence[str]) -> WordErrors:
    """The fewest substitutions, deletions and insertions."""
    kinds = Counter(step.tag for step in Levenshtein.editops(reference, heard))
    return WordErrors(len(reference), kinds["replace"], kinds["delete"], kinds["insert"])


def _mentions(text: Sequence[str], known: Mapping[str, Sequence[str]]) -> Counter[str]:
    """How often each known form stands in ``text``, the longest first, no word in two mentions."""
    by_first: dict[str, list[tuple[str, Sequence[str]]]] = {}
    for name, form in sorted(known.items(), key=lambda item: -len(item[1])):
        by_first.setdefault(form[0], []).append((name, form))
    found: Counter[str] = Counter()
    at = 0
    while at < len(text):
        step = 1
        for name, form in by_first.get(text[at], ()):
            if list(text[at : at + len(form)]) == list(form):
                found[name] += 1
                step = len(form)
                break
        at += step
    return found


def _scored(
    reference: Sequence[Said], heard: Sequence[Said], collar: float
) -> Iterable[tuple[frozenset[str], frozenset[str], float]]:
    """Moments that count, each with who speaks, who is said to speak, and its seconds."""
    bounds = [time for said in reference for time in (said.start, said.end)]
    events: list[tuple[float, int, str, int]] = []
    for side, stretches in enumerate((reference, heard)):
        for said in stretches:
            events += [(said.start, side, said.speaker, 1), (said.end, side, said.speaker, -1)]
    if collar > 0:
        for time in bounds:
            events += [(time - collar, 2, "", 1), (time + collar, 2, "", -1)]
    active: tuple[Counter[str], ...] = (Counter(), Counter(), Counter())
    before = 0.0
    for time, side, name, change in sorted(events):
        speakers, labels = (frozenset(name for name, count in who.items() if count > 0) for who in active[:2])
        if time > before and (speakers or labels) and not active[2][""]:
            yield speakers, labels, time - before
        active[side][name] += change
        before = time


def _by_speaker(stretches: Sequence[Said]) -> dict[str, list[str]]:
    spoken: dict[str, list[str]] = {}
    for said in sorted(stretches, key=lambda said: said.start):
        spoken.setdefault(said.speaker, []).extend(words(said.text))
    return spoken
