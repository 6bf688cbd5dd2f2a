"""Confidence intervals of the measures of detection, by drawing the sessions again.

Rules of the module:
- Percentile bootstrap (Efron 1979) over documents: as many as there are, drawn with replacement, ``draws`` times,
  from a seed, so that the same counts give the same interval.
- All measures are taken from the same draws, so that rows can be compared.
- A draw in which a measure has nothing to measure is left out of its interval.
- Sessions of one workshop share names: where a corpus has few workshops, the truth varies more than the interval says.
"""

from collections.abc import Mapping

import numpy as np

from anonymize.evaluate import Tally

DRAWS = 2000
SEED = 20261123


def intervals(
    counted: Mapping[str, Tally], *, draws: int = DRAWS, seed: int = SEED, level: float = 0.95
) -> dict[tuple[str, str], tuple[float, float]]:
    """Return the interval of each (row, measure) that was counted in ``counted`` (document -> tally)."""
    keys = sorted({key for tally in counted.values() for key in tally})
    parts = np.array([[tally.get(key, (0.0, 0.0))[0] for key in keys] for tally in counted.values()])
    wholes = np.array([[tally.get(key, (0.0, 0.0))[1] for key in keys] for tally in counted.values()])
    size = len(counted)
    times = np.random.default_rng(seed).multinomial(size, np.full(size, 1 / size), size=draws)
    with np.errstate(invalid="ignore"):
        shares = (times @ parts) / (times @ wholes)
    tail = 50 * (1 - level)
    low, high = np.nanpercentile(shares, [tail, 100 - tail], axis=0)
    return {key: (float(low[index]), float(high[index])) for index, key in enumerate(keys)}
