"""What the review is asked about who is one person: a small talk each, with evidence made by hand."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymize.linking.proposals import LIKELY, MOST, MOST_PASSAGES, propose
from anonymize.linking.regrouping import ALIKE
from anonymize.trained.evidence import Evidence
from anonymize.vault import KnownReferent
from vocabulary.choices import Doubt, EntityType
from vocabulary.draft import Draft, Proposal
from vocabulary.span import Span, Stretch

YOUTH, PERSON = EntityType.YOUTH, EntityType.PERSON
MIDDLE = (LIKELY + ALIKE) / 2

Said = tuple[str, tuple[str, ...], tuple[str, ...]]


def talk_of(marked: Sequence[str]) -> tuple[list[str], list[Span]]:
    """Turns and linked spans of talk in which ``<a Yacine>`` is a mention of cluster a."""
    turns, spans = [], []
    for turn, text in enumerate(marked):
        plain = ""
        for place, piece in enumerate(text.replace(">", "<").split("<")):
            if place % 2:
                cluster, name = piece.split(" ", 1)
                spans.append(Span(turn, len(plain), len(plain) + len(name), YOUTH, cluster=cluster))
                piece = name
            plain += piece
        turns.append(plain)
    return turns, spans


def told(
    marked: Sequence[str], odds: Mapping[tuple[int, int], float] | None = None, known: Sequence[KnownReferent] = ()
) -> list[Said]:
    """The proposals as doubt, clusters and forms; ``odds`` are of two mentions by their places in the talk."""
    turns, spans = talk_of(marked)
    one = {
        ((spans[a].turn, spans[a].start), (spans[b].turn, spans[b].start)): value
        for (a, b), value in (odds or {}).items()
    }
    return [
        (str(p.doubt), p.clusters, tuple(turns[s.turn][s.start : s.end] for s in p.passages))
        for p in propose(turns, spans, Evidence(one=one), known)
    ]


def dossier(*forms: str) -> KnownReferent:
    return KnownReferent(None, YOUTH, forms)


TWO = ["On a vu <a Gecko> hier.", "Et <b Rachid> dort mal."]
LIKE_RACHID: Said = ("likely", ("a", "b"), ("Gecko", "Rachid"))
TRUSTED: Said = ("joined", ("a",), ("Gecko", "Rachid"))

CASES: tuple[tuple[str, Sequence[str], Mapping[tuple[int, int], float], Sequence[KnownReferent], list[Said]], ...] = (
    ("nothing is proposed without evidence", TWO, {}, (), []),
    ("likelier than not and not joined is proposed", TWO, {(0, 1): MIDDLE}, (), [LIKE_RACHID]),
    ("unlikely is not proposed", TWO, {(0, 1): LIKELY - 0.1}, (), []),
    ("what the vault kept apart is proposed however likely", TWO, {(0, 1): ALIKE + 3}, (), [LIKE_RACHID]),
    (
        "the dossier tells two people apart for good",
        TWO, {(0, 1): MIDDLE}, (dossier("Gecko"), dossier("Rachid")), [],
    ),
    (
        "the vault is no authority",
        TWO, {(0, 1): MIDDLE}, (KnownReferent("a", YOUTH, ("Gecko",)), KnownReferent("b", YOUTH, ("Rachid",))),
        [LIKE_RACHID],
    ),
    (
        "full names that differ are never one",
        ["Voilà <a Karim Aziz>.", "Et <b Rachid Amrani>."], {(0, 1): MIDDLE}, (), [],
    ),
    (
        "a woman and a man are never one",
        ["C'est madame <a Odette>.", "Lui, monsieur <b Gecko>."], {(0, 1): MIDDLE}, (), [],
    ),
    (
        "a first name alone may mean either of two",
        ["Voilà <a Karim Aziz>.", "Et <b Karim Benali>.", "<a Karim> dort."], {}, (),
        [("shared", ("b", "a"), ("Karim Benali", "Karim"))],
    ),
    (
        "a nickname of two people is to be checked at every mention",
        ["<a Momo> vend.", "L'autre <b Momo> non.", "<a Momo> est là."], {}, (),
        [("shared", ("a", "b"), ("Momo", "Momo", "Momo"))],
    ),
    (
        "a title tells a name apart",
        ["Madame <a Roux> a appelé.", "<b Lucas Roux> dort."], {}, (), [],
    ),
    (
        "full names that share a first name are two people, and no doubt",
        ["Voilà <a Karim Aziz>.", "Et <b Karim Benali>."], {}, (), [],
    ),
    (
        "names of one sound may be one person's",
        ["Voilà <a Noham>.", "Et <b Noam> dort."], {}, (), [("alike", ("a", "b"), ("Noham", "Noam"))],
    ),
    (
        "a short form may be anybody's who bears the long one",
        ["Voilà <a Abdoulaye Traoré>.", "<b Abdou> dort."], {}, (),
        [("alike", ("a", "b"), ("Abdoulaye Traoré", "Abdou"))],
    ),
    (
        "a pair is asked about once, under what weighs more",
        ["Voilà <a Noham>.", "Et <b Noam> dort."], {(0, 1): MIDDLE}, (), [("likely", ("a", "b"), ("Noham", "Noam"))],
    ),
    (
        "one cluster of two unlike names is to be confirmed",
        ["On a vu <a Gecko> hier.", "Et <a Rachid> dort mal."], {(0, 1): ALIKE}, (), [TRUSTED],
    ),
    (
        "names that something else than the network joined are not asked about",
        ["On a vu <a Gecko> hier.", "Et <a Rachid> dort mal."], {(0, 1): ALIKE - 1}, (), [],
    ),
    (
        "what the talk says needs no confirmation",
        ["J'en ai un, <a Brayan>, au quartier c'est <a Bonbon>."], {(0, 1): 5.0}, (), [],
    ),
    (
        "nor does what the dossier says",
        ["On a vu <a Gecko> hier.", "Et <a Rachid> dort mal."], {(0, 1): 5.0}, (dossier("Gecko", "Rachid"),), [],
    ),
    (
        "nor do names that share a word, a sound or an initial",
        ["<a Yacine Meziane> et <a Meziane>.", "<a Yassine> ou <a Y>."],
        {(0, 1): 5.0, (1, 2): 5.0, (2, 3): 5.0, (0, 3): 5.0}, (), [],
    ),
    ("of a mention without a cluster nothing is said", ["<a Noham> et Noam."], {}, (), []),
)  # fmt: skip


@pytest.mark.parametrize(("says", "marked", "odds", "known", "wanted"), CASES, ids=[case[0] for case in CASES])
def test_what_is_proposed(
    says: str,
    marked: Sequence[str],
    odds: Mapping[tuple[int, int], float],
    known: Sequence[KnownReferent],
    wanted: list[Said],
) -> None:
    """Each row of the table."""
    assert told(marked, odds, known) == wanted, says


def test_the_surest_come_first_and_no_more_than_most() -> None:
    """Of one reason, by the network's odds."""
    names = ("Gecko", "Rachid", "Bonbon", "Tulipe", "Moustique", "Zeitoun", "Farouk", "Pirouz")
    marked = [f"<{chr(97 + place)} {name}> dort." for place, name in enumerate(names)]
    odds = {(0, place): LIKELY + place / 8 for place in range(1, 8)}
    found = told(marked, odds)
    assert [forms for _, _, forms in found] == [("Gecko", name) for name in reversed(names[-MOST:])]


