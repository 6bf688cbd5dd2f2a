"""The page of ``review show``: talk as it was said, marks, and what each name becomes."""

from dataclasses import replace

import pytest

from console.draft_page import marked, show_draft
from speech.uncertain import Uncertain
from vocabulary.choices import CorrectionState, Doubt, EntityType, Hearing, SessionState, Tier, Trait
from vocabulary.ids import SessionName
from vocabulary.span import Stretch
from vocabulary.text import IdentifiedText

TEXT = "Oui, Amaury est au 25 maintenant."


@pytest.fixture
def reading():
    from flows.steps.reviewing.outcomes import Mention, Reading, ReadReferent, ReadTurn

    turn = ReadTurn(
        "S1",
        61.5,
        64.0,
        IdentifiedText(TEXT),
        (
            Mention(19, 21, EntityType.PLACE, Tier.RESIDUAL, "[…]", ("bare number",)),
            Mention(5, 11, EntityType.YOUTH, Tier.SURE, "Jeune 1", ("dossier",)),
        ),
    )
    return Reading(
        session=SessionName("essai", 1),
        state=SessionState.IN_REVIEW,
        turns=(turn,),
        referents=(ReadReferent(EntityType.YOUTH, (IdentifiedText("Amaury"),), "Jeune 1", 1),),
        sure=1,
        residual=1,
        warnings=("the recording is empty",),
    )


def test_mentions_are_marked_in_their_place(reading):
    """What was said stays readable, and what it becomes stands beside it, in the order of the text."""
    assert marked(reading.turns[0]) == "Oui, [Amaury > Jeune 1] est au [?25 > […]] maintenant."


def test_a_passage_has_its_number_and_says_whether_it_is_freed(reading):
    """Numbered; an = once it is read as it was said, a + while a second person is missing."""
    first, second = reading.turns[0].mentions
    turn = replace(reading.turns[0], mentions=(replace(first, passage=2, waits=1), replace(second, passage=1, waits=0)))
    assert marked(turn) == "Oui, [1: =Amaury] est au [2: +25 > […]] maintenant."


def test_what_singles_somebody_out_is_listed_with_its_passages(reading, capsys):
    """Pseudonym, kinds, time and words; a passage that is freed under a number has it."""
    from flows.steps.reviewing.outcomes import Singled

    mention = replace(reading.turns[0].mentions[1], passage=1)
    flag = Singled("Jeune 1", (Trait.AGE, Trait.EVENT), (Stretch(0, 5, 11), Stretch(0, 22, 32)), (1,))
    show_draft(replace(reading, turns=(replace(reading.turns[0], mentions=(mention,)),), singled=(flag,)))
    page = capsys.readouterr().out
    assert "  Jeune 1 (âge, événement)\n    00:01:01  1: Amaury\n    00:01:01  maintenant\n" in page


def test_who_may_be_one_person_is_listed_with_the_passages(reading, capsys):
    """Pseudonyms and the reason in words; turn, time, number and form of each passage."""
    from flows.steps.reviewing.outcomes import Proposed

    mention = replace(reading.turns[0].mentions[1], passage=1)
    turns = (replace(reading.turns[0], mentions=(mention,)), replace(reading.turns[0], start=70.0, mentions=()))
    asked = Proposed(Doubt.SHARED, ("Jeune 1", "Jeune 2"), (Stretch(0, 5, 11), Stretch(1, 5, 11)), (1,))
    show_draft(replace(reading, turns=turns, proposals=(asked,)))
    page = capsys.readouterr().out
    assert "  Jeune 1, Jeune 2 (deux personnes d'un même nom\u00a0: vérifiez de qui on parle)\n" in page
    assert "    prise de parole 1, 00:01:01  1: Amaury\n    prise de parole 2, 00:01:10  Amaury\n" in page


def test_a_turn_without_mentions_is_shown_as_it_was_said():
    """Nothing is added to plain talk."""
    from flows.steps.reviewing.outcomes import ReadTurn

    assert marked(ReadTurn("S1", 0.0, 1.0, IdentifiedText("Bonjour."), ())) == "Bonjour."


def test_the_page_shows_turns_names_and_the_next_step(reading, capsys):
    """Speaker and time, marked talk, a table of names, counts, warnings, and what to type next."""
    show_draft(reading)
    page = capsys.readouterr().out
    for text in (
        "essai/1, en relecture",
        "1 mention repérée, 1 soupçon masqué",
        "Remarque\u00a0: l'enregistrement est vide",
        "S1  00:01:01",
        "jeune",
        "Ensuite\u00a0: huisclos review accept essai/1 --all --as NOM",
    ):
        assert text in page


def test_misheard_names_are_listed_with_number_reason_and_passage(reading, capsys):
    """What was heard and the right form, what became of it and why, and the words around it; how to decide."""
    from flows.steps.reviewing.outcomes import ReadCorrection

    found = ReadCorrection(
        3, Stretch(0, 5, 11), IdentifiedText("Amori"), IdentifiedText("Amaury"), Hearing.SAME, CorrectionState.APPLIED
    )
    show_draft(replace(reading, corrections=(found,)))
    page = capsys.readouterr().out
    assert "  3  00:01:01  Amori > Amaury\n      corrigé (se prononce de même)\n" in page
    assert "      Oui, [Amaury] est au 25 maintenant.\n" in page
    assert "--proposal" not in page
    show_draft(replace(reading, corrections=(replace(found, state=CorrectionState.PROPOSED),)))
    page = capsys.readouterr().out
    assert "huisclos review correct essai/1 --proposal 3 --as NOM" in page
    assert "huisclos review as-heard essai/1 --proposal 3 --as NOM" in page


def test_a_turn_says_whether_it_is_certain_who_speaks_and_whether_somebody_else_does(reading, capsys):
    """A ? after an uncertain voice, the number of the turn, and a word where two people speak at once."""
    turn = reading.turns[0]
    unsure = replace(turn, place="12:5-9", certainty=0.55, overlapped=2)
    show_draft(replace(reading, turns=(replace(turn, place="11", certainty=0.97), unsure)))
    page = capsys.readouterr().out
    assert "S1  00:01:01  prise de parole 11\n" in page
    assert "S1 ?  00:01:01  prise de parole 12:5-9  deux personnes parlent en même temps\n" in page


def test_uncertain_talk_is_marked_with_the_time_to_listen_to(reading, capsys):
    """Signs stand outside of brackets, and the stretches are counted."""
    unsure = (Uncertain(0, 0, 8, 60.5), Uncertain(0, 9, 11, 62.0), Uncertain(0, 22, 32, 63.0))
    turn = replace(reading.turns[0], uncertain=unsure)
    assert marked(turn) == "~00:01:00 Oui, [Amaury > Jeune 1]~ est au [?25 > […]] ~00:01:03 maintenant~."
    show_draft(replace(reading, turns=(turn,)))
    shown = capsys.readouterr().out
    assert "3 passages incertains" in shown
    assert "~00:01:03 maintenant~." in shown


def test_talk_that_was_certain_has_no_signs(reading, capsys):
    """Nothing is said of listening where there is nothing to listen to."""
    show_draft(reading)
    shown = capsys.readouterr().out
    assert "~" not in shown
    assert "incertain" not in shown
