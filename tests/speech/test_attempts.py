"""Attempts at several stretches together: each is judged as if it had been decoded by itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from speech.attempts import Attempts, Sound, words_of
from speech.models import default_cache, model_directory
from speech.recognise import Heard, WhisperRecogniser
from speech.recording import RATE, Samples
from speech.voice import gather, voiced_in

NAMES = ("Malik Benali", "Nabil", "cité des Mimosas")
PAUSE = np.zeros(5 * RATE // 2, np.int16)


@dataclass(frozen=True)
class Segment:
    """As the library gives it."""

    seek: int
    words: list[Any]
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float


@dataclass(frozen=True)
class Token:
    word: str
    start: float
    end: float
    probability: float


@dataclass
class ScriptedPipeline:
    """The library's pipeline, for stretches whose loudness (0.1, 0.2 ...) says which line of the script they are.

    A line is what is heard with names, what without, and the likelihood and chance of silence of both.
    """

    script: tuple[tuple[str, str, float, float], ...]
    asked: list[tuple[int, bool]] = field(default_factory=list)
    """For each call, how many stretches, and whether with names."""

    def transcribe(self, sound: Sound, **options: Any) -> tuple[Iterable[Segment], None]:
        """Segments of all stretches, times from the beginning of ``sound``."""
        self.asked.append((len(options["clip_timestamps"]), options["hotwords"] is not None))
        return self._segments(sound, **options), None

    def _segments(
        self, sound: Sound, clip_timestamps: list[dict[str, float]], hotwords: str | None, batch_size: int, **_: Any
    ) -> Iterator[Segment]:
        assert batch_size == len(clip_timestamps)
        for clip in clip_timestamps:
            heard = sound[int(clip["start"] * RATE) : int(clip["end"] * RATE)]
            assert np.ptp(heard) == 0, "of one stretch, and nothing of another"
            named, plain, likely, silent = self.script[round(float(heard[0]) * 10) - 1]
            said = (named if hotwords else plain).split()
            each = len(heard) / RATE / max(1, len(said))
            words = [
                Token(f" {word}", clip["start"] + at * each, clip["start"] + (at + 1) * each, 0.9)
                for at, word in enumerate(said)
            ]
            yield Segment(int(clip["start"] * 100), words, likely, silent, 1.0)


def _stretches(*seconds: float) -> list[Sound]:
    return [np.full(int(length * RATE), (at + 1) / 10, np.float32) for at, length in enumerate(seconds)]


def _said(segments: list[Any]) -> str:
    return " ".join(word.text.reveal() for one in segments for word in words_of(one))


def test_each_of_several_stretches_is_judged_by_itself() -> None:
    """One that echoes the names is heard again without them, by itself; one that is no speech is nothing; the others
    stay as they were heard together."""
    pipeline = ScriptedPipeline((
        ("Bonjour Malik Benali", "Bonjour Malik", -0.3, 0.1),
        ("Malik Benali, Nabil, cité des Mimosas.", "On se retrouve là-bas", -0.3, 0.1),
        ("Je ne sais pas", "Je ne sais pas", -1.4, 0.9),
        ("D'accord", "D'accord", -0.3, 0.1),
    ))  # fmt: skip
    attempts, stretches = Attempts(pipeline), _stretches(3.0, 4.3, 2.0001, 26.5)
    begun = attempts.first(stretches, "fr", NAMES)
    heard = [attempts.heard(stretch, "fr", NAMES, one) for stretch, one in zip(stretches, begun, strict=True)]
    assert [_said(one) for one in heard] == ["Bonjour Malik Benali", "On se retrouve là-bas", "", "D'accord"]
    assert pipeline.asked == [(4, True), (1, False)]


def test_times_are_those_of_the_stretch_alone() -> None:
    """Wherever a stretch lies among those decoded with it."""
    attempts, stretches = Attempts(ScriptedPipeline((("oui voilà", "oui", -0.3, 0.1),) * 3)), _stretches(1.0, 7.77, 3.0)
    for together, stretch in zip(attempts.first(stretches, "fr", NAMES), stretches, strict=True):
        (alone,) = attempts.first([stretch], "fr", NAMES)
        times = [time for word in words_of(together[0]) for time in (word.start, word.end)]
        assert times == pytest.approx([time for word in words_of(alone[0]) for time in (word.start, word.end)])
        assert times[-1] == pytest.approx(len(stretch) / RATE, abs=0.001)


@pytest.fixture(scope="module")
def several() -> WhisperRecogniser:
    """Whisper base, four stretches at a time."""
    return WhisperRecogniser(model_directory("base", default_cache()), threads=2, stretches=4)


def test_four_at_a_time_hear_the_words_of_one_at_a_time(
    whisper: WhisperRecogniser, several: WhisperRecogniser, short: Samples
) -> None:
    """The short recording, whole and in two: three stretches, in their order, words and times the same."""
    middle = int(5.4 * RATE)
    talk = np.concatenate([short, PAUSE, short[:middle], PAUSE, short[middle:]])
    assert len(gather(voiced_in(talk.astype(np.float32) / 32768))) == 3
    one, four = _hear(whisper, talk), _hear(several, talk)
    assert len(one) == 3
    assert [[word.text.reveal() for word in each.words] for each in four] == [
        [word.text.reveal() for word in each.words] for each in one
    ]
    assert [word.start for each in four for word in each.words] == pytest.approx(
        [word.start for each in one for word in each.words], abs=0.3
    )


def test_what_is_made_up_is_kept_out_of_each_stretch(
    several: WhisperRecogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four at a time: credits, gabble, the rounds of a loop and echoes of the names are left out of whichever stretch
    they stand in, and of no other."""
    credit, gabble = "Sous-titres réalisés par la communauté d'Amara.org", " ".join(f"mot{at}" for at in range(60))
    lines = (credit, "Bonjour à tous.", gabble, "oui " * 20, f"{', '.join(NAMES)}.", "À demain.")
    script = tuple((line, "Je ne sais plus." if "Nabil" in line else line, -0.3, 0.1) for line in lines)
    pipeline = ScriptedPipeline(script)
    monkeypatch.setattr(several, "_attempts", Attempts(pipeline))
    monkeypatch.setattr("speech.recognise.voiced_in", lambda _: [(6.0 * at + 1, 6.0 * at + 5) for at in range(6)])
    levels = np.repeat([3277 * (at + 1) for at in range(6)], 6 * RATE).astype(np.int16)
    said = [" ".join(word.text.reveal() for word in each.words) for each in _hear(several, levels)]
    assert said == ["Bonjour à tous.", "oui", "Je ne sais plus.", "À demain."]
    assert pipeline.asked == [(4, True), (2, True), (1, False)]


