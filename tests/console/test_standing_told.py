"""What ``status`` tells of keys, workshops and people, and what a command leaves at the inventory's place."""

import ast
import getpass
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from answer_schemas import schema
from jsonschema import Draft202012Validator

from console.entry_words import FACTS, fact
from flows.steps.custody import inventory, keys, renewal
from flows.steps.hearing.blocks import Blocks
from flows.steps.retention import retain
from infra.process import lock
from infra.settings import load_settings
from infra.wiring import open_services
from speech.blocks import Block
from tests import factory
from vocabulary.choices import RecordClass, SessionState
from vocabulary.errors import BusyError

ROOT = Path(__file__).resolve().parents[2]
POLICY = ROOT / "policies" / "samples" / "demo.yaml"
NEW = "girafe parloir cantine velours"


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUISCLOS_LANG", "en")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of ``copies.inventory``."""
    folder = tmp_path / "kept"
    folder.mkdir()
    monkeypatch.setenv("HUISCLOS_COPIES__INVENTORY", str(folder))
    return folder


@pytest.fixture
def new_file(tmp_path: Path) -> Path:
    """A file with a passphrase that is to be, for its owner alone."""
    file = tmp_path / "new"
    file.write_text(NEW + "\n", encoding="utf-8")
    file.chmod(0o600)
    return file


def _status(run):
    value = run("status", "--json").value
    Draft202012Validator(schema("status")).validate(value)
    return value


def _page(run, *words):
    return " ".join(run(*words).out.split())


def _written(kept: Path) -> dict[str, Any]:
    """The inventory that lies there."""
    (file,) = kept.glob("*/inventory.json")
    found = json.loads(file.read_bytes())
    assert isinstance(found, dict)
    return found


def _entries(kept: Path) -> int:
    """How many entries of the log the inventory knows."""
    return int(_written(kept)["log"]["entries"])


def test_a_backup_from_before_a_renewal_of_keys_is_told(run, at_home, tmp_path):
    """Not before a renewal; after it until there is a new one; `key renew` says so itself."""
    assert run("workshop", "add", "essai", "--policy", POLICY).code == 0
    assert _status(run)["backup"]["keys_renewed"] is False
    assert run("archive", "backup", tmp_path / "stick", "--as", "Camille").code == 0
    assert _status(run)["backup"]["keys_renewed"] is False
    renewed = run("key", "renew", "--as", "Camille")
    assert renewed.code == 0 and "Make a new backup now" in " ".join(renewed.err.split())
    assert _status(run)["backup"]["keys_renewed"] is True
    assert "It was made before the keys were renewed" in _page(run, "status")
    assert run("archive", "backup", tmp_path / "stick", "--as", "Camille").code == 0
    assert _status(run)["backup"]["keys_renewed"] is False
    assert "before the keys were renewed" not in _page(run, "status")


def test_a_workshop_in_transit_is_told_with_what_ends_it(run, at_home, tmp_path):
    """From its export until it is kept."""
    assert run("workshop", "add", "essai", "--policy", POLICY).code == 0
    address = run("workshop", "address", tmp_path / "secret").out.strip()
    assert _status(run)["in_transit"] == []
    assert run("workshop", "export", "essai", tmp_path / "essai.age", "--to", address, "--as", "Camille").code == 0
    assert [one["workshop"] for one in _status(run)["in_transit"]] == ["essai"]
    page = _page(run, "status")
    assert "huisclos workshop left essai --receipt FILE" in page and "huisclos workshop keep essai" in page
    assert run("workshop", "keep", "essai", "--as", "Camille").code == 0
    assert _status(run)["in_transit"] == [] and "workshop left" not in _page(run, "status")


def test_how_far_a_transcription_has_come_is_told(run, tmp_path, monkeypatch):
    """Done of all, and that the next run goes on; with its pace and what is left while a process is at work."""
    home = factory.build(tmp_path / "speech", SessionState.RECEIVED)
    monkeypatch.setenv("HUISCLOS_HOME", str(home.path))
    start = datetime.now(UTC)
    with home.open() as services:
        session = services.archive.catalog.session(factory.SESSION)
        length = services.archive.catalog.records(record_class=RecordClass.RECORDING)[0].length_ms / 1000
        blocks = Blocks(services, session, "basis", ())
        for number in (1, 2):
            services.now = lambda at=number: start - timedelta(seconds=3 - at)
            blocks.seal(Block(number, 32000 * (number - 1), 32000, ()))
    page = " ".join(run("status").out.split())
    assert f"transcription: 4 s of {round(length)} s, interrupted; the next run goes on from there" in page
    with lock(home.path, "run"), lock(home.path, session.id):
        found = run("status", "--json").value
        page = " ".join(run("status").out.split())
    Draft202012Validator(schema("status")).validate(found)
    told = found["sessions"][0]["transcription"]
    assert (told["done_seconds"], told["blocks"], told["at_work"], told["times_real_time"]) == (4, 2, True, 2.0)
    assert told["left_seconds"] <= length
    assert "4 s of" in page
    assert "2.0 times real time" in page


