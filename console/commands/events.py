"""``event add``, ``event correct`` and ``event list``: what people note, so that periods begin."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from console import screen
from console.helping import Command
from console.messages import _, day, moment, ngettext, sentence
from console.opening import open_home, settings_of
from console.options import AsJson, Name, OnDay, PassphraseFile, day_of
from vocabulary.choices import Trigger
from vocabulary.errors import UsageError
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.retention.events import Noted

_NOTED = N_("{event} ({of}) is noted for {day}: {id}.")
_TAKEN_BACK = N_("{event} ({of}): noted that it has not happened after all: {id}.")


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command(
        "add",
        cls=Command,
        help=N_(
            "Note an event, with the day it happened.\n\nThe return to the group is closed: `return-closed CODE/N`. "
            "The workshop is closed: `workshop-closed CODE`. The research on a workshop, or on all, has ended: "
            "`research-ended [CODE]`."
        ),
    )(add)
    group.command(
        "correct",
        cls=Command,
        help=N_("Note that an event was noted wrongly: another day, or not at all. The first entry stays to be read."),
    )(correct)
    group.command("list", cls=Command, help=N_("List the events that were noted."))(listed)


def add(
    context: typer.Context,
    event: Annotated[
        str,
        typer.Argument(metavar=N_("EVENT"), help=N_("`return-closed`, `workshop-closed` or `research-ended`.")),
    ],
    on: OnDay,
    name: Name,
    of: Annotated[
        str | None,
        typer.Argument(metavar=N_("OF"), help=N_("CODE/N for a return, CODE for a workshop; none for all research.")),
    ] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Note an event."""
    trigger, when = _event(event), day_of(on, "--on")
    with open_home(context, passphrase_file) as services:
        from flows.steps.retention import events

        noted = events.note(services, trigger, of, when, name)
    _show(noted)


def correct(
    context: typer.Context,
    event: Annotated[str, typer.Argument(metavar=N_("ID"), help=N_("The id that `huisclos event list` shows."))],
    name: Name,
    on: Annotated[
        str | None, typer.Option("--on", metavar=N_("DATE"), help=N_("The day it happened, as 2026-03-14."))
    ] = None,
    never: Annotated[bool, typer.Option("--not-happened", help=N_("It has not happened after all."))] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Correct an event: exactly one of a day and ``never``."""
    if (on is None) is not never:
        raise UsageError(N_("Give either the right day (--on DATE) or --not-happened."), place="--on")
    when = None if on is None else day_of(on, "--on")
    with open_home(context, passphrase_file) as services:
        from flows.steps.retention import events

        noted = events.correct(services, event, when, name)
    _show(noted)


def listed(context: typer.Context, as_json: AsJson = False) -> None:
    """Show every event; needs no passphrase."""
    from flows.steps.retention import events

    found = events.listed(settings_of(context))
    if as_json:
        screen.answer("huisclos-events/1", {"events": [_value(one) for one in found]})
    elif found:
        head = [_("Event"), _("Of"), _("Day"), _("Noted"), _("Id"), _("Stands")]
        screen.show(screen.table(map(_row, found), head))
    else:
        screen.tell(N_("No event was noted yet."))


def _event(text: str) -> Trigger:
    from policies.triggers import EVENTS

    words = {str(trigger).replace("_", "-"): trigger for trigger in EVENTS}
    if text not in words:
        raise UsageError(
            N_("{text} is no event that people note. Choose from: {choices}."), place="EVENT", text=text,
            choices=", ".join(words),
        )  # fmt: skip
    return words[text]


def _show(noted: "Noted") -> None:
    row = noted.row
    facts = {"event": Trigger(row.event), "of": _of(noted), "id": row.id}
    if row.day is None:
        screen.tell(_TAKEN_BACK, facts)
    else:
        screen.tell(_NOTED, facts | {"day": date.fromisoformat(row.day)})
    changed = ngettext("{count} record has another due date.", "{count} records have another due date.", noted.dated)
    screen.show(changed)


def _of(noted: "Noted") -> str:
    return _("all workshops") if noted.of == "-" else noted.of


def _row(noted: "Noted") -> tuple[str, ...]:
    row = noted.row
    when = _("not happened") if row.day is None else day(date.fromisoformat(row.day))
    stands = _("yes") if noted.stands else _("corrected")
    return sentence(Trigger(row.event).word), _of(noted), when, moment(row.at), row.id, stands


def _value(noted: "Noted") -> dict[str, object]:
    row = noted.row
    return {
        "id": row.id,
        "event": row.event,
        "of": None if noted.of == "-" else noted.of,
        "day": row.day,
        "noted_at": row.at,
        "person": row.person,
        "corrects": row.corrects,
        "stands": noted.stands,
    }
