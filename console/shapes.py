"""What ``--json`` answers hold: plain objects made of what the steps return.

docs/reference/schemas has one JSON Schema for each, and a test validates every answer against it. Times are
UTC, codes and ids as the archive writes them; words for people stand in ``message`` only.
"""

from typing import TYPE_CHECKING, Any

from console.messages import of_error, sentence
from vocabulary.errors import HuisclosError

if TYPE_CHECKING:
    from flows.steps.advice import Advice
    from flows.steps.arrival.outcomes import Receipt, Refused
    from flows.steps.leaving.outcomes import Released
    from flows.steps.outcomes import Walked
    from flows.steps.retention.daily import Day, Ending
    from flows.steps.retention.outcomes import Plan, PlanItem
    from flows.steps.reviewing.outcomes import Clearance
    from storage.rows.rights import RequestRow

Value = dict[str, Any]


def error(found: HuisclosError) -> Value:
    return {"code": int(found.exit), "kind": found.kind, "message": of_error(found), "place": found.place}


def advice(found: "Advice") -> Value:
    return {"message": sentence(found.message, found.facts)}


def receipt(found: "Receipt") -> Value:
    return {
        "session": str(found.session),
        "state": str(found.state),
        "parts": found.parts,
        "parts_expected": found.expected,
        "seconds": round(found.seconds, 3),
        "new_parts": found.new_parts,
        "duplicates": found.duplicates,
        "dossier": found.dossier,
        "waits": choice(found.waits),
        "reason": choice(found.reason),
        "moved": found.moved,
        "damaged": found.damaged,
        "elsewhere": None if found.elsewhere is None else str(found.elsewhere),
    }


def refused(found: "Refused") -> Value:
    return {"file": found.file, "error": error(found.error)}


def walked(found: "Walked") -> Value:
    return {
        "session": str(found.session),
        "state": str(found.state),
        "waits": choice(found.waits),
        "reason": choice(found.reason),
        "fault": found.fault,
    }


def day(found: "Day | None") -> Value | None:
    """What retention did of itself on a day; None if its day was done before."""
    if found is None:
        return None
    return {
        "stopped": None if found.stopped is None else str(found.stopped.facts["why"]),
        "warned": [ending(one) for one in found.warned],
        "announced": found.announced,
        "destroyed": 0 if found.applied is None else len(found.applied.destroyed),
        "certificates": [] if found.applied is None else list(found.applied.certificates),
        "undecided": len(found.undecided),
    }


def ending(one: "Ending") -> Value:
    return {
        "session": str(one.session),
        "on": one.on.isoformat(),
        "days": one.days,
        "can_extend": one.can_extend,
    }


def clearance(found: "Clearance") -> Value:
    return {
        "session": str(found.session),
        "audience": str(found.audience),
        "given": found.given,
        "needed": found.needed,
        "complete": found.complete,
        "content_digest": found.content_digest,
        "assessment": found.assessment,
    }


def released(found: "Released") -> Value:
    return {
        "session": str(found.session),
        "audience": str(found.audience),
        "files": [str(file) for file in found.files],
        "days_in_outbox": found.days_in_outbox,
        "suspected": found.suspected,
        "left_out": found.left_out,
        "recipient": found.recipient,
    }


def request(row: "RequestRow") -> Value:
    return {
        "id": row.id,
        "kind": row.request_kind,
        "state": row.request_state,
        "received_on": row.received_on,
        "due_on": row.due_on,
        "mandate": row.mandate,
        "identity_on": row.identity_on,
        "extended_on": row.extended_on,
        "searched_on": row.searched_on,
        "decided_on": row.decided_on,
        "ruling": row.ruling,
        "article": row.article,
        "answered_on": row.answered_on,
        "closed_on": row.closed_on,
        "keep_until": row.keep_until,
    }


def plan(found: "Plan") -> Value:
    return {
        "today": found.today.isoformat(),
        "items": [plan_item(item) for item in found.items],
        "copies": list(found.copies),
        "log": list(found.log),
    }


def plan_item(item: "PlanItem") -> Value:
    return {
        "record": item.record,
        "session": str(item.session) if item.session else None,
        "workshop": item.workshop,
        "class": str(item.record_class),
        "due": item.due.isoformat() if item.due else None,
        "disposal": str(item.disposal),
        "because": item.because,
        "destroy": item.destroy,
        "why_not": sentence(item.why.message, item.why.facts) if item.why else None,
        "announced_on": item.announced_on.isoformat() if item.announced_on else None,
        "command": item.command,
    }


def choice(found: object | None) -> str | None:
    """The plain value of a closed choice; None where none was made."""
    return None if found is None else str(found)
