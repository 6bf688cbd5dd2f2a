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
from itertools import pairwise

from anonymize.detectors.roles import I_SAID
from anonymize.french.folding import squash
from anonymize.french.lexicon import lexicon
from vocabulary.span import Span

LEAST = 0.5
"""Least weight by which a name belongs to a speaker; two names are joined at ``JOINED`` together."""
JOINED = 2.5
TRAINED = 2.0
"""Weight of the trained network's log-odds; below ``DENIED`` they leave ``DOUBTED`` of what the signs weigh."""
DENIED, DOUBTED = -3.5, 0.3

_TRADES = r"(?:éduc|cpe|prof|conseill|psy|infirmi|assistant|animat|médiat|direct|sociologue|format|juriste|coordinat|chef|référent|médecin|travaill|responsable|stagiaire|bénévole|enseignant|surveillant|interprète|traduct|adjoint|avocat|coach|entraîn|puéricult|orthophon|secrétaire|gestionnaire|élue?\b|agent|chargée?\b|intervenant|doctorant|étudiant|retraité|prévention|protection judiciaire|milieu ouvert|service social|aide sociale|maison d|lycée|collège|centre|association|club|foyer|mairie|spip|cap emploi|unité)"
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
_YOUNG = re.compile(
    r"^[^.?!]{0,40}?\b(?:six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|dix-sept|dix-huit|1\d)\s+ans\b(?! (?:de|d['’]|que))",
    re.IGNORECASE,
)
"""An age that no participant has: "moi c'est Sam, quinze ans, au foyer" brings a youth."""
_ROUND = re.compile(rf"^\W*{_OPENING}(?:moi\W+)?(?:(?:madame|monsieur)\s+)?$", re.IGNORECASE)
_PRESENTED = re.compile(
    rf"^\W+(?:moi\W+)?(?:(?:je|j['’])\s*(?:suis|fais|travaille|bosse|viens|dirige|tourne|traduis|anime|interviens|représente|coordonne|enseigne|accompagne|remplace|reçois|gère|m['’]occupe|débute|arrive|commence)\b|{_TRADES}|(?<![.!?] )(?<=, )(?:du|de la|de l['’]|à la|au)\s+\w+|(?:pjj|mission locale|ase)\b|pour (?:la bande|vous|les intimes|ceux|celles)\b)",
    re.IGNORECASE,
)
_IN_OFFICE = re.compile(
    rf"\b(?:au|à la|à l['’]|le|la|l['’]|du|de la|de l['’]|notre|un|une|son|sa|leur|mon|ma) ?(?:\w+ )?(?:{_TRADES}|juge|principale?|proviseure?|maire|mère|père|major|commandant)\w*(?: \w+){{0,2}},\s+(?:madame|monsieur|maître|mme)\s+$",
    re.IGNORECASE,
)
_AS_CALLED = re.compile(
    r"\b(?:on|ils|elles|tout le monde|les (?:jeunes|petits|gamins|élèves|collègues|copains|autres|gens)|mes \w+) m['’](?:appell\w+|a(?:ppelait)?(?: toujours)? appelée?|surnomm\w+|ont appelée?)\W+(?:madame\s+|monsieur\s+)?(?:le |la |l['’])?$|\b(?:il|elle) m['’](?:a|avait) appelée?\W+$",
    re.IGNORECASE,
)
_ALOUD = re.compile(
    r"(?:^|[.?!…]\s+)(?:(?:putain|oh|attends|merci|pardon|excuse-moi|d['’]accord|écoute|hé|eh|hein|bravo|allez|salut|bonjour|doucement|stop|continue|vas-y|bienvenue|tiens|arrête|franchement|désolée?)[\s,!]+){1,3}(?:madame\s+|monsieur\s+)?$",
    re.IGNORECASE,
)
_ROUND_ANY = re.compile(
    rf"^\W*{_OPENING}(?:(?:pardon|désolée?|excusez-moi|bonjour)\W+)*(?:moi\W+)?(?:(?:c['’]est|je suis|je m['’]appelle)\s+)?(?:(?:madame|monsieur)\s+)?$",
    re.IGNORECASE,
)
_TRADE_AFTER = re.compile(
    rf"^\W+(?:(?:je suis|j['’]suis)\s+)?(?:l['’]|la |le |une? |de la |de l['’]|du )?{_TRADES}", re.IGNORECASE
)
_OWN = re.compile(
    r"^,\s+pour (?:la bande|vous servir|les intimes|celles? qui|ceux qui)\b|^[^.!?]{0,40}\b(?:(?:personne|on) m['’]appelle|(?:c['’]est|pas) mon (?:nom|mari|prénom)|en un mot)\b",
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
    r"^(?!\s*,?\s*(?:ils?|elles?|lui|qui|que|c['’]est|est|était|a|avait|et|ou|on|je|j['’]|moi|sa|son|ses|leur)\b)\s*,?\s*(?:(?:alors|donc|euh|hein|et|là|au téléphone|justement|mais)\W+){0,2}(?!(?:ils?|elles?|je|j['’]\w+|lui)\b)(?:\w+\W+){0,4}?\b(?:tu|t['’]|toi|vous|te|ton|ta|tes|vas-y|mets|raconte|continue|(?<!lui )(?<!je )dis)(?![\w-])",
    re.IGNORECASE,
)
_LAST = re.compile(r"^\s*(?:[.?!…]|$)")
_TO_YOU = re.compile(
    r"\b(?:tu|toi|te|ton|ta|vous|votre|merci|vas-y|sais|pardon|d['’]accord|bonjour|dis|ça|crois|pense|moi|dit)\b|\bt['’]",
    re.IGNORECASE,
)
_OF_HIM = re.compile(
    r"\b(?:ils?|elles?|lui)\b|\bl['’](?:ai|as|a|avons|avez|ont|avais|avait|aime|appelle)\b|\b(?:je|tu|on|vous) (?:les? |la )\w",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\b(?:mère|père|frère|sœur|soeur|fils|fille|oncle|tante|juge|prof\w*|éduc\w*|collègue|copine?|cousine?)\W+$",
    re.IGNORECASE,
)
_AFTER_COMMA = re.compile(
    r"(?:,|\btoi|\bmerci|\bvas-y|\bsais|\bd'accord)\s+(?:(?:madame|monsieur)\s+)?$", re.IGNORECASE
)


