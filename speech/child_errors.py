"""What went wrong in a process of ours (speech/child_pipes.py): told over its pipe, and read by its parent.

Rules this module keeps:

* Of an error that is none of ours only the kind and the places in the code are told: its text can hold talk.
* What a process says is not believed either, as a model can be made to run code. A message is a source string of ours;
  a fact is known by its name and has no blanks, or was given to the process; a kind is an identifier; a place looks
  like one. Whatever else it says is a fault "in no known form", and is in no exception and in none before it.
"""

import ast
import importlib.util
import json
import re
import traceback
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any

from vocabulary.errors import HuisclosError, ResourceError

_FRAMES = 20
_LONGEST = 80
_FACTS = frozenset({"command", "digest", "files", "folder", "kind", "model", "packages", "pipeline", "problem"})
_FACT = re.compile(r"[\w.+-]{1,64}(?:, [\w.+-]{1,64}){0,7}|\d{1,7} Hz", re.ASCII)
_SETTING = re.compile(r"[a-z_]{1,32}(?:\.[a-z_]{1,32}){0,3}")
_FRAME = re.compile(r"[\w.<> -]{1,64}:\d{1,7} [\w<>]{1,64}", re.ASCII)
_UNKNOWN = "-"


class ChildFaultError(Exception):
    """A process failed in a way that nobody foresaw, or said what none may say. Names the kind and the places in the
    code, no text."""


def told(error: BaseException) -> dict[str, Any]:
    """What is told of an error, as plain values."""
    if isinstance(error, MemoryError):
        return {"memory": True}
    if isinstance(error, HuisclosError):
        facts = {name: str(fact) for name, fact in error.facts.items()}
        return {"message": error.message, "facts": facts, "place": error.place}
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return {"fault": type(error).__name__, "frames": places[-_FRAMES:]}


def plain(data: bytes) -> Any:
    """The value that a process wrote as JSON. ChildFaultError, without a trace of the text, if it did not."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        pass
    raise ChildFaultError("an answer in no known form")


def read(data: bytes, module: str, given: Collection[str]) -> Exception:
    """What ``told`` told, as we raise it. ``module`` made the worker, and ``given`` are the texts it was made with."""
    value = plain(data)
    found = _known(value, module, given) if isinstance(value, dict) else None
    return found or ChildFaultError("an error in no known form")


def _known(value: dict[str, Any], module: str, given: Collection[str]) -> Exception | None:
    if value.get("memory") is True:
        return MemoryError()
    message, facts, place = value.get("message"), value.get("facts"), value.get("place")
    if isinstance(message, str) and isinstance(facts, dict):
        return _ours(message, facts, place, given) if message in _messages(module) else None
    fault, frames = value.get("fault"), value.get("frames")
    if not isinstance(fault, str) or not isinstance(frames, list) or not fault.isidentifier() or len(fault) > _LONGEST:
        return None
    places = [frame for frame in frames[-_FRAMES:] if isinstance(frame, str) and _FRAME.fullmatch(frame)]
    return ChildFaultError(f"{fault} at {'; '.join(places) or _UNKNOWN}")


def _ours(message: str, facts: dict[str, Any], place: object, given: Collection[str]) -> Exception | None:
    known = {name: _fact(fact, given) for name, fact in facts.items() if name in _FACTS}
    where = place if isinstance(place, str) and _SETTING.fullmatch(place) else None
    try:
        message.format(**known)
    except (KeyError, IndexError):
        return None
    return ResourceError(message, place=where, **known)


def _fact(value: object, given: Collection[str]) -> str:
    believed = isinstance(value, str) and (value in given or _FACT.fullmatch(value) is not None)
    return str(value) if believed else _UNKNOWN


@cache
def _messages(module: str) -> frozenset[str]:
    """The source strings of this folder, and of the module that makes a worker."""
    found = importlib.util.find_spec(module)
    files = {*Path(__file__).parent.glob("*.py"), *([Path(found.origin)] if found and found.origin else ())}
    return frozenset(
        node.args[0].value
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "N_"
        if isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    )
