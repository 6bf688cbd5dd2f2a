"""The object store: durable or not there, and nothing plain on the disk."""

import hashlib
import io
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from storage.keys.scope import Scope
from storage.objects import ObjectStore, Sealed
from storage.stream import CHUNK
from tests.storage.keystores import (
    RECORDING,
    VERBATIM,
    archive_of,
    flipped,
    new_keystore,
    new_store,
    open_keystore,
)
from tests.storage.killing import killed_before, no_file_beyond
from vocabulary.choices import RecordClass
from vocabulary.errors import DamagedError, KeyGoneError, KeysError, ResourceError
from vocabulary.ids import is_id
from vocabulary.text import IdentifiedText, TreatedText
from vocabulary.transcript import Transcript, TreatedTranscript, TreatedTurn, Turn, Word

CANARY = "Zéphyrine Quatrebarbes"
TRANSCRIPT = Transcript(
    turns=(
        Turn("S1", 0.0, 2.5, IdentifiedText(f"C'est {CANARY}."), (Word(IdentifiedText(CANARY), 0.25, 2.0, 0.875),)),
        Turn("S2", 2.5, 3.0, IdentifiedText("")),
    ),
    language="fr",
    duration=3.0,
    model="base/int8",
    warnings=("The end of the recording is damaged.",),
)
TREATED = TreatedTranscript("group", (TreatedTurn(None, 0.0, 1.0, TreatedText(CANARY)),))


def _file(store: ObjectStore, sealed: Sealed) -> Path:
    return store.root / sealed.digest[:2] / sealed.digest


def _files(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "archive").rglob("*") if path.is_file() and path.name != "keystore")


Sealing = Callable[[ObjectStore], Sealed]
SEALINGS: dict[str, Sealing] = {
    "blob": lambda store: store.seal(RECORDING, CANARY.encode() * 40_000),
    "transcript": lambda store: store.seal_transcript(RECORDING, TRANSCRIPT),
    "treated": lambda store: store.seal_treated(RECORDING, TREATED, "a1b2"),
}
each_sealing = pytest.mark.parametrize("sealing", SEALINGS.values(), ids=SEALINGS.keys())


def test_a_blob_opens_as_it_was_sealed(tmp_path: Path) -> None:
    """From bytes and from a file, which is read from where it stands."""
    store = new_store(tmp_path)
    source = io.BytesIO(b"skipped" + bytes(3 * CHUNK))
    source.seek(7)
    assert store.unseal(RECORDING, store.seal(RECORDING, source)) == bytes(3 * CHUNK)
    assert store.unseal(RECORDING, store.seal(RECORDING, b"")) == b""


def test_tables_open_as_they_were_sealed(tmp_path: Path) -> None:
    """Transcript and treated transcript, with its salt."""
    store = new_store(tmp_path)
    assert store.unseal_transcript(RECORDING, store.seal_transcript(RECORDING, TRANSCRIPT)) == TRANSCRIPT
    assert store.unseal_treated(RECORDING, store.seal_treated(RECORDING, TREATED, "a1")) == (TREATED, "a1")


@each_sealing
def test_an_object_is_named_by_the_digest_of_its_file(tmp_path: Path, sealing: Sealing) -> None:
    """Digest and size are those of the ciphertext."""
    store = new_store(tmp_path)
    sealed = sealing(store)
    data = _file(store, sealed).read_bytes()
    assert (hashlib.sha256(data).hexdigest(), len(data)) == (sealed.digest, sealed.size)
    assert store.check_digest(sealed.digest)
    assert list(store.digests()) == [sealed.digest]
    assert is_id(sealed.object_id)


@each_sealing
def test_no_plain_byte_lies_on_the_disk(tmp_path: Path, sealing: Sealing) -> None:
    """The canary is found in no file of the home, in any name, raw or in UTF-16."""
    sealing(new_store(tmp_path))
    for path in tmp_path.rglob("*"):
        assert CANARY not in path.name
        if path.is_file():
            data = path.read_bytes()
            assert CANARY.encode() not in data
            assert CANARY.encode("utf-16-le") not in data


@each_sealing
def test_every_sealing_has_its_own_id(tmp_path: Path, sealing: Sealing) -> None:
    """The same content sealed twice gives two ids and two files."""
    store = new_store(tmp_path)
    one, two = sealing(store), sealing(store)
    assert one.object_id != two.object_id
    assert one.digest != two.digest


