"""docs/fr/fiche-de-seance.md: what it says of the names of a dossier is what the rule of forms does."""

from pathlib import Path

import pytest

from anonymize.forms import Forms
from vocabulary.choices import EntityType

PAGE = Path(__file__).resolve().parents[2] / "docs" / "fr" / "fiche-de-seance.md"
YOUTH, PLACE, INSTITUTION = EntityType.YOUTH, EntityType.PLACE, EntityType.INSTITUTION


@pytest.mark.parametrize(
    ("label", "forms", "said", "found"),
    [
        (YOUTH, ("Yacine Meziane",), "et Yacine, hier", "Yacine"),
        (YOUTH, ("Yacine Meziane",), "et Meziane, hier", "Meziane"),
        (YOUTH, ("Yacine",), "et Yassine, hier", "Yassine"),
        (YOUTH, ("Yacine",), "et YACINE, hier", "YACINE"),
        (YOUTH, ("Yacine",), "ça s'écrit Y-A-C-I-N-E", "Y-A-C-I-N-E"),
        (YOUTH, ("le Gros",), "le gros, il a rien dit", "gros"),
        (YOUTH, ("le Gros",), "avec un gros sac", ""),
        (YOUTH, ("K",), "on a revu K hier", "K"),
        (YOUTH, ("Rose",), "on a revu Roze hier", ""),
        (YOUTH, ("Ali",), "on a revu Aly hier", ""),
        (PLACE, ("le 25",), "il traîne au 25 le soir", "25"),
        (PLACE, ("le 25",), "il a 25 euros", ""),
        (PLACE, ("les 4000",), "il vient des 4000", "4000"),
        (PLACE, ("les 4000",), "il vient des Quatre Mille", ""),
        (PLACE, ("les 4000", "les Quatre Mille"), "il vient des Quatre Mille", "Quatre Mille"),
        (PLACE, ("la tour 12",), "ils sont à la tour 12", "tour 12"),
        (INSTITUTION, ("collège Jean-Renoir", "Renoir"), "il est à Renoir", "Renoir"),
    ],
)
def test_the_page_says_what_a_form_is_found_as(
    label: EntityType, forms: tuple[str, ...], said: str, found: str
) -> None:
    """Each example of the page, and its counter-example."""
    places = Forms((form, "r", label) for form in forms).find(said)
    covered = " ".join(said[place.start : place.end] for place in places)
    assert found in covered if found else not covered


def test_the_page_is_named_for_what_it_teaches() -> None:
    """Its title is a task, and it says what happens without names."""
    text = PAGE.read_text(encoding="utf-8")
    assert text.startswith("# Remplir une fiche de séance\n")
    assert "### Et sans noms attendus" in text
