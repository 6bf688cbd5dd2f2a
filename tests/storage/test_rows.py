"""The rows of the catalog."""

from dataclasses import replace

import pytest

from storage.rows.custody import PersonRow
from storage.rows.row import RowError, columns, values_of
from storage.rows.walk import CopyRow
from tests.storage.new_archives import session_row, workshop_row
from vocabulary.choices import SessionState
from vocabulary.ids import new_id

AT = "2026-03-14T09:00:00Z"


def test_choices_are_held_as_plain_values() -> None:
    """A member of a closed choice becomes its value, so that rows compare and encode plainly."""
    row = replace(session_row(), state=SessionState.DRAFTED)
    assert type(row.state) is str and row.state == "drafted"
    assert values_of(row)["state"] == "drafted"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", "Ada Canari"), ("workshop", "un atelier"), ("number", 0), ("number", True), ("state", "asleep"),
        ("reason", "because"), ("waits", "Ada Canari"), ("fault", "Traceback"), ("parts_expected", "1"),
        ("language", "français"), ("created_at", "2026-03-14 09:00"), ("changed_at", None), ("parts", 2**60),
    ],
)  # fmt: skip
def test_a_value_without_the_form_of_its_column_is_refused(column: str, value: object) -> None:
    """Names, sentences and values of another type do not enter a row; the refusal does not repeat them."""
    with pytest.raises(RowError) as caught:
        replace(session_row(), **{column: value})
    assert caught.value.column == column
    assert "canari" not in str(caught.value).lower()


@pytest.mark.parametrize("path", ["/etc/passwd", "outbox/../../x", "outbox//x", "outbox/Ada Canari.txt", ".", ""])
def test_a_copy_lies_inside_the_home(path: str) -> None:
    """The path of a copy is relative, plain, and never climbs."""
    with pytest.raises(RowError):
        CopyRow(new_id("k"), new_id("r"), path, AT)


def test_columns_tell_type_and_whether_empty() -> None:
    """The columns of a row are its fields, in order."""
    assert dict(columns(PersonRow)) == {"id": (str, False), "registered_at": (str, False)}
    assert columns(CopyRow)["removed_at"] == (str, True)


def test_a_policy_name_may_be_french() -> None:
    """Names of policies are words with accents, spaces and hyphens."""
    assert replace(workshop_row(), policy_name="prévention 2026-bis").policy_name == "prévention 2026-bis"
