"""Ordinary words that are names, in talk without capitals, and the same words in their plain sense."""

import pytest

from anonymize.detect import Detector

NAMED = [
    (["cerise elle est passée hier", "dis à cerise que je l'attends", "avec cerise on a fait le tour"], "cerise"),
    (["flash il a rien dit", "c'est flash qui conduisait"], "flash"),
    (["moustache c'est qui", "le frère de moustache est venu"], "moustache"),
    (["le maigre c'est jordan", "il a peur depuis que le maigre est sorti"], "maigre"),
    (["elle travaille à la sauvegarde depuis deux ans et elle connaît tout le monde"], "la sauvegarde"),
    (["il a fugué du clos fleuri dans la nuit et on l'a retrouvé à la gare"], "clos fleuri"),
    (["je vais le dire à m demain, elle m'écoute"], "m"),
    (["zéro comme le chiffre on sait rien de lui", "zéro il est revenu"], "zéro"),
]
PLAIN = [
    "il a mangé du requin et il a dit que c'était bon",
    "on a parlé de la violence de la dette et de la honte avec patience",
    "la prison c'est pas une solution la rue non plus",
    "elle travaille à la cantine et lui à la boulangerie",
    "il va à la piscine le mercredi et au marché le samedi",
    "c'est dommage qui pouvait savoir",
]


@pytest.mark.parametrize(("turns", "name"), NAMED)
def test_an_ordinary_word_that_stands_as_a_name_is_covered(detector: Detector, turns: list[str], name: str) -> None:
    """Every turn that says the name without capitals is covered where it is said."""
    spans = detector.detect(turns)
    for index, turn in enumerate(turns):
        if name in turn.split() or (" " in name and name in turn):
            at = f" {turn} ".index(f" {name} ")
            hidden = {place for span in spans if span.turn == index for place in range(span.start, span.end)}
            assert set(range(at, at + len(name))) - {i for i, char in enumerate(turn) if char == " "} <= hidden


@pytest.mark.parametrize("turn", PLAIN)
def test_the_plain_word_is_left_alone(detector: Detector, turn: str) -> None:
    """Talk without a name, without capitals, has no span."""
    assert detector.detect([turn]) == []


def test_a_number_tells_two_bearers_of_a_name_apart(detector: Detector) -> None:
    """ "Kevin un" and "Kevin deux" are covered with their number."""
    turn = "On dit Kevin un et Kevin deux, pour pas confondre."
    assert [turn[span.start : span.end] for span in detector.detect([turn])] == ["Kevin un", "Kevin deux"]


def test_an_age_without_its_unit_is_one_after_an_age(detector: Detector) -> None:
    """What is counted without a noun after an age is an age; what is counted with one is none."""
    turn = "Elle a neuf ans et son frère en a six, il a quinze euros sur lui."
    assert [turn[span.start : span.end] for span in detector.detect([turn])] == ["neuf ans", "six"]
