"""Institutions by what people do there: "éduc à la Sauvegarde", "il a fugué du Clos fleuri".

Where nothing is written with a capital, a name made of an ordinary word shows only by what is said of it:
one works, is placed, is received or runs away from there. A common noun of such a place (``ANONYMOUS``)
is none. Always residual.
"""

import re
from collections.abc import Iterable

from anonymize.detectors.adjectives import ADJECTIVE
from anonymize.detectors.cues import ANONYMOUS
from anonymize.detectors.layer import Artifacts, Finding, Layer
from anonymize.detectors.reading import Reading
from anonymize.french.heads import HEAD, head_of
from anonymize.french.lexicon import FUNCTION_WORDS, Lexicon
from vocabulary.choices import EntityType

_DONE = (
    r"(?:[ée]duc\w*|assistante? sociale?|conseill[èe]re?|psycholog\w+|psy|infirmi\w+|animat\w+|m[ée]diat\w+|"
    r"coordinat\w+|"
    r"directe\w+|chef\w* de service|b[ée]n[ée]vole|stagiaire|travaill\w+|bosse\w*|interv[ie]\w+|permanences?|atelier|"
    r"placement|plac[ée]e?s?|fugu\w+|transf[ée]r[ée]e?|accueilli\w*|h[ée]berg[ée]e?|admise?|inscrite?|licenci[ée]e?|"
    r"suivie?s?|mails?|courriers?|coups? de fil|[ée]quipes?|coll[èe]gues?|partenaires?|r[ée]f[ée]rente?|"
    r"r[ée]cup[èe]re\w*|amen[ée]e?|orient[ée]e?|rendez-vous|r[ée]union|dame|prochaine fois|"
    r"m[êe]me salle|sortie? d[ue]|rest[ée]e?s?)"
)
_AT = r"(?:à la |à l['’]|à les |au |aux |de la |de l['’]|du |chez )"
_WORKING = re.compile(rf"(?<![\w-]){_DONE}(?: [^\W\d_][\w'’-]*| \d{{1,2}}){{0,4}}? {_AT}(?=[^\W\d_])", re.IGNORECASE)


class WorkingLayer(Layer):
    """Ordinary words that name an institution by what is done there."""

    layer = "working"

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        super().__init__()

    def find(self, reading: Reading, artifacts: Artifacts) -> Iterable[Finding]:
        if reading.cased:
            return
        starts = {word.start: index for index, word in enumerate(reading.words)}
        for match in _WORKING.finditer(reading.text):
            index = starts.get(match.end())
            if index is None or not self._names(reading, artifacts, index):
                continue
            last = index
            after = index + 1
            if after < len(reading.words) and reading.joined(after) and self._adjective(reading, artifacts, after):
                last = after
            elif after + 1 < len(reading.words) and reading.words[after].folded == "d":
                last = after + 1
            article = re.search(r"(?:la|les) $", match[0])
            start = match.start() + article.start() if article is not None else reading.words[index].start
            yield Finding(start, reading.words[last].end, EntityType.INSTITUTION, 0.4, "what is done there", False)

    def _names(self, reading: Reading, artifacts: Artifacts, index: int) -> bool:
        word = reading.words[index]
        if not word.ordinary or len(word.folded) < 4:
            return False
        level = self._lexicon.words.get(word.folded, 9)
        head = HEAD.match(reading.text, word.start)
        if head is not None and (level < 4 or head_of(head).label is not EntityType.PLACE):
            return False
        if word.folded in FUNCTION_WORDS | ANONYMOUS | self._lexicon.spoken:
            return False
        if artifacts.part_of_speech(word) == "ADJ":
            # The tagger takes a rare noun for an adjective.
            return level >= 4 and ADJECTIVE.search(word.folded) is None
        return level >= 2 and artifacts.part_of_speech(word) in ("NOUN", "PROPN", "VERB")

    def _adjective(self, reading: Reading, artifacts: Artifacts, index: int) -> bool:
        word = reading.words[index]
        return word.ordinary and artifacts.part_of_speech(word) == "ADJ" and word.folded not in self._lexicon.spoken
