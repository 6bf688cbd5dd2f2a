"""The inventory kept elsewhere: what it holds, what it does not, and that it never stands in the way."""

import json
import shutil
from pathlib import Path

import pytest

from flows import plain
from flows.steps.custody.inventory import EARLIER, MOST_EARLIER
from flows.steps.custody.inventory_file import Inventory, parse_inventory
from flows.steps.retention import retain
from flows.steps.status import status
from storage.log.audit import verify_log
from storage.log.log import Log
from storage.replay import replay_log
from tests import factory
from tests.canary.scan import needles, scan
from tests.fakes.vault_transit import TOKEN, VaultTransit
from vocabulary.choices import SessionState
from vocabulary.errors import DamagedError

WANTED = needles(
    [*factory.CANARIES, "Amaury", "Solveig", "Camille", "Dominique", "Oriflamme"], factory.RECORDING.read_bytes()
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the steward keeps, named by the settings."""
    folder = tmp_path / "kept"
    folder.mkdir()
    monkeypatch.setenv("HUISCLOS_COPIES__INVENTORY", str(folder))
    return folder


@pytest.fixture
def home(tmp_path: Path) -> factory.Built:
    """A home with a released session."""
    return factory.copied(tmp_path / "home", SessionState.RELEASED)


def _run(home: factory.Built, **options: object) -> None:
    with home.open(**options) as services:  # type: ignore[arg-type]
        plain.run(services)


def _folder(place: Path) -> Path:
    (found,) = place.iterdir()
    return found


def _read(place: Path) -> Inventory:
    return parse_inventory((_folder(place) / "inventory.json").read_bytes())


def test_a_run_leaves_an_inventory_and_a_log_that_verifies_by_itself(home: factory.Built, place: Path) -> None:
    """Entries, root and rows of the copy are those of the home's log."""
    _run(home)
    found, ours = _read(place), Log(home.path / "archive" / "log")
    checked = verify_log(_folder(place) / "log", pending=lambda: ())
    assert (checked.size, checked.root) == (found.log.entries, found.log.root)
    assert checked.size == ours.checkpoint().size
    assert replay_log(Log(_folder(place) / "log")) == replay_log(ours)


def test_it_counts_sessions_records_and_people(home: factory.Built, place: Path) -> None:
    """As the catalog and the dossier have them."""
    _run(home)
    (shop,) = _read(place).workshops
    (session,) = shop.holding.sessions
    assert (shop.holding.code, session.number, session.state, session.participants) == (
        factory.CODE, 1, SessionState.RELEASED.value, 1)  # fmt: skip
    assert {"recording", "verbatim", "cleared", "output"} <= set(session.holds)
    kept = {row.record_class: row.kept for row in shop.holding.records}
    assert kept["recording"] == 1
    assert kept["output"] == 3
    assert shop.holding.spoken_of.youths == 1
    assert shop.policy is not None
    assert (shop.policy.controller, shop.policy.offence_data) == ("Laboratoire Exemple", True)


def test_a_destruction_is_counted_at_once(home: factory.Built, place: Path) -> None:
    """The recording is gone from what is kept, and stands among what was destroyed."""
    with home.open() as services:
        retain.apply(services, "Dominique")
    rows = {row.record_class: row for row in _read(place).workshops[0].holding.records}
    assert (rows["recording"].kept, rows["recording"].destroyed, rows["recording"].bytes) == (0, 1, 0)


def test_nothing_that_was_said_or_named_is_in_the_folder(home: factory.Built, place: Path) -> None:
    """Names of the talk, of the dossier, of people, of files and folders of the drop folder: none of them."""
    drop = home.path / "drop"
    (drop / "Oriflamme").mkdir()
    (drop / "Oriflamme" / "Amaury Zorbekian.m4a").write_bytes(factory.RECORDING.read_bytes())
    (drop / factory.CODE / "Quastelbach.ogg").write_bytes(factory.RECORDING.read_bytes())
    (home.path / "claimed" / "Solveig~00000000~seance2.ogg").write_bytes(b"x")
    _run(home)
    assert scan(place, WANTED) == []


def test_what_lies_readable_is_counted_by_workshop(home: factory.Built, place: Path) -> None:
    """A folder that is no workshop's counts as elsewhere."""
    drop = home.path / "drop"
    (drop / "Oriflamme").mkdir()
    (drop / "Oriflamme" / "a.ogg").write_bytes(b"12345")
    (drop / factory.CODE / "later.ogg").write_bytes(b"123")
    _run(home)
    found = _read(place)
    clear = found.workshops[0].clear
    assert (clear.drop.files, clear.drop.bytes, clear.outbox.files) == (1, 3, 3)
    assert clear.outbox.bytes > 3000
    assert (found.elsewhere.drop.files, found.elsewhere.drop.bytes) == (1, 5)


def test_the_copied_log_grows_by_what_is_new(home: factory.Built, place: Path) -> None:
    """What was copied before stays as it is; a copy that was changed is written anew."""
    _run(home)
    (segment,) = (_folder(place) / "log" / "segments").glob("decisions-*")
    written = segment.stat().st_ino, segment.read_bytes()
    with home.open() as services:
        services.person("Anne")
        plain.run(services)
    assert segment.stat().st_ino == written[0]
    assert segment.read_bytes().startswith(written[1])
    assert len(segment.read_bytes()) > len(written[1])
    segment.write_bytes(segment.read_bytes().replace(b"released", b"relaesed"))
    _run(home)
    assert verify_log(_folder(place) / "log", pending=lambda: ()).size == _read(place).log.entries


def test_a_copy_that_was_interrupted_is_completed(home: factory.Built, place: Path) -> None:
    """A torn tail beyond the checkpoint is overwritten by the next run."""
    _run(home)
    log = _folder(place) / "log"
    (last,) = (log / "segments").glob("decisions-*")
    last.write_bytes(last.read_bytes() + b'{"format":"huisclos-lo')
    (log / "leaves").write_bytes((log / "leaves").read_bytes() + bytes(40))
    _run(home)
    assert verify_log(log, pending=lambda: ()).size == _read(place).log.entries


def test_a_folder_that_is_gone_stops_nothing_and_is_told(home: factory.Built, place: Path, tmp_path: Path) -> None:
    """The run succeeds; ``status`` says since when; the folder is not made; the next run that can write ends it."""
    shutil.rmtree(place)
    _run(home, now=factory.at(2030, 1, 1))
    _run(home, now=factory.at(2030, 1, 2))
    assert not place.exists()
    told = status(home.settings).inventory
    assert (told.configured, told.reachable, told.left_at) == (True, False, None)
    assert (told.failing_since, told.problem) == ("2030-01-01T09:00:00Z", "No such file or directory")
    place.mkdir()
    _run(home, now=factory.at(2030, 1, 3))
    told = status(home.settings).inventory
    assert (told.left_at, told.failing_since, told.reachable) == ("2030-01-03T09:00:00Z", None, True)


def test_a_full_or_refusing_folder_stops_nothing(
    home: factory.Built, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the system while writing is remembered by its words."""

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("flows.steps.custody.inventory.put", full)
    _run(home)
    assert status(home.settings).inventory.problem == "No space left on device"


def test_without_a_folder_nothing_is_written_and_status_says_so(home: factory.Built) -> None:
    """The setting is empty by default."""
    _run(home)
    assert not status(home.settings).inventory.configured
    assert not (home.path / "copies" / "inventory.json").exists()


def test_one_inventory_a_day_is_kept_and_not_for_ever(home: factory.Built, place: Path) -> None:
    """The last of each earlier day; the oldest make room."""
    _run(home, now=factory.at(2030, 1, 1, 9))
    _run(home, now=factory.at(2030, 1, 1, 15))
    _run(home, now=factory.at(2030, 1, 2))
    earlier = _folder(place) / EARLIER
    (kept,) = earlier.iterdir()
    assert kept.name == "inventory-2030-01-01.json"
    assert parse_inventory(kept.read_bytes()).made_at == "2030-01-01T15:00:00Z"
    for day in range(1, 32):
        (earlier / f"inventory-2029-12-{day:02}.json").write_bytes(b"")
    _run(home, now=factory.at(2030, 1, 2, 11))
    names = sorted(path.name for path in earlier.iterdir())
    assert len(names) == MOST_EARLIER
    assert names[0] == "inventory-2029-12-02.json"


def test_two_homes_share_a_folder(home: factory.Built, place: Path, tmp_path: Path) -> None:
    """Each has a folder of its own, named by its id."""
    other = factory.build(tmp_path / "other")
    _run(home)
    _run(other)
    assert len(list(place.iterdir())) == 2
    assert {parse_inventory((one / "inventory.json").read_bytes()).home for one in place.iterdir()} == {
        one.name for one in place.iterdir()
    }


def test_the_file_has_one_encoding(home: factory.Built, place: Path) -> None:
    """Another spelling of the same, a key too many and a word that is no state are refused, without a value."""
    _run(home)
    data = (_folder(place) / "inventory.json").read_bytes()
    assert parse_inventory(data).to_bytes() == data
    plain_value = json.loads(data)
    spaced = json.dumps(plain_value, sort_keys=True).encode() + b"\n"
    more = json.dumps({**plain_value, "Zorbekian": "Amaury"}, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    for wrong in (spaced, more, data.replace(b'"released"', b'"Zorbekian"'), b"Zorbekian", data[:-1]):
        with pytest.raises(DamagedError) as caught:
            parse_inventory(wrong)
        assert not {"Amaury", "Zorbekian"} & set(str(caught.value).replace("(", " ").replace(")", " ").split())


def test_where_the_slot_secret_lies_is_what_holds_not_what_is_set(
    home: factory.Built, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret made before the key service was named lies in its file, until the keys are rotated."""
    with VaultTransit() as vault:
        monkeypatch.setenv("VAULT_TOKEN", TOKEN)
        monkeypatch.setenv("HUISCLOS_SLOT__KIND", "transit")
        monkeypatch.setenv("HUISCLOS_SLOT__URL", vault.url)
        _run(home)
        before = _read(place).slot
        with home.open() as services:
            services.archive.keystore.rotate()
            plain.run(services)
        after = _read(place).slot
        (key,) = vault.keys
    assert (before.kind, before.same_disk, before.key) == ("file", True, "")
    assert (after.kind, after.same_disk, after.url) == ("transit", False, vault.url)
    assert key.startswith(f"{after.key}-")
    assert after.key != "huisclos"
