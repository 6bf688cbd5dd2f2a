# ruff: noqa: E501 (a pattern stands on one line, so that the table can be read)
"""Who speaks, where the talk itself says it: a name that a speaker goes by.

Rules of the module:
- A speaker goes by a name that they give ("moi c'est Nadège", "je m'appelle Castaing"), that someone calls them
  by before they answer ("Théo, toi qui le connais"), or that they report being called by ("il m'a dit :
  monsieur Castaing, ...").
- Every sign has a weight; a name belongs to the speaker with the most of it, and to nobody when two are level.
- A speaker is one label within one session: nothing is known here of voices.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from anonymize.folding import squash
from vocabulary.span import Span

LEAST = 0.5
"""Least weight by which a name belongs to a speaker; two names are joined at ``JOINED`` together."""
JOINED = 2.5

_TRADES = r"(?:éduc|cpe|prof|conseill|psy|infirmi|assistant|animat|médiat|direct|sociologue|format|juriste|coordinat|chef|référent|médecin|travaill|responsable|stagiaire|bénévole|enseignant|surveillant)"
_OPENING = r"(?:(?:et|alors|donc|bon|ben|ok|oui|euh|voilà|d'accord|bonjour|bonsoir|salut|merci|à tous|à toutes|tout le monde|enfin)\W+)*"
_INTRO = re.compile(
    r"(?:\bje m['’]appelle|\bmoi,? (?:c['’]est|je suis|je m['’]appelle)|\bmon (?:nom|prénom),? c['’]est|\bje me présente)\W+(?:(?:madame|monsieur)\s+)?$"
    rf"|^\W*{_OPENING}moi\W+(?:(?:madame|monsieur)\s+)?$",
    re.IGNORECASE,
)
_TOPIC = re.compile(
    r"^\s*,?\s*(?:qui|ils?|elles?|lui|je (?:l[ea]s?|lui|l['’])|j['’](?:ai|l)|on|ça|c['’]est|je (?:pense|trouve|crois|vois|sais))\b",
    re.IGNORECASE,
)
_ROUND = re.compile(rf"^\W*{_OPENING}(?:moi\W+)?(?:(?:madame|monsieur)\s+)?$", re.IGNORECASE)
_PRESENTED = re.compile(
    rf"^\W+(?:moi\W+)?(?:(?:je|j['’])\s*(?:suis|fais|travaille|bosse|viens|dirige|tourne|traduis|anime|interviens|représente|coordonne|enseigne|accompagne|remplace|reçois|gère|m['’]occupe|débute|arrive|commence)\b|{_TRADES}|(?<![.!?] )(?<=, )(?:du|de la|de l['’]|à la|au)\s+\w+|(?:pjj|mission locale|ase)\b)",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"^[^.!?]{0,40}\b(?:(?:personne|on) m['’]appelle|(?:c['’]est|pas) mon (?:nom|mari|prénom)|en un mot)\b",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"\b(?:(?:me|m['’]a|m['’]ont|m['’]avait|m['’])\s*(?:dit|disent|disait|disaient|demandé|demande|répond|répondait|répondu|lance|lancé|écrit|fait|sort|sorti|appelle|appellent|appelait)|fait|répond)\b[^.]{0,60}$",
    re.IGNORECASE,
)
_SAID = re.compile(r"\b(?:dit|disait|répond|répondu|écrit|demandé|lance)\b\W*(?:\w+\W+){0,6}$", re.IGNORECASE)
_CALLED = re.compile(r"^\s*(?:[,?!»…]|(?:tu|je|j['’]|vous|ça|on|si|un|un bébé|mon|ma|c['’]est)\b)", re.IGNORECASE)
_TITLE = re.compile(r"\b(?:madame|monsieur)\s+$", re.IGNORECASE)
_BEGINS = re.compile(
    rf"(?:^|[.?!…]\s+|[,;]\s+)(?:{_OPENING}|(?:et )?toi,?\s+|(?:vas-y|attends|écoute|dis|dis-moi|pardon|mais toi|merci|à toi),?\s+)(?:(?:madame|monsieur)\s+)?$",
    re.IGNORECASE,
)
_YOU = re.compile(
    r"^(?!\s*,?\s*(?:ils?|elles?|lui|qui|que|c['’]est|est|était|a|avait|et|ou|on|je|j['’]|moi|sa|son|ses|leur)\b)\s*,?\s*(?:(?:alors|donc|euh|hein|et|là|au téléphone|justement|mais)\W+){0,2}(?:\w+\W+){0,4}?\b(?:tu|t['’]|toi|vous|te|ton|ta|tes|vas-y|mets|raconte|continue|dis)(?![\w-])",
    re.IGNORECASE,
)
_LAST = re.compile(r"^\s*(?:[.?!…]|$)")
_TO_YOU = re.compile(
    r"\b(?:tu|toi|te|ton|ta|vous|votre|merci|vas-y|sais|pardon|d['’]accord|bonjour|dis|ça|crois|pense|moi|dit)\b|\bt['’]",
    re.IGNORECASE,
)
_OF_HIM = re.compile(r"\b(?:ils?|elles?|lui)\b", re.IGNORECASE)
_ROLE = re.compile(
    r"\b(?:mère|père|frère|sœur|soeur|fils|fille|oncle|tante|juge|prof\w*|éduc\w*|collègue|copine?|cousine?)\W+$",
    re.IGNORECASE,
)
_AFTER_COMMA = re.compile(
    r"(?:,|\btoi|\bmerci|\bvas-y|\bsais|\bd'accord)\s+(?:(?:madame|monsieur)\s+)?$", re.IGNORECASE
)


def named_speakers(
    turns: Sequence[str], speakers: Sequence[str], spans: Sequence[Span]
) -> Mapping[str, tuple[str, float]]:
    """Return, by the letters of a name, the speaker who goes by it, and how much says so.

    ``speakers`` holds one label for each turn, "session/speaker" where there are several sessions; ``spans`` are names of people.
    """
    weights: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for span in spans:
        text = turns[span.turn]
        name = squash(text[span.start : span.end])
        for speaker, weight in _signs(text, span, speakers):
            weights[name][speaker] += weight
    found: dict[str, tuple[str, float]] = {}
    for name, by in weights.items():
        order = sorted(by.items(), key=lambda item: (-item[1], item[0]))
        level = len(order) > 1 and order[1][1] > 0.7 * order[0][1] and _session(order[0][0]) == _session(order[1][0])
        if order[0][1] >= LEAST and not level:
            found[name] = order[0]
    return found


def _session(speaker: str) -> str:
    return speaker.rpartition("/")[0]


def _signs(text: str, span: Span, speakers: Sequence[str]) -> list[tuple[str, float]]:
    before, after = text[: span.start], text[span.end :]
    own = speakers[span.turn]
    quoted = before.count("«") > before.count("»")
    near = before[-90:]
    if not quoted and not _SAID.search(near[-45:]):
        if _INTRO.search(before) and not _TOPIC.match(after):
            return [(own, 3.0)]
        if _ROUND.search(before) and _PRESENTED.match(after):
            return [(own, 3.0)]
        if _OWN.match(after):
            return [(own, 2.0)]
    title = _TITLE.search(before) is not None
    if quoted or _REPORTED.search(near):
        vocative = re.search(
            r"(?:[«,:]|\bdit|\bdisait|\brépond|\bappelle|\bva|\bbonjour)\s*(?:(?:madame|monsieur)\s+)?$",
            before,
            re.IGNORECASE,
        )
        lone = title and _REPORTED.search(near[-45:]) and not re.match(r"^\s+(?:elle|il|a|est|qui|lui)\b", after)
        if lone and "«" not in before:
            return [(own, 1.5)]
        if (title or vocative) and _CALLED.match(after) and _REPORTED.search(near):
            return [(own, 1.5)]
        if quoted and (title or vocative) and _CALLED.match(after):
            return [(own, 0.7)]
        if quoted:
            return []
    calls = (_BEGINS.search(before[-60:]) and _YOU.match(after[:60])) or re.match(
        r"^,?\s+(?:tu|toi|mets|raconte|continue|vas-y)\b", after
    )
    sentence = re.split(r"[.?!…]\s", before)[-1]
    closes = (
        _AFTER_COMMA.search(before)
        and _LAST.match(after)
        and (title or (_TO_YOU.search(sentence) and not _OF_HIM.search(sentence) and not _ROLE.search(sentence)))
    )
    if not calls and not closes:
        return []
    signs: list[tuple[str, float]] = []
    following = next((s for s in speakers[span.turn + 1 : span.turn + 2] if s != own), None)
    previous = next((s for s in speakers[max(0, span.turn - 1) : span.turn] if s != own), None)
    if following is not None and _session(following) == _session(own):
        signs.append((following, 1.0 if calls else 0.4))
    if previous is not None and _session(previous) == _session(own):
        signs.append((previous, 0.4 if calls else 0.8))
    return signs
