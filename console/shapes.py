"""What ``--json`` answers hold: plain objects made of what the steps return.

docs/reference/schemas has one JSON Schema for each, and a test validates every answer against it. Times are
UTC, codes and ids as the archive writes them; words for people stand in ``message`` only.
"""

from collections import Counter
from typing import TYPE_CHECKING, Any

from console.messages import of_error, sentence
from vocabulary.errors import HuisclosError

if TYPE_CHECKING:
    from flows.steps.outcomes import (
        Advice,
        CheckpointsAway,
        Clearance,
        Plan,
        PlanItem,
        Receipt,
        Refused,
        Released,
        Status,
        Transcription,
        Walked,
    )
    from flows.steps.retention.attention import Attention
    from flows.steps.retention.daily import Day, Ending
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
        "waits": _choice(found.waits),
        "reason": _choice(found.reason),
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
        "waits": _choice(found.waits),
        "reason": _choice(found.reason),
        "fault": found.fault,
    }


def status(found: "Status") -> Value:
    return {
        "home": str(found.home),
        "running": found.running,
        "workshops": list(found.workshops),
        "in_transit": [
            {"workshop": one.workshop, "export": one.export, "made_at": one.made_at} for one in found.in_transit
        ],
        "sessions": [
            {
                "session": str(one.session),
                "state": str(one.state),
                "waits": _choice(one.waits),
                "reason": _choice(one.reason),
                "fault": one.fault,
                "parts": one.parts,
                "parts_expected": one.expected,
                "reviewed": one.reviewed,
                "clearances": one.clearances,
                "released": one.released,
                "changed_at": one.changed_at,
                "transcription": _transcription(one.transcription),
                "cautions": [str(caution) for caution in one.cautions],
            }
            for one in found.sessions
        ],
        "drop": {
            "files": list(found.drop_files),
            "unnumbered": list(found.unnumbered),
            "passed_over": list(found.passed_over),
            "refused": [refused(one) for one in found.refused],
            "claimed": found.claimed,
        },
        "outbox_files": found.outbox_files,
        "log": {
            "entries": found.log_entries,
            "last_entry": found.last_checkpoint,
            "last_checkpoint_left": found.checkpoints.left_at,
            "last_checkpoint_stale": found.checkpoints.stale,
            "uncovered": found.checkpoints.uncovered,
            "checkpoint_folder": _folder_of(found.checkpoints),
        },
        "people": {"count": found.people, "authenticated": found.authenticated},
        "inventory": {
            "configured": found.inventory.configured,
            "reachable": found.inventory.reachable,
            "left_at": found.inventory.left_at,
            "failing_since": found.inventory.failing_since,
            "same_disk": found.inventory.same_disk,
        },
        "recovery": {
            "configured": found.recovery.place.configured,
            "reachable": found.recovery.place.reachable,
            "left_at": found.recovery.place.left_at,
            "failing_since": found.recovery.place.failing_since,
            "same_disk": found.recovery.place.same_disk,
            "stale": found.recovery.stale,
            "recoverable": found.recovery.recoverable,
        },
        "backup": {
            "last_at": found.backup.last_at,
            "renew_on": found.backup.renew_on.isoformat() if found.backup.renew_on else None,
            "overdue": found.backup.overdue,
            "set_aside": found.backup.aside,
            "keys_renewed": found.backup.keys_renewed,
        },
        "retention": attention(found.attention),
        "requests": [
            {
                "id": one.id,
                "kind": str(one.kind),
                "state": str(one.state),
                "due_on": one.due_on.isoformat(),
                "days_left": one.left,
            }
            for one in found.requests
        ],
    }


def _transcription(found: "Transcription | None") -> Value | None:
    if found is None:
        return None
    return {
        "done_seconds": round(found.done),
        "length_seconds": round(found.length),
        "blocks": found.blocks,
        "at_work": found.at_work,
        "times_real_time": None if found.speed is None else round(found.speed, 2),
        "left_seconds": None if found.left is None else round(found.left),
    }


def _folder_of(found: "CheckpointsAway") -> str:
    if not found.configured:
        return "unset"
    if not found.reachable:
        return "unreachable"
    return "failing" if found.problem else "ready"


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


def attention(found: "Attention") -> Value:
    return {
        "stopped": None if found.stopped is None else str(found.stopped.facts["why"]),
        "awaited": [{"event": str(one.event), "of": one.of, "latest": one.latest.isoformat()} for one in found.awaited],
        "ending": [ending(one) for one in found.ending],
        "to_review": [one.row.id for one in found.to_review],
        "undecided": dict(Counter(str(one.disposal) for one in found.undecided)),
        "waiting": [
            {
                "record": one.record,
                "of": one.of,
                "class": str(one.record_class),
                "since": one.since.isoformat(),
                "command": one.command,
            }
            for one in found.undecided
        ],
        "announced": found.announced,
        "first_announced": None if found.first is None else found.first.isoformat(),
        "holds": found.holds,
        "restrictions": found.restrictions,
        "graces": [{"workshop": one.workshop, "until": one.until.isoformat()} for one in found.graces],
        "recalls": found.recalls,
        "drop": [
            {"file": one.file, "since": one.since.strftime("%Y-%m-%dT%H:%M:%SZ"), "overdue": one.is_overdue}
            for one in found.drop
        ],
        "outbox": [
            {"file": one.path, "since": one.since.strftime("%Y-%m-%dT%H:%M:%SZ"), "until": one.until.isoformat()}
            for one in found.outbox
        ],
    }


def clearance(found: "Clearance") -> Value:
    return {
        "session": str(found.session),
        "audience": str(found.audience),
        "given": found.given,
        "needed": found.needed,
        "complete": found.complete,
        "content_digest": found.content_digest,
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


def _choice(found: object | None) -> str | None:
    return None if found is None else str(found)
