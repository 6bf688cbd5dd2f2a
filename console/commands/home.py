"""``init``, ``doctor`` and ``status``: the home, the machine, and where everything stands."""

from typing import Annotated

import typer

from console import screen, status_shapes
from console.commands.standing import show_status
from console.helping import Command
from console.messages import _, label, sentence
from console.opening import home_option, new_passphrase, settings_of
from console.options import AsJson, PassphraseFile
from vocabulary.choices import Exit
from vocabulary.messages import N_

_SIGNS = {"ok": N_("sound"), "advice": N_("advice"), "fault": N_("to mend")}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        "init",
        cls=Command,
        help=N_(
            "Make a home: keys, drop folder, outbox, archive, and a sample policy.\n\n"
            "The passphrase cannot be recovered: keep it where only those who need it find it."
        ),
    )(init)
    app.command("doctor", cls=Command, help=N_("Say what is sound on this machine, and what to do about the rest."))(
        doctor
    )
    app.command("status", cls=Command, help=N_("Say where every session stands and what waits for whom."))(status)


def init(
    context: typer.Context,
    passphrase_file: PassphraseFile = None,
    accept_place: Annotated[
        bool, typer.Option("--accept-place", help=N_("Accept a synchronised or network folder all the same."))
    ] = False,
) -> None:
    """Make a home where the settings say; UsageError for a folder in use, KeysError for a weak passphrase."""
    settings = settings_of(context)
    from infra.doctor import disk_checks
    from infra.home import create_home

    passphrase = new_passphrase(passphrase_file)
    created = create_home(settings.home, passphrase, keys=settings.keys, slot=settings.slot, accept_place=accept_place)
    screen.tell(N_("The home is made: {home}"), {"home": created.home})
    screen.tell(N_("A sample policy to complete: {file}"), {"file": created.policy})
    screen.show()
    screen.tell(
        N_(
            "Public key of the processing log. Give it to whoever will check the log, and keep it "
            "somewhere else than on this machine:"
        )
    )
    screen.show(f"  {created.log_public_key}")
    screen.show()
    for check in disk_checks(created.home, settings.slot):
        if check.level != "ok":
            screen.show(_check_line(check.level, sentence(check.message, check.facts)))
    screen.tell(N_("Without the passphrase nobody can open this home, not even those who made the software."))
    if home_option(context) is not None:
        screen.say(sentence(N_("To name it from now on: export HUISCLOS_HOME={home}"), {"home": created.home}))


def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Show every check; exit 10 if one is a fault."""
    settings = settings_of(context)
    from infra.doctor import examine

    checks = examine(settings)
    if as_json:
        rows = [
            {"name": check.name, "level": check.level, "message": sentence(check.message, check.facts)}
            for check in checks
        ]
        screen.answer("huisclos-doctor/1", {"sound": all(check.level != "fault" for check in checks), "checks": rows})
    else:
        for check in checks:
            screen.show(_check_line(check.level, sentence(check.message, check.facts)))
    if any(check.level == "fault" for check in checks):
        raise typer.Exit(Exit.RESOURCE)


def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Show where everything stands; needs no passphrase."""
    settings = settings_of(context)
    from flows.steps.status import status as look

    found = look(settings)
    if as_json:
        screen.answer("huisclos-status/1", status_shapes.status(found))
    else:
        show_status(found)


def _check_line(level: str, text: str) -> str:
    return screen.paragraph(label(_(_SIGNS[level]), text), "    ", "  ")
