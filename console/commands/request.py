"""``request``: what people ask of the controller, from its receipt to the destruction of what it held.

What names somebody is typed at a prompt, and stands in no argument, no history and no list of processes.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console import screen, shapes
from console.commands.consent import date_of
from console.helping import Command
from console.messages import _, typed
from console.opening import open_home, settings_of
from console.options import (
    AsJson,
    Name,
    PassphraseFile,
    Session,
    choice_of,
    moment_of,
    new_letter,
    session_of,
    write_new,
)
from console.request_page import day_of, summary, tell_found, tell_request
from vocabulary.choices import Article, RequestKind, Ruling
from vocabulary.messages import N_
from vocabulary.text import IdentifiedText

if TYPE_CHECKING:
    from storage.rows.rights import RequestRow
    from vocabulary.request import Sealed

Id = Annotated[str, typer.Argument(metavar=N_("REQUEST"), help=N_("The id of the request: see request list."))]


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command(
        "open",
        cls=Command,
        help=N_(
            "Open a request of a person: access, rectification, erasure, restriction or objection.\n\n"
            "Who asks is typed at a prompt and sealed. It is to be answered within one month of its receipt."
        ),
    )(open_)
    group.command("list", cls=Command, help=N_("List the requests and until when they are to be answered."))(listed)
    group.command(
        "show",
        cls=Command,
        help=N_("Show a request with what is sealed of it: make sure that nobody else sees the screen."),
    )(show)
    group.command(
        "check-identity",
        cls=Command,
        help=N_("Note that the identity of who asks was checked, and how; the document itself is not kept."),
    )(check_identity)
    group.command(
        "extend", cls=Command, help=N_("Extend the time to answer by two months, once, for a reason the letter gives.")
    )(extend)
    group.command(
        "search",
        cls=Command,
        help=N_(
            "Search every workshop of the home for somebody, under the names typed at a prompt.\n\n"
            "What was typed and found is sealed with the request, and destroyed with it."
        ),
    )(search)
    group.command(
        "decide",
        cls=Command,
        help=N_("Decide a request: granted, in part, or refused with the article. Carrying it out is another command."),
    )(decide)
    group.command(
        "state",
        cls=Command,
        help=N_(
            "Keep what a person has to say beside a session, for a rectification that is granted (GDPR 16).\n\n"
            "It is typed at a prompt and sealed, shown with the talk in the review, kept as long as the cleared text, "
            "and goes into no text that leaves."
        ),
    )(state)
    group.command(
        "answer",
        cls=Command,
        help=N_(
            "Write the letter that is due, for a person to read, sign and send.\n\n"
            "Before identity is checked, the letter asks for it, and says nothing of whether anything is kept. "
            "What was granted is carried out first."
        ),
    )(answer)
    group.command(
        "close", cls=Command, help=N_("Close an answered request: what it holds is destroyed after a stated time.")
    )(close)


def open_(
    context: typer.Context,
    kind: Annotated[
        str,
        typer.Option(
            "--kind", metavar=N_("KIND"), help=N_("access, rectification, erasure, restriction or objection.")
        ),
    ],
    name: Name,
    received: Annotated[
        str | None,
        typer.Option("--received", metavar=N_("DATE"), help=N_("The day of its receipt: 2026-03-14. Today, if not.")),
    ] = None,
    participant: Annotated[
        bool, typer.Option("--participant", help=N_("It comes from a participant, not from somebody spoken of."))
    ] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Ask who it is, and open a request."""
    wanted, on = choice_of(RequestKind, kind, "--kind"), date_of(received, "--received")
    with open_home(context, passphrase_file) as services:
        from flows.steps.rights import requests

        who = IdentifiedText(screen.ask(_("Who asks, and for whom (sealed):")))
        row = requests.open_request(services, wanted, on, who, name, speaks=participant)
    screen.tell(N_("Request {id} is open. Answer it by {day}."), {"id": row.id, "day": day_of(row.due_on)})
    screen.tell(N_("Next: huisclos request check-identity {id} --as NAME"), {"id": row.id})


def listed(context: typer.Context, as_json: AsJson = False) -> None:
    """Show every request without what is sealed of it; needs no passphrase."""
    from flows.steps.rights import requests_due

    rows = requests_due.listed(settings_of(context))
    if as_json:
        screen.answer("huisclos-requests/1", {"requests": [shapes.request(row) for row in rows]})
    elif not rows:
        screen.tell(N_("No request was opened."))
    else:
        head = [_("Request"), _("Kind"), _("State"), _("Received"), _("Answer by"), _("Ruling")]
        screen.show(screen.table([summary(row) for row in rows], head))


def show(context: typer.Context, request: Id, name: Name, passphrase_file: PassphraseFile = None) -> None:
    """Show a request to the person named, which the log keeps as access."""
    with open_home(context, passphrase_file) as services:
        from flows.steps.rights import requests

        found = requests.show(services, request, name)
    tell_request(found)


