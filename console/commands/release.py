"""``clear`` and ``release``: people vouch for a text, and it leaves."""

from typing import TYPE_CHECKING, Annotated

import typer

from console import screen, shapes
from console.helping import Command
from console.messages import _, ngettext
from console.opening import open_home
from console.options import AsJson, ForAudience, Name, PassphraseFile, Session, audience_of, session_of
from vocabulary.choices import Audience
from vocabulary.errors import UsageError, WithheldError
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.leaving.outcomes import Released, WithheldPassage

DEFAULT_FORMATS = "docx,vtt,txt"
Formats = Annotated[
    str, typer.Option("--format", metavar=N_("FORMATS"), help=N_("docx, vtt, txt, one or several with commas."))
]
Show = Annotated[
    bool,
    typer.Option(
        "--show",
        help=N_("If the egress guard withholds the text, show the passages. The log keeps that you read them."),
    ),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to", metavar=N_("CODE"), help=N_("The recipient, as the policy calls it: refused if it may not have it.")
    ),
]


def formats_of(text: str) -> list[str]:
    """The formats that somebody typed, each once."""
    return list(dict.fromkeys(one.strip().lower() for one in text.split(",") if one.strip()))


def say_left_out(found: "Released") -> None:
    """How many turns stayed here, if any."""
    if found.left_out:
        screen.say(
            ngettext(
                "{count} turn was left out: its speaker does not agree to reach this audience.",
                "{count} turns were left out: their speakers do not agree to reach this audience.",
                found.left_out,
            )
        )


def register_top(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        "clear",
        cls=Command,
        help=N_(
            "Clear a reviewed session for an audience: the person named vouches for exactly this text.\n\n"
            "Repeat it, each time in another person's name, as often as the policy asks. Where the policy asks for an "
            "assessment of the risk that somebody is recognised, each person names the written assessment."
        ),
    )(clear)
    app.command(
        "release", cls=Command, help=N_("Pass a cleared text through the egress guard and write it to the outbox.")
    )(release)


def clear(
    context: typer.Context,
    session: Session,
    name: Name,
    audience: ForAudience = "group",
    assessment: Annotated[
        str | None,
        typer.Option(
            "--assessment",
            metavar=N_("REFERENCE"),
            help=N_("Where the risk that somebody is recognised in this text is assessed in writing; it names nobody."),
        ),
    ] = None,
    singled: Annotated[
        int,
        typer.Option(
            "--singled",
            metavar=N_("NUMBER"),
            min=0,
            help=N_("For how many of the people whom passages may single out (`review show`) the assessment answers."),
        ),
    ] = 0,
    as_json: AsJson = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Give one clearance; StateError, PersonError, UsageError for a reference."""
    if singled and assessment is None:
        raise UsageError(N_("--singled goes with --assessment: name the assessment too."), place="--singled")
    found_audience = audience_of(audience)
    session_name = session_of(session)
    with open_home(context, passphrase_file) as services:
        from flows.steps.reviewing.clear import clear as give
        from policies.assessment import Assessment

        rests_on = None if assessment is None else Assessment(assessment, singled)
        found = give(services, session_name, found_audience, name, rests_on)
    if as_json:
        screen.answer("huisclos-clearance/1", shapes.clearance(found))
        return
    facts = {
        "session": found.session,
        "audience": found.audience,
        "given": found.given,
        "needed": found.needed,
    }
    if found.complete:
        screen.tell(N_("Session {session} is cleared for {audience} ({given} of {needed})."), facts)
        screen.tell(
            N_("Next: huisclos release {session} --audience {code} --format docx,vtt,txt --as NAME"),
            {"session": found.session, "code": str(found.audience)},
        )
    else:
        screen.tell(
            N_(
                "Session {session}, for {audience}: {given} clearance of {needed} given. Another person "
                "has to give theirs."
            ),
            facts,
        )


def release(
    context: typer.Context,
    session: Session,
    audience: ForAudience,
    name: Name,
    formats: Formats = DEFAULT_FORMATS,
    show: Show = False,
    to: To = None,
    as_json: AsJson = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Write the cleared text to the outbox; StateError, WithheldError, PolicyError, UsageError for a format."""
    found_audience = audience_of(audience)
    session_name = session_of(session)
    wanted = formats_of(formats)
    with open_home(context, passphrase_file) as services:
        from flows.steps.leaving.release import release as write

        try:
            found = write(services, session_name, found_audience, wanted, name, to)
        except WithheldError:
            if show and not as_json:
                from flows.steps.leaving.egress import withheld

                _show(withheld(services, session_name, found_audience, name))
            raise
    if as_json:
        screen.answer("huisclos-release/1", shapes.released(found))
        return
    _tell_released(found)


def _tell_released(found: "Released") -> None:
    done = (
        N_("Session {session} is published ({audience}).")
        if found.audience is Audience.PUBLIC
        else N_("Session {session} is released to {audience}.")
    )
    screen.tell(done, {"session": found.session, "audience": found.audience})
    for file in found.files:
        screen.show(f"  {file}")
    say_left_out(found)
    if found.recipient is None and found.audience not in (Audience.GROUP, Audience.PUBLIC):
        screen.tell(N_("Who receives it is not noted: name them (--to), so that it can be called back from them."))
    _say_suspected(found.suspected)
    _say_days(found.days_in_outbox)


def _say_suspected(count: int) -> None:
    if count:
        screen.say(
            ngettext(
                "The egress guard let {count} passage through that may be a name. Read the text once more.",
                "The egress guard let {count} passages through that may be names. Read the text once more.",
                count,
            )
        )


def _say_days(count: int) -> None:
    """How long the copies stay in the outbox; 0 if no policy says."""
    if count:
        screen.say(
            ngettext(
                "These copies are personal data still; they are removed from the outbox after {count} day.",
                "These copies are personal data still; they are removed from the outbox after {count} days.",
                count,
            )
        )
    else:
        screen.say(_("These copies are personal data still."))


def _show(passages: "tuple[WithheldPassage, ...]") -> None:
    screen.tell(N_("Withheld; make sure that nobody else sees the screen:"))
    for one in passages:
        screen.show(f"  {one.place}")
        shown = f"{one.before.reveal()}[{one.text.reveal()}]{one.after.reveal()}"
        screen.show(screen.paragraph(" ".join(shown.split()), "    "))
        if one.stretch is not None:
            told = _("If it names nobody, in the review: --passage {stretch}")
            screen.show("    " + told.format(stretch=one.stretch))
