# ruff: noqa: E501 (a rule stands on one line, so that the table can be read)
"""How French words and names sound: from spelling to phonemes, by rule.

Rules of the module:
- A phoneme is one character. Vowels ``a e E i o u y 2 @``, nasal vowels ``ã ẽ õ``, glides ``j w H``, consonants
  ``p b t d k g f v s z S Z m n N l R``. ``S Z N`` are those of *chat*, *jeu*, *agneau*; ``E`` that of *mère*; ``2``
  that of *peu*, *peur*; ``@`` the *e* that may be silent; ``H`` that of *nuit*.
- A word has a *French* reading: silent endings, nasal vowels, digraphs. A name has a second one, as a French listener
  says a foreign name: its endings sounded, no vowel nasal (Kevin, Mohamed, Jordan). Letters in capitals without a
  vowel, or few, are also spelled (PJJ, CSAPA).
- Liaison is not written here: distance.py makes a consonant cheap where one word follows another.
- The same word gives the same readings. Case counts for letters that are spelled, and nowhere else.

Source: the regularities of French spelling as in N. Catach, *L'orthographe française* (1980), cut down to what tells
names apart.
"""

import re
import unicodedata
from functools import lru_cache

VOWELS = frozenset("aeEiouy2@")
NASALS = frozenset("ãẽõ")
GLIDES = frozenset("jwH")

_V = "aàâäeéèêëiîïoôöuùûüyœ"
_NOT_NASAL = rf"(?![{_V}nmh])"
_FRONT = "eéèêëiîïy"

_SPELLED = {
    "a": "a", "b": "be", "c": "se", "d": "de", "e": "2", "f": "Ef", "g": "Ze", "h": "aS", "i": "i", "j": "Zi",
    "k": "ka", "l": "El", "m": "Em", "n": "En", "o": "o", "p": "pe", "q": "ky", "r": "ER", "s": "Es", "t": "te",
    "u": "y", "v": "ve", "w": "dubl@ve", "x": "iks", "y": "igREk", "z": "zEd",
}  # fmt: skip
"""Names of the letters."""

_SHORT = {"les": "le", "des": "de", "mes": "me", "tes": "te", "ses": "se", "ces": "se", "et": "e", "est": "E", "un": "ẽ",
          "ville": "vil", "villes": "vil", "mille": "mil", "monsieur": "m@sj2", "madame": "madam", "femme": "fam",
          "fils": "fis", "ils": "il", "eu": "y", "eut": "y", "as": "a", "os": "os", "bus": "bys", "six": "sis",
          "dix": "dis", "sept": "sEt", "huit": "Hit", "neuf": "n2f", "vingt": "vẽ", "cent": "sã", "tous": "tus",
          "plus": "plys", "temps": "tã", "c": "s", "d": "d", "l": "l", "n": "n", "m": "m", "s": "s", "t": "t", "j": "Z",
          "qu": "k"}  # fmt: skip
"""Frequent words that no rule below reads well, and elided ones."""

_CONSONANTS = (
    (r"sch|sh", "S"), (r"tch", "tS"), (r"ch(?=[rln])", "k"), (r"ch", "S"), (r"ph", "f"), (r"th", "t"), (r"kh", "k"),
    (r"gh", "g"), (r"rh", "R"), (r"gn", "N"), (r"ñ", "N"), (r"dj", "dZ"),
    (rf"gu(?=[{_FRONT}])", "g"), (r"ge(?=[aouâ])", "Z"), (rf"g(?=[{_FRONT}])", "Z"), (r"gg|g", "g"), (r"j", "Z"),
    (rf"cc(?=[{_FRONT}])", "ks"), (rf"sc(?=[{_FRONT}])|c(?=[{_FRONT}])|ç", "s"), (r"cqu|ck|qu|q|cc|c|kk|k", "k"),
    (r"h", ""), (r"bb|b", "b"), (r"dd|d", "d"), (r"ff|f", "f"), (r"ll|l", "l"), (r"mm|m", "m"), (r"nn|n", "n"),
    (r"pp|p", "p"), (r"rr|r", "R"), (r"ss", "s"), (r"tt|t", "t"), (r"vv|v", "v"), (r"zz|z", "z"),
)  # fmt: skip

