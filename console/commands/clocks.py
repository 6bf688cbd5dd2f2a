"""``retention why``, ``extend``, ``visa`` and ``confirm``: what keeps a record, and what a person says of it."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from console import screen
from console.helping import Command
from console.messages import _, ngettext, sentence
from console.opening import open_home, settings_of
from console.options import AsJson, Name, PassphraseFile, Session, Where, day_of, session_of
from vocabulary.choices import Disposal, RecordClass
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.retention.whys import Explained


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command("why", cls=Command, help=N_("Say when a record ends, from what that follows, and what keeps it."))(
        why
    )
    group.command(
        "extend",
        cls=Command,
        help=N_("Give the recording of a session more time before it is cleared: once, with a reason that is sealed."),
    )(extend)
    group.command(
        "visa", cls=Command, help=N_("Note the visa of the archives service, for what comes due up to a day.")
    )(visa)
    group.command(
        "confirm",
        cls=Command,
        help=N_("Say by name that the clock is right, and that what is due is meant to be destroyed."),
    )(confirm)


def why(context: typer.Context, where: Where, as_json: AsJson = False) -> None:
    """Explain the end of a record, or of all records of a session or a workshop; needs no passphrase."""
    from flows.steps.retention import whys

    found = whys.explain(settings_of(context), where, datetime.now(UTC))
    if as_json:
        screen.answer("huisclos-retention-why/1", {"records": [_value(one) for one in found]})
        return
    for one in found:
        _show(one)
    if not found:
        screen.tell(N_("There is no record here that the schedule says anything of."))


def extend(context: typer.Context, session: Session, name: Name, passphrase_file: PassphraseFile = None) -> None:
    """Ask for the reason, and move the latest end."""
    from vocabulary.text import IdentifiedText

    of = session_of(session)
    reason = IdentifiedText(screen.ask(_("The reason, in words:"), required=True))
    with open_home(context, passphrase_file) as services:
        from flows.steps.retention import extensions

        end = extensions.extend(services, of, name, reason)
    facts = {"session": str(of), "day": end}
    screen.tell(N_("Session {session}: its recording is kept until {day} at the latest. It was extended once, and is "
                   "not extended again."), facts)  # fmt: skip


def visa(
    context: typer.Context,
    where: Annotated[str, typer.Argument(metavar=N_("WHERE"), help=N_("A workshop (CODE) or a session (CODE/N)."))],
    until: Annotated[
        str, typer.Option("--until", metavar=N_("DATE"), help=N_("What comes due up to this day is covered."))
    ],
    reference: Annotated[
        str, typer.Option("--reference", metavar=N_("TEXT"), help=N_("The reference of the visa on paper; no name."))
    ],
    name: Name,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Note a visa."""
    last = day_of(until, "--until")
    with open_home(context, passphrase_file) as services:
        from flows.steps.retention import visas

        visas.note(services, where, last, reference, name)
    screen.tell(N_("The visa is noted: what comes due in {where} up to {day} may be destroyed."),
                {"where": where, "day": last})  # fmt: skip


def confirm(context: typer.Context, name: Name, passphrase_file: PassphraseFile = None) -> None:
    """Confirm what the daily flow stopped at."""
    with open_home(context, passphrase_file) as services:
        from flows.steps.retention import daily

        found = daily.confirm(services, name)
    screen.tell(N_("Confirmed. The clock of this machine shows {day}."), {"day": datetime.now().date()})
    screen.show(
        ngettext(
            "{count} record is destroyed at the next run.", "{count} records are destroyed at the next run.", found.due
        )
    )
    if found.asks_second:
        screen.tell(N_("The clock had jumped: what came due by that alone ({count} records now) is destroyed only once "
                       "somebody else confirms it, too. Another person types: huisclos retention confirm --as NAME"),
                    {"count": found.in_doubt})  # fmt: skip


def _show(one: "Explained") -> None:
    screen.show(f"{one.of}  {_(RecordClass(one.record_class).word)}  {one.record}")
    for line in one.lines:
        screen.show(screen.paragraph(sentence(line.message, line.facts), "    ", "  "))


def _value(one: "Explained") -> dict[str, object]:
    return {
        "record": one.record,
        "of": one.of,
        "class": str(one.record_class),
        "disposal": str(Disposal(one.disposal)),
        "due": _iso(one.due),
        "destroy": one.why is None,
        "why_not": one.why,
        "announced_on": _iso(one.announced_on),
        "orders": list(one.orders),
        "lines": [sentence(line.message, line.facts) for line in one.lines],
    }


def _iso(found: date | None) -> str | None:
    return None if found is None else found.isoformat()
