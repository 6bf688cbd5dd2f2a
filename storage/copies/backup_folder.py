"""A backup on a medium: what lies in its folder, and whether it is whole.

Format ``huisclos-backup/1`` (docs/reference/archive.md): sealed objects under ``objects``, everything else under
``state-EXPORT``, and ``manifest.json``, which names every file with its digest.

Rules kept here:
- the manifest is written last and replaced by rename: a folder without one is no backup, and one whose renewal was
  interrupted is still the backup it was before;
- what a renewal began stands in ``in-progress.json`` until it has ended, so that the next one can end it;
- nothing here is plain text: ciphertext, the sealed keystore, and what the home knows in clear about ids and dates;
- the medium may know no modes, no links and no syncing of folders.
"""

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from storage.durable import disk_errors
from storage.fixity import is_digest
from vocabulary.errors import DamagedError, UsageError
from vocabulary.ids import is_id
from vocabulary.messages import N_

FORMAT = "huisclos-backup/1"
MANIFEST, IN_PROGRESS, OBJECTS = "manifest.json", "in-progress.json", "objects"
STATE = "state-"
CHUNK = 1 << 20
_LARGEST = 1 << 30
_PATH = re.compile(r"(?!.*(^|/)\.\.?(/|$))[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+){0,3}")


@dataclass(frozen=True)
class Stored:
    """A file of the state: SHA-256 (hex) and size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """What a whole backup holds.

    ``checkpoint`` is the signed note that covers its log of ``log_size`` entries; ``files`` are relative to the
    state's folder; ``missing`` are objects that the home itself did not have sound.
    """

    home: str
    export: str
    made_at: str
    generation: int
    log_size: int
    checkpoint: str
    files: Mapping[str, Stored]
    objects: tuple[str, ...]
    missing: tuple[str, ...]

    def to_bytes(self) -> bytes:
        value = {"format": FORMAT, **asdict(self)}
        return json.dumps(value, sort_keys=True, indent=1).encode() + b"\n"

    @classmethod
    def parse(cls, data: bytes) -> "Manifest":
        """ValueError for anything that ``to_bytes`` did not write."""
        value = json.loads(data)
        if not isinstance(value, dict) or value.pop("format", None) != FORMAT:
            raise ValueError("not of this format")
        try:
            files = {str(name): Stored(**stored) for name, stored in value.pop("files").items()}
            objects, missing = tuple(value.pop("objects")), tuple(value.pop("missing"))
            made = cls(files=files, objects=objects, missing=missing, **value)
        except (TypeError, KeyError, AttributeError):
            raise ValueError("a field is missing or of another type") from None
        ids = is_id(made.home) and is_id(made.export)
        paths = all(_PATH.fullmatch(name) and is_digest(stored.sha256) for name, stored in files.items())
        if not ids or not paths or not all(isinstance(one, str) and is_digest(one) for one in (*objects, *missing)):
            raise ValueError("a field does not have its form")
        if made.to_bytes() != data:
            raise ValueError("not in canonical form")
        return made


class BackupFolder:
    """One folder on a medium. ``at`` opens one that may be written to, ``existing`` one to restore from."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def at(cls, root: Path, home: Path, home_id: str) -> "BackupFolder":
        """The folder to write a backup of ``home`` to; UsageError if it cannot be that."""
        root, home = root.expanduser().resolve(), home.resolve()
        if root == home or home in root.parents or root in home.parents:
            message = N_("{path} lies in the home, or the home in it: a backup belongs on another disk. Name a folder "
                         "outside the home.")  # fmt: skip
            raise UsageError(message, place=str(root), path=root)
        if not root.parent.is_dir():
            message = N_("{path} cannot be made: the folder above it is not there. Plug the medium in, then try again.")
            raise UsageError(message, place=str(root), path=root)
        folder = cls(root)
        if root.exists():
            folder._check_is_of(home_id)
        else:
            root.mkdir(mode=0o700)
        return folder

    @classmethod
    def existing(cls, root: Path) -> "BackupFolder":
        """The folder of a whole backup; UsageError if it holds none."""
        folder = cls(root.expanduser().absolute())
        if not (folder.root / MANIFEST).is_file():
            message = N_("{path} holds no whole backup of huisclos (no manifest.json): it is another folder, or the "
                         "backup was interrupted. Name another backup.")  # fmt: skip
            raise UsageError(message, place=str(root), path=root)
        return folder

    def _check_is_of(self, home_id: str) -> None:
        names = {path.name for path in self.root.iterdir()} if self.root.is_dir() else {"?"}
        if names & {MANIFEST, IN_PROGRESS}:
            owners = {self.manifest().home} if MANIFEST in names else {self._progress().get("home")}
            if owners == {home_id}:
                return
            message = N_("{path} holds the backup of another home. Name another folder.")
        elif names - {"lost+found", "System Volume Information"}:
            message = N_("{path} is not empty and holds no backup. Name a new folder, or the one of an earlier backup.")
        else:
            return
        raise UsageError(message, place=str(self.root), path=self.root)

    # What is there

    def manifest(self) -> Manifest:
        """The manifest; DamagedError if it is not one."""
        try:
            return Manifest.parse(read_small(self.root / MANIFEST))
        except (ValueError, OSError):
            raise _damaged(MANIFEST) from None

    def exports(self) -> set[str]:
        """The registered ids of what lies here: of the backup, and of renewals that were begun."""
        found = {one for one in self._progress().get("exports", []) if isinstance(one, str) and is_id(one)}
        return found | ({self.manifest().export} if (self.root / MANIFEST).exists() else set())

    def state(self, export: str) -> Path:
        """The folder of one backup's state."""
        return self.root / f"{STATE}{export}"

    def object(self, digest: str) -> Path:
        return self.root / OBJECTS / digest[:2] / digest

    def has_object(self, digest: str) -> bool:
        """Whether an object is there with the bytes its name promises, read from the medium."""
        return digest_of(self.object(digest)) == digest

    def check_state(self, manifest: Manifest) -> None:
        """Read every file of the state; DamagedError names the first that is not as it was written."""
        for name, stored in manifest.files.items():
            path = self.state(manifest.export) / name
            if digest_of(path) != stored.sha256 or path.stat().st_size != stored.size:
                raise _damaged(name)

    # Writing

    def begin(self, home_id: str, export: str) -> None:
        """Note that ``export`` is about to be written here, besides what is there already."""
        value = {"format": FORMAT, "home": home_id, "exports": sorted(self.exports() | {export})}
        self._replace(IN_PROGRESS, json.dumps(value, sort_keys=True).encode())

    def publish(self, manifest: Manifest) -> None:
        """From here on the folder is this backup."""
        self._replace(MANIFEST, manifest.to_bytes())

    def prune(self, manifest: Manifest) -> int:
        """Remove what this backup does not hold: older states, objects destroyed since. Return how many objects."""
        kept, count = set(manifest.objects), 0
        for path in sorted((self.root / OBJECTS).glob("*/*")):
            if path.name not in kept:
                path.unlink()
                count += is_digest(path.name)
                with contextlib.suppress(OSError):  # not empty
                    path.parent.rmdir()
        for folder in self.root.glob(f"{STATE}*"):
            if folder != self.state(manifest.export):
                remove_tree(folder)
        sync(self.root)
        return count

    def finish(self) -> None:
        """Forget that anything was under way."""
        (self.root / IN_PROGRESS).unlink(missing_ok=True)
        sync(self.root)

    def _progress(self) -> dict[str, Any]:
        path = self.root / IN_PROGRESS
        if not path.is_file():
            return {}
        try:
            value = json.loads(read_small(path))
        except (ValueError, OSError):
            return {}
        return value if isinstance(value, dict) and value.get("format") == FORMAT else {}

    def _replace(self, name: str, data: bytes) -> None:
        beside = self.root / f"{name}.new"
        beside.unlink(missing_ok=True)
        write(beside, [data])
        beside.replace(self.root / name)
        sync(self.root)


