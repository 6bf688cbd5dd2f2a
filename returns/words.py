"""Every word of ours that a return shows. They are French by nature: the group reads them.

Rules
- Sentences are written plainly and set by the same typography as the talk; ``~`` is a no-break space.
- What is said is true for the audience: the rules of circulation and the amendment sheet belong to the
  return to the group alone.
- No sentence depends on who the people are: functions, never names.
"""

import datetime
from dataclasses import dataclass

from returns.packet import Heading
from returns.typography import NBSP, typeset
from vocabulary.choices import Audience

_MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
           "octobre", "novembre", "décembre")  # fmt: skip


def _fr(text: str) -> str:
    return typeset(text.replace("~", NBSP))


@dataclass(frozen=True)
class Front:
    """What a document says of itself to one audience."""

    kicker: str
    audience: str
    rules_title: str
    rules: tuple[str, ...]
    footer: str
    talk_title: str = _fr("La parole du groupe")
    amendable: bool = False


_FRONTS = {
    Audience.GROUP: Front(
        kicker="Retour au groupe",
        audience="groupe",
        rules_title="Pour que cette parole reste la nôtre",
        rules=(
            "Cet exemplaire est confié à une personne : il ne se prête, ne se copie ni ne se photographie.",
            "On l'annote à la main ; aucun nom n'y est écrit, pas même dans la marge.",
            "Il se rapporte à la séance~{next}, où il est repris.",
            "Jeunes, lieux et établissements portent un autre nom ou un code, le même à chaque séance.",
            "[…] : des mots masqués, parce qu'ils pourraient désigner quelqu'un. S'il en reste, dites-le.",
            "Tout passage peut être corrigé, nuancé ou retiré : la dernière page, à détacher, sert à cela.",
        ),
        footer="Ne pas photographier ni copier. À rendre à la séance~{next}.",
        amendable=True,
    ),
    Audience.RESEARCH: Front(
        kicker="Communication à la recherche",
        audience="recherche",
        rules_title="Ce qui vous est confié",
        rules=(
            "Ce texte est pseudonymisé ; il reste fait de données personnelles.",
            "Il est communiqué aux seules personnes de la recherche et ne se transmet pas.",
            "On ne cherche pas à reconnaître qui parle, ni de qui il est parlé.",
            "Ce qui le cite se rapporte à l'édition et aux numéros de ligne.",
        ),
        footer="Ne pas transmettre. Données personnelles pseudonymisées.",
    ),
    Audience.PUBLIC: Front(
        kicker="Texte diffusé",
        audience="public",
        rules_title="Avant de lire",
        rules=(
            "Les noms, les lieux et les établissements ont été remplacés ou rendus moins reconnaissables.",
            "On ne cherche pas à reconnaître qui parle, ni de qui il est parlé.",
            "Ce qui le cite se rapporte à l'édition et aux numéros de ligne.",
        ),
        footer="Ne cherchez pas à reconnaître les personnes.",
    ),
    Audience.DEPOSIT: Front(
        kicker="Texte déposé",
        audience="dépôt",
        rules_title="Avant de conserver ou de donner à lire",
        rules=(
            "Ce texte est pseudonymisé ; il reste fait de données personnelles.",
            "Il est confié à un seul dépositaire, aux conditions convenues avec lui ; il peut être rappelé.",
            "On ne cherche pas à reconnaître qui parle, ni de qui il est parlé.",
            "Ce qui le cite se rapporte à l'édition et aux numéros de ligne.",
        ),
        footer="Dépôt. Données personnelles pseudonymisées.",
    ),
}

TALK_NOTE = _fr(
    "Les numéros de ligne valent pour cette édition ; ils sont les mêmes à l'écran et sur papier. La marge est à vous."
)


def front(heading: Heading) -> Front:
    """Return what the document says to its audience, with the numbers filled in."""
    words = _FRONTS[heading.audience]
    after = str(heading.number + 1)
    return Front(
        kicker=_fr(words.kicker),
        audience=_fr(words.audience),
        rules_title=_fr(words.rules_title),
        rules=tuple(_fr(rule.replace("{next}", after)) for rule in words.rules),
        footer=_fr(words.footer.replace("{next}", after)),
        amendable=words.amendable,
    )


