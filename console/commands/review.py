"""``review show`` and what a review decides: one of the few places whose purpose is to show talk."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from console import screen
from console.commands import correcting, speakers
from console.helping import Command
from console.messages import _, label, ngettext, timecode
from console.opening import open_home, reader
from console.options import ForAudience, Name, PassphraseFile, Reader, Session, audience_of, session_of
from vocabulary.choices import Tier
from vocabulary.errors import UsageError
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.outcomes import Reading, ReadTurn, Stated
    from vocabulary.span import Stretch


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
        from flows.steps.reviewing import review

        found = review.accept(services, session_of(session), name)
    facts = {"session": found.session}
    screen.tell(N_("The review of {session} is accepted."), facts)
    screen.show("  " + _counted(found.sure, found.residual))
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


def _show(reading: "Reading") -> None:
    screen.show(f"{reading.session}, {_(reading.state.word)}")
    screen.show(_counted(reading.sure, reading.residual))
    screen.tell(
        N_(
            "Marks: [number: as said > as {audience} will read it]; a ? is only suspected and stays masked until a "
            "person frees it, an = is freed, a + waits for a second person."
        ),
        {"audience": reading.audience},
    )
    unsure = sum(len(turn.uncertain) for turn in reading.turns)
    if unsure:
        screen.show(ngettext("{count} uncertain stretch", "{count} uncertain stretches", unsure))
        screen.tell(
            N_(
                "Between ~ and ~ the recogniser was not sure: listen to the recording at the time given. Other words "
                "may be wrong too."
            )
        )
    for warning in reading.warnings:
        screen.show(label(_("Note"), _(warning)))
    stated = _by_turn(reading)
    _show_statements(stated[-1])
    for number, turn in enumerate(reading.turns):
        screen.show()
        screen.show(heading(turn))
        screen.show(screen.paragraph(marked(turn), "  "))
        _show_statements(stated[number])
    screen.show()
    rows = [
        (_(one.label.word), ", ".join(form.reveal() for form in one.forms), str(one.mentions), one.pseudonym)
        for one in reading.referents
    ]
    if rows:
        screen.show(screen.table(rows, [_("Type"), _("Name as said"), _("Mentions"), _("Becomes")]))
    if reading.corrections:
        correcting.show_corrections(reading)
    if reading.singled:
        screen.show()
        screen.tell(N_("Together, these passages may single somebody out; without a number it is plain talk:"))
        for one in reading.singled:
            kinds = ", ".join(_(kind.word) for kind in one.kinds)
            screen.show(f"  {one.pseudonym} ({kinds})")
            for place in one.passages:
                screen.show("    " + _told(reading, place, one.numbers))
    if reading.proposals:
        screen.show()
        screen.tell(N_("It is uncertain here who is one person with whom; the session dossier settles it:"))
        for asked in reading.proposals:
            screen.show(f"  {', '.join(asked.pseudonyms)} ({_(asked.doubt.word)})")
            for place in asked.passages:
                where = _said_where(reading.turns[place.turn]) or _("turn {number}").format(number=place.turn + 1)
                screen.show(f"    {where}, {_told(reading, place, asked.numbers)}")
    screen.show()
    facts = {"session": reading.session}
    screen.tell(N_("Next: huisclos review accept {session} --all --as NAME"), facts)


def _by_turn(reading: "Reading") -> "Mapping[int, Sequence[Stated]]":
    """The statements kept with each turn, by its place; under -1 those about the whole session."""
    starts = [int(turn.start) for turn in reading.turns]
    found: dict[int, list[Stated]] = defaultdict(list)
    for one in reading.statements:
        found[-1 if one.at is None else max(0, bisect_right(starts, one.at) - 1)].append(one)
    return found


def _show_statements(found: "Sequence[Stated]") -> None:
    for one in found:
        told = label(_("Statement of a person concerned"), one.text.reveal())
        screen.show(screen.paragraph(" ".join(told.split()), "    "))


def heading(turn: "ReadTurn") -> str:
    """Who speaks, with a ? where that is uncertain, when, in which turn, and whether somebody else does too."""
    unsure = turn.certainty is not None and turn.certainty < speakers.UNSURE
    pieces = [turn.speaker + (" ?" if unsure else ""), timecode(turn.start), _said_where(turn)]
    if turn.overlapped:
        pieces.append(_("two people speak at once"))
    return "  ".join(piece for piece in pieces if piece)


def _said_where(turn: "ReadTurn") -> str:
    """What a turn is called when it is given to another speaker."""
    return _("turn {number}").format(number=turn.place) if turn.place else ""


def marked(turn: "ReadTurn") -> str:
    """A turn's text with each mention in brackets, and what it becomes."""
    text, end, pieces, unsure = turn.text.reveal(), 0, [], _unsure(turn)
    for mention in sorted(turn.mentions, key=lambda one: one.start):
        sign = "?" if mention.tier is Tier.RESIDUAL else ""
        if mention.waits is not None:
            sign = "+" if mention.waits else "="
        number = f"{mention.passage}: " if mention.passage else ""
        said = text[mention.start : mention.end]
        shown = said if mention.waits == 0 else f"{said} > {mention.becomes}"
        pieces += [_between(text, end, mention.start, unsure), f"[{number}{sign}{shown}]"]
        end = mention.end
    return "".join([*pieces, _between(text, end, len(text), unsure)])


def _unsure(turn: "ReadTurn") -> dict[int, str]:
    """What is written before which character, so that each uncertain stretch has its signs outside of all brackets."""
    marked: list[tuple[int, int, float]] = []
    for stretch in turn.uncertain:
        start = min([stretch.start, *(one.start for one in turn.mentions if one.start < stretch.start < one.end)])
        end = max([stretch.end, *(one.end for one in turn.mentions if one.start < stretch.end < one.end)])
        if marked and start < marked[-1][1]:  # of one mention both ends are uncertain
            marked[-1] = (marked[-1][0], end, marked[-1][2])
        else:
            marked.append((start, end, stretch.listen_at))
    return {start: f"~{timecode(at)} " for start, _, at in marked} | {end: "~" for _, end, _ in marked}


def _between(text: str, first: int, last: int, signs: dict[int, str]) -> str:
    """``text[first:last]`` with its signs, those before ``last`` included."""
    written = "".join(signs.get(at, "") + text[at] for at in range(first, last))
    return written + signs.get(last, "")


def _told(reading: "Reading", place: "Stretch", known: tuple[int, ...]) -> str:
    """One passage: the time of its turn, and what is said there, with its number if it has one."""
    turn = reading.turns[place.turn]
    numbers = [one.passage for one in turn.mentions if (one.start, one.end) == (place.start, place.end)]
    passage = f"{numbers[0]}: " if numbers and numbers[0] in known else ""
    return f"{timecode(turn.start)}  {passage}{turn.text.reveal()[place.start : place.end]}"


def _counted(sure: int, residual: int) -> str:
    found = ngettext("{count} mention found", "{count} mentions found", sure)
    return found + ", " + ngettext("{count} suspicion masked", "{count} suspicions masked", residual)
