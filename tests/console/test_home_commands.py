"""``init``, ``doctor``, ``status``, ``settings``, ``log`` and ``archive`` on a home made by ``init``."""

import pytest
from answer_schemas import schema
from jsonschema import Draft202012Validator

from tests.log_files import decisions


def valid(value, name):
    """Check an answer against its schema."""
    Draft202012Validator(schema(name)).validate(value)
    return value


def test_init_gives_out_the_public_key_of_the_log(run, at_home, tmp_path, monkeypatch):
    """The key shown is that of the log, with the request to keep it elsewhere."""
    monkeypatch.setenv("HUISCLOS_HOME", str(tmp_path / "other"))
    made = run("init", "--accept-place")
    key = (tmp_path / "other" / "archive" / "log" / "key.pub").read_text(encoding="utf-8").strip()
    assert key in made.out
    assert "gardez-la ailleurs" in made.out


def test_init_takes_no_folder_in_use(run, at_home):
    """A second init changes nothing."""
    again = run("init", "--accept-place")
    assert again.code == 2
    assert "n'est pas vide" in again.err


def test_init_refuses_a_weak_passphrase(run, tmp_path, monkeypatch):
    """A short one is refused, and no home is left behind."""
    monkeypatch.setenv("HUISCLOS_PASSPHRASE", "bonjour")
    assert run("--home", tmp_path / "weak", "init", "--accept-place").code == 3
    assert not (tmp_path / "weak").exists()


