"""Ordinary words that stand where only names stand: "Biscotte il dort plus", "dis à Zéro", "c'est Marine qui".

A French noun takes a determiner; a name takes none. Where nothing is written with a capital, a word that
stands bare as a subject, as the one spoken to, or after "c'est ... qui" is rather a name than a thing.

Rules of the module:
- Only turns written without capitals are looked at, and only words that French knows: the others are the
  business of the other layers.
- Evidence is summed over the whole session, word by word; one loose place is not enough.
- An accepted word counts wherever no determiner precedes it; "le gros" is accepted with its article.
- Everything found here is residual, except a word with evidence from several places.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from anonymize.detectors.adjectives import ADJECTIVE
from anonymize.detectors.layer import Artifacts, Finding, Layer
from anonymize.detectors.reading import Reading, Word
from anonymize.french.lexicon import DETERMINERS, FUNCTION_WORDS, TITLES, Lexicon, word_set
from anonymize.french.numbers import number
from vocabulary.choices import EntityType

_ENOUGH = 0.7
_PLENTY = 1.2
_JOINING = frozenset({"ADV", "INTJ", "CCONJ", "SCONJ"})
_OPEN = word_set(
    "que qu et quand si comme mais alors puis donc car sauf parce où ou après enfin oui non ouais bon ben voilà hein "
    "parce-que sinon sauf ni puisque lorsque pourquoi"
)
"""Words after which a clause begins."""
_DAYS = word_set(
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre lundi mardi mercredi "
    "jeudi vendredi samedi dimanche hier demain aujourd'hui"
)
_CERTAIN = word_set("certain certaine dénommé dénommée surnommé surnommée nommé nommée")
_CLITICS = word_set("m t s l n me te se le la les lui nous vous ne y en leur")
_TAKEN_UP = word_set("il elle")
_CALLED = word_set("tu toi vous t")
_DATIVE = re.compile(
    r"^(?:di[st]|dire|disait|dites|demand|parl|donn|ecri|telephon|racont|rend|propos|repond|expliqu|present|envo|"
    r"montr|confi|pens|ressembl|promis|promet|pass|pris|prend|fai[st]|ment|manqu|rappel)"
)
_UNFINITE = re.compile(r"(?:er|ir|re|oir|ant|és?|ées?)$")
_KIN = word_set(
    "parle parler parlait parlé mere pere frere soeur oncle tante cousin cousine copain copine ami amie fils fille "
    "anniversaire dossier situation nouvelles cas place chambre telephone numero nom surnom famille maison grand-mere"
)
_HIS = word_set("le la son sa mon ma leur notre ton ta l")
_PEOPLE = word_set(
    "grand grande petit petite gamin gamine jeune fille garcon gars mec eleve enfant ado surnom prenom nom blaze pote "
    "copain copine frere soeur cousin cousine homme femme type"
)
_BEARERS = word_set(
    "chiffre prenom nom fleur fruit ville pays animal oiseau marque gateau gateaux film chanteur chanteuse joueur "
    "acteur heros saison mois jour pierre couleur plante arbre poisson instrument metier fleuve riviere bonbon "
    "bonbons boisson voiture dessin chien chat insecte personnage sport legume lettre note planete ile region outil"
)
"""What a name is said to be like: "Zéro comme le chiffre"."""
_SAYING = word_set("disent appellent appelle surnomment surnomme surnommait appelait")
_VAGUE = word_set(
    "personne gens truc trucs chose choses rien fait faits monsieur madame maman papa frere soeur pere mere gamin "
    "gamine petit petite grand grande jeune jeunes vieux vieille enfant bebe copain copine pote gars mec fille "
    "garcon nuit jour soir matin midi hier demain lundi resultat total merci pardon silence rire rires genre type "
    "attention exemple parole question dommage chapeau bravo courage confiance mardi minuit tete vrai vraie faux "
    "fausse pire mieux pareil seul seule premier premiere dernier derniere second seconde autre autres meme "
    "nouveau nouvelle pauvre bon bonne mauvais rouge noir noire blanc blanche vert verte bleu bleue jaune gris "
    "long large haut bas fond bout plein vide dehors dedans dessus dessous possible probable impossible normal "
    "evident clair juste besoin envie peur honte raison tort mal froid faim soif sommeil partie cote cause force "
    "face suite reste reponse dieu vue moitie place police prison ecole foyer college lycee classe cours stage "
    "travail boulot maison quartier proprietaire responsable chef juge avocat avocate directeur directrice voisin "
    "voisine prochain prochaine coup coups mien mienne tien tienne sien sienne temps age nombre surnom minimum "
    "maximum social sociale majeur majeure mineur mineure prof fou folle malade mort morte inverse contraire"
)
"""Words that stand bare or without a noun for other reasons."""
_COUNTED = {"un": "1", "1": "1", "deux": "2", "2": "2"}
"""Two bearers of one name, told apart by number: "Kevin un et Kevin deux"."""
_AROUND = word_set("le au du")
_END = frozenset({"PRON", "VERB", "AUX", "CCONJ", "SCONJ", "ADP", "ADV", "DET", "INTJ", ""})


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where a word stands: the four words after it, the two before, and what it is itself."""

    folded: str
    after: list[str]
    before: str
    earlier: str
    noun: bool
    listed: bool


