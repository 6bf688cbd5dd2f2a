"""``log show`` and ``log verify``: the processing log, read and checked without a passphrase.

What leaves the machine of it (``log prove``, ``export``, ``checkpoint``) stands in proofs.py.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import screen
from console.commands import proofs
from console.entry_words import entry_line
from console.helping import Command
from console.messages import _, label, moment, ngettext, number
from console.opening import settings_of
from console.options import AsJson, text_of
from vocabulary.errors import HuisclosError, LogTamperedError, UsageError
from vocabulary.messages import N_

if TYPE_CHECKING:
    from storage.log.audit import Report
    from storage.log.entry import LoggedEntry


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command("show", cls=Command, help=N_("Show the entries of the processing log, the oldest first."))(show)
    group.command(
        "verify",
        cls=Command,
        help=N_(
            "Check that no entry was changed, removed or added since the log was signed.\n\n"
            "With --since, also that the log still holds all that a checkpoint kept elsewhere covers. Checkpoints that "
            "a witness countersigned are checked too."
        ),
    )(verify)
    proofs.register(group)


def show(context: typer.Context, as_json: AsJson = False) -> None:
    """Show what the checkpoint covers; needs no passphrase."""
    settings = settings_of(context)
    from infra.home import check_home
    from storage.log.log import Log

    check_home(settings.home)
    entries = list(Log(settings.home / "archive" / "log").entries())
    names = _names(entries)
    if as_json:
        screen.answer("huisclos-log-entries/1", {"entries": [_value(entry, names) for entry in entries]})
        return
    for entry in entries:
        screen.show(screen.paragraph(entry_line(entry, names), "      ", ""))


def verify(
    context: typer.Context,
    since: Annotated[
        Path | None,
        typer.Option(
            "--since", "--checkpoint", metavar=N_("FILE"), help=N_("A checkpoint that was kept somewhere else.")
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify the log, against ``since`` too if a checkpoint was kept; LogTamperedError and its like name the place."""
    settings = settings_of(context)
    from flows.steps.record.witnesses import countersigned
    from infra.home import check_home
    from storage.log.audit import verify_log

    check_home(settings.home)
    kept = text_of(since) if since else None
    try:
        report = verify_log(settings.home / "archive" / "log", kept, pending=lambda: _pending(settings.home))
        _check_key(settings.home)
        witnessed = countersigned(settings)
    except UsageError as error:  # about the checkpoint given, which the reader knows by its name
        name = since.name if since else "checkpoint"
        place = (error.place or name).replace("kept checkpoint", name)
        raise UsageError(error.message, place=place, **{**error.facts, "file": name}) from None
    if as_json:
        screen.answer(
            "huisclos-log-verification/1",
            {
                "sound": True,
                "origin": report.origin,
                "entries": report.size,
                "root": report.root,
                "key_digest": report.key_digest,
                "first_at": report.first_at,
                "last_at": report.last_at,
                "kept_entries": report.kept,
                "waiting": report.waiting,
                "expired": report.expired,
                "witnessed": [
                    {"entries": one.size, "witness": one.witness, "at": f"{one.at:%Y-%m-%dT%H:%M:%SZ}"}
                    for one in witnessed
                ],
            },
        )
    else:
        _show_verification(report)
        for one in witnessed:
            facts = {"witness": one.witness, "time": moment(one.at.isoformat()), "count": number(one.size)}
            screen.tell(N_("{witness} countersigned the first {count} entries of this log on {time}."), facts)


def _show_verification(report: "Report") -> None:
    screen.show(
        ngettext(
            "The log is whole: {count} entry, not removed, not changed.",
            "The log is whole: {count} entries, none removed, none changed.",
            report.size,
        )
    )
    if report.waiting:
        screen.show(
            ngettext(
                "{count} entry waits to be signed: the next command that asks for the passphrase does it.",
                "{count} entries wait to be signed: the next command that asks for the passphrase does it.",
                report.waiting,
            )
        )
    if report.expired:
        screen.show(
            ngettext(
                "{count} entry came to the end of its life: its hash is there and was checked.",
                "{count} entries came to the end of their life: their hashes are there and were checked.",
                report.expired,
            )
        )
    if report.first_at and report.last_at:
        facts = {"first": moment(report.first_at), "last": moment(report.last_at)}
        screen.tell(N_("From {first} to {last}."), facts)
    if report.kept is not None:
        screen.show(
            ngettext(
                "It holds, unchanged, the {count} entry that the kept checkpoint covers.",
                "It holds, unchanged, the {count} entries that the kept checkpoint covers.",
                report.kept,
            )
        )
    else:
        screen.say(
            _(
                "Without a checkpoint kept somewhere else, a log rewritten by whoever holds the key cannot be "
                "told: see --since."
            )
        )
    screen.show(label(_("Root"), report.root))


def _check_key(home: Path) -> None:
    """LogTamperedError when key.pub is not the key noted at init, nor one that follows it."""
    from storage.log.log import Log
    from storage.verify import check_public_key

    for found in check_public_key(home, Log(home / "archive" / "log")):
        raise LogTamperedError(found.message, place=found.place, **found.facts)


def _pending(home: Path) -> list[bytes]:
    """The lines the catalog is about to write, so that a crash is not taken for tampering."""
    from storage.catalog.catalog import Catalog
    from storage.catalog.database import FILE

    catalog = Catalog(home / "archive" / FILE)
    try:
        return [one.line for one in catalog.pending()]
    except HuisclosError:
        return []
    finally:
        catalog.close()


def _names(entries: "list[LoggedEntry]") -> dict[str, str]:
    """Session ids and their CODE/N, as the log itself tells them."""
    names: dict[str, str] = {}
    for entry in entries:
        for row in entry.rows:
            if row.table == "sessions" and row.values is not None:
                names[row.key] = f"{row.values['workshop']}/{row.values['number']}"
    return names


def _value(entry: "LoggedEntry", names: dict[str, str]) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "id": entry.id,
        "at": entry.at,
        "kind": entry.kind,
        "session": names.get(entry.session) if entry.session else None,
        "session_id": entry.session,
        "actor": entry.actor,
        "authenticated": entry.authenticated,
        "facts": dict(entry.facts),
    }
