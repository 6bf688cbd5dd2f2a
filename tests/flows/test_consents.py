"""Consent at the exit: whose turns reach an audience, and what becomes of it when somebody takes a use back."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flows import plain
from flows.steps.arrival import receive
from flows.steps.leaving import release
from flows.steps.retention import retain
from flows.steps.reviewing import clear, review, speakers
from flows.steps.rights import consents, withdraw
from flows.steps.rights.traced import Wanted
from flows.steps.sealing import condemn, finish_erasures
from infra.wiring import Services
from storage.commit import Change
from storage.log.entry import Entry
from storage.verify import verify_archive
from tests import factory
from vocabulary.choices import Audience, RecordClass, SessionState, Use
from vocabulary.consent import Narrowings, Proof, Voices
from vocabulary.errors import UsageError, WithheldError
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Transcript, Turn

GROUP, RESEARCH = Audience.GROUP, Audience.RESEARCH
NOTICE = "— [intervention non reprise] —"
SOLVEIG = IdentifiedText("solveig quastelbach")
BASTIEN = IdentifiedText("bastien mirontaine")
DOSSIER = (
    factory.DOSSIER
    + """
[[participant]]
name = "Bastien Mirontaine"
role = "enseignant"
institution = "collège"
form = "F-2026-002"
agrees = ["recording", "return"]
"""
)
TALK = (
    ("S1", "Bonjour à tous, moi c'est Solveig Quastelbach, éducatrice. On reprend avec le jeune de la dernière fois."),
    ("S2", "Moi c'est Bastien Mirontaine, et Amaury Zorbekian, il ne vient plus."),
    ("S2", "Il dort en classe, je le vois bien."),
    ("S1", "Sa mère l'a inscrit au collège Tchoupinel, on attend une réponse."),
)
LEFT_OUT = ("ne vient plus", "dort en classe")


def heard(talk: tuple[tuple[str, str], ...]) -> Transcript:
    turns = tuple(Turn(who, 2.0 * n, 2.0 * n + 1.5, IdentifiedText(said)) for n, (who, said) in enumerate(talk))
    return Transcript(turns, "fr", 8.0, "scripted")


@pytest.fixture(scope="module")
def cleared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session of two voices, one of whom does not agree to research, cleared for group and research."""
    folder = tmp_path_factory.mktemp("consents")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUISCLOS_INTAKE__SETTLE_SECONDS", "0")
        patch.setattr("flows.steps.hearing.transcribe.recognise", lambda *_, **__: heard(TALK))
        built = factory.build(folder / "home")
        with built.open() as services:
            factory.walk(services, SessionState.CLEARED, folder, DOSSIER)
            for person in ("Camille", "Dominique"):
                clear.clear(services, factory.SESSION, RESEARCH, person)
    return built.path


@pytest.fixture
def home(cleared: Path, tmp_path: Path) -> factory.Built:
    shutil.copytree(cleared, tmp_path / "home")
    return factory.Built(tmp_path / "home")


@pytest.fixture
def services(home: factory.Built) -> Iterator[Services]:
    with home.open() as opened:
        yield opened


@pytest.fixture
def given(home: factory.Built, services: Services) -> Callable[[Audience], str]:
    """Releases to an audience as text, and reads what lies in the outbox."""

    def give(audience: Audience) -> str:
        release.release(services, factory.SESSION, audience, ["txt"], "Camille")
        file = home.path / "outbox" / factory.CODE / "1" / str(audience) / f"essai-1-{audience}.txt"
        return file.read_text(encoding="utf-8")

    return give


def narrow(services: Services, uses: set[Use], number: int | None = None) -> None:
    consents.narrow(services, factory.CODE, number, BASTIEN, frozenset(uses), None, "Dominique")


def end(services: Services, *classes: RecordClass) -> None:
    """Destroy what there is of some classes."""
    rows = [row for row in services.archive.catalog.records(workshop=factory.CODE) if row.record_class in classes]
    services.commit(Change(replace=tuple(condemn(rows, services.now()))), Entry("destruction-intended"))
    finish_erasures(services)


def numbered(text: str) -> dict[str, str]:
    return dict(re.findall(r"^ +(\d+)  (.*)$", text, re.MULTILINE))


