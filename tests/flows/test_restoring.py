"""Restoring: what was destroyed stays destroyed, who was removed stays removed, and everything else opens."""

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pyrage
import pytest

from flows.steps.custody import backups, handover, restoring, takeover
from flows.steps.custody.inventory import keep_inventory
from flows.steps.custody.living_home import restore_objects
from flows.steps.custody.lost_machine import LostMachine, read_identities
from flows.steps.custody.restoring import restore_home
from flows.steps.retention import certificates, retain
from flows.steps.retention.certificates import certify
from infra.home import create_home
from infra.settings import Settings, load_settings
from infra.wiring import Services, open_services
from storage.archive import Archive
from storage.commit import Change, utc
from storage.copies.bundle import make_identity
from storage.log.entry import Entry
from storage.newest import read_size
from storage.rows.custody import OpenerRow
from storage.rows.walk import RecordRow
from storage.verify import verify_archive
from tests import factory
from vocabulary.choices import RecordClass, RecordLife, Role, SessionState
from vocabulary.errors import (
    DamagedError,
    KeyGoneError,
    KeysError,
    LogForkedError,
    PersonError,
    StateError,
    UsageError,
    WrongPassphraseError,
)

NEW_PASSPHRASE = "bocal-tilleul-corde-brume"
OF_THE_REMOVED = "gravier-lampion-souche-verre"
OF_WHO_STAYS = "cadran-fougere-moulin-sel"
IDENTITIES = tuple(pyrage.x25519.Identity.generate() for _ in range(3))


@dataclass(frozen=True)
class Lost:
    """A machine that is lost, and what is left of it elsewhere."""

    stick: Path
    recovery: Path
    earlier_recovery: Path
    inventory: Path
    held: str
    removed: str
    stays: str
    destroyed: tuple[str, ...]
    opened: frozenset[str]
    certificate: str


def _keep_keys(services: Services, place: Path) -> Path:
    """What the home writes to its recovery place after every change of keys."""
    place.mkdir(exist_ok=True)
    copy = services.archive.keystore.copy()
    assert copy.recovery is not None
    (place / "keystore").write_bytes(copy.keystore)
    (place / "recovery.json").write_bytes(copy.recovery)
    (place / "checkpoint").write_text(services.archive.log.checkpoint_text())
    return place


def _add_opener(services: Services, name: str, passphrase: str) -> OpenerRow:
    person = services.person(name)
    row = OpenerRow(person, Role.FACILITATOR, factory.CODE, utc(services.now()))
    services.archive.keystore.add_opener(person, Role.FACILITATOR, [factory.CODE], passphrase)
    services.commit(Change(add=(row,)), Entry("opener-added", actor=person))
    return row


def _hold(services: Services, record: RecordRow, life: RecordLife, kind: str) -> RecordRow:
    held = replace(record, life=life.value)
    services.commit(Change(replace=((record, held),)), Entry(kind, session=record.session_id))
    return held


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Lost:
    """Backed up; then a destruction, a hold lifted and a person removed; then the machine is gone."""
    folder = tmp_path_factory.mktemp("lost")
    home = factory.build(folder / "home", SessionState.RELEASED)
    (folder / "inventory").mkdir()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("HUISCLOS_COPIES__INVENTORY", str(folder / "inventory"))
        with home.open() as services:
            archive = services.archive
            archive.keystore.set_recovery([str(one.to_public()) for one in IDENTITIES])
            removed = _add_opener(services, "Sacha", OF_THE_REMOVED)
            stays = _add_opener(services, "Camille", OF_WHO_STAYS)
            record = archive.catalog.records(record_class=RecordClass.DOSSIER)[0]
            held = _hold(services, record, RecordLife.HELD, "hold-placed")
            backups.backup(services, folder / "stick", "Camille", "blue stick")
            earlier = _keep_keys(services, folder / "earlier")
            applied = retain.apply(services, "Dominique")
            _hold(services, held, RecordLife.LIVE, "hold-lifted")
            archive.keystore.remove_opener(removed.person)
            gone = replace(removed, removed_at=utc(services.now()))
            services.commit(Change(replace=((removed, gone),)), Entry("opener-removed", actor=stays.person))
            keep_inventory(services)
            recovery = _keep_keys(services, folder / "recovery")
            opened = frozenset(row.id for row in archive.catalog.records(life=None) if _opens(archive, row))
    shutil.rmtree(home.path)
    return Lost(
        folder / "stick", recovery, earlier, folder / "inventory", held.id, removed.person, stays.person,
        tuple(item.record for item in applied.destroyed), opened, applied.certificates[0],
    )  # fmt: skip


