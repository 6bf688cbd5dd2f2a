"""Every kept home, made by an earlier version or by this one, opens and works with this version."""

from pathlib import Path

import pytest

from flows import plain
from flows.steps.custody.upgrading import upgrade
from flows.steps.leaving import release
from flows.steps.retention import retain
from flows.steps.reviewing import review
from flows.steps.status import status
from storage.verify import verify_archive
from tests import factory
from tests.homes.make import KEPT, LARGEST, unpack
from vocabulary.choices import Audience, RecordClass, SessionState

HOMES = sorted(KEPT.glob("*.tar.gz"))


@pytest.fixture(params=HOMES, ids=lambda path: path.name.removesuffix(".tar.gz"))
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> factory.Built:
    """A copy of one kept home, brought to this version."""
    built = unpack(request.param, tmp_path)
    upgrade(built.settings, factory.PASSPHRASE)
    return built


def test_there_is_a_kept_home_and_none_is_large() -> None:
    """They stay in the repository for good."""
    assert HOMES
    assert all(path.stat().st_size <= LARGEST for path in HOMES)


def test_it_verifies_closed_and_open(kept: factory.Built) -> None:
    """No finding without the passphrase; with it, every object opens."""
    with kept.open() as services:
        assert verify_archive(kept.path, services.archive).findings == ()
    assert verify_archive(kept.path, None).findings == ()


def test_its_session_stands_where_it_stood_and_is_read(kept: factory.Built) -> None:
    """Every turn of the talk, in order; a run finds nothing to do."""
    assert [one.state for one in status(kept.settings).sessions] == [SessionState.RELEASED]
    with kept.open(now=_at_its_time(kept)) as services:
        assert plain.run(services).troubles == ()
        reading = review.show(services, factory.SESSION, "Camille")
    said = " ".join(turn.text.reveal() for turn in reading.turns)
    assert said == " ".join(factory.TALK)
    assert reading.referents


def test_it_gives_out_the_same_bytes_again(kept: factory.Built) -> None:
    """Also what this version would render otherwise."""
    folder = kept.path / "outbox" / factory.CODE / "1" / "group"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(before) == 3
    for path in folder.iterdir():
        path.unlink()
    with kept.open() as services:
        release.release(services, factory.SESSION, Audience.GROUP, ["docx", "vtt", "txt"], "Camille")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_its_schedule_is_planned_and_carried_out(kept: factory.Built) -> None:
    """On the day it was made the recording is due, and with a certificate it goes."""
    with kept.open(now=_at_its_time(kept)) as services:
        planned = retain.plan(kept.settings, services.now())
        assert [item.record_class for item in planned.to_destroy] == [RecordClass.RECORDING]
        assert len(retain.apply(services, "Dominique", planned).certificates) == 1
        assert verify_archive(kept.path, services.archive).findings == ()


def _at_its_time(kept: factory.Built):  # type: ignore[no-untyped-def]
    """A clock that stands at the kept home's last entry: nothing else has come due."""
    from datetime import datetime

    moment = datetime.fromisoformat(str(status(kept.settings).last_checkpoint))
    return lambda: moment
