"""Whether the files of the archive are those the catalog names, byte for byte. Needs no passphrase.

Rules kept here:
- every object has the digest its name and its row say; a live record has its object, a destroyed one has not,
  and one whose destruction is under way may have it still;
- whatever else lies in the folders is named: nobody's object is orphaned, what is no object is foreign.

Source of the word: fixity check, PREMIS 3.0.
"""

import hashlib
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from storage.finding import Finding
from storage.log.entry import Value
from vocabulary.choices import RecordLife
from vocabulary.messages import N_

_DIGEST = re.compile(r"[0-9a-f]{64}")

Records = Sequence[Mapping[str, Value]]


def is_digest(name: str) -> bool:
    """Whether a file is named as an object is."""
    return _DIGEST.fullmatch(name) is not None


def object_files(root: Path) -> Iterator[tuple[Path, str | None]]:
    """Every file under the objects folder, with its digest if its place and name are those of an object."""
    if not root.is_dir():
        return
    for path in sorted(root.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        regular = stat.S_ISREG(path.lstat().st_mode)
        named = _DIGEST.fullmatch(path.name) is not None and path.parent == root / path.name[:2]
        yield path, path.name if regular and named else None


def check_objects(root: Path, records: Records) -> Iterator[Finding]:
    """Compare the objects folder with the rows of the table ``records``."""
    live = {str(row["digest"]): row for row in records if row["life"] != RecordLife.DESTROYED.value}
    gone = {str(row["digest"]): row for row in records if row["life"] == RecordLife.DESTROYED.value}
    seen = set()
    for path, digest in object_files(root):
        if digest is None:
            place = str(path.relative_to(root))
            message = N_("{file} in the objects folder is no object of this archive. Move it elsewhere.")
            yield Finding("foreign", f"objects/{_printable(place)}", message, {"file": _printable(place)})
            continue
        seen.add(digest)
        row = live.get(digest, gone.get(digest))
        facts = {"object": digest, "record": "-" if row is None else row["id"]}
        place = f"objects/{digest}"
        if not _has_digest(path, digest):
            message = N_("Object {object} (record {record}) is damaged: its bytes are not those that were sealed. "
                         "Restore it from a backup.")  # fmt: skip
            yield Finding("damaged", place, message, facts)
        elif row is None:
            message = N_("Object {object} belongs to no record: a command was interrupted, or a row was removed.")
            yield Finding("orphaned", place, message, facts)
        elif digest not in live:
            message = N_("Object {object} is still there, though record {record} was destroyed. Remove the file.")
            yield Finding("remaining", place, message, facts)
        elif path.stat().st_size != row["size"]:
            message = N_("Object {object} has another size than record {record} says.")
            yield Finding("changed", place, message, facts)
    for digest, row in live.items():
        if digest not in seen and row["destroy_intended_at"] is None:
            message = N_("Object {object} of record {record} is missing. Restore it from a backup.")
            yield Finding("missing", f"objects/{digest}", message, {"object": digest, "record": row["id"]})


def check_policies(folder: Path, digests: Sequence[str]) -> Iterator[Finding]:
    """Compare the installed policies with the digests that workshops name, of former ones too."""
    found = set()
    for path in sorted(folder.glob("*")) if folder.is_dir() else []:
        name = path.name.removesuffix(".yaml")
        if not path.is_file() or path.suffix != ".yaml" or _DIGEST.fullmatch(name) is None:
            message = N_("{file} in the policies folder is no installed policy. Move it elsewhere.")
            yield Finding("foreign", f"policies/{_printable(path.name)}", message, {"file": _printable(path.name)})
            continue
        found.add(name)
        if not _has_digest(path, name):
            message = N_("The installed policy {file} was changed. Install it again: huisclos workshop add.")
            yield Finding("damaged", f"policies/{path.name}", message, {"file": path.name})
    for digest in sorted(set(digests) - found):
        message = N_("The installed policy {digest} is missing. Install it again: huisclos workshop add.")
        yield Finding("missing", f"policies/{digest}.yaml", message, {"digest": digest})


def _has_digest(path: Path, digest: str) -> bool:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == digest


def _printable(name: str) -> str:
    """A file name nobody of us chose, safe to show."""
    return "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in name)[:120]
