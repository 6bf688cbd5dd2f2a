"""``request``: a whole life at the terminal, what is typed at prompts, and what a wrong step is told."""

import json
import sys
from types import SimpleNamespace

import pytest
from answer_schemas import schema
from jsonschema import Draft202012Validator

from console.commands.request import _to_carry_out
from flows.steps.drafting.draft import open_transcript
from flows.steps.rights import requests
from infra.wiring import Services
from tests import factory
from vocabulary.choices import RequestKind, Ruling, SessionState
from vocabulary.request import Found, FoundInSession, FoundInWorkshop, Sealed
from vocabulary.text import IdentifiedText


@pytest.fixture
def home(named, monkeypatch):
    """A home with a workshop and no session."""
    monkeypatch.setattr(Services, "detector", factory.detector())
    return named()


def valid(value, name):
    """Check an answer against its schema."""
    Draft202012Validator(schema(name)).validate(value)
    return value


def test_a_request_from_its_receipt_to_its_end(run, home, typed, tmp_path):
    """Each command says the next; status counts the days; the letters are French; no argument names anybody."""
    typed("Zzyvorak")
    done = run("request", "open", "--kind", "access", "--received", "2026-03-14", "--as", "Dominique")
    assert done.code == 0, done.err
    assert "14 avril 2026" in done.out
    (one,) = valid(run("request", "list", "--json").value, "requests")["requests"]
    request = one["id"]
    (waiting,) = valid(run("status", "--json").value, "status")["requests"]
    assert (waiting["id"], waiting["due_on"]) == (request, "2026-04-14")
    assert request in run("status").out
    asked = run("request", "answer", request, tmp_path / "identite.txt", "--as", "Dominique")
    assert asked.code == 0, asked.err
    assert "ne dit rien" in (tmp_path / "identite.txt").read_text(encoding="utf-8")
    typed("de vive voix")
    assert run("request", "check-identity", request, "--mandate", "--as", "Dominique").code == 0
    typed("Zzyvorak", "Kwintesse", "")
    found = run("request", "search", request, "--as", "Dominique")
    assert "Rien n'a été trouvé" in found.out, found.err
    typed("Pommerault")
    ruled = run("request", "decide", request, "--ruling", "granted", "--as", "Dominique")
    assert ruled.code == 0, ruled.err
    letter = tmp_path / "reponse.docx"
    assert run("request", "answer", request, letter, "--as", "Dominique").code == 0
    assert b"Pommerault" in letter.read_bytes()
    assert run("request", "answer", request, letter, "--as", "Dominique").code == 2
    assert "répondue : à clore (huisclos request close)" in " ".join(run("status").out.split())
    assert [one["state"] for one in valid(run("status", "--json").value, "status")["requests"]] == ["answered"]
    shown = run("request", "show", request, "--as", "Dominique")
    assert "Zzyvorak" in shown.out
    assert "Kwintesse" in shown.out
    assert run("request", "close", request, "--as", "Dominique").code == 0
    assert valid(run("status", "--json").value, "status")["requests"] == []
    (kept,) = valid(run("request", "list", "--json").value, "requests")["requests"]
    assert (kept["state"], kept["ruling"], kept["mandate"]) == ("closed", "granted", True)
    assert "Zzyvorak" not in json.dumps(run("log", "show", "--json").value)


def test_no_name_is_asked_for_before_identity_is_checked(run, home, typed):
    """A search is refused before anything is typed: nothing was asked, and the reply is still there."""
    typed("Zzyvorak")
    assert run("request", "open", "--kind", "erasure", "--as", "Dominique").code == 0
    (request,) = run("request", "list", "--json").value["requests"]
    typed("Amaury", "")
    refused = run("request", "search", request["id"], "--as", "Dominique")
    assert refused.code == 7 and sys.stdin.read().split() == ["Amaury"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["open", "--kind", "curiosity"], 2),
        (["open", "--kind", "access", "--received", "2199-01-01"], 2),
        (["open", "--kind", "access", "--received", "hier"], 2),
        (["show", "q-" + "0" * 32], 6),
        (["decide", "q-" + "0" * 32, "--ruling", "granted"], 6),
        (["decide", "q-" + "0" * 32, "--ruling", "perhaps"], 2),
        (["decide", "q-" + "0" * 32, "--ruling", "refused", "--article", "gdpr-99"], 2),
        (["answer", "q-" + "0" * 32, "lettre.pdf"], 2),
    ],
)
def test_what_cannot_be_done_is_told_with_its_code(run, home, typed, words, code):
    """A kind, day, ruling, article or format there is not; a request there is not."""
    typed("x")
    assert run("request", *words, "--as", "Dominique").code == code
    assert run("request", "list", "--json").value["requests"] == []


