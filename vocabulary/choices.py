"""The closed choices that every room shares, with the words people read for them.

A member's value is what formats and the catalog hold; ``word`` is its English source string,
translated where it is shown. Sources: GDPR 4, ISO 25237 and the vocabulary of docs/en/architecture.md.
"""

from enum import Enum, IntEnum

from vocabulary.messages import N_


class Worded(str, Enum):
    """A choice whose value is stored and whose word is shown."""

    word: str

    def __new__(cls, value: str, word: str = "") -> "Worded":
        member = str.__new__(cls, value)
        member._value_ = value
        member.word = word
        return member

    def __str__(self) -> str:
        return str(self._value_)


class RecordClass(Worded):
    """The category that decides a record's schedule and the key it is sealed under."""

    RECORDING = "recording", N_("recording")
    VERBATIM = "verbatim", N_("verbatim transcript")
    DOSSIER = "dossier", N_("session dossier")
    CONSENT = "consent", N_("proof of consent")
    VAULT = "vault", N_("vault")
    DRAFT = "draft", N_("draft")
    CLEARED = "cleared", N_("cleared text")
    OUTPUT = "output", N_("output")
    AMENDMENT = "amendment", N_("amendment")
    THEME = "theme", N_("theme")
    CERTIFICATE = "certificate", N_("certificate of destruction")
    # Two classes that belong to the home and not to a workshop (docs/adr/0006).
    PEOPLE = "people", N_("register of people")
    FAULT = "fault", N_("sealed fault")


class SessionState(Worded):
    """Where a session stands on its walk; policies/states.py holds the moves."""

    RECEIVED = "received", N_("received")
    TRANSCRIBED = "transcribed", N_("transcribed")
    DRAFTED = "drafted", N_("drafted")
    IN_REVIEW = "in_review", N_("in review")
    CLEARED = "cleared", N_("cleared")
    RELEASED = "released", N_("released")
    CLOSED = "closed", N_("closed")
    QUARANTINED = "quarantined", N_("in quarantine")


class RecordLife(Worded):
    """Whether a record can still be opened."""

    LIVE = "live", N_("live")
    HELD = "held", N_("held")
    DESTROYED = "destroyed", N_("destroyed")


class EntityType(Worded):
    """What a span identifies."""

    YOUTH = "YOUTH", N_("youth")
    PERSON = "PERSON", N_("person")
    PLACE = "PLACE", N_("place")
    INSTITUTION = "INSTITUTION", N_("institution")
    DATE = "DATE", N_("date")
    AGE = "AGE", N_("age")
    CONTACT = "CONTACT", N_("contact")
    ID = "ID", N_("identification number")
    QUASI = "QUASI", N_("telling detail")


NAMED = frozenset({EntityType.YOUTH, EntityType.PERSON, EntityType.PLACE, EntityType.INSTITUTION})
"""The types whose referents the vault knows by name."""


class Operator(Worded):
    """What is done to a span."""

    PSEUDONYMIZE = "pseudonymize", N_("replaced by a pseudonym")
    GENERALIZE = "generalize", N_("generalised")
    SHIFT = "shift", N_("shifted")
    REDACT = "redact", N_("masked")
    KEEP = "keep", N_("kept")


class Audience(Worded):
    """For whom a text is cleared."""

    GROUP = "group", N_("the group")
    RESEARCH = "research", N_("research")
    PUBLIC = "public", N_("the public")


class Use(Worded):
    """What a participant can agree to."""

    RECORDING = "recording", N_("being recorded")
    RETURN = "return", N_("return to the group")
    RESEARCH = "research", N_("research")
    PUBLIC = "public", N_("public use")
    DEPOSIT = "deposit", N_("deposit")


class Role(Worded):
    """What a person of the home is entitled to."""

    FACILITATOR = "facilitator", N_("facilitator")
    STEWARD = "steward", N_("data steward")
    AUDITOR = "auditor", N_("auditor")


