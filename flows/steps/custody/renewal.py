"""Renewal of keys, after a theft or when a person no longer belongs here: every data key takes its next epoch.

Rules kept here:
- a record is sealed anew under the next epoch and its row replaced, one commit a record; the old keys are
  destroyed once nothing of the session (of the workshop, of the home) needs them, the old bytes after them;
- one session, one workshop's own records or the home's is a place; each is held while it is renewed, and has an
  entry of its own when it is done;
- cut short, the same command goes on with the places that have no such entry; one that was begun is done again;
- a place another process is at work on waits, and is named at the end by BusyError;
- the renewal of a whole home also takes a new root, new keys for all compartments, and a new key for the log, before
  anything else.
"""

import hashlib
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from flows.steps.custody.keys import remove, rotate
from flows.steps.custody.resealing import opened_at, reseal
from flows.steps.holding import hold, hold_vault
from flows.steps.retention.certificates import certify
from flows.steps.sealing import Facts, finish_erasures
from infra.process import lock
from infra.wiring import Services
from storage.archive import Archive
from storage.commit import Change
from storage.keys.openers import MACHINE, Opener
from storage.keys.scope import Scope
from storage.log.entry import Entry
from storage.rows.forms import HOME
from storage.rows.walk import RecordRow, SessionRow
from vocabulary.choices import RecordLife, Role
from vocabulary.errors import BusyError, ConflictError, DamagedError
from vocabulary.ids import new_id
from vocabulary.messages import N_

KIND = "keys-renewed"
Counts = tuple[int, int]
"""Records and keys."""

LOG = "-log"
"""What stands for the key of the log among the places; no workshop can have this code."""


@dataclass(frozen=True)
class Renewed:
    """What a renewal of keys did: places (sessions, workshops, the home), records sealed anew, keys destroyed.

    ``log_public_key`` is the log's new key, if that was renewed too.
    """

    places: int
    records: int
    keys: int
    log_public_key: str | None


@dataclass(frozen=True)
class _Place:
    """What is renewed at once: a session, a workshop's own records (``session`` None), or the home's."""

    workshop: str
    session: SessionRow | None

    @property
    def name(self) -> str:
        return self.workshop if self.session is None else str(self.session.name)

    @property
    def session_id(self) -> str | None:
        return None if self.session is None else self.session.id

    @property
    def number(self) -> int:
        return 0 if self.session is None else self.session.number

    def held(self, services: Services) -> AbstractContextManager[object]:
        if self.session is not None:
            return hold(services, self.session, away_too=True)
        if self.workshop == HOME:
            return nullcontext()  # what changes there compares the whole row it replaces
        return hold_vault(services, self.workshop, wait=False, away_too=True)


def renew(services: Services, workshops: Sequence[str] | None, person: str, *, home_too: bool = False) -> Renewed:
    """Renew every data key of ``workshops``; of the whole home, with its root and its log's key, when that is None.

    With ``home_too`` also what belongs to the home and to no workshop: the register of people, the log's key.
    UnknownError for a workshop there is not, PersonError when this passphrase does not reach the whole, BusyError,
    once the rest is done, for what another process is at work on, DamagedError for what does not open. Safe to run
    again: it goes on where it was cut short.
    """
    archive = services.archive
    home_too = home_too or workshops is None
    places = _places(archive, workshops, home_too)
    for code in workshops or ():
        archive.check_reaches(code)
    actor = services.person(person)
    finish_erasures(services)
    certify(services)
    busy, damaged = list[str](), list[DamagedError]()
    with lock(services.home, "renewal"):
        if workshops is None:
            rotate(services, person)
        renewal, done = _begin(services, places, workshops is None, actor)
        if home_too and LOG not in done:
            archive.renew_log_key(now=services.now())
            done[LOG] = _is_done(services, renewal, LOG, actor)
        for place in places:
            services.progress.stage(place.name, "renew", min(1.0, (len(done) + len(busy)) / len(places)))
            if place.name in done:
                continue
            try:
                with place.held(services):
                    done[place.name] = _renew(services, place, renewal, actor)
            except BusyError:
                busy.append(place.name)
            except DamagedError as error:  # the others are renewed all the same
                damaged.append(error)
        key = done.pop(LOG, None)
        records, keys = (sum(counts[number] for counts in done.values()) for number in (0, 1))
        if damaged:
            raise damaged[0]
        if busy:
            message = N_("{done} of {all} parts are renewed. Another process is at work on {where}: run the same "
                         "command again once it is done.")  # fmt: skip
            raise BusyError(message, place=busy[0], done=len(done), all=len(places), where=", ".join(busy))
        facts: Facts = {"renewal": renewal, "done": True, "records": records, "keys": keys}
        services.commit(Change(), Entry(KIND, actor=actor, facts=facts))
    return Renewed(len(places), records, keys, None if key is None else archive.log.key().text().strip())


