"""Scopes have one written form, and bind what is sealed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.keys.scope import BLOB_FORMAT, TABLE_FORMAT, Scope, associated_data
from vocabulary.choices import RecordClass

HOME, OBJECT = "h-" + "0" * 32, "o-" + "1" * 32

scopes = st.builds(
    Scope,
    workshop=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9-]{0,5}|-", fullmatch=True),
    session=st.integers(0, 999),
    record_class=st.sampled_from(RecordClass),
    epoch=st.integers(1, 40),
)


def test_key_id_is_workshop_session_class_epoch() -> None:
    """The written form is the one that the contract and the keystore use."""
    assert Scope("marseille-13", 3, RecordClass.RECORDING, 1).key_id() == "marseille-13/3/recording/1"


@given(scopes, scopes)
def test_different_scopes_have_different_forms(one: Scope, two: Scope) -> None:
    """Neither the key id nor the associated data of two scopes ever meet."""
    same = one == two
    assert (one.key_id() == two.key_id()) is same
    bound = [associated_data(BLOB_FORMAT, HOME, scope, OBJECT) for scope in (one, two)]
    assert (bound[0] == bound[1]) is same


def test_associated_data_differs_by_format_home_and_object() -> None:
    """An object is bound to its format, its home and its own id as well."""
    scope = Scope("a", 1, RecordClass.DRAFT, 1)
    other = "h-" + "2" * 32
    forms = {
        associated_data(BLOB_FORMAT, HOME, scope, OBJECT),
        associated_data(TABLE_FORMAT, HOME, scope, OBJECT),
        associated_data(BLOB_FORMAT, other, scope, OBJECT),
        associated_data(BLOB_FORMAT, HOME, scope, "o-" + "3" * 32),
    }
    assert len(forms) == 4


@pytest.mark.parametrize(
    ("workshop", "session", "record_class", "epoch"),
    [
        ("a/b", 1, RecordClass.DRAFT, 1),
        ("a\n", 1, RecordClass.DRAFT, 1),
        ("", 1, RecordClass.DRAFT, 1),
        ("a", 1000, RecordClass.DRAFT, 1),
        ("a", -1, RecordClass.DRAFT, 1),
        ("a", 1, "draft", 1),
        ("a", 1, RecordClass.DRAFT, 0),
    ],
)
def test_refuses_what_is_no_scope(workshop: str, session: int, record_class: RecordClass, epoch: int) -> None:
    """A scope checks its own invariants when it is built."""
    with pytest.raises(ValueError, match=r"scope|epoch"):
        Scope(workshop, session, record_class, epoch)


def test_associated_data_takes_opaque_ids_only() -> None:
    """No free text can slip into the lines of the associated data."""
    with pytest.raises(ValueError, match="opaque"):
        associated_data(BLOB_FORMAT, HOME, Scope("a", 1, RecordClass.DRAFT, 1), "o-1\no-2")
