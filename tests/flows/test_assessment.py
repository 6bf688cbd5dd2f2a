"""No clearance for an audience whose policy asks for an assessment, until one of this very text is named."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.steps.leaving import release
from flows.steps.retention import policy_change
from flows.steps.reviewing import clear, review
from infra.wiring import Services
from policies.assessment import Assessment
from storage.verify import verify_archive
from tests import factory
from tests.flows.test_consents import end, heard
from vocabulary.choices import Audience, RecordClass, SessionState
from vocabulary.errors import StateError, UsageError

PUBLIC = Audience.PUBLIC
DOSSIER = factory.DOSSIER.replace('"return", "research"]', '"return", "research", "public"]')
TALK = (
    ("S1", "Bonjour à tous, moi c'est Solveig Quastelbach. On reprend avec le jeune de la dernière fois."),
    ("S1", "Amaury Zorbekian, il a seize ans, il était guetteur, il a été interpellé au printemps."),
    ("S1", "Depuis il ne vient plus, sa mère attend une réponse."),
)
"""One young person, whom age, role and event together single out."""
WRITTEN = Assessment("ER 2026/7", 1)


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session whose review is accepted by Camille."""
    folder = tmp_path_factory.mktemp("assessed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUISCLOS_INTAKE__SETTLE_SECONDS", "0")
        patch.setattr("flows.steps.hearing.transcribe.recognise", lambda *_, **__: heard(TALK))
        built = factory.build(folder / "home")
        with built.open() as services:
            factory.walk(services, SessionState.IN_REVIEW, folder, DOSSIER)
            review.accept(services, factory.SESSION, "Camille")
    return built.path


@pytest.fixture
def services(reviewed: Path, tmp_path: Path) -> Iterator[Services]:
    shutil.copytree(reviewed, tmp_path / "home")
    with factory.Built(tmp_path / "home").open() as opened:
        yield opened


def _standing(services: Services) -> list[tuple[str | None, bool]]:
    session = services.archive.catalog.session(factory.SESSION)
    return [(row.assessment, row.void) for row in services.archive.catalog.clearances(session.id, PUBLIC)]


def test_a_text_is_not_cleared_until_its_assessment_is_named(services: Services) -> None:
    """None, one that does not answer for whom `review show` lists, one that could be anything: nothing is written."""
    reading = review.show(services, factory.SESSION, "Dominique", PUBLIC)
    assert len(reading.singled) == 1
    for given, error in (
        (None, StateError), (Assessment("ER 2026/7"), StateError), (Assessment("Évaluation de Zoé", 1), UsageError),
    ):  # fmt: skip
        with pytest.raises(error):
            clear.clear(services, factory.SESSION, PUBLIC, "Dominique", given)
    assert _standing(services) == []
    assert not list(services.archive.log.entries(kind="cleared"))


def test_who_assessed_what_and_when_stands_in_catalog_and_log(services: Services) -> None:
    """Each of the two people names it; the text leaves, and the archive verifies."""
    for person in ("Dominique", "Emmanuelle"):
        found = clear.clear(services, factory.SESSION, PUBLIC, person, WRITTEN)
    assert (found.complete, found.assessment) == (True, "ER 2026/7")
    assert _standing(services) == [("ER 2026/7", False)] * 2
    entries = list(services.archive.log.entries(kind="cleared"))
    assert [(one.facts["assessment"], one.facts["singled"]) for one in entries] == [("ER 2026/7", 1)] * 2
    assert {one.actor for one in entries} == {services.person("Dominique"), services.person("Emmanuelle")}
    assert {one.facts["digest"] for one in entries} == {found.content_digest}
    assert release.release(services, factory.SESSION, PUBLIC, ["txt"], "Dominique").files
    assert verify_archive(services.home, services.archive).findings == ()


def test_a_second_person_names_the_assessment_too(services: Services) -> None:
    """That the first did does not vouch for the second."""
    clear.clear(services, factory.SESSION, PUBLIC, "Dominique", WRITTEN)
    with pytest.raises(StateError):
        clear.clear(services, factory.SESSION, PUBLIC, "Emmanuelle")


def test_a_changed_text_asks_for_a_new_assessment(services: Services) -> None:
    """A passage that is freed makes another text: what was cleared before counts no more."""
    clear.clear(services, factory.SESSION, PUBLIC, "Dominique", WRITTEN)
    reading = review.show(services, factory.SESSION, "Camille")
    mention = next(one for turn in reading.turns for one in turn.mentions if one.passage)
    for person in ("Camille", "Bruno"):
        review.show(services, factory.SESSION, person)
        review.free(services, factory.SESSION, str(mention.passage), "personne", person)
    review.accept(services, factory.SESSION, "Camille")
    assert _standing(services) == [("ER 2026/7", True)]
    with pytest.raises(StateError):
        clear.clear(services, factory.SESSION, PUBLIC, "Dominique")


def _cleared_before(services: Services, folder: Path) -> None:
    """Both people cleared the text under a policy that asked for nothing; the one in force asks."""
    policies = (services.home / "archive" / "policies").glob("*.yaml")
    text = next(policies).read_text(encoding="utf-8")
    lax, asking = folder / "lax.yaml", folder / "asking.yaml"
    lax.write_text(text.replace(", assessment: required", "").replace("version: 1\n", "version: 2\n"), encoding="utf-8")
    asking.write_text(text.replace("version: 1\n", "version: 3\n"), encoding="utf-8")
    for person in ("Camille", "Dominique"):  # what loosens takes two
        policy_change.apply(services, factory.CODE, lax, person)
    for person in ("Dominique", "Emmanuelle"):
        assert clear.clear(services, factory.SESSION, PUBLIC, person).assessment is None
    policy_change.apply(services, factory.CODE, asking, "Camille")
    with pytest.raises(StateError, match="review reopen"):
        release.release(services, factory.SESSION, PUBLIC, ["txt"], "Dominique")


def test_what_was_cleared_before_the_policy_asked_is_cleared_anew(services: Services, tmp_path: Path) -> None:
    """It does not leave; back to review, and upon an assessment it does."""
    _cleared_before(services, tmp_path)
    review.reopen(services, factory.SESSION, "Camille")
    review.accept(services, factory.SESSION, "Camille")
    for person in ("Dominique", "Emmanuelle"):
        clear.clear(services, factory.SESSION, PUBLIC, person, WRITTEN)
    assert release.release(services, factory.SESSION, PUBLIC, ["txt"], "Dominique").files


def test_a_text_whose_verbatim_is_gone_is_assessed_as_it_stands(services: Services, tmp_path: Path) -> None:
    """By the same people; nothing says any more whom its passages may single out."""
    _cleared_before(services, tmp_path)
    end(services, RecordClass.VERBATIM, RecordClass.DRAFT)
    with pytest.raises(StateError):
        clear.clear(services, factory.SESSION, PUBLIC, "Dominique")
    for person in ("Dominique", "Emmanuelle"):
        found = clear.clear(services, factory.SESSION, PUBLIC, person, Assessment("ER 2026/7"))
    assert found.complete
    assert _standing(services).count(("ER 2026/7", False)) == 2
    assert release.release(services, factory.SESSION, PUBLIC, ["txt"], "Dominique").files
