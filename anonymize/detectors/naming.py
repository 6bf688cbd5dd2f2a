"""Names that follow a head: "collège Marcel-Aymard", "cité des Genêts", "rue de Crimée", "bâtiment D".

With capitals, the name is the run of capitalised words and numbers after the head and its linking
words. Without, it is the run of words that are no ordinary words; heads that nearly always announce a
name also take one or two ordinary ones after a linking word.
"""

import re
from collections.abc import Iterable

from anonymize.detectors.adjectives import ADJECTIVE
from anonymize.detectors.layer import Artifacts, Finding, Layer
from anonymize.detectors.reading import Reading, Word
from anonymize.french.heads import HEAD, Head, head_of
from anonymize.french.lexicon import FUNCTION_WORDS, Lexicon, word_set
from anonymize.french.numbers import number
from vocabulary.choices import EntityType

_LINKS = word_set("de la le les du des d l à au aux en et sur sous lès")
_OPENING = word_set("de la le les du des d l")
_LANDMARK = re.compile(r"ile|fontaine|combe|butte|dalle|colline|plage")
_ARTICLE = re.compile(r"(?<![\w'’])(?:à|de|sur|vers|dans|jusqu['’]à) (?P<article>la |l['’])$", re.IGNORECASE)
_STOP = re.compile(r"(?:m[ée]tro|station|arr[êe]t|terminus|tram) (?:à )?$", re.IGNORECASE)
_BUILT = re.compile(
    r"(?:tour|residence|cite|villa|immeuble|parc|pont|barre|place|square|allee|impasse|quai|mas|clos|moulin)$"
)
_DIGITS = re.compile(r"(?<![\w-])\d{1,4}(?:\s?(?:bis|ter|quater))?,?\s+$", re.IGNORECASE)
_NEVER = word_set(
    "de quartier deal vie ville nuit jour jeunes enfants prévention insertion loisirs parents place juges "
    "discussion travail travailleurs toit classe cours sport soir matin semaine deuxième chance foot "
    "football danse boxe chez dehors moment maintenant personne mère père police secteur collègues garçon "
    "garçons fille filles gens grands petits gamins gamin jeune copains trafic drogue stup stups choses "
    "parole avocat avocats français maths histoire droit droits fait tout tous ensemble côté bas haut "
    "fond entrée sortie retour route voiture voitures bus train métro tram argent dette bébé bébés temps "
    "mois an ans stationnement parking sang passage rendez-vous partout"
)


