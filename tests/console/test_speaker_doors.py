"""``review speakers``, ``join``, ``part``, ``name``: what a person types and reads, and what never is an argument."""

import pytest

from tests import factory
from vocabulary.choices import SessionState

SESSION = str(factory.SESSION)


@pytest.fixture
def standing(named):
    """A home with one session in review, named by the environment."""
    return factory.Built(named(SessionState.IN_REVIEW))


def test_a_person_sees_who_speaks_and_corrects_it(run, standing, typed):
    """Voices with what is uncertain about them, turns by number, words by number; then joined, parted and named."""
    page = run("review", "speakers", SESSION, "--as", "Camille")
    assert page.code == 0, page.err
    assert "sans modèle entraîné" in page.out.replace("\n", " ")
    assert "S1" in page.out and "%" in page.out
    assert "prise de parole 1" in run("review", "show", SESSION, "--as", "Camille").out
    words = run("review", "speakers", SESSION, "--turn", "1", "--as", "Camille").out
    assert "1 Bonjour" in words.replace("\n", " ")
    assert run("review", "part", SESSION, "1:4-5", "--to", "S2", "--as", "Camille").code == 0
    assert "1:4-5  S2" in run("review", "speakers", SESSION, "--of", "S2", "--as", "Camille").out
    new = run("review", "part", SESSION, "2:5", "--as", "Camille")
    assert (new.code, "S3" in new.out) == (0, True)
    typed("1")
    named = run("review", "name", SESSION, "S3", "--as", "Camille")
    assert named.code == 0, named.err
    assert "Solveig Quastelbach" in named.err
    assert "Solveig" not in named.out
    assert "Solveig Quastelbach" in run("review", "speakers", SESSION, "--as", "Camille").out
    assert run("review", "join", SESSION, "S3", "S2", "--as", "Camille").code == 0
    log = run("log", "show").out
    assert "Solveig" not in log
    assert "voix reconnue" in log


@pytest.mark.parametrize("lines", [[], [""], ["9"], ["Solveig Quastelbach"], ["-1"]])
def test_a_participant_is_chosen_by_a_number_or_not_at_all(run, standing, typed, lines):
    """Another answer, or none, decides nothing."""
    typed(*lines)
    ran = run("review", "name", SESSION, "S1", "--as", "Camille")
    assert (ran.code, "0" in ran.err) == (2, True)
    assert "(?)" not in run("review", "speakers", SESSION, "--as", "Camille").out
    assert "Quastelbach" not in run("log", "show").out


def test_nobody_is_a_choice(run, standing, typed):
    """0 says that a voice is no participant."""
    typed("0")
    assert run("review", "name", SESSION, "S1", "--as", "Camille").code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("review", "join", SESSION, "S1", "S9"), 2),
        (("review", "part", SESSION, "1:999"), 2),
        (("review", "part", SESSION, "99"), 2),
        (("review", "name", "essai/2", "S1"), 6),
    ],
)
def test_what_is_not_there_is_a_mistake_that_says_so(run, standing, words, code):
    """With its exit code, in French."""
    ran = run(*words, "--as", "Camille")
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith("Erreur")
