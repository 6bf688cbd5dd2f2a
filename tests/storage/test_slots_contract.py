"""What every kind of slots promises: the same properties for slot files and for slots that Vault seals."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.archive import Archive
from storage.keys.keystore import Costs, Keystore
from storage.keys.slots import SIZE, FileSlots
from storage.verify import verify_archive
from tests.storage.keystores import PASSPHRASE, RECORDING, VERBATIM, archive_of, flipped
from tests.storage.killing import killed_before
from tests.storage.new_archives import add_workshop
from tests.storage.slot_places import SlotPlace, slot_place
from vocabulary.choices import RecordClass
from vocabulary.errors import DamagedSlotError, KeyGoneError, StateError


@pytest.fixture(params=["file", "transit"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlotPlace]:
    with slot_place(request.param, tmp_path, monkeypatch) as found:
        yield found


@pytest.fixture
def slots(place: SlotPlace) -> FileSlots:
    made = place.slots()
    made.create()
    return made


def test_new_slots_are_empty(slots: FileSlots) -> None:
    """Both are there, and hold nothing."""
    for name in "ab":
        assert slots.read(name) is None
        assert slots.is_empty(name)
        assert not slots.may_hold_secret(name)


def test_a_secret_reads_back_in_another_process(slots: FileSlots, place: SlotPlace) -> None:
    """What fill returns is what the slot holds, now and later, and the other slot is untouched."""
    drawn = slots.fill("b")
    for reader in (slots, place.slots()):
        found = reader.read("b")
        assert found == drawn
        assert reader.may_hold_secret("b")
        assert reader.read("a") is None
    assert (len(drawn.id), len(drawn.secret)) == (16, 32)


def test_filling_again_replaces(slots: FileSlots) -> None:
    """Every secret is new; the slot holds the last one."""
    first, second = slots.fill("a"), slots.fill("a")
    assert slots.read("a") == second
    assert first.secret != second.secret


def test_an_erased_secret_lies_nowhere(slots: FileSlots, place: SlotPlace) -> None:
    """No file of the folder holds it, nor its key; the file is the same file, of zeros."""
    drawn = slots.fill("a")
    inode = slots.path("a").stat().st_ino
    slots.erase("a")
    slots.erase("a")
    assert slots.read("a") is None
    assert slots.path("a").stat().st_ino == inode
    assert slots.path("a").read_bytes() == bytes(SIZE)
    assert all(drawn.secret not in path.read_bytes() for path in place.folder.iterdir())
    assert place.keys() == []


@pytest.mark.parametrize("full", [False, True])
def test_a_flipped_byte_is_found(slots: FileSlots, full: bool) -> None:
    """Everything written is under a checksum, and everything else is zero."""
    if full:
        slots.fill("a")
    data = slots.path("a").read_bytes()
    for at in [*range(0, 300, 3), *range(510, 700, 5), *range(700, SIZE, 97), SIZE - 1]:
        slots.path("a").write_bytes(flipped(data, at, 1 << at % 8))
        with pytest.raises(DamagedSlotError):
            slots.read("a")
        assert not slots.is_empty("a")


@pytest.mark.parametrize("size", [0, 100, 512, SIZE - 1, SIZE + 1])
def test_a_slot_of_another_size_is_damaged(slots: FileSlots, size: int) -> None:
    """A slot file has 4096 bytes."""
    slots.fill("a")
    slots.path("a").write_bytes((slots.path("a").read_bytes() + b"\0")[:size])
    with pytest.raises(DamagedSlotError):
        slots.read("a")


def test_a_missing_slot_is_a_damaged_slot(slots: FileSlots, tmp_path: Path) -> None:
    """A file that is gone, or a link to one, is no slot."""
    slots.path("a").rename(tmp_path / "elsewhere")
    with pytest.raises(DamagedSlotError, match="missing"):
        slots.read("a")
    slots.path("a").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DamagedSlotError):
        slots.is_empty("a")


def test_create_refuses_a_slot_in_use(slots: FileSlots) -> None:
    """A secret is never overwritten by making a home over it."""
    drawn = slots.fill("a")
    with pytest.raises(StateError):
        slots.create()
    assert slots.read("a") == drawn


def test_a_changed_byte_of_an_empty_slot_is_no_secret(slots: FileSlots) -> None:
    """It is told apart from what an interruption leaves, and the next fill works."""
    slots.path("b").write_bytes(flipped(bytes(SIZE), 2000))
    assert not slots.may_hold_secret("b")
    assert [finding.kind for finding in slots.check("a")] == ["damaged"]
    drawn = slots.fill("b")
    assert slots.read("b") == drawn


def test_one_holds_the_lock(slots: FileSlots, place: SlotPlace) -> None:
    """Another waits until it is given back."""
    order = []

    def wait() -> None:
        with place.slots().lock():
            order.append("other")

    with slots.lock():
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(0.1)
        order.append("first")
    thread.join()
    assert order == ["first", "other"]


def test_filling_killed_anywhere_leaves_nothing_behind(slots: FileSlots, place: SlotPlace) -> None:
    """The slot in use stays; the other is empty, or says what it holds; erasing it leaves no secret and no key."""
    live, keys = slots.fill("a"), place.keys()
    number = 0
    while killed_before(lambda: slots.fill("b"), number):
        assert slots.read("a") == live
        if slots.may_hold_secret("b"):
            slots.erase("b")
        else:
            assert slots.is_empty("b")
        assert place.keys() == keys
        number += 1
    assert number > 2
    found = slots.read("b")
    assert found is not None
    assert found.secret != live.secret


def test_erasing_killed_anywhere_is_finished_the_next_time(place: SlotPlace, tmp_path: Path) -> None:
    """Erasing may be interrupted, and interrupted again."""
    made = place.slots(tmp_path / "made")
    made.create()
    kept = made.fill("a")
    keys = place.keys()
    made.fill("b")
    number = 0
    while True:
        slots = place.slots(place.again(made.folder, number))
        killed = killed_before(lambda slots=slots: slots.erase("b"), number)  # type: ignore[misc]
        assert slots.is_empty("b") or slots.may_hold_secret("b")
        slots.erase("b")
        assert slots.is_empty("b")
        assert place.keys() == keys
        assert slots.read("a") == kept
        if not killed:
            break
        number += 1
    assert number > 4


def test_a_destruction_killed_anywhere_is_finished_or_never_was(place: SlotPlace, tmp_path: Path) -> None:
    """A keystore's destruction over these slots loses no surviving key, and one secret is left."""
    made = Keystore.create(archive_of(tmp_path / "made"), place.slots(tmp_path / "made" / "slot"), PASSPHRASE,
                           Costs.for_tests())  # fmt: skip
    made.ensure(RECORDING)
    made.ensure(VERBATIM)
    kept = made.data_key(VERBATIM)
    number, seen = 0, []
    while True:
        home = place.again(tmp_path / "made", number)
        slots = place.slots(home / "slot")
        keystore = Keystore.open(archive_of(home), slots, PASSPHRASE)
        killed = killed_before(lambda keystore=keystore: keystore.shred([RECORDING]), number)  # type: ignore[misc]
        again = Keystore.open(archive_of(home), place.slots(home / "slot"), PASSPHRASE)
        seen.append(again.has(RECORDING))
        assert again.data_key(VERBATIM) == kept
        assert Keystore.check(archive_of(home), slots) == []
        assert sorted(slots.is_empty(name) for name in "ab") == [False, True]
        assert len(place.keys()) == (place.vault is not None)
        if not killed:
            break
        number += 1
    assert number > 10
    assert seen == sorted(seen, reverse=True)
    assert set(seen) == {True, False}


