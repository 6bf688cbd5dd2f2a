"""Taking passages out: what stays keeps its characters and its place, what goes leaves one mark."""

import string
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymize.excision import (
    WITHDRAWN,
    Cuts,
    cut_draft,
    cut_speakers,
    cut_transcript,
    cut_treated,
    cuts_of,
    fitting,
    redacted,
)
from anonymize.forms import Forms
from anonymize.guard import protect
from anonymize.vault import Vault
from vocabulary.choices import Audience, Doubt, EntityType, Hearing
from vocabulary.corrections import Correction, corrected
from vocabulary.draft import ACCEPT_ALL, FREE, MASK, Decision, Draft, Proposal
from vocabulary.span import Span, Stretch
from vocabulary.speakers import SpeakerAct, SpeakerDecision, WordRange
from vocabulary.text import IdentifiedText, TreatedText
from vocabulary.transcript import Transcript, TreatedTranscript, TreatedTurn, Turn, Word

NABIL = Forms([("Nabil Ferhaoui", "sought", EntityType.YOUTH)])
PERSON, AT = "p-" + "0" * 32, "2026-03-14T09:00:00Z"


def _turn(text: str, heard: str | None = None) -> Turn:
    words = (heard or text).split()
    spoken = tuple(Word(IdentifiedText(word), float(n), n + 0.9, 0.8) for n, word in enumerate(words))
    return Turn("S1", 0.0, float(len(words)), IdentifiedText(text), spoken)


def _transcript(*turns: Turn) -> Transcript:
    return Transcript(turns, "fr", 60.0, "scripted")


def _at(text: str, part: str, turn: int = 0) -> Stretch:
    return Stretch(turn, text.index(part), text.index(part) + len(part))


@settings(max_examples=200, deadline=None)
@given(
    st.text(alphabet=string.ascii_letters + " .,é", min_size=1, max_size=40),
    st.lists(st.tuples(st.integers(0, 39), st.integers(1, 12)), max_size=4),
)
def test_what_is_not_taken_out_keeps_its_characters(text: str, drawn: list[tuple[int, int]]) -> None:
    """Each stretch outside the cuts reads the same where it stands afterwards; each inside is nowhere."""
    passages = [Stretch(0, a, min(a + n, len(text))) for a, n in drawn if a < len(text)]
    cuts = Cuts.of([text], passages)
    after = cuts.text(0, text)
    gone = {place for start, end in cuts.turns.get(0, ()) for place in range(start, end)}
    assert {place for one in passages for place in range(one.start, one.end)} <= gone
    for start in range(len(text)):
        for end in range(start + 1, min(start + 4, len(text)) + 1):
            moved = cuts.moved(0, start, end)
            if gone & set(range(start, end)):
                assert moved is None
            else:
                assert moved is not None and after[slice(*moved)] == text[start:end]
    assert after.count(WITHDRAWN) == len(cuts.turns.get(0, ()))


def test_passages_with_nothing_but_signs_between_them_leave_one_mark():
    """Two sentences of one person are one hole."""
    text = "Bon. Nabil dort. Il ment. Voilà."
    cuts = Cuts.of([text], [_at(text, "Nabil dort."), _at(text, "Il ment.")])
    assert cuts.text(0, text) == f"Bon. {WITHDRAWN} Voilà."
    with pytest.raises(ValueError, match="does not fit"):
        Cuts.of(["court"], [Stretch(0, 0, 9)])


def test_the_words_go_with_the_text_that_was_corrected_and_a_name_that_was_heard_goes_too():
    """Text and words may differ: neither keeps what the other lost."""
    text = "Bon, Nabil est là. Alors une table."
    turn = _turn(text, "Bon, nage bile est là. Alors Nabile table.")
    talk = _transcript(turn, _turn("Rien."))
    cut = cut_transcript(talk, Cuts.of([text, "Rien."], [_at(text, "Nabil")]), NABIL)
    assert cut.turns[0].text.reveal() == f"Bon, {WITHDRAWN} est là. Alors une table."
    words = [word.text.reveal() for word in cut.turns[0].words]
    assert words == ["Bon,", WITHDRAWN, "est", "là.", "Alors", WITHDRAWN, "table."]
    assert (cut.turns[0].words[1].start, cut.turns[0].words[1].end) == (1.0, 2.9)
    assert cut.turns[1] == talk.turns[1]