class NamingLayer(Layer):
    """Places and institutions announced by a head."""

    layer = "naming"

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        super().__init__()

    def find(self, reading: Reading, artifacts: Artifacts) -> Iterable[Finding]:
        starts = {word.start: index for index, word in enumerate(reading.words)}
        position = 0
        while True:
            match = HEAD.search(reading.text, position)
            if match is None:
                return
            position = match.end()
            head = head_of(match)
            index = starts.get(match.start())
            if index is None:
                continue
            after = index
            while after < len(reading.words) and reading.words[after].start < match.end():
                after += 1
            name = self._name(reading, artifacts, after, head)
            if name is None:
                continue
            first, last, sure = name
            last = self._nested(reading, artifacts, last)
            own = reading.cased and reading.words[index].capital and not reading.words[index].initial
            start = match.start() if head.inside or own else reading.words[first].start
            if head.label is EntityType.PLACE and (own or _LANDMARK.fullmatch(reading.words[index].folded)):
                article = _ARTICLE.search(reading.text[: match.start()])
                start = article.start("article") if article is not None else start
            if head.inside and head.label is EntityType.PLACE:
                number = _DIGITS.search(reading.text[: match.start()])
                if number is not None:
                    start = number.start()
            yield Finding(start, reading.words[last].end, head.label, 0.85 if sure else 0.5, "head", sure)
            position = max(position, reading.words[last].end)

    def _nested(self, reading: Reading, artifacts: Artifacts, last: int) -> int:
        """Reach over a second head: "coteaux de la tour Alouette"."""
        match = None if reading.cased else HEAD.match(reading.text, reading.words[last].start)
        if match is None or last + 1 >= len(reading.words) or match.end() > reading.words[last].end:
            return last
        inner = self._name(reading, artifacts, last + 1, head_of(match))
        return last if inner is None else inner[1]

    def _name(self, reading: Reading, artifacts: Artifacts, index: int, head: Head) -> tuple[int, int, bool] | None:
        """Return the first and last word of the name after a head, and whether it is surely one."""
        words = reading.words
        if index >= len(words) or not _close(reading, index):
            return None
        if self._lettered(reading, index, head):
            return index, index, True
        first = index
        if words[index].folded == "a" and index + 2 < len(words) and head.label is EntityType.INSTITUTION:
            # "une mecs à Foix, les Mésanges"
            first += 2 if not words[index + 1].ordinary and words[index + 2].folded in ("le", "la", "les") else 0
        links: list[str] = []
        while first < len(words) and words[first].folded in _OPENING and not (reading.cased and words[first].capital):
            links.append(words[first].folded)
            first += 1
            if len(links) > 3 or first >= len(words) or not _close(reading, first):
                return None
        if first >= len(words):
            return None
        person = self._lexicon.first_name(words[first].folded) is not None and words[first].folded not in FUNCTION_WORDS
        if head.function == "Institution" and not links and person:
            # "la mission locale, Kevin, ...": a first name right after such a head is a person's.
            return None
        last = self._capitals(reading, first, head) if reading.cased else None
        sure = last is not None
        if last is None:
            last = self._plain(reading, first, head, links)
            sure = last is not None and (not reading.cased or not words[first].ordinary)
        if last is None and not links:
            last = self._juxtaposed(reading, artifacts, first, head)
        if last is None:
            return None
        if not head.inside and links and links[-1] in ("le", "la", "les", "l") and "de" not in links:
            first -= 1
        return first, last, sure

    def _lettered(self, reading: Reading, index: int, head: Head) -> bool:
        """Whether a letter names a building: "bâtiment D"."""
        word = reading.words[index]
        if len(word.text) != 1 or not word.text.isalpha() or not (head.inside and head.function == "Lieu"):
            return False
        if head.loose or reading.text[word.end : word.end + 1] in ("'", "’"):
            return False
        return word.capital if reading.cased else word.folded not in ("a", "y", "c")

    def _capitals(self, reading: Reading, first: int, head: Head) -> int | None:
        words = reading.words
        if not _nameable(words[first], head) or words[first].initial:
            return None
        if words[first].folded in self._lexicon.spoken and not words[first].text.istitle():
            return None
        last = first
        while last + 1 < len(words):
            reach = last + 1
            while (
                reach < len(words) and reach - last < 4 and words[reach].folded in _LINKS and not words[reach].capital
            ):
                if not _close(reading, reach):
                    break
                reach += 1
            if reach >= len(words) or not _close(reading, reach) or words[reach].initial:
                break
            if not words[reach].capital and not (reach == last + 1 and words[reach].text.isdigit()):
                break
            if reach > last + 1 and words[reach - 1].folded in ("a", "et", "au", "aux", "en", "sur"):
                break
            last = reach
        return last

    def _plain(self, reading: Reading, first: int, head: Head, links: list[str]) -> int | None:
        words = reading.words
        word = words[first]
        if not word.ordinary and word.folded not in FUNCTION_WORDS:
            alone = head.function == "Institution" and not links
            return None if alone and not head.loose else self._run(reading, first)
        if word.text.isdigit():
            return first if head.inside and not links and head.function == "Lieu" else None
        if len(word.folded) == 1:
            return None
        if word.folded in ("nord", "sud") and not links and head.function in ("Hôpital", "Lycée", "Collège"):
            return first
        if number(word.folded) and links[-1:] == ["les"] and head.loose and first + 1 < len(words):
            return first + 1 if not head.inside and "de" not in links else None
        if not head.loose or word.folded in _NEVER or word.folded in FUNCTION_WORDS:
            return None
        if self._lexicon.words.get(word.folded, 9) < 1:
            return None
        street = head.inside and head.label is EntityType.PLACE
        if street and not links:
            return None
        if not head.inside and not links and "-" not in word.folded:
            return None
        stop = head.label is EntityType.PLACE and links[-1:] and links[-1] in ("la", "les", "le")
        if stop and _STOP.search(reading.text[: words[first - len(links)].start]):
            return first
        if head.label is EntityType.PLACE and not set(links) & {"de", "du", "des", "d"}:
            return None
        if (
            head.label is EntityType.INSTITUTION
            and not set(links) & {"le", "la", "les", "l"}
            and "-" not in word.folded
        ):
            return None
        return self._run(reading, first)

    def _juxtaposed(self, reading: Reading, artifacts: Artifacts, first: int, head: Head) -> int | None:
        """A noun right after the head of an association or a shelter is its name: "l'association horizon"."""
        words = reading.words
        if head.label is EntityType.PLACE:
            return self._beside(reading, artifacts, first)
        if head.inside or head.function == "Institution":
            return None
        last = first
        if artifacts.part_of_speech(words[first]) == "ADJ" and first + 1 < len(words) and _close(reading, first + 1):
            last = first + 1
        if artifacts.part_of_speech(words[last]) not in ("NOUN", "PROPN", "ADJ") or ADJECTIVE.search(
            words[last].folded
        ):
            return None
        vague = any(word.folded in _NEVER or word.folded in FUNCTION_WORDS for word in words[first : last + 1])
        return None if vague else last

    def _beside(self, reading: Reading, artifacts: Artifacts, first: int) -> int | None:
        """A noun right after the head of a building or an estate: "tour alouette", "résidence bellevue"."""
        words = reading.words
        word = words[first]
        if reading.cased or not _BUILT.match(words[first - 1].folded) or word.text.isdigit():
            return None
        part = artifacts.part_of_speech(word)
        rare = part == "ADJ" and self._lexicon.words.get(word.folded, 9) >= 5 and ADJECTIVE.search(word.folded) is None
        if part != "NOUN" and not rare and not (words[first - 1].folded == "clos" and part in ("ADJ", "VERB")):
            return None
        vague = word.folded in _NEVER | FUNCTION_WORDS | self._lexicon.spoken or len(word.folded) < 4
        return None if vague or self._lexicon.words.get(word.folded, 9) < 3 else first

    def _run(self, reading: Reading, first: int) -> int:
        """Extend over words that are no ordinary words, and over "X d'Y" of a name with its article."""
        words = reading.words
        last = first
        while last + 1 < len(words) and last - first < 4:
            word = words[last + 1]
            if not _close(reading, last + 1):
                break
            if not word.ordinary and word.folded not in FUNCTION_WORDS and len(word.folded) > 1:
                if words[last].ordinary and word.folded in self._lexicon.surnames:
                    break
                last += 1
            elif word.folded in ("d", "l") and last + 2 < len(words) and words[last + 2].folded not in FUNCTION_WORDS:
                last += 2
            elif word.text.isdigit() and len(word.text) <= 2 and not words[last].ordinary:
                last += 1
            else:
                break
        return last


def _close(reading: Reading, index: int) -> bool:
    """Whether nothing but a space or an apostrophe parts a word from the one before it."""
    gap = reading.text[reading.words[index - 1].end : reading.words[index].start] if index else " "
    return gap.strip(" '’\u00a0") == "" and len(gap) <= 2


def _nameable(word: Word, head: Head) -> bool:
    if word.capital:
        return word.folded not in _NEVER or len(word.text) > 3
    return word.text.isdigit() and head.inside and head.function == "Lieu" and len(word.text) <= 3
