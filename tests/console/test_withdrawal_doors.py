"""``withdraw``: names are typed, two people ask, what was given out is listed, ticked and told in a receipt."""

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from answer_schemas import schema
from jsonschema import Draft202012Validator

from flows.steps.rights import requests
from tests import factory
from vocabulary.choices import RequestKind, Ruling, SessionState
from vocabulary.text import IdentifiedText


@pytest.fixture
def home(named):
    """A home with one released session."""
    return named(SessionState.RELEASED)


def _checked(ran, name):
    Draft202012Validator(schema(name)).validate(ran.value)
    return ran.value


def test_two_people_erase_a_youth_whose_name_is_typed(run, home, typed):
    """The plan shows counts and places and no name; the second person's yes does it; the receipt is for the person."""
    typed("amaury zorbekian", "", "oui")
    first = run("withdraw", "essai", "--spoken-of", "--apply", "--as", "Camille")
    assert first.code == 0, first.err
    assert "Jeune 1" in first.out and "essai/1" in first.out and "00:00:0" in first.out
    assert "une autre personne" in first.out and "orbekian" not in first.out.lower()
    typed("amaury zorbekian", "", "oui")
    second = run("withdraw", "essai", "--spoken-of", "--apply", "--as", "Dominique")
    assert second.code == 0, second.err
    assert "C'est fait" in second.out and "3 documents avaient été communiqués" in second.out
    entry = next(word for word in second.out.split() if word.startswith("e-"))
    given = run("withdraw", "receipt", entry)
    assert given.code == 0, given.err
    assert (
        "RÉCÉPISSÉ" in given.out and "3 documents communiqués avant" in given.out and "ne nomme personne" in given.out
    )
    assert run("withdraw", "receipt", "e-" + "0" * 32).code == 6
    log = b"".join(path.read_bytes() for path in (home / "archive" / "log").rglob("*") if path.is_file())
    assert b"orbekian" not in log.lower()


def test_answers_in_json_keep_their_schemas(run, home):
    """Plan, noting, doing, recalls before and after one came back."""
    words = ("withdraw", "essai/1", "--spoken-of", "--code", "Jeune 1", "--json")
    plan = _checked(run(*words, "--as", "Camille"), "withdrawal-plan")
    assert plan["codes"] == ["Jeune 1"] and plan["only"] == "essai/1" and plan["sessions"][0]["cleared"] == ["group"]
    assert not _checked(run(*words, "--apply", "--yes", "--as", "Camille"), "withdrawal")["done"]
    done = _checked(run(*words, "--apply", "--yes", "--as", "Dominique"), "withdrawal")
    assert done["done"] and done["recalls"] == 3 and len(done["certificates"]) == 1
    listed = _checked(run("withdraw", "recalls", "--json"), "recalls")["recalls"]
    assert {one["format"] for one in listed} == {"docx", "txt", "vtt"}
    back = run("withdraw", "returned", listed[0]["id"], listed[1]["id"], "--as", "Camille")
    assert back.code == 0 and "2 documents" in back.out
    assert "huisclos withdraw recalls" in run("status").out
    assert _checked(run("status", "--json"), "status")["retention"]["recalls"] == 1
    left = run("withdraw", "recalls")
    assert listed[2]["id"] in left.out and listed[0]["id"] not in left.out
    every = _checked(run("withdraw", "recalls", "--all", "--json"), "recalls")["recalls"]
    assert sum(one["returned_at"] is not None for one in every) == 2


@pytest.mark.parametrize(
    ("words", "replies"),
    [
        (["essai"], []),
        (["essai", "--participant", "--spoken-of"], []),
        (["essai", "--participant"], [""]),
        (["essai", "--participant"], []),
        (["essai", "--participant", "--voice", "essai/1"], []),
        (["essai", "--participant", "--at", "essai/1=midi"], []),
    ],
)
def test_what_is_not_said_clearly_is_a_usage_error(run, home, typed, words, replies):
    """Who it is, a name, a voice of a session, a time: nothing is guessed."""
    typed(*replies)
    assert run("withdraw", *words, "--as", "Camille").code == 2


