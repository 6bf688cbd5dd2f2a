"""Who outside the group may be given what."""

import pytest

from policies.policy import Policy, Product
from policies.policy_file import parse_policy
from policies.receiving import can_receive, check_can_receive, names_recipient
from vocabulary.choices import Audience
from vocabulary.errors import PolicyError

RECIPIENTS = """recipients:
    - {code: ville, name: Ville Exemple, audiences: [public], products: [themes, text]}
    - {code: labo, name: Labo Exemple, audiences: [research, public], products: [themes]}
"""


@pytest.fixture
def named(demo_text: str) -> Policy:
    return parse_policy(demo_text.replace("recipients: []\n", RECIPIENTS), "policy.yaml")


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("code", [None, "depot"])
def test_a_deposit_alone_has_to_name_who_receives_it(audience: Audience, code: str | None) -> None:
    """Other audiences may be given a text without a recipient outside."""
    assert names_recipient(audience, code) is not (audience is Audience.DEPOSIT and code is None)


@pytest.mark.parametrize(
    ("code", "audience", "product", "may"),
    [
        ("ville", Audience.PUBLIC, Product.TEXT, True),
        ("ville", Audience.RESEARCH, Product.TEXT, False),
        ("ville", Audience.PUBLIC, Product.MODULES, False),
        ("labo", Audience.RESEARCH, Product.THEMES, True),
        ("labo", Audience.GROUP, Product.THEMES, False),
        ("autre", Audience.PUBLIC, Product.TEXT, False),
    ],
)
def test_a_recipient_is_given_what_the_policy_names_and_nothing_else(
    named: Policy, code: str, audience: Audience, product: Product, may: bool
) -> None:
    """Audience and form both have to be named; who is not named is given nothing."""
    assert can_receive(named, code, audience, product) is may


@pytest.mark.parametrize(
    ("code", "audience", "says"),
    [
        ("ville", Audience.GROUP, "public"),
        ("labo", Audience.PUBLIC, "themes"),
        ("autre", Audience.PUBLIC, "ville, labo"),
    ],
)
def test_a_refusal_says_what_is_allowed(named: Policy, code: str, audience: Audience, says: str) -> None:
    """The recipients, audiences and forms that there are."""
    with pytest.raises(PolicyError, match=says):
        check_can_receive(named, code, audience, Product.TEXT)


FAULTS = [
    ("code: labo", "code: ville", "processing.recipients[2].code", "another recipient"),
    ("code: labo", "code: Labo X", "processing.recipients[2].code", "metropole"),
    ("audiences: [public], products", "audiences: [], products", "processing.recipients[1].audiences", "empty list"),
    (
        "products: [themes, text]",
        "products: [voice]",
        "processing.recipients[1].products[1]",
        "text, themes, synthesis",
    ),
    ("name: Ville Exemple, ", "", "processing.recipients[1].name", "missing"),
    ("name: Ville Exemple", "name: Ville Exemple, since: 2026", "processing.recipients[1].since", "not known"),
]


@pytest.mark.parametrize(("old", "new", "key", "says"), FAULTS, ids=[fault[2] for fault in FAULTS])
def test_each_fault_of_a_recipient_names_its_key(demo_text: str, old: str, new: str, key: str, says: str) -> None:
    """As every fault of the file does: the key, what was found, what is allowed."""
    text = demo_text.replace("recipients: []\n", RECIPIENTS).replace(old, new, 1)
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, "policy.yaml")
    assert caught.value.facts["key"] == key and says in str(caught.value)


def test_an_audience_that_the_file_does_not_have_is_refused(demo_text: str) -> None:
    """Nothing is made for it, so nobody can be given it."""
    lines = [line for line in demo_text.split("\n") if not line.startswith("  public:")]
    text = "\n".join(lines).replace("recipients: []\n", RECIPIENTS)
    with pytest.raises(PolicyError, match=r"expected one of group, research, deposit, found 'public'"):
        parse_policy(text, "policy.yaml")


PLANS = [
    ("planned: {sessions: 0}", "planned.sessions"),
    ("planned: {first_session: 2026-09-15, workshop_closes: 2026-09-01}", "planned.workshop_closes"),
    ("planned: {last_output: 2027-01-01, research_ends: 2026-12-31}", "planned.research_ends"),
    ("planned: {every: monthly}", "planned.every"),
    ("planned: {ends: 2026-12-31}", "planned.ends"),
]


@pytest.mark.parametrize(("plan", "key"), PLANS, ids=[key for _plan, key in PLANS])
def test_each_fault_of_a_plan_names_its_key(demo_text: str, plan: str, key: str) -> None:
    """Dates are in their order, and nothing else is planned."""
    with pytest.raises(PolicyError) as caught:
        parse_policy(f"{demo_text}\n{plan}\n", "policy.yaml")
    assert caught.value.facts["key"] == key
