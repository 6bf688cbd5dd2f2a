"""Whatever tells voices apart keeps one contract, and keeps nothing of a voice."""

import gc
import os
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from speech.audio import Audio
from speech.child_process import Recipe
from speech.diarise import Diariser, SpectralDiariser, Voice
from speech.diariser_process import ProcessDiariser, make_diariser
from speech.operator_diarisers import PyannoteDiariser, SherpaDiariser
from speech.recording import RATE, Samples
from tests.fakes import diarisation_libraries as libraries
from tests.speech.conftest import tone
from vocabulary.choices import ToldApart
from vocabulary.errors import ResourceError

PITCHES = (110.0, 220.0, 440.0)
MODELS = os.environ.get("DIARISATION_MODELS")
"""A folder with folders ``pyannote`` and ``sherpa-onnx``; where it is named, the real libraries are tried too."""


def _talk(*pitches: float) -> Samples:
    """Two seconds of each pitch, and half a second of silence after it."""
    return np.concatenate([part for pitch in pitches for part in (tone(2.0, pitch), np.zeros(RATE // 2, np.int16))])


def _stretches(count: int) -> list[tuple[float, float]]:
    return [(2.5 * at, 2.5 * at + 2.0) for at in range(count)]


def _audio(samples: Samples, piece: int = 50_000) -> Audio:
    return lambda: (samples[at : at + piece] for at in range(0, len(samples), piece))


def _real() -> list[str]:
    """The libraries whose weights somebody named; without any, the stand-ins are all there is to try."""
    kinds = ("pyannote", "sherpa-onnx")
    return [f"real {kind}" for kind in kinds if MODELS is not None and (Path(MODELS) / kind).is_dir()]


@pytest.fixture(params=["plain", "pyannote 3", "pyannote 4", "sherpa-onnx", "apart", *_real()])
def diariser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Diariser]:
    """Each diariser there is, the libraries being stand-ins unless their weights are here."""
    name = str(request.param)
    if name == "plain":
        yield SpectralDiariser()
    elif name.startswith("real "):
        kind = ToldApart(name.removeprefix("real "))
        yield make_diariser(kind, Path(str(MODELS)) / str(kind), 2, 900.0)
    elif name == "apart":
        folder = libraries.pyannote_folder(tmp_path / "models")
        recipe = Recipe("tests.fakes.troubled_diarisers", "pyannote", {"folder": str(folder), "threads": 2})
        yield ProcessDiariser(ToldApart.PYANNOTE, recipe)
    elif name == "sherpa-onnx":
        libraries.install(monkeypatch, libraries.sherpa_module())
        yield SherpaDiariser(libraries.sherpa_folder(tmp_path / "models"), 2)
    else:
        libraries.install(monkeypatch, *libraries.pyannote_modules(since_4=name.endswith("4")))
        yield PyannoteDiariser(libraries.pyannote_folder(tmp_path / "models"), 2)


def _labels_of(voices: Sequence[Voice]) -> list[int]:
    return list(dict.fromkeys(voice.label for voice in voices))


@pytest.mark.parametrize("heads", [None, 1, 2, 3])
def test_voices_are_in_order_and_counted_by_first_appearance(diariser: Diariser, heads: int | None) -> None:
    """From 0, each with a beginning before its end, and never more of them than heads."""
    voices = diariser.diarise(_audio(_talk(*PITCHES, *PITCHES)), _stretches(6), heads)
    assert _labels_of(voices) == list(range(len(_labels_of(voices))))
    assert len(_labels_of(voices)) <= (heads or 99)
    assert all(voice.start <= voice.end for voice in voices)
    assert all(one.start <= other.start for one, other in pairwise(voices))
    assert all(voice.certainty is None or 0.0 <= voice.certainty <= 1.0 for voice in voices)


def test_the_same_sound_gives_the_same_voices(diariser: Diariser) -> None:
    """However it is cut into pieces."""
    samples = _talk(*PITCHES, *PITCHES)
    first = diariser.diarise(_audio(samples), _stretches(6), 3)
    assert diariser.diarise(_audio(samples, 999), _stretches(6), 3) == first


@pytest.mark.parametrize("stretches", [[(0.0, 1.0)], [(0.0, 0.01), (0.5, 0.5), (8.0, 9.0)]])
def test_words_in_which_nobody_is_heard_are_somebodys(diariser: Diariser, stretches: list[tuple[float, float]]) -> None:
    """Silence, moments and stretches past the end have a voice; without words there is none."""
    silence = _audio(np.zeros(2 * RATE, np.int16))
    assert _labels_of(diariser.diarise(silence, stretches, 4)) == [0]
    assert diariser.diarise(silence, [], 4) == []


def test_nothing_of_a_voice_outlives_the_call(diariser: Diariser) -> None:
    """Neither the diariser nor what it answers holds figures of a voice: times, labels and certainties only."""
    before = {id(one) for one in gc.get_objects() if isinstance(one, np.ndarray)}
    kept = repr(sorted(vars(diariser)))
    voices = diariser.diarise(_audio(_talk(*PITCHES)), _stretches(3), 3)
    assert repr(sorted(vars(diariser))) == kept
    assert not any(isinstance(value, (np.ndarray, list, dict, tuple)) for value in vars(diariser).values())
    assert {type(value) for voice in voices for value in vars(voice).values()} <= {float, int, type(None)}
    gc.collect()
    after = {id(one) for one in gc.get_objects() if isinstance(one, np.ndarray) and one.size > 1}
    assert not after - before


def test_what_knows_overlaps_shows_them(diariser: Diariser) -> None:
    """Two tones at once are two voices at once, unless the diariser says that it cannot tell."""
    both = (tone(2.0, PITCHES[0]) // 2 + tone(2.0, PITCHES[2]) // 2).astype(np.int16)
    voices = diariser.diarise(_audio(both), [(0.0, 2.0)], 3)
    overlap = any(one.end > other.start for one, other in pairwise(voices))
    assert overlap is diariser.kind.knows_overlaps


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


def test_another_file_is_another_version(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transcript tells which weights told its speakers apart."""
    libraries.install(monkeypatch, libraries.sherpa_module())
    before = SherpaDiariser(libraries.sherpa_folder(folder), 0).version
    (folder / "embedding.onnx").write_bytes(b"other weights")
    assert SherpaDiariser(folder, 0).version != before


def test_a_diariser_without_its_library_names_what_to_install(folder: Path) -> None:
    """Neither library is a part of huisclos."""
    with pytest.raises(ResourceError, match=r"pip install sherpa-onnx"):
        make_diariser(ToldApart.SHERPA_ONNX, libraries.sherpa_folder(folder / "s"), 0, 60.0)
    with pytest.raises(ResourceError, match=r"pip install pyannote\.audio"):
        make_diariser(ToldApart.PYANNOTE, libraries.pyannote_folder(folder / "p"), 0, 60.0)


@pytest.mark.parametrize("kind", [ToldApart.PYANNOTE, ToldApart.SHERPA_ONNX])
def test_a_diariser_without_its_models_names_the_setting(kind: ToldApart, folder: Path) -> None:
    """No folder, or one that lacks files; the path is not shown."""
    with pytest.raises(ResourceError, match=r"speech\.diariser_model"):
        make_diariser(kind, None, 0, 60.0)
    folder.mkdir()
    with pytest.raises(ResourceError, match="lacks") as caught:
        make_diariser(kind, folder, 0, 60.0)
    assert str(folder.parent) not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("pyannote.audio.pipelines.SpeakerDiarization", "os.system"),
        ("$model/embedding", "pyannote/wespeaker-voxceleb-resnet34-LM"),
        ("$model/embedding", "$model/../elsewhere"),
        ("$model/embedding", "/etc/passwd"),
        ("$model/embedding", "[a, b]"),
        ("version: 4.0.0", "preprocessors: {audio: {name: os.system}}"),
        (libraries.CONFIGURATION, "- a list"),
        (libraries.CONFIGURATION, "a: [b"),
    ],
)
def test_a_pipeline_runs_nothing_but_pyannotes_own_from_its_folder(
    old: str, new: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A configuration that names another class, a model to be fetched or a file elsewhere is refused unread."""
    libraries.install(monkeypatch, *libraries.pyannote_modules())
    path = libraries.pyannote_folder(folder) / "config.yaml"
    path.write_text(libraries.CONFIGURATION.replace(old, new), encoding="utf-8")
    with pytest.raises(ResourceError, match=r"config\.yaml must name"):
        PyannoteDiariser(folder, 0)


def test_models_that_do_not_load_or_want_another_rate_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what to do, and without what the library says: that can quote a path."""
    libraries.install(monkeypatch, libraries.sherpa_module(rate=8000))
    with pytest.raises(ResourceError, match="8000 Hz"):
        SherpaDiariser(libraries.sherpa_folder(folder), 0)
    (folder / "segmentation.onnx").write_bytes(b"")
    with pytest.raises(ResourceError, match="cannot be loaded"):
        SherpaDiariser(folder, 0)


def test_the_libraries_are_told_to_stay_silent_before_they_are_imported(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No network and no reports of use: the stand-in refuses to load otherwise."""
    libraries.install(monkeypatch, *libraries.pyannote_modules())
    PyannoteDiariser(libraries.pyannote_folder(folder), 0)
    assert (os.environ["HF_HUB_OFFLINE"], os.environ["PYANNOTE_METRICS_ENABLED"]) == ("1", "0")


@pytest.mark.parametrize("name", ["pyannote", "sherpa-onnx"])
def test_the_libraries_tell_how_far_they_are(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign of life: fractions that rise to the end."""
    made: PyannoteDiariser | SherpaDiariser
    if name == "pyannote":
        libraries.install(monkeypatch, *libraries.pyannote_modules())
        made = PyannoteDiariser(libraries.pyannote_folder(folder), 0)
    else:
        libraries.install(monkeypatch, libraries.sherpa_module())
        made = SherpaDiariser(libraries.sherpa_folder(folder), 0)
    told: list[float] = []
    made.diarise(_audio(_talk(*PITCHES)), _stretches(3), 3, told.append)
    assert told == sorted(told)
    assert (len(told) >= libraries.CHUNKS, told[-1]) == (True, 1.0)