def check_identity(
    context: typer.Context,
    request: Id,
    name: Name,
    mandate: Annotated[
        bool, typer.Option("--mandate", help=N_("Who asks acts for somebody, and the mandate was checked too."))
    ] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Ask how it was checked, and note it."""
    with open_home(context, passphrase_file) as services:
        from flows.steps.rights import requests

        how = IdentifiedText(screen.ask(_("How was it checked (sealed; not the number of a document):")))
        requests.check_identity(services, request, how, name, mandate=mandate)
    screen.tell(N_("Noted. Next: huisclos request search {id} --as NAME"), {"id": request})


def extend(context: typer.Context, request: Id, name: Name, passphrase_file: PassphraseFile = None) -> None:
    """Ask for the reason, and extend."""
    with open_home(context, passphrase_file) as services:
        from flows.steps.rights import requests

        reason = IdentifiedText(screen.ask(_("Why, as the letter will say it:")))
        row = requests.extend(services, request, reason, name)
    screen.tell(N_("The answer is due by {day}. Tell the person: huisclos request answer {id} FILE --as NAME"),
                {"day": day_of(row.due_on), "id": request})  # fmt: skip


def search(context: typer.Context, request: Id, name: Name, passphrase_file: PassphraseFile = None) -> None:
    """Ask for names until an empty line, and search for them."""
    with open_home(context, passphrase_file) as services:
        from flows.steps.rights import requests

        requests.check_can_search(services, request)
        forms = []
        while form := screen.ask(_("A name or spelling to search for (nothing to go on):")):
            forms.append(IdentifiedText(form))
        found = requests.search(services, request, forms, name)
    tell_found(found)
    screen.tell(N_("Next: huisclos request decide {id} --ruling RULING --as NAME"), {"id": request})


def decide(
    context: typer.Context,
    request: Id,
    ruling: Annotated[str, typer.Option("--ruling", metavar=N_("RULING"), help=N_("granted, in-part or refused."))],
    name: Name,
    article: Annotated[
        str | None,
        typer.Option("--article", metavar=N_("ARTICLE"), help=N_("Why it is refused or granted in part: gdpr-15-4.")),
    ] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Ask for the reason, and decide."""
    wanted = choice_of(Ruling, ruling, "--ruling")
    found = None if article is None else choice_of(Article, article, "--article")
    with open_home(context, passphrase_file) as services:
        from flows.steps.rights import requests

        reason = IdentifiedText(screen.ask(_("The reason, as the letter will say it (nothing to leave it out):")))
        row = requests.decide(services, request, wanted, found, reason, name)
        sealed = requests.opened(services, row)
    screen.tell(N_("Decided: {ruling}."), {"ruling": wanted})
    if wanted is not Ruling.REFUSED:
        for line in _to_carry_out(row, sealed):
            screen.show("  " + line)
    screen.tell(N_("Next: huisclos request answer {id} FILE --as NAME"), {"id": request})


def state(
    context: typer.Context,
    request: Id,
    session: Session,
    name: Name,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar=N_("TIME"), help=N_("The time of the passage it is about, as a review shows it: "
                     "00:12:05.")),
    ] = None,
    passphrase_file: PassphraseFile = None,
) -> None:  # fmt: skip
    """Ask for the statement until an empty line, and keep it; StateError, UsageError."""
    place = session_of(session)
    moment = None if at is None else moment_of(at, "--at")
    with open_home(context, passphrase_file) as services:
        from flows.steps.rights.rectifying import keep_statement

        lines: list[str] = []
        question = _("What the person has to say, in their words (sealed); an empty line at the end:")
        while line := screen.ask("" if lines else question):
            lines.append(line)
        keep_statement(services, request, place, moment, IdentifiedText("\n".join(lines)), name)
    screen.tell(N_("Kept with {session}: whoever reviews it reads both."), {"session": place})


def answer(
    context: typer.Context,
    request: Id,
    file: Annotated[Path, typer.Argument(metavar=N_("FILE"), help=N_("A new file that ends in .docx or .txt."))],
    name: Name,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Make the letter, log it, and write it; UsageError for a file that is there already."""
    from returns.letter import write

    ending = new_letter(file)
    with open_home(context, passphrase_file) as services:
        from console.letter_page import letter
        from flows.steps.rights import request_answers

        made = request_answers.answer(services, request, name)
        data = write(letter(made), ending)
    write_new(file, data)
    screen.tell(N_("The letter is written: {file}"), {"file": file})
    screen.say(_("Read it before it leaves: it is personal data, readable, outside the archive. Delete it once it is "
                 "sent."))  # fmt: skip
    if made.following:
        screen.tell(N_("Not in the letter, as they are not cleared for the group yet: {sessions}. Review and clear "
                       "them, then answer again."), {"sessions": made.following})  # fmt: skip


def close(context: typer.Context, request: Id, name: Name, passphrase_file: PassphraseFile = None) -> None:
    """Close a request that was answered."""
    with open_home(context, passphrase_file) as services:
        from flows.steps.rights import requests

        row = requests.close(services, request, name)
    screen.tell(N_("Request {id} is closed. What it holds is destroyed by the first run from {day} on."),
                {"id": request, "day": day_of(str(row.keep_until))})  # fmt: skip


def _to_carry_out(row: "RequestRow", sealed: "Sealed") -> list[str]:
    """What has to be done by another command for what was granted, wherever something was found."""
    from flows.steps.rights.carried_out import commands

    told = [f"  {typed(command)}" for command in commands(row, sealed)]
    return [_("To carry it out, before the answer says so:"), *told] if told else []
