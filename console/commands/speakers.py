"""``review speakers``, ``join``, ``part``, ``name``: who speaks, shown and corrected.

A participant's name is shown at the prompt, and chosen there by a number: it never is an argument of a command, which a
shell keeps and other processes read.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from console import screen
from console.draft_page import UNSURE
from console.helping import Command
from console.messages import _, duration, label, ngettext, number, timecode
from console.opening import open_home, reader
from console.options import Name, PassphraseFile, Reader, Session, session_of
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.reviewing.speakers import ReadPlace, ReadSpeakers, ReadVoice, Settled


Speaker = Annotated[str, typer.Argument(metavar=N_("SPEAKER"), help=N_("A label of `review speakers`: S1."))]


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command(
        "speakers",
        cls=Command,
        help=N_(
            "Show who speaks: each voice, how much it says, its first words, and how certain that is.\n\n"
            "With --of, the turns of one voice; with --turn, the words of one turn, numbered. The log keeps that you "
            "read it."
        ),
    )(speakers)
    group.command(
        "join",
        cls=Command,
        help=N_("Make two voices one, when the same person was heard as two: the second label becomes the first."),
    )(join)
    group.command(
        "part",
        cls=Command,
        help=N_(
            "Give turns to another voice, or to a new one.\n\n"
            "A TURN is a number of `review show`. 12:5 is its words from the fifth on, 12:5-9 its fifth to ninth word: "
            "the turn is parted there. Numbers never change, whatever is parted."
        ),
    )(part)
    group.command(
        "name",
        cls=Command,
        help=N_(
            "Say which participant of the dossier a voice is, chosen from a list.\n\n"
            "They are then read alike when they speak and when others speak of them. Voices are never compared from "
            "one session to the next: only what people say here links them."
        ),
    )(name)


def speakers(
    context: typer.Context,
    session: Session,
    of: Annotated[
        str | None, typer.Option("--of", metavar=N_("SPEAKER"), help=N_("List the turns of this voice."))
    ] = None,
    turn: Annotated[
        str | None, typer.Option("--turn", metavar=N_("TURN"), help=N_("Number the words of this turn."))
    ] = None,
    who: Reader = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Show who speaks to the person named, which the log keeps as access."""
    with open_home(context, passphrase_file) as services:
        from flows.steps.reviewing import speakers as steps

        found = steps.show(services, session_of(session), who or reader(services), of=of, place=turn)
    show_speakers(found)


def join(
    context: typer.Context,
    session: Session,
    speaker: Speaker,
    other: Annotated[str, typer.Argument(metavar=N_("OTHER"), help=N_("The label that becomes the first one."))],
    who: Name,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Join two labels; StateError when the session is not in review."""
    with open_home(context, passphrase_file) as services:
        from flows.steps.reviewing import speakers as steps

        found = steps.join(services, session_of(session), speaker, other, who)
    screen.tell(N_("{other} is {speaker} from now on in {session}."),
                {"other": other, "speaker": speaker, "session": found.session})  # fmt: skip
    _tell(found)


def part(
    context: typer.Context,
    session: Session,
    turns: Annotated[list[str], typer.Argument(metavar=N_("TURN..."), help=N_("Turns, or words of them."))],
    who: Name,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar=N_("SPEAKER"), help=N_("Whose they are; otherwise a new voice's.")),
    ] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Give turns to a label; UsageError for a place that is none."""
    with open_home(context, passphrase_file) as services:
        from flows.steps.reviewing import speakers as steps

        found = steps.part(services, session_of(session), turns, to, who)
    screen.tell(N_("These words are {speaker}'s now in {session}."),
                {"speaker": found.label, "session": found.session})  # fmt: skip
    _tell(found)


def name(
    context: typer.Context, session: Session, speaker: Speaker, who: Name, passphrase_file: PassphraseFile = None
) -> None:
    """Ask which participant a label is; UsageError when nobody answers."""
    with open_home(context, passphrase_file) as services:
        from flows.steps.reviewing import speakers as steps

        choices = steps.participants(services, session_of(session), speaker, who)
        rows = [
            (str(place), one.name.reveal(), one.role.reveal(), one.label or "") for place, one in enumerate(choices, 1)
        ]
        screen.say(screen.table([("0", _("none of them"), "", ""), *rows]))
        chosen = screen.choose(label(_("Number of the participant"), ""), len(choices))
        referent = choices[chosen - 1].referent if chosen else None
        found = steps.recognise(services, session_of(session), speaker, referent, who)
    facts = {"speaker": speaker, "session": found.session}
    if referent is None:
        screen.tell(N_("{speaker} is no participant in {session}, as far as people said."), facts)
    else:
        screen.tell(N_("{speaker} is recognised in {session}."), facts)
    _tell(found)


def show_speakers(found: "ReadSpeakers") -> None:
    """The page of ``review speakers``."""
    count = ngettext("{count} voice", "{count} voices", len(found.voices))
    screen.show(f"{found.session}, {count}")
    if found.told_apart is not None:
        screen.show(screen.paragraph(label(_("Voices"), _(found.told_apart.word)), "  ", ""))
    if found.heads is not None and found.heads != len(found.voices):
        screen.show(
            ngettext(
                "The dossier counts {count} person who speaks.",
                "The dossier counts {count} people who speak.",
                found.heads,
            )
        )
    screen.show()
    head = [_("Voice"), _("Turns"), _("Speaks"), _("Certain"), _("Overlaps"), _("Participant"), _("First words")]
    screen.show(screen.table([_row(voice) for voice in found.voices], head))
    for place in found.places:
        _show_place(place)
    screen.show()
    facts = {"session": found.session}
    screen.tell(N_("Next: huisclos review join, part or name, each with {session}; then huisclos review accept "
                   "{session} --all --as NAME"), facts)  # fmt: skip


def _row(voice: "ReadVoice") -> tuple[str, ...]:
    who = "" if voice.who is None else voice.who.reveal() + ("" if voice.recognised else " (?)")
    return (
        voice.label,
        number(voice.turns),
        duration(voice.seconds),
        _share(voice.certainty),
        number(voice.overlapped) if voice.overlapped else "",
        who,
        voice.first.reveal(),
    )


def _show_place(place: "ReadPlace") -> None:
    screen.show()
    screen.show(f"{place.place}  {place.label}  {timecode(place.start)}  {_share(place.certainty)}".rstrip())
    text = place.text.reveal()
    if place.words:
        text = "  ".join(f"{place.first + at} {word.reveal()}" for at, word in enumerate(place.words))
    screen.show(screen.paragraph(text, "  "))


def _share(certainty: float | None) -> str:
    """A certainty in the reader's words; one that is low has a mark."""
    if certainty is None:
        return ""
    return f"{round(100 * certainty)}\u00a0%" + (" ?" if certainty < UNSURE else "")


def _tell(found: "Settled") -> None:
    screen.show("  " + ngettext("{count} turn changed hands", "{count} turns changed hands", found.turns))
    if found.clearances:
        screen.show(
            "  "
            + ngettext("{count} clearance no longer counts", "{count} clearances no longer count", found.clearances)
        )
    screen.tell(N_("Next: huisclos review speakers {session} --as NAME"), {"session": found.session})
