"""Taking a participant out of the records of consent: the proof, the voices of a session, what was narrowed.

Rules kept here:
- that somebody had agreed can still be shown by the number of the form they signed, and no name (GDPR 7(1));
- a voice of theirs becomes nobody's, and agrees to nothing: whatever is left of it never leaves;
- what they took back stays in its place, without their name: others are counted after it.
"""

from dataclasses import dataclass, replace
from datetime import date

from anonymize.wanted import Sought, is_theirs
from flows.steps.rights.consents import VOICES_FORMAT
from flows.steps.rights.standing import standing, unsealed
from infra.wiring import Services
from storage.rows.walk import RecordRow
from vocabulary.choices import RecordClass
from vocabulary.consent import Narrowings, Proof, Voice, Voices, WithdrawnForm
from vocabulary.text import IdentifiedText


@dataclass(frozen=True, repr=False)
class Consents:
    """Who is sought in the records of consent of a workshop: the names that were typed, and whom the vault knows."""

    services: Services
    workshop: str
    names: tuple[IdentifiedText, ...]
    sought: Sought

    def proof(self, session_id: str) -> tuple[RecordRow, Proof] | None:
        """The newest proof of consent of a session."""
        found = [row for row in self._of(session_id) if row.format != VOICES_FORMAT]
        return (found[-1], Proof.from_bytes(unsealed(self.services, found[-1]))) if found else None

    def voices(self, session_id: str) -> tuple[RecordRow, Voices] | None:
        """Who speaks when in a session, as it was last sealed."""
        found = [row for row in self._of(session_id) if row.format == VOICES_FORMAT]
        return (found[-1], Voices.from_bytes(unsealed(self.services, found[-1]))) if found else None

    def narrowings(self) -> tuple[RecordRow, Narrowings] | None:
        """What was taken back in the workshop."""
        found = [row for row in standing(self.services, self.workshop, RecordClass.CONSENT) if row.session_id is None]
        return (found[-1], Narrowings.from_bytes(unsealed(self.services, found[-1]))) if found else None

    def count(self, session_id: str) -> int:
        """How often a session's records of consent know them."""
        proof, voices = self.proof(session_id), self.voices(session_id)
        named = sum(self._is(one.name) for one in proof[1].people) if proof else 0
        return named + (len(self.labels(voices[1])) if voices else 0)

    def turns(self, session_id: str) -> frozenset[tuple[float, float]]:
        """When they spoke, as the sealed voices have it: (start, end) of each turn in seconds."""
        found = self.voices(session_id)
        if found is None:
            return frozenset()
        labels = self.labels(found[1])
        return frozenset((start, end) for start, end, label in found[1].turns if label in labels)

    def labels(self, voices: Voices) -> frozenset[str]:
        """The voices that are theirs."""
        return frozenset(label for label, one in voices.speakers.items() if one.referent in self.sought.referents)

    def without(self, proof: Proof, on: date) -> Proof:
        """A proof of consent that does not name them."""
        gone = [one for one in proof.people if self._is(one.name)]
        kept = tuple(one for one in proof.people if not self._is(one.name))
        forms = (WithdrawnForm(one.form, on) for one in gone)
        return replace(proof, people=kept, withdrawn=(*proof.withdrawn, *forms), asked=proof.surely_asked)

    def silenced(self, voices: Voices) -> Voices:
        """Voices among which theirs is nobody's."""
        theirs = self.labels(voices)
        speakers = {
            label: Voice(None, frozenset()) if label in theirs else one for label, one in voices.speakers.items()
        }
        return replace(voices, speakers=speakers)

    def unnamed(self, narrowings: Narrowings) -> Narrowings:
        """What was taken back, without their name."""
        entries = tuple(replace(one, name="") if self._is(one.name) else one for one in narrowings.entries)
        return Narrowings(entries)

    def _of(self, session_id: str) -> list[RecordRow]:
        return standing(self.services, self.workshop, RecordClass.CONSENT, session_id)

    def _is(self, name: str) -> bool:
        return bool(name) and is_theirs((name,), self.names, self.sought)
