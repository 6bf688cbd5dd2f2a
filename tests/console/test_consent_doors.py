"""``consent show`` and ``consent narrow``: a participant is chosen by number, and no name is an argument."""

import pytest

from tests import factory
from vocabulary.choices import SessionState


@pytest.fixture
def home(named):
    """A home with a received session and its dossier."""
    return named(SessionState.RECEIVED)


def test_a_use_is_taken_back_by_number_and_shown_so(run, home, typed):
    """The list has the name; the question is answered with a number; afterwards the list says what was taken back."""
    typed("1")
    done = run("consent", "narrow", factory.CODE, "--uses", "research", "--on", "2026-03-14", "--as", "Dominique")
    assert done.code == 0, done.err
    assert "Solveig Quastelbach" in done.out
    assert "Numéro" in done.err
    assert "Enregistré pour essai" in done.out
    shown = run("consent", "show", str(factory.SESSION), "--as", "Dominique")
    assert shown.code == 0, shown.err
    row = next(line for line in shown.out.splitlines() if "Quastelbach" in line)
    assert row.split().count("recherche") == 1
    log = b"".join(path.read_bytes() for path in (home / "archive" / "log").rglob("*") if path.is_file())
    assert b"uastelbach" not in log
    assert b'"uses":"research"' in log


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (["2"], ["essai", "--uses", "research"]),
        (["Solveig"], ["essai", "--uses", "research"]),
        ([], ["essai", "--uses", "research"]),
        (["1"], ["essai", "--uses", "recording"]),
        (["1"], ["essai", "--uses", "seminars"]),
        (["1"], ["essai", "--uses", "research", "--on", "hier"]),
        (["1"], ["essai", "--uses", "research", "--on", "2199-01-01"]),
    ],
)
def test_what_cannot_be_recorded_is_refused_and_changes_nothing(run, home, typed, reply, words):
    """No such number, a name instead of one, nobody there, what is a withdrawal, no use, no day, a day to come."""
    typed(*reply)
    assert run("consent", "narrow", *words, "--as", "Dominique").code == 2
    log = b"".join(path.read_bytes() for path in (home / "archive" / "log").rglob("*") if path.is_file())
    assert b"consent-narrowed" not in log