def test_no_yes_no_name_and_no_trace_change_nothing(run, home, typed):
    """A plan alone asks nothing; a no is a no; nobody of that name is said so."""
    before = _state(home)
    typed("Amaury", "", "non")
    refused = run("withdraw", "essai", "--spoken-of", "--apply", "--as", "Camille")
    assert refused.code == 0 and "Rien n'a été détruit" in refused.err
    typed("Hyacinthe Molitor", "")
    nobody = run("withdraw", "essai", "--spoken-of", "--apply", "--as", "Camille")
    assert nobody.code == 0 and "ne parle de cette personne" in nobody.out
    assert _state(home) == before


def _state(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home)) for path in (home / "archive" / "objects").rglob("*") if path.is_file())


def test_a_withdrawal_carries_out_the_request_it_names(run, home, tmp_path):
    """No name is typed again; the letter of that request is written after, and was refused before."""
    with factory.Built(home).open() as services:
        request = requests.open_request(
            services, RequestKind.ERASURE, None, IdentifiedText("Zzyvorak"), "Dominique", speaks=False
        ).id
        requests.check_identity(services, request, IdentifiedText("vu"), "Dominique", mandate=False)
        requests.search(services, request, [IdentifiedText("Amaury Zorbekian")], "Dominique")
        requests.decide(services, request, Ruling.GRANTED, None, IdentifiedText(""), "Dominique")
    letter = ("request", "answer", request, tmp_path / "lettre.txt", "--as", "Dominique")
    assert run(*letter).code == 7
    words = ("withdraw", "essai", "--request", request, "--apply", "--yes", "--as")
    assert "une autre personne" in run(*words, "Camille").out
    assert "C'est fait" in run(*words, "Dominique").out
    done = run("log", "show", "--json").value["entries"]
    assert [one["facts"]["request"] for one in done if one["kind"] == "withdrawn"] == [request]
    assert run(*letter).code == 0


def test_a_letter_of_recall_is_written_and_silence_is_noted(run, home, tmp_path):
    """For whom no recipient was noted; a file that is there is left alone; what has no answer is still listed."""
    words = ("withdraw", "essai", "--spoken-of", "--code", "Jeune 1", "--apply", "--yes", "--as")
    assert [run(*words, person).code for person in ("Camille", "Dominique")] == [0, 0]
    file = tmp_path / "rappel.txt"
    assert run("withdraw", "letter", "essai", file, "--as", "Camille").code == 0
    assert "RAPPEL DE DOCUMENTS" in file.read_text(encoding="utf-8")
    assert run("withdraw", "letter", "essai", file, "--as", "Camille").code == 2
    assert run("withdraw", "letter", "essai", tmp_path / "b.txt", "--to", "region", "--as", "Camille").code == 7
    listed = run("withdraw", "recalls", "--json").value["recalls"][0]
    first = listed["id"]
    early = run("withdraw", "returned", first, "--answer", "none", "--on", "2026-05-04", "--as", "Camille")
    assert early.code == 2 and "après le 4 mai 2026" in early.err
    on = datetime.fromisoformat(listed["given_at"]).astimezone(ZoneInfo("Europe/Paris")).date()
    silent = run("withdraw", "returned", first, "--answer", "none", "--on", on.isoformat(), "--as", "Camille")
    assert silent.code == 0 and "reste rappelé" in silent.out
    assert re.search(rf"sans réponse, {on.day}\w* \w+ {on.year}", run("withdraw", "recalls").out)
    assert run("withdraw", "returned", first, "--correct", "--as", "Camille").code == 0
    assert first not in run("withdraw", "recalls").out
    assert run("withdraw", "returned", first, "--answer", "perdu", "--as", "Camille").code == 2
    assert "2 documents rappelés" in run("status").out


def test_a_list_without_recalls_says_so(run, home):
    """And needs no passphrase."""
    assert "Rien n'est rappelé" in run("withdraw", "recalls").out
