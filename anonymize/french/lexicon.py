"""The word and name lists that detection, treatment and the egress guard share.

Rules of the module:
- A word is *ordinary* when French writes it mostly in lower case, or when it stands in spoken.txt.
  Only this list decides it, for every layer, for treatment and for the guard alike.
- Every entry is folded (anonymize/french/folding.py). anonymize/data/README.md gives the sources.
- Loading reads a few files once and imports nothing heavy.
"""

import gzip
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from anonymize.french.folding import fold

_DATA = Path(__file__).parent.parent / "data"


def word_set(text: str) -> frozenset[str]:
    """Return the folded words of ``text``."""
    return frozenset(fold(word) for word in text.split())


FUNCTION_WORDS = word_set(
    "le la les l un une des du de d au aux ce cet cette ces mon ma mes ton ta tes son sa ses notre nos "
    "votre vos leur leurs je j tu il elle on nous vous ils elles me m te t se s lui eux moi toi soi y en "
    "qui que qu quoi dont où quand comment pourquoi combien lequel laquelle lesquels lesquelles et ou "
    "mais donc or ni car si comme lorsque puisque quoique parce à a dans par pour sur avec sans sous "
    "vers chez entre contre depuis pendant avant après jusque jusqu dès ne n pas plus jamais rien tout "
    "tous toute toutes même mêmes autre autres quel quelle quels quelles aucun aucune chaque plusieurs "
    "certains certaines quelque quelques être suis es est sommes êtes sont étais était étaient été sera "
    "avoir ai as avons avez ont avais avait avaient eu aura fait faire fais font va vais vas vont aller "
    "dit dire dis peut peux pouvait doit dois veut veux voulait sait sais c ça cela ceci là ici bien "
    "très trop peu beaucoup aussi encore déjà toujours alors puis ensuite oui non si hein euh ben bah "
    "bon voilà quoi"
)
"""Articles, pronouns, prepositions and auxiliaries: words that never begin or end a name by themselves."""

DETERMINERS = word_set(
    "le la les l un une des du d de au aux ce cet cette ces mon ma mes ton ta tes son sa ses notre nos "
    "votre vos leur leurs quel quelle quels quelles aucun aucune chaque plusieurs quelques deux trois "
    "quatre cinq six sept huit neuf dix cent cents mille petit petite petits petites grand grande beau "
    "belle vrai vraie très trop bien plus assez tout toute en"
)
"""Words after which a lower-case noun is the common noun and not a name."""

TITLES = word_set(
    "madame monsieur mademoiselle mme mlle m mr mesdames messieurs maître docteur dr professeur juge "
    "brigadier commandant commissaire capitaine lieutenant major inspecteur proviseur principal imam "
    "pasteur abbé diacre curé rabbin cheikh mamie mamy papi papy mémé pépé mama tata tonton tatie tante oncle famille"
)
"""Civilities and titles that a name follows."""


def _lines(name: str) -> list[str]:
    with gzip.open(_DATA / name, "rt", encoding="utf-8") as source:
        return source.read().splitlines()


def _levels(name: str) -> dict[str, int]:
    """Read ``word digit`` lines; 0 is the most frequent."""
    return {line[:-2]: int(line[-1]) for line in _lines(name)}


@dataclass(frozen=True)
class Lexicon:
    """Folded words and names; ``words``, ``first_names`` and ``surnames`` give a digit of frequency."""

    words: dict[str, int]
    spoken: frozenset[str]
    first_names: dict[str, int]
    surnames: dict[str, int]
    places: frozenset[str]
    place_lengths: dict[str, int]

    def ordinary(self, folded: str) -> bool:
        """Whether a folded word, or each part of a folded compound, is an ordinary French word."""
        if folded in self.words or folded in self.spoken or folded.isdigit():
            return True
        if "-" not in folded and "'" not in folded:
            return folded[:-1].isdigit() if len(folded) > 1 and folded[-1] in "e" else False
        parts = folded.replace("'", "-").split("-")
        return all(not part or part in self.words or part in self.spoken or part.isdigit() for part in parts)

    def first_name(self, folded: str) -> int | None:
        """Frequency digit of a first name, simple or compound; None if it is none."""
        found = self.first_names.get(folded)
        if found is not None or "-" not in folded:
            return found
        parts = [self.first_names.get(part) for part in folded.split("-")]
        known = [part for part in parts if part is not None]
        return max(known) if len(known) == len(parts) else None


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Return the lexicon, read once for the process."""
    spoken: set[str] = set()
    for line in (_DATA / "spoken.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            spoken.update(fold(word).replace("_", " ") for word in line.split())
    places = frozenset(_lines("places.txt.gz"))
    lengths: dict[str, int] = {}
    for place in places:
        words = place.split()
        lengths[words[0]] = max(lengths.get(words[0], 0), len(words))
    return Lexicon(
        words=_levels("words.txt.gz"),
        spoken=frozenset(spoken) | FUNCTION_WORDS,
        first_names=_levels("first_names.txt.gz"),
        surnames=_levels("surnames.txt.gz"),
        places=places,
        place_lengths=lengths,
    )
