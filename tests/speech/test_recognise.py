"""One contract for every recogniser, and what is Whisper's own."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from speech import attempts, inventions, recognise
from speech.attempts import words_of
from speech.child_process import Recipe
from speech.recognise import Recogniser, WhisperRecogniser, pieces
from speech.recogniser_process import ProcessRecogniser
from speech.recording import RATE, Samples
from speech.voice import gather, levelled
from tests.fakes.scripted_recogniser import ScriptedRecogniser
from tests.speech.noises import KINDS, noise
from vocabulary.errors import ResourceError
from vocabulary.transcript import Word

SCRIPT = ("Bonjour, je m'appelle Malik Benali.", "D'accord, Malik. Tu\u00a0viens\u202f? 10\u202f000 fois.")
"""With the spaces that French typography puts inside of what a model gives as one word."""


@pytest.fixture(scope="module")
def process() -> Iterator[ProcessRecogniser]:
    """The scripted one, in a process of its own."""
    arguments = {"script": list(SCRIPT)}
    made = ProcessRecogniser(Recipe("tests.fakes.scripted_recogniser", "ScriptedRecogniser", arguments))
    yield made
    made.close()


@pytest.fixture(params=["whisper", "scripted", "process"])
def recogniser(request: pytest.FixtureRequest) -> Recogniser:
    """Each recogniser there is."""
    if request.param == "scripted":
        return ScriptedRecogniser(SCRIPT)
    found: Recogniser = request.getfixturevalue(request.param)
    return found


def _hear(recogniser: Recogniser, samples: Samples, hotwords: tuple[str, ...] = ()) -> list[Word]:
    heard = recogniser.recognise(samples, language="fr", hotwords=hotwords, on_progress=lambda _: None)
    return [word for stretch in heard for word in stretch.words]


def _text(words: list[Word]) -> str:
    return " ".join(word.text.reveal() for word in words)


class TestContract:
    """What steps rely on."""

    def test_words_are_single_and_in_order(self, recogniser: Recogniser, short: Samples) -> None:
        """No word is empty or holds a space; times rise within the recording; chances lie in 0..1."""
        words = _hear(recogniser, short)
        assert words
        assert all(re.fullmatch(r"\S+", word.text.reveal()) for word in words)
        assert all(0 <= word.start <= word.end <= len(short) / RATE + 0.1 for word in words)
        assert all(a.start <= b.start for a, b in pairwise(words))
        assert all(0 <= word.probability <= 1 for word in words)

    def test_casing_is_kept(self, recogniser: Recogniser, short: Samples) -> None:
        """Detection rests on capitals."""
        assert "Malik Benali" in _text(_hear(recogniser, short, ("Malik Benali",)))

    def test_silence_holds_no_words(self, recogniser: Recogniser) -> None:
        """Nothing is made up."""
        assert _hear(recogniser, np.zeros(20 * RATE, np.int16)) == []

    def test_no_samples_hold_no_words(self, recogniser: Recogniser) -> None:
        """An empty recording is no fault."""
        assert _hear(recogniser, np.zeros(0, np.int16)) == []

    def test_progress_rises_to_one(self, recogniser: Recogniser, short: Samples) -> None:
        """A person watches it."""
        told: list[float] = []
        recogniser.recognise(short, language="fr", hotwords=(), on_progress=told.append)
        assert told == sorted(told)
        assert told[-1] == 1.0

    def test_the_same_samples_give_the_same_words(self, recogniser: Recogniser, short: Samples) -> None:
        """A retry changes nothing."""
        assert _hear(recogniser, short) == _hear(recogniser, short)

    def test_the_version_says_something(self, recogniser: Recogniser) -> None:
        """It is kept with every transcript."""
        assert recogniser.version


@pytest.mark.parametrize(("said", "parts"), [(" viens\u00a0?", ["viens", "?"]), (" 10\u202f000", ["10", "000"])])
def test_a_space_inside_of_a_word_parts_it(said: str, parts: list[str]) -> None:
    """No-break spaces too: each part has its share of the time, and together they have all of it."""
    token = SimpleNamespace(word=said, start=1.0, end=2.2, probability=0.9)
    words = list(words_of(SimpleNamespace(words=[token]), 10.0))
    assert [word.text.reveal() for word in words] == parts
    assert words[0].start == 11.0
    assert words[0].end == words[1].start
    assert words[1].end == 12.2


def test_nothing_is_written_to_the_standard_streams(
    whisper: WhisperRecogniser, short: Samples, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Not by the library either, even when somebody turns all logging on."""
    with caplog.at_level("DEBUG"):
        _hear(whisper, short)
    assert capfd.readouterr() == ("", "")
    assert "Malik" not in caplog.text