def _led(place: _Standing) -> float:
    """What the words before say: "c'est Marine qui", "dis à Zéro", "chez Biscotte"."""
    presented = place.before in ("est", "etait") and place.earlier == "c"
    if presented and place.after[0] == "qui":
        return 0.7
    if (place.before == "a" and _DATIVE.match(place.earlier)) or (
        place.before in _TAKEN_UP | {"lui"} and place.earlier == "est" and place.noun
    ):
        return 0.5
    if place.before in _SAYING | {"chez"} or (place.before == "dit" and place.earlier == "on"):
        return 0.4
    if presented and place.noun:
        return 0.35
    return 0.3 if place.before in ("avec", "pour", "sur") and place.noun else 0.0


def _followed(place: _Standing) -> float:
    """What the words after say: "Puce c'est une grande", "Loyauté, la cousine"."""
    first, second, third, fourth = place.after
    if first == "c" and second == "est":
        if third == "qui" or fourth in _PEOPLE:
            return 0.7
        if third in _HIS | {"lui", "elle", "un", "une"}:
            return 0.4
    if (place.listed and first.startswith(f"{place.folded}-")) or (
        place.noun and first in _HIS and second in _KIN | _PEOPLE
    ):
        return 0.5
    if first in ("le", "la") and second == place.folded:
        return 0.4
    return 0.3 if place.noun and first == place.folded else 0.0


