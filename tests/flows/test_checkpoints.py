"""Checkpoints leave the machine: after each release and destruction, daily, and never at the cost of either."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows import plain
from flows.steps.leaving import release
from flows.steps.record.checkpoints import away, copy_checkpoint, give_out_checkpoint, hand_out, left
from flows.steps.retention import retain
from flows.steps.reviewing import clear, review
from infra.settings import Copies, Settings
from infra.wiring import Services
from storage.log.checkpoint import open_checkpoint
from tests.factory import SESSION, Built, build, copied
from vocabulary.choices import Audience, SessionState
from vocabulary.errors import UsageError


@pytest.fixture
def built(tmp_path: Path) -> Built:
    return copied(tmp_path / "home")


def sending(services: Services, folder: Path) -> Services:
    """Services whose settings name ``folder`` for checkpoints."""
    services.settings = services.settings.model_copy(update={"copies": Copies(checkpoints=folder)})
    return services


def place(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def exported(services: Services) -> list[int]:
    """The sizes of the checkpoints that the log says have left."""
    return [int(str(entry.facts["size"])) for entry in services.archive.log.entries(kind="checkpoint-exported")]


def later(days: float = 0) -> datetime:
    """A moment after the home was made, which tests make now."""
    return datetime(2100, 3, 14, 9, tzinfo=UTC) + timedelta(days=days)


def test_what_leaves_is_a_signed_checkpoint_of_this_log(tmp_path: Path, built: Built) -> None:
    """A file named by size and date, which the log's key signed; the log says so once."""
    folder = place(tmp_path)
    with built.open(now=later) as services:
        size = services.archive.log.checkpoint().size
        file = give_out_checkpoint(sending(services, folder))
        assert file is not None
        assert file.name == f"{services.archive.home_id[:10]}-{size:09}-2100-03-14.txt"
        assert open_checkpoint(file.read_text(encoding="utf-8"), services.archive.log.key()).size == size
        assert exported(services) == [size]


def test_one_leaves_a_day(tmp_path: Path, built: Built) -> None:
    """A second sweep of the same day gives out none, the first of the next day does."""
    folder = place(tmp_path)
    for days, count in ((0.0, 1), (0.0, 1), (1.0, 2), (1.0, 2)):
        with built.open(now=lambda days=days: later(days)) as services:  # type: ignore[misc]
            plain.run(sending(services, folder))
            assert len(exported(services)) == len(list(folder.iterdir())) == count


def test_one_leaves_after_a_release_and_after_a_destruction(tmp_path: Path) -> None:
    """Each covers the entry of what was done, on the same day."""
    folder, built = place(tmp_path), copied(tmp_path / "home", SessionState.IN_REVIEW)
    with built.open(now=later) as services:
        assert give_out_checkpoint(sending(services, folder)) is not None
        review.accept(services, SESSION, "Camille")
        clear.clear(services, SESSION, Audience.GROUP, "Camille")
        clear.clear(services, SESSION, Audience.GROUP, "Dominique")
        release.release(services, SESSION, Audience.GROUP, ["txt"], "Camille")
        (released,) = services.archive.log.entries(kind="released")
        assert exported(services)[-1] > released.seq
        assert len(exported(services)) == 2
    with built.open(now=lambda: later(400)) as services:
        retain.apply(sending(services, folder), "Dominique")
        destroyed = list(services.archive.log.entries(kind="destroyed"))
        assert destroyed
        assert exported(services)[-1] > destroyed[-1].seq
        assert left(services.archive.log).uncovered == 0


def test_a_folder_that_is_gone_fails_no_release(tmp_path: Path) -> None:
    """The text is out; status tells; the next run gives the checkpoint out."""
    folder, built = place(tmp_path), copied(tmp_path / "home", SessionState.CLEARED)
    with built.open(now=later) as services:
        assert give_out_checkpoint(sending(services, folder)) is not None
        shutil.rmtree(folder)
        released = release.release(services, SESSION, Audience.GROUP, ["txt"], "Camille")
        assert all(file.exists() for file in released.files)
        found = away(services.settings, later())
        assert (found.uncovered, found.reachable, found.problem) == (1, False, "No such file or directory")
        folder.mkdir()
        plain.run(services)
        found = away(services.settings, later())
        assert (found.uncovered, found.reachable, found.problem) == (0, True, None)


def test_nothing_leaves_when_no_folder_is_named(built: Built) -> None:
    """No entry, no file; status says that none is named."""
    with built.open(now=later) as services:
        assert give_out_checkpoint(services) is None
        assert exported(services) == []
        assert away(services.settings, later()).configured is False


def test_a_checkpoint_is_never_written_over(tmp_path: Path, built: Built) -> None:
    """Another text under the same name stays as it is; the new one gets a name beside it."""
    folder = place(tmp_path)
    with built.open(now=later) as services:
        size = services.archive.log.checkpoint().size
        name = f"{services.archive.home_id[:10]}-{size:09}-2100-03-14.txt"
        (folder / name).write_text("another past", encoding="utf-8")
        file = give_out_checkpoint(sending(services, folder))
        assert file == folder / name.replace(".txt", "-2.txt")
        assert (folder / name).read_text(encoding="utf-8") == "another past"


def test_status_warns_of_an_old_one(tmp_path: Path, built: Built) -> None:
    """Two days are not too long, more are."""
    with built.open(now=later) as services:
        give_out_checkpoint(sending(services, place(tmp_path)))
        settings: Settings = services.settings
        assert away(settings, later(1.9)).stale is False
        assert away(settings, later(2.1)).stale is True


def test_one_given_out_by_hand_counts(tmp_path: Path, built: Built) -> None:
    """The log notes it; what is there already is not written over."""
    with built.open(now=later) as services:
        hand_out(services, tmp_path / "by-hand.txt")
        assert away(services.settings, later()).left_at is not None
        with pytest.raises(UsageError):
            hand_out(services, tmp_path / "by-hand.txt")
        with pytest.raises(UsageError):
            copy_checkpoint(services.archive.log, tmp_path / "absent" / "file")
        assert len(exported(services)) == 1


def test_two_homes_share_a_folder(tmp_path: Path) -> None:
    """Their files have names of their own."""
    folder = place(tmp_path)
    for name in ("one", "two"):
        with build(tmp_path / name).open(now=later) as services:
            assert give_out_checkpoint(sending(services, folder)) is not None
    assert len({path.name.split("-")[1] for path in folder.iterdir()}) == len(list(folder.iterdir())) == 2
