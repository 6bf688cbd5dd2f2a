"""The finished blocks of a transcription: kept through a kill, of use only while nothing changed, gone at the end."""

import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import av
import numpy as np
import pytest

from anonymize.vault import Referent
from flows.steps.arrival import receive
from flows.steps.attempt import attempt
from flows.steps.custody import renewal
from flows.steps.drafting.draft import open_transcript
from flows.steps.drafting.vaults import SealedVaults
from flows.steps.hearing.blocks import block_rows
from flows.steps.hearing.pace import pace
from flows.steps.hearing.transcribe import transcribe, withhold
from flows.steps.query_view import View
from flows.steps.retention import holds
from flows.steps.retention.retain import plan
from flows.steps.sealing import finish_erasures, versions
from flows.steps.status import status
from infra.wiring import Services
from speech.recognise import Heard
from speech.recording import RATE, Samples, decode
from storage.archive import Archive
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows.walk import RecordRow
from storage.verify import verify_archive
from tests import factory
from tests.canary.scan import needles, scan
from tests.fakes.scripted_recogniser import ScriptedRecogniser
from vocabulary.choices import EntityType, Ground, RecordClass, RecordLife, SessionState, Suspends
from vocabulary.errors import ResourceError, StateError
from vocabulary.transcript import Transcript