def remove_and_renew(services: Services, name: str, person: str) -> Renewed | None:
    """Withdraw the passphrase of ``name`` (``machine``: of the home), and renew what it reached; see ``renew_for``.

    Cut short after the passphrase is gone, ``renew`` does the rest: nobody is asked to remove them twice.
    """
    subject = MACHINE if name == MACHINE else services.archive.person(name, register=False)
    removed = next((one for one in services.archive.keystore.openers() if one.id == subject), None)
    remove(services, name, person)
    return None if removed is None else renew_for(services, removed, person)


def renew_for(services: Services, removed: Opener, person: str) -> Renewed | None:
    """Renew what somebody reached whose passphrase was withdrawn; their compartments have new keys already.

    None for an auditor, who opened nothing but certificates.
    """
    return None if removed.role is Role.AUDITOR else renew(services, removed.workshops, person, home_too=True)


def _places(archive: Archive, workshops: Sequence[str] | None, home_too: bool) -> list[_Place]:
    catalog = archive.catalog
    codes = [row.code for row in catalog.workshops()] if workshops is None else list(dict.fromkeys(workshops))
    places = [_Place(HOME, None)] if home_too else []
    for code in codes:
        places.append(_Place(catalog.workshop(code).code, None))
        places += [_Place(code, session) for session in catalog.sessions(workshop=code)]
    return places


def _begin(services: Services, places: Sequence[_Place], whole: bool, actor: str) -> tuple[str, dict[str, Counts]]:
    """The renewal to go on with, and its places that are done (records, keys); a new one if none was cut short."""
    names = "\n".join(sorted({place.workshop for place in places}))
    selection = "all" if whole else hashlib.sha256(names.encode()).hexdigest()
    begun: str | None = None
    done: dict[str, Counts] = {}
    for entry in services.archive.log.entries(kind=KIND):
        facts = entry.facts
        if facts.get("selection") == selection:
            begun, done = str(facts["renewal"]), {}
        elif facts.get("renewal") == begun and "place" in facts:
            done[str(facts["place"])] = int(facts["records"] or 0), int(facts["keys"] or 0)
        elif facts.get("renewal") == begun and facts.get("done"):
            begun, done = None, {}
    if begun is None:
        begun = new_id("n")
        facts_of: Facts = {"renewal": begun, "selection": selection, "places": len(places)}
        services.commit(Change(), Entry(KIND, actor=actor, facts=facts_of))
    return begun, done


def _renew(services: Services, place: _Place, renewal: str, actor: str) -> Counts:
    """Under its lock: seal all of a place anew, destroy the keys it had; return how many records and keys."""
    archive = services.archive
    before = opened_at(archive, place.workshop, place.number)
    targets: dict[Scope, Scope] = {}
    old: list[str] = []
    while stale := [row for row in _standing(archive, place) if archive.scope_of(row) not in targets.values()]:
        for record in stale:
            old += _move(services, record, targets)
    archive.keystore.shred(before - set(targets.values()))
    for digest in old:
        archive.objects.discard(digest)
    return _is_done(services, renewal, place.name, actor, place.session_id, (len(old), len(before)))


def _is_done(
    services: Services,
    renewal: str,
    name: str,
    actor: str,
    session: str | None = None,
    counts: Counts = (0, 0),
) -> Counts:
    """Note that a place is renewed, with its records and keys."""
    facts: Facts = {"renewal": renewal, "place": name, "records": counts[0], "keys": counts[1]}
    services.commit(Change(), Entry(KIND, session=session, actor=actor, facts=facts))
    return counts


def _move(services: Services, record: RecordRow, targets: dict[Scope, Scope]) -> list[str]:
    """Seal one record under the epoch that follows its own; the digest of what it was, none if others changed it."""
    archive = services.archive
    current = archive.scope_of(record)
    if current not in targets:
        targets[current] = archive.next_scope(current.workshop, current.session, current.record_class)
    moved = reseal(archive, record, current, targets[current])
    facts: Facts = {"record": record.id}
    try:
        services.commit(Change(replace=((record, moved),)), Entry("resealed", session=record.session_id, facts=facts))
    except ConflictError:
        archive.objects.discard(moved.digest)
        return []
    return [record.digest]


def _standing(archive: Archive, place: _Place) -> list[RecordRow]:
    found = archive.catalog.records(session_id=place.session_id, workshop=place.workshop, life=None)
    return [row for row in found if row.session_id == place.session_id and row.life != RecordLife.DESTROYED]