def test_a_whole_archive_lives_on_them(place: SlotPlace, tmp_path: Path) -> None:
    """Made, used, checked, opened again, a record destroyed: and only that record is gone."""
    archive = Archive.create(tmp_path, PASSPHRASE, Costs.for_tests(), place.slots())
    add_workshop(archive)
    doomed, kept = (archive.scope("demo-1", number, RecordClass.OUTPUT) for number in (1, 2))
    objects = [(scope, archive.objects.seal(scope, b"treated text")) for scope in (doomed, kept)]
    person = archive.person("Ada Canari", register=True)
    archive.close()
    archive = Archive.open(tmp_path, PASSPHRASE, place.slots())
    archive.keystore.shred([doomed])
    archive.close()
    archive = Archive.open(tmp_path, PASSPHRASE, place.slots())
    with pytest.raises(KeyGoneError):
        archive.objects.unseal(*objects[0])
    assert archive.objects.unseal(*objects[1]) == b"treated text"
    assert archive.person_name(person) == "Ada Canari"
    for _, sealed in objects:  # sealed by this test alone: no row names them
        archive.objects.discard(sealed.digest)
    assert verify_archive(tmp_path, archive).findings == ()
    assert verify_archive(tmp_path, None, slots=place.slots()).findings == ()


def test_a_copy_of_the_keystore_alone_is_dead_after_a_destruction(place: SlotPlace, tmp_path: Path) -> None:
    """The old keystore and the passphrase open nothing beside the slots as they are now."""
    slots = place.slots()
    keystore = Keystore.create(archive_of(tmp_path), slots, PASSPHRASE, Costs.for_tests())
    keystore.ensure(RECORDING)
    shutil.copytree(archive_of(tmp_path), tmp_path / "backup")
    keystore.shred([RECORDING])
    with pytest.raises(Exception, match="before a destruction"):
        Keystore.open(tmp_path / "backup", slots, PASSPHRASE)
