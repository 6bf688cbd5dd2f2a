"""The egress guard at work: over what is about to leave, and over all cleared text before a vault ends.

Rules kept here:
- what is searched is read back out of the rendered files, their properties and their names; names are looked for
  everywhere, and the detector reads the talk;
- what people freed is left out at the very characters it has in the file, and nowhere else;
- a refusal is logged before it is told, and says where, never what; the passages are shown on demand alone, to whoever
  can open the text and the vault, and the log keeps that they were;
- while the vault that knew the names is there, a text is searched each time something new is made of it. Before it is
  destroyed, all that is cleared is searched once in every format, as it may leave by then, and the log keeps the digest
  of what passed: after that, nothing else is made, not even with less in it;
- what does not pass keeps the vault while people can clear it anew, that is as long as its verbatim is there. After
  that nobody can mend it: it never leaves again, and the vault ends on its day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from anonymize.freeing import freed, passages
from anonymize.guard import Found, Hit, look, withhold, without_freed
from anonymize.vault import Vault
from flows.steps.arrival.dossiers import load
from flows.steps.drafting.draft import open_seated
from flows.steps.drafting.vaults import SealedVaults
from flows.steps.holding import hold
from flows.steps.leaving.origin import Origin
from flows.steps.leaving.outcomes import WithheldPassage
from flows.steps.retention.holds import check_usable
from flows.steps.rights.consents import Leaving, keep_voices, leaving
from flows.steps.sealing import Facts
from infra.wiring import Services
from returns.packet import Heading, Packet, compose, hide_freed
from returns.rendering import FORMATS, extract, render
from storage.commit import Change
from storage.log.entry import Entry
from storage.log.log import Log
from storage.rows.walk import RecordRow, SessionRow
from vocabulary.choices import Audience, RecordClass
from vocabulary.errors import StateError, WithheldError
from vocabulary.ids import SessionName
from vocabulary.messages import N_
from vocabulary.text import IdentifiedText
from vocabulary.transcript import TreatedTranscript

PASSED = "guard-passed"
WITHHELD = "withheld-by-guard"
_AROUND = 60
"""How many characters of a withheld passage's surroundings are shown, on each side."""


def packet_of(services: Services, session: SessionRow, leaves: Leaving, cleared: RecordRow) -> Packet:
    """What is rendered of a cleared text for those it may reach."""
    dossier = load(services, session)
    heading = Heading(
        workshop=session.workshop,
        number=session.number,
        date=dossier.date if dossier else None,
        audience=Audience(leaves.cleared.audience),
        edition=cleared.version,
        next_session=dossier.next_session if dossier else None,
    )
    return compose(leaves.cleared, heading, leaves.left_out)


def file_name(session: SessionRow, audience: Audience, form: str) -> str:
    """The name of a file in the outbox."""
    return f"{session.workshop}-{session.number}-{audience}.{form}"


@dataclass(frozen=True, repr=False)
class Texts:
    """What can be read out of rendered files, by place; ``talk`` is what the detector reads of it.

    What the same packet says without any talk (titles, rules, the workshop's code, the names of styles) is the
    program's and the steward's, not a mention: it is left out.
    """

    everywhere: Mapping[str, str]
    talk: Mapping[str, str]

    def find(self, services: Services, session: SessionRow, audience: Audience, vault: Vault) -> Found:
        """What must not leave, and what is only suspected."""
        profile = services.policy(session.workshop).profile(audience)
        names = look(self.everywhere, vault, profile, None).hits
        detected = look(self.talk, vault, profile, services.detector)
        return Found(tuple(sorted({*names, *detected.hits}, key=_order)), detected.warnings)


def _order(hit: Hit) -> tuple[str, int, int, str]:
    return hit.where, hit.start, hit.end, hit.reason


