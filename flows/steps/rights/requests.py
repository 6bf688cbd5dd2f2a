"""Requests of people: opened, checked, searched for, decided, answered, closed; and what they hold destroyed in time.

Rules kept here:
- names, spellings and reasons are sealed (class ``request``, under keys that stewards and the machine alone reach); the
  catalog row holds an id, the kind, days, ruling and article, and the log the same;
- each version of the content is sealed under an epoch of its own, and the one before loses its key at once;
- what may be done when is asked of policies/requests.py; a search is an access, logged before it looks. What was
  decided is about whom it was decided for: a later search adds spellings, and takes none away;
- once its time after the answer is over, the content is destroyed by its key, and a request that nobody closed is
  closed; the row stays, and names nobody.
"""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import replace

from flows.steps.rights.outcomes import ShownRequest
from flows.steps.rights.requests_due import day_at, over
from flows.steps.rights.statements import statements_of_request
from flows.steps.rights.traced import Beyond, SessionTraces, Wanted
from flows.steps.rights.traces import trace
from flows.steps.sealing import Facts, Replacement, condemn, finish_erasures, stamp
from infra.process import lock
from infra.wiring import Services
from policies.requests import (
    Act,
    Letter,
    Progress,
    check_can_do,
    check_can_receive,
    check_can_rule,
    deadline,
    kept_until,
    names_to_search,
)
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows.forms import HOME
from storage.rows.rights import RequestRow
from storage.rows.walk import RecordRow
from vocabulary.choices import Article, Audience, RecordClass, RecordLife, RequestKind, RequestState, Ruling
from vocabulary.errors import StateError, UsageError
from vocabulary.ids import new_id
from vocabulary.messages import N_
from vocabulary.request import Found, FoundInSession, FoundInWorkshop, Sealed
from vocabulary.text import IdentifiedText

LOCK = "requests"
MOST_TYPED = 500
"""Characters of one line that a person types into a request, at most."""


def open_request(
    services: Services, kind: RequestKind, received: datetime.date | None, who: IdentifiedText, person: str, *,
    speaks: bool,
) -> RequestRow:  # fmt: skip
    """Open a request received on a day, today if none is given; UsageError for a day to come."""
    with lock(services.home, LOCK, wait=True):
        day = received or today(services)
        check_can_receive(day, today(services))
        actor, moment = services.person(person), stamp(services.now())
        record = _seal(services, Sealed(_line(who), speaks), None)
        row = RequestRow(
            id=new_id("q"), request_kind=kind, request_state=RequestState.OPEN, received_on=day.isoformat(),
            due_on=deadline(day).isoformat(), opened_at=moment, person=actor, record_id=record.id,
        )  # fmt: skip
        facts: Facts = {"request": row.id, "kind": kind}
        services.commit(Change(add=(record, row)), Entry("request-opened", actor=actor, facts=facts))
    return row


def show(services: Services, request_id: str, person: str) -> ShownRequest:
    """A request with what is sealed of it, for a person who may open it; logged as access first."""
    row = services.archive.catalog.request(request_id)
    sealed = opened(services, row)
    facts: Facts = {"what": "request", "request": row.id}
    services.commit(Change(), Entry("accessed", actor=services.person(person), facts=facts))
    return ShownRequest(row, sealed, statements_of_request(services, sealed))


def check_identity(
    services: Services, request_id: str, how: IdentifiedText, person: str, *, mandate: bool
) -> RequestRow:
    """Note that identity was checked, and the mandate of who acts for somebody; ``how``, not the document."""
    day = today(services).isoformat()

    def change(row: RequestRow, sealed: Sealed) -> tuple[RequestRow, Sealed, Facts]:
        return replace(row, identity_on=day, mandate=mandate), replace(sealed, how=_line(how)), {"mandate": mandate}

    return act_on(services, request_id, Act.CHECK, "request-checked", person, change)


def extend(services: Services, request_id: str, reason: IdentifiedText, person: str) -> RequestRow:
    """Extend the time to answer by two months, once and within the first, for a reason that the letter gives."""
    day = today(services).isoformat()

    def change(row: RequestRow, sealed: Sealed) -> tuple[RequestRow, Sealed, Facts]:
        until = deadline(datetime.date.fromisoformat(row.received_on), extended=True).isoformat()
        longer = replace(row, extended_on=day, due_on=until)
        return longer, replace(sealed, extension=_line(reason)), {"due": until}

    return act_on(services, request_id, Act.EXTEND, "request-extended", person, change)


def check_can_search(services: Services, request_id: str) -> RequestRow:
    """The request, if somebody may be searched for now; StateError before identity is checked. Asked before a name is
    typed."""
    row = services.archive.catalog.request(request_id)
    check_can_do(progress_of(row), Act.SEARCH, today(services))
    return row


