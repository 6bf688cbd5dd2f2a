"""The table of states and moves, and the page drawn from it."""

from pathlib import Path

import pytest

from policies.states import MOVES, Move, can_move, check_can_move, diagram, moves_from, next_state, table
from vocabulary.choices import Exit, SessionState
from vocabulary.errors import StateError

S = SessionState
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "states.md"


def test_the_diagram_of_the_page_is_the_one_of_the_table() -> None:
    """docs/reference/states.md shows the diagram as it is drawn from the table."""
    assert f"```mermaid\n{diagram()}```\n" in PAGE.read_text(encoding="utf-8")


def test_the_table_of_the_page_is_the_one_of_the_code() -> None:
    """docs/reference/states.md shows every move."""
    assert table() in PAGE.read_text(encoding="utf-8")


def test_the_diagram_shows_every_state_and_every_move() -> None:
    """No state and no move is left out of the drawing."""
    drawn = diagram()
    assert all(f" {state}" in drawn for state in SessionState) and all(f": {move}" in drawn for move in Move)


def test_the_walk_goes_from_receipt_to_closing() -> None:
    """The moves of an ordinary session lead from nothing to closed."""
    state: SessionState | None = None
    seen = []
    for move in (Move.RECEIVE, Move.TRANSCRIBE, Move.DRAFT, Move.REVIEW, Move.CLEAR, Move.RELEASE, Move.CLOSE):
        state = next_state(state, move)
        seen.append(state)
    assert seen == [S.RECEIVED, S.TRANSCRIBED, S.DRAFTED, S.IN_REVIEW, S.CLEARED, S.RELEASED, S.CLOSED]


@pytest.mark.parametrize("move", list(Move))
def test_a_move_is_allowed_exactly_from_where_the_table_says(move: Move) -> None:
    """The three questions agree with the table, for every state."""
    for state in (None, *SessionState):
        assert can_move(state, move) is (state in MOVES[move])
        if can_move(state, move):
            check_can_move(state, move)
        else:
            with pytest.raises(StateError):
                check_can_move(state, move)
            with pytest.raises(StateError):
                next_state(state, move)


@pytest.mark.parametrize("state", [s for s in SessionState if s not in (S.CLOSED, S.QUARANTINED)])
def test_quarantine_and_back(state: SessionState) -> None:
    """From any open state a session can be put aside, and a retry brings it back to where it was."""
    aside = next_state(state, Move.QUARANTINE)
    assert aside is S.QUARANTINED
    assert next_state(aside, Move.RETRY, previous=state) is state


@pytest.mark.parametrize("previous", [S.CLEARED, S.RELEASED])
def test_what_was_cleared_is_not_discarded_from_quarantine(previous: SessionState) -> None:
    """Quarantine is no way round the schedule."""
    assert not can_move(S.QUARANTINED, Move.DISCARD, previous)
    with pytest.raises(StateError):
        next_state(S.QUARANTINED, Move.DISCARD, previous)


def test_a_closed_session_does_not_move() -> None:
    """Nothing leads out of closed."""
    assert moves_from(S.CLOSED) == ()


def test_a_refusal_says_what_is_possible() -> None:
    """The error names the state, the move, and the moves that are allowed."""
    with pytest.raises(StateError) as caught:
        check_can_move(S.DRAFTED, Move.RELEASE)
    error = caught.value
    assert error.facts["state"] is S.DRAFTED and error.facts["move"] is Move.RELEASE
    assert error.facts["allowed"] == (Move.RETRANSCRIBE, Move.REDRAFT, Move.REVIEW, Move.QUARANTINE, Move.DISCARD)
    assert "retranscribe, redraft, review, quarantine, discard" in str(error)
    assert error.exit is Exit.STATE


def test_a_retry_needs_the_previous_state() -> None:
    """Without it, there is no telling where a retry leads."""
    with pytest.raises(ValueError, match="previous"):
        next_state(S.QUARANTINED, Move.RETRY)
