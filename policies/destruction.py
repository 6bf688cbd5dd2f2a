"""Whether a record may be destroyed now, and why not.

The rule of archives (VITAM, SEDA): destroy only what is dated and due, whose disposal action is
"destroy", that no hold keeps, and that has the visa it needs (Code du patrimoine, public archives). The proof of an
agreement stays as long as anything can be used that was agreed to.
In every other case nothing is done, and the reason is said.
"""

from policies.policy import Policy
from policies.schedule import Due
from vocabulary.choices import Disposal, RecordLife, Worded
from vocabulary.errors import StateError
from vocabulary.messages import N_


class Why(Worded):
    """Why a record is not destroyed."""

    DESTROYED = "destroyed", N_("it is destroyed already")
    KEPT = "kept", N_("the policy keeps it for good")
    TO_REVIEW = "to_review", N_("the policy asks a person to decide on it")
    TO_TRANSFER = "to_transfer", N_("the policy asks for its transfer")
    NOT_DATED = "not_dated", N_("the event that starts its period has not been noted")
    NOT_DUE = "not_due", N_("its period has not run out")
    HELD = "held", N_("a hold keeps it")
    PROVES = "proves", N_("it proves the agreement to what is still kept of its session")
    NO_VISA = "no_visa", N_("the visa of the archives service is missing")
    DECIDED = "decided", N_("a data steward decided to keep it longer")
    NO_RECEIPT = "no_receipt", N_("it was handed over, and the receipt of who was given it is not noted yet")
    FOLLOWS = "follows", N_("it ends with what it was kept beside, and that is still there")
    NOT_ANNOUNCED = "not_announced", N_("it has not been announced for as long as the policy asks")
    NOT_WARNED = "not_warned", N_("the three warnings before an uncleared recording ends have not been given yet, each "
                                  "on a day of its own")  # fmt: skip
    IN_DOUBT = "in_doubt", N_("it came due by a jump of the clock that a second person has not confirmed yet: huisclos "
                              "retention confirm --as NAME")  # fmt: skip


_OTHER_DISPOSALS = {
    Disposal.KEEP: Why.KEPT,
    Disposal.REVIEW: Why.TO_REVIEW,
    Disposal.TRANSFER: Why.TO_TRANSFER,
}


def why_not(
    policy: Policy, due: Due, life: RecordLife, *, held: bool = False, visa: bool = False, proves: bool = False
) -> Why | None:
    """Return what forbids destruction, or None if nothing does.

    ``due`` was computed for the record at this moment; ``held`` says that a hold is set on it or inherited
    (a record whose life is HELD is held whatever it says); ``visa`` that the archives service agreed; ``proves`` that
    it is the proof of an agreement to something that can still be used.
    """
    if life is RecordLife.DESTROYED:
        return Why.DESTROYED
    if due.disposal is not Disposal.DESTROY:
        return _OTHER_DISPOSALS[due.disposal]
    if not due.computable:
        return Why.NOT_DATED
    if not due.is_past:
        return Why.NOT_DUE
    if held or life is RecordLife.HELD:
        return Why.HELD
    if proves:
        return Why.PROVES
    if policy.processing.public_archives and not visa:
        return Why.NO_VISA
    return None


def can_destroy(
    policy: Policy, due: Due, life: RecordLife, *, held: bool = False, visa: bool = False, proves: bool = False
) -> bool:
    """Whether ``check_can_destroy`` would let it pass."""
    return why_not(policy, due, life, held=held, visa=visa, proves=proves) is None


def check_can_destroy(
    policy: Policy, due: Due, life: RecordLife, *, held: bool = False, visa: bool = False, proves: bool = False
) -> None:
    """Raise StateError, with ``why`` among its facts, unless the record may be destroyed now."""
    why = why_not(policy, due, life, held=held, visa=visa, proves=proves)
    if why is not None:
        raise StateError(N_("This record is not destroyed: {why}."), why=why)
