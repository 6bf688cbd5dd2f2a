"""What an auditor takes away of the log: as lines to be checked, as a table, as provenance.

Formats (docs/reference/log.md): a folder of JSON lines with all that the checker needs and the checker itself;
CSV; Parquet; W3C PROV-JSON.

Rules kept here:
- only what the signed checkpoint covers is exported, and nothing is written over;
- tables and provenance hold ids, codes and facts: the rows an entry wrote are named, their values left out;
- a cell of the CSV that a spreadsheet would take for a formula begins with an apostrophe.
"""

import csv
import io
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from storage.durable import disk_errors, sync_folder, write_new
from storage.log.append import CHECKPOINT, KEY, LEAVES
from storage.log.entry import LoggedEntry
from storage.log.log import Log
from storage.log.proof import Covered
from storage.log.summary import NEXT, SUMMARY, digest_of
from storage.log.tree import HASH_SIZE
from storage.log.witness import WITNESSED, kept_files
from vocabulary.errors import UsageError
from vocabulary.messages import N_

CHECKER = "check_log.py"
ENTRIES = "entries.jsonl"
COLUMNS = ("seq", "id", "at", "kind", "session", "actor", "authenticated", "facts", "rows", "leaf")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(log: Log, target: Path, form: str) -> int:
    """Write the log to ``target`` in one of FORMS; return how many entries it holds.

    UsageError when ``target`` is there already or cannot be written, or ``form`` is none of FORMS.
    """
    if form not in FORMS:
        message = N_("Format {found} is not known; choose from {known}.")
        raise UsageError(message, place="--format", found=form, known=", ".join(FORMS))
    if target.exists() or target.is_symlink():
        message = N_("{path} is already there; nothing is written over. Choose another name.")
        raise UsageError(message, place=target.name, path=target)
    try:
        with disk_errors():
            return FORMS[form](log, target)
    except OSError as error:
        message = N_("{path} cannot be written ({problem}). Check the name and the rights.")
        raise UsageError(message, place=target.name, path=target, problem=error.strerror) from None


def checker() -> bytes:
    """The file that checks an export: Python and ``cryptography`` are all it needs."""
    return files("storage.log").joinpath(CHECKER).read_bytes()


def _to_folder(log: Log, target: Path) -> int:
    """A folder made beside its name and renamed, so that it is wholly there or not at all."""
    covered = Covered.of(log)
    size = covered.checkpoint.size
    beside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        lines = [line for seq, line in log.lines() if seq < size]
        write_new(beside / ENTRIES, b"".join(line + b"\n" for line in lines))
        write_new(beside / LEAVES, log.leaves()[: size * HASH_SIZE])
        write_new(beside / CHECKPOINT, covered.text.encode())
        write_new(beside / KEY, covered.key.text().encode())
        summary = summary_in_force(log)
        if summary is not None:
            write_new(beside / SUMMARY, summary)
        countersigned = kept_files(log)
        if countersigned:
            (beside / WITNESSED).mkdir(mode=0o700)
            for path in countersigned:
                write_new(beside / WITNESSED / path.name, path.read_bytes())
        write_new(beside / CHECKER, checker())
        sync_folder(beside)
        beside.rename(target)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    sync_folder(target.parent)
    return len(lines)


def summary_in_force(log: Log) -> bytes | None:
    """The signed summary that the newest ``segment-expired`` entry notes; None if nothing expired."""
    if log.summary() is None:
        return None
    noted, paths = log.noted_summary(), (log.directory / SUMMARY, log.directory / NEXT)
    return next(data for path in paths if path.exists() and digest_of(data := path.read_bytes()) == noted)


def _to_csv(log: Log, target: Path) -> int:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    count = 0
    for row in _rows(log):
        writer.writerow([cell(row[column]) for column in COLUMNS])
        count += 1
    write_new(target, text.getvalue().encode())
    return count


def _to_parquet(log: Log, target: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = ("id", "kind", "session", "actor", "facts", "rows")
    schema = pa.schema([
        ("seq", pa.int64()), ("id", pa.string()), ("at", pa.timestamp("s", tz="UTC")), ("kind", pa.string()),
        ("session", pa.string()), ("actor", pa.string()), ("authenticated", pa.bool_()), ("facts", pa.string()),
        ("rows", pa.string()), ("leaf", pa.string()),
    ])  # fmt: skip
    assert {field.name for field in schema} >= set(texts)
    rows = list(_rows(log))
    columns: dict[str, Any] = {name: [row[name] for row in rows] for name in COLUMNS}
    columns["at"] = pa.array(columns["at"]).cast(pa.timestamp("s", tz="UTC")) if rows else []
    sink = io.BytesIO()
    pq.write_table(pa.table(columns, schema=schema), sink)
    write_new(target, sink.getvalue())
    return len(rows)


def _to_prov(log: Log, target: Path) -> int:
    from storage.log.prov import prov_document

    entries = list(log.entries())
    document = prov_document(entries, log.key().name)
    write_new(target, json.dumps(document, ensure_ascii=True, indent=1).encode() + b"\n")
    return len(entries)


FORMS: dict[str, Callable[[Log, Path], int]] = {
    "jsonl": _to_folder,
    "csv": _to_csv,
    "parquet": _to_parquet,
    "prov": _to_prov,
}
"""The formats of an export, by name."""


def _rows(log: Log) -> Iterator[dict[str, Any]]:
    leaves = log.leaves()
    for entry in log.entries():
        leaf = leaves[entry.seq * HASH_SIZE : (entry.seq + 1) * HASH_SIZE].hex()
        yield {**_flat(entry), "leaf": leaf}


def _flat(entry: LoggedEntry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "id": entry.id,
        "at": entry.at,
        "kind": entry.kind,
        "session": entry.session,
        "actor": entry.actor,
        "authenticated": entry.authenticated,
        "facts": json.dumps(dict(sorted(entry.facts.items())), ensure_ascii=True, separators=(",", ":")),
        "rows": " ".join(f"{row.table}/{row.key}" for row in entry.rows),
    }


def cell(value: object) -> str:
    """A value as text that no spreadsheet computes."""
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
