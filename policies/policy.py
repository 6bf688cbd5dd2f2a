"""What a workshop's policy says, as values that cannot change (format ``huisclos-policy/1``).

The nouns only; policies/policy_file.py reads the file and docs/reference/policy.md describes it. Rules
kept here: a policy speaks of every record class of a workshop and of every entity type of each audience;
``same_as`` and ``extends`` are resolved, so that readers of these values never follow a reference;
a recipient is given texts of audiences that the policy speaks of, and of no other.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from zoneinfo import ZoneInfo

from policies.period import Period
from vocabulary.choices import Audience, Disposal, EntityType, Operator, RecordClass, Trigger, Use, Worded
from vocabulary.errors import PolicyError
from vocabulary.messages import N_
from vocabulary.profile import Profile

FORMAT = "huisclos-policy/1"

UNSCHEDULED: frozenset[RecordClass] = frozenset(
    {RecordClass.PEOPLE, RecordClass.FAULT, RecordClass.REASON, RecordClass.STATEMENT, RecordClass.REQUEST}
)
"""The classes no workshop's policy speaks of: PEOPLE and REQUEST belong to the home, FAULT and REASON end with the
verbatim, STATEMENT with the cleared text."""

SCHEDULED: tuple[RecordClass, ...] = tuple(
    record_class for record_class in RecordClass if record_class not in UNSCHEDULED
)
"""The record classes a policy schedules."""

OPERATORS: Mapping[EntityType, tuple[Operator, ...]] = {
    EntityType.YOUTH: (Operator.PSEUDONYMIZE, Operator.GENERALIZE, Operator.REDACT),
    EntityType.PERSON: (Operator.PSEUDONYMIZE, Operator.GENERALIZE, Operator.REDACT, Operator.KEEP),
    EntityType.PLACE: (Operator.PSEUDONYMIZE, Operator.GENERALIZE, Operator.REDACT, Operator.KEEP),
    EntityType.INSTITUTION: (Operator.PSEUDONYMIZE, Operator.GENERALIZE, Operator.REDACT, Operator.KEEP),
    EntityType.DATE: (Operator.SHIFT, Operator.GENERALIZE, Operator.REDACT, Operator.KEEP),
    EntityType.AGE: (Operator.GENERALIZE, Operator.REDACT, Operator.KEEP),
    EntityType.CONTACT: (Operator.REDACT, Operator.KEEP),
    EntityType.ID: (Operator.REDACT, Operator.KEEP),
    EntityType.QUASI: (Operator.GENERALIZE, Operator.REDACT, Operator.KEEP),
}
"""What may be done to each entity type. YOUTH can never be kept: the identity of minors is protected."""


class Moment(str, Enum):
    """The step before which the participants' agreement must be known."""

    NONE = "none"
    TRANSCRIPTION = "transcription"
    RETURN = "return"

    def __str__(self) -> str:
        return str(self._value_)


class Product(Worded):
    """What a recipient may be given of an audience's cleared text."""

    TEXT = "text", N_("the cleared text of a session")
    THEMES = "themes", N_("themes and their extracts")
    SYNTHESIS = "synthesis", N_("syntheses")
    MODULES = "modules", N_("training modules")


@dataclass(frozen=True)
class Recipient:
    """Somebody outside the group who is given something: a sponsor, a partner, a repository (GDPR 30(1)(d)).

    ``code`` is what commands and the log call it; ``audiences`` whose texts it may read, ``products`` in what form.
    """

    code: str
    name: str
    audiences: tuple[Audience, ...]
    products: tuple[Product, ...]


@dataclass(frozen=True)
class Processing:
    """What the register of processing says (GDPR 30). Texts may still be placeholders."""

    controller: str
    joint_controllers: tuple[str, ...]
    purpose: str
    article_6: str
    article_9: str
    cnil_opinion: str | None
    offence_data: bool
    offence_authorisation: str | None
    dpia_reference: str
    dpia_date: datetime.date | None
    third_parties: str
    public_archives: bool
    recipients: tuple[Recipient, ...] = ()


@dataclass(frozen=True)
class Consent:
    """Before which step agreement is required, and the uses the form asks about."""

    required_before: Moment
    uses: tuple[Use, ...]


