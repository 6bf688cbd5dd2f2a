"""Withdrawal and erasure: what speaks of a person goes from every record, and nobody opens what went."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import told_twice
from told_twice import FIRST, SECOND

from anonymize.excision import WITHDRAWN
from flows import plain
from flows.steps.arrival import receive
from flows.steps.arrival.dossiers import load
from flows.steps.drafting.draft import open_draft, open_seated, open_transcript, open_verbatim
from flows.steps.drafting.vaults import SealedVaults
from flows.steps.hearing.blocks import Blocks, block_rows
from flows.steps.leaving import release
from flows.steps.retention import holds
from flows.steps.reviewing import correcting, speakers
from flows.steps.rights import consents, recalls, traces, withdraw
from flows.steps.rights.removal import REMOVERS
from flows.steps.rights.standing import newest, standing, unsealed
from flows.steps.rights.traced import Beyond, Wanted
from flows.steps.sealing import condemn, finish_erasures
from infra.wiring import Services
from policies.withdrawal import DECLARED, Fate
from speech.blocks import Block
from speech.recording import RATE, decode
from storage.archive import ARCHIVE, OBJECTS
from storage.commit import Change
from storage.keys.keystore import Keystore
from storage.keys.slots import FileSlots
from storage.log.entry import Entry
from storage.rows.forms import HOME
from storage.rows.walk import RecordRow
from storage.verify import verify_archive
from tests import factory
from tests.canary.scan import needles, scan
from tests.storage.plunder import opens_object
from vocabulary.choices import Audience, Ground, RecallAnswer, RecordClass, RecordLife, SessionState, Suspends, Use
from vocabulary.consent import NARROWINGS, VOICES, Narrowings, Proof, Voice, Voices
from vocabulary.errors import DamagedError, StateError, UnknownError
from vocabulary.ids import SessionName
from vocabulary.text import IdentifiedText

NAME = IdentifiedText("Amaury Zorbekian")
YOUTH = Wanted(names=(NAME,))
COLLEAGUE = Wanted(names=(IdentifiedText("Solveig Quastelbach"),), speaks=True)
CODE = factory.CODE
LATER = date(2999, 1, 1)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> factory.Built:
    """Two sessions, the first released; each test works on a copy."""
    return told_twice.build(tmp_path_factory.mktemp("withdrawal") / "home")


@pytest.fixture
def home(built: factory.Built, tmp_path: Path) -> factory.Built:
    shutil.copytree(built.path, tmp_path / "home", symlinks=True)
    return factory.Built(tmp_path / "home")


def _by_two(services: Services, wanted: Wanted, **options: object) -> withdraw.Withdrawn:
    asked = withdraw.withdraw(services, withdraw.plan(services, CODE, wanted, "Camille", **options), "Camille")  # type: ignore[arg-type]
    assert not asked.done
    return withdraw.withdraw(services, withdraw.plan(services, CODE, wanted, "Dominique", **options), "Dominique")  # type: ignore[arg-type]


def _talk(services: Services, number: int) -> str:
    row = services.archive.catalog.sessions(workshop=CODE)[number - 1]
    turns = open_transcript(services, row).turns
    assert all(" ".join(word.text.reveal() for word in turn.words) == turn.text.reveal() for turn in turns)
    return " / ".join(turn.text.reveal() for turn in turns)


def _samples(services: Services, session_id: str) -> np.ndarray:  # type: ignore[type-arg]
    record = newest(services, CODE, RecordClass.RECORDING, session_id)
    assert record is not None
    archive = services.archive
    return decode(archive.objects.reader(archive.scope_of(record), archive.sealed_of(record)))[0]


def _keys(services: Services) -> list[bytes]:
    keystore = services.archive.keystore
    return [key for place in (CODE, HOME) for key in keystore.keys_of(place).values()]


def _destroy(services: Services, *classes: RecordClass) -> None:
    gone = [record for one in classes for record in services.archive.catalog.records(workshop=CODE, record_class=one)]
    services.commit(Change(replace=tuple(condemn(gone, services.now()))), Entry("destruction-intended"))
    finish_erasures(services)


def test_an_erased_youth_is_in_no_record_and_the_rest_of_the_talk_stands(home: factory.Built) -> None:
    """Verbatim, draft, audio, dossiers and vault of both sessions; every turn keeps its number."""
    with home.open() as services:
        first, second = services.archive.catalog.sessions(workshop=CODE)
        turns = [len(open_transcript(services, row).turns) for row in (first, second)]
        found = traces.trace(services, CODE, YOUTH)
        before = _samples(services, first.id)
        done = _by_two(services, YOUTH)
        assert (done.sessions, done.reopened, done.recalls, done.waiting) == (2, 1, 2, 0)
        assert not traces.trace(services, CODE, YOUTH).any
        assert not traces.trace(services, CODE, Wanted(code="Jeune 1")).any
        assert [len(open_transcript(services, row).turns) for row in (first, second)] == turns
        assert _talk(services, 1) == (
            f"Bonjour, je m'appelle Solveig Quastelbach, je suis éducatrice. On reprend. {WITHDRAWN} Kamel Ouradou, "
            f"lui, travaille à la mission locale. {WITHDRAWN} On fait une pause de dix minutes."
        )
        said = _talk(services, 2).replace(" / ", " ")  # where turns begin is for the diariser to say
        assert "Kamel Ouradou a trouvé un stage" in said and "père" not in said
        after = _samples(services, first.id)
        one = found.of(FIRST)
        assert one is not None and len(after) == len(before)
        silent, near = np.zeros(len(before), dtype=bool), np.zeros(len(before), dtype=bool)
        for start, end in one.times:
            silent[int(start * RATE) + 1 : int(end * RATE) - 1] = True
            near[max(0, int(start * RATE) - 1) : int(end * RATE) + 2] = True
        assert not after[silent].any() and before[silent].any()
        assert np.array_equal(after[~near], before[~near])
        for row in services.archive.catalog.sessions(workshop=CODE):
            texts = [turn.text for turn in open_transcript(services, row).turns]
            assert all(span.of(texts[span.turn]) for span in open_draft(services, row).spans)
            dossier = load(services, row)
            assert dossier is not None and len(dossier.known) == 1 and len(dossier.participants) == 2
            made = newest(services, CODE, RecordClass.DRAFT, row.id)
            assert made is not None and b"orbekian" not in unsealed(services, made)
        vault = SealedVaults(services).load(CODE)
        assert "Jeune 1" not in {referent.pseudonym for referent in vault.referents}
        assert vault.counters["Jeune"] == 1
        assert verify_archive(home.path, services.archive).findings == ()


def test_no_surviving_key_opens_what_was_before_nor_does_an_old_backup(home: factory.Built, tmp_path: Path) -> None:
    """Each object that went opened with a key of its time; now no key there is opens it, and no name is anywhere."""
    old = tmp_path / "old"
    shutil.copytree(home.path, old)
    with home.open() as services:
        archive = services.archive
        rows = {row.id: row for row in archive.catalog.records(workshop=CODE)}
        scopes = {row.id: archive.scope_of(row) for row in rows.values()}
        keys = _keys(services)
        _by_two(services, YOUTH)
        gone = [one for one in rows.values() if archive.catalog.record(one.id).life == RecordLife.DESTROYED]
        left = _keys(services)
        assert {one.record_class for one in gone} >= {
            "recording", "verbatim", "dossier", "vault", "draft", "cleared", "output",
        }  # fmt: skip

        def opens(row: RecordRow, tried: list[bytes]) -> bool:
            root = old / ARCHIVE / OBJECTS
            return opens_object(root, archive.home_id, scopes[row.id], archive.sealed_of(row), tried)

        assert all(opens(row, keys) for row in gone)
        assert not any(opens(row, left) for row in gone)
    with pytest.raises(DamagedError):
        Keystore.open(old / ARCHIVE, FileSlots(home.path / "slot"), factory.PASSPHRASE)
    names = ["Zorbekian", "Amaury"]
    assert scan(home.path, needles(names, factory.RECORDING.read_bytes())) == []


def test_log_certificate_and_plan_name_nobody_and_the_list_of_recalls_is_ticked(home: factory.Built) -> None:
    """What was given out is to come back; what came back is not asked for twice."""
    with home.open() as services:
        shown = withdraw.plan(services, CODE, YOUTH, "Camille")
        done = _by_two(services, YOUTH)
        assert "maury" not in f"{shown!r} {done!r}" and done.certificates and done.entry
        for line in services.archive.log.lines():
            assert b"Amaury" not in line[1] and b"Zorbekian" not in line[1]
        entry = next(services.archive.log.entries(kind="withdrawn"))
        assert entry.id == done.entry and entry.facts["who"] == "spoken_of" and entry.facts["recalls"] == 2
        listed = recalls.recalls(home.settings)
        assert {(one.session, one.audience, one.format) for one in listed} == {
            (FIRST, Audience.GROUP, "docx"), (FIRST, Audience.GROUP, "txt"),
        }  # fmt: skip
        assert not any(path.is_file() for path in (home.path / "outbox").rglob("*"))
        assert recalls.answered(services, [listed[0].id], RecallAnswer.RETURNED, None, "Camille") == 1
        assert recalls.recalls(home.settings) == listed[1:]
        assert len(recalls.recalls(home.settings, everything=True)) == 2
        with pytest.raises(StateError):
            recalls.answered(services, [listed[0].id], RecallAnswer.RETURNED, None, "Camille")
        with pytest.raises(UnknownError):
            recalls.answered(services, ["b-0"], RecallAnswer.RETURNED, None, "Camille")


def test_what_was_cleared_goes_back_to_review_and_what_is_released_again_lacks_them(home: factory.Built) -> None:
    """Nobody's clearance counts for the text that is left: it is read and cleared anew."""
    with home.open() as services:
        _by_two(services, YOUTH)
        row = services.archive.catalog.session(FIRST)
        assert (row.state, row.reviewed_at) == (SessionState.IN_REVIEW, None)
        assert not [one for one in services.archive.catalog.clearances(row.id) if not one.void]
        with pytest.raises(StateError):
            release.release(services, FIRST, Audience.GROUP, ["txt"], "Camille")
        told_twice.clear_for_group(services, FIRST)
        file = release.release(services, FIRST, Audience.GROUP, ["txt"], "Camille").files[0]
        text = file.read_text(encoding="utf-8")
    assert WITHDRAWN in text and "Jeune 1" not in text and "mission locale" in text


