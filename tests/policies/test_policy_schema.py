"""The schema for editors agrees with the reader."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from policies.policy_schema import policy_schema
from policies.reading import Origin
from policies.yaml_lines import load
from tests.policies.test_policy_file import EDITS
from vocabulary.errors import PolicyError

SAMPLES = Path(__file__).parents[2] / "policies" / "samples"
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "policy.md"
VALIDATOR = Draft202012Validator(policy_schema(str))

BEYOND_A_SCHEMA = {
    "time_zone: Europe/Lutece",
    "time_zone: ../../etc/passwd",
    "time_zone: Europe",
    "version: 1\nversion: 2\n",
    "date: 2026-02-30",
    "extends: public, AGE",
    "extends: research, AGE",
    "theme: {same_as: theme}",
    "{after: research_ended, keep: 200 years",
}
"""What needs the calendar, a list of zones or the rest of the file: the reader refuses it, a schema may not."""


def plain(text: str) -> Any:
    return load(text, Origin("policy.yaml", PolicyError, echo=True))[0]


def test_the_schema_is_one() -> None:
    """It keeps JSON Schema, draft 2020-12."""
    Draft202012Validator.check_schema(policy_schema(str))


@pytest.mark.parametrize("name", ["standard", "strict", "demo"])
def test_every_sample_keeps_the_schema(name: str) -> None:
    """An editor marks nothing in them."""
    VALIDATOR.validate(plain((SAMPLES / f"{name}.yaml").read_text(encoding="utf-8")))


def test_the_example_of_the_page_keeps_the_schema() -> None:
    """With every key there is."""
    VALIDATOR.validate(plain(PAGE.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]))


SEEN = [(old, new, key) for old, new, key, _says in EDITS if new not in BEYOND_A_SCHEMA]


@pytest.mark.parametrize(("old", "new", "key"), SEEN, ids=[f"{n}-{e[2]}" for n, e in enumerate(SEEN)])
def test_what_the_reader_refuses_an_editor_marks(demo_text: str, old: str, new: str, key: str) -> None:
    """Each fault of the reader's own table, but those that no schema can see."""
    assert not VALIDATOR.is_valid(plain(demo_text.replace(old, new, 1))), key


def test_what_a_schema_cannot_see_is_in_the_reader_s_table() -> None:
    """The exceptions are faults that the reader knows, each once."""
    assert len(SEEN) + len(BEYOND_A_SCHEMA) == len(EDITS)
