"""The register of people and how names are compared."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.people import Register, fold
from vocabulary.errors import DamagedError
from vocabulary.ids import new_id

NAMES = st.text(st.characters(categories=["L", "Nd"]) | st.sampled_from(" -'"), min_size=1, max_size=30).filter(
    lambda name: any(letter.isalpha() for letter in name)
)


@pytest.mark.parametrize(
    "spelling", ["Anne-Laure Müller", " anne-laure  muller ", "ANNE-LAURE MÜLLER", "Anne-Laure Mu\u0308ller"]
)
def test_spellings_of_one_name_fold_alike(spelling: str) -> None:
    """Case, accents, composition and spacing make no difference."""
    assert fold(spelling) == "anne-laure muller"


@given(NAMES)
@settings(max_examples=80, deadline=None)
def test_folding_again_changes_nothing(name: str) -> None:
    """A folded name is its own folded form."""
    assert fold(fold(name)) == fold(name)


@given(st.lists(NAMES, max_size=5, unique_by=fold))
@settings(max_examples=50, deadline=None)
def test_registers_survive_writing_and_reading(names: list[str]) -> None:
    """parse(format(x)) is x, and everyone is found again."""
    register = Register()
    for name in names:
        register = register.with_person(new_id("p"), name)
    again = Register.from_bytes(register.to_bytes())
    assert again == register
    assert all(again.find(name.upper().lower()) is not None for name in names if name.upper().lower() == name.lower())


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b'{"format":"huisclos-people/2","people":[]}', b'{"people":[],"format":"x"}']
)
def test_anything_else_is_damage(data: bytes) -> None:
    """A register has one format."""
    with pytest.raises(DamagedError):
        Register.from_bytes(data)


def test_nothing_of_a_register_shows_itself() -> None:
    """The repr of a register and of a person holds no name."""
    register = Register().with_person(new_id("p"), "Zoé Canari")
    assert "anari" not in repr(register) + repr(register.people)


def test_a_taken_name_is_not_registered_twice() -> None:
    """A second person of the same folded name is refused, without repeating it."""
    register = Register().with_person(new_id("p"), "Zoé Canari")
    with pytest.raises(ValueError) as caught:
        register.with_person(new_id("p"), "zoe canari")
    assert "anari" not in str(caught.value)
