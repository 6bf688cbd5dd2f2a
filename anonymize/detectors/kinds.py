# ruff: noqa: E501 (a pattern stands on one line, so that the table can be read)
"""Whether a name is a person's, a place's or an institution's: one kind for one name throughout a session.

Rules of the module:
- Every mention votes with its findings and with what stands around it: "à Roubaix", "métro ..." speak for a
  place; a title, an age, "il" right after the name, "demander à ..." for a person.
- A name met after a head ("lycée Renoir") is of that kind without it too ("à Renoir"), unless its mentions
  are those of a person.
- A place by the lists that a single mention clearly means ("À Florence ?") stays one, whatever the name is
  elsewhere: a name may be a youth's and a town's.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from anonymize.detectors.roles import mention_votes
from anonymize.forms import PEOPLE, strip_article
from anonymize.french.folding import fold, sound, squash
from anonymize.french.heads import proper_part
from anonymize.french.lexicon import lexicon
from vocabulary.choices import NAMED, EntityType
from vocabulary.span import Span

_PLACE, _INSTITUTION, _PERSON = EntityType.PLACE, EntityType.INSTITUTION, EntityType.PERSON
_STAND = re.compile(
    r"\b(?:m[ée]tro|station|gare|arr[êe]t|terminus|quartier|cit[ée]|secteur|côté|mairie de|maire de|lycée de|ville de|commune de)\s+(?:la |le |les |l['’])?$",
    re.IGNORECASE,
)
_GOING = re.compile(
    r"(?:\b(?:habit\w+|vi[tsv]\w*|née?s?|va|vont|allée?r?|parti\w*|partir|arriv\w+|retourn\w+|plac[ée]\w*|log\w+|dor[tm]\w*|est|était|étaient|sont|travaill\w+|tourn\w+|grandi|scolaris\w+|inscrit\w*|rend\w* visite|descend\w*|mont[ée]\w*|rest[ée]\w*|venue?s?|envoy\w+|détention|zon\w+|tra[iî]n\w+|tante|oncle|cousine?|famille|chez lui|jusque?)\b[^.,;!?]{0,24}\s|^\W*|[.,!?]\s)(?:à|aux?|jusqu['’]à|vers)\s+(?:la |l['’])?$",
    re.IGNORECASE,
)
_AT = re.compile(r"(?<![^\W_])(?:aux?|vers|jusqu['’]à)\s+(?:la |les |l['’])?$", re.IGNORECASE)
_SPEAKING = re.compile(
    r"\b(?:demand\w+|dit|dire|disait|parl\w+|donn\w+|écri\w+|appel\w+|téléphon\w+|propos\w+|rend\w+|expliqu\w+|répond\w*|confi\w+|pens\w+|raconter|doit|montr\w+)\b[^.,;!?]{0,16}\sà\s+$",
    re.IGNORECASE,
)
_TO = re.compile(r"(?<![^\W_])(?:à|au|aux|de|du)\s+(?:la |l['’])?$", re.IGNORECASE)
_SUBJECT = re.compile(
    r"^,?\s+(?:il|elle|je|tu|toi|lui,? il)\b|^\s+(?:m['’]a|nous a|a (?:dit|fait|pris|eu)|pourrait|veut|entende)\b",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"\b(?:c['’]est|s['’]appell\w+|appel\w+|surnomm\w+|que|et|avec|chez)\s+(?:le |la |l['’])?$", re.IGNORECASE
)


_TRAINED, _KNOWN = 4.0, 20.0
"""Weight of the trained network's word for one mention, and of the dossier's or the vault's."""


def settle_names(turns: Sequence[str], spans: Sequence[Span], chances: Sequence[Mapping[str, float]]) -> list[Span]:
    """Return ``spans`` with one kind (person, place, institution) for one name throughout the session.

    ``chances`` are what the trained network says of each span (anonymize/trained/tagger.py).
    """
    named = [span for span in spans if span.label in NAMED]
    weights: dict[str, dict[EntityType, float]] = defaultdict(lambda: defaultdict(float))
    headed: dict[str, EntityType] = {}
    placed: set[str] = set()
    parts = {part for span in named if span.label in PEOPLE for part in _parts(turns, span)}
    for span in named:
        key = _letters(turns, span)
        people = max(PEOPLE, key=lambda kind: kind is span.label) if span.label in PEOPLE else _PERSON
        weights[key][span.label] += span.score**2
        person, place = _context(turns[span.turn], span)
        weights[key][people] += person + (1.0 if key in parts else 0.0)
        weights[key][_PLACE] += place
        if "head" in span.reasons and span.label not in PEOPLE:
            weights[key][span.label] += 3.0
            for name in _proper(turns, span):
                headed.setdefault(name, span.label)
        if place >= 1.0 and _listed(turns, span):
            weights[key][_PLACE] += 1.0
        if place or {"head", "commune or country"} & set(span.reasons):
            placed.add(key)
    for span in named:
        key = _letters(turns, span)
        before = turns[span.turn][: span.start]
        if key in headed and _TO.search(before) and not _SPEAKING.search(before[-60:]):
            weights[key][headed[key]] += 1.0
    for key in weights.keys() - placed:
        for kind in (_PLACE, _INSTITUTION):
            weights[key][kind] *= 0.4
    for span, chance in zip(spans, chances, strict=True):
        if span.label in NAMED:
            for kind in NAMED:
                weights[_letters(turns, span)][kind] += _TRAINED * chance[kind]
            if _is_known(span):
                weights[_letters(turns, span)][span.label] += _KNOWN
    settled = {key: _settled(key, found, headed) for key, found in weights.items()}
    heard = {sound(key): settled[key] for key in settled if settled[key] in PEOPLE and len(sound(key)) > 3}
    heard |= {sound(part): _PERSON for part in parts if len(sound(part)) > 3}
    shared = _shared(turns, spans, chances)
    result = []
    for span, chance in zip(spans, chances, strict=True):
        if span.label in NAMED:
            kind = _kind(turns, span, settled, heard)
            if _letters(turns, span) in shared and not _is_known(span):
                kind = _meant(chance) or kind
            result.append(replace(span, label=kind))
        else:
            result.append(span)
    return result


