"""The network of anonymize/trained with gradients (PyTorch); ``training/train.py`` refuses weights on which the two
differ.

Talks come as ``training/batches.py`` makes them, one row of a tensor each; what is padding is masked.
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from anonymize.trained.between import LEAST, NEAR
from anonymize.trained.elements import KINDS, RELATIONS
from anonymize.trained.features import DENSE, HASH_SIZES
from anonymize.trained.network import DILATIONS, HEADS, LAYERS, POOLED, ROUNDS, TAGS

WIDTH, VECTOR, HASH = 128, 48, 24
PAIR, CHANNELS, THIRD, BETWEEN = 48, 8, 16, 24
UNSEEN, UNKNOWN = 0.07, 0.3
"""Shares of the words that are not seen at all, and of those without their whole spelling."""

Weights = Mapping[str, Tensor]
Batch = Mapping[str, Tensor]


def initial(seed: int, vector_size: int) -> dict[str, Tensor]:
    """Return weights to begin with."""
    rng = np.random.default_rng(seed)

    def normal(*shape: int, scale: float) -> Tensor:
        return torch.as_tensor(rng.normal(0, scale, shape), dtype=torch.float32)

    width_in = 2 * VECTOR + HASH * len(HASH_SIZES) + DENSE
    weights = {
        "vector_low": normal(vector_size, VECTOR, scale=vector_size**-0.5 / 2),
        "vector_title": normal(vector_size, VECTOR, scale=vector_size**-0.5 / 2),
        "in_w": normal(width_in, WIDTH, scale=width_in**-0.5),
        "in_b": torch.zeros(WIDTH),
        "pool_w": normal(2 * WIDTH, WIDTH, scale=(2 * WIDTH) ** -0.5),
        "pool_b": torch.zeros(WIDTH),
        "out_w": normal(WIDTH, len(TAGS), scale=WIDTH**-0.5),
        "out_b": torch.zeros(len(TAGS)),
        "node_w": normal(WIDTH, WIDTH, scale=WIDTH**-0.5),
        "node_kind": normal(2, WIDTH, scale=0.3),
        "between_w": normal(WIDTH, BETWEEN, scale=WIDTH**-0.5),
        "between_gate": normal(WIDTH, 1, scale=WIDTH**-0.5),
        "between_gate_b": torch.zeros(1),
        "between_bias": torch.zeros(BETWEEN + 1, 2 * LAYERS * HEADS),
        "between_pair": torch.zeros(BETWEEN + 1, PAIR),
        "related_w": normal(len(RELATIONS), LAYERS * HEADS, scale=len(RELATIONS) ** -0.5),
        "role_w": normal(WIDTH, len(KINDS), scale=WIDTH**-0.5),
        "role_b": torch.zeros(len(KINDS)),
        "pair_left": normal(WIDTH, PAIR, scale=WIDTH**-0.5),
        "pair_right": normal(WIDTH, PAIR, scale=WIDTH**-0.5),
        "pair_one": normal(WIDTH, CHANNELS * PAIR // 2, scale=WIDTH**-0.5),
        "pair_other": normal(WIDTH, CHANNELS * PAIR // 2, scale=WIDTH**-0.5),
        "pair_both": normal(CHANNELS, PAIR, scale=0.1),
        "pair_related": normal(len(RELATIONS), PAIR, scale=len(RELATIONS) ** -0.5),
        "pair_b": torch.zeros(PAIR),
        "pair_mid": normal(PAIR, PAIR, scale=PAIR**-0.5),
        "pair_mid_b": torch.zeros(PAIR),
        "pair_out": normal(PAIR, scale=PAIR**-0.5),
        "pair_out_b": torch.zeros(()),
    }
    for index in range(ROUNDS):
        weights[f"round_{index}_w"] = normal(PAIR, 2 * THIRD, scale=PAIR**-0.5)
        weights[f"round_{index}_b"] = torch.full((2 * THIRD,), -3.0)
        weights[f"round_{index}_in"] = normal(THIRD, PAIR, scale=THIRD**-0.5)
        weights[f"round_{index}_y"] = normal(PAIR, PAIR, scale=PAIR**-0.5)
    for index in range(LAYERS):
        weights[f"layer_{index}_qkv"] = normal(WIDTH, 3 * WIDTH, scale=WIDTH**-0.5)
        weights[f"layer_{index}_out"] = normal(WIDTH, WIDTH, scale=WIDTH**-0.5 / 2)
        weights[f"layer_{index}_up"] = normal(WIDTH, 2 * WIDTH, scale=WIDTH**-0.5)
        weights[f"layer_{index}_up_b"] = torch.zeros(2 * WIDTH)
        weights[f"layer_{index}_down"] = normal(2 * WIDTH, WIDTH, scale=(2 * WIDTH) ** -0.5 / 2)
    for index, size in enumerate(HASH_SIZES):
        weights[f"hash_{index}"] = normal(size, HASH, scale=0.3)
    for index in range(len(DILATIONS)):
        weights[f"block_{index}_w"] = normal(3 * WIDTH, 2 * WIDTH, scale=(3 * WIDTH) ** -0.5)
        weights[f"block_{index}_b"] = torch.zeros(2 * WIDTH)
    return weights


def _norm(x: Tensor) -> Tensor:
    return functional.rms_norm(x, (x.shape[-1],), eps=1e-5)


def _gelu(x: Tensor) -> Tensor:
    return functional.gelu(x, approximate="tanh")


def _dropped(x: Tensor, rate: float) -> Tensor:
    """Return ``x`` with some channels left out, each for a whole talk: a mask for each number takes a sixth of the
    time of a step."""
    if rate == 0:
        return x
    kept = torch.rand(x.shape[0], 1, x.shape[-1], device=x.device) >= rate
    return x * (kept.to(x.dtype) / (1 - rate))


def _shared(x: Tensor, forms: Tensor) -> Tensor:
    """Return for each token of a talk the mean over all tokens of its spelling; ``forms`` counts the padding as one."""
    size, tokens, width = x.shape
    index = forms.unsqueeze(-1).expand(size, tokens, width)
    sums = torch.zeros(size, tokens + 1, width, device=x.device).scatter_add(1, index, x.float())
    ones = torch.ones(size, tokens, device=x.device)
    counts = torch.zeros(size, tokens + 1, device=x.device).scatter_add(1, forms, ones)
    return (sums / counts.clamp(min=1).unsqueeze(-1)).gather(1, index)


def hidden(w: Weights, vectors: Tensor, batch: Batch, rate: float = 0.0, *, learning: bool = False) -> Tensor:
    """Return ``(batch, tokens, width)``; ``learning``: some words are not seen, ``rate`` of the channels neither."""
    rows = batch["rows"].long()
    looked = vectors[rows.clamp(min=0)] * (rows >= 0).unsqueeze(-1)
    parts = [looked[:, :, 0] @ w["vector_low"], looked[:, :, 1] @ w["vector_title"]]
    parts += [
        functional.embedding(batch["hashes"][:, :, index].long(), w[f"hash_{index}"])
        for index in range(len(HASH_SIZES))
    ]
    if learning:
        # Some words are not seen at all, more are seen without their whole spelling: what stands around must do.
        seen = (torch.rand(*rows.shape[:2], 1, device=rows.device) >= UNSEEN).float()
        known = (torch.rand(*rows.shape[:2], 1, device=rows.device) >= UNKNOWN).float()
        parts = [part * seen for part in parts]
        parts[2] = parts[2] * known
    x = _dropped(torch.cat([*parts, batch["dense"]], dim=-1), rate)
    x = _gelu(x @ w["in_w"] + w["in_b"])
    mask = batch["mask"].unsqueeze(-1)
    forms = torch.where(batch["mask"] > 0, batch["forms"].long(), rows.shape[1])
    for index, dilation in enumerate(DILATIONS):
        if index == POOLED:
            y = torch.cat([_norm(x), _norm(_shared(x, forms))], dim=-1)
            x = x + _gelu(_dropped(y, rate) @ w["pool_w"] + w["pool_b"])
        y = _dropped(_norm(x), rate) * mask
        before = functional.pad(y, (0, 0, dilation, 0))[:, :-dilation]
        after = functional.pad(y, (0, 0, 0, dilation))[:, dilation:]
        y = torch.cat([before, y, after], dim=-1) @ w[f"block_{index}_w"] + w[f"block_{index}_b"]
        value, gate = y.chunk(2, dim=-1)
        x = x + value * torch.sigmoid(gate)
    return _norm(x)


def tag_logits(w: Weights, known: Tensor) -> Tensor:
    """Return ``(batch, tokens, len(TAGS))``."""
    return known @ w["out_w"] + w["out_b"]


def sums_of(w: Weights, known: Tensor) -> Tensor:
    """Return the running sums that ``said`` takes its means from, ``(batch, tokens + 1, BETWEEN + 1)``."""
    gate = torch.sigmoid(known @ w["between_gate"] + w["between_gate_b"]).float()
    values = torch.cat([(known @ w["between_w"]).float() * gate, gate], dim=-1)
    return functional.pad(values.cumsum(1), (0, 0, 1, 0))


def said(sums: Tensor, tokens: Tensor, real: Tensor) -> Tensor:
    """Return what is said between each two of the stretches ``tokens`` that are ``real``, the earlier one first, and
    whether they stand near each other, ``(batch, n, n, BETWEEN + 1)``; nothing of those that do not."""
    first, last = (tokens[..., place].long() for place in (0, 1))
    wide = (-1, -1, sums.shape[-1])
    stop, start = (sums.gather(1, index.unsqueeze(-1).expand(*wide)) for index in (first, last))
    found = stop[:, None] - start[:, :, None]
    gap = first[:, None] - last[:, :, None]
    near = ((gap >= 0) & (gap < NEAR)) * real[:, None] * real[:, :, None]
    near = near.unsqueeze(-1)
    return torch.cat([found[..., :-1] / found[..., -1:].clamp(min=LEAST) * near, near], dim=-1)


def elements(w: Weights, known: Tensor, batch: Batch, rate: float = 0.0) -> Tensor:
    """Return what the resolver knows of each element, ``(batch, elements, width)``."""
    sums = functional.pad(known.float().cumsum(1), (0, 0, 1, 0))
    first, last = (batch["element_tokens"][..., place].long() for place in (0, 1))
    x = sums.gather(1, _wide(last)) - sums.gather(1, _wide(first))
    x = x / (last - first).clamp(min=1).unsqueeze(-1)
    x = _dropped(x, rate) @ w["node_w"] + w["node_kind"][batch["element_named"].long()]
    many, size = x.shape[:2]
    told = said(sums_of(w, known), batch["element_tokens"], batch["element_mask"])
    before, after = (told @ w["between_bias"]).chunk(2, dim=-1)
    bias = batch["relations"] @ w["related_w"] + before + after.transpose(1, 2)
    bias = bias.view(many, size, size, LAYERS, HEADS).permute(3, 0, 4, 1, 2)
    bias = bias + torch.where(batch["element_mask"] > 0, 0.0, -1e4)[None, :, None, None]
    for index in range(LAYERS):
        qkv = (_norm(x) @ w[f"layer_{index}_qkv"]).view(many, size, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        logits = qkv[0] @ qkv[1].transpose(-1, -2) * (WIDTH // HEADS) ** -0.5 + bias[index]
        share = torch.softmax(logits.float(), dim=-1).to(qkv.dtype)
        mixed = (share @ qkv[2]).permute(0, 2, 1, 3).reshape(many, size, WIDTH)
        x = x + _dropped(mixed @ w[f"layer_{index}_out"], rate)
        up = _gelu(_norm(x) @ w[f"layer_{index}_up"] + w[f"layer_{index}_up_b"])
        x = x + _dropped(up, rate) @ w[f"layer_{index}_down"]
    return _norm(x)


def _wide(index: Tensor) -> Tensor:
    return index.unsqueeze(-1).expand(-1, -1, WIDTH)


def role_logits(w: Weights, x: Tensor) -> Tensor:
    """Return ``(batch, elements, len(KINDS))``."""
    return x @ w["role_w"] + w["role_b"]


def pair_logits(w: Weights, known: Tensor, x: Tensor, batch: Batch) -> Tensor:
    """Return ``(batch, candidates, candidates)``, symmetric: whether two candidates are one."""
    x = batch["share"] @ x
    many, size = x.shape[:2]
    one = (x @ w["pair_one"]).view(many, size, CHANNELS, PAIR // 2).permute(0, 2, 1, 3)
    other = (x @ w["pair_other"]).view(many, size, CHANNELS, PAIR // 2).permute(0, 2, 3, 1)
    both = (one @ other).permute(0, 2, 3, 1) * (PAIR // 2) ** -0.5
    y = (x @ w["pair_left"])[:, :, None] + (x @ w["pair_right"])[:, None]
    y = y + said(sums_of(w, known), batch["candidate_tokens"], batch["candidate_named"]) @ w["between_pair"]
    y = y + both @ w["pair_both"] + batch["candidate_relations"] @ w["pair_related"] + w["pair_b"]
    earlier = torch.ones(size, size, dtype=torch.bool, device=x.device).triu(1)[None, :, :, None]
    y = torch.where(earlier, y, y.transpose(1, 2))
    real = (batch["candidate_mask"][:, :, None] * batch["candidate_mask"][:, None])[..., None]
    for index in range(ROUNDS):
        gate = torch.sigmoid(y @ w[f"round_{index}_w"] + w[f"round_{index}_b"]) * real
        gate = gate.permute(0, 3, 1, 2)
        through = gate[:, :THIRD] @ gate[:, THIRD:]
        through = torch.sqrt(through + through.transpose(2, 3) + 1e-3).permute(0, 2, 3, 1)
        y = y + functional.relu(through @ w[f"round_{index}_in"] + y @ w[f"round_{index}_y"])
    y = functional.relu(functional.relu(y) @ w["pair_mid"] + w["pair_mid_b"])
    return (y @ w["pair_out"] + w["pair_out_b"]).float()
