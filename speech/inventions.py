"""What a recogniser makes up: credits of subtitlers, descriptions of sounds, loops, echoes of the names it was given.

Rules this module keeps:

* Whisper learnt from subtitled videos. In silence and noise it says what stands at their ends. A sentence that is such
  a credit and nothing else is left out wherever it stands; a courtesy that people say too ("merci d'avoir regardé")
  only where it is all that was heard of a stretch.
* A description of a sound ("[Musique]", "♪") is not talk.
* The same words over and over are a loop, unless people say it so: a single word up to seven times, two or three words
  four times, more words twice. Of a loop the first round stays.
* Words faster than anyone speaks are none.
* A stretch that names, one after the other, what was given as hot words may be an echo: it is heard again without. So
  is one that is unlikely and nothing but such names: what nobody could understand is heard as a name over and over.
* But a name is said alone, too, and far from the microphone it is unlikely. So an echo stays, as unlikely as it is and
  marked for that (speech/uncertain.py), unless words come in its place: any that may have been said for a list of
  names, sure ones for what was unlikely. It never ends in nothing.
* All else stays as it was heard, times and probabilities too.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import fmean

from vocabulary.transcript import Word

_LIKED = r"(?:(?:a|de)? ?(?:la|ma|notre|cette|nos)? ?(?:chaine|video|videos|page)s?(?: youtube)?)"
_BY = r"(?:par|para|de|pour|realise\w*|fait\w*|traduit\w*|propose\w*|by)"
_SUBTITLED = r"sous titr(?:es?|ages?|e par|es par)"
CREDITS = re.compile(
    "|".join((
        rf"{_SUBTITLED}(?: (?:{_BY}|la|les|l|le|communaute|d|amara|org|societe|radio|canada|st|\d+|fr|mfp|rts|tv5|tf1"
        r"|arte|france|television\w*|soustitreur\w*|com|titre|www|tv|francais|red|bee|media|vitac|cc|the)){0,12}"
        rf"(?: {_BY} \w+(?: \w+){{0,2}})?",
        r"(?:par |www )?soustitreur\w* com",
        r"(?:www )?amara org",
        r"(?:sous titres|subtitles?|captions?|transcription|traduction) (?:by|par) (?:the )?(?:\w+ ){0,3}"
        r"(?:amara\w*|org|community|communaute|com|soustitreur\w*)(?: org| com)?",
        r"(?:alors |et )?(?:n (?:oubliez|hesitez) pas (?:a |de )?(?:vous )?|pensez a (?:vous )?)"
        rf"(?:abonner|liker|partager)(?: {_LIKED})?"
        r"(?: (?:et|a|d|de|activer|la|cloche|liker|partager|commenter|les|notifications|video)){0,8}",
        rf"je vous invite a vous abonner(?: {_LIKED})?",
        rf"abonnez vous(?: {_LIKED})?(?: (?:et|a|activez|la|cloche|likez|partagez|commentez)){{0,6}}",
        r"(?:likez|commentez|partagez)(?:(?: et)? (?:likez|commentez|partagez|abonnez vous|la video)){1,4}",
        r"(?:on se retrouve |a bientot |rendez vous )?(?:dans|pour) (?:une |la )?(?:prochaine|nouvelle) video",
        r"thanks? (?:you )?for watching",
        r"copyright \w+(?: \w+)? \d{4}",
    ))
)  # fmt: skip
"""Sentences, folded, that nobody around a table says."""

UNLIKELY = 0.3
"""Mean probability of words under which a stretch of nothing but names may be an echo (benchmarks/murmurs.py)."""
SURE = 0.8
"""Mean probability of words from which on they take the place of such an echo: no murmur was heard as surely."""
FASTEST = 9.0
"""Words a second that nobody says."""

COURTESIES = re.compile(
    r"merci (?:a tous )?d avoir (?:regarde|suivi|visionne|ecoute)(?: (?:cette|la|ma) (?:video|emission))?"
    r"(?: jusqu au bout)?"
    r"|merci (?:a tous )?(?:de|pour) (?:votre|m avoir) (?:attention|visionnage|ecoute|regarde)"
    r"|sous titres?|thank you|musique(?: \w+)?"
)
"""Folded texts that are made up where nothing else was heard."""

_SOUND = re.compile(r"[\[(*♪♫][^\])*♪♫]*[\])*♪♫]?[.!]?|[♪♫\s]+")
_SOUNDS = re.compile(
    r"(?:musique|rires?|applaudissements?|silence|bruits?|generique|inaudible|soupirs?|toux|sonnerie|chants?|voix off)"
    r"(?: \w+){0,3}"
)
_END = re.compile(r"[.?!…][»”\")]*$")
_ROUNDS = ((1, 7), (2, 4), (3, 4), *((size, 2) for size in range(4, 16)))
"""Words of a round, and how often people say it on end."""
_ECHO = 3
_LOOSE = 8  # seconds: what is farther apart is said again, not repeated


def without_inventions(words: Sequence[Word]) -> list[Word]:
    """The words of one stretch that somebody may have said."""
    if COURTESIES.fullmatch(_folded(words)):
        return []
    return [word for sentence in _sentences(words) if not is_invented(_text(sentence)) for word in sentence]


def is_invented(sentence: str) -> bool:
    """Whether a whole sentence is a credit of subtitlers or the description of a sound."""
    folded = fold(sentence)
    if CREDITS.fullmatch(folded):
        return True
    return _SOUND.fullmatch(sentence.strip()) is not None and (not folded or _SOUNDS.fullmatch(folded) is not None)


def without_loops(words: Sequence[Word]) -> list[Word]:
    """The words without the rounds of a loop after the first."""
    kept: list[Word] = list(words)
    for size, often in _ROUNDS:
        folded = [fold(word.text.reveal()) for word in kept]
        result: list[Word] = []
        at = 0
        while at < len(kept):
            rounds = _rounds(folded, kept, at, size)
            result += kept[at : at + size] if rounds > often else kept[at : at + 1]
            at += size * rounds if rounds > often else 1
        kept = result
    return kept


def echoes(words: Sequence[Word], names: Iterable[str]) -> bool:
    """Whether a stretch is hardly more than three names or more, in the order in which they were to be listened for; or
    than names, and unlikely."""
    text = f" {_folded(words)} "
    if text.strip() and _mean(words) < UNLIKELY:
        known = {part for name in names for part in fold(name).split()}
        if known.issuperset(text.split()):
            return True
    order: list[tuple[int, int]] = []
    size = 0
    for place, name in enumerate(names):
        folded = fold(name)
        at = text.find(f" {folded} ") if folded else -1
        if at >= 0:
            order.append((at, place))
            size += len(folded.split())
    in_order = [place for _, place in sorted(order)]
    return len(order) >= _ECHO and in_order == sorted(in_order) and size * 10 >= len(text.split()) * 8


def outdoes(words: Sequence[Word], echo: Sequence[Word]) -> bool:
    """Whether what was heard without the names takes the place of an echo of them."""
    real = [] if is_gabble(words) else without_loops(without_inventions(words))
    if not real:
        return False
    return _mean(echo) >= UNLIKELY or _mean(real) >= SURE


def is_gabble(words: Sequence[Word]) -> bool:
    """Whether words come faster than anyone speaks: a loop of the recogniser."""
    return len(words) > 3 and len(words) > FASTEST * (words[-1].end - words[0].start)


def fold(text: str) -> str:
    """A text without case, accents and marks, its words parted by one space."""
    letters = unicodedata.normalize("NFD", text.lower())
    return " ".join("".join(c if c.isalnum() else " " for c in letters if not unicodedata.combining(c)).split())


def _rounds(folded: Sequence[str], words: Sequence[Word], at: int, size: int) -> int:
    """How often the ``size`` words at ``at`` are said on end; without a word in them, once."""
    first = folded[at : at + size]
    if len(first) < size or not any(first) or (size > 1 and len(set(first)) == 1):
        return 1
    count = 1
    while folded[at + size * count : at + size * (count + 1)] == first:
        round_ = words[at + size * (count - 1) : at + size * (count + 1)]
        if any(after.start - before.end > _LOOSE for before, after in pairwise(round_)):
            break
        count += 1
    return count


def _mean(words: Sequence[Word]) -> float:
    return fmean(word.probability for word in words)


def _sentences(words: Sequence[Word]) -> list[list[Word]]:
    cut: list[list[Word]] = [[]]
    for word in words:
        cut[-1].append(word)
        if _END.search(word.text.reveal()):
            cut.append([])
    return [sentence for sentence in cut if sentence]


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text.reveal() for word in words)


def _folded(words: Sequence[Word]) -> str:
    return fold(_text(words))
