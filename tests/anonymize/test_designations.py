"""Who reads what for whom: participants, their voices, and attributes that too few share."""

import dataclasses

import pytest
from tests_support_anonymize import draft_of, transcript_of

from anonymize.guard import protect, search
from anonymize.naming.families import agreed, family_of, family_term, kind_of_institution, profession_of
from anonymize.naming.general import place_term
from anonymize.treatment.designations import designate, heard_as, own_names
from anonymize.treatment.traits import complete
from anonymize.treatment.treat import treat
from anonymize.vault import Referent, Vault
from vocabulary.choices import Audience, EntityType, Operator, Tier
from vocabulary.dossier import Dossier, Known, Participant
from vocabulary.profile import Profile
from vocabulary.span import Span

YOUTH, PERSON, PLACE, INSTITUTION = (
    EntityType.YOUTH, EntityType.PERSON, EntityType.PLACE, EntityType.INSTITUTION,
)  # fmt: skip


def participant(number: int, name: str, code: str, role: str, institution: str, gender: str = "m") -> Referent:
    return Referent(f"v-{number}", PERSON, (name,), code, gender=gender, role=role, institution=institution)


WORKSHOP = Vault(
    1,
    (
        participant(1, "Samir", "Éducateur 1", "éducateur de rue", "association"),
        participant(2, "Nadège", "Éducatrice 1", "éducatrice", "association", "f"),
        participant(3, "Farid", "Éducateur 2", "éducateur PJJ", "association"),
        participant(4, "Odile", "Juge 1", "juge des enfants", "tribunal", "f"),
        participant(5, "Marc", "CPE 1", "CPE", "collège"),
        Referent("v-6", INSTITUTION, ("collège Renoir",), "Collège 1"),
        Referent("v-7", INSTITUTION, ("association Racines",), "Association 1"),
        Referent("v-8", INSTITUTION, ("lycée Diderot",), "Lycée 1"),
        Referent("v-9", YOUTH, ("Amine",), "Jeune 1"),
    ),
)
TURNS = ["Moi c'est Samir, je suis éducateur de rue.", "Samir, tu connais Odile, et le collège Renoir ?"]
LABELS = ["S1", "S2"]


def spans_in(turns: list[str]) -> list[Span]:
    return sorted(
        Span(turn, text.index(form), text.index(form) + len(form), one.kind, cluster=one.id)
        for turn, text in enumerate(turns)
        for one in WORKSHOP.referents
        for form in one.forms
        if form in text
    )


def profile_for(base: Profile, audience: Audience, speakers: str) -> Profile:
    return Profile(audience, base.operators, speakers)


def read(profile: Profile, fewest: int = 3, turns: list[str] = TURNS) -> list[tuple[str | None, str]]:
    """Speaker and text of each turn for one audience."""
    labels = [f"S{index % 3 + 1}" for index in range(len(turns))]
    shown = designate(turns, labels, spans_in(turns), WORKSHOP, profile, fewest)
    result = treat(transcript_of(turns), draft_of(spans_in(turns)), WORKSHOP, profile, shown.speakers, shown.names)
    assert search({str(i): t.text.reveal() for i, t in enumerate(result.turns)}, WORKSHOP, profile, None) == []
    return [(turn.speaker, turn.text.reveal()) for turn in result.turns]


def test_a_speaker_who_introduces_themselves_and_their_mentions_have_one_code(group_profile: Profile) -> None:
    """The label of the turns and the name in talk are the participant's code; the others are voices."""
    assert read(profile_for(group_profile, Audience.GROUP, "role")) == [
        ("Éducateur 1", "Moi c'est Éducateur 1, je suis éducateur de rue."),
        ("Voix 2", "Éducateur 1, tu connais Juge 1, et le Collège 1 ?"),
    ]


def test_family_designates_speakers_and_mentions_alike(group_profile: Profile) -> None:
    """With ``speakers: family`` a participant is one of a family, as a speaker and in talk, in their gender."""
    assert read(profile_for(group_profile, Audience.GROUP, "family")) == [
        ("Professionnel du travail social 1", "Moi c'est Professionnel du travail social 1, je suis éducateur de rue."),
        ("Voix 2", "Professionnel du travail social 1, tu connais Professionnelle de la justice 2, et le Collège 1 ?"),
    ]


def test_code_designates_by_voice_only(group_profile: Profile) -> None:
    """With ``speakers: code`` no function is shown; one who is not known to speak is a participant."""
    assert read(profile_for(group_profile, Audience.PUBLIC, "code")) == [
        ("Voix 1", "Moi c'est Voix 1, je suis éducateur de rue."),
        ("Voix 2", "Voix 1, tu connais Participante 4, et l'Établissement scolaire 1 ?"),
    ]


