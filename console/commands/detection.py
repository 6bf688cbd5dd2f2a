"""``detect``: what identifies, in a file of texts; needs no home and no passphrase."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console import screen
from console.helping import Command
from console.messages import ngettext
from console.opening import home_option, settings_of
from console.options import readable
from vocabulary.errors import UsageError
from vocabulary.messages import N_

if TYPE_CHECKING:
    from infra.settings import Detection


def register_top(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        "detect",
        cls=Command,
        help=N_(
            "Find what identifies in a file of texts, one JSON object a line, and write where it lies.\n\n"
            "docs/reference/command-line.md describes both files. What is found is a help to people, never a guarantee."
        ),
    )(detect)


def detect(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar=N_("IN.jsonl"), help=N_("The texts to search."))],
    target: Annotated[Path, typer.Argument(metavar=N_("OUT.jsonl"), help=N_("Where to write what was found."))],
    dossier: Annotated[
        Path | None,
        typer.Option("--dossier", metavar=N_("FILE"), help=N_("A session dossier: its names are known.")),
    ] = None,
) -> None:
    """Write one line of entities for each line of ``source``; UsageError names the first bad one."""
    readable(source)
    if dossier is not None:
        readable(dossier)
    if target.is_dir() or not target.absolute().parent.is_dir():
        raise UsageError(
            N_("{file} cannot be written: name a file in a folder that exists."),
            place=target.name,
            file=target,
        )
    detection = _detection(context)
    from flows.steps.drafting.detecting import detect as run

    count = run(detection, source, target, dossier)
    screen.say(ngettext("{count} text was searched.", "{count} texts were searched.", count))


def _detection(context: typer.Context) -> "Detection":
    """The settings of detection of the home if one is named, else the defaults."""
    import os

    if home_option(context) is not None or os.environ.get("HUISCLOS_HOME"):
        return settings_of(context).detection
    from infra.settings import Detection

    return Detection()