@pytest.fixture
def fresh(tmp_path: Path) -> Settings:
    """Where the home shall be again."""
    return load_settings(tmp_path / "again")


def _of(lost: Lost, **given: object) -> LostMachine:
    named: dict[str, object] = {
        "backup": lost.stick,
        "recovery": lost.recovery,
        "identities": tuple(str(one) for one in IDENTITIES[:2]),
        "person": "Camille",
        "second": "Dominique",
        "log": lost.inventory,
        "accept_place": True,
    }
    return LostMachine(**(named | given))  # type: ignore[arg-type]


def _opens(archive: Archive, record: RecordRow) -> bool:
    try:
        archive.objects.check_opens(archive.scope_of(record), archive.sealed_of(record))
    except (KeyGoneError, DamagedError):
        return False
    return True


@pytest.mark.parametrize("place", ["recovery", "earlier_recovery"])
def test_a_lost_machine_comes_back_as_the_log_says_it_was(lost: Lost, fresh: Settings, place: str) -> None:
    """Also from a keystore older than the destruction: destroyed, lifted and removed stay so; the rest opens."""
    made = restore_home(fresh, _of(lost, recovery=getattr(lost, place)), NEW_PASSPHRASE)
    assert made.missing == made.keyless == () and made.log_size > made.backup_size
    assert made.removed_openers == (1 if place == "earlier_recovery" else 0)
    with open_services(fresh, NEW_PASSPHRASE) as services:
        archive = services.archive
        opened = {row.id for row in archive.catalog.records(life=None) if _opens(archive, row)}
        assert lost.destroyed and opened == lost.opened - {lost.certificate}
        for record in lost.destroyed:
            assert archive.catalog.record(record).life == RecordLife.DESTROYED
            assert not archive.keystore.has(archive.scope_of(archive.catalog.record(record)))
        assert archive.catalog.record(lost.held).life == RecordLife.LIVE
        assert {opener.id for opener in archive.keystore.openers()} == {"machine", lost.stays}
        assert [row.person for row in archive.catalog.openers()] == [lost.stays]
        restored, used = next(archive.log.entries(kind="restored")), next(archive.log.entries(kind="recovery-used"))
        assert used.actor == services.person("Camille")
        assert used.facts["second"] == services.person("Dominique")
        assert restored.facts["backup_size"] == made.backup_size
        # The one object that was sealed after the backup is sealed again from the log.
        assert len(certify(services)) == 1
        assert verify_archive(fresh.home, archive).findings == ()
    for refused in (factory.PASSPHRASE, OF_THE_REMOVED):
        with pytest.raises(WrongPassphraseError):
            Archive.open(fresh.home, refused)
    assert Archive.open(fresh.home, OF_WHO_STAYS).keystore.opener.id == lost.stays
    assert (fresh.home / "drop" / factory.CODE).is_dir()
    assert not (fresh.home / restoring.MARKER).exists()


def test_the_restored_home_works_on(lost: Lost, fresh: Settings) -> None:
    """It destroys, certifies and is backed up like any other; the backup it came from is still registered."""
    restore_home(fresh, _of(lost), NEW_PASSPHRASE)
    with open_services(fresh, NEW_PASSPHRASE) as services:
        assert [row.place for row in services.archive.catalog.exports()] == ["blue stick"]
        assert backups.backup(services, lost.stick.parent / "second stick", "Camille").missing == 0
        assert retain.apply(services, "Dominique").certificates == ()
        services.archive.seal_fault("Traceback: canary")
        assert verify_archive(fresh.home, services.archive).findings == ()
    assert read_size(fresh.home / "archive") > 0


def test_a_workshop_of_a_restored_home_is_handed_over(lost: Lost, fresh: Settings, tmp_path: Path) -> None:
    """Its lost certificate is owed, sealed again under another number, and the bundle proves both."""
    restore_home(fresh, _of(lost), NEW_PASSPHRASE)
    address, bundle = make_identity(tmp_path / "identity"), tmp_path / "essai.age"
    with open_services(fresh, NEW_PASSPHRASE) as services:
        assert certificates.certificates(services) == [] and certificates.owed(services) == 1
        assert len(certify(services)) == 1 and certificates.owed(services) == 0
        kept = {row.id for row in services.archive.catalog.records(workshop=factory.CODE, life=None)}
        handover.export(services, factory.CODE, address, bundle, "Camille")
    assert lost.certificate not in kept
    create_home(tmp_path / "target", factory.PASSPHRASE, keys=factory.FAST, accept_place=True)
    with factory.Built(tmp_path / "target").open() as services:
        takeover.take_over(services, bundle, tmp_path / "identity", "Camille")
        taken = {row.id for row in services.archive.catalog.records(workshop=factory.CODE, life=None)}
        assert kept < taken and lost.certificate not in taken
        assert verify_archive(tmp_path / "target", services.archive).findings == ()


