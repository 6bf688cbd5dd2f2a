"""What every adapter of a peer shares: documents in on stdin, entities out on stdout, one JSON object a line.

An adapter runs in the peer's own environment, with nothing of huisclos in it. It is given id, group, text and turns,
never the gold; it searches turn by turn, as huisclos does, so that no speaker's label is taken for a name. The last
line says how many seconds the search took, start-up left out.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

Entity = dict[str, Any]


def answer(find: Callable[[str], list[Entity]], together: Callable[[list[Entity]], None] | None = None) -> None:
    """Answer each document with what ``find`` gives for its turns (offsets within the turn); ``together`` gets the
    entities of each group, and names their clusters."""
    documents = [json.loads(line) for line in sys.stdin]
    find("Bonjour à tous, on commence.")
    began = time.perf_counter()
    found: dict[str, list[Entity]] = {}
    groups: dict[str, list[Entity]] = {}
    for document in documents:
        entities = found.setdefault(document["id"], [])
        for turn in document["turns"]:
            text = document["text"][turn["start"] : turn["end"]]
            for entity in find(text) if text.strip() else []:
                entity["start"] += turn["start"]
                entity["end"] += turn["start"]
                entities.append(entity)
        groups.setdefault(document["group"], []).extend(entities)
    for entities in groups.values():
        if together is not None:
            together(entities)
    seconds = time.perf_counter() - began
    for name, entities in found.items():
        kept = [{key: e[key] for key in ("start", "end", "label", "cluster") if key in e} for e in entities]
        print(json.dumps({"id": name, "entities": kept}))
    print(json.dumps({"seconds": seconds}))