@pytest.mark.parametrize(
    ("kind", "speaks", "command"),
    [
        (RequestKind.ERASURE, False, "huisclos withdraw essai --request q-1 --as NOM"),
        (RequestKind.OBJECTION, True, "huisclos withdraw essai --request q-1 --as NOM"),
        (
            RequestKind.RESTRICTION,
            False,
            "huisclos restriction add essai/1 --request q-1 --ground request --review DATE --as NOM",
        ),
        (RequestKind.RECTIFICATION, False, "huisclos request state q-1 essai/1 --as NOM"),
        (RequestKind.ACCESS, False, None),
    ],
)
def test_what_was_granted_is_carried_out_by_a_command_that_is_shown(kind, speaks, command):
    """A withdrawal takes the whole workshop, once, with its vault; the rest goes session by session."""
    places = tuple(FoundInSession(f"essai/{number}", 1, 1, True, (), ()) for number in (1, 2))
    found = Found(("essai",), (), places, ())
    row = SimpleNamespace(id="q-1", request_kind=kind)
    lines = [line.strip() for line in _to_carry_out(row, Sealed(IdentifiedText("X"), speaks, found=found))]
    assert lines[1:2] == ([] if command is None else [command])
    assert len(lines) == {RequestKind.ACCESS: 0, RequestKind.ERASURE: 2, RequestKind.OBJECTION: 2}.get(kind, 3)


@pytest.mark.parametrize("kind", [RequestKind.ERASURE, RequestKind.RESTRICTION])
def test_what_only_the_vault_holds_is_carried_out_over_its_workshop(kind):
    """No session speaks of them any more: the command still has a place."""
    found = Found(("essai",), (), (), (), (FoundInWorkshop("essai", 1, 0, 0),))
    row = SimpleNamespace(id="q-1", request_kind=kind)
    lines = _to_carry_out(row, Sealed(IdentifiedText("X"), speaks=False, found=found))
    assert len(lines) == 2
    assert " essai " in lines[1]


def test_a_statement_is_typed_and_read_under_its_passage(run, home, typed, tmp_path):
    """Lines until an empty one; the review has it under the turn of that moment, `request show` with the request."""
    with factory.Built(home).open() as services:
        factory.walk(services, SessionState.IN_REVIEW, tmp_path)
        request = requests.open_request(
            services, RequestKind.RECTIFICATION, None, IdentifiedText("Zzyvorak"), "Dominique", speaks=False
        ).id
        requests.check_identity(services, request, IdentifiedText("vu"), "Dominique", mandate=False)
        requests.search(services, request, [IdentifiedText("Amaury Zorbekian")], "Dominique")
        requests.decide(services, request, Ruling.GRANTED, None, IdentifiedText(""), "Dominique")
        turns = open_transcript(services, services.archive.catalog.session(factory.SESSION)).turns
        starts = [int(turn.start) for turn in turns]
        second = starts[0]
    words = ("request", "state", request, "essai/1", "--as", "Dominique", "--at")
    typed("Ce n'était pas moi.", "Kwintesse le sait.", "")
    done = run(*words, f"00:00:{second:02}")
    assert done.code == 0 and "lit les deux" in done.out, done.err
    shown = " ".join(run("review", "show", "essai/1", "--as", "Camille").out.split())
    passage, _, after = shown.partition("Précision de la personne concernée : Ce n'était pas moi. Kwintesse le sait.")
    before = [turn.text.reveal().split()[0] for turn, start in zip(turns, starts, strict=True) if start == second]
    assert all(word in passage for word in before) and len(before) < len(turns)
    assert turns[-1].text.reveal().split()[0] in after
    told = " ".join(run("request", "show", request, "--as", "Camille").out.split())
    assert f"Déclaration, essai/1 00:00:{second:02} : Ce n'était pas moi." in told
    typed("Encore.", "")
    assert run(*words, "midi").code == 2
    typed("")
    assert run(*words, "00:00:00").code == 2
