"""Receipt: what is sealed, what is refused, and what becomes of the file that was brought."""

from pathlib import Path
from typing import Any

import pytest

from flows import plain
from flows.steps.arrival import intake, receive
from flows.steps.arrival.drop_folder import dropped, read_name
from flows.steps.sessions import retry
from flows.steps.status import status
from speech.recording import decode
from tests import factory
from vocabulary.choices import Reason, RecordClass, SessionState
from vocabulary.errors import DossierError, RecordingError, StateError, UnknownError, UsageError
from vocabulary.ids import SessionName


def _copy(target: Path, data: bytes | None = None) -> Path:
    target.write_bytes(factory.RECORDING.read_bytes() if data is None else data)
    return target


def _dossier(folder: Path, text: str = factory.DOSSIER) -> Path:
    path = folder / "seance1.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_submit_seals_what_it_was_given_and_leaves_the_file_alone(home: factory.Built, tmp_path: Path) -> None:
    """The receipt says so; the sealed bytes are the file's."""
    file = _copy(tmp_path / "a.ogg")
    with home.open() as services:
        receipt = receive.submit(services, [file], factory.SESSION, _dossier(tmp_path))
        record = services.archive.catalog.records(record_class=RecordClass.RECORDING)[0]
        sealed = services.archive.objects.unseal(services.archive.scope_of(record), services.archive.sealed_of(record))
    assert (receipt.parts, receipt.new_parts, receipt.duplicates, receipt.waits) == (1, 1, 0, None)
    assert 7 < receipt.seconds < 10
    assert file.read_bytes() == sealed


def test_move_removes_the_file_once_it_is_sealed(home: factory.Built, tmp_path: Path) -> None:
    """And the dossier with it."""
    file, dossier = _copy(tmp_path / "a.ogg"), _dossier(tmp_path)
    with home.open() as services:
        assert receive.submit(services, [file], factory.SESSION, dossier, move=True).moved
    assert not file.exists()
    assert not dossier.exists()


def test_the_same_bytes_again_are_a_duplicate(home: factory.Built, tmp_path: Path) -> None:
    """Whatever the name of the file, and whatever the session it is brought for."""
    with home.open() as services:
        receive.submit(services, [_copy(tmp_path / "a.ogg")], factory.SESSION)
        again = receive.submit(services, [_copy(tmp_path / "b.ogg")], SessionName(factory.CODE, 2))
        records = services.archive.catalog.records(record_class=RecordClass.RECORDING)
    assert (again.new_parts, again.duplicates) == (0, 1)
    assert len(records) == 1


def test_a_recording_without_its_dossier_waits_and_status_says_for_what(home: factory.Built, tmp_path: Path) -> None:
    """Then the dossier comes, and nothing is missing any more."""
    with home.open() as services:
        receive.submit(services, [_copy(tmp_path / "a.ogg")], factory.SESSION)
        assert status(home.settings).sessions[0].waits is Reason.DOSSIER_MISSING
        receive.submit(services, [], factory.SESSION, _dossier(tmp_path))
    assert status(home.settings).sessions[0].waits is None


def test_a_participant_who_did_not_agree_keeps_the_session_waiting(home: factory.Built, tmp_path: Path) -> None:
    """The recording is sealed, and not transcribed."""
    text = factory.DOSSIER.replace('agrees = ["recording", "return", "research"]', 'agrees = ["return"]')
    with home.open() as services:
        receipt = receive.submit(services, [_copy(tmp_path / "a.ogg")], factory.SESSION, _dossier(tmp_path, text))
    assert receipt.waits is Reason.CONSENT_MISSING


@pytest.mark.parametrize(
    "data",
    [b"", b"this is a text file named .wav\n" * 50, b"ffconcat version 1.0\nfile 'other.wav'\n"],
    ids=["empty", "text", "ffconcat"],
)
def test_a_file_that_is_no_recording_is_sealed_and_set_aside(home: factory.Built, tmp_path: Path, data: bytes) -> None:
    """The error says so, the original stays, and even with --move it is not removed."""
    file = _copy(tmp_path / "a.wav", data)
    with home.open() as services:
        with pytest.raises(RecordingError):
            receive.submit(services, [file], factory.SESSION, move=True)
        row = services.archive.catalog.session(factory.SESSION)
        kept = services.archive.catalog.records(session_id=row.id, record_class=RecordClass.RECORDING)
    assert row.state == SessionState.QUARANTINED
    assert row.reason in (Reason.NOT_A_RECORDING, Reason.EMPTY)
    assert len(kept) == 1
    assert file.read_bytes() == data