def test_the_version_says_how_many_at_a_time(whisper: WhisperRecogniser, several: WhisperRecogniser) -> None:
    """A word may come out otherwise, so blocks made one at a time are not taken for it; one at a time is as before."""
    assert several.version.replace(" stretches=4", "") == whisper.version != several.version
    assert "stretches=4" in several.version[:200], "what the log keeps of it"


def _hear(recogniser: WhisperRecogniser, samples: Samples) -> list[Heard]:
    return recogniser.recognise(samples, language="fr", hotwords=NAMES, on_progress=lambda _: None)


class _Told:
    """A pipeline whose attempts are told: text, probability, likelihood, and how surely nobody speaks."""

    def __init__(self, *attempts: tuple[str, float, float, float] | None) -> None:
        self._attempts = [*attempts]

    def transcribe(self, stretch: object, **_: object) -> tuple[list[Any], None]:
        told = self._attempts.pop(0) if self._attempts else None
        if told is None:
            return [], None
        text, chance, likely, nobody = told
        words = [Token(f" {word}", 0.4 * at, 0.4 * at + 0.3, chance) for at, word in enumerate(text.split())]
        return [Segment(0, words, likely, nobody, 1.0)], None


@pytest.mark.parametrize(
    "again",
    [
        (("Hm.", 0.2, -1.1, 0.7),),
        (("Sous-titrage Société Radio-Canada", 0.9, -0.2, 0.1),),
        (("Qu'est-ce que c'est ?", 0.7, -0.4, 0.1),),
        (None, ("Bleu bleu.", 0.2, -1.5, 0.1)),
        (),
    ],
    ids=["silence", "a credit", "a guess", "worse", "nothing"],
)
def test_a_name_said_alone_and_faintly_stays(again: tuple[tuple[str, float, float, float] | None, ...]) -> None:
    """As unlikely as it was heard, so that the reviewer is shown it: no second hearing loses it."""
    tried = Attempts(_Told(("Malik.", 0.28, -0.9, 0.1), *again))
    (segment,) = tried.heard(np.zeros(RATE, np.float32), "fr", ["Malik Benali", "Mimosas"])
    assert [(word.word, word.probability) for word in segment.words] == [(" Malik.", 0.28)]