def test_a_name_said_alone_again_and_again_is_shown_in_a_few_passages() -> None:
    """The closest to a mention of the other, in the order of the talk."""
    ((_, _, forms),) = told(["<a Momo> et <b Momo>.", *["<a Momo> encore."] * 20])
    assert len(forms) == MOST_PASSAGES


def test_the_draft_keeps_proposals_and_drafts_without_them_are_read() -> None:
    """``parse(format(x)) == x``; what an earlier version wrote has none."""
    turns, spans = talk_of(["<a Noham> et <b Noam>."])
    draft = Draft(tuple(spans), (), {}, "test", 1, propose(turns, spans, Evidence()))
    assert draft.proposals and Draft.from_bytes(draft.to_bytes()) == draft
    proposals = b'"proposals":[["alike",["a","b"],[[0,0,5],[0,9,13]]]],'
    assert proposals in draft.to_bytes()
    former = draft.to_bytes().replace(proposals, b"")
    for data in (former, former.replace(b"huisclos-draft/3", b"huisclos-draft/1")):
        assert Draft.from_bytes(data).proposals == ()


@pytest.mark.parametrize(
    ("doubt", "clusters", "places"),
    [
        (Doubt.LIKELY, ("a", "a"), (0, 1)),
        (Doubt.SHARED, ("a",), (0, 1)),
        (Doubt.JOINED, ("a", "b"), (0, 1)),
        (Doubt.ALIKE, ("a", "b"), (0,)),
        (Doubt.ALIKE, ("a", "b"), (1, 0)),
    ],
)
def test_a_proposal_that_pairs_nothing_is_refused(
    doubt: Doubt, clusters: tuple[str, ...], places: tuple[int, ...]
) -> None:
    """Two clusters, one under *joined*; two passages or more, in order."""
    with pytest.raises(ValueError, match="proposal"):
        Proposal(doubt, clusters, tuple(Stretch(turn, 0, 2) for turn in places))


NAMES = ("Karim Aziz", "Karim Benali", "Karim", "Momo", "Noham", "Noam", "Gecko", "Abdou", "Abdoulaye", "K", "Meziane")


@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from("abcd")), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11), st.floats(-3, 6)), max_size=12),
)
def test_proposals_pair_two_and_hold_no_words(said: list[tuple[str, str]], odds: list[tuple[int, int, float]]) -> None:
    """Whatever was said: no pair twice under one reason, none of a cluster with itself, every passage a mention of a
    cluster that is named; no words; and other ids of clusters change nothing else."""
    marked = [f"<{cluster} {name}> dort." for name, cluster in said]
    turns, spans = talk_of(marked)
    one = {
        ((a, spans[a].start), (b, spans[b].start)): value for a, b, value in odds if a < b < len(spans)
    }  # fmt: skip
    found = propose(turns, spans, Evidence(one=one))
    pairs = [(p.doubt, frozenset(p.clusters)) for p in found]
    assert len(set(pairs)) == len(pairs)
    cluster_of = {span.stretch: span.cluster for span in spans}
    for proposal in found:
        assert len(set(proposal.clusters)) == (1 if proposal.doubt is Doubt.JOINED else 2)
        assert {cluster_of[place] for place in proposal.passages} == set(proposal.clusters)
        assert not any(word in repr(proposal) for name in NAMES if len(name) > 1 for word in name.split())
    renamed = {"a": "z", "b": "y", "c": "x", "d": "w"}
    again = propose(*talk_of([f"<{renamed[cluster]} {name}> dort." for name, cluster in said]), Evidence(one=one))
    assert again == tuple(
        Proposal(p.doubt, tuple(renamed[cluster] for cluster in p.clusters), p.passages) for p in found
    )
