"""Equivalent first names: of one kind with the original, in nobody's mouth, and stable."""

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests_support_anonymize import draft_of, transcript_of

import anonymize
from anonymize.forms import Forms
from anonymize.french.folding import sound, squash, tokens
from anonymize.french.lexicon import lexicon
from anonymize.guard import search
from anonymize.linking.link import link
from anonymize.naming.equivalents import Group, equivalents, first_name_of, trained
from anonymize.treatment.designations import designate, own_names
from anonymize.treatment.traits import complete
from anonymize.treatment.treat import treat
from anonymize.vault import Referent, Vault, known_from
from vocabulary.choices import Audience, EntityType
from vocabulary.dossier import Dossier, Participant
from vocabulary.profile import Profile
from vocabulary.span import Span

YOUTH, PERSON = EntityType.YOUTH, EntityType.PERSON
LIST = (Path(anonymize.__file__ or "").parent / "data" / "equivalents.txt").read_text(encoding="utf-8")


def test_the_list_covers_every_group() -> None:
    """Each kind of origin has both genders and both cohorts, at least fifteen names each; a thousand in all."""
    drawn = {group: names for group, names in equivalents().groups.items() if group.cohort != "placed"}
    origins = {group.origin for group in drawn}
    assert len(origins) == 13
    for origin in origins:
        for cohort in ("youth", "adult"):
            for gender in ("m", "f"):
                assert len(drawn[Group(cohort, gender, origin)]) >= 15, (cohort, gender, origin)
    assert sum(map(len, drawn.values())) > 1000


def test_no_name_of_the_list_could_be_taken_for_something_else() -> None:
    """None is an ordinary word or a commune, is borne by both genders, or stands under two kinds of origin."""
    kinds: dict[str, set[tuple[str, str]]] = {}
    for group, names in equivalents().groups.items():
        for name in names:
            kinds.setdefault(squash(name), set()).add((group.gender, group.origin))
            if group.cohort != "placed":
                assert not lexicon().ordinary(squash(name)), name
                assert squash(name) not in lexicon().places, name
                assert all(len(token.folded) > 1 for token in tokens(name)), name
                assert len(kinds[squash(name)]) == 1, name


@pytest.mark.parametrize(
    ("name", "gender", "origin"),
    [
        ("Karim", "m", "maghrébine"),
        ("Nolwenn", "f", "régionale"),
        ("Abdelmalik", "m", "maghrébine"),
        ("Oumayma", "f", "maghrébine"),
        ("Cengizhan", "m", "turque-kurde"),
        ("Thibaud", "m", "française"),
        ("Jean-Pierre", "m", "française"),
        ("Donovan", "m", "anglophone"),
        ("Camille", None, "française"),
    ],
)
def test_a_name_is_placed_in_its_group(name: str, gender: str | None, origin: str) -> None:
    """A listed name stands where it is listed; another one is placed by INSEE's gender and by its spelling."""
    assert equivalents().gender(name) == gender
    if gender is not None:
        assert equivalents().origin(name) == origin


def test_spelling_tells_the_kind_of_origin_of_every_other_name() -> None:
    """Names left out in tenths find their kind more than once in two; thirteen kinds by chance, once in thirteen."""
    listed = sorted(equivalents().listed.items())
    found = 0
    for tenth in range(10):
        kept = {name: group for place, (name, group) in enumerate(listed) if place % 10 != tenth}
        model = trained({}, kept)
        found += sum(model.origin(name) == origin for name, (_, origin) in listed[tenth::10])
    assert found / len(listed) > 0.5


@pytest.mark.parametrize(
    ("forms", "kind", "titled", "expected"),
    [
        (("Yacine Meziane", "Yaya"), YOUTH, False, "Yacine"),
        (("le Gros",), YOUTH, False, None),
        (("Fennec",), YOUTH, False, None),
        (("Rose",), YOUTH, False, "Rose"),
        (("Quilichini",), PERSON, False, None),
        (("Martin",), PERSON, True, None),
        (("Madame Vasseur",), PERSON, False, None),
        (("Madame Vasseur", "Hélène"), PERSON, False, "Hélène"),
    ],
)
def test_only_a_first_name_has_an_equivalent(
    forms: tuple[str, ...], kind: EntityType, titled: bool, expected: str | None
) -> None:
    """Nicknames, lone surnames and names after a title have none, and keep their code."""
    assert first_name_of(forms, kind, titled) == expected


def met(turns: list[str], names: list[tuple[str, EntityType]], before: Vault | None = None, **traits: object) -> Vault:
    """The vault after a session in which ``names`` were found."""
    start = before or Vault.empty()
    spans, vault = link(turns, spans_over(turns, names), known_from(None, start), start)
    return complete(vault, start, turns, spans, equivalent=True, **traits)  # type: ignore[arg-type]


def spans_over(turns: list[str], names: list[tuple[str, EntityType]]) -> list[Span]:
    found = [
        Span(turn, text.index(name), text.index(name) + len(name), label)
        for turn, text in enumerate(turns)
        for name, label in names
        if name in text
    ]
    return sorted(found)


def by_pseudonym(vault: Vault) -> dict[str, Referent]:
    return {referent.pseudonym: referent for referent in vault.referents}


