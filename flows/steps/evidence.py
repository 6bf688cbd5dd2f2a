"""Evidence: what cannot be undone is demanded from the processing log, not only from the catalog.

The catalog can be edited by whoever holds the disk; an entry under a checkpoint cannot, unseen.
"""

from policies.assessment import counts
from policies.clearance import is_complete
from policies.policy import Policy
from storage.archive import Archive
from storage.catalog_checks import check_catalog
from storage.log.entry import Value
from storage.rows.walk import ClearanceRow, SessionRow
from vocabulary.choices import Audience
from vocabulary.errors import StateError
from vocabulary.messages import N_


def check_clearances(archive: Archive, policy: Policy, session: SessionRow, audience: Audience, digest: str) -> None:
    """Raise StateError unless the log holds every clearance the policy asks for, at exactly ``digest``.

    DamagedError when the catalog is not what the log says.
    """
    check_catalog(archive)
    logged, reviewers = _people(archive, session, audience, digest)
    rows = {
        row.person: row.assessment
        for row in archive.catalog.clearances(session.id, audience)
        if not row.void and row.content_digest == digest
    }
    cleared = {person: reference for person, reference in rows.items() if (person, reference) in logged}
    assessed = {person for person, reference in cleared.items() if counts(policy, audience, reference)}
    if len(assessed) < len(cleared) and not is_complete(policy, audience, assessed, reviewers):
        raise StateError(
            N_("The policy asks that the risk of recognising somebody be assessed for {audience}, and session "
               "{session} was cleared without: nothing was written. Clear it again with --assessment; as long as its "
               "verbatim is there, take it back first: huisclos review reopen {session} --as NAME"),
            session=str(session.name), audience=audience,
        )  # fmt: skip
    if not is_complete(policy, audience, assessed, reviewers):
        raise StateError(
            N_("The log does not hold the clearances that session {session} needs for this content: nothing was "
               "written. Clear it again, and have the archive verified."),
            session=str(session.name),
        )  # fmt: skip


def reviewers_of(archive: Archive, session: SessionRow) -> frozenset[str]:
    """Who reviewed a session, as the log says: a draft says it only as long as it is there."""
    return _people(archive, session, None, None)[1]


def counted(
    archive: Archive, policy: Policy, session: SessionRow, audience: Audience, digest: str
) -> tuple[list[ClearanceRow], list[ClearanceRow]]:
    """The clearances for ``audience`` that count at exactly ``digest``, and those of another content, or without the
    assessment the policy asks for."""
    given = [one for one in archive.catalog.clearances(session.id, audience) if not one.void]
    stand = [one for one in given if one.content_digest == digest and counts(policy, audience, one.assessment)]
    return stand, [one for one in given if one not in stand]


def _people(
    archive: Archive, session: SessionRow, audience: Audience | None, digest: str | None
) -> tuple[frozenset[tuple[str, Value]], frozenset[str]]:
    """Who cleared exactly ``digest`` for ``audience``, each with the assessment it rests on, and who reviewed."""
    cleared: set[tuple[str, Value]] = set()
    reviewers: set[str] = set()
    for entry in archive.log.entries():
        if entry.session != session.id or entry.actor is None:
            continue
        kind = entry.facts.get("carried") if entry.kind == "workshop-imported" else entry.kind
        if kind == "reviewed":
            reviewers.add(entry.actor)
        elif kind == "cleared" and (entry.facts["audience"], entry.facts["digest"]) == (audience, digest):
            cleared.add((entry.actor, entry.facts.get("assessment")))
    return frozenset(cleared), frozenset(reviewers)
