"""``retention plan`` and ``retention apply``: destruction is planned, shown, asked for, and only then done."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from console import screen, shapes
from console.commands import certificates, clocks, deciding
from console.helping import Command
from console.messages import _, day, label, ngettext, sentence, typed
from console.opening import open_home, settings_of
from console.options import AsJson, Name, PassphraseFile
from vocabulary.choices import Disposal
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.retention.outcomes import Plan, PlanItem


_STREAMS = {"accesses": N_("accesses of {month}"), "decisions": N_("decisions of {month}")}
_EXPIRED = {
    "accesses": N_("Expired from the processing log: accesses from {oldest} to {newest} ({entries} entries)."),
    "decisions": N_("Expired from the processing log: decisions from {oldest} to {newest} ({entries} entries)."),
}


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command(
        "plan", cls=Command, help=N_("Show what would be destroyed today, and what is kept. Changes nothing.")
    )(plan)
    group.command(
        "apply",
        cls=Command,
        help=N_("Destroy what the plan says, keys first, with a certificate of destruction. It cannot be undone."),
    )(apply)
    clocks.register(group)
    deciding.register(group)
    certificates.register(group)


def plan(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help=N_("Every record, also what is not due yet."))] = False,
    as_json: AsJson = False,
) -> None:
    """Show the plan; a dry run, without a passphrase."""
    from flows.steps.retention import retain

    found = retain.plan(settings_of(context), datetime.now(UTC), everything=everything)
    if as_json:
        screen.answer("huisclos-retention-plan/1", shapes.plan(found))
    else:
        _show(found, everything=everything)


def apply(
    context: typer.Context,
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help=N_("Do not ask."))] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Show the plan, ask unless ``yes``, and carry it out."""
    from flows.steps.retention import daily, retain

    found = retain.plan(settings_of(context), datetime.now(UTC))
    _show(found)
    if (
        (found.to_destroy or found.copies or found.log)
        and not yes
        and not screen.confirm(_("Destroy this now? It cannot be undone."))
    ):
        screen.say(_("Nothing was destroyed."))
        return
    with open_home(context, passphrase_file) as services:
        applied = daily.apply(services, name, found)
    screen.show()
    screen.show(ngettext("{count} record was destroyed.", "{count} records were destroyed.", len(applied.destroyed)))
    screen.show(
        ngettext(
            "{count} copy was removed from the outbox.",
            "{count} copies were removed from the outbox.",
            applied.copies_removed,
        )
    )
    if applied.kept:
        screen.tell(N_("Kept:"))
        screen.show(screen.table(map(_row, applied.kept), _head()))
    for session, audience in applied.shut:
        screen.tell(
            N_("The text of {session} for {audience} did not pass the egress guard before its vault was destroyed: it "
               "is never given out again."),
            {"session": session, "audience": audience},
        )  # fmt: skip
    for expired in applied.expired:
        months = {"oldest": expired.oldest, "newest": expired.newest, "entries": expired.entries}
        screen.tell(_EXPIRED[expired.stream], months)
    for certificate in applied.certificates:
        screen.show(label(_("Certificate of destruction"), certificate))


def _show(found: "Plan", *, everything: bool = False) -> None:
    screen.tell(N_("Retention on {day}"), {"day": found.today})
    doomed = found.to_destroy
    screen.show()
    if doomed:
        screen.tell(N_("To be destroyed:"))
        screen.show(screen.table(map(_row, doomed), _head()))
    else:
        screen.tell(N_("Nothing is to be destroyed today."))
    if found.copies:
        screen.show()
        screen.tell(N_("Copies to be removed from the outbox:"))
        for copy in found.copies:
            screen.show(f"  {copy}")
    if found.log:
        screen.show()
        screen.tell(N_("To expire from the processing log (hashes and a summary stay):"))
        for segment in found.log:
            stream, month = segment.split("-", 1)
            screen.show("  " + sentence(_STREAMS[stream], {"month": month}))
    waiting = [item for item in found.items if item.command is not None]
    if waiting:
        screen.show()
        screen.tell(N_("Waits for a data steward:"))
        screen.show(screen.table(map(_row, waiting), _head()))
        for item in waiting:
            screen.show(f"  {typed(str(item.command))}")
    kept = [item for item in found.items if not item.destroy and item.command is None]
    if kept:
        screen.show()
        screen.tell(N_("Kept:"))
        screen.show(screen.table(map(_row, kept), _head()))
    if not everything:
        screen.show()
        screen.tell(N_("What is not due yet: huisclos retention plan --all; one record, session or workshop: huisclos "
                       "retention why WHERE"))  # fmt: skip


def _head() -> list[str]:
    return [_("Of"), _("What"), _("Due"), _("Disposal action"), _("Why")]


def _row(item: "PlanItem") -> tuple[str, ...]:
    why = sentence(item.why.message, item.why.facts) if item.why else item.because
    due = day(item.due) if item.due else "-"
    action = _(Disposal(item.disposal).word)
    if item.announced_on is not None:
        why = sentence(N_("{why} (announced on {day})"), {"why": why, "day": item.announced_on})
    return str(item.session or item.workshop), _(item.record_class.word), due, action, why
