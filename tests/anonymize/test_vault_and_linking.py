"""Who is whom, within a session and from one session to the next."""

from pathlib import Path

import pytest

from anonymize.linking.link import link
from anonymize.vault import KnownReferent, Referent, Vault, function_of, known_from
from vocabulary.choices import EntityType, Tier, Use
from vocabulary.dossier import Dossier, Known, Participant
from vocabulary.errors import DamagedError
from vocabulary.ids import is_id
from vocabulary.span import Span

YOUTH, PERSON, PLACE, INSTITUTION = (
    EntityType.YOUTH, EntityType.PERSON, EntityType.PLACE, EntityType.INSTITUTION,
)  # fmt: skip


def spans_of(turns: list[str], names: list[tuple[str, EntityType]], tier: Tier = Tier.SURE) -> list[Span]:
    """Spans over every occurrence of ``names``, longest first."""
    found: list[Span] = []
    for turn, text in enumerate(turns):
        for name, label in sorted(names, key=lambda item: -len(item[0])):
            start = text.find(name)
            while start >= 0:
                span = Span(turn, start, start + len(name), label, tier)
                if not any(s.turn == turn and s.start < span.end and s.end > span.start for s in found):
                    found.append(span)
                start = text.find(name, start + 1)
    return sorted(found)


def codes(turns: list[str], spans: list[Span], vault: Vault) -> dict[str, str]:
    """The pseudonym of each surface."""
    names = {referent.id: referent.pseudonym for referent in vault.referents}
    return {turns[s.turn][s.start : s.end]: names[s.cluster] for s in spans if s.cluster}


def linked(
    turns: list[str], names: list[tuple[str, EntityType]], vault: Vault | None = None
) -> tuple[dict[str, str], Vault]:
    start = vault or Vault.empty()
    spans, after = link(turns, spans_of(turns, names), known_from(None, start), start)
    return codes(turns, spans, after), after


def test_variants_of_one_name_are_one_referent() -> None:
    """Full name, first name, surname, another spelling and a short form get one code."""
    turns = ["Yacine Meziane est venu.", "Yacine, et Meziane, et Yassine.", "Brayan, Bryan, Brian, Bra."]
    names = [(name, YOUTH) for name in ("Yacine Meziane", "Yacine", "Meziane", "Yassine", "Brayan", "Bryan",
                                        "Brian", "Bra")]  # fmt: skip
    found, _ = linked(turns, names)
    assert {found[name] for name in ("Yacine Meziane", "Yacine", "Meziane", "Yassine")} == {"Jeune 1"}
    assert {found[name] for name in ("Brayan", "Bryan", "Brian")} == {"Jeune 2"}


def test_one_surname_is_not_one_person() -> None:
    """Two people of one surname and different first names stay two; the titled one is the adult."""
    turns = ["Yacine Meziane et sa mère, Samia Meziane.", "Madame Meziane m'a appelé."]
    found, vault = linked(turns, [("Yacine Meziane", YOUTH), ("Samia Meziane", PERSON), ("Meziane", PERSON)])
    assert found == {"Yacine Meziane": "Jeune 1", "Samia Meziane": "Adulte 1", "Meziane": "Adulte 1"}
    assert len(vault.referents) == 2


def test_an_alias_that_the_talk_states_is_followed() -> None:
    """ "X, au quartier c'est Y" makes one referent of two names."""
    turns = ["J'en ai un, Brayan, au quartier c'est Bonbon.", "Et Bonbon il dit rien."]
    found, _ = linked(turns, [("Brayan", YOUTH), ("Bonbon", YOUTH)])
    assert found["Brayan"] == found["Bonbon"]


def test_places_and_institutions_join_with_and_without_their_head() -> None:
    """ "collège Renoir" and "Renoir", "Clos-Mistral" and "le Clos" are one each; codes keep the function."""
    turns = ["Au collège Jean-Renoir, à Renoir.", "Au Clos-Mistral, enfin le Clos.", "Au foyer Les Tamaris."]
    names = [("collège Jean-Renoir", INSTITUTION), ("Renoir", INSTITUTION), ("Clos-Mistral", PLACE),
             ("Clos", PLACE), ("Les Tamaris", INSTITUTION)]  # fmt: skip
    found, _ = linked(turns, names)
    assert found == {
        "collège Jean-Renoir": "Collège 1", "Renoir": "Collège 1", "Clos-Mistral": "Lieu 1", "Clos": "Lieu 1",
        "Les Tamaris": "Foyer 1",
    }  # fmt: skip


