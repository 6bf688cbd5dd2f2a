"""``incident report``: what was on a lost machine, from the inventory kept elsewhere."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from console import screen
from console.helping import Command
from console.messages import _, sentence
from console.options import AsJson
from vocabulary.choices import Exit
from vocabulary.errors import UsageError
from vocabulary.messages import N_


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command(
        "report",
        cls=Command,
        help=N_(
            "Say what was on a lost machine, for the notification of a breach (GDPR 33).\n\n"
            "Works on any machine from the folder of inventories alone, without the home and without a passphrase."
        ),
    )(report)


def report(
    inventory: Annotated[
        Path,
        typer.Option(
            "--inventory", metavar=N_("FOLDER"), help=N_("The folder where the lost machine kept its inventory.")
        ),
    ],
    lost: Annotated[
        str, typer.Option("--lost", metavar=N_("WHAT"), help=N_("What was lost: laptop, disk, passphrase or backup."))
    ] = "laptop",
    when: Annotated[
        str | None,
        typer.Option(
            "--when",
            metavar=N_("DATE"),
            help=N_("When the loss was noticed: 2026-03-14, or 2026-03-14T09:30. Now, unless said."),
        ),
    ] = None,
    powered_off: Annotated[
        str,
        typer.Option(
            "--powered-off", metavar=N_("ANSWER"), help=N_("Whether the machine was off: yes, no or unknown.")
        ),
    ] = "unknown",
    out: Annotated[
        Path | None, typer.Option("--out", metavar=N_("FILE"), help=N_("Write the report to a new file."))
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the report; exits as verifying the copied log does when it is not whole, or with 21 when it contradicts
    the inventory.
    """
    from console.incident_page import page
    from console.incident_shapes import incident as shape
    from flows.steps.custody.incident import report as look
    from policies.breach import Loss, PoweredOff

    found = look(
        inventory,
        Loss(_one_of("--lost", lost, [str(choice) for choice in Loss])),
        PoweredOff(_one_of("--powered-off", powered_off, [str(choice) for choice in PoweredOff])),
        when,
        datetime.now(UTC),
    )
    if out is not None:
        _write(out, screen.object_text("huisclos-incident/1", shape(found)) if as_json else page(found))
    elif as_json:
        screen.answer("huisclos-incident/1", shape(found))
    else:
        for line in page(found).rstrip("\n").split("\n"):
            screen.show(line)
    if out is not None:
        screen.say(sentence(N_("The report is written: {file}"), {"file": out}))
    if found.log.error is not None:
        screen.say(_("The copied log is not whole: see the first part of the report."))
        raise typer.Exit(found.log.error.exit)
    if found.log.agrees is False:
        screen.say(_("Inventory and copied log do not agree: see the first part of the report."))
        raise typer.Exit(Exit.TAMPERED)


def _one_of(option: str, text: str, choices: list[str]) -> str:
    if text.strip().lower() in choices:
        return text.strip().lower()
    message = N_("{text} is not known; choose from {choices}.")
    raise UsageError(message, place=option, text=text, choices=", ".join(choices))


def _write(file: Path, text: str) -> None:
    """Write a new file for its owner alone; UsageError if it is there or cannot be written."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        message = N_("{file} cannot be written ({problem}). Name a file that is not there yet.")
        raise UsageError(message, place=file.name, file=file, problem=error.strerror) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as target:
        target.write(text)
