"""``policy simulate`` and ``policy diff``: what a policy will do, told and drawn. Both change nothing."""

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console import policy_shapes, screen, timeline
from console.helping import Command
from console.messages import _, day, label, ngettext, sentence, shown
from console.opening import settings_of
from console.options import AsJson, readable
from policies.explanation import clock_in_words, rule_in_words
from policies.loosening import ABSENT, Change
from policies.loosening import changes as changes_between
from policies.policy import Clock, Policy
from policies.wording import Said
from vocabulary.choices import Disposal, RecordClass
from vocabulary.errors import UsageError
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.retention.forecast import End, Ending, Fate, Forecast

FileOrCode = Annotated[
    str,
    typer.Argument(metavar=N_("POLICY"), help=N_("A policy file, or the code of a workshop and so its policy.")),
]


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command("simulate", cls=Command, help=N_("Show what a policy will destroy, and when. Changes nothing."))(
        simulate
    )
    group.command("diff", cls=Command, help=N_("Show what changes from one policy to another, and for which records."))(
        diff
    )


def simulate(
    context: typer.Context,
    of: FileOrCode,
    until: Annotated[
        str | None, typer.Option("--until", metavar=N_("DATE"), help=N_("Show what ends on or before this day."))
    ] = None,
    sessions: Annotated[
        int | None,
        typer.Option("--sessions", min=1, max=99, metavar=N_("NUMBER"), help=N_("For a file: how many sessions.")),
    ] = None,
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar=N_("FILE"), help=N_("Draw it into a new SVG file too."))
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the ends of a workshop's records; for a file those of an imagined workshop."""
    from flows.steps.retention import forecast

    last, now = None if until is None else _date(until), datetime.now(UTC)
    if Path(of).is_file() or _is_path(of):
        found = forecast.imagined(read_file(Path(of)), now, last, sessions)
    else:
        found = forecast.forecast(settings_of(context), of, now, last)
    if svg is not None:
        _write_new(svg, timeline.draw_svg(_bars(found), _title(found), _legend()))
    if as_json:
        screen.answer("huisclos-policy-simulation/1", policy_shapes.forecast(found))
        return
    _show_forecast(found)


def diff(
    context: typer.Context,
    old: Annotated[str, typer.Argument(metavar=N_("OLD"), help=N_("A policy file, or the code of a workshop."))],
    new: Annotated[str, typer.Argument(metavar=N_("NEW"), help=N_("A policy file, or the code of a workshop."))],
    as_json: AsJson = False,
) -> None:
    """Show what changes; where one of the two is a workshop, also which of its records end otherwise."""
    from flows.steps.retention import forecast

    files = {text: read_file(Path(text)) for text in (old, new) if Path(text).is_file() or _is_path(text)}
    before, after = (
        files[text] if text in files else forecast.policy_of(settings_of(context), text) for text in (old, new)
    )
    found = changes_between(before, after)
    code = next((text for text in (old, new) if text not in files), None)
    records = (
        forecast.fates(settings_of(context), code, files.get(old), files.get(new), datetime.now(UTC)) if code else ()
    )
    if as_json:
        screen.answer("huisclos-policy-diff/1", policy_shapes.policy_diff(before, after, found, code, records))
        return
    _show_changes(before, after, found)
    if code is not None:
        _show_fates(code, records)


def read_file(file: Path) -> Policy:
    """The policy in a file; PolicyError with file, line and key."""
    from policies.policy_file import parse_policy

    return parse_policy(readable(file).read_bytes(), file.name)


def _is_path(text: str) -> bool:
    return "/" in text or text.endswith((".yaml", ".yml"))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = N_("{text} is no date. Write it as 2026-03-14.")
        raise UsageError(message, place="--until", text=text) from None


def _write_new(file: Path, text: str) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        message = N_("{file} cannot be written ({problem}). Name a new file in a folder of yours.")
        raise UsageError(message, place=file.name, file=file, problem=error.strerror) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)


# What ends when


def _title(found: "Forecast") -> str:
    facts = {"policy": found.policy.name, "version": found.policy.version, "code": found.workshop}
    if found.workshop is None:
        return sentence(N_("A workshop that is imagined, under policy {policy}, version {version}"), facts)
    return sentence(N_("Workshop {code}, under policy {policy}, version {version}"), facts)


def _show_forecast(found: "Forecast") -> None:
    screen.show(_title(found))
    for trigger, on in found.planned.items():
        screen.show("  " + label(sentence(N_("assumed: {event}"), {"event": trigger}), day(on)))
    screen.show()
    if found.endings:
        head = [_("Of"), _("What"), _("Count"), _("On"), _("Disposal action"), _("Why")]
        screen.show(screen.table([_row(found, one) for one in found.endings], head))
        screen.show()
        bars = _bars(found)
        screen.show(timeline.draw_text(bars, screen.width()))
        screen.show()
        screen.show("  ".join(f"{timeline.SIGNS[disposal]} {words}" for disposal, words in _legend()))
    else:
        screen.tell(N_("Nothing ends until then."))
    if found.later:
        screen.show(ngettext("{count} record ends later.", "{count} records end later.", found.later))


