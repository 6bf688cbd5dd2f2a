"""Who speaks, as people corrected it: turns are cut, labels change, and no place of the verbatim moves."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymize.seating import Seating, speakers_of, word_starts
from vocabulary.choices import Doubt, EntityType
from vocabulary.draft import FREE, Decision, Draft, Proposal
from vocabulary.span import Span, Stretch
from vocabulary.speakers import SpeakerAct, SpeakerDecision, WordRange
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Transcript, Turn, Word

CAMILLE, AT = "p-" + "1" * 32, "2026-03-14T09:00:00Z"
PERSON = EntityType.PERSON


def turn(speaker: str, text: str, start: float = 0.0, words: Sequence[str] | None = None) -> Turn:
    heard = text.split() if words is None else words
    timed = tuple(Word(IdentifiedText(word), start + at, start + at + 0.8, 0.9) for at, word in enumerate(heard))
    return Turn(speaker, start, start + len(heard), IdentifiedText(text), timed)


def talk(*turns: tuple[str, str]) -> Transcript:
    said = tuple(turn(speaker, text, 100.0 * at) for at, (speaker, text) in enumerate(turns))
    return Transcript(said, "fr", 100.0 * len(turns), "none")


def part(speaker: str, *words: tuple[int, int, int]) -> SpeakerDecision:
    return SpeakerDecision(SpeakerAct.PART, CAMILLE, AT, speaker, words=tuple(WordRange(*one) for one in words))


def join(speaker: str, joined: str) -> SpeakerDecision:
    return SpeakerDecision(SpeakerAct.JOIN, CAMILLE, AT, speaker, joined=joined)


def name(speaker: str, referent: str | None) -> SpeakerDecision:
    return SpeakerDecision(SpeakerAct.NAME, CAMILLE, AT, speaker, referent=referent)


def read(seating: Seating) -> list[tuple[str, str, str]]:
    return [
        (str(piece), one.speaker, one.text.reveal())
        for piece, one in zip(seating.pieces, seating.transcript.turns, strict=True)
    ]


TALK = talk(("S1", "Tu viens ce soir ?"), ("S2", "Oui bien sûr et toi Karim ?"), ("S3", "Moi non."))


def test_without_decisions_a_transcript_is_seated_as_it_was_heard() -> None:
    """Nothing is cut, and every turn is called by its number."""
    seating = speakers_of(TALK, ())
    assert seating.transcript == TALK
    assert [str(piece) for piece in seating.pieces] == ["1", "2", "3"]


def test_two_labels_become_one() -> None:
    """Everywhere, and the turns stay those they were."""
    assert speakers_of(TALK, [join("S1", "S3")]).labels == ["S1", "S2", "S1"]


def test_words_given_to_another_voice_cut_their_turn() -> None:
    """Text, words and times go with each piece; what a person gave is certain."""
    seating = speakers_of(TALK, [part("S3", (1, 3, 6))])
    assert read(seating) == [
        ("1", "S1", "Tu viens ce soir ?"),
        ("2:1-3", "S2", "Oui bien sûr"),
        ("2:4-6", "S3", "et toi Karim"),
        ("2:7-7", "S2", "?"),
        ("3", "S3", "Moi non."),
    ]
    piece = seating.transcript.turns[2]
    assert (piece.start, piece.end, piece.certainty) == (103.0, 105.8, 1.0)
    assert [word.text.reveal() for word in piece.words] == ["et", "toi", "Karim"]


def test_a_place_means_the_same_words_whatever_was_parted_before() -> None:
    """The second decision speaks of words of the verbatim, not of the pieces the first one made."""
    first = speakers_of(TALK, [part("S3", (1, 3, 7))])
    second = speakers_of(TALK, [part("S3", (1, 3, 7)), part("S1", (1, 5, 7))])
    assert read(first)[2] == ("2:4-7", "S3", "et toi Karim ?")
    assert read(second)[2:4] == [("2:4-5", "S3", "et toi"), ("2:6-7", "S1", "Karim ?")]


def test_a_later_decision_goes_before_an_earlier_one() -> None:
    """Words given back make the turn whole again."""
    seating = speakers_of(TALK, [part("S1", (1, 3, 7)), part("S2", (1, 3, 7))])
    assert [text for _, _, text in read(seating)] == [one.text.reveal() for one in TALK.turns]


def test_who_is_recognised_stays_so_when_voices_are_joined() -> None:
    """The name goes with the voice; taking it back leaves nobody, which is not the same as nothing said."""
    assert speakers_of(TALK, [name("S3", "v-1"), join("S1", "S3")]).people == {"S1": "v-1"}
    assert speakers_of(TALK, [name("S3", "v-1"), name("S3", None)]).people == {"S3": None}
    assert speakers_of(TALK, ()).people == {}


def test_spans_and_decisions_are_read_at_their_places_in_the_pieces() -> None:
    """What a span covers is the same before and after, and goes back to where it was."""
    text = TALK.turns[1].text.reveal()
    span = Span(1, text.index("Karim"), text.index("Karim") + 5, PERSON, cluster="v-1")
    freed = Decision(FREE, CAMILLE, AT, Stretch(1, 0, 3), IdentifiedText("un mot"))
    asked = Proposal(Doubt.ALIKE, ("v-1", "v-2"), (Stretch(0, 0, 2), span.stretch))
    draft = Draft((span,), (freed,), {}, "test", 0, (asked,))
    seating = speakers_of(TALK, [part("S3", (1, 3, 7))])
    seated = seating.draft(draft)
    assert seated.spans[0].of(seating.transcript.turns[2].text) == IdentifiedText("Karim")
    assert seated.decisions[0].stretch == Stretch(1, 0, 3)
    assert seated.proposals[0].passages == (Stretch(0, 0, 2), seated.spans[0].stretch)
    assert seating.heard_span(seated.spans[0]) == span
    assert seating.heard_proposal(seated.proposals[0]) == asked


def test_a_span_on_a_cut_becomes_two_and_what_was_freed_there_is_masked_again() -> None:
    """Nothing that was found is lost, and nobody reads what nobody freed."""
    text = TALK.turns[1].text.reveal()
    span = Span(1, text.index("toi"), text.index(" ?"), PERSON, cluster="v-1")
    freed = Decision(FREE, CAMILLE, AT, span.stretch, IdentifiedText("un mot"))
    seating = speakers_of(TALK, [part("S3", (1, 5, 7))])
    seated = seating.draft(Draft((span,), (freed,), {}, "test", 0))
    assert [one.of(seating.transcript.turns[one.turn].text).reveal() for one in seated.spans] == ["toi", "Karim"]
    assert seated.decisions == ()


def test_a_corrected_turn_is_cut_at_the_word_that_was_heard() -> None:
    """The text has a word less than was heard; the cut falls before the same word."""
    words = ["Bonjour", "Mali", "que", "Ben", "Ali", "je", "suis", "là"]
    heard = turn("S1", "Bonjour Malik Benali je suis là", words=words)
    transcript = Transcript((heard,), "fr", 10.0, "none")
    seating = speakers_of(transcript, [part("S2", (0, 5, 8))])
    assert [text for _, _, text in read(seating)] == ["Bonjour Malik Benali", "je suis là"]


def test_a_turn_without_words_goes_as_a_whole() -> None:
    """It has one word, as far as places go."""
    transcript = Transcript((Turn("S1", 0.0, 2.0, IdentifiedText("Tu viens ?")),), "fr", 2.0, "none")
    assert read(speakers_of(transcript, [part("S2", (0, 0, 1))])) == [("1", "S2", "Tu viens ?")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"act": SpeakerAct.JOIN, "speaker": "S1"},
        {"act": SpeakerAct.JOIN, "speaker": "S1", "joined": "S1"},
        {"act": SpeakerAct.PART, "speaker": "S1"},
        {"act": SpeakerAct.PART, "speaker": "Nadège", "words": (WordRange(0, 0, 1),)},
        {"act": SpeakerAct.JOIN, "speaker": "S1", "joined": "S2", "referent": "v-1"},
        {"act": SpeakerAct.NAME, "speaker": "S1", "words": (WordRange(0, 0, 1),)},
    ],
)
def test_a_decision_says_what_it_is_about_and_nothing_else(wrong: dict[str, object]) -> None:
    """A name is no label, and a decision that lacks its object, or has another one's, is refused."""
    with pytest.raises(ValueError):
        SpeakerDecision(person=CAMILLE, at=AT, **wrong)  # type: ignore[arg-type]