def test_a_participant_takes_back_what_they_said_their_name_and_their_consent(home: factory.Built) -> None:
    """The number of the signed form stays as the proof; another participant's entry stays whole."""
    with home.open() as services:
        second = services.archive.catalog.session(SECOND)
        voice = open_transcript(services, second).turns[0].speaker
        done = _by_two(services, replace(COLLEAGUE, voices={SECOND: frozenset({voice})}))
        assert done.sessions == 2
        assert "Quastelbach" not in _talk(services, 1) + _talk(services, 2)
        turns = open_transcript(services, second).turns
        assert {turn.text.reveal() for turn in turns if turn.speaker == voice} == {WITHDRAWN}
        dossier, record = load(services, second), newest(services, CODE, RecordClass.CONSENT, second.id)
        assert dossier is not None and [one.name for one in dossier.participants] == ["Bertille Vaucanson"]
        assert record is not None
        proof = Proof.from_bytes(unsealed(services, record))
        assert [one.name for one in proof.people] == ["Bertille Vaucanson"]
        assert [one.form for one in proof.withdrawn] == ["F-2026-001"]


def test_what_a_participant_took_back_and_their_sealed_voice_no_longer_know_them(home: factory.Built) -> None:
    """The list keeps its length without the name; the voice is nobody's and agrees to nothing; the reduced turn is a
    notice."""
    with home.open() as services:
        name = IdentifiedText("Solveig Quastelbach")
        consents.narrow(services, CODE, None, name, frozenset({Use.PUBLIC, Use.RESEARCH}), None, "Camille")
        _destroy(services, RecordClass.VERBATIM, RecordClass.DRAFT)
        first = services.archive.catalog.session(FIRST)
        assert _by_two(services, COLLEAGUE).reduced == 1
        records = [unsealed(services, one) for one in standing(services, CODE, RecordClass.CONSENT)]
        assert not any(b"uastelbach" in one for one in records)
        kept = Narrowings.from_bytes(next(one for one in records if NARROWINGS.encode() in one))
        assert [one.name for one in kept.entries] == [""]
        own = [unsealed(services, one) for one in standing(services, CODE, RecordClass.CONSENT, first.id)]
        voices = Voices.from_bytes(next(one for one in own if VOICES.encode() in one))
        assert Voice(None, frozenset()) in voices.speakers.values()
        cleared = newest(services, CODE, RecordClass.CLEARED, first.id)
        assert cleared is not None
        archive = services.archive
        treated, _ = archive.objects.unseal_treated(archive.scope_of(cleared), archive.sealed_of(cleared))
        assert [(turn.speaker, turn.text.reveal()) for turn in treated.turns] == [(None, WITHDRAWN)]


