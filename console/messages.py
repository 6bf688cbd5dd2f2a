"""The one translator: English source strings in, the reader's language out.

Rules kept here:
- French, unless HUISCLOS_LANG is ``en``; LANG, LANGUAGE and LC_ALL decide nothing;
- the catalog is console/locale/fr/LC_MESSAGES/huisclos.mo, compiled from the .po beside it by ``make messages``;
- a fact that has words of its own (a closed choice, yes or no, a date) is translated where it is filled in;
- a command is typed as it stands in every language; only what the reader fills in has a word of theirs;
- in French a no-break space stands before ``: ; ? !`` and inside « ».
"""

import datetime
import os
from collections.abc import Iterable, Mapping
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from console.problems import reworded
from policies.period import Period, Unit
from policies.wording import Said
from vocabulary.choices import Worded
from vocabulary.errors import HuisclosError
from vocabulary.messages import N_

DOMAIN = "huisclos"
VARIABLE = "HUISCLOS_LANG"
LOCALE = Path(__file__).parent / "locale"

_MONTHS = (
    N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"), N_("July"), N_("August"),
    N_("September"), N_("October"), N_("November"), N_("December"),
)  # fmt: skip

_FILLED_IN = frozenset((N_("NAME"), N_("REFERENCE"), N_("FILE")))


def language() -> str:
    """The language of messages: ``fr`` or ``en``."""
    return "en" if os.environ.get(VARIABLE, "").strip().lower() == "en" else "fr"


def _(message: str | None) -> str:
    """Translate one source string; one without translation is shown in English, none as nothing."""
    return _catalog(language()).gettext(message) if message else ""


def ngettext(singular: str, plural: str, count: int) -> str:
    """Translate a source string that counts, and fill in ``{count}``."""
    return _catalog(language()).ngettext(singular, plural, count).format(count=number(count))


def sentence(message: str, facts: Mapping[str, object] | None = None) -> str:
    """Translate a source string and fill its places with ``facts``, each in the reader's words."""
    text = _(message)
    if not facts:
        return text
    filled = {name: shown(fact) for name, fact in facts.items()}
    if isinstance(facts.get("problem"), str):
        filled["problem"] = reworded(str(facts["problem"]), _)
    if isinstance(facts.get("command"), str):
        filled["command"] = typed(str(facts["command"]))
    return text.format(**filled)


def of_error(error: HuisclosError) -> str:
    """What an error says, translated."""
    return sentence(error.message, error.facts)


def shown(fact: object) -> object:
    """A fact in the reader's words; what has none (a count, an id, a code) is returned as it is."""
    if isinstance(fact, Worded):
        return _(fact.word)
    if isinstance(fact, HuisclosError):
        return of_error(fact)
    if isinstance(fact, Said):
        return sentence(fact.message, fact.facts)
    if isinstance(fact, Period):
        return period(fact)
    if isinstance(fact, bool):
        return _("yes") if fact else _("no")
    if isinstance(fact, datetime.date) and not isinstance(fact, datetime.datetime):
        return day(fact)
    if isinstance(fact, Iterable) and not isinstance(fact, (str, bytes)):
        return ", ".join(str(shown(part)) for part in fact)
    return fact


def typed(command: str) -> str:
    """A command with what is to be filled in (NAME, DATE) in the reader's words; the rest is typed as it stands."""
    return " ".join(_(word) if word in _FILLED_IN else word for word in command.split(" "))


def label(text: str, value: object) -> str:
    """``text: value`` with the spacing of the reader's language."""
    return f"{text}{': ' if language() == 'en' else chr(0xA0) + ': '}{value}"


def number(count: int) -> str:
    """A count with its thousands grouped."""
    return f"{count:,}".replace(",", "," if language() == "en" else "\u202f")


def decimal(value: float) -> str:
    """A figure as people say it: one digit after the comma under ten, none above."""
    text = f"{value:.1f}" if value < 10 else str(round(value))
    return text if language() == "en" else text.replace(".", ",")


def day(date: datetime.date) -> str:
    """A calendar day in full: ``14 mars 2026``."""
    first = date.day == 1 and language() == "fr"
    return f"{date.day}{'er' if first else ''} {_(_MONTHS[date.month - 1])} {date.year}"


def moment(stamp: str) -> str:
    """A UTC time of the catalog (``2026-03-14T09:00:00Z``) as the clock of this machine's zone shows it."""
    local = datetime.datetime.fromisoformat(stamp).astimezone()
    return f"{local:%Y-%m-%d %H:%M:%S}" if language() == "en" else f"{local:%d/%m/%Y %H:%M:%S}"


def period(length: Period) -> str:
    """A length of time of the policy: ``45 jours``, ``12 mois``."""
    if length.unit is Unit.DAY:
        return ngettext("{count} day", "{count} days", length.count)
    if length.unit is Unit.MONTH:
        return ngettext("{count} month", "{count} months", length.count)
    return ngettext("{count} year", "{count} years", length.count)


def duration(seconds: float) -> str:
    """A length of talk: ``1 h 52 min``, ``4 min 05 s``, ``8 s``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}\u00a0h\u00a0{minutes:02}\u00a0min"
    return f"{minutes}\u00a0min\u00a0{rest:02}\u00a0s" if minutes else f"{rest}\u00a0s"


def timecode(seconds: float) -> str:
    """A position in a recording: ``01:12:03``."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest:02}"


@cache
def _catalog(code: str) -> NullTranslations:
    compiled = LOCALE / code / "LC_MESSAGES" / f"{DOMAIN}.mo"
    if code == "en" or not compiled.is_file():
        return NullTranslations()
    with compiled.open("rb") as handle:
        return GNUTranslations(handle)
