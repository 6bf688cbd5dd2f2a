"""``hold`` and ``restriction``, each with ``add``, ``list``, ``keep`` and ``lift``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import screen
from console.helping import Command
from console.messages import _, day, label, ngettext
from console.opening import open_home, settings_of
from console.options import AsJson, Name, PassphraseFile, Where, day_of
from vocabulary.choices import Ground, Suspends
from vocabulary.errors import UsageError
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.retention.holds import Standing

Order = Annotated[str, typer.Argument(metavar=N_("ID"), help=N_("The id that `list` shows."))]
ForReview = Annotated[
    str,
    typer.Option(
        "--review",
        metavar=N_("DATE"),
        help=N_("The day to be asked whether it goes on, as 2026-09-01. It never ends by itself."),
    ),
]
ForGround = Annotated[
    str,
    typer.Option(
        "--ground",
        metavar=N_("WORD"),
        help=N_("Why: authority, danger, dispute, inspection, request, incident or other."),
    ),
]
WithReason = Annotated[
    bool, typer.Option("--with-reason", help=N_("Ask for the reason in words; it is sealed, and shown to nobody else."))
]
ForRequest = Annotated[
    str | None,
    typer.Option("--request", metavar=N_("REQUEST"), help=N_("The granted request that this carries out.")),
]

_STANDS = {
    Suspends.DESTRUCTION: N_("A hold stands over {on}: {id}. Nothing of it is destroyed until it is lifted."),
    Suspends.USE: N_("A restriction stands over {on}: {id}. Nothing of it is read, cleared or given out until it is "
                     "lifted. It is destroyed on its day all the same, unless a hold stands over it, too."),
}  # fmt: skip
_LIFTED = {Suspends.DESTRUCTION: N_("Lifted: hold {id}."), Suspends.USE: N_("Lifted: restriction {id}.")}
_NONE = {Suspends.DESTRUCTION: N_("No hold stands."), Suspends.USE: N_("No restriction stands.")}
_SCHEMAS = {Suspends.DESTRUCTION: "huisclos-holds/1", Suspends.USE: "huisclos-restrictions/1"}
_HELP = {
    Suspends.DESTRUCTION: (
        N_("Let a hold stand over a workshop, a session or a record: nothing of it is destroyed."),
        N_("List the holds that stand."),
        N_("Say that a hold goes on, and when to be asked again."),
        N_("End a hold, by name."),
    ),
    Suspends.USE: (
        N_("Let a restriction stand over a workshop, a session or a record: nothing of it is used."),
        N_("List the restrictions that stand."),
        N_("Say that a restriction goes on, and when to be asked again."),
        N_("End a restriction, by name."),
    ),
}


@dataclass(frozen=True)
class _Door:
    """The four commands for one of the two."""

    suspends: Suspends

    def register(self, group: typer.Typer) -> None:
        """Add the commands of this module."""
        actions: tuple[tuple[str, Callable[..., Any]], ...] = (
            ("add", _adding(self.suspends)),
            ("list", _listing(self.suspends)),
            ("keep", _keeping(self.suspends)),
            ("lift", _lifting(self.suspends)),
        )
        for (name, action), text in zip(actions, _HELP[self.suspends], strict=True):
            group.command(name, cls=Command, help=text)(action)


holds, restrictions = _Door(Suspends.DESTRUCTION), _Door(Suspends.USE)


def _adding(suspends: Suspends) -> Callable[..., None]:
    def hold(
        context: typer.Context,
        where: Where,
        ground: ForGround,
        review: ForReview,
        name: Name,
        with_reason: WithReason = False,
        passphrase_file: PassphraseFile = None,
    ) -> None:
        _place(context, suspends, where, (ground, review), name, with_reason, None, passphrase_file)

    def restrict(
        context: typer.Context,
        where: Where,
        ground: ForGround,
        review: ForReview,
        name: Name,
        request: ForRequest = None,
        with_reason: WithReason = False,
        passphrase_file: PassphraseFile = None,
    ) -> None:
        _place(context, suspends, where, (ground, review), name, with_reason, request, passphrase_file)

    return hold if suspends is Suspends.DESTRUCTION else restrict


def _place(
    context: typer.Context,
    suspends: Suspends,
    where: str,
    typed: tuple[str, str],
    name: str,
    with_reason: bool,
    request: str | None,
    passphrase_file: Path | None,
) -> None:
    """Place an order; ``typed`` are its ground and its day of review."""
    from vocabulary.text import IdentifiedText

    why, on = _ground(typed[0]), day_of(typed[1], "--review")
    reason = IdentifiedText(screen.ask(_("The reason, in words:"), required=True)) if with_reason else None
    with open_home(context, passphrase_file) as services:
        from flows.steps.retention import holds as orders

        placed = orders.place(services, suspends, where, why, on, name, reason, request)
    screen.tell(_STANDS[suspends], {"on": placed.on, "id": placed.id})
    screen.show(ngettext("It covers {count} record.", "It covers {count} records.", placed.records))
    if placed.going:
        screen.say(
            ngettext(
                "The destruction of {count} record was under way already: what is left of it is kept.",
                "The destruction of {count} records was under way already: what is left of them is kept.",
                placed.going,
            )
        )


def _listing(suspends: Suspends) -> Callable[..., None]:
    def listed(
        context: typer.Context,
        everything: Annotated[bool, typer.Option("--all", help=N_("Those that were lifted, too."))] = False,
        as_json: AsJson = False,
    ) -> None:
        from flows.steps.retention import holds as orders

        found = orders.listed(settings_of(context), suspends, datetime.now(UTC), everything=everything)
        if as_json:
            screen.answer(_SCHEMAS[suspends], {"orders": [_value(one) for one in found]})
        elif found:
            head = [_("Of"), _("Why"), _("Since"), _("To be reviewed"), _("Id")]
            screen.show(screen.table(map(_row, found), head))
        else:
            screen.tell(_NONE[suspends])

    return listed


def _keeping(suspends: Suspends) -> Callable[..., None]:
    def keep(
        context: typer.Context, order: Order, review: ForReview, name: Name, passphrase_file: PassphraseFile = None
    ) -> None:
        on = day_of(review, "--review")
        with open_home(context, passphrase_file) as services:
            from flows.steps.retention import holds as orders

            row = orders.go_on(services, suspends, order, on, name)
        screen.tell(N_("{id} goes on. The next review is on {day}."), {"id": row.id, "day": on})

    return keep


def _lifting(suspends: Suspends) -> Callable[..., None]:
    def lift(context: typer.Context, order: Order, name: Name, passphrase_file: PassphraseFile = None) -> None:
        with open_home(context, passphrase_file) as services:
            from flows.steps.retention import holds as orders

            reason = orders.reason_of(services, orders.standing_order(services, suspends, order))
            row = orders.lift(services, suspends, order, name)
        if reason is not None:
            screen.show(label(_("It was placed for this reason"), reason.reveal()))
        screen.tell(_LIFTED[suspends], {"id": row.id})

    return lift


def _ground(text: str) -> Ground:
    try:
        return Ground(text.strip().lower())
    except ValueError:
        raise UsageError(
            N_("{text} is no reason that is known. Choose from: {choices}."), place="--ground", text=text,
            choices=", ".join(map(str, Ground)),
        ) from None  # fmt: skip


def _row(one: "Standing") -> tuple[str, ...]:
    row = one.row
    review = day(date.fromisoformat(row.review_on))
    if row.lifted_at is not None:
        review = label(_("lifted"), day(date.fromisoformat(row.lifted_at[:10])))
    elif one.to_review:
        review += " (" + _("past: say whether it goes on") + ")"
    return one.on, _(Ground(row.ground).word), day(date.fromisoformat(row.at[:10])), review, row.id


def _value(one: "Standing") -> dict[str, object]:
    row = one.row
    return {
        "id": row.id,
        "on": one.on,
        "ground": row.ground,
        "review_on": row.review_on,
        "to_review": one.to_review,
        "reason_sealed": row.note is not None,
        "person": row.person,
        "placed_at": row.at,
        "lifted_at": row.lifted_at,
    }
