"""The walk from received to destroyed: who may do what, when, and what is left afterwards."""

from dataclasses import replace
from pathlib import Path

import pytest

from flows import plain
from flows.steps import sessions
from flows.steps.arrival import receive
from flows.steps.drafting.vaults import SealedVaults
from flows.steps.leaving import release
from flows.steps.retention import retain
from flows.steps.reviewing import clear, review
from flows.steps.sealing import condemn, finish_erasures
from returns.rendering import extract
from storage.commit import Change
from storage.log.entry import Entry
from storage.verify import verify_archive
from tests import factory
from vocabulary.choices import Audience, Doubt, RecordClass, RecordLife, SessionState
from vocabulary.errors import (
    DamagedError,
    KeyGoneError,
    PersonError,
    PolicyError,
    ResourceError,
    StateError,
    UnknownError,
    WithheldError,
)
from vocabulary.text import TreatedText
from vocabulary.transcript import TreatedTranscript, TreatedTurn

GROUP = Audience.GROUP
FORMATS = ["docx", "vtt", "txt"]


def _kinds(services) -> list[str]:  # type: ignore[no-untyped-def]
    return [entry.kind for entry in services.archive.log.entries()]


def test_the_whole_walk_ends_with_a_return_that_holds_no_planted_name(tmp_path: Path) -> None:
    """Three files lie in the outbox; no name of talk or dossier stands in any text of them."""
    home = factory.copied(tmp_path / "home", SessionState.RELEASED)
    folder = home.path / "outbox" / factory.CODE / "1" / "group"
    assert sorted(path.name for path in folder.iterdir()) == [f"essai-1-group.{form}" for form in sorted(FORMATS)]
    for form in FORMATS:
        texts = " ".join(extract(form, (folder / f"essai-1-group.{form}").read_bytes()).values()).lower()
        assert "jeune 1" in texts.replace("\u00a0", " ").replace("\u202f", " ")
        for name in ("zorbekian", "quastelbach", "mirontaine", "tchoupinel", "amaury"):
            assert name not in texts


def test_each_step_of_the_walk_is_in_the_log_and_the_archive_verifies(tmp_path: Path) -> None:
    """An entry for each, in order, and nothing that the log does not know."""
    home = factory.copied(tmp_path / "home", SessionState.CLOSED)
    with home.open() as services:
        kinds = _kinds(services)
        report = verify_archive(home.path, services.archive)
    walk = ["dossier-sealed", "received", "transcribed", "drafted", "reviewed", "cleared", "cleared"]
    walk += ["clearance-completed", "release-intended", "released", "destruction-intended", "destroyed", "certified"]
    remaining = iter(kinds)
    assert all(kind in remaining for kind in walk), kinds
    assert report.findings == ()


def test_the_recording_is_gone_after_retention_and_the_rest_is_not(tmp_path: Path) -> None:
    """Its key is destroyed, its bytes are removed; the session stays released."""
    home = factory.copied(tmp_path / "home", SessionState.RELEASED)
    with home.open() as services:
        archive = services.archive
        record = archive.catalog.records(record_class=RecordClass.RECORDING)[0]
        stored = home.path / "archive" / "objects" / record.digest[:2] / record.digest
        assert stored.exists()
        applied = retain.apply(services, "Dominique")
        assert [item.record for item in applied.destroyed] == [record.id]
        assert not stored.exists()
        with pytest.raises(KeyGoneError):
            archive.keystore.data_key(archive.scope_of(record))
        assert archive.catalog.record(record.id).life == RecordLife.DESTROYED
        assert archive.catalog.session(factory.SESSION).state == SessionState.RELEASED
        assert archive.catalog.records(record_class=RecordClass.VERBATIM)
        assert len(archive.catalog.records(record_class=RecordClass.CERTIFICATE)) == 1


def test_a_certificate_names_nobody(tmp_path: Path) -> None:
    """Ids, classes and dates; no name, and no text."""
    home = factory.copied(tmp_path / "home", SessionState.CLOSED)
    with home.open() as services:
        archive = services.archive
        record = archive.catalog.records(record_class=RecordClass.CERTIFICATE)[0]
        text = archive.objects.unseal(archive.scope_of(record), archive.sealed_of(record)).decode()
    assert '"huisclos-certificate/2"' in text
    assert not any(name in text for name in (*factory.CANARIES, "Dominique", "Amaury"))