def named_speakers(
    turns: Sequence[str],
    speakers: Sequence[str],
    spans: Sequence[Span],
    learnt: Mapping[tuple[tuple[int, int], str], float] | None = None,
) -> Mapping[str, tuple[str, float]]:
    """Return, by the letters of a name, the speaker who goes by it, and how much says so.

    ``speakers`` holds one label for each turn, "session/speaker" where there are several sessions; ``spans`` are names
    of people. ``learnt`` are the log-odds of the trained network that the speaker of a turn is who is named at a place.
    """
    weights: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    by_place: dict[tuple[int, int], dict[str, float]] = defaultdict(dict)
    for (place, speaker), odds in (learnt or {}).items():
        by_place[place][speaker] = odds
    split = halves(turns, spans)
    for span in [spans[place] for pair in split for place in pair]:
        weights[squash(turns[span.turn][span.start : span.end])][speakers[span.turn]] += 3.0
    for span in spans:
        text = turns[span.turn]
        name = squash(text[span.start : span.end])
        said = by_place.get((span.turn, span.start), {})
        for speaker, weight in _signs(text, span, speakers):
            weights[name][speaker] += weight * (DOUBTED if said.get(speaker, 0.0) < DENIED else 1.0)
        for speaker, odds in said.items():
            weights[name][speaker] += TRAINED * max(0.0, odds + 0.5)
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
    if re.search(r"\b(?:que|qu['’])\s*«\s*$", before) or (
        re.search(r"«\s*$", before) and re.match(r"\s*[.…]*\s*»", after)
    ):
        return []
    near = before[-90:]
    if not quoted and not _SAID.search(near[-45:]):
        if _INTRO.search(before) and not _TOPIC.match(after) and not _YOUNG.match(after):
            return [(own, 3.0)]
        if _ROUND.search(before) and _PRESENTED.match(after):
            return [(own, 3.0)]
        if _AS_CALLED.search(before) and re.search(r"\bpersonne m['’]", near) is None:
            return [(own, 1.6)]
        if _OWN.match(after):
            return [(own, 2.0)]
    title = _TITLE.search(before) is not None
    if I_SAID.search(near) and not title:
        return []
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
    if _ALOUD.search(before[-60:]) and re.match(r"^\s*(?:[.?!…]|$)", after) and "," in before[-3:]:
        return _called_by(speakers, span.turn, 0.4, 1.0)
    if not before.strip() and re.fullmatch(r"\s*(?:\.{2,}|…|!)\s*", after):
        return _called_by(speakers, span.turn, 0.4, 1.0)
    calls = (_BEGINS.search(before[-60:]) and _YOU.match(after[:60])) or re.match(
        r"^,?\s+(?:tu|toi|mets|raconte|continue|vas-y|qu['’]est-ce (?:qui (?:te|t['’])|qu?e? ?(?:tu|t['’]|vous))|comment tu|pourquoi tu|est-ce que tu)\b",
        after,
        re.IGNORECASE,
    )
    sentence = re.split(r"[.?!…]\s", before)[-1]
    closes = (
        _AFTER_COMMA.search(before)
        and _LAST.match(after)
        and not _IN_OFFICE.search(before)
        and (title or (_TO_YOU.search(sentence) and not _OF_HIM.search(sentence) and not _ROLE.search(sentence)))
    )
    if not calls and not closes:
        return []
    return _called_by(speakers, span.turn, 1.0 if calls else 0.4, 0.4 if calls else 0.8)


