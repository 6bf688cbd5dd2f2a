"""What leaves: treatment, the egress guard, and their agreement."""

import dataclasses
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests_support_anonymize import draft_of, transcript_of

from anonymize.detect import Detector
from anonymize.french.folding import squash
from anonymize.french.lexicon import lexicon
from anonymize.guard import check_can_leave, look, protect, search
from anonymize.linking.link import link
from anonymize.treatment.designations import designate
from anonymize.treatment.treat import content_digest, treat
from anonymize.vault import Referent, Vault, known_from
from policies.policy_file import parse_policy
from returns.typography import typeset
from vocabulary.choices import Audience, EntityType, Operator, Tier
from vocabulary.errors import WithheldError
from vocabulary.profile import Profile
from vocabulary.span import Span

CORPUS = Path(__file__).resolve().parents[2] / "benchmarks" / "corpus"
BLANK = "\x00"
YOUTH, PERSON, PLACE, INSTITUTION = (
    EntityType.YOUTH, EntityType.PERSON, EntityType.PLACE, EntityType.INSTITUTION,
)  # fmt: skip

VAULT = Vault(
    3,
    (
        Referent("v-1", YOUTH, ("Yacine Meziane", "Yaya"), "Jeune 1"),
        Referent("v-2", YOUTH, ("le Gros",), "Jeune 2"),
        Referent("v-3", YOUTH, ("Jerfany Abienso",), "Jeune 3"),
        Referent("v-4", PERSON, ("Nathalie Quilichini",), "Adulte 1"),
        Referent("v-5", PLACE, ("cité des Oliviers", "Malpassé"), "Lieu 1"),
        Referent("v-6", INSTITUTION, ("collège Jean-Renoir",), "Collège 1"),
        Referent("v-7", PERSON, ("Amine N'Diaye",), "Adulte 2"),
    ),
    {"Jeune": 3, "Adulte": 2, "Lieu": 1, "Collège": 1},
    5,
)


def treated(text: str, profile: Profile, spans: list[Span] | None = None, vault: Vault = VAULT) -> str:
    result = treat(transcript_of([text]), draft_of(spans or []), vault, profile, {})
    return result.turns[0].text.reveal()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("La mère d'Amine est venue.", "La mère d'Adulte 2 est venue."),
        ("Le frère de Yaya, au collège Renoir.", "Le frère de Jeune 1, au Collège 1."),
        ("On l'a vu aux Oliviers avec le Gros.", "On l'a vu à Lieu 1 avec Jeune 2."),
        ("Il sort du gros, de Malpassé.", "Il sort de Jeune 2, de Lieu 1."),
        ("Un gros sac, ça s'est mal passé.", "Un gros sac, ça s'est mal passé."),
        ("Madame Quilichini et Y-A-Y-A.", "Madame Adulte 1 et Jeune 1."),
    ],
)
def test_vault_forms_are_treated_without_spans(group_profile: Profile, text: str, expected: str) -> None:
    """What the vault knows is replaced even where detection found nothing, in correct French."""
    assert treated(text, group_profile) == expected


def span_over(text: str, part: str, label: EntityType, **other: Any) -> Span:
    start = text.index(part)
    return Span(0, start, start + len(part), label, **other)


@pytest.mark.parametrize(
    ("text", "part", "label", "expected"),
    [
        ("Né le 4 décembre.", "4 décembre", EntityType.DATE, "Né le 8 janvier."),
        ("Né le trente-deux mai.", "trente-deux mai", EntityType.DATE, "Né le [date]."),
        ("Il a seize ans.", "seize ans", EntityType.AGE, "Il a seize ans."),
        ("Au 06 39 98 12 45.", "06 39 98 12 45", EntityType.CONTACT, "Au [téléphone]."),
        ("À a@b.example.", "a@b.example", EntityType.CONTACT, "À [courriel]."),
        ("Le compte @roi_13.", "@roi_13", EntityType.CONTACT, "Le compte [contact]."),
        ("Écrou 73 418.", "73 418", EntityType.ID, "Écrou [numéro]."),
        ("C'est le seul rescapé.", "seul rescapé", EntityType.QUASI, "C'est le [détail]."),
    ],
)
def test_operators_of_what_has_no_name(
    group_profile: Profile, text: str, part: str, label: EntityType, expected: str
) -> None:
    """Dates shift, ages stay, contacts, numbers and telling details are masked."""
    assert treated(text, group_profile, [span_over(text, part, label)]) == expected


