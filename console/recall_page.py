"""What is called back after a withdrawal, listed, and the letter that asks a recipient for it.

Rules kept here: the letter is drafted for a person to read, sign and send; it says nothing of whom the withdrawal
concerns, and nothing of what was said.
"""

import datetime
from typing import TYPE_CHECKING, Any

from console.messages import _, day, label, moment, sentence
from returns.letter import Letter as Text
from returns.letter import Part
from vocabulary.choices import Audience
from vocabulary.messages import N_
from vocabulary.text import IdentifiedText

if TYPE_CHECKING:
    from flows.steps.rights.recalls import Letter, Recall


def letter(made: "Letter") -> Text:
    """The letter, in the reader's language (GDPR 17(2) and 19)."""
    who = {"controllers": made.controllers}
    parts = [
        (Part.TITLE, _("Return of what was given to you")),
        *([] if made.to is None else [(Part.TEXT, label(_("To"), made.to))]),
        (Part.TEXT, _("Madam, Sir,")),
        (Part.TEXT, sentence(N_("You received from {controllers} the texts listed here."), who)),
        *((Part.ITEM, _listed(one)) for one in made.outputs),
        (Part.TEXT, _(
            "Since then, what concerns somebody in them was withdrawn or erased. We are to tell everybody who received "
            "these texts (GDPR 17(2) and 19). We cannot say whom it concerns: please do not look for it."
        )),
        (Part.TEXT, _(
            "Please send every copy back to us or destroy it, on paper, on your machines and in what you save of them, "
            "and ask the same of whoever had it from you. What you quoted of it is no longer to be used."
        )),
        (Part.TEXT, _(
            "Please answer in writing which of the two you did, and on which day. A text without these passages may "
            "follow once it is cleared anew."
        )),
        (Part.TEXT, _("Yours faithfully.")),
    ]  # fmt: skip
    return Text(tuple((kind, IdentifiedText(text)) for kind, text in parts))


def _listed(one: "Recall") -> str:
    facts = {
        "session": one.session, "audience": one.audience, "format": one.format, "edition": one.edition,
        "day": day(one.given_on),
    }  # fmt: skip
    return sentence(N_("session {session}, for {audience}: {format}, edition {edition}, given on {day}"), facts)


def recipient(one: "Recall") -> str:
    """Who received an output: by name and code; where none was noted, the group, or nobody known."""
    if one.recipient is None:
        return _(Audience.GROUP.word) if one.audience is Audience.GROUP else _("not noted")
    return one.recipient if one.name is None else f"{one.name} ({one.recipient})"


def recall_row(one: "Recall") -> tuple[str, ...]:
    """One line of the list."""
    return (
        one.id, str(one.session), _(one.audience.word), recipient(one), one.format, str(one.edition),
        moment(one.given_at), moment(one.asked_at), _answer(one),
    )  # fmt: skip


def _answer(one: "Recall") -> str:
    if one.answer is not None and one.answered_on is not None:
        return f"{_(one.answer.word)}, {_day(one.answered_on)}"
    return moment(one.returned_at) if one.returned_at else "-"


def recall_value(one: "Recall") -> dict[str, Any]:
    """One recall as `--json` answers it."""
    return {
        "id": one.id,
        "session": str(one.session),
        "audience": str(one.audience),
        "format": one.format,
        "edition": one.edition,
        "issued_at": one.issued_at,
        "asked_at": one.asked_at,
        "returned_at": one.returned_at,
        "recipient": one.recipient,
        "name": one.name,
        "given_at": one.given_at,
        "answer": None if one.answer is None else str(one.answer),
        "answered_on": one.answered_on,
    }


def _day(text: str) -> str:
    return day(datetime.date.fromisoformat(text))
