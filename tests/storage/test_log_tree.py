"""The Merkle tree of the processing log."""

from hypothesis import given, settings
from hypothesis import strategies as st

from storage.log.tree import (
    EMPTY_ROOT,
    Frontier,
    Tree,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)

# The inputs and roots of the Certificate Transparency test data (RFC 6962 reference implementation).
ENTRIES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIZES = 40
LEAVES = [leaf_hash(bytes([i])) for i in range(SIZES)]
TREE = Tree(LEAVES)


def test_roots_are_those_of_the_published_test_data() -> None:
    """Every size gives the root that other implementations give."""
    tree = Tree(map(leaf_hash, ENTRIES))
    assert [tree.root(size).hex() for size in range(1, 9)] == ROOTS


def test_empty_tree_hashes_nothing() -> None:
    """The root of no entries is the SHA-256 of nothing."""
    assert Tree().root() == Frontier().root() == EMPTY_ROOT


def test_frontier_grows_to_the_same_roots() -> None:
    """The appender, who keeps few hashes, finds the roots of the whole tree."""
    frontier = Frontier()
    for size, leaf in enumerate(LEAVES, start=1):
        frontier.extend(leaf)
        assert frontier.root() == TREE.root(size)


def test_every_inclusion_proof_verifies() -> None:
    """Each entry is proven in each tree that holds it."""
    for size in range(1, SIZES + 1):
        for index in range(size):
            proof = TREE.prove_inclusion(index, size)
            assert verify_inclusion(index, size, LEAVES[index], proof, TREE.root(size))


def test_inclusion_proof_fits_no_other_entry() -> None:
    """A proof for one entry does not prove another one, nor another place."""
    for index in range(SIZES):
        proof = TREE.prove_inclusion(index)
        assert not verify_inclusion(index, SIZES, leaf_hash(b"other"), proof, TREE.root())
        assert not verify_inclusion((index + 1) % SIZES, SIZES, LEAVES[index], proof, TREE.root())


def test_every_consistency_proof_verifies() -> None:
    """Each tree is proven to be the beginning of each later one."""
    for new in range(SIZES + 1):
        for old in range(new + 1):
            proof = TREE.prove_consistency(old, new)
            assert verify_consistency(old, new, proof, TREE.root(old), TREE.root(new))


def test_consistency_proof_refuses_another_past() -> None:
    """A proof does not carry over to a tree whose past was changed."""
    other = Tree([leaf_hash(b"other"), *LEAVES[1:]])
    for old in range(1, SIZES):
        proof = TREE.prove_consistency(old)
        assert not verify_consistency(old, SIZES, proof, other.root(old), TREE.root())
        assert not verify_consistency(old, SIZES, proof, TREE.root(old), other.root())


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_proofs_fail(data: st.DataObject) -> None:
    """A proof with a bit flipped, a hash dropped or one too many proves nothing."""
    index = data.draw(st.integers(0, SIZES - 1))
    proof = TREE.prove_inclusion(index)
    position = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 255))
    flipped = (int.from_bytes(proof[position], "big") ^ 1 << bit).to_bytes(32, "big")
    for damaged in (
        [*proof[:position], flipped, *proof[position + 1 :]],
        proof[:position] + proof[position + 1 :],
        [*proof, flipped],
    ):
        assert not verify_inclusion(index, SIZES, LEAVES[index], damaged, TREE.root())
