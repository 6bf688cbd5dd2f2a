"""Openers, passphrases and recovery through the steps: who may act, and that keystore, catalog and log agree."""

import dataclasses
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from pyrage import x25519

from flows import plain
from flows.steps import workshops
from flows.steps.custody import keys
from flows.steps.custody.keys import OpenerStanding
from flows.steps.retention import holds
from flows.steps.status import status
from infra.recovery_copies import recovery_state
from infra.settings import Copies, Settings
from infra.wiring import Services, open_services
from storage.commit import Change
from storage.keys.keystore import Keystore
from storage.keys.slots import FileSlots
from storage.log.entry import Entry
from storage.verify import verify_archive
from tests.factory import CODE, PASSPHRASE, POLICY, RECORDING, Built, copied
from vocabulary.choices import ExportKind, Ground, RecordClass, Role, Suspends
from vocabulary.errors import (
    HuisclosError,
    KeysError,
    PersonError,
    StateError,
    UnknownError,
    UsageError,
    WeakPassphraseError,
    WrongPassphraseError,
)

PASSPHRASES = {
    "Solange": "verger-tambour-lichen-comptoir",
    "Camille": "girafe-parloir-cantine-velours",
    "Ondine": "marelle-fanion-buvard-cendre",
}
LATER = date(2099, 1, 1)
ROLES = {"Solange": Role.STEWARD, "Camille": Role.FACILITATOR, "Ondine": Role.AUDITOR}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one workshop and three people: a steward, a facilitator and an auditor."""
    home = copied(tmp_path_factory.mktemp("made") / "home")
    with home.open() as services:
        for name, role in ROLES.items():
            workshops = [CODE] if role is Role.FACILITATOR else []
            keys.add(services, name, role, workshops, PASSPHRASES[name], "Dominique")
    return home.path


@pytest.fixture
def built(made: Path, tmp_path: Path) -> Built:
    """A copy of that home."""
    shutil.copytree(made, tmp_path / "home")
    return Built(tmp_path / "home")


@contextmanager
def as_person(built: Built, name: str, settings: Settings | None = None) -> Iterator[Services]:
    with open_services(settings or built.settings, PASSPHRASES[name]) as services:
        yield services


def kinds(services: Services) -> list[str]:
    return [entry.kind for entry in services.archive.log.entries()]


def findings(services: Services) -> list[tuple[str, str]]:
    return [(one.kind, one.place) for one in verify_archive(services.home, services.archive).findings]


def test_openers_stand_in_keystore_catalog_and_log(built: Built) -> None:
    """Each with a role and workshops; the verification finds nothing to say."""
    with built.open() as services:
        found = {one.name: one for one in keys.openers(services)}
        assert {(name, found[name].role) for name in ROLES} == set(ROLES.items())
        assert found["Camille"].workshops == (CODE,)
        assert found[None].role is None
        rows = {row.person: (row.role, row.workshops) for row in services.archive.catalog.openers()}
        assert rows[found["Camille"].id] == ("facilitator", CODE)
        assert rows[found["Ondine"].id] == ("auditor", None)
        assert kinds(services).count("opener-added") == 3
        assert findings(services) == []


def test_a_person_acts_in_their_own_name_alone(built: Built) -> None:
    """Their entries are authenticated; under the machine's passphrase a name is a declaration."""
    with as_person(built, "Camille") as services:
        own = services.person("camille")
        services.commit(Change(), Entry("closed", actor=own))
        for other in ("Dominique", "Solange", "Personne Encore"):
            with pytest.raises(PersonError) as caught:
                services.person(other)
            assert int(caught.value.exit) == 8
    with built.open() as services:
        services.commit(Change(), Entry("closed", actor=services.person("Camille")))
        said = [entry.authenticated for entry in services.archive.log.entries(kind="closed")]
        assert said == [True, False]


def test_an_auditor_opens_the_home_and_changes_nothing(built: Built) -> None:
    """It opens, verifies what it reaches, and every commit is refused clearly; nothing pending is moved."""
    with as_person(built, "Ondine") as services:
        assert services.archive.reads_only
        with pytest.raises(KeysError, match="auditor"):
            services.commit(Change(), Entry("closed"))
        with pytest.raises(HuisclosError):
            keys.rotate(services, "Ondine")
        report = verify_archive(services.home, services.archive)
        assert report.findings == ()
        assert any("does not reach every workshop" in one.message for one in report.unchecked)
        assert [one.name for one in keys.openers(services)] == [None] * 4


