"""The gold corpora, their variants, and documents written anew with other surfaces.

A corpus is a folder of ``*.jsonl`` files (benchmarks/corpus/README.md), one file a variant. Groups are workshops.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Document = Mapping[str, Any]
ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "benchmarks" / "corpus"
TITLES = {"gold": "as transcribed", "gold_asr": "lower case, no punctuation"}


@dataclass(frozen=True)
class Variant:
    """One way the sessions of a corpus were written down."""

    name: str
    gold: tuple[Document, ...]

    @property
    def title(self) -> str:
        return TITLES.get(self.name, self.name)

    @property
    def words(self) -> int:
        return sum(len(document["text"].split()) for document in self.gold)

    def groups(self) -> dict[str, list[Document]]:
        """The sessions of each workshop."""
        found: dict[str, list[Document]] = {}
        for document in self.gold:
            found.setdefault(document["group"], []).append(document)
        return found


class CorpusError(ValueError):
    """No corpus there, or none of the groups that were asked for."""


def read_corpus(folder: Path = CORPUS, groups: Collection[str] = ()) -> list[Variant]:
    """Read the variants of a corpus, of some of its groups or of all; CorpusError when a group is not there."""
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise CorpusError(f"{folder}: no .jsonl file; give a corpus folder with --corpus")
    variants: list[Variant] = []
    for path in files:
        documents = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        unknown = set(groups) - {document["group"] for document in documents}
        if unknown:
            raise CorpusError(f"{path}: no group {', '.join(sorted(unknown))}")
        variants.append(Variant(path.stem, tuple(d for d in documents if not groups or d["group"] in groups)))
    return variants


def asked(documents: Iterable[Document]) -> Iterator[str]:
    """Yield the lines that ask ``huisclos detect`` about some documents: no gold in them."""
    for document in documents:
        yield json.dumps({key: document[key] for key in ("id", "group", "text")}, ensure_ascii=False)


def rewritten(document: Document, surface: Callable[[Mapping[str, Any], str], str]) -> dict[str, Any]:
    """Return a document whose mentions are spelled as ``surface(entity, spelling)`` says, offsets moved along."""
    text, position, entities = "", 0, []
    for entity in sorted(document["entities"], key=lambda entity: entity["start"]):
        text += document["text"][position : entity["start"]]
        spelling = surface(entity, document["text"][entity["start"] : entity["end"]])
        entities.append({**entity, "start": len(text), "end": len(text) + len(spelling), "text": spelling})
        text, position = text + spelling, entity["end"]
    kept = {key: value for key, value in document.items() if key != "turns"}
    return {**kept, "text": text + document["text"][position:], "entities": entities}


def forms_of(documents: Sequence[Document], labels: Collection[str]) -> dict[tuple[str, str], list[str]]:
    """Return the spellings of each referent of ``labels``, longest first, by (label, cluster)."""
    forms: dict[tuple[str, str], set[str]] = {}
    for document in documents:
        for entity in document["entities"]:
            if entity["label"] in labels:
                spelling = document["text"][entity["start"] : entity["end"]]
                forms.setdefault((entity["label"], entity["cluster"]), set()).add(spelling)
    return {key: sorted(found, key=lambda form: (-len(form), form)) for key, found in forms.items()}