def read_back(session: SessionRow, packet: Packet, rendered: Mapping[str, bytes]) -> Texts:
    """Read the texts of every rendering, and the file names."""
    audience = packet.heading.audience
    bare = compose(TreatedTranscript(str(audience), ()), packet.heading)
    hidden = hide_freed(packet) if any(turn.freed for turn in packet.turns) else None
    places: dict[str, str] = {}
    for form, data in rendered.items():
        fixed = set(extract(form, render(bare, form)).values())
        found = extract(form, data)
        if hidden is not None:
            found = without_freed(found, extract(form, render(hidden, form)))
        for place, text in found.items():
            if text not in fixed:
                places.setdefault(text, f"{form}: {place}")
        places[file_name(session, audience, form).replace(session.workshop, "")] = f"{form}: file name"
    texts = {place: text.replace(session.workshop, " " * len(session.workshop)) for text, place in places.items()}
    talk = {place: text for place, text in texts.items() if ": lines " in place}
    whole = "\n".join(talk.values())  # a line of a longer turn is searched with its turn: "13-15 | ans" is no number
    talk |= {place: text for place, text in texts.items() if ": line " in place and text not in whole}
    return Texts(texts, talk)


def check(
    services: Services, session: SessionRow, packet: Packet, digest: str, rendered: Mapping[str, bytes], actor: str
) -> int:
    """Raise WithheldError unless everything rendered may leave; return how much of it is suspected only.

    Once the vault that knew the forms is destroyed, only what passed before it was is made again.
    """
    audience = packet.heading.audience
    vaults = SealedVaults(services)
    try:
        known = vaults.knows(session.workshop, _cleared(services, session, audience))
        if not known and not set(rendered) <= passed(services.archive.log, session, audience, digest):
            raise WithheldError(
                N_("The vault of {workshop} that knew the names of session {session} is destroyed: only what passed "
                   "the egress guard before can be given out."),
                workshop=session.workshop, session=str(session.name),
            )  # fmt: skip
        found = read_back(session, packet, rendered).find(services, session, audience, vaults.load(session.workshop))
        withhold(found.hits)
    except WithheldError:
        entry = Entry(WITHHELD, session=session.id, actor=actor, facts={"audience": str(audience)})
        services.commit(Change(), entry)
        raise
    return len(found.warnings)


def passed(log: Log, session: SessionRow, audience: Audience, digest: str) -> frozenset[str]:
    """The formats in which a text, as it leaves, passed the guard before the vault ended, as the log says."""
    formats: set[str] = set()
    for entry in log.entries():
        kind = entry.facts.get("carried") if entry.kind == "workshop-imported" else entry.kind
        if kind == PASSED and entry.session == session.id and (
            (entry.facts.get("audience"), entry.facts.get("digest")) == (str(audience), digest)
        ):  # fmt: skip
            formats |= set(str(entry.facts["formats"]).split(","))
    return frozenset(formats)


def pass_over(services: Services, workshop: str, vault: RecordRow, actor: str | None) -> list[RecordRow]:
    """Search all that is cleared in a workshop, for every audience and in every format; return what does not pass.

    The log keeps, of each text, its digest and the formats that passed, or that it was withheld.
    """
    archive = services.archive
    known = SealedVaults(services).load(workshop)
    failing: list[RecordRow] = []
    for cleared in archive.catalog.records(workshop=workshop, record_class=RecordClass.CLEARED):
        session, audience = archive.catalog.session_by_id(str(cleared.session_id)), Audience(str(cleared.audience))
        treated, salt = archive.objects.unseal_treated(archive.scope_of(cleared), archive.sealed_of(cleared))
        try:
            keep_voices(services, session)  # who spoke is found in the vault, and not again
            leaves = leaving(services, session, treated, last=True)
        except WithheldError:  # nothing of it may reach this audience, nor once the proof is gone: nothing to pass
            continue
        packet = packet_of(services, session, leaves, cleared)
        rendered = {form: render(packet, form) for form in sorted(FORMATS)}
        hits = read_back(session, packet, rendered).find(services, session, audience, known).hits
        facts: Facts = {"audience": str(audience), "cleared": cleared.id, "vault": vault.id}
        if hits:
            failing.append(cleared)
            facts["hits"] = len(hits)
        else:
            facts |= {"digest": leaves.digest(salt), "formats": ",".join(rendered)}
        entry = Entry(WITHHELD if hits else PASSED, session=session.id, actor=actor, facts=facts)
        services.commit(Change(), entry)
    return failing


