"""Somebody who is looked for in the talk: their spellings, whom of the vault they are, and where they are named.

Rules of the module:
1. What is typed points to a referent of the vault, or to an entry of a dossier, if all its words are in one of the
   forms, in any case and accents: "Quastelbach" is Solveig Quastelbach, and "Karim Quastelbach" is not.
2. A mention is what the draft linked to the referent, and every occurrence of a spelling by the one rule of
   anonymize/forms.py, which the egress guard uses: case, accents, spacing, spelled letters, sound.
3. An occurrence that the draft linked to somebody else is not a mention: two people bear the name, or a part of it. It
   is counted, so that a person can decide.
4. Nothing shows itself: no repr holds a form.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from anonymize.forms import PEOPLE, Forms
from anonymize.french.folding import sound, squash, tokens
from anonymize.timing import words_of
from anonymize.vault import Vault
from vocabulary.choices import EntityType
from vocabulary.dossier import Dossier, Participant
from vocabulary.span import Span, Stretch
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Turn


@dataclass(frozen=True, repr=False)
class Sought:
    """The spellings of somebody, and the ids of the referents of the vault they are."""

    forms: tuple[IdentifiedText, ...]
    referents: frozenset[str]
    kind: EntityType = EntityType.PERSON

    def __repr__(self) -> str:
        return f"Sought({len(self.forms)} forms, {len(self.referents)} referents)"

    def spelled(self, forms: Iterable[str]) -> "Sought":
        """With more spellings."""
        known = dict.fromkeys([*(form.reveal() for form in self.forms), *forms])
        return replace(self, forms=tuple(IdentifiedText(form) for form in known if squash(form)))

    def is_spelled(self, forms: Sequence[str]) -> bool:
        """Whether ``forms``, all of one person, are the vault's: every one, or one of several words."""
        known = {squash(form.reveal()) for form in self.forms}
        theirs = [form for form in forms if squash(form) in known]
        return bool(self.referents) and (len(theirs) == len(forms) or any(len(tokens(form)) > 1 for form in theirs))

    def matcher(self) -> Forms:
        """What finds the spellings in a text."""
        return Forms([(form.reveal(), "sought", self.kind) for form in self.forms])


@dataclass(frozen=True)
class Mentions:
    """Where somebody is named, in order, and how many occurrences of their name are somebody else's."""

    own: tuple[Stretch, ...]
    shared: tuple[Stretch, ...]


def points_to(typed: IdentifiedText, forms: Iterable[str]) -> bool:
    """Whether what was typed is one of ``forms``, or made of words of one (rule 1)."""
    words = {token.folded for token in tokens(typed.reveal())}
    if not words:
        return False
    sounds = {sound(word) for word in words if len(word) > 3}
    for form in forms:
        known = {token.folded for token in tokens(form)}
        if words <= known or squash(typed.reveal()) == squash(form):
            return True
        heard = {sound(word) for word in known if len(word) > 3}
        if sounds and {word for word in words if len(word) <= 3} <= known and sounds <= heard:
            return True
    return False


def sought_in(vault: Vault, typed: Sequence[IdentifiedText], code: str | None, *, speaks: bool) -> Sought:
    """Return whom the vault knows under what was typed, or under a code ("Jeune 3"), with all their spellings.

    ``speaks``: a participant is sought, or else somebody who is only spoken of. Where no dossier made a participant of
    whom was typed, an adult of that name is taken for one.
    """
    found = [
        one
        for one in vault.referents
        if one.kind in PEOPLE
        and (
            (code is not None and _bears(code, one.pseudonym, one.equivalent))
            or any(points_to(form, one.forms) for form in typed)
        )
    ]
    fitting = [one for one in found if one.is_participant == speaks]
    found = fitting or ([one for one in found if one.kind is not EntityType.YOUTH] if speaks else [])
    forms = dict.fromkeys([*(form.reveal() for form in typed), *(form for one in found for form in one.forms)])
    youth = any(one.kind is EntityType.YOUTH for one in found)
    return Sought(
        tuple(IdentifiedText(form) for form in forms if squash(form)),
        frozenset(one.id for one in found),
        EntityType.YOUTH if youth else EntityType.PERSON,
    )