def test_people_with_a_passphrase_of_their_own_are_counted(run, at_home, new_file):
    """Nobody is authenticated only as long as nobody has one."""
    assert run("key", "rotate", "--as", "Benoît").code == 0
    assert "nobody is authenticated" in _page(run, "status")
    added = run(
        "key", "opener", "add", "Anne", "--role", "steward", "--new-passphrase-file", new_file, "--as", "Benoît"
    )
    assert added.code == 0, added.err
    page = _page(run, "status")
    assert "nobody is authenticated" not in page
    assert "2 people are known. 1 acts under a passphrase of their own; a name given under the machine's" in page
    assert _status(run)["people"] == {"count": 2, "authenticated": 1}


def test_what_a_command_decides_goes_to_the_inventory_at_once(run, at_home, kept, new_file, tmp_path):
    """Keys, backups and workshops as after a run; a command that only reads writes nothing."""
    commands = [
        ("key", "rotate", "--as", "Benoît"),
        ("key", "renew", "--as", "Benoît"),
        ("key", "opener", "add", "Anne", "--role", "auditor", "--new-passphrase-file", new_file, "--as", "Benoît"),
        ("workshop", "add", "essai", "--policy", POLICY),
        ("archive", "backup", tmp_path / "stick", "--as", "Benoît"),
    ]
    for words in commands:
        ran = run(*words)
        assert ran.code == 0, ran.err
        assert _entries(kept) == run("log", "verify", "--json").value["entries"], words
    (file,) = kept.glob("*/inventory.json")
    before = file.stat().st_ino
    assert run("key", "opener", "list").code == 0
    assert file.stat().st_ino == before


def test_a_folder_that_is_not_there_fails_no_command(run, at_home, kept):
    """Status tells it, and the next command that decides something makes it good."""
    kept.rename(kept.with_name("away"))
    assert run("key", "rotate", "--as", "Benoît").code == 0
    assert _status(run)["inventory"]["failing_since"] is not None
    kept.with_name("away").rename(kept)
    assert run("key", "rotate", "--as", "Benoît").code == 0
    assert _entries(kept) == run("log", "verify", "--json").value["entries"]


def test_a_refused_command_tells_what_it_decided_before(run, at_home, kept, monkeypatch):
    """Here the root was renewed before another process stood in the way."""

    def busy(*_):
        raise BusyError("somebody is at work")

    monkeypatch.setattr(renewal, "_begin", busy)
    assert run("key", "renew", "--as", "Benoît").code == 11
    assert _entries(kept) == run("log", "verify", "--json").value["entries"] > 1


def test_a_change_of_keys_without_an_entry_is_told_too(run, at_home, kept, new_file, tmp_path):
    """An auditor changes their passphrase: no entry, and another generation of the keystore."""
    added = run(
        "key", "opener", "add", "Anne", "--role", "auditor", "--new-passphrase-file", new_file, "--as", "Benoît"
    )
    assert added.code == 0, added.err
    other = tmp_path / "other"
    other.write_text("tilleul brouette safran calme\n", encoding="utf-8")
    other.chmod(0o600)
    before = _written(kept)["generation"]
    ran = run("key", "passphrase", "--passphrase-file", new_file, "--new-passphrase-file", other)
    assert ran.code == 0, ran.err
    assert _written(kept)["generation"] == before + 1


def test_a_fault_of_the_inventory_is_never_the_commands(run, at_home, kept, monkeypatch):
    """It is sealed, and the command ends as it would have."""

    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(inventory, "inventory", broken)
    assert run("key", "rotate", "--as", "Benoît").code == 0
    assert "a fault was sealed" in run("log", "show").out


def test_a_step_that_kept_the_inventory_is_not_followed_by_another(at_home, kept):
    """What `retention apply` wrote is not written again when the command ends."""
    with open_services(load_settings(None), os.environ["HUISCLOS_PASSPHRASE"]) as services:
        keys.rotate(services, "Dominique")
        retain.apply(services, "Dominique")
        (file,) = kept.glob("*/inventory.json")
        before = file.stat().st_ino
        inventory.keep_inventory_if_due(services)
        assert file.stat().st_ino == before


