"""Cues: what is said just before or after a name. "madame Roux", "surnommé le Fennec", "moi c'est Farid"."""

import re
from collections.abc import Iterable

from anonymize.detectors.layer import Artifacts, Finding, Layer
from anonymize.detectors.reading import Reading
from anonymize.forms import PARTICLES
from anonymize.lexicon import FUNCTION_WORDS, TITLES, Lexicon
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
    r"chez nous,? on dit|(?<=,)\s*dit)(?!\w),?\s+(?:[«\"“]\s*)?",
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


_HOME = re.compile(
    r"(?<!\w)(?:habit(?:e|es|ent|ait|aient|er|é)|log(?:e|ée?|ent|ait)|n[ée]e? |origin\w+|grandi|"
    r"zon(?:e|ait|ent)|tra[iî]n(?:e|ent|ait)|relog[ée]\w*|bloqué)"
    r"(?: (?:plus|toujours|encore|là-bas|maintenant))? ?(?:à la|à|aux?|sur|dans le|vers|du|des|de la|d'|de|chez) "
    r"(?:l')?",
    re.IGNORECASE,
)


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

        for match in _HOME.finditer(reading.text):
            index = starts.get(match.end())
            if index is not None and not reading.cased:
                word = reading.words[index]
                if word.folded not in FUNCTION_WORDS and self._lexicon.words.get(word.folded, 0) >= 3:
                    yield Finding(word.start, word.end, EntityType.PLACE, 0.4, "home", False)

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
            if word.folded in FUNCTION_WORDS or word.folded in self._lexicon.spoken:
                break
            if reading.cased and (not word.capital or word.initial):
                break
            if not reading.cased and (
                word.ordinary or reach > last + 1 or self._lexicon.first_name(words[last].folded) is None
            ):
                break
            last = reach
        return last

    def _person(
        self, reading: Reading, first: int, last: int, reason: str, score: float, *, sure: bool = True
    ) -> Finding:
        return Finding(reading.words[first].start, reading.words[last].end, _PERSON, score, reason, sure)