def _called_by(speakers: Sequence[str], turn: int, next_weight: float, last_weight: float) -> list[tuple[str, float]]:
    """Return the speakers around a turn in which a name is called, with how much says it is theirs."""
    own = speakers[turn]
    signs: list[tuple[str, float]] = []
    following = next((s for s in speakers[turn + 1 : turn + 2] if s != own), None)
    previous = next((s for s in speakers[max(0, turn - 1) : turn] if s != own), None)
    if following is not None and _session(following) == _session(own):
        signs.append((following, next_weight))
    if previous is not None and _session(previous) == _session(own):
        signs.append((previous, last_weight))
    return signs


def halves(turns: Sequence[str], spans: Sequence[Span]) -> list[tuple[int, int]]:
    """Return pairs of places in ``spans`` that are one name said in two: "Roques, Jean-Paul, médiateur",
    "Kamel. Bouaziz. Éducateur", at the beginning of the turn in which a speaker presents themselves."""
    found = []
    for index, (one, other) in enumerate(pairwise(spans)):
        text = turns[one.turn]
        if one.turn != other.turn:
            continue
        opens = _ROUND_ANY.search(text[: one.start])
        names = [squash(text[s.start : s.end]) for s in (one, other)]
        levels = [lexicon().first_name(name) for name in names]
        if not opens and not (
            re.search(r"[.?!…]\s+$", text[: one.start]) and (levels[0] is None) is not (levels[1] is None)
        ):
            continue
        if names[0] in names[1] or names[1] in names[0]:
            continue
        gap = text[one.end : other.start]
        after = text[other.end :]
        if re.fullmatch(r"\s*[.,]?\s*", gap) and (_PRESENTED.match(after) or _TRADE_AFTER.match(after)):
            found.append((index, index + 1))
    return found
