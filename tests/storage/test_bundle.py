"""The file in which a workshop goes to another home: whole, for one recipient, in bounded memory."""

import hashlib
import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from storage.copies import bundle
from storage.copies.bundle import Objects, check_recipient, make_identity, pack, read_identities, unpack
from tests.storage.killing import no_file_beyond
from vocabulary.errors import DamagedError, KeysError, ResourceError, StateError, UsageError

MANIFEST = b'{"of":"nobody"}'


@pytest.fixture
def address(tmp_path: Path) -> str:
    return make_identity(tmp_path / "identity")


def _identities(folder: Path) -> list[str]:
    with (folder / "identity").open("rb") as file:
        return read_identities(file)


def _packed(folder: Path, address: str, contents: list[bytes], manifest: bytes = MANIFEST) -> Objects:
    files = {hashlib.sha256(content).hexdigest(): content for content in contents}
    objects = [(digest, len(content)) for digest, content in files.items()]
    pack(folder / "x.age", address, manifest, objects, lambda digest: io.BytesIO(files[digest]))
    return objects


def _unpack(folder: Path, objects: Objects) -> bundle.Unpacked:
    with (folder / "x.age").open("rb") as source:
        return unpack(source, _identities(folder), folder / "store", lambda _: objects)


@pytest.mark.parametrize("contents", [[], [b""], [b"a"], [b"a" * 200_000, b"", b"b" * 65_536], [b"x", b""]])
def test_what_was_packed_is_unpacked(tmp_path: Path, address: str, contents: list[bytes]) -> None:
    """Manifest and objects, byte for byte; the digest is that of the file."""
    objects = _packed(tmp_path, address, contents)
    found = _unpack(tmp_path, objects)
    assert found.manifest == MANIFEST
    assert found.digest == hashlib.sha256((tmp_path / "x.age").read_bytes()).hexdigest()
    assert [(tmp_path / "store" / digest[:2] / digest).read_bytes() for digest, _ in objects] == contents


@pytest.mark.parametrize("kept", [1, 3])
def test_one_object_too_few_or_too_many_is_damage(tmp_path: Path, address: str, kept: int) -> None:
    """The manifest says how many there are."""
    objects = [*_packed(tmp_path, address, [b"a", b"b"]), (hashlib.sha256(b"c").hexdigest(), 1)]
    with pytest.raises(DamagedError):
        _unpack(tmp_path, objects[:kept])


def test_a_newer_format_is_refused_with_the_way_forward(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not taken for damage."""
    with monkeypatch.context() as patched:
        patched.setattr(bundle, "FORMAT", "huisclos-workshop/2")
        _packed(tmp_path, address, [])
    with pytest.raises(StateError) as raised:
        _unpack(tmp_path, [])
    assert raised.value.facts["found"] == "huisclos-workshop/2"


def test_what_is_no_bundle_is_damage_or_another_s(tmp_path: Path, address: str) -> None:
    """A file of age with something else in it; no file of age at all; one for somebody else."""
    from pyrage import encrypt, x25519

    (tmp_path / "x.age").write_bytes(encrypt(b"hello", [x25519.Recipient.from_str(address)]))
    with pytest.raises(DamagedError):
        _unpack(tmp_path, [])
    (tmp_path / "x.age").write_bytes(b"hello")
    with pytest.raises(DamagedError):
        _unpack(tmp_path, [])
    (tmp_path / "x.age").write_bytes(encrypt(b"hello", [x25519.Identity.generate().to_public()]))
    with pytest.raises(KeysError):
        _unpack(tmp_path, [])


def test_an_object_that_is_not_as_its_digest_says_is_never_packed(tmp_path: Path, address: str) -> None:
    """Nothing is left of the bundle."""
    with pytest.raises(DamagedError):
        pack(tmp_path / "x.age", address, MANIFEST, [("0" * 64, 1)], lambda _: io.BytesIO(b"a"))
    assert not (tmp_path / "x.age").exists()


@pytest.mark.parametrize("text", ["", "age1", "age1" + "q" * 58, "AGE-SECRET-KEY-1" + "Q" * 58, "ssh-ed25519 AAAA"])
def test_only_an_address_is_one(text: str) -> None:
    """Its check digits included."""
    with pytest.raises(UsageError):
        check_recipient(text)


@pytest.mark.parametrize("text", [b"", b"# nothing\n", b"AGE-SECRET-KEY-1" + b"Q" * 58, b"\xff\x00"])
def test_a_file_without_an_identity_is_refused(text: bytes) -> None:
    """As is one whose check digits are wrong."""
    with pytest.raises(KeysError):
        read_identities(io.BytesIO(text))


class _Zeros(io.RawIOBase):
    """Many zeros, made as they are read."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        given = min(self.left, len(buffer))
        buffer[:given] = bytes(given)
        self.left -= given
        return given


def test_a_long_recording_is_never_in_memory_as_a_whole(tmp_path: Path, address: str) -> None:
    """48 MiB go in and out; a few MiB are held."""
    size = 48 << 20

    def pieces() -> Iterator[bytes]:
        yield from (bytes(1 << 20) for _ in range(size >> 20))

    digest = hashlib.sha256()
    for piece in pieces():
        digest.update(piece)
    objects = [(digest.hexdigest(), size)]

    def opened(_: str) -> BinaryIO:
        return cast(BinaryIO, _Zeros(size))

    tracemalloc.start()
    try:
        pack(tmp_path / "x.age", address, MANIFEST, objects, opened)
        _unpack(tmp_path, objects)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20
    assert (tmp_path / "store" / objects[0][0][:2] / objects[0][0]).stat().st_size == size


def test_a_full_disk_is_told_as_one_and_leaves_nothing(tmp_path: Path, address: str) -> None:
    """On either side: while packing, and while unpacking."""
    content = b"a" * 500_000
    with no_file_beyond(100_000), pytest.raises(ResourceError):
        _packed(tmp_path, address, [content])
    assert not (tmp_path / "x.age").exists()
    objects = _packed(tmp_path, address, [content])
    with no_file_beyond(100_000), pytest.raises(ResourceError):
        _unpack(tmp_path, objects)
