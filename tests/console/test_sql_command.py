"""``huisclos sql``: where the query comes from, the forms of its answer, and its exit codes."""

import csv
import io
import sys
from pathlib import Path

import pytest
from answer_schemas import schema
from jsonschema import Draft202012Validator

from console.grid import guarded, neutral, show_table, write_csv
from tests import factory
from vocabulary.choices import SessionState

TEXT = "select speaker, text from cleared order by turn"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """One cleared session."""
    return factory.copied(tmp_path_factory.mktemp("sql") / "home", SessionState.CLEARED).path


@pytest.fixture
def ask(run, home, monkeypatch):
    """Runs ``huisclos sql`` there, as Camille."""
    monkeypatch.setenv("HUISCLOS_HOME", str(home))
    monkeypatch.setenv("HUISCLOS_PASSPHRASE", factory.PASSPHRASE)
    monkeypatch.setenv("HUISCLOS_LANG", "en")
    return lambda *words: run("sql", *words, "--as", "Camille")


def test_json_keeps_its_schema(ask):
    """Columns with their types, rows of plain values, and what was read."""
    found = ask("select turn, text, now(), [1.5, null], {'a': true} from cleared limit 1", "--json")
    assert found.code == 0, found.err
    Draft202012Validator(schema("query")).validate(found.value)
    assert found.value["columns"][0] == {"name": "turn", "type": "BIGINT"}
    assert found.value["read"] == {"cleared": ["turn", "text"]}
    assert found.err == ""


def test_elsewhere_than_on_a_terminal_the_answer_is_csv(ask):
    """One header line, and nothing else on standard output."""
    lines = list(csv.reader(io.StringIO(ask(TEXT).out)))
    assert lines[0] == ["speaker", "text"]
    assert len(lines) > 2


def test_formulas_are_guarded():
    """A cell of text that begins as a formula does gets an apostrophe; a number is left a number."""
    stream = io.StringIO()
    write_csv(["=x", "n"], [["=1+1", -1], ["+a", -2.5], ["-b", None], ["@c", True], ["d", [1, "=e"]]], stream)
    rows = list(csv.reader(io.StringIO(stream.getvalue())))
    assert rows == [["'=x", "n"], ["'=1+1", "-1"], ["'+a", "-2.5"], ["'-b", ""], ["'@c", "true"], ["d", '[1, "=e"]']]
    assert guarded("=") == "'="


def test_a_terminal_shows_control_characters_and_does_not_obey_them(capsys):
    """No escape, no change of reading order, no markup of the table's library reaches the terminal."""
    show_table(["a[red]"], [["x\x1b[31my\x9b2J\u202ez\r\nw [bold]b[/bold] :smile:"], [None], [3]])
    out = capsys.readouterr().out
    assert not set(out) & set("\x1b\x9b\u202e\r")
    assert "a[red]" in out
    assert "[bold]b[/bold] :smile:" in out
    assert neutral("a\tb\x00") == "a b\ufffd"


def test_the_query_comes_from_standard_input_or_a_file(ask, monkeypatch, tmp_path):
    """With - or --file; one place, and only one."""
    expected = ask(TEXT).out
    for words in (["-"], ["--file", "-"]):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
        assert ask(*words).out == expected
    file = tmp_path / "q.sql"
    file.write_text(TEXT, encoding="utf-8-sig")
    assert ask("--file", file).out == expected
    for words in ([], [TEXT, "--file", file], ["--file", tmp_path / "none"], [TEXT, "--json", "--csv"]):
        assert ask(*words).code == 2


def test_what_is_wrong_has_its_exit_code_and_place(ask, run):
    """A bad query is 2 with line and column, a limit 10, a person who may not 8; nothing on standard output."""
    bad = ask("select\n nosuch from cleared", "--json")
    assert (bad.code, bad.value["error"]["place"], bad.value["error"]["kind"]) == (2, "2:2", "QueryError")
    assert "Code: unknown-column" in bad.value["error"]["message"]
    closed = ask("select * from verbatim")
    assert (closed.code, closed.out) == (2, "")
    assert "--sensitive --as" in closed.err
    assert ask("select * from verbatim", "--sensitive").code == 8
    assert run("sql", "select 1", "--sensitive").code == 2
    assert ask("select 1", "--workshop", "ailleurs").code == 6


def test_limits_are_those_of_the_settings(ask, monkeypatch):
    """query.seconds and query.memory_mib; exit 10."""
    monkeypatch.setenv("HUISCLOS_QUERY__SECONDS", "1.5")
    slow = ask("select count(*) from range(1000000000000)")
    assert (slow.code, "Code: timeout" in slow.err) == (10, True)


def test_the_log_tells_of_it_in_words(ask, run):
    """``log show`` says that a query was run, by whom as an id, and what it read."""
    assert ask(TEXT).code == 0
    page = run("log", "show").out
    assert "a query was run" in page
    assert "cleared(speaker,text)" in page.replace("\n      ", "") or "cleared(" in page


def test_the_reference_names_every_table_column_and_code():
    """docs/reference/sql.md is what the program has."""
    from flows.steps.query_view import COLUMNS
    from storage.query.errors import QueryFault

    page = (Path(__file__).parents[2] / "docs" / "reference" / "sql.md").read_text(encoding="utf-8")
    for table, columns in COLUMNS.items():
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{table}` |")]
        assert row.split("|")[3].replace("`", "").replace(",", " ").split() == list(columns)
    assert [line.split("`")[1] for line in page.split("## Errors")[1].splitlines() if line.startswith("| `")] == [
        fault.value for fault in QueryFault
    ]
