"""What ``incident --json`` holds (docs/reference/schemas/incident.json).

Text of a person's own is never in it: there is none in an inventory.
"""

from typing import TYPE_CHECKING

from console import shapes

if TYPE_CHECKING:
    from flows.steps.custody.incident import Incident
    from flows.steps.custody.inventory_file import Workshop


def incident(found: "Incident") -> shapes.Value:
    """The object of ``--json``, without its schema."""
    from flows.steps.custody.measures import already_taken, consequences, measures, to_complete

    inventory = found.inventory
    return {
        "loss": str(found.loss),
        "powered_off": str(found.powered_off),
        "inventory": {
            "home": inventory.home,
            "made_at": inventory.made_at,
            "version": inventory.version,
            "written_after": found.written_after,
        },
        "log": {
            "sound": found.log.error is None,
            "entries": found.log.entries,
            "last_at": found.log.last_at,
            "agrees": found.log.agrees,
            "error": None if found.log.error is None else shapes.error(found.log.error),
        },
        "deadline": {
            "aware_at": found.aware_at.isoformat(timespec="seconds"),
            "whole_day": found.whole_day,
            "notify_before": found.notify_before.isoformat(timespec="seconds"),
            "time_zone": found.zone,
        },
        "exposure": {
            "sealed": str(found.exposure.sealed),
            "files": str(found.exposure.files),
            "exception_34_3_a": found.exposure.exception.value,
        },
        "machine": inventory.machine.model_dump(mode="json"),
        "slot": inventory.slot.model_dump(mode="json"),
        "generation": inventory.generation,
        "recovery": inventory.recovery.model_dump(mode="json"),
        "readable": found.clear.model_dump(mode="json"),
        "readable_elsewhere": inventory.elsewhere.model_dump(mode="json"),
        "offence_data": found.offence_data,
        "people": {
            "participants_least": found.people.participants_least,
            "participants_most": found.people.participants_most,
            "sessions_uncounted": found.people.sessions_uncounted,
            "youths": found.people.youths,
            "persons": found.people.persons,
            "workshops_uncounted": found.people.workshops_uncounted,
            "users": found.people.users,
        },
        "records": [{"class": str(one.record_class), "number": one.number, "bytes": one.bytes}
                    for one in found.records],
        "workshops": [_workshop(one) for one in found.workshops],
        "openers": [{**one.model_dump(mode="json"), "workshops": _listed(one.reach)} for one in inventory.openers],
        "exports": [one.model_dump(mode="json") for one in inventory.exports],
        "consequences": [shapes.advice(one) for one in consequences(found)],
        "measures_taken": [shapes.advice(one) for one in already_taken(found)],
        "measures": [shapes.advice(one) for one in measures(found)],
        "to_complete": [shapes.advice(one) for one in to_complete(found)],
    }  # fmt: skip


def _workshop(one: "Workshop") -> shapes.Value:
    holding = one.holding
    return {
        "code": holding.code,
        "controller": None if one.policy is None else one.policy.controller,
        "joint_controllers": [] if one.policy is None else list(one.policy.joint_controllers),
        "offence_data": None if one.policy is None else one.policy.offence_data,
        "article_9": None if one.policy is None else one.policy.article_9,
        "policy_digest": holding.policy_digest,
        "youths": holding.spoken_of.youths,
        "persons": holding.spoken_of.persons,
        "sessions": [
            {
                "session": f"{holding.code}/{session.number}",
                "state": session.state,
                "waits": session.waits,
                "reason": session.reason,
                "participants": session.participants,
                "holds": list(session.holds),
                "given_back": session.given_back,
            }
            for session in holding.sessions
        ],
        "readable": one.clear.model_dump(mode="json"),
    }


def _listed(reach: tuple[str, ...] | None) -> list[str] | None:
    return None if reach is None else list(reach)