def test_one_session_alone_leaves_the_others_and_the_vault(home: factory.Built) -> None:
    """The plan says in which later sessions they are spoken of again."""
    with home.open() as services:
        shown = withdraw.plan(services, CODE, YOUTH, "Camille", only=FIRST)
        assert [one.session.name for one in shown.later] == [SECOND]
        _by_two(services, YOUTH, only=FIRST)
        assert "Amaury" not in _talk(services, 1) and "Amaury" in _talk(services, 2)
        assert "Jeune 1" in {one.pseudonym for one in SealedVaults(services).load(CODE).referents}


def test_nobody_withdraws_alone_nor_what_changed_meanwhile(home: factory.Built) -> None:
    """One person may ask as often as they like; a plan that is no longer what there is does nothing."""
    with home.open() as services:
        shown = withdraw.plan(services, CODE, YOUTH, "Camille")
        for _ in range(2):
            assert not withdraw.withdraw(services, shown, "Camille").done
        assert len(list(services.archive.log.entries(kind="withdrawal-asked"))) == 1
        other = withdraw.plan(services, CODE, replace(YOUTH, also={SECOND: frozenset({0})}), "Dominique")
        assert not withdraw.withdraw(services, other, "Dominique").done
        with pytest.raises(StateError):
            withdraw.withdraw(services, replace(shown, digest="0" * 32), "Dominique")
        with pytest.raises(UnknownError):
            nobody = withdraw.plan(services, CODE, Wanted(names=(IdentifiedText("Hyacinthe Molitor"),)), "Camille")
            withdraw.withdraw(services, nobody, "Camille")
        assert "Amaury" in _talk(services, 1)


