"""What is exported of the log: tables, provenance and the folder that checks itself."""

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from jsonschema import Draft202012Validator

from storage.archive import Archive
from storage.log.entry import LoggedEntry, WrittenRow
from storage.log.export import COLUMNS, FORMS, cell, export
from storage.log.prov import prov_document
from storage.log.tree import leaf_hash
from tests.storage.new_archives import filled_archive
from tests.storage.written_logs import check, written
from vocabulary.errors import UsageError

NAME = {"type": "object", "properties": {"$": {"type": "string"}, "type": {"const": "prov:QUALIFIED_NAME"}},
        "required": ["$", "type"], "additionalProperties": False}  # fmt: skip
QUALIFIED = r"^(log:[a-z0-9-]+|_:[A-Za-z]+[0-9]+)$"


def relation(*ends: str, time: bool = False) -> dict[str, Any]:
    """A relation of PROV-JSON: blank names, each with all of its ends."""
    properties: dict[str, Any] = {end: {"type": "string", "pattern": QUALIFIED} for end in ends}
    if time:
        properties["prov:time"] = {"type": "string", "format": "date-time"}
    value = {"type": "object", "properties": properties, "required": list(ends), "additionalProperties": False}
    return {"type": "object", "propertyNames": {"pattern": QUALIFIED}, "additionalProperties": value}


def elements(attributes: dict[str, Any]) -> dict[str, Any]:
    """Entities, activities or agents: qualified names, each with attributes in a namespace."""
    value = {
        "type": "object",
        "properties": attributes,
        "required": ["prov:type"],
        "propertyNames": {"pattern": "^(prov|log):"},
    }
    return {"type": "object", "propertyNames": {"pattern": QUALIFIED}, "additionalProperties": value}


PROV = {
    "type": "object",
    "properties": {
        "prefix": {"type": "object", "additionalProperties": {"type": "string"}, "required": ["prov", "xsd", "log"]},
        "entity": elements({"prov:type": NAME}),
        "activity": elements({"prov:type": NAME, "prov:startTime": {"type": "string"}, "log:seq": {"type": "integer"}}),
        "agent": elements({"prov:type": NAME}),
        "wasGeneratedBy": relation("prov:entity", "prov:activity", time=True),
        "used": relation("prov:activity", "prov:entity"),
        "wasAssociatedWith": relation("prov:activity", "prov:agent"),
        "wasDerivedFrom": relation("prov:generatedEntity", "prov:usedEntity", "prov:activity"),
        "wasInvalidatedBy": relation("prov:entity", "prov:activity", time=True),
    },
    "additionalProperties": False,
}
"""The part of the PROV-JSON member submission that is written here."""


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return filled_archive(tmp_path / "home")


def test_the_folder_checks_itself(archive: Archive, tmp_path: Path) -> None:
    """Lines, leaves, checkpoint, key and the checker: all that is needed is in it."""
    folder = tmp_path / "export"
    count = export(archive.log, folder, "jsonl")
    assert count == archive.log.checkpoint().size
    assert {path.name for path in folder.iterdir()} == {"entries.jsonl", "leaves", "checkpoint", "key.pub",
                                                        "check_log.py"}  # fmt: skip
    assert check(tmp_path / "empty", folder, "--key", folder / "key.pub")[0] == 0