def test_outside_the_group_what_too_few_hold_becomes_its_family(group_profile: Profile) -> None:
    """Three educators stay educators, one judge is a professional of justice, one college a school."""
    assert read(profile_for(group_profile, Audience.RESEARCH, "role")) == [
        ("Éducateur 1", "Moi c'est Éducateur 1, je suis éducateur de rue."),
        ("Voix 2", "Éducateur 1, tu connais Professionnelle de la justice 2, et l'Établissement scolaire 1 ?"),
    ]
    many = read(profile_for(group_profile, Audience.RESEARCH, "role"), fewest=4)
    assert many[0][0] == "Professionnel du travail social 1"
    assert read(profile_for(group_profile, Audience.RESEARCH, "role"), fewest=1)[1][1].startswith("Éducateur 1, tu con")


def test_a_kind_of_institution_that_no_participant_works_in_stays(group_profile: Profile) -> None:
    """The threshold is about participants: three work in an association, none in a lycée."""
    names = designate([], [], [], WORKSHOP, profile_for(group_profile, Audience.RESEARCH, "role"), 3).names
    assert "v-7" not in names and "v-8" not in names
    assert names["v-6"] == "Établissement scolaire 1"


def test_a_rare_kind_generalises_to_its_family_too(group_profile: Profile) -> None:
    """Where institutions are generalised, "un collège" would show the same thing."""
    general = Profile(Audience.PUBLIC, {**group_profile.operators, INSTITUTION: Operator.GENERALIZE}, "code")
    assert (
        read(general, turns=["Du collège Renoir au lycée Diderot."])[0][1] == "D'un établissement scolaire à un lycée."
    )


def test_every_designation_is_the_workshops_own(group_profile: Profile) -> None:
    """The egress guard knows codes and families of all audiences, and never hits them."""
    for speakers in ("role", "family"):
        for audience in Audience:
            shown = designate(
                TURNS, LABELS, spans_in(TURNS), WORKSHOP, profile_for(group_profile, audience, speakers), 3
            )
            assert set(shown.names.values()) <= own_names(WORKSHOP.referents)
    vault = dataclasses.replace(WORKSHOP, referents=(*WORKSHOP.referents, Referent("v-x", PERSON, ("Justice",), "A 1")))
    assert "ustice" not in protect("Professionnelle de la justice 2 est là", vault)


@pytest.mark.parametrize(
    "turns",
    [
        ["Samir est passé.", "Oui."],
        ["Moi c'est Samir.", "Moi c'est Samir."],
        ["Moi c'est Samir. Moi c'est Farid.", "Bien."],
    ],
)
def test_nobody_is_a_speaker_without_certainty(turns: list[str]) -> None:
    """Talk of somebody, one name of two speakers, or two names of one speaker make nobody's voice."""
    assert heard_as(turns, LABELS, spans_in(turns), WORKSHOP) == {}


def test_a_youth_or_a_doubtful_mention_is_no_speaker() -> None:
    """Only sure mentions of other people can say who speaks."""
    turns = ["Moi c'est Amine.", "Moi c'est Nadège."]
    doubtful = [dataclasses.replace(span, tier=Tier.RESIDUAL) for span in spans_in(turns)]
    assert heard_as(turns, LABELS, doubtful, WORKSHOP) == {}
    assert heard_as(turns, LABELS, spans_in(turns), WORKSHOP) == {"S2": "v-2"}


@pytest.mark.parametrize(
    ("role", "institution", "family"),
    [
        ("éducateur de prévention", "association", "du travail social"),
        ("éducatrice PJJ", "ministère", "de la justice"),
        ("assistante sociale", "collège", "du travail social"),
        ("CPE", "collège", "de l'éducation"),
        ("conseillère principale d'éducation", "collège", "de l'éducation"),
        ("professeure de français", "lycée", "de l'éducation"),
        ("juge des enfants", "tribunal", "de la justice"),
        ("infirmière scolaire", "collège", "de la santé"),
        ("psychologue", "association", "de la santé"),
        ("conseiller", "mission locale", "de l'insertion"),
        ("médiatrice", "association", "de la médiation"),
        ("animateur sportif", "centre social", "de l'animation"),
        ("sociologue", "laboratoire", "de la recherche"),
        ("chef de service", "protection judiciaire", "de la justice"),
        ("policier", "commissariat", "de la sécurité"),
        ("bénévole", "paroisse", None),
    ],
)
def test_each_profession_has_its_family(role: str, institution: str, family: str | None) -> None:
    """The role decides, then the institution; what no row knows has no family."""
    assert family_of(role, institution) == family


