"""``inspection``: what an authority asks first, in a folder, without content."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from console import screen
from console.helping import Command
from console.messages import _, ngettext
from console.opening import settings_of
from console.options import AsJson
from vocabulary.messages import N_


def register_top(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(
        "inspection",
        cls=Command,
        help=N_(
            "Write what an authority asks first into a new folder, without content.\n\n"
            "Register entry, legal texts, retention schedule, people and rights, requests, destructions, backups, "
            "incidents, software, the whole log with its checker, and the digest of every file. It needs no passphrase."
        ),
    )(inspection)


def inspection(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar=N_("FOLDER"), help=N_("A folder that is not there yet."))],
    as_json: AsJson = False,
) -> None:
    """Write the folder; UsageError if it is there already."""
    from console.inspection_pages import SCHEMA, pages, value
    from flows.steps.rights.inspection import inspect, write

    settings = settings_of(context)
    found = inspect(settings, datetime.now(UTC))
    names = write(settings, folder, found, pages(found))
    if as_json:
        screen.answer(SCHEMA, value(found))
        return
    screen.tell(N_("Written into {folder}, without content:"), {"folder": folder})
    screen.show("  " + ngettext("{count} file", "{count} files", len(names)))
    screen.say(_("Give it together with a checkpoint of the log that was kept elsewhere."))
