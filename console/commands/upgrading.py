"""``upgrade``: bring a home of an earlier version to this one."""

import typer

from console import screen
from console.helping import Command
from console.messages import ngettext
from console.opening import passphrase_of, settings_of
from console.options import AsJson, PassphraseFile
from vocabulary.messages import N_


def register_top(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(
        "upgrade",
        cls=Command,
        help=N_(
            "Bring a home made by an earlier version up to date.\n\n"
            "What will change is copied first; afterwards everything is verified. If anything fails, or the machine "
            "stops, the home goes back to what it was."
        ),
    )(upgrade)


def upgrade(context: typer.Context, as_json: AsJson = False, passphrase_file: PassphraseFile = None) -> None:
    """Upgrade and say what was done; nothing is done to a home that is up to date."""
    settings = settings_of(context)
    passphrase = passphrase_of(passphrase_file)
    from flows.steps.custody.upgrading import upgrade as bring_up_to_date
    from infra.logging import configure

    configure()
    done = bring_up_to_date(settings, passphrase)
    if as_json:
        answer = {"found": done.found, "format": done.format, "changed": done.changed, "objects": done.objects}
        screen.answer("huisclos-upgrade/1", answer)
    elif not done.changed:
        screen.tell(N_("This home is up to date ({format}): nothing was changed."), {"format": done.format})
    else:
        screen.tell(
            N_("The home was brought from {found} to {format}, and verified."),
            {"found": done.found, "format": done.format},
        )
        screen.show(ngettext("{count} object opened.", "{count} objects opened.", done.objects))