def test_an_older_log_is_refused_unless_it_is_accepted_by_name(lost: Lost, fresh: Settings) -> None:
    """What is missing is said; accepted, it is logged with the sizes, and what was destroyed still does not open."""
    with pytest.raises(StateError, match=r"Entries .* are missing.*--log"):
        restore_home(fresh, _of(lost, log=None), NEW_PASSPHRASE)
    assert not fresh.home.exists()
    made = restore_home(fresh, _of(lost, log=None, accept_older_log=True), NEW_PASSPHRASE)
    assert made.known_size is not None and made.known_size > made.log_size == made.backup_size
    assert set(made.keyless) == set(lost.destroyed)
    with open_services(fresh, NEW_PASSPHRASE) as services:
        entry = next(services.archive.log.entries(kind="restored"))
        assert (entry.facts["log_size"], entry.facts["known_size"]) == (made.log_size, made.known_size)


def test_a_keystore_newer_than_the_log_is_found_out_without_a_checkpoint(
    lost: Lost, fresh: Settings, tmp_path: Path
) -> None:
    """The log keeps a record whose key is gone: entries are missing, and nothing is left behind."""
    place = shutil.copytree(lost.recovery, tmp_path / "recovery")
    (place / "checkpoint").unlink()
    with pytest.raises(StateError, match="destroyed since"):
        restore_home(fresh, _of(lost, recovery=place, log=None), NEW_PASSPHRASE)
    assert list(fresh.home.iterdir()) == []


def test_what_was_sealed_after_the_keystore_was_kept_is_told_and_the_rest_opens(
    tmp_path: Path, fresh: Settings
) -> None:
    """The recovery place was out of reach: no new key takes the place of one that was lost; people begin anew."""
    home = factory.copied(tmp_path / "home")
    with home.open() as services:
        services.archive.keystore.set_recovery([str(one.to_public()) for one in IDENTITIES])
        recovery = _keep_keys(services, tmp_path / "recovery")
        (recovery / "checkpoint").unlink()
        backups.backup(services, tmp_path / "stick", "Camille")
        person = services.person("Camille")
    lost = Lost(tmp_path / "stick", recovery, recovery, tmp_path, "", "", "", (), frozenset(), "")
    made = restore_home(fresh, _of(lost, log=None), NEW_PASSPHRASE)
    assert len(made.keyless) == 0 and made.missing == ()
    with open_services(fresh, NEW_PASSPHRASE) as services:
        assert services.archive.person_name(person) == person[:12]
        assert services.person("Camille") != person
        assert verify_archive(fresh.home, services.archive).findings == ()
        record = services.archive.catalog.records(record_class=RecordClass.PEOPLE)[0]
        assert services.archive.scope_of(record).epoch == 2


def test_two_people_are_two_people_and_two_identities(lost: Lost, fresh: Settings) -> None:
    """One name in two spellings, one identity, or a stranger's: refused, and no home is there."""
    with pytest.raises(PersonError):
        restore_home(fresh, _of(lost, second="CAMILLE"), NEW_PASSPHRASE)
    stranger = str(pyrage.x25519.Identity.generate())
    for identities in ((str(IDENTITIES[0]),), (str(IDENTITIES[0]),) * 2, (str(IDENTITIES[0]), stranger)):
        with pytest.raises(KeysError):
            restore_home(fresh, _of(lost, identities=identities), NEW_PASSPHRASE)
    assert not (fresh.home / "home.toml").exists()


def test_a_damaged_backup_or_another_log_is_refused(lost: Lost, fresh: Settings, tmp_path: Path) -> None:
    """A byte of the state, a log that tells another past, a folder without keystore or log."""
    stick = shutil.copytree(lost.stick, tmp_path / "stick")
    key_pub = next(stick.glob("state-*/log/key.pub"))
    key_pub.write_bytes(b"x" + key_pub.read_bytes()[1:])
    with pytest.raises(DamagedError):
        restore_home(fresh, _of(lost, backup=stick), NEW_PASSPHRASE)
    empty = tmp_path / "empty"
    empty.mkdir()
    for given in ({"recovery": empty}, {"log": empty}, {"backup": empty}):
        with pytest.raises(UsageError):
            restore_home(fresh, _of(lost, **given), NEW_PASSPHRASE)
    other = factory.build(tmp_path / "other")
    with other.open() as services:
        for _ in range(60):
            services.archive.seal_fault("Traceback")
    with pytest.raises((UsageError, LogForkedError)):
        restore_home(fresh, _of(lost, log=other.path / "archive" / "log"), NEW_PASSPHRASE)
    assert not (fresh.home / "home.toml").exists()


