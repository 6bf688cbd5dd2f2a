"""Audio comes as a stream, and what is cut out of it does not depend on its pieces."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.audio import extracts
from speech.recording import RATE, Samples

SAMPLES: Samples = np.arange(4 * RATE, dtype=np.int64).astype(np.int16)
_SECONDS = st.floats(0, 5, allow_nan=False)


def _pieces(size: int) -> list[Samples]:
    return [SAMPLES[at : at + size] for at in range(0, len(SAMPLES), size)]


@given(st.lists(st.tuples(_SECONDS, _SECONDS), max_size=8), st.integers(100, 5 * RATE))
def test_stretches_of_a_stream_are_those_of_the_whole(drawn: list[tuple[float, float]], size: int) -> None:
    """Overlapping, empty, past the end: each is what slicing gives."""
    stretches = sorted((min(pair), max(pair)) for pair in drawn)
    found = list(extracts(_pieces(size), stretches, longest=2.0))
    assert len(found) == len(stretches)
    for samples, (start, end) in zip(found, stretches, strict=True):
        wanted = SAMPLES[int(start * RATE) : int(end * RATE)][: 2 * RATE]
        assert np.array_equal(samples, wanted)


def test_stretches_out_of_order_are_refused() -> None:
    """What passed by is gone."""
    with pytest.raises(ValueError, match="in order"):
        list(extracts(_pieces(1000), [(2.0, 3.0), (1.0, 1.5)], longest=2.0))