def test_an_auditor_changes_their_own_passphrase(built: Built) -> None:
    """The one change that is theirs to make."""
    with as_person(built, "Ondine") as services:
        keys.change_passphrase(services, "trictrac-ornière-gabion-safran")
    with open_services(built.settings, "trictrac-ornière-gabion-safran") as services:
        assert services.archive.reads_only


def test_a_facilitator_works_in_their_workshop_alone(built: Built) -> None:
    """Records of their sessions are sealed and read; those of another workshop are refused."""
    with built.open() as services:
        other = services.archive.scope("autre", 1, RecordClass.DRAFT)
    with as_person(built, "Camille") as services:
        scope = services.archive.scope(CODE, 4, RecordClass.DRAFT)
        sealed = services.archive.objects.seal(scope, b"a draft")
        assert services.archive.objects.unseal(scope, sealed) == b"a draft"
        with pytest.raises(KeysError):
            services.archive.objects.seal(other, b"a draft")


@pytest.mark.parametrize("name", ["Camille", "Solange"])
def test_managing_takes_a_steward(built: Built, name: str) -> None:
    """A facilitator is refused before anything is written; a steward is not."""
    with as_person(built, name) as services:
        before = services.archive.keystore.generation, len(kinds(services))
        if ROLES[name] is Role.STEWARD:
            keys.rotate(services, name)
            keys.allow(services, "Camille", [CODE], name)
            return
        for forbidden in (
            lambda: keys.rotate(services, name),
            lambda: keys.remove(services, "Ondine", name),
            lambda: keys.allow(services, name, [CODE], name),
            lambda: keys.export(services, services.home.parent / "out", name),
        ):
            with pytest.raises(PersonError):
                forbidden()
        assert (services.archive.keystore.generation, len(kinds(services))) == before


def test_removing_a_person_withdraws_their_passphrase(built: Built) -> None:
    """Row and entry say so; the others open the home as before, and the person may be added again."""
    with as_person(built, "Solange") as services:
        keys.remove(services, "Camille", "Solange")
        assert findings(services) == []
        assert {row.role for row in services.archive.catalog.openers()} == {"steward", "auditor"}
        entry = next(services.archive.log.entries(kind="opener-removed"))
        assert entry.authenticated is True
    with pytest.raises(WrongPassphraseError), as_person(built, "Camille"):
        pass
    with built.open() as services:
        keys.add(services, "Camille", Role.STEWARD, [], PASSPHRASES["Camille"], "Dominique")
        assert findings(services) == []


def test_the_machine_goes_once_a_steward_is_there(built: Built) -> None:
    """Unattended work ends; the home opens to the steward."""
    with as_person(built, "Solange") as services:
        keys.remove(services, "machine", "Solange")
    with pytest.raises(WrongPassphraseError), built.open():
        pass
    with as_person(built, "Solange") as services:
        assert findings(services) == []


def _added(services: Services) -> OpenerStanding:
    return keys.add(services, "Bérénice", Role.STEWARD, [], "palourde-quignon-abaque-serrure", "Dominique")


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (_added, "opener-added"),
        (lambda services: keys.remove(services, "Camille", "Dominique"), "opener-removed"),
        (lambda services: keys.allow(services, "Camille", [CODE, "autre"], "Dominique"), "opener-changed"),
    ],
)
def test_what_a_crash_left_out_is_found_and_then_written(built: Built, monkeypatch, change, kind: str) -> None:  # type: ignore[no-untyped-def]
    """The keystore is changed and the entry is not there: verify names it, the next command completes the log."""
    with built.open() as services:
        workshop = services.archive.catalog.workshop(CODE)
        services.commit(
            Change(add=(dataclasses.replace(workshop, code="autre"),)),
            Entry("workshop-added", facts={"workshop": "autre"}),
        )
        services.person("Bérénice")
        services.person("Dominique")
        commit = services.archive.commit

        def dies(*args, **kwargs):  # type: ignore[no-untyped-def]
            if args[1].kind == kind:
                raise KeyboardInterrupt
            return commit(*args, **kwargs)

        monkeypatch.setattr(services.archive, "commit", dies)
        with pytest.raises(KeyboardInterrupt):
            change(services)
    with built.open() as services:
        assert [place.split("/")[0] for _, place in findings(services)] == ["openers"]
        keys.rotate(services, "Dominique")
        assert findings(services) == []
        last = list(services.archive.log.entries(kind=kind))[-1]
        assert last.actor is None


