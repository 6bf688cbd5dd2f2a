"""The records at their end that wait for a data steward, and what is asked of them each day (policies/deciding.py)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flows.steps.advice import Advice
from flows.steps.retention.planning import Judged
from policies.deciding import command, waits_for_a_person
from vocabulary.choices import Disposal, RecordClass
from vocabulary.messages import N_


@dataclass(frozen=True)
class Waiting:
    """A record at its end that waits for a person: how the policy ends it, since when, and what they type."""

    record: str
    of: str
    record_class: RecordClass
    disposal: Disposal
    since: date
    command: str


def waiting(judged: Sequence[Judged]) -> list[Waiting]:
    """Those of ``judged`` that wait for a person and for nothing else, the longest first."""
    found = [
        Waiting(
            record=one.record.id,
            of=str(one.session.name) if one.session else one.record.workshop,
            record_class=RecordClass(one.record.record_class),
            disposal=one.end.disposal,
            since=one.end.on,
            command=command(one.record, one.why),
        )
        for one in judged
        if one.end.on is not None and one.why is not None and waits_for_a_person(one.end, one.why)
    ]
    return sorted(found, key=lambda one: (one.since, one.of, one.record))


def asked(found: Sequence[Waiting]) -> list[Advice]:
    """The question of a day: how many wait, and how to see and decide."""
    if not found:
        return []
    message = N_("{count} records are at their end and wait for a data steward, the first since {day}: huisclos "
                 "retention plan lists them, with what to type.")  # fmt: skip
    return [Advice(message, {"count": len(found), "day": found[0].since})]