def test_an_auditor_opens_no_workshop_in_the_report(run, at_home, kept, new_file):
    """As `key opener list` says it."""
    added = run(
        "key", "opener", "add", "Anne", "--role", "auditor", "--new-passphrase-file", new_file, "--as", "Benoît"
    )
    assert added.code == 0, added.err
    found = run("incident", "report", "--inventory", kept, "--json").value
    Draft202012Validator(schema("incident")).validate(found)
    assert [(one["role"], one["workshops"]) for one in found["openers"]] == [(None, None), ("auditor", [])]
    line = next(line for line in run("incident", "report", "--inventory", kept).out.splitlines() if "auditor" in line)
    assert " all " not in line
    for lost in ("passphrase", "backup", "disk"):
        assert "Powered off" not in run("incident", "report", "--inventory", kept, "--lost", lost).out
    assert "Powered off" in run("incident", "report", "--inventory", kept).out
    assert "a new backup" in _page(run, "incident", "report", "--inventory", kept, "--lost", "passphrase")


def test_a_query_under_a_personal_passphrase_needs_no_name(run, at_home, new_file, monkeypatch):
    """It is asked in the name of whose passphrase it is, not in that of the login."""
    monkeypatch.setattr(getpass, "getuser", lambda: "poste12")
    added = run(
        "key", "opener", "add", "Anne", "--role", "steward", "--new-passphrase-file", new_file, "--as", "Benoît"
    )
    assert added.code == 0, added.err
    asked = run("sql", "select count(*) from sessions", "--passphrase-file", new_file)
    assert asked.code == 0, asked.err
    last = run("log", "show", "--json").value["entries"][-1]
    assert (last["kind"], last["authenticated"]) == ("queried", True)


def test_every_fact_of_the_log_has_a_word():
    """Those that steps and storage put into entries, read from their source."""
    said = {name for room in ("flows/steps", "storage") for path in (ROOT / room).rglob("*.py")
            for name in _facts_in(ast.parse(path.read_text(encoding="utf-8")))}  # fmt: skip
    assert {"renewal", "opener", "columns", "signed_by_old", "oldest"} <= said
    assert sorted(said - FACTS.keys()) == []


def test_values_of_facts_are_told_in_words():
    """Parts of the home, roles and kinds of entries."""
    assert fact("place", "-log") == "the key of the log"
    assert fact("role", "steward") == "data steward"
    assert fact("carried", "cleared") == "a person cleared a text"
    assert fact("selection", "all") == "all"


_MAKERS = ("change_facts", "stage")
"""Functions of storage that return the facts of an entry."""


def _facts_in(tree: ast.Module) -> set[str]:
    """Keys of dicts that are annotated as Facts, returned or taken as such, or given to an Entry."""
    functions = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]
    taking = {one.name for one in functions
              if any(_is_facts(arg.annotation) for arg in (*one.args.args, *one.args.kwonlyargs))}  # fmt: skip
    places: list[ast.AST] = []
    for one in functions:
        if _is_facts(one.returns) or one.name in _MAKERS:
            places += [node for node in ast.walk(one) if isinstance(node, ast.Return)]
    for node in ast.walk(tree):
        if isinstance(node, (ast.AnnAssign, ast.Assign)):
            places += [node] if _assigns_facts(node) else []
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "Entry":
                places += [word.value for word in node.keywords if word.arg == "facts"]
            elif node.func.id in taking:
                places += [arg for arg in node.args if isinstance(arg, ast.Dict)]
    found = {key.value for place in places for node in ast.walk(place) if isinstance(node, ast.Dict)
             for key in node.keys if isinstance(key, ast.Constant)}  # fmt: skip
    written = {target.slice.value for node in places if isinstance(node, ast.Assign) for target in node.targets
               if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant)}  # fmt: skip
    return {str(name) for name in found | written}


def _is_facts(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Name) and node.id == "Facts"


def _assigns_facts(node: ast.AnnAssign | ast.Assign) -> bool:
    if isinstance(node, ast.AnnAssign):
        return _is_facts(node.annotation)
    return any(_is_of_facts(target) for target in node.targets)


def _is_of_facts(target: ast.expr) -> bool:
    """``facts[...] =``, or ``facts =`` once more; elsewhere ``facts`` are those of a message."""
    if isinstance(target, ast.Subscript):
        return isinstance(target.value, ast.Name) and target.value.id == "facts"
    return isinstance(target, ast.Name) and target.id == "said"


def test_what_a_tampered_log_asks_for_first_is_to_repair_nothing():
    """No message of the log's faults sends to a backup before the auditor, nor that of an older log put back."""
    from storage.newest import rolled_back

    texts: list[str] = []
    for path in (ROOT / "storage" / "log").glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "N_":
                texts += [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
    sending = [text for text in texts if "from a backup" in text and not text.startswith("the archive was")]
    assert len(sending) > 8
    assert "Repair nothing yet" in str(rolled_back(1, 2))
    assert [text for text in sending if "Repair nothing yet" not in text] == []