def test_codes_are_stable_across_sessions() -> None:
    """What the vault knows keeps its code in the next session, and numbering goes on after it."""
    _, first = linked(["Yacine et Inès."], [("Yacine", YOUTH), ("Inès", YOUTH)])
    found, second = linked(["Inès, Kenzo et Yacine."], [(n, YOUTH) for n in ("Inès", "Kenzo", "Yacine")], first)
    assert found == {"Inès": "Jeune 2", "Kenzo": "Jeune 3", "Yacine": "Jeune 1"}
    assert second.version == first.version + 1
    assert second.shift_weeks == first.shift_weeks


def test_linking_again_changes_nothing() -> None:
    """The same session linked with the vault it made leaves the vault as it is."""
    turns, names = ["Yacine et Inès."], [("Yacine", YOUTH), ("Inès", YOUTH)]
    _, first = linked(turns, names)
    found, second = linked(turns, names, first)
    assert second == first
    assert found == {"Yacine": "Jeune 1", "Inès": "Jeune 2"}


def test_the_dossier_gives_roles_and_pseudonyms() -> None:
    """Participants get a code of their role, known referents the pseudonym that was chosen."""
    dossier = Dossier(
        1,
        participants=(
            Participant("Hélène Vasseur", "animatrice", "laboratoire", frozenset({Use.RECORDING}), ("Hélène",)),
            Participant("Samir Benali", "éducateur de prévention", "association", frozenset()),
        ),
        known=(Known(INSTITUTION, ("collège Jean-Renoir", "Renoir"), "Collège 7"),),
    )
    turns = ["Hélène, Samir, et Renoir."]
    known = known_from(dossier, Vault.empty())
    names = [("Hélène", PERSON), ("Samir", PERSON), ("Renoir", INSTITUTION)]
    spans, vault = link(turns, spans_of(turns, names), known, Vault.empty())
    assert codes(turns, spans, vault) == {"Hélène": "Animatrice 1", "Samir": "Éducateur 1", "Renoir": "Collège 7"}


def test_a_function_agrees_with_the_first_name() -> None:
    """A role that the dossier writes in the masculine is a woman's where the first name says so."""
    people = tuple(
        Participant(name, "éducateur", "association", frozenset())
        for name in ("Samia Roux", "Camille Roux", "Marc Roux")
    )
    _, vault = link([], [], known_from(Dossier(1, participants=people), Vault.empty()), Vault.empty())
    assert [one.pseudonym for one in vault.referents] == ["Éducatrice 1", "Éducateur 1", "Éducateur 2"]


def test_residual_mentions_admit_nobody() -> None:
    """A residual mention joins who is known, and otherwise stays without a referent."""
    turns = ["Yacine et Grobulle."]
    spans = spans_of(turns, [("Yacine", YOUTH), ("Grobulle", YOUTH)], Tier.RESIDUAL)
    known = [KnownReferent(None, YOUTH, ("Yacine",))]
    after, vault = link(turns, spans, known, Vault.empty())
    assert [span.cluster is not None for span in after] == [True, False]
    assert len(vault.referents) == 1


def test_ids_are_opaque() -> None:
    """Ids of referents are random and say nothing."""
    _, vault = linked(["Yacine."], [("Yacine", YOUTH)])
    assert is_id(vault.referents[0].id)


def test_vault_survives_its_format() -> None:
    """What is written is read again, to the same bytes."""
    _, vault = linked(["Yacine Meziane au Clos."], [("Yacine Meziane", YOUTH), ("Clos", PLACE)])
    assert Vault.from_bytes(vault.to_bytes()) == vault
    assert Vault.from_bytes(vault.to_bytes()).to_bytes() == vault.to_bytes()


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[1]", b'{"format":"huisclos-vault/3"}', b'{"format":"huisclos-vault/2"}', b'{"format": 1}']
)
def test_another_format_is_refused(data: bytes) -> None:
    """Anything but the one format is damage, and the error quotes nothing."""
    with pytest.raises(DamagedError):
        Vault.from_bytes(data)


FORMER = (
    '{"counters":{"Jeune":1},"format":"huisclos-vault/1","referents":[{"forms":["Inès"],"id":"v-1","kind":"YOUTH",'
    '"pseudonym":"Jeune 1"}],"shift_weeks":-23,"version":4}'
).encode()


def test_a_vault_of_the_former_format_is_read_and_written_as_the_new_one() -> None:
    """What 0.2.0 wrote opens, with nothing known beyond it; it is written back as huisclos-vault/2."""
    vault = Vault.from_bytes(FORMER)
    assert vault == Vault(4, (Referent("v-1", YOUTH, ("Inès",), "Jeune 1"),), {"Jeune": 1}, -23)
    assert b'"huisclos-vault/2"' in vault.to_bytes()
    assert Vault.from_bytes(vault.to_bytes()) == vault


