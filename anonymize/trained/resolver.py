"""The resolver's part of the network, for use: which names of a session are one, and who is a youth, an adult.

The elements of a session (anonymize/trained/elements.py) attend to each other, with a bias for how two of them stand to
each other (Shaw et al. 2018, "Self-Attention with Relative Position Representations"); then each two are weighed by
what both are to a third, as residues are (Jumper et al. 2021, "Highly accurate protein structure prediction with
AlphaFold", triangle updates): that the Notaire is Lemoine is said once, and holds for every other mention of either.

A long session is read in windows that overlap, so that the cost grows with its length; two names that never stand in
one window are not weighed. ``training/network.py`` is the same with gradients; what it trains is written only
if the two read alike.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anonymize.trained.between import Between, between, sums_of
from anonymize.trained.elements import Candidates, Elements, candidates_of, relations
from anonymize.trained.network import HEADS, LAYERS, ROUNDS, Array, gelu, norm

WINDOW, STEP = 256, 192
"""Elements of a window, and from one window to the next: some 1,500 words, and three quarters of them."""


@dataclass(frozen=True)
class Weighed:
    """Of some elements of a session: the candidates, the log-odds of each two to be one ``(n, n)``, symmetric, and the
    log-probabilities of the kinds of each ``(n, len(KINDS))``, both the mean of what the networks hold."""

    candidates: Candidates
    one: Array
    kinds: Array


def weigh_elements(
    weights: Sequence[Mapping[str, Array]],
    hidden: Sequence[Array],
    elements: Elements,
    *,
    window: int = WINDOW,
    step: int = STEP,
) -> list[Weighed]:
    """Return what the networks hold of the elements of a session, window by window, the mean of their log-odds;
    ``hidden`` is what each knows of the tokens. ValueError if spellings were not compared as far as a window reaches.
    """
    if min(window, len(elements)) > elements.reach:
        raise ValueError(f"spellings are compared within {elements.reach} elements, windows have {window}")
    if not len(elements):
        return []
    readers = [_Reader.of(w, known, elements) for w, known in zip(weights, hidden, strict=True)]
    found = []
    with ThreadPoolExecutor(len(readers)) as pool:
        for low in range(0, len(elements), step):
            high = min(len(elements), low + window)
            related = relations(elements, low, high)
            candidates = candidates_of(elements, related, low, high)
            reading = [pool.submit(one.read, elements, low, high, related, candidates) for one in readers]
            held = zip(*(one.result() for one in reading), strict=True)
            found.append(Weighed(candidates, *(np.mean(part, axis=0) for part in held)))
            if high == len(elements):
                break
    return found


@dataclass(frozen=True)
class _Reader:
    """One network, and what it knows of each element and of the tokens up to each."""

    weights: Mapping[str, Array]
    known: Array
    running: NDArray[np.float64]

    @classmethod
    def of(cls, weights: Mapping[str, Array], hidden: Array, elements: Elements) -> "_Reader":
        sums = np.concatenate([np.zeros((1, hidden.shape[1])), np.cumsum(hidden, axis=0, dtype=np.float64)])
        first, last = elements.tokens[:, 0], elements.tokens[:, 1]
        known = ((sums[last] - sums[first]) / (last - first)[:, None]).astype(np.float32)
        return cls(weights, known, sums_of(weights, hidden))

    def read(
        self, elements: Elements, low: int, high: int, related: Array, candidates: Candidates
    ) -> tuple[Array, Array]:
        """Return the log-odds of each two candidates to be one, and the log-probabilities of their kinds."""
        named = elements.mentions[low:high] >= 0
        said = between(self.running, elements.tokens[low:high])
        x = candidates.share @ _attended(self.weights, self.known[low:high], named, related, said)
        one = _pairs(self.weights, x, candidates.relations, _of_names(said, named))
        return one, _kinds(self.weights, x)


def _of_names(said: Between, named: NDArray[np.bool_]) -> Between:
    """Return what is said between names, by their rows among the candidates."""
    kept = named[said.one] & named[said.other]
    row = np.cumsum(named) - 1
    return Between(row[said.one[kept]], row[said.other[kept]], said.said[kept])


def _attended(w: Mapping[str, Array], known: Array, named: NDArray[np.bool_], related: Array, said: Between) -> Array:
    x = known @ w["node_w"] + w["node_kind"][named.astype(int)]
    size, width = x.shape
    bias = related @ w["related_w"]
    later, earlier = np.split(said.said @ w["between_bias"], 2, axis=1)
    bias[said.one, said.other] += later
    bias[said.other, said.one] += earlier
    bias = np.ascontiguousarray(bias.reshape(size, size, LAYERS, HEADS).transpose(2, 3, 0, 1))
    for index in range(LAYERS):
        qkv = (norm(x) @ w[f"layer_{index}_qkv"]).reshape(size, 3, HEADS, width // HEADS).transpose(1, 2, 0, 3)
        logits = qkv[0] @ qkv[1].transpose(0, 2, 1) * np.float32((width // HEADS) ** -0.5) + bias[index]
        share = np.exp(logits - logits.max(axis=2, keepdims=True))
        share /= share.sum(axis=2, keepdims=True)
        x = x + (share @ qkv[2]).transpose(1, 0, 2).reshape(size, width) @ w[f"layer_{index}_out"]
        x = x + gelu(norm(x) @ w[f"layer_{index}_up"] + w[f"layer_{index}_up_b"]) @ w[f"layer_{index}_down"]
    return norm(x)


def _kinds(w: Mapping[str, Array], x: Array) -> Array:
    logits = x @ w["role_w"] + w["role_b"]
    logits = logits - logits.max(axis=1, keepdims=True)
    found: Array = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return found


def _pairs(w: Mapping[str, Array], x: Array, related: Array, said: Between) -> Array:
    size, (channels, pair) = len(x), w["pair_both"].shape
    third = w["round_0_in"].shape[0]
    one = (x @ w["pair_one"]).reshape(size, channels, -1).transpose(1, 0, 2)
    other = (x @ w["pair_other"]).reshape(size, channels, -1).transpose(1, 2, 0)
    both = (one @ other).transpose(1, 2, 0) * np.float32((pair // 2) ** -0.5)
    y = both @ w["pair_both"] + related @ w["pair_related"] + w["pair_b"]
    y[said.one, said.other] += said.said @ w["between_pair"]
    y += (x @ w["pair_left"])[:, None]
    y += (x @ w["pair_right"])[None]
    later = np.tril_indices(size)
    y[later] = y.transpose(1, 0, 2)[later]
    for index in range(ROUNDS):
        gate = 1 / (1 + np.exp(-(y @ w[f"round_{index}_w"] + w[f"round_{index}_b"])))
        gate = np.ascontiguousarray(gate.transpose(2, 0, 1))
        through = gate[:third] @ gate[third:]
        through = np.sqrt(through + through.transpose(0, 2, 1) + np.float32(1e-3)).transpose(1, 2, 0)
        y = y + np.maximum(through @ w[f"round_{index}_in"] + y @ w[f"round_{index}_y"], 0)
    z = np.maximum(np.maximum(y, 0) @ w["pair_mid"] + w["pair_mid_b"], 0)
    found: Array = z @ w["pair_out"] + w["pair_out_b"]
    return found
