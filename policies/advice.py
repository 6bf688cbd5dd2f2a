"""What a policy is allowed to say but had better not: choices that are legal in the format and unsafe.

Rules kept here: advice never stops anything; it names the key and the fact, and says what follows from
the choice. Sources of the bounds: CNIL deliberation 2021-122 (logs), GDPR 5, 9, 10, 25 and 89.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policies.period import Period, Unit
from policies.policy import Clock, Moment, Policy
from policies.wording import Listed
from vocabulary.choices import Audience, Disposal, EntityType, Operator, RecordClass, Trigger, Use
from vocabulary.messages import N_

LONGEST_RECORDING = Period(45)
"""How long a voice may stay at most without this module saying so."""

IDENTIFIED = (RecordClass.RECORDING, RecordClass.VERBATIM, RecordClass.DOSSIER, RecordClass.DRAFT)
"""The classes of a session that hold names as they were said."""

_TELLING = (EntityType.PERSON, EntityType.PLACE, EntityType.INSTITUTION, EntityType.CONTACT, EntityType.ID,
            EntityType.QUASI)  # fmt: skip
_TELLING_IN_PUBLIC = (*_TELLING, EntityType.DATE, EntityType.AGE)
_LEAST_LOG, _MOST_LOG = Period(6, Unit.MONTH), Period(3, Unit.YEAR)
_LONG_OUTBOX = Period(30)
_LONG_BACKUP = Period(12, Unit.MONTH)
_LARGE_SHARE = 0.5
_FEWEST = 3


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


def _advice(key: str, message: str, **facts: object) -> Advice:
    return Advice(message, {"key": key, **facts})


def warnings(policy: Policy) -> list[Advice]:
    """Return what to look at again, in the order of the file."""
    return [
        *_of_processing(policy),
        *_of_consent(policy),
        *_of_clearance(policy),
        *_of_audiences(policy),
        *_of_schedule(policy),
        *_of_copies_and_log(policy),
    ]


def _of_processing(policy: Policy) -> Iterator[Advice]:
    if policy.placeholders:
        yield _advice(
            "processing",
            N_("{key}: {count} entries are still to be written by the controller: {keys}."),
            count=len(policy.placeholders),
            keys=Listed(policy.placeholders),
        )
    if not policy.offence_data_authorised:
        yield _advice(
            "processing.offence_data.authorisation",
            N_("{key}: no text authorises the processing of offence data; until it is named, no session of the "
               "workshop is transcribed."),
        )  # fmt: skip
    if policy.processing.public_archives:
        yield _advice(
            "processing.public_archives",
            N_("{key}: nothing is destroyed without the visa of the archives service."),
        )


def _of_consent(policy: Policy) -> Iterator[Advice]:
    if policy.consent.required_before is not Moment.TRANSCRIPTION:
        yield _advice(
            "consent.required_before",
            N_("{key}: with {moment}, sessions are transcribed before anybody's agreement is known."),
            moment=policy.consent.required_before,
        )
    for use in (Use.RECORDING, Use.RETURN):
        if use not in policy.consent.uses:
            yield _advice("consent.uses", N_("{key}: the form does not ask about {use}."), use=use)


def _of_clearance(policy: Policy) -> Iterator[Advice]:
    for audience, rule in policy.clearance.items():
        if rule.people == 1:
            yield _advice(
                f"clearance.{audience}.people", N_("{key}: one person alone clears what leaves for {audience}."),
                audience=audience
            )  # fmt: skip
        if audience is Audience.PUBLIC and rule.reviewer_counts:
            yield _advice(
                f"clearance.{audience}.reviewer_counts",
                N_("{key}: for the public, those who reviewed a text had better not clear it."),
            )
    if policy.accept_unread:
        yield _advice(
            "clearance.accept_unread",
            N_("{key}: a draft can be accepted without being read; what detection missed then leaves with it."),
        )
    for name, count in (("attribute", policy.thresholds.attribute), ("plot", policy.thresholds.plot)):
        if count < _FEWEST:
            yield _advice(
                f"thresholds.{name}",
                N_("{key}: found {count}; with fewer than {fewest} people, one of them can be singled out."),
                count=count,
                fewest=_FEWEST,
            )


def _of_audiences(policy: Policy) -> Iterator[Advice]:
    for audience, profile in policy.audiences.items():
        telling = _TELLING_IN_PUBLIC if audience is Audience.PUBLIC else _TELLING
        for entity_type in telling:
            if profile.operators[entity_type] is Operator.KEEP:
                yield _advice(
                    f"audiences.{audience}.{entity_type}",
                    N_("{key}: what is kept leaves as it was said, for {audience}."),
                    audience=audience,
                )
        if audience is Audience.PUBLIC and profile.speakers == "role":
            yield _advice(
                f"audiences.{audience}.speakers",
                N_("{key}: a role can be enough to recognise who speaks; prefer family or code."),
            )


def _of_schedule(policy: Policy) -> Iterator[Advice]:
    for record_class in (*IDENTIFIED, RecordClass.VAULT):
        rule = policy.schedule[record_class]
        if rule.then is not Disposal.DESTROY:
            yield _advice(
                f"schedule.{record_class}.then",
                N_("{key}: this class holds names; with {then} it is never destroyed by itself."),
                then=rule.then,
            )
        elif record_class in IDENTIFIED and not _bounded(rule.clock, rule.latest):
            yield _advice(
                f"schedule.{record_class}.latest",
                N_("{key}: without a latest date, a record waits for as long as nobody notes the event."),
            )
    recording = policy.schedule[RecordClass.RECORDING]
    for name, clock in (("keep", recording.clock), ("latest", recording.latest)):
        if clock is not None and clock.keep.days > LONGEST_RECORDING.days:
            yield _advice(
                f"schedule.recording.{name}",
                N_("{key}: found {found}; a voice identifies, and {longest} are enough for most reviews."),
                found=clock.keep,
                longest=LONGEST_RECORDING,
            )
    draft, verbatim = policy.schedule[RecordClass.DRAFT], policy.schedule[RecordClass.VERBATIM]
    if _outlives(draft.clock, verbatim.clock) or _outlives(draft.latest, verbatim.latest):
        yield _advice(
            "schedule.draft",
            N_("{key}: the draft is kept longer than the verbatim transcript whose names it needs."),
        )


def _bounded(clock: Clock | None, latest: Clock | None) -> bool:
    """Whether a date can always be computed: receipt is the one event every record has."""
    return any(each is not None and each.after is Trigger.RECEIVED for each in (clock, latest))


def _outlives(one: Clock | None, other: Clock | None) -> bool:
    if one is None or other is None or one.after is not other.after:
        return False
    return one.keep.days > other.keep.days


def _of_copies_and_log(policy: Policy) -> Iterator[Advice]:
    for name, period, most in (
        ("outbox", policy.copies.outbox, _LONG_OUTBOX),
        ("backup", policy.copies.backup, _LONG_BACKUP),
    ):
        if period.days > most.days:
            yield _advice(
                f"copies.{name}",
                N_("{key}: found {found}; copies outside the archive are still personal data, and {most} are enough."),
                found=period,
                most=most,
            )
    accesses = policy.log.accesses
    if not _LEAST_LOG.days <= accesses.days <= _MOST_LOG.days:
        yield _advice(
            "log.accesses",
            N_("{key}: found {found}; the CNIL asks for 6 to 12 months, and up to 3 years with a reason."),
            found=accesses,
        )
    if policy.retention.announce.count == 0:
        yield _advice("retention.announce", N_("{key}: nothing announces a destruction before it happens."))
    if policy.retention.stop_if_share_due > _LARGE_SHARE:
        yield _advice(
            "retention.stop_if_share_due",
            N_("{key}: found {found}; a mistake in the schedule could destroy that much at once."),
            found=f"{policy.retention.stop_if_share_due:.0%}".replace("%", " %"),
        )
