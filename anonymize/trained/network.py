"""The trained tagger's network, for use: NumPy alone, one pass over a whole session.

Words' vectors, hashed letters and the dense features become one row for each token; gated convolutions with growing
reach (Strubell et al. 2017, "Fast and Accurate Entity Recognition with Iterated Dilated Convolutions") carry what
stands around to each token; half-way, tokens of one spelling share what was learnt at each of them, so that a name
said plainly once is a name everywhere. ``training/network.py`` is the same network with gradients; what it trains is
written only if the two read alike (training/train.py).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anonymize.trained.features import FORMAT, Features

Array = NDArray[np.float32]
WEIGHTS = tuple(Path(__file__).parent / f"weights-{number}.npz" for number in (1, 2))
"""Of the networks that read a session side by side (docs/adr/0029)."""
DILATIONS = (1, 2, 4, 8, 1, 2, 4, 8)
LAYERS, HEADS = 5, 8
"""Of the resolver: rounds of attention among the elements of a session, and heads of each."""
ROUNDS = 2
"""Of the resolver: rounds in which two elements are weighed by what each is to a third."""
POOLED = 4
"""The blocks before tokens of one spelling share what they know."""
LABELS = ("YOUTH", "PERSON", "PLACE", "INSTITUTION", "DATE", "AGE", "CONTACT", "ID", "QUASI", "PUBLIC")
TAGS = ("O", *(f"{mark}-{label}" for label in LABELS for mark in "BI"))


class WeightsError(ValueError):
    """Weights that were trained on other features, or of another shape."""


@dataclass(frozen=True)
class Network:
    """The weights, and what they were made from."""

    weights: Mapping[str, Array]
    about: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path) -> "Network":
        """Read weights written by ``save``; WeightsError if they belong to other features."""
        with np.load(path) as file:
            about = json.loads(bytes(file["about"]).decode())
            weights = {name: file[name].astype(np.float32) for name in file.files if name != "about"}
        if about.get("features") != FORMAT:
            raise WeightsError(f"weights for features {about.get('features')}, expected {FORMAT}")
        return cls(weights, about)

    def hidden(self, features: Features, vectors: Array) -> Array:
        """Return what the network knows of each token, ``(tokens, width)``; ``vectors`` is the table that the rows of
        ``features`` point into."""
        w = self.weights
        x = np.concatenate(
            [
                _looked_up(vectors, features.rows[:, 0]) @ w["vector_low"],
                _looked_up(vectors, features.rows[:, 1]) @ w["vector_title"],
                *(w[f"hash_{index}"][features.hashes[:, index]] for index in range(features.hashes.shape[1])),
                features.dense,
            ],
            axis=1,
        )
        x = gelu(x @ w["in_w"] + w["in_b"])
        for index, dilation in enumerate(DILATIONS):
            if index == POOLED:
                shared = _shared(x, features.forms)
                x = x + gelu(np.concatenate([norm(x), norm(shared)], axis=1) @ w["pool_w"] + w["pool_b"])
            x = x + _block(norm(x), w[f"block_{index}_w"], w[f"block_{index}_b"], dilation)
        return norm(x)

    def scores(self, hidden: Array) -> Array:
        """Return the log-probability of each tag of TAGS at each token, ``(tokens, len(TAGS))``."""
        logits = hidden @ self.weights["out_w"] + self.weights["out_b"]
        logits = logits - logits.max(axis=1, keepdims=True)
        found: Array = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return found


def save(path: Path, weights: Mapping[str, Array], about: Mapping[str, Any]) -> None:
    """Write weights in half precision, and what they were made from."""
    halves = {name: np.asarray(value, np.float16) for name, value in weights.items()}
    note = np.frombuffer(json.dumps({**about, "features": FORMAT}, sort_keys=True).encode(), np.uint8)
    np.savez_compressed(path, allow_pickle=False, about=note, **halves)


def _looked_up(vectors: Array, rows: NDArray[np.int32]) -> Array:
    found = vectors[np.maximum(rows, 0)]
    found[rows < 0] = 0.0
    return found


def norm(x: Array) -> Array:
    found: Array = x / np.sqrt((x * x).mean(axis=1, keepdims=True) + np.float32(1e-5))
    return found


def gelu(x: Array) -> Array:
    found: Array = (
        np.float32(0.5) * x * (1 + np.tanh(np.float32(0.7978845608) * (x + np.float32(0.044715) * x * x * x)))
    )
    return found


def _block(x: Array, weights: Array, bias: Array, dilation: int) -> Array:
    """One gated convolution over the tokens ``dilation`` before, the token itself, and ``dilation`` after."""
    before, after = np.zeros_like(x), np.zeros_like(x)
    if len(x) > dilation:
        before[dilation:] = x[:-dilation]
        after[:-dilation] = x[dilation:]
    y = np.concatenate([before, x, after], axis=1) @ weights + bias
    value, gate = np.split(y, 2, axis=1)
    found: Array = value / (1 + np.exp(-gate))
    return found


def _shared(x: Array, forms: NDArray[np.int32]) -> Array:
    """Return for each token the mean over all tokens of its spelling."""
    order = np.argsort(forms, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(forms[order]) > 0])
    sums = np.add.reduceat(x[order], starts, axis=0)
    counts = np.diff(np.r_[starts, len(forms)])
    means: Array = (sums / counts[:, None]).astype(np.float32)
    return means[np.searchsorted(forms[order][starts], forms)]
