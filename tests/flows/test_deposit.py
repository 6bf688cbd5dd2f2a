"""A deposit: the use that people signed for, the turns that are left out of it, and who receives it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.steps.drafting.draft import open_draft
from flows.steps.leaving import release
from flows.steps.leaving.recipients import given_out
from flows.steps.reviewing import clear, review
from flows.steps.rights import consents
from infra.wiring import Services
from policies.assessment import Assessment
from storage.verify import verify_archive
from tests import factory
from tests.flows.test_consents import BASTIEN, DOSSIER, LEFT_OUT, NOTICE, SOLVEIG, TALK, heard
from vocabulary.choices import Audience, SessionState, Use
from vocabulary.draft import Draft
from vocabulary.errors import PolicyError, UsageError

GIVEN = """[{code: depot, name: "Entrepôt Exemple", audiences: [deposit], products: [text]},
               {code: ville, name: "Ville Exemple", audiences: [public], products: [text]}]"""

ASSESSED = Assessment("ER-2026-1")
"""Without it a deposit is not cleared (policies/samples/demo.yaml)."""


@pytest.fixture(scope="module")
def cleared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session of two voices, one of whom agrees to a deposit, cleared for it by two people who did not review it."""
    folder = tmp_path_factory.mktemp("deposit")
    policy = folder / "policy.yaml"
    plain = factory.POLICY.read_text(encoding="utf-8").replace("recipients: []", f"recipients: {GIVEN}")
    policy.write_text(plain, encoding="utf-8")
    dossier = DOSSIER.replace('"return", "research"]', '"return", "research", "deposit"]')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUISCLOS_INTAKE__SETTLE_SECONDS", "0")
        patch.setattr("flows.steps.hearing.transcribe.recognise", lambda *_, **__: heard(TALK))
        built = factory.build(folder / "home", policy=policy)
        with built.open() as services:
            factory.walk(services, SessionState.IN_REVIEW, folder, dossier)
            review.accept(services, factory.SESSION, "Camille")
            for person in ("Dominique", "Emmanuelle"):
                clear.clear(services, factory.SESSION, Audience.DEPOSIT, person, ASSESSED)
    return built.path


@pytest.fixture
def services(cleared: Path, tmp_path: Path) -> Iterator[Services]:
    shutil.copytree(cleared, tmp_path / "home")
    with factory.Built(tmp_path / "home").open() as opened:
        yield opened


def test_a_deposit_leaves_out_who_did_not_agree_to_it_and_counts_their_turns(services: Services) -> None:
    """Agreeing to the return or to research is not agreeing to a deposit; the recipient stands in the log."""
    done = release.release(services, factory.SESSION, Audience.DEPOSIT, ["txt"], "Dominique", "depot")
    told = done.files[0].read_text(encoding="utf-8")
    assert (done.left_out, done.recipient) == (2, "depot")
    assert NOTICE in told and not any(words in told for words in LEFT_OUT)
    assert "Texte déposé" in told or "TEXTE DÉPOSÉ" in told
    given = given_out(services.archive.log)
    assert [one.recipient for who in given.values() for one in who] == ["depot"]
    assert verify_archive(services.home, services.archive).findings == ()


def test_a_deposit_goes_to_somebody_the_policy_gives_it_to(services: Services) -> None:
    """Nobody named, somebody who may have another audience's texts, somebody unknown: nothing is written."""
    for code, error in ((None, UsageError), ("ville", PolicyError), ("inconnu", PolicyError)):
        with pytest.raises(error):
            release.release(services, factory.SESSION, Audience.DEPOSIT, ["txt"], "Dominique", code)
    assert not any(path.is_file() for path in (services.home / "outbox").rglob("*"))


def test_a_deposit_that_somebody_takes_back_says_where_it_is(services: Services) -> None:
    """The copy leaves the outbox, who has it is named, and the next one lacks their turns."""
    release.release(services, factory.SESSION, Audience.DEPOSIT, ["txt"], "Dominique", "depot")
    people = {one.name.reveal().casefold(): one.agrees for one in consents.show(services, factory.CODE, 1, "Dominique")}
    assert Use.DEPOSIT in people[SOLVEIG.reveal()] and Use.DEPOSIT not in people[BASTIEN.reveal()]
    done = consents.narrow(services, factory.CODE, None, SOLVEIG, frozenset({Use.DEPOSIT}), None, "Dominique")
    assert (done.copies, done.released) == (1, ("essai/1 deposit depot",))


def test_a_draft_of_before_there_was_a_deposit_has_a_salt_for_it(services: Services) -> None:
    """It follows from that of the group: another one than for any audience, and always the same."""
    session = services.archive.catalog.session(factory.SESSION)
    made = open_draft(services, session)
    value = json.loads(made.to_bytes())
    del value["salts"]["deposit"]
    old = json.dumps(value).encode()
    salts = Draft.from_bytes(old).salts
    assert salts == Draft.from_bytes(old).salts
    assert len(set(salts.values())) == len(Audience) and len(salts[Audience.DEPOSIT]) == 64
