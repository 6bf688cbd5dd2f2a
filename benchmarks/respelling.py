"""Other spellings of a name that a French listener would take for the same: what a recogniser writes for it.

Rules of the module:
- A word gets one change of its table at a place drawn from the seed, or keeps its spelling where none fits.
- The changes are about French spelling and owe nothing to anonymize/french/folding.py, whose rule they try.
- The first letter keeps its case; a spelling that comes out as it was is no change.
"""

import random
import re
import unicodedata

_V = "aeiouyàâéèêëîïôöûü"
_CHANGES: tuple[tuple[str, str], ...] = (
    (r"ph", "f"),
    (r"f", "ph"),
    (r"qu(?=[eiéè])", "k"),
    (r"k(?=[eiéè])", "qu"),
    (r"k(?=[aoulr])", "c"),
    (r"c(?=[aoulr])", "k"),
    (r"c(?=[eiyé])", "s"),
    (rf"(?<=[{_V}])ss(?=[eiyé])", "c"),
    (rf"(?<=[{_V}])s(?=[{_V}])", "z"),
    (rf"(?<=[{_V}])z(?=[{_V}])", "s"),
    (r"(?<![aeo])y(?![aeiou])", "i"),
    (r"(?<![aeou])i(?![aeiouln])", "y"),
    (r"(?<![aeou])i(?=n[ea])", "y"),
    (r"(?<!i)ll", "l"),
    (r"nn", "n"),
    (r"mm", "m"),
    (r"tt", "t"),
    (r"rr", "r"),
    (r"dd", "d"),
    (r"bb", "b"),
    (r"(?<![cpstkg])h", ""),
    (r"th", "t"),
    (r"kh", "k"),
    (r"eau", "au"),
    (r"au(?!x)", "o"),
    (r"dj", "j"),
    (r"g(?=[eiéy])", "j"),
    (r"x(?=[ai])", "ks"),
    (r"ou(?=[aei])", "w"),
    (r"w(?=[aei])", "ou"),
    (r"ei|ey$|et$", "ai"),
    (r"(?<=n)t$|(?<=r)d$", ""),
)


def respelled(word: str, rng: random.Random) -> str:
    """Return another spelling of one word, or the word itself."""
    low = word.lower()
    changed = {_accentless(low)}
    for pattern, value in _CHANGES:
        for match in re.finditer(pattern, low):
            changed.add(low[: match.start()] + value + low[match.end() :])
    choices = sorted(spelling for spelling in changed - {low} if len(spelling) > 2)
    if len(word) < 4 or not word.isalpha() or not choices:
        return word
    chosen = rng.choice(choices)
    return chosen.capitalize() if word[0].isupper() else chosen


def respelled_name(name: str, rng: random.Random) -> str:
    """Return a name with each of its words spelled otherwise, hyphens and spaces kept."""
    return re.sub(r"[^\W\d_]+", lambda match: respelled(match[0], rng), name)


def _accentless(word: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", word) if not unicodedata.combining(char))
