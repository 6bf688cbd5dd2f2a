"""An older home comes to this version whole, or stays what it was."""

from pathlib import Path

import pytest

from flows.steps.custody.upgrading import upgrade
from infra.process import presence
from storage.archive import Archive
from storage.copies import upgrading
from storage.home_format import HOME_FORMAT, INTERRUPTED, read
from storage.verify import verify_archive
from tests import factory
from tests.homes.make import KEPT, unpack
from tests.storage.killing import no_file_beyond
from vocabulary.errors import BusyError, DamagedError, ResourceError, StateError, WrongPassphraseError

OLDEST = KEPT / "0.1.0.tar.gz"
WATCHED = ("archive/keystore", "home.toml", "archive/log")


@pytest.fixture
def old(tmp_path: Path) -> factory.Built:
    """A copy of the oldest kept home."""
    return unpack(OLDEST, tmp_path)


def content(home: Path) -> dict[str, bytes]:
    """Every file that an upgrade may change, but for the catalog, whose bytes SQLite arranges."""
    paths = [home / place for place in WATCHED]
    files = [file for path in paths for file in (path.rglob("*") if path.is_dir() else [path])]
    return {str(file.relative_to(home)): file.read_bytes() for file in files if file.is_file() and file.name != "lock"}


def test_an_older_home_is_refused_with_the_way_forward(old: factory.Built) -> None:
    """Every command that opens it says to upgrade first, and changes nothing."""
    before = content(old.path)
    with pytest.raises(StateError, match="Type: huisclos upgrade"), old.open():
        pass
    assert content(old.path) == before


def test_an_upgrade_changes_every_format_and_verifies(old: factory.Built) -> None:
    """Afterwards the home opens, is of this format, and upgrading again does nothing."""
    done = upgrade(old.settings, factory.PASSPHRASE)
    assert done.changed
    assert done.objects > 0
    assert read(old.path)["format"] == HOME_FORMAT
    with old.open() as services:
        assert verify_archive(old.path, services.archive).findings == ()
        assert [entry.kind for entry in services.archive.log.entries()][-1] == "upgraded"
    assert not upgrade(old.settings, factory.PASSPHRASE).changed


def test_a_wrong_passphrase_leaves_the_home_as_it_was(old: factory.Built) -> None:
    """It is found before anything was changed for good."""
    before = content(old.path)
    with pytest.raises(WrongPassphraseError):
        upgrade(old.settings, "not the passphrase of this home")
    assert content(old.path) == before
    assert not (old.path / "archive" / INTERRUPTED).exists()


def test_an_upgrade_that_does_not_verify_goes_back(old: factory.Built) -> None:
    """A damaged object is found, and everything is as the earlier version wrote it."""
    damaged = next(path for path in (old.path / "archive" / "objects").rglob("*") if path.is_file())
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    before = content(old.path)
    with pytest.raises(DamagedError, match="put back as it was"):
        upgrade(old.settings, factory.PASSPHRASE)
    assert content(old.path) == before
    assert read(old.path)["format"] == "huisclos-home/1"


@pytest.mark.parametrize("reached", ["migrate_layout", "Archive", "verify_archive", "_forget_copies"])
def test_a_crash_is_gone_back_from_and_the_next_upgrade_works(
    old: factory.Built, monkeypatch: pytest.MonkeyPatch, reached: str
) -> None:
    """Cut off at each stage, the home is refused by others and upgraded by the next try."""

    def cut_off(*_args: object, **_more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(upgrading, "_go_back", cut_off)
        if reached == "Archive":
            patched.setattr(Archive, "open", cut_off)
        else:
            patched.setattr(upgrading, reached, cut_off)
        with pytest.raises(KeyboardInterrupt):
            upgrade(old.settings, factory.PASSPHRASE)
    with pytest.raises(StateError, match="interrupted"), old.open():
        pass
    assert upgrade(old.settings, factory.PASSPHRASE).changed
    with old.open() as services:
        assert verify_archive(old.path, services.archive).findings == ()


def test_a_full_disk_leaves_the_home_as_it_was(old: factory.Built) -> None:
    """The copies do not fit: nothing was changed and nothing is left over."""
    before = content(old.path)
    with no_file_beyond(3000), pytest.raises(ResourceError):
        upgrade(old.settings, factory.PASSPHRASE)
    assert content(old.path) == before
    assert not [path for path in (old.path / "archive").iterdir() if path.name.startswith("upgrade")]


def test_a_newer_home_is_refused_with_the_way_forward(old: factory.Built) -> None:
    """Neither upgrade nor another command touches it."""
    record = old.path / "home.toml"
    record.write_text(record.read_text().replace("huisclos-home/1", "huisclos-home/9"))
    with pytest.raises(StateError, match="or a newer one"):
        upgrade(old.settings, factory.PASSPHRASE)
    with pytest.raises(StateError, match="or a newer one"), old.open():
        pass


def test_a_home_in_use_is_not_upgraded(old: factory.Built) -> None:
    """Another process has it open."""
    with presence(old.path) as present:
        present.share()
        with pytest.raises(BusyError):
            upgrade(old.settings, factory.PASSPHRASE)


def test_what_an_upgrade_keeps_of_the_old_keys_does_not_outlive_it(old: factory.Built) -> None:
    """No copy of the old keystore is left in the home."""
    keystore = (old.path / "archive" / "keystore").read_bytes()
    upgrade(old.settings, factory.PASSPHRASE)
    assert not any(path.read_bytes() == keystore for path in old.path.rglob("*") if path.is_file())
