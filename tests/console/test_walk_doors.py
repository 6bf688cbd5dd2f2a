"""The commands of the walk, on real homes: answers in both forms, and the exit codes of what can go wrong.

Homes are built once for each state (tests/factory.py) and copied; the detector is the real one, loaded once.
"""

import json
import re
import shutil
from pathlib import Path

import pytest
from answer_schemas import schema
from jsonschema import Draft202012Validator

from infra.wiring import Services
from tests import factory
from vocabulary.choices import SessionState
from vocabulary.text import TreatedText
from vocabulary.transcript import TreatedTranscript, TreatedTurn

CODE, SESSION = factory.CODE, str(factory.SESSION)
STATES = {
    "empty": None,
    "received": SessionState.RECEIVED,
    "in_review": SessionState.IN_REVIEW,
    "released": SessionState.RELEASED,
}


@pytest.fixture
def standing(named, monkeypatch):
    """A home in a state, named by the environment; the detector is loaded already."""

    def lay_out(state: str) -> Path:
        monkeypatch.setattr(Services, "detector", factory.detector())
        return named(STATES[state])

    return lay_out


def valid(value, name):
    """Check an answer against its schema."""
    Draft202012Validator(schema(name)).validate(value)
    return value


def test_workshops_are_added_and_listed(run, standing):
    """Under a policy file, with its drop folder; the same again changes nothing."""
    home = standing("empty")
    for _again in range(2):
        added = run("workshop", "add", "autre", "--policy", factory.POLICY)
        assert added.code == 0, added.err
    assert (home / "drop" / "autre").is_dir()
    listed = valid(run("workshop", "list", "--json").value, "workshops")
    assert [row["code"] for row in listed["workshops"]] == ["autre", CODE]
    assert "autre" in run("workshop", "list").out


def test_submit_answers_with_a_receipt(run, standing, tmp_path):
    """Length, parts and session; the files are left alone, and the phone's copy may be erased."""
    standing("empty")
    recording, dossier = tmp_path / "a.ogg", tmp_path / "a.toml"
    shutil.copy(factory.RECORDING, recording)
    dossier.write_text(factory.DOSSIER, encoding="utf-8")
    words = ["submit", recording, "--workshop", CODE, "--session", "1", "--dossier", dossier]
    first = run(*words)
    assert first.code == 0, first.err
    assert "partie 1 sur 1" in first.out
    assert "peut maintenant être effacée" in first.out
    again = valid(run(*words, "--json").value, "receipt")
    assert (again["session"], again["duplicates"], again["new_parts"]) == (SESSION, 1, 0)
    assert recording.exists()
    assert dossier.exists()


def test_submit_moves_when_asked_to(run, standing, tmp_path):
    """With --move the file is gone once it is sealed and read back."""
    standing("empty")
    recording = tmp_path / "a.ogg"
    shutil.copy(factory.RECORDING, recording)
    assert run("submit", recording, "--workshop", CODE, "--session", "2", "--move").code == 0
    assert not recording.exists()


def test_submit_refuses_a_dossier_with_its_line(run, standing, tmp_path):
    """A dossier with an unknown key is 5, with file and line, and nothing is sealed."""
    standing("empty")
    dossier = tmp_path / "seance1.toml"
    dossier.write_text(factory.DOSSIER.replace("speakers = 2", "speekers = 2"), encoding="utf-8")
    words = ["submit", factory.RECORDING, "--workshop", CODE, "--session", "1", "--dossier", dossier, "--json"]
    ran = run(*words)
    assert ran.code == 5
    assert ran.value["error"]["place"] == "seance1.toml:7"
    assert run("status", "--json").value["sessions"] == []


def test_submit_to_an_unknown_workshop_is_told(run, standing):
    """Exit 6, and how to see those there are."""
    standing("empty")
    ran = run("submit", factory.RECORDING, "--workshop", "ailleurs", "--session", "1")
    assert ran.code == 6
    assert "huisclos workshop list" in ran.err


def test_submit_of_what_is_no_recording_is_told_and_set_aside(run, standing, tmp_path):
    """Exit 4; the session is in quarantine and its file sealed."""
    standing("empty")
    text = tmp_path / "a.wav"
    text.write_text("pas du son\n", encoding="utf-8")
    assert run("submit", text, "--workshop", CODE, "--session", "1").code == 4
    status = valid(run("status", "--json").value, "status")
    assert [one["state"] for one in status["sessions"]] == ["quarantined"]
    assert "mise de côté" in run("status").out


