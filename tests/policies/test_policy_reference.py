"""The reference pages say what the readers do."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from policies.policy import SCHEDULED
from policies.policy_file import parse_policy
from policies.policy_schema import policy_schema
from policies.reading import Origin
from policies.yaml_lines import load
from vocabulary.choices import Audience, EntityType, Operator, RecordClass, Trigger, Use
from vocabulary.dossier import Dossier, Known, Participant
from vocabulary.errors import PolicyError

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
POLICY = (REFERENCE / "policy.md").read_text(encoding="utf-8")
DOSSIER = (REFERENCE / "dossier.md").read_text(encoding="utf-8")


def keys_in_table(page: str) -> set[str]:
    return set(re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE))


def key_paths(value: object, above: str = "") -> set[str]:
    """Key paths of the leaves, with audiences, classes and list items folded into one."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {path for item in value for path in key_paths(item, above)}
    if not isinstance(value, dict):
        return {above}
    found = set()
    for key, inner in value.items():
        folded = "AUDIENCE" if key in set(Audience) and above in ("clearance", "audiences") else key
        folded = "CLASS" if above == "schedule" else folded
        found |= key_paths(inner, f"{above}.{folded}" if above else folded)
    return found


def test_the_example_policy_of_the_page_reads() -> None:
    """The example of the page is a policy."""
    example = POLICY.split("```yaml\n")[1].split("```")[0]
    assert parse_policy(example, "policy.md").name == "ateliers-prevention"


def test_every_key_of_the_example_policy_stands_in_the_table() -> None:
    """The table names each key that the example uses, and each key it names is used."""
    example = POLICY.split("```yaml\n")[1].split("```")[0]
    plain, _ = load(example, Origin("policy.md", PolicyError, echo=True))
    assert keys_in_table(POLICY) - {"audiences.AUDIENCE", "processing.recipients"} == key_paths(plain)


def test_every_key_of_the_example_dossier_stands_in_the_table() -> None:
    """The same for the dossier."""
    assert keys_in_table(DOSSIER) == key_paths(tomllib.loads(DOSSIER.split("```toml\n")[1].split("```")[0]))


@pytest.mark.parametrize("member", [*EntityType, *Operator, *Audience, *Trigger, *Use])
def test_every_choice_is_named_on_the_page(member: EntityType | Operator | Audience | Trigger | Use) -> None:
    """No choice a steward can make is left out of the page."""
    assert member.value in POLICY


@pytest.mark.parametrize("record_class", SCHEDULED)
def test_every_class_of_a_workshop_is_named_on_the_page(record_class: RecordClass) -> None:
    """The page lists each class a policy must schedule."""
    assert f"`{record_class.value}`" in POLICY


ROOT = REFERENCE.parents[1]
KEPT = dict(
    re.findall(r"^\| `([^`]+)` \| (.+) \|$", POLICY.split("## What keeps each key")[1].split("\n## ")[0], re.MULTILINE)
)


def schema_keys(schema: dict[str, Any], above: str = "") -> set[str]:
    """Key paths of the schema's leaves, folded as in the tables of the page."""
    inner = schema.get("items", schema)
    branches = [inner, *inner.get("anyOf", [])]
    found = {key: value for branch in branches for key, value in branch.get("properties", {}).items()}
    if not found:
        return {above}
    keys = set()
    for key, value in found.items():
        folded = "AUDIENCE" if key in set(Audience) and above in ("clearance", "audiences") else key
        folded = "CLASS" if above == "schedule" else folded
        keys |= schema_keys(value, f"{above}.{folded}" if above else folded)
    return keys


def test_what_keeps_it_is_said_of_every_key() -> None:
    """A key that is added to the format, and kept by nothing, fails here: say what keeps it, or that it is stated."""
    assert set(KEPT) == schema_keys(policy_schema(str))


@pytest.mark.parametrize("key", sorted(KEPT))
def test_what_keeps_a_key_is_there_and_reads_it(key: str) -> None:
    """Each module that is named exists and names what it is said to read; else the key is stated, for people."""
    named = re.findall(r"`([a-z_/]+\.py)` `(\w+)`", KEPT[key])
    assert named or KEPT[key].startswith("stated: ")
    for module, read in named:
        assert re.search(rf"\b{read}\b", (ROOT / module).read_text(encoding="utf-8")), (module, read)


READERS = [
    path.read_text(encoding="utf-8")
    for room in ("flows", "anonymize", "speech", "policies")
    for path in (ROOT / room).rglob("*.py")
    if path.name != "dossier_file.py"
]


@pytest.mark.parametrize(
    ("noun", "key"), [(noun, one.name) for noun in (Dossier, Participant, Known) for one in fields(noun)]
)
def test_every_entry_of_a_dossier_is_read_by_something(noun: type, key: str) -> None:
    """Some file that speaks of dossiers, beyond the one that parses them, reads it by name."""
    read = re.compile(rf"\.{key}\b")
    assert any("dossier" in text.casefold() and read.search(text) for text in READERS), noun
