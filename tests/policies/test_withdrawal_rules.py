"""The table of how a person is found in each class of record and removed, and what it takes to withdraw."""

from pathlib import Path

import pytest

from console.messages import _
from policies.withdrawal import DECLARED, Fate, is_asked_by_two, table
from vocabulary.choices import RecordClass

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_every_class_of_record_declares_how_a_person_is_found_and_removed() -> None:
    """A class that declares nothing is one that nobody could be taken out of."""
    assert set(DECLARED) == set(RecordClass)
    for said in DECLARED.values():
        assert said.found_by.strip() and said.removed_by.strip()
        assert said.removed_by.startswith("kept") is (said.fate is Fate.KEPT)


def test_the_pages_show_the_table() -> None:
    """In English for engineers, in French for whoever withdraws."""
    english = table(("record class", "found by", "fate", "how"))
    assert english in (DOCS / "reference" / "withdrawal.md").read_text(encoding="utf-8")
    french = table(("pièce", "comment la personne y est trouvée", "sort", "comment elle en est retirée"), _)
    assert french in (DOCS / "fr" / "retirer-une-parole.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("asked", "person", "done"),
    [((), "p-1", False), (("p-1",), "p-1", False), (("p-2",), "p-1", True), (("p-1", "p-2"), "p-1", True)],
)
def test_somebody_else_has_to_have_asked_before(asked: tuple[str, ...], person: str, done: bool) -> None:
    """Whoever asked alone may ask again, and nothing happens."""
    assert is_asked_by_two(asked, person) is done