def _bears(code: str, *names: str | None) -> bool:
    return squash(code) in {squash(name) for name in names if name is not None}


def mentions_of(texts: Sequence[str], spans: Sequence[Span], vault: Vault, sought: Sought, matcher: Forms) -> Mentions:
    """Return where ``texts``, one a turn, name whom is ``sought``; ``spans`` are the draft's, if there is one."""
    known = {one.id for one in vault.referents}
    own = {span.stretch for span in spans if span.cluster in sought.referents}
    shared: set[Stretch] = set()
    for turn, text in enumerate(texts):
        here = [span for span in spans if span.turn == turn]
        for found in matcher.find(text):
            place = Stretch(turn, found.start, found.end)
            met = [span for span in here if place.meets(span.start, span.end)]
            if any(span.cluster in sought.referents for span in met):
                own.add(place)
            elif (sought.referents or found.how != "form") and any(span.cluster in known for span in met):
                shared.add(place)
            else:
                own.add(place)
    return Mentions(tuple(sorted(own)), tuple(sorted(shared)))


def heard_only(turn: Turn, matcher: Forms) -> list[tuple[int, int]]:
    """Return the half-open ranges of the words of a turn that name the person where its corrected text does not."""
    text = turn.text.reveal()
    heard = " ".join(word.text.reveal() for word in turn.words)
    if heard == text:
        return []
    starts, position = list[int](), 0
    for word in turn.words:
        starts.append(position)
        position += len(word.text) + 1
    told = [words_of(turn, one.start, one.end) for one in matcher.find(text)]
    found = [(bisect_right(starts, one.start) - 1, bisect_left(starts, one.end)) for one in matcher.find(heard)]
    return [(first, last) for first, last in found if not any(first < end and last > start for start, end in told)]


def others_named(spans: Sequence[Span], vault: Vault, sought: Sought) -> tuple[Stretch, ...]:
    """Return the mentions of other people in a draft."""
    people = {one.id for one in vault.referents if one.kind in PEOPLE} - sought.referents
    return tuple(sorted(span.stretch for span in spans if span.cluster in people))


def codes_in(texts: Sequence[str], codes: Iterable[str]) -> tuple[Stretch, ...]:
    """Return where treated ``texts`` show one of ``codes`` ("Jeune 3" is not in "Jeune 31"), in order."""
    spelled = [
        r"\s+".join(map(re.escape, code.split())) for code in sorted(codes, key=len, reverse=True) if code.split()
    ]
    if not spelled:
        return ()
    pattern = re.compile(rf"(?<![^\W_])(?:{'|'.join(spelled)})(?![^\W_])", re.IGNORECASE)
    return tuple(Stretch(turn, *found.span()) for turn, text in enumerate(texts) for found in pattern.finditer(text))


def is_theirs(forms: Sequence[str], typed: Sequence[IdentifiedText], sought: Sought) -> bool:
    """Whether the names that stand together for one person, in a dossier or a proof of consent, are theirs."""
    return any(points_to(one, forms) for one in typed) or sought.is_spelled(forms)


def entries_of(
    dossier: Dossier, typed: Sequence[IdentifiedText], sought: Sought, *, speaks: bool
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the places of their entries in a dossier, from 0: among its participants, and among whom it names
    beforehand. Who does not speak is no participant."""
    participants = enumerate(dossier.participants) if speaks else ()
    people = tuple(place for place, one in participants if is_theirs(forms_of(one), typed, sought))
    known = enumerate(dossier.known)
    return people, tuple(place for place, one in known if one.kind in PEOPLE and is_theirs(one.forms, typed, sought))


def forms_of(person: Participant) -> tuple[str, ...]:
    """The names a dossier has for a participant."""
    return person.name, *person.also
