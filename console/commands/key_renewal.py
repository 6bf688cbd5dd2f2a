"""``key renew``: after a theft, every data key is renewed and what it sealed is sealed anew."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console import screen
from console.helping import Command
from console.messages import _, ngettext
from console.opening import open_home
from console.options import Name, PassphraseFile
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.custody.renewal import Renewed


def register(group: typer.Typer) -> None:
    """Add the command of this module."""
    group.command(
        "renew",
        cls=Command,
        help=N_(
            "Renew the data keys, and seal anew what they sealed.\n\nAfter a theft: what was taken opens nothing that "
            "is here from now on. Takes about as long as copying the archive; cut short, the same command goes on."
        ),
    )(renew)


def renew(
    context: typer.Context,
    name: Name,
    workshop: Annotated[
        list[str] | None,
        typer.Option(
            "--workshop",
            metavar=N_("CODE"),
            help=N_("Only this workshop; can be repeated. Otherwise the whole home, and the key of the log."),
        ),
    ] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Renew keys; BusyError, which says how far it is, when another process is at work on a session."""
    from console.progress import progress

    shown = progress()
    with open_home(context, passphrase_file, shown) as services:
        from flows.steps.custody import renewal

        with shown:
            done = renewal.renew(services, workshop or None, name)
    _show(done)


def remove(context: typer.Context, person: str, name: str, passphrase_file: Path | None) -> None:
    """``key opener remove --renew``: withdraw a passphrase, then renew what it reached."""
    from console.progress import progress

    shown = progress()
    with open_home(context, passphrase_file, shown) as services:
        from flows.steps.custody import renewal

        with shown:
            done = renewal.remove_and_renew(services, person, name)
    screen.tell(N_("Their passphrase opens nothing any more."))
    if done is not None:
        _show(done)


def _show(done: "Renewed") -> None:
    screen.show(ngettext("{count} record was sealed anew.", "{count} records were sealed anew.", done.records))
    screen.tell(N_("The keys there were before are destroyed: {count}."), {"count": done.keys})
    if done.log_public_key is not None:
        screen.tell(N_("The log has a new key. Give its public half to whoever checks the log:"))
        screen.show(f"  {done.log_public_key}")
    screen.say(
        screen.paragraph(
            _(
                "What was sealed anew cannot be brought back from any earlier backup. Make a new backup now: huisclos "
                "archive backup FOLDER --as NAME"
            )
        )
    )
