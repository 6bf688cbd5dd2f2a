"""The measures of the speech benchmark: what counts as a word, an error, a name that came out right."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.french_words import cardinal, folded, ordinal, words
from benchmarks.speech_measures import (
    NameRecall,
    Said,
    WordErrors,
    assignment,
    diarization_errors,
    name_recall,
    speaker_word_errors,
    word_errors,
)


@pytest.mark.parametrize(
    ("figures", "spoken"),
    [
        ("06 39 98 20 14", "zéro six, trente-neuf, quatre-vingt-dix-huit, vingt, quatorze"),
        ("0639982014", "zéro six trente-neuf quatre-vingt-dix-huit vingt quatorze"),
        ("Il doit 1 200 €.", "il doit mille deux cents euros"),
        ("à 18h30", "à dix-huit heures trente"),
        ("à 9 h", "À neuf heures"),
        ("le 1er juin 2011", "le premier juin deux mille onze"),
        ("dans le 14e, au 2ème", "dans le quatorzième, au deuxième"),
        ("80 000 personnes, 300 000", "quatre-vingt mille personnes, trois cent mille"),
        ("71, 81, 91 et 21", "soixante et onze, quatre-vingt-un, quatre-vingt-onze et vingt et un"),
        ("12,5 %", "douze virgule cinq pour cent"),
        ("L’équipe, c’est-à-dire nous", "l'équipe c'est à dire nous"),
        ("Euh... hum, sa SŒUR", "sa soeur"),
    ],
)
def test_two_spellings_of_one_utterance_are_the_same_words(figures: str, spoken: str) -> None:
    """Figures, apostrophes, hyphens, casing and hesitations are no errors."""
    assert words(figures) == words(spoken)


@pytest.mark.parametrize(("one", "other"), [("j'ai eu peur", "j'ai peur"), ("à", "a"), ("en 2011 300", "en 2011 400")])
def test_what_is_heard_differently_stays_different(one: str, other: str) -> None:
    """The past participle "eu" is no hesitation, accents count, figures are not run together."""
    assert words(one) != words(other)


@given(st.integers(0, 10**12 - 1))
def test_every_number_is_written_in_letters_only(number: int) -> None:
    """No digit and no underscore is left, and normalising changes nothing more."""
    said = cardinal(number)
    assert all(part.isalpha() for part in said.split())
    assert words(said) == words(str(number))


@pytest.mark.parametrize(
    ("number", "rank"), [(1, "premier"), (4, "quatrième"), (5, "cinquième"), (9, "neuvième"), (21, "vingt et unième")]
)
def test_ranks_are_written_out(number: int, rank: str) -> None:
    """As spoken."""
    assert ordinal(number) == rank


def test_names_are_one_however_they_are_accented() -> None:
    """Case, accents, hyphens and ligatures fold."""
    assert folded("Étoile-Sportive") == folded("ETOILE sportive")


def test_word_errors_are_counted_by_kind() -> None:
    """One word changed, one lost, one added, of six."""
    assert word_errors("il fait les courses pour lui", "il fait la course alors lui aussi") == WordErrors(6, 3, 0, 1)
    assert word_errors("un deux trois", "un trois") == WordErrors(3, 0, 1, 0)
    assert word_errors("", "merci").rate == 1.0
    assert word_errors("", "").rate == 0.0


@given(st.lists(st.sampled_from("abcd"), max_size=12), st.lists(st.sampled_from("abcd"), max_size=12))
def test_errors_explain_the_difference_of_lengths(reference: list[str], heard: list[str]) -> None:
    """Insertions less deletions is how much longer the hypothesis is; nothing wrong only if both are equal."""
    found = word_errors(" ".join(reference), " ".join(heard))
    assert found.insertions - found.deletions == len(heard) - len(reference)
    assert (found.errors == 0) == (reference == heard)


def test_a_name_is_counted_in_its_longest_form_and_as_often_as_spoken() -> None:
    """Two forms of three come out; the one heard too often is invented."""
    names = ["Malik", "Malik Benali", "Mimosas", "Nono"]
    spoken = "Malik Benali. Malik ! Malik, aux Mimosas."
    heard = "malik benali, Malik, Mali, aux mimosa. Nono."
    assert name_recall(spoken, heard, names) == NameRecall(
        forms=3, forms_right=2, mentions=4, mentions_right=2, invented=1
    )


def test_no_name_spoken_is_no_failure() -> None:
    """Nothing was to be heard."""
    assert name_recall("bonjour", "bonjour", ["Nabil"]).form_rate == 1.0


REFERENCE = [Said("A", 0, 10, "un deux trois"), Said("B", 10, 20, "quatre cinq"), Said("A", 20, 24, "six")]


def test_labels_do_not_matter_to_diarization() -> None:
    """The same stretches under other names are without error."""
    heard = [Said("x", 10, 20), Said("y", 0, 10), Said("y", 20, 24)]
    assert diarization_errors(REFERENCE, heard).rate == 0.0


def test_each_kind_of_diarization_error_is_its_seconds() -> None:
    """Two seconds missed, one invented, three confused, of twenty-four."""
    heard = [Said("x", 2, 10), Said("y", 10, 17), Said("x", 17, 25)]
    found = diarization_errors(REFERENCE, heard, collar=0)
    assert (found.speech, found.missed, found.false_alarm, found.confused) == pytest.approx((24, 2, 1, 3))
    assert found.rate == pytest.approx(6 / 24)


def test_the_collar_forgives_at_boundaries_only() -> None:
    """A boundary a fifth of a second off is no error, and the collars' time is not scored."""
    heard = [Said("x", 0.2, 9.9), Said("y", 9.9, 20.2), Said("x", 20.2, 23.8)]
    assert diarization_errors(REFERENCE, heard, collar=0.25).rate == 0.0
    assert diarization_errors(REFERENCE, heard, collar=0.25).speech == pytest.approx(24 - 1.5)
    assert diarization_errors(REFERENCE, heard, collar=0).rate > 0


