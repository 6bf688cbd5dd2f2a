"""The keystore and its recovery file, kept elsewhere: written after every new generation of keys.

``FOLDER/HOME-ID/`` holds ``keystore-N`` and ``recovery-N.json`` of generation N, and the newest checkpoint of the log.
With them, with a backup and with two of the recovery recipients, a lost machine is replaced.

Rules kept here:
- the files of a generation are there together before those of an older one go: whenever the machine is lost, two
  that belong together lie there; what a destruction took opens with none that is left;
- an older generation never follows a newer one;
- a failure stops nothing: it is remembered, told by ``status``, and made good when the home is next opened.
"""

import contextlib
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from infra.places import MEMORY, Standing, check_there, put, remembered, standing, sync
from infra.process import lock
from infra.settings import Settings

if TYPE_CHECKING:
    from storage.keys.keystore import Copy, Keystore

PLACE = "recovery"
KEYSTORE, LOG, CHECKPOINT = "archive/keystore", "archive/log", "checkpoint"
STATE = "recovery-state.json"

_OURS = re.compile(r"keystore-([0-9]{1,15})|recovery-([0-9]{1,15})\.json")
_GENERATION = re.compile(rb"^generation ([1-9][0-9]{0,14})$", re.MULTILINE)
_LONGEST_HEAD = 512
_HOME = re.compile(rb"^home (h-[0-9a-f]{32})$", re.MULTILINE)


@dataclass(frozen=True)
class RecoveryState:
    """How it stands with the copies for recovery; read without a passphrase.

    ``generation`` is that of the keystore here, ``copied`` that of the copies (None if none were written), and
    ``recoverable`` whether a recovery file lies with them.
    """

    place: Standing
    generation: int | None
    copied: int | None
    recoverable: bool

    @property
    def stale(self) -> bool:
        """Whether keys were made or destroyed since the copies were written."""
        return self.copied is not None and self.copied != self.generation


@dataclass(frozen=True)
class RecoveryCopies:
    """Writes the copies of one home: the ``after`` of its keystore. It raises nothing for a failure of the place."""

    home: Path
    folder: Path
    now: Callable[[], datetime]

    def __call__(self, keystore: bytes, recovery: bytes | None, generation: int) -> None:
        from storage.keys.keystore import Copy

        self.write(Copy(keystore, recovery, generation))

    def write(self, copy: "Copy") -> None:
        """Write the files of one generation, then remove the older ones."""
        with remembered(self.home, PLACE, self.now()), lock(self.home, "recovery-copies", wait=True):
            known = _recall(self.home)
            if known is not None and known.generation >= copy.generation and known.folder == _mark(self.folder):
                return
            check_there(self.folder)
            ours = self.folder / _home_id(copy.keystore)
            ours.mkdir(mode=0o700, exist_ok=True)
            write_copy(ours, copy)
            with contextlib.suppress(FileNotFoundError):
                put(ours, CHECKPOINT, (self.home / LOG / CHECKPOINT).read_bytes())
            _remove_older(ours, copy.generation)
            _remember(self.home, _Known(copy.generation, copy.recovery is not None, _mark(self.folder)))

    def renew(self, keystore: "Keystore") -> bool:
        """Write what an interrupted or failed writing left out; False if all was there."""
        known = _recall(self.home)
        if known is None or known.folder != _mark(self.folder) or known.generation != keystore.generation:
            self.write(keystore.copy())
            return True
        return False


def recovery_copies(settings: Settings, now: Callable[[], datetime]) -> RecoveryCopies | None:
    """The writer of the copies, if the settings name a folder for them."""
    folder = settings.copies.recovery
    return None if folder is None else RecoveryCopies(settings.home, folder, now)


def recovery_state(settings: Settings) -> RecoveryState:
    """How it stands with the copies: for ``status``, without a passphrase."""
    home = settings.home
    known = _recall(home)
    if known is not None and (settings.copies.recovery is None or known.folder != _mark(settings.copies.recovery)):
        known = None
    return RecoveryState(
        place=standing(home, PLACE, settings.copies.recovery),
        generation=_generation(home / KEYSTORE),
        copied=None if known is None else known.generation,
        recoverable=known is not None and known.recoverable,
    )


def write_copy(folder: Path, copy: "Copy") -> list[Path]:
    """Write the two files of a generation into a folder; return them. OSError if they cannot be."""
    names = [f"keystore-{copy.generation}"]
    put(folder, names[0], copy.keystore)
    if copy.recovery is not None:
        names.append(f"recovery-{copy.generation}.json")
        put(folder, names[1], copy.recovery)
    return [folder / name for name in names]


def _remove_older(folder: Path, generation: int) -> None:
    for path in list(folder.iterdir()):
        match = _OURS.fullmatch(path.name)
        if match is not None and int(match[1] or match[2]) < generation:
            path.unlink()
    sync(folder)


@dataclass(frozen=True)
class _Known:
    """What was last written, and where: a digest of the folder's path, which may hold a name."""

    generation: int
    recoverable: bool
    folder: str


def _remember(home: Path, known: _Known) -> None:
    (home / MEMORY).mkdir(mode=0o700, exist_ok=True)
    put(home / MEMORY, STATE, json.dumps(vars(known), sort_keys=True).encode())


def _recall(home: Path) -> _Known | None:
    try:
        value = json.loads((home / MEMORY / STATE).read_bytes())
        return _Known(int(value["generation"]), bool(value["recoverable"]), str(value["folder"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _mark(folder: Path) -> str:
    return hashlib.sha256(str(folder).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _generation(keystore: Path) -> int | None:
    try:
        with keystore.open("rb") as file:
            match = _GENERATION.search(file.read(_LONGEST_HEAD))
    except OSError:
        return None
    return None if match is None else int(match[1])


def _home_id(keystore: bytes) -> str:
    match = _HOME.search(keystore[:_LONGEST_HEAD])
    if match is None:
        raise ValueError("a keystore without the id of its home")
    return match[1].decode()