class StandingLayer(Layer):
    """The words of one session that stand where names stand."""

    layer = "standing"

    def __init__(self, session: Sequence[Artifacts], lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._equated_ones: set[str] = set()
        evidence: dict[str, float] = defaultdict(float)
        strongest: dict[str, float] = defaultdict(float)
        articled: dict[str, int] = defaultdict(int)
        counted: dict[str, set[str]] = defaultdict(set)
        for artifacts in session:
            reading = artifacts.reading
            for index in range(1, len(reading.words)):
                rare = not reading.words[index - 1].ordinary or lexicon.words.get(reading.before(index), 0) > 3
                if reading.words[index].folded in _COUNTED and rare and reading.before(index) not in FUNCTION_WORDS:
                    counted[reading.before(index)].add(_COUNTED[reading.words[index].folded])
            for index, word in enumerate(reading.words):
                if not self._candidate(word) or (reading.cased and not (word.capital and word.initial)):
                    continue
                weight = self._weight(reading, artifacts, index)
                evidence[word.folded] += weight
                strongest[word.folded] = max(strongest[word.folded], weight)
                if self._articled(reading, artifacts, index):
                    equated = self._equated(reading, index)
                    articled[word.folded] += 3 if equated else 1
                    self._equated_ones |= {word.folded} if equated else set()
        self._accepted = {
            folded: total + self._prior(folded)
            for folded, total in evidence.items()
            if strongest[folded] >= 0.3 and total + self._prior(folded) >= _ENOUGH
        }
        self._articled_ones = {
            folded for folded, count in articled.items() if count >= (3 if lexicon.words.get(folded, 9) < 3 else 2)
        }
        self._counted = {folded for folded, numbers in counted.items() if len(numbers) > 1}
        super().__init__()

    def find(self, reading: Reading, artifacts: Artifacts) -> Iterable[Finding]:
        for index in range(1, len(reading.words)):
            word = reading.words[index]
            if word.folded in _COUNTED and reading.before(index) in self._counted and reading.joined(index):
                yield Finding(reading.words[index - 1].start, word.end, EntityType.PERSON, 0.8, "numbered name")
        for index, word in enumerate(reading.words):
            if reading.cased and not (word.capital and word.initial):
                continue
            total = self._accepted.get(word.folded)
            if total is not None and self._bare(reading, artifacts, index):
                yield Finding(word.start, word.end, EntityType.PERSON, 0.5, "bare noun", total >= _PLENTY)
            elif word.folded in self._articled_ones and self._articled(reading, artifacts, index):
                yield Finding(word.start, word.end, EntityType.PERSON, 0.4, "adjective as a name", True)

    def _candidate(self, word: Word) -> bool:
        folded = word.folded
        if len(folded) < 3 or not word.ordinary or not folded.replace("-", "").isalpha():
            return False
        if folded in FUNCTION_WORDS or folded in TITLES or folded in _VAGUE or folded in self._lexicon.spoken:
            return False
        return not number(folded)

    def _prior(self, folded: str) -> float:
        """What the lists say beforehand: a first name is rather a name, a very common word rather not."""
        level = self._lexicon.first_name(folded)
        if level is not None and level <= 8:
            return 0.3 if level <= 6 else 0.15
        return -0.25 if self._lexicon.words.get(folded, 9) <= 1 else 0.0

    def _bare(self, reading: Reading, artifacts: Artifacts, index: int) -> bool:
        if index == 0 or (reading.cased and reading.words[index].initial):
            return True
        before = reading.words[index - 1]
        if before.folded in DETERMINERS and before.folded not in ("de", "d", "en"):
            return False
        return artifacts.part_of_speech(before) not in ("DET", "NUM")

    def _weight(self, reading: Reading, artifacts: Artifacts, index: int) -> float:
        """Return how much one mention speaks for a name."""
        word = reading.words[index]
        if reading.before(index) in _CERTAIN and reading.before(index, 2) in _HIS | {"un", "une"}:
            return 0.5
        likened = [after.folded for after in reading.words[index + 1 : index + 4]]
        alike = len(likened) == 3 and likened[0] == "comme" and likened[1] in _HIS | {"les", "un", "une"}
        if alike and likened[2] in _BEARERS and self._bare(reading, artifacts, index):
            return 0.8
        noun = self._noun(artifacts, word)
        listed = self._lexicon.first_name(word.folded) is not None
        if noun is None and not listed:
            return 0.0
        place = _Standing(
            word.folded,
            [
                reading.words[other].folded if other < len(reading.words) else ""
                for other in range(index + 1, index + 5)
            ],
            "" if index == 0 or (reading.cased and word.initial) else reading.before(index),
            reading.before(index, 2),
            noun is not False,
            listed,
        )
        if place.before in ("d", "de"):
            return 0.3 if place.earlier in _KIN and place.noun else 0.0
        if not self._bare(reading, artifacts, index) or place.before == "en":
            return 0.0
        part = artifacts.part_of_speech(reading.words[index - 1]) if place.before else ""
        opens = place.before in _OPEN | _DAYS | {"", word.folded} or part in _JOINING
        weights = [_led(place), _followed(place)]
        if place.after[0] in _TAKEN_UP:
            loose = part in ("NOUN", "ADJ", "ADP", "VERB") or not (place.noun or listed)
            weights.append(0.25 if loose else 0.5)
        if place.noun and self._acts(reading, artifacts, index, part):
            weights.append(0.5 if opens else 0.3)
        if place.noun and opens and place.after[0] in _CALLED:
            weights.append(0.4)
        if listed and noun is not None and self._surname(reading, index + 1):
            weights.append(0.6)
        if place.noun and len(reading.words) == 1:
            weights.append(0.3)
        return max(weights)

    def _noun(self, artifacts: Artifacts, word: Word) -> bool | None:
        """Whether a word is a noun (a rare one may be tagged an adjective); None if it is neither."""
        part = artifacts.part_of_speech(word)
        if part == "ADJ":
            return self._lexicon.words.get(word.folded, 9) >= 4 and ADJECTIVE.search(word.folded) is None
        return True if part in ("NOUN", "PROPN") else None

    def _equated(self, reading: Reading, index: int) -> bool:
        """Whether a name follows: "le maigre c'est Jordan"."""
        after = reading.words[index + 1 : index + 5]
        if reading.cased or len(after) < 3 or after[0].folded != "c" or after[1].folded != "est":
            return False
        if len(after) > 3 and after[3].folded == "qui":
            return False
        return not after[2].ordinary and self._lexicon.first_name(after[2].folded) is not None

    def _surname(self, reading: Reading, index: int) -> bool:
        """Whether a word that can but be a surname comes next."""
        if index >= len(reading.words) or not reading.joined(index):
            return False
        word = reading.words[index]
        return not word.ordinary and len(word.folded) > 3 and self._lexicon.first_name(word.folded) is None

    def _acts(self, reading: Reading, artifacts: Artifacts, index: int, before: str) -> bool:
        """Whether a finite verb follows, pronouns before it apart: "Cerise m'a montré"."""
        words = reading.words
        reach = index + 1
        while reach < len(words) and reach < index + 4 and words[reach].folded in _CLITICS:
            reach += 1
        if reach >= len(words) or artifacts.part_of_speech(words[reach]) not in ("VERB", "AUX"):
            return False
        if before in ("ADP", "AUX", "VERB", "DET", "NUM"):
            return False
        return not before or reach > index + 1 or _UNFINITE.search(words[reach].text.lower()) is None

    def _articled(self, reading: Reading, artifacts: Artifacts, index: int) -> bool:
        """Whether an adjective stands after "le" with no noun after it: "le gros elle l'a chargé"."""
        if reading.cased or reading.before(index) not in _AROUND or reading.words[index].folded in _VAGUE:
            return False
        if self._equated(reading, index):
            return True
        if (
            artifacts.part_of_speech(reading.words[index]) != "ADJ"
            and reading.words[index].folded not in self._equated_ones
        ):
            return False
        follows = artifacts.part_of_speech(reading.words[index + 1]) if index + 1 < len(reading.words) else ""
        return follows in _END