def test_an_interrupted_restore_is_no_home_and_begins_again(
    lost: Lost, fresh: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before home.toml is written: no command opens it, and the same command makes it whole."""
    child = os.fork()
    if child == 0:
        monkeypatch.setattr(restoring, "_name_home", lambda *_args: os._exit(9))
        restore_home(fresh, _of(lost), NEW_PASSPHRASE)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    with pytest.raises(UsageError), open_services(fresh, NEW_PASSPHRASE):
        pass
    restore_home(fresh, _of(lost), NEW_PASSPHRASE)
    with open_services(fresh, NEW_PASSPHRASE) as services:
        assert verify_archive(fresh.home, services.archive).findings == ()


def test_a_folder_in_use_is_left_alone(lost: Lost, fresh: Settings) -> None:
    """A home that is there, or any other file."""
    fresh.home.mkdir()
    (fresh.home / "letter.txt").write_text("mine")
    with pytest.raises(UsageError):
        restore_home(fresh, _of(lost), NEW_PASSPHRASE)
    assert [path.name for path in fresh.home.iterdir()] == ["letter.txt"]


def test_an_unlogged_entry_of_the_backup_is_not_lost(tmp_path: Path, fresh: Settings) -> None:
    """A change that was committed and not yet in the log when the catalog was copied."""
    from storage.commit import record

    home = factory.copied(tmp_path / "home")
    with home.open() as services:
        archive = services.archive
        archive.keystore.set_recovery([str(one.to_public()) for one in IDENTITIES])
        folder, recovery = tmp_path / "stick", _keep_keys(services, tmp_path / "recovery")
        real = backups.write_state

        def write_state(*given):  # type: ignore[no-untyped-def]
            record(archive.catalog, archive.log, archive.keystore.log_key, Change(), Entry("fault"), services.now())
            return real(*given)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(backups, "write_state", write_state)
            backups.backup(services, folder, "Camille")
    lost = Lost(folder, recovery, recovery, tmp_path, "", "", "", (), frozenset(), "")
    restore_home(fresh, _of(lost, log=None), NEW_PASSPHRASE)
    with open_services(fresh, NEW_PASSPHRASE) as services:
        assert len(list(services.archive.log.entries(kind="fault"))) == 1
        assert verify_archive(fresh.home, services.archive).findings == ()


def test_onto_a_living_home_only_missing_and_damaged_objects_come_back(tmp_path: Path) -> None:
    """Catalog, log, policies and keystore stay; what was destroyed since stays so, and that is said."""
    home = factory.copied(tmp_path / "home", SessionState.RELEASED)
    stick = tmp_path / "stick"
    with home.open() as services:
        archive = services.archive
        backups.backup(services, stick, "Camille")
        destroyed = retain.apply(services, "Dominique").destroyed
        damaged, lacking, absent = archive.catalog.records(session_id=archive.catalog.session(factory.SESSION).id)[:3]
        objects = home.path / "archive" / "objects"
        for row in (lacking, absent):
            (objects / row.digest[:2] / row.digest).unlink()
        (objects / damaged.digest[:2] / damaged.digest).write_bytes(b"damaged")
        (stick / "objects" / absent.digest[:2] / absent.digest).unlink()
        keystore = (home.path / "archive" / "keystore").read_bytes()
        size = archive.log.checkpoint().size
        brought = restore_objects(services, stick, "Camille")
        assert set(brought.restored) == {damaged.id, lacking.id}
        assert brought.lacking == (absent.id,) and brought.destroyed == len(destroyed) and brought.keyless == ()
        assert _opens(archive, damaged) and _opens(archive, lacking)
        assert (home.path / "archive" / "keystore").read_bytes() == keystore
        assert archive.log.checkpoint().size == size + 1
        assert next(archive.log.entries(kind="restored")).facts["objects"] == 2
        assert restore_objects(services, stick).restored == ()
    other = factory.build(tmp_path / "other")
    with other.open() as services, pytest.raises(UsageError):
        restore_objects(services, stick)


def test_an_identity_file_is_read_as_age_writes_it() -> None:
    """Comments are passed over; a file without an identity is refused."""
    text = "# created: 2026-03-14\n# public key: age1...\nAGE-SECRET-KEY-1ABC\n"
    assert read_identities([text, "AGE-SECRET-KEY-1DEF"]) == ("AGE-SECRET-KEY-1ABC", "AGE-SECRET-KEY-1DEF")
    for wrong in ("", "age1...", "-----BEGIN AGE ENCRYPTED FILE-----\n"):
        with pytest.raises(UsageError):
            read_identities([wrong])
