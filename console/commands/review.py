"""``review``: a draft is shown to whoever reviews it, and what they decide of it."""

from typing import Annotated

import typer

from console import screen
from console.commands import correcting, speakers
from console.draft_page import counted, show_draft
from console.helping import Command
from console.messages import ngettext
from console.opening import open_home, reader
from console.options import ForAudience, Name, PassphraseFile, Reader, Session, audience_of, session_of
from vocabulary.errors import UsageError
from vocabulary.messages import N_


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command(
        "show",
        cls=Command,
        help=N_(
            "Show the draft as it was said, what was found in it marked, and what each name becomes.\n\n"
            "Each passage has the number it is freed under. What may single somebody out, and who may be one person "
            "with whom, is listed at the end.\n\n"
            "Make sure that nobody else sees the screen. The log keeps that you read it."
        ),
    )(show)
    group.command(
        "accept",
        cls=Command,
        help=N_("Take all that was found, for the whole session; what is only suspected stays masked."),
    )(accept)
    group.command(
        "free",
        cls=Command,
        help=N_(
            "Let one passage be read as it was said: a word that names nobody there. It frees no other passage.\n\n"
            "PASSAGE is its number in `review show`. What is surely a youth's takes two people. Clearances given to "
            "the text as it was no longer count."
        ),
    )(free)
    group.command(
        "mask", cls=Command, help=N_("Take back that a passage was freed: it is masked again. One person is enough.")
    )(mask)
    group.command(
        "reopen",
        cls=Command,
        help=N_(
            "Take a cleared session back to review. Its clearances no longer count; what was already given out "
            "cannot be called back."
        ),
    )(reopen)
    speakers.register(group)
    correcting.register(group)


def show(
    context: typer.Context,
    session: Session,
    audience: ForAudience = "group",
    name: Reader = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Show a draft to the person named, which the log keeps as access."""
    found_audience = audience_of(audience)
    with open_home(context, passphrase_file) as services:
        from flows.steps.reviewing import review

        reading = review.show(services, session_of(session), name or reader(services), found_audience)
    show_draft(reading)


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
        from flows.steps.reviewing import review

        found = review.accept(services, session_of(session), name)
    facts = {"session": found.session}
    screen.tell(N_("The review of {session} is accepted."), facts)
    screen.show("  " + counted(found.sure, found.residual))
    if found.uncorrected:
        screen.show(
            "  "
            + ngettext(
                "{count} proposed correction stays masked: nobody has decided it",
                "{count} proposed corrections stay masked: nobody has decided them",
                found.uncorrected,
            )
        )
    screen.tell(N_("Next: huisclos clear {session} --as NAME"), facts)


Passage = Annotated[
    str, typer.Option("--passage", metavar=N_("PASSAGE"), help=N_("The number of the passage in `review show`."))
]


def free(
    context: typer.Context,
    session: Session,
    passage: Passage,
    reason: Annotated[
        str, typer.Option("--reason", metavar=N_("TEXT"), help=N_("Why it names nobody; sealed with the draft."))
    ],
    name: Name,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Free one passage; StateError if not in review or numbered otherwise, PersonError for who has done so already."""
    with open_home(context, passphrase_file) as services:
        from flows.steps.reviewing import review

        found = review.free(services, session_of(session), passage, reason, name)
    facts = {"session": found.session, "passage": found.passage, "people": found.people, "needed": found.needed}
    if found.done:
        screen.tell(N_("Passage {passage} of {session} will be read as it was said."), facts)
    else:
        screen.tell(
            N_(
                "Passage {passage} of {session} stays masked: {people} of {needed} people have freed it. Another "
                "person has to do the same."
            ),
            facts,
        )
    _tell_voided(found.clearances)


def mask(
    context: typer.Context, session: Session, passage: Passage, name: Name, passphrase_file: PassphraseFile = None
) -> None:
    """Mask a freed passage again; StateError when it is not in review or was numbered otherwise."""
    with open_home(context, passphrase_file) as services:
        from flows.steps.reviewing import review

        found = review.mask(services, session_of(session), passage, name)
    screen.tell(N_("Passage {passage} of {session} is masked."), {"session": found.session, "passage": found.passage})
    _tell_voided(found.clearances)


def _tell_voided(count: int) -> None:
    if count:
        screen.show("  " + ngettext("{count} clearance no longer counts", "{count} clearances no longer count", count))


def reopen(context: typer.Context, session: Session, name: Name, passphrase_file: PassphraseFile = None) -> None:
    """Take a session back to review; StateError when it is not cleared."""
    with open_home(context, passphrase_file) as services:
        from flows.steps.reviewing import review

        voided = review.reopen(services, session_of(session), name)
    facts = {"session": session_of(session)}
    screen.tell(N_("Session {session} is in review again."), facts)
    screen.show("  " + ngettext("{count} clearance no longer counts", "{count} clearances no longer count", voided))
    screen.tell(N_("Next: huisclos review accept {session} --all --as NAME"), facts)
