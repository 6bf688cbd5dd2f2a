"""``withdraw``: a participant takes back what they said, a youth is erased; what was given out is called back.

Names are typed at the prompt, or are those of a request, and are never an argument. ``huisclos withdraw CODE`` is
``withdraw person CODE``.
"""

from collections import defaultdict
from pathlib import Path
from typing import Annotated, Any

import typer

from console import screen
from console.commands.consent import date_of, place_of
from console.helping import Command, Group
from console.messages import _, ngettext
from console.opening import open_home, settings_of
from console.options import AsJson, Name, PassphraseFile, choice_of, moment_of, new_letter, session_of, write_new
from console.recall_page import recall_row, recall_value
from console.withdrawal_page import done_value, plan_value, show_plan, tell_done, write_receipt
from vocabulary.choices import RecallAnswer
from vocabulary.errors import UsageError
from vocabulary.ids import SessionName, check_code
from vocabulary.messages import N_
from vocabulary.text import IdentifiedText

_PERSON = "person"


class Withdraw(Group):
    """The group of this module: what names none of its commands is the place of a withdrawal."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [_PERSON, *args]
        return super().parse_args(ctx, args)


def group() -> typer.Typer:
    """The group, with its commands."""
    found = typer.Typer(
        cls=Withdraw,
        help=N_("A participant takes back what they said; a youth spoken of is erased."),
        no_args_is_help=True,
        rich_markup_mode=None,
        add_completion=False,
    )
    found.command(
        _PERSON,
        cls=Command,
        help=N_(
            "Show where a workshop speaks of a person, and with --apply take that out of everything.\n\n"
            "WHERE is a workshop as CODE, or one session as CODE/N. The names are asked for at the prompt, one a line; "
            "none is asked for with --code or --request. A participant's turns go, and their name wherever it stands; "
            "of somebody spoken of, the sentences that name them and those around where they are only he or she.\n\n"
            "A first person asks, a second one asks for the same: then it is done, and cannot be undone."
        ),
    )(person)
    found.command("recalls", cls=Command, help=N_("List what was given out before a withdrawal and is to come back."))(
        recalls
    )
    found.command(
        "returned",
        cls=Command,
        help=N_(
            "Note that outputs came back; with --answer, that whoever had them destroyed them, or has not answered.\n\n"
            "What has no answer stays called back."
        ),
    )(returned)
    found.command(
        "letter",
        cls=Command,
        help=N_("Write the letter that asks a recipient for what they were given, for a person to sign and send."),
    )(letter)
    found.command(
        "receipt",
        cls=Command,
        help=N_("Write the receipt of a withdrawal, for the person who asked for it. It names nobody."),
    )(receipt)
    return found


def person(
    context: typer.Context,
    where: Annotated[
        str, typer.Argument(metavar=N_("WHERE"), help=N_("A workshop as CODE, or one of its sessions as CODE/N."))
    ],
    name: Name,
    participant: Annotated[
        bool, typer.Option("--participant", help=N_("A participant: what they said goes, and their consent."))
    ] = False,
    spoken_of: Annotated[
        bool, typer.Option("--spoken-of", help=N_("Somebody spoken of, a youth above all: what is said of them goes."))
    ] = False,
    code: Annotated[
        str | None,
        typer.Option(
            "--code", metavar=N_("CODE"), help=N_("What the group reads for them: Jeune 3. No name is asked.")
        ),
    ] = None,
    voice: Annotated[
        list[str] | None,
        typer.Option(
            "--voice",
            metavar=N_("CODE/N=VOICE"),
            help=N_("Their voice in a session, as a review shows it: essai/3=S2."),
        ),
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            "--at", metavar=N_("CODE/N=TIME"), help=N_("A turn that goes too, by a time in it: essai/3=00:12:05.")
        ),
    ] = None,
    shared: Annotated[
        bool, typer.Option("--shared", help=N_("Their name goes even where the draft gives it to somebody else."))
    ] = False,
    request: Annotated[
        str | None,
        typer.Option(
            "--request",
            metavar=N_("REQUEST"),
            help=N_("The granted request that this carries out: its names are those it was searched under."),
        ),
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help=N_("Ask for it to be done; a second person does the same."))
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help=N_("Do not ask."))] = False,
    as_json: AsJson = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Show the plan; with ``apply`` ask for it, or carry it out if another person asked before."""
    if participant == spoken_of and (participant or request is None):
        raise UsageError(N_("Say who it is: --participant, or --spoken-of."), place="--participant")
    workshop, number = place_of(where)
    only = None if number is None else SessionName(workshop, number)
    voices, moments = _voices(voice or ()), _moments(at or ())
    names = () if code is not None or request is not None else _names()
    with open_home(context, passphrase_file) as services:
        from flows.steps.rights import withdraw
        from flows.steps.rights.requests import show as shown_request
        from flows.steps.rights.traced import Wanted

        if request is not None:
            sealed = shown_request(services, request, name).sealed
            names = sealed.forms if code is None else ()
            participant = participant or (sealed.speaks and not spoken_of)
        wanted = Wanted(names, code, participant, voices, moments, shared)
        shown = withdraw.plan(services, workshop, wanted, name, only=only, request=request)
        if not as_json:
            show_plan(shown)
        if not apply or not shown.any:
            if as_json:
                screen.answer("huisclos-withdrawal-plan/1", plan_value(shown))
            elif shown.any:
                screen.tell(N_("Nothing is changed. To ask for it, type the same command with --apply; it is done once "
                               "another person has done the same."))  # fmt: skip
            return
        if not yes and not screen.confirm(
            _("Ask for all of this to be destroyed? Once it is done it cannot be undone.")
        ):
            screen.say(_("Nothing was destroyed."))
            return
        done = withdraw.withdraw(services, shown, name)
    if as_json:
        screen.answer("huisclos-withdrawal/1", done_value(done))
    else:
        tell_done(done, where)


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
    passphrase_file: PassphraseFile = None,
) -> None:
    """Note what recipients answered; UnknownError, StateError, UsageError."""
    said, day = choice_of(RecallAnswer, answer, "--answer"), date_of(on)
    with open_home(context, passphrase_file) as services:
        from flows.steps.rights import recalls as calling

        count = calling.answered(services, ids, said, day, name)
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


