"""``workshop add`` and ``workshop list``."""

from pathlib import Path
from typing import Annotated

import typer

from console import screen
from console.commands import moving
from console.helping import Command
from console.messages import _, moment, sentence
from console.opening import open_home, settings_of
from console.options import AsJson, PassphraseFile, readable
from vocabulary.messages import N_


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command("add", cls=Command, help=N_("Add a workshop under a policy file, and open its drop folder."))(add)
    group.command("list", cls=Command, help=N_("List the workshops."))(listed)
    moving.register(group)


def add(
    context: typer.Context,
    code: Annotated[
        str, typer.Argument(metavar=N_("CODE"), help=N_("What names the workshop: letters, digits, hyphens."))
    ],
    policy: Annotated[
        Path,
        typer.Option("--policy", metavar=N_("FILE"), help=N_("The policy: clearance, treatment, retention.")),
    ],
    passphrase_file: PassphraseFile = None,
) -> None:
    """Add a workshop; PolicyError with file, line and key, StateError when the code is taken."""
    readable(policy)
    with open_home(context, passphrase_file) as services:
        from flows.steps import workshops

        added = workshops.add(services, code, policy)
        drop = services.home / "drop" / added.code
    screen.tell(N_("Workshop {code} follows policy {policy}."), {"code": added.code, "policy": added.policy})
    screen.tell(N_("Its drop folder: {folder}"), {"folder": drop})
    for advice in added.advice:
        screen.say("- " + sentence(advice.message, advice.facts))


def listed(context: typer.Context, as_json: AsJson = False) -> None:
    """Show all workshops; needs no passphrase."""
    from flows.steps import workshops

    rows = workshops.listed(settings_of(context))
    if as_json:
        screen.answer(
            "huisclos-workshops/1",
            {
                "workshops": [
                    {
                        "code": row.code,
                        "created_at": row.created_at,
                        "left_at": row.left_at,
                        "policy": {
                            "name": row.policy_name,
                            "version": row.policy_version,
                            "digest": row.policy_digest,
                        },
                    }
                    for row in rows
                ]
            },
        )
    elif rows:
        head = [_("Workshop"), _("Policy"), _("Version"), _("Added"), _("Left")]
        lines = [
            (
                row.code,
                row.policy_name,
                str(row.policy_version),
                moment(row.created_at),
                "" if row.left_at is None else moment(row.left_at),
            )
            for row in rows
        ]
        screen.show(screen.table(lines, head))
    else:
        screen.tell(N_("No workshop yet. Add one: huisclos workshop add CODE --policy FILE"))
