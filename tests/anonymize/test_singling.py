"""Singling out: combinations that point to one person, with their passages."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from anonymize.singling import FEWEST_KINDS, singled_out
from anonymize.vault import Referent, Vault
from vocabulary.choices import Audience, EntityType, Operator, Tier, Trait
from vocabulary.profile import Profile
from vocabulary.span import Span

YOUTH, PLACE, AGE, INSTITUTION = EntityType.YOUTH, EntityType.PLACE, EntityType.AGE, EntityType.INSTITUTION
VAULT = Vault(
    1,
    (
        Referent("v-1", YOUTH, ("Yaya",), "Jeune 1"),
        Referent("v-2", YOUTH, ("Momo",), "Jeune 2"),
        Referent("v-3", YOUTH, ("le Gros",), "Jeune 3"),
        Referent("v-5", YOUTH, ("Zizou",), "Jeune 4"),
        Referent("v-4", PLACE, ("Malpassé",), "Lieu 1"),
    ),
)
_LABELS = {
    "Yaya": (YOUTH, "v-1"),
    "Momo": (YOUTH, "v-2"),
    "le Gros": (YOUTH, "v-3"),
    "Zizou": (YOUTH, "v-5"),
    "Malpassé": (PLACE, "v-4"),
    "Frais-Vallon": (PLACE, "v-6"),
}


def spans_of(talk: Sequence[str]) -> list[Span]:
    """Spans over the names of the vault, and over ages."""
    found = []
    for number, text in enumerate(talk):
        for name, (label, referent) in _LABELS.items():
            at = text.find(name)
            if at >= 0:
                found.append(Span(number, at, at + len(name), label, cluster=referent))
        for age in ("seize ans", "dix-sept ans"):
            at = text.find(age)
            if at >= 0:
                found.append(Span(number, at, at + len(age), AGE))
    return sorted(found)


def flags(
    talk: Sequence[str], profile: Profile, plot: int = 3, freed: Sequence[str] = (), vault: Vault = VAULT
) -> list[tuple[str, tuple[Trait, ...], list[str]]]:
    """The flags, with the words of their passages; ``freed`` are words that people let stand wherever they are said."""
    spans = spans_of(talk)
    stand = {span.stretch for span in spans if talk[span.turn][span.start : span.end] in freed}
    found = singled_out(talk, spans, vault, profile, plot, stand)
    return [(one.referent, one.kinds, [talk[p.turn][p.start : p.end] for p in one.passages]) for one in found]


ONE = "Yaya a seize ans, il était guetteur à Malpassé."


def test_three_kinds_said_of_one_person_raise_a_flag(group_profile: Profile) -> None:
    """An age, a role and a place, with the passages and the mention."""
    assert flags([ONE], group_profile) == [
        ("v-1", (Trait.AGE, Trait.ROLE, Trait.PLACE), ["Yaya", "seize ans", "guetteur", "Malpassé"])
    ]


def test_two_kinds_raise_none(group_profile: Profile) -> None:
    """An age and a place are said of nearly everybody."""
    assert FEWEST_KINDS == 3
    assert flags(["Yaya a seize ans, il est à Malpassé."], group_profile) == []


def test_a_combination_that_enough_people_share_raises_none(group_profile: Profile) -> None:
    """Three people of one age, role and place hide each other; of two, both are flagged; a plot of one flags nobody."""
    talk = [ONE, ONE.replace("Yaya", "Momo"), ONE.replace("Yaya", "Zizou")]
    assert flags(talk, group_profile, 3) == []
    assert [referent for referent, _, _ in flags(talk[:2], group_profile, 3)] == ["v-1", "v-2"]
    assert flags([ONE], group_profile, 1) == []


def test_what_the_audience_does_not_read_does_not_count(group_profile: Profile) -> None:
    """A place that is generalised and an age that is masked are no traits."""
    for label, operator in ((PLACE, Operator.GENERALIZE), (AGE, Operator.REDACT)):
        profile = Profile(Audience.RESEARCH, {**group_profile.operators, label: operator})
        assert flags([ONE], profile) == []
    banded = Profile(Audience.RESEARCH, {**group_profile.operators, AGE: Operator.GENERALIZE})
    assert len(flags([ONE], banded)) == 1


def test_what_people_freed_is_read_as_it_was_said(group_profile: Profile) -> None:
    """A freed place counts where places are generalised and where it was only suspected, a freed age by its years."""
    general = Profile(Audience.RESEARCH, {**group_profile.operators, PLACE: Operator.GENERALIZE})
    assert flags([ONE], general) == []
    assert [kinds for _, kinds, _ in flags([ONE], general, freed=["Malpassé"])] == [
        (Trait.AGE, Trait.ROLE, Trait.PLACE)
    ]
    suspected = [Span(s.turn, s.start, s.end, s.label, Tier.RESIDUAL, cluster=s.cluster) for s in spans_of([ONE])]
    assert singled_out([ONE], suspected, VAULT, general, 3) == []
    stand = {span.stretch for span in suspected if span.label in (AGE, PLACE)}
    assert len(singled_out([ONE], suspected, VAULT, general, 3, stand)) == 1
    banded = Profile(Audience.RESEARCH, {**group_profile.operators, AGE: Operator.GENERALIZE})
    alike = [ONE, ONE.replace("Yaya", "Momo").replace("seize", "dix-sept")]
    assert flags(alike, banded, 2) == []
    assert len(flags(alike, banded, 2, freed=["seize ans"])) == 2


def test_a_freed_place_is_another_than_its_code(group_profile: Profile) -> None:
    """Who reads "Malpassé" of one and "Lieu 1" of another does not know that they are one place."""
    talk = [ONE, ONE.replace("Yaya", "Momo")]
    assert flags(talk, group_profile, 2) == []
    spans = spans_of(talk)
    (first, _) = [span.stretch for span in spans if span.label is PLACE]
    assert len(singled_out(talk, spans, VAULT, group_profile, 2, {first})) == 2


def test_a_name_that_was_freed_is_nobody(group_profile: Profile) -> None:
    """It was freed because it names nobody there: nothing is said of that person, and it is no nickname."""
    assert flags([ONE], group_profile, freed=["Yaya"]) == []
    nickname = "On l'appelle le Gros, seize ans, il a été hospitalisé."
    assert flags([nickname], group_profile, freed=["le Gros"]) == []


def test_a_place_generalised_in_words_of_the_dossier_is_a_trait(group_profile: Profile) -> None:
    """ "Une cité du nord de la ville" tells people apart, "une cité" and "un centre commercial" do not; two places that
    read alike are one."""
    general = Profile(Audience.RESEARCH, {**group_profile.operators, PLACE: Operator.GENERALIZE})

    def found(text: str | None, talk: Sequence[str] = (ONE,), plot: int = 3) -> int:
        places = (Referent("v-4", PLACE, ("Malpassé",), "Lieu 1", general=text),
                  Referent("v-6", PLACE, ("Frais-Vallon",), "Lieu 2", general=text))  # fmt: skip
        return len(flags(talk, general, plot, vault=Vault(1, (*VAULT.referents[:4], *places))))

    assert found("une cité du nord de la ville") == 1
    assert [found(text) for text in (None, "une cité", "un centre commercial", "Un lieu")] == [0] * 4
    two = [ONE, ONE.replace("Yaya", "Momo").replace("Malpassé", "Frais-Vallon")]
    assert (found("une cité du nord de la ville", two, 2), found("une cité", two, 2)) == (0, 0)


def test_traits_go_to_the_person_named_nearest(group_profile: Profile) -> None:
    """Not to somebody else of the turn, and to nobody when all are far."""
    talk = ["Momo est venu. " + ONE, "Yaya." + " bon" * 60 + " seize ans, guetteur, à Malpassé."]
    assert [referent for referent, _, _ in flags(talk[:1], group_profile)] == ["v-1"]
    assert flags(talk[1:], group_profile) == []


def test_a_nickname_counts_as_having_one(group_profile: Profile) -> None:
    """With an event and an age it singles out."""
    found = flags(["On l'appelle le Gros, seize ans, il a été hospitalisé."], group_profile)
    assert found == [("v-3", (Trait.AGE, Trait.EVENT, Trait.NICKNAME), ["le Gros", "seize ans", "hospitalisé"])]


def test_what_is_only_suspected_is_no_trait(group_profile: Profile) -> None:
    """A residual span is masked, and says nothing."""
    spans = [Span(s.turn, s.start, s.end, s.label, Tier.RESIDUAL if s.label is PLACE else s.tier, cluster=s.cluster)
             for s in spans_of([ONE])]  # fmt: skip
    assert singled_out([ONE], spans, VAULT, group_profile, 3) == []


@given(st.lists(st.sampled_from([ONE, ONE.replace("Yaya", "Momo"), "le Gros a seize ans.", "Rien.", "hospitalisé"])))
def test_a_higher_plot_flags_no_fewer(talk: list[str]) -> None:
    """Whoever is singled out among two is singled out among three; every passage fits its turn."""
    profile = Profile(Audience.GROUP, dict.fromkeys(EntityType, Operator.REDACT)
                      | {AGE: Operator.KEEP, PLACE: Operator.PSEUDONYMIZE})  # fmt: skip
    few, many = (singled_out(talk, spans_of(talk), VAULT, profile, plot) for plot in (2, 3))
    assert {one.referent for one in few} <= {one.referent for one in many}
    assert all(place.end <= len(talk[place.turn]) for one in many for place in one.passages)
