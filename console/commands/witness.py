"""``witness``: a second party countersigns the checkpoints of the log, by exchanging files.

``keygen`` and ``sign`` are run by the second party on a machine of its own; they need no home.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import screen
from console.helping import Command
from console.messages import _, moment, number
from console.opening import open_home, settings_of
from console.options import AsJson, Name, PassphraseFile, text_of
from vocabulary.errors import HuisclosError, LogTamperedError, UsageError
from vocabulary.messages import N_

if TYPE_CHECKING:
    from storage.log.checkpoint import LogKey

WitnessName = Annotated[str, typer.Argument(metavar=N_("WITNESS"), help=N_("The name the witness signs under."))]


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command("keygen", cls=Command, help=N_("For the witness: make a key to sign with. Needs no home."))(keygen)
    group.command(
        "sign",
        cls=Command,
        help=N_(
            "For the witness: countersign a checkpoint. Needs no home.\n\n"
            "It is signed only if the log's key signed it and it continues the last one you signed (--last). To show "
            "that, the home sends a proof, which holds the checkpoint: huisclos log prove --since LAST --out FILE."
        ),
    )(sign)
    group.command("add", cls=Command, help=N_("Register the public key of a witness."))(add)
    group.command("remove", cls=Command, help=N_("Take no more signatures of a witness; those it gave still count."))(
        remove
    )
    group.command("list", cls=Command, help=N_("List the witnesses."))(list_)
    group.command("import", cls=Command, help=N_("Take in a checkpoint that a witness countersigned."))(import_)


def keygen(
    file: Annotated[Path, typer.Argument(metavar=N_("FILE"), help=N_("A new file for the private key."))],
    name: Annotated[
        str, typer.Option("--name", metavar=N_("WITNESS"), help=N_("The name to sign under, like audit.example.org."))
    ],
) -> None:
    """Make a key pair: the private key in ``file``, for its owner alone, the public one beside it."""
    from storage.log.witness import WitnessSigner
    from storage.rows.custody import WitnessRow
    from storage.rows.row import RowError

    signer = WitnessSigner.generate(name)
    try:
        WitnessRow(name, signer.key.text().strip(), "2026-01-01T00:00:00Z")
    except RowError:
        message = N_("{witness} cannot name a witness: use letters without accents, digits, dots, hyphens and slashes.")
        raise UsageError(message, place="--name", witness=name) from None
    public = file.with_name(file.name + ".pub")
    for path, text in ((file, signer.text()), (public, signer.key.text())):
        _write_new(path, text)
    screen.tell(N_("The private key is in {file}: keep it, and give it to nobody."), {"file": file})
    screen.tell(N_("The public key is in {file}: give it to those whose log you will sign."), {"file": public})


def sign(
    checkpoint: Annotated[
        Path,
        typer.Argument(metavar=N_("FILE"), help=N_("The checkpoint to countersign, or a proof that holds it.")),
    ],
    key_file: Annotated[Path, typer.Option("--key-file", metavar=N_("FILE"), help=N_("Your private key."))],
    log_key: Annotated[
        Path, typer.Option("--log-key", metavar=N_("FILE"), help=N_("The public key of the log, as you keep it."))
    ],
    out: Annotated[Path, typer.Option("--out", metavar=N_("FILE"), help=N_("A new file for the signed checkpoint."))],
    last: Annotated[
        Path | None, typer.Option("--last", metavar=N_("FILE"), help=N_("The last checkpoint you signed."))
    ] = None,
) -> None:
    """Countersign ``checkpoint`` once it is found to continue ``last``."""
    from storage.log.witness import WitnessSigner, sign_checkpoint

    signer = WitnessSigner.parse(text_of(key_file), key_file.name)
    text, proof = _opened(checkpoint)
    before = text_of(last) if last else None
    try:
        signed = sign_checkpoint(text, signer, _log_key(log_key), datetime.now(UTC), before, proof)
    except HuisclosError as error:
        raise _about(error, checkpoint) from None
    _write_new(out, signed)
    screen.tell(N_("Signed: {file}. Send it back, and keep a copy: it is the --last of the next time."), {"file": out})
    if last is None:
        screen.say(
            screen.paragraph(_("This is taken as the first checkpoint of this log that you sign: nothing before it "
                               "was compared."))
        )  # fmt: skip


def add(
    context: typer.Context,
    witness: WitnessName,
    key: Annotated[Path, typer.Option("--key", metavar=N_("FILE"), help=N_("The public key of the witness."))],
    name: Name,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Register a witness."""
    from flows.steps.record.witnesses import add as add_step

    text = text_of(key)
    with open_home(context, passphrase_file) as services:
        added = add_step(services, witness, text, name)
    screen.tell(N_("{witness} is a witness of this log."), {"witness": added.name})


