"""What a session waits for, as a table of cases."""

from dataclasses import replace
from datetime import date

import pytest

from policies.consent import USE_OF, agreements, can_leave, can_narrow, lacking, turns_left_out, waits_for
from policies.policy import Consent, Moment, Policy
from vocabulary.choices import Audience, Reason, Use
from vocabulary.consent import Agreement, Narrowing, Narrowings, Proof, may_be_one
from vocabulary.dossier import Dossier, Participant


def around_the_table(*agreements: set[Use]) -> Dossier:
    return Dossier(1, participants=tuple(Participant("A", "r", "i", frozenset(agrees)) for agrees in agreements))


ALL = set(Use)
WILLING = around_the_table(ALL, {Use.RECORDING, Use.RETURN})
RECORDED_ONLY = around_the_table(ALL, {Use.RECORDING})
UNWILLING = around_the_table(ALL, {Use.RETURN})
NOBODY = around_the_table()


@pytest.mark.parametrize(
    ("required", "before", "dossier", "parts", "expected", "reason"),
    [
        (Moment.TRANSCRIPTION, Moment.TRANSCRIPTION, WILLING, 1, 1, None),
        (Moment.TRANSCRIPTION, Moment.TRANSCRIPTION, None, 1, 1, Reason.DOSSIER_MISSING),
        (Moment.TRANSCRIPTION, Moment.TRANSCRIPTION, UNWILLING, 1, 1, Reason.CONSENT_MISSING),
        (Moment.TRANSCRIPTION, Moment.TRANSCRIPTION, NOBODY, 1, 1, Reason.CONSENT_MISSING),
        (Moment.TRANSCRIPTION, Moment.TRANSCRIPTION, RECORDED_ONLY, 1, 1, None),
        (Moment.TRANSCRIPTION, Moment.TRANSCRIPTION, WILLING, 1, 2, Reason.PARTS_MISSING),
        (Moment.TRANSCRIPTION, Moment.TRANSCRIPTION, None, 1, 2, Reason.DOSSIER_MISSING),
        (Moment.TRANSCRIPTION, Moment.RETURN, RECORDED_ONLY, 1, 1, Reason.CONSENT_MISSING),
        (Moment.TRANSCRIPTION, Moment.RETURN, WILLING, 1, 1, None),
        (Moment.RETURN, Moment.TRANSCRIPTION, None, 1, 1, None),
        (Moment.RETURN, Moment.TRANSCRIPTION, UNWILLING, 1, 1, None),
        (Moment.RETURN, Moment.RETURN, None, 1, 1, Reason.DOSSIER_MISSING),
        (Moment.RETURN, Moment.RETURN, RECORDED_ONLY, 1, 1, Reason.CONSENT_MISSING),
        (Moment.NONE, Moment.TRANSCRIPTION, None, 1, 1, None),
        (Moment.NONE, Moment.RETURN, UNWILLING, 1, 1, None),
        (Moment.NONE, Moment.TRANSCRIPTION, None, 0, 1, Reason.PARTS_MISSING),
    ],
)
def test_what_a_session_waits_for(
    demo: Policy,
    required: Moment,
    before: Moment,
    dossier: Dossier | None,
    parts: int,
    expected: int,
    reason: Reason | None,
) -> None:
    """Each case waits for one thing, or goes on."""
    policy = replace(demo, consent=Consent(required, tuple(Use)))
    assert waits_for(policy, dossier, parts, expected, before) is reason


def test_a_use_the_form_does_not_ask_about_is_not_waited_for(demo: Policy) -> None:
    """Agreement to the return is required only where the policy's form asks about it."""
    policy = replace(demo, consent=Consent(Moment.RETURN, (Use.RECORDING,)))
    assert waits_for(policy, RECORDED_ONLY, 1, 1, Moment.RETURN) is None


@pytest.mark.parametrize("authorisation", [None, "à compléter"])
def test_offence_data_wait_for_an_authorisation(demo: Policy, authorisation: str | None) -> None:
    """A policy that speaks of offence data and names no authorisation lets nothing start."""
    processing = replace(demo.processing, offence_authorisation=authorisation)
    policy = replace(demo, processing=processing, placeholders=("processing.offence_data.authorisation",))
    assert waits_for(policy, WILLING, 1, 1) is Reason.OFFENCE_DATA
    without = replace(policy, processing=replace(processing, offence_data=False))
    assert waits_for(without, WILLING, 1, 1) is None


def test_the_lacking_are_counted(demo: Policy) -> None:
    """How many have not agreed is a count, without a name."""
    assert [lacking(UNWILLING, use) for use in (Use.RECORDING, Use.RETURN, Use.PUBLIC)] == [1, 0, 1]


