# ruff: noqa: E501 (a pattern stands on one line, so that the table can be read)
"""Two names that the talk says to be one person's: "Jordan, au quartier c'est Cornet".

Rules of the module:
- A tie is read between two mentions of one turn, or from a naming phrase back to the person who was being
  spoken of. It is a pair of places in the list of mentions.
- The person spoken of is the last youth named, else the last person; one who is called by name ("tu") is not.
"""

import re
from collections.abc import Mapping, Sequence

from anonymize.french.folding import fold, sound
from anonymize.french.lexicon import lexicon
from anonymize.surfaces import names_of, titled
from vocabulary.choices import EntityType
from vocabulary.span import Span

_FILL = r"(?:(?:mais|et|enfin|donc|nous|moi|eux|alors|sinon|bon|ben|euh|lui|elle|puis|après)\W+)*"
_FILLED = r"(?:(?:lui|elle|nous|par contre|en revanche)\W+)?"
_WHERE = (
    r"(?!(?:à mon|à ton|à son|à chaque|à la fin|à force|à cause|en fait|en gros|en vrai|en plus|pour moi|pour toi|pour lui|pour elle|pour finir) )"
    r"(?:(?:au|dans le|dans la|dans son|à la|sur le|sur les|chez|sur|aux|à l['’]|à|en|pour|par|au sein du) ?(?:[\w'’-]+ ){0,2}?[\w'’-]+|dehors|ici|là-bas|chez (?:nous|eux|moi))"
)
_WHO = r"(?:les (?:petits|copains|jeunes|autres|grands|gamins|collègues|voisins|filles)|tout le monde|certains|sa mère|la mère|son père|la famille|ses (?:potes|copains|amis))"
_SAY = r"(?:dit|disent|disait|disaient|s['’]appell\w+|se fait appeler|l['’](?:appel\w+|ont surnommée?|a surnommée?)|l[ea] surnomm\w+)"
_NAMED = rf"(?:{_WHERE}\W+{_FILLED}(?:(?<!que )c['’](?:est|était)|(?:ils?|elles?|on)\W+{_SAY})|(?:{_WHO}|{_WHERE}\W+(?:{_WHO}|on|ils))\W+(?:ils?\W+|on\W+)?{_SAY})"
_ARTICLE = r"(?:[«\"“]\s*)?(?:le |la |l['’])?$"
_BETWEEN = re.compile(
    rf"^\W*{_FILL}(?:{_NAMED}\W+(?:tous |toujours |aussi |juste |pas \S+ on l['’]appelle )?{_ARTICLE}"
    rf"|(?:ils?|on|tout le monde|je|nous on)\W+(?:l['’]appell\w+|l[ea] surnomm\w+)\W+(?:tous |toujours |aussi |juste )?{_ARTICLE}"
    rf"|(?:(?:il|elle|qui|lui)\W+)?(?:se fait appeler|se fait surnommer|signe|préfère|s['’]est appelée?|s['’]appelle en vrai|répond au nom de)\W+{_ARTICLE}"
    rf"|(?:alias|autrement dit|aussi appelée?|que tout le monde appelle|qu['’]on appelle|qu['’]ils appellent|dite?|surnommée?|connue? (?:comme|sous le nom de)|ou plutôt|je veux dire)\W+{_ARTICLE}"
    rf"|(?:son|de son|sous son) (?:surnom|blaze?|pseudo|vrai nom|vrai prénom|nom de rue|nom)\W+(?:c['’]est\W+)?{_ARTICLE}"
    rf"|(?:je le connais|on le connaît|je la connais|connue?)?[^.?!«»]{{0,40}}sous (?:un autre nom|un autre blaze|un autre surnom|le nom de|le blaze de)[^«»?!]{{0,30}}?(?:c['’]est\W+)?{_ARTICLE}"
    rf"|c['’]est\W+(?:[^.?!,]{{0,45}},\s+c['’]est\W+)?{_ARTICLE})",
    re.IGNORECASE,
)
_WRITTEN = re.compile(
    r"(?:\b(?:ont|a|avait|avaient|est|était|c['’]est)\s+(?:mis|écrite?|notée?|marquée?|inscrite?|tapée?|enregistrée?)|\bécrit|\blit)\s+(?:«\s*)?$",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"(?:\b(?:il|elle) s['’]appelle comment|\bcomment (?:il|elle) s['’]appelle|\b(?:il|elle) (?:a|aurait) un (?:vrai )?(?:pré)?nom\b|\b(?:c['’]est|c['’]était) quoi,? son (?:vrai )?(?:pré)?nom|\brappelle(?:z)?[- ](?:nous|moi)|\bc['’]est qui\b|\bqui (?:c['’]est|est-ce)\b|\bquelqu['’]un (?:a|connaît|sait) son (?:vrai )?(?:pré)?nom|\b(?:vrai nom|vrai prénom)\b[^.!?]*\?|\b(?:j['’]ai|on a|je sais|je connais|on sait|on connaît) (?:enfin )?son (?:vrai )?(?:pré)?nom\b)",
    re.IGNORECASE,
)
_ANSWERS = re.compile(
    r"^\W*(?:(?:oui|non|euh|ben|bah|bon|alors|moi|nous|je crois|je pense|il me semble|j['’]ai entendu|on m['’]a dit|paraît|que|que c['’]est|c['’]est|il s['’]appelle|elle s['’]appelle|un certain|une certaine|(?:le|la|mon|ma|notre) (?:petite?|jeune|gamine?)|chez nous|dans le dossier|enfin|vas-y|voilà)\W+){0,6}$",
    re.IGNORECASE,
)
_POSSESSOR = re.compile(
    r"\b(?:petite?|gamine?|gosse|jeune|ado|fils|fille|fr[èe]re|s(?:œ|oe)ur|m[èe]re|p[èe]re|copine?|pote|cousine?|neveu|ni[èe]ce|tante|oncle|bande|famille|enfants?)\s+(?:de|d['’])\s*$",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:pas|ni|non pas)\s+(?:(?:le|la|l['’])\s*)?$", re.IGNORECASE)
_LETTER = re.compile(r"^\.?\W*(?:comme|pour|c['’]est)\W+$", re.IGNORECASE)
_SWITCH = re.compile(r"^\W*(?:enfin|ou|pardon|euh|je veux dire|c'est-à-dire|bref)?\W*$", re.IGNORECASE)
_BEHIND = re.compile(
    r"^\W*(?:de son (?:vrai )?(?:pré)?nom|c['’]est son (?:surnom|blaze?|vrai (?:pré)?nom)|pour les (?:intimes|copains|impôts)|c['’]est (?:lui|elle|le même|la même)\W*(?:$|[.?!])|,?\s*(?:qu['’])?(?:ils|on|elles|les (?:petits|jeunes|autres|gamins|copains)) (?:disent|dit|l['’]appell\w+|l[ea] surnomm\w+)\s*(?:[.?!,;]|$))",
    re.IGNORECASE,
)
_PHRASE = re.compile(
    rf"(?:^|[\s,.;:!?»«]){_FILL}(?:{_NAMED}|(?:on|ils?|elle|son père|sa mère|tout le monde|les autres|personne)\W+(?:l['’]appel\w+|l[ea] surnomm\w+)|(?:on|ils|elles) (?:dit|disait|disent|disaient)|"
    rf"(?:il|elle) (?:se fait appeler|s['’]est appelée?|signe)|son (?:surnom|blaze?|vrai nom|vrai prénom|nom de rue|pseudo)\W+c['’]est|sous le nom de|sous le blaze de)\W+(?:tous |toujours |aussi |juste |plus que )?{_ARTICLE}",
    re.IGNORECASE,
)
_REAL = re.compile(
    r"\b(?:il|elle) s['’]appelle(?:rait)?\W+(?:en vrai\W+|en fait\W+)?$|\b(?:vrai nom|vrai prénom|identité|état civil)\W+c['’]est\W+$|\bc['’]est (?:en fait|un certain|une certaine)\W+$",
    re.IGNORECASE,
)
_KIN = re.compile(
    r"\b(?:fr[èe]re|s(?:œ|oe)ur|cousine?|pote|copine?|ami|amie|oncle|tante|m[èe]re|p[èe]re|fils|fille|neveu|ni[èe]ce|mari|femme|collègue|équipe|juge|avocate?|patron|directeur|directrice|éduc\w*|référente?|conseill\w+|assistante?|psycho\w*|infirmi\w+|tutrice|tuteur|marraine|parrain|coach|prof|animateur|chef|responsable|problème)\b[^.?!]{0,20}$",
    re.IGNORECASE,
)
_PARENT = re.compile(
    r"\b(?:m[èe]re|p[èe]re|maman|papa|grand-mère|grand-père|tante|oncle|mari|femme|épouse)\W+(?:c['’]est\W+)?$",
    re.IGNORECASE,
)
_UNNAMED = re.compile(
    r"\b(?:(?:un|une|le|la|ce|cette|l['’]autre) (?:type|mec|gars|grand|grande|adulte|patron|gérant|recruteur|fille|meuf|dame|homme|femme|nana|gosse|autre)|(?:il y a|y a|j['’]ai|on a|j['’]avais|il y avait|arrive|débarque) (?:aussi )?(?:un|une) (?:jeune|petite?|gamine?|minot|ado|garçon)|(?:celui|celle)(?! d(?:e|u|es)\b)|quelqu['’]un|j['’]en ai une?|y en a une?)\b",
    re.IGNORECASE,
)
_SPELT = re.compile(
    r"\b(?:écrit\w*|orthograph\w*|s['’]écrit|(?:avec|sans) (?:un |une |le |la |deux )?[\w]\b|fichier|dossier|le même|la même|la liste|prononce)",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:moi,? c['’]est|moi,? je suis|je m['’]appelle)\W+$", re.IGNORECASE)
"""Who speaks gives their own name: nobody who was spoken of."""
_LONGEST = 85
_BACK = 4
"""How many turns back the person spoken of is looked for."""


def ties(turns: Sequence[str], spans: Sequence[Span], roles: Mapping[int, EntityType]) -> list[tuple[int, int]]:
    """Return pairs of places in ``spans`` (names of people, in order) that name one person."""
    found: list[tuple[int, int]] = []
    for index, span in enumerate(spans):
        text = turns[span.turn]
        before = text[: span.start]
        if _OWN.search(before):
            continue
        last = spans[index - 1] if index and spans[index - 1].turn == span.turn else None
        if last is not None and _beside(text, last, span, roles.get(index - 1), roles.get(index)):
            found.append((index - 1, index))
            continue
        asked = _asked(turns, spans, index)
        if asked is not None:
            found.append((asked, index))
            continue
        if _KIN.search(before[-40:]) or _listed(text, spans, index):
            continue
        if _respelt(turns, spans, index):
            found.append((index - 1, index))
            continue
        phrase = _PHRASE.search(before[-_LONGEST:])
        real = _REAL.search(before[-40:])
        if phrase is None and real is None and not _BEHIND.match(text[span.end :]):
            continue
        if re.match(r"^\s+(?:qui|que|qu['’])\b", text[span.end :]) and phrase is None:
            continue
        since = last.end if last is not None else 0
        if _UNNAMED.search(before[max(since, span.start - 110) :]):
            continue
        if real is not None and last is not None and span.start - last.end < 70:
            found.append((index - 1, index))
            continue
        spoken = _spoken_of(turns, spans, index, roles)
        if (
            spoken is not None
            and not (phrase is None and _lately(turns, spans, index))
            and (phrase is not None or _nickname(turns, spans[spoken]) or _BEHIND.match(text[span.end :]))
        ):
            found.append((spoken, index))
    return found


def _asked(turns: Sequence[str], spans: Sequence[Span], index: int) -> int | None:
    """Return the mention whose name was asked for just before ("il a un nom, ce Gros ?"), if this one answers."""
    span = spans[index]
    if _ANSWERS.match(turns[span.turn][: span.start]) is None:
        return None
    for back in (1, 2):
        turn = span.turn - back
        if turn < 0 or (back == 2 and len(turns[turn + 1].split()) > 4):
            return None
        asked = _ASKED.search(turns[turn])
        if asked is None:
            continue
        named = [place for place in range(max(0, index - 6), index) if spans[place].turn == turn]
        if not named or spans[named[-1]].end < asked.start() - 60:
            return None
        place = named[-1]
        return None if _same(turns, spans[place], span) or _called(turns[turn], spans[place]) else place
    return None


def _listed(text: str, spans: Sequence[Span], index: int) -> bool:
    """Whether a name is one of two that are joined: "on dit A et B" names two people."""
    span = spans[index]
    after = next((s for s in spans[index + 1 : index + 2] if s.turn == span.turn), None)
    last = next((s for s in spans[max(0, index - 1) : index] if s.turn == span.turn), None)
    joined = re.compile(r"\s+(?:[^\W\d_]+\s+)?et\s+(?:l['’]autre\s+)?", re.IGNORECASE)
    return (after is not None and joined.fullmatch(text, span.end, after.start) is not None) or (
        last is not None and joined.fullmatch(text, last.end, span.start) is not None
    )


def _lately(turns: Sequence[str], spans: Sequence[Span], index: int) -> bool:
    """Whether the name itself was said just before: it is spoken of, nobody is given it."""
    return any(
        spans[index].turn - spans[place].turn < 2 and _same(turns, spans[place], spans[index])
        for place in range(max(0, index - 3), index)
    )


def _beside(text: str, last: Span, span: Span, one: EntityType | None, other: EntityType | None) -> bool:
    """Whether what stands between two mentions says that they are one person."""
    between = text[last.end : span.start]
    if len(between) > _LONGEST:
        return False
    first, second = text[last.start : last.end], text[span.start : span.end]
    if len(first) <= 2 and _LETTER.match(between) and fold(first[0]) == fold(second[0]):
        return True
    if _WRITTEN.search(between) and sound(fold(first[:1])) == sound(fold(second[:1])) and len(between) < 60:
        return True
    if _KIN.search(between) or re.match(r"^\W*(?:qui|que)\b", text[span.end :]):
        return False
    if re.fullmatch(r"[.,]\s+", between) and re.match(r"^,?\s+en (?:vrai|réalité)\b", text[span.end :]):
        return True
    lone = len(second) <= 2 and len(first) > 2 and fold(second[0]) == fold(first[0])
    if lone and re.fullmatch(r",\s+(?:l[ea] (?:fameux|fameuse|petite?) )?", between):
        return True
    if re.fullmatch(r"\W*(?:tiret|trait d['’]union)\W*", between, re.IGNORECASE):
        return True
    if _POSSESSOR.search(text[: last.start][-40:]):
        return False
    if _DENIED.search(text[: last.start]) and re.match(r"^\W*(?:un|une|l['’]autre)\b", between):
        return False
    if _BETWEEN.match(between):
        return not (
            between.count(",") == 0
            and re.fullmatch(r"\W*c['’]est\W*", between) is None
            and "c'est" in between
            and len(between) > 60
        )
    short, full = sorted((names_of(first), names_of(second)), key=len)
    if _SWITCH.match(between) and len(short) == 1 and len(full) > 1:
        alike = short[0][:1] == full[0][:1] and short[0] not in full
        follows = re.match(r"^\W*(?:et|ou|puis)\b", text[span.end :]) is None
        return alike and (follows or "," in between) and one is other
    if "enfin" in fold(between) and _SWITCH.match(between):
        return titled(text, last) != titled(text, span)
    if (
        titled(text, span)
        and len(short) == len(full) == 1
        and re.fullmatch(r"[^«»?!]{0,70}?(?:madame|monsieur|mme)\s+", between, re.IGNORECASE)
        and re.search(r"\b(?:et|ou|avec|chez|que)\s+(?:madame|monsieur|mme)\s+$", between, re.IGNORECASE) is None
    ):
        return _PARENT.search(text[: last.start]) is not None
    if titled(text, last) and len(short) == len(full) == 1 and re.fullmatch(r",\s*|\s+|\s*(?:\.+|…)\s*", between):
        return re.match(r"^\s*(?:,|\.|$|(?:elle|il|qui|est|était|de son prénom)\b)", text[span.end :]) is not None
    return False


def _respelt(turns: Sequence[str], spans: Sequence[Span], index: int) -> bool:
    """Whether a mention spells the name before it in another way: "Ilias ou Ilyès ? J'ai un Ilyas", "sans h"."""
    if not index or spans[index].turn - spans[index - 1].turn > 1:
        return False
    span, last = spans[index], spans[index - 1]
    names = [names_of(turns[s.turn][s.start : s.end])[:1] or [""] for s in (last, span)]
    one, other = (re.sub(r"[aeiouyh]", "", fold(n[0]).replace("ph", "f").replace("ss", "s")) for n in names)
    if len(one) < 2 or one != other or names[0][0][:1] != names[1][0][:1]:
        return False
    if (names[0][0][-1:] in "ae") is not (names[1][0][-1:] in "ae"):
        return False
    between = turns[last.turn][last.end :] if last.turn != span.turn else turns[span.turn][last.end : span.start]
    if re.search(r"\bet\s+(?:(?:un|une|l['’]autre|mon|ma|le|la)\s*)?(?:autre\s+)?$", between):
        return False
    either = turns[span.turn] + between
    return re.fullmatch(r"\W*ou\W+", between) is not None or _SPELT.search(either) is not None


def _spoken_of(turns: Sequence[str], spans: Sequence[Span], index: int, roles: Mapping[int, EntityType]) -> int | None:
    """Return the mention of the person spoken of before mention ``index``, or None."""
    turn = spans[index].turn
    fallback: int | None = None
    for place in range(index - 1, -1, -1):
        span = spans[place]
        if turn - span.turn > _BACK:
            break
        text = turns[span.turn]
        if _called(text, span) or _same(turns, span, spans[index]) or _POSSESSOR.search(text[: span.start][-40:]):
            continue
        if span.turn == turn and _DENIED.search(text[: span.start][-12:]):
            return None
        if roles.get(place) is EntityType.YOUTH or _nickname(turns, span):
            return place
        if fallback is None and span.turn == turn:
            fallback = place
    return fallback


def _same(turns: Sequence[str], one: Span, other: Span) -> bool:
    return fold(turns[one.turn][one.start : one.end]) == fold(turns[other.turn][other.start : other.end])


def _called(text: str, span: Span) -> bool:
    return titled(text, span) or re.match(r"^,?\s+(?:tu|toi|vous|t['’])", text[span.end :], re.IGNORECASE) is not None


def _nickname(turns: Sequence[str], span: Span) -> bool:
    """Whether a mention is a nickname: no first name of the lists, or named with an article."""
    text = turns[span.turn]
    names = names_of(text[span.start : span.end])
    if len(names) != 1:
        return False
    articled = re.search(r"(?<!\w)(?:le|la|du|au)\s$", text[: span.start], re.IGNORECASE) is not None
    return articled or lexicon().first_name(names[0]) is None