def test_planning_is_a_dry_run_and_says_what_keeps_each_record(tmp_path: Path) -> None:
    """Nothing changes, whatever is due; what is not due says why."""
    home = factory.copied(tmp_path / "home", SessionState.CLEARED)
    with home.open() as services:
        before = services.archive.catalog.records()
        planned = retain.plan(home.settings, services.now())
        assert services.archive.catalog.records() == before
    assert [item.record_class for item in planned.to_destroy] == [RecordClass.RECORDING]
    assert all(item.why is not None for item in planned.items if not item.destroy)


def test_one_person_cannot_clear_twice_under_any_spelling(tmp_path: Path) -> None:
    """Case, accents and spaces do not make a second person."""
    home = factory.copied(tmp_path / "home", SessionState.IN_REVIEW)
    with home.open() as services:
        review.accept(services, factory.SESSION, "Camille")
        assert not clear.clear(services, factory.SESSION, GROUP, "Hélène").complete
        for same in ("Hélène", "helene", " HELENE "):
            with pytest.raises(PersonError):
                clear.clear(services, factory.SESSION, GROUP, same)


def test_two_reviewers_cannot_clear_without_anybody_else(tmp_path: Path) -> None:
    """The one who reviewed may give one of the clearances, never the only one."""
    home = factory.copied(tmp_path / "home", SessionState.IN_REVIEW)
    with home.open() as services:
        review.accept(services, factory.SESSION, "Camille")
        review.accept(services, factory.SESSION, "Dominique")
        clear.clear(services, factory.SESSION, GROUP, "Camille")
        with pytest.raises(PersonError):
            clear.clear(services, factory.SESSION, GROUP, "Dominique")
        assert clear.clear(services, factory.SESSION, GROUP, "Sacha").complete


def test_what_was_not_reviewed_cannot_be_cleared_and_what_was_not_cleared_cannot_leave(tmp_path: Path) -> None:
    """Each refusal leaves everything as it was, and the outbox empty."""
    home = factory.copied(tmp_path / "home", SessionState.IN_REVIEW)
    with home.open() as services:
        with pytest.raises(StateError):
            clear.clear(services, factory.SESSION, GROUP, "Camille")
        review.accept(services, factory.SESSION, "Camille")
        clear.clear(services, factory.SESSION, GROUP, "Camille")
        with pytest.raises(StateError):
            release.release(services, factory.SESSION, GROUP, FORMATS, "Camille")
    assert not any(path.is_file() for path in (home.path / "outbox").rglob("*"))


def test_a_clearance_written_into_the_catalog_by_hand_releases_nothing(tmp_path: Path) -> None:
    """The log must hold it too."""
    import sqlite3

    home = factory.copied(tmp_path / "home", SessionState.CLEARED)
    with home.open() as services:
        row = services.archive.catalog.clearances(services.archive.catalog.session(factory.SESSION).id)[0]
    with sqlite3.connect(home.path / "archive" / "catalog.sqlite") as database:
        database.execute("update clearances set person = ? where id = ?", ("p-" + "0" * 32, row.id))
    with home.open() as services, pytest.raises(DamagedError):
        release.release(services, factory.SESSION, GROUP, FORMATS, "Camille")
    assert not any(path.is_file() for path in (home.path / "outbox").rglob("*"))


