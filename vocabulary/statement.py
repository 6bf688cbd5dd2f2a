"""The statement of a person that is kept beside a session: what they have to say of what was said of them (GDPR 16).

Format ``huisclos-statement/1``, one canonical JSON object, always sealed (record class ``statement``;
docs/reference/requests.md). It holds the spellings its person was searched for under, so that they are found in it,
even where they do not name themselves.
"""

import json
from dataclasses import dataclass

from vocabulary.text import IdentifiedText

FORMAT = "huisclos-statement/1"


@dataclass(frozen=True, repr=False)
class Statement:
    """``request`` is the id of the request it was granted in; ``at`` a moment of the session, in whole seconds, None
    where it is about all of it."""

    request: str
    text: IdentifiedText
    forms: tuple[IdentifiedText, ...]
    at: int | None = None

    def __repr__(self) -> str:
        return f"Statement({self.request}, {len(self.text)} characters)"

    def to_bytes(self) -> bytes:
        value = {
            "format": FORMAT,
            "request": self.request,
            "text": self.text.reveal(),
            "forms": [form.reveal() for form in self.forms],
            "at": self.at,
        }
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Statement":
        value = json.loads(data)
        if value["format"] != FORMAT:
            raise ValueError(f"found another format than {FORMAT}")
        forms = tuple(map(IdentifiedText, value["forms"]))
        return cls(value["request"], IdentifiedText(value["text"]), forms, value["at"])
