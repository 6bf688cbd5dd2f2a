"""A workshop goes to another home whole, and is then nowhere else."""

import json
import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.steps import workshops
from flows.steps.arrival import receive
from flows.steps.arrival.dossiers import load
from flows.steps.custody import handover, takeover
from flows.steps.drafting.vaults import SealedVaults
from flows.steps.evidence import check_clearances
from flows.steps.holding import handed_over
from flows.steps.leaving import release
from flows.steps.record import log_life
from flows.steps.retention import certificates, events, holds, retain
from flows.steps.reviewing import clear, review
from infra.home import create_home
from infra.wiring import Services
from policies.assessment import Assessment
from storage.commit import Change, utc
from storage.copies.bundle import make_identity, pack, read_identities, unpack
from storage.copies.manifest import ORIGIN, Manifest
from storage.log.audit import verify_log
from storage.log.entry import Entry
from storage.people import fold
from storage.rows.retention import DecisionRow
from storage.rows.walk import WorkshopRow
from storage.verify import verify_archive
from tests import factory
from vocabulary.choices import Audience, Decision, Ground, RecordClass, RecordLife, SessionState, Suspends, Trigger
from vocabulary.errors import (
    BusyError,
    DamagedError,
    HuisclosError,
    KeyGoneError,
    KeysError,
    StateError,
    UsageError,
)
from vocabulary.ids import SessionName, new_id
from vocabulary.text import IdentifiedText

CODE, SESSION, GROUP = factory.CODE, factory.SESSION, Audience.GROUP
FORMATS = ["docx", "vtt", "txt"]


