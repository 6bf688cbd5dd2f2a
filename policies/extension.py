"""Whether a steward may give a recording more time: once, before it is cleared, where the policy allows it."""

from policies.policy import Rule
from vocabulary.errors import StateError
from vocabulary.messages import N_


def can_extend(rule: Rule, *, cleared: bool, extended: bool) -> bool:
    """Whether ``check_can_extend`` would let it pass."""
    return rule.extend_once is not None and not cleared and not extended


def check_can_extend(rule: Rule, *, cleared: bool, extended: bool) -> None:
    """Raise StateError unless records under ``rule`` may be kept once longer."""
    if rule.extend_once is None:
        raise StateError(N_("The policy allows no extension (extend_once): nothing was changed."))
    if extended:
        raise StateError(N_("The period was extended before, and it is once only: nothing was changed."))
    if cleared:
        raise StateError(N_("The session is cleared: no extension moves the end of its recording any more."))
