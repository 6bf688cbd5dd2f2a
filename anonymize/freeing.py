"""Freeing: what people let stand as it was said, one occurrence at a time.

Rules of the module:
1. A *passage* is a stretch that treatment would replace: a span of the draft, or an occurrence of a vault form
   that no span covers. Passages are numbered from 1, in the order of the talk, whatever the audience.
2. An occurrence is a turn and offsets in the corrected text. Freeing one frees no other, not even of the same word. It
   is a passage, whole, or words that are part of none and no longer than a name (the guard suspects some): never a part
   of a passage, nor a sentence.
3. A freed occurrence is set aside before treatment and put back, letter for letter, after it. Treated text knows
   where it came to stand; nothing else of the text is let through.
4. What is surely a youth's (a sure span, a form the vault knows a youth by, any mention linked to one) takes two
   people, each with a reason; everything else one. As long as one is missing it stays masked, and also if the vault
   learns only afterwards that the word is a youth's.
5. Masking again takes one person, and undoes every freeing of that occurrence before it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from anonymize.forms import Forms
from anonymize.vault import Vault
from vocabulary.choices import EntityType, Tier
from vocabulary.draft import FREE, MASK, Decision, Draft
from vocabulary.span import Span, Stretch
from vocabulary.text import HIDDEN, IdentifiedText, TreatedText
from vocabulary.transcript import Transcript, TreatedTranscript, TreatedTurn

KNOWN = "vault form"
"""The reason of a passage that nothing but the vault found."""
MISHEARD_YOUTH = "misheard youth"
"""The reason of a passage that was surely a youth's, and may be the misheard name of another."""
ONCE_A_YOUTH = "once a youth"
"""The reason of a passage that was surely a youth's, and is held to be a place since."""


def surely_a_youths(span: Span) -> bool:
    """Whether a span is surely a youth's, or was until something else was thought of it."""
    sure = span.label is EntityType.YOUTH and span.tier is Tier.SURE
    return sure or not {MISHEARD_YOUTH, ONCE_A_YOUTH}.isdisjoint(span.reasons)


def passages(transcript: Transcript, draft: Draft, vault: Vault) -> tuple[Span, ...]:
    """Return every passage, in order; passage K is the K-th, from 1."""
    forms = Forms(vault.forms())
    found = list(draft.spans)
    for number, turn in enumerate(transcript.turns):
        own = [span.stretch for span in draft.spans if span.turn == number]
        for one in forms.find(turn.text.reveal()):
            if not any(stretch.meets(one.start, one.end) for stretch in own):
                found.append(Span(number, one.start, one.end, one.label, reasons=(KNOWN,), cluster=one.referent))
    return tuple(sorted(found))


LONGEST = 60
"""Characters of words that are freed without being a passage, at most."""


def freeable(stretch: Stretch, found: Sequence[Span]) -> bool:
    """Whether a stretch may be freed (rule 2); ``found`` are the passages."""
    met = {span.stretch for span in found if span.turn == stretch.turn and stretch.meets(span.start, span.end)}
    return met == {stretch} if met else stretch.end - stretch.start <= LONGEST


def freers(decisions: Sequence[Decision]) -> dict[Stretch, frozenset[str]]:
    """Return who freed each occurrence, and has not seen it masked again."""
    standing: dict[Stretch, frozenset[str]] = {}
    for decision in decisions:
        if decision.stretch is not None and decision.act == FREE:
            standing[decision.stretch] = standing.get(decision.stretch, frozenset()) | {decision.person}
        elif decision.stretch is not None and decision.act == MASK:
            standing.pop(decision.stretch, None)
    return standing


def needed(transcript: Transcript, draft: Draft, vault: Vault, stretches: Sequence[Stretch]) -> dict[Stretch, int]:
    """Return how many people it takes to free each of ``stretches`` (rule 4)."""
    youths = Forms([entry for entry in vault.forms() if entry[2] is EntityType.YOUTH])
    known_youths = {referent.id for referent in vault.referents if referent.kind is EntityType.YOUTH}
    asked: dict[Stretch, int] = {}
    for stretch in stretches:
        spans = (
            span for span in draft.spans if span.turn == stretch.turn and stretch.meets(span.start, span.end)
            and (surely_a_youths(span) or span.cluster in known_youths)
        )  # fmt: skip
        known = youths.find(transcript.turns[stretch.turn].text.reveal())
        is_youth = any(spans) or any(stretch.meets(one.start, one.end) for one in known)
        asked[stretch] = 2 if is_youth else 1
    return asked


def freed(transcript: Transcript, draft: Draft, vault: Vault) -> tuple[Stretch, ...]:
    """Return the occurrences that enough people have freed, in order."""
    standing = freers(draft.decisions)
    found = passages(transcript, draft, vault) if standing else ()
    by = {one: people for one, people in standing.items() if _fits(one, transcript) and freeable(one, found)}
    asked = needed(transcript, draft, vault, tuple(by))
    return tuple(sorted(stretch for stretch, people in by.items() if len(people) >= asked[stretch]))


def _fits(stretch: Stretch, transcript: Transcript) -> bool:
    return stretch.turn < len(transcript.turns) and stretch.end <= len(transcript.turns[stretch.turn].text)


@dataclass(frozen=True)
class SetAside:
    """A transcript and its draft without what was freed, and the words to put back, by turn and in order."""

    transcript: Transcript
    draft: Draft
    words: Mapping[int, tuple[str, ...]]

    def put_back(self, treated: TreatedTranscript) -> TreatedTranscript:
        """Return ``treated``, which was made of this, with every word back in its place."""
        turns = tuple(_with_words(turn, self.words.get(n, ())) for n, turn in enumerate(treated.turns))
        return replace(treated, turns=turns)


def set_aside(transcript: Transcript, draft: Draft, vault: Vault) -> SetAside:
    """Take what was freed out of what treatment is given: nothing there is a mention, and offsets stay."""
    turns, words = list(transcript.turns), dict[int, tuple[str, ...]]()
    gone: list[Stretch] = []
    for stretch in freed(transcript, draft, vault):
        text = turns[stretch.turn].text.reveal()
        if HIDDEN in transcript.turns[stretch.turn].text.reveal() or any(one.turn == stretch.turn and one.meets(
                stretch.start, stretch.end) for one in gone):  # fmt: skip
            continue  # it could not be told apart afterwards: it stays masked
        gone.append(stretch)
        words[stretch.turn] = (*words.get(stretch.turn, ()), text[stretch.start : stretch.end])
        hidden = text[: stretch.start] + HIDDEN * (stretch.end - stretch.start) + text[stretch.end :]
        turns[stretch.turn] = replace(turns[stretch.turn], text=IdentifiedText(hidden))
    spans = tuple(
        span
        for span in draft.spans
        if not any(one.turn == span.turn and one.meets(span.start, span.end) for one in gone)
    )
    return SetAside(replace(transcript, turns=tuple(turns)), replace(draft, spans=spans), words)


def _with_words(turn: TreatedTurn, words: Sequence[str]) -> TreatedTurn:
    text, places, position = turn.text.reveal(), list[tuple[int, int]](), 0
    for word in words:
        start = text.find(HIDDEN * len(word), position)
        if start < 0:
            raise ValueError("what was set aside did not come through treatment")
        text = text[:start] + word + text[start + len(word) :]
        position = start + len(word)
        places.append((start, position))
    return replace(turn, text=TreatedText(text), freed=tuple(places))
