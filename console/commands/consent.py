"""``consent show`` and ``consent narrow``: who agrees to what, and what somebody takes back.

No name is ever an argument: participants are shown to whoever may see them, and chosen by number.
"""

import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from console import screen
from console.helping import Command
from console.messages import _, ngettext
from console.opening import open_home
from console.options import Name, PassphraseFile, session_of
from vocabulary.choices import Use
from vocabulary.errors import UsageError
from vocabulary.ids import check_code
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.rights.outcomes import Consented, Narrowed

Where = Annotated[
    str, typer.Argument(metavar=N_("WHERE"), help=N_("A session as CODE/N, or a whole workshop as CODE."))
]


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command(
        "show",
        cls=Command,
        help=N_(
            "Show who agrees to what, in a session or in a whole workshop.\n\n"
            "It shows names: make sure that nobody else sees the screen. The log keeps that you read them."
        ),
    )(show)
    group.command(
        "narrow",
        cls=Command,
        help=N_(
            "Record that a participant takes an agreement back, for a session or for a whole workshop and its later "
            "sessions.\n\n"
            "The participant is chosen from a numbered list. Their turns are left out of every later release to that "
            "audience. Whoever wants what they said to be removed withdraws: that is another command."
        ),
    )(narrow)


def show(context: typer.Context, where: Where, name: Name, passphrase_file: PassphraseFile = None) -> None:
    """Show names and agreements to the person named, which the log keeps as access."""
    workshop, number = place_of(where)
    with open_home(context, passphrase_file) as services:
        from flows.steps.rights import consents

        found = consents.show(services, workshop, number, name)
    _list(found)


def narrow(
    context: typer.Context,
    where: Where,
    uses: Annotated[
        str,
        typer.Option(
            "--uses", metavar=N_("USES"), help=N_("What is taken back: return, research, public, deposit, with commas.")
        ),
    ],
    name: Name,
    on: Annotated[
        str | None,
        typer.Option("--on", metavar=N_("DATE"), help=N_("The day on which it was said: 2026-03-14. Today, if not.")),
    ] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Ask who it is, and record what they take back; UsageError for what cannot be."""
    workshop, number = place_of(where)
    wanted, day = _uses(uses), date_of(on)
    with open_home(context, passphrase_file) as services:
        from flows.steps.rights import consents

        people = consents.show(services, workshop, number, name)
        _list(people)
        chosen = people[screen.choose(_("Who takes an agreement back? Number:"), len(people), least=1) - 1]
        done = consents.narrow(services, workshop, number, chosen.name, wanted, day, name)
    _tell(done, where)


def _tell(done: "Narrowed", where: str) -> None:
    facts = {"where": where, "uses": done.uses}
    screen.tell(N_("Recorded for {where}. No longer agreed to: {uses}."), facts)
    if done.copies:
        screen.say(
            ngettext(
                "{count} file was removed from the outbox.", "{count} files were removed from the outbox.", done.copies
            )
        )
    if done.released:
        screen.tell(N_("Given out before, and to be asked back from whoever holds it:"))
        for one in done.released:
            screen.show(f"  {one}")


def _list(people: "tuple[Consented, ...]") -> None:
    if not people:
        raise UsageError(N_("No session dossier names a participant here."), place="WHERE")
    head = ["", _("Participant"), _("Form"), _("Agrees to"), _("Took back"), _("Sessions")]
    rows = [
        (
            str(number),
            one.name.reveal(),
            one.form or "",
            _words(one.agrees),
            _words(one.taken_back),
            ", ".join(map(str, one.sessions)),
        )
        for number, one in enumerate(people, 1)
    ]
    screen.show(screen.table(rows, head))


def _words(uses: frozenset[Use]) -> str:
    return ", ".join(_(use.word) for use in Use if use in uses)


def _uses(text: str) -> frozenset[Use]:
    found = set()
    for word in filter(None, (part.strip().lower() for part in text.split(","))):
        try:
            found.add(Use(word))
        except ValueError:
            message = N_("{use} is nothing a participant agrees to. Choose from: {choices}.")
            raise UsageError(message, place="--uses", use=word, choices=", ".join(map(str, Use))) from None
    if not found:
        raise UsageError(N_("Say what is taken back: --uses return, research, public or deposit."), place="--uses")
    return frozenset(found)


def date_of(text: str | None, option: str = "--on") -> datetime.date | None:
    """Read a day as YYYY-MM-DD; UsageError for anything else."""
    try:
        return None if text is None else datetime.date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(N_("{text} is no day: write it as 2026-03-14."), place=option, text=text) from None


def place_of(text: str) -> tuple[str, int | None]:
    """Read CODE or CODE/N as the code and the number, None for the whole workshop."""
    if "/" not in text:
        return check_code(text), None
    session = session_of(text)
    return session.workshop, session.number