def test_the_turns_of_who_does_not_agree_stay_behind_and_are_counted(
    services: Services, given: Callable[[Audience], str]
) -> None:
    """The group reads all of it; research reads one neutral line where two turns stood, under the numbers of the whole,
    and what was cleared is what it was."""
    whole, part = given(GROUP), given(RESEARCH)
    assert all(words in whole for words in LEFT_OUT)
    assert not any(words in part for words in LEFT_OUT)
    assert part.count(NOTICE) == 1
    assert NOTICE not in whole
    assert {int(number) for number in numbered(part)} < {int(number) for number in numbered(whole)}
    found = release.release(services, factory.SESSION, RESEARCH, ["docx", "vtt"], "Camille")
    assert found.left_out == 2
    *_, told = services.archive.log.entries(kind="release-intended")
    assert told.facts["left_out"] == 2
    assert told.facts["text"] != told.facts["digest"]
    session = services.archive.catalog.session(factory.SESSION)
    digests = {row.content_digest for row in services.archive.catalog.clearances(session.id, RESEARCH)}
    assert digests == {told.facts["digest"]}
    assert verify_archive(services.home, services.archive).findings == ()


def test_where_a_voice_is_not_known_nothing_leaves_until_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One turn of nobody known may be theirs: the release is refused. Once the review says that it is no participant's
    it stays behind; once it says that two voices are one, it leaves."""
    talk = (*TALK[:3], ("S3", "On attend une réponse."))
    monkeypatch.setattr("flows.steps.hearing.transcribe.recognise", lambda *_, **__: heard(talk))
    built = factory.build(tmp_path / "home")
    with built.open() as services:
        factory.walk(services, SessionState.CLEARED, tmp_path, DOSSIER)
        for person in ("Camille", "Dominique"):
            clear.clear(services, factory.SESSION, RESEARCH, person)
        with pytest.raises(WithheldError, match=r"not known who speaks in some turns \(1\)"):
            release.release(services, factory.SESSION, RESEARCH, ["txt"], "Camille")
        assert not list((built.path / "outbox").rglob("*research*"))
        assert release.release(services, factory.SESSION, GROUP, ["txt"], "Camille").left_out == 0
        for correct, left_out in (
            (lambda: speakers.recognise(services, factory.SESSION, "S3", None, "Camille"), 3),
            (lambda: speakers.join(services, factory.SESSION, "S1", "S3", "Camille"), 2),
        ):
            review.reopen(services, factory.SESSION, "Camille")
            correct()
            review.accept(services, factory.SESSION, "Camille")
            for person in ("Camille", "Dominique"):
                clear.clear(services, factory.SESSION, RESEARCH, person)
            assert release.release(services, factory.SESSION, RESEARCH, ["txt"], "Camille").left_out == left_out


def test_what_nobody_can_name_any_more_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the verbatim is gone a voice that was not named is left out, and nothing waits for it."""
    talk = (*TALK[:3], ("S3", "On attend une réponse."))
    monkeypatch.setattr("flows.steps.hearing.transcribe.recognise", lambda *_, **__: heard(talk))
    built = factory.build(tmp_path / "home")
    with built.open() as services:
        factory.walk(services, SessionState.CLEARED, tmp_path, DOSSIER)
        for person in ("Camille", "Dominique"):
            clear.clear(services, factory.SESSION, RESEARCH, person)
        end(services, RecordClass.VERBATIM)
        assert release.release(services, factory.SESSION, RESEARCH, ["txt"], "Camille").left_out == 3


