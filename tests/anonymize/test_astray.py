"""What was taken for a person and is rather a place, or the reverse, once the whole session is read; and what is said
between two names."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests_support_anonymize import transcript_of

from anonymize.freeing import ONCE_A_YOUTH, needed
from anonymize.linking.link import link
from anonymize.trained.between import LEAST, NEAR, between, sums_of
from anonymize.trained.elements import KINDS
from anonymize.trained.evidence import Evidence, settled
from anonymize.treatment.treat import treat
from anonymize.vault import Vault
from vocabulary.choices import EntityType, Operator, Tier
from vocabulary.draft import Draft
from vocabulary.profile import Profile
from vocabulary.span import Span, Stretch

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
        (YOUTH, "PLACE", ("capital", "title"), YOUTH),
        (YOUTH, "PLACE", ("spelled name",), YOUTH),
        (YOUTH, "PLACE", ("transformers",), YOUTH),
    ],
)
def test_what_the_networks_hold_decides_but_against_what_others_are_told_by(
    taken: EntityType, held: str, reasons: tuple[str, ...], expected: EntityType
) -> None:
    """A form of the dossier, "rue de ...", "madame ...", spelled letters and an operator's model stand; which of two
    kinds of place it is was decided before."""
    assert settled(Span(0, 0, 6, taken, reasons=reasons), CHANCES[held]) is expected


def test_doubt_leaves_a_name_as_it_was_taken() -> None:
    """As likely a person as a place."""
    assert settled(Span(0, 0, 6, YOUTH), np.full(len(KINDS), 1 / len(KINDS))) is YOUTH


TURNS = ["Drouot est venu.", "On l'a vu à Drouot."]
TAKEN = [Span(0, 0, 6, YOUTH), Span(1, 12, 18, YOUTH, reasons=("capital",))]


def test_a_place_that_was_taken_for_a_person_is_nobodys_name() -> None:
    """Drouot the street is no mention of Drouot the youth; the review is told why, and it is masked until somebody
    frees it, for an audience may keep the names of places."""
    one, other = link(TURNS, TAKEN, (), Vault.empty(), evidence=Evidence(labels={(1, 12): PLACE}))[0]
    assert (one.label, one.tier) == (YOUTH, Tier.SURE)
    assert (other.label, other.tier, other.cluster) == (PLACE, Tier.RESIDUAL, None)
    assert other.reasons == ("capital", "whole session", ONCE_A_YOUTH)


def test_a_youth_held_for_a_place_that_is_known_is_masked_too(group_profile: Profile) -> None:
    """Where places are kept, the street's name would else stand where the youth's does."""
    turns = ["On habite rue Drouot.", "Drouot est venu."]
    spans = [Span(0, 14, 20, PLACE, reasons=("head",)), Span(1, 0, 6, YOUTH)]
    linked, vault = link(turns, spans, (), Vault.empty(), evidence=Evidence(labels={(1, 0): PLACE}))
    keeping = replace(group_profile, operators={**group_profile.operators, PLACE: Operator.KEEP})
    treated = treat(transcript_of(turns), Draft(tuple(linked), (), {}, "test", 1), vault, keeping, {})
    assert [turn.text.reveal() for turn in treated.turns] == [turns[0], "[…] est venu."]


def test_detection_on_its_own_links_what_was_moved() -> None:
    """`huisclos detect` says which place is meant."""
    evidence = Evidence(labels={(1, 12): PLACE})
    turns = ["On habite rue Drouot.", TURNS[1]]
    spans = [Span(0, 14, 20, PLACE, reasons=("head",)), TAKEN[1]]
    place, moved = link(turns, spans, (), Vault.empty(), residual=True, evidence=evidence)[0]
    assert place.cluster == moved.cluster


@pytest.mark.parametrize("held", [YOUTH, EntityType.PERSON])
def test_a_person_who_was_taken_for_a_place_waits_for_the_review(held: EntityType) -> None:
    """An audience may keep the names of adults, and those of institutions not."""
    span = Span(0, 0, 6, PLACE)
    (found,), _ = link(TURNS[:1], [span], (), Vault.empty(), evidence=Evidence(labels={(0, 0): held}))
    assert (found.tier, found.cluster) == (Tier.RESIDUAL, None)


def test_a_name_that_was_surely_a_youths_takes_two_to_be_freed() -> None:
    """Moved to the places, it stays a name that two people must agree on; one that was in doubt takes one."""
    where = Stretch(1, 12, 18)
    for tier, people in ((Tier.SURE, 2), (Tier.RESIDUAL, 1)):
        taken = replace(TAKEN[1], tier=tier)
        linked, vault = link(TURNS, [taken], (), Vault.empty(), evidence=Evidence(labels={(1, 12): PLACE}))
        made = Draft(tuple(linked), (), {}, "test", 1)
        assert needed(transcript_of(TURNS), made, vault, [where]) == {where: people}


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
