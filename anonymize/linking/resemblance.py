"""When two names of people may be one: by their parts, by their sound, by a beginning.

Names are lists of folded words (anonymize/surfaces.py); the first is held to be the first name.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from anonymize.french.folding import sound


def compatible(names: list[str], held: list[str], after_title: bool) -> bool:
    """Whether one name is a part of the other, or both are one full name with an initial."""
    if len(names) == 1 and len(held) > 1:
        return names[0] == held[-1] if after_title else names[0] in (held[0], held[-1])
    if len(held) == 1 and len(names) > 1:
        return held[0] in (names[0], names[-1])
    if len(names) > 1 and len(held) > 1:
        short, long = (names, held) if len(names) < len(held) else (held, names)
        if len(short) < len(long) and set(short) <= set(long):
            return True
        return sorted(names) == sorted(held) or (_abridged(names[0], held[0]) and _abridged(names[-1], held[-1]))
    return False


def in_part(names: tuple[str, ...], held: tuple[str, ...]) -> bool:
    """Whether a full name and another are compatible, untitled; most share neither a word nor an initial."""
    may_be = names[0][:1] == held[0][:1] or not set(names).isdisjoint(held)
    return may_be and compatible(list(names), list(held), False)


def by_sound(names: tuple[str, ...], held: tuple[str, ...]) -> bool:
    """Whether two full names sound alike; most begin otherwise to the ear, and are not compared."""
    if len(held) < 2 or onsets((names[0], "".join(names))).isdisjoint(onsets((held[0], "".join(held)))):
        return False
    return sounds_alike(list(names), list(held))


@lru_cache(maxsize=65536)
def _spelt(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(("".join(names), " ".join(sorted(names))))


def spelt_as_one(names: tuple[str, ...], held: tuple[str, ...]) -> bool:
    """Whether two names have the same letters in a row, or the same words in any order."""
    return not _spelt(names).isdisjoint(_spelt(held))


def _abridged(one: str, other: str) -> bool:
    """Whether two words of a name are the same, or one is the initial of the other."""
    return one == other or (1 in (len(one), len(other)) and one[:1] == other[:1])


def initials(letters: str, names: Sequence[str]) -> bool:
    """Whether a lone run of two or three letters is the initials of a name (JP of Jean-Philippe, AB of Ana Blin).

    ``names`` are the words of the name, compounds taken apart.
    """
    return 1 < len(letters) < 4 and len(names) == len(letters) and "".join(name[:1] for name in names) == letters


def opposed(names: list[str], held: list[str]) -> bool:
    """Whether two full names are those of two people; bare initials (I. D.) tell nobody apart from a third name."""
    if any(all(len(name) == 1 for name in words) for words in (names, held)):
        return len(names) == len(held) > 1 and not compatible(names, held, False)
    return len(names) > 1 and not compatible(names, held, False) and not sounds_alike(names, held)


def sounds_alike(names: list[str], held: list[str]) -> bool:
    """Whether two names are pronounced alike, or a lone one like a part of the other."""
    one, other = "".join(names), "".join(held)
    if len(names) == len(held) and min(len(one), len(other)) >= 3:
        if sound(one) == sound(other):
            return len(sound(one)) >= 2
        if len(names) > 1:
            first = _near(names[0], held[0]) or shortened(sound(names[0]), sound(held[0]))
            return first and all(_near(a, b) for a, b in zip(names[1:], held[1:], strict=True))
        return _near(one, other)
    if len(names) == 1 and len(held) > 1 and len(one) >= 4:
        return _near(one, held[0]) or _near(one, held[-1])
    if len(held) == 1 and len(names) > 1 and len(other) >= 4:
        return _near(other, names[0]) or _near(other, names[-1])
    return False


@lru_cache(maxsize=65536)
def onsets(names: tuple[str, ...]) -> frozenset[str]:
    """Return what the first and the last of ``names`` begin with to the ear, every vowel as one: a lone name that has
    none of these sounds like neither."""
    heard = {sound(said)[:1] for name in (names[0], names[-1]) for said in (name, _spoken(name))}
    return frozenset("a" if begun in "aeiou" else begun for begun in heard)


def _near(one: str, other: str) -> bool:
    heard, held = sound(_spoken(one)), sound(_spoken(other))
    if heard == held:
        return True
    if min(len(one), len(other)) < 5:
        return False
    if heard[:1] != held[:1] and not (heard[:1] in "aeiou" and held[:1] in "aeiou"):
        return False  # nothing below is swallowed at the beginning, but vowels before vowels
    one, other = _spoken(one), _spoken(other)
    return _gist(one) == _gist(other) or _elided(one, other) or _voiced_end(one, other)


def _spoken(name: str) -> str:
    return f"y{name[1:]}" if name.startswith("joh") else name


def _voiced_end(one: str, other: str) -> bool:
    """Whether one ends in a consonant that some sound and others do not (Mathis, Matisse)."""
    return any(a[-1] in "st" and sound(f"{a}e") == sound(b) for a, b in ((one, other), (other, one)))


def _elided(one: str, other: str) -> bool:
    """Whether the names differ by one vowel that is swallowed inside (Abdelati, Abdelti)."""
    short, long = sound(one), sound(other)
    if len(short) > len(long):
        short, long = long, short
    if len(long) != len(short) + 1 or len(short) < 4:
        return False
    return any(long[i] in "aeiou" and long[:i] + long[i + 1 :] == short for i in range(1, len(long) - 1))


@lru_cache(maxsize=65536)
def _gist(name: str) -> str:
    """Return the sound with each run of vowels as its last one: Lorian, Loryan and Loran are alike, Karim
    and Karima are not."""
    return re.sub(r"[aeiou]+(?=[aeiou])", "", sound(name)).replace("u", "o")


def shortened(one: str, other: str) -> bool:
    """Whether one lone name is the other cut short: Abdou of Abdoulaye, Kiki of Kilian, Fab of Farab."""
    short, long = sorted((one, other), key=len)
    if short == long or len(short) < 3 or len(long) < len(short) + 1:
        return False
    if long.startswith(short):
        return len(long) >= len(short) + 2
    half = len(short) // 2
    if len(short) in (4, 6) and short[:half] == short[half:]:
        return long.startswith(short[:half])
    if len(short) <= 4 and long[:2] == short[:2] and short[-1] not in "aeiou":
        rest = iter(long[2:])
        return all(letter in rest for letter in short[2:])
    return False
