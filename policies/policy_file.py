"""Reads a policy file, format ``huisclos-policy/1`` (docs/reference/policy.md).

Rules kept here:
- the parser accepts the documented keys and nothing else; each fault is a PolicyError that names file,
  line and key, what was found and what is allowed;
- every record class and every entity type is spoken of; ``extends`` and ``same_as`` lead somewhere and
  never in a circle; YOUTH is kept for no audience;
- a text of ``processing`` that begins with ``à compléter`` is legal, and listed as a placeholder.
"""

import datetime
import hashlib
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar
from zoneinfo import ZoneInfo

from policies.advice import warnings as warnings
from policies.policy import (
    FORMAT,
    OPERATORS,
    SCHEDULED,
    Clearance,
    Clock,
    Consent,
    Copies,
    LogRetention,
    Moment,
    Planned,
    Policy,
    Retention,
    Rule,
    Thresholds,
)
from policies.reading import Origin, Section, Value, decode, shown_path
from policies.register_file import read_processing, word
from policies.wording import Listed
from policies.yaml_lines import load
from vocabulary.choices import Audience, Disposal, EntityType, Operator, RecordClass, Trigger, Use
from vocabulary.errors import PolicyError
from vocabulary.messages import N_
from vocabulary.profile import Profile

NAME = r"[A-Za-z0-9][A-Za-z0-9-]{0,63}"
SPEAKERS = ("role", "family", "code")
PSEUDONYMS = ("code", "equivalent")

_SECTIONS = ("format", "name", "version", "time_zone", "processing", "consent", "clearance", "thresholds",
             "audiences", "schedule", "copies", "log", "retention")  # fmt: skip
_ZONE = r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}"

Key = TypeVar("Key", Audience, RecordClass)


def policy_digest(text: str | bytes) -> str:
    """SHA-256 (hex) of the policy's text in UTF-8, without byte order mark and with ``\\n`` as line end.

    Two files with one digest are one policy, whichever system saved them.
    """
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return hashlib.sha256(data.removeprefix(BOM_UTF8).replace(b"\r\n", b"\n")).hexdigest()


def parse_policy(text: str | bytes, name: str) -> Policy:
    """Read a policy; ``name`` is the file's name as errors show it.

    Raises PolicyError on the first fault, with ``file``, ``line`` and ``key`` among its facts.
    """
    origin = Origin(name, PolicyError, echo=True)
    plain, lines = load(decode(text, origin), origin)
    top = Value(origin, lines, (), plain)
    _check_format(top)
    whole = top.section(_SECTIONS, ("planned",))
    placeholders: list[str] = []
    audiences = _audiences(whole["audiences"])
    clearance, accept_unread = _clearance(whole["clearance"], audiences)
    return Policy(
        name=whole["name"].matching(NAME, "ateliers-prevention"),
        version=whole["version"].integer(1, 999_999),
        time_zone=_time_zone(whole["time_zone"]),
        processing=read_processing(whole["processing"], audiences, placeholders),
        consent=_consent(whole["consent"]),
        clearance=clearance,
        accept_unread=accept_unread,
        thresholds=_thresholds(whole["thresholds"]),
        audiences=audiences,
        schedule=_schedule(whole["schedule"]),
        copies=_copies(whole["copies"]),
        log=_log(whole["log"]),
        retention=_retention(whole["retention"]),
        planned=_planned(whole.get("planned")),
        placeholders=tuple(placeholders),
    )


def placeholder_lines(text: str, name: str) -> list[tuple[int, str]]:
    """The lines of a sound policy that are still to be completed, each with its key, in the order of the file."""
    _, lines = load(decode(text, Origin(name, PolicyError, echo=True)), Origin(name, PolicyError, echo=True))
    by_key = {shown_path(path): line for path, line in lines.items()}
    return sorted((by_key[key], key) for key in parse_policy(text, name).placeholders)


