"""Plain data written as TOML reads back as the same data."""

import datetime
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.dossier_file import parse_dossier
from policies.toml_writing import write_toml

_SCALARS = st.text(max_size=12) | st.integers(-(2**40), 2**40) | st.booleans() | st.floats(allow_nan=False) | st.dates()
_VALUES = st.recursive(
    _SCALARS | st.lists(_SCALARS, max_size=3),
    lambda inner: (
        st.dictionaries(st.text(max_size=5), inner, max_size=3)
        | st.lists(st.dictionaries(st.text(max_size=5), inner, min_size=0, max_size=2), min_size=1, max_size=2)
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.text(max_size=6), _VALUES, max_size=4))
def test_what_is_written_reads_back(value):
    """Text of any kind, nested tables, lists of tables, days."""
    assert tomllib.loads(write_toml(value)) == value


def test_a_dossier_written_again_is_the_same_dossier_without_its_comments():
    """Comments are no data: they go."""
    text = """\
format = "huisclos-session/1"
[session]
number = 3
date = 2026-03-14
withheld = ["00:01:00-00:02:00"]
[[participant]]
name = "Camille Dargent" # la sœur de quelqu'un
role = "éducatrice"
institution = "association"
agrees = ["recording"]
[[known]]
kind = "place"
forms = ["le 25"]
general = "une cité"
"""
    written = write_toml(tomllib.loads(text))
    assert parse_dossier(written, "seance3.toml") == parse_dossier(text, "seance3.toml")
    assert "sœur" not in written


def test_what_toml_has_no_words_for_is_refused():
    """A set is no value; a moment is."""
    with pytest.raises(TypeError):
        write_toml({"a": {1, 2}})
    at = datetime.datetime(2026, 3, 14, 9, 0, tzinfo=datetime.UTC)
    assert tomllib.loads(write_toml({"at": at})) == {"at": at}
