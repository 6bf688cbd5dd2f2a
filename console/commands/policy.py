"""``policy check``, ``explain``, ``schema`` and ``apply``; the other commands have modules of their own."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console import screen
from console.commands import policy_forecast, policy_interview
from console.commands.policy_forecast import FileOrCode, read_file
from console.helping import Command
from console.messages import _, sentence, shown
from console.opening import open_home, settings_of
from console.options import AsJson, Name, PassphraseFile, readable
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.retention.outcomes import PolicyApplied


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    policy_interview.register(group)
    group.command("check", cls=Command, help=N_("Check a policy file; say file, line and key of what is wrong."))(check)
    group.command("explain", cls=Command, help=N_("Say a whole policy in plain sentences."))(explain)
    policy_forecast.register(group)
    group.command("apply", cls=Command, help=N_("Let a workshop follow another version of its policy."))(apply)
    group.command("schema", cls=Command, help=N_("Write the JSON Schema of policy files, for editors."))(schema)


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


def explain(context: typer.Context, of: FileOrCode, as_json: AsJson = False) -> None:
    """Show what a policy says, without its keys."""
    from policies.explanation import explain as parts_of

    if Path(of).is_file() or "/" in of or of.endswith((".yaml", ".yml")):
        policy = read_file(Path(of))
    else:
        from flows.steps.retention import forecast

        policy = forecast.policy_of(settings_of(context), of)
    parts = [(_(part.title), [_capital(str(shown(one))) for one in part.sentences]) for part in parts_of(policy)]
    if as_json:
        shape = [{"title": title.rstrip(" \u00a0:"), "sentences": said} for title, said in parts]
        screen.answer("huisclos-policy-explanation/1", {"name": policy.name, "version": policy.version, "parts": shape})
        return
    for number, (title, said) in enumerate(parts):
        screen.show("\n" + title if number else title)
        for text in said:
            screen.show(screen.paragraph(text, "    ", "  - "))


def schema() -> None:
    """Write the schema to standard output, its descriptions in the reader's language."""
    from policies.policy_schema import policy_schema

    screen.show(json.dumps(policy_schema(_), ensure_ascii=False, indent=2))


def apply(
    context: typer.Context,
    code: Annotated[str, typer.Argument(metavar=N_("CODE"), help=N_("The workshop."))],
    file: Annotated[Path, typer.Argument(metavar=N_("FILE"), help=N_("The policy file."))],
    name: Name,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Apply a policy, or note that one steward of two asks for it."""
    readable(file)
    with open_home(context, passphrase_file) as services:
        from flows.steps.retention import policy_change

        found = policy_change.apply(services, code, file, name)
    if as_json:
        screen.answer(
            "huisclos-policy-applied/1",
            {
                "workshop": found.code,
                "policy": {"name": found.policy, "version": found.version, "digest": found.digest},
                "changed": found.changed,
                "done": found.done,
                "looser": list(found.looser),
                "shorter": list(found.shorter),
                "counts_from": found.counts_from.isoformat() if found.counts_from else None,
            },
        )
    else:
        _tell(found)


def _tell(found: "PolicyApplied") -> None:
    facts = {"code": found.code, "policy": found.policy, "version": found.version, "keys": ", ".join(found.looser)}
    if not found.changed:
        screen.tell(
            N_("Workshop {code} follows policy {policy}, version {version}, already: nothing was changed."), facts
        )
    elif not found.done:
        screen.tell(N_("This policy loosens ({keys}). Your wish is noted: it counts once another data steward applies "
                       "the same file. Until then nothing changes."), facts)  # fmt: skip
    else:
        screen.tell(N_("Workshop {code} follows policy {policy}, version {version}."), facts)
    if found.done and found.counts_from is not None:
        told = {"keys": ", ".join(found.shorter), "day": found.counts_from}
        screen.tell(N_("What is shorter ({keys}) counts from {day} on; nothing is destroyed earlier for it."), told)
    for advice in found.advice if found.changed else ():
        screen.say("- " + sentence(advice.message, advice.facts))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
