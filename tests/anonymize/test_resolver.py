"""The resolver: elements and how they stand to each other, windows, and people grouped by what it holds."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymize.linking.mentions import Mention, Person, read_mentions
from anonymize.linking.people import gather
from anonymize.linking.regrouping import ALIKE, CLIPPED, RULED, regroup, together
from anonymize.linking.resemblance import opposed
from anonymize.linking.ruled import ruled
from anonymize.trained.elements import RELATIONS, Elements, Naming, candidates_of, elements_of, relations
from anonymize.trained.evidence import Evidence
from anonymize.trained.network import WEIGHTS, Network
from anonymize.trained.resolver import STEP, WINDOW, weigh_elements
from vocabulary.choices import EntityType
from vocabulary.span import Span

NAMES = ("Yacine", "Yacine Meziane", "Meziane", "Karim", "Karim Aziz", "Yassine", "Momo", "Tulipe")
SAID = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from("12"), st.booleans()), min_size=1, max_size=14)
FAR = st.floats(-9, 9)


def elements_for(said: Sequence[tuple[str, str, bool]], reach: int | None = None) -> Elements:
    """A turn for each name, which takes three tokens; the name is the second."""
    namings = [
        Naming(
            3 * place + 1, 3 * place + 2, place, tuple(name.lower().split()), "YOUTH" if young else "PERSON", place % 3
        )
        for place, (name, _, young) in enumerate(said)
    ]
    opened, speakers = [3 * place for place in range(len(said))], [speaker for _, speaker, _ in said]
    return elements_of(namings, opened, speakers, reach=reach)


@given(SAID)
def test_every_turn_and_every_name_is_one_element_in_the_order_of_the_talk(said: list[tuple[str, str, bool]]) -> None:
    """Tokens never go back, and each mention stands once."""
    elements = elements_for(said)
    assert (np.diff(elements.tokens[:, 0]) > 0).all()
    assert sorted(place for place in elements.mentions if place >= 0) == list(range(len(said)))
    assert (elements.mentions < 0).sum() == len(said)


@given(SAID)
def test_relations_are_the_same_both_ways_but_for_what_has_a_direction(said: list[tuple[str, str, bool]]) -> None:
    """Who comes later and whose turn it is turn around; the rest is symmetric, and a part is cut out of the whole."""
    elements = elements_for(said)
    found = relations(elements)
    turned = {"turn of a name": "name in a turn", "name in a turn": "turn of a name",
              "next turn": "turn before", "turn before": "next turn"}  # fmt: skip
    for column, name in enumerate(RELATIONS):
        if name == "later":
            assert not (found[:, :, column] * found[:, :, column].T).any()
        else:
            other = RELATIONS.index(turned.get(name, name))
            assert np.array_equal(found[:, :, column], found[:, :, other].T), name
    low, high = 1, len(elements)
    assert np.array_equal(relations(elements, low, high), found[low:high, low:high])


@given(SAID, st.integers(2, 12))
def test_a_window_compares_spellings_as_the_whole_session_does(said: list[tuple[str, str, bool]], reach: int) -> None:
    """Spellings that are compared only within a window's reach come out alike in every window, and a wider window is
    refused."""
    whole, near = elements_for(said), elements_for(said, reach)
    for low in range(len(whole)):
        high = min(len(whole), low + reach)
        assert np.array_equal(relations(whole, low, high), relations(near, low, high))
    if len(near) > reach:
        with pytest.raises(ValueError, match=f"within {reach} elements"):
            weigh_elements([], [], near, window=reach + 1)


@given(SAID)
def test_a_candidate_is_a_name_or_the_mean_of_a_speakers_turns(said: list[tuple[str, str, bool]]) -> None:
    """Shares add up to one, and everybody who speaks stands once behind the names."""
    elements = elements_for(said)
    found = candidates_of(elements, relations(elements))
    assert np.allclose(found.share.sum(axis=1), 1)
    assert (found.mentions >= 0).sum() == len(said)
    assert len({*found.speakers[found.mentions < 0]}) == len({speaker for _, speaker, _ in said})


def test_a_long_session_is_read_in_windows_that_overlap() -> None:
    """Every name is weighed, neighbours always together, and a window never holds more than it may."""
    elements = elements_for([(NAMES[place % len(NAMES)], "12"[place % 2], True) for place in range(WINDOW)])
    network = Network.load(WEIGHTS[0])
    hidden = np.random.default_rng(1).normal(size=(3 * WINDOW, len(network.weights["out_w"]))).astype(np.float32)
    windows = weigh_elements([network.weights], [hidden], elements)
    held = [{int(place) for place in one.candidates.mentions if place >= 0} for one in windows]
    assert set.union(*held) == set(range(WINDOW))
    assert all(any({place, place + 1} <= one for one in held) for place in range(WINDOW - 1))
    assert len(windows) == -(-(2 * WINDOW - WINDOW) // STEP) + 1
    assert all(np.allclose(one.one, one.one.T, atol=1e-3) for one in windows)


def test_no_element_gives_no_window() -> None:
    """A session in which nobody says anything."""
    assert weigh_elements([], [], elements_of([], [], [])) == []


def test_networks_that_read_side_by_side_count_alike() -> None:
    """The log-odds of two networks are the mean of what each holds alone, of kinds too."""
    elements = elements_for([(NAMES[place % len(NAMES)], "12"[place % 2], True) for place in range(9)])
    networks = [Network.load(path) for path in WEIGHTS]
    assert len(networks) > 1
    rng = np.random.default_rng(2)
    hidden = [rng.normal(size=(40, len(one.weights["out_w"]))).astype(np.float32) for one in networks]
    weights = [one.weights for one in networks]
    (both,) = weigh_elements(weights, hidden, elements)
    alone = [weigh_elements([w], [known], elements)[0] for w, known in zip(weights, hidden, strict=True)]
    assert not np.allclose(alone[0].one, alone[1].one, atol=0.1)
    assert np.allclose(both.one, np.mean([found.one for found in alone], axis=0), atol=1e-4)
    assert np.allclose(both.kinds, np.mean([found.kinds for found in alone], axis=0), atol=1e-4)


def talk_of(names: Sequence[str]) -> tuple[list[str], list[Span]]:
    turns = [f"Voilà {name}." for name in names]
    return turns, [Span(turn, 6, 6 + len(name), EntityType.YOUTH) for turn, name in enumerate(names)]


def grouped(names: Sequence[str], odds: dict[tuple[int, int], float]) -> list[set[int]]:
    turns, spans = talk_of(names)
    one = {((a, 6), (b, 6)): value for (a, b), value in odds.items()}
    return [{m.index for m in person.mentions} for person in gather(turns, spans, [], evidence=Evidence(one=one))]


def test_a_nickname_said_to_be_somebodys_once_is_theirs_everywhere() -> None:
    """What all mentions of two names say together decides, not the nearest pair."""
    names = ["Tulipe", "Karim", "Tulipe", "Karim"]
    sure = {(0, 1): 5.0, (0, 2): 6.0, (0, 3): 1.0, (1, 2): 4.0, (1, 3): 6.0, (2, 3): -1.0}
    assert grouped(names, sure) == [{0, 1, 2, 3}]
    assert grouped(names, {**sure, (0, 1): -3.0}) == [{0, 2}, {1, 3}]


def test_two_who_bear_one_name_are_told_apart() -> None:
    """The rules give one first name to one person; the network sees two."""
    names = ["Momo", "Momo", "Momo"]
    assert grouped(names, {(0, 1): -4.0, (0, 2): 4.0, (1, 2): -4.0}) == [{0, 2}, {1}]


def test_full_names_that_differ_are_two_people_whatever_the_network_holds() -> None:
    """Karim Aziz is not Yacine Meziane."""
    assert grouped(["Karim Aziz", "Yacine Meziane"], {(0, 1): 6.0}) == [{0}, {1}]


def test_a_name_that_is_spelled_follows_its_letters() -> None:
    """M-O-M-O is Momo, whatever the network holds of letters."""
    turns, spans = talk_of(["Momo", "Tulipe", "M-O-M-O"])
    spans[2] = replace(spans[2], reasons=("spelled name",))
    odds = {((0, 6), (2, 6)): -6.0, ((1, 6), (2, 6)): 6.0, ((0, 6), (1, 6)): -6.0}
    people = gather(turns, spans, [], evidence=Evidence(one=odds))
    assert [{m.index for m in person.mentions} for person in people] == [{0, 2}, {1}]


def test_somebody_after_a_title_is_no_youth_of_the_dossier() -> None:
    """Madame Roux is not Lucas Roux, whatever the network holds."""
    turns = ["Lucas Roux est venu.", "J'ai vu madame Roux."]
    spans = [Span(0, 0, 10, EntityType.YOUTH), Span(1, 15, 19, EntityType.PERSON)]
    people = gather(
        turns, spans, [(EntityType.YOUTH, ("Lucas Roux",))], evidence=Evidence(one={((0, 0), (1, 15)): 6.0})
    )
    assert [(person.known, {m.index for m in person.mentions}) for person in people] == [(0, {0}), (None, {1})]


def test_what_never_stood_in_one_window_is_as_the_rules_have_it() -> None:
    """Two mentions that nobody weighed: one name is one person, another is another."""
    assert grouped(["Momo", "Tulipe", "Momo"], {(0, 1): -6.0}) == [{0, 2}, {1}]


@settings(deadline=None)
@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=9), st.lists(FAR, min_size=36, max_size=36))
def test_every_mention_is_somebodys_and_the_known_stay_apart(names: list[str], odds: list[float]) -> None:
    """Whatever the odds: nobody gets lost or stands twice, no two known people and no opposed names are joined."""
    turns, spans = talk_of(names)
    mentions = read_mentions(turns, spans, None, {})
    found = [Person([("karim",)], [], 0, EntityType.YOUTH), Person([("momo",)], [], 1, EntityType.YOUTH)]
    by_name: dict[tuple[str, ...], Person] = {("karim",): found[0], ("momo",): found[1]}
    for mention in mentions:
        if mention.names not in by_name:
            found.append(by_name.setdefault(mention.names, Person()))
        by_name[mention.names].take(mention)
    pairs = [(a, b) for a in range(len(names)) for b in range(a + 1, len(names))]
    one = {((a, 6), (b, 6)): value for (a, b), value in zip(pairs, odds, strict=False)}
    people = regroup([person for person in found if person.mentions], Evidence(one=one))
    indices = sorted(mention.index for person in people for mention in person.mentions)
    assert indices == list(range(len(names)))
    assert len({person.known for person in people if person.known is not None}) == sum(
        person.known is not None for person in people
    )
    for person in people:
        assert _may_stand(person.mentions)


def _may_stand(mentions: Sequence[Mention]) -> bool:
    names = {mention.names for mention in mentions if len(mention.names) > 1}
    known = {mention.names for mention in mentions} & {("karim",), ("momo",)}
    return len(known) < 2 and not any(opposed(list(a), list(b)) for a in names for b in names)


@settings(deadline=None)
@given(st.lists(st.floats(-9, 9).map(lambda value: round(value, 3)), min_size=21, max_size=21, unique=True))
def test_joining_goes_the_surest_first(odds: list[float]) -> None:
    """Seven names end as they do when the means are reckoned anew after every join."""
    names = ["Momo", "Tulipe", "Gecko", "Bonbon", "Rachid", "Zeitoun", "Pirouz"]
    pairs = [(a, b) for a in range(7) for b in range(a + 1, 7)]
    table = {
        frozenset(pair): max(-CLIPPED, min(CLIPPED, value)) - RULED for pair, value in zip(pairs, odds, strict=True)
    }
    groups = [{place} for place in range(7)]
    while len(groups) > 1:
        means = {
            (a, b): sum(table[frozenset((x, y))] for x in groups[a] for y in groups[b])
            / (len(groups[a]) * len(groups[b]))
            for a in range(len(groups))
            for b in range(a + 1, len(groups))
        }
        (one, other), mean = max(means.items(), key=lambda item: item[1])
        if mean < ALIKE:
            break
        groups[one] |= groups.pop(other)
    turns, spans = talk_of(names)
    alone = [Person() for _ in names]
    for person, mention in zip(alone, read_mentions(turns, spans, None, {}), strict=True):
        person.take(mention)
    evidence = Evidence(one={((a, 6), (b, 6)): value for (a, b), value in zip(pairs, odds, strict=True)})
    found = [{m.index for m in person.mentions} for person in regroup(alone, evidence)]
    assert sorted(map(sorted, found)) == sorted(map(sorted, groups))


def test_one_pair_never_decides_over_all_others() -> None:
    """Log-odds count up to a bound."""
    assert together([1000.0, -CLIPPED]) == 0.0
    assert together([-1000.0, CLIPPED]) == 0.0
    assert together([1000.0, 1000.0]) == CLIPPED >= ALIKE


@pytest.mark.parametrize("label", [EntityType.PLACE, EntityType.INSTITUTION])
def test_the_rules_number_people_and_places_apart(label: EntityType) -> None:
    """What is given to the network: one number for one referent, none shared by a person and a place."""
    turns = ["Yacine Meziane est là.", "Yacine va à Franklin, Franklin."]
    spans = [
        Span(0, 0, 14, EntityType.YOUTH), Span(1, 0, 6, EntityType.YOUTH), Span(1, 12, 20, label),
        Span(1, 22, 30, label),
    ]  # fmt: skip
    found = ruled(turns, spans, ["S1", "S2"]).groups
    assert found[0] == found[1] != found[2] == found[3]
