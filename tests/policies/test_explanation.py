"""What ``policy explain`` says of a policy."""

from dataclasses import replace
from enum import Enum
from pathlib import Path

import pytest

from policies.explanation import explain
from policies.loosening import values
from policies.period import Period, Unit
from policies.policy import Clock, Policy
from policies.policy_file import parse_policy
from policies.reading import Origin
from policies.yaml_lines import load
from vocabulary.choices import Audience, Disposal, EntityType, Operator, RecordClass, Trigger
from vocabulary.errors import PolicyError
from vocabulary.profile import Profile


def said(policy: Policy) -> str:
    return "\n".join(f"{part.title}\n" + "\n".join(map(str, part.sentences)) for part in explain(policy))


def test_a_rule_is_said_with_its_clocks_its_end_and_its_reason(demo: Policy) -> None:
    """The whole sentence of the recording, in English."""
    assert (
        "recording: destroyed as soon as the session is cleared, and at the latest 45 days after the receipt of the "
        "recording (a steward can extend that once by 30 days). Reason: la voix identifie."
    ) in said(demo)


def test_what_is_treated_alike_shares_a_sentence(demo: Policy) -> None:
    """One for each operator, one for classes of one rule."""
    assert "pseudonymize: YOUTH, PERSON, PLACE, INSTITUTION." in said(demo)
    assert "verbatim, dossier, draft: destroyed" in said(demo)


def test_what_is_still_to_be_written_is_said_to_be(demo_text: str) -> None:
    """The placeholder itself is not repeated."""
    text = demo_text.replace('"Laboratoire Exemple"', '"à compléter (le responsable)"')
    assert "Controller: still to be written." in said(parse_policy(text, "policy.yaml"))


def test_recipients_and_plans_are_said(demo_text: str) -> None:
    """Who is given what, for whom it was made, and the dates that are foreseen."""
    recipients = "recipients: [{code: v, name: Ville Exemple, audiences: [public], products: [themes, modules]}]"
    text = demo_text.replace("recipients: []", recipients)
    text += "\nplanned: {sessions: 8, every: 1 month, last_output: 2027-01-31}\n"
    found = said(parse_policy(text, "policy.yaml"))
    assert "Ville Exemple (v): themes, modules, made for public." in found
    assert "The last output is planned for 2027-01-31." in found
    assert "No recipient outside the group is named." in said(parse_policy(demo_text, "policy.yaml"))


def _changed(policy: Policy, field: str) -> list[Policy]:
    """The policy with something else in one field."""
    other = Period(77)
    recording, group = policy.schedule[RecordClass.RECORDING], policy.audiences[Audience.GROUP]
    ruled = {
        "clock": replace(recording, clock=Clock(Trigger.RETURN_CLOSED, other)),
        "latest": replace(recording, latest=Clock(Trigger.CLEARED, other)),
        "extend_once": replace(recording, extend_once=other),
        "because": replace(recording, because="autre"),
        "then": replace(recording, then=Disposal.TRANSFER),
    }
    name = field.rpartition(".")[2]
    if field.startswith("schedule."):
        return [replace(policy, schedule={**policy.schedule, RecordClass.RECORDING: ruled[name]})]
    if field.startswith("audiences."):
        profile = {
            "TYPE": Profile(Audience.GROUP, {**group.operators, EntityType.ID: Operator.KEEP}),
            "speakers": replace(group, speakers="code"),
            "pseudonyms": replace(group, pseudonyms="equivalent"),
        }[name]
        return [replace(policy, audiences={**policy.audiences, Audience.GROUP: profile})]
    return []


@pytest.mark.parametrize("field", ["clock", "latest", "extend_once", "because", "then"])
def test_every_part_of_a_rule_changes_what_is_said(demo: Policy, field: str) -> None:
    """Nothing of the schedule is left out of the sentences."""
    (changed,) = _changed(demo, f"schedule.CLASS.{field}")
    assert said(changed) != said(demo)


@pytest.mark.parametrize("field", ["TYPE", "speakers", "pseudonyms"])
def test_every_part_of_a_profile_changes_what_is_said(demo: Policy, field: str) -> None:
    """Nor of what is done for an audience."""
    (changed,) = _changed(demo, f"audiences.AUDIENCE.{field}")
    assert said(changed) != said(demo)


def test_every_value_of_the_file_is_said() -> None:
    """Each text, number and period of a policy with everything in it stands in the sentences."""
    page = (Path(__file__).parents[2] / "docs" / "reference" / "policy.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]
    policy = parse_policy(example, "policy.md")
    plain, _ = load(example, Origin("policy.md", PolicyError, echo=True))
    assert plain
    found = said(policy)
    for key, (_field, value) in values(policy):
        is_plain = isinstance(value, Period | int | str) and not isinstance(value, Enum | bool)
        is_word = value in ("role", "family", "code") or str(value).startswith("à compléter")
        if is_plain and not is_word:
            assert str(value).removesuffix(".") in found, key
    assert Period(1, Unit.MONTH) == policy.planned.every
