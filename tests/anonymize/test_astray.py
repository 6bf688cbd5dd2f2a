"""What was taken for a person and is rather a place, or the reverse, once the whole session is read; and what is said
between two names."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymize.linking.link import link
from anonymize.trained.between import LEAST, NEAR, between, sums_of
from anonymize.trained.elements import KINDS
from anonymize.trained.evidence import Evidence, settled
from anonymize.vault import Vault
from vocabulary.choices import EntityType, Tier
from vocabulary.span import Span

YOUTH, PLACE, INSTITUTION = EntityType.YOUTH, EntityType.PLACE, EntityType.INSTITUTION
CHANCES = {
    label: np.array([0.97 if kind == label else 0.01 for kind in KINDS]) for label in ("YOUTH", "PLACE", "INSTITUTION")
}


@pytest.mark.parametrize(
    ("taken", "held", "reasons", "expected"),
    [
        (YOUTH, "PLACE", ("capital",), PLACE),
        (YOUTH, "INSTITUTION", (), INSTITUTION),
        (PLACE, "YOUTH", ("commune or country",), YOUTH),
        (YOUTH, "PLACE", ("known form",), YOUTH),
        (PLACE, "YOUTH", ("capital", "head"), PLACE),
        (PLACE, "INSTITUTION", (), PLACE),
    ],
)
def test_what_the_network_holds_decides_but_against_the_dossier_and_the_word_before(
    taken: EntityType, held: str, reasons: tuple[str, ...], expected: EntityType
) -> None:
    """A form of the dossier and "rue de ..." stand; which of two kinds of place it is was decided before."""
    assert settled(Span(0, 0, 6, taken, reasons=reasons), CHANCES[held]) is expected


def test_doubt_leaves_a_name_as_it_was_taken() -> None:
    """As likely a person as a place."""
    assert settled(Span(0, 0, 6, YOUTH), np.full(len(KINDS), 1 / len(KINDS))) is YOUTH


def test_a_place_that_was_taken_for_a_person_is_nobodys_name() -> None:
    """Drouot the street is no mention of Drouot the youth; the review is told why, and it is masked until somebody
    frees it, for an audience may keep the names of places."""
    turns = ["Drouot est venu.", "On l'a vu à Drouot."]
    spans = [Span(0, 0, 6, YOUTH), Span(1, 12, 18, YOUTH, reasons=("capital",))]
    one, other = link(turns, spans, (), Vault.empty(), evidence=Evidence(labels={(1, 12): PLACE}))[0]
    assert (one.label, one.tier) == (YOUTH, Tier.SURE)
    assert (other.label, other.tier, other.cluster) == (PLACE, Tier.RESIDUAL, None)
    assert other.reasons == ("capital", "whole session")


def test_a_person_who_was_taken_for_a_place_stays_sure() -> None:
    """No audience keeps the name of a youth, so nothing is lost by believing the network here."""
    span = Span(0, 0, 6, PLACE)
    (found,), _ = link(["Drouot est venu."], [span], (), Vault.empty(), evidence=Evidence(labels={(0, 0): YOUTH}))
    assert (found.label, found.tier) == (YOUTH, Tier.SURE)


STRETCHES = st.lists(st.tuples(st.integers(0, 90), st.integers(1, 3)), min_size=1, max_size=8)


@given(STRETCHES, st.integers(0, 1000))
def test_what_is_said_between_two_names_is_a_mean_of_the_words_there(said: list[tuple[int, int]], seed: int) -> None:
    """Each word counts by its gate; names side by side have nothing between, and those far apart are left out."""
    rng = np.random.default_rng(seed)
    first = np.cumsum([gap for gap, _ in said]) + np.cumsum([0, *(size for _, size in said[:-1])])
    tokens = np.stack([first, first + [size for _, size in said]], axis=1).astype(np.int32)
    hidden = rng.normal(size=(int(tokens[-1, 1]), 6)).astype(np.float32)
    weights = {
        "between_w": rng.normal(size=(6, 4)).astype(np.float32),
        "between_gate": rng.normal(size=(6, 1)).astype(np.float32),
        "between_gate_b": np.zeros(1, np.float32),
    }
    found = between(sums_of(weights, hidden), tokens)
    pairs = [
        (one, other)
        for one in range(len(tokens))
        for other in range(one + 1, len(tokens))
        if tokens[other, 0] - tokens[one, 1] < NEAR
    ]
    assert list(zip(found.one.tolist(), found.other.tolist(), strict=True)) == pairs
    for (one, other), row in zip(pairs, found.said, strict=True):
        words = hidden[tokens[one, 1] : tokens[other, 0]]
        gates = 1 / (1 + np.exp(-(words @ weights["between_gate"])))
        expected = (words @ weights["between_w"] * gates).sum(axis=0) / max(float(gates.sum()), LEAST)
        assert np.allclose(row, [*expected, 1.0], atol=1e-4)
