"""Whether somebody outside the group may be given something: what the policy says of that recipient, and no more."""

from policies.policy import Policy, Product
from policies.wording import Listed
from vocabulary.choices import Audience
from vocabulary.errors import HuisclosError, PolicyError
from vocabulary.messages import N_


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
