"""Reads a session dossier, format ``huisclos-session/1`` (docs/reference/dossier.md).

Rules kept here:
- the parser accepts the documented keys and nothing else; each fault is a DossierError that names file,
  line and key, and what was expected;
- a dossier is identified text: no value is ever repeated in an error, only its kind;
- a chosen pseudonym gives away none of the forms it stands for, and stands for one referent; a general text is
  that of a place or an institution, begins with un or une, and gives away none of the forms either.
"""

import datetime
import re
from collections.abc import Iterable

from policies.reading import Origin, Value, decode
from policies.toml_lines import load
from vocabulary.choices import EntityType, Use
from vocabulary.dossier import FORMAT, Dossier, Known, Participant
from vocabulary.errors import DossierError
from vocabulary.messages import N_

KINDS = {
    "youth": EntityType.YOUTH,
    "person": EntityType.PERSON,
    "place": EntityType.PLACE,
    "institution": EntityType.INSTITUTION,
}
"""The kinds of referents a dossier can name."""

_STRETCH = re.compile(r"([0-9]{2}):([0-5][0-9]):([0-5][0-9])-([0-9]{2}):([0-5][0-9]):([0-5][0-9])")
_WORD = re.compile(r"\w+")
_NAME = 200


def parse_dossier(text: str | bytes, name: str) -> Dossier:
    """Read a dossier; ``name`` is the file's name as errors show it. ``withheld`` comes back in seconds.

    Raises DossierError on the first fault, with ``file``, ``line`` and ``key`` among its facts.
    """
    origin = Origin(name, DossierError, echo=False)
    plain, lines = load(decode(text, origin), origin)
    top = Value(origin, lines, (), plain)
    _check_format(top, plain)
    whole = top.section(("format", "session"), ("participant", "known"))
    session = whole["session"].section(
        ("number",), ("date", "language", "next_session", "speakers", "parts", "withheld")
    )
    date, language, next_session = session.get("date"), session.get("language"), session.get("next_session")
    speakers, parts, withheld = session.get("speakers"), session.get("parts"), session.get("withheld")
    participants, known = whole.get("participant"), whole.get("known")
    held_on = date.date() if date else None
    return Dossier(
        number=session["number"].integer(1, 999),
        date=held_on,
        language=language.matching(r"[a-z]{2,3}", "fr") if language else "fr",
        next_session=_next_session(next_session, held_on) if next_session else None,
        speakers=speakers.integer(1, 99) if speakers else None,
        parts=parts.integer(1, 99) if parts else 1,
        withheld=tuple(sorted(_stretch(item) for item in withheld.items())) if withheld else (),
        participants=tuple(_participant(item) for item in participants.items()) if participants else (),
        known=_all_known(known.items(most=2000)) if known else (),
    )


def _check_format(top: Value, plain: dict[str, object]) -> None:
    """The format line comes before all else: another version may have other keys."""
    if "format" in plain and plain["format"] != FORMAT:
        value = Value(top.origin, top.lines, ("format",), plain["format"])
        raise value.fault(
            N_("{file}, line {line}, {key}: expected {expected}, found {found}; this software reads no other."),
            expected=FORMAT,
        )


def _next_session(value: Value, held_on: datetime.date | None) -> datetime.date:
    date = value.date()
    if held_on is not None and date <= held_on:
        raise value.fault(N_("{file}, line {line}, {key}: the next session must come after the date of this one."))
    return date


def _stretch(value: Value) -> tuple[float, float]:
    match = _STRETCH.fullmatch(value.plain) if isinstance(value.plain, str) else None
    if match is None:
        raise value.fault(
            N_("{file}, line {line}, {key}: expected a stretch of time such as 01:12:00-01:20:30, found {found}.")
        )
    hours, minutes, seconds, to_hours, to_minutes, to_seconds = map(int, match.groups())
    start, end = hours * 3600 + minutes * 60 + seconds, to_hours * 3600 + to_minutes * 60 + to_seconds
    if start >= end:
        raise value.fault(N_("{file}, line {line}, {key}: the stretch must end after it begins."))
    return float(start), float(end)


def _participant(value: Value) -> Participant:
    section = value.section(("name", "role", "institution", "agrees"), ("also", "form"))
    also, form = section.get("also"), section.get("form")
    return Participant(
        name=section["name"].text(_NAME),
        role=section["role"].text(_NAME),
        institution=section["institution"].text(_NAME),
        agrees=frozenset(item.choice(Use) for item in section["agrees"].items()),
        also=tuple(item.text(_NAME) for item in also.items()) if also else (),
        form=form.text(_NAME) if form else None,
    )


def _all_known(values: list[Value]) -> tuple[Known, ...]:
    known: list[Known] = []
    chosen: set[str] = set()
    generals: list[Value] = []
    for value in values:
        section = value.section(("kind", "forms"), ("pseudonym", "general"))
        forms = tuple(item.text(_NAME) for item in section["forms"].items(empty=False))
        pseudonym = section.get("pseudonym")
        word = section["kind"].plain
        if not isinstance(word, str) or word not in KINDS:
            raise section["kind"].fault(
                N_("{file}, line {line}, {key}: expected one of {allowed}, found {found}."),
                allowed=", ".join(KINDS),
            )
        general = section.get("general")
        known.append(
            Known(
                KINDS[word],
                forms,
                _pseudonym(pseudonym, forms, chosen) if pseudonym else None,
                _general(general, KINDS[word]) if general else None,
            )
        )
        if general is not None:
            generals.append(general)
    everything = [form for item in known for form in item.forms]
    for general in generals:
        if _holds(general.text(_NAME), everything):
            raise general.fault(
                N_("{file}, line {line}, {key}: the text contains one of the forms it replaces, or another one of this "
                   "file; say what kind of place or institution it is.")
            )  # fmt: skip
    return tuple(known)


def _general(value: Value, kind: EntityType) -> str:
    text = value.text(_NAME)
    if kind not in (EntityType.PLACE, EntityType.INSTITUTION):
        raise value.fault(N_("{file}, line {line}, {key}: only a place or an institution has a general text."))
    if not text.startswith(("un ", "une ")):
        raise value.fault(
            N_('{file}, line {line}, {key}: expected a text that begins with "un" or "une", such as '
               '"une cité du nord de la ville".')
        )  # fmt: skip
    return text


def _holds(text: str, forms: Iterable[str]) -> bool:
    """Whether one of ``forms`` stands in ``text``, in whole words and any case."""
    words = _WORD.findall(text.casefold())
    for form in forms:
        inside = _WORD.findall(form.casefold())
        if inside and any(words[at : at + len(inside)] == inside for at in range(len(words))):
            return True
    return False


def _pseudonym(value: Value, forms: Iterable[str], chosen: set[str]) -> str:
    pseudonym = value.text(_NAME)
    if _holds(pseudonym, forms):
        raise value.fault(
            N_("{file}, line {line}, {key}: the pseudonym contains one of the forms it replaces; choose another.")
        )
    if pseudonym.casefold() in chosen:
        raise value.fault(
            N_("{file}, line {line}, {key}: this pseudonym stands for another referent already; choose another.")
        )
    chosen.add(pseudonym.casefold())
    return pseudonym