def _check_format(top: Value) -> None:
    """The format line comes before all else: another version may have other keys."""
    if not isinstance(top.plain, Mapping):
        raise top.origin.fault(
            N_("{file}, line {line}: expected keys at the left margin, the first of them format: {expected}; "
               "found {found}."), 1, expected=FORMAT, found=top.found)  # fmt: skip
    if "format" in top.plain:
        value = Value(top.origin, top.lines, ("format",), top.plain["format"])
        if value.plain != FORMAT:
            raise value.fault(
                N_("{file}, line {line}, {key}: expected {expected}, found {found}; this software reads no other."),
                expected=FORMAT,
            )


def _time_zone(value: Value) -> str:
    name = value.matching(_ZONE, "Europe/Paris")
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        raise value.fault(
            N_("{file}, line {line}, {key}: found {found}, expected a time zone such as Europe/Paris.")
        ) from None


def _consent(value: Value) -> Consent:
    section = value.section(("required_before", "uses"))
    uses = [item.choice(Use) for item in section["uses"].items(empty=False)]
    return Consent(section["required_before"].choice(Moment), tuple(dict.fromkeys(uses)))


def _clearance(value: Value, audiences: Mapping[Audience, Profile]) -> tuple[Mapping[Audience, Clearance], bool]:
    section = value.section([audience.value for audience in audiences], ("accept_unread",))
    rules: dict[Audience, Clearance] = {}
    for audience in audiences:
        rule = section[audience.value].section(("people", "reviewer_counts"), ("assessment",))
        assessment = rule.get("assessment")
        rules[audience] = Clearance(
            people=rule["people"].integer(1, 9),
            reviewer_counts=rule["reviewer_counts"].flag(),
            assessment_required=assessment is not None and word(assessment, ("required", "none")) == "required",
        )
    accept_unread = section.get("accept_unread")
    return MappingProxyType(rules), accept_unread is not None and accept_unread.flag()


def _thresholds(value: Value) -> Thresholds:
    section = value.section(("attribute", "plot"))
    return Thresholds(section["attribute"].integer(1, 99), section["plot"].integer(1, 99))


def _chain(start: Key, entries: Mapping[Key, Section], link: str, kind: type[Key]) -> list[Section]:
    """Return the sections from ``start`` along ``link`` (``extends`` or ``same_as``); refuse a circle."""
    chain = [entries[start]]
    seen: list[Key] = [start]
    current = start
    while (value := entries[current].get(link)) is not None:
        current = value.choice(kind, tuple(entries))
        if current in seen:
            raise value.fault(
                N_("{file}, line {line}, {key}: found a circle: {circle}. Write one of them out in full."),
                circle=Listed([*(entry.value for entry in seen), current.value]),
            )
        seen.append(current)
        chain.append(entries[current])
    return chain


def _audiences(value: Value) -> Mapping[Audience, Profile]:
    types = [entity_type.value for entity_type in EntityType]
    optional_ones = [audience.value for audience in Audience if audience is not Audience.GROUP]
    section = value.section((Audience.GROUP.value,), optional_ones)
    entries: dict[Audience, Section] = {}
    for audience in Audience:
        if (entry := section.get(audience.value)) is not None:
            extending = isinstance(entry.plain, Mapping) and "extends" in entry.plain
            required, optional = ((), types) if extending else (types, ())
            entries[audience] = entry.section(required, ("extends", "speakers", "pseudonyms", *optional))
    profiles: dict[Audience, Profile] = {}
    for audience in entries:
        chain = _chain(audience, entries, "extends", Audience)
        operators: dict[EntityType, Operator] = {}
        speakers, pseudonyms = SPEAKERS[0], PSEUDONYMS[0]
        for part in reversed(chain):
            for entity_type in EntityType:
                if (operator := part.get(entity_type.value)) is not None:
                    operators[entity_type] = _operator(operator, entity_type)
            if (chosen := part.get("speakers")) is not None:
                speakers = word(chosen, SPEAKERS)
            if (chosen := part.get("pseudonyms")) is not None:
                pseudonyms = word(chosen, PSEUDONYMS)
        profiles[audience] = Profile(audience, operators, speakers, pseudonyms)
    return MappingProxyType(profiles)


