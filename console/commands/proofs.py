"""``log prove``, ``log export`` and ``log checkpoint``: what an auditor takes away of the log.

None of them needs a passphrase. ``log checkpoint`` logs that a checkpoint left where a file or the variable gives one.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from console import screen
from console.helping import Command
from console.messages import _, ngettext
from console.opening import given_passphrase, open_home, settings_of
from console.options import PassphraseFile, text_of
from vocabulary.errors import HuisclosError, UsageError
from vocabulary.messages import N_

Since = Annotated[
    Path | None,
    typer.Option("--since", metavar=N_("FILE"), help=N_("Prove too that the log continues this checkpoint.")),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar=N_("FILE"), help=N_("Write to a new file rather than to standard output.")),
]


def register(group: typer.Typer) -> None:
    """Add the commands of this module to ``log``."""
    group.command(
        "prove",
        cls=Command,
        help=N_(
            "Prove that an entry stands in the log, in one file that is checked without the log.\n\n"
            "With --since, prove that the log continues an earlier checkpoint: a witness asks for that."
        ),
    )(prove)
    group.command(
        "export",
        cls=Command,
        help=N_(
            "Write the whole log to a new folder or file: ids and facts, no names.\n\n"
            "jsonl makes a folder with all that is needed to check the log elsewhere, and the program that checks it; "
            "csv and parquet make a table, prov a W3C PROV-JSON document."
        ),
    )(export)
    group.command(
        "checkpoint",
        cls=Command,
        help=N_(
            "Write the newest checkpoint of the log to a new file, to be kept somewhere else.\n\n"
            "With a passphrase (from a file or the variable, never asked for) the log notes that it left."
        ),
    )(checkpoint)


def prove(
    context: typer.Context,
    entry: Annotated[
        str | None,
        typer.Argument(
            metavar=N_("ENTRY"),
            help=N_("The entry: its number, its id (e-...) or the id of a certificate of destruction (r-...)."),
        ),
    ] = None,
    since: Since = None,
    out: Out = None,
) -> None:
    """Write the proof of ``entry``, of the continuation of ``since``, or of both."""
    settings = settings_of(context)
    from flows.steps.record.checkpoints import copy_out
    from infra.home import check_home
    from storage.log.log import Log
    from storage.log.proof import find_entry
    from storage.log.proof import prove as prove_in

    check_home(settings.home)
    if entry is None and since is None:
        raise UsageError(N_("Say what to prove: an entry (its number or id), or --since with a checkpoint."))
    log = Log(settings.home / "archive" / "log")
    seq = None if entry is None else find_entry(log, entry)
    try:
        proof = prove_in(log, seq, text_of(since) if since else None)
    except HuisclosError as error:
        raise _about(error, since) from None
    text = json.dumps(proof, indent=2) + "\n"
    if out is None:
        screen.show(text.rstrip("\n"))
    else:
        copy_out(out, text.encode())
    if proof["inclusion"] and proof["inclusion"]["entry"] is None:
        screen.say(
            screen.paragraph(
                _(
                    "This entry came to the end of its life: its text is gone from the log. The proof shows that "
                    "an entry with this hash stood here; whoever kept its text can show that it is this one."
                )
            )
        )


def export(
    context: typer.Context,
    target: Annotated[
        Path, typer.Argument(metavar=N_("TARGET"), help=N_("A new folder for jsonl, a new file for the others."))
    ],
    form: Annotated[
        str, typer.Option("--format", metavar=N_("FORMAT"), help=N_("jsonl, csv, parquet or prov."))
    ] = "jsonl",
) -> None:
    """Write what the checkpoint covers in one format."""
    settings = settings_of(context)
    from infra.home import check_home
    from storage.log.export import export as export_in
    from storage.log.log import Log

    check_home(settings.home)
    count = export_in(Log(settings.home / "archive" / "log"), target.expanduser(), form.strip().lower())
    screen.show(ngettext("{count} entry written.", "{count} entries written.", count))
    if form == "jsonl":
        screen.tell(
            N_("To check it, anywhere: python {file} {folder} --key KEY"),
            {"file": target / "check_log.py", "folder": target},
        )


def checkpoint(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar=N_("FILE"), help=N_("A new file, outside this machine."))],
    passphrase_file: PassphraseFile = None,
) -> None:
    """Copy the checkpoint out; log it if the home can be opened."""
    settings = settings_of(context)
    from flows.steps.record.checkpoints import copy_checkpoint, hand_out
    from infra.home import check_home
    from storage.log.log import Log

    check_home(settings.home)
    if given_passphrase(passphrase_file) is None:
        copy_checkpoint(Log(settings.home / "archive" / "log"), file)
        screen.tell(N_("The checkpoint is in {file}."), {"file": file})
        screen.say(screen.paragraph(_("The log does not know that it left: no passphrase was given.")))
        return
    with open_home(context, passphrase_file) as services:
        hand_out(services, file)
    screen.tell(N_("The checkpoint is in {file}, and the log notes that it left."), {"file": file})


def _about(error: HuisclosError, since: Path | None) -> HuisclosError:
    """An error about the checkpoint given, named as the reader knows it."""
    if since is None or not isinstance(error, UsageError):
        return error
    place = (error.place or since.name).replace("kept checkpoint", since.name)
    return UsageError(error.message, place=place, **{**error.facts, "file": since.name})
