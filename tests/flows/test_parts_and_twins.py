"""Parts keep the number of their name, the same bytes name the session that holds them, and a cut recording is told."""

from pathlib import Path

import pytest

from flows.steps.arrival import intake, receive
from flows.steps.drafting.detecting import detect
from flows.steps.status import status
from infra.settings import Detection
from tests import factory
from vocabulary.choices import Audience, RecordClass, SessionState
from vocabulary.errors import UnknownError, UsageError
from vocabulary.ids import SessionName

OTHER = factory.RECORDING.read_bytes() + b"\0"


def test_a_part_keeps_the_number_of_its_name_whatever_comes_first(tmp_path: Path) -> None:
    """The second part dropped first is the second all the same."""
    home = factory.copied(tmp_path / "home")
    drop = home.path / "drop" / factory.CODE
    (drop / "seance1-part2.ogg").write_bytes(OTHER)
    with home.open() as services:
        intake.intake(services)
        (drop / "seance1-part1.ogg").write_bytes(factory.RECORDING.read_bytes())
        intake.intake(services)
        found = {row.part: row.size for row in services.archive.catalog.records(record_class=RecordClass.RECORDING)}
        assert services.archive.catalog.session(factory.SESSION).parts == 2
    assert found[2] > found[1]


def test_another_recording_of_the_same_part_stays_in_the_drop_folder(tmp_path: Path) -> None:
    """Which of the two is the part, a person decides."""
    home = factory.copied(tmp_path / "home")
    drop = home.path / "drop" / factory.CODE
    with home.open() as services:
        for data in (factory.RECORDING.read_bytes(), OTHER):
            (drop / "seance1-part1.ogg").write_bytes(data)
            taken = intake.intake(services)
        row = services.archive.catalog.session(factory.SESSION)
    assert [refused.file for refused in taken.refused] == [f"{factory.CODE}/seance1-part1.ogg"]
    assert (drop / "seance1-part1.ogg").read_bytes() == OTHER
    assert row.parts == 1


def test_a_duplicate_names_the_session_that_holds_it(tmp_path: Path) -> None:
    """Brought again for another session, the recording is said to be where it is."""
    home = factory.copied(tmp_path / "home", SessionState.RECEIVED)
    with home.open() as services:
        again = receive.submit(services, [factory.RECORDING], factory.SESSION)
        elsewhere = receive.submit(services, [factory.RECORDING], SessionName(factory.CODE, 9))
    assert (again.duplicates, again.elsewhere) == (1, None)
    assert (elsewhere.duplicates, elsewhere.elsewhere) == (1, factory.SESSION)


def test_the_receipt_of_a_cut_recording_says_so(tmp_path: Path) -> None:
    """Nobody is told to erase the only whole copy."""
    home = factory.copied(tmp_path / "home")
    cut = tmp_path / "cut.ogg"
    cut.write_bytes(factory.RECORDING.read_bytes()[:-3000])
    with home.open() as services:
        assert receive.submit(services, [cut], factory.SESSION).damaged
        assert not receive.submit(services, [factory.RECORDING], SessionName(factory.CODE, 2)).damaged


def test_a_later_dossier_voids_the_clearances_given(tmp_path: Path) -> None:
    """They were given to another draft, and ``status`` no longer counts them."""
    home = factory.copied(tmp_path / "home", SessionState.IN_REVIEW)
    dossier = tmp_path / "seance1.toml"
    dossier.write_text(factory.DOSSIER + '\n[[known]]\nkind = "place"\nforms = ["Quai Vert"]\n', encoding="utf-8")
    with home.open() as services:
        from flows.steps.reviewing.clear import clear
        from flows.steps.reviewing.review import accept

        accept(services, factory.SESSION, "anne")
        clear(services, factory.SESSION, Audience.GROUP, "anne")
        assert status(home.settings).sessions[0].clearances == {"group": 1}
        receive.submit(services, [], factory.SESSION, dossier)
    assert status(home.settings).sessions[0].clearances == {}


def test_status_names_what_was_dropped_for_a_workshop_there_is_not(tmp_path: Path) -> None:
    """A folder made by hand in the drop folder is no workshop."""
    home = factory.copied(tmp_path / "home")
    (home.path / "drop" / "ailleurs").mkdir()
    (home.path / "drop" / "ailleurs" / "seance1.ogg").write_bytes(OTHER)
    (refused,) = status(home.settings).refused
    assert refused.file == "ailleurs/seance1.ogg"
    assert isinstance(refused.error, UnknownError)


def test_detect_does_not_write_over_what_it_reads(tmp_path: Path) -> None:
    """The answer needs a file of its own, also under another name of the same file."""
    source, name = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"id": "1", "text": "Bonjour."}\n', encoding="utf-8")
    name.symlink_to(source)
    for target in (source, name):
        with pytest.raises(UsageError):
            detect(Detection(), source, target)
    assert "Bonjour" in source.read_text(encoding="utf-8")
