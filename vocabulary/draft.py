"""The working version of a session: what was found in it, and what people decided about it.

Treated text is a function of the verbatim, a draft, the vault and a profile. Each decision is kept, in
order, with the opaque id of the person who took it. Format ``huisclos-draft/3``, canonical JSON, always
sealed: it holds offsets and clusters, forms in its corrections alone; the reason for which a passage was freed is a
person's own words. Drafts of format 1, which knew ``accept_all`` only, are read too, and those of format 2, which
knew nothing of speakers and of corrections.

Turns are those of the verbatim, whoever is found to speak in it (anonymize/seating.py). Offsets of spans, decisions and
proposals are those of its corrected text (vocabulary/corrections.py), those of corrections its own.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

from vocabulary import corrections as heard
from vocabulary.choices import Audience, Doubt, EntityType, Tier
from vocabulary.corrections import Correction
from vocabulary.span import Span, Stretch
from vocabulary.speakers import SpeakerDecision
from vocabulary.text import IdentifiedText

FORMAT = "huisclos-draft/3"
_READ = ("huisclos-draft/1", "huisclos-draft/2", FORMAT)

ACCEPT_ALL, FREE, MASK = "accept_all", "free", "mask"
"""The acts of a review: take all that was found; leave one passage as it was said; take that back."""


@dataclass(frozen=True)
class Decision:
    """One act of the review. The person is an opaque id; ``stretch`` is what ``free`` and ``mask`` speak of.

    ``reason`` says why a passage may be read as it was said; it may name somebody, and does not show itself.
    """

    act: str
    person: str
    at: str
    stretch: Stretch | None = None
    reason: IdentifiedText | None = None

    def __post_init__(self) -> None:
        if self.act not in (ACCEPT_ALL, FREE, MASK):
            raise ValueError(f"{self.act!r} is no act of a review")
        if (self.stretch is None) is not (self.act == ACCEPT_ALL) or (self.reason is None) is (self.act == FREE):
            raise ValueError("a passage is freed with a reason, masked without one, and a whole draft has neither")


@dataclass(frozen=True)
class Proposal:
    """What the review is asked about who is one person: the clusters in question, why, and the passages that show it.

    Two clusters, or under ``JOINED`` the one whose mentions bear both names. Two passages or more, in the order of the
    talk; clusters are in the order of the passages that show them.
    """

    doubt: Doubt
    clusters: tuple[str, ...]
    passages: tuple[Stretch, ...]

    def __post_init__(self) -> None:
        asked = 1 if self.doubt is Doubt.JOINED else 2
        if not len(self.clusters) == len(set(self.clusters)) == asked:
            raise ValueError(f"a proposal under {self.doubt} names {len(self.clusters)} clusters, or one twice")
        if len(self.passages) < 2 or list(self.passages) != sorted(set(self.passages)):
            raise ValueError("a proposal is shown by two passages at least, each once, in the order of the talk")


@dataclass(frozen=True)
class Draft:
    """Spans, decisions, the salts under which each audience's text will be digested (hex), and proposals.

    A draft of before there was a deposit has no salt for it: there it follows from that of the group. Such a deposit's
    digest is dead only once the draft, the text cleared for the group and the deposit's own are all gone: each of them
    holds what it was salted with.
    ``speakers`` are the decisions about who speaks; ``verbatim`` is the id of the record they were taken on.
    ``corrections`` are in the order of the talk and do not overlap (ValueError).
    """

    spans: tuple[Span, ...]
    decisions: tuple[Decision, ...]
    salts: dict[Audience, str]
    detector: str
    vault_version: int
    proposals: tuple[Proposal, ...] = ()
    speakers: tuple[SpeakerDecision, ...] = ()
    verbatim: str | None = None
    corrections: tuple[Correction, ...] = ()

    def __post_init__(self) -> None:
        heard.check_apart(self.corrections)

    @property
    def reviewers(self) -> frozenset[str]:
        """Opaque ids of those who took part in the review."""
        ruled = (one.ruling.person for one in self.corrections if one.ruling is not None)
        people = (*(one.person for one in self.decisions), *(one.person for one in self.speakers), *ruled)
        return frozenset(people)

    def decided(self, decision: Decision) -> "Draft":
        return replace(self, decisions=(*self.decisions, decision))

    def to_bytes(self) -> bytes:
        value = {
            "format": FORMAT,
            "detector": self.detector,
            "vault_version": self.vault_version,
            "salts": {str(audience): salt for audience, salt in self.salts.items()},
            "decisions": [_written(decision) for decision in self.decisions],
            "spans": [
                [s.turn, s.start, s.end, str(s.label), str(s.tier), s.score, list(s.reasons), s.cluster]
                for s in self.spans
            ],
            "proposals": [
                [str(p.doubt), list(p.clusters), [[one.turn, one.start, one.end] for one in p.passages]]
                for p in self.proposals
            ],
            "corrections": [heard.written(correction) for correction in self.corrections],
            "speakers": [decision.written() for decision in self.speakers],
            "verbatim": self.verbatim,
        }
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Draft":
        value = json.loads(data)
        if value["format"] not in _READ:
            raise ValueError(f"found {value['format']}, expected {FORMAT}")
        return cls(
            spans=tuple(
                Span(turn, start, end, EntityType(label), Tier(tier), score, tuple(reasons), cluster)
                for turn, start, end, label, tier, score, reasons, cluster in value["spans"]
            ),
            decisions=tuple(_decision(decision) for decision in value["decisions"]),
            salts=_salts(value["salts"]),
            detector=value["detector"],
            vault_version=value["vault_version"],
            proposals=tuple(
                Proposal(Doubt(doubt), tuple(clusters), tuple(Stretch(*place) for place in places))
                for doubt, clusters, places in value.get("proposals", ())
            ),
            corrections=tuple(map(heard.read, value.get("corrections", ()))),
            speakers=tuple(SpeakerDecision.read(decision) for decision in value.get("speakers", ())),
            verbatim=value.get("verbatim"),
        )


def _salts(written: dict[str, str]) -> dict[Audience, str]:
    salts = {Audience(audience): salt for audience, salt in written.items()}
    if Audience.GROUP in salts and Audience.DEPOSIT not in salts:
        of_deposit = hashlib.sha256(f"{Audience.DEPOSIT}\n{salts[Audience.GROUP]}".encode())
        salts[Audience.DEPOSIT] = of_deposit.hexdigest()
    return salts


def _written(decision: Decision) -> dict[str, Any]:
    value: dict[str, Any] = {"act": decision.act, "person": decision.person, "at": decision.at}
    if decision.stretch is not None:
        value["stretch"] = [decision.stretch.turn, decision.stretch.start, decision.stretch.end]
    if decision.reason is not None:
        value["reason"] = decision.reason.reveal()
    return value


def _decision(value: dict[str, Any]) -> Decision:
    return Decision(
        act=value["act"],
        person=value["person"],
        at=value["at"],
        stretch=Stretch(*value["stretch"]) if "stretch" in value else None,
        reason=IdentifiedText(value["reason"]) if "reason" in value else None,
    )
