"""First names and surnames: INSEE lists, read by the case and the company of a word.

A first name that is also an ordinary word (Rose, Juste, Ange) needs a capital inside a sentence, or, where
there are no capitals, company that only a person keeps. A surname counts beside a first name or with a
capital; alone and in lower case it only hints.
"""

from collections.abc import Iterable

from anonymize.detectors.layer import Artifacts, Finding, Layer
from anonymize.detectors.reading import Reading, Word
from anonymize.forms import PARTICLES
from anonymize.french.lexicon import DETERMINERS, FUNCTION_WORDS, Lexicon, word_set
from vocabulary.choices import EntityType

_PERSON = EntityType.PERSON
_COMMON = 6
"""First names of this frequency digit or better are common."""
_AFTER = word_set("elle il elles ils lui tu vous toi")
"""Words that take up a person just named: "Jade elle dort plus", "Blanche tu voulais"."""


_ARTICLES = word_set("de d l")
"""Particles that, where there are no capitals, are rather the words of the sentence."""


class NamesLayer(Layer):
    """First names, surnames, and full names made of both."""

    layer = "names"

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        super().__init__()

    def find(self, reading: Reading, artifacts: Artifacts) -> Iterable[Finding]:  # noqa: ARG002
        index = 0
        while index < len(reading.words):
            finding, used = self._at(reading, index)
            if finding is not None:
                yield finding
            index += max(1, used)

    def _at(self, reading: Reading, index: int) -> tuple[Finding | None, int]:
        word = reading.words[index]
        if len(word.folded) < 2 or word.folded in FUNCTION_WORDS or word.folded in self._lexicon.spoken:
            return None, 1
        level = self._lexicon.first_name(word.folded)
        if level is None:
            return self._surname(reading, index), 1
        score = self._first_name(reading, index, word, level)
        if score == 0:
            return None, 1
        last = self._extend(reading, index)
        sure = score >= 0.6 or last > index
        reason = "first name" if last == index else "full name"
        return Finding(word.start, reading.words[last].end, _PERSON, score, reason, sure), last - index + 1

    def _first_name(self, reading: Reading, index: int, word: Word, level: int) -> float:
        before = reading.before(index)
        if reading.cased:
            if not word.capital:
                return 0
            if not word.ordinary:
                return 0.85 if level <= 8 else 0.6
            if not word.initial:
                return 0.7
            follows = reading.words[index + 1].folded if index + 1 < len(reading.words) else ""
            called = reading.text[word.end : word.end + 1] == "," or follows in _AFTER | {"c"}
            return 0.6 if level <= _COMMON and called and self._lexicon.words.get(word.folded, 0) >= 2 else 0
        if not word.ordinary:
            return 0.75 if len(word.folded) > 2 else 0.4
        if before in DETERMINERS:
            return 0
        after = reading.words[index + 1] if index + 1 < len(reading.words) else None
        if after is None:
            return 0
        if not after.ordinary and len(after.folded) > 3 and self._lexicon.first_name(after.folded) is None:
            return 0.7
        if level > _COMMON or self._lexicon.words.get(word.folded, 0) < 1:
            return 0
        if after.folded in self._lexicon.surnames and not after.ordinary:
            return 0.7
        return 0.6 if after.folded in _AFTER else 0

    def _extend(self, reading: Reading, first: int) -> int:
        """Return the index of the last word of the full name that begins at ``first``."""
        last = first
        words = reading.words
        while last + 1 < len(words) and last - first < 4:
            reach = last + 1
            while (
                reach < len(words) and reading.joined(reach) and words[reach].folded in PARTICLES and reach - last < 3
            ):
                reach += 1
            if reach >= len(words) or not reading.joined(reach):
                break
            word = words[reach]
            written = reading.cased and word.capital and not word.initial
            if len(word.folded) < 2 or (word.folded in FUNCTION_WORDS | self._lexicon.spoken and not written):
                break
            if reading.cased:
                if not word.capital or word.initial:
                    break
            elif (
                (word.ordinary and not self._rare_word(word))
                or (self._lexicon.first_name(word.folded) is not None and word.folded not in self._lexicon.surnames)
                or any(particle.folded in _ARTICLES for particle in words[last + 1 : reach])
            ):
                break
            if not reading.cased and word.folded == words[first].folded:
                break
            last = reach
        return last

    def _rare_word(self, word: Word) -> bool:
        """Whether an ordinary word is a common surname and a rare word: "Clément Bastide"."""
        surname, frequency = self._lexicon.surnames.get(word.folded, 9), self._lexicon.words.get(word.folded, 0)
        return (surname <= 3 and frequency >= 4) or (surname <= 1 and frequency >= 3)

    def _surname(self, reading: Reading, index: int) -> Finding | None:
        word = reading.words[index]
        if word.folded not in self._lexicon.surnames or len(word.folded) < 3:
            return None
        if reading.cased:
            if not word.capital or (word.initial and word.ordinary):
                return None
            if word.ordinary:
                return Finding(word.start, word.end, _PERSON, 0.45, "surname", True)
            return Finding(word.start, word.end, _PERSON, 0.6, "surname")
        if word.ordinary:
            return None
        return Finding(word.start, word.end, _PERSON, 0.5, "surname")