def test_a_draft_keeps_what_is_about_the_rest():
    """Spans, decisions and proposals move with their characters; those about what went go; a reason names nobody."""
    text = "Nabil dort. Karim et Samir, oui Karim."
    spans = tuple(
        Span(0, *(_at(text, part).start, _at(text, part).end), EntityType.YOUTH, cluster=cluster)
        for part, cluster in (("Nabil", "r1"), ("Karim", "r2"), ("Samir", "r3"))
    )
    reason = IdentifiedText("c'est le cousin de Nabil, pas un jeune")
    draft = Draft(
        spans,
        (
            Decision(ACCEPT_ALL, PERSON, AT),
            Decision(FREE, PERSON, AT, _at(text, "Nabil"), IdentifiedText("non")),
            Decision(FREE, PERSON, AT, _at(text, "Karim"), reason),
            Decision(MASK, PERSON, AT, _at(text, "Samir")),
        ),
        dict.fromkeys(Audience, "00"), "detector", 3,
        (
            Proposal(Doubt.LIKELY, ("r1", "r2"), (_at(text, "Nabil"), _at(text, "Karim"))),
            Proposal(Doubt.ALIKE, ("r2", "r3"), (_at(text, "Karim"), _at(text, "Samir"))),
        ),
    )  # fmt: skip
    cuts = Cuts.of([text], [_at(text, "Nabil dort.")])
    after, cut = cuts.text(0, text), cut_draft(draft, cuts, cuts, frozenset({"r1"}), NABIL)
    assert [after[span.start : span.end] for span in cut.spans] == ["Karim", "Samir"]
    assert [one.act for one in cut.decisions] == [ACCEPT_ALL, FREE, MASK]
    kept = cut.decisions[1].reason
    assert kept is not None and kept.reveal() == f"c'est le cousin de {WITHDRAWN}, pas un jeune"
    assert [one.clusters for one in cut.proposals] == [("r2", "r3")]
    assert [after[one.start : one.end] for one in cut.proposals[0].passages] == ["Karim", "Samir"]
    assert Draft.from_bytes(cut.to_bytes()) == cut


@settings(max_examples=200, deadline=None)
@given(
    st.text(alphabet="abcdefgh ,.", min_size=6, max_size=30),
    st.lists(st.tuples(st.integers(0, 29), st.integers(1, 5), st.booleans()), max_size=4),
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=3),
)
def test_what_is_left_of_the_verbatim_still_gives_what_is_left_of_its_corrected_text(heard, places, drawn):
    """With the corrections that are left, letter for letter."""
    corrections, position = [], 0
    for start, size, certain in sorted(places):
        said_something = any(letter.isalpha() for letter in heard[start : start + size])
        if said_something and start >= position and start + size <= len(heard):
            position = start + size
            said = IdentifiedText(heard[start:position])
            form = IdentifiedText("Zoé" if size % 2 else "Marie-Line")
            corrections.append(
                Correction(Stretch(0, start, position), said, form, EntityType.PERSON, Hearing.SAME, 1.0, certain)
            )
    talk = _transcript(_turn(heard))
    read = corrected(talk, corrections).turns[0].text.reveal()
    passages = [Stretch(0, a, min(a + n, len(read))) for a, n in drawn if a < len(read)]
    out, shown = cuts_of(talk, corrections, passages)
    draft = Draft((), (), {}, "detector", 1, corrections=tuple(corrections))
    left = cut_draft(draft, out, shown, frozenset(), NABIL)
    again = corrected(cut_transcript(talk, out, NABIL), left.corrections).turns[0].text.reveal()
    assert again == shown.text(0, read)


def test_a_draft_of_another_verbatim_is_known_for_one():
    """A correction that does not fit, a span beyond the text: nothing is cut by them."""
    talk = _transcript(_turn("Bonjour."))
    sound = Draft((Span(0, 0, 7, EntityType.PERSON),), (), {}, "detector", 1)
    beyond = replace(sound, spans=(Span(0, 3, 99, EntityType.PERSON),))
    assert fitting(sound, talk) is sound
    assert fitting(beyond, talk) is fitting(None, talk) is None


