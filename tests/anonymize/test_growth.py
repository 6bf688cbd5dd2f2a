"""How growth is measured: sessions made longer, exponents, and one point in a process of its own."""

import pytest

from benchmarks.growth import MEMORY, Point, conclusions, exponent, invented, measured_apart, session_of, table


def point(words: int, seconds: float, vault: int = 0, peak: float = 500.0) -> Point:
    return Point(1, words, vault, 4.0, 0.0, seconds, 0.0, seconds, peak)


def test_exponents_are_slopes() -> None:
    """Time that grows as a power of the size gives that power."""
    for power in (0.0, 1.0, 2.0):
        assert exponent([10, 100, 1000], [3 * size**power for size in (10, 100, 1000)]) == pytest.approx(power)


def test_a_longer_session_names_more_people() -> None:
    """Four sessions in a row are four times as long, and their people bear other names."""
    (once, _), (four, speakers) = session_of(1), session_of(4)
    assert len(four) == len(speakers)
    assert 3 < sum(len(turn.split()) for turn in four) / sum(len(turn.split()) for turn in once) < 5
    assert four[: len(once)] == once
    assert session_of(4) == (four, speakers)


def test_what_the_points_say() -> None:
    """Linear time, a vault that costs nothing, and memory that was exceeded are said so."""
    lengths = [point(1000, 1.0), point(10_000, 10.0, peak=MEMORY + 1)]
    vaults = [point(1000, 1.0), point(1000, 1.0, 100), point(1000, 1.0, 1000)]
    said = "\n".join(conclusions(lengths, vaults))
    assert "linking, over words: exponent 1.00, of the last step 1.00" in said
    assert "all, over the size of the vault: exponent 0.00" in said
    assert "exceeded" in said
    assert len(table(lengths).splitlines()) == 4


@pytest.mark.nightly
def test_linking_does_not_outgrow_session_or_vault() -> None:
    """Three times the words take at most five times as long, 300 known people at most twice as long as none."""
    once, thrice, known = measured_apart(1, 0), measured_apart(3, 0), measured_apart(1, 300)
    assert thrice.seconds < 5 * once.seconds
    assert known.seconds < 2 * once.seconds
    assert max(once.peak, thrice.peak, known.peak) < MEMORY


def test_invented_names_are_names_and_no_words() -> None:
    """The same seed gives the same names, all of them capitalised and none an ordinary word."""
    import random

    names = invented(random.Random(1))
    assert names == invented(random.Random(1))
    assert len(names) > 20_000
    assert all(name.istitle() for name in names[:100])