def test_generalisation(research_profile: Profile) -> None:
    """Ages give bands, places and institutions general terms."""
    text = "Il a seize ans, il sort du collège Renoir, il vit aux Oliviers."
    result = treated(text, research_profile, [span_over(text, "seize ans", EntityType.AGE)])
    assert result == "Il a 16-17 ans, il sort d'un collège, il vit dans une cité."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Il traîne dans la cité des Oliviers.", "Il traîne dans une cité du nord de la ville."),
        ("À la cité Malpassé, le soir.", "Dans une cité du nord de la ville, le soir."),
        ("Il revient de Malpassé.", "Il revient d'une cité du nord de la ville."),
        ("Il vit aux Oliviers.", "Il vit dans une cité du nord de la ville."),
        ("Au lieu de Malpassé, rien.", "Au lieu d'une cité du nord de la ville, rien."),
        ("Jusqu'aux Oliviers.", "Jusqu'à une cité du nord de la ville."),
    ],
)
def test_what_the_dossier_says_of_a_place_stands_for_it(research_profile: Profile, text: str, expected: str) -> None:
    """The general text of the dossier replaces the place, and its noun is not said twice."""
    general = tuple(
        dataclasses.replace(one, general="une cité du nord de la ville") if one.kind is PLACE else one
        for one in VAULT.referents
    )
    assert treated(text, research_profile, vault=dataclasses.replace(VAULT, referents=general)) == expected


def test_a_general_date_says_when(group_profile: Profile) -> None:
    """A date that is made general reads as French says a season or a year; what cannot be read is masked."""
    general = Profile(Audience.PUBLIC, {**group_profile.operators, EntityType.DATE: Operator.GENERALIZE})
    text = "Né le 4 décembre 2005, exclu le 12 mars, il revient après le 3 juin et le jour de Noël."
    dates = ("4 décembre 2005", "12 mars", "3 juin", "jour de Noël")
    spans = [span_over(text, part, EntityType.DATE) for part in dates]
    assert treated(text, general, spans) == "Né en 2005, exclu au printemps, il revient après l'été et le [date]."


def test_youths_and_professionals_agree_in_gender(group_profile: Profile) -> None:
    """A general term agrees with what is known of the person."""
    operators = {**group_profile.operators, YOUTH: Operator.GENERALIZE, PERSON: Operator.GENERALIZE}
    people = (
        Referent("v-1", YOUTH, ("Lina",), "Jeune 1", gender="f"),
        Referent("v-2", YOUTH, ("Hugo",), "Jeune 2", gender="m"),
        Referent("v-3", PERSON, ("Samia",), "Éducatrice 1", gender="f", role="éducatrice"),
        Referent("v-4", PERSON, ("Odile",), "Adulte 1", gender="f"),
    )
    result = treated("Lina, Hugo, Samia et Odile.", Profile(Audience.PUBLIC, operators), vault=Vault(1, people))
    assert result == "une jeune, un jeune, une professionnelle et une personne."


def test_residual_spans_are_masked(group_profile: Profile) -> None:
    """A residual span that nobody freed is masked, whatever its label."""
    text = "Il est chez Grobulle."
    assert treated(text, group_profile, [span_over(text, "Grobulle", YOUTH, tier=Tier.RESIDUAL)]) == "Il est chez […]."


def test_a_kept_type_stays(group_profile: Profile) -> None:
    """A type that the profile keeps is left, in treatment and by the guard."""
    keeping = Profile(Audience.RESEARCH, {**group_profile.operators, PLACE: Operator.KEEP})
    text = "Yaya est aux Oliviers."
    assert treated(text, keeping) == "Jeune 1 est aux Oliviers."
    assert search({"body": "aux Oliviers"}, VAULT, keeping, None) == []