def test_an_equivalent_is_of_the_same_gender_cohort_and_origin() -> None:
    """Each person gets another first name of their own group."""
    people = (
        Referent("v-1", YOUTH, ("Amine Roux",), "Jeune 1"),
        Referent("v-2", YOUTH, ("Fatoumata",), "Jeune 2"),
        Referent("v-3", PERSON, ("Nathalie",), "Adulte 1"),
    )
    found = by_pseudonym(complete(Vault(1, people), Vault(1, people), [], [], equivalent=True))
    groups = equivalents().groups
    assert found["Jeune 1"].equivalent in groups[Group("youth", "m", "maghrébine")]
    assert found["Jeune 2"].equivalent in groups[Group("youth", "f", "subsaharienne")]
    assert found["Adulte 1"].equivalent in groups[Group("adult", "f", "française")]


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(equivalents().groups[Group("youth", "m", "maghrébine")]), max_size=24))
def test_no_equivalent_occurs_in_the_workshop(said: set[str]) -> None:
    """Whatever first names are said, detected or not, the one drawn is none of them, by letters or by sound."""
    turns = ["Amine est venu.", "On a parlé de " + ", ".join(sorted(said)) + "."]
    vault = met(turns, [("Amine", YOUTH)])
    drawn = vault.referents[0].equivalent
    if drawn is not None:
        assert squash(drawn) not in {squash(name) for name in said}
        assert sound(squash(drawn)) not in {sound(squash(name)) for name in said}
        assert not Forms([(name, "v", YOUTH) for name in said]).find(drawn)


def test_people_of_one_group_get_different_names() -> None:
    """No two equivalents of a workshop are alike, or sound alike."""
    names = ["Amine", "Ilyas", "Zinedine", "Yassir", "Toufik", "Ramzi", "Abdelmalik", "Noham"]
    vault = met([", ".join(names) + "."], [(name, YOUTH) for name in names])
    drawn = [referent.equivalent for referent in vault.referents]
    assert None not in drawn
    assert len({sound(squash(name or "")) for name in drawn}) == len(names)


def test_nothing_of_the_name_decides_the_choice() -> None:
    """The same name in two workshops gets, sooner or later, two different equivalents."""
    assert len({met(["Amine."], [("Amine", YOUTH)]).referents[0].equivalent for _ in range(12)}) > 1


def test_equivalents_are_stable_across_sessions() -> None:
    """What was drawn stays in the next session, and drafting again changes nothing."""
    first = met(["Amine et Lola."], [("Amine", YOUTH), ("Lola", YOUTH)])
    second = met(["Lola, Amine et Hugo."], [("Amine", YOUTH), ("Lola", YOUTH), ("Hugo", YOUTH)], first)
    assert [one.equivalent for one in second.referents[:2]] == [one.equivalent for one in first.referents]
    assert second.version == first.version + 1
    again = met(["Lola, Amine et Hugo."], [("Amine", YOUTH), ("Lola", YOUTH), ("Hugo", YOUTH)], second)
    assert again == second


def test_a_real_bearer_in_a_later_session_takes_the_name_back() -> None:
    """When somebody comes who bears an equivalent, another one is drawn: no name stands for two people."""
    first = met(["Amine est venu."], [("Amine", YOUTH)])
    drawn = first.referents[0].equivalent or ""
    second = met([f"{drawn} est venu."], [(drawn, YOUTH)], first)
    assert second.referents[0].equivalent not in (None, drawn)
    assert drawn not in own_names(second.referents)


def test_a_pseudonym_of_the_dossier_is_its_own_equivalent() -> None:
    """Where the facilitator chose the pseudonym, nothing is drawn."""
    chosen = Vault(1, (Referent("v-1", YOUTH, ("Amine",), "Basile"),), {}, 5)
    assert met(["Amine."], [("Amine", YOUTH)], chosen).referents[0].equivalent is None


def test_participants_keep_their_function() -> None:
    """A participant has no equivalent: the function is what the return needs."""
    dossier = Dossier(1, participants=(Participant("Samia Roux", "éducatrice", "association", frozenset()),))
    start = Vault.empty()
    turns = ["Samia Roux parle d'Amine."]
    known = known_from(dossier, start)
    spans, vault = link(turns, spans_over(turns, [("Samia Roux", PERSON), ("Amine", YOUTH)]), known, start)
    found = by_pseudonym(complete(vault, start, turns, spans, dossier=dossier, equivalent=True))
    assert found["Éducatrice 1"].equivalent is None and found["Éducatrice 1"].role == "éducatrice"
    assert found["Jeune 1"].equivalent is not None


def test_the_treated_text_reads_equivalents_and_the_guard_lets_them_pass(group_profile: Profile) -> None:
    """Every mention of a person reads the one first name, articles and elisions mended; the guard finds nothing."""
    vault = Vault(
        1,
        (
            Referent("v-1", YOUTH, ("Amine N'Diaye", "Minou"), "Jeune 1", "Rayan", "m"),
            Referent("v-2", YOUTH, ("Rose",), "Jeune 2", "Inès", "f"),
            Referent("v-3", PERSON, ("Quilichini",), "Adulte 1"),
        ),
    )
    profile = dataclasses.replace(group_profile, pseudonyms="equivalent")
    text = "La mère d'Amine, le frère de Rose, qu'Amine N'Diaye et Minou voient chez madame Quilichini."
    names = designate([text], ["S1"], [], vault, profile, 3).names
    read = treat(transcript_of([text]), draft_of([]), vault, profile, {}, names).turns[0].text.reveal()
    assert read == "La mère de Rayan, le frère d'Inès, que Rayan et Rayan voient chez madame Adulte 1."
    assert search({"body": read}, vault, profile, None) == []
    codes = Profile(Audience.GROUP, group_profile.operators)
    assert designate([text], ["S1"], [], vault, codes, 3).names == {}
