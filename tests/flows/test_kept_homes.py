"""Every kept home, made by an earlier version or by this one, opens and works with this version.

So does the home that this version would keep now: whatever breaks it is found before it is kept for good.
"""

import tomllib
from pathlib import Path

import pytest

from flows import plain
from flows.steps.custody.upgrading import upgrade
from flows.steps.drafting.draft import open_draft
from flows.steps.leaving import release
from flows.steps.retention import events, holds, retain
from flows.steps.reviewing import review
from flows.steps.rights import requests
from flows.steps.status import status
from storage.verify import verify_archive
from tests import factory
from tests.homes.make import ASKING, FREED, KEPT, LARGEST, REASON, build, pack, unpack
from vocabulary.choices import Audience, RecordClass, SessionState, Suspends
from vocabulary.draft import FREE

HOMES = sorted(KEPT.glob("*.tar.gz"))
NOW = "now.tar.gz"


@pytest.fixture(scope="module")
def home_of_now(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home that this version would keep."""
    folder = tmp_path_factory.mktemp("now")
    (folder / NOW).write_bytes(pack(build(folder / "home").path))
    return folder / NOW


@pytest.fixture(params=[*(path.name for path in HOMES), NOW])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> factory.Built:
    """A copy of one kept home, brought to this version."""
    made = request.getfixturevalue("home_of_now") if request.param == NOW else KEPT / request.param
    built = unpack(made, tmp_path)
    upgrade(built.settings, factory.PASSPHRASE)
    return built


def test_there_is_a_kept_home_and_none_is_large() -> None:
    """They stay in the repository for good."""
    assert HOMES
    assert all(path.stat().st_size <= LARGEST for path in HOMES)


def test_this_version_says_what_it_changed_and_keeps_its_home() -> None:
    """A number that is raised takes its section of the changelog and its kept home with it."""
    version = tomllib.loads((factory.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"\n## {version}\n" in (factory.ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert KEPT / f"{version}.tar.gz" in HOMES


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


def test_what_people_decided_in_it_is_read(kept: factory.Built, request: pytest.FixtureRequest) -> None:
    """What was freed, who was recognised, what is on hold, noted and asked for, with its words; a home of 0.2.0 or
    before has none of it."""
    count = 0 if request.node.callspec.params["kept"] in ("0.1.0.tar.gz", "0.2.0.tar.gz") else 1
    with kept.open(now=_at_its_time(kept)) as services:
        session = services.archive.catalog.session(factory.SESSION)
        draft = open_draft(services, session)
        assert [str(one.stretch) for one in draft.decisions if one.act == FREE] == [FREED] * count
        assert len(draft.speakers) == count
        standing = holds.listed(kept.settings, Suspends.DESTRUCTION, services.now())
        reasons = [holds.reason_of(services, one.row) for one in standing]
        assert [reason.reveal() for reason in reasons if reason is not None] == [REASON] * count
        assert len(events.listed(kept.settings)) == count
        asked = [requests.opened(services, row) for row in services.archive.catalog.requests()]
        assert [one.who.reveal() for one in asked] == [ASKING] * count


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
