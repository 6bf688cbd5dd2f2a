"""The command ``huisclos``: parse, call, show, and say what went wrong in one place.

Rules kept here:
- an error for people becomes its translated message on standard error and its exit code; with --json also
  one object on standard output;
- any other exception ends as ``fault``: its text and traceback are sealed where the archive is open
  (console/opening.py) and shown nowhere;
- nothing heavy is imported to parse a command: each command imports what it calls.
"""

import sys
import traceback
from collections.abc import Sequence
from functools import cache
from typing import Any

import typer
from typer.exceptions import TyperException

from console import screen
from console.helping import Group, noun
from console.messages import _, label, of_error
from console.opening import FaultError, is_full, is_refused
from console.options import Home
from console.usage import hint, of_click
from vocabulary.choices import Exit
from vocabulary.errors import HuisclosError, ResourceError
from vocabulary.messages import N_

INTERRUPTED = 130
ERROR_SCHEMA = "huisclos-error/1"


@cache
def command() -> Any:
    """The whole command line, assembled from the modules of console/commands."""
    from console.commands import (
        archive,
        detection,
        home,
        incident,
        key,
        log,
        models,
        policy,
        processing,
        querying,
        release,
        retention,
        review,
        sessions,
        settings,
        upgrading,
        witness,
        workshops,
    )

    app = typer.Typer(
        name="huisclos",
        cls=Group,
        help=N_("Carries the recordings of workshops from the room to what may leave it."),
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["--help"]},
    )
    app.callback()(_root)
    home.register(app)
    for name, help_text, module in (
        ("workshop", N_("Workshops and the policy of each."), workshops),
        ("session", N_("A session as a whole: discard it, try it again, get its recording back."), sessions),
        ("review", N_("Review what was found in a session."), review),
        ("retention", N_("What the retention schedule destroys, and when."), retention),
        ("log", N_("The processing log: who did what, and when."), log),
        ("witness", N_("Second parties who countersign the log."), witness),
        ("key", N_("Passphrases, the root of the keys, and recovery."), key),
        ("archive", N_("The archive: whether everything is what was written."), archive),
        ("incident", N_("A lost machine: what was on it, for the notification."), incident),
        ("policy", N_("Policy files."), policy),
        ("models", N_("Models of speech, voices and names: what is there, and where it came from."), models),
        ("settings", N_("Settings."), settings),
    ):
        group = noun(help_text)
        module.register(group)
        app.add_typer(group, name=name)
    for module in (sessions, processing, release, detection, upgrading, querying):
        module.register_top(app)
    return typer.main.get_command(app)


def _root(home: Home = None) -> None:
    """Options that stand before every command; console/opening.py reads --home from the context."""
    del home


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; return its exit code (vocabulary.choices.Exit, or 130 when interrupted)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in words
    screen.prepare()
    try:
        code = command().main(words, prog_name="huisclos", standalone_mode=False)
    except TyperException as error:
        return _misused(error, as_json)
    except (typer.Abort, KeyboardInterrupt):
        return _interrupted(as_json)
    except HuisclosError as error:
        return _failed(error, as_json)
    except Exception as error:
        return _failed(_fault(error), as_json)
    if code == INTERRUPTED:
        return _interrupted(as_json)
    return int(code or 0)


def _misused(error: Any, as_json: bool) -> int:
    if type(error).__name__ == "NoArgsIsHelpError":
        screen.say(str(error.message).rstrip())
        return Exit.USAGE
    told = hint(error)
    if told:
        screen.say(told)
    return _failed(of_click(error), as_json)


def _interrupted(as_json: bool) -> int:
    message = _("Interrupted. What was finished is kept; the same command goes on from there.")
    screen.say("")
    screen.say(message)
    if as_json:
        _object(INTERRUPTED, "Interrupted", message, None)
    return INTERRUPTED


def _failed(error: HuisclosError, as_json: bool) -> int:
    message = of_error(error)
    screen.say(label(_("Error"), message))
    if as_json:
        _object(int(error.exit), error.kind, message, error.place)
    return int(error.exit)


def _object(code: int, kind: str, message: str, place: str | None) -> None:
    screen.answer(ERROR_SCHEMA, {"error": {"code": code, "kind": kind, "message": message, "place": place}})


def _fault(error: Exception) -> HuisclosError:
    """What to report for an exception that no archive was open to seal: its kind and its line, not its text."""
    if isinstance(error, OSError) and is_full(error):
        return ResourceError(N_("No room is left on the disk. Make room, then run the command again: nothing is lost."))
    if isinstance(error, OSError) and is_refused(error):
        return ResourceError(
            N_(
                "The home or a file cannot be written or read ({problem}). Check the rights, and that the disk may be "
                "written to; then run the command again: nothing is lost."
            ),
            problem=error.strerror,
        )
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else "-"
    return FaultError(
        N_(
            "A fault of the software stopped this command ({kind}, {where}). Nothing is lost. Tell whoever looks after "
            "the software what you typed, and these two words."
        ),
        place=where,
        kind=type(error).__name__,
        where=where,
    )
