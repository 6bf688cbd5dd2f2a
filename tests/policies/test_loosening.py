"""Which way a change of policy goes, field by field."""

import dataclasses
import types
import typing
from collections.abc import Iterator, Mapping

import pytest

from policies.loosening import FIELDS, Shift, changes, loosens, shortens
from policies.period import Period
from policies.policy import Clock, Policy, Recipient
from policies.policy_file import parse_policy
from vocabulary.profile import Profile

RECIPIENTS = """  recipients:
    - {code: metropole, name: "Métropole Exemple", audiences: [research], products: [themes]}
"""


def fields_of(kind: object, path: str) -> Iterator[str]:
    """Every field that can be reached from a type, as the table names them; read from the types, not from values."""
    arguments = typing.get_args(kind)
    origin = typing.get_origin(kind)
    if kind is Profile:
        yield from (f"{path}.TYPE", f"{path}.speakers", f"{path}.pseudonyms")
    elif dataclasses.is_dataclass(kind) and kind not in (Period, Clock):
        hints = typing.get_type_hints(kind)
        for one in dataclasses.fields(kind):
            yield from fields_of(hints[one.name], f"{path}.{one.name}" if path else one.name)
    elif origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        folded = {"Audience": "AUDIENCE", "RecordClass": "CLASS"}[arguments[0].__name__]
        yield from fields_of(arguments[1], f"{path}.{folded}")
    elif origin is tuple and arguments[0] is Recipient:
        yield from fields_of(Recipient, f"{path}.CODE")
    elif origin in (types.UnionType, typing.Union):
        known = [one for one in arguments if one is not type(None)]
        assert len(known) == 1
        yield from fields_of(known[0], path)
    else:
        yield path


def test_the_table_speaks_of_every_field_of_a_policy_and_of_no_other() -> None:
    """A field that somebody adds to the policy has to be judged before this passes again."""
    found = set(fields_of(Policy, ""))
    assert len(found) > 40
    assert set(FIELDS) == found


