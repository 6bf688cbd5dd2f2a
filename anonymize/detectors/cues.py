"""Cues: what is said just before or after a name. "madame Roux", "surnommé le Fennec", "moi c'est Farid"."""

import re
from collections.abc import Iterable

from anonymize.detectors.layer import Artifacts, Finding, Layer
from anonymize.detectors.reading import Reading
from anonymize.forms import PARTICLES
from anonymize.french.lexicon import FUNCTION_WORDS, TITLES, Lexicon, word_set
from vocabulary.choices import EntityType

_PERSON = EntityType.PERSON
_CUE = re.compile(
    r"(?<!\w)(?:(?:s'|l'|m'|t')?(?:appelle|appelait|appelaient|appellent|appelée?|appeler)(?: pas)?"
    r"(?: (?:tous|toujours|partout|aussi|en vrai|juste|dehors|lui|elle))?|"
    r"surnomm(?:e|ent|é|ée|ait|er)|surnom(?:,)? (?:c'est|c'était)|"
    r"(?:son|ton|mon|le) (?:blaze?|surnom|pseudo|prénom|vrai nom|nom)(?:,)? (?:c'est|est|c'était)|"
    r"pr[ée]nomm[ée]e?|nomm[ée]e?|alias|connue? (?:sous le nom de|comme)|"
    r"(?:un|une) certaine?|(?:un|le|une|la) d[ée]nomm[ée]e?|moi,? c'est|je m'appelle|au quartier,? c'est|"
    r"dehors,? c'est|se fait appeler|sous le nom de|dans la cité,? c'est|les petits disent|les copains disent|"
    r"chez nous,? on dit|(?:ils|elles) (?:le |la |l['’])?(?:disent|surnomment)|on lui dit|c['’]est qui|"
    r"(?:la|le) (?:fameuse?|nommée?)|"
    r"(?<=,)\s*dit)(?!\w),?\s+(?:[«\"“]\s*)?",
    re.IGNORECASE,
)
_KIN = re.compile(
    r"(?<!\w)(?:le petit|la petite|le jeune|la jeune|le grand|le gamin|la gamine|"
    r"mon collègue|ma collègue|mon animateur|"
    r"(?:son|sa|le|la|mon|ma|leur|l') ?(?:frère|sœur|soeur|cousine?|oncle|tante|copine?|pote|mère|père|fils|fille|"
    r"demi-sœur|demi-frère|"
    r"mari|femme|compagnon|compagne|nièce|neveu|cadette?|aînée?))(?!\w),?\s+(?:c'est\s+|de\s+|d')?",
    re.IGNORECASE,
)


_SHORT = frozenset({"m", "mr", "mme", "mlle", "dr"})
"""Titles that are written with a full stop."""


_ARTICLE = re.compile(r"(?<=à )la $", re.IGNORECASE)
_GOING = re.compile(
    r"(?<!\w)(?:va|vont|allait|allaient|aller|allée?s?|retrouv\w+|dort|dorment|dormait|emmen\w+|venue?s?|revenue?s?|vit|vivent|"
    r"atterri\w*|retourn\w+|descend\w*|traîn\w+|vu|croise\w*|attend\w*)(?: [^\W\d_]{2,10})? (?:à la|aux?|à l['’]) ?",
    re.IGNORECASE,
)
_NAMELY = word_set("le el ben bin van von da dos ait ould bel")
"""Particles that are a name's where there are no capitals too: "Gwenaëlle Le Hénaff"."""
_BORN = re.compile(r"(?<![\w-])(?:née|épouse|veuve|nom de jeune fille)(?: c['’]est)? ", re.IGNORECASE)
_HOME = re.compile(
    r"(?<!\w)(?:habit(?:e|es|ent|ait|aient|er|é)|log(?:e|ée?|ent|ait)|n[ée]e? |origin\w+|grandi|"
    r"tantes?|oncles?|cousine?|grand-mère|grand-père|marraine|"
    r"tien(?:t|nent) (?:le|les|un) (?:murs?|points?|fours?|terrains?)|(?:deal|guett|charbonn|bicrav|chouf)\w*|"
    r"zon(?:e|ait|ent)|tra[iî]n(?:e|ent|ait)|relog[ée]\w*|bloqué)"
    r"(?: (?:plus|toujours|encore|là-bas|maintenant))? ?(?:à la|à|aux?|sur|dans le|vers|du|des|de la|d'|de|chez) "
    r"(?:l')?",
    re.IGNORECASE,
)


