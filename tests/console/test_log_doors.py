"""What leaves of the log through the command line: verdicts, proofs, exports, checkpoints, witnesses."""

import json
import sys
from pathlib import Path

import pytest
from answer_schemas import schema
from jsonschema import Draft202012Validator

from storage.log.log import Log
from tests.storage.written_logs import check, grow, written


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUISCLOS_LANG", "en")


@pytest.fixture
def closed(at_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose passphrase nobody has given."""
    monkeypatch.delenv("HUISCLOS_PASSPHRASE")
    return at_home


def log_of(home: Path) -> Path:
    return home / "archive" / "log"


def _instead(home: Path, log: Log) -> None:
    """Put another log in the place of the home's."""
    log_of(home).rename(home / "archive" / "log-before")
    log.directory.rename(log_of(home))
    key = Log(log_of(home)).key()
    noted = {"id": key.name.removeprefix("huisclos/"), "log_public_key": key.text().strip()}
    lines = (home / "home.toml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line.partition(" = ")[0] not in noted]
    text = "".join(f"{line}\n" for line in [*kept, *(f'{name} = "{value}"' for name, value in noted.items())])
    (home / "home.toml").write_text(text, encoding="utf-8")


def test_a_log_under_another_key_than_the_noted_one_is_21(run, closed, tmp_path):
    """Whole in itself, and not the one that began with the key given out at init."""
    log_of(closed).rename(tmp_path / "before")
    written(tmp_path / "other", 6).directory.rename(log_of(closed))
    ran = run("log", "verify", "--json")
    assert (ran.code, ran.value["error"]["place"]) == (21, "key.pub")


def test_the_four_verdicts_have_their_codes(run, closed, tmp_path):
    """21 tampered, 22 truncated, 23 rolled back, 24 forked; the entry or range named, with --since or --checkpoint."""
    log, twin, longer = (written(tmp_path / name, size) for name, size in (("a", 6), ("b", 6), ("c", 6)))
    kept = tmp_path / "kept.txt"
    _instead(closed, log)
    kept.write_text(twin.checkpoint_text(), encoding="utf-8")
    for option in ("--since", "--checkpoint"):
        forked = run("log", "verify", option, kept, "--json")
        assert (forked.code, forked.value["error"]["place"]) == (24, "entries 0 to 5")
    grow(longer, 3)
    kept.write_text(longer.checkpoint_text(), encoding="utf-8")
    assert (run("log", "verify", "--since", kept).code, run("log", "verify").code) == (23, 0)
    segment = log_of(closed) / "segments" / "decisions-2026-03.jsonl"
    whole = segment.read_bytes()
    segment.write_bytes(whole.replace(b'"seq":3,"id":"e-', b'"seq":3,"id":"f-'))
    tampered = run("log", "verify", "--json")
    assert (tampered.code, tampered.value["error"]["place"]) == (21, "entry 3")
    segment.write_bytes(b"".join(whole.splitlines(keepends=True)[:4]))
    truncated = run("log", "verify", "--json")
    assert (truncated.code, truncated.value["error"]["place"]) == (22, "entry 4")


def test_a_proof_is_written_once_and_checks_alone(run, closed, tmp_path):
    """On standard output or in a new file, without a passphrase."""
    shown = run("log", "prove", "0")
    assert json.loads(shown.out)["format"] == "huisclos-proof/1"
    file = tmp_path / "proof.json"
    assert run("log", "prove", "0", "--out", file).code == 0
    assert check(tmp_path / "empty", "--proof", file, "--key", log_of(closed) / "key.pub")[0] == 0
    assert run("log", "prove", "0", "--out", file).code == 2


@pytest.mark.parametrize(("words", "code"), [([], 2), (["99"], 6), (["seven"], 2), (["e-" + "0" * 32], 6)])
def test_what_cannot_be_proved_is_told(run, closed, words, code):
    """Nothing named, no such number, no name of an entry, no such id."""
    assert run("log", "prove", *words).code == code


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet", "prov"])
def test_every_export_needs_no_passphrase_and_overwrites_nothing(run, closed, tmp_path, form):
    """A second export of the same name is refused."""
    assert run("log", "export", tmp_path / "out", "--format", form).code == 0
    again = run("log", "export", tmp_path / "out", "--format", form)
    assert (again.code, "nothing is written over" in again.err) == (2, True)


def test_a_checkpoint_by_hand_is_noted_where_the_home_opens(run, at_home, tmp_path, monkeypatch):
    """With the passphrase status knows when it left; without, the file is written all the same."""
    assert run("status", "--json").value["log"]["last_checkpoint_left"] is None
    assert run("log", "checkpoint", tmp_path / "one.txt").code == 0
    found = Draft202012Validator(schema("status"))
    value = run("status", "--json").value
    found.validate(value)
    assert value["log"]["last_checkpoint_left"] is not None
    monkeypatch.delenv("HUISCLOS_PASSPHRASE")
    unknown = run("log", "checkpoint", tmp_path / "two.txt")
    assert (unknown.code, "does not know that it left" in unknown.err) == (0, True)
    assert run("log", "verify", "--since", tmp_path / "two.txt").code == 0


def test_status_tells_of_the_folder_for_checkpoints(run, at_home, tmp_path, monkeypatch):
    """Unset, unreachable, ready: each in its words and in JSON."""

    def folder():
        return run("status", "--json").value["log"]["checkpoint_folder"]

    assert (folder(), "No folder is named" in run("status").out) == ("unset", True)
    monkeypatch.setenv("HUISCLOS_COPIES__CHECKPOINTS", str(tmp_path / "stick"))
    assert (folder(), "cannot be reached" in " ".join(run("status").out.split())) == ("unreachable", True)
    (tmp_path / "stick").mkdir()
    assert folder() == "ready"


def test_a_witness_signs_by_exchanging_files(run, at_home, tmp_path, monkeypatch):
    """Key, first signature, import, proof, second signature; the witness has no home and no passphrase."""
    private, public, key = tmp_path / "w.key", tmp_path / "w.key.pub", log_of(at_home) / "key.pub"
    first, back, proof, second = (tmp_path / name for name in ("c1", "s1", "p", "s2"))
    with monkeypatch.context() as elsewhere:
        elsewhere.delenv("HUISCLOS_HOME")
        elsewhere.delenv("HUISCLOS_PASSPHRASE")
        assert run("witness", "keygen", private, "--name", "audit.example/1").code == 0
        assert private.stat().st_mode & 0o777 == 0o600
    assert run("witness", "add", "audit.example/1", "--key", public, "--as", "anne").code == 0
    assert run("log", "checkpoint", first).code == 0
    sign = ("witness", "sign", "--key-file", private, "--log-key", key)
    with monkeypatch.context() as elsewhere:
        elsewhere.delenv("HUISCLOS_HOME")
        assert run(*sign, first, "--out", back).code == 0
    assert run("witness", "import", back, "--as", "anne").code == 0
    assert run("log", "prove", "--since", back, "--out", proof).code == 0
    assert run(*sign, proof, "--last", back, "--out", second).code == 0
    assert run("witness", "import", second, "--as", "anne").code == 0
    verified = run("log", "verify", "--json").value
    Draft202012Validator(schema("log-verification")).validate(verified)
    assert [one["witness"] for one in verified["witnessed"]] == ["audit.example/1"] * 2
    listed = run("witness", "list", "--json").value
    Draft202012Validator(schema("witnesses")).validate(listed)
    assert listed["witnesses"][0]["last_entries"] == verified["witnessed"][1]["entries"]
    assert run(*sign, first, "--last", second, "--out", tmp_path / "s3").code == 23
    assert not (tmp_path / "s3").exists()
    assert run("witness", "remove", "audit.example/1", "--as", "anne").code == 0
    assert run("witness", "list", "--json").value["witnesses"] == []


def test_a_forged_witnessed_checkpoint_fails_the_verification(run, at_home, tmp_path):
    """What lies in the folder of countersigned checkpoints is checked with the log."""
    private = tmp_path / "w.key"
    run("witness", "keygen", private, "--name", "audit.example/1")
    run("witness", "add", "audit.example/1", "--key", tmp_path / "w.key.pub", "--as", "anne")
    run("log", "checkpoint", tmp_path / "c1")
    run("witness", "sign", tmp_path / "c1", "--key-file", private, "--log-key", log_of(at_home) / "key.pub",
        "--out", tmp_path / "s1")  # fmt: skip
    run("witness", "import", tmp_path / "s1", "--as", "anne")
    assert run("log", "verify").code == 0
    (kept,) = (log_of(at_home) / "witnessed").iterdir()
    lines = kept.read_text(encoding="utf-8").splitlines()
    lines[-1] = lines[-1][:-8] + ("AAAA" if lines[-1][-8:-4] != "AAAA" else "BBBB") + lines[-1][-4:]
    kept.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert run("log", "verify").code == 21


@pytest.mark.parametrize("name", ["", "é", "a b", "a+b"])
def test_a_witness_has_a_name_that_a_note_can_hold(run, tmp_path, name):
    """Nothing is made under another one."""
    assert run("witness", "keygen", tmp_path / "w.key", "--name", name).code == 2
    assert not (tmp_path / "w.key").exists()


def test_the_command_of_the_export_is_the_one_that_checks_it(run, closed, tmp_path):
    """The folder's own program finds the folder whole."""
    told = run("log", "export", tmp_path / "out").out
    assert f"python {tmp_path}/out/check_log.py {tmp_path}/out --key KEY" in " ".join(told.split())
    key = log_of(closed) / "key.pub"
    assert check(tmp_path / "empty", tmp_path / "out", "--key", key, python=sys.executable)[0] == 0