def test_speakers_are_shown_as_given(group_profile: Profile) -> None:
    """Speaker labels become what the caller says; an unnamed label stays a label."""
    result = treat(transcript_of(["Un.", "Deux."]), draft_of([]), VAULT, group_profile, {"S1": "Éducatrice 1"})
    assert [turn.speaker for turn in result.turns] == ["Éducatrice 1", "S2"]


def test_digest_depends_on_text_and_salt(group_profile: Profile) -> None:
    """The content digest changes with any character and with the salt, and is stable."""
    one = treat(transcript_of(["Bonjour."]), draft_of([]), VAULT, group_profile, {})
    other = treat(transcript_of(["Bonsoir."]), draft_of([]), VAULT, group_profile, {})
    assert content_digest(one, "aa") == content_digest(one, "aa")
    assert len({content_digest(one, "aa"), content_digest(one, "ab"), content_digest(other, "aa")}) == 3


def test_own_pseudonyms_never_hit(group_profile: Profile) -> None:
    """Codes and masks of the workshop are not hits, even where a form is one of their words."""
    vault = dataclasses.replace(VAULT, referents=(*VAULT.referents, Referent("v-9", YOUTH, ("Jeune",), "Jeune 4")))
    assert search({"body": "Jeune 1 et Jeune 4 […], à Lieu 1"}, vault, group_profile, None) == []


def test_hits_say_where_and_never_what(group_profile: Profile) -> None:
    """A hit has a place, offsets, a reason and an id; the error that withholds quotes nothing."""
    hits = search({"body": "ok", "properties": "par N. Quilichini"}, VAULT, group_profile, None)
    assert [(hit.where, hit.referent) for hit in hits] == [("properties", "v-4")]
    with pytest.raises(WithheldError) as caught:
        check_can_leave({"properties": "par N. Quilichini"}, VAULT, group_profile, None)
    assert "Quilichini" not in str(caught.value)


def test_contacts_are_hits_with_a_detector(group_profile: Profile, detector: Detector) -> None:
    """A phone number that is in no vault withholds the text too."""
    hits = search({"body": "ligne 1\nAppelez le 06 39 98 12 45."}, Vault.empty(), group_profile, detector)
    assert [(hit.start, hit.end, hit.reason) for hit in hits] == [(19, 33, "contact")]


def test_a_sure_name_that_no_vault_knows_is_a_hit(group_profile: Profile, detector: Detector) -> None:
    """A person, a place or an institution withholds the text; a type the profile keeps does not."""
    text = "Hier Zéphirin Kowalczyk est venu du collège Tchoupinel."
    hits = search({"body": text}, Vault.empty(), group_profile, detector)
    assert [text[hit.start : hit.end] for hit in hits] == ["Zéphirin Kowalczyk", "collège Tchoupinel"]
    keeping = Profile(Audience.GROUP, {**group_profile.operators, INSTITUTION: Operator.KEEP})
    assert len(search({"body": text}, Vault.empty(), keeping, detector)) == 1


def test_what_is_only_suspected_is_told_and_withholds_nothing(group_profile: Profile, detector: Detector) -> None:
    """A word that French does not know is a warning, with its place."""
    text = "Il est parti. Il prend du rotoxyde, il a dit."
    found = look({"body": text}, VAULT, group_profile, detector)
    assert found.hits == ()
    assert [text[hit.start : hit.end] for hit in found.warnings] == ["rotoxyde"]


@pytest.mark.parametrize("name", ["Jeune 1", "Mme K.", "Grand-mère 2", "Jean-Loup", "[X]", "le petit"])
def test_any_pseudonym_is_protected_where_it_stands_alone(name: str) -> None:
    """Codes, names chosen by the dossier, with signs at their ends; also over two lines, and never inside a word."""
    vault = Vault(1, (Referent("v-1", YOUTH, ("Yaya",), name), Referent("v-2", YOUTH, ("Zoé",), "Jeune 12")))
    for shown in (name, name.replace(" ", "\n"), name.replace(" ", "  ")):
        text = f"a {shown}, b {shown} Jeune 12."
        expected = f"a {len(shown) * BLANK}, b {len(shown) * BLANK} {8 * BLANK}."
        assert protect(text, vault) == expected
    assert protect(f"x{name}x", vault) == f"x{name}x"