_PLAIN = 0.85
"""Chance from which the network says plainly what a mention is."""


def _is_known(span: Span) -> bool:
    return any(reason.startswith("known") for reason in span.reasons)


def _shared(turns: Sequence[str], spans: Sequence[Span], chances: Sequence[Mapping[str, float]]) -> set[str]:
    """Return the names that a person and a place or an institution share: some mentions are plainly the one, some the
    other ("Franklin", a youth and a street)."""
    people: set[str] = set()
    others: set[str] = set()
    for span, chance in zip(spans, chances, strict=True):
        if span.label in NAMED:
            key = _letters(turns, span)
            if sum(chance[kind] for kind in PEOPLE) >= _PLAIN:
                people.add(key)
            elif chance[_PLACE] + chance[_INSTITUTION] >= _PLAIN:
                others.add(key)
    return people & others


def _meant(chance: Mapping[str, float]) -> EntityType | None:
    """Return what the network takes one mention for, if it is likely enough."""
    best = max(NAMED, key=lambda kind: chance[kind])
    return best if chance[best] > 0.5 else None


def _settled(key: str, found: dict[EntityType, float], headed: dict[str, EntityType]) -> EntityType:
    people = sum(found[kind] for kind in PEOPLE)
    if key in headed and people <= found[_PLACE] + found[_INSTITUTION] + 0.5:
        return headed[key]
    best = max(found, key=lambda kind: found[kind])
    if people > max(found[_PLACE], found[_INSTITUTION]):
        return max(PEOPLE, key=lambda kind: found[kind])
    return best


def _kind(turns: Sequence[str], span: Span, settled: dict[str, EntityType], heard: dict[str, EntityType]) -> EntityType:
    key = _letters(turns, span)
    kind = settled[key]
    listed = _listed(turns, span)
    person, place = _context(turns[span.turn], span)
    asked = re.fullmatch(r"\W*à \w+\W*", turns[span.turn], re.IGNORECASE) is not None
    if kind in PEOPLE and (listed or asked) and place >= 1.0 and person < 0.3:
        return _PLACE
    if kind not in PEOPLE and "head" not in span.reasons and not listed and place < 0.5 and sound(key) in heard:
        return heard[sound(key)]
    return kind


def _context(text: str, span: Span) -> tuple[float, float]:
    """Return how much the words around a mention speak for a person, and for a place."""
    before, after = text[max(0, span.start - 60) : span.start], text[span.end : span.end + 40]
    person = 0.3 * min(3.0, sum(mention_votes(text, span).values()))
    person += 0.6 if _SUBJECT.match(after) else 0.0
    person += 0.3 if _CALLED.search(before) else 0.0
    if _SPEAKING.search(before):
        return person + 1.0, 0.0
    place = 1.5 if _STAND.search(before) else 0.0
    if _GOING.search(before):
        place += 1.0
    elif _AT.search(before):
        place += 0.6
    return person, place


def _listed(turns: Sequence[str], span: Span) -> bool:
    return fold(turns[span.turn][span.start : span.end]).replace("-", " ") in lexicon().places


def _letters(turns: Sequence[str], span: Span) -> str:
    surface = turns[span.turn][span.start : span.end]
    core, article = strip_article(surface)
    return squash(core) if article is not None and len(squash(core)) > 5 else squash(surface)


def _proper(turns: Sequence[str], span: Span) -> list[str]:
    """Return what a name with a head is called without it: "jeanrenoir" and "renoir"."""
    core, _ = strip_article(turns[span.turn][span.start : span.end])
    inner = strip_article(proper_part(core) or core)[0]
    last = inner.split("-")[-1]
    alone = "-" in inner and len(last) > 3 and not lexicon().ordinary(fold(last))
    return [squash(inner), squash(last)] if alone and span.label is _INSTITUTION else [squash(inner)]


def _parts(turns: Sequence[str], span: Span) -> list[str]:
    words = turns[span.turn][span.start : span.end].split()
    return [squash(word) for word in (words[0], words[-1]) if len(squash(word)) > 2] if len(words) > 1 else []
