"""Writing the files of the log so that a crash leaves the old or the new, and an append at most its beginning."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from storage.durable import FILE_MODE, sync_folder, write_all
from vocabulary.errors import ResourceError
from vocabulary.messages import N_


@contextlib.contextmanager
def disk_errors() -> Iterator[None]:
    """Turn a full disk into ResourceError: what waits in the catalog is written the next time."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        message = N_("The disk is full. Make room, then run the same command again: nothing is lost.")
        raise ResourceError(message) from None


def overwrite(path: Path, offset: int, data: bytes) -> None:
    """Replace everything from ``offset`` on, durably; the file is made if it is not there."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE)
    try:
        os.ftruncate(descriptor, offset)
        os.lseek(descriptor, offset, os.SEEK_SET)
        write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace(path: Path, data: bytes) -> None:
    """Write a small file beside and rename it, durably."""
    beside = path.with_name(f"{path.name}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
    try:
        write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    beside.rename(path)
    sync_folder(path.parent)