def test_the_guard_blocks_a_form_that_treatment_let_through_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A treatment that forgets to treat: two people clear it, and it does not leave all the same."""

    def forgetful(transcript, _draft, _vault, profile, speakers, *_rest):  # type: ignore[no-untyped-def]
        turns = [
            TreatedTurn(speakers[turn.speaker], turn.start, turn.end, TreatedText(turn.text.reveal()))
            for turn in transcript.turns
        ]
        return TreatedTranscript(str(profile.audience), tuple(turns))

    home = factory.copied(tmp_path / "home", SessionState.IN_REVIEW)
    monkeypatch.setattr("flows.steps.drafting.draft.treat", forgetful)
    with home.open() as services:
        review.accept(services, factory.SESSION, "Camille")
        clear.clear(services, factory.SESSION, GROUP, "Camille")
        clear.clear(services, factory.SESSION, GROUP, "Dominique")
        with pytest.raises(WithheldError) as raised:
            release.release(services, factory.SESSION, GROUP, FORMATS, "Camille")
        assert "withheld-by-guard" in _kinds(services)
        assert services.archive.catalog.session(factory.SESSION).state == SessionState.CLEARED
    assert not any(name in str(raised.value) for name in factory.CANARIES)
    assert not any(path.is_file() for path in (home.path / "outbox").rglob("*"))


def test_a_second_release_gives_out_the_same_bytes(tmp_path: Path) -> None:
    """Copies removed from the outbox come back byte for byte."""
    home = factory.copied(tmp_path / "home", SessionState.RELEASED)
    folder = home.path / "outbox" / factory.CODE / "1" / "group"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for path in folder.iterdir():
        path.unlink()
    with home.open() as services:
        release.release(services, factory.SESSION, GROUP, FORMATS, "Camille")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_copies_leave_the_outbox_when_their_days_are_over(tmp_path: Path) -> None:
    """The sealed outputs stay."""
    home = factory.copied(tmp_path / "home", SessionState.RELEASED)
    with home.open(now=factory.at(2099, 1, 1)) as services:
        retain.apply(services, "Dominique")
        assert services.archive.catalog.records(record_class=RecordClass.OUTPUT)
    assert not any(path.is_file() for path in (home.path / "outbox").rglob("*"))


def test_a_run_with_nothing_to_do_changes_nothing(tmp_path: Path) -> None:
    """No step is done twice: the log does not grow."""
    home = factory.copied(tmp_path / "home", SessionState.RELEASED)
    with home.open() as services:
        before = _kinds(services)
        plain.run(services)
        assert _kinds(services) == before


def test_a_later_dossier_makes_a_new_draft_before_clearance_and_is_refused_after(tmp_path: Path) -> None:
    """The name it adds is treated in the new draft."""
    home = factory.copied(tmp_path / "home", SessionState.IN_REVIEW)
    toml = tmp_path / "seance1.toml"
    toml.write_text(factory.DOSSIER + '\n[[known]]\nkind = "institution"\nforms = ["Tchoupinel"]\n', encoding="utf-8")
    with home.open() as services:
        receive.submit(services, [], factory.SESSION, toml)
        assert services.archive.catalog.session(factory.SESSION).state == SessionState.TRANSCRIBED
        plain.run(services)
        assert services.archive.catalog.session(factory.SESSION).state == SessionState.IN_REVIEW
        assert len(services.archive.catalog.records(record_class=RecordClass.DOSSIER)) == 1
        review.accept(services, factory.SESSION, "Camille")
        clear.clear(services, factory.SESSION, GROUP, "Camille")
        clear.clear(services, factory.SESSION, GROUP, "Dominique")
        toml.write_text(factory.DOSSIER, encoding="utf-8")
        with pytest.raises(StateError):
            receive.submit(services, [], factory.SESSION, toml)


def test_the_very_same_dossier_again_leaves_the_draft_and_its_review_alone(tmp_path: Path) -> None:
    """Nothing is sealed, nothing goes back."""
    home = factory.copied(tmp_path / "home", SessionState.CLEARED)
    toml = tmp_path / "seance1.toml"
    toml.write_text(factory.DOSSIER, encoding="utf-8")
    with home.open() as services:
        before = _kinds(services)
        receive.submit(services, [factory.RECORDING], factory.SESSION, toml)
        assert _kinds(services) == before


def test_what_the_group_did_not_agree_to_get_back_is_not_cleared(tmp_path: Path) -> None:
    """A policy that asks for agreement before the return lets the session be transcribed, and no further."""
    policy = tmp_path / "politique.yaml"
    text = factory.POLICY.read_text(encoding="utf-8")
    policy.write_text(text.replace("required_before: transcription", "required_before: return"), encoding="utf-8")
    dossier = factory.DOSSIER.replace('agrees = ["recording", "return", "research"]', 'agrees = ["recording"]')
    home = factory.build(tmp_path / "home", SessionState.IN_REVIEW, dossier=dossier, policy=policy)
    with home.open() as services:
        review.accept(services, factory.SESSION, "Camille")
        with pytest.raises(StateError):
            clear.clear(services, factory.SESSION, GROUP, "Camille")
        assert "cleared" not in _kinds(services)


def test_once_the_vault_is_destroyed_only_what_passed_the_guard_before_is_given_out(tmp_path: Path) -> None:
    """A new format cannot be searched for names nobody knows any more, not even when a new vault has begun."""
    home = factory.copied(tmp_path / "home", SessionState.CLEARED)
    with home.open() as services:
        archive = services.archive
        release.release(services, factory.SESSION, GROUP, ["txt"], "Camille")
        vault = archive.catalog.records(record_class=RecordClass.VAULT)
        services.commit(Change(replace=tuple(condemn(vault, services.now()))), Entry("destruction-intended"))
        assert finish_erasures(services) == 1
        assert release.release(services, factory.SESSION, GROUP, ["txt"], "Camille").files
        with pytest.raises(WithheldError):
            release.release(services, factory.SESSION, GROUP, ["vtt"], "Camille")


def test_a_run_that_is_stopped_short_still_says_what_it_sealed(home: factory.Built) -> None:
    """The receipt and the trouble stand in one report."""

    def missing(*_args: object, **_options: object) -> None:
        raise ResourceError("The model is missing.")

    drop = home.path / "drop" / factory.CODE
    (drop / "seance1.ogg").write_bytes(factory.RECORDING.read_bytes())
    (drop / "seance1.toml").write_text(factory.DOSSIER, encoding="utf-8")
    with home.open() as services:
        services.recogniser.recognise = missing  # type: ignore[method-assign]
        report = plain.run(services)
    assert [(receipt.new_parts, receipt.dossier) for receipt in report.intake.receipts] == [(1, True)]
    assert [type(trouble) for trouble in report.troubles] == [ResourceError]
    assert report.walked[0].state is SessionState.RECEIVED


def test_a_vault_replaced_while_it_is_read_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another session of the workshop may be drafted meanwhile."""
    home = factory.copied(tmp_path / "home", SessionState.IN_REVIEW)
    with home.open() as services:
        vaults = SealedVaults(services)
        current = services.archive.catalog.records(record_class=RecordClass.VAULT)[0]
        stale = replace(current, digest="0" * 64)
        read = iter([stale, current, current])
        monkeypatch.setattr(vaults, "_record", lambda _workshop: next(read))
        assert vaults.load(factory.CODE).referents


