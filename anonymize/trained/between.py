"""What is said between two names that stand near each other: "Tulipe, enfin Amina pour ses copines".

A mean of what the network knows of the tokens between, each counted by a gate that is learnt. Eberts and Ulges (2020,
"Span-based Joint Entity and Relation Extraction with Transformer Pre-training") take the greatest of each channel; a
mean is a difference of running sums, and costs the same for any two names. ``training/network.py`` is the same with
gradients.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anonymize.trained.network import Array

NEAR = 48
"""Tokens between two names below which what is said there is read."""
LEAST = 0.05
"""Of the gates between two names, what they count together at least."""


@dataclass(frozen=True)
class Between:
    """Of some elements the pairs that stand near each other, the earlier one first: their rows ``(k,)`` each, and what
    is said between, with a 1 at the end, ``(k, channels + 1)``."""

    one: NDArray[np.int64]
    other: NDArray[np.int64]
    said: Array


def sums_of(w: Mapping[str, Array], hidden: Array) -> NDArray[np.float64]:
    """Return the running sums over the tokens of a session that ``between`` takes its means from."""
    gate = 1 / (1 + np.exp(-(hidden @ w["between_gate"] + w["between_gate_b"])))
    values = np.concatenate([(hidden @ w["between_w"]) * gate, gate], axis=1)
    return np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)])


def between(sums: NDArray[np.float64], tokens: NDArray[np.int32]) -> Between:
    """Return what is said between the stretches ``tokens``, ``(m, 2)``."""
    first, last = tokens[:, 0], tokens[:, 1]
    gap = first[None, :] - last[:, None]
    one, other = np.nonzero((gap >= 0) & (gap < NEAR))
    found = sums[first[other]] - sums[last[one]]
    means = found[:, :-1] / np.maximum(found[:, -1:], LEAST)
    return Between(one, other, np.concatenate([means, np.ones((len(one), 1))], axis=1).astype(np.float32))
