"""Requests on a real home: their life and their end, what an answer gives, and that nothing typed lies in clear."""

import datetime
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from console.letter_page import letter
from flows.steps import walk
from flows.steps.custody import keys, renewal
from flows.steps.drafting.vaults import SealedVaults
from flows.steps.retention import daily, retain
from flows.steps.reviewing import review
from flows.steps.rights import request_answers, requests
from flows.steps.rights.requests_due import due
from flows.steps.sealing import condemn, finish_erasures
from infra.wiring import Services, open_services
from storage.commit import Change
from storage.log.entry import Entry
from storage.verify import verify_archive
from tests import factory
from tests.flows.test_consents import DOSSIER, TALK, end, heard
from tests.flows.test_egress import LATER, grow
from vocabulary.choices import Article, RecordClass, RecordLife, RequestKind, RequestState, Role, Ruling, SessionState
from vocabulary.errors import KeyGoneError, KeysError, StateError, UsageError, WithheldError
from vocabulary.request import FoundInWorkshop
from vocabulary.text import IdentifiedText

TYPED = ("Bastien Mirontaine", "Zzyvorak", "Kwintesse", "Pommerault", "Vu avec Oblomie")
"""What people type into a request, planted."""


@pytest.fixture(scope="module")
def cleared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session of two voices, cleared for the group."""
    folder = tmp_path_factory.mktemp("requests")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUISCLOS_INTAKE__SETTLE_SECONDS", "0")
        patch.setattr("flows.steps.hearing.transcribe.recognise", lambda *_, **__: heard(TALK))
        built = factory.build(folder / "home")
        with built.open() as services:
            factory.walk(services, SessionState.CLEARED, folder, DOSSIER)
    return built.path


@pytest.fixture
def home(cleared: Path, tmp_path: Path) -> factory.Built:
    shutil.copytree(cleared, tmp_path / "home")
    return factory.Built(tmp_path / "home")


@pytest.fixture
def services(home: factory.Built) -> Iterator[Services]:
    with home.open(now=factory.at(2026, 12, 1)) as opened:
        yield opened


def text(typed: str) -> IdentifiedText:
    return IdentifiedText(typed)


def opened(services: Services, kind: RequestKind = RequestKind.ACCESS, *, speaks: bool = True) -> str:
    row = requests.open_request(services, kind, None, text("Zzyvorak, pour Kwintesse"), "Dominique", speaks=speaks)
    return row.id


def decided(
    services: Services, name: str, ruling: Ruling = Ruling.GRANTED, article: Article | None = None,
    *, kind: RequestKind = RequestKind.ACCESS, speaks: bool = True,
) -> str:  # fmt: skip
    request = opened(services, kind, speaks=speaks)
    requests.check_identity(services, request, text("Vu avec Oblomie"), "Dominique", mandate=False)
    requests.search(services, request, [text(name)], "Dominique")
    requests.decide(services, request, ruling, article, text(""), "Dominique")
    return request


def written(services: Services, request: str) -> str:
    parts = letter(request_answers.answer(services, request, "Dominique")).parts
    return "\n".join(part.reveal() for _, part in parts)


def in_clear(home: Path) -> list[tuple[str, str]]:
    """Every file of the home that holds a word that was typed, and the word."""
    needles = {
        word: [word.encode(form) for form in ("utf-8", "utf-16-le")] for line in TYPED for word in line.split()[-1:]
    }
    return [
        (str(path.relative_to(home)), word)
        for path in home.rglob("*")
        if path.is_file()
        for data in (path.read_bytes().lower(),)
        for word, forms in needles.items()
        if any(form.lower() in data or word.lower() in path.name.lower() for form in forms)
    ]


def test_what_is_typed_lies_nowhere_in_clear_and_is_destroyed_in_time(home: factory.Built, services: Services) -> None:
    """No file of the home holds it, from first to last; when its time is over no key opens it, and the row stays."""
    request = opened(services)
    requests.check_identity(services, request, text("Vu avec Oblomie"), "Dominique", mandate=True)
    requests.extend(services, request, text("Pommerault"), "Dominique")
    requests.search(services, request, [text("Bastien Mirontaine"), text("Pommerault")], "Dominique")
    requests.decide(services, request, Ruling.IN_PART, Article.GDPR_15_4, text("Pommerault"), "Dominique")
    written(services, request)
    assert in_clear(home.path) == []
    (home.path / "planted").write_text("Kwintesse", encoding="utf-8")
    assert in_clear(home.path) == [("planted", "Kwintesse")]
    (home.path / "planted").unlink()
    shown = requests.show(services, request, "Dominique")
    assert shown.sealed.who.reveal() == "Zzyvorak, pour Kwintesse"
    assert shown.row.due_on == "2027-03-01"
    row = requests.close(services, request, "Dominique")
    assert (row.request_state, row.keep_until) == ("closed", "2027-12-01")
    scope = services.archive.scope_of(services.archive.catalog.record(row.record_id))
    assert requests.expire(services) == 0
    with home.open(now=factory.at(2027, 12, 1)) as later:
        retain.apply(later, "Dominique")
        assert later.archive.catalog.record(row.record_id).life == RecordLife.DESTROYED
        with pytest.raises(KeyGoneError):
            later.archive.keystore.data_key(scope)
        with pytest.raises(StateError):
            requests.show(later, request, "Dominique")
        kept = later.archive.catalog.request(request)
        assert (kept.ruling, kept.article, kept.mandate) == ("in-part", "gdpr-15-4", True)
        assert verify_archive(home.path, later.archive).findings == ()
    assert in_clear(home.path) == []


def test_each_version_of_a_request_loses_its_key_to_the_next(services: Services) -> None:
    """One key is left: that of what stands now."""
    request = decided(services, "Bastien Mirontaine")
    records = services.archive.catalog.records(record_class=RecordClass.REQUEST, life=None)
    live = [record for record in records if record.life == RecordLife.LIVE]
    assert [record.id for record in live] == [services.archive.catalog.request(request).record_id]
    assert len(records) > 2
    for record in records:
        assert services.archive.keystore.has(services.archive.scope_of(record)) is (record in live)


def test_access_gives_a_participant_their_own_turns_as_the_group_reads_them(services: Services) -> None:
    """Nobody else's talk, and no name of whom they speak of."""
    said = written(services, decided(services, "Bastien Mirontaine"))
    assert "dort en classe" in said
    assert "attend une réponse" not in said
    assert "reprend avec le jeune" not in said
    assert not any(name in said for name in ("Zorbekian", "Amaury", "Quastelbach", "Tchoupinel"))
    assert "Jeune 1" in said.replace("\u00a0", " ")


