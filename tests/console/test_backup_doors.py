"""The commands that back up, list, end, collect, restore and show certificates, from the command line."""

import pyrage
import pytest
from answer_schemas import schema
from jsonschema import Draft202012Validator

from flows.steps.retention import retain
from flows.steps.retention.certificates import certify
from infra.settings import load_settings
from infra.wiring import open_services
from tests import factory
from vocabulary.choices import SessionState


@pytest.fixture
def home(named, monkeypatch: pytest.MonkeyPatch) -> factory.Built:
    """A home with a released session; messages in English."""
    monkeypatch.setenv("HUISCLOS_LANG", "en")
    return factory.Built(named(SessionState.RELEASED))


def _valid(value: dict[str, object], name: str) -> dict[str, object]:
    Draft202012Validator(schema(name)).validate(value)
    return value


def test_a_backup_is_made_listed_ended_and_the_certificate_completed(run, home, tmp_path):
    """Each command says what was done, and its JSON keeps its schema."""
    made = _valid(run("archive", "backup", tmp_path / "stick", "--as", "Camille", "--json").value, "backup")
    _valid(run("archive", "backups", "--json").value, "exports")
    assert made["export"] in run("archive", "backups").out
    again = run("archive", "backup", tmp_path / "stick", "--place", "blue stick", "--as", "Camille")
    assert again.code == 0, again.err
    assert "whole" in again.out and made["export"] in again.out
    with home.open() as services:
        retain.apply(services, "Dominique")
    listed = _valid(run("retention", "certificate", "list", "--json").value, "certificates")
    (certificate,) = listed["certificates"]
    assert "not confirmed" in run("retention", "certificate", "list").out
    page = run("retention", "certificate", certificate["id"])
    assert "not known to have been renewed" in page.out and "blue stick" in page.out
    assert not [name for name in (*factory.CANARIES, "Camille", "Dominique") if name in page.out]
    export = certificate["content"]["exports"][0]["id"]
    ended = run("archive", "ended", export, "--as", "Camille")
    assert ended.code == 0 and "Certificate of destruction" in ended.out
    assert (
        "Effective in backups and exports since"
        in run("retention", "certificate", certificate["content"]["records"][0]["id"]).out
    )
    assert "not confirmed" not in run("retention", "certificate", "list").out
    assert run("retention", "certificate", "r-" + "0" * 32).code == 6
    assert run("archive", "ended", "x-" + "0" * 32, "--as", "Camille").code == 6


def test_a_certificate_that_is_owed_is_told_of_until_it_is_sealed(run, home, monkeypatch):
    """The log tells of a destruction: no list says that nothing was destroyed."""
    assert "Nothing has been destroyed yet" in run("retention", "certificate", "list").out
    with home.open() as services, monkeypatch.context() as patched:
        patched.setattr(retain, "certify", lambda _services: ())
        retain.apply(services, "Dominique")
    before = run("retention", "certificate", "list").out
    assert "1 certificate is still to be sealed" in before and "Nothing" not in before
    with home.open() as services:
        assert len(certify(services)) == 1
    assert "still to be sealed" not in run("retention", "certificate", "list").out


def test_collect_and_restore_say_what_they_did(run, home, tmp_path):
    """Nothing to remove; a damaged object brought back; options that need --recovery refused."""
    assert run("archive", "collect", "--as", "Camille").out == "0 objects were removed.\n"
    run("archive", "backup", tmp_path / "stick", "--as", "Camille")
    with home.open() as services:
        row = services.archive.catalog.records()[0]
    (home.path / "archive" / "objects" / row.digest[:2] / row.digest).unlink()
    assert run("archive", "verify").code == 20
    restored = run("archive", "restore", tmp_path / "stick", "--as", "Camille")
    assert (restored.code, restored.out) == (0, "1 object was brought back.\n")
    assert run("archive", "verify").code == 0
    (home.path / "archive" / "catalog.sqlite").write_bytes(b"x" * 4096)
    assert "written anew" in run("archive", "restore", tmp_path / "stick", "--as", "Camille").out
    assert run("archive", "verify").code == 0
    assert run("archive", "restore", tmp_path / "stick", "--with", "Camille").code == 2
    assert run("archive", "restore", tmp_path / "stick", "--recovery", tmp_path, "--as", "Camille").code == 2
    assert run("archive", "backup", home.path / "inside", "--as", "Camille").code == 2


def test_a_lost_machine_is_restored_by_two_people(run, home, tmp_path, monkeypatch):
    """From the recovery place, the inventory and a backup, into a new folder, under a new passphrase."""
    for name in ("recovery", "inventory"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(f"HUISCLOS_COPIES__{name.upper()}", str(tmp_path / name))
    identities = [pyrage.x25519.Identity.generate() for _ in range(2)]
    for number, identity in enumerate(identities):
        (tmp_path / f"key-{number}.txt").write_text(f"# age\n{identity}\n")
    with open_services(load_settings(), factory.PASSPHRASE) as services:
        services.archive.keystore.set_recovery([str(one.to_public()) for one in identities])
    assert run("archive", "backup", tmp_path / "stick", "--as", "Camille").code == 0
    assert run("retention", "apply", "--yes", "--as", "Dominique").code == 0
    monkeypatch.setenv("HUISCLOS_HOME", str(tmp_path / "again"))
    monkeypatch.setenv("HUISCLOS_PASSPHRASE", "bocal-tilleul-corde-brume")
    words = ["archive", "restore", tmp_path / "stick", "--recovery", tmp_path / "recovery", "--as", "Camille",
             "--with", "Dominique", "--identity", tmp_path / "key-0.txt", "--identity", tmp_path / "key-1.txt",
             "--accept-place"]  # fmt: skip
    older = run(*words)
    assert older.code == 7 and "--log FOLDER" in older.err
    restored = run(*words, "--log", tmp_path / "inventory")
    assert restored.code == 0, restored.err
    assert "The home is there again" in restored.out
    assert run("run").code == 0  # which seals the lost certificate again
    assert run("archive", "verify").code == 0
    kinds = [entry["kind"] for entry in run("log", "show", "--json").value["entries"]]
    assert {"restored", "recovery-used"} <= set(kinds)
