"""The page of ``review show``: a draft as it was said, what was found in it marked, and what each name becomes.

One of the few places whose purpose is to show talk.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from console import screen
from console.messages import _, label, ngettext, timecode
from vocabulary.choices import CorrectionState, Tier
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.reviewing.outcomes import Reading, ReadTurn
    from flows.steps.rights.outcomes import Stated
    from vocabulary.span import Stretch

UNSURE = 0.8
"""Certainty under which the speaker of a turn is marked."""

_CONTEXT = 40
"""Characters of talk shown on each side of a correction."""


def show_draft(reading: "Reading") -> None:
    """Show it whole: how to read it, the talk, and what is listed after it."""
    _show_head(reading)
    _show_talk(reading)
    screen.show()
    _show_referents(reading)
    if reading.corrections:
        _show_corrections(reading)
    if reading.singled:
        _show_singled(reading)
    if reading.proposals:
        _show_proposals(reading)
    screen.show()
    screen.tell(N_("Next: huisclos review accept {session} --all --as NAME"), {"session": reading.session})


def _show_head(reading: "Reading") -> None:
    screen.show(f"{reading.session}, {_(reading.state.word)}")
    screen.show(counted(reading.sure, reading.residual))
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


def _show_talk(reading: "Reading") -> None:
    stated = _by_turn(reading)
    _show_statements(stated[-1])
    for number, turn in enumerate(reading.turns):
        screen.show()
        screen.show(heading(turn))
        screen.show(screen.paragraph(marked(turn), "  "))
        _show_statements(stated[number])


def _show_referents(reading: "Reading") -> None:
    rows = [
        (_(one.label.word), ", ".join(form.reveal() for form in one.forms), str(one.mentions), one.pseudonym)
        for one in reading.referents
    ]
    if rows:
        screen.show(screen.table(rows, [_("Type"), _("Name as said"), _("Mentions"), _("Becomes")]))


def _show_corrections(reading: "Reading") -> None:
    """Names that were misheard: number, time, what was heard and the right form; why, and what became of it."""
    screen.show()
    screen.tell(N_("Names that were misheard, or may have been, under the numbers they are decided with:"))
    for one in reading.corrections:
        at = timecode(reading.turns[one.place.turn].start)
        screen.show(f"  {one.number}  {at}  {one.heard.reveal()} > {one.form.reveal()}")
        screen.show(f"      {_(one.state.word)} ({_(one.reason.word)})")
        screen.show(screen.paragraph(_around(reading, one.place), "      "))
    waiting = [one.number for one in reading.corrections if one.state is CorrectionState.PROPOSED]
    if waiting:
        facts = {"session": reading.session, "number": waiting[0]}
        screen.tell(N_("To take one: huisclos review correct {session} --proposal {number} --as NAME"), facts)
        screen.tell(N_("To leave it as heard: huisclos review as-heard {session} --proposal {number} --as NAME"), facts)


def _around(reading: "Reading", place: "Stretch") -> str:
    """The words around a place in the talk, the place in brackets."""
    text = reading.turns[place.turn].text.reveal()
    before, after = text[max(0, place.start - _CONTEXT) : place.start], text[place.end : place.end + _CONTEXT]
    return f"{before.partition(' ')[2] if place.start > _CONTEXT else before}[{text[place.start : place.end]}]{after}"


def _show_singled(reading: "Reading") -> None:
    """Who may be singled out, by what kinds of facts, in which passages."""
    screen.show()
    screen.tell(N_("Together, these passages may single somebody out; without a number it is plain talk:"))
    for one in reading.singled:
        kinds = ", ".join(_(kind.word) for kind in one.kinds)
        screen.show(f"  {one.pseudonym} ({kinds})")
        for place in one.passages:
            screen.show("    " + _told(reading, place, one.numbers))


def _show_proposals(reading: "Reading") -> None:
    """Who may be one person with whom."""
    screen.show()
    screen.tell(N_("It is uncertain here who is one person with whom; the session dossier settles it:"))
    for asked in reading.proposals:
        screen.show(f"  {', '.join(asked.pseudonyms)} ({_(asked.doubt.word)})")
        for place in asked.passages:
            where = _said_where(reading.turns[place.turn]) or _("turn {number}").format(number=place.turn + 1)
            screen.show(f"    {where}, {_told(reading, place, asked.numbers)}")


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
    unsure = turn.certainty is not None and turn.certainty < UNSURE
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


def counted(sure: int, residual: int) -> str:
    """How much was found, and how much of it is only suspected."""
    found = ngettext("{count} mention found", "{count} mentions found", sure)
    return found + ", " + ngettext("{count} suspicion masked", "{count} suspicions masked", residual)