def test_what_is_on_hold_stops_a_withdrawal_before_anything_is_done(home: factory.Built) -> None:
    """The message names the session; the others can go one by one."""
    with home.open() as services:
        second = services.archive.catalog.session(SECOND)
        record = newest(services, CODE, RecordClass.VERBATIM, second.id)
        assert record is not None
        order = holds.place(services, Suspends.DESTRUCTION, record.id, Ground.DISPUTE, LATER, "Camille")
        shown = withdraw.plan(services, CODE, YOUTH, "Camille")
        with pytest.raises(StateError) as refused:
            withdraw.withdraw(services, shown, "Camille")
        assert str(SECOND) in str(refused.value) and "Amaury" in _talk(services, 1)
        assert _by_two(services, YOUTH, only=FIRST).done
        holds.lift(services, Suspends.DESTRUCTION, order.id, "Camille")
        assert _by_two(services, YOUTH).done


def test_a_voice_that_was_parted_and_recognised_in_the_review_goes_and_the_others_stay_whose_they_are(
    home: factory.Built,
) -> None:
    """Nothing in the talk says whose words they are, a person did: these words go, the rest of their turn stays, and
    what was said of other voices still holds when the draft is made anew."""
    with home.open() as services:
        row = services.archive.catalog.session(SECOND)
        turns = open_verbatim(services, row).turns
        last, words = len(turns) - 1, len(turns[-1].words)
        assert turns[-1].text.reveal().endswith("tout va bien.")
        hers = speakers.part(services, SECOND, [f"{last + 1}:{words - 2}-{words}"], None, "Camille").label
        other = speakers.part(services, SECOND, ["1:1-3"], None, "Camille").label
        for label, name in (
            (hers, "Bertille Vaucanson"),
            (hers, COLLEAGUE.names[0].reveal()),
            (other, "Bertille Vaucanson"),
        ):
            choices = speakers.participants(services, SECOND, label, "Camille")
            chosen = next(one.referent for one in choices if one.name.reveal() == name)
            speakers.recognise(services, SECOND, label, chosen, "Camille")
        found = traces.trace(services, CODE, COLLEAGUE).of(SECOND)
        assert found is not None and found.beyond == ()
        assert [turns[one.turn].text.reveal()[one.start : one.end] for one in found.spoken] == ["tout va bien."]
        assert len(found.named) == 1
        _by_two(services, COLLEAGUE)
        told = open_verbatim(services, row).turns
        assert told[-1].text.reveal().endswith(f"un stage, {WITHDRAWN}") and "tout" not in _talk(services, 2)
        decided = open_draft(services, row)
        record = newest(services, CODE, RecordClass.VERBATIM, row.id)
        assert record is not None and decided.verbatim == record.id
        assert {one.referent for one in decided.speakers if one.speaker == hers} == {None, chosen}
        correcting.give_everywhere(services, SECOND, IdentifiedText("un stage"), IdentifiedText("Stage"), "Camille")
        read = open_seated(services, row)
        assert read.sealed.speakers == decided.speakers
        by_label = {turn.speaker: turn.text.reveal() for turn in read.transcript.turns if turn.speaker in (hers, other)}
        assert by_label == {other: " ".join(word.text.reveal() for word in turns[0].words[:3])}
        assert read.seating.people == {hers: None, other: chosen}