def stopped_by(log: Log, live: Iterable[RecordRow]) -> dict[str, list[RecordRow]]:
    """What keeps each vault, by its record: the cleared texts of ``live`` that were withheld when it was to be
    destroyed, and can be cleared anew.

    Read from the log, without a passphrase. A text cleared anew is another record, and a vault that changed too.
    """
    records = list(live)
    standing = {record.id: record for record in mendable(records, records)}
    kept: dict[str, dict[str, RecordRow]] = {}
    for entry in log.entries():
        vault, cleared = entry.facts.get("vault"), entry.facts.get("cleared")
        if entry.kind == WITHHELD and isinstance(vault, str) and cleared in standing:
            kept.setdefault(vault, {})[str(cleared)] = standing[str(cleared)]
        elif entry.kind == PASSED and isinstance(vault, str):
            kept.get(vault, {}).pop(str(cleared), None)
    return {vault: list(records.values()) for vault, records in kept.items() if records}


def mendable(records: Iterable[RecordRow], live: Iterable[RecordRow]) -> list[RecordRow]:
    """The cleared texts among ``records`` that people can take back to review: ``live`` holds what was said."""
    said = {record.session_id for record in live if record.record_class == RecordClass.VERBATIM}
    return [one for one in records if one.record_class == RecordClass.CLEARED and one.session_id in said]


def withheld(services: Services, name: SessionName, audience: Audience, person: str) -> tuple[WithheldPassage, ...]:
    """What the guard withholds of a cleared text, for a person who can open it; logged as access.

    StateError when nothing is cleared for this audience.
    """
    archive = services.archive
    with hold(services, archive.catalog.session(name)) as session:
        check_usable(services, session)
        cleared = _cleared(services, session, audience)
        treated, _ = archive.objects.unseal_treated(archive.scope_of(cleared), archive.sealed_of(cleared))
        packet = packet_of(services, session, leaving(services, session, treated), cleared)
        texts = read_back(session, packet, {form: render(packet, form) for form in sorted(FORMATS)})
        vault = SealedVaults(services).load(session.workshop)
        hits = texts.find(services, session, audience, vault).hits
        facts: Facts = {"what": "withheld", "audience": str(audience), "hits": len(hits)}
        origin = _origin(services, session, packet)
        actor = services.person(person)
        services.commit(Change(), Entry("accessed", session=session.id, actor=actor, facts=facts))
    return tuple(_shown(hit, texts, origin) for hit in hits)


def _origin(services: Services, session: SessionRow, packet: Packet) -> Origin | None:
    """Where the words of a packet come from, while the verbatim and its draft are there."""
    try:
        read = open_seated(services, session)
    except StateError:
        return None
    vault = SealedVaults(services).load(session.workshop)
    talk, made = read.transcript, read.draft
    return Origin(talk, passages(talk, made, vault), freed(talk, made, vault), packet)


def _shown(hit: Hit, texts: Texts, origin: Origin | None) -> WithheldPassage:
    text = texts.everywhere[hit.where]
    return WithheldPassage(
        hit.where,
        hit.reason,
        IdentifiedText(text[max(0, hit.start - _AROUND) : hit.start]),
        IdentifiedText(text[hit.start : hit.end]),
        IdentifiedText(text[hit.end : hit.end + _AROUND]),
        None if origin is None else origin.of(hit.where, hit.start, hit.end),
    )


def _cleared(services: Services, session: SessionRow, audience: Audience) -> RecordRow:
    cleared = services.archive.catalog.latest(session.id, RecordClass.CLEARED, audience)
    if cleared is None:
        raise StateError(
            N_("Session {session} is not cleared for {audience}."), session=str(session.name), audience=audience
        )
    return cleared
