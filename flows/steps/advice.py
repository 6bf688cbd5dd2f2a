"""A sentence of advice: shown by a door, never raised."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Advice:
    """A message source string with its facts: shown, never raised."""

    message: str
    facts: dict[str, object]
