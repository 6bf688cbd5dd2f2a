"""The form that a span shows, and how names are taken apart to be compared.

Rules of the module:
- The article before a name of ordinary words belongs to its form ("le Gros"): it is what tells the name
  from the words when it is met again in lower case (anonymize/forms.py, rule 4).
- The words of a person's name are compared folded, without particles; the first is held to be the first
  name, unless the name is a surname after a title.
"""

import re

from anonymize.forms import PARTICLES, strip_article
from anonymize.french.folding import fold, squash, tokens
from anonymize.french.lexicon import TITLES, lexicon
from vocabulary.span import Span

_ARTICLE = re.compile(r"(?<![^\W_])(le|la|les|l['’]|du|des|au|aux)\s?$", re.IGNORECASE)
_FULL = {"du": "le", "au": "le", "des": "les", "aux": "les"}
_TITLE = re.compile(r"([^\W\d_]+)\.?\s+$")


def surface_of(text: str, span: Span) -> str:
    """Return the form a span shows, with the article before it if all its words are ordinary ones."""
    surface = text[span.start : span.end]
    if strip_article(surface)[1] is not None:
        return surface
    words = lexicon()
    if all(words.ordinary(token.folded) for token in tokens(surface)):
        article = _ARTICLE.search(text[: span.start])
        if article is not None:
            found = fold(article[1])
            full = _FULL.get(found, found)
            return f"{full}{surface}" if full.endswith("'") else f"{full} {surface}"
    return surface


def names_of(surface: str) -> list[str]:
    """Return the folded words of a person's name, without article, title ("Papy Brossard") and particles."""
    core, _ = strip_article(surface)
    words = [squash(word) for word in core.split()]
    while len(words) > 1 and words[0] in TITLES:
        words = words[1:]
    words = [word for word in words if word]
    if all(len(word) == 1 for word in words):
        return words  # initials: the d of "I. D." is no particle
    return [word for word in words if word not in PARTICLES] or words


def spelled_letters(surface: str) -> str:
    """Return the letters of a name spelled letter by letter; doubles ("deux l") are written out."""
    letters = ""
    double = False
    for token in tokens(surface):
        if token.letter:
            letters += token.folded * (2 if double else 1)
        double = token.folded == "deux"
    return letters


def titled(text: str, span: Span) -> bool:
    """Whether a title (madame, juge, brigadier) stands right before the span."""
    match = _TITLE.search(text[max(0, span.start - 24) : span.start])
    return match is not None and fold(match[1]) in TITLES
