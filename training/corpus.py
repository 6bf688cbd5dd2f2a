"""Fills the scenes kept apart into a corpus that detection is measured on.

    .venv-train/bin/python -m training.corpus FOLDER
    .venv/bin/python -m benchmarks.deid --corpus FOLDER

Every scene of training/apart is filled once; the same seed gives the same corpus. The weights were not trained on these
scenes, but on others by the same hands: what is measured on them is how far that carries, not what a stranger's talk
would show. Each scene is a workshop of one session. The format is that of benchmarks/corpus/README.md.
"""

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path

from training.hearing import bare
from training.scenes import all_scenes
from training.talk import document

APART = Path(__file__).parent / "apart"


def main(arguments: Sequence[str] | None = None) -> None:
    # Here, because they need what only training needs.
    from training.fill import Filler
    from training.names import Names
    from training.samples import nouns
    from training.train import gazetteers

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    filler = Filler(Names(gazetteers(), nouns()), random.Random(options.seed))
    talks = [filler.fill(scene) for scene in all_scenes(APART)]
    options.folder.mkdir(parents=True, exist_ok=True)
    for variant, said in (("gold", talks), ("gold_asr", [bare(talk) for talk in talks])):
        rows = [json.dumps(document(f"k{number}", talk), ensure_ascii=False) for number, talk in enumerate(said, 1)]
        (options.folder / f"{variant}.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(f"{len(talks)} sessions in {options.folder}")


if __name__ == "__main__":
    main()
