"""``key``: passphrases of their own, and what the commands answer."""

from pathlib import Path

import pytest
from answer_schemas import schema
from jsonschema import Draft202012Validator
from pyrage import x25519

NEW = "girafe parloir cantine velours"


@pytest.fixture
def new_file(tmp_path: Path) -> Path:
    """A file with a new passphrase, for its owner alone."""
    file = tmp_path / "new"
    file.write_text(NEW + "\n", encoding="utf-8")
    file.chmod(0o600)
    return file


def test_a_person_opens_the_home_with_a_passphrase_of_their_own(run, at_home, new_file):
    """Added, listed by name, and refused as somebody else; withdrawn, it opens nothing."""
    added = run(
        "key", "opener", "add", "Anne", "--role", "steward", "--new-passphrase-file", new_file, "--as", "Benoît"
    )
    assert added.code == 0, added.err
    ran = run("key", "opener", "list", "--json", "--passphrase-file", new_file)
    Draft202012Validator(schema("openers")).validate(ran.value)
    assert [(one["name"], one["role"]) for one in ran.value["openers"]] == [(None, None), ("Anne", "steward")]
    assert "Anne" in run("key", "opener", "list").out
    assert run("key", "rotate", "--as", "Benoît", "--passphrase-file", new_file).code == 8
    assert run("key", "rotate", "--as", "anne", "--passphrase-file", new_file).code == 0
    assert run("key", "opener", "remove", "Anne", "--as", "Benoît").code == 0
    assert run("key", "opener", "list", "--passphrase-file", new_file).code == 3
    assert run("archive", "verify").code == 0


def test_a_new_passphrase_does_not_come_from_the_variable(run, at_home, new_file):
    """The variable holds the present one: with nobody at the terminal, a file must give the new one."""
    assert run("key", "passphrase").code == 3
    assert run("key", "passphrase", "--new-passphrase-file", new_file).code == 0
    assert run("key", "rotate", "--as", "anne").code == 3
    assert run("key", "rotate", "--as", "anne", "--passphrase-file", new_file).code == 0


def test_a_new_passphrase_is_typed_twice(run, at_home, monkeypatch):
    """Two that differ change nothing."""
    typed = iter([NEW, NEW + "s", NEW, NEW])
    monkeypatch.setattr("console.opening.sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("console.opening.getpass.getpass", lambda _prompt: next(typed))
    assert run("key", "passphrase").code == 3
    assert run("key", "opener", "list").code == 0
    assert run("key", "passphrase").code == 0
    assert run("key", "opener", "list").code == 3


def test_a_recovery_export_is_made_at_the_second_name(run, at_home, tmp_path):
    """Noted, then written and registered; status tells of what is kept elsewhere."""
    people = [x25519.Identity.generate() for _ in range(2)]
    folder = tmp_path / "away"
    named = run("key", "recovery", "recipients", *(str(one.to_public()) for one in people), "--as", "anne")
    assert named.code == 0, named.err
    assert run("key", "recovery", "export", folder, "--as", "anne").code == 0
    assert not folder.exists()
    made = run("key", "recovery", "export", folder, "--as", "benoit", "--place", "cupboard 2")
    assert made.code == 0, made.err
    assert len(list(folder.iterdir())) == 2
    (export,) = run("archive", "backups", "--json").value["exports"]
    assert (export["kind"], export["place"]) == ("recovery", "cupboard 2")


def test_a_role_that_is_none_is_named(run, at_home, new_file):
    """Usage: the choices are listed; one recipient alone is too few."""
    ran = run("key", "opener", "add", "Anne", "--role", "chief", "--new-passphrase-file", new_file, "--as", "Benoît")
    assert ran.code == 2
    assert "steward" in ran.err
    assert run("key", "recovery", "recipients", str(x25519.Identity.generate().to_public()), "--as", "anne").code == 2
