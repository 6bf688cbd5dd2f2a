"""The reference page of the processing log shows what the code does."""

import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.log.audit import verify_log
from storage.log.entry import Entry, LoggedEntry, WrittenRow
from storage.log.log import Log
from storage.log.tree import leaf_hash

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "log.md"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
FILES = ("segments/decisions-2026-03.jsonl", "checkpoint", "key.pub")
HOME, PERSON = "h-" + "0" * 32, "p-" + "3" * 32


def blocks() -> dict[str, str]:
    """The code blocks of the page, by the name of their file."""
    return dict(re.findall(r"```([a-z./0-9-]+)\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL))


def example_entries() -> list[LoggedEntry]:
    """The two entries of the example."""
    created = Entry("home-created", facts={"home": HOME})
    row = WrittenRow("people", PERSON, {"id": PERSON, "registered_at": "2026-03-14T09:05:00Z"})
    registered = Entry("person-registered", actor=PERSON)
    return [
        LoggedEntry.of(created, (), seq=0, entry_id="e-" + "1" * 32, at="2026-03-14T09:00:00Z"),
        LoggedEntry.of(registered, (row,), seq=1, entry_id="e-" + "2" * 32, at="2026-03-14T09:05:00Z"),
    ]


def test_the_example_is_what_the_code_writes(tmp_path: Path) -> None:
    """Entries, checkpoint and key of the page come out byte for byte."""
    log = Log.create(tmp_path, HOME, KEY)
    log.append([entry.line() for entry in example_entries()], KEY)
    written = {file: (tmp_path / file).read_text(encoding="utf-8") for file in FILES}
    assert {file: blocks()[file] for file in written} == written


def test_the_leaf_hashes_are_those_of_the_entries() -> None:
    """The leaf hashes of the page are those of its lines."""
    assert blocks()["leaves"].split() == [leaf_hash(entry.line()).hex() for entry in example_entries()]


def test_the_example_verifies(tmp_path: Path) -> None:
    """Files made from the page alone pass verification."""
    (tmp_path / "segments").mkdir()
    for file in FILES:
        (tmp_path / file).write_text(blocks()[file], encoding="utf-8")
    (tmp_path / "leaves").write_bytes(bytes.fromhex("".join(blocks()["leaves"].split())))
    assert verify_log(tmp_path, blocks()["checkpoint"]).size == 2