_ROLES = word_set(
    "soir matin midi nuit lendemain veille semaine mois jour samedi dimanche week-end juge avocat avocate patron "
    "patronne responsable chef directeur directrice jeune gars mec garçon fille gamin gamine dame homme femme "
    "monsieur prochain prochaine suivant suivante premier première dernier dernière deuxième troisième second "
    "seconde autre meme même pire plus moins mieux mère père frère soeur copain copine voisin voisine police "
    "commissariat foyer collège lycée hôpital famille maman papa victime témoin auteur coupable suspect éduc type "
    "nourrice problème coup cas temps truc chose vrai numéro standard samu secrétariat propriétaire bailleur "
    "mairie préfecture tribunal service mission école centre association urgence urgences pompiers accueil "
    "parquet médecin psy prof grand petit grande petite ancien ancienne nouveau nouvelle seul seule quel quelle"
)
"""Nouns that come with their article after such phrases without being anybody's name."""


ANONYMOUS = word_set(
    "banque campagne danse boxe piscine cantine plonge chaîne caisse sécurité justice gendarmerie poste rentrée "
    "récréation barre cave montagne mer frontière boutique pharmacie laverie supérette épicerie boulangerie "
    "boucherie librairie caserne douche cuisine garderie halte-garderie crèche maternelle primaire cafétéria "
    "terrasse comptoir chantier entrepôt usine atelier bureau guichet secrétariat internat externat dortoir "
    "réfectoire infirmerie détention promenade parloir quartier cellule audience barreau cabinet étude greffe "
    "dépôt permanence astreinte retraite chômage formation alternance apprentissage plomberie mécanique peinture "
    "coiffure restauration maçonnerie télévision radio gare plage montée sortie fenêtre porte grille rambarde "
    "voiture moto scooter vélo camion conservatoire patinoire skatepark mosquée église temple synagogue cimetière "
    "marché kebab pizzeria burger tabac judo karaté natation musculation théâtre basket rugby tennis gymnastique "
    "athlétisme escalade couture snack bar éducatrice éducateur tante oncle cousine cousin grand-mère grand-père "
    "mamie papi belle-mère beau-père copine soir matin midi fond coin pied bord bout haut bas nord sud est ouest "
    "tram bus métro parking hall escalier trottoir détail gramme kilo black noir toxico toxicos client clients "
    "touriste touristes lycéens collégiens copains potes"
)
"""Common nouns of places and pursuits, that name no place and no institution."""