def test_versions_that_a_lifted_hold_had_kept_go_too(home: factory.Built) -> None:
    """A hold lets older vaults, dossiers, drafts and proofs stand: none of them is left with the name."""
    with home.open(talk=told_twice.SECOND_TALK) as services:
        order = holds.place(services, Suspends.DESTRUCTION, CODE, Ground.DISPUTE, LATER, "Camille")
        toml = home.path.parent / "seance2.toml"
        grown = told_twice.SECOND_DOSSIER.replace('"Kamel Ouradou"]', '"Kamel Ouradou", "Kam"]')
        toml.write_text(grown + '\n[[known]]\nkind = "place"\nforms = ["les Mirontaines"]\n', encoding="utf-8")
        receive.submit(services, [], SECOND, toml)
        plain.run(services)
        consents.narrow(services, CODE, None, COLLEAGUE.names[0], frozenset({Use.RESEARCH}), None, "Camille")
        consents.narrow(services, CODE, None, COLLEAGUE.names[0], frozenset({Use.RETURN}), None, "Camille")
        holds.lift(services, Suspends.DESTRUCTION, order.id, "Camille")
        assert len(standing(services, CODE, RecordClass.VAULT)) > 1
        for wanted in (YOUTH, COLLEAGUE):
            assert _by_two(services, wanted).done
        for record_class in (RecordClass.VAULT, RecordClass.DOSSIER, RecordClass.DRAFT, RecordClass.CONSENT):
            left = [unsealed(services, one) for one in standing(services, CODE, record_class)]
            assert left and not any(b"orbekian" in data or b"uastelbach" in data for data in left)
        assert len(standing(services, CODE, RecordClass.VAULT)) == 1
        assert verify_archive(home.path, services.archive).findings == ()


def test_what_a_lifted_hold_had_kept_ends_with_the_next_version(home: factory.Built) -> None:
    """The next vault and the next narrowing take every older version with them, and not only the one before."""
    with home.open(talk=told_twice.SECOND_TALK) as services:
        order = holds.place(services, Suspends.DESTRUCTION, CODE, Ground.DISPUTE, LATER, "Camille")
        vaults = SealedVaults(services)

        def go_on(number: int | None, use: Use) -> None:
            consents.narrow(services, CODE, number, COLLEAGUE.names[0], frozenset({use}), None, "Camille")
            vault = vaults.load(CODE)
            row, replaced = vaults.seal(CODE, replace(vault, version=vault.version + 1))
            services.commit(Change(add=(row,), replace=tuple(replaced)), Entry("drafted", facts={"record": row.id}))
            finish_erasures(services)

        def kept() -> list[int]:
            narrowed = [row for row in standing(services, CODE, RecordClass.CONSENT) if row.session_id is None]
            return [len(narrowed), len(standing(services, CODE, RecordClass.VAULT))]

        go_on(1, Use.RESEARCH)
        go_on(2, Use.RESEARCH)
        assert kept() == [2, 3]
        holds.lift(services, Suspends.DESTRUCTION, order.id, "Camille")
        go_on(None, Use.RETURN)
        assert kept() == [1, 1]


def test_the_blocks_of_a_transcription_under_way_go_and_hinder_nothing(home: factory.Built) -> None:
    """They were made with names of the dossier, and are no transcript that could be searched or cut."""
    third = SessionName(CODE, 3)
    toml = home.path.parent / "seance3.toml"
    toml.write_text(told_twice.FIRST_DOSSIER.replace("number = 1", "number = 3"), encoding="utf-8")
    with home.open() as services:
        receive.submit(services, [factory.RECORDING], third, toml)
        row = services.archive.catalog.session(third)
        Blocks(services, row, "b" * 64, ()).seal(Block(1, 0, 16000, ()))
        found = traces.trace(services, CODE, YOUTH).of(third)
        assert found is not None and found.beyond == (Beyond.SILENT,)
        assert _by_two(services, YOUTH).done
        assert block_rows(services, row) == []
        plain.run(services)
        assert services.archive.catalog.session(third).state == SessionState.IN_REVIEW


