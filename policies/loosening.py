"""What a change of policy loosens, and what it shortens: a table with one judge for every field of a policy.

Rules kept here:
- looser is what lets more people read more, for longer, or with fewer people asked: it takes a second steward;
- shorter is what lets something be destroyed earlier: it waits the grace that the policy in force states;
- one change can be both (another event with another period), or neither;
- an audience or a recipient that is added is looser, one that is removed is stricter;
- words that nobody but a person can weigh (the purpose, a legal basis) count as looser once they were written;
- a field this table says nothing of would count as looser; a test demands that there is none.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum

from policies.period import Period
from policies.policy import Clock, Moment, Policy
from policies.register_file import is_placeholder
from vocabulary.choices import Audience, Disposal, EntityType, Operator, RecordClass, Trigger, Worded
from vocabulary.messages import N_
from vocabulary.profile import Profile


class Shift(Worded):
    """Which way a change goes."""

    LOOSER = "looser", N_("looser: a second data steward is needed")
    SHORTER = "shorter", N_("shorter: counts once the grace is over")
    STRICTER = "stricter", N_("stricter: counts at once")
    OTHER = "other", N_("neither looser nor shorter")


class Absence(Enum):
    """Stands for the value of an audience or a recipient that one of the two policies does not have."""

    ABSENT = "absent"


ABSENT = Absence.ABSENT
Judge = Callable[[object, object], Collection[Shift]]

LOOSER, SHORTER, STRICTER, OTHER = (frozenset({shift}) for shift in Shift)

_LIFE: Mapping[Trigger, int] = {
    Trigger.ISSUED: 0, Trigger.RECEIVED: 0, Trigger.CLEARED: 1, Trigger.RETURN_CLOSED: 2, Trigger.WORKSHOP_CLOSED: 3,
    Trigger.RESEARCH_ENDED: 4,
}  # fmt: skip
"""The order in which the events come in the life of a workshop."""

_OPERATORS = (Operator.KEEP, Operator.SHIFT, Operator.PSEUDONYMIZE, Operator.GENERALIZE, Operator.REDACT)
_MOMENTS = (Moment.NONE, Moment.RETURN, Moment.TRANSCRIPTION)
_SPEAKERS = ("role", "family", "code")
_PSEUDONYMS = ("equivalent", "code")
_ENDS: Sequence[object] = (Disposal.KEEP, Disposal.REVIEW, Disposal.TRANSFER, Disposal.DESTROY)


@dataclass(frozen=True)
class Change:
    """One value that differs: its key, the field of the table, both values (ABSENT where there is none)."""

    key: str
    field: str
    old: object
    new: object
    shifts: frozenset[Shift]

    @property
    def is_looser(self) -> bool:
        return Shift.LOOSER in self.shifts

    @property
    def is_shorter(self) -> bool:
        return Shift.SHORTER in self.shifts


def changes(old: Policy, new: Policy) -> tuple[Change, ...]:
    """Return every value that differs, in the order of the file."""
    before, after = dict(values(old)), dict(values(new))
    found = []
    for key in dict.fromkeys([*after, *before]):
        field, now = after.get(key, (before.get(key, ("", ABSENT))[0], ABSENT))
        was = before.get(key, (field, ABSENT))[1]
        if was != now:
            found.append(Change(_as_written(key), field, was, now, frozenset(_judge(field, was, now))))
    return tuple(found)


def loosens(old: Policy, new: Policy) -> tuple[Change, ...]:
    """What takes a second steward."""
    return tuple(change for change in changes(old, new) if change.is_looser)


def shortens(old: Policy, new: Policy) -> tuple[Change, ...]:
    """What waits the grace."""
    return tuple(change for change in changes(old, new) if change.is_shorter)


def values(policy: Policy) -> Iterator[tuple[str, tuple[str, object]]]:
    """Every value of a policy: its key as the file writes it, the field of the table, the value."""
    return _walk(policy, "", "")


def _walk(value: object, key: str, field: str) -> Iterator[tuple[str, tuple[str, object]]]:
    if isinstance(value, Profile):
        yield from _walk(value.operators, key, field)
        yield f"{key}.speakers", (f"{field}.speakers", value.speakers)
        yield f"{key}.pseudonyms", (f"{field}.pseudonyms", value.pseudonyms)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _walk(inner, f"{key}.{name}", f"{field}.{_FOLDED[type(name)]}")
    elif field == "processing.recipients" and isinstance(value, tuple):
        for one in value:
            yield from _walk(one, f"{key}.{one.code}", f"{field}.CODE")
    elif is_dataclass(value) and not isinstance(value, Period | Clock):
        for one in fields(value):
            dot = "." if key else ""
            yield from _walk(getattr(value, one.name), f"{key}{dot}{one.name}", f"{field}{dot}{one.name}")
    else:
        yield key, (field, value)


def _as_written(key: str) -> str:
    """The key as the file has it, where the values have another."""
    for value, written in _WRITTEN.items():
        if key == value or (value.startswith(".") and key.endswith(value)):
            return key.removesuffix(value) + written
    return key


_WRITTEN = {
    "processing.article_6": "processing.legal_basis.article_6",
    "processing.article_9": "processing.legal_basis.article_9",
    "processing.cnil_opinion": "processing.legal_basis.cnil_opinion",
    "processing.offence_data": "processing.offence_data.processed",
    "processing.offence_authorisation": "processing.offence_data.authorisation",
    "processing.dpia_reference": "processing.dpia.reference",
    "processing.dpia_date": "processing.dpia.date",
    "accept_unread": "clearance.accept_unread",
    ".assessment_required": ".assessment",
    ".clock": ".after",
}

_FOLDED: Mapping[type, str] = {Audience: "AUDIENCE", RecordClass: "CLASS", EntityType: "TYPE"}


def _judge(field: str, old: object, new: object) -> Collection[Shift]:
    if old is ABSENT:
        return LOOSER
    if new is ABSENT:
        return STRICTER
    return FIELDS[field](old, new) if field in FIELDS else LOOSER


# Judges: what one field's change from the first value to the second is.


def _free(_old: object, _new: object) -> Collection[Shift]:
    return OTHER


def _always_looser(_old: object, _new: object) -> Collection[Shift]:
    return LOOSER


def _always_shorter(_old: object, _new: object) -> Collection[Shift]:
    return SHORTER


def _words(old: object, _new: object) -> Collection[Shift]:
    """Words a person has to weigh: writing what was still to be written loosens nothing."""
    return OTHER if old is None or is_placeholder(old) else LOOSER


def _proof(_old: object, new: object) -> Collection[Shift]:
    """A reference that may change, and may not go."""
    return LOOSER if new is None or is_placeholder(new) else OTHER


def _yes_is_looser(_old: object, new: object) -> Collection[Shift]:
    return LOOSER if new else STRICTER


def _no_is_looser(_old: object, new: object) -> Collection[Shift]:
    return STRICTER if new else LOOSER


def _fewer_is_looser(old: object, new: object) -> Collection[Shift]:
    return LOOSER if _size(new) < _size(old) else STRICTER


def _more_is_looser(old: object, new: object) -> Collection[Shift]:
    return LOOSER if _size(new) > _size(old) else STRICTER


def _longer_is_looser(old: object, new: object) -> Collection[Shift]:
    return LOOSER if _size(new) > _size(old) else SHORTER


def _added_is_looser(old: object, new: object) -> Collection[Shift]:
    return LOOSER if _members(new) - _members(old) else STRICTER


def _gone_is_looser(old: object, new: object) -> Collection[Shift]:
    return LOOSER if _members(old) - _members(new) else OTHER


def _lower_is_looser(order: Sequence[object]) -> Judge:
    """``order`` goes from the loosest to the strictest."""
    return lambda old, new: LOOSER if order.index(new) < order.index(old) else STRICTER


def _clock(old: object, new: object) -> Collection[Shift]:
    """A clock that may run out later is looser, one that may run out earlier shorter; no clock never runs out."""
    if not isinstance(old, Clock):
        return SHORTER
    if not isinstance(new, Clock):
        return LOOSER
    events = _LIFE[new.after] - _LIFE[old.after]
    days = new.keep.days - old.keep.days
    later = LOOSER if events > 0 or days > 0 else frozenset[Shift]()
    # receipt and issue can fall either way
    earlier = SHORTER if events < 0 or days < 0 or (events == 0 and new.after is not old.after) else frozenset[Shift]()
    return later | earlier or SHORTER


def _extension(old: object, new: object) -> Collection[Shift]:
    return LOOSER if old is None or (new is not None and _size(new) > _size(old)) else SHORTER


def _end(old: object, new: object) -> Collection[Shift]:
    """Destruction comes earlier than any other end; a transfer leaves the archive."""
    if new is Disposal.DESTROY:
        return SHORTER
    return LOOSER if new is Disposal.TRANSFER or _ENDS.index(new) < _ENDS.index(old) else STRICTER


def _size(value: object) -> float:
    if isinstance(value, Period):
        return value.days
    return value if isinstance(value, int | float) else 0


def _members(value: object) -> frozenset[object]:
    return frozenset(value) if isinstance(value, tuple) else frozenset()


FIELDS: Mapping[str, Judge] = {
    "name": _free,
    "version": _free,
    "time_zone": _always_shorter,  # a due date can move by a day
    "processing.controller": _words,
    "processing.joint_controllers": _added_is_looser,
    "processing.purpose": _words,
    "processing.article_6": _words,
    "processing.article_9": _words,
    "processing.cnil_opinion": _proof,
    "processing.offence_data": _yes_is_looser,
    "processing.offence_authorisation": _words,
    "processing.dpia_reference": _proof,
    "processing.dpia_date": _proof,
    "processing.third_parties": _proof,
    "processing.public_archives": _always_looser,  # with a visa things stay longer; without one a safeguard is gone
    "processing.recipients.CODE.code": _always_looser,
    "processing.recipients.CODE.name": _words,
    "processing.recipients.CODE.audiences": _added_is_looser,
    "processing.recipients.CODE.products": _added_is_looser,
    "consent.required_before": _lower_is_looser(_MOMENTS),
    "consent.uses": _gone_is_looser,
    "clearance.AUDIENCE.people": _fewer_is_looser,
    "clearance.AUDIENCE.reviewer_counts": _yes_is_looser,
    "clearance.AUDIENCE.assessment_required": _no_is_looser,
    "accept_unread": _yes_is_looser,
    "thresholds.attribute": _fewer_is_looser,
    "thresholds.plot": _fewer_is_looser,
    "audiences.AUDIENCE.TYPE": _lower_is_looser(_OPERATORS),
    "audiences.AUDIENCE.speakers": _lower_is_looser(_SPEAKERS),
    "audiences.AUDIENCE.pseudonyms": _lower_is_looser(_PSEUDONYMS),
    "schedule.CLASS.then": _end,
    "schedule.CLASS.because": _free,
    "schedule.CLASS.clock": _clock,
    "schedule.CLASS.latest": _clock,
    "schedule.CLASS.extend_once": _extension,
    "copies.outbox": _longer_is_looser,
    "copies.drop": _longer_is_looser,
    "copies.backup": _longer_is_looser,
    "log.accesses": _longer_is_looser,
    "log.decisions": _longer_is_looser,
    "retention.announce": _fewer_is_looser,
    "retention.stop_if_share_due": _more_is_looser,
    "retention.grace_for_shorter": _fewer_is_looser,
    "planned.sessions": _free,
    "planned.first_session": _free,
    "planned.every": _free,
    "planned.workshop_closes": _free,
    "planned.last_output": _free,
    "planned.research_ends": _free,
    "placeholders": _free,
}
"""Every field of a policy, and who judges a change of it. AUDIENCE, TYPE, CLASS and CODE stand for any."""