@pytest.mark.parametrize(
    ("name", "role", "workshops", "passphrase", "error"),
    [
        ("Anna", Role.FACILITATOR, [], "palourde-quignon-abaque", UsageError),
        ("Anna", Role.FACILITATOR, ["absent"], "palourde-quignon-abaque", UnknownError),
        ("Anna", Role.AUDITOR, [CODE], "palourde-quignon-abaque", UsageError),
        ("Anna", Role.STEWARD, [], "bonjour", WeakPassphraseError),
        ("Anna", Role.STEWARD, [], PASSPHRASE, KeysError),
        ("Camille", Role.STEWARD, [], "palourde-quignon-abaque", StateError),
    ],
)
def test_an_opener_that_cannot_be_is_refused(built: Built, name, role, workshops, passphrase, error) -> None:  # type: ignore[no-untyped-def]
    """And neither keystore nor openers of the catalog change."""
    with built.open() as services:
        before = services.archive.keystore.openers()
        with pytest.raises(error):
            keys.add(services, name, role, workshops, passphrase, "Dominique")
        assert services.archive.keystore.openers() == before
        assert findings(services) == []


def test_a_changed_passphrase_is_logged_for_whom_it_is(built: Built) -> None:
    """The former one opens nothing."""
    with as_person(built, "Camille") as services:
        keys.change_passphrase(services, "palourde-quignon-abaque-serrure")
        entry = next(services.archive.log.entries(kind="passphrase-changed"))
        assert entry.actor == services.archive.keystore.opener.id
    with pytest.raises(WrongPassphraseError), as_person(built, "Camille"):
        pass


# Recovery


@pytest.fixture
def people() -> list[x25519.Identity]:
    return [x25519.Identity.generate() for _ in range(3)]


def recipients(people: list[x25519.Identity]) -> list[str]:
    return [str(one.to_public()) for one in people]


def test_a_recovery_export_takes_two_people(built: Built, people: list[x25519.Identity], tmp_path: Path) -> None:
    """The first call writes nothing; the second one registers the export and writes two files that open the home."""
    folder = tmp_path / "away"
    with built.open() as services:
        with pytest.raises(StateError, match="recipients"):
            keys.export(services, folder, "Dominique")
        assert keys.set_recipients(services, recipients(people), "Dominique") == 3
        for _ in range(2):
            assert keys.export(services, folder, "Dominique").export is None
            assert not folder.exists()
        assert kinds(services).count("export-asked") == 1
        made = keys.export(services, folder, "Solange", "cupboard 2")
        (row,) = services.archive.catalog.exports()
        assert (row.id, row.export_kind, row.place) == (made.export, ExportKind.RECOVERY.value, "cupboard 2")
        assert row.generation == made.generation == services.archive.keystore.generation
        assert findings(services) == []
        key = services.archive.keystore.log_key().private_bytes_raw()
    keystore, recovery = (file.read_bytes() for file in made.files)
    found = Keystore.recover(
        tmp_path / "new", keystore, recovery, [str(one) for one in people[1:]], FileSlots(tmp_path / "slot"), "neuf"
    )
    assert found.log_key().private_bytes_raw() == key


@pytest.mark.parametrize("end", ["rotate", "recipients", "export"])
def test_a_wish_for_an_export_ends(built: Built, people: list[x25519.Identity], tmp_path: Path, end: str) -> None:
    """After a rotation, other recipients or an export, two people have to ask again."""
    with built.open() as services:
        keys.set_recipients(services, recipients(people), "Dominique")
        keys.export(services, tmp_path / "one", "Dominique")
        if end == "rotate":
            keys.rotate(services, "Dominique")
        elif end == "recipients":
            keys.set_recipients(services, recipients(people[:2]), "Dominique")
        else:
            assert keys.export(services, tmp_path / "one", "Solange").export is not None
        assert keys.export(services, tmp_path / "two", "Solange").export is None
        assert not (tmp_path / "two").exists()


def test_an_export_is_never_written_over_another(built: Built, people: list[x25519.Identity], tmp_path: Path) -> None:
    """A folder with anything in it is refused, and nothing is registered."""
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()
    with built.open() as services:
        keys.set_recipients(services, recipients(people), "Dominique")
        keys.export(services, tmp_path / "taken", "Dominique")
        with pytest.raises(UsageError):
            keys.export(services, tmp_path / "taken", "Solange")
        assert services.archive.catalog.exports() == []


def with_place(built: Built, folder: Path) -> Settings:
    return built.settings.model_copy(update={"copies": Copies(recovery=folder)})


