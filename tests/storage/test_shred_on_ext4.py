"""A destruction, and then every byte of the disk: what is left in blocks that no file has any more opens nothing.

Which disk is decided when the tests are collected, and stands in their names: ``laid-out`` always, ``mounted`` besides
where an image may be loop-mounted.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.keys.slots import FileSlots
from tests.storage.ext4 import LaidOut, Mounted, may_mount
from tests.storage.keystores import archive_of
from tests.storage.peopled import DOOMED, NEIGHBOURS, Peopled, new_peopled, text_of
from tests.storage.plunder import opens_keystore, opens_object, plundered

pytestmark = pytest.mark.nightly


def _disks() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        return ["laid-out", "mounted"] if may_mount(Path(folder)) else ["laid-out"]


@pytest.fixture(params=_disks())
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LaidOut | Mounted]:
    made = LaidOut(tmp_path) if request.param == "laid-out" else Mounted(tmp_path)
    try:
        yield made
    finally:
        made.close()


def test_no_byte_of_the_disk_opens_what_was_destroyed(disk: LaidOut | Mounted) -> None:
    """The old keystore and the old object are still there to be found, and their keys nowhere; neighbours open."""
    home = disk.home
    disk.change(lambda: new_peopled(home, FileSlots(home / "slot")))
    peopled = Peopled(home, FileSlots(home / "slot"))
    keystore = peopled.open()
    old, kept = peopled.file(), {scope: keystore.data_key(scope) for scope in NEIGHBOURS}
    sealed = peopled.store(keystore).seal(DOOMED, text_of(DOOMED))
    target = (archive_of(home) / "objects", keystore.home_id, DOOMED, sealed)
    data_key = keystore.data_key(DOOMED)
    assert opens_object(*target, [data_key])
    before = disk.raw()
    assert old in before
    assert opens_keystore(old, plundered(before))  # the secret lies on the disk, and this finds it

    disk.change(lambda: peopled.open().shred([DOOMED]))

    after = disk.raw()
    assert old in after  # a file that is replaced stays in its blocks: it is the secret that must be gone
    assert peopled.file() in after
    found = plundered(after)
    assert not opens_keystore(old, found)
    assert not opens_object(*target, found)
    assert data_key not in after
    assert {scope: peopled.open().data_key(scope) for scope in NEIGHBOURS} == kept
