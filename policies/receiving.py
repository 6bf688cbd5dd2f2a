"""Whether somebody outside the group may be given something: what the policy says of that recipient, and no more."""

from policies.policy import Policy, Product
from policies.wording import Listed
from vocabulary.choices import Audience
from vocabulary.errors import HuisclosError, PolicyError, UsageError
from vocabulary.messages import N_


def check_names_recipient(audience: Audience, code: str | None) -> None:
    """Raise UsageError for a deposit that names nobody: a repository keeps it, and may be asked for it back."""
    if audience is Audience.DEPOSIT and code is None:
        raise UsageError(
            N_("What is deposited goes to a recipient that the policy names: say which, with --to CODE."), place="--to"
        )


def names_recipient(audience: Audience, code: str | None) -> bool:
    """Whether ``check_names_recipient`` would let it pass."""
    try:
        check_names_recipient(audience, code)
    except HuisclosError:
        return False
    return True


def check_can_receive(policy: Policy, code: str, audience: Audience, product: Product) -> None:
    """Raise PolicyError unless the recipient ``code`` may be given ``product`` made for ``audience``."""
    recipient = policy.recipient(code)
    if audience not in recipient.audiences:
        raise PolicyError(
            N_("The policy {policy} gives {code} nothing that was made for {audience}; only what was made for "
               "{allowed}."), policy=policy.name, code=code, audience=audience, allowed=Listed(recipient.audiences),
        )  # fmt: skip
    if product not in recipient.products:
        raise PolicyError(
            N_("The policy {policy} does not give {code} {product}; it gives {allowed}."),
            policy=policy.name, code=code, product=product, allowed=Listed(recipient.products),
        )  # fmt: skip


def can_receive(policy: Policy, code: str, audience: Audience, product: Product) -> bool:
    """Whether ``check_can_receive`` would let it pass."""
    try:
        check_can_receive(policy, code, audience, product)
    except HuisclosError:
        return False
    return True