def test_the_documented_vault_is_one() -> None:
    """The example of the reference page is read, and is written the same."""
    page = (Path(__file__).parents[2] / "docs" / "reference" / "detection.md").read_text(encoding="utf-8")
    example = next(line for line in page.splitlines() if '"format":"huisclos-vault/2"' in line).encode()
    assert Vault.from_bytes(example).to_bytes() == example


def test_the_former_format_too_has_one_encoding() -> None:
    """A former vault with keys of the new one, or with other spacing, is damage."""
    for data in (FORMER.replace(b'"id"', b'"gender":"f","id"'), FORMER.replace(b",", b", ")):
        with pytest.raises(DamagedError):
            Vault.from_bytes(data)


def test_linking_keeps_what_the_vault_knows_beyond_forms() -> None:
    """Offset, gender, equivalent, general text and role of a referent outlive the next session."""
    whole = Referent("v-1", YOUTH, ("Inès",), "Jeune 1", "Lina", "f", None, 12, None, None)
    place = Referent("v-2", PLACE, ("Malpassé",), "Lieu 1", general="une cité du nord")
    _, vault = linked(["Inès Dalle à Malpassé, avec Kenzo."], [("Inès Dalle", YOUTH), ("Malpassé", PLACE),
                      ("Kenzo", YOUTH)], Vault(1, (whole, place), {"Jeune": 1, "Lieu": 1}, 5))  # fmt: skip
    assert (vault.referents[0].equivalent, vault.referents[0].gender, vault.referents[0].shift_weeks) == (
        "Lina",
        "f",
        12,
    )
    assert vault.referents[0].forms == ("Inès", "Inès Dalle")
    assert vault.referents[1].general == "une cité du nord"


def test_another_encoding_is_refused() -> None:
    """The same value with other spacing is not the format."""
    data = Vault.empty().to_bytes().replace(b",", b", ")
    with pytest.raises(DamagedError):
        Vault.from_bytes(data)


def test_no_repr_shows_a_form() -> None:
    """Vault, referents and known referents keep their forms out of logs and exceptions."""
    referent = Referent("v-1", YOUTH, ("Yacine Meziane",), "Jeune 1")
    vault = Vault(1, (referent,), {"Jeune": 1}, 7)
    shown = f"{vault!r} {referent!r} {KnownReferent(None, YOUTH, ('Yacine Meziane',))!r} {vault}"
    assert "Yacine" not in shown
    assert "Meziane" not in shown


@pytest.mark.parametrize(
    ("role", "expected"),
    [("éducatrice PJJ", "Éducatrice"), ("CPE", "CPE"), ("animateur, sociologue", "Animateur"), ("", None)],
)
def test_roles_give_stems(role: str, expected: str | None) -> None:
    """The first word of a role is the stem of a code."""
    assert function_of(role) == expected


def test_who_answers_to_a_name_bears_it() -> None:
    """A surname that a speaker gives and a first name that they answer to are one person."""
    turns = ["Moi je m'appelle Castaing, je suis médiateur.", "Ludo, toi qui le vois, c'est qui ?", "Un gentil."]
    spans = spans_of(turns, [("Castaing", PERSON), ("Ludo", PERSON)])
    joined, vault = link(turns, spans, (), Vault.empty(), speakers=["a", "b", "a"])
    assert joined[0].cluster == joined[1].cluster
    apart, _ = link(turns, spans, (), Vault.empty())
    assert apart[0].cluster != apart[1].cluster
    assert len(vault.referents) == 1


def test_two_people_of_one_first_name_are_told_apart() -> None:
    """The youth and the adult of one first name stay two, by what stands around each mention."""
    turns = ["Nordine, mon animateur, l'aide.", "Il y a le petit Nordine aussi, le jeune.", "Nordine, mon animateur."]
    spans, vault = link(turns, spans_of(turns, [("Nordine", YOUTH)]), (), Vault.empty())
    assert spans[0].cluster == spans[2].cluster != spans[1].cluster
    assert {referent.kind for referent in vault.referents} == {YOUTH, PERSON}


def test_the_vault_keeps_two_people_apart() -> None:
    """What the talk says joins no two people whom the vault tells apart."""
    vault = Vault(1, (Referent("v-1", YOUTH, ("Brayan",), "Jeune 1"), Referent("v-2", YOUTH, ("Bonbon",), "Jeune 2")))
    turns = ["Brayan, au quartier c'est Bonbon."]
    found, _ = linked(turns, [("Brayan", YOUTH), ("Bonbon", YOUTH)], vault)
    assert found == {"Brayan": "Jeune 1", "Bonbon": "Jeune 2"}


