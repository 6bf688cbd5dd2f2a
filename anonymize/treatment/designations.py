"""Designations: what one audience reads for each referent, and for each speaker.

Rules of the module:
1. A youth and a person spoken of have their code, or their equivalent first name where the profile wants one and the
   vault has one. Places and institutions have their code.
2. A participant is designated alike as a speaker and in talk, by ``speakers`` of the profile: ``role`` gives the code
   with its function ("Éducatrice 1"), ``family`` the family ("Professionnelle de l'éducation 1"), ``code`` the voice
   ("Voix 2"), or "Participant 3" for one who is named and not known to speak in the session. Their function is what
   matters, so they get no equivalent first name.
3. Outside the group, a function or a kind of institution held by too few gives way to its family
   (anonymize/naming/families.py), wherever it would be shown.
4. A speaker is a participant only where the talk itself says so and nothing says otherwise: somebody introduces
   themselves. A speaker who is not known is "Voix n".
5. Members of a family are numbered in the order of the vault, so that a number holds from one session to the next.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from anonymize.french.folding import squash
from anonymize.linking.speakers import named_speakers
from anonymize.naming.families import (
    INSTITUTIONS,
    family_of,
    family_term,
    profession_of,
    rare_institutions,
    rare_professions,
)
from anonymize.vault import Referent, Vault
from vocabulary.choices import EntityType, Tier
from vocabulary.profile import EQUIVALENT, Profile
from vocabulary.span import Span

SURE = 3.0
"""Weight from which a speaker goes by a name (anonymize/linking/speakers.py): an introduction, or as much as that."""


@dataclass(frozen=True, repr=False)
class Designations:
    """What is read for a referent (by id), where it is not the code, and for a speaker (by label)."""

    names: Mapping[str, str] = field(default_factory=dict)
    speakers: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Designations({len(self.names)} referents, {len(self.speakers)} speakers)"


def designate(
    turns: Sequence[str], speakers: Sequence[str], spans: Sequence[Span], vault: Vault, profile: Profile, fewest: int
) -> Designations:
    """Return the designations of one session for the audience of ``profile``.

    ``speakers`` holds one label for each turn; ``fewest`` is the policy's ``thresholds.attribute``.
    """
    voices = {label: f"Voix {number}" for number, label in enumerate(dict.fromkeys(speakers), 1)}
    heard = heard_as(turns, speakers, spans, vault)
    labels = {referent: label for label, referent in heard.items()}
    participants = [referent for referent in vault.referents if referent.is_participant]
    few = rare_professions(participants, profile.audience, fewest)
    families = _people_codes(participants)
    names: dict[str, str] = {}
    for rank, one in enumerate(participants, 1):
        names[one.id] = one.pseudonym
        if profile.speakers == "code":
            neutral = "Participante" if one.gender == "f" else "Participant"
            names[one.id] = voices[labels[one.id]] if one.id in labels else f"{neutral} {rank}"
        elif profile.speakers == "family" or profession_of(one.role or "") in few:
            names[one.id] = families[one.id]
    kinds = rare_institutions(participants, profile.audience, fewest)
    for referent_id, (stem, code) in _institution_codes(vault.referents).items():
        if stem in kinds:
            names[referent_id] = code
    if profile.pseudonyms == EQUIVALENT:
        spoken_of = (one for one in vault.referents if not one.is_participant)
        names |= {one.id: one.equivalent for one in spoken_of if one.equivalent is not None}
    known = {referent.id: referent for referent in vault.referents}
    read = {label: names.get(one, known[one].pseudonym) for label, one in heard.items()}
    return Designations(names, voices | read)


def heard_as(turns: Sequence[str], speakers: Sequence[str], spans: Sequence[Span], vault: Vault) -> dict[str, str]:
    """Return the participant (id of the referent) whom each speaker surely is; nobody for the others."""
    adults = {referent.id for referent in vault.referents if referent.kind is EntityType.PERSON}
    people = [span for span in spans if span.cluster in adults and span.tier is Tier.SURE]
    bearers: dict[str, set[str]] = {}
    for span in people:
        bearers.setdefault(squash(turns[span.turn][span.start : span.end]), set()).add(span.cluster or "")
    pairs = {
        (speaker, next(iter(bearers[name])))
        for name, (speaker, weight) in named_speakers(turns, speakers, people).items()
        if weight >= SURE and len(bearers.get(name, ())) == 1
    }
    by_speaker, by_person = Counter(one for one, _ in pairs), Counter(one for _, one in pairs)
    return {speaker: one for speaker, one in sorted(pairs) if by_speaker[speaker] == by_person[one] == 1}


def own_names(referents: Sequence[Referent]) -> frozenset[str]:
    """Return every designation of the workshop, for any audience: what the egress guard takes for its own."""
    names = {referent.pseudonym for referent in referents}
    names |= {referent.equivalent for referent in referents if referent.equivalent is not None}
    names |= set(_people_codes([one for one in referents if one.is_participant]).values())
    return frozenset(names | {code for _, code in _institution_codes(referents).values()})


def _people_codes(participants: Sequence[Referent]) -> dict[str, str]:
    """Return the code of each participant within their family."""
    numbers: Counter[str | None] = Counter()
    codes: dict[str, str] = {}
    for one in participants:
        family = family_of(one.role or "", one.institution)
        numbers[family] += 1
        codes[one.id] = f"{family_term(family, one.gender)} {numbers[family]}"
    return codes


def _institution_codes(referents: Sequence[Referent]) -> dict[str, tuple[str, str]]:
    """Return the stem of the code of each institution, and its code within its family."""
    numbers: Counter[str] = Counter()
    codes: dict[str, tuple[str, str]] = {}
    for one in referents:
        stem = one.pseudonym.rstrip("0123456789 ")
        if one.kind is EntityType.INSTITUTION and stem in INSTITUTIONS and stem != one.pseudonym:
            family = INSTITUTIONS[stem]
            numbers[family] += 1
            codes[one.id] = (stem, f"{family} {numbers[family]}")
    return codes
