"""What ``status --json`` holds: where everything stands, as a plain object."""

from collections import Counter
from typing import TYPE_CHECKING

from console.shapes import Value, choice, ending, refused

if TYPE_CHECKING:
    from flows.steps.hearing.outcomes import Transcription
    from flows.steps.outcomes import BackupStanding, SessionStatus, Status
    from flows.steps.record.outcomes import CheckpointsAway
    from flows.steps.retention.attention import Attention
    from flows.steps.retention.undecided import Waiting
    from flows.steps.rights.outcomes import RequestDue
    from infra.places import Standing
    from infra.recovery_copies import RecoveryState

_TIME = "%Y-%m-%dT%H:%M:%SZ"


def status(found: "Status") -> Value:
    return {
        "home": str(found.home),
        "running": found.running,
        "workshops": list(found.workshops),
        "in_transit": [
            {"workshop": one.workshop, "export": one.export, "made_at": one.made_at} for one in found.in_transit
        ],
        "sessions": [_session(one) for one in found.sessions],
        "drop": _drop(found),
        "outbox_files": found.outbox_files,
        "log": _log(found),
        "people": {"count": found.people, "authenticated": found.authenticated},
        "inventory": _place(found.inventory),
        "recovery": _recovery(found.recovery),
        "backup": _backup(found.backup),
        "retention": _attention(found.attention),
        "requests": [_request(one) for one in found.requests],
    }


def _session(found: "SessionStatus") -> Value:
    return {
        "session": str(found.session),
        "state": str(found.state),
        "waits": choice(found.waits),
        "reason": choice(found.reason),
        "fault": found.fault,
        "parts": found.parts,
        "parts_expected": found.expected,
        "reviewed": found.reviewed,
        "clearances": found.clearances,
        "released": found.released,
        "changed_at": found.changed_at,
        "transcription": _transcription(found.transcription),
        "cautions": [str(caution) for caution in found.cautions],
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


def _drop(found: "Status") -> Value:
    return {
        "files": list(found.drop_files),
        "unnumbered": list(found.unnumbered),
        "passed_over": list(found.passed_over),
        "refused": [refused(one) for one in found.refused],
        "claimed": found.claimed,
    }


def _log(found: "Status") -> Value:
    return {
        "entries": found.log_entries,
        "last_entry": found.last_checkpoint,
        "last_checkpoint_left": found.checkpoints.left_at,
        "last_checkpoint_stale": found.checkpoints.stale,
        "uncovered": found.checkpoints.uncovered,
        "checkpoint_folder": _folder_of(found.checkpoints),
    }


def _folder_of(found: "CheckpointsAway") -> str:
    if not found.configured:
        return "unset"
    if not found.reachable:
        return "unreachable"
    return "failing" if found.problem else "ready"


def _place(found: "Standing") -> Value:
    return {
        "configured": found.configured,
        "reachable": found.reachable,
        "left_at": found.left_at,
        "failing_since": found.failing_since,
        "same_disk": found.same_disk,
    }


def _recovery(found: "RecoveryState") -> Value:
    return {**_place(found.place), "stale": found.stale, "recoverable": found.recoverable}


def _backup(found: "BackupStanding") -> Value:
    return {
        "last_at": found.last_at,
        "renew_on": found.renew_on.isoformat() if found.renew_on else None,
        "overdue": found.overdue,
        "set_aside": found.aside,
        "keys_renewed": found.keys_renewed,
    }


def _request(found: "RequestDue") -> Value:
    return {
        "id": found.id,
        "kind": str(found.kind),
        "state": str(found.state),
        "due_on": found.due_on.isoformat(),
        "days_left": found.left,
    }


def _attention(found: "Attention") -> Value:
    return {
        "stopped": None if found.stopped is None else str(found.stopped.facts["why"]),
        "awaited": [{"event": str(one.event), "of": one.of, "latest": one.latest.isoformat()} for one in found.awaited],
        "ending": [ending(one) for one in found.ending],
        "to_review": [one.row.id for one in found.to_review],
        "undecided": dict(Counter(str(one.disposal) for one in found.undecided)),
        "waiting": [_waiting(one) for one in found.undecided],
        "announced": found.announced,
        "first_announced": None if found.first is None else found.first.isoformat(),
        "holds": found.holds,
        "restrictions": found.restrictions,
        "graces": [{"workshop": one.workshop, "until": one.until.isoformat()} for one in found.graces],
        "recalls": found.recalls,
        "drop": [
            {"file": one.file, "since": one.since.strftime(_TIME), "overdue": one.is_overdue} for one in found.drop
        ],
        "outbox": [
            {"file": one.path, "since": one.since.strftime(_TIME), "until": one.until.isoformat()}
            for one in found.outbox
        ],
    }


def _waiting(found: "Waiting") -> Value:
    return {
        "record": found.record,
        "of": found.of,
        "class": str(found.record_class),
        "since": found.since.isoformat(),
        "command": found.command,
    }