def test_a_text_is_released_to_a_recipient_the_policy_gives_it_to(tmp_path: Path) -> None:
    """The log keeps the recipient's code; for who is not named, or may not have whole texts, nothing is written."""
    recipients = """recipients:
    - {code: ville, name: Ville Exemple, audiences: [group], products: [text]}
    - {code: labo, name: Labo Exemple, audiences: [group], products: [themes]}
"""
    policy = tmp_path / "policy.yaml"
    text = factory.POLICY.read_text(encoding="utf-8").replace("recipients: []\n", recipients)
    policy.write_text(text, encoding="utf-8")
    home = factory.build(tmp_path / "home", SessionState.CLEARED, policy=policy)
    with home.open() as services:
        for code in ("labo", "autre"):
            with pytest.raises(PolicyError):
                release.release(services, factory.SESSION, GROUP, ["txt"], "Camille", code)
        assert services.archive.catalog.copies() == []
        release.release(services, factory.SESSION, GROUP, ["txt"], "Camille", "ville")
        (intent,) = services.archive.log.entries(kind="release-intended")
        assert intent.facts["recipient"] == "ville"


def test_a_reopened_review_voids_clearances_and_its_next_return_is_a_new_edition(tmp_path: Path) -> None:
    """The old cleared text cannot be opened; the dossier may change again; old bytes are not given out as new."""
    home = factory.copied(tmp_path / "home", SessionState.RELEASED)
    toml = tmp_path / "seance1.toml"
    toml.write_text(factory.DOSSIER, encoding="utf-8")
    with home.open() as services:
        archive = services.archive
        cleared = archive.catalog.records(record_class=RecordClass.CLEARED)[0]
        assert review.reopen(services, factory.SESSION, "Camille") == 2
        with pytest.raises(KeyGoneError):
            archive.keystore.data_key(archive.scope_of(cleared))
        with pytest.raises(StateError):
            release.release(services, factory.SESSION, GROUP, FORMATS, "Camille")
        receive.submit(services, [], factory.SESSION, toml)
        plain.run(services)
        review.accept(services, factory.SESSION, "Camille")
        clear.clear(services, factory.SESSION, GROUP, "Camille")
        clear.clear(services, factory.SESSION, GROUP, "Dominique")
        release.release(services, factory.SESSION, GROUP, ["txt"], "Camille")
        assert verify_archive(home.path, archive).findings == ()
    text = (home.path / "outbox" / factory.CODE / "1" / "group" / "essai-1-group.txt").read_text(encoding="utf-8")
    assert "version 2" in text.replace("\u00a0", " ")


def test_withheld_stretches_are_silenced_and_the_original_cannot_be_opened(tmp_path: Path) -> None:
    """The copy that stays is silent there, and the first epoch's key is gone."""
    import numpy as np

    from speech.recording import decode

    home = factory.copied(tmp_path / "home")
    dossier = factory.DOSSIER.replace("speakers = 2", 'speakers = 2\nwithheld = ["00:00:01-00:00:03"]')
    with home.open() as services:
        factory.walk(services, SessionState.RECEIVED, tmp_path, dossier)
        archive = services.archive
        original = archive.catalog.records(record_class=RecordClass.RECORDING)[0]
        plain.run(services)
        copy = archive.catalog.records(record_class=RecordClass.RECORDING)[0]
        samples, _ = decode(archive.objects.reader(archive.scope_of(copy), archive.sealed_of(copy)), services.limits)
        with pytest.raises(KeyGoneError):
            archive.keystore.data_key(archive.scope_of(original))
    loudness = np.abs(np.asarray(samples, dtype=float))
    assert copy.id != original.id
    assert loudness[int(1.1 * 16000) : int(2.9 * 16000)].max() < 1e-3 * loudness.max()


