"""What a policy is allowed to say but had better not: choices that are legal in the format and unsafe.

Rules kept here: advice never stops anything; it names the key and the fact, and says what follows from
the choice. Sources of the bounds: CNIL deliberation 2021-122 (logs), GDPR 5, 9, 10, 25 and 89.
"""

from collections.abc import Iterator

from policies.advice_on_time import of_copies_and_log, of_recording, of_schedule, of_vault
from policies.advised import Advice, advise
from policies.consent import USE_OF, unmet
from policies.policy import Moment, Policy, Product
from policies.wording import Listed
from vocabulary.choices import Audience, EntityType, Operator, RecordClass, Use
from vocabulary.messages import N_

_TELLING = (EntityType.PERSON, EntityType.PLACE, EntityType.INSTITUTION, EntityType.CONTACT, EntityType.ID,
            EntityType.QUASI)  # fmt: skip
_TELLING_IN_PUBLIC = (*_TELLING, EntityType.DATE, EntityType.AGE)
_FEWEST = 3
_OUTSIDE = frozenset({Audience.PUBLIC, Audience.DEPOSIT})
"""Audiences of which nobody can say who all will read in the end."""

DPIA = frozenset({"processing.dpia.reference", "processing.dpia.date"})
"""The keys that name the impact assessment."""


def warnings(policy: Policy) -> list[Advice]:
    """Return what to look at again, in the order of the file."""
    return [
        *_of_processing(policy),
        *_of_consent(policy),
        *_of_clearance(policy),
        *_of_audiences(policy),
        *of_schedule(policy),
        *of_recording(policy.schedule[RecordClass.RECORDING]),
        *of_vault(policy),
        *of_copies_and_log(policy),
    ]


def _of_processing(policy: Policy) -> Iterator[Advice]:
    if policy.placeholders:
        yield advise(
            "processing",
            N_("{key}: {count} entries are still to be written by the controller: {keys}."),
            count=len(policy.placeholders),
            keys=Listed(policy.placeholders),
        )
    if DPIA & set(policy.placeholders):
        yield advise(
            "processing.dpia",
            N_("{key}: no impact assessment is named; sensitive data of vulnerable people ask for one before the first "
               "recording (GDPR 35)."),
        )  # fmt: skip
    if not policy.offence_data_authorised:
        yield advise(
            "processing.offence_data.authorisation",
            N_("{key}: no text authorises the processing of offence data; until it is named, no session of the "
               "workshop is transcribed."),
        )  # fmt: skip
    if policy.processing.public_archives:
        yield advise(
            "processing.public_archives",
            N_("{key}: nothing is destroyed without the visa of the archives service."),
        )
    for one in policy.processing.recipients:
        if Audience.GROUP in one.audiences:
            yield advise(
                f"processing.recipients.{one.code}.audiences",
                N_("{key}: what is made for the group lets its members be recognised; prefer {audience}."),
                audience=Audience.RESEARCH,
            )
        if Product.TEXT in one.products:
            yield advise(
                f"processing.recipients.{one.code}.products",
                N_("{key}: the whole text of a session can be put together with what is known elsewhere; prefer "
                   "themes, or what was made of them."),
            )  # fmt: skip


def _of_consent(policy: Policy) -> Iterator[Advice]:
    if policy.consent.required_before is not Moment.TRANSCRIPTION:
        yield advise(
            "consent.required_before",
            N_("{key}: with {moment}, sessions are transcribed before anybody's agreement is known."),
            moment=policy.consent.required_before,
        )
    for use in (Use.RECORDING, Use.RETURN):
        if use not in policy.consent.uses:
            yield advise("consent.uses", N_("{key}: the form does not ask about {use}."), use=use)
    for audience, use in USE_OF.items():
        if audience in set(policy.audiences) - {Audience.GROUP} and use not in policy.consent.uses:
            yield advise(
                "consent.uses",
                N_("{key}: texts are made for {audience}, and the form does not ask about it."),
                audience=audience,
            )
    for use in unmet(policy):
        yield advise(
            "consent.uses",
            N_("{key}: the form asks about {use}, and the policy has no audience for it: nothing is ever given out "
               "for that use."),
            use=use,
        )  # fmt: skip


def _of_clearance(policy: Policy) -> Iterator[Advice]:
    for audience, rule in policy.clearance.items():
        if rule.people == 1:
            yield advise(
                f"clearance.{audience}.people", N_("{key}: one person alone clears what leaves for {audience}."),
                audience=audience
            )  # fmt: skip
        if audience in _OUTSIDE and rule.reviewer_counts:
            yield advise(
                f"clearance.{audience}.reviewer_counts",
                N_("{key}: for {audience}, those who reviewed a text had better not clear it."),
                audience=audience,
            )
    if policy.accept_unread:
        yield advise(
            "clearance.accept_unread",
            N_("{key}: a draft can be accepted without being read; what detection missed then leaves with it."),
        )
    for name, count in (("attribute", policy.thresholds.attribute), ("plot", policy.thresholds.plot)):
        if count < _FEWEST:
            yield advise(
                f"thresholds.{name}",
                N_("{key}: found {count}; with fewer than {fewest} people, one of them can be singled out."),
                count=count,
                fewest=_FEWEST,
            )


def _of_audiences(policy: Policy) -> Iterator[Advice]:
    for audience, profile in policy.audiences.items():
        telling = _TELLING_IN_PUBLIC if audience in _OUTSIDE else _TELLING
        for entity_type in telling:
            if profile.operators[entity_type] is Operator.KEEP:
                yield advise(
                    f"audiences.{audience}.{entity_type}",
                    N_("{key}: what is kept leaves as it was said, for {audience}."),
                    audience=audience,
                )
        if audience in _OUTSIDE and profile.speakers == "role":
            yield advise(
                f"audiences.{audience}.speakers",
                N_("{key}: a role can be enough to recognise who speaks; prefer family or code."),
            )
    if Audience.DEPOSIT in policy.audiences and not any(
        Audience.DEPOSIT in one.audiences for one in policy.processing.recipients
    ):
        yield advise(
            f"audiences.{Audience.DEPOSIT}",
            N_("{key}: a deposit names who receives it, and no recipient of the policy may be given one: nothing can "
               "be deposited yet."),
        )  # fmt: skip
