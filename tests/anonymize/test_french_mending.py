"""Articles, elisions, dates, ages and numbers in the treated text."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymize.french.ages import band
from anonymize.french.dates import MONTHS, generalize, shift
from anonymize.french.grammar import Replacement, join
from anonymize.french.heads import leading_head, proper_part
from anonymize.french.numbers import number

YOUTH = Replacement("Jeune 3")
ADULT = Replacement("Adulte 2")
PLACE = Replacement("Lieu 2")
COLLEGE = Replacement("Collège 1", gender="m")
ASSOCIATION = Replacement("Association 1", gender="f")
GENERAL = Replacement("un lieu")
MASK = Replacement("[…]", bracketed=True)
CITY = Replacement("une cité", inside=True)
SPRING = Replacement("au printemps", noun="le printemps")
SUMMER = Replacement("en été", noun="l'été")
YEAR = Replacement("en 2022", noun="2022")


@pytest.mark.parametrize(
    ("before", "replacement", "expected"),
    [
        ("la mère d'", YOUTH, "la mère de Jeune 3"),
        ("la mère de ", ADULT, "la mère d'Adulte 2"),
        ("j'ai vu l'", PLACE, "j'ai vu Lieu 2"),
        ("il va aux ", PLACE, "il va à Lieu 2"),
        ("il sort du ", PLACE, "il sort de Lieu 2"),
        ("Aux ", PLACE, "À Lieu 2"),
        ("il va à l'", PLACE, "il va à Lieu 2"),
        ("il va à la ", PLACE, "il va à Lieu 2"),
        ("les petits du ", PLACE, "les petits de Lieu 2"),
        ("c'est le ", YOUTH, "c'est Jeune 3"),
        ("jusqu'à ", PLACE, "jusqu'à Lieu 2"),
        ("je crois qu'", YOUTH, "je crois que Jeune 3"),
        ("je crois que ", ADULT, "je crois qu'Adulte 2"),
        ("au ", COLLEGE, "au Collège 1"),
        ("elle est à ", COLLEGE, "elle est au Collège 1"),
        ("elle sort de ", COLLEGE, "elle sort du Collège 1"),
        ("le ", COLLEGE, "le Collège 1"),
        ("avec ", COLLEGE, "avec Collège 1"),
        ("à la ", ASSOCIATION, "à l'Association 1"),
        ("de ", ASSOCIATION, "de l'Association 1"),
        ("il sort du ", GENERAL, "il sort d'un lieu"),
        ("aux ", GENERAL, "à un lieu"),
        ("l'", GENERAL, "un lieu"),
        ("d'", MASK, "de […]"),
        ("à l'", MASK, "à […]"),
        ("au ", MASK, "au […]"),
        ("il parle avec ", YOUTH, "il parle avec Jeune 3"),
        ("Mandela ", PLACE, "Mandela Lieu 2"),
        ("la mère d'", Replacement("Rayan"), "la mère de Rayan"),
        ("la mère de ", Replacement("Inès"), "la mère d'Inès"),
        ("la mère d'", Replacement("Yanis"), "la mère de Yanis"),
        ("la mère de ", Replacement("Yves"), "la mère d'Yves"),
        ("la mère d'", Replacement("Hamza"), "la mère de Hamza"),
        ("la mère de ", Replacement("Hugo"), "la mère d'Hugo"),
        ("je crois qu'", Replacement("Yanis"), "je crois que Yanis"),
        ("il vit aux ", CITY, "il vit dans une cité"),
        ("grâce à la ", CITY, "grâce à une cité"),
        ("il pense aux ", CITY, "il pense à une cité"),
        ("il sort de la ", CITY, "il sort d'une cité"),
        ("né le ", YEAR, "né en 2022"),
        ("Le ", SPRING, "Au printemps"),
        ("depuis le ", SPRING, "depuis le printemps"),
        ("depuis le ", YEAR, "depuis 2022"),
        ("l'audience du ", SPRING, "l'audience du printemps"),
        ("l'audience du ", SUMMER, "l'audience de l'été"),
        ("l'audience du ", YEAR, "l'audience de 2022"),
        ("jusqu'au ", SPRING, "jusqu'au printemps"),
        ("jusqu'au ", SUMMER, "jusqu'à l'été"),
        ("jusqu'au ", YEAR, "jusqu'en 2022"),
        ("c'était ", SUMMER, "c'était en été"),
    ],
)
def test_what_stands_before_is_mended(before: str, replacement: Replacement, expected: str) -> None:
    """Each row is what French asks before a code, a general term or a mask."""
    assert join(before, replacement) == expected


@pytest.mark.parametrize(
    ("text", "weeks", "expected"),
    [
        ("4 décembre", 5, "8 janvier"),
        ("1er janvier 2005", 1, "8 janvier 2005"),
        ("le", 3, None),
        ("quatre décembre", -1, "27 novembre"),
        ("14/08/2005", 2, "28/08/2005"),
        ("2023-03-21", 1, "2023-03-28"),
        ("juin 2006", 9, "août 2006"),
        ("premier mai", 1, "8 mai"),
        ("31 février", 1, None),
        ("vingt-deux juin deux mille neuf", 0, "22 juin 2009"),
    ],
)
def test_dates_shift_as_they_are_said(text: str, weeks: int, expected: str | None) -> None:
    """A date keeps its way of being said; what cannot be read is not shifted."""
    assert shift(text, weeks) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4 décembre", ("en hiver", "l'hiver")),
        ("1er mars", ("au printemps", "le printemps")),
        ("14/08", ("en été", "l'été")),
        ("3 au 12 octobre", ("en automne", "l'automne")),
        ("juin 2006", ("en 2006", "2006")),
        ("vingt-deux juin deux mille neuf", ("en 2009", "2009")),
        ("14/08/98", ("en 1998", "1998")),
        ("14/08/05", ("en 2005", "2005")),
        ("2023-03-21", ("en 2023", "2023")),
        ("le jour de mai et de juin", None),
        ("13/13", None),
    ],
)
def test_dates_generalise_to_a_season_or_a_year(text: str, expected: tuple[str, str] | None) -> None:
    """With a year a date gives the year, without one the season."""
    assert generalize(text) == expected


@given(st.dates(datetime.date(1990, 1, 1), datetime.date(2040, 12, 31)), st.integers(-60, 60))
def test_shifting_keeps_the_weekday(day: datetime.date, weeks: int) -> None:
    """A full date moves by whole weeks and can be moved back."""
    said = f"{day.day} {MONTHS[day.month - 1]} {day.year}".replace("1 ", "1er ", 1) if day.day == 1 else (
        f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    )  # fmt: skip
    moved = shift(said, weeks)
    assert moved is not None
    assert shift(moved, -weeks) == said


@pytest.mark.parametrize(
    ("text", "expected"),
    [("seize ans", "16-17 ans"), ("Dix-sept ans et demi", "16-17 ans"), ("34 ans", "26-39 ans"),
     ("quatre-vingt-un ans", "80 ans ou plus"), ("six mois", "0-5 ans"), ("quelques ans", None)],
)  # fmt: skip
def test_ages_generalise_to_bands(text: str, expected: str | None) -> None:
    """An age gives its band; what is no age gives None."""
    assert band(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("zéro", 0), ("vingt et un", 21), ("soixante-dix-neuf", 79), ("quatre-vingt-dix-huit", 98),
     ("septante-deux", 72), ("deux mille neuf", 2009), ("cent vingt", 120), ("17", 17), ("bonjour", None)],
)  # fmt: skip
def test_numbers_are_read(text: str, expected: int | None) -> None:
    """French numerals are read, and other words refused."""
    assert number(text) == expected


@pytest.mark.parametrize(
    ("surface", "function", "proper"),
    [
        ("collège Jean-Renoir", "Collège", "Jean-Renoir"),
        ("14 traverse du Puits", "Lieu", "le Puits"),
        ("cité des Oliviers", "Lieu", "les Oliviers"),
        ("centre social Les Amandiers", "Centre social", "Les Amandiers"),
        ("rue de l'Espérance", "Lieu", "l'Espérance"),
    ],
)
def test_heads_are_told_from_names(surface: str, function: str, proper: str) -> None:
    """A head gives its function, and the name that follows stands alone."""
    head = leading_head(surface)
    assert head is not None
    assert head[0].function == function
    assert proper_part(surface) == proper


def test_a_name_without_head_has_none() -> None:
    """A bare name, or a head alone, is not taken apart."""
    assert leading_head("Malpassé") is None
    assert leading_head("collège") is None
