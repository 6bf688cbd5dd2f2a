"""Who is at work on what: one process at a time on a session, and on a workshop's vault.

Rules kept here:
- whoever seals a record, or destroys a key, holds the session it belongs to from before it looks at the
  state until its commit: so no key is destroyed between the sealing of an object and its row;
- a step that already holds a session may call another that holds it too;
- locks are taken in one order: a workshop's intake, a session, a workshop's vault; only intake and vault are
  waited for, so no two processes wait for each other.
Correctness of the rows rests on commit, which compares the whole row it replaces (docs/adr/0005).
"""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

from infra.process import lock
from infra.wiring import Services
from storage.rows import SessionRow

_held: ContextVar[frozenset[tuple[Path, str]]] = ContextVar("held", default=frozenset())


@contextlib.contextmanager
def hold(services: Services, session: SessionRow) -> Iterator[SessionRow]:
    """Hold a session; gives its row as it stands now. BusyError at once when another process is at work on it."""
    with _hold(services.home, session.id, str(session.name), wait=False):
        yield services.archive.catalog.find_session(session.name) or session


@contextlib.contextmanager
def hold_vault(services: Services, workshop: str, *, wait: bool) -> Iterator[None]:
    """Hold a workshop's vault; BusyError at once when another process has it and not ``wait``."""
    with _hold(services.home, f"vault-{workshop}", workshop, wait=wait):
        yield


@contextlib.contextmanager
def hold_intake(services: Services, workshop: str) -> Iterator[None]:
    """Be the one who opens sessions of a workshop and takes files in; waits for the one before."""
    with _hold(services.home, f"intake-{workshop}", workshop, wait=True):
        yield


@contextlib.contextmanager
def _hold(home: Path, name: str, shown: str, *, wait: bool) -> Iterator[None]:
    if (home, name) in _held.get():
        yield
        return
    with lock(home, name, wait=wait, shown=shown):
        before = _held.set(_held.get() | {(home, name)})
        try:
            yield
        finally:
            _held.reset(before)
