"""What can be told of the disk a folder lies on: encryption, network, flash, snapshots, room.

Read from /proc and /sys on Linux; elsewhere the answer is None, which means "not known", never "sound".
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "sshfs", "fuse.sshfs", "fuse.rclone", "9p", "ceph", "davfs"}
)
COPY_ON_WRITE = frozenset({"btrfs", "zfs", "bcachefs", "overlay", "apfs"})
SYNCED = (
    "dropbox",
    "onedrive",
    "google drive",
    "nextcloud",
    "owncloud",
    "icloud",
    "kdrive",
    "pcloud",
    "mega",
    "syncthing",
)

THREE_HOURS = 3 * 3600 * 48_000 * 2 * 2 * 2
"""Bytes for a three-hour stereo recording at 48 kHz and 16 bits, twice: the file and its sealed copy."""


@dataclass(frozen=True)
class Disk:
    """Facts about the disk under one folder; None where the system does not tell."""

    filesystem: str | None
    encrypted: bool | None
    network: bool | None
    flash: bool | None
    copy_on_write: bool | None
    free: int
    synced: bool

    @property
    def roomy(self) -> bool:
        return self.free >= THREE_HOURS


def look(folder: Path) -> Disk:
    """Return what is known of the disk under ``folder`` (or its nearest parent that exists)."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    filesystem = _filesystem(place)
    device = _device(place)
    return Disk(
        filesystem=filesystem,
        encrypted=_encrypted(device),
        network=None if filesystem is None else filesystem in NETWORK or filesystem.startswith("fuse."),
        flash=_flash(device),
        copy_on_write=None if filesystem is None else filesystem in COPY_ON_WRITE,
        free=shutil.disk_usage(place).free,
        synced=any(word in part.lower() for part in folder.absolute().parts for word in SYNCED),
    )


def swap_in_clear() -> bool | None:
    """Whether swap is on and lies on a disk not known to be encrypted; None where it cannot be told."""
    table = Path("/proc/swaps")
    if not table.exists():
        return None
    for line in table.read_text(encoding="utf-8").splitlines()[1:]:
        place = Path(line.split()[0])
        if place.name.startswith("zram"):
            continue
        number = place.stat().st_rdev if place.is_block_device() else place.stat().st_dev if place.exists() else 0
        if not _encrypted(Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")):
            return True
    return False


def _filesystem(place: Path) -> str | None:
    table = Path("/proc/self/mountinfo")
    if not table.exists():
        return None
    best, kind = -1, None
    for line in table.read_text(encoding="utf-8").splitlines():
        fields, _, tail = line.partition(" - ")
        mount = Path(fields.split()[4].replace("\\040", " "))
        if (place == mount or mount in place.parents) and len(mount.parts) >= best:
            best, kind = len(mount.parts), tail.split()[0]
    return kind


def _device(place: Path) -> Path | None:
    number = place.stat().st_dev
    device = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")
    return device if device.exists() else None


def _encrypted(device: Path | None) -> bool | None:
    """Whether a device, or the ones it is made of, is a dm-crypt mapping."""
    if device is None or not device.exists():
        return None
    uuid = device / "dm" / "uuid"
    if uuid.exists() and uuid.read_text(encoding="utf-8").startswith("CRYPT-"):
        return True
    below = list((device / "slaves").glob("*")) if (device / "slaves").exists() else []
    return bool(below) and all(_encrypted(one) is True for one in below)


def _flash(device: Path | None) -> bool | None:
    if device is None:
        return None
    for queue in (device / "queue" / "rotational", device.resolve().parent / "queue" / "rotational"):
        if queue.exists():
            return queue.read_text(encoding="utf-8").strip() == "0"
    return None
