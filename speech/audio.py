"""Audio as a stream: the samples of a session piece by piece, in order, never all at once.

Rules this module keeps:

* A stream is opened anew for every pass and read once; nobody keeps more of it than they work on.
* The size of the pieces means nothing: the same samples in other pieces give the same result.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from speech.recording import RATE, Samples

Audio = Callable[[], Iterator[Samples]]
"""Opens a session's samples (16-bit mono, 16 kHz, all parts laid end to end) from the beginning, as pieces."""


def extracts(pieces: Iterable[Samples], stretches: Sequence[tuple[float, float]], longest: float) -> Iterator[Samples]:
    """The samples of each stretch (start, end in seconds), at most ``longest`` seconds of it, in one pass.

    Stretches may overlap; they begin in order (ValueError). One that lies past the end is empty.
    """
    source = iter(pieces)
    held, begin = np.zeros(0, np.int16), 0
    for start, end in stretches:
        first = int(start * RATE)
        last = min(int(end * RATE), first + int(longest * RATE))
        if first < begin:
            raise ValueError("stretches of a stream begin in order")
        parts, reached = [held], begin + len(held)
        while reached < last and (piece := next(source, None)) is not None:
            reached += len(piece)
            parts = [*parts, piece] if reached - len(piece) > first else [piece]
        begin = reached - sum(map(len, parts))
        held = np.concatenate(parts)[max(0, first - begin) :]
        begin = reached - len(held)
        yield held[: max(0, last - first)]
