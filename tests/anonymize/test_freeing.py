"""Freeing: what people let stand, one occurrence at a time, through treatment, rendering and the guard."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests_support_anonymize import transcript_of

from anonymize.freeing import KNOWN, freeable, freed, freers, needed, passages, set_aside
from anonymize.guard import search, without_freed
from anonymize.treatment.offsets import offsets_of
from anonymize.treatment.treat import content_digest, treat
from anonymize.vault import Referent, Vault
from returns.packet import Heading, compose, hide_freed
from returns.rendering import FORMATS, extract, render
from vocabulary.choices import EntityType, Tier
from vocabulary.draft import ACCEPT_ALL, FREE, MASK, Decision, Draft
from vocabulary.profile import Profile
from vocabulary.span import Span, Stretch
from vocabulary.text import HIDDEN, IdentifiedText
from vocabulary.transcript import Transcript, TreatedTranscript

YOUTH, PERSON = EntityType.YOUTH, EntityType.PERSON
VAULT = Vault(
    1,
    (
        Referent("v-1", YOUTH, ("le Gros",), "Jeune 1"),
        Referent("v-2", PERSON, ("la Rose",), "Adulte 1"),
        Referent("v-3", PERSON, ("Nathalie Quilichini",), "Adulte 2"),
    ),
)
CAMILLE, DOMINIQUE = "p-" + "1" * 32, "p-" + "2" * 32
AT = "2026-03-14T09:00:00Z"


def free(stretch: Stretch, person: str = CAMILLE) -> Decision:
    return Decision(FREE, person, AT, stretch, IdentifiedText("un mot ordinaire"))


def draft(decisions: Sequence[Decision] = (), spans: Sequence[Span] = ()) -> Draft:
    return Draft(tuple(spans), tuple(decisions), {}, "test", 1)


def stretch_of(text: str, part: str, turn: int = 0, nth: int = 0) -> Stretch:
    start = -1
    for _ in range(nth + 1):
        start = text.index(part, start + 1)
    return Stretch(turn, start, start + len(part))


def treated(talk: Transcript, made: Draft, profile: Profile) -> TreatedTranscript:
    apart = set_aside(talk, made, VAULT)
    return apart.put_back(treat(apart.transcript, apart.draft, VAULT, profile, {}))


def texts(found: TreatedTranscript) -> list[str]:
    return [turn.text.reveal() for turn in found.turns]


def left(found: TreatedTranscript, profile: Profile) -> dict[str, list[str]]:
    """What the guard finds in every rendering, by format."""
    packet = compose(found, Heading("essai", 1))
    hidden = hide_freed(packet)
    hits = {}
    for form in sorted(FORMATS):
        read = without_freed(extract(form, render(packet, form)), extract(form, render(hidden, form)))
        hits[form] = [hit.where for hit in search(read, VAULT, profile, None)]
    return hits


def test_an_ordinary_word_that_is_also_a_name_is_freed_at_that_place_alone(group_profile: Profile) -> None:
    """The first "la rose" is read as it was said, the second is masked; the guard lets the file leave."""
    talk = transcript_of(["J'ai offert la rose, et la rose a parlé."])
    made = draft([free(stretch_of("J'ai offert la rose, et la rose a parlé.", "la rose"))])
    found = treated(talk, made, group_profile)
    assert texts(found) == ["J'ai offert la rose, et Adulte 1 a parlé."]
    assert [found.turns[0].text.reveal()[start:end] for start, end in found.turns[0].freed] == ["la rose"]
    assert left(found, group_profile) == {form: [] for form in FORMATS}


def test_the_same_word_anywhere_else_is_a_hit(group_profile: Profile) -> None:
    """A file that says it once more, where nobody freed it, does not leave."""
    text = "J'ai offert la rose."
    found = treated(transcript_of([text, "Bon."]), draft([free(stretch_of(text, "la rose"))]), group_profile)
    packet = compose(found, Heading("essai", 1))
    hidden = hide_freed(packet)
    data, twin = render(packet, "txt"), render(hidden, "txt")
    other = data.replace(b"Bon.", b"la rose.")
    read = without_freed(extract("txt", other), extract("txt", twin.replace(b"Bon.", b"la rose.")))
    assert [hit.where for hit in search(read, VAULT, group_profile, None)] == ["line 2"]


def test_a_text_that_is_not_its_twin_is_searched_as_it_stands() -> None:
    """A place that is missing, longer, or differs in one character has nothing freed."""
    hidden = f"avec {HIDDEN * 4}"
    assert without_freed({"a": "avec rose"}, {"a": hidden}) == {"a": "avec \x00\x00\x00\x00"}
    for twin in ({}, {"a": hidden + "s"}, {"a": hidden.replace("v", "w")}):
        assert without_freed({"a": "avec rose"}, twin) == {"a": "avec rose"}


def test_a_residual_span_is_freed(group_profile: Profile) -> None:
    """What was only suspected is read as it was said once a person freed it, and masked until then."""
    text = "Il est chez Grobulle."
    span = Span(0, 12, 20, PERSON, Tier.RESIDUAL)
    assert texts(treated(transcript_of([text]), draft(spans=[span]), group_profile)) == ["Il est chez […]."]
    made = draft([free(span.stretch)], [span])
    assert texts(treated(transcript_of([text]), made, group_profile)) == [text]


def test_a_youths_form_takes_two_people(group_profile: Profile) -> None:
    """One person, or the same one twice, leaves it masked; masking again undoes both."""
    text = "C'est le gros problème."
    where = stretch_of(text, "le gros")
    talk = transcript_of([text])
    one, two = [free(where), free(where)], [free(where), free(where, DOMINIQUE)]
    assert needed(talk, draft(one), VAULT, [where]) == {where: 2}
    assert texts(treated(talk, draft(one), group_profile)) == ["C'est Jeune 1 problème."]
    assert texts(treated(talk, draft(two), group_profile)) == [text]
    assert freed(talk, draft([*two, Decision(MASK, CAMILLE, AT, where)]), VAULT) == ()


def test_what_the_vault_learns_afterwards_to_be_a_youths_is_masked_again() -> None:
    """Freed by one person as a plain word, it takes a second once a youth is known by it."""
    text = "C'est le gros problème."
    made = draft([free(stretch_of(text, "le gros"))])
    assert freed(transcript_of([text]), made, Vault.empty())
    assert not freed(transcript_of([text]), made, VAULT)


def test_passages_are_what_treatment_replaces_in_the_order_of_the_talk() -> None:
    """Spans, and the vault's forms that no span covers."""
    talk = ["Le Gros est là.", "Voilà Grobulle, et la Rose."]
    span = Span(1, 6, 14, PERSON, Tier.RESIDUAL)
    found = passages(transcript_of(talk), draft(spans=[span]), VAULT)
    assert [(talk[one.turn][one.start : one.end], one.reasons) for one in found] == [
        ("Le Gros", (KNOWN,)), ("Grobulle", ()), ("la Rose", (KNOWN,)),
    ]  # fmt: skip


