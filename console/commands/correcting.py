"""``review correct`` and ``review as-heard``: names that were misheard, listed and decided.

Names are asked for at the prompt: what stands in an argument stays in the history of the terminal.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from console import screen
from console.helping import Command
from console.messages import _, ngettext
from console.opening import open_home
from console.options import Name, PassphraseFile, Session, session_of
from vocabulary.errors import UsageError
from vocabulary.messages import N_
from vocabulary.text import IdentifiedText

if TYPE_CHECKING:
    from flows.steps.reviewing.outcomes import Corrected


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command(
        "correct",
        cls=Command,
        help=N_(
            "Correct a name that was misheard.\n\n"
            "With --proposal, take corrections that `review show` proposes, by their numbers. With --passage, write "
            "the right form of one passage; with neither, of some words wherever they stand. What is written is "
            "asked for, never an argument. The draft is made anew, and is accepted again."
        ),
    )(correct)
    group.command(
        "as-heard",
        cls=Command,
        help=N_(
            "Leave what is proposed as it was heard: it is no misheard name. It stays masked until `review free` frees "
            "it; a correction that was applied is taken back."
        ),
    )(as_heard)


Proposals = Annotated[
    list[int] | None,
    typer.Option(
        "--proposal",
        metavar=N_("PROPOSAL"),
        help=N_("The number of a correction in `review show`; several may be given."),
    ),
]


def correct(
    context: typer.Context,
    session: Session,
    name: Name,
    proposal: Proposals = None,
    passage: Annotated[
        str | None,
        typer.Option("--passage", metavar=N_("PASSAGE"), help=N_("The number of the passage in `review show`.")),
    ] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Take proposals, or give a form; StateError if not in review or numbered otherwise, UsageError for both."""
    if proposal and passage is not None:
        raise UsageError(N_("Give --proposal or --passage, not both."), place="--passage")
    with open_home(context, passphrase_file) as services:
        from flows.steps.reviewing import correcting

        if proposal:
            found = correcting.take(services, session_of(session), proposal, name)
        elif passage is not None:
            form = _asked(N_("Right form:"))
            found = correcting.give(services, session_of(session), passage, form, name)
        else:
            heard, form = _asked(N_("Words as they stand in the text:")), _asked(N_("Right form:"))
            found = correcting.give_everywhere(services, session_of(session), heard, form, name)
    _tell_corrected(found)


def as_heard(
    context: typer.Context,
    session: Session,
    name: Name,
    proposal: Proposals = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Leave corrections as heard; StateError when it is not in review or was numbered otherwise."""
    if not proposal:
        raise UsageError(N_("Say which: --proposal PROPOSAL, as `review show` numbers them."), place="--proposal")
    with open_home(context, passphrase_file) as services:
        from flows.steps.reviewing import correcting

        found = correcting.leave(services, session_of(session), proposal, name)
    _tell_corrected(found)


def _asked(question: str) -> IdentifiedText:
    return IdentifiedText(screen.ask(_(question)))


def _tell_corrected(found: "Corrected") -> None:
    screen.show(ngettext("{count} correction decided.", "{count} corrections decided.", found.decided))
    if found.remade:
        screen.tell(N_("The draft of {session} was made anew: read it again."), {"session": found.session})
    if found.waiting:
        screen.show(
            "  " + ngettext("{count} correction waits, masked", "{count} corrections wait, masked", found.waiting)
        )
    if found.clearances:
        voided = found.clearances
        screen.show("  " + ngettext("{count} clearance no longer counts", "{count} clearances no longer count", voided))
    screen.tell(N_("Next: huisclos review show {session} --as NAME"), {"session": found.session})
