"""The residual layer: what looks like a name to no other layer, and like no ordinary word either.

With capitals: a capital inside a sentence, a word at its beginning that French does not know, an acronym
that is no common scheme. Without: a word that French does not know. It is masked until a person frees it.
"""

import re
from collections.abc import Iterable

from anonymize.detectors.layer import Artifacts, Finding, Layer
from anonymize.detectors.reading import Reading, Word
from anonymize.french.heads import HEAD
from anonymize.french.lexicon import FUNCTION_WORDS, TITLES, Lexicon, word_set
from anonymize.french.numbers import number
from vocabulary.choices import EntityType

_TO = frozenset({"a", "de", "d", "sur", "vers", "en", "aux", "au", "du", "des", "les", "dans", "chez"})
_ARTICLES = frozenset({"le", "la", "l"})


_CLITICS = word_set("il elle on ils elles je tu nous vous le la les moi toi lui leur y en ce ci t la-dedans")
_PREFIXES = word_set(
    "ex mi demi semi anti pre post sous sur non auto co inter extra contre micro mini multi quasi celui celle "
    "ceux celles la ci quelques"
)


_HAVING = word_set("il elle on y qui en ca tu dit dis demande demander parle parler donne")
_SUBJECT = word_set("il elle comme parce qui")
_SAID = word_set("juste dis dit disent appelle appellent")
_NOT_AFTER = word_set(
    "vitamine plan point batiment bat hall bloc escalier cite lettre un une le la permis hepatite serie"
)


def _initial(reading: Reading, index: int, word: Word) -> bool:
    """Whether a word is the initial of a name: "T., la famille est connue"."""
    if len(word.text) != 1 or not word.capital or not word.text.isalpha():
        return False
    return reading.text[word.end : word.end + 1] == "." and reading.before(index) not in _NOT_AFTER


class ResidualLayer(Layer):
    """Words that stand out."""

    layer = "residual"

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        super().__init__()

    def find(self, reading: Reading, artifacts: Artifacts) -> Iterable[Finding]:
        for index, word in enumerate(reading.words):
            initial = reading.cased and _initial(reading, index, word)
            initial = initial or (not reading.cased and len(word.text) == 1 and self._lone(reading, index))
            if word.text[0].isdigit() or (word.folded in FUNCTION_WORDS | TITLES and not initial):
                continue
            if not initial and word.folded in self._lexicon.spoken:
                continue
            if not initial and all(part in self._lexicon.spoken for part in word.folded.split("-")):
                continue
            reason = "initial" if initial else self._stands_out(reading, index, word)
            if reason is None:
                continue
            start, end = word.start, word.end
            if reason == "capital" and self._begun(reading, artifacts, index):
                start = reading.words[index - 1].start
            if reason == "initial" and not reading.cased and reading.joined(index) and reading.before(index) == "a":
                start = reading.words[index - 1].start if reading.before(index, 2) not in _HAVING else start
            if reason == "acronym":
                after = reading.words[index + 1] if index + 1 < len(reading.words) else None
                if after is not None and after.text.isdigit() and len(after.text) <= 2 and reading.joined(index + 1):
                    end = after.end
            yield Finding(start, end, self._label(reading, index, word), 0.3, reason, False)

    def _stands_out(self, reading: Reading, index: int, word: Word) -> str | None:
        if not reading.cased:
            if len(word.folded) == 1:
                follows = reading.words[index + 1].folded if index + 1 < len(reading.words) else ""
                before = reading.before(index)
                alone = len(before) != 1 and len(follows) > 1 and before not in _NOT_AFTER and not follows[0].isdigit()
                named = before in ("le", "au", "du") or (alone and (follows in _SUBJECT or before in _SAID))
                if named and word.folded in "bfghkpqrvwxz":
                    return "initial"
                return "initial" if self._lone(reading, index) else None
            if not word.ordinary:
                return "unknown word" if len(word.folded) > 2 else None
            return "unknown compound" if self._compound(word) else None
        if not word.capital:
            if word.ordinary or len(word.folded) < 4:
                return None
            named = self._lexicon.first_name(word.folded) is not None
            return "name in lower case" if named else "unknown word"
        if len(word.text) == 1:
            before = reading.before(index)
            return "initial" if before in ("le", "la") or reading.text[word.end : word.end + 1] == "." else None
        if len(word.text) >= 3 and word.text.isupper():
            return None if word.ordinary and word.initial else "acronym"
        if word.initial:
            return None if word.ordinary else "unknown word"
        return None if HEAD.match(reading.text, word.start) else "capital"

    def _begun(self, reading: Reading, artifacts: Artifacts, index: int) -> bool:
        """Whether the noun before begins both the sentence and the name: "Formule Bleue, à l'angle"."""
        word = reading.words[index]
        if not index or not reading.joined(index) or not word.ordinary:
            return False
        before = reading.words[index - 1]
        if not (before.capital and before.initial and before.ordinary) or before.folded in FUNCTION_WORDS | TITLES:
            return False
        return before.folded not in self._lexicon.spoken and artifacts.part_of_speech(before) == "NOUN"

    def _lone(self, reading: Reading, index: int) -> bool:
        """Whether a letter is no elided word, where elided words keep their apostrophe: "dis à m"."""
        word, before = reading.words[index], reading.before(index)
        if word.folded not in "bcdfghjklmnpqrstvwxz" or reading.text[word.end : word.end + 1] in ("'", "’", "-"):
            return False
        if not re.search(r"[\w]['’]\w", reading.text) and word.folded in "cdjlmnst":
            return False
        if before in _NOT_AFTER or number(before) is not None or (before and before[0].isdigit()):
            return False
        after = reading.words[index + 1] if index + 1 < len(reading.words) else None
        return after is None or not (after.text[0].isdigit() or after.folded in ("apostrophe", "shirt", "mail"))

    def _compound(self, word: Word) -> bool:
        """Whether a hyphenated word is none that French knows, and no inversion or number."""
        parts = word.folded.split("-")
        singular = "-".join(part.removesuffix("s") for part in parts)
        if (
            len(parts) < 2
            or singular in self._lexicon.words
            or word.folded in self._lexicon.words
            or word.folded in self._lexicon.spoken
        ):
            return False
        return not (
            parts[-1] in _CLITICS
            or parts[0] in _PREFIXES
            or number(word.folded) is not None
            or len(parts[0]) < 3
            or all(part in FUNCTION_WORDS for part in parts)
        )

    def _label(self, reading: Reading, index: int, word: Word) -> EntityType:
        before = reading.before(index)
        if len(word.text) >= 3 and word.text.isupper() and reading.cased:
            return EntityType.INSTITUTION
        if before in ("au", "aux", "a", "sur", "vers", "dans", "en", "les", "des"):
            return EntityType.PLACE
        if before in _ARTICLES and word.folded.endswith("s"):
            return EntityType.PLACE
        return EntityType.PERSON