def test_each_generation_is_kept_at_the_recovery_place(
    built: Built, people: list[x25519.Identity], tmp_path: Path
) -> None:
    """Always two files that belong together, and those of older generations gone."""
    place = tmp_path / "stick"
    place.mkdir()
    settings = with_place(built, place)
    with open_services(settings, PASSPHRASE) as services:
        ours = place / services.archive.home_id
        first = services.archive.keystore.generation
        assert (ours / f"keystore-{first}").exists()
        assert not recovery_state(settings).recoverable
        keys.set_recipients(services, recipients(people), "Dominique")
        services.archive.scope(CODE, 9, RecordClass.DRAFT)
        now = services.archive.keystore.generation
        assert sorted(path.name for path in ours.iterdir()) == [
            "checkpoint", f"keystore-{now}", f"recovery-{now}.json",
        ]  # fmt: skip
        state = status(settings).recovery
        assert (state.generation, state.copied, state.recoverable, state.stale) == (now, now, True, False)
        copies = [(ours / name).read_bytes() for name in (f"keystore-{now}", f"recovery-{now}.json")]
        found = Keystore.recover(
            tmp_path / "new", *copies, [str(one) for one in people[:2]], FileSlots(tmp_path / "slot"), "neuf"
        )
        assert found.epochs_of(CODE) == services.archive.keystore.epochs_of(CODE)


def test_a_place_that_fails_stops_nothing_and_is_made_good(built: Built, tmp_path: Path) -> None:
    """Unplugged: remembered and told. Plugged in again: the next command writes what is missing."""
    place = tmp_path / "stick"
    settings = with_place(built, place)
    with open_services(settings, PASSPHRASE) as services:
        services.archive.scope(CODE, 9, RecordClass.DRAFT)
        state = recovery_state(settings)
        assert state.place.failing_since is not None
        assert state.copied is None
    place.mkdir()
    with open_services(settings, PASSPHRASE) as services:
        state = recovery_state(settings)
        assert state.place.failing_since is None
        assert state.copied == state.generation == services.archive.keystore.generation
    place.rename(tmp_path / "drawer")
    with open_services(settings, PASSPHRASE) as services:
        services.archive.scope(CODE, 10, RecordClass.DRAFT)
    assert recovery_state(settings).stale


def test_nothing_secret_or_named_lies_in_the_entries(built: Built, people: list[x25519.Identity]) -> None:
    """Neither names, nor recipients, nor passphrases."""
    with built.open() as services:
        keys.set_recipients(services, recipients(people), "Dominique")
        lines = b"".join(entry.line() for entry in services.archive.log.entries())
    for text in (*ROLES, "Dominique", *PASSPHRASES.values(), *recipients(people)):
        assert text.encode() not in lines


def test_a_facilitator_s_run_leaves_other_workshops_alone(built: Built) -> None:
    """What waits there, in the drop folder and in the archive, waits for a passphrase that reaches it."""
    with built.open() as services:
        workshops.add(services, "autre", POLICY)
    waiting = built.path / "drop" / "autre" / "seance1.ogg"
    shutil.copy(RECORDING, waiting)
    with as_person(built, "Camille") as services:
        report = plain.run(services)
        assert (report.troubles, report.intake.receipts, report.intake.refused) == ((), (), ())
    assert waiting.exists()


def test_whoever_is_registered_places_a_hold_and_a_steward_alone_lifts_it(built: Built) -> None:
    """A facilitator may keep, and not let go; an auditor changes nothing; what somebody outside relies on is lifted by
    another steward than the one who placed it."""
    with open_services(built.settings, PASSPHRASES["Camille"]) as services:
        placed = holds.place(services, Suspends.DESTRUCTION, CODE, Ground.INCIDENT, LATER, "Camille")
        with pytest.raises(PersonError):
            holds.lift(services, Suspends.DESTRUCTION, placed.id, "Camille")
        holds.go_on(services, Suspends.DESTRUCTION, placed.id, LATER.replace(year=2100), "Camille")
    with open_services(built.settings, PASSPHRASES["Ondine"]) as services, pytest.raises(KeysError):
        holds.place(services, Suspends.DESTRUCTION, CODE, Ground.INCIDENT, LATER, "Ondine")
    with open_services(built.settings, PASSPHRASES["Solange"]) as services:
        holds.lift(services, Suspends.DESTRUCTION, placed.id, "Solange")
        for suspends in Suspends:
            asked = holds.place(services, suspends, CODE, Ground.AUTHORITY, LATER, "Solange")
            with pytest.raises(PersonError) as caught:
                holds.lift(services, suspends, asked.id, "Solange")
            assert caught.value.facts["ground"] is Ground.AUTHORITY
    with built.open() as services:  # the machine's passphrase does not make a steward of anybody either
        assert len(services.archive.catalog.holds()) == 2
        with pytest.raises(PersonError) as caught:
            holds.lift(services, Suspends.USE, asked.id, "Dominique")
        assert caught.value.facts["count"] == 1
