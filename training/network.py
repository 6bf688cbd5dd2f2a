"""The network of anonymize/trained/network.py with gradients (JAX); a test holds the two equal."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from anonymize.trained.elements import KINDS, RELATIONS
from anonymize.trained.features import DENSE, HASH_SIZES
from anonymize.trained.network import DILATIONS, HEADS, LAYERS, POOLED, ROUNDS, TAGS

WIDTH, VECTOR, HASH = 128, 48, 24
PAIR, CHANNELS, THIRD = 48, 8, 16
UNSEEN, UNKNOWN = 0.1, 0.3


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
        "node_w": normal(WIDTH, WIDTH, scale=WIDTH**-0.5),
        "node_kind": normal(2, WIDTH, scale=0.3),
        "related_w": normal(len(RELATIONS), LAYERS * HEADS, scale=len(RELATIONS) ** -0.5),
        "role_w": normal(WIDTH, len(KINDS), scale=WIDTH**-0.5),
        "role_b": jnp.zeros(len(KINDS)),
        "pair_left": normal(WIDTH, PAIR, scale=WIDTH**-0.5),
        "pair_right": normal(WIDTH, PAIR, scale=WIDTH**-0.5),
        "pair_one": normal(WIDTH, CHANNELS * PAIR // 2, scale=WIDTH**-0.5),
        "pair_other": normal(WIDTH, CHANNELS * PAIR // 2, scale=WIDTH**-0.5),
        "pair_both": normal(CHANNELS, PAIR, scale=0.1),
        "pair_related": normal(len(RELATIONS), PAIR, scale=len(RELATIONS) ** -0.5),
        "pair_b": jnp.zeros(PAIR),
        "pair_mid": normal(PAIR, PAIR, scale=PAIR**-0.5),
        "pair_mid_b": jnp.zeros(PAIR),
        "pair_out": normal(PAIR, scale=PAIR**-0.5),
        "pair_out_b": jnp.zeros(()),
    }
    for index in range(ROUNDS):
        weights[f"round_{index}_w"] = normal(PAIR, 2 * THIRD, scale=PAIR**-0.5)
        weights[f"round_{index}_b"] = jnp.full(2 * THIRD, -3.0)
        weights[f"round_{index}_in"] = normal(THIRD, PAIR, scale=THIRD**-0.5)
        weights[f"round_{index}_y"] = normal(PAIR, PAIR, scale=PAIR**-0.5)
    for index in range(LAYERS):
        weights[f"layer_{index}_qkv"] = normal(WIDTH, 3 * WIDTH, scale=WIDTH**-0.5)
        weights[f"layer_{index}_out"] = normal(WIDTH, WIDTH, scale=WIDTH**-0.5 / 2)
        weights[f"layer_{index}_up"] = normal(WIDTH, 2 * WIDTH, scale=WIDTH**-0.5)
        weights[f"layer_{index}_up_b"] = jnp.zeros(2 * WIDTH)
        weights[f"layer_{index}_down"] = normal(2 * WIDTH, WIDTH, scale=(2 * WIDTH) ** -0.5 / 2)
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


def _shared(x: Any, forms: Any) -> Any:
    """Return for each token of a talk the mean over all tokens of its spelling."""
    sums = jax.ops.segment_sum(x, forms, len(forms) + 1)
    counts = jax.ops.segment_sum(jnp.ones(len(forms)), forms, len(forms) + 1)
    return (sums / jnp.maximum(counts, 1)[:, None])[forms]


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
    forms = jnp.where(batch["mask"] > 0, batch["forms"], rows.shape[1])
    for index, dilation in enumerate(DILATIONS):
        if index == POOLED:
            shared = jax.vmap(_shared)(x, forms)
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


def elements(weights: dict[str, Any], known: Any, batch: dict[str, Any], key: Any, rate: float) -> Any:
    """Return what the resolver knows of each element, ``(batch, elements, width)``."""
    keys = [None] * (2 * LAYERS + 1) if key is None else list(jax.random.split(key, 2 * LAYERS + 1))
    sums = jnp.pad(jnp.cumsum(known, axis=1), ((0, 0), (1, 0), (0, 0)))
    first, last = batch["element_tokens"][..., 0], batch["element_tokens"][..., 1]
    x = jnp.take_along_axis(sums, last[..., None], axis=1) - jnp.take_along_axis(sums, first[..., None], axis=1)
    x = x / jnp.maximum(last - first, 1)[..., None]
    x = _dropped(x, keys[-1], rate) @ weights["node_w"] + weights["node_kind"][batch["element_named"]]
    bias = batch["relations"] @ weights["related_w"]
    bias = bias.reshape(*bias.shape[:3], LAYERS, HEADS).transpose(3, 0, 4, 1, 2)
    bias = bias + jnp.where(batch["element_mask"] > 0, 0.0, -1e9)[None, :, None, None]
    count, size = x.shape[:2]
    for index in range(LAYERS):
        qkv = (_norm(x) @ weights[f"layer_{index}_qkv"]).reshape(count, size, 3, HEADS, WIDTH // HEADS)
        logits = jnp.einsum("bihd,bjhd->bhij", qkv[:, :, 0], qkv[:, :, 1]) * (WIDTH // HEADS) ** -0.5
        share = jax.nn.softmax(logits + bias[index], axis=3)
        mixed = jnp.einsum("bhij,bjhd->bihd", share, qkv[:, :, 2]).reshape(count, size, WIDTH)
        x = x + _dropped(mixed @ weights[f"layer_{index}_out"], keys[2 * index], rate)
        up = jax.nn.gelu(_norm(x) @ weights[f"layer_{index}_up"] + weights[f"layer_{index}_up_b"], approximate=True)
        x = x + _dropped(up, keys[2 * index + 1], rate) @ weights[f"layer_{index}_down"]
    return _norm(x)


def role_logits(weights: dict[str, Any], x: Any) -> Any:
    """Return ``(batch, elements, len(KINDS))``."""
    return x @ weights["role_w"] + weights["role_b"]


def pair_logits(weights: dict[str, Any], x: Any, batch: dict[str, Any]) -> Any:
    """Return ``(batch, candidates, candidates)``, symmetric: whether two candidates are one."""
    x = batch["share"] @ x
    count, size = x.shape[:2]
    one = (x @ weights["pair_one"]).reshape(count, size, CHANNELS, PAIR // 2)
    other = (x @ weights["pair_other"]).reshape(count, size, CHANNELS, PAIR // 2)
    both = jnp.einsum("bicd,bjcd->bijc", one, other) * (PAIR // 2) ** -0.5
    y = (x @ weights["pair_left"])[:, :, None] + (x @ weights["pair_right"])[:, None]
    y = y + both @ weights["pair_both"] + batch["candidate_relations"] @ weights["pair_related"] + weights["pair_b"]
    earlier = jnp.triu(jnp.ones((size, size), bool), 1)[None, :, :, None]
    y = jnp.where(earlier, y, y.swapaxes(1, 2))
    real = (batch["candidate_mask"][:, :, None] * batch["candidate_mask"][:, None])[..., None]
    for index in range(ROUNDS):
        gate = jax.nn.sigmoid(y @ weights[f"round_{index}_w"] + weights[f"round_{index}_b"]) * real
        gate = gate.transpose(0, 3, 1, 2)
        through = gate[:, :THIRD] @ gate[:, THIRD:]
        through = jnp.sqrt(through + through.swapaxes(2, 3) + 1e-3).transpose(0, 2, 3, 1)
        y = y + jax.nn.relu(through @ weights[f"round_{index}_in"] + y @ weights[f"round_{index}_y"])
    y = jax.nn.relu(y)
    y = jax.nn.relu(y @ weights["pair_mid"] + weights["pair_mid_b"])
    return y @ weights["pair_out"] + weights["pair_out_b"]
