"""Help pages: every command has one, in the reader's language, and names everything it takes."""

from collections.abc import Iterator
from typing import Any

import pytest

from console.main import command
from console.messages import _

COMMANDS = {
    "init", "doctor", "status", "submit", "run", "up", "clear", "release", "detect", "sql", "upgrade",
    "workshop add", "workshop list", "workshop address", "workshop export", "workshop import", "workshop left",
    "workshop keep", "session discard", "session retry", "session recover",
    "consent show", "consent narrow", "request open", "request list", "request show", "request check-identity",
    "request extend", "request search", "request decide", "request state", "request answer", "request close",
    "withdraw person", "withdraw recalls", "withdraw letter", "withdraw returned", "withdraw receipt",
    "retention plan", "retention apply", "retention why", "retention extend", "retention visa", "retention confirm",
    "retention review", "retention transfer",
    "event add", "event correct", "event list", "hold add", "hold list", "hold keep", "hold lift",
    "restriction add", "restriction list", "restriction keep", "restriction lift",
    "review show", "review accept", "review correct", "review as-heard", "review free", "review mask", "review reopen",
    "review speakers", "review join", "review part", "review name", "models list", "models add", "models check",
    "log show", "log verify",
    "log prove", "log export", "log checkpoint",
    "witness add", "witness remove", "witness list", "witness keygen", "witness sign", "witness import",
    "archive verify", "archive backup", "archive backups", "archive ended", "archive restore", "archive collect",
    "retention certificate", "policy check", "policy new", "policy explain",
    "policy simulate", "policy diff", "policy apply", "policy schema", "settings show", "incident report",
    "inspection",
    "key passphrase", "key rotate", "key renew", "key opener add", "key opener list", "key opener allow",
    "key opener remove", "key recovery recipients", "key recovery export",
}  # fmt: skip


def every_command(group: Any = None, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, found in (group or command()).commands.items():
        if hasattr(found, "commands"):
            yield from every_command(found, f"{path}{name} ")
        else:
            yield f"{path}{name}", found


def test_the_commands_are_those_of_the_reference():
    """No command is missing and none is there that the reference does not know."""
    assert {name for name, _command in every_command()} == COMMANDS


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself_in_french(run, name):
    """``--help`` answers on standard output, with 0, under French headings."""
    page = run(*name.split(), "--help")
    assert page.code == 0
    assert page.out.startswith(f"Usage\u00a0: huisclos {name}")
    assert "Options\u00a0:" in page.out
    assert "Afficher cette page" in page.out
    assert page.err == ""


@pytest.mark.parametrize(("name", "found"), sorted(every_command(), key=lambda pair: pair[0]))
def test_every_text_of_a_help_page_is_translated(name, found):
    """No help text, and no placeholder that is a word, is left in English."""
    texts = [found.help, *(one.help for one in found.params if one.help)]
    for text in texts:
        assert _(text) != text
    for one in found.params:
        assert one.help or "--help" in one.opts, f"{name}: {one.name} says nothing of itself"


def test_help_is_english_when_asked_for(run, monkeypatch):
    """HUISCLOS_LANG=en shows the source strings."""
    monkeypatch.setenv("HUISCLOS_LANG", "en")
    page = run("submit", "--help")
    assert page.out.startswith("Usage: huisclos submit [OPTIONS] FILE...")
    assert "Show this page and stop." in page.out


@pytest.mark.parametrize("variable", ["LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES"])
def test_the_locale_of_the_machine_decides_nothing(run, monkeypatch, variable):
    """Messages stay French under an English or German locale."""
    monkeypatch.setenv(variable, "de_DE.UTF-8")
    assert "Commandes\u00a0:" in run("--help").out


def test_a_command_line_without_a_command_shows_the_help_and_fails(run):
    """``huisclos`` alone is a usage error that helps."""
    shown = run()
    assert shown.code == 2
    assert "Commandes\u00a0:" in shown.err
    assert shown.out == ""


@pytest.mark.parametrize(
    "group", ["workshop", "session", "review", "retention", "log", "archive", "incident", "policy", "settings"]
)
def test_a_group_without_a_command_shows_its_own_help(run, group):
    """A noun alone lists its verbs."""
    shown = run(group)
    assert shown.code == 2
    assert f"huisclos {group}" in shown.err
