"""What carries a decision out, and whether that was done: a letter says that something was done only once it was.

Rules kept here:
- an erasure and an objection are done in a workshop once the log tells of a withdrawal in the name of this very
  request, later than its decision, or a fresh look under its names finds nothing any more; that look is an access, and
  logged as one. A withdrawal of somebody else, or one that names no request, proves nothing;
- a restriction is done once an order stands over what was found that was placed in the name of this very request, and
  was not lifted; one for somebody else's dispute, or on any other ground, proves nothing;
- what was granted is done everywhere, what was granted in part somewhere. A rectification is for people to see to: they
  correct in the review, or keep a statement beside the talk (flows/steps/rights/rectifying.py).
"""

from collections.abc import Mapping

from flows.steps.rights.traced import Wanted
from flows.steps.rights.traces import trace
from flows.steps.rights.withdraw import DONE
from infra.wiring import Services
from policies.holds import can_use
from policies.requests import WITHDRAWN
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows.rights import RequestRow
from vocabulary.choices import RequestKind, Ruling
from vocabulary.errors import StateError
from vocabulary.ids import SessionName
from vocabulary.messages import N_
from vocabulary.request import Found, Sealed

_COMMANDS: Mapping[RequestKind, str] = {
    RequestKind.ERASURE: "huisclos withdraw {place} --request {id} --as NAME",
    RequestKind.OBJECTION: "huisclos withdraw {place} --request {id} --as NAME",
    RequestKind.RESTRICTION: "huisclos restriction add {place} --request {id} --ground request --review DATE --as NAME",
    RequestKind.RECTIFICATION: "huisclos request state {id} {place} --as NAME",
}


def commands(row: RequestRow, sealed: Sealed) -> tuple[str, ...]:
    """The commands that carry out what was granted, one for each place where something was found."""
    kind = RequestKind(row.request_kind)
    found = () if sealed.found is None or kind not in _COMMANDS else _places(kind, sealed.found)
    return tuple(_command(row, place) for place in found)


def check_carried_out(services: Services, row: RequestRow, sealed: Sealed, person: str) -> None:
    """Raise StateError, with the command to type, while a letter would say that something was done that was not."""
    kind = RequestKind(row.request_kind)
    granted = row.ruling in (Ruling.GRANTED, Ruling.IN_PART)
    if not granted or sealed.found is None or kind in (RequestKind.ACCESS, RequestKind.RECTIFICATION):
        return
    here = {one.code for one in services.archive.catalog.workshops() if one.left_at is None}
    places = [place for place in _places(kind, sealed.found) if place.split("/")[0] in here]
    is_done = _is_withdrawn if kind in WITHDRAWN else _is_restricted
    left = [place for place in places if not is_done(services, row, sealed, place, person)]
    if left and (row.ruling == Ruling.GRANTED or len(left) == len(places)):
        raise StateError(
            N_("Request {id} is granted and not carried out yet in {where}: the letter would say that it was. First: "
               "{command}"),
            place=left[0], id=row.id, where=", ".join(left), command=_command(row, left[0]),
        )  # fmt: skip


def _command(row: RequestRow, place: str) -> str:
    return _COMMANDS[RequestKind(row.request_kind)].format(place=place, id=row.id)


def _places(kind: RequestKind, found: Found) -> tuple[str, ...]:
    """The workshops to withdraw from, or the sessions concerned; a restriction stands over the whole of a workshop
    that holds something beside its sessions and none in them."""
    if kind in WITHDRAWN:
        return found.concerned
    sessions = tuple(one.session for one in found.sessions)
    if kind is not RequestKind.RESTRICTION:
        return sessions
    in_sessions = {one.split("/")[0] for one in sessions}
    return (*sessions, *(one.workshop for one in found.held if one.workshop not in in_sessions))


def _is_withdrawn(services: Services, row: RequestRow, sealed: Sealed, workshop: str, person: str) -> bool:
    log = services.archive.log
    decisions = (one.seq for one in log.entries(kind="request-decided") if one.facts.get("request") == row.id)
    decided = max(decisions, default=-1)  # once it came to its end in the log, so did all that went before it
    for entry in log.entries(kind=DONE):
        same = (entry.facts.get("workshop"), entry.facts.get("request")) == (workshop, row.id)
        if entry.seq > decided and same and (entry.facts.get("whole") or row.ruling == Ruling.IN_PART):
            return True
    looked = Entry("accessed", actor=services.person(person), facts={"what": "search", "request": row.id})
    services.commit(Change(), looked)
    return not trace(services, workshop, Wanted(names=sealed.forms, speaks=sealed.speaks)).any


def _is_restricted(services: Services, row: RequestRow, _sealed: Sealed, place: str, _person: str) -> bool:
    catalog, log = services.archive.catalog, services.archive.log
    placed = log.entries(kind="restriction-placed")
    theirs = {one.facts["order"] for one in placed if one.facts.get("request") == row.id}
    workshop, _, number = place.partition("/")
    session = catalog.session(SessionName(workshop, int(number))).id if number else None
    return not can_use([one for one in catalog.holds() if one.id in theirs], workshop, session)
