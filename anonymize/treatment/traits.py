"""Traits: what the vault keeps of a referent besides its forms, once a session is linked.

Rules of the module:
- A participant has the role and the kind of institution of the newest dossier that names them; one who only the talk
  introduces has an empty role.
- The gender of a person is that of the first name, or of the word of the role, or what titles, kinship and pronouns
  say in most mentions. Once known it stays.
- A place has the kind that its mentions show; what the dossier says of a place or an institution goes before.
- A youth who is new gets an offset for dates. One whom an earlier vault knew keeps what they had.
- Where the policy wants them, people spoken of whose first name is known get an equivalent one: never a name that
  occurs in the workshop, in a form of the vault, in the session's text or as another's pseudonym, by letters or by
  sound. It stays, unless a later session brings somebody who bears it: then another one is drawn.
- A pseudonym that the dossier chose is its own equivalent.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from anonymize.forms import PEOPLE, Forms, strip_article
from anonymize.french.folding import Token, sound, squash, tokens
from anonymize.french.lexicon import lexicon
from anonymize.linking.mentions import said_gender
from anonymize.naming.equivalents import equivalents, first_name_of
from anonymize.naming.families import is_feminine
from anonymize.naming.general import place_term
from anonymize.surfaces import titled
from anonymize.treatment.designations import heard_as
from anonymize.vault import Referent, Vault, drawn_weeks
from vocabulary.choices import EntityType
from vocabulary.dossier import Dossier
from vocabulary.span import Span

_HEARD = 4
"""Letters from which a word counts by its sound, as in anonymize/forms.py."""
_BEFORE = 40


def complete(
    linked: Vault,
    before: Vault,
    turns: Sequence[str],
    spans: Sequence[Span],
    *,
    dossier: Dossier | None = None,
    speakers: Sequence[str] = (),
    equivalent: bool = False,
) -> Vault:
    """Return the vault that linking made of ``before``, with the traits of its referents.

    ``spans`` are linked; ``speakers`` holds one label for each turn; ``equivalent``: whether an audience of the policy
    reads equivalent first names. The version is one on from ``before`` if anything changed.
    """
    old = {referent.id for referent in before.referents}
    introduced = set(heard_as(turns, speakers, spans, linked).values()) if speakers else set()
    genders = _said_genders(turns, spans)
    referents: list[Referent] = []
    for one in linked.referents:
        own = [span for span in spans if span.cluster == one.id]
        known = _participating(one, dossier, one.id in introduced)
        if known.kind in PEOPLE:
            known = replace(known, gender=known.gender or _gender(known, turns, own) or genders.get(known.id))
        else:
            known = replace(known, general=_general(known, turns, own, dossier))
        if known.kind is EntityType.YOUTH and known.id not in old:
            known = replace(known, shift_weeks=drawn_weeks() if known.shift_weeks is None else known.shift_weeks)
        referents.append(known)
    changed = replace(linked, referents=tuple(referents))
    changed = _with_equivalents(changed, turns, spans, draw=equivalent)
    if changed == linked:
        return linked
    return replace(changed, version=before.version + 1)


def _participating(one: Referent, dossier: Dossier | None, introduced: bool) -> Referent:
    if one.kind is not EntityType.PERSON:
        return one
    letters = {squash(form) for form in one.forms}
    for person in dossier.participants if dossier is not None else ():
        if squash(person.name) in letters:
            return replace(one, role=person.role, institution=person.institution)
    return replace(one, role="") if introduced and one.role is None else one


def _first_name(one: Referent, turns: Sequence[str], own: Sequence[Span]) -> str | None:
    after_title = bool(own) and all(titled(turns[span.turn], span) for span in own)
    return first_name_of(one.forms, one.kind, after_title)


def _gender(one: Referent, turns: Sequence[str], own: Sequence[Span]) -> str | None:
    if one.role and is_feminine(one.role):
        return "f"
    name = _first_name(one, turns, own)
    return equivalents().gender(name) if name is not None else None


def _said_genders(turns: Sequence[str], spans: Sequence[Span]) -> dict[str, str]:
    """Return what titles, kinship and pronouns say of each person, where most of them agree."""
    said: dict[str, list[str]] = {}
    for span in spans:
        gender = said_gender(turns[span.turn], span) if span.label in PEOPLE else ""
        if gender and span.cluster is not None:
            said.setdefault(span.cluster, []).append(gender)
    return {
        one: "f" if 2 * votes.count("f") > len(votes) else "m"
        for one, votes in said.items()
        if 2 * votes.count("f") != len(votes)
    }


def _general(one: Referent, turns: Sequence[str], own: Sequence[Span], dossier: Dossier | None) -> str | None:
    letters = {squash(strip_article(form)[0]) for form in one.forms}
    for item in dossier.known if dossier is not None else ():
        same = item.kind is one.kind and letters & {squash(strip_article(form)[0]) for form in item.forms}
        if same and item.general is not None:
            return item.general
    if one.general is not None or one.kind is not EntityType.PLACE:
        return one.general
    return place_term(one.forms, (turns[span.turn][max(0, span.start - _BEFORE) : span.start] for span in own))


def _with_equivalents(vault: Vault, turns: Sequence[str], spans: Sequence[Span], *, draw: bool) -> Vault:
    """Return the vault with a first name for whoever wants one, and another for whoever's is borne by somebody."""
    if not draw and all(one.equivalent is None for one in vault.referents):
        return vault
    occurs = _occurring(vault, turns)
    given = [one.equivalent for one in vault.referents if one.equivalent is not None]
    referents: list[Referent] = []
    for one in vault.referents:
        chosen = re.search(r" \d+$", one.pseudonym) is None
        if one.kind not in PEOPLE or one.is_participant or chosen:
            referents.append(replace(one, equivalent=None))
            continue
        if one.equivalent is not None and not occurs(one.equivalent):
            referents.append(one)
            continue
        own = [span for span in spans if span.cluster == one.id]
        name = _first_name(one, turns, own)
        fresh = None
        if draw and name is not None and one.gender is not None:
            fresh = equivalents().draw(one.kind, one.gender, equivalents().origin(name), _beside(occurs, given))
        if fresh is not None:
            given.append(fresh)
        referents.append(replace(one, equivalent=fresh))
    return replace(vault, referents=tuple(referents))


def _occurring(vault: Vault, turns: Sequence[str]) -> Callable[[str], bool]:
    """Return whether a name occurs in the workshop: in a form, in the text, or in a chosen pseudonym."""
    forms = Forms(vault.forms())
    said = [token for text in (*turns, *(form for form, _, _ in vault.forms())) for token in tokens(text)]
    said += [token for one in vault.referents for token in tokens(one.pseudonym)]
    letters = {token.folded for token in said}
    sounds = {sound(token.folded) for token in said if _by_sound(token)}

    def occurs(name: str) -> bool:
        parts = tokens(name)
        if squash(name) in letters or any(part.folded in letters for part in parts) or forms.find(name):
            return True
        return any(_by_sound(part) and sound(part.folded) in sounds for part in parts)

    return occurs


def _by_sound(token: Token) -> bool:
    return len(token.folded) >= _HEARD and not lexicon().ordinary(token.folded)


def _beside(occurs: Callable[[str], bool], given: Sequence[str]) -> Callable[[str], bool]:
    """Return whether a name occurs, or is or sounds like one that was given already."""
    held = {sound(squash(name)) for name in given}
    return lambda name: occurs(name) or sound(squash(name)) in held
