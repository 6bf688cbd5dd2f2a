"""``withdraw recalls``, ``returned`` and ``letter``: what was given out before a withdrawal is called back."""

from pathlib import Path
from typing import Annotated

import typer

from console import screen
from console.commands.consent import date_of
from console.helping import Command
from console.messages import _, ngettext
from console.opening import open_home, settings_of
from console.options import AsJson, Name, PassphraseFile, choice_of, new_letter, write_new
from console.recall_page import recall_row, recall_value
from vocabulary.choices import RecallAnswer
from vocabulary.ids import check_code
from vocabulary.messages import N_


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command("recalls", cls=Command, help=N_("List what was given out before a withdrawal and is to come back."))(
        recalls
    )
    group.command(
        "returned",
        cls=Command,
        help=N_(
            "Note that outputs came back; with --answer, that whoever had them destroyed them, or has not answered.\n\n"
            "What has no answer stays called back. A data steward notes the others, and corrects what was noted "
            "wrongly."
        ),
    )(returned)
    group.command(
        "letter",
        cls=Command,
        help=N_("Write the letter that asks a recipient for what they were given, for a person to sign and send."),
    )(letter)


def recalls(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help=N_("What came back too."))] = False,
    as_json: AsJson = False,
) -> None:
    """List what is to come back; needs no passphrase."""
    from flows.steps.rights import recalls as calling

    found = calling.recalls(settings_of(context), everything=everything)
    if as_json:
        screen.answer("huisclos-recalls/1", {"recalls": [recall_value(one) for one in found]})
        return
    if not found:
        screen.tell(N_("Nothing is called back."))
        return
    head = [
        _("Id"), _("Session"), _("For"), _("Recipient"), _("Format"), _("Edition"), _("Given on"), _("Called back on"),
        _("Answer"),
    ]  # fmt: skip
    screen.show(screen.table(map(recall_row, found), head))


def returned(
    context: typer.Context,
    ids: Annotated[
        list[str], typer.Argument(metavar=N_("ID"), help=N_("What came back, as `withdraw recalls` lists it."))
    ],
    name: Name,
    answer: Annotated[
        str, typer.Option("--answer", metavar=N_("ANSWER"), help=N_("returned, destroyed, or none: no answer yet."))
    ] = "returned",
    on: Annotated[
        str | None,
        typer.Option("--on", metavar=N_("DATE"), help=N_("The day of the answer: 2026-03-14. Today, if not.")),
    ] = None,
    correct: Annotated[
        bool, typer.Option("--correct", help=N_("In place of an answer that was noted wrongly."))
    ] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Note what recipients answered; UnknownError, StateError, UsageError."""
    said, day = choice_of(RecallAnswer, answer, "--answer"), date_of(on)
    with open_home(context, passphrase_file) as services:
        from flows.steps.rights import recalls as calling

        count = calling.answered(services, ids, said, day, name, correct=correct)
    if said is RecallAnswer.NONE:
        told = ngettext("{count} output has no answer, and stays called back.",
                        "{count} outputs have no answer, and stay called back.", count)  # fmt: skip
    elif said is RecallAnswer.DESTROYED:
        told = ngettext("{count} output was destroyed by its recipient.",
                        "{count} outputs were destroyed by their recipient.", count)  # fmt: skip
    else:
        told = ngettext("{count} output came back.", "{count} outputs came back.", count)
    screen.show(told)


def letter(
    context: typer.Context,
    workshop: Annotated[str, typer.Argument(metavar=N_("CODE"), help=N_("The code of the workshop."))],
    file: Annotated[Path, typer.Argument(metavar=N_("FILE"), help=N_("A new file that ends in .docx or .txt."))],
    name: Name,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar=N_("CODE"), help=N_("The recipient, as `withdraw recalls` lists it; without it, "
                     "what was released without naming one.")),
    ] = None,
    passphrase_file: PassphraseFile = None,
) -> None:  # fmt: skip
    """Make the letter, log it, and write it; StateError, UsageError for a file that is there already."""
    from returns.letter import write

    ending = new_letter(file)
    with open_home(context, passphrase_file) as services:
        from console.recall_page import letter as made_of
        from flows.steps.rights import recalls as calling

        data = write(made_of(calling.letter(services, check_code(workshop), to, name)), ending)
    write_new(file, data)
    screen.tell(N_("The letter is written: {file}"), {"file": file})
    screen.tell(N_("When they answer: huisclos withdraw returned ID --answer returned|destroyed|none --as NAME"))
