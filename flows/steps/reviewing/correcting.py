"""Corrections in the review: a person takes what is proposed, leaves it as it was heard, or gives the right form.

Rules kept here:
- corrections are decided under the numbers of ``review show``, as this person last read them; who decides has reviewed;
- once the text changes, the draft is made anew from the verbatim, with all that was ruled; passages that people freed
  or masked stay so where the text still says the same (anonymize/hearing/rulings.py). Whoever accepted before has
  accepted another text: it is accepted again, and clearances given to it no longer count;
- what is left as heard stays masked until it is freed: a misheard name still identifies;
- a form that a person gives may be given for one passage, or for every place where the same words stand;
- the log keeps counts and ids, and no form.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from anonymize.french.folding import tokens
from anonymize.hearing.rulings import kept_decisions
from flows.steps.drafting.draft import open_draft, open_seated, open_verbatim, seal_draft
from flows.steps.drafting.made import make
from flows.steps.drafting.vaults import SealedVaults
from flows.steps.holding import hold, hold_vault
from flows.steps.retention.holds import check_usable
from flows.steps.reviewing.numbering import LISTED, check_as_read, listing, occurrence
from flows.steps.reviewing.outcomes import Corrected
from flows.steps.reviewing.review import check_in_review
from flows.steps.sealing import Facts, Replacement, finish_erasures, stamp, versions
from infra.wiring import Services
from storage.commit import Change
from storage.log.entry import Entry
from storage.rows.walk import RecordRow, SessionRow
from vocabulary.choices import NAMED, CorrectionState, EntityType, Hearing, RecordClass, SessionState
from vocabulary.corrections import Correction, Ruling, corrected, corrected_at, heard_at
from vocabulary.draft import Draft
from vocabulary.errors import UsageError
from vocabulary.ids import SessionName
from vocabulary.messages import N_
from vocabulary.span import Stretch
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Transcript

LONGEST_FORM = 80
"""Characters of a form that a person gives, at most: it is a name, no sentence."""

_Rule = Callable[[Draft, Transcript, str, Ruling], tuple[Correction, ...]]


def take(services: Services, name: SessionName, numbers: Sequence[int], person: str) -> Corrected:
    """Apply the corrections of these numbers. StateError when the session is not in review, or numbered otherwise."""
    return _decide(services, name, person, _numbered(services, name, numbers), taken=True)


def leave(services: Services, name: SessionName, numbers: Sequence[int], person: str) -> Corrected:
    """Leave the corrections of these numbers as they were heard: masked, and never corrected again."""
    return _decide(services, name, person, _numbered(services, name, numbers), taken=False)


def give(services: Services, name: SessionName, passage: str, form: IdentifiedText, person: str) -> Corrected:
    """Give the right form of one passage, by its number or as TURN:START-END."""
    right = _form(form)

    def at_passage(made: Draft, verbatim: Transcript, actor: str, ruling: Ruling) -> tuple[Correction, ...]:
        session = services.archive.catalog.session(name)
        vault = SealedVaults(services).load(session.workshop)
        read = open_seated(services, session)
        place = occurrence(services, session, read.draft, read.transcript, vault, passage, actor)
        return _given(made, verbatim, [read.seating.heard(place)], right, ruling)

    return _decide(services, name, person, at_passage, taken=True)


def give_everywhere(
    services: Services, name: SessionName, heard: IdentifiedText, form: IdentifiedText, person: str
) -> Corrected:
    """Give the right form of some words wherever they stand in the session. UsageError when they stand nowhere."""
    right, sought = _form(form), [token.folded for token in tokens(heard.reveal())]

    def everywhere(made: Draft, verbatim: Transcript, actor: str, ruling: Ruling) -> tuple[Correction, ...]:
        del actor
        places = list(_places(corrected(verbatim, made.corrections), sought))
        if not places:
            raise UsageError(N_("These words stand nowhere in the session. Write them as `review show` shows them."))
        return _given(made, verbatim, places, right, ruling)

    return _decide(services, name, person, everywhere, taken=True)


def _decide(services: Services, name: SessionName, person: str, rule: _Rule, *, taken: bool) -> Corrected:
    archive = services.archive
    with hold(services, archive.catalog.session(name)) as session:
        check_in_review(name, SessionState(session.state))
        check_usable(services, session)
        with hold_vault(services, session.workshop, wait=True):
            actor, moment = services.person(person), stamp(services.now())
            before, verbatim = open_draft(services, session), open_verbatim(services, session)
            ruling = Ruling(taken, actor, moment)
            ruled = rule(before, verbatim, actor, ruling)
            decided = sum(one.ruling is ruling for one in ruled)
            remade = corrected(verbatim, ruled) != corrected(verbatim, before.corrections)
            made, added, replaced = replace(before, corrections=ruled), list[RecordRow](), list[Replacement]()
            if remade:
                made, added, replaced = _made_anew(services, session, before, ruled, verbatim)
            row = seal_draft(services, session, made, versions(services, session, RecordClass.DRAFT))
            given = [one for one in archive.catalog.clearances(session.id) if not one.void] if remade else []
            replaced += [(one, replace(one, void=True)) for one in given]
            if remade:
                replaced.append((session, replace(session, reviewed_at=None, changed_at=moment)))
            waiting = sum(one.state is CorrectionState.PROPOSED for one in made.corrections)
            facts: Facts = {
                "record": row.id,
                "act": "correct" if taken else "as_heard",
                "decided": decided,
                "uncorrected": waiting,
                "clearances": len(given),
            }
            entry = Entry("reviewed", session=session.id, actor=actor, facts=facts)
            services.commit(Change(add=(*added, row), replace=tuple(replaced)), entry)
        finish_erasures(services)
    return Corrected(name, decided, remade, waiting, len(given))


def _made_anew(
    services: Services, session: SessionRow, before: Draft, ruled: tuple[Correction, ...], verbatim: Transcript
) -> tuple[Draft, list[RecordRow], list[Replacement]]:
    """The draft of the text as it is now corrected, with what it adds to the vault."""
    vaults = SealedVaults(services)
    made = make(services, session, verbatim, vaults.load(session.workshop), replace(before, corrections=ruled))
    decisions = kept_decisions(before, made.draft.corrections, verbatim)
    draft = replace(made.draft, decisions=decisions, salts=before.salts)
    if not made.grown:
        return draft, [], []
    row, gone = vaults.seal(session.workshop, made.vault)
    return draft, [row], list(gone)


def _numbered(services: Services, name: SessionName, numbers: Sequence[int]) -> _Rule:
    """Rule the corrections of some numbers, as the person last read them."""

    def by_number(made: Draft, verbatim: Transcript, actor: str, ruling: Ruling) -> tuple[Correction, ...]:
        del verbatim
        unknown = [number for number in numbers if not 1 <= number <= len(made.corrections)]
        if unknown or not numbers:
            raise UsageError(
                N_("There is no correction {number} in session {session}: `huisclos review show` numbers those there "
                   "are."), place="--proposal", number=", ".join(map(str, unknown)) or "-", session=str(name),
            )  # fmt: skip
        check_as_read(services, services.archive.catalog.session(name), actor, LISTED, listing(made))
        return tuple(one.ruled(ruling) if number in numbers else one for number, one in enumerate(made.corrections, 1))

    return by_number


def _given(
    made: Draft, verbatim: Transcript, places: Sequence[Stretch], form: IdentifiedText, ruling: Ruling
) -> tuple[Correction, ...]:
    """The corrections of a draft with a form given at some places of the corrected text. It takes the place of any
    correction there, with what that one says beside the place: nobody asked for those words to go."""
    text = corrected(verbatim, made.corrections)
    given = []
    for at, within in _widened(made, places):
        wide = corrected_at(at, made.corrections)
        said, end = "", wide.start
        for place in within:
            said += text.turns[at.turn].text.reveal()[end : place.start] + form.reveal()
            end = place.end
        said += text.turns[at.turn].text.reveal()[end : wide.end]
        heard = IdentifiedText(verbatim.turns[at.turn].text.reveal()[at.start : at.end])
        label = _label(made, within[0])
        given.append(Correction(at, heard, IdentifiedText(said), label, Hearing.TYPED, 1.0, True, ruling))
    kept = [one for one in made.corrections if not any(_meets(one, other.stretch) for other in given)]
    return tuple(sorted([*kept, *given], key=lambda one: one.stretch))


def _widened(made: Draft, places: Sequence[Stretch]) -> list[tuple[Stretch, list[Stretch]]]:
    """Where places of the corrected text stand in the verbatim, with the whole of every correction they meet; those
    that meet the same ones together, in order."""
    groups: list[tuple[Stretch, list[Stretch]]] = []
    for place in places:
        at = heard_at(place, made.corrections)
        met = [at, *(one.stretch for one in made.corrections if not one.applied and _meets(one, at))]
        start, end = min(s.start for s in met), max(s.end for s in met)
        same = [group for group in groups if group[0].turn == at.turn and group[0].meets(start, end)]
        met += [stretch for stretch, _ in same]
        wide = Stretch(at.turn, min(s.start for s in met), max(s.end for s in met))
        within = sorted([place, *(other for _, others in same for other in others)])
        groups = [*(group for group in groups if group not in same), (wide, within)]
    return groups


def _meets(one: Correction, at: Stretch) -> bool:
    return one.stretch.turn == at.turn and one.stretch.meets(at.start, at.end)


def _label(made: Draft, place: Stretch) -> EntityType:
    """What a form that a person gave would name, if it were ever left as heard: what was found there, else a person."""
    found = [span.label for span in made.spans if span.turn == place.turn and place.meets(span.start, span.end)]
    return next((label for label in found if label in NAMED), EntityType.PERSON)


def _places(transcript: Transcript, sought: Sequence[str]) -> Sequence[Stretch]:
    places: list[Stretch] = []
    for number, turn in enumerate(transcript.turns):
        runs = tokens(turn.text.reveal())
        at = 0
        while sought and at + len(sought) <= len(runs):
            run = runs[at : at + len(sought)]
            if [token.folded for token in run] == list(sought):
                places.append(Stretch(number, run[0].start, run[-1].end))
                at += len(sought)
            else:
                at += 1
    return places


def _form(form: IdentifiedText) -> IdentifiedText:
    """A form without the spaces around it; UsageError when it is none."""
    text = " ".join(form.reveal().split())
    if not tokens(text) or len(text) > LONGEST_FORM or not text.isprintable():
        raise UsageError(N_("The right form is empty, or longer than a name ({count} characters). Write it again."),
                         count=LONGEST_FORM)  # fmt: skip
    return IdentifiedText(text)