class ExportKind(Worded):
    """What left the machine and may outlive a destruction there."""

    RECOVERY = "recovery", N_("recovery export")
    BACKUP = "backup", N_("backup")
    WORKSHOP = "workshop", N_("workshop handed over")


class Tier(Worded):
    """How a span was found: sure, or masked until a person frees it."""

    SURE = "sure", N_("certain")
    RESIDUAL = "residual", N_("residual")


class Trait(Worded):
    """What is said of a person that may single them out together with the rest."""

    AGE = "age", N_("age")
    ROLE = "role", N_("role")
    PLACE = "place", N_("place")
    INSTITUTION = "institution", N_("institution")
    EVENT = "event", N_("event")
    NICKNAME = "nickname", N_("nickname")


class Doubt(Worded):
    """Why it is uncertain who is one person; a draft holds it, and the review settles it."""

    LIKELY = "likely", N_("perhaps one person, by what stands around the names")
    SHARED = "shared", N_("two people of one name: check who is meant")
    ALIKE = "alike", N_("names that sound alike, or one short for the other: perhaps one person")
    JOINED = "joined", N_("taken for one person by nothing but what stands around the names: confirm it")


class Trigger(Worded):
    """The act or event that starts a retention clock."""

    RECEIVED = "received", N_("receipt of the recording")
    CLEARED = "cleared", N_("clearance of the session")
    RETURN_CLOSED = "return_closed", N_("closing of the return")
    WORKSHOP_CLOSED = "workshop_closed", N_("closing of the workshop")
    RESEARCH_ENDED = "research_ended", N_("end of the research")
    ISSUED = "issued", N_("issue of the document")


class Disposal(Worded):
    """What happens to a record at the end of its retention period."""

    DESTROY = "destroy", N_("destroy")
    REVIEW = "review", N_("review")
    KEEP = "keep", N_("keep")
    TRANSFER = "transfer", N_("transfer")


class Reason(Worded):
    """Why a session waits or was put in quarantine; shown to a facilitator."""

    NOT_A_RECORDING = "not_a_recording", N_("this file is not a recording that can be read")
    EMPTY = "empty", N_("the recording is empty")
    NO_SPEECH = "no_speech", N_("no speech was found in the recording")
    TOO_LARGE = "too_large", N_("the recording is longer or larger than the limits allow")
    WITHHELD_BEYOND = (
        "withheld_beyond",
        N_("a stretch to be kept out begins after the end of the recording: correct the session dossier"),
    )
    DETECTOR_FAILED = "detector_failed", N_("a detector of identifiers failed")
    FAULT = "fault", N_("a fault of the software stopped this step")
    DOSSIER_MISSING = "dossier_missing", N_("the session dossier is missing")
    CONSENT_MISSING = "consent_missing", N_("a participant has not agreed to be recorded")
    PARTS_MISSING = "parts_missing", N_("not all parts of the recording have arrived")
    OFFENCE_DATA = "offence_data", N_("the policy names no authorisation for offence data")


class Caution(Worded):
    """What a facilitator should know of a transcript before reading it."""

    DAMAGED = "damaged", N_("the recording is damaged or was cut off")
    BARE = "bare", N_("hardly any capitals or ends of sentences: more names may have been missed")
    HARD_TO_HEAR = "unclear", N_("hard to hear: much of the transcript may be wrong")


class Exit(IntEnum):
    """Exit codes of the command line (docs/reference/command-line.md)."""

    DONE = 0
    FAULT = 1
    USAGE = 2
    KEYS = 3
    RECORDING = 4
    CONTRACT = 5
    UNKNOWN = 6
    STATE = 7
    PERSON = 8
    WITHHELD = 9
    RESOURCE = 10
    BUSY = 11
    QUARANTINE = 12
    DAMAGED = 20
    TAMPERED = 21
    TRUNCATED = 22
    ROLLED_BACK = 23
    FORKED = 24
