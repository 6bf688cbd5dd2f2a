"""What went wrong is said in one place: the right code, no traceback, no text of an exception."""

import errno
import json

import pytest
from answer_schemas import schema
from jsonschema import Draft202012Validator

from console import main as front
from console.messages import of_error
from vocabulary.choices import Exit, Reason
from vocabulary.errors import (
    BusyError,
    DamagedError,
    HuisclosError,
    KeysError,
    LogForkedError,
    PersonError,
    PolicyError,
    RecordingError,
    ResourceError,
    StateError,
    UnknownError,
    WithheldError,
)
from vocabulary.messages import N_

CANARY = "Amaury Zorbekian"
ERRORS = [
    (HuisclosError("x"), 1),
    (KeysError("x"), 3),
    (RecordingError(Reason.EMPTY, "x"), 4),
    (PolicyError("x"), 5),
    (UnknownError("x"), 6),
    (StateError("x"), 7),
    (PersonError("x"), 8),
    (WithheldError("x"), 9),
    (ResourceError("x"), 10),
    (BusyError("x"), 11),
    (DamagedError("x"), 20),
    (LogForkedError("x"), 24),
]


@pytest.fixture
def fails(run, monkeypatch):
    """Runs a command whose settings cannot be read, for whatever reason ``error`` is."""

    def run_failing(error: BaseException, *words: str):
        def broken(_home=None):
            raise error

        monkeypatch.setattr("console.opening.load_settings", broken)
        return run(*(words or ("status",)))

    return run_failing


@pytest.mark.parametrize(("error", "code"), ERRORS, ids=lambda value: getattr(value, "kind", value))
def test_every_error_has_its_exit_code(fails, error, code):
    """The exit code is the error's own."""
    assert fails(error).code == code


def test_a_message_is_translated_with_its_facts(fails):
    """Places of the source string are filled in the reader's words."""
    error = StateError(N_("Session {session} has no recording any more."), session="x/1")
    assert fails(error).err == "Erreur\u00a0: La séance x/1 n'a plus d'enregistrement.\n"


def test_a_failure_answers_with_the_error_object(fails):
    """With --json the object is on standard output, the sentence on standard error."""
    error = UnknownError(N_("There is no record {id}."), id="r-1", place="catalog")
    ran = fails(error, "status", "--json")
    Draft202012Validator(schema("error")).validate(ran.value)
    assert ran.value == {
        "schema": "huisclos-error/1",
        "error": {"code": 6, "kind": "UnknownError", "message": "Il n'y a pas de pièce r-1.", "place": "catalog"},
    }
    assert ran.err == "Erreur\u00a0: Il n'y a pas de pièce r-1.\n"


def test_a_fault_shows_neither_its_text_nor_its_traceback(fails):
    """Whatever an exception quotes stays out of the terminal and of the JSON answer."""
    ran = fails(ValueError(CANARY), "status", "--json")
    assert ran.code == 1
    assert CANARY not in ran.out + ran.err
    assert "Traceback" not in ran.err
    assert ran.value["error"]["kind"] == "FaultError"
    Draft202012Validator(schema("error")).validate(ran.value)


def test_a_full_disk_is_no_fault(fails):
    """No room left is 10, wherever it is met."""
    assert fails(OSError(errno.ENOSPC, CANARY)).code == 10


def test_an_interruption_is_told_calmly(fails):
    """Ctrl-C ends with 130 and a sentence."""
    ran = fails(KeyboardInterrupt(), "status", "--json")
    assert ran.code == front.INTERRUPTED
    assert "Interrompu." in ran.err
    Draft202012Validator(schema("error")).validate(ran.value)


def test_a_usage_error_answers_in_json_too(run):
    """Even a command line that cannot be read keeps the contract of --json."""
    ran = run("statu", "--json")
    assert ran.code == 2
    Draft202012Validator(schema("error")).validate(ran.value)


def test_a_fault_of_an_open_archive_is_sealed(run, at_home, monkeypatch):
    """Its id is shown, the log keeps it, and the traceback can be opened with the keys only."""
    from flows.steps import workshops

    def broken(*_arguments):
        raise RuntimeError(CANARY)

    monkeypatch.setattr(workshops, "add", broken)
    ran = run("workshop", "add", "x", "--policy", at_home / "politique.yaml")
    assert ran.code == 1
    assert CANARY not in ran.out + ran.err
    entries = run("log", "show", "--json").value["entries"]
    sealed = [entry["facts"]["fault"] for entry in entries if entry["kind"] == "fault"]
    assert len(sealed) == 1
    assert f"défaut {sealed[0]}" in ran.err
    for path in at_home.rglob("*"):
        assert not path.is_file() or CANARY.encode() not in path.read_bytes()


def test_every_choice_in_a_fact_is_shown_in_words():
    """A closed choice among the facts is translated where it is filled in."""
    error = StateError(N_("The session waits: {reason}."), reason=Reason.DOSSIER_MISSING)
    assert of_error(error) == "La séance attend\u00a0: la fiche de séance manque."


def test_names_from_the_drop_folder_cannot_command_the_terminal(capsys):
    """Control characters are shown as replacement characters."""
    from console import screen

    screen.show("a\x1b[2Jb\x07\x9b")
    assert capsys.readouterr().out == "a\ufffd[2Jb\ufffd\ufffd\n"


def test_exit_codes_of_the_reference_are_those_of_the_program():
    """The table of docs/reference/command-line.md has a row for each code, and no other."""
    from answer_schemas import REFERENCE

    text = (REFERENCE / "command-line.md").read_text(encoding="utf-8").split("## Exit codes")[1].split("##")[0]
    rows = {int(line.split("|")[1]) for line in text.splitlines() if line.startswith("| ") and line[2].isdigit()}
    assert rows == {int(code) for code in Exit} | {front.INTERRUPTED}


def test_json_stays_one_object_when_standard_output_is_plain_ascii(monkeypatch):
    """A stream that cannot show accents still gets exact JSON."""
    import io
    import sys

    from console import screen

    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="replace")
    monkeypatch.setattr(sys, "stdout", stream)
    screen.answer("x/1", {"word": "séance"})
    stream.flush()
    assert json.loads(stream.buffer.getvalue()) == {"schema": "x/1", "word": "séance"}