@each_sealing
@pytest.mark.parametrize(
    "other",
    [
        Scope("marseille-13", 4, RecordClass.RECORDING, 1),
        Scope("marseille-13", 3, RecordClass.VERBATIM, 1),
        Scope("marseille-14", 3, RecordClass.RECORDING, 1),
        Scope("marseille-13", 3, RecordClass.RECORDING, 2),
    ],
)
def test_an_object_opens_only_in_its_own_scope(tmp_path: Path, sealing: Sealing, other: Scope) -> None:
    """Session, class, workshop and epoch are bound to the object."""
    store = new_store(tmp_path)
    sealed = sealing(store)
    open_keystore(tmp_path).ensure(other)
    store.check_opens(RECORDING, sealed)
    with pytest.raises(DamagedError) as caught:
        store.check_opens(other, sealed)
    assert caught.value.place == sealed.object_id


@each_sealing
def test_an_object_opens_only_under_its_own_id(tmp_path: Path, sealing: Sealing) -> None:
    """Two objects of one scope cannot stand for each other."""
    store = new_store(tmp_path)
    one, two = sealing(store), sealing(store)
    with pytest.raises(DamagedError):
        store.check_opens(RECORDING, replace(one, object_id=two.object_id))


@each_sealing
def test_any_flipped_byte_is_found(tmp_path: Path, sealing: Sealing) -> None:
    """By opening, even when somebody also corrected the digest in the catalog, and by the fixity check."""
    store = new_store(tmp_path)
    sealed = sealing(store)
    path = _file(store, sealed)
    data = path.read_bytes()
    for at in range(0, len(data), max(1, len(data) // 150)):
        path.write_bytes(flipped(data, at))
        assert not store.check_digest(sealed.digest)
        with pytest.raises(DamagedError):
            store.check_opens(RECORDING, sealed)
        forged = _put(store, sealed, flipped(data, at))
        with pytest.raises(DamagedError):
            store.check_opens(RECORDING, forged)


def _put(store: ObjectStore, sealed: Sealed, data: bytes) -> Sealed:
    """Lay ``data`` in the store as ``sealed``, with its right name and size."""
    digest = hashlib.sha256(data).hexdigest()
    (store.root / digest[:2]).mkdir(exist_ok=True)
    (store.root / digest[:2] / digest).write_bytes(data)
    return replace(sealed, digest=digest, size=len(data))


@each_sealing
def test_truncated_and_missing_objects_are_damaged(tmp_path: Path, sealing: Sealing) -> None:
    """A short file and no file at all are named, without a byte given out."""
    store = new_store(tmp_path)
    sealed = sealing(store)
    data = _file(store, sealed).read_bytes()
    for size in (0, 1, 100, len(data) - 1):
        with pytest.raises(DamagedError):
            store.check_opens(RECORDING, _put(store, sealed, data[:size]))
    _file(store, sealed).unlink()
    with pytest.raises(DamagedError, match="missing"):
        store.check_opens(RECORDING, sealed)
    assert not store.check_digest(sealed.digest)


def test_bytes_between_the_parts_of_a_table_are_found(tmp_path: Path) -> None:
    """What Parquet itself would pass over does not pass the digest."""
    store = new_store(tmp_path)
    sealed = store.seal_transcript(RECORDING, TRANSCRIPT)
    path = _file(store, sealed)
    data = path.read_bytes()
    footer = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    path.write_bytes(data[:footer] + b"slipped in" + data[footer:])
    with pytest.raises(DamagedError):
        store.unseal_transcript(RECORDING, replace(sealed, size=path.stat().st_size))


def test_a_blob_is_not_a_table(tmp_path: Path) -> None:
    """Each kind opens only as itself."""
    store = new_store(tmp_path)
    blob, table = store.seal(RECORDING, b"x"), store.seal_transcript(RECORDING, TRANSCRIPT)
    with pytest.raises(DamagedError):
        store.unseal_transcript(RECORDING, blob)
    with pytest.raises(DamagedError):
        store.unseal_transcript(RECORDING, replace(blob, kind="table"))
    with pytest.raises(DamagedError):
        store.unseal(RECORDING, replace(table, kind="blob"))
    with pytest.raises(DamagedError):
        store.unseal_treated(RECORDING, table)


def test_a_reader_gives_ranges_and_authenticates_the_end(tmp_path: Path) -> None:
    """A range of the beginning is refused when the end was cut off."""
    store = new_store(tmp_path)
    plain = os.urandom(2 * CHUNK + 7)
    sealed = store.seal(RECORDING, plain)
    with store.reader(RECORDING, sealed) as reader:
        reader.seek(CHUNK - 3)
        assert reader.read(6) == plain[CHUNK - 3 : CHUNK + 3]
    path = _file(store, sealed)
    path.write_bytes(path.read_bytes()[: -7 - 16])
    with pytest.raises(DamagedError):
        store.reader(RECORDING, replace(sealed, size=path.stat().st_size))


def test_a_destroyed_key_closes_every_door(tmp_path: Path) -> None:
    """Objects of the scope open no more, a reader already open stops, and nothing new is sealed."""
    store = new_store(tmp_path, RECORDING, VERBATIM)
    sealed, table = store.seal(RECORDING, bytes(3 * CHUNK)), store.seal_transcript(RECORDING, TRANSCRIPT)
    reader = store.reader(RECORDING, sealed)
    open_keystore(tmp_path).shred([RECORDING])
    reader.seek(0)
    with pytest.raises(KeyGoneError):
        reader.read()
    for action in (
        lambda: store.unseal(RECORDING, sealed),
        lambda: store.unseal_transcript(RECORDING, table),
        lambda: store.seal(RECORDING, b"x"),
        lambda: store.seal_transcript(RECORDING, TRANSCRIPT),
    ):
        with pytest.raises(KeyGoneError):
            action()
    assert len(_files(tmp_path)) == 2


def test_a_key_destroyed_during_a_sealing_leaves_no_object(tmp_path: Path) -> None:
    """What is being sealed when its key goes never appears."""
    store = new_store(tmp_path)

    class Shredding(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            open_keystore(tmp_path).shred([RECORDING])
            return super().read(size)

    with pytest.raises(KeyGoneError):
        store.seal(RECORDING, Shredding(b"too late"))
    assert _files(tmp_path) == []


@pytest.mark.parametrize("kind", ["blob", "table"])
def test_resealing_moves_content_to_another_scope(tmp_path: Path, kind: str) -> None:
    """The new object opens when the old key is destroyed."""
    store = new_store(tmp_path)
    old = store.seal(RECORDING, b"kept") if kind == "blob" else store.seal_transcript(RECORDING, TRANSCRIPT)
    target = replace(RECORDING, epoch=2)
    keystore = open_keystore(tmp_path)
    keystore.ensure(target)
    new = store.reseal(RECORDING, old, target)
    keystore.shred([RECORDING])
    if kind == "blob":
        assert store.unseal(target, new) == b"kept"
    else:
        assert store.unseal_transcript(target, new) == TRANSCRIPT


@each_sealing
def test_a_full_disk_leaves_nothing(tmp_path: Path, sealing: Sealing) -> None:
    """ResourceError, and no file where there was none."""
    store = new_store(tmp_path)
    with no_file_beyond(1000), pytest.raises(ResourceError):
        sealing(store)
    assert _files(tmp_path) == []
    assert store.check_digest(sealing(store).digest)


def test_a_source_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """An error of the source passes, and what was written goes."""
    store = new_store(tmp_path)

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > CHUNK:
                raise OSError("the stick was pulled out")
            return super().read(size)

    with pytest.raises(OSError, match="pulled out"):
        store.seal(RECORDING, Broken(bytes(4 * CHUNK)))
    assert _files(tmp_path) == []


def test_a_sealing_killed_anywhere_leaves_a_whole_object_or_none(tmp_path: Path) -> None:
    """After kill -9 the next store to open removes the rest; what has its name is whole."""
    new_keystore(tmp_path, RECORDING)
    plain = b"p" * 5000
    number = wholes = 0
    while True:
        store = ObjectStore(archive_of(tmp_path) / "objects", open_keystore(tmp_path))
        killed = killed_before(lambda: store.seal(RECORDING, plain), number)  # noqa: B023 (called at once)
        ObjectStore(store.root, open_keystore(tmp_path))
        found = list(store.digests())
        assert _files(tmp_path) == found
        assert all(store.check_digest(digest) for digest in found)
        wholes += len(found)
        for digest in found:
            store.discard(digest)
        if not killed:
            break
        number += 1
    assert number > 8
    assert wholes > 1


def test_a_sealing_under_way_is_not_taken_for_abandoned(tmp_path: Path) -> None:
    """Another process that opens the archive meanwhile removes nothing."""
    store = new_store(tmp_path)

    class Watched(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            ObjectStore(store.root, open_keystore(tmp_path))
            return super().read(size)

    sealed = store.seal(RECORDING, Watched(b"still here"))
    assert store.unseal(RECORDING, sealed) == b"still here"


def test_many_sealings_at_once(tmp_path: Path) -> None:
    """Threads share a store."""
    store = new_store(tmp_path)
    done: list[tuple[bytes, Sealed]] = []

    def seal(number: int) -> None:
        for step in range(5):
            plain = f"{number}-{step}".encode()
            done.append((plain, store.seal(RECORDING, plain)))

    threads = [threading.Thread(target=seal, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(store.unseal(RECORDING, sealed) == plain for plain, sealed in done)
    assert len(list(store.digests())) == 20


def test_discarding_twice_is_discarding(tmp_path: Path) -> None:
    """The file goes; what is gone stays gone without complaint."""
    store = new_store(tmp_path)
    sealed = store.seal(RECORDING, b"x")
    store.discard(sealed.digest)
    store.discard(sealed.digest)
    assert list(store.digests()) == []


@pytest.mark.parametrize("digest", ["", "../keystore", "a" * 63, "A" * 64, "a" * 64 + "\n"])
def test_a_path_is_not_a_digest(tmp_path: Path, digest: str) -> None:
    """Nothing outside the objects folder is read or removed."""
    with pytest.raises(ValueError, match="64 hex digits"):
        new_store(tmp_path).discard(digest)


def test_a_link_is_not_an_object(tmp_path: Path) -> None:
    """Objects are opened without following links."""
    store = new_store(tmp_path)
    sealed = store.seal(RECORDING, b"x")
    path = _file(store, sealed)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert not store.check_digest(sealed.digest)
    with pytest.raises(DamagedError):
        store.unseal(RECORDING, sealed)


def test_a_locked_store_checks_and_opens_nothing(tmp_path: Path) -> None:
    """Fixity needs no key; opening says that the archive is locked."""
    store = new_store(tmp_path)
    sealed = store.seal(RECORDING, b"x")
    locked = ObjectStore(store.root)
    assert locked.check_digest(sealed.digest)
    assert list(locked.digests()) == [sealed.digest]
    with pytest.raises(KeysError):
        locked.unseal(RECORDING, sealed)


def test_modes_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    """Files 0600, folders 0700, under a generous and under an absurd umask."""
    store = new_store(tmp_path)
    for umask in (0, 0o177):
        before = os.umask(umask)
        try:
            sealed = store.seal(RECORDING, b"x")
        finally:
            os.umask(before)
        assert _file(store, sealed).stat().st_mode & 0o777 == 0o600
        assert _file(store, sealed).parent.stat().st_mode & 0o777 == 0o700


def test_one_query_reads_several_sealed_tables(tmp_path: Path) -> None:
    """Each under its own key, joined in one statement."""
    store = new_store(tmp_path, RECORDING, VERBATIM)
    items = {
        "one": (RECORDING, store.seal_transcript(RECORDING, TRANSCRIPT)),
        "two": (VERBATIM, store.seal_treated(VERBATIM, TREATED, "a1")),
    }
    sql = "select one.speaker, len(one.words), two.text from one join two on one.text like '%' || two.text || '%'"
    assert store.query_transcripts(items, sql) == [("S1", 1, CANARY)]


def test_no_message_of_a_damaged_object_quotes_it(tmp_path: Path) -> None:
    """Errors name the object and nothing it holds, along their whole chain."""
    store = new_store(tmp_path)
    sealed = store.seal_transcript(RECORDING, TRANSCRIPT)
    path = _file(store, sealed)
    path.write_bytes(flipped(path.read_bytes(), 60))
    with pytest.raises(DamagedError) as caught:
        store.unseal_transcript(RECORDING, sealed)
    error: BaseException | None = caught.value
    while error is not None:
        assert CANARY not in str(error)
        error = error.__context__