@dataclass(frozen=True)
class Bench:
    """A source home with a released session, an empty home, an identity with its address."""

    source: factory.Built
    target: factory.Built
    identity: Path
    address: str

    @property
    def bundle(self) -> Path:
        return self.source.path.parent / "essai.age"

    @property
    def receipt(self) -> Path:
        return self.source.path.parent / "essai.age.receipt"

    def export(self) -> None:
        with self.source.open() as services:
            handover.export(services, CODE, self.address, self.bundle, "Camille")

    def take_over(self, bundle: Path | None = None, **options: object) -> None:
        with self.target.open() as services:
            takeover.take_over(services, bundle or self.bundle, self.identity, "Solène", **options)  # type: ignore[arg-type]

    def leave(self, *people: str) -> None:
        with self.source.open() as services:
            for person in people:
                handover.leave(services, CODE, self.receipt, person)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every test begins with a copy of: made once."""
    folder = tmp_path_factory.mktemp("prepared")
    source = factory.copied(folder / "source", SessionState.RELEASED)
    with source.open() as services:  # a hold on the recording, as it will be placed one day
        record = services.archive.catalog.records(record_class=RecordClass.RECORDING)[0]
        held = replace(record, life=RecordLife.HELD.value)
        services.commit(Change(replace=((record, held),)), Entry("hold-placed", session=record.session_id))
    create_home(folder / "target", factory.PASSPHRASE, keys=factory.FAST, accept_place=True)
    make_identity(folder / "identity")
    return folder


@pytest.fixture
def bench(prepared: Path, tmp_path: Path) -> Bench:
    folder = tmp_path / "bench"
    shutil.copytree(prepared, folder)
    address = (folder / "identity").read_text().split("public key: ")[1].split("\n")[0]
    return Bench(factory.Built(folder / "source"), factory.Built(folder / "target"), folder / "identity", address)


def _contents(services: Services, code: str = CODE) -> dict[str, object]:
    """All that opens of a workshop, by record id, people replaced by their names."""
    archive, found = services.archive, dict[str, object]()
    names = {person.id: person.folded for person in archive.register().people}
    for record in archive.catalog.records(workshop=code, life=None):
        if record.life == RecordLife.DESTROYED or record.format == ORIGIN:
            continue
        scope, sealed = archive.scope_of(record), archive.sealed_of(record)
        if record.record_class == RecordClass.VERBATIM:
            found[record.id] = archive.objects.unseal_transcript(scope, sealed)
        elif record.record_class == RecordClass.CLEARED:
            found[record.id] = archive.objects.unseal_treated(scope, sealed)
        else:
            plain = archive.objects.unseal(scope, sealed)
            for person, name in names.items():
                plain = plain.replace(person.encode(), name.encode())
            found[record.id] = plain
    return found


def _clocks(built: factory.Built) -> list[tuple[object, ...]]:
    plan = retain.plan(built.settings, factory.at(2026, 4, 1)(), everything=True)
    return sorted(
        (item.record, item.record_class, item.due, item.disposal, item.destroy, item.why and item.why.message)
        for item in plan.items
        if item.record_class != RecordClass.CERTIFICATE
    )


def _clearances(services: Services) -> set[tuple[str, ...]]:
    catalog = services.archive.catalog
    return {
        (
            row.id,
            row.session_id,
            row.audience,
            row.content_digest,
            fold(services.archive.person_name(row.person)),
            row.at,
        )
        for session in catalog.sessions()
        for row in catalog.clearances(session.id)
    }


def _is_sound(built: factory.Built) -> None:
    with built.open() as services:
        report = verify_archive(built.path, services.archive)
    assert report.findings == (), [finding.message for finding in report.findings]
    verify_log(built.path / "archive" / "log")


def test_all_of_a_workshop_opens_in_the_other_home_and_is_equal(bench: Bench) -> None:
    """Texts, vault, clearances, holds, due dates; the third person is known there under her own name."""
    with bench.target.open() as services:
        known = services.person("camille")
    with bench.source.open() as services:
        before, clocks, cleared = _contents(services), _clocks(bench.source), _clearances(services)
    bench.export()
    bench.take_over()
    with bench.target.open() as services:
        assert _contents(services) == before
        assert _clocks(bench.target) == clocks
        assert _clearances(services) == cleared
        assert services.person("Camille") == known
        recording = services.archive.catalog.records(record_class=RecordClass.RECORDING, life=RecordLife.HELD)[0]
        assert recording.fingerprint is not None
    _is_sound(bench.target)


def test_the_assessment_a_clearance_rests_on_goes_along(bench: Bench) -> None:
    """What a release demands in the other home is found there, in the log and in the catalog."""
    with bench.source.open() as services:
        for person in ("Dominique", "Emmanuelle"):
            given = clear.clear(services, SESSION, Audience.PUBLIC, person, Assessment("ER-7"))
    bench.export()
    bench.take_over()
    with bench.target.open() as services:
        archive, policy = services.archive, services.policy(CODE)
        check_clearances(archive, policy, archive.catalog.session(SESSION), given.audience, given.content_digest)


def test_certificates_made_before_go_along_and_are_read_in_the_other_home(bench: Bench) -> None:
    """Those of the first home stay there too; what is destroyed later has its certificate where it is destroyed."""
    with bench.source.open() as services:
        retain.apply(services, "Dominique")
    with bench.source.open(now=factory.at(2099, 1, 1)) as services:
        assert retain.apply(services, "Dominique").certificates
        made = certificates.certificates(services)
    bench.export()
    bench.take_over()
    with bench.target.open(now=factory.at(2099, 1, 2)) as services:
        found = certificates.certificates(services)
        assert [one.content["intent"] for one in found] == [one.content["intent"] for one in made]
        assert release.release(services, SESSION, GROUP, FORMATS, "Solène").files
        retain.apply(services, "Solène")
    bench.leave("Camille", "Dominique")
    with bench.source.open() as services:
        assert len(certificates.certificates(services)) == len(made) + 1
    _is_sound(bench.source)
    _is_sound(bench.target)


def test_a_workshop_moves_also_when_entries_of_its_log_have_come_to_their_end(bench: Bench) -> None:
    """The bundle says so; what is left of the log proves the rest."""
    with bench.source.open() as services:
        review.reopen(services, SESSION, "Camille")
        review.show(services, SESSION, "Camille")
        held = services.archive.catalog.records(life=RecordLife.HELD)[0]
        change = Change(replace=((held, replace(held, life=RecordLife.LIVE.value)),))
        services.commit(change, Entry("hold-lifted", session=held.session_id))
    with bench.source.open(now=factory.at(2099, 1, 1)) as services:
        assert log_life.expire(services)
        before = _contents(services)
    bench.export()
    bench.take_over()
    with bench.target.open() as services:
        assert _contents(services) == before
    bench.leave("Camille", "Dominique")
    _is_sound(bench.source)


def test_once_it_has_left_nothing_of_it_opens_in_its_first_home(bench: Bench) -> None:
    """Two people asked; no key is there, the outbox is empty, a certificate says why, the archive is sound."""
    bench.export()
    bench.take_over()
    with bench.source.open() as services:
        kept = [services.archive.scope_of(one) for one in services.archive.catalog.records(workshop=CODE)]
        assert not handover.leave(services, CODE, bench.receipt, "Camille").done
        assert not handover.leave(services, CODE, bench.receipt, "camille").done
        assert handover.leave(services, CODE, bench.receipt, "Dominique").done
        for scope in kept:
            with pytest.raises(KeyGoneError):
                services.archive.keystore.data_key(scope)
        certificate = services.archive.catalog.records(workshop=CODE)[-1]
        plain = services.archive.objects.unseal(
            services.archive.scope_of(certificate), services.archive.sealed_of(certificate)
        )
        value = json.loads(plain)
        assert {record["because"] for record in value["records"]} == {"handed over to another home"}
        assert services.archive.catalog.workshop(CODE).left_at is not None
        with pytest.raises(StateError):
            review.reopen(services, SESSION, "Camille")
    assert not any(path.is_file() for path in (bench.source.path / "outbox").rglob("*"))
    _is_sound(bench.source)
    _is_sound(bench.target)


def test_the_source_s_last_checkpoint_is_an_entry_of_the_other_log(bench: Bench) -> None:
    """Origin, size and root; the entries it covers are kept with their proofs."""
    bench.export()
    head = None
    with bench.source.open() as services:
        intended = list(services.archive.log.entries(kind="workshop-export-intended"))[-1]
        origin = services.archive.log.checkpoint().origin
    bench.take_over()
    with bench.target.open() as services:
        head = list(services.archive.log.entries(kind="workshop-imported"))[-1]
        assert (head.facts["origin"], head.facts["log_size"]) == (origin, intended.seq + 1)
        kept = next(one for one in services.archive.catalog.records(workshop=CODE) if one.format == ORIGIN)
        plain = services.archive.objects.unseal(services.archive.scope_of(kept), services.archive.sealed_of(kept))
    assert b"Quastelbach" not in plain and b'"keys"' not in plain
    assert head.facts["log_root"]


def test_what_was_released_can_be_given_out_again_and_the_next_session_gets_the_same_codes(bench: Bench) -> None:
    """The outputs are the same bytes, and the vault knows whom it knew."""
    given = {path.name: path.read_bytes() for path in (bench.source.path / "outbox").rglob("*") if path.is_file()}
    with bench.source.open() as services:
        vault = SealedVaults(services).load(CODE)
    bench.export()
    bench.take_over()
    from flows import plain

    with bench.target.open() as services:
        release.release(services, SESSION, GROUP, FORMATS, "Solène")
        second = SessionName(CODE, 2)
        other = bench.target.path.parent / "b.ogg"
        other.write_bytes(factory.RECORDING.read_bytes() + b"\0")
        dossier = bench.target.path.parent / "seance2.toml"
        dossier.write_text(factory.DOSSIER.replace("number = 1", "number = 2"), encoding="utf-8")
        receive.submit(services, [other], second, dossier)
        plain.run(services)
        assert services.archive.catalog.session(second).state == SessionState.IN_REVIEW
        after = SealedVaults(services).load(CODE)
        assert load(services, services.archive.catalog.session(second)) is not None
        again = receive.submit(services, [other], second)
        assert again.duplicates == 1
    assert {(one.id, one.pseudonym) for one in vault.referents} <= {(one.id, one.pseudonym) for one in after.referents}
    assert len(after.referents) == len(vault.referents)
    found = {path.name: path.read_bytes() for path in (bench.target.path / "outbox").rglob("*") if path.is_file()}
    assert found == given


def test_two_homes_are_merged_into_a_third(bench: Bench, prepared: Path) -> None:
    """The second comes under another code; all three archives are sound, both sources open nothing any more."""
    second = factory.build(bench.source.path.parent / "second", SessionState.RECEIVED)
    other = bench.source.path.parent / "other.age"
    with second.open() as services:
        recording = _contents(services)
        handover.export(services, CODE, bench.address, other, "Camille")
    bench.export()
    bench.take_over()
    with pytest.raises(StateError):
        bench.take_over(other)
    bench.take_over(other, code="essai-bis")
    with bench.target.open() as services:
        assert _contents(services, "essai-bis") == recording
        assert [row.code for row in services.archive.catalog.workshops()] == [CODE, "essai-bis"]
    bench.leave("Camille", "Dominique")
    with second.open() as services:
        receipt = other.with_name("other.age.receipt")
        for person in ("Camille", "Sacha"):
            handover.leave(services, CODE, receipt, person)
    for home in (bench.source, second, bench.target):
        _is_sound(home)
        with home.open() as services:
            live = services.archive.catalog.records(workshop=CODE)
            assert home is bench.target or {one.record_class for one in live} == {RecordClass.CERTIFICATE}


def test_between_export_and_leaving_the_workshop_stands_still(bench: Bench) -> None:
    """No step changes it, no run walks it, no destruction begins; keeping it lets it go on."""
    bench.export()
    with bench.source.open() as services:
        for step in (
            lambda: review.reopen(services, SESSION, "Camille"),
            lambda: receive.submit(services, [factory.RECORDING], SessionName(CODE, 7)),
            lambda: workshops.add(services, CODE, factory.POLICY),
        ):
            with pytest.raises(BusyError):
                step()
        with pytest.raises(StateError):
            handover.export(services, CODE, bench.address, bench.bundle.with_name("b.age"), "Camille")
        handover.keep(services, CODE, "Camille")
        review.reopen(services, SESSION, "Camille")
    with pytest.raises(UsageError):
        bench.leave("Camille")


def test_a_workshop_somebody_is_at_work_on_is_not_exported(bench: Bench) -> None:
    """Nothing is written, nothing logged."""
    from infra.process import lock

    with bench.source.open() as services:
        session = services.archive.catalog.session(SESSION)
        with lock(services.home, session.id), pytest.raises(BusyError):
            handover.export(services, CODE, bench.address, bench.bundle, "Camille")
        assert not list(services.archive.log.entries(kind="workshop-export-intended"))
    assert not bench.bundle.exists()


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _flip(at: float) -> Callable[[bytes], bytes]:
    def flip(data: bytes) -> bytes:
        place = int(len(data) * at)
        return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]

    return flip


@pytest.mark.parametrize(
    "spoil",
    [_cut, _flip(0.0001), _flip(0.3), _flip(0.9), lambda data: data + b"x", lambda data: data[:-1], lambda _: b""],
)
def test_a_bundle_that_is_not_as_it_was_made_changes_nothing(bench: Bench, spoil: Callable[[bytes], bytes]) -> None:
    """Not one row, not one entry, nothing left on the disk."""
    bench.export()
    bench.bundle.write_bytes(spoil(bench.bundle.read_bytes()))
    with bench.target.open() as services:
        before = services.archive.log.checkpoint()
        with pytest.raises((DamagedError, KeysError)) as raised:
            takeover.take_over(services, bench.bundle, bench.identity, "Solène")
        assert isinstance(raised.value, DamagedError)
        assert services.archive.log.checkpoint() == before
        assert not services.archive.catalog.workshops()
    assert not (bench.target.path / "tmp" / "import").exists()


def _without_an_entry(value: Any) -> None:
    value["entries"].remove([one for one in value["entries"] if '"kind":"cleared"' in one["line"]][-1])


def _with_a_clock_turned(value: Any) -> None:
    next(row for row in value["rows"] if row["table"] == "sessions")["values"]["created_at"] = "2026-01-01T00:00:00Z"


def _with_a_hold_lifted(value: Any) -> None:
    next(row for row in value["rows"] if row["values"].get("life") == "held")["values"]["life"] = "live"


def _without_a_clearance(value: Any) -> None:
    value["rows"].remove(next(row for row in value["rows"] if row["table"] == "clearances"))


def _with_another_policy(value: Any) -> None:
    value["policy"] += "\n"


def _with_an_entry_changed(value: Any) -> None:
    value["entries"][2]["line"] = value["entries"][2]["line"].replace('"actor":null', '"actor":"p-' + "0" * 32 + '"', 1)


def _without_a_key(value: Any) -> None:
    value["keys"].popitem()


def _with_another_key(value: Any) -> None:
    value["keys"][min(value["keys"])] = "0" * 64


@pytest.mark.parametrize(
    "change",
    [
        _without_an_entry, _with_a_clock_turned, _with_a_hold_lifted, _without_a_clearance, _with_another_policy,
        _with_an_entry_changed, _without_a_key, _with_another_key,
    ],
)  # fmt: skip
def test_a_bundle_whose_parts_do_not_prove_each_other_changes_nothing(
    bench: Bench, change: Callable[[Any], None]
) -> None:
    """Someone opened it, changed what it says, and sealed it again for the same recipient."""
    bench.export()
    store, read = bench.source.path.parent / "unpacked", list[Manifest]()

    def objects_of(data: bytes) -> list[tuple[str, int]]:
        read.append(Manifest.from_bytes(data))
        return read[0].objects()

    with bench.bundle.open("rb") as source, bench.identity.open("rb") as file:
        unpack(source, read_identities(file), store, objects_of)
    value = json.loads(read[0].to_bytes())
    change(value)
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    bench.bundle.unlink()
    pack(bench.bundle, bench.address, data, read[0].objects(), lambda digest: (store / digest[:2] / digest).open("rb"))
    with bench.target.open() as services:
        before = services.archive.log.checkpoint()
        with pytest.raises(DamagedError):
            takeover.take_over(services, bench.bundle, bench.identity, "Solène")
        assert services.archive.log.checkpoint() == before
        assert not services.archive.catalog.workshops()


def test_another_recipient_a_second_import_and_the_own_home_are_refused(bench: Bench) -> None:
    """Each in words of its own."""
    bench.export()
    stranger = bench.identity.with_name("stranger")
    make_identity(stranger)
    with bench.target.open() as services:
        with pytest.raises(KeysError):
            takeover.take_over(services, bench.bundle, stranger, "Solène")
        takeover.take_over(services, bench.bundle, bench.identity, "Solène")
        bench.receipt.unlink()
        with pytest.raises(StateError):
            takeover.take_over(services, bench.bundle, bench.identity, "Solène")
        assert bench.receipt.exists()  # a receipt that was lost is written again
    with bench.source.open() as services, pytest.raises(StateError):
        takeover.take_over(services, bench.bundle, bench.identity, "Camille", code="autre")


def test_no_receipt_but_that_of_this_bundle_destroys_anything(bench: Bench) -> None:
    """A changed one, one of another workshop, one that was made without opening the bundle."""
    bench.export()
    bench.take_over()
    good = bench.receipt.read_text(encoding="utf-8")
    value = json.loads(good)
    value["inclusion"]["entry"] = value["inclusion"]["entry"].replace('"was":"essai"', '"was":"autre"')
    bench.receipt.write_text(json.dumps(value), encoding="utf-8")
    with bench.source.open() as services, pytest.raises(DamagedError):
        handover.leave(services, CODE, bench.receipt, "Camille")
    facts = json.loads(json.loads(good)["inclusion"]["entry"])["facts"]
    with bench.target.open() as services:  # who knows of the bundle, and could not open it
        services.commit(Change(), Entry("workshop-imported", facts={**facts, "answer": "0" * 64}))
        entry = list(services.archive.log.entries(kind="workshop-imported"))[-1]
        from storage.log.proof import prove

        bench.receipt.write_text(json.dumps(prove(services.archive.log, entry.seq)), encoding="utf-8")
    with bench.source.open() as services, pytest.raises(StateError):
        handover.leave(services, CODE, bench.receipt, "Camille")
    bench.receipt.write_text(good, encoding="utf-8")
    bench.leave("Camille", "Dominique")


def test_a_workshop_can_come_back(bench: Bench) -> None:
    """The rows it left behind are taken up again, under keys that were never used."""
    bench.export()
    with bench.source.open() as services:
        before = _contents(services)
    bench.take_over()
    bench.leave("Camille", "Dominique")
    back, identity = bench.bundle.with_name("back.age"), bench.identity.with_name("second")
    address = make_identity(identity)
    with bench.target.open() as services:
        handover.export(services, CODE, address, back, "Solène")
    with bench.source.open() as services:
        takeover.take_over(services, back, identity, "Camille")
        after = _contents(services)
        assert all(after[record] == content for record, content in before.items())
    with bench.target.open() as services:
        for person in ("Solène", "Malo"):
            handover.leave(services, CODE, back.with_name("back.age.receipt"), person)
    _is_sound(bench.source)
    _is_sound(bench.target)


def _killed(built: factory.Built, point: tuple[object, str], number: int, act: Callable[[Services], object]) -> bool:
    """Run ``act`` in a child that is killed at the ``number``-th call of a function; False if it ended before."""
    child = os.fork()
    if child == 0:
        holder, name = point
        real, count = getattr(holder, name), 0

        def counted(*args: object, **options: object) -> object:
            nonlocal count
            count += 1
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **options)

        setattr(holder, name, counted)
        try:
            with built.open() as services:
                act(services)
        except HuisclosError:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def test_an_import_killed_at_any_moment_is_done_again_safely(bench: Bench) -> None:
    """Before each commit, each sealing, each change of keys in turn: nothing half there, and then all of it."""
    from storage.archive import Archive
    from storage.keys.keystore import Keystore
    from storage.objects import ObjectStore

    with bench.source.open() as services:
        before = _contents(services)
    bench.export()

    def act(services: Services) -> None:
        takeover.take_over(services, bench.bundle, bench.identity, "Solène")

    keys, objects, commits = (Keystore, "ensure"), (ObjectStore, "_publish"), (Archive, "commit")
    for number, point in ((2, commits), (5, keys), (3, objects), (2, commits), (2, commits), (2, commits)):
        assert _killed(bench.target, point, number, act)
        with bench.target.open() as services:
            assert not services.archive.catalog.workshops()
        _is_sound(bench.target)
    assert _killed(bench.target, (takeover, "_write_receipt"), 1, act)
    assert not bench.receipt.exists()
    with pytest.raises(StateError):
        bench.take_over()
    assert bench.receipt.exists()
    with bench.target.open() as services:
        assert _contents(services) == before
    _is_sound(bench.target)


def test_an_export_and_a_leaving_killed_half_way_are_finished_by_the_same_command(bench: Bench) -> None:
    """Unregistered, the bundle is made again; registered, it gets its name; condemned, it is destroyed."""
    from storage.keys.keystore import Keystore

    def act(services: Services) -> None:
        handover.export(services, CODE, bench.address, bench.bundle, "Camille")

    assert _killed(bench.source, (handover, "_register"), 1, act)
    with bench.source.open() as services:
        assert handed_over(services.archive.catalog, CODE) is None
    assert _killed(bench.source, (handover, "_name"), 1, act)
    assert not bench.bundle.exists()
    bench.export()
    assert bench.bundle.exists()
    bench.take_over()
    bench.leave("Camille")

    def leave(services: Services) -> None:
        handover.leave(services, CODE, bench.receipt, "Dominique")

    assert _killed(bench.source, (Keystore, "shred"), 2, leave)
    bench.leave("Dominique")
    _is_sound(bench.source)
    with bench.source.open() as services:
        live = services.archive.catalog.records(workshop=CODE)
        assert {one.record_class for one in live} == {RecordClass.CERTIFICATE}
        assert len(list(services.archive.log.entries(kind="workshop-left"))) == 1


def test_an_address_and_a_file_are_checked_before_anything_is_done(bench: Bench) -> None:
    """No age address; a file that is there; a folder that is not."""
    with bench.source.open() as services:
        for address, file in (
            ("age1nothing", bench.bundle),
            (bench.address, bench.identity),
            (bench.address, bench.bundle / "nowhere" / "x.age"),
        ):
            with pytest.raises(UsageError):
                handover.export(services, CODE, address, file, "Camille")
        assert handed_over(services.archive.catalog, CODE) is None
        assert services.archive.catalog.workshop(CODE) == services.archive.catalog.workshops()[0]
        assert isinstance(services.archive.catalog.workshop(CODE), WorkshopRow)


def test_events_holds_and_reasons_move_with_their_workshop(bench: Bench) -> None:
    """What a person noted, ordered and decided stands in the other home: the same days, hold, reason and decision; the
    source is destroyed all the same, since its hold goes on there."""
    with bench.source.open() as services:
        today = services.now().date()
        events.note(services, Trigger.WORKSHOP_CLOSED, CODE, today, "Dominique")
        placed = holds.place(
            services, Suspends.DESTRUCTION, CODE, Ground.DISPUTE, today + timedelta(days=30), "Dominique",
            IdentifiedText("un litige"),
        )  # fmt: skip
        cleared = services.archive.catalog.records(record_class=RecordClass.CLEARED)[0]
        decided = DecisionRow(
            new_id("d"),
            CODE,
            cleared.id,
            Decision.KEEP,
            services.person("Dominique"),
            utc(services.now()),
            "2031-01-01",
        )
        services.commit(Change(add=(decided,)), Entry("end-decided"))
        dates = services.archive.catalog.due_dates(CODE)
    bench.export()
    bench.take_over()
    with bench.target.open() as services:
        (moved,) = services.archive.catalog.decisions()
        assert (moved.id, moved.until, services.archive.person_name(moved.person)) == (
            decided.id, "2031-01-01", "Dominique",
        )  # fmt: skip
        (order,) = services.archive.catalog.holds()
        assert (order.id, services.archive.person_name(order.person)) == (placed.id, "Dominique")
        reason = holds.reason_of(services, order)
        assert reason is not None and reason.reveal() == "un litige"
        found = services.archive.catalog.due_dates(CODE)
        assert {record: found[record] for record in dates} == dates
        assert verify_archive(bench.target.path, services.archive).findings == ()
    bench.leave("Camille", "Dominique")
    with bench.source.open() as services:
        kept = services.archive.catalog.records(workshop=CODE)
        assert {record.record_class for record in kept} <= {RecordClass.CERTIFICATE.value}
