"""Recordings given to the speech benchmark: read as they are meant, refused with the place of the fault."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks.speech_measures import Said
from benchmarks.speech_pieces import PieceError, demo, read_folder, read_rttm
from benchmarks.speech_rooms import RATE, ROOMS, in_room, lengthened
from tests.speech.recorders import talk

TURNS = """[{"start": 0, "end": 1.5, "speaker": "A", "text": "Bonjour."},
            {"start": 2, "end": 3, "speaker": "B", "text": "Oui."}]"""
RTTM = ";; made\nSPEAKER x 1 0.50 1.00 <NA> <NA> anna <NA> <NA>\nSPEAKER x 1 2.00 0.50 <NA> <NA> bela <NA> <NA>\n"


def _folder(tmp_path: Path, **files: str) -> Path:
    (tmp_path / "x.flac").touch()
    for extension, text in files.items():
        (tmp_path / f"x.{extension}").write_text(text, encoding="utf-8")
    return tmp_path


def test_text_alone_gives_words(tmp_path: Path) -> None:
    """No speakers, no names; a byte order mark is no word."""
    (piece,) = read_folder(_folder(tmp_path, txt="\ufeffBonjour, Nabil.\n"))
    assert (piece.name, piece.text, piece.said, piece.names, piece.speakers) == ("x", "Bonjour, Nabil.", (), (), None)


def test_turns_give_words_speakers_and_names(tmp_path: Path) -> None:
    """Text is that of the turns, names are those of the list beside it."""
    (piece,) = read_folder(_folder(tmp_path, json=TURNS, names="Nabil\n\nLina Amrani\nNabil\n"))
    assert (piece.text, piece.speakers, piece.names) == ("Bonjour. Oui.", 2, ("Nabil", "Lina Amrani"))
    assert piece.tells_words_by_speaker


def test_rttm_gives_speakers_to_a_text(tmp_path: Path) -> None:
    """Who speaks when, without who says what."""
    (piece,) = read_folder(_folder(tmp_path, txt="Bonjour. Oui.", rttm=RTTM))
    assert piece.said == (Said("anna", 0.5, 1.5), Said("bela", 2.0, 2.5))
    assert not piece.tells_words_by_speaker


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, r"x\.flac: what is said is missing; expected x\.txt or x\.json"),
        ({"txt": "  \n"}, r"x\.txt: no word in it"),
        ({"json": "[{]"}, r"x\.json, line 1: no JSON"),
        ({"json": "{}"}, r"x\.json: expected a list"),
        ({"json": '[{"start": 0, "end": 1, "text": "Oui."}]'}, r"x\.json, turn 1: speaker missing"),
        ({"json": '[{"start": 2, "end": 1, "speaker": "A", "text": ""}]'}, "turn 1: start and end"),
        ({"json": '[{"start": 0, "end": "1", "speaker": "A", "text": ""}]'}, "turn 1: start and end"),
        ({"json": "[3]"}, "turn 1: expected an object"),
        ({"txt": "Oui.", "rttm": "SPEAKER x 1 un deux\n"}, r"x\.rttm, line 1: expected SPEAKER"),
        ({"txt": "Oui.", "rttm": "SPEAKER x 1 -1 2 <NA> <NA> a <NA>\n"}, r"x\.rttm, line 1: a start"),
        ({"txt": "Oui.", "rttm": ";; nothing\n"}, r"x\.rttm: no line"),
    ],
)
def test_a_wrong_reference_is_refused_with_its_place(files: dict[str, str], told: str, tmp_path: Path) -> None:
    """The file, the line or the turn, and what was expected."""
    with pytest.raises(PieceError, match=told):
        read_folder(_folder(tmp_path, **files))


def test_text_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    """A text of another century's editor."""
    (_folder(tmp_path) / "x.txt").write_bytes("é".encode("latin-1"))
    with pytest.raises(PieceError, match=r"x\.txt: not in UTF-8"):
        read_folder(tmp_path)


def test_a_folder_without_recordings_is_refused(tmp_path: Path) -> None:
    """What was expected is named."""
    with pytest.raises(PieceError, match=r"\.flac, \.ogg, \.wav"):
        read_folder(tmp_path)


def test_rttm_lines_of_other_kinds_are_passed_over(tmp_path: Path) -> None:
    """Comments, and what is said of the speakers themselves."""
    (tmp_path / "x.rttm").write_text("SPKR-INFO x 1 <NA> <NA> <NA> adult a <NA>\n" + RTTM, encoding="utf-8")
    assert len(read_rttm(tmp_path / "x.rttm")) == 2


def test_the_demonstration_is_a_piece() -> None:
    """Its names are those of its gold, its speakers six."""
    piece = demo()
    assert piece.speakers == 6
    assert "Malik Benali" in piece.names
    assert "Malik Benali" in piece.text


def test_a_room_keeps_length_and_is_the_same_each_time() -> None:
    """Every room but the first changes the sound."""
    sound = talk(3.0)
    for name, room in ROOMS.items():
        made = in_room(sound, room)
        assert len(made) == len(sound)
        assert np.array_equal(made, in_room(sound, room))
        assert np.array_equal(made, sound) is (name == "clean")


def test_a_longer_recording_carries_its_reference_along() -> None:
    """Turns follow each other within the length asked for, each where its sound is."""
    sound = np.concatenate([np.zeros(RATE, np.int16), talk(2.0), np.zeros(RATE, np.int16)])
    made = list(lengthened(sound, [Said("A", 1.0, 3.0, "oui")], 30.0))
    samples = np.concatenate([piece for piece, _ in made])
    said = [one for _, turns in made for one in turns]
    assert 26 <= len(samples) / RATE <= 30.5
    assert len(said) == 7
    assert all(before.end <= after.start for before, after in pairwise(said))
    for one in said:
        outside = samples[int((one.start - 0.6) * RATE) : int((one.start - 0.1) * RATE)]
        inside = samples[int(one.start * RATE) : int(one.end * RATE)]
        assert np.abs(outside).max() == 0 < np.abs(inside).max()
