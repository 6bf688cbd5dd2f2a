"""``submit``, and ``session discard``, ``session retry``, ``session recover``."""

from pathlib import Path
from typing import Annotated

import typer

from console import screen, shapes
from console.commands.standing import show_receipt
from console.helping import Command
from console.messages import _, ngettext, sentence
from console.opening import open_home
from console.options import AsJson, Name, PassphraseFile, Session, number_of, readable, session_of
from vocabulary.choices import Exit
from vocabulary.errors import RecordingError
from vocabulary.ids import SessionName
from vocabulary.messages import N_


def register_top(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        "submit",
        cls=Command,
        help=N_(
            "Seal recordings, the parts of one session in their order, and its session dossier.\n\n"
            "The files are left where they are unless --move is given."
        ),
    )(submit)


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command(
        "discard",
        cls=Command,
        help=N_(
            "Destroy all that is kept of a session.\n\nA first person asks, a second one asks for the same: then it is "
            "done, and cannot be undone."
        ),
    )(discard)
    group.command("retry", cls=Command, help=N_("Take a session out of quarantine; the next run tries again."))(retry)
    group.command(
        "recover",
        cls=Command,
        help=N_(
            "Write the recordings of a session, readable, into a folder.\n\nThey are then outside the archive and its "
            "protection; the log keeps who asked."
        ),
    )(recover)


def submit(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar=N_("FILE"), help=N_("The recordings, part after part."))],
    workshop: Annotated[str, typer.Option("--workshop", metavar=N_("CODE"), help=N_("The workshop."))],
    session: Annotated[str, typer.Option("--session", metavar="N", help=N_("The session's number, from 1 to 999."))],
    dossier: Annotated[
        Path | None,
        typer.Option("--dossier", metavar=N_("FILE"), help=N_("The session dossier (seanceN.toml).")),
    ] = None,
    move: Annotated[
        bool, typer.Option("--move", help=N_("Remove the files once they are sealed and read back."))
    ] = False,
    as_json: AsJson = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Seal recordings and a dossier; UnknownError, DossierError, RecordingError."""
    name = SessionName(workshop, number_of(session))
    for file in (*files, *([dossier] if dossier else [])):
        readable(file)
    with open_home(context, passphrase_file) as services:
        from flows.steps.arrival.receive import submit as seal

        try:
            receipt = seal(services, files, name, dossier, move)
        except RecordingError:
            told = N_(
                "Session {session}: what came is sealed and put in quarantine; your files are where they were. "
                "Bring the right recording under another number."
            )
            screen.say(sentence(told, {"session": name}))
            raise
    if as_json:
        screen.answer("huisclos-receipt/1", shapes.receipt(receipt))
    else:
        show_receipt(receipt)
    if receipt.reason is not None:
        raise typer.Exit(Exit.QUARANTINE)


def discard(context: typer.Context, session: Session, name: Name, passphrase_file: PassphraseFile = None) -> None:
    """Ask to destroy a session, or do it when another person asked before."""
    with open_home(context, passphrase_file) as services:
        from flows.steps import sessions

        found = sessions.discard(services, session_of(session), name)
    facts = {"session": found.session}
    if not found.done:
        screen.tell(N_("Noted. Nothing is destroyed yet: another person has to ask for the same on {session}."), facts)
        return
    screen.tell(N_("Session {session} is discarded; what was kept of it can no longer be opened."), facts)
    screen.show(ngettext("{count} record was destroyed.", "{count} records were destroyed.", found.records))


def retry(context: typer.Context, session: Session, passphrase_file: PassphraseFile = None) -> None:
    """Take a session out of quarantine; StateError when it is not there."""
    name = session_of(session)
    with open_home(context, passphrase_file) as services:
        from flows.steps import sessions

        state = sessions.retry(services, name)
    screen.tell(
        N_("Session {session} is no longer in quarantine: it is {state} again. Next: huisclos run"),
        {"session": name, "state": state},
    )


def recover(
    context: typer.Context,
    session: Session,
    directory: Annotated[Path, typer.Argument(metavar=N_("FOLDER"), help=N_("Where to write; nothing is replaced."))],
    name: Name,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Write the recordings of a session, readable, into ``directory``."""
    with open_home(context, passphrase_file) as services:
        from flows.steps import sessions

        found = sessions.recover(services, session_of(session), directory, name)
    for file in found.files:
        screen.show(str(file))
    screen.say(_("These files are readable by whoever finds them: remove them as soon as they are no longer needed."))
