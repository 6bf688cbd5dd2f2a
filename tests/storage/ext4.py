"""A home on an ext4 image, and the raw bytes of that image.

``Mounted`` is the real thing: the image loop-mounted, for which one has to be root. ``LaidOut`` needs nobody: the
image is made with the home in it (mke2fs -d), and what a destruction does is then done to the image itself, as the
kernel does it: the new keystore goes to blocks of its own, the old one's name is removed and its blocks stay (debugfs),
and slot files are written over in the blocks they have.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

SIZE = 16 << 20
BLOCK = 1024
SLOTS = ("slot-a", "slot-b")


def _run(*command: object) -> str:
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.strip()}")
    return done.stdout


def _tool(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        raise RuntimeError(f"{name} is not installed: this test needs e2fsprogs")
    return found


def _new_image(image: Path, *options: object) -> None:
    image.write_bytes(b"")
    os.truncate(image, SIZE)
    _run(_tool("mke2fs"), "-q", "-t", "ext4", "-b", BLOCK, *options, image)


class Mounted:
    """The image, mounted for as long as the home is used."""

    def __init__(self, folder: Path) -> None:
        self.image, self.home = folder / "disk", folder / "mounted" / "home"
        _new_image(self.image)
        self.home.parent.mkdir()
        _run("mount", "-o", "loop", self.image, self.home.parent)
        self.mounted = True

    def change(self, action: Callable[[], object]) -> None:
        """Do something to the home; all of it is on the disk afterwards."""
        action()
        os.sync()

    def raw(self) -> bytes:
        """Every byte of the disk."""
        os.sync()
        return self.image.read_bytes()

    def close(self) -> None:
        if self.mounted:
            _run("umount", self.home.parent)
            self.mounted = False


class LaidOut:
    """The home lies beside the image; every change of it is done to the image too."""

    def __init__(self, folder: Path) -> None:
        self.image, self.home = folder / "disk", folder / "beside" / "home"
        self.home.parent.mkdir()

    def change(self, action: Callable[[], object]) -> None:
        action()
        if self.image.exists():
            self._replace_keystore()
        else:
            self._lay_out()
        for name in SLOTS:
            self._overwrite(self.home / "slot" / name, f"/home/slot/{name}")

    def raw(self) -> bytes:
        return self.image.read_bytes()

    def close(self) -> None:
        """Nothing is left open."""

    def _lay_out(self) -> None:
        """Every file with blocks of its own: mke2fs would give a file of zeros none."""
        copy = self.home.parent.parent / "copy"
        shutil.copytree(self.home.parent, copy)
        for name in SLOTS:
            path = copy / "home" / "slot" / name
            path.write_bytes(b"x" * path.stat().st_size)
        _new_image(self.image, "-d", copy)

    def _replace_keystore(self) -> None:
        """New blocks for the new file, the old one's left as they are."""
        for request in (
            f"write {self.home / 'archive' / 'keystore'} /home/archive/keystore.new",
            "rm /home/archive/keystore",
            "ln /home/archive/keystore.new /home/archive/keystore",
            "unlink /home/archive/keystore.new",
        ):
            _run(_tool("debugfs"), "-w", "-R", request, self.image)

    def _overwrite(self, source: Path, path: str) -> None:
        """The file's new content, in the blocks it has."""
        blocks = [int(number) for number in _run(_tool("debugfs"), "-R", f"blocks {path}", self.image).split()]
        data = source.read_bytes()
        assert len(blocks) * BLOCK == len(data)
        with self.image.open("r+b") as image:
            for number, block in enumerate(blocks):
                image.seek(block * BLOCK)
                image.write(data[number * BLOCK : (number + 1) * BLOCK])


def may_mount(folder: Path) -> bool:
    """Whether an image can be loop-mounted here: tried once, on one of its own."""
    try:
        Mounted(folder).close()
    except (RuntimeError, OSError):
        return False
    return True
