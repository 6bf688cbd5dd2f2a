"""What French typography asks of a text before it is broken into lines.

Rules
- ``clean`` leaves NFC text that any of the formats can hold: white space of every kind becomes one
  U+0020; control characters, what XML 1.0 forbids and what does not show (joiners, marks of direction,
  soft hyphens, variation selectors) are gone, so that nothing invisible parts a word from itself.
- U+00A0 and U+202F stand for themselves: one character, never broken, alone.
- ``typeset`` cleans, then sets apostrophes, guillemets, ellipses and the spaces around high
  punctuation: U+202F before ``; ! ?``, U+00A0 before ``:`` and inside « », U+00A0 between a
  capitalised word and its number ("Jeune 3"). It changes no letter and no figure.
- Both are idempotent: ``typeset(typeset(text)) == typeset(text)``.

Source: Lexique des règles typographiques en usage à l'Imprimerie nationale.
"""

import re
import unicodedata

NBSP = "\u00a0"
NARROW = "\u202f"

_ANY = f"[ {NBSP}{NARROW}]*"
# Unicode's default ignorables that are letters or marks; those of category Cf go with their category.
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_SPACES = re.compile(f"[ {NBSP}{NARROW}]{{2,}}")
_LETTER = r"[^\W\d_]"

_RULES = (
    (re.compile(r"\.{3,}"), "…"),
    (re.compile(rf"(?<={_LETTER})['‘ʼ](?={_LETTER}|[«\"“\[…])"), "’"),
    (re.compile("[“„]"), "«"),
    (re.compile("”"), "»"),
    (re.compile(rf"«{_ANY}(?=\S)"), f"«{NBSP}"),
    (re.compile(rf"(?<=\S){_ANY}»"), f"{NBSP}»"),
    (re.compile(rf"(?<=[!?]){_ANY}(?=[!?])"), ""),
    (re.compile(rf"(?<=[^\s:«(\[]){_ANY}:(?=[\s»]|$)"), f"{NBSP}:"),
    (re.compile(rf"(?<=[^\s!?;:«(\[]){_ANY}([;!?]+)(?=[\s»)\].,…]|$)"), rf"{NARROW}\1"),
    (re.compile(r"(?<![^\W_])([A-ZÀ-ÖØ-Þ][^\W\d_]+) (?=\d{1,3}(?!\w))"), rf"\1{NBSP}"),
)


def clean(text: str) -> str:
    """Return ``text`` in NFC with single spaces, without what cannot be seen or cannot be written."""
    kept = _SPACES.sub(_one_space, "".join(map(_character, unicodedata.normalize("NFC", text))))
    return unicodedata.normalize("NFC", kept).strip()


def typeset(text: str) -> str:
    """Return ``text`` cleaned and set as French is set; the same text again if it already was."""
    text = clean(text)
    if text.count('"') % 2 == 0:
        text = _pair_quotes(text)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def _character(character: str) -> str:
    if character in (NBSP, NARROW):
        return character
    category = unicodedata.category(character)
    if character.isspace() or category in ("Zs", "Zl", "Zp"):
        return " "
    if category in ("Cc", "Cf", "Cs") or _UNSEEN.match(character) or _is_noncharacter(ord(character)):
        return ""
    return character


def _is_noncharacter(point: int) -> bool:
    return point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF


def _one_space(run: re.Match[str]) -> str:
    return next((space for space in run[0] if space != " "), " ")


def _pair_quotes(text: str) -> str:
    parts = text.split('"')
    return "".join(part + ("" if n == len(parts) - 1 else "«»"[n % 2]) for n, part in enumerate(parts))
