"""``policy check``: whether a policy file keeps its format, and what it leaves open."""

from pathlib import Path
from typing import Annotated

import typer

from console import screen
from console.helping import Command
from console.messages import sentence
from console.options import AsJson, readable
from vocabulary.messages import N_


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command("check", cls=Command, help=N_("Check a policy file; say file, line and key of what is wrong."))(check)


def check(
    file: Annotated[Path, typer.Argument(metavar=N_("FILE"), help=N_("The policy file."))],
    as_json: AsJson = False,
) -> None:
    """Show what a sound policy leaves open; PolicyError with file, line and key."""
    from policies.policy_file import parse_policy, policy_digest, warnings

    readable(file)
    data = file.read_bytes()
    policy = parse_policy(data, file.name)
    found = [sentence(one.message, one.facts) for one in warnings(policy)]
    if as_json:
        screen.answer(
            "huisclos-policy-check/1",
            {
                "file": file.name,
                "name": policy.name,
                "version": policy.version,
                "digest": policy_digest(data),
                "to_complete": list(policy.placeholders),
                "warnings": found,
            },
        )
        return
    facts = {"file": file.name, "name": policy.name, "version": policy.version}
    screen.tell(N_("{file} is a sound policy: {name}, version {version}."), facts)
    for warning in found:
        screen.show(screen.paragraph(warning, "  ", "- "))
    if not found:
        screen.tell(N_("Nothing is left to complete."))