@pytest.mark.parametrize("kind", KINDS)
def test_noise_and_music_are_not_speech(kind: str, whisper: WhisperRecogniser) -> None:
    """Not a word, and none of the names that were to be listened for."""
    assert _hear(whisper, noise(kind, 20.0), ("Malik Benali", "Nabil", "cité des Mimosas")) == []


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
def test_ten_minutes_of_noise_hold_no_word(kind: str, whisper: WhisperRecogniser) -> None:
    """Whatever the kind, even faint and raised by the levelling."""
    assert _hear(whisper, noise(kind, 600.0, seed=2), ("Malik Benali", "Nabil", "cité des Mimosas")) == []


def test_quiet_talk_is_raised_and_loud_talk_is_not() -> None:
    """Only for finding speech: a whisper beside a voice becomes as loud, silence stays silent."""
    at = np.arange(20 * RATE) / RATE
    tone = (0.3 * np.sin(2 * np.pi * 200 * at)).astype(np.float32)
    tone[10 * RATE :] *= 0.03
    tone[15 * RATE :] = 0
    raised = levelled(tone)
    assert np.array_equal(raised[: 8 * RATE], tone[: 8 * RATE])
    assert 0.08 < np.sqrt(np.square(raised[12 * RATE : 13 * RATE]).mean()) < 0.15
    assert not raised[17 * RATE :].any()
    assert len(levelled(tone[:100])) == 100


def test_hot_words_are_given_whole_and_in_their_order(whisper: WhisperRecogniser) -> None:
    """Sixty at most, each once; what the engine would cut off is not given at all."""
    names = [f"Nom {number}" for number in range(100)]
    fitting = whisper._fitting(["Alice", "Alice", *names])
    assert fitting[:2] == ["Alice", "Nom 0"]
    assert len(fitting) <= 60
    long = [f"Institut médico-éducatif Saint-Exupéry de la Vallée {number}" for number in range(60)]
    assert long[:5] == whisper._fitting(long)[:5]
    assert len(whisper._fitting(long)) < 20


def test_a_folder_that_is_no_model_is_a_missing_resource(tmp_path: Path) -> None:
    """The engine's own error does not come through."""
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt"):
        (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(ResourceError, match=r"speech\.model"):
        WhisperRecogniser(tmp_path)


def test_the_version_names_weights_and_library(whisper: WhisperRecogniser) -> None:
    """Two models never share a version."""
    assert "d01c3014881c" in whisper.version
    assert "faster-whisper 1." in whisper.version


@pytest.mark.parametrize(
    ("place", "name", "value"),
    [
        (attempts, "_ECHOED", -5.0),
        (recognise, "_LEFT_OUT", 0.1),
        (recognise, "_PIECE", 60),
        (recognise, "_PROMPT", 50),
        (attempts, "_ATTEMPTS", ((True, 0.0), (False, 0.0), (False, 0.9))),
        (inventions, "UNLIKELY", 0.9),
        (inventions, "SURE", 0.5),
    ],
)
def test_the_version_tells_what_the_result_depends_on(
    place: ModuleType, name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A block that was made with another value is of no use."""
    monkeypatch.setattr(recognise, "model_digest", lambda _: "0" * 64)
    recogniser = WhisperRecogniser.__new__(WhisperRecogniser)
    recogniser._directory, recogniser._stretches = Path("base"), 1
    before = recogniser.version
    monkeypatch.setattr(place, name, value)
    assert recogniser.version != before


def test_long_recordings_are_cut_where_they_are_quiet() -> None:
    """Pieces cover everything once, stay under ten minutes, and end in the pause."""
    samples = np.full(1500 * RATE, 1000, np.int16)
    samples[570 * RATE : 571 * RATE] = 0
    cut = pieces(samples)
    assert cut[0][0] == 0
    assert cut[-1][1] == len(samples)
    assert all(a[1] == b[0] for a, b in pairwise(cut))
    assert all(end - start <= 600 * RATE for start, end in cut)
    assert 570 <= cut[0][1] / RATE <= 571


def test_stretches_part_at_the_longest_pause() -> None:
    """Never in the middle of a voiced region, never longer than Whisper's window, none lost."""
    voiced = [(float(at), at + 4.6) for at in range(0, 60, 5)]
    voiced[4] = (20.0, 23.5)
    found = gather(voiced)
    assert found[0] == (0.0, 23.5)
    assert all(end - start <= 26 for start, end in found)
    assert found[0][0] == voiced[0][0]
    assert found[-1][1] == voiced[-1][1]


def test_a_long_pause_always_parts() -> None:
    """Silence is where Whisper makes things up."""
    assert gather([(0.0, 2.0), (9.0, 10.0)]) == [(0.0, 2.0), (9.0, 10.0)]
