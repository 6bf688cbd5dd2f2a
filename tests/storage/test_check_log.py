"""The auditor's checker, run with nothing but Python, ``cryptography`` and a key, on exported logs."""

import ast
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.log import witness
from storage.log.audit import verify_log
from storage.log.checkpoint import parse_note, signature_line
from storage.log.entry import Entry
from storage.log.export import checker, export
from storage.log.key_change import change_facts
from storage.log.log import Log
from storage.log.witness import WitnessSigner
from tests.storage.written_logs import KEY, check, entry_line, grow, with_expired, written
from vocabulary.errors import LogTruncatedError

SIZE = 9


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return written(tmp_path / "log", SIZE)


def exported(log: Log, name: str = "export") -> Path:
    folder = log.directory.parent / name
    export(log, folder, "jsonl")
    return folder


def verdict(folder: Path, *words: str | Path, key: Path | None = None) -> tuple[int, str]:
    """What the checker says of an export, in English."""
    return check(folder.parent / "empty", folder, "--key", key or folder / "key.pub", "--lang", "en", *words)


def edit(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


def without(data: bytes, *dropped: int) -> bytes:
    lines = data.splitlines(keepends=True)
    return b"".join(line for number, line in enumerate(lines) if number not in dropped)


def kept_of(log: Log) -> Path:
    path = log.directory.parent / "kept.txt"
    path.write_text(log.checkpoint_text(), encoding="utf-8")
    return path


def test_it_is_written_for_the_oldest_python_it_promises() -> None:
    """Python 3.9 reads it, and it imports nothing of this program."""
    tree = ast.parse(checker(), feature_version=(3, 9))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    roots = {name.partition(".")[0] for name in names}
    assert roots == {"__future__", "argparse", "base64", "hashlib", "json", "sys", "datetime", "pathlib", "typing",
                     "cryptography"}  # fmt: skip


def test_the_documentation_has_the_very_file() -> None:
    """docs/reference/check_log.py is the file an export carries."""
    docs = Path(__file__).parents[2] / "docs" / "reference" / "check_log.py"
    assert docs.read_bytes() == checker()


def test_a_whole_log_is_whole(log: Log) -> None:
    """0, with the kept checkpoint confirmed, in French unless asked otherwise."""
    kept = kept_of(log)
    grow(log, 3)
    folder = exported(log)
    code, said = verdict(folder, "--since", kept)
    assert (code, f"the {SIZE} entries that your checkpoint covers" in said) == (0, True)
    assert "Le journal est entier" in check(folder.parent / "empty", folder, "--key", folder / "key.pub")[1]


def _changed(folder: Path) -> None:
    edit(folder / "entries.jsonl", lambda data: data.replace(b'"seq":4,', b'"seq":4, ', 1))


def _dropped(folder: Path) -> None:
    edit(folder / "entries.jsonl", lambda data: without(data, 4))


def _swapped(folder: Path) -> None:
    def swap(data: bytes) -> bytes:
        lines = data.splitlines(keepends=True)
        lines[4], lines[5] = lines[5], lines[4]
        return b"".join(lines)

    edit(folder / "entries.jsonl", swap)


def _inserted(folder: Path) -> None:
    edit(folder / "entries.jsonl", lambda data: data + entry_line(SIZE) + b"\n")


def _leaf(folder: Path) -> None:
    edit(folder / "leaves", lambda data: data[:128] + bytes(32) + data[160:])


def _root(folder: Path) -> None:
    edit(folder / "checkpoint", lambda data: data.replace(b"\n9\n", b"\n8\n", 1))


def _signature(folder: Path) -> None:
    edit(folder / "checkpoint", lambda data: data[:-9] + (b"A" if data[-9:-8] != b"A" else b"B") + data[-8:])


@pytest.mark.parametrize(
    ("change", "named"),
    [(_changed, "4"), (_dropped, "4"), (_swapped, "4"), (_inserted, "9"), (_leaf, "4"), (_root, ""), (_signature, "")],
)
def test_tampering_is_21_and_named(log: Log, change: Callable[[Path], None], named: str) -> None:
    """One entry changed, dropped, swapped, inserted; a leaf, the checkpoint, its signature."""
    folder = exported(log)
    change(folder)
    code, said = verdict(folder)
    assert code == 21
    assert not named or f"entry {named} " in said


@pytest.mark.parametrize("leaves_too", [False, True])
def test_a_cut_log_is_22(log: Log, leaves_too: bool) -> None:
    """The end cut off, with its leaves or without, in the middle of a line."""
    folder = exported(log)
    edit(folder / "entries.jsonl", lambda data: data[: data.index(b'"seq":7,')])
    if leaves_too:
        edit(folder / "leaves", lambda data: data[: 7 * 32])
    code, said = verdict(folder)
    assert (code, "before entry 7" in said) == (22, True)


def test_an_older_log_is_23(log: Log) -> None:
    """Right in itself, shorter than the kept checkpoint."""
    folder = exported(log)
    grow(log, 1)
    assert verdict(folder)[0] == 0
    assert verdict(folder, "--since", kept_of(log))[0] == 23


def test_another_past_is_24(log: Log) -> None:
    """Right in itself, signed with the same key, and another one."""
    folder = exported(written(log.directory.parent / "twin", SIZE + 2), "twin-export")
    assert verdict(folder)[0] == 0
    code, said = verdict(folder, "--since", kept_of(log))
    assert (code, "entries 0 to 8" in said) == (24, True)


def test_another_key_is_24(log: Log) -> None:
    """A log signed with a key that the auditor does not have, however right in itself."""
    folder = exported(written(log.directory.parent / "twin", SIZE, Ed25519PrivateKey.generate()), "twin-export")
    assert verdict(folder)[0] == 0
    assert verdict(folder, key=log.directory / "key.pub")[0] == 24


def test_a_changed_key_is_followed(log: Log, tmp_path: Path) -> None:
    """Who keeps the first key follows the change that both signed; who keeps the new one accepts an old checkpoint."""
    first, kept = tmp_path / "first.pub", kept_of(log)
    shutil.copy(log.directory / "key.pub", first)
    new = Ed25519PrivateKey.generate()
    facts = change_facts(log.key().name, KEY, new)
    log.append([entry_line(SIZE, Entry("key-changed", facts=facts))], KEY)
    log.follow(new)
    grow(log, 2, new)
    folder = exported(log)
    assert verdict(folder, "--since", kept, key=first)[0] == 0
    assert verdict(folder, "--since", kept)[0] == 0


def test_the_old_key_signs_nothing_new_for_who_has_the_new_one(log: Log, tmp_path: Path) -> None:
    """A stolen key of the past cannot go on writing the log."""
    new = Ed25519PrivateKey.generate()
    facts = change_facts(log.key().name, KEY, new)
    log.append([entry_line(SIZE, Entry("key-changed", facts=facts))], KEY)
    folder = exported(log)
    log.follow(new)
    assert verdict(folder, key=log.directory / "key.pub")[0] == 24


def test_a_witness_is_confirmed_and_a_false_one_is_21(log: Log, tmp_path: Path) -> None:
    """Its signature on a checkpoint of the past is shown; one changed is tampering; none at all is said."""
    signer, other = WitnessSigner.generate("witness.example/1"), WitnessSigner.generate("witness.example/2")
    keys = [tmp_path / "one.pub", tmp_path / "two.pub"]
    for path, one in zip(keys, (signer, other), strict=True):
        path.write_text(one.key.text(), encoding="utf-8")
    witness.keep(log, signer.cosign(log.checkpoint_text(), datetime(2026, 3, 15, tzinfo=UTC)))
    grow(log, 2)
    folder = exported(log)
    code, said = verdict(folder, "--witness", keys[0])
    assert (code, "witness.example/1 countersigned the first 9 entries on 2026-03-15" in said) == (0, True)
    assert verdict(folder, "--witness", keys[1])[0] == 2
    (file,) = (folder / "witnessed").iterdir()
    edit(file, lambda data: data[:-9] + (b"A" if data[-9:-8] != b"A" else b"B") + data[-8:])
    assert verdict(folder, "--witness", keys[0])[0] == 21


def test_a_witnessed_checkpoint_of_another_past_is_24(log: Log) -> None:
    """What a witness signed counts as a checkpoint kept elsewhere."""
    twin = written(log.directory.parent / "twin", SIZE)
    signer = WitnessSigner.generate("witness.example/1")
    witness.keep(log, signer.cosign(twin.checkpoint_text(), datetime(2026, 3, 15, tzinfo=UTC)))
    assert verdict(exported(log))[0] == 24


@pytest.mark.parametrize("missing", ["checkpoint", "leaves", "entries.jsonl"])
def test_what_is_missing_accuses_nobody(log: Log, missing: str) -> None:
    """A file that is not there is 2, named."""
    folder = exported(log)
    (folder / missing).unlink()
    code, said = verdict(folder)
    assert (code, missing in said) == (2, True)


def test_a_damaged_kept_checkpoint_accuses_nobody(log: Log) -> None:
    """It is the auditor's own file."""
    folder, kept = exported(log), kept_of(log)
    for text in ("", kept.read_text(encoding="utf-8").replace("\n9\n", "\n8\n")):
        kept.write_text(text, encoding="utf-8")
        assert verdict(folder, "--since", kept)[0] == 2


def test_what_expired_leaves_the_log_whole(tmp_path: Path) -> None:
    """0 with the count of what is gone, and a checkpoint from the middle of an expired segment still counts."""
    log, text = with_expired(tmp_path / "log")
    kept = tmp_path / "kept.txt"
    kept.write_text(text, encoding="utf-8")
    code, said = verdict(exported(log), "--since", kept)
    assert (code, "5 of them came to the end of their life" in said, "the 4 entries" in said) == (0, True, True)


def test_only_what_the_summary_accounts_for_may_be_absent(tmp_path: Path) -> None:
    """An entry dropped beside the expired ones is named; so is a summary that is not the noted one."""
    log, _ = with_expired(tmp_path / "log")
    folder = exported(log)
    edit(folder / "entries.jsonl", lambda data: without(data, 3))
    code, said = verdict(folder)
    assert (code, "entry 7 " in said) == (21, True)
    folder = exported(log, "second")
    (folder / "summary").unlink()
    code, said = verdict(folder)
    assert (code, "entry 2 " in said) == (21, True)
    folder = exported(log, "third")
    edit(folder / "summary", lambda data: data.replace(b'"2-5,8"', b'"2-5,7-8"'))
    assert verdict(folder)[0] == 21


def changed_key(log: Log) -> tuple[Path, Ed25519PrivateKey]:
    """Another key signs the log; return the file of the first one."""
    first, new = log.directory.parent / "first.pub", Ed25519PrivateKey.generate()
    shutil.copy(log.directory / "key.pub", first)
    log.append([entry_line(log.head().size, Entry("key-changed", facts=change_facts(log.key().name, KEY, new)))], KEY)
    log.follow(new)
    grow(log, 1, new)
    return first, new


def test_an_old_key_that_goes_on_writing_is_24(log: Log) -> None:
    """Whoever kept a checkpoint of the newer key is not content with the older one, a false signature beside it too."""
    first, new = changed_key(log)
    kept, name = kept_of(log), log.key().name
    note = parse_note(log.checkpoint_text()).checkpoint
    (log.directory / "key.pub").write_bytes(first.read_bytes())
    (log.directory / "checkpoint").write_text(note.sign(KEY), encoding="utf-8")
    stolen = Log(log.directory)
    grow(stolen, 1)
    folder = exported(stolen)
    code, said = verdict(folder, "--since", kept, key=first)
    assert (code, "kept.txt is signed with a key that came after" in said) == (24, True)
    false = signature_line(name, new, "something else")
    edit(folder / "checkpoint", lambda data: data + false.encode())
    assert verdict(folder, "--since", kept, key=first)[0] == 24


def test_a_checkpoint_at_the_change_of_key_counts(log: Log) -> None:
    """It has both signatures, and the log goes on under the newer one."""
    new = Ed25519PrivateKey.generate()
    log.append([entry_line(SIZE, Entry("key-changed", facts=change_facts(log.key().name, KEY, new)))], KEY)
    first = log.directory.parent / "first.pub"
    shutil.copy(log.directory / "key.pub", first)
    log.follow(new)
    kept = kept_of(log)
    assert verdict(exported(log), "--since", kept, key=first)[0] == 0
    grow(log, 1, new)
    assert verdict(exported(log, "later"), "--since", kept, key=first)[0] == 0


def test_another_homes_checkpoint_accuses_nobody(log: Log) -> None:
    """It is the auditor's mistake, as `log verify` says, too."""
    other = written(log.directory.parent / "other", 2, Ed25519PrivateKey.generate(), "h-" + "1" * 32)
    assert verdict(exported(log), "--since", kept_of(other))[0] == 2


@pytest.mark.parametrize("cut", [1, 31, 32, 40])
def test_leaves_cut_anywhere_are_22(log: Log, cut: int) -> None:
    """In the middle of one, too."""
    folder = exported(log)
    edit(folder / "leaves", lambda data: data[:-cut])
    assert verdict(folder)[0] == 22
    (log.directory / "leaves").write_bytes((folder / "leaves").read_bytes())
    with pytest.raises(LogTruncatedError):
        verify_log(log.directory)


def test_a_size_that_was_changed_is_21(log: Log) -> None:
    """The signature is not that of a larger size: nothing is missing."""
    folder = exported(log)
    edit(folder / "checkpoint", lambda data: data.replace(b"\n9\n", b"\n11\n", 1))
    assert verdict(folder)[0] == 21


def test_a_summary_changed_in_any_way_is_21(tmp_path: Path) -> None:
    """Never taken for one that cannot be read."""
    log, _ = with_expired(tmp_path / "log")
    folder = exported(log)
    whole = (folder / "summary").read_bytes()
    name = whole.rindex(b"huisclos/")
    for changed in (b"", b"{}\n", whole[:-9], whole[40:], b"{" + whole, whole[:name] + b"x" + whole[name:]):
        (folder / "summary").write_bytes(changed)
        assert verdict(folder)[0] == 21


@pytest.mark.parametrize("text", ['{"certificates": []}', '{"proofs": [], "intent": null, "records": []}'])
def test_a_document_without_a_proof_proves_nothing(log: Log, text: str) -> None:
    """It accuses nobody, and is not passed over either."""
    file = log.directory.parent / "certificate.json"
    file.write_text(text, encoding="utf-8")
    code, said = check(log.directory.parent / "empty", "--proof", file, "--key", log.directory / "key.pub")
    assert (code, said != "") == (2, True)
