"""``review show``, ``accept`` and ``reopen``: one of the few places whose purpose is to show talk."""

from typing import TYPE_CHECKING, Annotated

import typer

from console import screen
from console.helping import Command
from console.messages import _, label, ngettext, timecode
from console.opening import open_home, reader
from console.options import Name, PassphraseFile, Session, session_of
from vocabulary.choices import Tier
from vocabulary.errors import UsageError
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.outcomes import Reading, ReadTurn


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command(
        "show",
        cls=Command,
        help=N_(
            "Show the draft as it was said, what was found in it marked, and what each name becomes.\n\n"
            "Make sure that nobody else sees the screen. The log keeps that you read it."
        ),
    )(show)
    group.command(
        "accept",
        cls=Command,
        help=N_("Take all that was found, for the whole session; what is only suspected stays masked."),
    )(accept)
    group.command(
        "reopen",
        cls=Command,
        help=N_(
            "Take a cleared session back to review. Its clearances no longer count; what was already given out "
            "cannot be called back."
        ),
    )(reopen)


def show(
    context: typer.Context,
    session: Session,
    name: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar=N_("NAME"),
            help=N_("Who reads; otherwise whose passphrase it is or, with the machine's, the login name."),
        ),
    ] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Show a draft to the person named, which the log keeps as access."""
    with open_home(context, passphrase_file) as services:
        from flows.steps import review

        reading = review.show(services, session_of(session), name or reader(services))
    _show(reading)


def accept(
    context: typer.Context,
    session: Session,
    name: Name,
    everything: Annotated[bool, typer.Option("--all", help=N_("Take all that was found."))] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Accept the whole draft; StateError when it is not in review."""
    if not everything:
        raise UsageError(N_("Say --all: what was found is accepted as a whole."), place="--all")
    with open_home(context, passphrase_file) as services:
        from flows.steps import review

        found = review.accept(services, session_of(session), name)
    facts = {"session": found.session}
    screen.tell(N_("The review of {session} is accepted."), facts)
    screen.show("  " + _counted(found.sure, found.residual))
    screen.tell(N_("Next: huisclos clear {session} --as NAME"), facts)


def reopen(context: typer.Context, session: Session, name: Name, passphrase_file: PassphraseFile = None) -> None:
    """Take a session back to review; StateError when it is not cleared."""
    with open_home(context, passphrase_file) as services:
        from flows.steps import review

        voided = review.reopen(services, session_of(session), name)
    facts = {"session": session_of(session)}
    screen.tell(N_("Session {session} is in review again."), facts)
    screen.show("  " + ngettext("{count} clearance no longer counts", "{count} clearances no longer count", voided))
    screen.tell(N_("Next: huisclos review accept {session} --all --as NAME"), facts)


def _show(reading: "Reading") -> None:
    screen.show(f"{reading.session}, {_(reading.state.word)}")
    screen.show(_counted(reading.sure, reading.residual))
    screen.tell(N_("Marks: [as said > as the group will read it]; a ? is only suspected and stays masked."))
    for warning in reading.warnings:
        screen.show(label(_("Note"), _(warning)))
    for turn in reading.turns:
        screen.show()
        screen.show(f"{turn.speaker}  {timecode(turn.start)}")
        screen.show(screen.paragraph(marked(turn), "  "))
    screen.show()
    rows = [
        (_(one.label.word), ", ".join(form.reveal() for form in one.forms), str(one.mentions), one.pseudonym)
        for one in reading.referents
    ]
    if rows:
        screen.show(screen.table(rows, [_("Type"), _("Name as said"), _("Mentions"), _("Becomes")]))
    screen.show()
    facts = {"session": reading.session}
    screen.tell(N_("Next: huisclos review accept {session} --all --as NAME"), facts)


def marked(turn: "ReadTurn") -> str:
    """A turn's text with each mention in brackets, and what it becomes."""
    text, end, pieces = turn.text.reveal(), 0, []
    for mention in sorted(turn.mentions, key=lambda one: one.start):
        sign = "?" if mention.tier is Tier.RESIDUAL else ""
        pieces += [
            text[end : mention.start],
            f"[{sign}{text[mention.start : mention.end]} > {mention.becomes}]",
        ]
        end = mention.end
    return "".join([*pieces, text[end:]])


def _counted(sure: int, residual: int) -> str:
    found = ngettext("{count} mention found", "{count} mentions found", sure)
    return found + ", " + ngettext("{count} suspicion masked", "{count} suspicions masked", residual)