class CuesLayer(Layer):
    """Names that a title or a phrase announces."""

    layer = "cues"

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        super().__init__()

    def find(self, reading: Reading, artifacts: Artifacts) -> Iterable[Finding]:  # noqa: ARG002
        yield from self._titles(reading)
        starts = {word.start: index for index, word in enumerate(reading.words)}
        for pattern, reason, score in ((_CUE, "naming phrase", 0.8), (_KIN, "kinship", 0.6)):
            for match in pattern.finditer(reading.text):
                index = starts.get(match.end())
                if index is not None:
                    yield from self._named(reading, index, reason, score)

        for match in _BORN.finditer(reading.text):
            index = starts.get(match.end())
            if index is not None and not reading.cased:
                word = reading.words[index]
                if (
                    word.ordinary
                    and self._lexicon.surnames.get(word.folded, 9) <= 6
                    and word.folded not in FUNCTION_WORDS
                ):
                    yield self._person(reading, index, index, "maiden name", 0.6)

        if not reading.cased:
            for pattern, level in ((_HOME, 3), (_GOING, 5)):
                for match in pattern.finditer(reading.text):
                    index = starts.get(match.end())
                    if index is not None and self._rare(reading, index, level):
                        article = _ARTICLE.search(match[0])
                        start = match.start() + article.start() if article is not None else match.end()
                        yield Finding(start, reading.words[index].end, EntityType.PLACE, 0.4, "home", False)

    def _rare(self, reading: Reading, index: int, level: int) -> bool:
        """Whether a word is ordinary but rare, and no common noun of a place."""
        folded = reading.words[index].folded
        plain = folded in FUNCTION_WORDS | ANONYMOUS | self._lexicon.spoken
        return not plain and self._lexicon.words.get(folded, 0) >= level

    def _titles(self, reading: Reading) -> Iterable[Finding]:
        words = reading.words
        for index in range(1, len(words)):
            if words[index - 1].folded not in TITLES:
                continue
            gap = reading.text[words[index - 1].end : words[index].start]
            if gap != " " and not (gap == ". " and words[index - 1].folded in _SHORT):
                continue
            strong = words[index - 1].folded in (
                "madame",
                "monsieur",
                "mme",
                "mlle",
                "mademoiselle",
                "maitre",
                "m",
                "mr",
                "docteur",
                "dr",
                "brigadier",
                "famille",
            )
            word = words[index]
            if reading.cased:
                if word.capital and not (word.initial and gap != ". ") and word.folded not in TITLES:
                    yield self._person(reading, index, self._run(reading, index), "title", 0.9)
                elif (
                    word.folded in PARTICLES
                    and index + 1 < len(words)
                    and words[index + 1].capital
                    and word.folded not in ("l", "d", "la", "le", "les", "de", "des", "du")
                ):
                    yield self._person(reading, index, self._run(reading, index + 1), "title", 0.9)
                continue
            if word.folded in FUNCTION_WORDS or word.folded in self._lexicon.spoken or len(word.folded) < 3:
                continue
            if not word.ordinary:
                yield self._person(reading, index, self._run(reading, index), "title", 0.9)
            elif strong and word.folded in self._lexicon.surnames and self._lexicon.surnames[word.folded] <= 7:
                yield self._person(reading, index, index, "title", 0.7)

    def _named(self, reading: Reading, index: int, reason: str, score: float) -> Iterable[Finding]:
        words = reading.words
        first = index
        if words[first].folded in ("le", "la", "les", "l") and first + 1 < len(words) and reason == "naming phrase":
            first += 1
            article = True
        else:
            article = False
        word = words[first]
        named = reading.cased and word.capital and not word.initial and reason == "naming phrase"
        if not named and (word.folded in TITLES or word.folded in self._lexicon.spoken):
            return
        if reading.cased:
            if (
                word.capital
                and not (word.folded in FUNCTION_WORDS and word.initial)
                and (len(word.text) > 1 or article)
            ):
                yield self._person(reading, first, self._run(reading, first), reason, score)
            return
        if word.folded in FUNCTION_WORDS or len(word.folded) < 2:
            return
        if not word.ordinary:
            yield self._person(reading, first, self._run(reading, first), reason, score)
        elif reason == "naming phrase" and article and words[first].folded not in _ROLES and len(word.folded) > 2:
            level = self._lexicon.words.get(word.folded, 0)
            yield self._person(reading, first, first, reason, 0.5, sure=level >= 2)
        elif (
            reason == "naming phrase"
            and self._lexicon.words.get(word.folded, 0) >= 3
            and not word.folded.endswith(("er", "ez"))
        ):
            yield self._person(reading, first, first, reason, 0.5, sure=self._lexicon.words.get(word.folded, 0) >= 5)
        elif (
            reason == "kinship"
            and self._lexicon.first_name(word.folded) is not None
            and self._lexicon.words.get(word.folded, 0) >= 3
        ):
            yield self._person(reading, first, first, reason, 0.5, sure=False)

    def _run(self, reading: Reading, index: int) -> int:
        words = reading.words
        last = index
        while last + 1 < len(words) and last - index < 3:
            reach = last + 1
            while (
                reach < len(words) and reading.joined(reach) and words[reach].folded in PARTICLES and reach - last < 3
            ):
                reach += 1
            if reach >= len(words) or not reading.joined(reach):
                break
            word = words[reach]
            written = reading.cased and word.capital and not word.initial
            if word.folded in FUNCTION_WORDS | self._lexicon.spoken and not written:
                break
            if reading.cased and not written:
                break
            joint = all(particle.folded in _NAMELY for particle in words[last + 1 : reach])
            if not reading.cased and (
                word.ordinary or not joint or self._lexicon.first_name(words[last].folded) is None
            ):
                break
            last = reach
        return last

    def _person(
        self, reading: Reading, first: int, last: int, reason: str, score: float, *, sure: bool = True
    ) -> Finding:
        return Finding(reading.words[first].start, reading.words[last].end, _PERSON, score, reason, sure)
