"""Names that run into one another where there is no punctuation: "le petit Yanis Nadège tu disais".

Rules of the module:
- Only turns written without capitals are looked at.
- A name of two words is two people when the words are one word said twice, or two first names that the
  session also knows apart, and that it puts together only once.
- A place or an institution gives up its last word when the session knows that word as a person.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from anonymize.detectors.reading import Reading
from anonymize.forms import PEOPLE
from anonymize.french.folding import fold, squash
from anonymize.french.lexicon import Lexicon
from vocabulary.choices import NAMED, EntityType
from vocabulary.span import Span

_COMMON = 7


def split_names(readings: Sequence[Reading], spans: Sequence[Span], lexicon: Lexicon) -> list[Span]:
    """Return ``spans`` with the names that ran together taken apart."""
    alone: Counter[str] = Counter()
    together: Counter[str] = Counter()
    for span in spans:
        if span.label in NAMED:
            surface = readings[span.turn].text[span.start : span.end]
            (together if " " in surface else alone)[squash(surface)] += 1 if span.label in PEOPLE else 0
    result: list[Span] = []
    for span in spans:
        cut = None
        if span.label in NAMED and not readings[span.turn].cased and "spelled name" not in span.reasons:
            cut = _cut(readings[span.turn].text, span, alone, together, lexicon)
        if cut is None:
            result.append(span)
            continue
        text = readings[span.turn].text
        end = span.start + len(text[span.start : cut].rstrip())
        first = span.label
        second = span.label if span.label in PEOPLE else EntityType.PERSON
        if _repeated(text[span.start : span.end]) and second is EntityType.PERSON:
            first = EntityType.PERSON
        result += [replace(span, end=end, label=first), replace(span, start=cut, label=second)]
    return result


def _repeated(surface: str) -> bool:
    words = fold(surface).split()
    return len(words) > 1 and words[0] == words[1]


def _alike(one: str, other: str) -> bool:
    """Whether a name is said twice in two ways: "kev kevin", "bilal bilel"."""
    if len(one) < 3 or len(other) < 3:
        return False
    bones = [re.sub(r"[aeiouyh]", "", name) for name in (one, other)]
    return other.startswith(one) or (bones[0] == bones[1] and one[0] == other[0] and len(bones[0]) > 1)


def _cut(text: str, span: Span, alone: Counter[str], together: Counter[str], lexicon: Lexicon) -> int | None:
    """Return where the second name begins, or None if there is but one."""
    surface = text[span.start : span.end]
    words = surface.split(" ")
    if len(words) < 2:
        return None
    if _repeated(surface):
        return span.start + len(words[0]) + 1
    if span.label in PEOPLE and _alike(fold(words[0]), fold(words[1])):
        return span.start + len(words[0]) + 1
    last = words[-1]
    if span.label not in PEOPLE:
        if len(words) > 2 and alone[squash(words[-2])] and lexicon.first_name(fold(words[-2])) is not None:
            return span.end - len(f"{words[-2]} {last}")
        named = alone[squash(last)] and not lexicon.ordinary(fold(last)) and len(words) > 2
        return span.end - len(last) if named else None
    if len(words) != 2 or together[squash(surface)] > 1:
        return None
    levels = [lexicon.first_name(fold(word)) for word in words]
    known = [alone[squash(word)] for word in words]
    if levels[0] is None or levels[1] is None or levels[1] > _COMMON:
        return None
    called = re.match(r"\s(?:tu|toi|t['’]|vous)\b", text[span.end :]) is not None
    surname = lexicon.surnames.get(fold(last), 9)
    first = surname > levels[1] + 2 or "-" in last
    return span.end - len(last) if first and (all(known) or (called and known[1])) else None
