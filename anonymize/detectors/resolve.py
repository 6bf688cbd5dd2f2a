"""From the findings of all layers to the spans of a turn: one span where layers overlap.

Rules of the module:
1. Layers that prove come first (known, contacts, identifiers, dates, ages, spelled, cues, naming), then
   names and places, then the session, the model and the residual layer; within a rank the longer wins.
2. A weaker finding that reaches beyond a stronger one keeps what lies beyond it, if that names something.
3. The label of a name is put to the vote of all findings that overlap it; reasons are all kept.
4. A span is sure when one of its findings is.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from anonymize.detectors.layer import Finding
from anonymize.detectors.reading import Reading
from anonymize.detectors.trained import IN_DOUBT
from anonymize.forms import PARTICLES, PEOPLE
from anonymize.french.lexicon import FUNCTION_WORDS
from vocabulary.choices import NAMED, EntityType, Tier
from vocabulary.span import Span

_RANK = {
    "contacts": 0, "identifiers": 1, "dates": 2, "ages": 3, "spelled": 4, "known": 5, "cues": 6, "naming": 6,
    "names": 7, "places": 7, "numbered": 7, "clubs": 6, "session": 8, "model": 9, "residual": 10,
    "trained": 6.8, "standing": 10, "working": 10, "telling": 11, "transformers": 9, "gliner": 9,
}  # fmt: skip
_VOTE = {
    "known": 8.0,
    "cues": 2.0,
    "naming": 4.0,
    "clubs": 2.0,
    "spelled": 1.5,
    "session": 1.4,
    "names": 1.2,
    "residual": 0.4,
    "trained": 4.0,
}


_FIRM = frozenset({"contacts", "identifiers", "dates", "ages", "spelled", "known", "cues", "naming", "clubs"})
"""Layers whose edges the network does not move."""


@dataclass(slots=True)
class _Taken:
    start: int
    end: int
    label: EntityType
    layer: str


def resolve(turn: int, reading: Reading, findings: Sequence[tuple[str, Finding]]) -> list[Span]:
    """Return the spans of one turn, sorted and not overlapping."""
    taken: list[_Taken] = []
    order = sorted(findings, key=lambda item: (_rank(item), item[1].start - item[1].end, item[1].start))
    for layer, finding in order:
        whole = _whole(reading, finding)
        for start, end in _free(*whole, taken):
            piece = _trim(reading, start, end, finding, whole=(start, end) == whole)
            if piece is not None:
                taken.append(_Taken(*piece, finding.label, layer))
    taken = _joined(reading, sorted(taken, key=lambda item: item.start), _stretches(findings))
    for index, item in enumerate(taken):
        item.label = _label(reading, item, findings)
        _widen(reading, item, taken[index - 1].end if index else 0)
    return [_span(turn, item, findings) for item in taken]


def _whole(reading: Reading, finding: Finding) -> tuple[int, int]:
    """Return the offsets of a finding; a name, or a telling phrase, reaches to the edges of its words."""
    start, end = finding.start, finding.end
    if finding.label not in NAMED and finding.label is not EntityType.QUASI:
        return start, end
    for word in reading.words:
        if word.start >= end:
            break
        if word.start < start < word.end:
            start = word.start
        if word.start < end < word.end:
            end = word.end
    return start, end


def _rank(item: tuple[str, Finding]) -> float:
    layer, finding = item
    if finding.reason == "numbered name":
        return _RANK["spelled"]
    if layer == "trained" and finding.label not in NAMED:
        return _RANK["telling"]  # no age, date or phrase takes a name's place
    if finding.reason == IN_DOUBT:
        return _RANK["residual"]
    return 6.5 if finding.reason == "session form" and finding.sure else _RANK[layer]


def _free(start: int, end: int, taken: Iterable[_Taken]) -> list[tuple[int, int]]:
    """Return the parts of start..end that nothing covers yet."""
    parts = [(start, end)]
    for item in taken:
        parts = [
            piece for a, b in parts for piece in ((a, min(b, item.start)), (max(a, item.end), b)) if piece[0] < piece[1]
        ]
    return parts


def _trim(reading: Reading, start: int, end: int, finding: Finding, *, whole: bool) -> tuple[int, int] | None:
    """Return a left-over without what does not name at its ends, or, of a sure phrase, what does not tell; or None."""
    if whole:
        return start, end
    inside = [word for word in reading.words if word.start >= start and word.end <= end]
    if finding.label in NAMED:
        inside = [word for word in inside if not word.ordinary]
    elif finding.label is EntityType.QUASI and finding.sure:
        inside = [word for word in inside if word.folded not in FUNCTION_WORDS]
    else:
        return None
    return (inside[0].start, inside[-1].end) if inside else None


def _stretches(findings: Sequence[tuple[str, Finding]]) -> list[tuple[int, int]]:
    """Return the stretches that the trained network holds to be one name."""
    return [
        (finding.start, finding.end)
        for layer, finding in findings
        if layer == "trained" and finding.reason != IN_DOUBT and finding.label in NAMED
    ]


def _joined(reading: Reading, taken: list[_Taken], stretches: Sequence[tuple[int, int]]) -> list[_Taken]:
    """Join the neighbouring pieces of one name, and reach to the ends of what the network holds to be one."""
    for item in taken:
        for start, end in stretches:
            if item.label in NAMED and start <= item.start and item.end <= end and item.layer not in _FIRM:
                others = [one for one in taken if one is not item and one.start < end and one.end > start]
                item.start = max([start, *(one.end for one in others if one.end <= item.start)])
                item.end = min([end, *(one.start for one in others if one.start >= item.end)])
                while reading.text[item.start].isspace():
                    item.start += 1
                while reading.text[item.end - 1].isspace():
                    item.end -= 1
    done: list[_Taken] = []
    for item in taken:
        last = done[-1] if done else None
        whole = last is not None and any(start <= last.start and item.end <= end for start, end in stretches)
        whole = whole and last is not None and item.label in NAMED and last.label in NAMED
        if last is not None and (whole or _one_name(reading, last, item) or _one_place(reading, last, item)):
            last.end = item.end
            if last.label not in PEOPLE or item.label not in PEOPLE:
                last.label = EntityType.INSTITUTION if last.label in PEOPLE else last.label
            if _RANK[item.layer] < _RANK[last.layer]:
                last.layer = item.layer
            continue
        done.append(item)
    return done


_LINKED = re.compile(r" (?:[^\W\d_]+(?:ive|ale|elle|aire|ique|if|al|el) )?(?:de la |de l['’]|du |des |de |d['’])")
_ARTICLED = re.compile(r"(?<![\w'’])(?:au |le |la |les |aux |l['’]|jusqu['’]à |à |L['’]|La |Le |Les )$")
_LOWER_ARTICLE = re.compile(
    r"(?<![\w'’])(?:à|de|et|vers|sur|dans|par|habit\w+|métro|jusqu['’]à|quartier|social|foyer|association) "
    r"(?P<article>la|les) $"
)
_OPEN_ARTICLE = re.compile(r"(?<![\w'’])(?:[Ll]a|[Ll]e|[Ll]es|Aux?) $")
_INITIAL = re.compile(r"(?<![\w'’-])[A-ZÀ-Þ]\. ?$|(?<![\w'’-])[bfghkpqrvwxz] $")
_ELDER = re.compile(r"(?<![\w'’-])(?P<name>mama|m[ée]m[ée]|papy|papi|mamie|mamy) $", re.IGNORECASE)
_NUMBERED = re.compile(r" \d{1,2}(?!\w| (?:ans|mois|euros|heures|jours))")
_LOOSE = frozenset({"residual", "model", "session"})


def _widen(reading: Reading, item: _Taken, floor: int) -> None:
    """Take in the article that belongs to a name of a place, and the initial before a surname."""
    before = reading.text[floor : item.start]
    if item.label in (EntityType.PLACE, EntityType.INSTITUTION) and item.layer not in ("naming", "cues"):
        article = _OPEN_ARTICLE.search(before)
        if article is not None and reading.text[item.start].isupper():
            item.start = floor + article.start()
        lower = _LOWER_ARTICLE.search(before) if not reading.cased and item.layer != "naming" else None
        if lower is not None:
            item.start = floor + lower.start("article")
        number = _NUMBERED.match(reading.text, item.end)
        if number is not None and reading.text[item.start : item.end].isupper():
            item.end = number.end()
    elif item.label in PEOPLE and item.layer not in ("spelled",):
        initial = _INITIAL.search(before)
        if initial is not None:
            item.start = floor + initial.start()
        elder = _ELDER.search(before)
        if elder is not None and (not reading.cased or elder["name"][0].isupper()):
            item.start = floor + elder.start("name")


def _one_place(reading: Reading, last: _Taken, item: _Taken) -> bool:
    """Whether two capitalised pieces make one name of a place or an institution: "Trait d'Union"."""
    return (
        reading.cased
        and last.layer in _LOOSE | {"names", "places"}
        and item.label in NAMED
        and item.layer in _LOOSE | {"names", "places"}
        and reading.text[last.start].isupper()
        and reading.text[item.start].isupper()
        and _LINKED.fullmatch(reading.text, last.end, item.start) is not None
        and _ARTICLED.search(reading.text[: last.start]) is not None
    )


def _one_name(reading: Reading, last: _Taken, item: _Taken) -> bool:
    gap = reading.text[last.end : item.start]
    if last.label not in PEOPLE or item.label not in PEOPLE or last.layer == "spelled" or item.layer == "spelled":
        return False
    words = gap.split()
    if not (
        gap in (" ", "-")
        or (
            gap.startswith(" ")
            and gap.endswith(" ")
            and words
            and all(w.lower() in PARTICLES for w in words)
            and reading.cased
            and len(words) < 3
            and words[0].lower() not in ("la", "le", "les", "l", "saint")
        )
    ):
        return False
    if reading.cased:
        return True
    first, second = reading.text[last.start : last.end], reading.text[item.start : item.end]
    return (
        first.split()[0] != second.split()[0]
        and not {last.layer, item.layer} & {"residual"}
        and "names" not in (item.layer,)
    )


_CAPITAL_ARTICLE = re.compile(r"(?<=[^.!?…»] )(?:La|Le|Les) ?$")
_AT = re.compile(
    r"(?<![^\W_])(?:(?P<at>aux?|vers|jusqu['’]à)|(?P<of>du|des|à la|sur|à))\s+(?:la |le |les |l['’])?$", re.IGNORECASE
)


def _votes(reading: Reading, item: _Taken, findings: Sequence[tuple[str, Finding]]) -> dict[EntityType, float]:
    votes: dict[EntityType, float] = defaultdict(float)
    at = _AT.search(reading.text[: item.start])
    if at is not None:
        votes[EntityType.PLACE] += 0.6 if at["at"] else 0.2
    if _CAPITAL_ARTICLE.search(reading.text[: item.start + 3]) and reading.cased:
        votes[EntityType.PLACE] += 0.8 if at is None else 2.0
    for layer, finding in findings:
        if finding.start < item.end and finding.end > item.start and finding.label in NAMED:
            votes[finding.label] += finding.score * _VOTE.get(layer, 1.0)
    return votes


def _label(reading: Reading, item: _Taken, findings: Sequence[tuple[str, Finding]]) -> EntityType:
    """Return the label that the findings overlapping a name vote for."""
    if item.label not in NAMED:
        return item.label
    votes = _votes(reading, item, findings)
    return max(votes, key=lambda key: (votes[key], key == item.label))


def _span(turn: int, item: _Taken, findings: Sequence[tuple[str, Finding]]) -> Span:
    reasons: list[str] = []
    best, sure, agreed, total = 0.0, False, 0.0, 0.0
    for _, finding in findings:
        if finding.start >= item.end or finding.end <= item.start:
            continue
        if (finding.label in NAMED) != (item.label in NAMED):
            continue
        total += finding.score
        agreed += finding.score if finding.label is item.label else 0.0
        best = max(best, finding.score)
        sure = sure or finding.sure
        if finding.reason not in reasons:
            reasons.append(finding.reason)
    score = min(1.0, best * (0.5 + 0.5 * agreed / (total or 1.0)))
    tier = Tier.SURE if sure else Tier.RESIDUAL
    return Span(turn, item.start, item.end, item.label, tier, round(score, 3), tuple(reasons))
