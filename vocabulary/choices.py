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
    # What a person typed to give a reason (docs/adr/0018): of a session or a workshop, and no policy speaks of it.
    REASON = "reason", N_("sealed reason")
    # What a person has kept beside a session's talk (GDPR 16): it ends as the cleared text does (docs/adr/0024).
    STATEMENT = "statement", N_("statement of a person")
    # A class of the home too, under keys that facilitators do not reach (docs/adr/0019).
    REQUEST = "request", N_("request of a person")


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
    DEPOSIT = "deposit", N_("the deposit")


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


class ToldApart(Worded):
    """What tells voices apart. Its words say what a person who checks the speakers should know of it."""

    PLAIN = (
        "plain",
        N_(
            "told apart by how they sound, without a trained model: often wrong with one microphone for a table, "
            "with voices that are alike and with short answers; it cannot tell when two people speak at once"
        ),
    )
    PYANNOTE = "pyannote", N_("told apart by the pyannote.audio model of the settings; it does not say how sure it is")
    SHERPA_ONNX = (
        "sherpa-onnx",
        N_("told apart by the sherpa-onnx models of the settings; they do not say how sure they are"),
    )

    @property
    def knows_overlaps(self) -> bool:
        """Whether it can tell when two people speak at once."""
        return self is not ToldApart.PLAIN


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


class Hearing(Worded):
    """Why a stretch of the transcript is held to be a name that was misheard; a draft holds it with the correction."""

    SAME = "same", N_("sounds the same")
    NEAR = "near", N_("sounds nearly the same, and is no word that is known")
    UNSURE = "unsure", N_("sounds nearly the same, where the recogniser was unsure")
    PLACED = "placed", N_("sounds nearly the same, and stands beside what goes with that name")
    TYPED = "typed", N_("written by a reviewer")


class CorrectionState(Worded):
    """What became of a correction; what is not applied stays masked."""

    APPLIED = "applied", N_("corrected")
    PROPOSED = "proposed", N_("proposed, masked until somebody decides")
    AS_HEARD = "as_heard", N_("left as heard, masked until it is freed")


class Trigger(Worded):
    """The act or event that starts a retention clock."""

    RECEIVED = "received", N_("receipt of the recording")
    CLEARED = "cleared", N_("clearance of the session")
    RETURN_CLOSED = "return_closed", N_("closing of the return")
    WORKSHOP_CLOSED = "workshop_closed", N_("closing of the workshop")
    RESEARCH_ENDED = "research_ended", N_("end of the research")
    ISSUED = "issued", N_("issue of the document")


class Suspends(Worded):
    """What a standing order of a person suspends: destruction (a hold), or use (a restriction, GDPR 18)."""

    DESTRUCTION = "destruction", N_("hold")
    USE = "use", N_("restriction")


class Ground(Worded):
    """Why a hold or a restriction stands, as far as catalog and log may say it."""

    AUTHORITY = "authority", N_("demand of a judge or of the police")
    DANGER = "danger", N_("a minor may be in danger")
    DISPUTE = "dispute", N_("a dispute or a complaint")
    INSPECTION = "inspection", N_("an inspection")
    REQUEST = "request", N_("request of a person")
    INCIDENT = "incident", N_("an incident is being looked into")
    OTHER = "other", N_("another reason, kept sealed")


class RecallAnswer(Worded):
    """What a recipient answered who was asked for an output back; with NONE the output is still out there."""

    RETURNED = "returned", N_("came back")
    DESTROYED = "destroyed", N_("destroyed by its recipient")
    NONE = "none", N_("no answer")


class Notice(Worded):
    """What was said ahead of a destruction: its announcement, or a warning that many days before."""

    ANNOUNCED = "announced", N_("announced")
    WARNED_14 = "warned-14", N_("warned 14 days ahead")
    WARNED_7 = "warned-7", N_("warned 7 days ahead")
    WARNED_2 = "warned-2", N_("warned 2 days ahead")


class Disposal(Worded):
    """What happens to a record at the end of its retention period."""

    DESTROY = "destroy", N_("destroy")
    REVIEW = "review", N_("review")
    KEEP = "keep", N_("keep")
    TRANSFER = "transfer", N_("transfer")


class Decision(Worded):
    """What a data steward decides of a record at its end."""

    KEEP = "keep", N_("kept longer")
    DESTROY = "destroy", N_("destroyed")
    TRANSFER = "transfer", N_("handed over")


class RequestKind(Worded):
    """What somebody asks of the controller (GDPR 15 to 18, 21)."""

    ACCESS = "access", N_("access (GDPR 15)")
    RECTIFICATION = "rectification", N_("rectification (GDPR 16)")
    ERASURE = "erasure", N_("erasure (GDPR 17)")
    RESTRICTION = "restriction", N_("restriction (GDPR 18)")
    OBJECTION = "objection", N_("objection (GDPR 21)")


class RequestState(Worded):
    """How far a request is; policies/requests.py holds the moves."""

    OPEN = "open", N_("open")
    DECIDED = "decided", N_("decided")
    ANSWERED = "answered", N_("answered")
    CLOSED = "closed", N_("closed")


class Ruling(Worded):
    """What is decided about a request."""

    GRANTED = "granted", N_("granted")
    IN_PART = "in-part", N_("granted in part")
    REFUSED = "refused", N_("refused")


class Article(Worded):
    """Why a request is refused or granted in part. For a data protection officer to confirm."""

    GDPR_11_2 = "gdpr-11-2", N_("GDPR 11(2): the person can no longer be identified in what is kept")
    GDPR_12_5 = "gdpr-12-5", N_("GDPR 12(5): the request is manifestly unfounded or excessive")
    GDPR_12_6 = "gdpr-12-6", N_("GDPR 12(6): the identity or the mandate is not established")
    GDPR_15_4 = "gdpr-15-4", N_("GDPR 15(4): a copy would harm the rights and freedoms of others")
    GDPR_16 = "gdpr-16", N_("GDPR 16: what was said stays as it was said; a statement is kept with it")
    GDPR_17_3_B = "gdpr-17-3-b", N_("GDPR 17(3)(b): a legal obligation, or a task in the public interest")
    GDPR_17_3_D = "gdpr-17-3-d", N_("GDPR 17(3)(d): erasure would seriously impair the research")
    GDPR_17_3_E = "gdpr-17-3-e", N_("GDPR 17(3)(e): it is needed for legal claims")
    GDPR_18_1 = "gdpr-18-1", N_("GDPR 18(1): none of the cases of restriction applies")
    GDPR_21_1 = "gdpr-21-1", N_("GDPR 21(1): compelling legitimate grounds prevail")
    GDPR_21_6 = "gdpr-21-6", N_("GDPR 21(6): research necessary for a task in the public interest")
    DECREE_116 = (
        "decree-2019-536-116",
        N_("decree 2019-536, article 116: exercising the right would impair the research"),
    )


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