ALONE = factory.DOSSIER.replace("speakers = 2", "speakers = 1")
KILLED = """
import os, signal, sys
from pathlib import Path
from flows.steps.attempt import attempt
from flows.steps.hearing.transcribe import transcribe
from storage.objects import ObjectStore
from tests import factory
from tests.fakes.scripted_recogniser import ScriptedRecogniser

calls = []

def armed(real, at, before):
    def call(*args, **options):
        calls.append(1)
        if before and len(calls) == at:
            os.kill(os.getpid(), signal.SIGKILL)
        done = real(*args, **options)
        if len(calls) == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return done
    return call

if sys.argv[2] == "recognising":
    ScriptedRecogniser.recognise = armed(ScriptedRecogniser.recognise, 4, before=True)
else:
    ObjectStore.seal = armed(ObjectStore.seal, 3, before=False)
with factory.Built(Path(sys.argv[1])).open() as services:
    attempt(services, services.archive.catalog.session(factory.SESSION).id, transcribe)
"""


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two minutes of talk."""
    samples = np.tile(decode(factory.RECORDING.open("rb"))[0], 20)[: 120 * RATE]
    path = tmp_path_factory.mktemp("recording") / "seance1.flac"
    with av.open(str(path), "w", format="flac") as container:
        stream = container.add_stream("flac", rate=RATE)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.rate = RATE
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return path


@pytest.fixture
def received(tmp_path: Path, recording: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], factory.Built]:
    """Homes in which the two minutes wait, to be transcribed in blocks of twenty seconds at most."""
    monkeypatch.setenv("HUISCLOS_SPEECH__BLOCK_SECONDS", "20")

    def build(name: str) -> factory.Built:
        built = factory.build(tmp_path / name)
        toml = tmp_path / "seance1.toml"
        toml.write_text(ALONE, encoding="utf-8")
        with built.open() as services:
            receive.submit(services, [recording], factory.SESSION, toml)
        return built

    return build


class Stopping(ScriptedRecogniser):
    """Counts its calls, notes what it is to listen for, and stops at one of them."""

    def __init__(self, stop_at: int | None = None) -> None:
        super().__init__(factory.TALK)
        self.calls = 0
        self.names: list[str] = []
        self._stop_at = stop_at

    def recognise(self, samples: Samples, **options: object) -> list[Heard]:  # type: ignore[override]
        self.calls += 1
        self.names = list(options["hotwords"])  # type: ignore[call-overload]
        if self.calls == self._stop_at:
            raise ResourceError("The speech recognition ended.")
        return super().recognise(samples, **options)  # type: ignore[arg-type]


def _transcribed(services: Services, stop_at: int | None = None) -> int:
    """Take one attempt; return how many blocks were recognised in it."""
    recogniser = services.__dict__["recogniser"] = Stopping(stop_at)
    session = services.archive.catalog.session(factory.SESSION)
    services.troubles.clear()
    assert attempt(services, session.id, withhold)
    assert attempt(services, session.id, transcribe) is (stop_at is None)
    return recogniser.calls


def _blocks(services: Services) -> list[RecordRow]:
    return block_rows(services, services.archive.catalog.session(factory.SESSION))


def _transcript(services: Services) -> Transcript:
    return open_transcript(services, services.archive.catalog.session(factory.SESSION))


@pytest.mark.parametrize(("point", "kept"), [("recognising", 3), ("sealed, not committed", 2)])
def test_a_killed_transcription_loses_one_block_and_comes_out_the_same(
    point: str, kept: int, received: Callable[[str], factory.Built]
) -> None:
    """Killed in the middle of a block, with no time for anything: those before it are kept, the result is the same."""
    whole, killed = received("whole"), received("killed")
    with whole.open() as services:
        every = _transcribed(services)
        expected = _transcript(services)
    done = subprocess.run([sys.executable, "-c", KILLED, str(killed.path), point], cwd=factory.ROOT, timeout=300)
    assert done.returncode == -signal.SIGKILL
    with killed.open() as services:
        assert [row.part for row in _blocks(services)] == list(range(1, kept + 1))
        assert _transcribed(services) == every - kept
        assert _transcript(services) == expected
        assert not verify_archive(killed.path, services.archive).findings


def test_no_byte_of_a_block_is_plain_and_none_is_left_in_the_end(received: Callable[[str], factory.Built]) -> None:
    """Sealed while the work is under way; afterwards the key is gone, and the file too."""
    home = received("home")
    wanted = needles(list(factory.CANARIES), factory.RECORDING.read_bytes())
    with home.open() as services:
        _transcribed(services, stop_at=4)
        kept = _blocks(services)
        scopes = {services.archive.scope_of(row) for row in kept}
        assert len(kept) == 3
        assert len(scopes) == 1
        assert scan(home.path, wanted) == []
        _transcribed(services)
        session = services.archive.catalog.session(factory.SESSION)
        verbatim = versions(services, session, RecordClass.VERBATIM)
        assert len(verbatim) == 1
        assert services.archive.scope_of(verbatim[0]) not in scopes
        assert not any(services.archive.keystore.has(scope) for scope in scopes)
        assert _blocks(services) == []
        assert not any((services.archive.objects.root / row.digest[:2] / row.digest).exists() for row in kept)
        kinds = [entry.kind for entry in services.archive.log.entries(session=session.id)]
        assert kinds.count("block-transcribed") > 3
        assert kinds[-1] == "destroyed"


def test_blocks_are_no_verbatim(received: Callable[[str], factory.Built]) -> None:
    """Neither a draft nor a query takes one for the transcript; retention counts them as talk."""
    home = received("home")
    with home.open() as services:
        _transcribed(services, stop_at=4)
        session = services.archive.catalog.session(factory.SESSION)
        assert services.archive.catalog.latest(session.id, RecordClass.VERBATIM) is None
        assert versions(services, session, RecordClass.VERBATIM) == []
        with pytest.raises(StateError):
            open_transcript(services, session)
        assert View(services, None).parts("verbatim") == []
        items = [
            item
            for item in plan(home.settings, services.now(), everything=True).items
            if item.record_class == "verbatim"
        ]
        assert len(items) == 3
        assert all(item.due is not None for item in items)


def test_blocks_heard_with_other_names_are_destroyed_and_made_anew(received: Callable[[str], factory.Built]) -> None:
    """A dossier that knows another name comes in between."""
    home = received("home")
    with home.open() as services:
        _transcribed(services, stop_at=4)
        kept = _blocks(services)
        toml = home.path.parent / "autre.toml"
        toml.write_text(ALONE.replace('"les Mirontaines"', '"les Mirontaines", "la Butte"'), encoding="utf-8")
        receive.submit(services, [], factory.SESSION, toml)
        every = _transcribed(services)
        assert every > len(kept) + 1
        rows = [services.archive.catalog.record(row.id) for row in kept]
        assert {row.life for row in rows} == {RecordLife.DESTROYED}
        kinds = [entry.kind for entry in services.archive.log.entries()]
        assert kinds.index("blocks-outdated") < kinds.index("transcribed")


def test_names_of_another_session_spoil_no_block(received: Callable[[str], factory.Built]) -> None:
    """The vault learns one name and forgets another meanwhile: the first list counts, but for what is gone."""
    home = received("home")
    with home.open() as services:
        _store(services, "Zoubir", "Kelly")
        _transcribed(services, stop_at=4)
        kept = _blocks(services)
        first = services.recogniser.names  # type: ignore[attr-defined]
        assert {"Zoubir", "Kelly"} < set(first)
        _store(services, "Kelly", "Ousmane")
        made = _transcribed(services)
        assert services.recogniser.names == [name for name in first if name != "Zoubir"]  # type: ignore[attr-defined]
        kinds = [entry.kind for entry in services.archive.log.entries()]
        assert made == kinds.count("block-transcribed") + 1 - len(kept)
        assert "blocks-outdated" not in kinds


def test_a_name_of_the_vault_cannot_be_read_in_a_block(received: Callable[[str], factory.Built]) -> None:
    """Who withdraws from the workshop meanwhile is not left in the blocks of a session in which nobody named them."""
    home = received("home")
    with home.open() as services:
        _store(services, "Zoubir")
        _transcribed(services, stop_at=3)
        archive = services.archive
        for row in _blocks(services):
            assert b"Zoubir" not in archive.objects.unseal(archive.scope_of(row), archive.sealed_of(row))


def _store(services: Services, *forms: str) -> None:
    """Let these youths be all that the workshop's vault knows, as another session's draft or a withdrawal would."""
    vaults = SealedVaults(services)
    known = tuple(Referent(f"y-{at}", EntityType.YOUTH, (form,), f"Jeune {at}") for at, form in enumerate(forms))
    before = vaults.load(factory.CODE)
    row, replaced = vaults.seal(factory.CODE, replace(before, referents=known, version=before.version + 1))
    change = Change(add=(row,), replace=tuple(replaced))
    services.commit(change, Entry("drafted", session=services.archive.catalog.session(factory.SESSION).id))


def test_blocks_that_a_hold_keeps_are_not_said_to_be_given_up(
    received: Callable[[str], factory.Built], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log has what was condemned; the work goes on beside what is kept."""
    home = received("home")
    with home.open() as services:
        _transcribed(services, stop_at=4)
        kept = _blocks(services)
        placed = date(2999, 1, 1)
        holds.place(services, Suspends.DESTRUCTION, str(factory.SESSION), Ground.AUTHORITY, placed, "Dominique")
        monkeypatch.setattr(ScriptedRecogniser, "version", "another model")
        _transcribed(services, stop_at=2)
        assert {row.id for row in kept} < {row.id for row in _blocks(services)}
        assert "blocks-outdated" not in [entry.kind for entry in services.archive.log.entries()]