def test_a_treated_text_shows_a_notice_for_a_turn_and_a_mark_for_a_passage():
    """What people freed keeps its place; the mark is one the egress guard takes for its own."""
    text = "Jeune 1 dort. Le Baobab est ouvert."
    freed = (text.index("Le Baobab"), text.index(" est"))
    turns = (
        TreatedTurn("Éducatrice 1", 0.0, 1.0, TreatedText("Je pense que non.")),
        TreatedTurn("Voix 2", 1.0, 2.0, TreatedText(text), (freed,)),
    )
    cut = cut_treated(TreatedTranscript("group", turns), frozenset({0}), [_at(text, "Jeune 1 dort.", 1)])
    assert [(turn.speaker, turn.text.reveal()) for turn in cut.turns] == [
        (None, WITHDRAWN), ("Voix 2", f"{WITHDRAWN} Le Baobab est ouvert."),
    ]  # fmt: skip
    assert [cut.turns[1].text.reveal()[a:b] for a, b in cut.turns[1].freed] == ["Le Baobab"]
    assert not protect(WITHDRAWN, Vault.empty()).strip("\0")


def test_plain_data_keeps_what_is_others_and_marks_the_name_elsewhere():
    """The mother keeps her name; what is said of the mother does not keep her son's."""
    entry = {"name": "Zohra Ferhaoui", "role": "mère de Nabil", "agrees": ["return"], "parts": 2}
    found = redacted({"participant": [entry]}, NABIL, {"name", "agrees"}.__contains__)
    assert found == {"participant": [{**entry, "role": f"mère de {WITHDRAWN}"}]}


@pytest.mark.parametrize(
    ("cut", "place", "moved"),
    [
        ("deux trois", (0, 1), (0, 1)),
        ("deux trois", (0, 6), (0, 5)),
        ("deux trois", (1, 3), None),
        ("deux trois", (1, 5), (2, 4)),
        ("deux trois", (0, 2), (0, 1)),
        ("deux trois", (4, 6), (3, 5)),
        ("six", (4, 6), (4, 5)),
        ("un deux trois quatre cinq six", (0, 6), None),
    ],
)
def test_words_given_to_a_voice_stay_its_own_as_far_as_they_stay(
    cut: str, place: tuple[int, int], moved: tuple[int, int] | None
) -> None:
    """The mark that stands for what went is given to nobody; what is named afterwards are the same words."""
    text = "un deux trois quatre cinq six"
    talk = _transcript(_turn("avant"), _turn(text))
    cuts = Cuts.of(["avant", text], [_at(text, cut, 1)])
    act = SpeakerDecision(SpeakerAct.PART, PERSON, AT, "S2", words=(WordRange(0, 0, 1), WordRange(1, *place)))
    (kept,) = cut_speakers([act], talk, cuts, NABIL, frozenset())
    assert kept.words == (WordRange(0, 0, 1), *(() if moved is None else (WordRange(1, *moved),)))
    before = [word.text.reveal() for word in talk.turns[1].words[slice(*place)]]
    after = [word.text.reveal() for word in cut_transcript(talk, cuts, NABIL).turns[1].words]
    if moved is not None:
        stays = [word for word in before if word not in cut.split()]
        assert [word for word in after[slice(*moved)] if word != WITHDRAWN] == stays


def test_a_voice_that_was_somebody_gone_is_nobodys_and_no_earlier_name_comes_back() -> None:
    """Two voices joined stay joined; words that all went leave no decision."""
    talk = _transcript(_turn("un deux"))
    decisions = [
        SpeakerDecision(SpeakerAct.NAME, PERSON, AT, "S1", referent="x-other"),
        SpeakerDecision(SpeakerAct.NAME, PERSON, AT, "S1", referent="x-gone"),
        SpeakerDecision(SpeakerAct.JOIN, PERSON, AT, "S1", joined="S2"),
        SpeakerDecision(SpeakerAct.PART, PERSON, AT, "S3", words=(WordRange(0, 0, 1),)),
    ]
    kept = cut_speakers(decisions, talk, Cuts.of(["un deux"], [Stretch(0, 0, 7)]), NABIL, frozenset({"x-gone"}))
    assert [(one.act, one.referent) for one in kept] == [
        (SpeakerAct.NAME, "x-other"), (SpeakerAct.NAME, None), (SpeakerAct.JOIN, None),
    ]  # fmt: skip