_FRENCH = (
    # Endings.
    (r"(?<=.)er[sz]?$", "e"), (r"(?<=.)ez$", "e"), (r"(?<=.)ets?$", "E"), (r"(?<=..)es?$", ""),
    (r"(?<=[aornu])ds?$", ""), (r"(?<=[^aeiouyéèê][aeiouyéèêœ])[tpx]s?$|(?<=[iournlsea])[tpx]s?$", ""),
    (r"(?<=[rn])[cgk]s?$", ""), (r"(?<=.)s$", ""), (r"(?<=[aeiou])x$", ""),
    # Glides with l.
    (rf"(?<=[^{_V}])ill(?=[{_V}])|(?<=[gq]u)ill(?=[{_V}])", "ij"), (r"euill|euil|ueill|ueil|œil", "2j"), (r"ouill|ouil", "uj"),
    (r"aill|ail(?![aeiouy])", "aj"), (r"eill|eil(?![aeiouy])", "Ej"), (r"il(?=l[ao]s?$)", "ij"),
    # Nasal vowels.
    (rf"oin{_NOT_NASAL}", "wẽ"), (rf"[iy]en{_NOT_NASAL}", "jẽ"), (rf"éen{_NOT_NASAL}", "eẽ"),
    (rf"(?:ai|ei|i|y|u|ï)[nm]{_NOT_NASAL}", "ẽ"), (rf"(?:aen|aon|a[nm]|e[nm]){_NOT_NASAL}", "ã"), (rf"o[nm]{_NOT_NASAL}", "õ"),
    # Vowels of several letters.
    (r"eau|aô|au|ô", "o"), (r"œu|oeu|eû|eu|œ|ö", "2"), (r"aou", "au"), (rf"ou(?=[{_V}])", "w"), (r"oû|où|ou", "u"),
    (rf"oy(?=[{_V}])", "waj"), (r"oi|oî|oy", "wa"), (rf"ay(?=[{_V}])", "Ej"), (r"aî|ai|ei|ey|ay", "E"), (r"uy(?=[aeiouéè])", "Hij"), (r"ui|uy", "Hi"),
    # Vowels.
    (r"é", "e"), (r"[èêëä]", "E"), (r"e(?=([bcdfglmnprstvz])\1)", "E"), (rf"e(?=h?[^{_V}h'][^{_V}hrl'])", "E"), (rf"e(?=h[^{_V}])", "E"),
    (rf"e(?=[^{_V}]$)", "E"), (r"^e", "e"), (r"e(?=[ao])", "e"), (r"e", "@"), (r"[aàâ]", "a"), (r"[iîïy](?=es?$)", "i"), (rf"[iîïy](?=[{_V}])", "j"), (r"[iîïy]", "i"), (r"o", "o"), (r"[uùûü]", "y"),
    # Consonants that the place decides.
    (r"(?<=s)ti(?=on)", "tj"), (r"ti(?=on)", "sj"), (rf"^ex(?=[{_V}])", "Egz"), (r"x", "ks"), (rf"(?<=[{_V}])s(?=[{_V}])", "z"), (r"s", "s"), (r"w", "w"),
    *_CONSONANTS,
)  # fmt: skip

_FOREIGN = (
    (r"(?<=..)e?s$", "s"), (r"(?<=..)e$", ""), (r"aou", "au"), (r"eau|au", "o"), (r"eu|œ|ö", "2"), (rf"ou(?=[{_V}])", "w"), (r"oo|oû|ou", "u"),
    (r"oi|oy", "oj"), (r"ai|ay|aï|aî", "aj"), (r"ei|ey", "Ej"), (r"é|^e", "e"), (r"[èêëä]", "E"), (r"e", "E"), (r"[aàâ]", "a"),
    (r"[iîïy](?=es?$)", "i"), (rf"[iîïy](?=[{_V}])", "j"), (r"ee|[iîïy]", "i"), (r"[oô]", "o"), (r"[uùûü]", "u"), (r"x", "ks"), (r"s", "s"), (r"w", "w"),
    *_CONSONANTS,
)  # fmt: skip

_Rules = tuple[tuple[re.Pattern[str], str], ...]
_FRENCH_RULES: _Rules = tuple((re.compile(pattern), said) for pattern, said in _FRENCH)
_FOREIGN_RULES: _Rules = tuple((re.compile(pattern), said) for pattern, said in _FOREIGN)
_LETTERS = re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=65536)
def french(word: str) -> str:
    """Return the phonemes of one word, read as French; "" if it has no letter."""
    letters = _plain(word)
    return _SHORT.get(letters) or _read(letters, _FRENCH_RULES)


@lru_cache(maxsize=65536)
def foreign(word: str) -> str:
    """Return the phonemes of one word, read as a foreign name by a French speaker."""
    return _read(_plain(word), _FOREIGN_RULES)


def spelled(word: str) -> str | None:
    """Return the phonemes of letters said one by one, or None for what nobody spells: no two to six capitals."""
    if not (2 <= len(word) <= 6 and word.isascii() and word.isalpha() and word.isupper()):
        return None
    return "".join(_SPELLED[letter] for letter in word.lower())


def readings(text: str) -> tuple[str, ...]:
    """Return the different ways in which the words of a name may be said, joined: French first."""
    words = _LETTERS.findall(unicodedata.normalize("NFC", text))
    said = ["".join(map(french, words)), "".join(map(foreign, words))]
    letters = [spelled(word) for word in words]
    if any(letters):
        said.append("".join(one or french(word) for one, word in zip(letters, words, strict=True)))
    sounded = [one for one in said if VOWELS & set(one) or NASALS & set(one)]
    return tuple(dict.fromkeys(sounded))


def _plain(word: str) -> str:
    return unicodedata.normalize("NFC", word).lower()


def _read(letters: str, rules: _Rules) -> str:
    said, at = "", 0
    while at < len(letters):
        for pattern, phonemes in rules:
            match = pattern.match(letters, at)
            if match is not None and match.end() > at:
                said += phonemes
                at = match.end()
                break
        else:
            at += 1
    return re.sub(r"(.)\1+", r"\1", said)