def test_blocks_that_only_listened_for_them_go_when_they_leave_the_vault(home: factory.Built) -> None:
    """Half a transcript, under a dossier that names nobody: its blocks mark the names of the vault."""
    third = SessionName(CODE, 3)
    toml = home.path.parent / "seance3.toml"
    toml.write_text(told_twice.FIRST_DOSSIER.split("[[known]]")[0].replace("number = 1", "number = 3"), "utf-8")
    with home.open() as services:
        receive.submit(services, [factory.RECORDING], third, toml)
        row = services.archive.catalog.session(third)
        Blocks(services, row, "b" * 64, (NAME.reveal(),)).seal(Block(1, 0, 16000, ()))
        assert _by_two(services, YOUTH, only=SECOND).done
        assert len(block_rows(services, row)) == 1
        assert _by_two(services, YOUTH).done
        assert block_rows(services, row) == []


def test_the_reason_of_a_restriction_no_longer_names_them_and_the_restriction_stands(home: factory.Built) -> None:
    """A reason is put in other words; the order goes by the new one, and ends no later."""
    with home.open() as services:
        said = IdentifiedText("La mère d'Amaury Zorbekian conteste ce qui est dit de Jeune 1.")
        order = holds.place(services, Suspends.USE, str(SECOND), Ground.REQUEST, LATER, "Camille", said)
        before = next(one for one in services.archive.catalog.holds() if one.id == order.id)
        done = _by_two(services, YOUTH)
        after = next(one for one in services.archive.catalog.holds() if one.id == order.id)
        told = holds.reason_of(services, after)
        assert done.waiting == 0 and after.note != before.note and told is not None
        assert told.reveal() == f"La mère d'{WITHDRAWN} conteste ce qui est dit de {WITHDRAWN}."
        old, new = (services.archive.catalog.record(str(one.note)) for one in (before, after))
        assert old.life == RecordLife.DESTROYED and new.created_at == old.created_at
        assert verify_archive(home.path, services.archive).findings == ()


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_withdrawal_that_was_killed_is_wholly_done_or_not_at_all(
    home: factory.Built, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Before its commit nothing changed; after it the next start destroys what was announced."""

    def die(*_args: object) -> None:
        raise KeyboardInterrupt

    with home.open() as services:
        withdraw.withdraw(services, withdraw.plan(services, CODE, YOUTH, "Camille"), "Camille")
        shown = withdraw.plan(services, CODE, YOUTH, "Dominique")
        with monkeypatch.context() as patched:
            if where == "before":
                patched.setattr(withdraw, "leave_vault", die)
            else:
                patched.setattr("flows.steps.sealing._erase", die)
            with pytest.raises(KeyboardInterrupt):
                withdraw.withdraw(services, shown, "Dominique")
    with home.open() as services:
        plain.run(services)
        if where == "before":
            assert "Amaury" in _talk(services, 1)
            assert withdraw.withdraw(services, shown, "Dominique").done
        assert not traces.trace(services, CODE, YOUTH).any
        assert "Amaury" not in _talk(services, 1) + _talk(services, 2)
        assert not [one for one in services.archive.catalog.records() if one.destroy_intended_at]
        assert services.archive.catalog.records(record_class=RecordClass.CERTIFICATE)
        assert verify_archive(home.path, services.archive).findings == ()


def test_once_the_verbatim_is_gone_a_reduced_text_waits_to_be_cleared(home: factory.Built) -> None:
    """It is found by code, cut by sentence, and leaves only when people have cleared exactly that."""
    with home.open() as services:
        _destroy(services, RecordClass.VERBATIM, RecordClass.DRAFT)
        done = _by_two(services, Wanted(code="Jeune 1"))
        assert (done.reduced, done.reopened) == (1, 0) and done.silenced_ms > 0
        with pytest.raises(StateError):
            release.release(services, FIRST, Audience.GROUP, ["txt"], "Camille")
        told_twice.clear_twice(services, FIRST)
        text = release.release(services, FIRST, Audience.GROUP, ["txt"], "Camille").files[0].read_text("utf-8")
        assert verify_archive(home.path, services.archive).findings == ()
    assert WITHDRAWN in text and "Jeune 1" not in text and "mission locale" in text


def test_what_was_misheard_goes_with_what_was_meant(home: factory.Built) -> None:
    """A name that a correction put right, and one that was only proposed: neither is left, in text, words or draft."""
    talk = ("Amoury Zorbekyan est passé. On l'a reçu.", "Bien.", "Autre chose, le stage de Kamel Ouradou.")
    with home.open(talk=talk) as services:
        third = SessionName(CODE, 3)
        dossier = told_twice.FIRST_DOSSIER.replace("number = 1", "number = 3")
        told_twice.bring(services, third, dossier, home.path.parent)
        row = services.archive.catalog.session(third)
        corrections = open_draft(services, row).corrections
        assert "Amaury Zorbekian" in " ".join(one.form.reveal() for one in corrections)
        _by_two(services, YOUTH)
        assert [one for one in open_draft(services, row).corrections if "Zorb" in one.form.reveal()] == []
        turns = open_verbatim(services, row).turns
        said = " ".join([*(turn.text.reveal() for turn in turns), *(w.text.reveal() for t in turns for w in t.words)])
    assert "Zorb" not in said and "Amou" not in said and "Kamel Ouradou" in said


def test_a_session_that_waits_to_be_transcribed_keeps_nobody_in_the_vault(home: factory.Built) -> None:
    """It gave the vault nobody: a mother whom only the passages that went had named leaves with them."""
    talk = ("Amaury Zorbekian vit avec sa mère, Fadoua Kerbrizac.", "Bien.", "Kamel Ouradou a trouvé un stage.")
    third, fourth = SessionName(CODE, 3), SessionName(CODE, 4)
    mother = '\n[[known]]\nkind = "person"\nforms = ["Fadoua Kerbrizac"]\n'
    with home.open(talk=talk) as services:
        dossier = told_twice.FIRST_DOSSIER.replace("number = 1", "number = 3") + mother
        told_twice.bring(services, third, dossier, home.path.parent)
        recording, toml = home.path.parent / "4.ogg", home.path.parent / "seance4.toml"
        recording.write_bytes(factory.RECORDING.read_bytes() + bytes(4))
        toml.write_text(told_twice.FIRST_DOSSIER.split("[[known]]")[0].replace("number = 1", "number = 4"), "utf-8")
        receive.submit(services, [recording], fourth, toml)
        found = traces.trace(services, CODE, YOUTH).of(fourth)
        assert found is not None and found.beyond == (Beyond.SILENT,)
        vaults = SealedVaults(services)
        assert any("Fadoua Kerbrizac" in one.forms for one in vaults.load(CODE).referents)
        assert _by_two(services, YOUTH).done
        assert not any("Fadoua Kerbrizac" in one.forms for one in vaults.load(CODE).referents)


def test_every_class_of_record_says_how_a_person_is_found_and_removed() -> None:
    """And whatever is not kept has somebody who removes it: a session's remover, or the workshop's own."""
    assert set(DECLARED) == set(RecordClass)
    assert all(one.found_by.strip() and one.removed_by.strip() for one in DECLARED.values())
    changed = {record_class for record_class, one in DECLARED.items() if one.fate is not Fate.KEPT}
    assert changed == set(REMOVERS) | {RecordClass.VAULT, RecordClass.REASON}


def test_an_amendment_that_names_them_goes_as_a_whole(home: factory.Built) -> None:
    """One of a session, and one of the workshop; what does not speak of them stays."""
    texts = (b"Dans la s\xc3\xa9ance, Amaury attendait.", b"Rien sur personne.", b"Jeune 1 est un cas d'\xc3\xa9cole.")
    with home.open() as services:
        archive, first = services.archive, services.archive.catalog.session(FIRST)
        for text, record_class, session in zip(
            texts, (RecordClass.AMENDMENT, RecordClass.AMENDMENT, RecordClass.THEME), (first.id, first.id, None),
            strict=True,
        ):  # fmt: skip
            scope = archive.next_scope(CODE, 1 if session else 0, record_class)
            row = archive.new_record(scope, archive.objects.seal(scope, text), services.now(), session_id=session)
            services.commit(Change(add=(row,)), Entry("reviewed", session=session))
        _by_two(services, YOUTH)
        left = [unsealed(services, one) for one in standing(services, CODE, RecordClass.AMENDMENT)]
        assert left == [texts[1]] and standing(services, CODE, RecordClass.THEME) == []
