"""A policy in plain sentences: all it says, in the order in which a steward defends it.

Rules kept here:
- every value of the policy is said, in words and without its key; what is still to be written is said to be so;
- a sentence is a source string and its facts, translated where it is shown;
- record classes that share a rule, and types that are treated alike, share a sentence.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from policies.consent import USE_OF, unmet
from policies.policy import Clock, Moment, Policy, Product, Recipient, Rule
from policies.register_file import is_placeholder
from policies.wording import Listed, Said
from vocabulary.choices import Audience, Disposal, EntityType, Operator, RecordClass, Trigger
from vocabulary.messages import N_
from vocabulary.profile import EQUIVALENT, Profile


@dataclass(frozen=True)
class Part:
    """A heading, and the sentences under it."""

    title: str
    sentences: tuple[Said, ...]


AFTER: Mapping[Trigger, str] = {
    Trigger.RECEIVED: N_("{keep} after the receipt of the recording"),
    Trigger.CLEARED: N_("{keep} after the clearance of the session"),
    Trigger.RETURN_CLOSED: N_("{keep} after the closing of the return to the group"),
    Trigger.WORKSHOP_CLOSED: N_("{keep} after the closing of the workshop"),
    Trigger.RESEARCH_ENDED: N_("{keep} after the end of the research"),
    Trigger.ISSUED: N_("{keep} after it was issued"),
}
AT_ONCE: Mapping[Trigger, str] = {
    Trigger.RECEIVED: N_("as soon as the recording is received"),
    Trigger.CLEARED: N_("as soon as the session is cleared"),
    Trigger.RETURN_CLOSED: N_("as soon as the return to the group is closed"),
    Trigger.WORKSHOP_CLOSED: N_("as soon as the workshop is closed"),
    Trigger.RESEARCH_ENDED: N_("as soon as the research has ended"),
    Trigger.ISSUED: N_("as soon as it is issued"),
}
ENDS: Mapping[Disposal, str] = {
    Disposal.DESTROY: N_("{what}: destroyed {when}. Reason: {because}."),
    Disposal.REVIEW: N_("{what}: looked at again by a person {when}. Reason: {because}."),
    Disposal.TRANSFER: N_("{what}: transferred {when}. Reason: {because}."),
    Disposal.KEEP: N_("{what}: kept without limit. Reason: {because}."),
}
_MOMENTS: Mapping[Moment, str] = {
    Moment.NONE: N_("Nothing waits for the participants' agreement."),
    Moment.TRANSCRIPTION: N_("No session is transcribed before every participant has agreed to be recorded."),
    Moment.RETURN: N_("No session goes back to the group before every participant has agreed."),
}
_SPEAKERS = {
    "role": N_("Those who took part are shown by their function."),
    "family": N_("Those who took part are shown by their family of professions."),
    "code": N_("Those who took part are shown by a code."),
}
_TEXTS_OF: Mapping[Audience, str] = {
    Audience.GROUP: N_("In texts for the group:"),
    Audience.RESEARCH: N_("In texts for research:"),
    Audience.PUBLIC: N_("In texts for the public:"),
    Audience.DEPOSIT: N_("In texts for deposit:"),
}


def explain(policy: Policy) -> tuple[Part, ...]:
    """Return the whole policy as headings and sentences."""
    return (
        Part(N_("The processing"), tuple(_processing(policy))),
        Part(N_("Who is given what"), tuple(_recipients(policy.processing.recipients))),
        Part(N_("The participants' agreement"), tuple(_consent(policy))),
        Part(N_("Who clears a text"), tuple(_clearance(policy))),
        *(Part(_TEXTS_OF[audience], tuple(_profile(profile))) for audience, profile in policy.audiences.items()),
        Part(N_("When few people share something"), tuple(_thresholds(policy))),
        Part(N_("How long everything is kept"), tuple(_schedule(policy))),
        Part(N_("Copies and log"), tuple(_copies_and_log(policy))),
        Part(N_("How destruction proceeds"), tuple(_retention(policy))),
        *([Part(N_("What is planned"), planned)] if (planned := tuple(_planned(policy))) else []),
    )


def clock_in_words(clock: Clock) -> Said:
    """``30 days after the closing of the return``, or ``as soon as it is closed``."""
    if clock.keep.count == 0:
        return Said(AT_ONCE[clock.after])
    return Said(AFTER[clock.after], {"keep": clock.keep})


def rule_in_words(what: Sequence[RecordClass], rule: Rule) -> Said:
    """What becomes of the records of some classes, and why."""
    facts: dict[str, object] = {"what": Listed(what), "because": rule.because.rstrip(".")}
    if rule.clock is not None:
        facts["when"] = _when(rule.clock, rule)
    return Said(ENDS[rule.then], facts)


def _when(clock: Clock, rule: Rule) -> Said:
    when = clock_in_words(clock)
    if rule.latest is None:
        return when
    facts: dict[str, object] = {"when": when, "latest": clock_in_words(rule.latest)}
    if rule.extend_once is None:
        return Said(N_("{when}, and at the latest {latest}"), facts)
    facts["extension"] = rule.extend_once
    return Said(N_("{when}, and at the latest {latest} (a steward can extend that once by {extension})"), facts)


def _processing(policy: Policy) -> Iterator[Said]:
    found = policy.processing
    yield Said(
        N_("Policy {name}, version {version}; days are counted in the time zone {zone}."),
        {"name": policy.name, "version": policy.version, "zone": policy.time_zone},
    )
    yield Said(N_("Controller: {who}."), {"who": _written(found.controller)})
    if found.joint_controllers:
        yield Said(N_("Together with: {who}."), {"who": Listed(map(_written, found.joint_controllers))})
    yield Said(N_("Purpose: {purpose}."), {"purpose": _written(found.purpose)})
    yield Said(
        N_("Legal basis: GDPR article 6(1)({six}) and, for sensitive data, article 9(2)({nine})."),
        {"six": _written(found.article_6), "nine": _written(found.article_9)},
    )
    yield Said(N_("Opinion of the CNIL: {opinion}."), {"opinion": _written(found.cnil_opinion)})
    if found.offence_data:
        yield Said(
            N_("Offences are spoken of; what allows it (GDPR article 10): {text}."),
            {"text": _written(found.offence_authorisation)},
        )
    else:
        yield Said(N_("Offences are not spoken of."))
    yield Said(
        N_("Impact assessment: {reference}, of {date}."),
        {"reference": _written(found.dpia_reference), "date": found.dpia_date or TO_WRITE},
    )
    yield Said(N_("How those spoken of are informed: {text}."), {"text": _written(found.third_parties)})
    if found.public_archives:
        yield Said(N_("These are public archives: nothing is destroyed without the visa of the archives service."))


TO_WRITE = Said(N_("still to be written"))


def _written(text: str | None) -> object:
    """A text of the controller, or that it is still to be written."""
    if text is None:
        return Said(N_("none named"))
    return TO_WRITE if is_placeholder(text) else text.rstrip(".")


def _recipients(recipients: Sequence[Recipient]) -> Iterator[Said]:
    for one in recipients:
        yield Said(
            N_("{name} ({code}): {products}, made for {audiences}."),
            {
                "name": _written(one.name),
                "code": one.code,
                "products": Listed(Product(product) for product in one.products),
                "audiences": Listed(one.audiences),
            },
        )
    if not recipients:
        yield Said(N_("No recipient outside the group is named."))


def _consent(policy: Policy) -> Iterator[Said]:
    yield Said(_MOMENTS[policy.consent.required_before])
    yield Said(N_("The form asks each participant about: {uses}."), {"uses": Listed(policy.consent.uses)})
    for audience in policy.audiences:
        facts = {"audience": audience, "use": USE_OF[audience]}
        if USE_OF[audience] in policy.consent.uses:
            yield Said(N_("For {audience}: only the turns of those who agree to {use}."), facts)
        else:
            yield Said(N_("For {audience}: the turns of everybody; the form does not ask about {use}."), facts)
    if found := unmet(policy):
        yield Said(
            N_("Asked about, and given out to nobody, for want of an audience: {uses}."), {"uses": Listed(found)}
        )


def _clearance(policy: Policy) -> Iterator[Said]:
    for audience, rule in policy.clearance.items():
        facts = {"audience": audience, "people": rule.people}
        if rule.people == 1:
            yield Said(N_("For {audience}: one person, who did not review the text."), facts)
        elif rule.reviewer_counts:
            yield Said(N_("For {audience}: {people} people, one of whom may have reviewed the text."), facts)
        else:
            yield Said(N_("For {audience}: {people} people, none of whom reviewed the text."), facts)
        if rule.assessment_required:
            yield Said(N_("For {audience}, no text is cleared without a written assessment of the risk of recognising "
                          "somebody."), facts)  # fmt: skip
    if policy.accept_unread:
        yield Said(N_("A draft may be accepted as a whole; what is doubtful then stays masked."))
    else:
        yield Said(N_("A draft is accepted only by who has read it as it stands; what is doubtful then stays masked."))


def _profile(profile: Profile) -> Iterator[Said]:
    order = list(Operator)
    treated = sorted(EntityType, key=lambda one: order.index(profile.operators[one]))
    for operator, types in groupby(treated, key=lambda one: profile.operators[one]):
        yield Said(N_("{operator}: {types}."), {"operator": operator, "types": Listed(types)})
    if profile.pseudonyms == EQUIVALENT:
        yield Said(N_("People are given other first names."))
    else:
        yield Said(N_("People are given codes."))
    yield Said(_SPEAKERS[profile.speakers])


def _schedule(policy: Policy) -> Iterator[Said]:
    rules: dict[Rule, list[RecordClass]] = {}
    for record_class, rule in policy.schedule.items():
        rules.setdefault(rule, []).append(record_class)
    for rule, classes in rules.items():
        yield rule_in_words(classes, rule)


def _thresholds(policy: Policy) -> Iterator[Said]:
    yield Said(N_("Outside the group, a profession or a kind of institution that fewer than {count} participants share "
                  "is said more generally."), {"count": policy.thresholds.attribute})  # fmt: skip
    yield Said(N_("The review is told when what is said together fits fewer than {count} people."),
               {"count": policy.thresholds.plot})  # fmt: skip


def _copies_and_log(policy: Policy) -> Iterator[Said]:
    yield Said(N_("Copies in the outbox are removed after {outbox}; they can be given out again."),
               {"outbox": policy.copies.outbox})  # fmt: skip
    yield Said(N_("A file may lie in the drop folder for {drop}."), {"drop": policy.copies.drop})
    yield Said(N_("A backup may stand for {backup}."), {"backup": policy.copies.backup})
    yield Said(
        N_(
            "The log keeps who read what for {accesses}, and decisions for {decisions} after what they decided is gone."
        ),
        {"accesses": policy.log.accesses, "decisions": policy.log.decisions},
    )  # fmt: skip


def _retention(policy: Policy) -> Iterator[Said]:
    found = policy.retention
    yield Said(N_("A destruction is announced {announce} ahead."), {"announce": found.announce})
    yield Said(
        N_("When more than {share} of the archive comes due at once, everything stops and a person decides."),
        {"share": f"{round(found.stop_if_share_due * 100)}\u00a0%"},
    )
    yield Said(N_("A later policy that is shorter counts {grace} after it was applied."),
               {"grace": found.grace_for_shorter})  # fmt: skip


def _planned(policy: Policy) -> Iterator[Said]:
    found = policy.planned
    if found.sessions is not None:
        yield Said(N_("Sessions: {count}."), {"count": found.sessions})
    if found.first_session is not None:
        yield Said(N_("First session: {date}."), {"date": found.first_session})
    if found.every is not None:
        yield Said(N_("One every {period}."), {"period": found.every})
    for message, date in (
        (N_("The workshop closes on {date}."), found.workshop_closes),
        (N_("The last output is planned for {date}."), found.last_output),
        (N_("The research ends on {date}."), found.research_ends),
    ):
        if date is not None:
            yield Said(message, {"date": date})