@pytest.mark.parametrize("profile_name", ["group", "research", "public"])
def test_the_widest_detector_withholds_no_treated_text_of_the_corpus(
    profile_name: str, corpus: Callable[[str], list[dict[str, Any]]], detector: Detector
) -> None:
    """Cleared texts full of codes are not taken for names: what the detector adds is told, not withheld."""
    policy = parse_policy((CORPUS.parents[1] / "policies/samples/demo.yaml").read_text(encoding="utf-8"), "demo.yaml")
    profile, vaults = policy.profile(Audience(profile_name)), dict[str, Vault]()
    for document in corpus("gold"):
        turns = [document["text"][turn["start"] : turn["end"]] for turn in document["turns"]]
        vault = vaults.get(document["group"], Vault.empty())
        known = known_from(None, vault)
        spans, vault = link(turns, detector.detect(turns, known), known, vault)
        vaults[document["group"]] = vault
        result = treat(transcript_of(turns), draft_of(spans), vault, profile, {})
        texts = {str(index): typeset(turn.text.reveal()) for index, turn in enumerate(result.turns)}
        found = look(texts, vault, profile, detector)
        assert (found.hits, len(found.warnings) < 5) == ((), True)


def test_a_clean_text_may_leave(group_profile: Profile, detector: Detector) -> None:
    """Plain talk with codes passes."""
    check_can_leave({"body": "Jeune 1 est venu au Collège 1, il a parlé."}, VAULT, group_profile, detector)


_FORMS = ["Yacine Meziane", "Yacine", "Meziane", "Yaya", "Jerfany", "Abienso", "Quilichini", "Nathalie Quilichini",
          "Malpassé", "Jean-Renoir", "cité des Oliviers", "N'Diaye", "le Gros"]  # fmt: skip
_DISGUISES: dict[str, Callable[[str], str]] = {
    "as it is": lambda form: form,
    "capitals": str.upper,
    "lower case": str.lower,
    "without accents": lambda form: form.translate(str.maketrans("éèêïîô", "eeeiio")),
    "spaces for hyphens": lambda form: re.sub(r"[-']", " ", form),
    "hyphens for spaces": lambda form: form.replace(" ", "-"),
    "joined": lambda form: re.sub(r"[-' ]", "", form),
    "spelled": lambda form: "-".join(squash(form).upper()) if len(squash(form)) > 3 else form,
    "spelled with spaces": lambda form: " ".join(squash(form).upper()) if len(squash(form)) > 3 else form,
    "spelled with commas": lambda form: ", ".join(squash(form).upper()) if len(squash(form)) > 3 else form,
    "two lines": lambda form: form.replace(" ", "\n", 1),
}
_SOUNDS = {"Yacine": "Yassine", "Meziane": "Mézianne", "Jerfany": "Djerfani", "Abienso": "Habienso",
           "Quilichini": "Kilichini", "Malpassé": "Malpacé"}  # fmt: skip
_FRAMES = ["Hier {} il est passé.", "on a parlé de {} longtemps", "{}", "« {} », il a dit", "avec {}, voilà", "({})"]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(_FORMS), st.sampled_from(sorted(_DISGUISES)), st.sampled_from(_FRAMES), st.booleans())
def test_the_guard_finds_a_form_in_any_spelling(
    group_profile: Profile, form: str, disguise: str, frame: str, sounded: bool
) -> None:
    """A planted form is found in any case, accents, spacing, hyphenation, spelled, and by sound."""
    planted = _SOUNDS.get(form, form) if sounded else form
    if sounded and planted != form and disguise.startswith("spelled"):
        disguise = "as it is"
    text = frame.format(_DISGUISES[disguise](planted))
    hits = search({"body": text}, VAULT, group_profile, None)
    assert hits, (disguise, sounded)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([*_FORMS, *_SOUNDS.values(), "le", "du", "à", "un", "-", ",", ".", "d'", "gros",
                                 "rose", "Y", "A", "mal", "passé", "Jeune 1", "[…]", "\n"]), max_size=14),
       st.integers(0, 10))  # fmt: skip
