"""More time for a recording that is not cleared yet: once, by name, with a reason that stays sealed."""

from datetime import date

from flows.steps.holding import hold
from flows.steps.retention.clocks import Clocks
from flows.steps.retention.in_force import in_force
from flows.steps.retention.reasons import check_reason, sealed_reason
from flows.steps.sealing import Facts, stamp
from infra.wiring import Services
from policies.extension import check_can_extend
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows.retention import ExtensionRow
from vocabulary.choices import RecordClass
from vocabulary.errors import StateError
from vocabulary.ids import SessionName, new_id
from vocabulary.messages import N_
from vocabulary.text import IdentifiedText


def extend(services: Services, name: SessionName, person: str, reason: IdentifiedText) -> date:
    """Move the latest end of a session's recordings by what the policy allows; return the new end.

    StateError when the session has no recording, is cleared, or was extended before, and when the policy allows
    none.
    """
    check_reason(reason)
    archive = services.archive
    with hold(services, archive.catalog.session(name)) as session:
        records = archive.catalog.records(session_id=session.id, record_class=RecordClass.RECORDING)
        if not records:
            raise StateError(N_("Session {session} has no recording any more."), session=str(name))
        policy, clocks = services.policy(session.workshop), Clocks(archive.catalog)
        rule = policy.schedule[RecordClass.RECORDING]
        check_can_extend(rule, cleared=session.cleared_at is not None, extended=clocks.extended(records[0]))
        actor = services.person(person)
        with sealed_reason(services, session.workshop, reason) as note:
            assert note is not None  # a reason was given
            row = ExtensionRow(
                new_id("y"), session.workshop, session.id, RecordClass.RECORDING, note.id, actor, stamp(services.now())
            )
            facts: Facts = {"extension": row.id, "class": str(RecordClass.RECORDING)}
            entry = Entry("period-extended", session=session.id, actor=actor, facts=facts)
            services.commit(Change(add=(note, row)), entry)
    now = services.now()
    follows = in_force(services.home, archive.catalog, now, [session.workshop])[session.workshop]
    ends = [follows.due(record, Clocks(archive.catalog), now).on for record in records]
    return max(end for end in ends if end is not None)
