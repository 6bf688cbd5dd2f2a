"""The words of a letter that answers a request, made of what flows/steps/rights/request_answers.py gives.

Rules kept here: it is drafted for a person to read, sign and send; it holds no name that the program knows; the letter
that asks for proof of identity says nothing of whether anything is kept.
"""

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING

from console.messages import _, day, label, ngettext, sentence, timecode
from policies.period import Unit
from policies.requests import Letter
from returns.letter import Letter as Text
from returns.letter import Part
from vocabulary.choices import Article, RequestKind, Ruling
from vocabulary.messages import N_
from vocabulary.text import IdentifiedText

if TYPE_CHECKING:
    from flows.steps.rights.request_answers import Answer, OwnTurns, Processing
    from policies.period import Period
    from vocabulary.request import Found

_Parts = Iterator[tuple[Part, str]]

_RULINGS = {
    Ruling.GRANTED: N_("Your request is granted."),
    Ruling.IN_PART: N_("Your request is granted in part."),
    Ruling.REFUSED: N_("Your request cannot be granted."),
}
_UNIDENTIFIABLE = N_(
    "The list that linked people to what is kept was destroyed. In what is left you can no longer be identified, and "
    "we cannot look for you in it. If you can give us something that allows it, we will look again (GDPR 11(2))."
)
_DONE = {
    RequestKind.ERASURE: N_(
        "What concerned you is removed from what is kept, and from everything made of it. What was given out before is "
        "asked back from those who received it (GDPR 17 and 19)."
    ),
    RequestKind.RECTIFICATION: N_(
        "What you asked to be corrected is corrected. Those who received it are told (GDPR 16 and 19)."
    ),
    RequestKind.RESTRICTION: N_(
        "What concerns you is kept and neither used nor given out. You will be told before that ends (GDPR 18(3))."
    ),
    RequestKind.OBJECTION: N_("What concerns you is no longer processed for the purpose you object to (GDPR 21)."),
}
_STATED = N_(
    "Your statement is kept together with what was said, as long as that is: whoever works with it reads both. Those "
    "who received it are told (GDPR 16 and 19)."
)
_NOTHING = N_("We searched everything that is kept, under the names you gave, and found nothing about you.")
_NOTHING_THERE = N_("We searched what can be searched, under the names you gave, and found nothing about you there.")
_BEYOND = {
    "silent": N_("a recording that is not transcribed yet: nobody can be found in it"),
    "verbatim": N_("sessions of which only texts with codes instead of names are left: they were searched by code"),
    "voice": N_("sessions in which nothing says which voice is yours: what you said there could not be told apart"),
    "generalized": N_("texts in which nobody bears a name or a code any more"),
    "damaged": N_("a file that could not be opened"),
    "vault": N_("what is kept in a workshop whose list of people was destroyed: you can no longer be identified there"),
}
"""What could not be looked through (flows/steps/rights/traced.py), as who asks is told of it: without a place."""
_OTHERS_TALK = N_(
    "What is kept about you are the words of professionals who spoke among themselves, in confidence. They are bound "
    "by professional secrecy, and a copy would harm the rights of others: none is given (GDPR 15(4))."
)
_OWN = N_(
    "These are your own words, as the group reads them: people, places and institutions in them bear another name or a "
    "code. What others said is not given (GDPR 15(4))."
)
_FOLLOWING = N_(
    "Some of what you may have said is not reviewed yet, and others may be named in it. It will follow once it is."
)
_RIGHTS = N_(
    "You may lodge a complaint with the CNIL (3 place de Fontenoy, TSA 80715, 75334 Paris Cedex 07, www.cnil.fr) and "
    "seek a judicial remedy (GDPR 12(4), 77 and 79)."
)


def letter(made: "Answer") -> Text:
    """The letter, in the reader's language."""
    parts = [
        (Part.TITLE, _title(made)),
        (Part.TEXT, _("Madam, Sir,")),
        *_body(made),
        (Part.TEXT, _("Yours faithfully.")),
    ]
    return Text(tuple((kind, IdentifiedText(text)) for kind, text in parts))


def _title(made: "Answer") -> str:
    return sentence(N_("Your request of {day}"), {"day": _date(made.row.received_on)})


def _body(made: "Answer") -> _Parts:
    facts = {"kind": RequestKind(made.row.request_kind), "due": _date(made.row.due_on)}
    yield Part.TEXT, sentence(N_("You asked for the following: {kind}."), facts)
    if made.letter is Letter.IDENTITY:
        yield (
            Part.TEXT,
            _(
                "Before we can answer, we must be sure that it comes from you or, if you write for somebody, of your "
                "mandate. Please let us have something that shows it. We note how it was checked and keep no copy."
            ),
        )
        yield Part.TEXT, _("This letter says nothing of whether anything about you is kept here.")
        yield Part.TEXT, sentence(N_("The answer is due by {due} (GDPR 12(3))."), facts)
        return
    if made.letter is Letter.EXTENSION:
        yield Part.TEXT, _("It cannot be answered within a month.")
        if made.sealed is not None and len(made.sealed.extension):
            yield Part.TEXT, label(_("The reason"), made.sealed.extension.reveal())
        yield Part.TEXT, sentence(N_("You will have the answer by {due} (GDPR 12(3))."), facts)
        yield Part.TEXT, _(_RIGHTS)
        return
    yield from _decided(made)