def search(services: Services, request_id: str, forms: Sequence[IdentifiedText], person: str) -> ShownRequest:
    """Look for somebody through every workshop of the home, under spellings typed at a prompt; keep what was found.

    Once it was decided the spellings are added to those it was decided under, and all of them are looked for.
    StateError before identity is checked, or where a workshop cannot be looked through with this passphrase.
    """
    row = check_can_search(services, request_id)
    typed = tuple(_line(form) for form in forms if form.reveal().strip())
    if not typed:
        raise UsageError(N_("Type at least one name or spelling to search for."))
    opened(services, row)
    facts: Facts = {"what": "search", "request": row.id}
    services.commit(Change(), Entry("accessed", actor=services.person(person), facts=facts))
    day = today(services).isoformat()

    def change(row: RequestRow, sealed: Sealed) -> tuple[RequestRow, Sealed, Facts]:
        wanted = names_to_search(RequestState(row.request_state), sealed.forms, typed)
        found = look(services, Wanted(names=wanted, speaks=sealed.speaks))
        told: Facts = {"workshops": len(found.workshops)}
        return replace(row, searched_on=day), replace(sealed, forms=wanted, found=found), told

    row = act_on(services, request_id, Act.SEARCH, "request-searched", person, change)
    return ShownRequest(row, opened(services, row))


def decide(
    services: Services, request_id: str, ruling: Ruling, article: Article | None, reason: IdentifiedText, person: str
) -> RequestRow:
    """Decide a request, with the article where it is refused or granted in part. Carrying it out is another command."""
    row = services.archive.catalog.request(request_id)
    check_can_rule(progress_of(row), ruling, article)
    day = today(services).isoformat()

    def change(row: RequestRow, sealed: Sealed) -> tuple[RequestRow, Sealed, Facts]:
        changed = replace(row, decided_on=day, ruling=ruling, article=article)
        return changed, replace(sealed, reason=_line(reason)), {"ruling": ruling, "article": article}

    return act_on(services, request_id, Act.DECIDE, "request-decided", person, change)


def close(services: Services, request_id: str, person: str) -> RequestRow:
    """Close an answered request: what it holds is destroyed once the home's time for it is over."""
    day = today(services).isoformat()

    def change(row: RequestRow, sealed: Sealed) -> tuple[RequestRow, Sealed, Facts]:
        return replace(row, closed_on=day), sealed, {"keep_until": row.keep_until}

    return act_on(services, request_id, Act.CLOSE, "request-closed", person, change)


def note_answer(services: Services, row: RequestRow, letter: str, person: str) -> RequestRow:
    """Note that a letter was drafted, before it is written; the time to keep the request is counted from its answer."""
    day = today(services)
    until = kept_until(day, services.settings.requests.keep_days).isoformat() if letter == Letter.ANSWER else None

    def change(row: RequestRow, sealed: Sealed) -> tuple[RequestRow, Sealed, Facts]:
        return replace(row, answered_on=day.isoformat(), keep_until=until), sealed, {"letter": letter}

    return act_on(services, row.id, Act.ANSWER, "request-answered", person, change)


def expire(services: Services) -> int:
    """Destroy what requests hold once their time is over, and close them; return how many. Safe to run again."""
    catalog = services.archive.catalog
    day = today(services).isoformat()
    count = 0
    with lock(services.home, LOCK, wait=True):
        for row, record in over(catalog, day):
            if not services.archive.keystore.reaches(services.archive.scope_of(record)):
                continue
            closed = replace(row, request_state=RequestState.CLOSED, closed_on=row.closed_on or day)
            ended = ((row, closed),) if closed != row else ()
            change = Change(replace=(*ended, *condemn([record], services.now())))
            services.commit(change, Entry("request-expired", facts={"request": row.id}))
            count += 1
        finish_erasures(services)
    return count


# What a request is made of


def look(services: Services, wanted: Wanted) -> Found:
    """What every workshop of the home holds of somebody, counted."""
    workshops, nameless = [], []
    sessions: list[FoundInSession] = []
    held: list[FoundInWorkshop] = []
    beyond: list[tuple[str, str]] = []
    for workshop in services.archive.catalog.workshops():
        if workshop.left_at is not None:
            continue
        if not services.archive.reaches(workshop.code):
            raise StateError(
                N_("This passphrase does not reach workshop {code}: a search has to look through every workshop."),
                place=workshop.code, code=workshop.code,
            )  # fmt: skip
        found = trace(services, workshop.code, wanted)
        workshops.append(workshop.code)
        if found.vault_gone:
            nameless.append(workshop.code)
        beyond += [(workshop.code, str(limit)) for limit in found.beyond]
        if found.sought.referents or found.loose or found.reasons:
            of_its_own = (len(found.sought.referents), len(found.loose), len(found.reasons))
            held.append(FoundInWorkshop(workshop.code, *of_its_own))
        for one in found.sessions:
            beyond += [(str(one.session.name), str(limit)) for limit in one.beyond if limit is not Beyond.VAULT]
            if one.any:
                sessions.append(_counted(services, one))
    return Found(tuple(workshops), tuple(nameless), tuple(sessions), tuple(beyond), tuple(held))


