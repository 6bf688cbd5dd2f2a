"""Removing the objects of no record: deliberately, with an entry in the log.

Opening the home only sets such objects aside (storage/unnamed.py). Here they go for good: after the entry that
counts them, and only if nothing shows that the log was longer once: then they may be those of sessions that an
older catalog does not know.
"""

from dataclasses import dataclass

from flows.steps.sealing import Facts
from infra.process import lock
from infra.wiring import Services
from storage.archive import LOG
from storage.commit import Change
from storage.log.entry import Entry
from storage.newest import rolled_back, sizes_in
from storage.unnamed import abandoned, remove


@dataclass(frozen=True)
class Collected:
    """Objects of no record that were removed, and their size in bytes."""

    objects: int
    bytes: int


def collect(services: Services, person: str | None = None) -> Collected:
    """Remove what no record has needed for an hour.

    LogRolledBackError when a checkpoint or a backup is known that covers more than the log has; what
    ``verify_log`` raises.
    """
    with lock(services.home, "collect"):
        _check_newest(services)
        found = abandoned(services.archive, now=services.now())
        size = sum(path.lstat().st_size for path in found)
        if found:
            actor = services.person(person) if person else None
            facts: Facts = {"objects": len(found), "bytes": size}
            services.commit(Change(), Entry("collected", actor=actor, facts=facts))
        return Collected(remove(found), size)


def _check_newest(services: Services) -> None:
    copies, log, ours = services.settings.copies, services.archive.log, services.archive.home_id
    places = [copies.checkpoints]
    places += [
        folder / ours / within for folder in (copies.inventory, copies.recovery) if folder for within in ("", LOG)
    ]
    known = sizes_in(places, log.key().name)
    registered = [row.log_size for row in services.archive.catalog.exports(present=False)]
    size = log.checkpoint().size
    newest = max([*known.values(), *registered], default=0)
    if size < newest:
        raise rolled_back(size, newest)
