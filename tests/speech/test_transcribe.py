"""The parts of a session in, its transcript out."""

import io
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from speech.diarise import SpectralDiariser
from speech.recognise import WhisperRecogniser
from speech.recording import RATE, Limits, Samples
from speech.transcribe import DAMAGED, Work, names_of, transcribe
from tests.fakes.scripted_recogniser import ScriptedRecogniser
from tests.speech.conftest import DATA, DEMO, tone
from vocabulary.choices import EntityType, Reason, Use
from vocabulary.dossier import Dossier, Known, Participant
from vocabulary.errors import RecordingError

SCRIPT = ("Bonjour à tous.", "On t'écoute, Malik.")
DOSSIER = Dossier(
    number=1,
    speakers=2,
    participants=(Participant("Malik Benali", "éducateur", "association", frozenset(Use), also=("Malik",)),),
    known=(Known(EntityType.PLACE, ("cité des Mimosas", "Malik")),),
)


def _folded(text: str) -> list[str]:
    letters = unicodedata.normalize("NFD", text.lower().replace("œ", "oe"))
    return re.findall(r"[a-z0-9]+", "".join(c for c in letters if not unicodedata.combining(c)))


def _errors(reference: list[str], heard: list[str]) -> int:
    """Word edit distance."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(reference, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


def test_parts_are_laid_end_to_end() -> None:
    """Times of the second part begin where the first ends; so does its share of the progress."""
    told: list[float] = []
    parts = [(DATA / "short.ogg").open("rb"), (DATA / "short.ogg").open("rb")]
    transcript = transcribe(
        parts, DOSSIER, ScriptedRecogniser(SCRIPT), SpectralDiariser(), work=Work(on_progress=told.append)
    )
    length = transcript.duration / 2
    words = [word for turn in transcript.turns for word in turn.words]
    half = len(words) // 2
    assert [w.text for w in words[:half]] == [w.text for w in words[half:]]
    assert all(b.start - a.start == pytest.approx(length) for a, b in zip(words, words[half:], strict=False))
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_the_transcript_says_how_it_was_made() -> None:
    """Both versions stand in it, the language comes from the dossier, and no name of the dossier is there."""
    transcript = transcribe([(DATA / "short.ogg").open("rb")], DOSSIER, ScriptedRecogniser(SCRIPT), SpectralDiariser())
    assert "scripted" in transcript.model
    assert "spectral" in transcript.model
    assert "Malik" not in transcript.model
    assert (transcript.language, transcript.warnings) == ("fr", ())


def test_a_truncated_part_is_transcribed_with_a_warning() -> None:
    """Up to the damage, and the facilitator is told."""
    data = (DATA / "short.ogg").read_bytes()
    transcript = transcribe([io.BytesIO(data[: len(data) // 2])], None, ScriptedRecogniser(SCRIPT), SpectralDiariser())
    assert transcript.warnings == (DAMAGED,)
    assert transcript.turns


def test_silence_is_no_speech(whisper: WhisperRecogniser, encode: Callable[[Samples, str], bytes]) -> None:
    """Ten silent seconds end with a reason, not with an invented sentence."""
    source = io.BytesIO(encode(np.zeros(10 * RATE, np.int16), "wav"))
    with pytest.raises(RecordingError) as caught:
        transcribe([source], DOSSIER, whisper, SpectralDiariser())
    assert caught.value.reason is Reason.NO_SPEECH


def test_parts_too_long_together_are_refused(encode: Callable[[Samples, str], bytes]) -> None:
    """The limit holds for the session, not only for each file."""
    parts = [io.BytesIO(encode(tone(2.0), "flac")) for _ in range(2)]
    with pytest.raises(RecordingError) as caught:
        transcribe(parts, None, ScriptedRecogniser(SCRIPT), SpectralDiariser(), limits=Limits(seconds=3.0))
    assert caught.value.reason is Reason.TOO_LARGE


def test_names_of_the_dossier_are_listened_for_once_each() -> None:
    """People around the table first."""
    assert names_of(DOSSIER) == ["Malik Benali", "Malik", "cité des Mimosas"]
    assert names_of(None) == []


def test_the_short_recording_is_heard_word_for_word(whisper: WhisperRecogniser) -> None:
    """The whole way with the real model, on eight seconds of two voices."""
    transcript = transcribe([(DATA / "short.ogg").open("rb")], None, whisper, SpectralDiariser())
    turns = json.loads((DATA / "reference.json").read_text(encoding="utf-8"))["turns"]
    reference = _folded(" ".join(turn["text"] for turn in turns))
    heard = _folded(" ".join(turn.text.reveal() for turn in transcript.turns))
    assert _errors(reference, heard) <= 2
    assert "Malik Benali" in transcript.turns[0].text.reveal()


def _minute(demo: Samples, turns: list[dict[str, object]]) -> tuple[Samples, list[dict[str, object]]]:
    whole = [turn for turn in turns if float(str(turn["end"])) < 75]
    return demo[: int((float(str(whole[-1]["end"])) + 0.2) * RATE)], whole


def test_a_minute_of_the_demo_is_heard_well_enough(
    whisper: WhisperRecogniser,
    demo: tuple[Samples, list[dict[str, object]]],
    encode: Callable[[Samples, str], bytes],
) -> None:
    """At most 15 % of words wrong, and nine words in ten with the right speaker."""
    samples, turns = _minute(*demo)
    dossier = Dossier(number=1, speakers=6, participants=DOSSIER.participants)
    transcript = transcribe([io.BytesIO(encode(samples, "flac"))], dossier, whisper, SpectralDiariser())
    reference = _folded(" ".join(str(turn["text"]) for turn in turns))
    heard = _folded(" ".join(turn.text.reveal() for turn in transcript.turns))
    assert _errors(reference, heard) / len(reference) < 0.15
    together: Counter[tuple[str, str]] = Counter()
    for turn in transcript.turns:
        for word in turn.words:
            middle = (word.start + word.end) / 2
            real = min(turns, key=lambda t: max(float(str(t["start"])) - middle, middle - float(str(t["end"]))))
            together[turn.speaker, str(real["speaker"])] += 1
    best = Counter({label: 0 for label, _ in together})
    for (label, _), count in together.items():
        best[label] = max(best[label], count)
    assert best.total() / together.total() > 0.9


def test_the_demo_is_what_its_description_says() -> None:
    """Three to five minutes, five voices or more, 25 identifiers or more, gold that fits its text."""
    reference = json.loads((DEMO / "reference.json").read_text(encoding="utf-8"))
    gold = json.loads((DEMO / "gold.jsonl").read_text(encoding="utf-8"))
    assert 180 <= reference["duration"] <= 300
    assert len({turn["speaker"] for turn in reference["turns"]}) >= 5
    assert len({(e["cluster"], e["text"]) for e in gold["entities"]}) >= 25
    assert all(gold["text"][e["start"] : e["end"]] == e["text"] for e in gold["entities"])
    assert [gold["text"][t["start"] : t["end"]] for t in gold["turns"]] == [t["text"] for t in reference["turns"]]
    assert Path(DEMO / "seance1.ogg").stat().st_size < 3_000_000
