"""What Whisper makes up is kept out, and what people say is not."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech import recognise
from speech.inventions import echoes, is_gabble, is_invented, outdoes, without_inventions, without_loops
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Word


def _words(text: str, step: float = 0.4) -> list[Word]:
    return [Word(IdentifiedText(part), at * step, at * step + 0.3, 0.8) for at, part in enumerate(text.split())]


def _text(words: list[Word]) -> str:
    return " ".join(word.text.reveal() for word in words)


@pytest.mark.parametrize(
    "text",
    [
        "Sous-titres réalisés par la communauté d'Amara.org",
        "Sous-titres réalisés para la communauté d'Amara.org",
        "Sous-titres par la communauté d'Amara.org",
        "Sous-titres faits par la communauté d'Amara.org",
        "Sous-titrage Société Radio-Canada",
        "Sous-titrage Société Radio-Canada.",
        "Sous-titrage ST' 501",
        "Sous-titrage FR 2021",
        "Sous-titrage MFP.",
        "Sous-titrage",
        "Sous-titres : SousTitreur.com",
        "❤️ par SousTitreur.com",
        "Sous-titres par Juanfrance",
        "Subtitles by the Amara.org community",
        "Merci d'avoir regardé cette vidéo !",
        "Merci d'avoir regardé.",
        "Merci de votre attention.",
        "N'oubliez pas de vous abonner à la chaîne et d'activer la cloche !",
        "N'hésitez pas à vous abonner.",
        "Je vous invite à vous abonner.",
        "Abonnez-vous à notre chaîne YouTube !",
        "Likez, commentez et partagez !",
        "À bientôt pour une nouvelle vidéo.",
        "Thanks for watching!",
        "Copyright WDR 2021",
        "[Musique]",
        "(rires)",
        "*Musique douce*",
        "♪ ♪",
        "♪♪♪",
    ],
)
def test_what_subtitles_end_with_is_kept_out(text: str) -> None:
    """Alone in a stretch, none of it was said."""
    assert without_inventions(_words(text)) == []


@pytest.mark.parametrize("credit", ["Sous-titrage Société Radio-Canada.", "Abonnez-vous à ma chaîne !", "[Rires]."])
def test_a_credit_behind_talk_is_cut_off(credit: str) -> None:
    """The talk before and after it stays."""
    assert _text(without_inventions(_words(f"On en reparle mardi. {credit} Oui."))) == "On en reparle mardi. Oui."


@pytest.mark.parametrize(
    "text",
    [
        "Merci d'avoir regardé son dossier.",
        "Il regarde la télé avec les sous-titres, le soir.",
        "Merci.",
        "Merci à tous. On se retrouve mardi.",
        "Bon, merci de votre attention. On passe à la suite.",
        "Il s'est abonné à une chaîne, il poste des vidéos du quartier.",
        "Dans la prochaine séance, on en reparle.",
        "Elle fait du sous-titrage pour la mairie.",
        "(inaudible) il est parti (vers Lyon).",
        "La musique était trop forte.",
        "Il a eu des applaudissements.",
        "Partagez ce que vous avez vu.",
        "Je vous invite à vous abonner au journal du quartier.",
    ],
)
def test_talk_is_no_invention(text: str) -> None:
    """What people say stays, word for word."""
    assert _text(without_inventions(_words(text))) == text


@pytest.mark.parametrize(
    ("looped", "left"),
    [
        (" ".join(["je ne sais pas"] * 12), "je ne sais pas"),
        ("Alors " + "non " * 40 + "voilà", "Alors non voilà"),
        ("et " + "puis là " * 9 + "c'est fini", "et puis là c'est fini"),
        ("il a dit que c'est la même chose que c'est la même chose que c'est la même chose", None),
    ],
)
def test_a_loop_is_said_once(looped: str, left: str | None) -> None:
    """The first round stays, what stands around it too."""
    assert _text(without_loops(_words(looped))) == (left or "il a dit que c'est la même chose")


@pytest.mark.parametrize(
    "text",
    [
        "Non non non non non, attends.",
        "au secours au secours au secours au secours",
        "je ne sais pas, je ne sais pas",
        "oui oui. Oui. Oui oui oui.",
        "un deux trois quatre cinq",
    ],
)
def test_people_repeat_themselves(text: str) -> None:
    """Nothing is cut off what somebody insists on."""
    assert _text(without_loops(_words(text))) == text


def test_what_is_said_again_later_is_no_loop() -> None:
    """Seconds lie between."""
    words = [word for at in range(6) for word in _moved(_words("je ne sais pas"), at * 20.0)]
    assert without_loops(words) == words


def _moved(words: list[Word], by: float) -> list[Word]:
    return [Word(word.text, word.start + by, word.end + by, word.probability) for word in words]


@given(st.lists(st.sampled_from(["oui", "non", "Nabil", "vient."]), max_size=40))
def test_cutting_loops_twice_cuts_no_more(parts: list[str]) -> None:
    """What is left is in order, and has no loop in it."""
    words = _words(" ".join(parts))
    once = without_loops(words)
    assert without_loops(once) == once
    assert [word for word in words if word in once] == once


NAMES = ["Alice Dubois", "Malik Benali", "Mimosas", "Nabil"]


def test_a_list_of_the_names_it_was_given_is_suspected() -> None:
    """In that order, and with hardly a word between them."""
    assert echoes(_words("Alice Dubois, Malik Benali, Mimosas."), NAMES)
    assert not echoes(_words("Nabil, Mimosas, Alice Dubois."), NAMES)
    assert not echoes(_words("Malik Benali habite aux Mimosas."), NAMES)
    assert not echoes(_words("Alice Dubois a vu Malik Benali près des Mimosas, hier soir, avec sa mère."), NAMES)


def test_a_bracket_that_holds_talk_is_talk() -> None:
    """Only the description of a sound is none."""
    assert is_invented("[Musique]")
    assert not is_invented("(Nabil)")


def test_an_unlikely_stretch_of_names_alone_is_suspected() -> None:
    """As murmurs are heard: a name it was given, once or twice. Heard clearly, or with a word beside it, it is talk."""
    said = _words("Mimosas, Mimosas.")
    murmured = [replace(said[0], probability=0.36), replace(said[1], probability=0.0)]
    assert echoes(murmured, NAMES)
    assert not echoes(said, NAMES)
    unlikely = [replace(word, probability=0.1) for word in _words("aux Mimosas")]
    assert not echoes(unlikely, NAMES)
    assert not echoes([replace(word, probability=0.1) for word in _words("- …")], NAMES)


def test_an_echo_stays_where_nothing_better_is_heard() -> None:
    """A name said alone is not lost: to nothing, to a credit, to gabble or to a guess. Sure words take its place."""
    faint = [replace(word, probability=0.28) for word in _words("Malik.")]
    listed = _words("Alice Dubois, Malik Benali, Mimosas.")
    guessed = [replace(word, probability=0.7) for word in _words("Mais qu'est-ce que ça fait là ?")]
    gabble = _words("il va là bas", step=0.02)
    for lost in ([], _words("Sous-titrage Société Radio-Canada"), gabble):
        assert not outdoes(lost, faint)
        assert not outdoes(lost, listed)
    assert not outdoes(guessed, faint)
    assert outdoes(guessed, listed)
    assert outdoes([replace(word, probability=0.85) for word in guessed], faint)


MADE = {"inventions 4": "bceb4a5d6b502b9c"}
"""What an edition of these rules makes of the same words. A rule that makes something else gets another number."""
_HEARD = (
    "Sous-titrage Société Radio-Canada", "Merci d'avoir regardé.", "[Musique] Il est venu. (rires)", "oui oui oui oui",
    "non " * 9, "il vient il vient il vient il vient il vient", "je ne sais pas je ne sais pas je ne sais pas",
    "Malik.", "Alice Dubois, Malik Benali, Mimosas.", "Nabil, Mimosas, Alice Dubois.", "Abonnez-vous. Bon, on reprend.",
)  # fmt: skip


def test_another_rule_has_another_edition() -> None:
    """Blocks of before an update are told from those of after it by the number alone."""
    made = []
    for text in _HEARD:
        for chance in (0.2, 0.7, 0.9):
            words = [replace(word, probability=chance) for word in _words(text)]
            kept = _text(without_loops(without_inventions(words)))
            beside = [outdoes(words, [replace(each, probability=faint) for each in words]) for faint in (0.1, 0.5)]
            made.append((kept, echoes(words, NAMES), beside, is_gabble(_words(text, step=0.02))))
    digest = hashlib.sha256(repr(made).encode()).hexdigest()[:16]
    assert digest == MADE[f"inventions {recognise._INVENTIONS}"]
