"""The ``huisclos detect`` format: JSON lines in, entities out.

Rules of the module:
- One object a line: ``id`` and ``text`` (strings), optional ``group`` (string), other keys ignored.
- ``text`` is turns joined by ``\\n``. A line that begins with ``^[^\\s:]{1,30}: `` opens a turn; any other
  line continues the turn before it. The prefix is not content and never part of a span.
- Out: ``{"id", "entities": [{"start", "end", "label", "cluster", "tier", "score", "reasons"}]}``, one line
  for one, in order; offsets are code points in ``text``, sorted, not overlapping.
- Documents of one group are sessions of one workshop: what one of them shows is known to the others, and
  ``cluster`` is one string for one referent in all of them. Without a group a document stands alone.
- A line that is wrong stops everything, with its number; nothing of it is quoted.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from anonymize.detect import Detector
from anonymize.linking.link import link
from anonymize.linking.values import values_of
from anonymize.vault import Vault, known_from
from vocabulary.choices import NAMED
from vocabulary.dossier import Dossier
from vocabulary.errors import UsageError
from vocabulary.messages import N_

_PREFIX = re.compile(r"^[^\s:]{1,30}: ")


@dataclass(frozen=True, repr=False)
class Document:
    """One line of the input: its id, group, text, and where its turns lie (offset, content)."""

    id: str
    group: str | None
    text: str
    turns: tuple[tuple[int, str], ...]


def turns_of(text: str) -> tuple[tuple[int, str], ...]:
    """Return the turns of ``text`` as (offset of the content, content)."""
    turns: list[tuple[int, int]] = []
    position = 0
    for line in text.split("\n"):
        match = _PREFIX.match(line)
        end = position + len(line)
        if match is not None:
            turns.append((position + match.end(), end))
        elif turns:
            turns[-1] = (turns[-1][0], end)
        else:
            turns.append((position, end))
        position = end + 1
    return tuple((start, text[start:end]) for start, end in turns)


def read_document(line: str, number: int) -> Document:
    """Read one line; UsageError with its number if it does not keep the format."""
    place = f"line {number}"
    value: object = None
    try:
        value = json.loads(line)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise UsageError(
            N_("Line {number} is not a JSON object: write one object a line, with id and text."),
            number=number, place=place,
        )  # fmt: skip
    for key, needed in (("id", True), ("text", True), ("group", False)):
        found = value.get(key)
        if not isinstance(found, str) and (needed or found is not None):
            raise UsageError(
                N_("Line {number}: {key} is missing or is not a string."), number=number, key=key, place=place
            )
    return Document(value["id"], value.get("group"), value["text"], turns_of(value["text"]))


def detect_documents(lines: Iterable[str], detector: Detector, dossier: Dossier | None = None) -> Iterator[str]:
    """Yield one JSON line (no newline at its end) for each line of ``lines``; blank lines are wrong."""
    documents = [read_document(line, number) for number, line in enumerate(lines, 1)]
    groups: dict[tuple[str, str], list[int]] = {}
    for index, document in enumerate(documents):
        key = ("group", document.group) if document.group is not None else ("alone", str(index))
        groups.setdefault(key, []).append(index)
    results: dict[int, list[dict[str, object]]] = {}
    for number, members in enumerate(groups.values(), 1):
        results.update(_group([(index, documents[index]) for index in members], number, detector, dossier))
    for index, document in enumerate(documents):
        yield json.dumps({"id": document.id, "entities": results[index]}, ensure_ascii=False)


def _group(
    members: list[tuple[int, Document]], number: int, detector: Detector, dossier: Dossier | None
) -> dict[int, list[dict[str, object]]]:
    """Return the entities of the documents of one group, by document."""
    places = [(index, start) for index, document in members for start, _ in document.turns]
    turns = [content for _, document in members for _, content in document.turns]
    known = known_from(dossier, Vault.empty())
    speakers = [_speaker(document, start) for _, document in members for start, _ in document.turns]
    found = detector.examine(turns, known)
    evidence = detector.weigh(turns, found.spans, speakers, found.session)
    spans, vault = link(turns, found.spans, known, Vault.empty(), residual=True, speakers=speakers, evidence=evidence)
    names = {referent.id: f"g{number}-{order}" for order, referent in enumerate(vault.referents, 1)}
    values = values_of(turns, spans)
    numbers: dict[str, int] = {}
    results: dict[int, list[dict[str, object]]] = {index: [] for index, _ in members}
    for order, span in enumerate(spans, 1):
        index, offset = places[span.turn]
        cluster = names[span.cluster] if span.cluster else f"g{number}-x{order}"
        if span.label not in NAMED:
            value = numbers.setdefault(values[span.turn, span.start], len(numbers) + 1)
            cluster = f"g{number}-{str(span.label).lower()}-{value}"
        results[index].append(
            {
                "start": offset + span.start,
                "end": offset + span.end,
                "label": str(span.label),
                "cluster": cluster,
                "tier": str(span.tier),
                "score": span.score,
                "reasons": list(span.reasons),
            }
        )
    return results


def _speaker(document: Document, start: int) -> str:
    """Return a label for the speaker of the turn whose content begins at ``start``, unlike in other documents."""
    return f"{document.id}/{document.text[document.text.rfind(chr(10), 0, start) + 1 : start]}"
