"""Which ages, dates and other values are one: a person at one age, one day, one number.

Rules of the module:
- An age is somebody's: the person it stands beside; else one of those named before it in the turn who is
  known to be of that age; else the last one named before "il" or "elle".
- A date or a number is itself, however it is written.
"""

import re
from collections.abc import Mapping, Sequence

from anonymize.forms import PEOPLE
from anonymize.french.ages import band
from anonymize.french.dates import MONTHS
from anonymize.french.folding import fold, squash
from anonymize.french.numbers import number
from vocabulary.choices import NAMED, EntityType
from vocabulary.span import Span

_BESIDE = re.compile(
    r"^\s*[.,]?\s*(?:(?:donc|euh|voilà|lui|elle|il|qui|là|le cadet|le petit|un gamin de|a|est)\W+){0,3}$", re.IGNORECASE
)
_PRONOUN = re.compile(r"\b(?:il|elle|lui)\W+(?:\w+\W+){0,3}$", re.IGNORECASE)
_MONTHS = [fold(month) for month in MONTHS]


def values_of(turns: Sequence[str], spans: Sequence[Span]) -> Mapping[tuple[int, int], str]:
    """Return a key for each span that is no name, by (turn, start); spans of one key are one value.

    ``spans`` are all of a session, linked: ages are told apart by whose they are.
    """
    keys = {
        (span.turn, span.start): f"{span.label}:{_written(turns, span)}" for span in spans if span.label not in NAMED
    }
    ages = [span for span in spans if span.label is EntityType.AGE]
    near = {(span.turn, span.start): _named_before(turns, spans, span) for span in ages}
    owner: dict[tuple[int, int], str] = {}
    for tier in (0, 1):
        for span in ages:
            place = (span.turn, span.start)
            names = near[place]
            beside = names and names[0].turn == span.turn and _BESIDE.match(turns[span.turn][names[0].end : span.start])
            lone = len({s.cluster for s in names}) == 1 and (
                _PRONOUN.search(turns[span.turn][: span.start][-30:]) or names[0].turn != span.turn
            )
            if place not in owner and ((tier == 0 and beside) or (tier == 1 and lone)):
                owner[place] = names[0].cluster or ""
    whose: dict[tuple[int, int], str] = {}
    for span in ages:
        place = (span.turn, span.start)
        same = [other for other in owner if keys[other] == keys[place]]
        held = [owner[other] for other in sorted(same, key=lambda other: abs(other[0] - span.turn))]
        named = [s.cluster for s in near[place] if s.cluster in held]
        whose[place] = owner.get(place) or (named[0] if named else None) or (held[0] if held else "")
    return {place: f"{key}:{whose[place]}" if place in whose else key for place, key in keys.items()}


def _named_before(turns: Sequence[str], spans: Sequence[Span], age: Span) -> list[Span]:
    """Return the people named before an age in its turn, the nearest first."""
    found = [s for s in spans if s.turn == age.turn and s.end <= age.start and s.label in PEOPLE and s.cluster]
    if not found and age.turn and not turns[age.turn][: age.start].strip() and turns[age.turn - 1].endswith("?"):
        found = [s for s in spans if s.turn == age.turn - 1 and s.label in PEOPLE and s.cluster][-1:]
    return [s for s in reversed(found) if not re.match(r"^,?\s+(?:tu|toi)\b", turns[s.turn][s.end :])]


def _written(turns: Sequence[str], span: Span) -> str:
    surface = turns[span.turn][span.start : span.end]
    if span.label is EntityType.AGE and band(surface) is not None:
        bare = re.sub(r"\s+(?:ans|mois)\b.*$", "", fold(surface).strip())
        return str(number(bare)) + ("m" if fold(surface).endswith("mois") else "")
    if span.label is EntityType.DATE:
        return _day(surface)
    return squash(surface)


def _day(surface: str) -> str:
    words = re.sub(r"(?<=\d)er\b", "", fold(surface)).replace("premier", "1").split()
    months = [index for index, word in enumerate(words) if word in _MONTHS]
    if len(months) == 1:
        at = months[0]
        day, year = number(" ".join(words[:at])), number(" ".join(words[at + 1 :]))
        return f"{year or ''}-{_MONTHS.index(words[at]) + 1}-{day or ''}"
    digits = [int(part) for part in re.findall(r"\d+", surface)]
    if len(digits) == 3 and digits[0] < 32:
        return f"{digits[2] + (2000 if digits[2] < 100 else 0)}-{digits[1]}-{digits[0]}"
    return f"-{digits[1]}-{digits[0]}" if len(digits) == 2 else squash(surface)
