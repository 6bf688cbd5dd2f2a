"""Excision: taking passages out of a session's talk so that everything else keeps its place.

Rules of the module:
1. What is taken out leaves one mark, ``[retiré]``, in the text and among the words; the turn stays, with its number and
   its times. Passages with nothing between them but signs leave one mark together.
2. The words that were heard go with the text that stands for them, and so does any word that names the person, even
   where the text was corrected to something else.
3. A span, a decision or a proposal about what is taken out goes; every other keeps its characters, which may stand
   elsewhere in the turn. In the reason of a decision the person's name gives way to the mark.
4. The verbatim is what was heard, and a draft speaks of its corrected text (vocabulary/corrections.py): a passage is
   taken out of both, with the whole of every correction it touches, and what is left of the one still gives the other.
5. What people decided of who speaks stays for the words that stay: a mark is nobody's in particular, and a voice that
   was the person's is nobody's.
6. In a treated text the turns that the person spoke become a notice: nobody's.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from anonymize.forms import Forms
from anonymize.timing import words_of
from anonymize.wanted import heard_only
from vocabulary.corrections import Correction, corrected, corrected_at, heard_at
from vocabulary.draft import Decision, Draft, Proposal
from vocabulary.span import Span, Stretch
from vocabulary.speakers import SpeakerDecision, WordRange
from vocabulary.text import IdentifiedText, TreatedText
from vocabulary.transcript import Transcript, TreatedTranscript, TreatedTurn, Turn, Word

WITHDRAWN = "[retiré]"
"""What stands where something was taken out: brackets and lower case, so that the egress guard takes it for a mask."""


@dataclass(frozen=True)
class Cuts:
    """What is taken out of each turn: half-open offsets in its text as it was, in order, none meeting another."""

    turns: Mapping[int, tuple[tuple[int, int], ...]]

    @classmethod
    def of(cls, texts: Sequence[str], passages: Iterable[Stretch]) -> "Cuts":
        """Gather ``passages`` of ``texts``, one a turn; ValueError for one that reaches past its turn."""
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for one in sorted(passages):
            text, cuts = texts[one.turn], found[one.turn]
            if one.end > len(text):
                raise ValueError(f"a passage {one} does not fit a turn of {len(text)} characters")
            if cuts and not any(letter.isalnum() for letter in text[cuts[-1][1] : one.start]):
                cuts[-1] = cuts[-1][0], max(cuts[-1][1], one.end)
            else:
                cuts.append((one.start, one.end))
        return cls({turn: tuple(cuts) for turn, cuts in found.items()})

    def text(self, turn: int, text: str) -> str:
        """The text of a turn without what is taken out."""
        position, kept = 0, []
        for start, end in self.turns.get(turn, ()):
            kept += [text[position:start], WITHDRAWN]
            position = end
        return "".join([*kept, text[position:]])

    def moved(self, turn: int, start: int, end: int) -> tuple[int, int] | None:
        """Where ``start:end`` of a turn stands afterwards; None if any of it is taken out."""
        gone = 0
        for begin, stop in self.turns.get(turn, ()):
            if start < stop and end > begin:
                return None
            if stop <= start:
                gone += stop - begin - len(WITHDRAWN)
        return start - gone, end - gone


def cut_transcript(transcript: Transcript, cuts: Cuts, matcher: Forms) -> Transcript:
    """Return a verbatim without what is taken out; ``matcher`` finds the person's name among the words."""
    turns = tuple(_cut_turn(number, turn, cuts, matcher) for number, turn in enumerate(transcript.turns))
    return replace(transcript, turns=turns)


def cut_speakers(
    decisions: Iterable[SpeakerDecision], transcript: Transcript, cuts: Cuts, matcher: Forms, gone: frozenset[str]
) -> tuple[SpeakerDecision, ...]:
    """Return the decisions about who speaks in ``transcript`` as they stand once ``cut_transcript`` has cut it.

    ``gone`` are referents whom no voice may be any more. That a voice was one of them is not forgotten but taken back:
    else what was decided of it before would count again.
    """
    found = []
    for one in decisions:
        referent = None if one.referent in gone else one.referent
        moved = (_moved_words(place, transcript, cuts, matcher) for place in one.words)
        words = tuple(place for place in moved if place is not None)
        if words or not one.words:
            found.append(replace(one, referent=referent, words=words))
    return tuple(found)


def _moved_words(place: WordRange, transcript: Transcript, cuts: Cuts, matcher: Forms) -> WordRange | None:
    """Where words of a turn stand afterwards, from the first that stays to the last; None if none does."""
    if place.turn >= len(transcript.turns):
        return None
    turn = transcript.turns[place.turn]
    ranges = _ranges(place.turn, turn, cuts, matcher)
    stay = [
        word
        for word in range(place.first, min(place.end, max(1, len(turn.words))))
        if not any(first <= word < last for first, last in ranges)
    ]
    if not stay:
        return None
    shift = [(last, last - first - 1) for first, last in ranges if first < last]
    begin, end = (word - sum(less for last, less in shift if last <= word) for word in (stay[0], stay[-1]))
    return WordRange(place.turn, begin, end + 1)


def _cut_turn(number: int, turn: Turn, cuts: Cuts, matcher: Forms) -> Turn:
    ranges = _ranges(number, turn, cuts, matcher)
    text = cuts.text(number, turn.text.reveal())
    if not ranges:
        return turn if number not in cuts.turns else replace(turn, text=IdentifiedText(text))
    words: list[Word] = []
    position = 0
    for first, last in ranges:
        words += turn.words[position:first]
        if first < last:
            start, end = turn.words[first].start, turn.words[last - 1].end
            words.append(Word(IdentifiedText(WITHDRAWN), start, end, 1.0))
        position = max(position, last)
    return replace(turn, text=IdentifiedText(text), words=(*words, *turn.words[position:]))


