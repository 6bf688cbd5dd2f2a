"""French text as the words somebody would say, so that two spellings of one utterance count as equal.

Rules this module keeps:

* Case, punctuation, kinds of apostrophe and hyphens make no difference; words are parted at both
  ("l'enregistrement" is two words, "est-ce" too).
* Figures are written out, in the traditional grammar and without hyphens: "98" is "quatre vingt dix huit", "06 39" is
  "zéro six trente neuf", "18h30" is "dix huit heures trente", "1er" is "premier". The plural of "vingts" and "cents"
  is dropped.
* Sounds of hesitation are left out; words that fill ("ben", "hein", "donc") are words.
* Accents count: "a" and "à" are two words. ``folded`` is for names, where they do not.

The order follows OpenAI's Whisper normaliser (Radford et al. 2022, appendix C), which has no French of its own.
"""

import re
import unicodedata
from collections.abc import Iterator

_NAMES = (
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize "
    "dix_sept dix_huit dix_neuf"
)
_UNITS = _NAMES.split()
_TENS = {
    2: "vingt",
    3: "trente",
    4: "quarante",
    5: "cinquante",
    6: "soixante",
    7: "soixante",
    8: "quatre_vingt",
    9: "quatre_vingt",
}
_SCALES = ((10**9, "milliard"), (10**6, "million"), (1000, "mille"), (100, "cent"))
_ORDINALS = {"un": "unième", "cinq": "cinquième", "neuf": "neuvième"}
_SIGNS = {"%": " pour cent ", "€": " euros ", "&": " et ", "+": " plus ", "n°": " numéro ", "@": " arobase "}
_PLURALS = {"vingts": "vingt", "cents": "cent", "milles": "mille", "millions": "million", "milliards": "milliard"}
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
_THOUSANDS = re.compile(r"(?<![\d.,])(?<!\d )[1-9]\d{0,2}(?:[ .\u00a0\u202f]\d{3})+(?! ?\d)")
_HOUR = re.compile(r"\b(\d{1,2}) ?h ?(\d{2})?\b")
_DECIMAL = re.compile(r"(\d),(?=\d)")
_FIRST = re.compile(r"\b1(er|ère|re|ere)\b")
_ORDINAL = re.compile(r"\b(\d+)(?:e|è|ème|ième|eme)\b")
_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[^\W_]+")
_HESITATION = re.compile(r"e+u+h+|h+e+u+h*|h+u+m+|h+m+|m+h+m*|m{2,}|hem")


def words(text: str) -> list[str]:
    """The words of ``text``, normalised."""
    text = unicodedata.normalize("NFC", text).lower().translate(_LIGATURES)
    for sign, said in _SIGNS.items():
        text = text.replace(sign, said)
    text = _THOUSANDS.sub(lambda found: re.sub(r"\D", "", found[0]), text)
    text = _HOUR.sub(lambda found: f" {found[1]} heures {_minutes(found[2])} ", text)
    text = _DECIMAL.sub(r"\1 virgule ", text)
    text = _FIRST.sub(lambda found: "premier" if found[1] == "er" else "première", text)
    text = _ORDINAL.sub(lambda found: ordinal(int(found[1])) if len(found[1]) <= 12 else found[0], text)
    text = _DIGITS.sub(lambda found: f" {' '.join(_said(found[0]))} ", text)
    return [_PLURALS.get(word, word) for word in _WORD.findall(text) if not _HESITATION.fullmatch(word)]


def folded(text: str) -> list[str]:
    """The words of ``text`` without accents: for names, which are one however they are accented."""
    letters = unicodedata.normalize("NFD", " ".join(words(text)))
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).split()


def cardinal(number: int) -> str:
    """``number`` (0 and more) written out, with spaces only."""
    return " ".join(_cardinal(number)).replace("_", " ")


def ordinal(number: int) -> str:
    """``number`` (1 and more) as a rank: 2 is "deuxième", 21 is "vingt et unième"."""
    if number == 1:
        return "premier"
    *before, last = cardinal(number).split()
    return " ".join([*before, _ORDINALS.get(last, last.removesuffix("e") + "ième")])


def _cardinal(number: int) -> Iterator[str]:
    if number < 20:
        yield _UNITS[number]
        return
    for scale, name in _SCALES:
        if number >= scale:
            many, rest = divmod(number, scale)
            if many > 1 or scale > 1000:
                yield from _cardinal(many)
            yield name
            if rest:
                yield from _cardinal(rest)
            return
    ten, unit = divmod(number, 10)
    if ten in (7, 9):
        unit += 10
    yield _TENS[ten]
    if unit in (1, 11) and ten < 8:
        yield "et"
    if unit:
        yield _UNITS[unit]


def _said(digits: str) -> Iterator[str]:
    """How a run of digits is said: a number; one that begins with 0 digit by digit, a long one in pairs."""
    if len(digits) > 6 and digits.startswith("0"):
        pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
    elif len(digits) > 12:
        pairs = list(digits)
    else:
        pairs = [digits]
    for pair in pairs:
        bare = pair.lstrip("0")
        yield from ["zéro"] * (len(pair) - len(bare))
        if bare:
            yield cardinal(int(bare))


def _minutes(digits: str | None) -> str:
    return digits if digits and digits != "00" else ""