def test_freeing_changes_the_digest_that_is_cleared(group_profile: Profile) -> None:
    """What was cleared before is another text."""
    text = "J'ai offert la rose."
    talk, made = transcript_of([text]), draft([free(stretch_of(text, "la rose"))])
    before, after = (treated(talk, one, group_profile) for one in (draft(), made))
    assert content_digest(before, "aa") != content_digest(after, "aa")


def test_a_stretch_that_does_not_fit_the_talk_frees_nothing(group_profile: Profile) -> None:
    """A turn or an offset that is not there."""
    talk = transcript_of(["la rose"])
    for stretch in (Stretch(5, 0, 7), Stretch(0, 3, 99)):
        assert texts(treated(talk, draft([free(stretch)]), group_profile)) == ["Adulte 1"]


_WORDS = ["la rose", "le gros", "Rose", "le", "Quilichini", "d'", "l'", "un", "…", "!", ":", '"', "«", "»", "e\u0301",
          "3", "Jeune", "...", "[…]", "problème", "\u00ad", "\u00a0", "aujourd'hui"]  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=40), min_size=1, max_size=3), st.data())
def test_exactly_what_was_freed_leaves(group_profile: Profile, words: list[list[str]], data: st.DataObject) -> None:
    """Whatever is said and freed: those words stand in every rendering, the guard finds nothing, and it finds
    something as soon as nothing counts as freed and a form is left."""
    talk = transcript_of([" ".join(turn) for turn in words])
    found = passages(talk, draft(), VAULT)
    chosen = data.draw(st.lists(st.sampled_from(found), unique=True)) if found else []
    made = draft([free(one.stretch, person) for one in chosen for person in (CAMILLE, DOMINIQUE)])
    result = treated(talk, made, group_profile)
    assert left(result, group_profile) == {form: [] for form in FORMATS}
    for number, turn in enumerate(result.turns):
        said = talk.turns[number].text.reveal()
        stood = [turn.text.reveal()[start:end] for start, end in turn.freed]
        assert stood == [said[one.start : one.end] for one in chosen_in(chosen, number)]
    blind = {str(number): turn.text.reveal() for number, turn in enumerate(result.turns)}
    assert bool(search(blind, VAULT, group_profile, None)) is bool(chosen)


def chosen_in(chosen: Sequence[Span], turn: int) -> list[Span]:
    return sorted(one for one in chosen if one.turn == turn)


_STRETCHES = st.builds(lambda turn, start, more: Stretch(turn, start, start + more), st.integers(0, 9),
                       st.integers(0, 99), st.integers(1, 9))  # fmt: skip
_DECISIONS = st.one_of(
    st.builds(Decision, st.just(ACCEPT_ALL), st.just(CAMILLE), st.just(AT)),
    st.builds(Decision, st.just(MASK), st.just(DOMINIQUE), st.just(AT), _STRETCHES),
    st.builds(Decision, st.just(FREE), st.just(CAMILLE), st.just(AT), _STRETCHES, st.builds(IdentifiedText, st.text())),
)


