"""Checkpoints that leave the machine: what an auditor, or anyone else, can hold the log against later.

Rules kept here:
- one leaves each day, and after every release, destruction or change of the log's key: whatever must be covered
  elsewhere is looked up in the log itself, so that what one command could not give out the next one does;
- the file lies in its folder before the log says so; a file there is never written over by another text;
- a folder that cannot be written fails nothing: it is remembered, and ``status`` tells.
"""

import contextlib
import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flows.steps.record.outcomes import CheckpointsAway
from flows.steps.sealing import Facts
from infra.places import check_there, put, remembered, standing
from infra.settings import Settings
from infra.wiring import Services
from storage.commit import Change
from storage.log.entry import Entry, LoggedEntry, parse_line, seq_of
from storage.log.log import Log
from storage.log.segments import DECISION, lines_backward
from vocabulary.errors import HuisclosError, UsageError
from vocabulary.messages import N_

PLACE = "checkpoints"
LONGEST = timedelta(days=2)
"""How old the last checkpoint that left may be before ``status`` warns."""

_LEFT = "checkpoint-exported"
_MUST_LEAVE = ("released", "destroyed", "workshop-left", "key-changed")
_KINDS = tuple(f'"kind":"{kind}",'.encode() for kind in (_LEFT, *_MUST_LEAVE))


@dataclass(frozen=True)
class Left:
    """What the log says of checkpoints that left: when the last did (UTC), how many entries it covered, and
    how many releases, destructions and changes of key came after it.
    """

    at: str | None
    size: int
    uncovered: int


def give_out_checkpoint(services: Services) -> Path | None:
    """Write the newest checkpoint to the folder of ``copies.checkpoints`` if one is due; return its file.

    None when no folder is named, none is due, or it could not be written: which is remembered, never raised.
    """
    folder = services.settings.copies.checkpoints
    if folder is None:
        return None
    with contextlib.suppress(HuisclosError):  # a log that cannot be read is told when the checkpoint is written
        if not _is_due(left(services.archive.log), services.now()):
            return None
    written: list[Path] = []
    with remembered(services.home, PLACE, services.now()):
        check_there(folder)
        written.append(_give_out(services, lambda name, text: _write(folder, name, text)))
    return written[0] if written else None


def hand_out(services: Services, file: Path) -> None:
    """Write the newest checkpoint to ``file``, by hand, and log that it left.

    UsageError when the file is there already or cannot be written.
    """

    def write(_name: str, text: str) -> Path:
        copy_checkpoint(services.archive.log, file, text)
        return file

    _give_out(services, write)


def copy_checkpoint(log: Log, file: Path, text: str | None = None) -> None:
    """Write the newest checkpoint (or ``text``) to a new file; UsageError when it cannot be."""
    copy_out(file, (text or log.checkpoint_text()).encode())


def copy_out(file: Path, data: bytes) -> None:
    """Write ``data`` to a new file a person named; UsageError when it is there already or cannot be written."""
    if file.exists() or file.is_symlink():
        message = N_("{path} is already there; nothing is written over. Choose another name.")
        raise UsageError(message, place=file.name, path=file)
    try:
        check_there(file.absolute().parent)
        put(file.absolute().parent, file.name, data)
    except OSError as error:
        message = N_("{path} cannot be written ({problem}). Check the name and the rights.")
        raise UsageError(message, place=file.name, path=file, problem=error.strerror) from None


def away(settings: Settings, now: datetime) -> CheckpointsAway:
    """How it stands with the checkpoints elsewhere; reads the log and the folder, changes nothing."""
    last, folder = left(Log(settings.home / "archive" / "log")), settings.copies.checkpoints
    place = standing(settings.home, PLACE, folder)
    return CheckpointsAway(
        left_at=last.at,
        stale=last.at is not None and now - datetime.fromisoformat(last.at) > LONGEST,
        uncovered=last.uncovered if last.at else 0,
        configured=place.configured,
        reachable=folder is not None and folder.is_dir(),
        problem=place.problem,
        same_disk=place.same_disk,
    )


def left(log: Log) -> Left:
    """Read from the log, from its end, when a checkpoint last left it and what came after."""
    covered, found = log.checkpoint().size, Left(None, 0, 0)
    uncovered: list[int] = []
    for seq, line in decisions_backward(log):
        if found.at is not None and seq < found.size:
            break
        if seq < covered and any(kind in line for kind in _KINDS):
            try:
                entry = parse_line(line)
            except ValueError:  # for `log verify` to name
                continue
            if entry.kind != _LEFT:
                uncovered.append(seq)
            elif found.at is None:
                found = Left(entry.at, _size(entry), 0)
    return Left(found.at, found.size, len(uncovered))


def decisions_backward(log: Log) -> Iterator[tuple[int, bytes]]:
    """The lines of decisions with their numbers, the newest first."""
    for segment in reversed(log.segments()):
        if segment.stream == DECISION:
            for _, line in lines_backward(log.directory / segment.file):
                yield seq_of(line), line


def _is_due(last: Left, now: datetime) -> bool:
    """Never yet, not today, or something that must be covered is not."""
    if last.at is None or last.uncovered:
        return True
    return datetime.fromisoformat(last.at).date() < now.astimezone(UTC).date()


def _size(entry: LoggedEntry) -> int:
    size = entry.facts.get("size")
    return size if isinstance(size, int) else 0


def _give_out(services: Services, write: Callable[[str, str], Path]) -> Path:
    """Let ``write`` put a checkpoint somewhere, then log its size and digest."""
    text, moment = services.archive.log.checkpoint_text(), services.now()
    size = int(text.split("\n", 2)[1])
    home = services.archive.home_id
    path = write(f"{home[:10]}-{size:09}-{moment:%Y-%m-%d}.txt", text)
    facts: Facts = {"size": size, "digest": hashlib.sha256(text.encode()).hexdigest()}
    services.commit(Change(), Entry(_LEFT, facts=facts))
    return path


def _write(folder: Path, name: str, text: str) -> Path:
    """Write a checkpoint under its name; one that another text holds gets the next free name beside it."""
    for number in range(1, 100):
        path = folder / (name if number == 1 else name.replace(".txt", f"-{number}.txt"))
        if not path.exists():
            put(folder, path.name, text.encode())
            return path
        if path.read_bytes() == text.encode():
            return path
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