def write(path: Path, pieces: Iterator[bytes] | list[bytes]) -> str:
    """Write a new file, synced, and its folders; return its SHA-256. ResourceError when the medium is full."""
    digest = hashlib.sha256()
    with disk_errors():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for piece in pieces:
                    digest.update(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return digest.hexdigest()


def pieces_of(path: Path) -> Iterator[bytes]:
    """The bytes of a file that is no link, chunk by chunk; OSError if it cannot be read."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
        while piece := file.read(CHUNK):
            yield piece


def digest_of(path: Path) -> str | None:
    """SHA-256 of a file as the medium holds it, or None if it cannot be read."""
    digest = hashlib.sha256()
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
            with contextlib.suppress(OSError):  # what was just written is asked from the medium, not from memory
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            while piece := file.read(CHUNK):
                digest.update(piece)
    except OSError:
        return None
    return digest.hexdigest()


def read_small(path: Path) -> bytes:
    """A file of at most a GiB; ValueError for a larger one."""
    if path.stat().st_size > _LARGEST:
        raise ValueError("too large")
    return b"".join(pieces_of(path))


def sync(folder: Path) -> None:
    """Make the names in a folder durable, where its file system knows how."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove_tree(folder: Path) -> None:
    """Remove a folder and all in it; links are removed, not followed."""
    if folder.is_symlink() or not folder.is_dir():
        folder.unlink(missing_ok=True)
        return
    for path in list(folder.iterdir()):
        remove_tree(path)
    folder.rmdir()


def _damaged(name: str) -> DamagedError:
    message = N_("The backup is damaged: {file} is missing or is not what was written. Use another backup, or make a "
                 "new one in another folder.")  # fmt: skip
    return DamagedError(message, place=name, file=name)
