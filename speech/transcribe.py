"""The parts of a session in, its transcript out.

Rules this module keeps:

* Parts are laid end to end: times run from the beginning of the first one through all of them.
* Work goes block by block (speech/blocks.py). Each but the last is handed over when it is done, the last is in the
  transcript; one that was done before, and given back, is not done again. The result is the same as without the
  interruption.
* Samples come as a stream: no more of them than a block lies in memory. Voices are told apart in a second pass
  over the stream, at the end.
* Stretches the group asked to keep out are silenced in the recordings given here already.
* A damaged recording is transcribed as far as it can be read, with a warning in the transcript; so is talk that was
  hard to hear, or that the model wrote without capitals or ends of sentences.
* Blocks hold what was heard; hesitations are dropped from the transcript only, if they are to be.
* Without a single word there is no transcript: NO_SPEECH, so that somebody listens to the recording.
* Samples and text live in memory only; what is raised holds neither.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from speech.blocks import LONGEST, Block, cut, moved
from speech.casing import is_bare
from speech.diarise import Diariser
from speech.hesitations import without_hesitations
from speech.recognise import Recogniser
from speech.recording import RATE, Facts, Limits, Samples, probe, stream
from speech.turns import Utterance, turns, utterances
from speech.uncertain import is_hard_to_hear
from vocabulary.choices import Caution, Reason
from vocabulary.dossier import Dossier
from vocabulary.errors import RecordingError
from vocabulary.messages import N_
from vocabulary.transcript import Transcript, Turn

DAMAGED = N_(
    "A recording is damaged or was cut off: what could be read of it was transcribed. Compare the end of the "
    "transcript with what you remember, and look for the original on the recorder."
)
WARNINGS = {
    Caution.DAMAGED: DAMAGED,
    Caution.BARE: N_(
        "The speech model wrote this talk with hardly any capitals or ends of sentences. Fewer names are found in such "
        "a text: read it more carefully than usual, or transcribe it with another model (speech.model)."
    ),
    Caution.HARD_TO_HEAR: N_(
        "Much of this recording was hard to hear, and much of the transcript may be wrong, names included. Compare it "
        "with the recording, or transcribe it with a larger model (speech.model)."
    ),
}
"""What the review says of a transcript, by what is the matter with it."""

_RECOGNISED = 0.97  # share of the work, for progress


@dataclass(frozen=True)
class Work:
    """How the work on a session is divided, and what is left of an earlier attempt.

    ``longest`` is the longest a block may be (seconds), ``done`` the blocks that were finished before, by number;
    ``on_block`` is given each further one as soon as there is another. ``on_progress`` gets fractions from 0 to 1
    that never go back.
    """

    longest: float = LONGEST
    done: Mapping[int, Block] = field(default_factory=dict)
    on_block: Callable[[Block], None] = lambda _: None
    on_progress: Callable[[float], None] = lambda _: None


def transcribe(
    parts: Sequence[BinaryIO],
    dossier: Dossier | None,
    recogniser: Recogniser,
    diariser: Diariser,
    *,
    hotwords: Sequence[str] | None = None,
    limits: Limits | None = None,
    seconds: float | None = None,
    hesitations: bool = True,
    work: Work | None = None,
) -> Transcript:
    """Transcribe a session.

    ``parts`` are open recordings in order. ``hotwords`` are names to listen for, by default those of the
    dossier. ``seconds`` is the length of all parts, if it is known; else they are measured first. Without
    ``hesitations`` they are dropped from text and words (speech/hesitations.py).

    Raises RecordingError: as speech.recording.stream, TOO_LARGE for all parts together, and NO_SPEECH.
    """
    limits, work = limits or Limits(), work or Work()
    language = dossier.language if dossier else "fr"
    names = names_of(dossier) if hotwords is None else hotwords
    total = sum(probe(part, limits).duration for part in parts) if seconds is None else seconds
    if total > limits.seconds:
        raise RecordingError(Reason.TOO_LARGE, _TOO_LONG)
    session = _Session(parts, limits)
    tell = _Tally(work.on_progress, total)
    spoken: list[Utterance] = []
    finished: Block | None = None
    for number, (start, samples) in enumerate(session.blocks(work.longest), 1):
        if finished is not None:
            work.on_block(finished)
        block, finished = work.done.get(number), None
        if block is None or (block.start, block.length) != (start, len(samples)):
            tell(start / RATE)
            heard = recogniser.recognise(
                samples,
                language=language,
                hotwords=names,
                on_progress=tell.within(start / RATE, len(samples) / RATE),
            )
            words = [word for stretch in heard for word in stretch.words]
            found = tuple(moved(each, start / RATE) for each in utterances(words, samples))
            block = finished = Block(number, start, len(samples), found)
        spoken += block.utterances
    if not spoken:
        raise RecordingError(Reason.NO_SPEECH, _NO_SPEECH)
    spoken.sort(key=lambda each: each[0].start)
    if not hesitations:
        spoken = without_hesitations(spoken) or spoken
    stretches = [(each[0].start, each[-1].end) for each in spoken]
    voices = diariser.diarise(session.pieces, stretches, dossier.speakers if dossier else None)
    work.on_progress(1.0)
    made = turns(spoken, voices)
    return Transcript(
        turns=made,
        language=language,
        duration=session.length / RATE,
        model=f"{recogniser.version}; {diariser.version}; {len(names)} names; blocks of {work.longest:g} s"
        + ("" if hesitations else "; no hesitations"),
        warnings=tuple(WARNINGS[caution] for caution in _cautions(made, damaged=session.damaged)),
        told_apart=diariser.kind,
    )


def cautions_of(transcript: Transcript) -> tuple[Caution, ...]:
    """What is the matter with a transcript, from the warnings it carries."""
    return tuple(caution for caution, warning in WARNINGS.items() if warning in transcript.warnings)


def _cautions(made: Sequence[Turn], *, damaged: bool) -> Iterator[Caution]:
    if damaged:
        yield Caution.DAMAGED
    if is_bare(word.text.reveal() for turn in made for word in turn.words):
        yield Caution.BARE
    if is_hard_to_hear(made):
        yield Caution.HARD_TO_HEAR


class _Session:
    """The recordings of a session as one stream, opened anew for each pass."""

    def __init__(self, parts: Sequence[BinaryIO], limits: Limits) -> None:
        self._parts = parts
        self._limits = limits
        self.length = 0
        self.damaged = False

    def blocks(self, longest: float) -> Iterator[tuple[int, Samples]]:
        """Every block with its first sample in the session; once through, length and damage are known."""
        for part in self._parts:
            for samples in cut(self._noting(part), longest):
                yield self.length, samples
                self.length += len(samples)

    def pieces(self) -> Iterator[Samples]:
        for part in self._parts:
            yield from stream(part, self._limits)

    def _noting(self, part: BinaryIO) -> Generator[Samples, None, Facts]:
        facts = yield from stream(part, self._limits)
        self.damaged |= facts.damaged_at is not None
        return facts


class _Tally:
    """Seconds that are done, told as a share of the whole; it never goes back."""

    def __init__(self, tell: Callable[[float], None], total: float) -> None:
        self._tell = tell
        self._total = total
        self._told = 0.0

    def __call__(self, seconds: float) -> None:
        self._told = max(self._told, min(1.0, seconds / self._total if self._total else 1.0))
        self._tell(_RECOGNISED * self._told)

    def within(self, start: float, length: float) -> Callable[[float], None]:
        """Progress of one block, told as progress of the whole."""
        return lambda fraction: self(start + length * fraction)


def names_of(dossier: Dossier | None) -> list[str]:
    """The names a dossier knows, those of the people around the table first, each form once."""
    if dossier is None:
        return []
    participants = [form for person in dossier.participants for form in (person.name, *person.also)]
    return list(dict.fromkeys([*participants, *(form for known in dossier.known for form in known.forms)]))


_NO_SPEECH = N_(
    "No speech was found in the recording. Listen to it: if people can be heard, raise its level or use a larger "
    "speech model, and try again."
)
_TOO_LONG = N_(
    "The parts of this session together are longer than the settings allow (intake.max_hours). Raise the setting, or "
    "make two sessions of them."
)