def test_run_with_nothing_waiting_does_nothing(run, standing):
    """Exit 0 and an empty report."""
    standing("empty")
    ran = run("run")
    assert ran.code == 0
    assert "Rien n'attend." in ran.out


def test_run_says_that_something_is_in_quarantine(run, standing):
    """Exit 12 with its report, both in words and in JSON."""
    home = standing("empty")
    (home / "drop" / CODE / "seance4.wav").write_text("pas du son\n", encoding="utf-8")
    ran = run("run", "--json")
    assert ran.code == 12
    report = valid(ran.value, "run")
    assert report["quarantined"] == 1
    assert report["sessions"][0]["reason"] == "not_a_recording"
    again = run("run")
    assert again.code == 12
    assert f"huisclos session discard {CODE}/4" in again.out


def test_run_says_that_a_dossier_was_refused(run, standing):
    """Exit 5 with nothing in quarantine; the file stays for the facilitator to mend, and status names it."""
    home = standing("empty")
    dropped = home / "drop" / CODE / "seance1.toml"
    dropped.write_text(factory.DOSSIER.replace("speakers = 2", "speekers = 2"), encoding="utf-8")
    ran = run("run", "--json")
    assert ran.code == 5
    assert valid(ran.value, "run")["refused"][0]["error"]["place"] == "seance1.toml:7"
    assert dropped.exists()
    assert valid(run("status", "--json").value, "status")["drop"]["refused"]
    assert "seance1.toml" in run("status").out


def test_a_file_without_a_number_waits_and_status_asks(run, standing):
    """Neither a fault nor taken: the person is asked to rename it."""
    home = standing("empty")
    shutil.copy(factory.RECORDING, home / "drop" / CODE / "memo.ogg")
    assert run("run").code == 0
    assert "Renommez-le seanceN.EXT" in run("status").out


def test_a_session_can_be_tried_again(run, standing):
    """Out of quarantine, and told what to do next."""
    home = standing("empty")
    (home / "drop" / CODE / "seance4.wav").write_text("pas du son\n", encoding="utf-8")
    run("run")
    ran = run("session", "retry", f"{CODE}/4")
    assert ran.code == 0
    assert "elle est de nouveau reçue" in ran.out
    assert run("session", "retry", f"{CODE}/4").code == 7


def test_a_passage_is_freed_and_masked_again(run, standing):
    """Under its number, by two people for a youth's; 8 for the same person twice, 7 unread, 2 for no passage."""
    standing("in_review")
    page = run("review", "show", SESSION, "--as", "Camille").out
    number = re.search(r"\[(\d+): Amaury", page).group(1)
    words = ["review", "free", SESSION, "--passage", number, "--reason", "Ce n'est pas un nom."]
    first = run(*words, "--as", "Camille")
    assert (first.code, "reste masqué" in first.out) == (0, True)
    assert run(*words, "--as", "Camille").code == 8
    assert run(*words, "--as", "Dominique").code == 7
    run("review", "show", SESSION, "--as", "Dominique")
    second = run(*words, "--as", "Dominique")
    assert (second.code, "tel qu'il a été dit" in second.out) == (0, True)
    assert f"[{number}: =Amaury" in run("review", "show", SESSION, "--as", "Camille").out
    assert run("review", "mask", SESSION, "--passage", number, "--as", "Camille").code == 0
    assert run("review", "free", SESSION, "--passage", "999", "--reason", "x", "--as", "Camille").code == 2


def test_a_name_is_corrected_by_what_is_typed_at_the_prompt(run, standing, typed):
    """Both words are asked for, and stand in no argument; the draft is made anew. Proposals are told by number."""
    standing("in_review")
    typed("seize", "treize")
    ran = run("review", "correct", SESSION, "--as", "Camille")
    assert (ran.code, "Bonne forme" in ran.err) == (0, True)
    assert "1 correction décidée." in ran.out
    assert "a été refaite\u00a0: relisez-la." in ran.out
    assert "treize" in run("review", "show", SESSION, "--as", "Camille").out
    assert run("review", "as-heard", SESSION, "--proposal", "1", "--as", "Camille").code == 0
    assert run("review", "correct", SESSION, "--proposal", "77", "--as", "Camille").code == 2
    assert run("review", "correct", SESSION, "--proposal", "1", "--passage", "1", "--as", "Camille").code == 2
    assert run("review", "as-heard", SESSION, "--as", "Camille").code == 2
    typed()
    assert run("review", "correct", SESSION, "--as", "Camille").code == 2


