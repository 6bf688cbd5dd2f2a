"""One piece of advice on a policy: a message, and the facts for its places, the key first."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Advice:
    """One thing to look at again. ``message`` is a source string whose places ``facts`` fill."""

    message: str
    facts: Mapping[str, object]

    @property
    def key(self) -> str:
        """The key of the policy file it speaks of."""
        return str(self.facts["key"])

    def __str__(self) -> str:
        return self.message.format(**self.facts)


def advise(key: str, message: str, **facts: object) -> Advice:
    return Advice(message, {"key": key, **facts})
