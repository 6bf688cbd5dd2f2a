"""Requests: until when they are answered, and what may be done when, as tables of cases."""

from datetime import date, timedelta

import pytest

from policies.requests import (
    ARTICLES,
    MOVES,
    Act,
    Letter,
    Progress,
    can_do,
    can_rule,
    deadline,
    kept_until,
    letter_of,
)
from vocabulary.choices import Article, RequestKind, RequestState, Ruling
from vocabulary.errors import StateError

DAY = date(2026, 3, 14)
OPEN = Progress(RequestKind.ACCESS, RequestState.OPEN, DAY)
CHECKED = Progress(RequestKind.ACCESS, RequestState.OPEN, DAY, identity_on=DAY)
SEARCHED = Progress(RequestKind.ACCESS, RequestState.OPEN, DAY, identity_on=DAY, searched_on=DAY)
EXTENDED = Progress(RequestKind.ACCESS, RequestState.OPEN, DAY, identity_on=DAY, extended_on=DAY)


@pytest.mark.parametrize(
    ("received", "month", "three"),
    [
        ((2026, 3, 14), (2026, 4, 14), (2026, 6, 14)),
        ((2026, 1, 31), (2026, 2, 28), (2026, 4, 30)),
        ((2028, 1, 30), (2028, 2, 29), (2028, 4, 30)),
        ((2026, 12, 1), (2027, 1, 1), (2027, 3, 1)),
        ((2026, 11, 30), (2026, 12, 30), (2027, 2, 28)),
    ],
)
def test_a_request_is_answered_within_a_month_of_the_calendar(
    received: tuple[int, int, int], month: tuple[int, int, int], three: tuple[int, int, int]
) -> None:
    """The same day of the month or the last of a shorter one; extended, two months later."""
    assert deadline(date(*received)) == date(*month)
    assert deadline(date(*received), extended=True) == date(*three)


@pytest.mark.parametrize(
    ("progress", "act", "days", "allowed"),
    [
        (OPEN, Act.CHECK, 0, True),
        (OPEN, Act.SEARCH, 0, False),
        (CHECKED, Act.SEARCH, 0, True),
        (OPEN, Act.EXTEND, 31, True),
        (OPEN, Act.EXTEND, 32, False),
        (EXTENDED, Act.EXTEND, 1, False),
        (OPEN, Act.ANSWER, 0, True),
        (CHECKED, Act.ANSWER, 0, False),
        (EXTENDED, Act.ANSWER, 0, True),
        (OPEN, Act.CLOSE, 0, False),
        (SEARCHED, Act.CLOSE, 0, False),
    ],
)
def test_what_may_be_done_when(progress: Progress, act: Act, days: int, allowed: bool) -> None:
    """Nothing is looked for before identity is checked, nothing extended late or twice, nothing closed unanswered."""
    assert can_do(progress, act, DAY + timedelta(days=days)) is allowed


def test_nothing_is_done_about_a_closed_request() -> None:
    """No move leads out of it, and every other state leads on."""
    assert not [move for move in MOVES if move[0] is RequestState.CLOSED]
    assert {state for state, _ in MOVES} == set(RequestState) - {RequestState.CLOSED}
    assert {act for _, act in MOVES} == set(Act)


@pytest.mark.parametrize(
    ("progress", "ruling", "article", "allowed"),
    [
        (SEARCHED, Ruling.GRANTED, None, True),
        (CHECKED, Ruling.GRANTED, None, False),
        (OPEN, Ruling.GRANTED, None, False),
        (SEARCHED, Ruling.GRANTED, Article.GDPR_15_4, False),
        (SEARCHED, Ruling.IN_PART, Article.GDPR_15_4, True),
        (SEARCHED, Ruling.IN_PART, None, False),
        (SEARCHED, Ruling.REFUSED, None, False),
        (SEARCHED, Ruling.REFUSED, Article.GDPR_11_2, True),
        (OPEN, Ruling.REFUSED, Article.GDPR_12_6, True),
        (OPEN, Ruling.REFUSED, Article.GDPR_12_5, True),
        (OPEN, Ruling.REFUSED, Article.GDPR_11_2, False),
        (OPEN, Ruling.IN_PART, Article.GDPR_12_6, False),
        (SEARCHED, Ruling.REFUSED, Article.GDPR_17_3_D, False),
    ],
)
def test_how_a_request_may_be_decided(
    progress: Progress, ruling: Ruling, article: Article | None, allowed: bool
) -> None:
    """With an article of that right or with none, and not before what has to come first."""
    assert can_rule(progress, ruling, article) is allowed


def test_the_research_derogation_does_not_reach_erasure() -> None:
    """Decree 2019-536, article 116: access, rectification, restriction and objection."""
    assert {kind for kind in RequestKind if Article.DECREE_116 in ARTICLES[kind]} == set(RequestKind) - {
        RequestKind.ERASURE
    }


def test_the_letter_that_is_due_follows_from_how_far_a_request_is() -> None:
    """Proof of identity first; then the extension; no letter where a decision is due."""
    assert letter_of(OPEN) is Letter.IDENTITY
    assert letter_of(EXTENDED) is Letter.EXTENSION
    assert letter_of(Progress(RequestKind.ACCESS, RequestState.DECIDED, DAY)) is Letter.ANSWER
    with pytest.raises(StateError):
        letter_of(SEARCHED)
    assert kept_until(DAY, 365) == date(2027, 3, 14)
