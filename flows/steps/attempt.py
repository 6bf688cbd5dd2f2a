"""One attempt at one step: what happens when it fails.

A fault of the item (a bad recording, a failed detector, a bug met on it) puts the session in quarantine
with a reason a facilitator understands; the traceback is sealed. A fault of the surroundings (no room on
the disk, a missing model, a lock, a key) leaves the session where it was: the next run tries again.
Nothing of the cause leaves here but its kind.
"""

import traceback
from collections.abc import Callable
from dataclasses import replace
from errno import EDQUOT, ENOSPC

from flows.steps.sealing import stamp
from infra.process import lock, quiet
from infra.wiring import Services
from policies.states import Move, next_state
from storage.commit import Change
from storage.log.entry import Entry
from vocabulary.choices import Reason, SessionState
from vocabulary.errors import (
    BusyError,
    ConflictError,
    HuisclosError,
    KeysError,
    RecordingError,
    ResourceError,
    StateError,
    WithheldError,
)
from vocabulary.messages import N_

Step = Callable[[Services, str], bool]
"""A step looks at the state of a session (its id) and answers whether the walk may go on."""

_SURROUNDINGS = (ResourceError, BusyError, KeysError, ConflictError, StateError)


def attempt(services: Services, session_id: str, step: Step) -> bool:
    """Run ``step`` on a session under its lock; False when the walk stops here, for whatever reason."""
    trouble: tuple[Reason, str] | None = None
    try:
        with lock(services.home, session_id), quiet():
            return step(services, session_id)
    except _SURROUNDINGS as error:
        services.troubles[session_id] = error
        return False
    except RecordingError as error:
        trouble = error.reason, ""
    except WithheldError:
        trouble = Reason.DETECTOR_FAILED, ""
    except MemoryError:
        services.troubles[session_id] = ResourceError(
            N_("The machine ran out of memory. Close other programs, then run again.")
        )
        return False
    except Exception as error:
        room = _no_room(error)
        if room is not None:
            services.troubles[session_id] = room
            return False
        trouble = Reason.FAULT, traceback.format_exc()
    # Outside the except block: nothing raised from here on carries the cause along.
    reason, text = trouble
    quarantine(services, session_id, reason, text)
    return False


def quarantine(services: Services, session_id: str, reason: Reason, trace: str = "") -> None:
    """Put a session aside, its records kept as they are; ``trace`` is sealed if there is one."""
    archive = services.archive
    session = archive.catalog.session_by_id(session_id)
    if session.state == SessionState.QUARANTINED:
        return
    fault = archive.seal_fault(trace, session_id, now=services.now()) if trace else None
    set_aside = replace(
        session,
        state=next_state(SessionState(session.state), Move.QUARANTINE),
        previous=session.state,
        reason=reason,
        fault=fault,
        changed_at=stamp(services.now()),
    )
    entry = Entry("quarantined", session=session_id, facts={"reason": str(reason), "fault": fault})
    services.commit(Change(replace=((session, set_aside),)), entry)


def _no_room(error: Exception) -> HuisclosError | None:
    if isinstance(error, OSError) and error.errno in (ENOSPC, EDQUOT):
        return ResourceError(N_("No room is left on the disk. Make room, then run again: nothing is lost."))
    return None