def _decided(made: "Answer") -> _Parts:
    ruling = Ruling(str(made.row.ruling))
    article = None if made.row.article is None else Article(made.row.article)
    found = made.sealed.found if made.sealed is not None else None
    yield Part.TEXT, _(_RULINGS[ruling])
    if article is Article.GDPR_11_2:
        yield Part.TEXT, _(_UNIDENTIFIABLE)
    elif article is not None:
        yield Part.TEXT, label(_("On this ground"), _(article.word))
    if made.sealed is not None and len(made.sealed.reason):
        yield Part.TEXT, label(_("The reason"), made.sealed.reason.reveal())
    if found is not None and not found.any and article is not Article.GDPR_11_2 and made.row.identity_on is not None:
        yield Part.TEXT, _(_NOTHING_THERE if found.beyond else _NOTHING)
        if found.nameless:
            yield Part.TEXT, _(_UNIDENTIFIABLE)
    elif found is not None and ruling is not Ruling.REFUSED:
        kind = RequestKind(made.row.request_kind)
        if kind is RequestKind.ACCESS:
            yield from _access(made)
        else:
            stated = kind is RequestKind.RECTIFICATION and made.sealed is not None and made.sealed.statements
            yield Part.TEXT, _(_STATED if stated else _DONE[kind])
    if found is not None:
        yield from _beyond(found)
    yield Part.TEXT, _(_RIGHTS)


def _beyond(found: "Found") -> _Parts:
    """What could not be searched, each once."""
    limits = dict.fromkeys(limit for _place, limit in found.beyond)
    if found.any and found.nameless:
        limits["vault"] = None
    if limits:
        yield Part.TEXT, _("This could not be searched, or not in full. You may ask again later:")
    for limit in limits:
        yield Part.ITEM, _(_BEYOND[limit])


def _access(made: "Answer") -> _Parts:
    for one in made.processing:
        yield from _processing(one)
    speaks = made.sealed is not None and made.sealed.speaks
    yield Part.HEADING, _("What is kept about you")
    held = made.sealed.found.held if made.sealed is not None and made.sealed.found is not None else ()
    if any(one.vault for one in held):
        yield Part.TEXT, _("Your name, and the code that stands for it, in the list that links people to what is kept.")
    if any(one.loose or one.reasons for one in held):
        yield Part.TEXT, _("Notes of the workshop in which you are mentioned.")
    if not speaks:
        yield Part.TEXT, _(_OTHERS_TALK)
        return
    yield Part.TEXT, _("Your name, function and agreements in the session dossiers, and what you said in the sessions.")
    if made.following:
        yield Part.TEXT, _(_FOLLOWING)
    if not made.own and not made.following:
        yield Part.TEXT, _("Your own words can no longer be told apart from those of others.")
    if not made.own:
        return
    yield Part.TEXT, _(_OWN)
    for session in made.own:
        yield from _own(session)


def _own(session: "OwnTurns") -> _Parts:
    where = _date(session.day) if "-" in session.day else session.day
    yield Part.HEADING, sentence(N_("Session: {where}"), {"where": where})
    for seconds, text in session.turns:
        yield Part.ITEM, f"{timecode(seconds)} {text.reveal()}"


def _processing(one: "Processing") -> _Parts:
    yield Part.HEADING, _("How it is processed")
    yield Part.ITEM, label(_("Controller"), ", ".join(one.controllers))
    yield Part.ITEM, label(_("Purpose"), one.purpose)
    yield Part.ITEM, label(_("Legal bases (GDPR)"), ", ".join(one.bases))
    yield Part.ITEM, label(_("Recipients"), ", ".join(_(audience.word) for audience in one.audiences))
    yield Part.ITEM, label(_("Source"), _("what professionals said in the sessions of a workshop"))
    for record_class, rule in one.schedule:
        kept = _(rule.then.word)
        if rule.clock is not None:
            facts = {"period": period(rule.clock.keep), "event": rule.clock.after, "then": rule.then}
            kept = sentence(N_("{period} after the {event}, then: {then}"), facts)
        yield Part.ITEM, label(_(record_class.word), kept)
    yield (
        Part.TEXT,
        _(
            "You may ask for rectification, erasure or restriction, and object. Nothing is decided by automated means "
            "(GDPR 15(1))."
        ),
    )


def period(found: "Period") -> str:
    """A period in the reader's words."""
    if found.unit is Unit.DAY:
        return ngettext("{count} day", "{count} days", found.count)
    if found.unit is Unit.MONTH:
        return ngettext("{count} month", "{count} months", found.count)
    return ngettext("{count} year", "{count} years", found.count)


def _date(text: str) -> str:
    return day(datetime.date.fromisoformat(text))
