"""Files that are wholly there, or not at all, after a crash at any moment.

Rules kept here:
- a file is 0600 and a folder 0700, whatever the umask;
- content is synced before a name leads to it, the folder is synced before the caller goes on;
- a full disk is a ResourceError, and what was half written is removed.
"""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from vocabulary.errors import ResourceError
from vocabulary.messages import N_

FILE_MODE = 0o600
FOLDER_MODE = 0o700

ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
"""Errors of opening a file that is not there, or is a link."""

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextlib.contextmanager
def disk_errors() -> Iterator[None]:
    """Turn a full disk, a quota or a file size limit into ResourceError."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        message = N_("There is no room left on the disk of the archive. Nothing was changed: free some space and run "
                     "the same command again.")  # fmt: skip
        raise ResourceError(message) from None


def make_folder(path: Path) -> None:
    """Make a 0700 folder if it is not there, and its name durable."""
    if path.is_dir():
        return
    with disk_errors():
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=FOLDER_MODE, parents=True)
            path.chmod(FOLDER_MODE)
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def create_file(path: Path) -> int:
    """Open a new 0600 file for writing; FileExistsError if the name is taken. The caller closes it."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, FILE_MODE)
    os.fchmod(descriptor, FILE_MODE)
    return descriptor


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte, however many calls it takes."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def replace_file(path: Path, data: bytes) -> None:
    """Put ``data`` in the place of a file, durably: a crash leaves the old one or the new one."""
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    write_new(beside, data)
    beside.rename(path)
    sync_folder(path.parent)


def write_new(path: Path, data: bytes) -> None:
    """Write a new file and sync its content; on failure no file is left. The name is not yet durable."""
    with disk_errors():
        descriptor = create_file(path)
        try:
            write_all(descriptor, data)
            os.fsync(descriptor)
        except BaseException:
            path.unlink()
            raise
        finally:
            os.close(descriptor)