def test_an_unknown_profession_is_a_professional() -> None:
    """No family, no more words; the gender is kept."""
    assert family_term(None, None) == "Professionnel"
    assert family_term(None, "f") == "Professionnelle"
    assert family_term("de la santé", "f") == "Professionnelle de la santé"


def test_one_profession_has_two_genders() -> None:
    """Both genders of a profession are counted as one."""
    for one, other in (("éducateur", "éducatrice PJJ"), ("infirmier", "Infirmière"), ("conseillère", "conseiller"),
                       ("surveillant", "surveillante"), ("médiateur", "Médiatrice"), ("chercheuse", "chercheur"),
                       ("juge", "juge des enfants")):  # fmt: skip
        assert profession_of(one) == profession_of(other)


@pytest.mark.parametrize(
    ("function", "gender", "expected"),
    [
        ("Éducateur", "f", "Éducatrice"),
        ("Éducateur", "m", "Éducateur"),
        ("Éducateur", None, "Éducateur"),
        ("Éducatrice", "m", "Éducatrice"),
        ("Conseiller", "f", "Conseillère"),
        ("Chercheur", "f", "Chercheuse"),
        ("Surveillant", "f", "Surveillante"),
        ("Psychologue", "f", "Psychologue"),
        ("Infirmier", "f", "Infirmière"),
        ("CPE", "f", "CPE"),
        ("Médecin", "f", "Médecin"),
    ],
)
def test_a_function_agrees_with_who_holds_it(function: str, gender: str | None, expected: str) -> None:
    """A masculine word of a woman is put in the feminine; the dossier's own feminine stays."""
    assert agreed(function, gender) == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [("collège", "Collège"), ("association de prévention", "Association"), ("laboratoire", None), (None, None)],
)
def test_kinds_of_institution_are_read(text: str | None, kind: str | None) -> None:
    """The kind a participant works in is the stem that a code would show."""
    assert kind_of_institution(text) == kind


@pytest.mark.parametrize(
    ("forms", "before", "term"),
    [
        (("cité des Genêts",), (), "une cité"),
        (("14 traverse du Puits",), (), "une rue"),
        (("tour B",), (), "une tour"),
        (("Genêts",), ("il vit à la cité des ",), "une cité"),
        (("Genêts",), ("il vit aux ", "dans le quartier des "), "un quartier"),
        (("Genêts",), ("il vit aux ",), None),
        (("Aubagne",), (), "une ville"),
        (("l'Algérie",), (), "un pays"),
        (("le 93",), (), "un département"),
        (("Genêts",), ("un éducateur du club des ",), None),
    ],
)
def test_a_place_is_of_the_kind_its_mentions_show(
    forms: tuple[str, ...], before: tuple[str, ...], term: str | None
) -> None:
    """The noun in the name, then the noun before it, then the lists."""
    assert place_term(forms, before) == term


def test_the_dossier_says_what_a_place_is_and_who_takes_part() -> None:
    """Its general text and its roles go into the vault, before what the talk shows."""
    vault = Vault(1, (Referent("v-1", PLACE, ("cité des Genêts", "Genêts"), "Lieu 1"),
                      Referent("v-2", PERSON, ("Odile Roux",), "Éducatrice 1")))  # fmt: skip
    dossier = Dossier(
        1,
        participants=(Participant("Odile Roux", "éducatrice", "association", frozenset()),),
        known=(Known(PLACE, ("Genêts",), general="une cité du nord"),),
    )
    place, person = complete(vault, vault, [], [], dossier=dossier).referents
    assert place.general == "une cité du nord"
    assert (person.role, person.institution, person.gender) == ("éducatrice", "association", "f")


def test_who_introduces_themselves_takes_part_without_a_dossier() -> None:
    """A speaker whom only the talk introduces is a participant of an unknown profession."""
    vault = Vault(1, (Referent("v-1", PERSON, ("Nadège",), "Adulte 1"),))
    turns = ["Moi c'est Nadège.", "Bonjour."]
    spans = [Span(0, 10, 16, PERSON, cluster="v-1")]
    after = complete(vault, vault, turns, spans, speakers=["S1", "S2"])
    assert (after.referents[0].role, after.referents[0].gender, after.version) == ("", "f", 2)


def test_a_masked_person_is_masked_in_talk_whatever_the_label(group_profile: Profile) -> None:
    """The operator of PERSON decides in talk; the label of a speaker is no mention."""
    masked = Profile(Audience.RESEARCH, {**group_profile.operators, PERSON: Operator.REDACT}, "family")
    assert read(masked)[0] == ("Professionnel du travail social 1", "Moi c'est [nom], je suis éducateur de rue.")
