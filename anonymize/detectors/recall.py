"""The layers that remember: what the dossier and the vault know, and what the session has shown.

Both look for forms with anonymize/forms.py, the rule that treatment and the egress guard share.
"""

import re
from collections.abc import Iterable, Sequence

from anonymize.detectors.layer import Artifacts, Finding, Layer
from anonymize.detectors.reading import Reading
from anonymize.forms import PEOPLE, Forms, Occurrence
from anonymize.vault import KnownReferent
from vocabulary.choices import EntityType

_TO = re.compile(r"(?<![^\W_])(?:à|au|aux|sur)\s+(?:la |l'|l’)?$", re.IGNORECASE)
_SCORES = {"form": 1.0, "part": 0.9, "sound": 0.7}


class KnownLayer(Layer):
    """The forms of known referents, by force."""

    layer = "known"

    def __init__(self, known: Sequence[KnownReferent]) -> None:
        entries = [(form, "", referent.kind) for referent in known for form in referent.forms]
        self._forms = Forms(sorted(entries, key=lambda entry: -len(entry[0])))
        super().__init__()

    def find(self, reading: Reading, artifacts: Artifacts) -> Iterable[Finding]:  # noqa: ARG002
        for found in self._forms.find(reading.text, bare=not reading.cased):
            yield Finding(found.start, found.end, found.label, _SCORES[found.how], f"known {found.how}")


class SessionLayer(Layer):
    """The names found anywhere in the session, looked for everywhere in it.

    ``sure`` and ``unsure`` are (surface, label) of the spans of the first pass; a name of the residual
    tier stays residual wherever it is met again.
    """

    layer = "session"

    def __init__(self, sure: Sequence[tuple[str, EntityType]], unsure: Sequence[tuple[str, EntityType]]) -> None:
        self._sure = Forms((surface, "", label) for surface, label in sure)
        self._unsure = Forms((surface, "", label) for surface, label in unsure)
        super().__init__()

    def find(self, reading: Reading, artifacts: Artifacts) -> Iterable[Finding]:  # noqa: ARG002
        for forms, sure in ((self._sure, True), (self._unsure, False)):
            for found in forms.find(reading.text, bare=not reading.cased and sure):
                if (found.how == "sound" and not sure) or _elided(reading, found):
                    continue
                yield Finding(
                    found.start, found.end, found.label, _weight(reading, found), f"session {found.how}", sure
                )


def _elided(reading: Reading, found: Occurrence) -> bool:
    """Whether a single letter is the elided word of a sentence ("C'est") or its "À", and no initial."""
    if found.end - found.start != 1:
        return False
    return reading.text[found.end : found.end + 1] in ("'", "’") or not reading.text[found.start].isascii()


def _weight(reading: Reading, found: Occurrence) -> float:
    """A name of several words says more than one; a place or an institution says more after à or au."""
    if found.how == "form" and " " in reading.text[found.start : found.end].strip():
        return 0.9
    if found.label not in PEOPLE and _TO.search(reading.text[: found.start]):
        return 0.9
    return 0.5