def test_who_is_spoken_of_is_told_how_and_not_what(services: Services) -> None:
    """Purposes, recipients and periods; of the talk about them, not a sentence."""
    said = written(services, decided(services, "Amaury Zorbekian", speaks=False))
    assert "15(4)" in said
    assert not any(words in said for words in ("ne vient plus", "dort en classe", "Sa mère", "Zorbekian"))
    assert "transcription" in said.lower() or "verbatim" in said.lower()


def test_before_identity_is_checked_the_letter_is_the_same_for_everybody(services: Services) -> None:
    """Whoever asks, known or not: not one sign differs, and nothing was searched for."""
    letters = set()
    for who in ("Amaury Zorbekian", "Personne d'inconnu"):
        row = requests.open_request(services, RequestKind.ERASURE, None, text(who), "Dominique", speaks=False)
        with pytest.raises(StateError):
            requests.search(services, row.id, [text(who)], "Dominique")
        letters.add(written(services, row.id))
        assert services.archive.catalog.request(row.id).request_state == RequestState.OPEN
    assert len(letters) == 1


def test_where_nothing_is_found_the_answer_says_so_and_where_the_vault_is_gone_that_nobody_can_tell(
    services: Services,
) -> None:
    """Two different answers: nothing about you, and you can no longer be identified (GDPR 11)."""
    said = written(services, decided(services, "Personne Inconnue", speaks=False))
    assert "11(2)" not in said
    rows = [
        row for row in services.archive.catalog.records(workshop=factory.CODE)
        if row.record_class in (RecordClass.VAULT, RecordClass.VERBATIM, RecordClass.DRAFT, RecordClass.DOSSIER)
    ]  # fmt: skip
    services.commit(Change(replace=tuple(condemn(rows, services.now()))), Entry("destruction-intended"))
    finish_erasures(services)
    request = decided(services, "Amaury Zorbekian", Ruling.REFUSED, Article.GDPR_11_2, speaks=False)
    found = requests.show(services, request, "Dominique").sealed.found
    assert found is not None
    assert found.unidentifiable
    assert "11(2)" in written(services, request)


def test_a_facilitator_does_not_open_a_request_and_is_not_stopped_by_one(
    home: factory.Built, services: Services
) -> None:
    """Requests lie under keys of stewards and the machine; finishing erasures passes over what is not reached."""
    request = opened(services)
    keys.add(services, "Camille", Role.FACILITATOR, [factory.CODE], "six renards dans la neige", "Dominique")
    record = services.archive.catalog.record(services.archive.catalog.request(request).record_id)
    services.commit(
        Change(replace=tuple(condemn([record], services.now()))), Entry("request-expired", facts={"request": request})
    )
    with open_services(home.settings, "six renards dans la neige") as theirs:
        with pytest.raises(KeysError):
            requests.open_request(theirs, RequestKind.ACCESS, None, text("x"), "Camille", speaks=False)
        finish_erasures(theirs)
        assert theirs.archive.catalog.record(record.id).life == RecordLife.LIVE


