"""What is noted of a paper is a number, and not a name."""

import pytest

from policies.reference import is_reference


@pytest.mark.parametrize("text", ["BE 2026-12", "12", "BV 2029-4", "3.14/B_7", "A" * 39 + "1"])
def test_a_number_is_a_reference(text: str) -> None:
    """With or without letters before it, up to forty characters."""
    assert is_reference(text)


@pytest.mark.parametrize("text", ["", "Karim Benali", "Karim-Benali", "BE", " 12", "reçu 12", "A" * 40 + "1", "12\n"])
def test_a_name_is_no_reference(text: str) -> None:
    """Nor is what has no digit, an accent, or more than one line."""
    assert not is_reference(text)