def _row(found: "Forecast", one: "Ending") -> tuple[str, ...]:
    why = one.end.because
    if one.end.on is None and one.end.waits_for is not None:
        why = sentence(N_("waits for: {event}"), {"event": one.end.waits_for})
    return (_of(one.session), _(one.record_class.word), str(one.count), _on(found, one), _(one.end.disposal.word), why)


def _of(session: str | None) -> str:
    if session is None:
        return _("the workshop")
    return sentence(N_("session {number}"), {"number": session}) if session.isdigit() else session


def _on(found: "Forecast", one: "Ending") -> str:
    """The day; of a workshop that is there, whether it is assumed."""
    if one.end.on is None:
        return "-"
    is_marked = one.end.assumed and found.workshop is not None
    return sentence(N_("{day} (assumed)"), {"day": one.end.on}) if is_marked else day(one.end.on)


def _bars(found: "Forecast") -> list[timeline.Bar]:
    return [
        _bar(found, one)
        for one in sorted(found.endings, key=lambda one: (one.session is None, *_in_order(one.session), one.since))
    ]


def _in_order(session: str | None) -> tuple[int, str]:
    """Sessions by number: 2 before 10."""
    return len(session or ""), session or ""


def _bar(found: "Forecast", one: "Ending") -> timeline.Bar:
    name = f"{_of(one.session)} {_(one.record_class.word)}"
    told = label(name, f"{_on(found, one)}, {_(one.end.disposal.word)}")
    return timeline.Bar(name, one.since, one.end.on, one.end.disposal, told)


def _legend() -> list[tuple[Disposal, str]]:
    return [(disposal, _(disposal.word)) for disposal in Disposal]


# What changes


def _show_changes(old: Policy, new: Policy, found: tuple[Change, ...]) -> None:
    facts = {"old": old.name, "was": old.version, "new": new.name, "now": new.version}
    screen.tell(N_("From policy {old}, version {was}, to policy {new}, version {now}"), facts)
    plain = [one for one in found if not one.field.startswith("schedule.") and one.field != "placeholders"]
    screen.show()
    for one in plain:
        screen.show(screen.paragraph(f"{label(one.key, _value(one.old))} → {_value(one.new)}", "    ", "- "))
        screen.show(f"    {_shifts(one)}")
    for record_class in dict.fromkeys(one.key.split(".")[1] for one in found if one.field.startswith("schedule.")):
        _show_rule(RecordClass(record_class), old, new, found)
    if not found:
        screen.tell(N_("Nothing changes."))
    elif any(one.is_looser for one in found):
        screen.show()
        screen.tell(N_("Two data stewards have to apply it: it loosens."))


def _show_rule(record_class: RecordClass, old: Policy, new: Policy, found: tuple[Change, ...]) -> None:
    for head, policy in ((_("Before"), old), (_("After"), new)):
        said = rule_in_words([record_class], policy.schedule[record_class])
        first = "- " if policy is old else "  "
        screen.show(screen.paragraph(label(head, shown(said)), "    ", first))
    of_it = [one for one in found if one.key.startswith(f"schedule.{record_class}.")]
    shifts = dict.fromkeys(shift for one in of_it for shift in sorted(one.shifts))
    screen.show("    " + " ; ".join(_(shift.word) for shift in shifts))


def _shifts(change: Change) -> str:
    return " ; ".join(_(shift.word) for shift in sorted(change.shifts))


def _value(value: object) -> str:
    """A value of a policy in the reader's words."""
    if value is ABSENT or value is None or value == ():
        return _("nothing")
    if isinstance(value, Clock):
        return str(shown(clock_in_words(value)))
    if isinstance(value, float):
        return f"{round(value * 100)} %"
    return str(shown(value))


def _show_fates(code: str, records: "tuple[Fate, ...]") -> None:
    screen.show()
    if not records:
        screen.tell(N_("No record of workshop {code} ends otherwise."), {"code": code})
        return
    screen.tell(N_("Records of workshop {code} that end otherwise:"), {"code": code})
    head = [_("Of"), _("What"), _("Count"), _("Before"), _("After")]
    rows = [
        (_of(one.session), _(one.record_class.word), str(one.count), _fate(one.before), _fate(one.after))
        for one in records
    ]
    screen.show(screen.table(rows, head))


def _fate(end: "End") -> str:
    if end.on is not None:
        return f"{_(end.disposal.word)}, {day(end.on)}"
    if end.waits_for is not None:
        return str(shown(Said(N_("{action}, waits for: {event}"), {"action": end.disposal, "event": end.waits_for})))
    return _(end.disposal.word)
