"""The network of anonymize/trained/network.py with gradients (JAX); a test holds the two equal."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from anonymize.trained.features import DENSE, HASH_SIZES
from anonymize.trained.network import DILATIONS, POOLED, TAGS
from anonymize.trained.pairs import PAIR_NAMES

WIDTH, VECTOR, HASH = 128, 48, 24
PAIR = 64
UNSEEN, UNKNOWN = 0.1, 0.3
PAIR_FEATURES = len(PAIR_NAMES)


def initial(seed: int, vector_size: int) -> dict[str, Any]:
    """Return weights to begin with."""
    rng = np.random.default_rng(seed)

    def normal(*shape: int, scale: float) -> Any:
        return jnp.asarray(rng.normal(0, scale, shape), jnp.float32)

    width_in = 2 * VECTOR + HASH * len(HASH_SIZES) + DENSE
    weights = {
        "vector_low": normal(vector_size, VECTOR, scale=vector_size**-0.5 / 2),
        "vector_title": normal(vector_size, VECTOR, scale=vector_size**-0.5 / 2),
        "in_w": normal(width_in, WIDTH, scale=width_in**-0.5),
        "in_b": jnp.zeros(WIDTH),
        "pool_w": normal(2 * WIDTH, WIDTH, scale=(2 * WIDTH) ** -0.5),
        "pool_b": jnp.zeros(WIDTH),
        "out_w": normal(WIDTH, len(TAGS), scale=WIDTH**-0.5),
        "out_b": jnp.zeros(len(TAGS)),
        "pair_left": normal(WIDTH, PAIR, scale=WIDTH**-0.5),
        "pair_right": normal(WIDTH, PAIR, scale=WIDTH**-0.5),
        "pair_features": normal(PAIR_FEATURES, PAIR, scale=PAIR_FEATURES**-0.5),
        "pair_b": jnp.zeros(PAIR),
        "pair_mid": normal(PAIR, PAIR, scale=PAIR**-0.5),
        "pair_mid_b": jnp.zeros(PAIR),
        "pair_out": normal(PAIR, scale=PAIR**-0.5),
        "pair_out_b": jnp.zeros(()),
    }
    for index, size in enumerate(HASH_SIZES):
        weights[f"hash_{index}"] = normal(size, HASH, scale=0.3)
    for index in range(len(DILATIONS)):
        weights[f"block_{index}_w"] = normal(3 * WIDTH, 2 * WIDTH, scale=(3 * WIDTH) ** -0.5)
        weights[f"block_{index}_b"] = jnp.zeros(2 * WIDTH)
    return weights


def _norm(x: Any) -> Any:
    return x / jnp.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-5)


def _dropped(x: Any, key: Any, rate: float) -> Any:
    if key is None or rate == 0:
        return x
    return jnp.where(jax.random.bernoulli(key, 1 - rate, x.shape), x / (1 - rate), 0)


def hidden(weights: dict[str, Any], vectors: Any, batch: dict[str, Any], key: Any, rate: float) -> Any:
    """Return ``(batch, tokens, width)``; ``key`` None: no dropout."""
    keys = [None] * (len(DILATIONS) + 4) if key is None else list(jax.random.split(key, len(DILATIONS) + 4))
    rows = batch["rows"]
    looked = jnp.where((rows >= 0)[..., None], vectors[jnp.maximum(rows, 0)], 0.0)
    parts = [looked[:, :, 0] @ weights["vector_low"], looked[:, :, 1] @ weights["vector_title"]]
    parts += [weights[f"hash_{index}"][batch["hashes"][:, :, index]] for index in range(len(HASH_SIZES))]
    if key is not None:
        # Some words are not seen at all, more are seen without their whole spelling: what stands around must do.
        seen = jax.random.bernoulli(keys[-2], 1 - UNSEEN, rows.shape[:2])[..., None]
        known = jax.random.bernoulli(keys[-3], 1 - UNKNOWN, rows.shape[:2])[..., None]
        parts = [part * seen for part in parts]
        parts[2] = parts[2] * known
    x = jnp.concatenate([*parts, batch["dense"]], axis=-1)
    x = _dropped(x, keys[0], rate)
    x = jax.nn.gelu(x @ weights["in_w"] + weights["in_b"], approximate=True)
    mask = batch["mask"][..., None]
    same = (batch["forms"][:, :, None] == batch["forms"][:, None, :]) * batch["mask"][:, None, :]
    same = same / jnp.maximum(same.sum(axis=-1, keepdims=True), 1)
    for index, dilation in enumerate(DILATIONS):
        if index == POOLED:
            shared = same @ x
            y = jnp.concatenate([_norm(x), _norm(shared)], axis=-1)
            x = x + jax.nn.gelu(_dropped(y, keys[-1], rate) @ weights["pool_w"] + weights["pool_b"], approximate=True)
        y = _dropped(_norm(x), keys[index + 1], rate) * mask
        before = jnp.pad(y, ((0, 0), (dilation, 0), (0, 0)))[:, :-dilation]
        after = jnp.pad(y, ((0, 0), (0, dilation), (0, 0)))[:, dilation:]
        y = jnp.concatenate([before, y, after], axis=-1) @ weights[f"block_{index}_w"] + weights[f"block_{index}_b"]
        value, gate = jnp.split(y, 2, axis=-1)
        x = x + value * jax.nn.sigmoid(gate)
    return _norm(x)


def tag_logits(weights: dict[str, Any], known: Any) -> Any:
    return known @ weights["out_w"] + weights["out_b"]


def pair_logits(weights: dict[str, Any], known: Any, batch: dict[str, Any]) -> Any:
    """Return ``(batch, pairs)``: whether the two of each pair are one person."""
    sums = jnp.pad(jnp.cumsum(known, axis=1), ((0, 0), (1, 0), (0, 0)))

    def mean(first: Any, last: Any) -> Any:
        picked = jnp.take_along_axis(sums, last[..., None], axis=1) - jnp.take_along_axis(
            sums, first[..., None], axis=1
        )
        return picked / jnp.maximum(last - first, 1)[..., None]

    left = mean(batch["left"][..., 0], batch["left"][..., 1])
    right = mean(batch["right"][..., 0], batch["right"][..., 1])
    x = left @ weights["pair_left"] + right @ weights["pair_right"] + batch["values"] @ weights["pair_features"]
    x = jax.nn.gelu(x + weights["pair_b"], approximate=True)
    x = jax.nn.gelu(x @ weights["pair_mid"] + weights["pair_mid_b"], approximate=True)
    return x @ weights["pair_out"] + weights["pair_out_b"]
