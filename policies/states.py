"""Which move takes a session from which state to which.

Rules kept here:
- ``MOVES`` is the whole table, and the diagram of docs/reference/states.md is drawn from it;
- a session leaves quarantine for the state it was in, or for good by a discard, which is refused to what
  had already been cleared: that ends by its schedule;
- a new dossier takes a session back, before clearance: to a new draft, or to a new transcript when it
  changes what may be heard;
- review, clearance and release may be repeated where the table says so: several people review, and each
  audience has its own clearance and release.
"""

from collections.abc import Mapping

from policies.wording import Listed
from vocabulary.choices import SessionState, Worded
from vocabulary.errors import StateError
from vocabulary.messages import N_

S = SessionState


class Move(Worded):
    """What changes a session's state."""

    RECEIVE = "receive", N_("receive the recording")
    TRANSCRIBE = "transcribe", N_("transcribe the recording")
    RETRANSCRIBE = "retranscribe", N_("transcribe the recording again")
    DRAFT = "draft", N_("make the draft")
    REDRAFT = "redraft", N_("make the draft again")
    REVIEW = "review", N_("review the draft")
    CLEAR = "clear", N_("clear the text")
    RELEASE = "release", N_("release the text")
    REOPEN = "reopen", N_("reopen the review")
    CLOSE = "close", N_("close the session")
    QUARANTINE = "quarantine", N_("put the session in quarantine")
    RETRY = "retry", N_("try the session again")
    DISCARD = "discard", N_("discard the session")


WALK = (S.RECEIVED, S.TRANSCRIBED, S.DRAFTED, S.IN_REVIEW, S.CLEARED, S.RELEASED)
"""The states a session can be put in quarantine from, and go back to."""

_BEFORE_CLEARANCE = (S.TRANSCRIBED, S.DRAFTED, S.IN_REVIEW)

MOVES: Mapping[Move, Mapping[SessionState | None, SessionState | None]] = {
    Move.RECEIVE: {None: S.RECEIVED},
    Move.TRANSCRIBE: {S.RECEIVED: S.TRANSCRIBED},
    Move.RETRANSCRIBE: dict.fromkeys(_BEFORE_CLEARANCE, S.RECEIVED),
    Move.DRAFT: {S.TRANSCRIBED: S.DRAFTED},
    Move.REDRAFT: dict.fromkeys(_BEFORE_CLEARANCE, S.TRANSCRIBED),
    Move.REVIEW: {S.DRAFTED: S.IN_REVIEW, S.IN_REVIEW: S.IN_REVIEW},
    Move.CLEAR: {S.IN_REVIEW: S.CLEARED, S.CLEARED: S.CLEARED, S.RELEASED: S.RELEASED},
    Move.RELEASE: {S.CLEARED: S.RELEASED, S.RELEASED: S.RELEASED},
    Move.REOPEN: {S.CLEARED: S.IN_REVIEW, S.RELEASED: S.IN_REVIEW},
    Move.CLOSE: {S.RELEASED: S.CLOSED},
    Move.QUARANTINE: dict.fromkeys(WALK, S.QUARANTINED),
    Move.RETRY: {S.QUARANTINED: None},
    Move.DISCARD: dict.fromkeys((S.RECEIVED, S.TRANSCRIBED, S.DRAFTED, S.IN_REVIEW, S.QUARANTINED), S.CLOSED),
}
"""Where each move leads from each state. None as a start is no session yet; as an end, where it was before."""


def next_state(state: SessionState | None, move: Move, previous: SessionState | None = None) -> SessionState:
    """Return the state ``move`` leads to; StateError if it is not allowed.

    ``previous`` is the state a session in quarantine was in; a retry needs it (ValueError).
    """
    check_can_move(state, move, previous)
    after = MOVES[move][state] or previous
    if after is None:
        raise ValueError("a retry goes back to the previous state, which was not given")
    return after


def can_move(state: SessionState | None, move: Move, previous: SessionState | None = None) -> bool:
    """Whether ``check_can_move`` would let it pass."""
    if state not in MOVES[move]:
        return False
    if state is S.QUARANTINED and move is Move.RETRY:
        return previous is None or previous in WALK
    if state is S.QUARANTINED and move is Move.DISCARD:
        return previous not in (S.CLEARED, S.RELEASED)
    return True


def check_can_move(state: SessionState | None, move: Move, previous: SessionState | None = None) -> None:
    """Raise StateError, which names the moves allowed instead, unless ``move`` is allowed from ``state``."""
    if can_move(state, move, previous):
        return
    if state is None:
        raise StateError(N_("There is no such session yet, so it is not possible to {move}."), move=move)
    allowed = moves_from(state, previous)
    if not allowed:
        raise StateError(
            N_("The session is {state}: it is not possible to {move}, and no other step is left."),
            state=state,
            move=move,
        )
    raise StateError(
        N_("The session is {state}: it is not possible to {move}. Possible now: {allowed}."),
        state=state,
        move=move,
        allowed=allowed,
    )


def moves_from(state: SessionState, previous: SessionState | None = None) -> Listed:
    """The moves allowed from ``state``, in the order of the walk."""
    return Listed(move for move in MOVES if can_move(state, move, previous))


def diagram() -> str:
    """Draw the table as a Mermaid state diagram (https://mermaid.js.org/syntax/stateDiagram.html)."""
    inside: list[str] = []
    outside = ["    [*] --> received: receive"]
    for move, ways in MOVES.items():
        for start, end in ways.items():
            if move in (Move.RECEIVE, Move.QUARANTINE, Move.RETRY):
                continue
            lines = inside if start in WALK and end in WALK else outside
            lines.append(f"    {start} --> {end}: {move}")
    return "\n".join(
        [
            "stateDiagram-v2",
            "    state walk {",
            *(f"    {line}" for line in inside),
            "    }",
            *outside,
            "    walk --> quarantined: quarantine",
            "    quarantined --> walk: retry (to where it was)",
            "    closed --> [*]",
            "",
        ]
    )


def table() -> str:
    """Write the table of moves as Markdown, one line a move."""
    rows = ["| move | from | to |", "|---|---|---|"]
    for move, ways in MOVES.items():
        for end in dict.fromkeys(ways.values()):
            starts = ", ".join(str(start or "no session yet") for start, to in ways.items() if to is end)
            rows.append(f"| {move} | {starts} | {end or 'where it was'} |")
    return "\n".join([*rows, ""])