CASES = [
    # what is found, what it becomes, the key, what the change is
    ("group:    {people: 2", "group:    {people: 1", "clearance.group.people", {"looser"}),
    ("group:    {people: 2", "group:    {people: 3", "clearance.group.people", {"stricter"}),
    ("people: 2, reviewer_counts: false", "people: 2, reviewer_counts: true", "clearance.public.reviewer_counts",
     {"looser"}),
    (", assessment: required", "", "clearance.public.assessment", {"looser"}),
    ("accept_unread: true", "accept_unread: false", "clearance.accept_unread", {"stricter"}),
    ("PLACE: pseudonymize", "PLACE: keep", "audiences.group.PLACE", {"looser"}),
    ("AGE: generalize\n", "AGE: redact\n", "audiences.group.AGE", {"stricter"}),
    ("speakers: role\n", "speakers: code\n", "audiences.group.speakers", {"stricter"}),
    ("pseudonyms: code", "pseudonyms: equivalent", "audiences.group.pseudonyms", {"looser"}),
    ("attribute: 3", "attribute: 2", "thresholds.attribute", {"looser"}),
    ("plot: 3", "plot: 5", "thresholds.plot", {"stricter"}),
    ("required_before: transcription", "required_before: return", "consent.required_before", {"looser"}),
    (", deposit]", "]", "consent.uses", {"looser"}),
    ("keep: 45 days", "keep: 60 days", "schedule.recording.latest", {"looser"}),
    ("keep: 45 days", "keep: 30 days", "schedule.recording.latest", {"shorter"}),
    ("    latest: {after: received, keep: 45 days}\n    extend_once: 30 days\n", "    extend_once: 30 days\n",
     "schedule.recording.latest", {"looser"}),
    ("extend_once: 30 days", "extend_once: 90 days", "schedule.recording.extend_once", {"looser"}),
    ("    extend_once: 30 days\n", "", "schedule.recording.extend_once", {"shorter"}),
    ("{after: research_ended, keep: 5 years", "{after: workshop_closed, keep: 5 years", "schedule.consent.after",
     {"shorter"}),
    ("{after: research_ended, keep: 5 years", "{after: workshop_closed, keep: 9 years", "schedule.consent.after",
     {"shorter", "looser"}),
    ("{after: research_ended, keep: 5 years", "{after: research_ended, keep: 60 months", "schedule.consent.after",
     {"shorter"}),
    ("keep: 2 years, then: review", "keep: 2 years, then: destroy", "schedule.cleared.then", {"shorter"}),
    ("keep: 2 years, then: review", "keep: 2 years, then: transfer", "schedule.cleared.then", {"looser"}),
    ('{after: workshop_closed, keep: 3 months, then: destroy, because: "repris', '{then: keep, because: "repris',
     "schedule.amendment.then", {"looser"}),
    ("outbox: 7 days", "outbox: 8 days", "copies.outbox", {"looser"}),
    ("backup: 90 days", "backup: 30 days", "copies.backup", {"shorter"}),
    ("accesses: 12 months", "accesses: 6 months", "log.accesses", {"shorter"}),
    ("announce: 7 days", "announce: 2 days", "retention.announce", {"looser"}),
    ("due: 30 %", "due: 40 %", "retention.stop_if_share_due", {"looser"}),
    ("shorter: 14 days", "shorter: 0 days", "retention.grace_for_shorter", {"looser"}),
    ("public_archives: false", "public_archives: true", "processing.public_archives", {"looser"}),
    ("joint_controllers: []", "joint_controllers: [Une ville]", "processing.joint_controllers", {"looser"}),
    ('article_6: "e"', 'article_6: "f"', "processing.legal_basis.article_6", {"looser"}),
    ('reference: "AIPD-DEMO-1"', 'reference: "AIPD-DEMO-2"', "processing.dpia.reference", {"other"}),
    ("processed: true", "processed: false", "processing.offence_data.processed", {"stricter"}),
    ("time_zone: Europe/Paris", "time_zone: Indian/Reunion", "time_zone", {"shorter"}),
    ("name: demonstration", "name: autre", "name", {"other"}),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key", "shifts"), CASES, ids=[f"{n}-{c[2]}" for n, c in enumerate(CASES)])
def test_a_change_goes_the_way_the_table_says(demo_text: str, old: str, new: str, key: str, shifts: set[str]) -> None:
    """The key is named as the file writes it."""
    assert old in demo_text
    before, after = parse_policy(demo_text, "a.yaml"), parse_policy(demo_text.replace(old, new, 1), "b.yaml")
    found = {change.key: {shift.value for shift in change.shifts} for change in changes(before, after)}
    assert found[key] == shifts


def test_nothing_changes_between_a_policy_and_itself(sample: Policy) -> None:
    """No change is told where there is none."""
    assert changes(sample, sample) == ()


def test_the_way_back_of_what_shortens_loosens(demo_text: str) -> None:
    """Periods, clocks, ends: what one way destroys earlier keeps longer the other way."""
    for old, new, _key, shifts in CASES:
        if "shorter" in shifts and not old.startswith("time_zone"):
            before, after = parse_policy(demo_text, "a.yaml"), parse_policy(demo_text.replace(old, new, 1), "b.yaml")
            assert shortens(before, after)
            assert loosens(after, before) or "60 months" in new


def test_an_audience_that_is_added_loosens_and_one_that_goes_does_not(demo_text: str) -> None:
    """Every value of it counts, its clearances too."""
    public = [line for line in demo_text.split("\n") if line.startswith("  public:")]
    without = parse_policy("\n".join(line for line in demo_text.split("\n") if line not in public), "a.yaml")
    whole = parse_policy(demo_text, "b.yaml")
    added = {change.key for change in loosens(without, whole)}
    assert {"clearance.public.people", "audiences.public.YOUTH", "audiences.public.speakers"} <= added
    assert loosens(whole, without) == ()


def test_a_recipient_that_is_added_or_given_more_loosens(demo_text: str) -> None:
    """Who is named, what they read and in what form."""
    named = demo_text.replace("  recipients: []\n", RECIPIENTS)
    before, after = parse_policy(demo_text, "a.yaml"), parse_policy(named, "b.yaml")
    assert {change.key for change in loosens(before, after)} == {
        f"processing.recipients.metropole.{name}" for name in ("code", "name", "audiences", "products")
    }
    assert loosens(after, before) == ()
    more = parse_policy(named.replace("[themes]", "[themes, text]"), "c.yaml")
    assert [change.key for change in loosens(after, more)] == ["processing.recipients.metropole.products"]
    assert loosens(more, after) == ()


def test_writing_what_was_to_be_written_loosens_nothing(demo_text: str) -> None:
    """Completing a policy takes one person; changing what was written there takes two."""
    waiting = parse_policy(demo_text.replace('"texte inventé pour la démonstration"', '"à compléter"'), "a.yaml")
    written = parse_policy(demo_text, "b.yaml")
    other = parse_policy(demo_text.replace('"texte inventé pour', '"un autre texte pour'), "c.yaml")
    assert loosens(waiting, written) == ()
    assert [change.key for change in loosens(written, other)] == ["processing.offence_data.authorisation"]
    assert {shift for change in changes(waiting, written) for shift in change.shifts} == {Shift.OTHER}
