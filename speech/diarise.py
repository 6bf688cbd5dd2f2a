"""Who spoke when, told apart by how voices sound, without any trained model.

What it is: the voiced frames of each utterance become cepstra (MFCC) and pitch, a Gaussian of them stands
for the utterance, utterances that one Gaussian describes as well as two are gathered, and a last pass gives
every slice of six tenths of a second to its likeliest voice, so that two people without a pause between them
are two. What it is not: a recogniser of people. On clearly different voices close to a microphone it is right
most of the time. With one microphone in the middle of a table, alike voices, people who talk at once, or
answers of one word, it often is wrong, and a head count it was not given is a guess. So speakers are labels of
one session, and a person checks them.

Rules this module keeps:

* What is computed of a voice lives in memory during one call, relative to the session's own mean: nothing
  of it is stored, returned, or comparable between sessions. A voice template would be biometric data
  (GDPR 9(1)).
* Audio is read as a stream, once; what stays of an utterance are sums of a few hundred figures.
* The same samples, stretches and head count give the same labels.

Sources: Davis and Mermelstein 1980 (cepstra); Chen and Gopalakrishnan 1998 (Gaussian likelihood ratio and
Bayesian information criterion, for gathering and for knowing when to stop).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

from speech.audio import Audio, extracts
from speech.recording import RATE, Samples
from vocabulary.choices import ToldApart

_Floats = npt.NDArray[np.float64]

_FRAME, _HOP = 640, 160  # 40 ms, 10 ms
_BANDS, _CEPSTRA = 32, 14
_SIZE = _CEPSTRA + 1  # and pitch
_PITCHES = (60, 400)  # Hz
_VOICED = 0.6  # autocorrelation at the pitch period
_SLICE = 0.6  # seconds: what is given to a voice at a time
_REACH = (_FRAME - _HOP) / RATE  # seconds a slice goes on, so that no frame is lost between two
_FOUNDING = 60  # voiced frames an utterance needs to found a voice
_FOUNDERS = 500
_MOST_VOICES = 15
_FLOOR = 0.1  # added to variances, in units of the session's own
_FRAMES_AGREE = 0.1  # neighbouring frames say the same thing: their likelihood counts for a tenth
_CHANGE, _WITHIN = 2.0, 7.0  # cost of a change of speaker, in nats: between two utterances, within one
_PASSES = 3
_AT_ONCE = 1000  # slices reckoned with together: of three hours they weigh 35 MiB, and no more copies are made
# Weights of the criterion. With a head count, two voices are sooner kept apart: a person joins two labels in
# a moment, and parts one only line by line.
_GUESSED, _COUNTED = 1.0, 0.5


@dataclass(frozen=True)
class Voice:
    """A stretch (seconds) in which one voice speaks: 0 is the first one heard.

    ``certainty`` in 0..1 is how clearly it fits this voice rather than another; None where that is not known.
    """

    start: float
    end: float
    label: int
    certainty: float | None = None


class Diariser(Protocol):
    """Anything that tells voices apart. ``version`` records every parameter that affects the result."""

    @property
    def kind(self) -> ToldApart: ...

    @property
    def version(self) -> str: ...

    def diarise(self, audio: Audio, stretches: Sequence[tuple[float, float]], speakers: int | None) -> list[Voice]:
        """Who speaks when, by the beginning of each stretch; where people speak at once, stretches overlap.

        ``audio`` opens the whole session as a stream and may be opened more than once. ``stretches`` (start, end, in
        order) are where words were heard; one that cannot be judged belongs to somebody all the same. ``speakers`` is
        the head count if it is known: no more labels than that are given. Labels count from 0 by first appearance.
        """
        ...


def in_order(voices: Iterable[Voice]) -> list[Voice]:
    """Sort voices by their beginning, and number them by first appearance."""
    found = sorted(voices, key=lambda voice: (voice.start, voice.end, voice.label))
    order = {label: at for at, label in enumerate(dict.fromkeys(voice.label for voice in found))}
    return [replace(voice, label=order[voice.label]) for voice in found]


class SpectralDiariser:
    """Gaussians of cepstra and pitch, gathered by the Bayesian information criterion.

    It hears one voice at a time.
    """

    @property
    def kind(self) -> ToldApart:
        return ToldApart.PLAIN

    @property
    def version(self) -> str:
        return (
            f"spectral cepstra={_CEPSTRA} voiced={_VOICED} founding={_FOUNDING} founders={_FOUNDERS} "
            f"slice={_SLICE} floor={_FLOOR} agree={_FRAMES_AGREE} change={_CHANGE}/{_WITHIN} passes={_PASSES} "
            f"criterion={_GUESSED}/{_COUNTED}"
        )

    def diarise(self, audio: Audio, stretches: Sequence[tuple[float, float]], speakers: int | None) -> list[Voice]:
        """See Diariser. The certainty of a slice is the posterior of its voice, given all slices."""
        if not stretches or speakers == 1:
            return [Voice(start, end, 0, 1.0 if speakers == 1 else None) for start, end in stretches]
        slices, owners = _sliced(stretches)
        reaching = [
            (start, min(end + _REACH, stretches[owner][1])) for (start, end), owner in zip(slices, owners, strict=True)
        ]
        heard = _Voices.of(map(_frames, extracts(audio(), reaching, 2 * _SLICE + _REACH)))
        if heard.counts.sum() < 2 * _FOUNDING:
            return [Voice(start, end, 0) for start, end in stretches]
        heard = heard.in_units_of_their_own()
        utterances = heard.of_each(owners)
        most = min(speakers or _MOST_VOICES, _MOST_VOICES)
        labels = _gather(utterances, most, _GUESSED if speakers is None else _COUNTED)
        for _ in range(_PASSES):
            labels = _likeliest(utterances, labels, np.full(len(stretches), _CHANGE))
        labels = [labels[owner] for owner in owners]
        changes = np.where(np.diff(owners, prepend=-1) != 0, _CHANGE, _WITHIN)
        for _ in range(_PASSES):
            labels = _likeliest(heard, labels, changes)
        certainties = _certainties(heard, labels, changes)
        return in_order(
            Voice(start, end, label, certainty)
            for (start, end), label, certainty in zip(slices, labels, certainties, strict=True)
        )


def _sliced(stretches: Sequence[tuple[float, float]]) -> tuple[list[tuple[float, float]], npt.NDArray[np.intp]]:
    """Cut stretches into slices of ``_SLICE`` to twice that, none reaching into the next one; say whose each is."""
    slices: list[tuple[float, float]] = []
    owners: list[int] = []
    follows = [*(start for start, _ in stretches[1:]), np.inf]
    for owner, ((start, end), after) in enumerate(zip(stretches, follows, strict=True)):
        end = max(start, min(end, after))
        edges = np.linspace(start, end, max(1, int((end - start) / _SLICE)) + 1).tolist()
        slices += pairwise(edges)
        owners += [owner] * (len(edges) - 1)
    return slices, np.array(owners)


@dataclass
class _Voices:
    """Gaussians kept as sums, so that two merge by adding: counts (n,), sums (n, d), squares (n, d, d)."""

    counts: _Floats
    sums: _Floats
    squares: _Floats

    @classmethod
    def of(cls, frames: Iterable[_Floats]) -> "_Voices":
        sums = [(float(len(each)), each.sum(axis=0), each.T @ each) for each in frames]
        counts, firsts, seconds = zip(*sums, strict=True)
        return cls(np.array(counts), np.array(firsts), np.array(seconds))

    def in_units_of_their_own(self) -> "_Voices":
        """The same frames with the mean of all of them taken off, in units of their standard deviation."""
        count = self.counts.sum()
        mean = self.sums.sum(axis=0) / count
        deviation = np.sqrt(np.maximum(0, np.diag(self.squares.sum(axis=0)) / count - mean**2)) + 1e-9
        units, squares = np.outer(deviation, deviation), np.empty_like(self.squares)
        for at in range(0, len(squares), _AT_ONCE):
            part = slice(at, at + _AT_ONCE)
            across = self.sums[part, :, None] * mean
            ours = self.squares[part] - across - across.transpose(0, 2, 1)
            squares[part] = (ours + self.counts[part, None, None] * np.outer(mean, mean)) / units
        return _Voices(self.counts, (self.sums - self.counts[:, None] * mean) / deviation, squares)

    def of_each(self, owners: npt.NDArray[np.intp]) -> "_Voices":
        """The sums of those that have one owner, by owner: all owners from 0 to the last one have some."""
        begins = np.flatnonzero(np.diff(owners, prepend=-1))
        return _Voices(
            np.add.reduceat(self.counts, begins),
            np.add.reduceat(self.sums, begins, axis=0),
            np.add.reduceat(self.squares, begins, axis=0),
        )

    def pick(self, which: npt.NDArray[np.intp]) -> "_Voices":
        return _Voices(self.counts[which].copy(), self.sums[which].copy(), self.squares[which].copy())

    def spread(self) -> _Floats:
        """Count times the log determinant of the covariance: what a Gaussian costs its frames."""
        return np.asarray(self.counts * np.linalg.slogdet(self.covariances())[1])

    def means(self) -> _Floats:
        return np.asarray(self.sums / self.counts[:, None])

    def covariances(self) -> _Floats:
        means = self.means()
        raw = self.squares / self.counts[:, None, None] - means[:, :, None] * means[:, None, :]
        return np.asarray(raw + np.eye(_SIZE) * _FLOOR)

    def with_each(self, one: int, others: npt.NDArray[np.intp]) -> "_Voices":
        """The mergers of voice ``one`` with each of ``others``."""
        return _Voices(
            self.counts[one] + self.counts[others],
            self.sums[one] + self.sums[others],
            self.squares[one] + self.squares[others],
        )


def _frames(samples: Samples) -> _Floats:
    """Cepstra and log pitch of the voiced frames: (frames, ``_SIZE``)."""
    if len(samples) < 2 * _FRAME:
        return np.zeros((0, _SIZE))
    signal = samples.astype(np.float64) / 32768
    windows = np.lib.stride_tricks.sliding_window_view(signal, _FRAME)[::_HOP]
    level = windows - windows.mean(axis=1, keepdims=True)
    power = np.square(level).mean(axis=1)
    agreement = np.fft.irfft(np.abs(np.fft.rfft(level, 2 * _FRAME)) ** 2)[:, :_FRAME]
    agreement = agreement / (agreement[:, :1] + 1e-9) / (1 - np.arange(_FRAME) / _FRAME)
    shortest, longest = RATE // _PITCHES[1], RATE // _PITCHES[0]
    periods = shortest + np.argmax(agreement[:, shortest:longest], axis=1)
    voiced = (agreement[np.arange(len(periods)), periods] > _VOICED) & (power > np.quantile(power, 0.9) * 0.01)
    voiced &= power > 1e-8
    emphasised = np.concatenate([windows[:, :1] * 0.03, windows[:, 1:] - 0.97 * windows[:, :-1]], axis=1)
    spectrum = np.abs(np.fft.rfft(emphasised[voiced] * np.hamming(_FRAME), 1024)) ** 2
    cepstra = np.log(spectrum @ _MEL.T + 1e-10) @ _COSINES.T
    return np.column_stack([cepstra, np.log(RATE / periods[voiced])])


def _gather(utterances: _Voices, most: int, weight: float) -> list[int]:
    """Merge the longest utterances, cheapest pair first, to at most ``most`` voices.

    It goes on while the Bayesian information criterion, so weighted, is for it. What founds no voice gets -1.
    """
    longest = np.argsort(-utterances.counts, kind="stable")[:_FOUNDERS]
    founders = np.sort(longest[utterances.counts[longest] >= min(_FOUNDING, utterances.counts.max())])
    voices = utterances.pick(founders)
    spread = voices.spread()
    count = len(founders)
    dear = weight * (_SIZE + _SIZE * (_SIZE + 1) / 2) * np.log(voices.counts.sum())
    costs = np.full((count, count), np.inf)
    for one in range(count - 1):
        others = np.arange(one + 1, count)
        costs[one, others] = voices.with_each(one, others).spread() - spread[one] - spread[others]
    member = np.arange(count)
    alive = np.ones(count, dtype=bool)
    while alive.sum() > 1:
        one, other = divmod(int(np.argmin(costs)), count)
        if alive.sum() <= most and costs[one, other] > dear:
            break
        for column in (voices.counts, voices.sums, voices.squares):
            column[one] += column[other]
        member[member == other] = one
        alive[other] = False
        costs[other, :] = costs[:, other] = np.inf
        spread[one] = voices.pick(np.array([one])).spread()[0]
        rest = np.flatnonzero(alive & (np.arange(count) != one))
        cost = voices.with_each(one, rest).spread() - spread[one] - spread[rest]
        costs[np.minimum(one, rest), np.maximum(one, rest)] = cost
    labels = np.full(len(utterances.counts), -1)
    labels[founders] = np.searchsorted(np.flatnonzero(alive), member)
    return [int(label) for label in labels]


def _likeliest(utterances: _Voices, labels: Sequence[int], changes: _Floats) -> list[int]:
    """Give each utterance to its likeliest voice, a change of speaker before it having its cost (Viterbi)."""
    misfits = _misfits(utterances, labels)
    size = misfits.shape[1]
    cost = np.zeros(size)
    came: list[npt.NDArray[np.intp]] = []
    for misfit, dear in zip(misfits, changes, strict=True):
        best = int(np.argmin(cost))
        change = cost[best] + dear
        came.append(np.where(cost <= change, np.arange(size), best))
        cost = np.minimum(cost, change) + _FRAMES_AGREE * misfit / 2
    path = [int(np.argmin(cost))]
    for step in reversed(came[1:]):
        path.append(int(step[path[-1]]))
    return path[::-1]


def _certainties(utterances: _Voices, labels: Sequence[int], changes: _Floats) -> list[float]:
    """Return the posterior of the label of each utterance, by the costs of _likeliest (forward-backward)."""
    fits = -_FRAMES_AGREE * _misfits(utterances, labels) / 2
    size = fits.shape[1]
    other = ~np.eye(size, dtype=bool)
    before, after = np.zeros_like(fits), np.zeros_like(fits)
    before[0] = fits[0]
    for at in range(1, len(fits)):
        before[at] = fits[at] + np.logaddexp.reduce(before[at - 1][:, None] - changes[at] * other, axis=0)
    for at in range(len(fits) - 2, -1, -1):
        after[at] = np.logaddexp.reduce(after[at + 1] + fits[at + 1] - changes[at + 1] * other, axis=1)
    whole = before + after
    whole -= np.logaddexp.reduce(whole, axis=1)[:, None]
    held = {label: at for at, label in enumerate(sorted(set(labels)))}
    return [float(np.exp(whole[at, held[label]])) for at, label in enumerate(labels)]


def _misfits(utterances: _Voices, labels: Sequence[int]) -> _Floats:
    """What each voice costs the frames of each utterance, in nats, doubled: utterances by voices.

    The sum over frames x of (x - m)' C (x - m) for a voice's mean m and inverse covariance C is C's inner product
    with their squares, less twice (C m) with their sum, plus m' C m for each of them.
    """
    at = np.array(labels)
    groups = [np.flatnonzero(at == voice) for voice in sorted(set(labels) - {-1})]
    voices = _Voices(
        np.array([utterances.counts[group].sum() for group in groups]),
        np.array([utterances.sums[group].sum(axis=0) for group in groups]),
        np.array([utterances.squares[group].sum(axis=0) for group in groups]),
    )
    means, covariances = voices.means(), voices.covariances()
    inverses, volumes = np.linalg.inv(covariances), np.linalg.slogdet(covariances)[1]
    turned = np.einsum("vij,vj->vi", inverses, means)
    flat = utterances.squares.reshape(len(utterances.counts), -1) @ inverses.reshape(len(groups), -1).T
    constant = np.einsum("vi,vi->v", means, turned) + volumes
    return np.asarray(flat - 2 * utterances.sums @ turned.T + utterances.counts[:, None] * constant)


def _mel_bands() -> _Floats:
    """Triangular filters on the mel scale, 60 to 7600 Hz: bands by bins of a 1024-point spectrum."""
    lowest, highest = (2595 * np.log10(1 + frequency / 700) for frequency in (60.0, 7600.0))
    mel = np.linspace(lowest, highest, _BANDS + 2)
    edges = 700 * (10 ** (mel / 2595) - 1)
    bins = np.arange(513) * RATE / 1024
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.asarray(np.maximum(0, np.minimum(rising, falling)))


_MEL = _mel_bands()
_COSINES = np.cos(np.pi / _BANDS * np.outer(np.arange(1, _CEPSTRA + 1), np.arange(_BANDS) + 0.5))
