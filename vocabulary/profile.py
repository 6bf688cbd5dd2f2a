"""Which operator each entity type gets for one audience."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vocabulary.choices import Audience, EntityType, Operator

EQUIVALENT = "equivalent"
"""Pseudonyms that are first names."""


@dataclass(frozen=True)
class Profile:
    """Treatment for one audience, as the policy states it.

    ``speakers`` is ``role``, ``family`` or ``code``; ``pseudonyms`` is ``code`` or ``equivalent``.
    YOUTH is never kept: the identity of minors is protected whatever the audience.
    """

    audience: Audience
    operators: Mapping[EntityType, Operator]
    speakers: str = "role"
    pseudonyms: str = "code"

    def __post_init__(self) -> None:
        missing = set(EntityType) - set(self.operators)
        if missing:
            raise ValueError(f"profile {self.audience} says nothing of {sorted(map(str, missing))}")
        if self.operators[EntityType.YOUTH] is Operator.KEEP:
            raise ValueError("YOUTH can never be kept")
        object.__setattr__(self, "operators", MappingProxyType(dict(self.operators)))