def test_the_guard_agrees_with_treatment(group_profile: Profile, pieces: list[str], seed: int) -> None:
    """Whatever is said, the guard finds nothing in what treatment returns."""
    chance = random.Random(seed)
    text = "".join(
        chance.choice([str, str.upper, str.lower])(piece) + chance.choice([" ", " ", ""]) for piece in pieces
    )
    assert search({"body": treated(text, group_profile)}, VAULT, group_profile, None) == []


_NAMED = dataclasses.replace(
    VAULT,
    referents=tuple(
        dataclasses.replace(one, equivalent=name, role=role, institution=kind, gender="f")
        for one, name, role, kind in zip(
            VAULT.referents, ("Rayan", "Hugo", "Inès", None, None, None, None),
            (None, None, None, "juge", None, None, "CPE"), (None, None, None, "tribunal", None, None, "collège"),
            strict=True,
        )
    ),
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([*_FORMS, *_SOUNDS.values(), "le", "à", "collège de", "-", ".", "d'", "qu'",
                                 "au lieu de", "Rayan", "Hugo", "Inès", "Jeune 1", "[…]", "\n"]), max_size=12),
       st.sampled_from(["role", "family", "code"]), st.sampled_from(list(Audience)))  # fmt: skip
def test_the_guard_agrees_with_names_and_families_too(
    group_profile: Profile, pieces: list[str], speakers: str, audience: Audience
) -> None:
    """Whatever stands for somebody, for any audience, the guard finds nothing in what treatment returns."""
    profile = Profile(audience, group_profile.operators, speakers, "equivalent")
    text = " ".join(pieces)
    names = designate([text], ["S1"], [], _NAMED, profile, 3).names
    read = treat(transcript_of([text]), draft_of([]), _NAMED, profile, {}, names).turns[0].text.reveal()
    assert search({"body": read}, _NAMED, profile, None) == []


@pytest.mark.parametrize("variant", ["gold", "gold_asr"])
def test_nothing_of_the_corpus_leaks(
    variant: str,
    corpus: Callable[[str], list[dict[str, Any]]],
    detector: Detector,
    group_profile: Profile,
    research_profile: Profile,
) -> None:
    """On every session, linked through its group's vault: no vault form is left whole in the treated text,
    ordinary words in lower case apart, and the guard finds nothing."""
    vaults: dict[str, Vault] = {}
    ordinary = lexicon().ordinary
    for document in corpus(variant):
        turns = [document["text"][turn["start"] : turn["end"]] for turn in document["turns"]]
        vault = vaults.get(document["group"], Vault.empty())
        known = known_from(None, vault)
        spans, vault = link(turns, detector.detect(turns, known), known, vault)
        vaults[document["group"]] = vault
        for profile in (group_profile, research_profile):
            result = treat(transcript_of(turns), draft_of(spans), vault, profile, {})
            texts = {str(index): turn.text.reveal() for index, turn in enumerate(result.turns)}
            assert search(texts, vault, profile, detector) == []
            said = " ".join(re.sub(r"\[[^\]]*\]|[A-ZÉ][^\W\d_]+(?: social)? \d+", "|", text) for text in texts.values())
            folded = {squash(word) for word in re.split(r"[^\w-]+", said)}
            forms = {squash(form) for form, _, _ in vault.forms() if " " not in form}
            assert not {form for form in forms & folded if len(form) > 1 and not ordinary(form)}


def test_any_number_of_signed_pseudonyms_is_protected() -> None:
    """A text that says one two thousand times is read as any other."""
    vault = Vault(1, (Referent("v-1", YOUTH, ("Yaya",), "M. B."),))
    assert protect("M. B. " * 2000, vault).strip("\0 ") == ""