def test_a_search_needs_a_name_and_a_line_has_an_end(services: Services) -> None:
    """Nothing typed, or a page of it, is refused."""
    request = opened(services)
    requests.check_identity(services, request, text("carte vue"), "Dominique", mandate=False)
    for forms in ([], [text("  ")], [text("x" * 501)]):
        with pytest.raises(UsageError):
            requests.search(services, request, forms, "Dominique")


def test_a_request_is_sealed_anew_when_keys_are_renewed(home: factory.Built, services: Services) -> None:
    """After a theft the whole home gets new keys; what a request holds still opens, and nothing of it lies in clear."""
    request = opened(services)
    catalog = services.archive.catalog
    before = services.archive.scope_of(catalog.record(catalog.request(request).record_id))
    renewal.renew(services, None, "Dominique")
    assert requests.show(services, request, "Dominique").sealed.who.reveal() == "Zzyvorak, pour Kwintesse"
    assert not services.archive.keystore.has(before)
    assert in_clear(home.path) == []
    assert verify_archive(home.path, services.archive).findings == ()


def test_whoever_only_the_vault_still_knows_is_found_and_can_be_carried_out(services: Services) -> None:
    """The talk is destroyed: their name and its code are not, and the letter does not say that nothing is kept."""
    end(services, RecordClass.VERBATIM, RecordClass.DRAFT, RecordClass.DOSSIER, RecordClass.RECORDING,
        RecordClass.CLEARED)  # fmt: skip
    request = decided(services, "Amaury Zorbekian", kind=RequestKind.ACCESS, speaks=False)
    found = requests.show(services, request, "Dominique").sealed.found
    assert found is not None
    assert (found.sessions, found.held) == ((), (FoundInWorkshop(factory.CODE, 1, 0, 0),))
    assert found.concerned == (factory.CODE,)
    said = written(services, request)
    assert "n'avons rien trouvé" not in said
    assert "la table qui relie" in said


def test_what_is_reviewed_anew_is_not_given_and_follows(services: Services) -> None:
    """A text that nobody vouches for any more stays here; letter and command say that it is to follow."""
    review.reopen(services, factory.SESSION, "Camille")
    made = request_answers.answer(services, decided(services, "Bastien Mirontaine"), "Dominique")
    assert (made.own, made.following) == ((), (str(factory.SESSION),))
    said = "\n".join(part.reveal() for _, part in letter(made).parts)
    assert "une fois relue et validée" in said
    assert "dort en classe" not in said


def test_the_egress_guard_reads_what_a_letter_gives(services: Services) -> None:
    """A name that the vault learnt after clearance withholds the letter, and no answer is noted."""
    request = decided(services, "Bastien Mirontaine")
    grow(services, SealedVaults(services), replace(LATER, forms=("classe",)), "en Classe")
    with pytest.raises(WithheldError) as raised:
        request_answers.answer(services, request, "Dominique")
    assert "classe" not in str(raised.value)
    assert services.archive.catalog.request(request).request_state == RequestState.DECIDED
    assert [entry.session for entry in services.archive.log.entries(kind="withheld-by-guard")]


def test_an_answered_request_that_nobody_closes_ends_by_itself(home: factory.Built, services: Services) -> None:
    """Status reminds of it; a run closes it in time, and destroys what it held, once the clock is confirmed, also where
    too much is due at once."""
    request = decided(services, "Amaury Zorbekian", speaks=False)
    written(services, request)
    (one,) = due(services.archive.catalog, datetime.date(2027, 11, 1))
    assert (one.state, one.due_on.isoformat(), one.left) == (RequestState.ANSWERED, "2027-12-01", 30)
    with home.open(now=factory.at(2027, 12, 1)) as later:
        walk.run(later, lambda _: None)
        assert later.archive.catalog.request(request).request_state == RequestState.ANSWERED
        for person in ("Camille", "Dominique"):
            daily.confirm(later, person)
        walk.run(later, lambda _: None)
        row = later.archive.catalog.request(request)
        assert (row.request_state, row.closed_on) == ("closed", "2027-12-01")
        assert later.archive.catalog.record(row.record_id).life == RecordLife.DESTROYED
        assert due(later.archive.catalog, datetime.date(2027, 12, 1)) == ()
        assert verify_archive(home.path, later.archive).findings == ()