@dataclass(frozen=True)
class Clearance:
    """How many different people clear a text, whether one who reviewed it may be one of them, and whether each names a
    written assessment of the risk of recognising somebody (policies/assessment.py)."""

    people: int
    reviewer_counts: bool
    assessment_required: bool = False


@dataclass(frozen=True)
class Clock:
    """A period counted from an event."""

    after: Trigger
    keep: Period


@dataclass(frozen=True)
class Rule:
    """The schedule of one record class. ``clock`` is None exactly when the class is kept for good."""

    then: Disposal
    because: str
    clock: Clock | None = None
    latest: Clock | None = None
    extend_once: Period | None = None

    def __post_init__(self) -> None:
        if (self.clock is None) is not (self.then is Disposal.KEEP):
            raise ValueError(f"a rule that ends in {self.then} and its clock do not agree")
        if self.clock is None and (self.latest or self.extend_once):
            raise ValueError("what is kept for good has no latest date and no extension")


@dataclass(frozen=True)
class Copies:
    """How long copies live outside the archive: outbox, drop folder, backups."""

    outbox: Period
    drop: Period
    backup: Period


@dataclass(frozen=True)
class LogRetention:
    """How long entries of the processing log are kept: accesses, decisions."""

    accesses: Period
    decisions: Period


@dataclass(frozen=True)
class Retention:
    """How destruction proceeds. ``stop_if_share_due`` lies in 0..1."""

    announce: Period
    stop_if_share_due: float
    grace_for_shorter: Period


@dataclass(frozen=True)
class Thresholds:
    """``attribute``: fewest people who share a profession before it is said by its family; ``plot``: fewest people whom
    what is said together fits before the review is told."""

    attribute: int
    plot: int


@dataclass(frozen=True)
class Planned:
    """What is foreseen of the workshop. Advice and simulation use it; no clock starts by it."""

    sessions: int | None = None
    first_session: datetime.date | None = None
    every: Period | None = None
    workshop_closes: datetime.date | None = None
    last_output: datetime.date | None = None
    research_ends: datetime.date | None = None


@dataclass(frozen=True)
class Policy:
    """One policy, whole. ``placeholders`` are the keys the controller has still to write."""

    name: str
    version: int
    time_zone: str
    processing: Processing
    consent: Consent
    clearance: Mapping[Audience, Clearance]
    accept_unread: bool
    thresholds: Thresholds
    audiences: Mapping[Audience, Profile]
    schedule: Mapping[RecordClass, Rule]
    copies: Copies
    log: LogRetention
    retention: Retention
    planned: Planned = Planned()
    placeholders: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if set(self.schedule) != set(SCHEDULED):
            raise ValueError("a policy schedules every record class of a workshop, and no other")
        if set(self.clearance) != set(self.audiences):
            raise ValueError("a policy says who clears for each of its audiences, and for no other")
        if any(not set(one.audiences) <= set(self.audiences) for one in self.processing.recipients):
            raise ValueError("a recipient is given texts of audiences that the policy speaks of")

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which days are counted."""
        return ZoneInfo(self.time_zone)

    @property
    def offence_data_authorised(self) -> bool:
        """Whether processing may start: offence data need a text that allows it (GDPR 10, LIL 46)."""
        waiting = "processing.offence_data.authorisation" in self.placeholders
        return not self.processing.offence_data or (self.processing.offence_authorisation is not None and not waiting)

    def recipient(self, code: str) -> Recipient:
        """The recipient called ``code``; PolicyError, which names those there are, if there is none."""
        found = next((one for one in self.processing.recipients if one.code == code), None)
        if found is None:
            raise PolicyError(
                N_("The policy {policy} names no recipient {code}; it names: {known}."),
                policy=self.name, code=code,
                known=", ".join(one.code for one in self.processing.recipients) or "-")  # fmt: skip
        return found

    def profile(self, audience: Audience) -> Profile:
        """What is done to each entity type for ``audience``; PolicyError if the policy does not know it."""
        self.check_audience(audience)
        return self.audiences[audience]

    def check_audience(self, audience: Audience) -> None:
        """Raise PolicyError unless the policy speaks of ``audience``."""
        if audience not in self.audiences:
            raise PolicyError(
                N_("The policy {policy} has no audience {audience}: nothing can be cleared or released for it. "
                   "Add it to the policy first."), policy=self.name, audience=audience)  # fmt: skip
