"""French number words, as speech recognisers write them: in letters, in digits, or mixed.

``number`` reads 0 to 999 999; sources: the ordinary rules of French numerals, *septante*, *huitante*,
*octante* and *nonante* included.
"""

import re

from anonymize.french.folding import fold

_UNITS = {
    word: value
    for value, words in enumerate(
        [
            "zero",
            "un une",
            "deux",
            "trois",
            "quatre",
            "cinq",
            "six",
            "sept",
            "huit",
            "neuf",
            "dix",
            "onze",
            "douze",
            "treize",
            "quatorze",
            "quinze",
            "seize",
        ]
    )
    for word in words.split()
}
_TENS = {
    "vingt": 20, "vingts": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60,
    "septante": 70, "huitante": 80, "octante": 80, "nonante": 90,
}  # fmt: skip
_NUMERAL = (
    r"(?:z[ée]ro|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|"
    r"vingts?|trente|quarante|cinquante|soixante|septante|huitante|octante|nonante|cents?|mille)"
)
NUMERAL = rf"\b{_NUMERAL}\b"
SPELLED = rf"\b{_NUMERAL}(?:(?:[ -]et)?[ -]{_NUMERAL})*\b"
"""A number in letters, of one word or several."""
NUMBER = rf"(?:\b\d{{1,3}}\b|{SPELLED})"
"""A number of up to three digits, or in letters."""


def number(text: str) -> int | None:
    """Return the value of a number in digits or letters, or None if it is not one."""
    folded = fold(text).strip()
    if folded.isdigit():
        return int(folded)
    total, current = 0, 0
    words = [word for word in re.split(r"[\s-]+", folded) if word and word != "et"]
    if not words:
        return None
    for index, word in enumerate(words):
        if (word == "vingt" and index and words[index - 1] == "quatre") or (
            word == "vingts" and index and words[index - 1] == "quatre"
        ):
            current += 80 - 4
        elif word in _UNITS:
            current += _UNITS[word]
        elif word in _TENS:
            current += _TENS[word]
        elif word in ("cent", "cents"):
            current = (current or 1) * 100
        elif word == "mille":
            total, current = total + (current or 1) * 1000, 0
        else:
            return None
    return total + current