def drafted_anew(turns: list[str], names: list[tuple[str, EntityType]], *blocks: tuple[str, ...]) -> dict[str, str]:
    """What each surface becomes under a dossier that tells of ``blocks`` of youths, after a draft without it."""
    _, vault = linked(turns, names)
    dossier = Dossier(1, known=tuple(Known(YOUTH, forms) for forms in blocks))
    spans, after = link(turns, spans_of(turns, names), known_from(dossier, vault), vault)
    return codes(turns, spans, after)


def test_the_dossier_joins_whom_an_earlier_draft_told_apart() -> None:
    """Written in one block, two referents of the vault are one person from then on."""
    turns = ["On a vu Gecko hier.", "Rachid dort mal. Gecko aussi."]
    names = [("Gecko", YOUTH), ("Rachid", YOUTH)]
    apart = drafted_anew(turns, names)
    assert apart["Gecko"] != apart["Rachid"]
    for block in (("Gecko", "Rachid"), ("Rachid", "Gecko")):
        one = drafted_anew(turns, names, block)
        assert one["Gecko"] == one["Rachid"]


def test_the_dossier_tells_apart_whom_an_earlier_draft_joined() -> None:
    """Written in two blocks, the names of one referent of the vault are two people's from then on."""
    turns = ["J'en ai un, Brayan, au quartier c'est Bonbon.", "Et Bonbon il dit rien."]
    names = [("Brayan", YOUTH), ("Bonbon", YOUTH)]
    one = drafted_anew(turns, names)
    assert one["Brayan"] == one["Bonbon"]
    two = drafted_anew(turns, names, ("Brayan",), ("Bonbon",))
    assert two["Brayan"] != two["Bonbon"]


def test_two_people_of_one_first_name_in_the_dossier_are_two() -> None:
    """The first name that two blocks share does not make one person of two full names, nor does the vault's."""
    turns = ["Karim Aziz est là. Karim Benali aussi.", "Et Karim, il dort."]
    names = [("Karim Aziz", YOUTH), ("Karim Benali", YOUTH), ("Karim", YOUTH)]
    for blocks in ((("Karim Aziz", "Karim"), ("Karim Benali", "Karim")), (("Karim Benali", "Karim"),)):
        found = drafted_anew(turns, names, *blocks)
        assert found["Karim Aziz"] != found["Karim Benali"]


def test_a_surname_in_the_dossier_is_left_to_the_family() -> None:
    """The mother whom the vault knows by the surname keeps her code when the son's block has it too."""
    turns = ["Yacine Meziane est venu.", "Madame Meziane m'a appelé. Yacine aussi."]
    names = [("Yacine Meziane", YOUTH), ("Yacine", YOUTH), ("Meziane", PERSON)]
    before, _ = linked(turns, names)
    after = drafted_anew(turns, names, ("Yacine Meziane", "Yacine", "Meziane"))
    assert before["Meziane"] == after["Meziane"] != after["Yacine Meziane"] == after["Yacine"]


SAID_IN_PIECES = [
    ("a compound without its hyphen", ["El-Had est là.", "El Had aussi."], ("El-Had", "El Had")),
    ("a beginning said again", ["Clément Kowalik.", "Kowa... Kowalik."], ("Clément Kowalik", "Kowa... Kowalik")),
    ("a consonant some voice", ["Mathis est là.", "Matisse, comme le peintre."], ("Mathis", "Matisse")),
    ("initials of two of three names", ["Ismaël Diarra, Diarra Ismaël Mamadou.", "I. D., dit-il."],
     ("Ismaël Diarra", "Diarra Ismaël Mamadou", "I. D.")),
]  # fmt: skip


@pytest.mark.parametrize(("how", "turns", "names"), SAID_IN_PIECES, ids=[case[0] for case in SAID_IN_PIECES])
def test_a_name_said_in_pieces_is_one_referent(how: str, turns: list[str], names: tuple[str, ...]) -> None:
    """However a name is broken, begun or shortened in talk, it stays one referent."""
    found, _ = linked(turns, [(name, YOUTH) for name in names])
    assert len(set(found.values())) == 1, how


def test_a_name_broken_off_is_that_of_the_person_named_next_and_not_initials() -> None:
    """ "Em... c'est Emre" is Emre, though the initials of somebody else are E and M."""
    turns = ["Estelle Muller est là.", "Emre aussi.", "C'est Em c'est Emre qui reste."]
    found, _ = linked(turns, [("Estelle Muller", PERSON), ("Emre", YOUTH), ("Em ", YOUTH)])
    assert found["Em "] == found["Emre"] != found["Estelle Muller"]