def remove(context: typer.Context, witness: WitnessName, name: Name, passphrase_file: PassphraseFile = None) -> None:
    """Take a witness out."""
    from flows.steps.record.witnesses import remove as remove_step

    with open_home(context, passphrase_file) as services:
        remove_step(services, witness, name)
    screen.tell(N_("{witness} is no witness any more. What it signed still counts."), {"witness": witness})


def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List witnesses and the newest checkpoint each countersigned; needs no passphrase."""
    settings = settings_of(context)
    from flows.steps.record.witnesses import countersigned, registered

    rows, signed = registered(settings), {one.witness: one for one in countersigned(settings)}
    if as_json:
        value = [
            {
                "witness": row.witness,
                "public_key": row.public_key,
                "added_at": row.added_at,
                "last_entries": signed[row.witness].size if row.witness in signed else None,
                "last_at": f"{signed[row.witness].at:%Y-%m-%dT%H:%M:%SZ}" if row.witness in signed else None,
            }
            for row in rows
        ]
        screen.answer("huisclos-witnesses/1", {"witnesses": value})
        return
    if not rows:
        screen.tell(N_("This log has no witness. huisclos witness add registers one."))
    for row in rows:
        one = signed.get(row.witness)
        screen.show(row.public_key)
        if one is None:
            screen.tell(N_("{witness} has signed nothing yet."), {"witness": row.witness})
        else:
            facts = {"witness": one.witness, "time": moment(one.at.isoformat()), "count": number(one.size)}
            screen.tell(N_("{witness} countersigned the first {count} entries of this log on {time}."), facts)


def import_(
    context: typer.Context,
    cosigned: Annotated[Path, typer.Argument(metavar=N_("FILE"), help=N_("The checkpoint with the signature."))],
    name: Name,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Take in a countersigned checkpoint."""
    from flows.steps.record.witnesses import take_in

    text = text_of(cosigned)
    with open_home(context, passphrase_file) as services:
        try:
            signed = take_in(services, text, name)
        except HuisclosError as error:
            raise _about(error, cosigned) from None
    for one in signed:
        facts = {"witness": one.witness, "time": moment(one.at.isoformat()), "count": number(one.size)}
        screen.tell(N_("{witness} countersigned the first {count} entries of this log on {time}."), facts)


def _log_key(file: Path) -> "LogKey":
    from storage.log.checkpoint import LogKey

    try:
        return LogKey.parse(text_of(file), file.name)
    except LogTamperedError as error:
        raise UsageError(error.message, place=file.name, **error.facts) from None


def _opened(file: Path) -> tuple[str, dict[str, Any] | None]:
    """A checkpoint, and the proof it came in if it came in one."""
    text = text_of(file)
    if not text.startswith("{"):
        return text, None
    try:
        proof = json.loads(text)
        return str(proof["checkpoint"]), proof
    except (ValueError, KeyError, RecursionError):
        message = N_("{file} is neither a checkpoint nor a proof. huisclos log prove makes a proof.")
        raise UsageError(message, place=file.name, file=file.name) from None


def _write_new(path: Path, text: str) -> None:
    """Write a new file for its owner alone; UsageError if it is there already or cannot be."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        message = N_("{path} is already there; nothing is written over. Choose another name.")
        raise UsageError(message, place=path.name, path=path) from None
    except OSError as error:
        message = N_("{path} cannot be written ({problem}). Check the name and the rights.")
        raise UsageError(message, place=path.name, path=path, problem=error.strerror) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)


def _about(error: HuisclosError, file: Path) -> HuisclosError:
    """An error about the checkpoint given, named as the reader knows it."""
    if not isinstance(error, UsageError) or not (error.place or "").startswith("kept checkpoint"):
        return error
    place = (error.place or "").replace("kept checkpoint", file.name)
    return UsageError(error.message, place=place, **{**error.facts, "file": file.name})
