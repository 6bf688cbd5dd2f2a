"""What was given out is called back from each who received it, by letter, and their answers are noted."""

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from console.recall_page import letter, recipient
from flows.steps import workshops
from flows.steps.custody import keys
from flows.steps.leaving import release
from flows.steps.retention.attention import attention
from flows.steps.rights import consents, recalls, withdraw
from flows.steps.rights.recalls import Recall
from flows.steps.rights.requests import today
from flows.steps.rights.traced import Wanted
from infra.wiring import Services, open_services
from returns.letter import write
from storage.verify import verify_archive
from tests import factory
from vocabulary.choices import Audience, RecallAnswer, Role, SessionState, Use
from vocabulary.errors import KeysError, PersonError, StateError, UnknownError, UsageError
from vocabulary.text import IdentifiedText

GIVEN = '[{code: metropole, name: "Direction Exemple", audiences: [group], products: [text]}]'
OPENERS = [
    ("Fanny", Role.FACILITATOR, ["autre"]), ("Inès", Role.FACILITATOR, [factory.CODE]), ("Solange", Role.STEWARD, []),
]  # fmt: skip
PASSPHRASES = {
    "Fanny": "girafe-parloir-cantine-velours", "Inès": "palourde-quignon-abaque-serrure",
    "Solange": "verger-tambour-lichen-comptoir",
}  # fmt: skip
YOUTH = Wanted(names=(IdentifiedText("Amaury Zorbekian"),))


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session released to the group, and a day later, in one format, to a recipient of the policy."""
    folder = tmp_path_factory.mktemp("recalls")
    policy = folder / "policy.yaml"
    plain = factory.POLICY.read_text(encoding="utf-8").replace("recipients: []", f"recipients: {GIVEN}")
    policy.write_text(plain, encoding="utf-8")
    built = factory.build(folder / "home", SessionState.RELEASED, policy=policy)
    with built.open() as services:
        release.release(services, factory.SESSION, Audience.GROUP, ["txt"], "Camille", "metropole")
    return built.path


@pytest.fixture
def services(released: Path, tmp_path: Path) -> Iterator[Services]:
    shutil.copytree(released, tmp_path / "home")
    with factory.Built(tmp_path / "home").open() as opened:
        yield opened


def erased(services: Services) -> dict[tuple[str | None, str], Recall]:
    """The youth is erased; what is then called back, by recipient and format."""
    for person in ("Camille", "Dominique"):
        withdraw.withdraw(services, withdraw.plan(services, factory.CODE, YOUTH, person), person)
    return {(one.recipient, one.format): one for one in recalls.recalls(services.settings)}


def test_each_recipient_is_asked_for_what_they_were_given(services: Services) -> None:
    """The group for three formats, the recipient for the one it got; the log and the catalog agree on all of it."""
    found = erased(services)
    assert set(found) == {(None, "docx"), (None, "txt"), (None, "vtt"), ("metropole", "txt")}
    theirs = found["metropole", "txt"]
    assert (recipient(theirs), recipient(found[None, "txt"])) == ("Direction Exemple (metropole)", "le groupe")
    assert theirs.given_at >= found[None, "txt"].given_at >= theirs.issued_at
    assert verify_archive(services.home, services.archive).findings == ()


def test_the_letter_of_recall_names_the_recipient_and_nobody_spoken_of(services: Services) -> None:
    """Who writes, to whom, and the one output of theirs; it is logged, and there is none for who was given nothing."""
    with pytest.raises(StateError, match="without naming who receives"):
        recalls.letter(services, factory.CODE, None, "Camille")
    erased(services)
    made = recalls.letter(services, factory.CODE, "metropole", "Camille")
    said = write(letter(made), "txt").decode()
    assert "Direction Exemple" in said and services.policy(factory.CODE).processing.controller in said
    assert said.count("séance essai/1") == 1 and "txt" in said
    assert not any(name.lower() in said.lower() for name in (*factory.CANARIES, "Amaury", "Jeune 1"))
    logged = list(services.archive.log.entries(kind="recall-written"))
    assert [dict(one.facts) for one in logged] == [{"workshop": "essai", "recipient": "metropole", "outputs": 1}]
    with pytest.raises(StateError, match="called back from region"):
        recalls.letter(services, factory.CODE, "region", "Camille")


def test_an_answer_ends_a_recall_and_silence_does_not(services: Services) -> None:
    """No answer is noted with its day and stays asked for; what was destroyed afterwards is asked for no more."""
    found = erased(services)
    theirs, groups = found["metropole", "txt"], found[None, "txt"]
    assert recalls.answered(services, [theirs.id], RecallAnswer.NONE, theirs.given_on, "Camille") == 1
    left = {one.id: one for one in recalls.recalls(services.settings)}
    assert (left[theirs.id].answer, left[theirs.id].answered_on) == (RecallAnswer.NONE, str(theirs.given_on))
    recalls.answered(services, [theirs.id], RecallAnswer.DESTROYED, None, "Camille")
    recalls.answered(services, [groups.id], RecallAnswer.RETURNED, None, "Camille")
    assert attention(services.settings, services.now()).recalls == 2
    every = {one.id: one for one in recalls.recalls(services.settings, everything=True)}
    assert (every[theirs.id].answer, every[theirs.id].answered_on) == (RecallAnswer.DESTROYED, str(today(services)))
    assert verify_archive(services.home, services.archive).findings == ()


@pytest.mark.parametrize("answer", RecallAnswer)
def test_nothing_is_noted_of_what_is_not_asked_for_or_still_to_come(services: Services, answer: RecallAnswer) -> None:
    """An id that is not one, a day to come, and what came back before: the others named with it stay as they were."""
    found = erased(services)
    first, second = found[None, "txt"].id, found[None, "docx"].id
    recalls.answered(services, [first], RecallAnswer.RETURNED, None, "Camille")
    with pytest.raises(UnknownError):
        recalls.answered(services, [second, "b-0"], answer, None, "Camille")
    with pytest.raises(StateError, match="came back"):
        recalls.answered(services, [second, first], answer, None, "Camille")
    with pytest.raises(UsageError, match="still to come"):
        recalls.answered(services, [second], answer, date(2999, 1, 1), "Camille")
    assert second in {one.id for one in recalls.recalls(services.settings) if one.answer is None}


@pytest.mark.parametrize("answer", RecallAnswer)
def test_nobody_answers_before_they_were_given_it(services: Services, answer: RecallAnswer) -> None:
    """The day before is refused, for one of two too, and nothing is noted; that very day is not."""
    found = erased(services)
    ids, given = [one.id for one in found.values()], found["metropole", "txt"].given_on
    with pytest.raises(UsageError, match="was given out on"):
        recalls.answered(services, ids, answer, given - timedelta(days=1), "Camille")
    assert all(one.answer is None for one in recalls.recalls(services.settings))
    assert recalls.answered(services, ids, answer, given, "Camille") == len(ids)


def test_the_day_something_was_given_is_that_of_the_policy(released: Path, tmp_path: Path) -> None:
    """An hour before midnight by UTC it is the next day in Paris, in the list and in the letter."""
    shutil.copytree(released, tmp_path / "home")
    with factory.Built(tmp_path / "home").open(now=factory.at(2027, 6, 1, 23)) as services:
        release.release(services, factory.SESSION, Audience.GROUP, ["txt"], "Camille", "metropole")
        assert erased(services)["metropole", "txt"].given_on == date(2027, 6, 2)
        said = write(letter(recalls.letter(services, factory.CODE, "metropole", "Camille")), "txt").decode()
        assert "2 juin 2027" in said


def test_an_answer_noted_wrongly_is_corrected(services: Services) -> None:
    """What ended by mistake is called back again, and ends again; what nobody noted yet has nothing to correct."""
    one = erased(services)["metropole", "txt"].id
    with pytest.raises(StateError, match="no answer to correct"):
        recalls.answered(services, [one], RecallAnswer.RETURNED, None, "Camille", correct=True)
    recalls.answered(services, [one], RecallAnswer.RETURNED, None, "Camille")
    recalls.answered(services, [one], RecallAnswer.NONE, None, "Camille", correct=True)
    left = {row.id: row.answer for row in recalls.recalls(services.settings)}
    assert left[one] is RecallAnswer.NONE
    recalls.answered(services, [one], RecallAnswer.RETURNED, None, "Camille")
    recalls.answered(services, [one], RecallAnswer.DESTROYED, None, "Camille", correct=True)
    every = {row.id: row.answer for row in recalls.recalls(services.settings, everything=True)}
    assert every[one] is RecallAnswer.DESTROYED
    told = [entry.kind for entry in services.archive.log.entries() if entry.facts.get("recall") == one]
    assert told == ["recall-ended", "recall-corrected", "recall-ended", "recall-corrected"]
    assert verify_archive(services.home, services.archive).findings == ()


def test_a_recall_is_for_who_reaches_its_workshop_and_a_steward_ends_it(services: Services) -> None:
    """A facilitator of another one neither writes the letter nor notes an answer; one of this one notes silence."""
    one = erased(services)["metropole", "txt"].id
    workshops.add(services, "autre", factory.POLICY)
    for name, role, codes in OPENERS:
        keys.add(services, name, role, codes, PASSPHRASES[name], "Dominique")
    none, back = RecallAnswer.NONE, RecallAnswer.RETURNED
    with open_services(services.settings, PASSPHRASES["Fanny"]) as elsewhere:
        for answer in RecallAnswer:
            with pytest.raises(KeysError):
                recalls.answered(elsewhere, [one], answer, None, "Fanny")
        with pytest.raises(KeysError):
            recalls.letter(elsewhere, factory.CODE, "metropole", "Fanny")
    with open_services(services.settings, PASSPHRASES["Inès"]) as here:
        assert recalls.letter(here, factory.CODE, "metropole", "Inès").outputs
        assert recalls.answered(here, [one], none, None, "Inès") == 1
        with pytest.raises(PersonError, match="by a data steward"):
            recalls.answered(here, [one], back, None, "Inès")
        with pytest.raises(PersonError):
            recalls.answered(here, [one], none, None, "Inès", correct=True)
    with open_services(services.settings, PASSPHRASES["Solange"]) as steward:
        assert recalls.answered(steward, [one], back, None, "Solange") == 1


def test_a_narrowing_says_to_whom_it_had_gone(services: Services) -> None:
    """What was given out for a use that is taken back is named with its recipient."""
    name = IdentifiedText("solveig quastelbach")
    done = consents.narrow(services, factory.CODE, None, name, frozenset({Use.RETURN}), None, "Camille")
    assert done.released == ("essai/1 group", "essai/1 group metropole")