def test_whoever_withdrew_agrees_to_nothing_where_their_voice_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Research waited for the voice of the one who refused; it does not get their turns once the proof names nobody."""
    talk = (TALK[0], ("S2", "Le petit, il ne vient plus."), ("S2", "Il dort en classe."), TALK[3])
    monkeypatch.setattr("flows.steps.hearing.transcribe.recognise", lambda *_, **__: heard(talk))
    with factory.build(tmp_path / "home").open() as services:
        factory.walk(services, SessionState.CLEARED, tmp_path, DOSSIER)
        for person in ("Camille", "Dominique"):
            clear.clear(services, factory.SESSION, RESEARCH, person)
        for person in ("Camille", "Dominique"):
            shown = withdraw.plan(services, factory.CODE, Wanted(names=(BASTIEN,), speaks=True), person)
            done = withdraw.withdraw(services, shown, person)
        assert done.done
        for audience in (GROUP, RESEARCH):
            with pytest.raises(WithheldError, match=r"not known who speaks in some turns \(2\)"):
                release.release(services, factory.SESSION, audience, ["txt"], "Camille")
        end(services, RecordClass.VERBATIM)
        assert release.release(services, factory.SESSION, RESEARCH, ["txt"], "Camille").left_out == 2


def test_a_later_dossier_does_not_undo_a_withdrawal(services: Services, tmp_path: Path) -> None:
    """The proof sealed with it still counts whoever withdrew."""
    for person in ("Camille", "Dominique"):
        shown = withdraw.plan(services, factory.CODE, Wanted(names=(BASTIEN,), speaks=True), person)
        withdraw.withdraw(services, shown, person)
    toml = tmp_path / "seance.toml"
    toml.write_text(factory.DOSSIER.replace("speakers = 2", "speakers = 3"), encoding="utf-8")
    receive.submit(services, [], factory.SESSION, toml)
    proof = consents._proof(services, services.archive.catalog.session(factory.SESSION))
    assert proof is not None
    assert [one.name for one in proof.people] == ["Solveig Quastelbach"]
    assert [one.form for one in proof.withdrawn] == ["F-2026-002"]


def test_an_agreement_taken_back_reaches_the_outbox_and_every_later_release(
    home: factory.Built, services: Services, given: Callable[[Audience], str]
) -> None:
    """The copies go, the earlier output is named for recall and never given out again, and no name is told anywhere."""
    assert all(words in given(GROUP) for words in LEFT_OUT)
    done = consents.narrow(services, factory.CODE, None, BASTIEN, frozenset({Use.RETURN}), None, "Dominique")
    assert (done.copies, done.released) == (1, ("essai/1 group",))
    assert not list((home.path / "outbox").rglob("*.txt"))
    again = given(GROUP)
    assert not any(words in again for words in LEFT_OUT)
    assert NOTICE in again
    assert given(GROUP) == again
    told = b"".join(path.read_bytes() for path in (home.path / "archive" / "log").rglob("*") if path.is_file())
    told += (home.path / "archive" / "catalog.sqlite").read_bytes()
    assert not any(name in told.lower() for name in (b"bastien", b"mirontaine", b"quastelbach"))
    assert verify_archive(home.path, services.archive).findings == ()


def test_a_kill_between_taking_back_and_the_outbox_is_made_good_by_the_next_run(
    home: factory.Built, services: Services, given: Callable[[Audience], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copies of that audience go with the next run, or when the command is given again; what is given out
    afterwards stays."""
    outbox = home.path / "outbox"

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    given(GROUP), given(RESEARCH)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("flows.steps.leaving.outbox.remove_copy", killed)
        narrow(services, {Use.RETURN}, 1)
    assert len(list(outbox.rglob("*.txt"))) == 2
    with pytest.raises(UsageError):
        narrow(services, {Use.RETURN}, 1)
    assert [path.name for path in outbox.rglob("*.txt")] == ["essai-1-research.txt"]
    given(GROUP)
    assert retain.remove_copies(services) == 0
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("flows.steps.leaving.outbox.remove_copy", killed)
        consents.narrow(services, factory.CODE, None, SOLVEIG, frozenset({Use.RETURN}), None, "Dominique")
    plain.run(services)
    assert [path.name for path in outbox.rglob("*.txt")] == ["essai-1-research.txt"]


def test_it_holds_once_verbatim_and_draft_are_gone_and_the_vault_still_knows(
    services: Services, given: Callable[[Audience], str]
) -> None:
    """Who spoke was sealed without a name at clearance: a later narrowing finds the turns by it."""
    end(services, RecordClass.VERBATIM, RecordClass.DRAFT, RecordClass.DOSSIER)
    assert not any(words in given(RESEARCH) for words in LEFT_OUT)
    narrow(services, {Use.RETURN}, 1)
    assert not any(words in given(GROUP) for words in LEFT_OUT)


