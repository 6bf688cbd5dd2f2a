"""What is sealed of a request: who asks, what was typed to search for them, what was found, and why it was decided so.

Format ``huisclos-request/1``, one canonical JSON object, always sealed (record class ``request``;
docs/reference/requests.md). Nothing of it shows itself: texts are IdentifiedText, and no repr shows more than counts.
"""

import json
from dataclasses import dataclass
from typing import Any

from vocabulary.text import IdentifiedText

FORMAT = "huisclos-request/1"
NOTHING = IdentifiedText("")


@dataclass(frozen=True)
class FoundInSession:
    """What one session holds of them, counted; audiences of the cleared texts and of the outputs given out."""

    session: str
    turns: int
    mentions: int
    dossier: bool
    cleared: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class FoundInWorkshop:
    """What one workshop holds of them beside its sessions, counted: entries of its vault, amendments and themes of no
    session, and reasons typed for its orders."""

    workshop: str
    vault: int
    loose: int
    reasons: int


@dataclass(frozen=True)
class Found:
    """What a search found: by session and by workshop, the workshops searched, and what could not be looked through.

    ``nameless`` are the workshops whose vault is destroyed: nobody can be told apart there (GDPR 11). ``beyond`` are
    pairs of a workshop or session and the code of a limit (flows/steps/rights/traced.py).
    """

    workshops: tuple[str, ...]
    nameless: tuple[str, ...]
    sessions: tuple[FoundInSession, ...]
    beyond: tuple[tuple[str, str], ...]
    held: tuple[FoundInWorkshop, ...] = ()

    @property
    def any(self) -> bool:
        return bool(self.sessions or self.held)

    @property
    def concerned(self) -> tuple[str, ...]:
        """The workshops in which anything was found, each once."""
        in_sessions = (one.session.split("/")[0] for one in self.sessions)
        return tuple(dict.fromkeys((*in_sessions, *(one.workshop for one in self.held))))

    @property
    def unidentifiable(self) -> bool:
        """Whether nothing was found, and in some workshop the person can no longer be told apart."""
        return not self.any and bool(self.nameless)


@dataclass(frozen=True, repr=False)
class Sealed:
    """The content of a request. ``speaks``: it comes from a participant, or is about somebody who was spoken of.

    ``forms`` are the spellings searched for; ``how`` says how identity or mandate was checked, not the document;
    ``statements`` are the records of what was kept beside sessions for a rectification.
    """

    who: IdentifiedText
    speaks: bool
    forms: tuple[IdentifiedText, ...] = ()
    how: IdentifiedText = NOTHING
    extension: IdentifiedText = NOTHING
    reason: IdentifiedText = NOTHING
    found: Found | None = None
    statements: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Sealed({len(self.forms)} forms)"

    def to_bytes(self) -> bytes:
        value: dict[str, Any] = {
            "format": FORMAT,
            "who": self.who.reveal(),
            "speaks": self.speaks,
            "forms": [form.reveal() for form in self.forms],
            "how": self.how.reveal(),
            "extension": self.extension.reveal(),
            "reason": self.reason.reveal(),
            "found": None if self.found is None else _written(self.found),
        }
        if self.statements:
            value["statements"] = list(self.statements)
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Sealed":
        value = json.loads(data)
        if value["format"] != FORMAT:
            raise ValueError(f"found another format than {FORMAT}")
        return cls(
            who=IdentifiedText(value["who"]),
            speaks=value["speaks"],
            forms=tuple(map(IdentifiedText, value["forms"])),
            how=IdentifiedText(value["how"]),
            extension=IdentifiedText(value["extension"]),
            reason=IdentifiedText(value["reason"]),
            found=None if value["found"] is None else _found(value["found"]),
            statements=tuple(value.get("statements", ())),
        )


def _written(found: Found) -> dict[str, Any]:
    return {
        "workshops": list(found.workshops),
        "nameless": list(found.nameless),
        "beyond": [list(pair) for pair in found.beyond],
        "sessions": [
            {"session": one.session, "turns": one.turns, "mentions": one.mentions, "dossier": one.dossier,
             "cleared": list(one.cleared), "outputs": list(one.outputs)}
            for one in found.sessions
        ],
        "held": [
            {"workshop": one.workshop, "vault": one.vault, "loose": one.loose, "reasons": one.reasons}
            for one in found.held
        ],
    }  # fmt: skip


def _found(value: dict[str, Any]) -> Found:
    sessions = (
        FoundInSession(one["session"], one["turns"], one["mentions"], one["dossier"], tuple(one["cleared"]),
                       tuple(one["outputs"]))
        for one in value["sessions"]
    )  # fmt: skip
    beyond = ((place, limit) for place, limit in value["beyond"])
    held = tuple(FoundInWorkshop(**one) for one in value["held"])
    return Found(tuple(value["workshops"]), tuple(value["nameless"]), tuple(sessions), tuple(beyond), held)
