"""docs/reference/command-line.md says what the program has: commands, options, schemas."""

import json
import re

import pytest
from answer_schemas import REFERENCE, schema
from jsonschema import Draft202012Validator
from test_help_pages import every_command

PAGE = (REFERENCE / "command-line.md").read_text(encoding="utf-8")
SCHEMAS = sorted(path.stem for path in (REFERENCE / "schemas").glob("*.json"))
FILES = {"policy"}
"""Schemas of files that people write, and not of answers: they say their format under another key."""
SHARED = {"--help", "--passphrase-file"}


@pytest.mark.parametrize(("name", "found"), sorted(every_command(), key=lambda pair: pair[0]))
def test_a_command_stands_in_the_page_with_all_its_options(name, found):
    """One row for each command; an option that is not there is not documented."""
    rows = [line for line in PAGE.splitlines() if re.match(rf"\| `{name}[ `]", line)]
    assert len(rows) == 1
    form = rows[0].split("|")[1]
    for parameter in found.params:
        if parameter.param_type_name == "option" and parameter.opts[0] not in SHARED:
            assert parameter.opts[0] in form
            assert (
                bool(re.search(rf"\[{parameter.opts[0]}(?![a-z-])", form)) is not parameter.required
                or name == "review accept"
            )
    assert set(re.findall(r"--[a-z-]+", form)) <= {one.opts[0] for one in found.params}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_sound_and_stands_in_the_page(name):
    """A JSON Schema of draft 2020-12, named by the page, that takes nothing it does not name."""
    value = schema(name)
    Draft202012Validator.check_schema(value)
    told = "format" if name in FILES else "schema"
    assert value["$id"] == value["properties"][told]["const"] == f"huisclos-{name}/1"
    assert f"`huisclos-{name}/1`" in PAGE
    assert f"(schemas/{name}.json)" in PAGE
    assert value["additionalProperties"] is False


def test_the_page_names_no_schema_that_is_not_there():
    """Every schema of the page has its file."""
    assert set(re.findall(r"schemas/([a-z-]+)\.json", PAGE)) == set(SCHEMAS)


def test_the_example_of_an_error_keeps_its_schema():
    """What the page shows is what the program answers."""
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    Draft202012Validator(schema("error")).validate(json.loads(example))


@pytest.mark.parametrize("name", ["status", "run", "receipt"])
def test_schemas_know_the_choices_of_the_vocabulary(name):
    """States and reasons of the schemas are the members of the closed choices."""
    from vocabulary.choices import Reason, SessionState

    found = json.dumps(schema(name))
    assert all(f'"{state}"' in found for state in SessionState)
    assert all(f'"{reason}"' in found for reason in Reason)
