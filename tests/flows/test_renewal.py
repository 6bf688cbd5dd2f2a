"""Renewal of keys: everything opens as before, and with none of the keys it had."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from flows.steps.arrival import receive
from flows.steps.custody import keys, renewal
from flows.steps.leaving import release
from flows.steps.reviewing import review
from infra.process import lock
from infra.wiring import Services
from storage.log.audit import verify_log
from storage.rows.walk import RecordRow
from storage.verify import verify_archive
from tests import factory
from vocabulary.choices import Audience, RecordClass, RecordLife, Role, SessionState
from vocabulary.errors import BusyError, KeyGoneError, UnknownError


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a released session, and a fault of the home: made once."""
    folder = tmp_path_factory.mktemp("prepared") / "home"
    with factory.copied(folder, SessionState.RELEASED).open() as services:
        services.archive.seal_fault("Traceback of nobody")
    return folder


@pytest.fixture
def home(prepared: Path, tmp_path: Path) -> factory.Built:
    shutil.copytree(prepared, tmp_path / "home")
    return factory.Built(tmp_path / "home")


def _standing(services: Services) -> list[RecordRow]:
    return [row for row in services.archive.catalog.records(life=None) if row.life != RecordLife.DESTROYED]


def _opens(services: Services) -> dict[str, bytes]:
    archive, found = services.archive, dict[str, bytes]()
    for row in _standing(services):
        if row.record_class != RecordClass.PEOPLE:
            archive.objects.check_opens(archive.scope_of(row), archive.sealed_of(row))
        if row.kind == "blob" and row.record_class != RecordClass.PEOPLE:
            found[row.id] = archive.objects.unseal(archive.scope_of(row), archive.sealed_of(row))
    return found


def _is_sound(home: factory.Built) -> None:
    with home.open() as services:
        report = verify_archive(home.path, services.archive)
    assert report.findings == (), [finding.message for finding in report.findings]


def test_every_record_has_another_key_and_object_and_the_old_ones_open_nothing(home: factory.Built) -> None:
    """Sessions, vault, the register of people and the faults of the home; what was said is as it was."""
    with home.open() as services:
        before, opened = _standing(services), _opens(services)
        scopes = [services.archive.scope_of(row) for row in before]
        kept = services.archive.log.checkpoint_text()
        done = renewal.renew(services, None, "Camille")
        assert (done.places, done.records) == (3, len(before))
        assert _opens(services) == opened
        after = {row.id: row for row in _standing(services)}
        assert not {row.digest for row in before} & {row.digest for row in after.values()}
        for row, scope in zip(before, scopes, strict=True):
            with pytest.raises(KeyGoneError):
                services.archive.keystore.data_key(scope)
            assert (after[row.id].created_at, after[row.id].version) == (row.created_at, row.version)
        assert done.log_public_key == services.archive.log.key().text().strip()
    objects = [path.name for path in (home.path / "archive" / "objects").rglob("*") if path.is_file()]
    assert sorted(objects) == sorted(row.digest for row in after.values())
    assert verify_log(home.path / "archive" / "log", kept).kept is not None
    _is_sound(home)


def test_the_same_recording_is_known_again_after_a_renewal(home: factory.Built) -> None:
    """The keyed fingerprint is computed anew; what was released can be given out again."""
    with home.open() as services:
        renewal.renew(services, [factory.CODE], "Camille")
        assert receive.submit(services, [factory.RECORDING], factory.SESSION).duplicates == 1
        release.release(services, factory.SESSION, Audience.GROUP, ["txt"], "Camille")
        review.reopen(services, factory.SESSION, "Camille")
    _is_sound(home)


def test_only_the_workshops_named_are_renewed(home: factory.Built) -> None:
    """Those of the home keep their keys, and so does the log; an unknown workshop is refused."""
    with home.open() as services:
        people = [row for row in _standing(services) if row.record_class == RecordClass.PEOPLE]
        done = renewal.renew(services, [factory.CODE, factory.CODE], "Camille")
        assert (done.places, done.log_public_key) == (2, None)
        assert [row for row in _standing(services) if row.record_class == RecordClass.PEOPLE] == people
        with pytest.raises(UnknownError):
            renewal.renew(services, ["ailleurs"], "Camille")


