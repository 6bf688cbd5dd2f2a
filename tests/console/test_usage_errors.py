"""Usage errors: exit 2, in French, with the way to the help; nothing of a library's own words."""

import pytest

from console.usage import of_click

CASES = {
    "missing argument": (["submit"], "Il manque FICHIER."),
    "missing option": (["submit", "a.ogg", "--workshop", "x"], "Il manque --session N."),
    "missing name": (["clear", "x/1"], "Il manque --as NOM."),
    "unknown option": (["run", "--fast"], "Il n'y a pas d'option --fast ici."),
    "near option": (["run", "--jso"], "Vouliez-vous dire --json\u00a0?"),
    "unknown command": (["frobnicate"], "Il n'y a pas de commande frobnicate."),
    "near command": (["statu"], "Vouliez-vous dire status\u00a0?"),
    "near subcommand": (["log", "shwo"], "Vouliez-vous dire show\u00a0?"),
    "too many words": (["status", "now", "please"], "Il y a trop de mots\u00a0: now please."),
    "value missing": (["policy", "check", "x", "--help=3"], "ne prend pas de valeur"),
    "value needed": (["clear", "x/1", "--as"], "attend une valeur"),
    "no value": (["run", "--json=yes"], "L'option --json ne prend pas de valeur."),
    "no home": (["status"], "Aucun espace n'est désigné."),
    "bad session": (["clear", "x-1", "--as", "anne"], "n'est pas une séance"),
    "bad number": (["submit", "a", "--workshop", "x", "--session", "trois"], "n'est pas un numéro de séance"),
    "number out of range": (["submit", "a", "--workshop", "x", "--session", "1000"], "va de 1 à 999"),
    "bad code": (["submit", "a", "--workshop", "à b", "--session", "1"], "ne peut pas désigner un atelier"),
    "bad audience": (["clear", "x/1", "--audience", "press", "--as", "anne"], "n'est pas un destinataire"),
    "missing file": (["policy", "check", "/nowhere/policy.yaml"], "ce fichier ou ce répertoire n'existe pas"),
    "a folder": (["policy", "check", "/"], "c'est un répertoire"),
    "accept without all": (["review", "accept", "x/1", "--as", "anne"], "Écrivez --all"),
}
ENGLISH = ("Error", "Missing", "No such", "Did you mean", "requires", "Invalid", "Try '", "Got unexpected", "[Errno")


@pytest.mark.parametrize(("words", "told"), CASES.values(), ids=CASES.keys())
def test_a_usage_error_is_told_in_french(run, words, told):
    """What is wrong is named, on standard error only, with exit code 2."""
    ran = run(*words)
    assert ran.code == 2
    assert told in ran.err
    assert ran.out == ""
    assert not [text for text in ENGLISH if text in ran.err]


def test_a_usage_error_says_where_the_help_is(run):
    """The usage line of the very command, and how to ask for more."""
    ran = run("log", "verify", "--chekpoint", "x")
    assert "Usage\u00a0: huisclos log verify [OPTIONS]" in ran.err
    assert "Pour l'aide\u00a0: huisclos log verify --help" in ran.err


def test_a_wording_we_do_not_know_becomes_the_general_sentence():
    """A later library that words its errors differently never leaks its own language."""
    error = of_click(type("UsageError", (Exception,), {"message": "Something else entirely"})())
    assert error.message == "This command cannot be read as it is written."


def test_the_place_of_a_usage_error_is_the_option(run):
    """JSON readers learn which parameter was wrong."""
    ran = run("submit", "a.ogg", "--workshop", "x", "--json")
    assert ran.value["error"]["place"] == "--session"