TEXTS = st.lists(st.lists(st.sampled_from(["oui", "mais", "Karim", "là", "e"]), min_size=1, max_size=6), min_size=1)
LABELS = st.sampled_from(["S1", "S2", "S3"])


@st.composite
def decisions(draw: st.DrawFn, texts: Sequence[Sequence[str]]) -> list[SpeakerDecision]:
    found = []
    for _ in range(draw(st.integers(0, 5))):
        kind = draw(st.sampled_from(SpeakerAct))
        speaker = draw(LABELS)
        if kind is SpeakerAct.PART:
            number = draw(st.integers(0, len(texts) - 1))
            first = draw(st.integers(0, len(texts[number]) - 1))
            found.append(part(speaker, (number, first, draw(st.integers(first + 1, len(texts[number]))))))
        elif kind is SpeakerAct.NAME:
            found.append(name(speaker, draw(st.sampled_from(["v-1", None]))))
        else:
            found.append(join(speaker, draw(LABELS.filter(lambda one, other=speaker: one != other))))
    return found


@given(st.data())
def test_no_word_is_lost_and_every_place_leads_there_and_back(data: st.DataObject) -> None:
    """Whatever is decided: the words of the talk, in order; and a place of a piece is that place of the verbatim."""
    texts = data.draw(TEXTS)
    transcript = talk(*((data.draw(LABELS), " ".join(words)) for words in texts))
    made = data.draw(decisions(texts))
    seating = speakers_of(transcript, made)
    words = [word for one in seating.transcript.turns for word in one.words]
    assert words == [word for one in transcript.turns for word in one.words]
    for number, (piece, one) in enumerate(zip(seating.pieces, seating.transcript.turns, strict=True)):
        assert one.text.reveal() == " ".join(word.text.reveal() for word in one.words)
        whole = Stretch(number, 0, len(one.text))
        heard = seating.heard(whole)
        assert transcript.turns[heard.turn].text.reveal()[heard.start : heard.end] == one.text.reveal()
        assert seating.here(heard) == (whole,)
        assert word_starts(transcript.turns[piece.words.turn])[piece.words.first] == piece.start


@given(st.data())
def test_a_draft_reads_back_what_was_decided(data: st.DataObject) -> None:
    """``from_bytes(to_bytes(draft)) == draft``, decisions about speakers included."""
    made = data.draw(decisions([["oui", "mais"], ["Karim"]]))
    draft = Draft((), (), {}, "test", 0, speakers=tuple(made), verbatim="r-" + "0" * 32)
    assert Draft.from_bytes(draft.to_bytes()) == draft
    assert draft.reviewers == ({CAMILLE} if made else set())


def test_a_draft_of_the_format_before_knows_nothing_of_speakers() -> None:
    """It is read, and what is decided from then on is written in the format of today."""
    before = replace(Draft((), (), {}, "test", 0)).to_bytes().replace(b"huisclos-draft/3", b"huisclos-draft/2")
    before = before.replace(b',"speakers":[]', b"").replace(b',"verbatim":null', b"")
    found = Draft.from_bytes(before)
    assert (found.speakers, found.verbatim) == ((), None)
    assert b"huisclos-draft/3" in found.to_bytes()
