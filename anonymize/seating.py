"""Seating: who speaks, as people corrected it in the review.

Rules of the module:
1. The verbatim never changes, and neither do the places a draft holds: they are turns and offsets of the verbatim.
   Who speaks is a function of the verbatim and of the decisions, in their order; a later one goes before an earlier.
2. Everybody who reads a draft reads it *seated*: turns cut where the words of another voice begin, and spans,
   decisions and proposals at their places in those turns. What is decided there is taken back to the verbatim's places.
3. Nothing is lost: a span that lies on a cut becomes two. What was freed across a cut is masked again: nobody read it
   as it now stands.
4. A place of the verbatim is written TURN, or TURN:FIRST-LAST for some of its words, counted from 1. No decision
   changes what such a place means.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise

from vocabulary.draft import Decision, Draft, Proposal
from vocabulary.span import Span, Stretch
from vocabulary.speakers import SpeakerAct, SpeakerDecision, WordRange
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Transcript, Turn


@dataclass(frozen=True)
class Piece:
    """Where a seated turn comes from: words of a turn of the verbatim, and the offset of its text in that turn."""

    words: WordRange
    of: int
    start: int
    stop: int

    @property
    def whole(self) -> bool:
        return self.words.first == 0 and self.words.end == self.of

    def __str__(self) -> str:
        turn = str(self.words.turn + 1)
        return turn if self.whole else f"{turn}:{self.words.first + 1}-{self.words.end}"


@dataclass(frozen=True)
class Seating:
    """A transcript as people corrected who speaks in it, and where each of its turns comes from.

    ``people`` holds, by label, the participant (id of the referent) a person recognised, or None for somebody they
    said is none; a label without an entry was left to what the talk says.
    """

    transcript: Transcript
    pieces: tuple[Piece, ...]
    people: Mapping[str, str | None]

    @property
    def texts(self) -> list[str]:
        """What is said in each turn."""
        return [turn.text.reveal() for turn in self.transcript.turns]

    @property
    def labels(self) -> list[str]:
        """Who speaks in each turn."""
        return [turn.speaker for turn in self.transcript.turns]

    def draft(self, draft: Draft) -> Draft:
        """Return ``draft``, which holds places of the verbatim, with the places of the seated transcript."""
        return replace(
            draft,
            spans=tuple(sorted(piece for span in draft.spans for piece in self._spans(span))),
            decisions=tuple(self._decisions(draft.decisions)),
            proposals=tuple(self._proposals(draft.proposals)),
        )

    def here(self, stretch: Stretch) -> tuple[Stretch, ...]:
        """Return where a stretch of the verbatim stands in the seated transcript: two where it lies on a cut."""
        found = []
        for number, piece in enumerate(self.pieces):
            start, stop = max(stretch.start, piece.start), min(stretch.end, piece.stop)
            if piece.words.turn == stretch.turn and start < stop:
                found.append(Stretch(number, start - piece.start, stop - piece.start))
        return tuple(found)

    def heard(self, stretch: Stretch) -> Stretch:
        """Return where a stretch of the seated transcript stands in the verbatim."""
        piece = self.pieces[stretch.turn]
        return Stretch(piece.words.turn, stretch.start + piece.start, stretch.end + piece.start)

    def heard_span(self, span: Span) -> Span:
        """Return a span of the seated transcript as one of the verbatim."""
        at = self.heard(span.stretch)
        return replace(span, turn=at.turn, start=at.start, end=at.end)

    def heard_proposal(self, proposal: Proposal) -> Proposal:
        """Return a proposal about the seated transcript as one about the verbatim."""
        return replace(proposal, passages=tuple(sorted(self.heard(one) for one in proposal.passages)))

    def _spans(self, span: Span) -> list[Span]:
        return [replace(span, turn=at.turn, start=at.start, end=at.end) for at in self.here(span.stretch)]

    def _decisions(self, decisions: Sequence[Decision]) -> Iterator[Decision]:
        for decision in decisions:
            places = () if decision.stretch is None else self.here(decision.stretch)
            if decision.stretch is None:
                yield decision
            elif len(places) == 1 and places[0].end - places[0].start == decision.stretch.end - decision.stretch.start:
                yield replace(decision, stretch=places[0])

    def _proposals(self, proposals: Sequence[Proposal]) -> Iterator[Proposal]:
        for proposal in proposals:
            places = sorted({at for one in proposal.passages for at in self.here(one)[:1]})
            if len(places) > 1:
                yield replace(proposal, passages=tuple(places))


def speakers_of(transcript: Transcript, decisions: Sequence[SpeakerDecision]) -> Seating:
    """Return ``transcript`` with the turns and labels that ``decisions`` come to. Words out of range are left alone."""
    said = [[turn.speaker] * max(1, len(turn.words)) for turn in transcript.turns]
    given = [[False] * len(labels) for labels in said]
    people: dict[str, str | None] = {}
    for one in decisions:
        if one.act is SpeakerAct.JOIN and one.joined is not None:
            said = [[one.speaker if label == one.joined else label for label in labels] for labels in said]
            known = people.pop(one.joined, None)
            if people.get(one.speaker) is None and known is not None:
                people[one.speaker] = known
        elif one.act is SpeakerAct.NAME:
            people[one.speaker] = one.referent
        for place in one.words:
            if place.turn < len(said):
                count = len(said[place.turn][place.first : place.end])
                said[place.turn][place.first : place.end] = [one.speaker] * count
                given[place.turn][place.first : place.end] = [True] * count
    turns: list[Turn] = []
    pieces: list[Piece] = []
    for number, (turn, labels) in enumerate(zip(transcript.turns, said, strict=True)):
        starts = word_starts(turn)
        for piece in _pieces(number, labels, starts, turn):
            turns.append(_cut(turn, piece, labels[piece.words.first], given[number]))
            pieces.append(piece)
    return Seating(replace(transcript, turns=tuple(turns)), tuple(pieces), people)


def word_starts(turn: Turn) -> list[int]:
    """Return the offset, in a turn's text, at which each of its words begins; [0] for a turn without words.

    Where the text was corrected, the words that were heard are laid against the words that stand there.
    """
    text = turn.text.reveal()
    tokens, at = text.split(), 0
    places: list[int] = []
    for token in tokens:
        at = text.index(token, at)
        places.append(at)
        at += len(token)
    if not turn.words:
        return [0]
    heard = [word.text.reveal() for word in turn.words]
    if len(heard) == len(tokens):
        return places
    places.append(len(text))
    starts: list[int] = []
    for _, first, end, at, stop in SequenceMatcher(None, heard, tokens, autojunk=False).get_opcodes():
        starts += [places[min(at + word - first, stop)] for word in range(first, end)]
    return starts


def _pieces(number: int, labels: Sequence[str], starts: Sequence[int], turn: Turn) -> Iterator[Piece]:
    """Yield the pieces of one turn, without those whose words were all corrected away."""
    text, count = turn.text.reveal(), len(labels)
    cuts = [0, *(word for word in range(1, count) if labels[word] != labels[word - 1]), count]
    for first, end in pairwise(cuts):
        start = starts[first] if first else 0
        stop = starts[end] if end < count else len(text)
        stop = start + len(text[start:stop].rstrip())
        if start < stop or count == 1:
            yield Piece(WordRange(number, first, end), count, start, stop)


def _cut(turn: Turn, piece: Piece, label: str, given: Sequence[bool]) -> Turn:
    """Return the piece of a turn as a turn. What a person gave to somebody is certain."""
    first, end = piece.words.first, piece.words.end
    words = turn.words[first:end]
    return replace(
        turn,
        speaker=label,
        start=words[0].start if words and first else turn.start,
        end=words[-1].end if words and end < len(turn.words) else turn.end,
        text=turn.text if piece.whole else IdentifiedText(turn.text.reveal()[piece.start : piece.stop]),
        words=words,
        certainty=1.0 if all(given[first:end]) else turn.certainty,
    )