@given(st.lists(_DECISIONS))
def test_a_draft_reads_back_as_it_was_written(decisions: list[Decision]) -> None:
    """Decisions of every act, with their stretch and reason; no repr shows a reason."""
    made = Draft((), tuple(decisions), {}, "test", 3)
    assert Draft.from_bytes(made.to_bytes()) == made
    for decision in decisions:
        assert decision.reason is None or len(repr(decision.reason)) < 40


def test_a_draft_of_the_first_format_is_read() -> None:
    """Its decisions accept the whole; nothing in it is freed."""
    old = (b'{"decisions":[{"act":"accept_all","at":"2026-03-14T09:00:00Z","person":"p-1"}],"detector":"d",'
           b'"format":"huisclos-draft/1","salts":{"group":"aa"},"spans":[[0,0,4,"YOUTH","sure",1.0,["dossier"],"v-1"]],'
           b'"vault_version":2}')  # fmt: skip
    made = Draft.from_bytes(old)
    assert made.decisions == (Decision(ACCEPT_ALL, "p-1", AT),)
    assert freers(made.decisions) == {}
    with pytest.raises(ValueError, match="huisclos-draft/3"):
        Draft.from_bytes(old.replace(b"draft/1", b"draft/3"))


@pytest.mark.parametrize("wrong", [
    ("erase", None, None), (FREE, Stretch(0, 0, 1), None), (FREE, None, IdentifiedText("x")),
    (MASK, None, None), (ACCEPT_ALL, Stretch(0, 0, 1), None),
])  # fmt: skip
def test_a_decision_that_makes_no_sense_cannot_be_built(
    wrong: tuple[str, Stretch | None, IdentifiedText | None],
) -> None:
    """Freeing has a stretch and a reason, masking a stretch, accepting neither."""
    act, stretch, reason = wrong
    with pytest.raises(ValueError, match=r"act of a review|freed with a reason"):
        Decision(act, CAMILLE, AT, stretch, reason)


def test_stretches_are_told_apart_and_meet_by_a_character() -> None:
    """Half-open: touching is not meeting; an empty one is refused."""
    for (a, b), (c, d) in itertools.product([(0, 4), (4, 8)], repeat=2):
        assert Stretch(0, a, b).meets(c, d) is ((a, b) == (c, d))
    with pytest.raises(ValueError, match="empty"):
        Stretch(0, 4, 4)


def test_a_part_of_a_passage_is_never_freed(group_profile: Profile) -> None:
    """Who frees the first figures of a telephone number, or one of two words, lets nothing stand."""
    text = "Zineb Okacha, 06 39 98 00 11."
    spans = (
        Span(0, 0, 12, PERSON, Tier.RESIDUAL, cluster=None),
        Span(0, 14, 28, EntityType.CONTACT),
    )
    made = draft([free(stretch_of(text, "Zineb")), free(stretch_of(text, "06"))], spans)
    talk = transcript_of([text])
    assert freed(talk, made, VAULT) == ()
    assert texts(treated(talk, made, group_profile)) == ["[…], [téléphone]."]


def test_words_that_are_no_passage_are_freed_if_no_longer_than_a_name() -> None:
    """A sentence is not, whoever says so."""
    text = "On a parlé de la fresque du grand mur, et puis de tout ce qui s'était passé là-bas depuis l'été dernier."
    talk = transcript_of([text])
    word, whole = stretch_of(text, "la fresque"), Stretch(0, 0, len(text) - 1)
    assert freeable(word, passages(talk, draft(), VAULT))
    assert not freeable(whole, passages(talk, draft(), VAULT))
    assert freed(talk, draft([free(word), free(whole)]), VAULT) == (word,)


def test_a_suspicion_linked_to_a_youth_takes_two_people() -> None:
    """ "Abdou" is only suspected, and linked to a youth of the vault."""
    talk = transcript_of(["Abdou est passé."])
    spans = (Span(0, 0, 5, YOUTH, Tier.RESIDUAL, cluster="v-1"),)
    assert needed(talk, draft((), spans), VAULT, [Stretch(0, 0, 5)]) == {Stretch(0, 0, 5): 2}


def test_freeing_a_youth_moves_no_date(group_profile: Profile) -> None:
    """The date stays where the youth's own offset put it, although the youth is now read as said."""
    text = "Zyad a été jugé le 14 mars 2023."
    vault = Vault(1, (Referent("v-9", YOUTH, ("Zyad",), "Jeune 9", shift_weeks=20),), shift_weeks=10)
    spans = (Span(0, 0, 4, YOUTH, cluster="v-9"), Span(0, 19, 31, EntityType.DATE))
    talk = transcript_of([text])
    made = draft([free(Stretch(0, 0, 4)), free(Stretch(0, 0, 4), DOMINIQUE)], spans)
    masked = treat(talk, draft((), spans), vault, group_profile, {}).turns[0].text.reveal()
    apart = set_aside(talk, made, vault)
    weeks = offsets_of(made.spans, vault)
    shown = apart.put_back(treat(apart.transcript, apart.draft, vault, group_profile, {}, {}, weeks))
    assert shown.turns[0].text.reveal() == masked.replace("Jeune 9", "Zyad")
    assert "14 mars" not in masked
