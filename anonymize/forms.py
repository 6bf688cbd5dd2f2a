"""Which stretches of a text are an occurrence of a known form. One rule, for all who ask.

Propagation through a session, treatment and the egress guard use this module and nothing else, so that
what the guard would find, treatment has already masked. A form is a spelling of a referent ("Yacine
Meziane", "le Gros", "cité des Oliviers").

Rules of the module:
1. A form is compared by its letters: case, accents, ligatures, spaces, hyphens and apostrophes do not
   count, whole words only. A name spelled letter by letter (M-H-O-U) is compared the same way.
2. A full name also stands for its parts ("Yacine", "Meziane"), a place or an institution for its proper
   part ("collège Jean-Renoir" for "Jean-Renoir" and "Renoir"); particles, articles and heads stand for
   nothing.
3. A word of four letters or more that is no ordinary word also matches by sound, if it has three sounds or more; so
   does a form of several words, word by word, one of which at least is such a word.
4. A form of ordinary words (le Gros, Moustique, Rose) is the ordinary word when it is written in lower
   case, *unless* it follows a title (madame Rose), or the article the form is known with (le gros, du
   gros), or is a form of several words written in full (la Rose), all on one line. With a capital it
   always counts.
5. A single letter (K) counts as a capital standing alone, not elided (C'est), not after "un" and not in a
   spelled name.
6. Longer occurrences win; occurrences never overlap.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from anonymize.french.folding import Token, fold, sound, squash, tokens
from anonymize.french.heads import proper_part
from anonymize.french.lexicon import FUNCTION_WORDS, TITLES, Lexicon, lexicon, word_set
from vocabulary.choices import EntityType

PARTICLES = word_set(
    "de da do dos du des di del della van von der den le la les el al ben bin bou ould aït ait "
    "mc mac saint sainte st ste d l o"
)
PEOPLE = frozenset({EntityType.YOUTH, EntityType.PERSON})

_CLASSES = {
    "le": frozenset({"le", "du", "au"}),
    "la": frozenset({"la"}),
    "les": frozenset({"les", "des", "aux"}),
    "l": frozenset({"l"}),
}
_ARTICLE = {"le": "le", "du": "le", "au": "le", "la": "la", "les": "les", "des": "les", "aux": "les", "l": "l"}
_GAP = re.compile(r"[\s\-'’._,·/‐-―]{0,3}")
_NEXT = re.compile(r"[ \u00a0\u202f]|['’] ?")
_BREAK = re.compile(r"[\n,.;:!?]")
_LEADING = re.compile(r"^(?:(?:le|la|les|du|des|au|aux)\s+|l['’]\s*)", re.IGNORECASE)
_LONGEST_RUN = 80
_VAGUE = word_set(
    "nord sud est ouest centre social sociale municipal départemental public publique jeunes jeunesse "
    "enfants famille maison ville quartier quartiers saint sainte grand grande petit petite sportive sportif "
    "solidarité culturel national"
)
"""Words of the names of places and institutions that point to no one of them."""


@dataclass(frozen=True, repr=False)
class Form:
    """One spelling to look for: its letters, how it may be met, and whose it is; ``sounds`` are those of its words."""

    letters: str
    words: int
    articles: frozenset[str]
    referent: str
    label: EntityType
    by_sound: bool
    part: bool
    sounds: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Form({self.label}, {len(self.letters)} letters)"


@dataclass(frozen=True, order=True)
class Occurrence:
    """Half-open offsets of an occurrence, whose it is, and how it was met: ``form``, ``part`` or ``sound``."""

    start: int
    end: int
    referent: str
    label: EntityType
    how: str


def strip_article(surface: str) -> tuple[str, str | None]:
    """Return ``surface`` without a leading article, and the class of that article (le, la, les, l) or None."""
    match = _LEADING.match(surface)
    if match is None or match.end() >= len(surface):
        return surface.strip(), None
    return surface[match.end() :].strip(), _ARTICLE.get(fold(match[0]).strip(" '"))


def variants(surface: str, label: EntityType) -> list[tuple[str, str | None, bool]]:
    """Return what a form stands for: (spelling, article class or None, whether it is only a part)."""
    found: list[tuple[str, str | None, bool]] = []
    core, article = strip_article(surface)
    found.append((core, article, False))
    if article is not None:
        found.append((surface, None, False))
    if label in PEOPLE:
        names = core.split()
        if len(names) > 1:
            found += [
                (name, None, True)
                for name in names
                if len(squash(name)) > 2 and fold(name) not in PARTICLES and fold(name) not in TITLES
            ]
            for index in range(len(names) - 1):
                if fold(names[index]) in PARTICLES:
                    found.append((" ".join(names[index:]), None, True))
    else:
        proper = proper_part(core)
        if proper is not None:
            inner, inner_article = strip_article(proper)
            if len(squash(inner)) > 2 and fold(inner) not in _VAGUE and not squash(inner).isdigit():
                found.append((inner, inner_article, True))
                last = re.split(r"[\s-]+", inner)[-1]
                telling = last != inner and len(last) > 3 and not lexicon().ordinary(fold(last))
                if label is EntityType.INSTITUTION and telling:
                    found.append((last, None, True))
    return found


class Forms:
    """The forms of some referents, ready to be looked for in any number of texts."""

    def __init__(self, entries: Iterable[tuple[str, str, EntityType]], words: Lexicon | None = None) -> None:
        """``entries`` are (surface, referent, label); the first to claim a spelling keeps it."""
        self._lexicon = words or lexicon()
        self._index: dict[str, Form] = {}
        self._sounds: dict[str, Form] = {}
        self._sounds_of_many: dict[tuple[str, ...], Form] = {}
        self._first_sounds: set[str] = set()
        self._most_words = 1
        self._prefixes: set[str] = set()
        parts: list[Form] = []
        for surface, referent, label in entries:
            for spelling, article, part in variants(surface, label):
                form = self._form(spelling, article, referent, label, part)
                if form is None:
                    continue
                if part:
                    parts.append(form)
                else:
                    self._add(form)
        for form in parts:
            self._add(form)

    def __bool__(self) -> bool:
        return bool(self._index)

    def _form(self, spelling: str, article: str | None, referent: str, label: EntityType, part: bool) -> Form | None:
        runs = tokens(spelling)
        letters = "".join(token.folded for token in runs)
        initial = len(letters) == 1 and letters.isalpha()
        if not initial and all(token.folded in FUNCTION_WORDS for token in runs):
            return None
        ordinary = all(self._lexicon.ordinary(token.folded) for token in runs)
        return Form(
            letters=letters,
            words=len(runs),
            articles=_CLASSES.get(article or "", frozenset()),
            referent=referent,
            label=label,
            by_sound=len(letters) >= 4 and not ordinary and letters.isalpha(),
            part=part,
            sounds=tuple(sound(token.folded) for token in runs),
        )

    def _add(self, form: Form) -> None:
        held = self._index.get(form.letters)
        if held is None:
            self._index[form.letters] = form
        elif form.articles - held.articles or form.words != held.words:
            joined = held.articles | form.articles
            self._index[form.letters] = Form(
                held.letters, max(held.words, form.words), joined, held.referent, held.label, held.by_sound, held.part,
                held.sounds,
            )  # fmt: skip
        for end in range(1, len(form.letters) + 1):
            self._prefixes.add(form.letters[:end])
        if form.by_sound:
            key = sound(form.letters)
            if len(key) >= 3:
                self._sounds.setdefault(key, form)
                if form.words > 1:
                    self._sounds_of_many.setdefault(form.sounds, form)
                    self._first_sounds.add(form.sounds[0])
                    self._most_words = max(self._most_words, form.words)

    def find(self, text: str, *, bare: bool = False) -> list[Occurrence]:
        """Return the occurrences in ``text``, in order.

        ``bare`` relaxes rule 4 for a text written wholly in lower case: an ordinary form then also
        counts where no determiner precedes it.
        """
        runs = tokens(text)
        found: list[Occurrence] = []
        index = 0
        while index < len(runs):
            hit = self._longest(text, runs, index, bare)
            if hit is None:
                index += 1
                continue
            form, last, how = hit
            found.append(Occurrence(runs[index].start, runs[last].end, form.referent, form.label, how))
            index = last + 1
        return found

    def _longest(self, text: str, runs: list[Token], first: int, bare: bool) -> tuple[Form, int, str] | None:
        best: tuple[Form, int, str] | None = None
        letters = ""
        for last in range(first, min(first + _LONGEST_RUN, len(runs))):
            if last > first and _GAP.fullmatch(text, runs[last - 1].end, runs[last].start) is None:
                break
            letters += runs[last].folded
            if letters not in self._prefixes:
                break
            form = self._index.get(letters)
            if form is not None and self._counts(text, runs, first, last, form, bare):
                best = (form, last, "part" if form.part else "form")
        if best is None:
            token = runs[first]
            if self._is_telling(token):
                form = self._sounds.get(sound(token.folded))
                if form is not None:
                    return form, first, "sound"
            return self._many_by_sound(text, runs, first)
        return best

    def _many_by_sound(self, text: str, runs: list[Token], first: int) -> tuple[Form, int, str] | None:
        """Rule 3 for a form of several words: Sarah-Miriam is Sarah-Myriam."""
        sounds: tuple[str, ...] = (sound(runs[first].folded),)
        if sounds[0] not in self._first_sounds:
            return None
        telling = self._is_telling(runs[first])
        for last in range(first + 1, min(first + self._most_words, len(runs))):
            if _GAP.fullmatch(text, runs[last - 1].end, runs[last].start) is None:
                return None
            sounds = (*sounds, sound(runs[last].folded))
            telling = telling or self._is_telling(runs[last])
            form = self._sounds_of_many.get(sounds) if telling else None
            if form is not None:
                return form, last, "sound"
        return None

    def _is_telling(self, token: Token) -> bool:
        return len(token.folded) >= 4 and not self._lexicon.ordinary(token.folded)

    def _counts(self, text: str, runs: list[Token], first: int, last: int, form: Form, bare: bool) -> bool:
        run = runs[first : last + 1]
        before = runs[first - 1] if first else None
        if len(form.letters) == 1:
            after = runs[last + 1] if last + 1 < len(runs) else None
            written = run[0].capital or (bare and run[0].folded in "bfghkpqrvwxz")
            lone = not (before and before.letter and before.capital) and not (after and after.letter and after.capital)
            elided = text[run[0].end : run[0].end + 1] in ("'", "’")
            return written and lone and not elided and (before is None or before.folded not in ("un", "une", "deux"))
        if len(run) > 2 and all(token.letter for token in run):
            return True
        if not all(self._lexicon.ordinary(token.folded) for token in run):
            return True
        capitals = [any(map(str.isupper, text[token.start : token.end])) for token in run]
        if any(capitals):
            return len(run) == form.words or all(capitals)
        if len(run) > 1 and len(run) == form.words and not _BREAK.search(text, run[0].start, run[-1].end):
            return True
        if before is None or _NEXT.fullmatch(text, before.end, run[0].start) is None:
            return bare and len(run) == form.words
        if before.folded in form.articles:
            return True
        if before.folded in TITLES:
            return True
        return bare and len(run) == form.words and before.folded not in _BARE_STOP and not form.letters.isdigit()


_BARE_STOP = word_set(
    "le la les l un une des du d de au aux ce cet cette ces mon ma mes ton ta tes son sa ses notre nos "
    "votre vos leur leurs quel quelle quels quelles aucun aucune chaque plusieurs quelques deux trois "
    "quatre cinq six sept huit neuf dix petit petite petits petites grand grande beau belle vrai vraie "
    "très trop bien plus assez tout toute en est c il elle on pas ne y"
)