def test_a_dossier_with_an_error_is_refused_before_anything_is_sealed(home: factory.Built, tmp_path: Path) -> None:
    """File, line and key are named, and the value is not."""
    text = factory.DOSSIER.replace("[[known]]", "[[conus]]", 1)
    with home.open() as services:
        with pytest.raises(DossierError) as raised:
            receive.submit(services, [_copy(tmp_path / "a.ogg")], factory.SESSION, _dossier(tmp_path, text))
        assert services.archive.catalog.sessions() == []
    message = str(raised.value)
    assert "seance1.toml" in message + str(raised.value.place)
    assert not any(name in message for name in factory.CANARIES)


def test_an_unknown_workshop_is_refused(home: factory.Built, tmp_path: Path) -> None:
    """Nothing is sealed for it."""
    with home.open() as services, pytest.raises(UnknownError):
        receive.submit(services, [_copy(tmp_path / "a.ogg")], SessionName("ailleurs", 1))


def test_a_link_is_not_followed(home: factory.Built, tmp_path: Path) -> None:
    """What is sealed is what was named."""
    link = tmp_path / "lien.ogg"
    link.symlink_to(factory.RECORDING)
    with home.open() as services, pytest.raises(UsageError):
        receive.submit(services, [link], factory.SESSION)


def test_a_dropped_file_is_taken_with_its_dossier_and_both_are_removed(home: factory.Built) -> None:
    """Dropping by hand does the same as submit."""
    drop = home.path / "drop" / factory.CODE
    _copy(drop / "seance1.ogg")
    _dossier(drop)
    with home.open() as services:
        taken = intake.intake(services)
        row = services.archive.catalog.session(factory.SESSION)
    assert {receipt.session for receipt in taken.receipts} == {factory.SESSION}
    assert (row.parts, row.waits) == (1, None)
    assert dropped(home.path) == ([], [])
    assert list((home.path / "claimed").iterdir()) == []


def test_a_dropped_file_without_a_number_stays_and_status_asks_for_it(home: factory.Built) -> None:
    """It is never guessed."""
    file = _copy(home.path / "drop" / factory.CODE / "enregistrement.ogg")
    with home.open() as services:
        assert intake.intake(services).unnumbered == 1
    assert file.exists()
    assert status(home.settings).unnumbered == (f"{factory.CODE}/enregistrement.ogg",)


def test_a_dropped_dossier_with_an_error_stays_to_be_mended(home: factory.Built) -> None:
    """The recording beside it is sealed and waits; status names file, line and key."""
    drop = home.path / "drop" / factory.CODE
    _copy(drop / "seance1.ogg")
    _dossier(drop, factory.DOSSIER.replace("speakers = 2", 'speakers = "deux"'))
    with home.open() as services:
        taken = intake.intake(services)
    assert [type(refused.error) for refused in taken.refused] == [DossierError]
    assert (drop / "seance1.toml").exists()
    seen = status(home.settings)
    assert seen.sessions[0].waits is Reason.DOSSIER_MISSING
    assert [refused.file for refused in seen.refused] == [f"{factory.CODE}/seance1.toml"]


def test_status_names_what_lies_in_the_drop_folder_and_is_never_taken(home: factory.Built) -> None:
    """Beside the workshops' folders, hidden, or deeper: readable all the same."""
    drop = home.path / "drop"
    _copy(drop / "seance1.ogg")
    _copy(drop / factory.CODE / ".seance1.ogg.part")
    (drop / factory.CODE / ".DS_Store").write_bytes(b"")
    assert status(home.settings).passed_over == (f"{factory.CODE}/.seance1.ogg.part", "seance1.ogg")


def test_a_file_a_killed_process_had_claimed_is_not_overwritten_by_another_of_its_name(home: factory.Built) -> None:
    """One is sealed as the part it names itself, the other is given back."""
    with home.open() as services:
        drop = home.path / "drop" / factory.CODE
        claimed = intake._claim(services, read_name(factory.CODE, _copy(drop / "seance1.ogg", b"RIFF first")))  # type: ignore[arg-type]
        again = intake._claim(services, read_name(factory.CODE, _copy(drop / "seance1.ogg")))  # type: ignore[arg-type]
        assert claimed.read_bytes() == b"RIFF first"
        assert again != claimed
        refused = intake.intake(services).refused
        assert services.archive.catalog.session(factory.SESSION).parts == 1
    assert [type(one.error) for one in refused] == [StateError]
    assert (drop / "seance1.ogg").exists()
    assert list((home.path / "claimed").iterdir()) == []


def test_a_retry_asks_again_what_is_missing(home: factory.Built, tmp_path: Path) -> None:
    """A session set aside before its dossier came does not go on without it."""
    with home.open() as services:
        with pytest.raises(RecordingError):
            receive.submit(services, [_copy(tmp_path / "a.wav", b"no recording")], factory.SESSION)
        retry(services, factory.SESSION)
    assert status(home.settings).sessions[0].waits is Reason.DOSSIER_MISSING