def test_a_restriction_placed_meanwhile_stops_the_work_at_the_next_block(
    received: Callable[[str], factory.Built], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is heard after it is not sealed."""
    home = received("home")
    with home.open() as services:
        hear, sealed = Stopping.recognise, list[int]()

        def restricted(self: Stopping, samples: Samples, **options: object) -> list[Heard]:
            if self.calls == 2:
                sealed.append(len(_blocks(services)))
                placed = date(2999, 1, 1)
                holds.place(services, Suspends.USE, str(factory.SESSION), Ground.REQUEST, placed, "Dominique")
            return hear(self, samples, **options)

        monkeypatch.setattr(Stopping, "recognise", restricted)
        assert _transcribed(services, stop_at=4) == 3
        assert [len(_blocks(services))] == sealed


@pytest.mark.parametrize("changed", ["SPEECH__BLOCK_SECONDS", "model", "mixing"])
def test_another_setting_model_or_edition_makes_them_anew(
    changed: str, received: Callable[[str], factory.Built], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they were made with is what decides, and not that they are there."""
    home = received("home")
    with home.open() as services:
        _transcribed(services, stop_at=4)
    if changed == "model":
        monkeypatch.setattr(ScriptedRecogniser, "version", "another model")
    elif changed.islower():
        monkeypatch.setattr(f"speech.{changed}.EDITION", "another edition")
    else:
        monkeypatch.setenv(f"HUISCLOS_{changed}", "30")
    with home.open() as services:
        every = _transcribed(services)
        assert every * (20 if changed.islower() else 30) >= 120
        assert "blocks-outdated" in [entry.kind for entry in services.archive.log.entries()]


def test_what_is_kept_out_later_is_in_no_block(received: Callable[[str], factory.Built]) -> None:
    """The blocks of the talk as it was lose their key with the original recording, before anything is heard."""
    home = received("home")
    with home.open() as services:
        _transcribed(services, stop_at=4)
        kept = _blocks(services)
        toml = home.path.parent / "autre.toml"
        toml.write_text(
            ALONE.replace("speakers = 1", 'speakers = 1\nwithheld = ["00:00:05-00:00:15"]'), encoding="utf-8"
        )
        receive.submit(services, [], factory.SESSION, toml)
        session = services.archive.catalog.session(factory.SESSION)
        assert attempt(services, session.id, withhold)
        assert _blocks(services) == []
        assert not any(services.archive.keystore.has(services.archive.scope_of(row)) for row in kept)
        every = _transcribed(services)
        assert every >= 6


def test_an_erasure_that_was_cut_short_is_finished(
    received: Callable[[str], factory.Built], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verbatim is committed, the blocks are announced to go: the next call takes their key."""
    home = received("home")
    with home.open() as services:
        _transcribed(services, stop_at=4)
        with monkeypatch.context() as patched:
            patched.setattr("flows.steps.hearing.transcribe.finish_erasures", lambda _services: 0)
            _transcribed(services)
        kept = _blocks(services)
        assert all(row.destroy_intended_at for row in kept)
        assert _transcript(services).turns
        assert finish_erasures(services) == len(kept) > 3
        assert not any(services.archive.keystore.has(services.archive.scope_of(row)) for row in kept)
        assert _transcript(services).turns


def test_a_block_that_does_not_open_is_made_anew(received: Callable[[str], factory.Built]) -> None:
    """What can be made again keeps nobody from working."""
    home = received("home")
    with home.open() as services:
        _transcribed(services, stop_at=4)
        spoilt = _blocks(services)[1]
        path = services.archive.objects.root / spoilt.digest[:2] / spoilt.digest
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        assert _transcribed(services) >= 4
        assert services.archive.catalog.session(factory.SESSION).state == SessionState.TRANSCRIBED


def test_blocks_stay_of_use_under_renewed_keys(received: Callable[[str], factory.Built]) -> None:
    """Sealed anew, they are what they were; the next ones go under the same key."""
    home = received("home")
    with home.open() as services:
        _transcribed(services, stop_at=4)
        before = {services.archive.scope_of(row) for row in _blocks(services)}
        renewal.renew(services, [factory.CODE], "Dominique")
        kept = _blocks(services)
        assert len(kept) == 3
        assert before.isdisjoint(services.archive.scope_of(row) for row in kept)
        _transcribed(services, stop_at=2)
        assert len(_blocks(services)) == 4
        assert len({services.archive.scope_of(row) for row in _blocks(services)}) == 1


def test_a_short_recording_has_no_blocks(tmp_path: Path) -> None:
    """One block is the whole: it is in the transcript."""
    home = factory.copied(tmp_path / "home", SessionState.RECEIVED)
    with home.open() as services:
        assert _transcribed(services) == 1
        assert "block-transcribed" not in [entry.kind for entry in services.archive.log.entries()]


def test_status_says_how_far_it_has_come_without_a_passphrase(received: Callable[[str], factory.Built]) -> None:
    """Seconds done of all, from the catalog alone; interrupted unless a process holds the session."""
    home = received("home")
    assert status(home.settings).sessions[0].transcription is None
    with home.open() as services:
        _transcribed(services, stop_at=4)
        done = sum(row.length_ms or 0 for row in _blocks(services)) / 1000
    found = status(home.settings).sessions[0].transcription
    assert found is not None
    assert (found.done, found.length, found.blocks, found.at_work) == (done, 120.0, 3, False)
    assert found.left is None


def test_the_pace_is_that_of_most_blocks() -> None:
    """A night between two blocks does not count."""
    moments = [(9, 0, 0), (9, 0, 30), (9, 1, 0), (20, 0, 0), (20, 0, 30)]
    rows = [_row(number, datetime(2026, 3, 14, *at, tzinfo=UTC)) for number, at in enumerate(moments, 1)]
    assert pace(rows) == 10.0
    assert pace(rows[:1]) is None


def _row(number: int, at: datetime) -> RecordRow:
    from storage.keys.scope import Scope
    from storage.objects import Sealed

    scope = Scope(factory.CODE, 1, RecordClass.VERBATIM, 1)
    sealed = Sealed(f"o-{number:032x}", f"{number:064x}", 1, "blob")
    return Archive.new_record(scope, sealed, at, part=number, format="block", length_ms=300_000)
