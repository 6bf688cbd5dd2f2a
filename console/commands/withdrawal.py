"""``withdraw``: a participant takes back what they said, a youth is erased.

Names are typed at the prompt, or are those of a request, and are never an argument. ``huisclos withdraw CODE`` is
``withdraw person CODE``.
"""

from collections import defaultdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import screen
from console.commands import recalls
from console.commands.consent import place_of
from console.helping import Command, Group
from console.messages import _
from console.opening import open_home, settings_of
from console.options import AsJson, Name, PassphraseFile, moment_of, session_of
from console.withdrawal_page import done_value, plan_value, show_plan, tell_done, write_receipt
from vocabulary.errors import UsageError
from vocabulary.ids import SessionName
from vocabulary.messages import N_
from vocabulary.text import IdentifiedText

if TYPE_CHECKING:
    from infra.wiring import Services

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
    recalls.register(found)
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
    _check_who(participant, spoken_of, request)
    workshop, only = _place(where)
    voices, moments = _voices(voice or ()), _moments(at or ())
    names = () if code is not None or request is not None else _names()
    with open_home(context, passphrase_file) as services:
        from flows.steps.rights import withdraw
        from flows.steps.rights.traced import Wanted

        if request is not None:
            forms, speaks = _told_by_request(services, request, name)
            names = forms if code is None else ()
            participant = participant or (speaks and not spoken_of)
        wanted = Wanted(names, code, participant, voices, moments, shared)
        shown = withdraw.plan(services, workshop, wanted, name, only=only, request=request)
        asks = apply and shown.any
        if not as_json:
            show_plan(shown)
        elif not asks:
            screen.answer("huisclos-withdrawal-plan/1", plan_value(shown))
        if not as_json and shown.any and not apply:
            screen.tell(N_("Nothing is changed. To ask for it, type the same command with --apply; it is done once "
                           "another person has done the same."))  # fmt: skip
        if not asks or not (yes or _confirmed()):
            return
        done = withdraw.withdraw(services, shown, name)
    if as_json:
        screen.answer("huisclos-withdrawal/1", done_value(done))
    else:
        tell_done(done, where)


def _told_by_request(services: "Services", request: str, name: str) -> tuple[tuple[IdentifiedText, ...], bool]:
    """Under which names a request is searched, and whether it is of somebody who speaks."""
    from flows.steps.rights.requests import show

    sealed = show(services, request, name).sealed
    return sealed.forms, sealed.speaks


def _confirmed() -> bool:
    if screen.confirm(_("Ask for all of this to be destroyed? Once it is done it cannot be undone.")):
        return True
    screen.say(_("Nothing was destroyed."))
    return False


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


def _check_who(participant: bool, spoken_of: bool, request: str | None) -> None:
    if participant == spoken_of and (participant or request is None):
        raise UsageError(N_("Say who it is: --participant, or --spoken-of."), place="--participant")


def _place(text: str) -> tuple[str, SessionName | None]:
    """A workshop, and the one session of it if one is named."""
    workshop, number = place_of(text)
    return workshop, None if number is None else SessionName(workshop, number)


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
