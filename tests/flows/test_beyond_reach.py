"""A passphrase that does not reach a workshop begins nothing there, not even what needs none of its keys."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pyrage import x25519

from flows.steps import sessions, workshops
from flows.steps.custody import backups, handover, keys, renewal, takeover
from flows.steps.retention import retain
from flows.steps.reviewing import review
from infra.wiring import Services, open_services
from storage.copies.bundle import make_identity
from storage.verify import verify_archive
from tests.factory import CODE, PASSPHRASE, POLICY, ROOT, SESSION, Built, at, build, copied
from vocabulary.choices import Role, SessionState
from vocabulary.errors import KeysError, StateError

ADDRESS = str(x25519.Identity.generate().to_public())
PASSPHRASES = {"Camille": "girafe-parloir-cantine-velours", "Solange": "verger-tambour-lichen-comptoir"}
OTHER, EMPTY = "autre", "vide"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session received in one workshop; a facilitator of another one, and a workshop with nothing in it."""
    home = copied(tmp_path_factory.mktemp("made") / "home", SessionState.RECEIVED)
    with home.open() as services:
        for code in (OTHER, EMPTY):
            workshops.add(services, code, POLICY)
        keys.add(services, "Camille", Role.FACILITATOR, [OTHER], PASSPHRASES["Camille"], "Dominique")
        keys.add(services, "Solange", Role.STEWARD, [], PASSPHRASES["Solange"], "Dominique")
    return home.path


@pytest.fixture
def built(made: Path, tmp_path: Path) -> Built:
    shutil.copytree(made, tmp_path / "home")
    return Built(tmp_path / "home")


def _discard(services: Services, folder: Path) -> object:
    return sessions.discard(services, SESSION, "Camille")


def _retry(services: Services, folder: Path) -> object:
    return sessions.retry(services, SESSION)


def _recover(services: Services, folder: Path) -> object:
    return sessions.recover(services, SESSION, folder / "out", "Camille")


def _policy(services: Services, folder: Path) -> object:
    return workshops.add(services, EMPTY, ROOT / "policies" / "samples" / "standard.yaml")


def _export(services: Services, folder: Path) -> object:
    return handover.export(services, EMPTY, ADDRESS, folder / "bundle", "Camille")


def _keep(services: Services, folder: Path) -> object:
    return handover.keep(services, EMPTY, "Camille")


def _renew(services: Services, folder: Path) -> object:
    return renewal.renew(services, [CODE], "Camille")


@pytest.mark.parametrize("act", [_discard, _retry, _recover, _policy, _export, _keep, _renew])
def test_nothing_begins_in_a_workshop_out_of_reach(
    built: Built, tmp_path: Path, act: Callable[[Services, Path], object]
) -> None:
    """No wish, no entry, no change: the log is as long as it was."""
    with open_services(built.settings, PASSPHRASES["Camille"]) as services:
        size = services.archive.log.checkpoint().size
        with pytest.raises(KeysError):
            act(services, tmp_path)
        assert services.archive.log.checkpoint().size == size


def test_retention_orders_the_end_of_what_is_in_reach_alone(built: Built) -> None:
    """What is due in another workshop waits for somebody who reaches it, and is not said to be destroyed."""
    with open_services(built.settings, PASSPHRASES["Camille"], now=at(2060, 1, 1)) as services:
        assert retain.apply(services, "Camille").destroyed == ()
        assert not list(services.archive.log.entries(kind="destruction-intended"))
    with built.open(now=at(2060, 1, 1)) as services:
        assert retain.apply(services, "Dominique").destroyed


def test_a_bundle_is_not_ended_while_its_workshop_stands_still(built: Built, tmp_path: Path) -> None:
    """Whoever confirms it as destroyed says so with `workshop keep`; otherwise it would go on in two homes."""
    with built.open() as services:
        made = handover.export(services, EMPTY, ADDRESS, tmp_path / "bundle", "Dominique")
        with pytest.raises(StateError):
            backups.ended(services, made.export, "Dominique")
        assert handover.handed_over(services.archive.catalog, EMPTY) is not None


def test_a_wish_for_an_export_ends_when_a_passphrase_is_withdrawn(built: Built, tmp_path: Path) -> None:
    """One who was removed is no second person for whoever asks next."""
    people = [str(x25519.Identity.generate().to_public()) for _ in range(2)]
    with built.open() as services:
        keys.set_recipients(services, people, "Dominique")
    with open_services(built.settings, PASSPHRASES["Solange"]) as services:
        assert keys.export(services, tmp_path / "first", "Solange").export is None
    with open_services(built.settings, PASSPHRASE) as services:
        keys.remove(services, "Solange", "Dominique")
        assert keys.export(services, tmp_path / "second", "Dominique").export is None


def test_a_steward_takes_a_workshop_over_under_their_own_passphrase(built: Built, tmp_path: Path) -> None:
    """The people of the bundle sign nothing here: they are registered, and what they did is told as carried."""
    source = build(tmp_path / "source", SessionState.IN_REVIEW)
    address = make_identity(tmp_path / "identity")
    with source.open() as services:
        review.accept(services, SESSION, "Camille")
        handover.export(services, CODE, address, tmp_path / "bundle", "Dominique")
    with open_services(built.settings, PASSPHRASES["Solange"]) as services:
        taken = takeover.take_over(services, tmp_path / "bundle", tmp_path / "identity", "Solange", code="venu")
        assert taken.records > 0
        carried = [one for one in services.archive.log.entries(kind="workshop-imported") if "carried" in one.facts]
        assert [one.authenticated for one in carried] == [False]
        assert verify_archive(services.home, services.archive).findings == ()


def test_what_a_killed_process_left_goes_when_the_home_is_next_opened(built: Built) -> None:
    """Copies of catalog and log would outlive the log's own periods; the mark of a restore lets a home be emptied."""
    left = [built.path / "tmp" / "backup-0011", built.path / "archive" / "upgrade.old", built.path / "tmp" / "import"]
    for folder in left:
        folder.mkdir()
        (folder / "catalog.sqlite").write_bytes(b"rows")
    (built.path / "restoring").touch()
    with built.open():
        assert not any(path.exists() for path in (*left, built.path / "restoring"))
