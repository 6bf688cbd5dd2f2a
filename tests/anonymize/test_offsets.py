"""By how much a date moves: one offset for each youth, order and intervals kept."""

import datetime

from hypothesis import given
from hypothesis import strategies as st
from tests_support_anonymize import draft_of, transcript_of

from anonymize.french.dates import MONTHS, shift
from anonymize.treatment.offsets import offsets_of
from anonymize.treatment.traits import complete
from anonymize.treatment.treat import treat
from anonymize.vault import SHIFT_WEEKS, Referent, Vault
from vocabulary.choices import EntityType
from vocabulary.profile import Profile
from vocabulary.span import Span

YOUTH, PERSON, DATE = EntityType.YOUTH, EntityType.PERSON, EntityType.DATE
VAULT = Vault(
    1,
    (
        Referent("v-1", YOUTH, ("Amine",), "Jeune 1", shift_weeks=10),
        Referent("v-2", YOUTH, ("Lola",), "Jeune 2", shift_weeks=-20),
        Referent("v-3", PERSON, ("Odile",), "Adulte 1"),
        Referent("v-4", YOUTH, ("Kenzo",), "Jeune 3"),
    ),
    {},
    30,
)
NAMES = {"Amine": "v-1", "Lola": "v-2", "Odile": "v-3", "Kenzo": "v-4"}


def spans_in(turns: list[str], dates: list[str]) -> list[Span]:
    """Spans over the known names and over ``dates``, once in each turn."""
    found = []
    for turn, text in enumerate(turns):
        for name, cluster in NAMES.items():
            if name in text:
                label = PERSON if name == "Odile" else YOUTH
                found.append(Span(turn, text.index(name), text.index(name) + len(name), label, cluster=cluster))
        found += [Span(turn, text.index(d), text.index(d) + len(d), DATE) for d in dates if d in text]
    return sorted(found)


def weeks(turns: list[str], dates: list[str]) -> list[int]:
    spans = spans_in(turns, dates)
    moved = offsets_of(spans, VAULT)
    return [moved[span.turn, span.start] for span in spans if span.label is DATE]


def test_a_date_is_about_the_nearest_youth_of_its_turn() -> None:
    """Each date moves by the offset of the youth beside it, before it where two are as near."""
    assert weeks(["Amine le 3 mai, et Lola le 4 mai."], ["3 mai", "4 mai"]) == [10, -20]
    assert weeks(["Le 3 mai Lola est partie, et Amine aussi."], ["3 mai"]) == [-20]


def test_without_a_youth_in_the_turn_the_turns_before_decide() -> None:
    """A turn that goes on about somebody moves with them; adults carry no offset."""
    assert weeks(["Amine va mal.", "Odile l'a vu.", "Depuis le 3 mai."], ["3 mai"]) == [10]


def test_a_date_about_no_youth_moves_by_the_workshops_offset() -> None:
    """So does one about a youth known before youths had an offset of their own: what was returned holds."""
    assert weeks(["La réunion du 3 mai.", "Amine y était."], ["3 mai"]) == [30]
    assert weeks(["Kenzo le 3 mai."], ["3 mai"]) == [30]


def test_treatment_moves_the_dates_of_two_youths_apart(group_profile: Profile) -> None:
    """Two youths met on one day are not met on one day in the treated text."""
    turns = ["Amine est sorti le 5 juin 2023.", "Lola est entrée le 5 juin 2023."]
    read = treat(transcript_of(turns), draft_of(spans_in(turns, ["5 juin 2023"])), VAULT, group_profile, {})
    assert [turn.text.reveal() for turn in read.turns] == [
        "Jeune 1 est sorti le 14 août 2023.",
        "Jeune 2 est entrée le 16 janvier 2023.",
    ]


_DAYS = st.dates(datetime.date(2000, 1, 1), datetime.date(2035, 12, 31))
_WEEKS = st.integers(*SHIFT_WEEKS).flatmap(lambda least: st.sampled_from([least, -least]))


@given(st.lists(_DAYS, min_size=2, max_size=6), _WEEKS)
def test_the_order_and_the_intervals_of_full_dates_stay(days: list[datetime.date], offset: int) -> None:
    """Entry, exclusion and release stay in order, as far apart as they were."""
    moved = [read(shift(said(day), offset)) for day in days]
    assert [day - days[0] for day in days] == [day - moved[0] for day in moved]


@given(_DAYS, _DAYS, _WEEKS)
def test_a_month_and_a_day_never_change_places(day: datetime.date, other: datetime.date, offset: int) -> None:
    """A month said without a day never comes to lie wholly after a day that it wholly came before."""
    first, last = sorted((day, other))
    if (first.year, first.month) == (last.year, last.month):
        return
    month, year = (shift(f"{MONTHS[first.month - 1]} {first.year}", offset) or "").split()
    start = datetime.date(int(year), MONTHS.index(month) + 1, 1)
    assert start <= read(shift(said(last), offset))
    month, year = (shift(f"{MONTHS[last.month - 1]} {last.year}", offset) or "").split()
    after = datetime.date(int(year) + (month == "décembre"), (MONTHS.index(month) + 1) % 12 + 1, 1)
    assert read(shift(said(first), offset)) < after


def said(day: datetime.date) -> str:
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}"


def read(text: str | None) -> datetime.date:
    day, month, year = (text or "").split()
    return datetime.date(int(year), MONTHS.index(month) + 1, int(day.removesuffix("er")))


def test_offsets_are_drawn_for_new_youths_only() -> None:
    """Whole weeks within the bounds, from the system; a youth whom the vault knew keeps what they had."""
    known = Vault(1, (Referent("v-0", YOUTH, ("Kenzo",), "Jeune 1"),), {}, 30)
    fresh = tuple(Referent(f"v-{n}", YOUTH, (f"Prénom{n}",), f"Jeune {n + 1}") for n in range(1, 60))
    after = complete(Vault(2, (*known.referents, *fresh), {}, 30), known, [], [])
    drawn = [one.shift_weeks for one in after.referents]
    assert drawn[0] is None
    assert all(weeks is not None and SHIFT_WEEKS[0] <= abs(weeks) <= SHIFT_WEEKS[1] for weeks in drawn[1:])
    assert len(set(drawn[1:])) > 5