@pytest.mark.parametrize("role", [Role.FACILITATOR, Role.STEWARD, Role.AUDITOR])
def test_what_a_removed_person_reached_has_other_keys(home: factory.Built, role: Role) -> None:
    """A facilitator's workshops and what belongs to the home, a steward's all; an auditor opened nothing."""
    with home.open() as services:
        workshops = [factory.CODE] if role is Role.FACILITATOR else []
        keys.add(services, "Malo", role, workshops, "gravier-tambour-lichen-corniche", "Camille")
        scopes = [services.archive.scope_of(row) for row in _standing(services)]
        key = services.archive.log.key()
        done = renewal.remove_and_renew(services, "Malo", "Camille")
        assert [one.id for one in services.archive.keystore.openers()] == ["machine"]
        assert (done is None) == (role is Role.AUDITOR)
        assert any(services.archive.keystore.has(scope) for scope in scopes) == (role is Role.AUDITOR)
        assert (services.archive.log.key() == key) == (role is Role.AUDITOR)
        _opens(services)
    _is_sound(home)


def test_a_session_another_process_is_at_work_on_waits_for_the_next_call(home: factory.Built) -> None:
    """The rest is renewed, the error says how far it is, and the same command goes on from there."""
    with home.open() as services:
        session = services.archive.catalog.session(factory.SESSION)
        before = {row.id: row.digest for row in _standing(services)}
        with lock(home.path, session.id), pytest.raises(BusyError) as raised:
            renewal.renew(services, None, "Camille")
        assert (raised.value.facts["done"], raised.value.facts["all"]) == (2, 3)
        moved = {row.id for row in _standing(services) if row.digest != before[row.id]}
        assert moved == {row.id for row in _standing(services) if row.session_id is None}
        key = services.archive.log.key()
        middle = {row.id: row.digest for row in _standing(services)}
        assert renewal.renew(services, None, "Camille").places == 3
        again = {row.id for row in _standing(services) if row.digest != middle[row.id]}
        assert again == set(before) - moved
        assert services.archive.log.key() == key
    _is_sound(home)


def _killed(home: factory.Built, holder: object, name: str, number: int) -> bool:
    """Renew in a child that is killed at the ``number``-th call of a function; False if it ended before."""
    child = os.fork()
    if child == 0:
        real, count = getattr(holder, name), 0

        def counted(*args: object, **options: object) -> object:
            nonlocal count
            count += 1
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **options)

        setattr(holder, name, counted)
        with home.open() as services:
            renewal.renew(services, None, "Camille")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def test_a_renewal_killed_at_any_moment_goes_on_with_the_same_command(home: factory.Built) -> None:
    """Before commits, sealings, changes of keys and removals in turn: all opens each time, at the end anew."""
    from storage.archive import Archive
    from storage.keys.keystore import Keystore
    from storage.objects import ObjectStore

    with home.open() as services:
        opened = _opens(services)
        scopes = [services.archive.scope_of(row) for row in _standing(services)]
    points = [
        (Keystore, "replace_log_key", 1), (Keystore, "ensure", 2), (ObjectStore, "_publish", 2), (Archive, "commit", 4),
        (Keystore, "shred", 1), (ObjectStore, "discard", 1), (Keystore, "shred", 2), (Archive, "commit", 3),
        (ObjectStore, "discard", 4),
    ]  # fmt: skip
    for holder, name, number in points:
        assert _killed(home, holder, name, number), (name, number)
        with home.open() as services:
            assert _opens(services) == opened
        _is_sound(home)
    with home.open() as services:
        renewal.renew(services, None, "Camille")
        assert _opens(services) == opened
        assert not any(services.archive.keystore.has(scope) for scope in scopes)
        finished = [entry for entry in services.archive.log.entries(kind="keys-renewed") if entry.facts.get("done")]
        assert len(finished) == 1
    _is_sound(home)
