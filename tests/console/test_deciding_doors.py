"""The doors of what a data steward decides of a record at its end: asked for in plan, status and why, and done."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from answer_schemas import schema
from jsonschema import Draft202012Validator

from flows.steps import workshops
from tests import factory
from vocabulary.choices import Exit, SessionState

CLEARED = "cleared: {after: research_ended, keep: 2 years, then: review,"
GIVEN = 'recipients: [{code: archives, name: "Archives Exemple", audiences: [group], products: [text]}]'


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose cleared text is at its end on the day it is cleared, to be handed over."""
    place = tmp_path_factory.mktemp("doors")
    text = factory.POLICY.read_text(encoding="utf-8").replace("recipients: []", GIVEN)
    text = text.replace(CLEARED, "cleared: {after: cleared, keep: 0 days, then: transfer,")
    (place / "policy.yaml").write_text(text, encoding="utf-8")
    built = factory.bare(place / "home")
    with built.open() as services:
        workshops.add(services, factory.CODE, place / "policy.yaml")
        factory.walk(services, SessionState.CLEARED, place)
    return built.path


@pytest.fixture
def door(standing: Path, run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HUISCLOS_PASSPHRASE", factory.PASSPHRASE)

    def typed(*words: str, answer: str = ""):
        monkeypatch.setattr("sys.stdin", StringIO(answer))
        return run("--home", standing, *words)

    return typed


def answer(door, name: str, *words: str):
    ran = door(*words, "--json")
    assert ran.code == Exit.DONE, ran.err
    value = json.loads(ran.out)
    Draft202012Validator(schema(name)).validate(value)
    return value


def test_what_waits_is_shown_and_decided_and_nothing_half_said_is_taken(door) -> None:
    """Plan, status and why show the command that works; the reason is asked for; then it waits no more."""
    (item,) = [one for one in answer(door, "retention-plan", "retention", "plan")["items"] if one["command"]]
    record, typed = item["record"], item["command"]
    assert typed == f"huisclos retention transfer {record} --to CODE --as NAME"
    (waits,) = answer(door, "status", "status")["retention"]["waiting"]
    assert (waits["record"], waits["command"]) == (record, typed)
    read = typed.replace("NAME", "NOM")  # where French is read; an answer in JSON keeps one spelling
    assert read in door("retention", "plan").out and read in door("status").out.replace("\n    ", " ")
    (why,) = answer(door, "retention-why", "retention", "why", record)["records"]
    assert why["why_not"] == "to_transfer" and any(read in line for line in why["lines"])
    later = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
    for words in (
        ("review", record), ("review", record, "--destroy", "--keep-until", later),
        ("transfer", record), ("transfer", record, "--to", "archives", "--received", "BV 1"),
    ):  # fmt: skip
        assert door("retention", *words, "--as", "Dominique", answer="motif\n").code == Exit.USAGE
    assert door("retention", "review", record, "--destroy", "--as", "Dominique").code == Exit.USAGE  # no reason
    kept = door("retention", "review", record, "--keep-until", later, "--as", "Dominique", answer="encore utile\n")
    assert kept.code == Exit.DONE and record in kept.out
    assert answer(door, "status", "status")["retention"]["waiting"] == []
    given = door("retention", "transfer", record, "--to", "archives", "--format", "txt", "--as", "Dominique")
    assert given.code == Exit.DONE and "--received" in given.out
    (why,) = answer(door, "retention-why", "retention", "why", record)["records"]
    assert why["why_not"] == "no_receipt"
    assert door("retention", "transfer", record, "--received", "BV 1", "--as", "Dominique").code == Exit.DONE
    (why,) = answer(door, "retention-why", "retention", "why", record)["records"]
    assert why["why_not"] == "not_announced"


@pytest.mark.parametrize("command", [("why",), ("transfer", "--to", "archives", "--as", "Camille")])
def test_a_number_that_is_not_whole_is_told_as_a_record_and_no_workshop(door, command: tuple[str, ...]) -> None:
    """Who mistypes r-... reads of a record."""
    verb, *rest = command
    ran = door("retention", verb, "r-1a2b", *rest)
    assert ran.code == Exit.UNKNOWN and "r-1a2b" in ran.err
    assert "workshop" not in ran.err and "atelier" not in ran.err
