"""Which names recognition listens for, the most useful first: an engine takes some dozens and no more.

Rules of the module:
- The people around the table come first, each with every form the dossier has: they speak to each other by name.
- Then what the dossier says will be named, then whom the workshop named before, the most often mentioned first.
- Each of these gives two forms before any gives a third. No form comes twice, in whatever case or accents.
"""

from collections.abc import Iterable, Mapping

from anonymize.french.folding import fold
from anonymize.vault import Vault
from vocabulary.choices import NAMED
from vocabulary.dossier import Dossier

_FIRST = 2  # forms of each before a third of any


def listening_order(dossier: Dossier | None, vault: Vault, mentions: Mapping[str, int]) -> list[str]:
    """Return the forms to listen for; ``mentions`` counts how often the workshop's talk named a referent, by its id."""
    around = [(person.name, *person.also) for person in dossier.participants] if dossier else []
    told = [known.forms for known in dossier.known if known.kind in NAMED] if dossier else []
    often = sorted(vault.referents, key=lambda referent: (-mentions.get(referent.id, 0), not referent.is_participant))
    named = [*told, *(referent.forms for referent in often if referent.kind in NAMED)]
    order = [
        *(form for forms in around for form in forms),
        *(form for forms in named for form in forms[:_FIRST]),
        *(form for forms in named for form in forms[_FIRST:]),
    ]
    return _once(order)


def _once(forms: Iterable[str]) -> list[str]:
    kept: dict[str, str] = {}
    for form in forms:
        kept.setdefault(fold(form), form)
    return [form for key, form in kept.items() if key]
