"""Slot files: in place, checked, and erased for good."""

import os
from pathlib import Path

import pytest

from storage.keys.slots import SIZE, FileSlots, SlotSecret, other, parse_slot
from tests.storage.keystores import flipped
from vocabulary.errors import DamagedSlotError, StateError


@pytest.fixture
def slots(tmp_path: Path) -> FileSlots:
    made = FileSlots(tmp_path / "slot")
    made.create()
    return made


def test_new_slots_are_empty(slots: FileSlots) -> None:
    """Both files are 4096 zeros."""
    assert [slots.path(name).read_bytes() for name in "ab"] == [bytes(SIZE)] * 2
    assert slots.read("a") is None


def test_a_secret_reads_back(slots: FileSlots) -> None:
    """What fill returns is what the slot holds."""
    drawn = slots.fill("b")
    assert slots.read("b") == drawn
    assert len(drawn.secret) == 32


def test_every_flipped_byte_of_a_full_slot_is_found() -> None:
    """Format, id, secret, checksum and padding are all covered."""
    data = SlotSecret.draw().to_bytes()
    for at in range(SIZE):
        with pytest.raises(DamagedSlotError):
            parse_slot(flipped(data, at), "slot/slot-a")


def test_every_flipped_byte_of_an_empty_slot_is_found() -> None:
    """An empty slot is zero to its last byte."""
    for at in range(SIZE):
        with pytest.raises(DamagedSlotError):
            parse_slot(flipped(bytes(SIZE), at), "slot/slot-a")


@pytest.mark.parametrize("size", [0, 1, 100, SIZE - 1, SIZE + 1])
def test_a_slot_of_another_size_is_damaged(size: int) -> None:
    """A slot is exactly 4096 bytes long."""
    data = (SlotSecret.draw().to_bytes() + b"\0")[:size]
    with pytest.raises(DamagedSlotError):
        parse_slot(data, "slot/slot-a")


def test_erasing_overwrites_in_place(slots: FileSlots) -> None:
    """The file keeps its inode and its size, and holds zeros."""
    slots.fill("a")
    inode = slots.path("a").stat().st_ino
    slots.erase("a")
    assert slots.path("a").stat().st_ino == inode
    assert slots.path("a").read_bytes() == bytes(SIZE)


def test_erasing_mends_a_longer_file(slots: FileSlots) -> None:
    """Bytes past the slot's end are erased with it."""
    slots.path("a").write_bytes(b"x" * (SIZE + 100))
    slots.erase("a")
    assert slots.path("a").read_bytes() == bytes(SIZE)


def test_a_missing_slot_is_a_damaged_slot(slots: FileSlots) -> None:
    """A slot that is gone is not a wrong passphrase."""
    slots.path("a").unlink()
    with pytest.raises(DamagedSlotError, match="missing"):
        slots.read("a")


def test_a_link_is_not_a_slot(slots: FileSlots, tmp_path: Path) -> None:
    """Slots are opened without following links."""
    slots.path("a").rename(tmp_path / "elsewhere")
    slots.path("a").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DamagedSlotError):
        slots.read("a")


def test_modes_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    """Files are 0600 and the folder 0700, even under a generous umask."""
    before = os.umask(0)
    try:
        slots = FileSlots(tmp_path / "slot")
        slots.create()
    finally:
        os.umask(before)
    assert slots.folder.stat().st_mode & 0o777 == 0o700
    assert {slots.path(name).stat().st_mode & 0o777 for name in "ab"} == {0o600}


def test_create_refuses_a_slot_in_use(slots: FileSlots) -> None:
    """A secret is never overwritten by making a home over it."""
    drawn = slots.fill("a")
    with pytest.raises(StateError):
        slots.create()
    assert slots.read("a") == drawn


def test_repr_shows_no_secret() -> None:
    """The secret does not show itself."""
    drawn = SlotSecret.draw()
    assert drawn.secret.hex() not in repr(drawn)
    assert repr(drawn.secret) not in repr(drawn)


def test_each_slot_is_the_others_spare() -> None:
    """Two slots, each the other of the other."""
    assert (other("a"), other("b")) == ("b", "a")