def test_people_who_talk_at_once_count_each() -> None:
    """Overlapped speech given to one voice is half missed."""
    reference = [Said("A", 0, 10), Said("B", 5, 10)]
    found = diarization_errors(reference, [Said("x", 0, 10)], collar=0)
    assert (found.speech, found.missed) == pytest.approx((15, 5))


def test_cpwer_takes_the_permutation_with_the_fewest_errors() -> None:
    """Labels do not matter; a word given to the wrong voice is lost in one and added in another."""
    heard = [Said("x", 0, 10, "un deux"), Said("y", 10, 20, "trois quatre cinq"), Said("x", 20, 24, "six")]
    assert speaker_word_errors(REFERENCE, heard) == WordErrors(6, 0, 1, 1)


def test_cpwer_counts_a_speaker_nobody_knows() -> None:
    """One voice too many is all insertions, one too few all deletions."""
    assert speaker_word_errors(REFERENCE, [*REFERENCE, Said("z", 1, 2, "euh oui oui")]).insertions == 2
    assert speaker_word_errors(REFERENCE, REFERENCE[:1]) == WordErrors(6, 0, 3, 0)


@given(st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=4), min_size=1, max_size=5))
def test_the_assignment_is_the_cheapest_there_is(rows: list[list[int]]) -> None:
    """Compared with every permutation."""
    costs = np.array(rows, float)
    found = assignment(costs)
    short, long = sorted(costs.shape)
    table = costs if costs.shape[0] <= costs.shape[1] else costs.T
    cheapest = min(
        sum(table[at, column] for at, column in enumerate(order)) for order in permutations(range(long), short)
    )
    assert len(found) == len({row for row, _ in found}) == len({column for _, column in found}) == short
    assert sum(costs[row, column] for row, column in found) == cheapest
