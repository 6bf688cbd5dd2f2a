"""What is said before a destruction, when the clock is in doubt, and who ends what keeps: the pure rules."""

from datetime import UTC, date, datetime, timedelta

import pytest

from policies.announcing import WARNINGS, is_warned, warning
from policies.caution import Jump, in_doubt_after
from policies.holds import FROM_OUTSIDE, Made, can_lift
from storage.rows.retention import HoldRow
from vocabulary.choices import Ground, Notice, Suspends

ENDS = date(2027, 4, 15)
NOON = datetime(2027, 4, 1, 12, tzinfo=UTC)


def said(days: dict[int, Notice], last: date = ENDS) -> dict[Notice, date]:
    return {notice: last - timedelta(days=before) for before, notice in days.items()}


@pytest.mark.parametrize(
    ("before", "given", "next_one"),
    [
        (15, {}, None),
        (14, {}, Notice.WARNED_14),
        (13, {14: Notice.WARNED_14}, None),
        (7, {14: Notice.WARNED_14}, Notice.WARNED_7),
        (2, {14: Notice.WARNED_14, 7: Notice.WARNED_7}, Notice.WARNED_2),
        (-40, {}, Notice.WARNED_14),
        (-40, {-40: Notice.WARNED_14}, None),
        (-41, {-40: Notice.WARNED_14}, Notice.WARNED_7),
        (-42, {-40: Notice.WARNED_14, -41: Notice.WARNED_7}, Notice.WARNED_2),
        (1, dict(zip((14, 7, 2), (notice for _, notice in WARNINGS), strict=True)), None),
    ],
)
def test_the_warning_of_a_day(before: int, given: dict[int, Notice], next_one: Notice | None) -> None:
    """The first that is due and was not given; one a day, those that a pause left out a day later each."""
    assert warning(ENDS, ENDS - timedelta(days=before), said(given)) == next_one


def test_three_warnings_on_three_days_that_are_over() -> None:
    """Two do not do, nor three on two days, nor while the day of the last goes on."""
    all_three = said({14: Notice.WARNED_14, 7: Notice.WARNED_7, 2: Notice.WARNED_2})
    assert is_warned(all_three, ENDS)
    assert not is_warned(all_three, ENDS - timedelta(days=2))
    assert not is_warned({**all_three, Notice.WARNED_7: all_three[Notice.WARNED_2]}, ENDS)
    assert not is_warned(said({14: Notice.WARNED_14, 2: Notice.WARNED_2}), ENDS)


def test_a_jump_is_believed_once_two_different_people_said_so() -> None:
    """One person twice is one; the earliest jump that is not believed is what is in doubt."""
    first = Jump(NOON, NOON + timedelta(days=20))
    second = Jump(NOON + timedelta(days=30), NOON + timedelta(days=50))
    now = NOON + timedelta(days=60)
    once = first.confirmed("p-1", now).confirmed("p-1", now)
    assert in_doubt_after([once, second], now) == NOON
    assert in_doubt_after([once.confirmed("p-2", now), second], now) == second.before
    assert in_doubt_after([once.confirmed("p-2", now)], now) is None
    assert in_doubt_after([], now) is None


def test_who_confirms_the_clock_before_the_moment_it_had_jumped_to_says_nothing_of_the_jump() -> None:
    """Taken back it is in no doubt, and once the clock shows that moment again it is, whoever confirmed meanwhile."""
    jump, back = Jump(NOON, NOON + timedelta(days=300)), NOON + timedelta(days=1)
    said = jump.confirmed("p-1", back).confirmed("p-2", back).confirmed("p-3", back)
    assert in_doubt_after([said], back) is None
    assert in_doubt_after([said], jump.after) == NOON
    assert in_doubt_after([said.confirmed("p-1", jump.after).confirmed("p-2", jump.after)], jump.after) is None


@pytest.mark.parametrize("ground", Ground)
@pytest.mark.parametrize("suspends", Suspends)
def test_who_placed_it_lifts_only_what_nobody_outside_relies_on(ground: Ground, suspends: Suspends) -> None:
    """A judge, a child, an authority, a person who asked: another steward. A dispute, an incident and the rest: any."""
    placed, other = "p-" + "1" * 32, "p-" + "2" * 32
    order = HoldRow("g-" + "0" * 32, suspends, "essai", None, None, ground, "2027-06-01", None, placed,
                    "2027-03-01T09:00:00Z")  # fmt: skip
    assert can_lift(order, other, [])
    assert can_lift(order, placed, []) == (ground in {Ground.DISPUTE, Ground.INCIDENT, Ground.OTHER})
    assert (ground in FROM_OUTSIDE) == (not can_lift(order, placed, []))


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ([], ""),
        ([("new", "placer")], "new"),
        ([("new", "placer"), ("newer", "new")], "new newer"),
        ([("new", "other")], ""),
        ([("new", "other"), ("newer", "new")], ""),
        ([("other", "placer")], "other"),
        ([("new", None)], "new"),
        ([("new", "placer"), ("new", "other")], ""),
        ([("placer", "other"), ("new", "placer")], "new"),
    ],
)  # fmt: skip
def test_who_placed_it_lifts_it_through_nobody_they_made_a_steward(
    since: list[tuple[str, str | None]], expected: str
) -> None:
    """Neither at first nor at second hand, nor by a new passphrase for a steward of before; others may, theirs too."""
    order = HoldRow("g-" + "0" * 32, Suspends.DESTRUCTION, "essai", None, None, Ground.AUTHORITY, "2027-06-01", None,
                    "p-" + "1" * 32, "2027-03-01T09:00:00Z")  # fmt: skip
    ids = {"placer": order.person, "other": "other", "new": "new", "newer": "newer", None: None}
    made = [Made(str(ids[steward]), ids[by]) for steward, by in since]
    theirs = {one for one in ("other", "new", "newer") if not can_lift(order, one, made)}
    assert theirs == set(expected.split())
    assert not can_lift(order, order.person, made)