def _ranges(number: int, turn: Turn, cuts: Cuts, matcher: Forms) -> list[tuple[int, int]]:
    """The half-open ranges of the words of a turn that go, in order."""
    ranges = [words_of(turn, start, end) for start, end in cuts.turns.get(number, ())]
    return _joined([*ranges, *heard_only(turn, matcher)])


def _joined(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return joined


def fitting(draft: Draft | None, verbatim: Transcript) -> Draft | None:
    """Return a draft if it was made of this verbatim, as far as can be told; None for one of another."""
    if draft is None:
        return None
    try:
        texts = [turn.text for turn in corrected(verbatim, draft.corrections).turns]
        for span in draft.spans:
            span.of(texts[span.turn])
    except (ValueError, IndexError):
        return None
    return draft


def cuts_of(verbatim: Transcript, corrections: Sequence[Correction], passages: Iterable[Stretch]) -> tuple[Cuts, Cuts]:
    """Return what ``passages`` of the corrected text take out of the verbatim, and of the corrected text."""
    heard = [heard_at(one, corrections) for one in passages]
    texts = [turn.text.reveal() for turn in verbatim.turns]
    read = [turn.text.reveal() for turn in corrected(verbatim, corrections).turns]
    return Cuts.of(texts, heard), Cuts.of(read, [corrected_at(one, corrections) for one in heard])


def cut_draft(draft: Draft, heard: Cuts, read: Cuts, gone: frozenset[str], matcher: Forms) -> Draft:
    """Return a draft for the verbatim that ``heard`` leaves; ``read`` are the cuts of the text it speaks of, and
    ``gone`` the referents taken out of the vault."""
    cuts = read
    corrections = ((one, moved_stretch(one.stretch, heard)) for one in draft.corrections)
    moved = (_moved_span(span, cuts, gone) for span in draft.spans)
    decided = (_moved_decision(one, cuts, matcher) for one in draft.decisions)
    proposed = (_moved_proposal(one, cuts, gone) for one in draft.proposals)
    return replace(
        draft,
        spans=tuple(one for one in moved if one is not None),
        decisions=tuple(one for one in decided if one is not None),
        proposals=tuple(one for one in proposed if one is not None),
        corrections=tuple(replace(one, stretch=stretch) for one, stretch in corrections if stretch is not None),
    )


def moved_stretch(stretch: Stretch, cuts: Cuts) -> Stretch | None:
    """Where a stretch stands afterwards; None if any of it is taken out."""
    place = cuts.moved(stretch.turn, stretch.start, stretch.end)
    return None if place is None else Stretch(stretch.turn, *place)


def _moved_span(span: Span, cuts: Cuts, gone: frozenset[str]) -> Span | None:
    place = cuts.moved(span.turn, span.start, span.end)
    if place is None:
        return None
    cluster = None if span.cluster in gone else span.cluster
    return replace(span, start=place[0], end=place[1], cluster=cluster)


def _moved_decision(decision: Decision, cuts: Cuts, matcher: Forms) -> Decision | None:
    if decision.stretch is None:
        return decision
    stretch = moved_stretch(decision.stretch, cuts)
    if stretch is None:
        return None
    reason = decision.reason
    if reason is not None:
        reason = IdentifiedText(without_name(reason.reveal(), matcher))
    return replace(decision, stretch=stretch, reason=reason)


def _moved_proposal(proposal: Proposal, cuts: Cuts, gone: frozenset[str]) -> Proposal | None:
    places = [moved_stretch(one, cuts) for one in proposal.passages]
    kept = tuple(one for one in places if one is not None)
    if gone & set(proposal.clusters) or len(kept) < len(places):
        return None  # what is left of it would show something else than what was asked
    return replace(proposal, passages=kept)


def without_name(text: str, matcher: Forms) -> str:
    """Return ``text`` with the mark where the person is named."""
    for found in reversed(matcher.find(text)):
        text = text[: found.start] + WITHDRAWN + text[found.end :]
    return text


def cut_treated(treated: TreatedTranscript, spoken: frozenset[int], passages: Iterable[Stretch]) -> TreatedTranscript:
    """Return a treated text without the turns ``spoken`` and without ``passages``, in offsets of its own turns."""
    cuts = Cuts.of([turn.text.reveal() for turn in treated.turns], passages)
    turns = []
    for number, turn in enumerate(treated.turns):
        if number in spoken:
            turns.append(TreatedTurn(None, turn.start, turn.end, TreatedText(WITHDRAWN)))
        elif number in cuts.turns:
            turns.append(_cut_treated_turn(number, turn, cuts))
        else:
            turns.append(turn)
    return replace(treated, turns=tuple(turns))


def _cut_treated_turn(number: int, turn: TreatedTurn, cuts: Cuts) -> TreatedTurn:
    places = (cuts.moved(number, start, end) for start, end in turn.freed)
    freed = tuple(one for one in places if one is not None)
    return replace(turn, text=TreatedText(cuts.text(number, turn.text.reveal())), freed=freed)


def redacted(value: object, matcher: Forms, keeps: Callable[[str], bool]) -> object:
    """Return plain data (a dossier read as TOML) with the mark where text names the person.

    ``keeps`` says of which keys the values stay as they are.
    """
    if isinstance(value, str):
        return without_name(value, matcher)
    if isinstance(value, list):
        return [redacted(item, matcher, keeps) for item in value]
    if isinstance(value, dict):
        return {key: item if keeps(key) else redacted(item, matcher, keeps) for key, item in value.items()}
    return value
