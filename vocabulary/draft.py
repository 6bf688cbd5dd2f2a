"""The working version of a session: what was found in it, and what people decided about it.

Treated text is a function of the verbatim, a draft, the vault and a profile. Each decision is kept, in
order, with the opaque id of the person who took it. Format ``huisclos-draft/1``, canonical JSON, always
sealed: it holds offsets and clusters, and forms nowhere.
"""

import json
from dataclasses import asdict, dataclass, replace

from vocabulary.choices import Audience, EntityType, Tier
from vocabulary.span import Span

FORMAT = "huisclos-draft/1"


@dataclass(frozen=True)
class Decision:
    """One act of the review. ``act`` is ``accept_all`` today; the person is an opaque id."""

    act: str
    person: str
    at: str


@dataclass(frozen=True)
class Draft:
    """Spans, decisions and the salts under which each audience's text will be digested (hex)."""

    spans: tuple[Span, ...]
    decisions: tuple[Decision, ...]
    salts: dict[Audience, str]
    detector: str
    vault_version: int

    @property
    def reviewers(self) -> frozenset[str]:
        """Opaque ids of those who took part in the review."""
        return frozenset(decision.person for decision in self.decisions)

    def decided(self, decision: Decision) -> "Draft":
        return replace(self, decisions=(*self.decisions, decision))

    def to_bytes(self) -> bytes:
        value = {
            "format": FORMAT,
            "detector": self.detector,
            "vault_version": self.vault_version,
            "salts": {str(audience): salt for audience, salt in self.salts.items()},
            "decisions": [asdict(decision) for decision in self.decisions],
            "spans": [
                [s.turn, s.start, s.end, str(s.label), str(s.tier), s.score, list(s.reasons), s.cluster]
                for s in self.spans
            ],
        }
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Draft":
        value = json.loads(data)
        if value["format"] != FORMAT:
            raise ValueError(f"found {value['format']}, expected {FORMAT}")
        return cls(
            spans=tuple(
                Span(turn, start, end, EntityType(label), Tier(tier), score, tuple(reasons), cluster)
                for turn, start, end, label, tier, score, reasons, cluster in value["spans"]
            ),
            decisions=tuple(Decision(**decision) for decision in value["decisions"]),
            salts={Audience(audience): salt for audience, salt in value["salts"].items()},
            detector=value["detector"],
            vault_version=value["vault_version"],
        )
