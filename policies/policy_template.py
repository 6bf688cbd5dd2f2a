"""A policy file written from a sample and a person's answers, the sample's comments kept.

Rules kept here: only values are replaced, each where it stands; what has no answer stays as the sample has it, and
that is « à compléter » where the controller has to write.
"""

import json
from collections.abc import Mapping
from importlib.resources import files

import yaml
from yaml.nodes import MappingNode, Node

from policies.reading import Path

SAMPLES = {"standard": "standard.yaml", "strict": "strict.yaml"}

Answer = str | int | bool | list[str]


def sample_text(name: str) -> str:
    """The text of a sample policy that comes with the software."""
    return files("policies").joinpath("samples", SAMPLES[name]).read_text(encoding="utf-8")


def written(text: str, answers: Mapping[Path, Answer]) -> str:
    """Return the policy ``text`` with the values at some key paths replaced; KeyError for a path it does not have."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert root is not None  # a sample is a document
    places = sorted(((_node(root, path), answer) for path, answer in answers.items()), key=_start, reverse=True)
    for node, answer in places:
        text = text[: node.start_mark.index] + _yaml(answer) + text[node.end_mark.index :]
    return text


def _start(place: tuple[Node, Answer]) -> int:
    return int(place[0].start_mark.index)


def _node(root: Node, path: Path) -> Node:
    node = root
    for part in path:
        found = {key.value: value for key, value in node.value} if isinstance(node, MappingNode) else {}
        node = found[part]
    return node


def _yaml(answer: Answer) -> str:
    """A value as YAML has it in flow style: JSON is part of it."""
    return json.dumps(answer, ensure_ascii=False)
