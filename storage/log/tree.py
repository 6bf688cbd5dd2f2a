"""The Merkle tree of the processing log, as RFC 9162 section 2.1 defines it (SHA-256).

Rules kept here:
- a leaf is hashed with a zero byte before it, a node with a one byte, so that neither passes for the other;
- the empty tree has the hash of nothing;
- a proof is checked by arithmetic on its indices alone: a checker needs neither the log nor a key.

Hashes are 32 bytes everywhere.
"""

import hashlib
from collections.abc import Iterable, Sequence

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash of one entry, its line without the newline (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of two subtrees (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two smaller than ``size``."""
    return 1 << ((size - 1).bit_length() - 1)


def split(packed: bytes) -> list[bytes]:
    """Hashes that lie one after the other, as a list."""
    return [packed[at : at + HASH_SIZE] for at in range(0, len(packed), HASH_SIZE)]


def _parents(packed: bytes) -> bytes:
    """The hashes one level up: of each whole pair."""
    digest, whole = hashlib.sha256, len(packed) - len(packed) % (2 * HASH_SIZE)
    return b"".join([digest(b"\x01" + packed[at : at + 64]).digest() for at in range(0, whole, 64)])


class Frontier:
    """The perfect subtrees of a tree that only grows: enough to append and to know the root.

    Holds one hash per bit of the size, so an appender keeps a few dozen hashes, not the log.
    """

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self.size = 0
        self._subtrees: list[bytes] = []
        self.extend(b"".join(leaves))

    def extend(self, packed: bytes) -> None:
        """Append leaf hashes that lie one after the other."""
        at, count = 0, len(packed) // HASH_SIZE
        while at < count:
            aligned = self.size & -self.size or _LARGEST_STEP
            step = min(aligned, 1 << ((count - at).bit_length() - 1), _LARGEST_STEP)
            subtree = packed[at * HASH_SIZE : (at + step) * HASH_SIZE]
            while len(subtree) > HASH_SIZE:
                subtree = _parents(subtree)
            self._push(subtree, step)
            at += step

    def _push(self, right: bytes, leaves: int) -> None:
        """Append a perfect subtree of as many leaves as the size is a multiple of."""
        bits = self.size // leaves
        while bits & 1:
            right = node_hash(self._subtrees.pop(), right)
            bits >>= 1
        self._subtrees.append(right)
        self.size += leaves

    def copy(self) -> "Frontier":
        other = Frontier()
        other.size, other._subtrees = self.size, list(self._subtrees)
        return other

    def root(self) -> bytes:
        """The tree's hash."""
        if not self._subtrees:
            return EMPTY_ROOT
        root = self._subtrees[-1]
        for subtree in reversed(self._subtrees[:-1]):
            root = node_hash(subtree, root)
        return root


_LARGEST_STEP = 1 << 14
"""Leaves hashed in one go: a power of two."""


def roots_at(packed: bytes, sizes: Iterable[int]) -> dict[int, bytes]:
    """The roots of the trees of the first ``sizes`` leaves of ``packed``, in one pass."""
    frontier, roots = Frontier(), dict[int, bytes]()
    for size in sorted(set(sizes)):
        frontier.extend(packed[frontier.size * HASH_SIZE : size * HASH_SIZE])
        roots[size] = frontier.root()
    return roots


class Tree:
    """A whole tree in memory (64 bytes a leaf): roots of every size and the two kinds of proof."""

    def __init__(self, leaves: Iterable[bytes] | bytes = b"") -> None:
        """``leaves`` one by one, or one after the other in one value."""
        self._levels = [leaves if isinstance(leaves, bytes) else b"".join(leaves)]
        while len(self._levels[-1]) > HASH_SIZE:
            self._levels.append(_parents(self._levels[-1]))

    @property
    def size(self) -> int:
        return len(self._levels[0]) // HASH_SIZE

    def leaf(self, index: int) -> bytes:
        """Hash of leaf ``index``; IndexError if there is none."""
        if not 0 <= index < self.size:
            raise IndexError(index)
        return self._node(0, index)

    def _node(self, level: int, index: int) -> bytes:
        return self._levels[level][index * HASH_SIZE : (index + 1) * HASH_SIZE]

    def _hash(self, start: int, end: int) -> bytes:
        """Hash of the leaves ``start:end``; ``start`` is a multiple of the subtree's size."""
        size = end - start
        if size & (size - 1) == 0:
            level = size.bit_length() - 1
            return self._node(level, start >> level)
        middle = start + _split(size)
        return node_hash(self._hash(start, middle), self._hash(middle, end))

    def root(self, size: int | None = None) -> bytes:
        """Hash of the tree of the first ``size`` leaves, of all of them by default."""
        size = self.size if size is None else size
        if not 0 <= size <= self.size:
            raise ValueError(f"a tree of {self.size} leaves has no root of size {size}")
        return self._hash(0, size) if size else EMPTY_ROOT

    def prove_inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Proof that leaf ``index`` is in the tree of ``size`` leaves (RFC 9162, 2.1.3.1)."""
        size = self.size if size is None else size
        if not 0 <= index < size <= self.size:
            raise ValueError(f"leaf {index} is not in a tree of {size} leaves")
        proof: list[bytes] = []
        start, end = 0, size
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                proof.append(self._hash(middle, end))
                end = middle
            else:
                proof.append(self._hash(start, middle))
                start = middle
        return proof[::-1]

    def prove_consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """Proof that the first ``old`` leaves are unchanged in the tree of ``new`` (RFC 9162, 2.1.4.1).

        Empty when the sizes are equal or ``old`` is 0.
        """
        new = self.size if new is None else new
        if not 0 <= old <= new <= self.size:
            raise ValueError(f"a tree of {old} leaves cannot be the beginning of one of {new}")
        if old in (0, new):
            return []
        proof: list[bytes] = []
        start, end, whole = 0, new, True
        while old != end:
            middle = start + _split(end - start)
            if old <= middle:
                proof.append(self._hash(middle, end))
                end = middle
            else:
                proof.append(self._hash(start, middle))
                start, whole = middle, False
        if not whole:
            proof.append(self._hash(start, end))
        return proof[::-1]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether ``leaf`` is entry ``index`` of the tree of ``size`` leaves with ``root`` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            found = node_hash(sibling, found)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether the tree of ``old`` leaves is the beginning of the tree of ``new`` (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        return False
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root