def test_what_is_withheld_is_shown_on_demand_alone(run, standing, monkeypatch):
    """9 and the places; with --show the passages too, and the entry that says so."""
    from flows.steps.drafting import draft

    home = standing("in_review")
    monkeypatch.setattr(draft, "treat", _forgetful)
    assert run("review", "accept", SESSION, "--all", "--as", "Camille").code == 0
    for person in ("Camille", "Dominique"):
        assert run("clear", SESSION, "--as", person).code == 0
    words = ["release", SESSION, "--audience", "group", "--as", "Camille"]
    plain = run(*words)
    assert (plain.code, "Zorbekian" in plain.out + plain.err) == (9, False)
    shown = run(*words, "--show")
    assert shown.code == 9
    assert "[Amaury Zorbekian]" in shown.out
    assert "Zorbekian" not in shown.err
    assert not any(path.is_file() for path in (home / "outbox").rglob("*"))
    entries = run("log", "show", "--json").value["entries"]
    assert [one["facts"]["what"] for one in entries if one["kind"] == "accessed"] == ["withheld"]


def _forgetful(transcript, _draft, _vault, profile, speakers, *_rest):
    """A treatment that forgets to treat."""
    turns = [
        TreatedTurn(speakers[turn.speaker], turn.start, turn.end, TreatedText(turn.text.reveal()))
        for turn in transcript.turns
    ]
    return TreatedTranscript(str(profile.audience), tuple(turns))


def test_review_show_shows_the_talk_and_logs_who_read(run, standing):
    """The talk with its marks; the entry names the reader by id."""
    standing("in_review")
    page = run("review", "show", SESSION, "--as", "Camille")
    assert page.code == 0, page.err
    assert "Amaury" in page.out
    assert re.search(r"\[\d+: Amaury", page.out)
    last = run("log", "show", "--json").value["entries"][-1]
    assert last["kind"] == "accessed"
    assert last["authenticated"] is False
    assert last["session"] == SESSION


def test_review_show_takes_the_login_name_when_none_is_given(run, standing, monkeypatch):
    """Who reads is logged all the same."""
    monkeypatch.setattr("getpass.getuser", lambda: "camille")
    standing("in_review")
    assert run("review", "show", SESSION).code == 0
    assert run("log", "show", "--json").value["entries"][-1]["actor"].startswith("p-")


def test_the_way_from_review_to_the_outbox(run, standing):
    """Accepted, cleared by two people, released: each command says what comes next, and the files lie there."""
    home = standing("in_review")
    early = run("clear", SESSION, "--as", "Camille")
    assert early.code == 7
    accepted = run("review", "accept", SESSION, "--all", "--as", "Camille")
    assert accepted.code == 0, accepted.err
    first = valid(run("clear", SESSION, "--as", "Camille", "--json").value, "clearance")
    assert (first["given"], first["needed"], first["complete"]) == (1, 2, False)
    assert run("clear", SESSION, "--as", "CAMILLE").code == 8
    assert run("release", SESSION, "--audience", "group", "--as", "Camille").code == 7
    second = run("clear", SESSION, "--as", "Dominique")
    assert "huisclos release" in second.out
    released = run("release", SESSION, "--audience", "group", "--format", "docx,vtt,txt", "--as", "Camille", "--json")
    assert released.code == 0, released.err
    files = valid(released.value, "release")["files"]
    assert {Path(file).suffix for file in files} == {".docx", ".vtt", ".txt"}
    assert all((home / file).is_file() for file in files)
    assert run("status", "--json").value["sessions"][0]["state"] == "released"


def test_a_text_for_the_public_is_cleared_upon_a_written_assessment(run, standing, tmp_path):
    """Refused with what to write and how to name it (7); a count alone is no assessment (2); an inspection shows it."""
    standing("in_review")
    assert run("review", "accept", SESSION, "--all", "--as", "Camille").code == 0
    words = ["clear", SESSION, "--audience", "public", "--as", "Dominique"]
    refused = run(*words)
    assert (refused.code, "--assessment" in refused.err, "--audience public" in refused.err) == (7, True, True)
    assert run(*words, "--singled", "1").code == 2
    assert run(*words, "--assessment", "Zoé").code == 2
    shown = run("review", "show", SESSION, "--audience", "public", "--as", "Dominique")
    assert "le public le lira" in " ".join(shown.out.split())
    given = valid(run(*words, "--assessment", "ER-7", "--json").value, "clearance")
    assert given["assessment"] == "ER-7"
    inspected = valid(run("inspection", tmp_path / "controle", "--json").value, "inspection")
    assert [(one["session"], one["reference"], one["counts"]) for one in inspected["assessed"]] == [
        (SESSION, "ER-7", True)
    ]
    assert "| ER-7 |" in (tmp_path / "controle" / "2-textes.md").read_text(encoding="utf-8")