def _operator(value: Value, entity_type: EntityType) -> Operator:
    if entity_type is EntityType.YOUTH and value.plain == Operator.KEEP.value:
        raise value.fault(
            N_("{file}, line {line}, {key}: YOUTH can never be kept, the identity of minors is protected; "
               "the operators allowed are {allowed}."),
            allowed=Listed(operator.value for operator in OPERATORS[entity_type]),
        )  # fmt: skip
    return value.choice(Operator, OPERATORS[entity_type])


def _schedule(value: Value) -> Mapping[RecordClass, Rule]:
    section = value.section([record_class.value for record_class in SCHEDULED])
    entries: dict[RecordClass, Section] = {}
    for record_class in SCHEDULED:
        entry = section[record_class.value]
        plain = entry.plain if isinstance(entry.plain, Mapping) else {}
        if "same_as" in plain:
            entries[record_class] = entry.section(("same_as",))
        elif plain.get("then") == Disposal.KEEP.value:
            entries[record_class] = entry.section(("then", "because"))
        else:
            entries[record_class] = entry.section(("after", "keep", "then", "because"), ("latest", "extend_once"))
    rules = {record_class: _rule(_chain(record_class, entries, "same_as", RecordClass)[-1]) for record_class in entries}
    return MappingProxyType(rules)


def _rule(section: Section) -> Rule:
    then = section["then"].choice(Disposal)
    because = section["because"].text()
    if then is Disposal.KEEP:
        return Rule(then, because)
    latest, extension = section.get("latest"), section.get("extend_once")
    return Rule(
        then=then,
        because=because,
        clock=_clock(section),
        latest=_clock(latest.section(("after", "keep"))) if latest else None,
        extend_once=extension.period() if extension else None,
    )


def _clock(section: Section) -> Clock:
    return Clock(section["after"].choice(Trigger), section["keep"].period())


def _copies(value: Value) -> Copies:
    section = value.section(("outbox", "drop", "backup"))
    return Copies(section["outbox"].period(), section["drop"].period(), section["backup"].period())


def _log(value: Value) -> LogRetention:
    section = value.section(("accesses", "decisions"))
    return LogRetention(section["accesses"].period(), section["decisions"].period())


def _retention(value: Value) -> Retention:
    section = value.section(("announce", "stop_if_share_due", "grace_for_shorter"))
    return Retention(
        announce=section["announce"].period(),
        stop_if_share_due=section["stop_if_share_due"].share(),
        grace_for_shorter=section["grace_for_shorter"].period(),
    )


def _planned(value: Value | None) -> Planned:
    if value is None:
        return Planned()
    section = value.section((), ("sessions", "first_session", "every", "workshop_closes", "last_output",
                                 "research_ends"))  # fmt: skip
    sessions, every = section.get("sessions"), section.get("every")
    return Planned(
        sessions=sessions.integer(1, 999) if sessions else None,
        every=every.period() if every else None,
        **_dates_in_order(section, ("first_session", "workshop_closes", "last_output", "research_ends")),
    )


def _dates_in_order(section: Section, keys: Sequence[str]) -> dict[str, datetime.date]:
    """Read dates of which none comes before the first, and the end of the research after none of them."""
    found: dict[str, datetime.date] = {}
    for key in keys:
        if (value := section.get(key)) is None:
            continue
        date = value.date()
        earliest = max(found.values()) if key == keys[-1] else found.get(keys[0])
        if found and earliest is not None and date < earliest:
            raise value.fault(
                N_("{file}, line {line}, {key}: found {found}, expected no date before {earliest}."),
                earliest=earliest.isoformat(),
            )
        found[key] = date
    return found