def _counted(services: Services, found: SessionTraces) -> FoundInSession:
    rows = services.archive.catalog.records(session_id=found.session.id, record_class=RecordClass.OUTPUT)
    cleared = tuple(dict.fromkeys(str(one.audience) for one in found.cleared))
    return FoundInSession(
        session=str(found.session.name),
        turns=len(found.spoken) or max((len(one.spoken) for one in found.cleared), default=0),
        mentions=len(found.named) or max((len(one.passages) for one in found.cleared), default=0),
        dossier=bool(found.participants or found.known or found.consents),
        cleared=cleared,
        outputs=tuple(sorted({str(Audience(row.audience)) for row in rows if row.audience in cleared})),
    )


def opened(services: Services, row: RequestRow) -> Sealed:
    """What is sealed of a request; StateError once it is destroyed, KeysError for who does not reach it."""
    archive = services.archive
    record = archive.catalog.record(row.record_id)
    if record.life == RecordLife.DESTROYED or record.destroy_intended_at is not None:
        raise StateError(N_("What request {id} held is destroyed: only what `huisclos request list` shows is left."),
                         id=row.id)  # fmt: skip
    return Sealed.from_bytes(archive.objects.unseal(archive.scope_of(record), archive.sealed_of(record)))


def progress_of(row: RequestRow) -> Progress:
    """How far a request is, for the rules."""

    def day(text: str | None) -> datetime.date | None:
        return None if text is None else datetime.date.fromisoformat(text)

    return Progress(
        kind=RequestKind(row.request_kind),
        state=RequestState(row.request_state),
        received_on=datetime.date.fromisoformat(row.received_on),
        identity_on=day(row.identity_on),
        extended_on=day(row.extended_on),
        searched_on=day(row.searched_on),
        ruling=None if row.ruling is None else Ruling(row.ruling),
    )


def today(services: Services) -> datetime.date:
    """The day it is in the policies' time zones, the later one; in UTC where there is no workshop."""
    return day_at(services.settings, services.archive.catalog, services.now())


def act_on(
    services: Services,
    request_id: str,
    act: Act,
    kind: str,
    person: str,
    change: Callable[[RequestRow, Sealed], tuple[RequestRow, Sealed, Facts]],
    beside: RecordRow | None = None,
) -> RequestRow:
    """Do one thing about a request: its row, its sealed content, what is kept ``beside`` it in a session, and the
    entry, in one commit."""
    catalog = services.archive.catalog
    with lock(services.home, LOCK, wait=True):
        row = catalog.request(request_id)
        following = check_can_do(progress_of(row), act, today(services))
        earlier = opened(services, row)
        changed, sealed, facts = change(row, earlier)
        changed = replace(changed, request_state=following)
        add: tuple[RecordRow, ...] = () if beside is None else (beside,)
        replaced: list[Replacement] = []
        if sealed != earlier:
            old = catalog.record(row.record_id)
            record = _seal(services, sealed, old)
            add, changed = (*add, record), replace(changed, record_id=record.id)
            replaced = condemn([old], services.now())
        session = None if beside is None else beside.session_id
        entry = Entry(kind, session=session, actor=services.person(person), facts={"request": row.id, **facts})
        services.commit(Change(add=add, replace=((row, changed), *replaced)), entry)
        finish_erasures(services)
    return changed


def _seal(services: Services, sealed: Sealed, earlier: RecordRow | None) -> RecordRow:
    archive = services.archive
    scope = archive.next_scope(HOME, 0, RecordClass.REQUEST)
    version = 1 if earlier is None else earlier.version + 1
    return archive.new_record(scope, archive.objects.seal(scope, sealed.to_bytes()), services.now(), version=version)


def _line(text: IdentifiedText) -> IdentifiedText:
    """One line as it is kept; UsageError for one that is too long."""
    plain = " ".join(text.reveal().split())
    if len(plain) > MOST_TYPED:
        raise UsageError(N_("What was typed is too long: {most} characters at most."), most=MOST_TYPED)
    return IdentifiedText(plain)
