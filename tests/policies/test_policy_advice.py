"""Advice: legal but unsafe choices are told with their key, and safe ones are not."""

import pytest

from policies.policy import Policy
from policies.policy_file import parse_policy, warnings


def keys(text: str) -> set[str]:
    return {advice.key for advice in warnings(parse_policy(text, "policy.yaml"))}


UNSAFE = [
    (
        'authorisation: "texte inventé pour la démonstration"',
        "authorisation: à compléter",
        "processing.offence_data.authorisation",
    ),
    ('authorisation: "texte inventé pour la démonstration"', "authorisation: à compléter", "processing"),
    ("public_archives: false", "public_archives: true", "processing.public_archives"),
    ("required_before: transcription", "required_before: none", "consent.required_before"),
    ("[recording, return,", "[recording,", "consent.uses"),
    ("group:    {people: 2", "group:    {people: 1", "clearance.group.people"),
    ("people: 2, reviewer_counts: false", "people: 2, reviewer_counts: true", "clearance.public.reviewer_counts"),
    ("attribute: 3", "attribute: 2", "thresholds.attribute"),
    ("PERSON: pseudonymize", "PERSON: keep", "audiences.group.PERSON"),
    ("DATE: generalize, speakers: family", "DATE: keep, speakers: role", "audiences.public.DATE"),
    ("DATE: generalize, speakers: family", "DATE: keep, speakers: role", "audiences.public.speakers"),
    ("    latest: {after: received, keep: 45 days}\n", "", "schedule.recording.latest"),
    ("keep: 45 days", "keep: 46 days", "schedule.recording.latest"),
    ("    keep: 0 days\n", "    keep: 1 year\n", "schedule.recording.keep"),
    ("  draft: {same_as: verbatim}", "  draft: {same_as: output}", "schedule.draft.then"),
    (
        "  draft: {same_as: verbatim}",
        "  draft: {after: return_closed, keep: 31 days, then: destroy, because: x}",
        "schedule.draft",
    ),
    ("outbox: 7 days", "outbox: 2 months", "copies.outbox"),
    ("backup: 90 days", "backup: 2 years", "copies.backup"),
    ("accesses: 12 months", "accesses: 5 months", "log.accesses"),
    ("accesses: 12 months", "accesses: 4 years", "log.accesses"),
    ("announce: 7 days", "announce: 0 days", "retention.announce"),
    ("due: 30 %", "due: 51 %", "retention.stop_if_share_due"),
    ('reference: "AIPD-DEMO-1"', "reference: à compléter", "processing.dpia"),
    ("date: 2026-01-15", "date: à compléter", "processing.dpia"),
    ("research, public, deposit]", "public, deposit]", "consent.uses"),
    ("research, public, deposit]", "research, public]", "consent.uses"),
    ("  deposit:  {people: 2, reviewer_counts: false", "  deposit:  {people: 2, reviewer_counts: true",
     "clearance.deposit.reviewer_counts"),
    ("  deposit:  {extends: research, INSTITUTION: generalize, DATE: generalize, speakers: family}",
     "  deposit:  {extends: research, INSTITUTION: generalize, speakers: role}", "audiences.deposit.speakers"),
    ("    keep: 0 days\n", "    keep: 10 days\n", "schedule.recording.keep"),
    ("    after: cleared\n", "    after: return_closed\n", "schedule.recording.after"),
    ("extend_once: 30 days", "extend_once: 90 days", "schedule.recording.extend_once"),
    ("    keep: 6 months\n", "    keep: 13 months\n", "schedule.vault.keep"),
    ("    after: workshop_closed\n    keep: 6 months", "    after: research_ended\n    keep: 0 days",
     "schedule.vault.after"),
    ("    after: workshop_closed\n    keep: 6 months", "    after: return_closed\n    keep: 6 months",
     "schedule.vault.after"),
    ("retention: {", "planned: {workshop_closes: 2026-06-30, last_output: 2027-01-31}\nretention: {",
     "planned.last_output"),
    ("recipients: []", "recipients: [{code: v, name: V, audiences: [group], products: [themes]}]",
     "processing.recipients.v.audiences"),
    ("recipients: []", "recipients: [{code: v, name: V, audiences: [public], products: [text]}]",
     "processing.recipients.v.products"),
    ("drop: 2 days", "drop: 20 days", "copies.drop"),
    ("decisions: 5 years", "decisions: 6 months", "log.decisions"),
    ("grace_for_shorter: 14 days", "grace_for_shorter: 0 days", "retention.grace_for_shorter"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key"), UNSAFE, ids=[f"{n}-{e[2]}" for n, e in enumerate(UNSAFE)])
def test_an_unsafe_choice_is_told(demo_text: str, old: str, new: str, key: str) -> None:
    """Changing one thing for the worse adds advice on that key, and the policy still reads."""
    assert old in demo_text and key not in keys(demo_text)
    assert key in keys(demo_text.replace(old, new, 1))


def test_a_vault_that_lasts_to_the_last_planned_output_is_told_nothing(demo_text: str) -> None:
    """Six months after the closing of the workshop reach the day that is planned."""
    planned = "planned: {workshop_closes: 2026-06-30, last_output: 2026-12-30}\nretention: {"
    assert "planned.last_output" not in keys(demo_text.replace("retention: {", planned))


def test_the_samples_are_advised_of_nothing_unexpected(sample: Policy) -> None:
    """What the samples are told is what their comments say: entries to write, drafts accepted unread, nobody named who
    may be given a deposit."""
    to_write = {"processing", "processing.dpia", "processing.offence_data.authorisation"}
    expected = {
        "standard": {*to_write, "clearance.accept_unread", "audiences.deposit"},
        "stricte": to_write,
        "demonstration": {"clearance.accept_unread", "audiences.deposit"},
    }
    assert {advice.key for advice in warnings(sample)} == expected[sample.name]


def test_a_use_that_meets_no_audience_is_told(demo_text: str) -> None:
    """What the form asks about and nothing is made for; with the audience, and who receives it, nothing is said."""
    without = "\n".join(line for line in demo_text.split("\n") if not line.startswith("  deposit:"))
    told = [str(one) for one in warnings(parse_policy(without, "policy.yaml")) if one.key == "consent.uses"]
    assert len(told) == 1 and "the policy has no audience for it" in told[0]
    named = "recipients: [{code: depot, name: Entrepôt, audiences: [deposit], products: [text]}]"
    whole = demo_text.replace("recipients: []", named)
    assert keys(whole) == {"clearance.accept_unread", "processing.recipients.depot.products"}


def test_every_piece_of_advice_can_be_said(sample: Policy) -> None:
    """The facts fill every place of the message, the key first."""
    for advice in warnings(sample):
        assert str(advice).startswith(f"{advice.key}: ") and "{" not in str(advice)
