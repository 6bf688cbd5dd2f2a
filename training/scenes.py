"""The scenes of training/scenes: read and checked.

A scene is a title, a cast and turns whose identifying forms are slots (training/README.md). A file that does not
keep the format stops everything, with its line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

LABELS = ("YOUTH", "PERSON", "PLACE", "INSTITUTION", "DATE", "AGE", "CONTACT", "ID", "QUASI", "PUBLIC")
SLOT = re.compile(r"\{(?P<slot>[^{}]+)\}|\[\[(?P<text>[^\[\]|]+)\|(?P<label>[A-Z]+)(?:\|(?P<whose>[a-z]+\d+))?\]\]")
_CAST = re.compile(r"cast ([ypli]\d+) (YOUTH|PERSON|PLACE|INSTITUTION)\b ?(.*)")
_TURN = re.compile(r"(S\d+): (\S.*)")


@dataclass(frozen=True)
class Member:
    """Somebody or something a scene speaks of: label, gender (people), kind (places, institutions); ``like`` is who
    shares their surname, ``named`` who shares their first name."""

    id: str
    label: str
    gender: str
    kind: str
    speaker: str | None
    like: str | None
    named: str | None = None


@dataclass
class Scene:
    title: str
    cast: dict[str, Member] = field(default_factory=dict)
    turns: list[tuple[str, str]] = field(default_factory=list)


class SceneError(ValueError):
    """A line of a scene that does not keep the format."""


def read_scenes(path: Path) -> list[Scene]:
    """Return the scenes of one file."""
    scenes: list[Scene] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("== "):
            scenes.append(Scene(line[3:]))
        elif not scenes:
            raise SceneError(f"{path.name}:{number}: a line before the first scene")
        elif match := _CAST.fullmatch(line):
            member = _member(*match.groups())
            scenes[-1].cast[member.id] = member
        elif match := _TURN.fullmatch(line):
            _check(match[2], scenes[-1], f"{path.name}:{number}")
            scenes[-1].turns.append((match[1], match[2]))
        else:
            raise SceneError(f"{path.name}:{number}: neither a cast line nor a turn")
    return scenes


def _member(name: str, label: str, rest: str) -> Member:
    words = rest.split()
    options = dict(word.split("=", 1) for word in words if "=" in word)
    plain = [word for word in words if "=" not in word]
    person = label in ("YOUTH", "PERSON")
    gender = next((word for word in plain if word in ("m", "f")), "m")
    return Member(name, label, gender if person else "", "" if person else (plain[0] if plain else "spot"),
                  options.get("speaker"), options.get("like"), options.get("named"))  # fmt: skip


def _check(text: str, scene: Scene, place: str) -> None:
    for match in SLOT.finditer(text):
        if match["label"] and match["label"] not in LABELS:
            raise SceneError(f"{place}: label {match['label']}")
        if match["slot"]:
            name = match["slot"].split()[-1].split(".")[0]
            first = match["slot"].split()[0]
            if name not in scene.cast and first not in SIMPLE:
                raise SceneError(f"{place}: {{{match['slot']}}} names nobody of the cast")
    if "{" in SLOT.sub("", text) or "[[" in SLOT.sub("", text):
        raise SceneError(f"{place}: a slot that cannot be read")


SIMPLE = frozenset({"age", "day", "month", "birth", "phone", "email", "handle", "plate", "file", "nir", "ecrou"})
"""Slots that need nobody of the cast."""


def all_scenes(folder: Path) -> Iterator[Scene]:
    """Yield the scenes of every file of ``folder``, by name."""
    for path in sorted(folder.glob("*.txt")):
        yield from read_scenes(path)
