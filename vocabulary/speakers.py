"""What people decided about who speaks: decisions of a review that stand in a draft under a key of their own.

Rules of the module:
- A place is a turn of the verbatim and words in it, both from 0: no later decision moves it, as the verbatim does not
  change. A turn that was heard without words is one word long.
- Labels (``S1``) and ids of referents stand in a decision, names never.
- Decisions are kept in order and none is taken out; anonymize/seating.py says what they come to.
"""

import re
from dataclasses import dataclass
from typing import Any

from vocabulary.choices import Worded
from vocabulary.messages import N_

_LABEL = re.compile(r"S[1-9][0-9]{0,2}")


class SpeakerAct(Worded):
    """What is decided: two labels are one voice; words belong to a voice; a voice is a participant, or nobody's."""

    JOIN = "join", N_("two voices joined")
    PART = "part", N_("words given to a voice")
    NAME = "name", N_("a voice recognised")


@dataclass(frozen=True, order=True)
class WordRange:
    """Words of one turn of the verbatim: half-open, from 0."""

    turn: int
    first: int
    end: int

    def __post_init__(self) -> None:
        if not (self.turn >= 0 and 0 <= self.first < self.end):
            raise ValueError(f"words {self.turn}:{self.first}-{self.end} are empty or inverted")


@dataclass(frozen=True)
class SpeakerDecision:
    """One act. The person is an opaque id; ``speaker`` is the label it is about.

    ``joined`` is the label that becomes ``speaker``; ``words`` are those given to ``speaker``; ``referent`` is the id,
    in the vault, of the participant whom a person recognised, and None where they took that back.
    """

    act: SpeakerAct
    person: str
    at: str
    speaker: str
    joined: str | None = None
    words: tuple[WordRange, ...] = ()
    referent: str | None = None

    def __post_init__(self) -> None:
        labels = (self.speaker, *(() if self.joined is None else (self.joined,)))
        if not all(is_label(label) for label in labels) or self.speaker == self.joined:
            raise ValueError("a decision is about one label, and joins another one to it")
        told = (self.joined is not None, bool(self.words), self.act is SpeakerAct.NAME)
        if told != tuple(self.act is act for act in (SpeakerAct.JOIN, SpeakerAct.PART, SpeakerAct.NAME)):
            raise ValueError(f"a decision to {self.act} lacks what it is about, or says too much")
        if self.referent is not None and self.act is not SpeakerAct.NAME:
            raise ValueError("only a voice that is recognised is somebody")

    def written(self) -> dict[str, Any]:
        """The decision as a draft holds it: keys without a value are left out."""
        value: dict[str, Any] = {"act": str(self.act), "person": self.person, "at": self.at, "speaker": self.speaker}
        if self.joined is not None:
            value["joined"] = self.joined
        if self.words:
            value["words"] = [[one.turn, one.first, one.end] for one in self.words]
        if self.referent is not None:
            value["referent"] = self.referent
        return value

    @classmethod
    def read(cls, value: dict[str, Any]) -> "SpeakerDecision":
        """Read what ``written`` wrote; ValueError, KeyError or TypeError for anything else."""
        return cls(
            SpeakerAct(value["act"]),
            value["person"],
            value["at"],
            value["speaker"],
            joined=value.get("joined"),
            words=tuple(WordRange(*place) for place in value.get("words", ())),
            referent=value.get("referent"),
        )


def is_label(text: str) -> bool:
    """Whether ``text`` is a label of a speaker: ``S1`` to ``S999``."""
    return _LABEL.fullmatch(text) is not None