def day(date: datetime.date) -> str:
    """Return ``14 mars 2026``, or ``1er avril 2026``, that no line may break."""
    figure = "1er" if date.day == 1 else str(date.day)
    return NBSP.join((figure, _MONTHS[date.month - 1], str(date.year)))


def title(heading: Heading) -> str:
    return _fr(f"Séance~{heading.number}")


def running(heading: Heading) -> str:
    """The line at the head of every page but the first."""
    words = _FRONTS[heading.audience]
    return _fr(
        f"Atelier {heading.workshop} – {words.kicker[0].lower()}{words.kicker[1:]}, "
        f"séance~{heading.number} – audience : {words.audience}"
    )


def fields(heading: Heading) -> tuple[tuple[str, str], ...]:
    """Return the pairs (label, value) of the title block, in order."""
    words = _FRONTS[heading.audience]
    session = str(heading.number) if heading.date is None else f"{heading.number}, le~{day(heading.date)}"
    edition = "retour" if words.amendable else "séance"
    pairs = [
        ("Atelier", heading.workshop),
        ("Séance", session),
        ("Audience", words.audience),
        ("Édition", f"{edition}~{heading.number}, version~{heading.edition}"),
    ]
    if words.amendable:
        after = heading.number + 1
        coming = "date à fixer" if heading.next_session is None else day(heading.next_session)
        until = f"avant la séance~{after}" if heading.deadline is None else f"jusqu'au {day(heading.deadline)}"
        pairs += [
            ("Séance suivante", coming),
            ("Amendements écrits", until),
            ("Clôture du retour", f"fin de la séance~{after}"),
        ]
    if heading.copy is not None:
        pairs.append(("Exemplaire", copy_mark(heading)))
    return tuple((_fr(label), _fr(value)) for label, value in pairs)


def copy_mark(heading: Heading) -> str:
    """Return ``n° 4/14, code R3·04``, or nothing where copies are not numbered."""
    copy = heading.copy
    return "" if copy is None else _fr(f"n°~{copy.number}/{copy.of}, code {copy.code}")


def end_of_talk(count: int) -> str:
    return _fr(f"Fin : {count} ligne{'s' if count > 1 else ''}.")


# The amendment sheet.

SHEET = _fr("Feuille d'amendements, à détacher")
HOW_TITLE = _fr("À remettre au plus tard le")
HOW_TITLE_UNDATED = _fr("À remettre")
BOXES = tuple(map(_fr, ("corriger", "nuancer", "retirer", "refuser la circulation")))
LINES, TO, BY = _fr("lignes"), _fr("à"), _fr("par (fonction)")
PROPOSED = _fr("Texte proposé, nuance, ou portée du refus (recherche, formation, public)")
DECISION = _fr("décision")
OUTCOMES = tuple(map(_fr, ("retenu", "en partie", "non retenu")))
MOTIVE, VERSION, ON = _fr("motif"), _fr("version"), _fr("le")
RECEIVED = _fr("Reçue le")
KEPT = _fr("Cette feuille est gardée sous clé, puis détruite comme le prévoit la politique de l'atelier.")


def sheet_title(heading: Heading) -> str:
    of = "" if heading.date is None else f" du {day(heading.date)}"
    return _fr(f"Retour~{heading.number}, version~{heading.edition}, séance{of or f'~{heading.number}'}")


def sheet_deadline(heading: Heading) -> tuple[str, str]:
    """Return what stands above the deadline, and the deadline."""
    if heading.deadline is None:
        return HOW_TITLE_UNDATED, _fr(f"avant la séance~{heading.number + 1}")
    return HOW_TITLE, day(heading.deadline)


def sheet_how(heading: Heading) -> tuple[str, str, str]:
    """Return how to hand the sheet in: before, in bold, and after."""
    return (
        _fr(
            "En main propre, à qui anime les séances, ou sous pli fermé. Après cette date, dites-le en "
            f"séance~{heading.number + 1} : la parole compte autant que l'écrit, jusqu'à la clôture. "
            "Indiquez une fonction, jamais un nom."
        ),
        _fr("Pour un retrait, donnez seulement les lignes"),
        NBSP + _fr(": ne recopiez pas les mots."),
    )
