"""What was said: words in turns, turns in a transcript.

Times are seconds from the beginning of the session (all parts laid end to end). A turn's text is its
own, not the joined words: a reviewer may correct it, and the words keep what was heard.
"""

from dataclasses import dataclass

from vocabulary.choices import ToldApart
from vocabulary.text import IdentifiedText, TreatedText


@dataclass(frozen=True)
class Word:
    """One timed token as heard; ``probability`` in 0..1 is the recogniser's own.

    ``overlapped``: whether somebody else speaks meanwhile, as far as the diariser can tell.
    """

    text: IdentifiedText
    start: float
    end: float
    probability: float
    overlapped: bool = False


@dataclass(frozen=True)
class Turn:
    """One speaker's contribution. ``speaker`` is a label of the session (``S1``), never a name.

    ``certainty`` in 0..1 is how sure the diariser is of the speaker; None where it does not say.
    """

    speaker: str
    start: float
    end: float
    text: IdentifiedText
    words: tuple[Word, ...] = ()
    certainty: float | None = None


@dataclass(frozen=True)
class Transcript:
    """The identified transcript of one session.

    ``model`` records every parameter that affects the result; ``warnings`` are message source strings
    about the recording (a damaged end, say). ``told_apart`` is what told the speakers apart, if it is known.
    """

    turns: tuple[Turn, ...]
    language: str
    duration: float
    model: str
    warnings: tuple[str, ...] = ()
    told_apart: ToldApart | None = None


@dataclass(frozen=True)
class TreatedTurn:
    """One turn as an audience reads it. ``speaker`` is a role, a family or a code; None is a notice.

    ``freed`` are half-open offsets in ``text`` that people let stand as they were said, in order.
    """

    speaker: str | None
    start: float
    end: float
    text: TreatedText
    freed: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class TreatedTranscript:
    """The treated transcript of one session for one audience."""

    audience: str
    turns: tuple[TreatedTurn, ...]
