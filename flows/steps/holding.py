"""Who is at work on what: one process at a time on a session, and on a workshop's vault.

Rules kept here:
- whoever seals a record, or destroys a key, holds the session it belongs to from before it looks at the
  state until its commit: so no key is destroyed between the sealing of an object and its row;
- a step that already holds a session may call another that holds it too;
- locks are taken in one order: a workshop's intake, a session, a workshop's vault; only intake and vault are
  waited for, so no two processes wait for each other;
- of a workshop that is sealed for another home, or has left for one, nothing can be held: it stands still. Only
  what was announced before is still finished (``away_too``);
- nobody begins anything in a workshop that their passphrase does not reach, not even what needs none of its keys:
  its end, its policy, its coming and going.
Correctness of the rows rests on commit, which compares the whole row it replaces (docs/adr/0005).
"""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

from infra.process import lock
from infra.wiring import Services
from storage.catalog.catalog import Catalog
from storage.rows.custody import ExportRow
from storage.rows.walk import SessionRow
from vocabulary.choices import ExportKind
from vocabulary.errors import BusyError, StateError
from vocabulary.messages import N_

_held: ContextVar[frozenset[tuple[Path, str]]] = ContextVar("held", default=frozenset())


@contextlib.contextmanager
def hold(services: Services, session: SessionRow, *, away_too: bool = False) -> Iterator[SessionRow]:
    """Hold a session; gives its row as it stands now. BusyError at once when another process is at work on it."""
    with _hold(services, session.id, session.workshop, str(session.name), wait=False, away_too=away_too):
        yield services.archive.catalog.find_session(session.name) or session


@contextlib.contextmanager
def hold_vault(services: Services, workshop: str, *, wait: bool, away_too: bool = False) -> Iterator[None]:
    """Hold a workshop's vault; BusyError at once when another process has it and not ``wait``."""
    with _hold(services, f"vault-{workshop}", workshop, workshop, wait=wait, away_too=away_too):
        yield


@contextlib.contextmanager
def hold_intake(services: Services, workshop: str, *, away_too: bool = False) -> Iterator[None]:
    """Be the one who opens sessions of a workshop and takes files in; waits for the one before."""
    with _hold(services, f"intake-{workshop}", workshop, workshop, wait=True, away_too=away_too):
        yield


@contextlib.contextmanager
def hold_workshop(services: Services, workshop: str) -> Iterator[None]:
    """Hold everything of a workshop, wherever it stands; BusyError when a process is at work on any of it."""
    services.archive.check_reaches(workshop)
    with contextlib.ExitStack() as held:
        held.enter_context(hold_intake(services, workshop, away_too=True))
        for session in services.archive.catalog.sessions(workshop=workshop):
            held.enter_context(hold(services, session, away_too=True))
        held.enter_context(hold_vault(services, workshop, wait=False, away_too=True))
        yield


def handed_over(catalog: Catalog, workshop: str) -> ExportRow | None:
    """The bundle in which a workshop waits to be taken over; None if none is out."""
    for row in catalog.exports():
        if row.export_kind == ExportKind.WORKSHOP and row.place.split("/")[0] == workshop:
            return row
    return None


def away(catalog: Catalog) -> frozenset[str]:
    """The codes of the workshops that stand still: sealed for another home, or left for one."""
    return frozenset(row.code for row in catalog.workshops() if row.left_at or handed_over(catalog, row.code))


def _check_is_here(catalog: Catalog, workshop: str) -> None:
    row = next((row for row in catalog.workshops() if row.code == workshop), None)
    if row is not None and row.left_at is not None:
        message = N_("Workshop {code} left for another home on {day}. Ask there.")
        raise StateError(message, place=workshop, code=workshop, day=row.left_at[:10])
    out = handed_over(catalog, workshop)
    if out is not None:
        message = N_("Workshop {code} was sealed for another home on {day} and stands still until it has left: "
                     "huisclos workshop left {code}. If its bundle {export} was never taken over: huisclos workshop "
                     "keep {code}.")  # fmt: skip
        raise BusyError(message, place=workshop, code=workshop, day=out.made_at[:10], export=out.id)


@contextlib.contextmanager
def _hold(services: Services, name: str, workshop: str, shown: str, *, wait: bool, away_too: bool) -> Iterator[None]:
    home = services.home
    if (home, name) in _held.get():
        yield
        return
    if not away_too:
        services.archive.check_reaches(workshop)
    with lock(home, name, wait=wait, shown=shown):
        if not away_too:
            _check_is_here(services.archive.catalog, workshop)
        before = _held.set(_held.get() | {(home, name)})
        try:
            yield
        finally:
            _held.reset(before)
