"""``settings show``: every setting, its value, and where it comes from."""

import typer

from console import screen
from console.helping import Command
from console.messages import _
from console.opening import settings_of
from console.options import AsJson
from vocabulary.messages import N_

_WORDS = {"default": N_("default"), "set": N_("set"), "unset": N_("not set")}


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command("show", cls=Command, help=N_("Show every setting, its value and where it comes from."))(show)


def show(context: typer.Context, as_json: AsJson = False) -> None:
    """Show every setting with its origin, secrets as set or unset."""
    from infra.settings import explain

    rows = explain(settings_of(context))
    if as_json:
        found = [{"name": name, "value": value, "origin": origin} for name, value, origin in rows]
        screen.answer("huisclos-settings/1", {"settings": found})
        return
    lines = [
        (name, _(_WORDS[value]) if name == "passphrase" else value, _(_WORDS.get(origin, "")) or origin)
        for name, value, origin in rows
    ]
    screen.show(screen.table(lines, [_("Setting"), _("Value"), _("From")]))
