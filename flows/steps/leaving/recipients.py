"""To whom outputs were given, and when: the log says it, by the code the policy gives a recipient.

Rules kept here:
- each release names at most one recipient; the same bytes released again for another are given to both;
- what was released without naming one is given to nobody known; it is not left out;
- it holds codes and moments: who stands behind a code is said by the policy.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from storage.log.log import Log
from storage.rows.walk import CopyRow, RecordRow

RELEASED = "release-intended"


@dataclass(frozen=True)
class Given:
    """A recipient by the code the policy has for it, None where none was named, and the moment (UTC) of the release."""

    recipient: str | None
    at: str


def given_out(log: Log, session_id: str | None = None) -> Mapping[str, tuple[Given, ...]]:
    """For each output (its record id), everybody it was given to, oldest first, each with the newest moment."""
    found: dict[str, dict[str | None, str]] = {}
    for entry in log.entries(kind=RELEASED, session=session_id):
        to = entry.facts.get("recipient")
        for row in entry.rows:
            if row.table == CopyRow.TABLE and row.values is not None and row.values["removed_at"] is None:
                found.setdefault(str(row.values["record_id"]), {})[None if to is None else str(to)] = entry.at
    return {record: tuple(Given(who, at) for who, at in told.items()) for record, told in found.items()}


def given_of(told: Mapping[str, tuple[Given, ...]], output: RecordRow) -> tuple[Given, ...]:
    """To whom one output was given; to nobody known, when it was made, where the log tells no more of it."""
    return told.get(output.id) or (Given(None, output.created_at),)
