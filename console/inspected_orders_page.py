"""The page of an inspection about holds, restrictions, events and announcements, and its part of the JSON answer."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from console import shapes
from console.markdown import heading, table
from console.messages import _, moment
from vocabulary.choices import Decision, Ground, RecallAnswer, RecordClass, Suspends, Trigger

if TYPE_CHECKING:
    from flows.steps.rights.inspected_orders import Orders, Written


def lines(found: "Orders") -> Iterator[str]:
    """The page: what stands and what was lifted, what was noted, what is announced."""
    yield _("Reasons are sealed. A ground is all that the log says of one.")
    yield ""
    yield from heading(_("Holds and restrictions"))
    head = [_("Id"), _("Kind"), _("Set on"), _("Ground"), _("Since"), _("To be reviewed"), _("Lifted")]
    rows = [
        (f"`{row['id']}`", _(Suspends(str(row["suspends"])).word), row["record_id"] or row["place"],
         _(Ground(str(row["ground"])).word), _at(row, "at"), row["review_on"], _at(row, "lifted_at"))
        for row in found.holds
    ]  # fmt: skip
    yield from table(head, rows)
    yield ""
    yield from heading(_("Events"))
    told = [
        (_(Trigger(str(row["event"])).word), row["place"], row["day"] or _("has not happened"), _at(row, "at"),
         row["corrects"])
        for row in found.events
    ]  # fmt: skip
    yield from table([_("Event"), _("Of"), _("Day"), _("Noted"), _("Corrects")], told)
    yield ""
    yield from heading(_("Extensions"))
    longer = [(row["place"], _(RecordClass(str(row["record_class"])).word), _at(row, "at")) for row in found.extensions]
    yield from table([_("Session"), _("Class"), _("When")], longer)
    yield ""
    yield from heading(_("Visas of the archives service"))
    visas = [(row["place"], row["until"], row["reference"], _at(row, "at")) for row in found.visas]
    yield from table([_("Of"), _("Up to"), _("Reference"), _("Noted")], visas)
    yield ""
    yield from heading(_("Decisions at the end of a period"))
    decided = [
        (row["place"], f"`{row['record_id']}`", _(Decision(str(row["decision"])).word), _at(row, "at"),
         row["until"] or row["recipient"], row["reference"])
        for row in found.decisions
    ]  # fmt: skip
    head = [_("Of"), _("Record"), _("Decided"), _("When"), _("Until, or to whom"), _("Receipt")]
    yield from table(head, decided)
    yield ""
    yield from heading(_("Announced destructions"))
    yield from table(
        [_("Workshop"), _("Day"), _("Records")], [(one.workshop, one.due_on, one.records) for one in found.announced]
    )
    yield ""
    yield from heading(_("Policies that were replaced"))
    before = [
        (row["place"], row["policy_name"], row["policy_version"], _at(row, "replaced_at"), row["counts_until"])
        for row in found.former_policies
    ]
    until = _("Its longer periods count until")
    yield from table([_("Workshop"), _("Policy"), _("Version"), _("Replaced"), until], before)
    yield ""
    yield from heading(_("Outputs called back after a withdrawal"))
    called = [
        (row["place"], f"`{row['record_id']}`", row["recipient"], _at(row, "asked_at"), _answer(row))
        for row in found.recalls
    ]
    yield from table([_("Session"), _("Output"), _("Recipient"), _("Asked for"), _("Answer")], called)


def value(found: "Orders") -> shapes.Value:
    """The part of the object: rows as the log wrote them."""
    return {
        "holds": [dict(row) for row in found.holds],
        "events": [dict(row) for row in found.events],
        "extensions": [dict(row) for row in found.extensions],
        "visas": [dict(row) for row in found.visas],
        "decisions": [dict(row) for row in found.decisions],
        "former_policies": [dict(row) for row in found.former_policies],
        "recalls": [dict(row) for row in found.recalls],
        "announced": [asdict(one) for one in found.announced],
    }


def _answer(row: "Written") -> str | None:
    """What a recipient answered, and the day."""
    return None if row["answer"] is None else f"{_(RecallAnswer(str(row['answer'])).word)}, {row['answered_on']}"


def _at(row: "Written", column: str) -> str | None:
    return None if row[column] is None else moment(str(row[column]))
