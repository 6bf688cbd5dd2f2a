"""One attempt at one step: what happens when it fails.

A fault of the item (a bad recording, a failed detector, a bug met on it) puts the session in quarantine
with a reason a facilitator understands; the traceback is sealed. A fault of the surroundings, which is any
other error a person can act on (no room on the disk, a missing model, a damaged object, a lost policy, a
lock, a key), leaves the session where it was: the next run tries again. So does a fault inside a model that the
operator brought; its traceback is sealed once. Nothing of the cause leaves here but its kind.
"""

import traceback
from collections.abc import Callable
from dataclasses import replace
from errno import EDQUOT, ENOSPC

from flows.steps.holding import hold
from flows.steps.retention.holds import check_usable
from flows.steps.sealing import stamp, versions
from infra.process import quiet
from infra.wiring import Services
from policies.states import Move, next_state
from storage.commit import Change
from storage.log.entry import Entry
from vocabulary.choices import Reason, RecordClass, SessionState
from vocabulary.errors import HuisclosError, ModelFaultError, RecordingError, ResourceError, WithheldError
from vocabulary.messages import N_

Step = Callable[[Services, str], bool]
"""A step looks at the state of a session (its id) and answers whether the walk may go on."""


def attempt(services: Services, session_id: str, step: Step) -> bool:
    """Run ``step`` on a session, held; False when the walk stops here, for whatever reason."""
    try:
        with hold(services, services.archive.catalog.session_by_id(session_id)) as session:
            check_usable(services, session)
            return _attempt(services, session_id, step)
    except HuisclosError as error:
        services.troubles[session_id] = error
        return False


def _attempt(services: Services, session_id: str, step: Step) -> bool:
    """Run ``step``; what the item is to blame for puts it in quarantine, the rest is raised."""
    try:
        with quiet():
            return step(services, session_id)
    except RecordingError as error:
        reason, trace = error.reason, ""
    except WithheldError:
        reason, trace = Reason.DETECTOR_FAILED, ""
    except ModelFaultError:
        _seal_once(services, session_id, traceback.format_exc())
        raise
    except HuisclosError:
        raise
    except MemoryError:
        reason, trace = None, ""
    except Exception as error:
        if _is_full(error):
            raise ResourceError(
                N_("No room is left on the disk. Make room, then run again: nothing is lost.")
            ) from None
        reason, trace = Reason.FAULT, traceback.format_exc()
    # Outside the except block: nothing raised from here on carries the cause along.
    if reason is None:
        raise ResourceError(N_("The machine ran out of memory. Close other programs, then run again."))
    quarantine(services, session_id, reason, trace)
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


def _seal_once(services: Services, session_id: str, trace: str) -> None:
    """Seal a traceback, unless one of the session is kept already: a session that waits is tried again and again."""
    archive = services.archive
    if not versions(services, archive.catalog.session_by_id(session_id), RecordClass.FAULT):
        archive.seal_fault(trace, session_id, now=services.now())


def _is_full(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno in (ENOSPC, EDQUOT)