def test_a_discard_takes_two_people_and_leaves_nothing_that_opens(tmp_path: Path) -> None:
    """The first call only notes the wish; the same person again changes nothing."""
    home = factory.copied(tmp_path / "home", SessionState.RECEIVED)
    with home.open() as services:
        archive = services.archive
        records = archive.catalog.records(session_id=archive.catalog.session(factory.SESSION).id)
        assert not sessions.discard(services, factory.SESSION, "Camille").done
        assert not sessions.discard(services, factory.SESSION, "Camille").done
        assert archive.catalog.records(record_class=RecordClass.RECORDING)
        assert sessions.discard(services, factory.SESSION, "Dominique").done
        for record in records:
            with pytest.raises(KeyGoneError):
                archive.keystore.data_key(archive.scope_of(record))
        assert archive.catalog.session(factory.SESSION).state == SessionState.CLOSED


def test_recover_gives_back_the_very_bytes_and_is_logged_first(tmp_path: Path) -> None:
    """Into an empty folder, never over a file."""
    home = factory.copied(tmp_path / "home", SessionState.RECEIVED)
    with home.open() as services:
        files = sessions.recover(services, factory.SESSION, tmp_path / "out", "Camille").files
        assert [file.read_bytes() for file in files] == [factory.RECORDING.read_bytes()]
        assert "recovered" in _kinds(services)
        assert files[0].suffix == ".ogg"
        assert files[0].stat().st_mode & 0o077 == 0


def test_an_unknown_session_is_refused_by_every_door(home: factory.Built) -> None:
    """With the same error, and nothing logged."""
    with home.open() as services:
        before = _kinds(services)
        for call in (
            lambda: review.show(services, factory.SESSION, "Camille"),
            lambda: review.accept(services, factory.SESSION, "Camille"),
            lambda: clear.clear(services, factory.SESSION, GROUP, "Camille"),
            lambda: release.release(services, factory.SESSION, GROUP, FORMATS, "Camille"),
            lambda: sessions.discard(services, factory.SESSION, "Camille"),
            lambda: sessions.retry(services, factory.SESSION),
        ):
            with pytest.raises(UnknownError):
                call()
        assert _kinds(services) == before


def test_reading_a_draft_is_logged_as_access_and_shows_what_each_mention_becomes(tmp_path: Path) -> None:
    """The reader sees forms and pseudonyms; the log sees counts."""
    home = factory.copied(tmp_path / "home", SessionState.IN_REVIEW)
    with home.open() as services:
        reading = review.show(services, factory.SESSION, "Camille")
        entry = next(entry for entry in services.archive.log.entries() if entry.kind == "accessed")
    forms = {form.reveal() for referent in reading.referents for form in referent.forms}
    assert "Amaury Zorbekian" in forms
    assert reading.sure > 3
    assert set(entry.facts) == {
        "what",
        "audience",
        "spans",
        "passages",
        "singled",
        "uncorrected",
        "numbering",
        "listed",
        "decided",
    }


def test_who_is_uncertain_is_proposed_to_the_review_and_counted_in_the_log(tmp_path: Path) -> None:
    """Two people of one first name: the draft holds the proposal, the page names both, the log has a number."""
    home = factory.copied(tmp_path / "home")
    talk = ("Voilà Karim Zorbekian, et puis Karim Delmasso, deux jeunes.", "Oui, Karim a dormi au foyer hier soir.")
    with home.open(talk=talk) as services:
        factory.walk(services, SessionState.IN_REVIEW, tmp_path)
        reading = review.show(services, factory.SESSION, "Camille")
        entry = next(entry for entry in services.archive.log.entries() if entry.kind == "drafted")
    (asked,) = (one for one in reading.proposals if one.doubt is Doubt.SHARED)
    assert len(set(asked.pseudonyms)) == 2
    said = [reading.turns[one.turn].text.reveal()[one.start : one.end] for one in asked.passages]
    assert "Karim" in said and len(asked.numbers) == len(said)
    assert entry.facts["proposals"] == len(reading.proposals)