def test_init_asks_for_the_passphrase_twice(run, tmp_path, monkeypatch):
    """At a terminal, two that differ make nothing."""
    typed = iter(["lanterne gruau parvis mouette", "lanterne gruau parvis moulin"])
    monkeypatch.setattr("console.opening.sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("console.opening.getpass.getpass", lambda _prompt: next(typed))
    ran = run("--home", tmp_path / "new", "init", "--accept-place")
    assert ran.code == 3
    assert "diffèrent" in ran.err
    assert not (tmp_path / "new").exists()


def test_a_passphrase_file_that_others_can_read_is_refused(run, at_home, tmp_path):
    """Mode 0644 is refused, 0600 is read, before the variable."""
    file = tmp_path / "passphrase"
    file.write_text("not the passphrase at all\n", encoding="utf-8")
    file.chmod(0o644)
    assert "chmod 600" in run("archive", "verify", "--passphrase-file", file).err
    file.chmod(0o600)
    assert run("archive", "verify", "--passphrase-file", file).code == 3


def test_a_wrong_passphrase_is_told(run, at_home, monkeypatch):
    """Exit 3, and what to do."""
    monkeypatch.setenv("HUISCLOS_PASSPHRASE", "another one altogether")
    ran = run("retention", "apply", "--yes", "--as", "anne")
    assert ran.code == 3
    assert "ne s'ouvre pas avec cette phrase de passe" in ran.err


def test_without_a_passphrase_nothing_that_needs_one_runs(run, at_home, monkeypatch):
    """With nobody at the terminal, the three ways to give it are named."""
    monkeypatch.delenv("HUISCLOS_PASSPHRASE")
    ran = run("retention", "apply", "--yes", "--as", "anne")
    assert ran.code == 3
    assert "--passphrase-file FICHIER" in ran.err


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["status"], "status"),
        (["settings", "show"], "settings"),
        (["log", "show"], "log-entries"),
        (["log", "verify"], "log-verification"),
        (["witness", "list"], "witnesses"),
        (["archive", "verify"], "archive-verification"),
        (["retention", "plan"], "retention-plan"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_json_answer_keeps_its_schema(run, at_home, monkeypatch, words, name):
    """One object with its schema on standard output, without a passphrase."""
    monkeypatch.delenv("HUISCLOS_PASSPHRASE")
    ran = run(*words, "--json")
    assert ran.code == 0
    assert valid(ran.value, name)["schema"] == f"huisclos-{name}/1"


def test_policy_check_answers_in_json(run, at_home):
    """Name, version and digest of a sound policy, and what it leaves open."""
    value = valid(run("policy", "check", at_home / "politique.yaml", "--json").value, "policy-check")
    assert value["file"] == "politique.yaml"


def test_policy_check_names_file_line_and_key(run, at_home):
    """A policy with an error is 5, with its place."""
    broken = at_home / "politique.yaml"
    broken.write_text(broken.read_text(encoding="utf-8").replace("version: 1", "version: un", 1), encoding="utf-8")
    ran = run("policy", "check", broken, "--json")
    assert ran.code == 5
    assert ran.value["error"]["kind"] == "PolicyError"
    assert ran.value["error"]["place"].startswith("politique.yaml:")


def test_status_tells_what_is_readable_outside_the_archive(run, at_home):
    """Also that no checkpoint has left the machine."""
    page = run("status").out
    assert "Lisible hors de l'archive\u00a0:" in page
    assert "Aucun point de contrôle n'a quitté cette machine" in page


def test_settings_show_no_secret(run, at_home):
    """The passphrase is only said to be set."""
    page = run("settings", "show").out
    assert "définie" in page
    assert "lanterne" not in page


def test_an_unknown_setting_is_named(run, at_home, monkeypatch):
    """A variable that names no setting is refused by name."""
    monkeypatch.setenv("HUISCLOS_INTAKE__SETTLE", "3")
    ran = run("status")
    assert ran.code == 2
    assert "HUISCLOS_INTAKE__SETTLE" in ran.err


def test_a_wrong_value_of_a_setting_is_told_in_french(run, at_home, monkeypatch):
    """What the reader of settings says is reworded."""
    monkeypatch.setenv("HUISCLOS_SERVER__PORT", "70000")
    ran = run("status")
    assert ran.code == 2
    assert "la valeur doit être d'au plus 65535" in ran.err


def test_log_show_tells_entries_as_sentences(run, at_home):
    """The first entry says that the home was created."""
    assert "l'espace a été créé" in run("log", "show").out


def test_a_changed_log_is_named(run, at_home):
    """One byte flipped in the log: 21, and the entry named."""
    entries = decisions(at_home)
    entries.write_bytes(entries.read_bytes().replace(b"home-created", b"home-creatfd", 1))
    ran = run("log", "verify", "--json")
    assert ran.code == 21
    assert ran.value["error"]["place"] == "entry 0"


def test_a_log_cut_short_is_named(run, at_home):
    """An entry removed from the end: 22."""
    decisions(at_home).write_bytes(b"")
    assert run("log", "verify").code == 22


def test_a_log_rolled_back_is_found_with_a_kept_checkpoint(run, at_home, tmp_path):
    """What was kept elsewhere covers more than the log holds: 23."""
    import shutil

    old = tmp_path / "old"
    shutil.copytree(at_home / "archive" / "log", old)
    assert run("retention", "apply", "--yes", "--as", "anne").code == 0
    kept = tmp_path / "checkpoint"
    shutil.copy(at_home / "archive" / "log" / "checkpoint", kept)
    assert run("log", "verify", "--checkpoint", kept).code == 0
    shutil.rmtree(at_home / "archive" / "log")
    shutil.copytree(old, at_home / "archive" / "log")
    assert run("log", "verify", "--checkpoint", kept).code == 23


def test_a_damaged_slot_is_found_with_and_without_the_passphrase(run, at_home, monkeypatch):
    """Exit 20 either way, and the place named."""
    slot = at_home / "slot" / "slot-a"
    data = bytearray(slot.read_bytes())
    data[40] ^= 1
    slot.write_bytes(data)
    for _round in range(2):
        ran = run("archive", "verify", "--json")
        assert ran.code == 20
        assert any("slot-a" in one["place"] for one in valid(ran.value, "archive-verification")["findings"])
        monkeypatch.delenv("HUISCLOS_PASSPHRASE", raising=False)


def test_archive_verify_says_what_it_did_not_check(run, at_home, monkeypatch):
    """Without the passphrase no object is opened, and it says so."""
    monkeypatch.delenv("HUISCLOS_PASSPHRASE")
    ran = run("archive", "verify")
    assert ran.code == 0
    assert "Non contrôlé" in ran.err


def test_retention_apply_asks_nothing_when_nothing_is_due(run, at_home):
    """An empty plan is done without a question."""
    assert run("retention", "apply", "--as", "anne").code == 0
