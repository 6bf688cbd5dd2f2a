"""What a look for a person found: values that show nothing but counts.

They hold rows, offsets and times, and of text only what was typed or what the vault knows, as IdentifiedText.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from anonymize.timing import Times
from anonymize.wanted import Sought
from storage.rows.walk import RecordRow, SessionRow
from vocabulary.choices import Audience, Worded
from vocabulary.ids import SessionName
from vocabulary.messages import N_
from vocabulary.span import Stretch
from vocabulary.text import IdentifiedText


class Beyond(Worded):
    """What a trace could not look through."""

    VERBATIM = "verbatim", N_("the verbatim is destroyed: only its cleared texts were searched, by code")
    SILENT = "silent", N_("the recording is not transcribed: nobody can be found in it")
    VAULT = "vault", N_("the vault is destroyed: without a name that is typed, nobody can be told apart")
    VOICE = "voice", N_("nothing says which voice is theirs: name it with --voice, or what they said stays")
    GENERALIZED = "generalized", N_("a cleared text shows no code of theirs, and its verbatim is destroyed")
    DAMAGED = "damaged", N_("a record does not open: archive verify says why")


@dataclass(frozen=True, repr=False)
class Wanted:
    """Whom to look for: names typed at a prompt, or the code the vault gave ("Jeune 3").

    ``speaks``: a participant, whose turns are sought too. ``voices`` are the labels of speakers that a person knows
    them by, and ``also`` moments (whole seconds, as a review shows them) of turns in which a person recognised them;
    ``shared`` takes their name wherever it
    stands, even where the draft gives it to somebody else.
    """

    names: tuple[IdentifiedText, ...] = ()
    code: str | None = None
    speaks: bool = False
    voices: Mapping[SessionName, frozenset[str]] = field(default_factory=dict)
    also: Mapping[SessionName, frozenset[int]] = field(default_factory=dict)
    shared: bool = False

    def __repr__(self) -> str:
        return f"Wanted({len(self.names)} names, code: {self.code is not None}, speaks: {self.speaks})"


@dataclass(frozen=True, repr=False)
class TreatedTraces:
    """Where one cleared text speaks of them: offsets in its own turns."""

    record: RecordRow
    audience: Audience
    spoken: frozenset[int]
    passages: tuple[Stretch, ...]


@dataclass(frozen=True, repr=False)
class ReasonTraces:
    """Where one reason that a person typed for an order speaks of them."""

    record: RecordRow
    text: IdentifiedText
    passages: tuple[Stretch, ...]


@dataclass(frozen=True, repr=False)
class SessionTraces:
    """Where one session speaks of them. Stretches are of the verbatim, times in seconds from its beginning.

    ``spoken`` is what they say: turns, or the words of a turn that people gave them in the review; ``turns`` are its
    times, as the turns are read; ``named`` what names them; ``sentences`` those that name them, ``around``
    those where they are only "lui"; ``heard`` counts words that name them where the corrected text does not, ``shared``
    the passages in which their name is somebody else's. ``participants`` and ``known`` are places in the dossier, from
    0; ``decisions`` counts acts of the review on them; ``loose`` are amendments and themes.
    """

    session: SessionRow
    spoken: tuple[Stretch, ...] = ()
    turns: tuple[Times, ...] = ()
    named: tuple[Stretch, ...] = ()
    sentences: tuple[Stretch, ...] = ()
    around: tuple[Stretch, ...] = ()
    heard: int = 0
    shared: int = 0
    times: tuple[Times, ...] = ()
    participants: tuple[int, ...] = ()
    known: tuple[int, ...] = ()
    consents: int = 0
    decisions: int = 0
    cleared: tuple[TreatedTraces, ...] = ()
    loose: tuple[RecordRow, ...] = ()
    beyond: tuple[Beyond, ...] = ()

    @property
    def passages(self) -> tuple[Stretch, ...]:
        """Everything of the talk that goes, in order."""
        return tuple(sorted({*self.spoken, *self.named, *self.sentences, *self.around}))

    @property
    def any(self) -> bool:
        """Whether anything of theirs is in the session."""
        return bool(self.passages or self.cleared or self.participants or self.known or self.consents or self.loose)

    def __repr__(self) -> str:
        return f"SessionTraces({self.session.name}, {len(self.passages)} passages, {len(self.cleared)} cleared texts)"


@dataclass(frozen=True, repr=False)
class Traces:
    """Where a workshop speaks of them. ``codes`` are the pseudonyms of the ``sought`` referents, for people to check.

    ``loose`` are amendments and themes of no session, ``reasons`` what people typed for its orders; ``vault_gone`` says
    that the workshop had a vault, and that it is destroyed.
    """

    workshop: str
    sought: Sought
    codes: tuple[str, ...]
    sessions: tuple[SessionTraces, ...]
    loose: tuple[RecordRow, ...] = ()
    reasons: tuple[ReasonTraces, ...] = ()
    beyond: tuple[Beyond, ...] = ()
    vault_gone: bool = False

    @property
    def any(self) -> bool:
        """Whether the workshop holds anything of theirs."""
        return bool(self.sought.referents or self.loose or self.reasons or any(one.any for one in self.sessions))

    def of(self, session: SessionName) -> SessionTraces | None:
        """What one session holds; None if nothing was ever received under that name."""
        return next((one for one in self.sessions if one.session.name == session), None)

    def __repr__(self) -> str:
        found = sum(one.any for one in self.sessions)
        return f"Traces({len(self.sought.referents)} referents, {found} of {len(self.sessions)} sessions)"
