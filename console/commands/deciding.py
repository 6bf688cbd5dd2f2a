"""``retention review`` and ``retention transfer``: what a data steward decides of a record at its end."""

from typing import TYPE_CHECKING, Annotated

import typer

from console import screen
from console.commands.release import DEFAULT_FORMATS, Formats, formats_of, say_left_out
from console.helping import Command
from console.messages import _, ngettext
from console.opening import open_home
from console.options import Name, PassphraseFile, day_of
from vocabulary.choices import Decision
from vocabulary.errors import UsageError
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.retention.deciding import Reviewed

OneRecord = Annotated[
    str, typer.Argument(metavar=N_("RECORD"), help=N_("The record (r-...), as `retention plan` shows it."))
]

_BOTH = N_("Say one of the two: {one} or {other}.")


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command(
        "review",
        cls=Command,
        help=N_(
            "Decide of a record at its end: keep it until a day, or let it be destroyed. The reason is asked for, and "
            "sealed."
        ),
    )(review)
    group.command(
        "transfer",
        cls=Command,
        help=N_(
            "Hand cleared text at its end over to a recipient of the policy, then note their receipt: the record is "
            "destroyed after it."
        ),
    )(transfer)


def review(
    context: typer.Context,
    record: OneRecord,
    name: Name,
    keep_until: Annotated[
        str | None,
        typer.Option("--keep-until", metavar=N_("DATE"), help=N_("Keep it; on that day it is asked about again.")),
    ] = None,
    destroy: Annotated[bool, typer.Option("--destroy", help=N_("Let it be destroyed, announced as usual."))] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Ask for the reason, and note the decision."""
    from vocabulary.text import IdentifiedText

    if destroy == (keep_until is not None):
        raise UsageError(_BOTH, one="--keep-until DATE", other="--destroy")
    until = None if keep_until is None else day_of(keep_until, "--keep-until")
    decision = Decision.DESTROY if until is None else Decision.KEEP
    reason = IdentifiedText(screen.ask(_("The reason, in words:"), required=True))
    with open_home(context, passphrase_file) as services:
        from flows.steps.retention import deciding

        found = deciding.review(services, record, decision, name, reason, until)
    if until is not None:
        screen.tell(N_("Record {id} is kept until {day}; a data steward is asked again then."),
                    {"id": found.record, "day": until})  # fmt: skip
    else:
        _is_to_go(found)


def transfer(
    context: typer.Context,
    record: OneRecord,
    name: Name,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar=N_("CODE"), help=N_("Who is given it, as the policy calls them.")),
    ] = None,
    formats: Formats = DEFAULT_FORMATS,
    received: Annotated[
        str | None,
        typer.Option(
            "--received", metavar=N_("REFERENCE"), help=N_("Note their receipt: its reference on paper; no name.")
        ),
    ] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Hand over, or note that it was received."""
    if (to is None) == (received is None):
        raise UsageError(_BOTH, one="--to CODE", other="--received REFERENCE")
    with open_home(context, passphrase_file) as services:
        from flows.steps.retention import deciding

        if to is None:
            _is_to_go(deciding.note_receipt(services, record, str(received), name))
            return
        released = deciding.hand_over(services, record, to, formats_of(formats), name)
    screen.tell(N_("Written for {code}:"), {"code": to})
    for file in released.files:
        screen.show(f"  {file}")
    say_left_out(released)
    screen.tell(N_("Hand it over. When their receipt has come: huisclos retention transfer {id} --received REFERENCE "
                   "--as NAME"), {"id": record})  # fmt: skip


def _is_to_go(found: "Reviewed") -> None:
    told = ngettext(
        "It is destroyed once that was announced for {count} day.",
        "It is destroyed once that was announced for {count} days.",
        found.announce,
    )
    screen.tell(N_("Noted for record {id}. {then}"), {"id": found.record, "then": told})
