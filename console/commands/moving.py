"""``workshop address``, ``export``, ``import``, ``left`` and ``keep``: a workshop goes to another home."""

from pathlib import Path
from typing import Annotated

import typer

from console import screen
from console.helping import Command
from console.messages import ngettext, sentence
from console.opening import open_home
from console.options import Name, PassphraseFile, readable
from vocabulary.messages import N_

Code = Annotated[str, typer.Argument(metavar=N_("CODE"), help=N_("The workshop."))]


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command(
        "address",
        cls=Command,
        help=N_(
            "Make an address that a workshop can be sealed for.\n\nThe file holds its secret and stays with you; the "
            "address shown is for the colleague who gives you a workshop. No home is needed."
        ),
    )(address)
    group.command(
        "export",
        cls=Command,
        help=N_(
            "Seal all of a workshop into one file, for another home.\n\nThe workshop then stands still here, until it "
            "has left or is kept."
        ),
    )(export)
    group.command(
        "import",
        cls=Command,
        help=N_(
            "Take over a workshop from another home.\n\nThe receipt that is written goes back to the colleague, who "
            "then destroys what is there."
        ),
    )(take_over)
    group.command(
        "left",
        cls=Command,
        help=N_(
            "Destroy a workshop here that another home has taken over.\n\nA first person asks, a second one asks for "
            "the same: then it is done, and cannot be undone."
        ),
    )(left)
    group.command(
        "keep",
        cls=Command,
        help=N_(
            "Let a workshop go on here after an export.\n\nOnly if nobody took it over: whoever asks declares that its "
            "file is destroyed."
        ),
    )(keep)


def address(
    file: Annotated[Path, typer.Argument(metavar=N_("FILE"), help=N_("A new file for the secret; never replaced."))],
) -> None:
    """Write a new identity, show its address."""
    from storage.copies.bundle import make_identity

    recipient = make_identity(file)
    screen.show(recipient)
    note = N_("{file} opens what is sealed for this address: keep it to yourself until the workshop is taken over or, "
              "for a recovery key, as long as the home exists.")  # fmt: skip
    screen.say(sentence(note, {"file": file}))


def export(
    context: typer.Context,
    code: Code,
    file: Annotated[Path, typer.Argument(metavar=N_("FILE"), help=N_("The file to make; never replaced."))],
    to: Annotated[
        str,
        typer.Option("--to", metavar=N_("ADDRESS"), help=N_("The address the colleague gave: it begins with age1.")),
    ],
    name: Name,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Seal a workshop for another home; StateError, BusyError, UsageError."""
    with open_home(context, passphrase_file) as services:
        from flows.steps.custody import handover

        made = handover.export(services, code, to, file, name)
    screen.tell(N_("Workshop {code} is sealed for another home: {file}"), {"code": made.code, "file": made.file})
    screen.show(ngettext("{count} record is in it.", "{count} records are in it.", made.records))
    screen.tell(
        N_("It stands still here. With the receipt from there: huisclos workshop left {code} --receipt FILE --as NAME"),
        {"code": made.code},
    )


def take_over(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar=N_("FILE"), help=N_("The file the colleague gave."))],
    identity: Annotated[
        Path,
        typer.Option("--identity", metavar=N_("FILE"), help=N_("The file that `huisclos workshop address` made.")),
    ],
    name: Name,
    code: Annotated[
        str | None,
        typer.Option("--code", metavar=N_("CODE"), help=N_("Take it over under another code than it had.")),
    ] = None,
    receipt: Annotated[
        Path | None,
        typer.Option("--receipt", metavar=N_("FILE"), help=N_("Where to write the receipt; beside FILE unless said.")),
    ] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Take over a workshop; KeysError, DamagedError, StateError."""
    readable(file)
    readable(identity)
    with open_home(context, passphrase_file) as services:
        from flows.steps.custody import takeover

        taken = takeover.take_over(services, file, identity, name, code=code, receipt=receipt)
    screen.tell(N_("Workshop {code} is taken over."), {"code": taken.code})
    screen.show(ngettext("{count} record was sealed anew.", "{count} records were sealed anew.", taken.records))
    screen.tell(N_("To whom its texts were given before stays in the log of the home it comes from: ask there, should "
                   "anything be called back."))  # fmt: skip
    screen.tell(N_("Give this receipt to whoever gave you the workshop: {file}"), {"file": taken.receipt})


def left(
    context: typer.Context,
    code: Code,
    receipt: Annotated[
        Path,
        typer.Option("--receipt", metavar=N_("FILE"), help=N_("The receipt of the home that took it over.")),
    ],
    name: Name,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Ask to destroy a workshop that was taken over, or do it when another person asked before."""
    readable(receipt)
    with open_home(context, passphrase_file) as services:
        from flows.steps.custody import handover

        found = handover.leave(services, code, receipt, name)
    facts = {"code": found.code}
    if not found.done:
        screen.tell(
            N_("The receipt is right. Nothing is destroyed yet: another person has to ask for the same on {code}."),
            facts,
        )
        return
    screen.tell(N_("Workshop {code} has left: nothing of it can be opened here any more."), facts)
    screen.show(ngettext("{count} record was destroyed.", "{count} records were destroyed.", found.records))


def keep(context: typer.Context, code: Code, name: Name, passphrase_file: PassphraseFile = None) -> None:
    """Let a workshop go on here; StateError when it is not sealed for another home."""
    with open_home(context, passphrase_file) as services:
        from flows.steps.custody import handover

        handover.keep(services, code, name)
    screen.tell(N_("Workshop {code} goes on here. Its file must never be taken over."), {"code": code})
