"""Samples as arrays of one shape, with masks of what is real in them, and how much each pair of candidates counts."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from anonymize.trained.elements import RELATIONS, Candidates, candidates_of, relations
from training.samples import Sample

ELEMENTS, CANDIDATES = 0.12, 0.085
"""Elements and candidates for each token, mostly."""
SPEAKERS = 0.5
"""Weight of a pair of a mention and a speaker, against a pair of mentions."""


def batches(samples: Sequence[Sample], size: int, rng: random.Random) -> Iterator[list[Sample]]:
    """Yield the samples in batches of like length, in random order; what does not fill a batch waits for next time."""
    order = sorted(samples, key=lambda item: (_up(len(item.tags), 256), rng.random()))
    groups = [order[place : place + size] for place in range(0, len(order) - size + 1, size)]
    rng.shuffle(groups)
    yield from groups


def _up(count: int, step: int) -> int:
    return max(step, -(-count // step) * step)


def batch_of(samples: Sequence[Sample]) -> dict[str, Any]:
    """Return the samples as arrays of ``t`` tokens, ``e`` elements, ``p`` candidates: as many as the longest needs."""
    related = [relations(item.elements) for item in samples]
    candidates = [candidates_of(item.elements, rows) for item, rows in zip(samples, related, strict=True)]
    count, width = len(samples), len(RELATIONS)
    t = max(_up(len(item.tags), 256) for item in samples)
    # As many as talk of this length mostly has: few shapes, which memory is kept for.
    e = max(_up(int(ELEMENTS * t), 32), *(_up(len(item.elements), 64) for item in samples))
    p = max(_up(int(CANDIDATES * t), 16), *(_up(len(item.mentions), 32) for item in candidates))
    out = {
        "rows": np.full((count, t, 2), -1, np.int32),
        "hashes": np.zeros((count, t, samples[0].hashes.shape[1]), np.int32),
        "dense": np.zeros((count, t, samples[0].dense.shape[1]), np.float32),
        "forms": np.full((count, t), t, np.int32),
        "mask": np.zeros((count, t), np.float32),
        "tags": np.zeros((count, t), np.int32),
        "element_tokens": np.zeros((count, e, 2), np.int32),
        "element_named": np.zeros((count, e), np.int32),
        "element_mask": np.zeros((count, e), np.float32),
        "relations": np.zeros((count, e, e, width), np.float32),
        "kinds": np.full((count, e), -1, np.int32),
        "share": np.zeros((count, p, e), np.float32),
        "candidate_tokens": np.zeros((count, p, 2), np.int32),
        "candidate_named": np.zeros((count, p), np.float32),
        "candidate_mask": np.zeros((count, p), np.float32),
        "candidate_relations": np.zeros((count, p, p, width), np.float32),
        "same": np.zeros((count, p, p), np.float32),
        "weight": np.zeros((count, p, p), np.float32),
    }
    for index, (item, rows, held) in enumerate(zip(samples, related, candidates, strict=True)):
        size, many, some = len(item.tags), len(item.elements), len(held.mentions)
        for name in ("rows", "hashes", "dense", "forms", "tags"):
            out[name][index, :size] = getattr(item, name)
        out["mask"][index, :size] = 1
        out["element_tokens"][index, :many] = item.elements.tokens
        out["element_named"][index, :many] = item.elements.mentions >= 0
        out["element_mask"][index, :many] = 1
        out["relations"][index, :many, :many] = rows
        out["kinds"][index, :many] = item.kinds
        out["share"][index, :some, :many] = held.share
        of_mention = held.share[held.mentions >= 0].argmax(axis=1) if some else np.zeros(0, np.int64)
        out["candidate_tokens"][index, : len(of_mention)] = item.elements.tokens[of_mention]
        out["candidate_named"][index, : len(of_mention)] = 1
        out["candidate_mask"][index, :some] = 1
        out["candidate_relations"][index, :some, :some] = held.relations
        out["same"][index, :some, :some], out["weight"][index, :some, :some] = _pairs(item, held)
    return out


def _pairs(item: Sample, held: Candidates) -> tuple[Any, Any]:
    """Return of each two candidates whether they are one, and how much they count: each two people about as much,
    however often they are named. Nothing is learnt of a name written out in a scene without saying whose it is."""
    whose = item.whose[held.share.argmax(axis=1)] if len(held.share) else np.zeros(0, np.int32)
    named = held.mentions >= 0
    told = whose >= 0
    often = np.bincount(whose[named & told], minlength=int(whose.max(initial=0)) + 1)
    each = told / np.sqrt(np.maximum(often[np.maximum(whose, 0)], 1))
    weight = each[:, None] * each[None, :] * np.triu(np.ones((len(whose), len(whose))), 1)
    weight = weight * np.where(named[:, None] & named[None, :], 1.0, SPEAKERS) * (named[:, None] | named[None, :])
    return whose[:, None] == whose[None, :], weight