def test_after_the_vault_what_passed_may_leave_and_less_than_it_may_not(
    services: Services, given: Callable[[Audience], str]
) -> None:
    """What passed the guard is what consent allowed by then; an agreement taken back later stops that audience."""
    end(services, RecordClass.VERBATIM, RecordClass.DRAFT)
    (vault,) = services.archive.catalog.records(record_class=RecordClass.VAULT)
    (item,) = [
        one for one in retain.plan(services.settings, services.now(), everything=True).items if one.record == vault.id
    ]
    doomed = replace(item, destroy=True, why=None)
    assert retain._pass_guard(services, factory.CODE, [doomed], services.person("Dominique")) == ([doomed], [], [])
    end(services, RecordClass.VAULT)
    assert NOTICE in given(RESEARCH)
    assert NOTICE not in given(GROUP)
    narrow(services, {Use.RETURN})
    with pytest.raises(WithheldError):
        given(GROUP)
    assert NOTICE in given(RESEARCH)


def test_what_is_not_agreed_to_cannot_be_taken_back_and_being_recorded_is_a_withdrawal(services: Services) -> None:
    """Nothing is recorded for either."""
    for uses in ({Use.PUBLIC}, {Use.RECORDING}):
        with pytest.raises(UsageError):
            narrow(services, uses)
    assert not list(services.archive.log.entries(kind="consent-narrowed"))


def test_what_was_taken_back_holds_where_a_dossier_turns_the_name_round(
    services: Services, given: Callable[[Audience], str], tmp_path: Path
) -> None:
    """The next dossier writes "MIRONTAINE Bastien": the group does not get his turns, and he is known as one person."""
    narrow(services, {Use.RETURN})
    review.reopen(services, factory.SESSION, "Camille")
    toml = tmp_path / "seance.toml"
    toml.write_text(DOSSIER.replace("Bastien Mirontaine", "MIRONTAINE Bastien"), encoding="utf-8")
    receive.submit(services, [], factory.SESSION, toml)
    plain.run(services)
    review.accept(services, factory.SESSION, "Camille")
    for person in ("Camille", "Dominique"):
        clear.clear(services, factory.SESSION, GROUP, person)
    assert not any(words in given(GROUP) for words in LEFT_OUT)
    assert len(consents.show(services, factory.CODE, None, "Dominique")) == 2


def test_no_voice_of_a_session_bears_a_name(services: Services) -> None:
    """What outlives the vault says which turns agree to what, and of nobody who they are."""
    rows = services.archive.catalog.records(record_class=RecordClass.CONSENT)
    (row,) = [one for one in rows if one.format == consents.VOICES_FORMAT]
    data = services.archive.objects.unseal(services.archive.scope_of(row), services.archive.sealed_of(row))
    voices = Voices.from_bytes(data)
    assert voices.to_bytes() == data
    assert {label: one.agrees is None for label, one in voices.speakers.items()} == {"S1": False, "S2": False}
    assert not any(name in data.decode().lower() for name in ("bastien", "mirontaine", "solveig", "quastelbach"))


def test_proof_and_narrowings_are_read_as_they_were_written(services: Services) -> None:
    """Both formats write back to the same bytes."""
    narrow(services, {Use.RETURN}, 1)
    kinds = []
    for row in services.archive.catalog.records(record_class=RecordClass.CONSENT):
        data = services.archive.objects.unseal(services.archive.scope_of(row), services.archive.sealed_of(row))
        if row.session_id is None:
            kinds.append("narrowings")
            assert Narrowings.from_bytes(data).to_bytes() == data
        elif row.format is None:
            kinds.append("proof")
            assert Proof.from_bytes(data).to_bytes() == data
    assert sorted(kinds) == ["narrowings", "proof"]


def test_reading_who_agrees_to_what_is_an_access(services: Services) -> None:
    """Logged with a count, before anything is shown."""
    found = consents.show(services, factory.CODE, None, "Dominique")
    assert [sorted(map(str, one.agrees)) for one in found] == [
        ["recording", "research", "return"],
        ["recording", "return"],
    ]
    *_, entry = services.archive.log.entries(kind="accessed")
    assert (entry.facts["what"], entry.facts["people"]) == ("consent", 2)