YES, NO = frozenset({Use.RECORDING, Use.RETURN, Use.RESEARCH}), frozenset({Use.RECORDING, Use.RETURN})


@pytest.mark.parametrize(
    ("turns", "nameable", "leaves", "left_out"),
    [
        ([YES, YES], True, True, set()),
        ([YES, NO, YES], True, True, {1}),
        ([YES, None], True, False, {1}),
        ([YES, None, NO], False, True, {1, 2}),
        ([None, NO], False, False, {0, 1}),
        ([NO], True, False, {0}),
        ([], True, False, set()),
    ],
)
def test_whose_turns_reach_an_audience(
    turns: list[frozenset[Use] | None], nameable: bool, leaves: bool, left_out: set[int]
) -> None:
    """Those who agree; a turn of nobody known waits while voices can be named. Where nothing is left, nothing goes."""
    assert can_leave(turns, Audience.RESEARCH, nameable=nameable) is leaves
    assert turns_left_out(turns, Use.RESEARCH) == left_out


def test_what_was_taken_back_stands_whatever_the_dossier_says(demo: Policy) -> None:
    """By the letters of the name, for its session or for all; also a use the form does not ask about."""
    policy = replace(demo, consent=Consent(Moment.TRANSCRIPTION, (Use.RECORDING, Use.RETURN)))
    proof = Proof(None, (Agreement("Zoé Canari", NO), Agreement("Ali", NO)))
    narrowed = Narrowings(
        tuple(
            Narrowing(name, frozenset(uses), date(2026, 3, 14), "p-" + "0" * 32, "2026-03-14T09:00:00Z", session)
            for name, uses, session in (("ZOE  CANARI", {Use.RESEARCH}, None), ("Ali", {Use.RETURN}, 2))
        )
    )
    first, second = (agreements(policy, proof, narrowed, session) for session in (1, 2))
    assert Use.RESEARCH not in first[0].agrees
    assert Use.RESEARCH in first[1].agrees
    assert Use.RETURN in first[1].agrees
    assert Use.RETURN not in second[1].agrees


@pytest.mark.parametrize(
    ("asked", "others", "refused"),
    [
        (frozenset(Use), NO, True),
        (frozenset({Use.RECORDING, Use.RETURN}), NO, False),
        (None, NO | {Use.RESEARCH}, True),
        (None, NO, False),
    ],
)
def test_a_refusal_stands_when_the_policy_stops_asking(
    demo: Policy, asked: frozenset[Use] | None, others: frozenset[Use], refused: bool
) -> None:
    """What was asked is sealed with the proof; of one sealed without it, what anybody agreed to was asked."""
    policy = replace(demo, consent=Consent(Moment.TRANSCRIPTION, (Use.RECORDING, Use.RETURN)))
    sealed = Proof(None, (Agreement("Zoé", NO), Agreement("Ali", others)), asked=asked)
    proof = Proof.from_bytes(sealed.to_bytes())
    assert proof == sealed
    assert (Use.RESEARCH not in agreements(policy, proof, Narrowings(), 1)[0].agrees) is refused


@pytest.mark.parametrize(
    ("name", "other", "may"),
    [
        ("Bastien Mirontaine", "MIRONTAINE Bastien", True),
        ("Anne-Marie Canari", "canari anne marie", True),
        ("Annemarie Canari", "Anne-Marie Canari", True),
        ("Zoé Élise Canari", "Zoe Canari", True),
        ("Zoé", "Zoé Canari", True),
        ("Zoé Canari", "Zoé Perruche", False),
        ("Zoé Canari", "Chloé Canari", False),
        ("", "Zoé Canari", False),
        ("", "", False),
    ],
)
def test_one_person_may_be_written_in_several_ways(name: str, other: str, may: bool) -> None:
    """In any order of the words, with one less, run together; an empty name is nobody's. Either way round."""
    assert may_be_one(name, other) is may_be_one(other, name) is may


@pytest.mark.parametrize(
    ("uses", "agreed", "allowed"),
    [
        ({Use.RETURN}, NO, True),
        ({Use.RESEARCH}, NO, False),
        ({Use.RECORDING, Use.RETURN}, NO, False),
        (set(), NO, False),
    ],
)
def test_what_can_be_taken_back(uses: set[Use], agreed: frozenset[Use], allowed: bool) -> None:
    """Something agreed to, and never that one was recorded: that is a withdrawal."""
    assert can_narrow(uses, agreed) is allowed


def test_each_use_but_being_recorded_has_an_audience_of_its_own() -> None:
    """And each audience a use: nothing leaves for what nobody can sign for."""
    assert set(USE_OF) == set(Audience)
    assert sorted(USE_OF.values()) == sorted(set(Use) - {Use.RECORDING})