def test_an_unknown_format_is_told(run, standing):
    """Usage, with those there are."""
    standing("in_review")
    ran = run("release", SESSION, "--audience", "group", "--format", "pdf", "--as", "Camille")
    assert ran.code in (2, 7)
    assert ran.out == ""


def test_an_unknown_session_is_told(run, standing):
    """Exit 6 from every command that names one."""
    standing("empty")
    for words in (["review", "show"], ["session", "retry"], ["clear", "--as", "anne"]):
        ran = run(*words, f"{CODE}/9")
        assert ran.code == 6, ran.err


def test_a_discard_needs_two_people(run, standing):
    """The first ask is noted, the second does it."""
    standing("received")
    first = run("session", "discard", SESSION, "--as", "Camille")
    assert first.code == 0
    assert "Rien n'est encore détruit" in first.out
    assert run("session", "discard", SESSION, "--as", "camille").code == 0
    second = run("session", "discard", SESSION, "--as", "Dominique")
    assert "est abandonnée" in second.out
    assert run("session", "recover", SESSION, "nowhere", "--as", "Camille").code == 7


def test_recover_writes_the_recording_as_it_came(run, standing, tmp_path):
    """The same bytes, in a folder, and a warning that they are readable."""
    standing("received")
    ran = run("session", "recover", SESSION, tmp_path / "back", "--as", "Camille")
    assert ran.code == 0, ran.err
    (written,) = ran.out.split()
    assert Path(written).read_bytes() == factory.RECORDING.read_bytes()
    assert "lisibles par qui les trouve" in ran.err


def test_retention_apply_shows_the_plan_and_asks(run, standing, typed):
    """Only a clear yes destroys; --yes does not ask; the plan keeps its schema."""
    standing("released")
    plan = valid(run("retention", "plan", "--json").value, "retention-plan")
    assert [item["class"] for item in plan["items"] if item["destroy"]] == ["recording"]
    for reply in ("non", ""):
        typed(reply)
        ran = run("retention", "apply", "--as", "Dominique")
        assert ran.code == 0
        assert "À détruire" in ran.out
        assert "Rien n'a été détruit." in ran.err
    typed()
    assert run("retention", "apply", "--as", "Dominique").code == 2
    typed("oui")
    done = run("retention", "apply", "--as", "Dominique")
    assert done.code == 0, done.err
    assert "Procès-verbal de destruction" in done.out
    assert run("archive", "verify").code == 0


def test_the_log_is_told_in_sentences_without_a_name(run, standing):
    """Session, people by id, choices in words; no name and no talk."""
    standing("released")
    page = run("log", "show").out
    assert f"{SESSION}\u00a0: une personne a validé un texte" in page
    assert "déclarée, non authentifiée" in page
    assert not [name for name in (*factory.CANARIES, "Camille", "Dominique") if name in page]
    entries = valid(run("log", "show", "--json").value, "log-entries")["entries"]
    assert [entry["seq"] for entry in entries] == list(range(len(entries)))


def test_detect_needs_no_home(run, tmp_path, monkeypatch):
    """One line for one, offsets in the text; a bad line is told with its number."""
    monkeypatch.setattr("anonymize.detect.Detector", lambda _pipeline, carried: factory.detector())
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"id": "1", "text": "A: Amaury habite au collège Tchoupinel."}\n', encoding="utf-8")
    ran = run("detect", source, target)
    assert ran.code == 0, ran.err
    (line,) = target.read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["id"] == "1"
    source.write_text("{}\n", encoding="utf-8")
    bad = run("detect", source, target)
    assert bad.code == 2
    assert "1" in bad.err


def test_a_second_run_is_told_that_another_holds_it(run, standing):
    """Exit 11 while another process is at work."""
    from infra.process import lock

    home = standing("empty")
    with lock(home, "run"):
        assert run("run").code == 11