def test_csv_and_parquet_hold_the_same_table(archive: Archive, tmp_path: Path) -> None:
    """One row for each entry, with the leaf hash of its line."""
    lines = dict(archive.log.lines())
    for form in ("csv", "parquet"):
        assert export(archive.log, tmp_path / form, form) == len(lines)
    with (tmp_path / "csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    table = pq.read_table(tmp_path / "parquet").to_pylist()
    assert tuple(rows[0]) == tuple(table[0]) == COLUMNS
    for row, other in zip(rows, table, strict=True):
        seq = other["seq"]
        assert (int(row["seq"]), row["id"], row["kind"], row["leaf"]) == (
            seq,
            other["id"],
            other["kind"],
            other["leaf"],
        )
        assert other["leaf"] == leaf_hash(lines[seq]).hex()
        assert f"{other['at']:%Y-%m-%dT%H:%M:%SZ}" == row["at"]
        assert json.loads(row["facts"]) == json.loads(other["facts"]) == json.loads(lines[seq])["facts"]


@pytest.mark.parametrize("form", sorted(FORMS))
def test_an_export_of_a_log_without_entries_is_one_without_rows(tmp_path: Path, form: str) -> None:
    """Nothing happened yet: no fault."""
    assert export(written(tmp_path / "log", 0), tmp_path / "export", form) == 0


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_compute_is_guarded(start: str) -> None:
    """What begins as a formula does gets an apostrophe; what does not is left alone."""
    assert cell(f"{start}1+1") == f"'{start}1+1"
    assert [cell(value) for value in (f"1{start}", None, True, 7)] == [f"1{start}", "", "true", "7"]


def test_provenance_keeps_the_structure_of_prov_json(archive: Archive, tmp_path: Path) -> None:
    """Every relation joins an entity, activity or agent that is declared."""
    export(archive.log, tmp_path / "prov.json", "prov")
    value = json.loads((tmp_path / "prov.json").read_text(encoding="utf-8"))
    Draft202012Validator(PROV).validate(value)
    declared = {"prov:entity": "entity", "prov:generatedEntity": "entity", "prov:usedEntity": "entity",
                "prov:activity": "activity", "prov:agent": "agent"}  # fmt: skip
    for name in ("wasGeneratedBy", "used", "wasAssociatedWith", "wasDerivedFrom", "wasInvalidatedBy"):
        for ends in value[name].values():
            assert all(ends[end] in value[of] for end, of in declared.items() if end in ends)
    assert len(value["activity"]) == archive.log.checkpoint().size
    assert value["agent"]["log:software"]["prov:type"]["$"] == "prov:SoftwareAgent"


def _record(key: str, record_class: str, life: str = "live") -> WrittenRow:
    values = {"record_class": record_class, "session_id": "s-" + "1" * 32, "version": 1, "digest": "0" * 64,
              "created_at": "2026-03-14T09:00:00Z", "life": life}  # fmt: skip
    return WrittenRow("records", key, values)


def test_provenance_tells_what_was_made_of_what_and_what_is_gone() -> None:
    """A transcript is derived from its recording; a destroyed record is invalidated by the act that destroyed it."""
    recording, verbatim = "r-" + "1" * 32, "r-" + "2" * 32
    person = "p-" + "3" * 32
    acts = [("received", person, (_record(recording, "recording"),)),
            ("transcribed", None, (_record(verbatim, "verbatim"),)),
            ("destroyed", None, (_record(recording, "recording", "destroyed"),))]  # fmt: skip
    entries = [
        LoggedEntry(seq, f"e-{seq:032}", "2026-03-14T09:00:00Z", kind, "s-" + "1" * 32, actor, None, {}, rows)
        for seq, (kind, actor, rows) in enumerate(acts)
    ]
    value = prov_document(entries, "huisclos/h-" + "0" * 32)
    Draft202012Validator(PROV).validate(value)
    (derived,) = value["wasDerivedFrom"].values()
    assert (derived["prov:generatedEntity"], derived["prov:usedEntity"]) == (f"log:{verbatim}", f"log:{recording}")
    (gone,) = value["wasInvalidatedBy"].values()
    assert (gone["prov:entity"], gone["prov:activity"]) == (f"log:{recording}", f"log:e-{2:032}")
    agents = {ends["prov:agent"] for ends in value["wasAssociatedWith"].values()}
    assert agents == {"log:software", f"log:{person}"}
    assert value["prefix"]["log"] == "urn:huisclos:h-" + "0" * 32 + ":"


@pytest.mark.parametrize("form", sorted(FORMS))
def test_nothing_is_written_over(tmp_path: Path, form: str) -> None:
    """A file, a folder or a link that is there stays as it is."""
    log = written(tmp_path / "log", 2)
    target = tmp_path / "target"
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError):
        export(log, target, form)
    assert target.read_text(encoding="utf-8") == "mine"
    target.unlink()
    target.symlink_to("nowhere")
    with pytest.raises(UsageError):
        export(log, target, form)


@pytest.mark.parametrize("form", sorted(FORMS))
def test_what_cannot_be_written_leaves_nothing(tmp_path: Path, form: str) -> None:
    """A folder that is not there is the asker's mistake, and no half export remains."""
    log = written(tmp_path / "log", 2)
    with pytest.raises(UsageError):
        export(log, tmp_path / "absent" / "target", form)
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


def test_an_unknown_format_lists_those_there_are(tmp_path: Path) -> None:
    """The four are named."""
    with pytest.raises(UsageError) as caught:
        export(written(tmp_path / "log", 1), tmp_path / "x", "xml")
    assert caught.value.facts["known"] == "jsonl, csv, parquet, prov"


def test_no_form_holds_a_value_of_a_row_but_the_lines(archive: Archive, tmp_path: Path) -> None:
    """The label a holder knows an export by stays in the lines of the log."""
    for form in ("csv", "parquet", "prov"):
        export(archive.log, tmp_path / form, form)
        assert b"blue stick" not in (tmp_path / form).read_bytes()