def test_what_was_withheld_is_silenced_in_a_recording_that_was_too_long_when_it_came(
    home: factory.Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its length was not known then, and is found out before anything is recognised."""
    dossier = factory.DOSSIER.replace("speakers = 2", 'speakers = 2\nwithheld = ["00:00:01-00:00:03"]')
    monkeypatch.setenv("HUISCLOS_INTAKE__MAX_HOURS", "0.001")
    with home.open() as services, pytest.raises(RecordingError) as raised:
        receive.submit(services, [_copy(tmp_path / "a.ogg")], factory.SESSION, _dossier(tmp_path, dossier))
    assert raised.value.reason is Reason.TOO_LARGE
    monkeypatch.delenv("HUISCLOS_INTAKE__MAX_HOURS")
    with home.open() as services:
        retry(services, factory.SESSION)
        plain.run(services)
        archive = services.archive
        copy = archive.catalog.records(record_class=RecordClass.RECORDING)[0]
        samples, _ = decode(archive.objects.reader(archive.scope_of(copy), archive.sealed_of(copy)), services.limits)
    assert copy.length_ms
    assert abs(samples[int(1.1 * 16000) : int(2.9 * 16000)]).max() < 1e-3 * abs(samples).max()


def test_a_stretch_to_be_kept_out_that_lies_beyond_the_end_stops_the_session(
    home: factory.Built, tmp_path: Path
) -> None:
    """Nothing would be silenced, and nobody told; with the right times it goes on."""
    wrong = factory.DOSSIER.replace("speakers = 2", 'speakers = 2\nwithheld = ["00:10:00-00:11:00"]')
    with home.open() as services:
        receive.submit(services, [_copy(tmp_path / "a.ogg")], factory.SESSION, _dossier(tmp_path, wrong))
        row = plain.run(services).walked[0]
        assert (row.state, row.reason) == (SessionState.QUARANTINED, Reason.WITHHELD_BEYOND)
        right = wrong.replace("00:10:00-00:11:00", "00:00:01-00:00:02")
        receive.submit(services, [], factory.SESSION, _dossier(tmp_path, right))
        retry(services, factory.SESSION)
        assert plain.run(services).walked[0].state is SessionState.IN_REVIEW


def test_several_files_are_the_parts_of_one_session_and_it_waits_for_all(home: factory.Built) -> None:
    """Two parts announced, one there: the session waits."""
    drop = home.path / "drop" / factory.CODE
    _copy(drop / "seance1-part1.ogg")
    _dossier(drop, factory.DOSSIER.replace("speakers = 2", "speakers = 2\nparts = 2"))
    with home.open() as services:
        intake.intake(services)
        assert services.archive.catalog.session(factory.SESSION).waits == Reason.PARTS_MISSING
        other = factory.RECORDING.read_bytes() + b"\0"
        _copy(drop / "seance1-part2.ogg", other)
        intake.intake(services)
        row = services.archive.catalog.session(factory.SESSION)
    assert (row.parts, row.waits) == (2, None)


def test_a_file_still_being_copied_is_left_until_it_is_still(home: factory.Built) -> None:
    """A file that changes while it is watched is not taken."""
    import threading
    import time

    file = _copy(home.path / "drop" / factory.CODE / "seance1.ogg", b"begin")
    growing = threading.Event()

    def grow() -> None:
        while not growing.is_set():
            with file.open("ab") as out:
                out.write(b"more")
            time.sleep(0.05)

    writer = threading.Thread(target=grow)
    with home.open() as services:
        object.__setattr__(
            services.settings, "intake", services.settings.intake.model_copy(update={"settle_seconds": 0.6})
        )
        writer.start()
        taken = intake.intake(services)
        growing.set()
        writer.join()
    assert taken.receipts == ()
    assert file.exists()


def test_a_further_recording_cannot_join_a_session_that_has_been_transcribed(tmp_path: Path) -> None:
    """It would be left out of the return in silence."""
    home = factory.copied(tmp_path / "home", SessionState.IN_REVIEW)
    with home.open() as services, pytest.raises(StateError):
        receive.submit(services, [_copy(tmp_path / "b.ogg", factory.RECORDING.read_bytes() + b"\0")], factory.SESSION)


def test_a_file_that_is_still_being_written_goes_back_to_the_drop_folder(
    home: factory.Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes after the sealing began is not lost: nothing is taken, and the next run takes the whole."""
    dropped_file = _copy(home.path / "drop" / factory.CODE / "seance1.ogg")
    probe = receive.probe

    def probe_while_more_comes(*args: Any) -> Any:
        (claimed,) = (home.path / "claimed").iterdir()
        with claimed.open("ab") as file:
            file.write(b"more")
        return probe(*args)

    with home.open() as services:
        with monkeypatch.context() as patched:
            patched.setattr(receive, "probe", probe_while_more_comes)
            (refused,) = intake.intake(services).refused
        assert isinstance(refused.error, StateError)
        assert dropped_file.read_bytes().endswith(b"more")
        (receipt,) = intake.intake(services).receipts
        assert receipt.new_parts == 1
