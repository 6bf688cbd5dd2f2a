"""Evidence: what cannot be undone is demanded from the processing log, not only from the catalog.

The catalog can be edited by whoever holds the disk; an entry under a checkpoint cannot, unseen.
"""

from policies.clearance import is_complete
from policies.policy import Policy
from storage.archive import Archive
from storage.catalog_checks import check_catalog
from storage.rows.walk import SessionRow
from vocabulary.choices import Audience
from vocabulary.errors import StateError
from vocabulary.messages import N_


def check_clearances(archive: Archive, policy: Policy, session: SessionRow, audience: Audience, digest: str) -> None:
    """Raise StateError unless the log holds every clearance the policy asks for, at exactly ``digest``.

    DamagedError when the catalog is not what the log says.
    """
    check_catalog(archive)
    cleared, reviewers = _people(archive, session, audience, digest)
    rows = {
        row.person
        for row in archive.catalog.clearances(session.id, audience)
        if not row.void and row.content_digest == digest
    }
    if not is_complete(policy, audience, cleared & rows, reviewers):
        raise StateError(
            N_("The log does not hold the clearances that session {session} needs for this content: nothing was "
               "written. Clear it again, and have the archive verified."),
            session=str(session.name),
        )  # fmt: skip


def reviewers_of(archive: Archive, session: SessionRow) -> frozenset[str]:
    """Who reviewed a session, as the log says: a draft says it only as long as it is there."""
    return _people(archive, session, None, None)[1]


def _people(
    archive: Archive, session: SessionRow, audience: Audience | None, digest: str | None
) -> tuple[frozenset[str], frozenset[str]]:
    """Who cleared exactly ``digest`` for ``audience``, and who reviewed the session."""
    cleared: set[str] = set()
    reviewers: set[str] = set()
    for entry in archive.log.entries():
        if entry.session != session.id or entry.actor is None:
            continue
        kind = entry.facts.get("carried") if entry.kind == "workshop-imported" else entry.kind
        if kind == "reviewed":
            reviewers.add(entry.actor)
        elif kind == "cleared" and (entry.facts["audience"], entry.facts["digest"]) == (audience, digest):
            cleared.add(entry.actor)
    return frozenset(cleared), frozenset(reviewers)
