"""The parts of a session in, its transcript out.

Rules this module keeps:

* Parts are laid end to end: times run from the beginning of the first one through all of them.
* Stretches the group asked to keep out are silenced in the recordings given here already.
* A damaged recording is transcribed as far as it can be read, with a warning in the transcript.
* Without a single word there is no transcript: NO_SPEECH, so that somebody listens to the recording.
* Samples and text live in memory only; what is raised holds neither.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import BinaryIO

import numpy as np

from speech.diarise import Diariser
from speech.recognise import Recogniser
from speech.recording import RATE, Limits, Samples, decode
from speech.turns import Utterance, turns, utterances
from vocabulary.choices import Reason
from vocabulary.dossier import Dossier
from vocabulary.errors import RecordingError
from vocabulary.messages import N_
from vocabulary.transcript import Transcript, Word

DAMAGED = N_(
    "A recording is damaged or was cut off: what could be read of it was transcribed. Compare the end of the "
    "transcript with what you remember, and look for the original on the recorder."
)

_DECODED = 0.03  # shares of the work, for progress
_RECOGNISED = 0.97


def transcribe(
    parts: Sequence[BinaryIO],
    dossier: Dossier | None,
    recogniser: Recogniser,
    diariser: Diariser,
    *,
    hotwords: Sequence[str] | None = None,
    limits: Limits | None = None,
    on_progress: Callable[[float], None] = lambda _: None,
) -> Transcript:
    """Transcribe a session.

    ``parts`` are open recordings in order. ``hotwords`` are names to listen for, by default those of the
    dossier. ``on_progress`` gets fractions from 0 to 1 that never go back.

    Raises RecordingError: as speech.recording.decode, TOO_LARGE for all parts together, and NO_SPEECH.
    """
    limits = limits or Limits()
    language = dossier.language if dossier else "fr"
    names = names_of(dossier) if hotwords is None else hotwords
    recordings: list[Samples] = []
    damaged = False
    for number, part in enumerate(parts, 1):
        samples, facts = decode(part, limits)
        recordings.append(samples)
        damaged = damaged or facts.damaged_at is not None
        on_progress(_DECODED * number / len(parts))
    total = sum(map(len, recordings))
    if total > limits.seconds * RATE:
        raise RecordingError(Reason.TOO_LARGE, _TOO_LONG)
    spoken: list[Utterance] = []
    done = 0
    for samples in recordings:
        heard = recogniser.recognise(
            samples,
            language=language,
            hotwords=names,
            on_progress=_within(on_progress, done / total, (done + len(samples)) / total),
        )
        words = [word for stretch in heard for word in stretch.words]
        spoken += [_moved(each, done / RATE) for each in utterances(words, samples)]
        done += len(samples)
    if not spoken:
        raise RecordingError(Reason.NO_SPEECH, _NO_SPEECH)
    whole = recordings[0] if len(recordings) == 1 else np.concatenate(recordings)
    stretches = [(each[0].start, each[-1].end) for each in spoken]
    voices = diariser.diarise(lambda: iter([whole]), stretches, dossier.speakers if dossier else None)
    on_progress(1.0)
    return Transcript(
        turns=turns(spoken, voices),
        language=language,
        duration=total / RATE,
        model=f"{recogniser.version}; {diariser.version}; {len(names)} names",
        warnings=(DAMAGED,) if damaged else (),
        told_apart=diariser.kind,
    )


def names_of(dossier: Dossier | None) -> list[str]:
    """The names a dossier knows, those of the people around the table first, each form once."""
    if dossier is None:
        return []
    participants = [form for person in dossier.participants for form in (person.name, *person.also)]
    return list(dict.fromkeys([*participants, *(form for known in dossier.known for form in known.forms)]))


def _within(tell: Callable[[float], None], start: float, end: float) -> Callable[[float], None]:
    """Progress of one part, told as progress of the whole."""
    return lambda fraction: tell(_DECODED + (_RECOGNISED - _DECODED) * (start + (end - start) * fraction))


def _moved(words: Sequence[Word], offset: float) -> Utterance:
    return tuple(replace(word, start=word.start + offset, end=word.end + offset) for word in words)


_NO_SPEECH = N_(
    "No speech was found in the recording. Listen to it: if people can be heard, raise its level or use a larger "
    "speech model, and try again."
)
_TOO_LONG = N_(
    "The parts of this session together are longer than the settings allow (intake.max_hours). Raise the setting, or "
    "make two sessions of them."
)
