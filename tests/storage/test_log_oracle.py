"""Our tree beside pymerkle's, which shares no code with it."""

import pytest
from pymerkle import InmemoryTree
from pymerkle import verify_consistency as their_consistency
from pymerkle import verify_inclusion as their_inclusion

from storage.log.tree import Frontier, Tree, leaf_hash, roots_at, verify_consistency, verify_inclusion

SIZE = 70
DATA = [b"entry %d" % number for number in range(SIZE)]
OURS = Tree(leaf_hash(data) for data in DATA)


@pytest.fixture(scope="module")
def theirs() -> InmemoryTree:
    """The same entries in the other tree."""
    tree = InmemoryTree(algorithm="sha256")
    for data in DATA:
        tree.append_entry(data)
    return tree


@pytest.fixture(scope="module")
def roots(theirs: InmemoryTree) -> list[bytes]:
    """Its root of every size."""
    return [b"", *(theirs.get_root(size) for size in range(1, SIZE + 1))]


def test_roots_agree(roots: list[bytes]) -> None:
    """Of every size, by the tree, by the appender's frontier and in one pass."""
    packed = b"".join(map(leaf_hash, DATA))
    at_once = roots_at(packed, range(1, SIZE + 1))
    for size in range(1, SIZE + 1):
        frontier = Frontier()
        frontier.extend(packed[: 32 * size])
        assert OURS.root(size) == frontier.root() == at_once[size] == roots[size]


def test_inclusion_proofs_agree(theirs: InmemoryTree, roots: list[bytes]) -> None:
    """The same hashes for every entry in every tree; each side accepts the other's root."""
    for size in range(1, SIZE + 1, 3):
        for index in range(size):
            other, leaf = theirs.prove_inclusion(index + 1, size), leaf_hash(DATA[index])
            ours = OURS.prove_inclusion(index, size)
            assert sorted([leaf, *ours]) == sorted(other.path)
            assert verify_inclusion(index, size, leaf, ours, roots[size])
            their_inclusion(leaf, OURS.root(size), other)


def test_consistency_proofs_agree(theirs: InmemoryTree, roots: list[bytes]) -> None:
    """For every pair of sizes ours holds between their roots, and theirs (which has another form) between ours."""
    for new in range(2, SIZE + 1, 3):
        for old in range(1, new):
            other, ours = theirs.prove_consistency(old, new), OURS.prove_consistency(old, new)
            assert verify_consistency(old, new, ours, roots[old], roots[new])
            their_consistency(OURS.root(old), OURS.root(new), other)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 16_384, 20_001])
def test_large_trees_agree_with_one_leaf_at_a_time(size: int) -> None:
    """The steps in which many leaves are hashed at once change nothing, wherever they begin."""
    leaves = [leaf_hash(b"%d" % number) for number in range(size)]
    whole, parts = Frontier(leaves), Frontier()
    for at in range(0, size, 997):
        parts.extend(b"".join(leaves[at : at + 997]))
    assert whole.root() == parts.root() == Tree(leaves).root()