def receipt(
    context: typer.Context,
    entry: Annotated[
        str,
        typer.Argument(metavar=N_("ENTRY"), help=N_("The entry of the log, as the withdrawal said when it was done.")),
    ],
) -> None:
    """Write the receipt on standard output; needs no passphrase."""
    from flows.steps.rights import withdrawal_receipt

    write_receipt(withdrawal_receipt.receipt(settings_of(context), entry))


# What is typed


def _names() -> tuple[IdentifiedText, ...]:
    found: list[IdentifiedText] = []
    question = _("Under which names are they spoken of? One a line, an empty line at the end:")
    while reply := screen.ask(question if not found else ""):
        found.append(IdentifiedText(reply))
    if not found:
        raise UsageError(N_("No name was typed. Type one, or give the code the group reads: --code"), place="--code")
    return tuple(found)


def _voices(texts: "list[str] | tuple[str, ...]") -> dict[SessionName, frozenset[str]]:
    found: dict[SessionName, set[str]] = defaultdict(set)
    for text in texts:
        session, value = _parted(text, "--voice")
        found[session].add(value)
    return {session: frozenset(values) for session, values in found.items()}


def _moments(texts: "list[str] | tuple[str, ...]") -> dict[SessionName, frozenset[int]]:
    found: dict[SessionName, set[int]] = defaultdict(set)
    for text in texts:
        session, value = _parted(text, "--at")
        found[session].add(moment_of(value, "--at"))
    return {session: frozenset(values) for session, values in found.items()}


def _parted(text: str, option: str) -> tuple[SessionName, str]:
    session, sign, value = text.partition("=")
    if not sign or not value.strip():
        raise UsageError(
            N_("{option} takes a session, an equals sign and a value: essai/3=S2."), place=option, option=option
        )
    return session_of(session.strip()), value.strip()
