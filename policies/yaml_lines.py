"""YAML text to plain values, with the line of every key.

Rules kept here (a small part of YAML 1.1, https://yaml.org/spec/1.1/):
- one document of tables, lists and scalars; no anchor, alias, merge or tag, so that no file unfolds into
  more than it shows, and nothing is ever built but plain values;
- a key stands once in its table; tables nest ``DEEPEST`` deep at most;
- ``true`` and ``false`` (with their YAML 1.1 synonyms) are flags, decimal digits whole numbers, an empty
  value nothing; everything else is the text as written.
"""

import re
from collections.abc import Mapping

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from policies.reading import Origin, Path, shown_path
from policies.wording import Found
from vocabulary.errors import HuisclosError
from vocabulary.messages import N_

DEEPEST = 8

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_TRUE = frozenset({"true", "yes", "on"})


def load(text: str, origin: Origin) -> tuple[object, Mapping[Path, int]]:
    """Return the document's plain value and ``{key path: line}``; raise ``origin.error`` on any fault."""
    _check_events(text, origin)
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    assert node is not None  # a document was seen
    lines: dict[Path, int] = {}
    return _plain(node, (), lines, origin), lines


def _check_events(text: str, origin: Origin) -> None:
    """Refuse what is not YAML, and the parts of YAML that have no place here, before anything is composed."""
    depth = documents = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            if isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
                raise origin.fault(
                    N_("{file}, line {line}: anchors (&) and aliases (*) are not allowed; write the value out, "
                       "or put it between quotes if it is a text."), line)  # fmt: skip
            if getattr(event, "tag", None) is not None:
                raise origin.fault(N_("{file}, line {line}: tags (!) are not allowed; write the plain value."), line)
            if depth > DEEPEST:
                raise origin.fault(
                    N_("{file}, line {line}: found tables nested deeper than {deepest}."), line, deepest=DEEPEST
                )
            if documents > 1:
                raise origin.fault(N_("{file}, line {line}: found a second document (---), expected one."), line)
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(origin, error.problem_mark.line + 1 if error.problem_mark else 1) from None
    except yaml.reader.ReaderError as error:
        raise _not_yaml(origin, text.count("\n", 0, error.position) + 1) from None
    if not documents:
        raise origin.fault(N_("{file}: the file is empty."))


def _not_yaml(origin: Origin, line: int) -> HuisclosError:
    return origin.fault(
        N_("{file}, line {line}: this is not valid YAML; look at the indentation (spaces, no tabs), the colons, "
           "the quotes and the brackets on this line and just before."), line)  # fmt: skip


def _plain(node: Node, path: Path, lines: dict[Path, int], origin: Origin) -> object:
    if isinstance(node, MappingNode):
        table: dict[str, object] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                raise origin.fault(
                    N_("{file}, line {line}: expected a key that is a word, found {found}."), line, found=Found.TABLE
                )
            key = key_node.value
            if key in table:
                raise origin.fault(
                    N_("{file}, line {line}, {key}: this key stands twice; the first is on line {first}."),
                    line,
                    key=shown_path((*path, key[:40])),
                    first=lines[(*path, key)],
                )
            lines[(*path, key)] = line
            table[key] = _plain(value_node, (*path, key), lines, origin)
        return table
    if isinstance(node, SequenceNode):
        items: list[object] = []
        for number, item in enumerate(node.value):
            lines[(*path, number)] = item.start_mark.line + 1
            items.append(_plain(item, (*path, number), lines, origin))
        return items
    assert isinstance(node, ScalarNode)
    return _scalar(node)


def _scalar(node: ScalarNode) -> object:
    kind = node.tag.rpartition(":")[2]
    if kind == "bool":
        return node.value.lower() in _TRUE
    if kind == "null":
        return None
    if kind == "int" and _INTEGER.fullmatch(node.value):
        return int(node.value)
    return str(node.value)
