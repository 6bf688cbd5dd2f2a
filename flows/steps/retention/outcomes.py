"""What the steps of retention answer: plain values for a door to show."""

from dataclasses import dataclass
from datetime import date

from flows.steps.advice import Advice
from vocabulary.choices import Audience, Disposal, RecordClass
from vocabulary.ids import SessionName


@dataclass(frozen=True)
class PlanItem:
    """One record under its schedule; ``why`` says what keeps it when it is not to be destroyed.

    ``announced_on`` is the day on which its destruction on the day ``due`` was announced; ``command`` what a steward
    types where it waits for a person.
    """

    record: str
    session: SessionName | None
    workshop: str
    record_class: RecordClass
    due: date | None
    disposal: Disposal
    because: str
    destroy: bool
    why: Advice | None
    announced_on: date | None = None
    command: str | None = None


@dataclass(frozen=True)
class Expired:
    """Segments of one stream that went: ``accesses`` or ``decisions``, months (``2026-03``), entries in them."""

    stream: str
    oldest: str
    newest: str
    entries: int


@dataclass(frozen=True)
class Plan:
    """``copies`` to be removed from the outbox, ``log`` segments of the log to expire, by name."""

    today: date
    items: tuple[PlanItem, ...]
    copies: tuple[str, ...]
    log: tuple[str, ...] = ()

    @property
    def to_destroy(self) -> tuple[PlanItem, ...]:
        return tuple(item for item in self.items if item.destroy)


@dataclass(frozen=True)
class Applied:
    """``kept`` is what was to be destroyed and was not, each with the reason; ``shut`` are the texts (session,
    audience) that failed the egress guard before their vault was destroyed, and leave no more."""

    destroyed: tuple[PlanItem, ...]
    certificates: tuple[str, ...]
    copies_removed: int
    expired: tuple[Expired, ...] = ()
    kept: tuple[PlanItem, ...] = ()
    shut: tuple[tuple[SessionName, Audience], ...] = ()


@dataclass(frozen=True)
class Discarded:
    """``done`` is False while a second person has to ask for the same."""

    session: SessionName
    done: bool
    records: int


@dataclass(frozen=True)
class PolicyApplied:
    """What became of a policy that somebody wants a workshop to follow.

    ``done`` is False while a second data steward has to ask for the same; ``changed`` is False where the workshop
    follows it already. ``looser`` and ``shorter`` are the keys of what is; ``counts_from`` is the first day on which
    what is shorter counts.
    """

    code: str
    policy: str
    version: int
    digest: str
    changed: bool
    done: bool
    looser: tuple[str, ...] = ()
    shorter: tuple[str, ...] = ()
    counts_from: date | None = None
    advice: tuple[Advice, ...] = ()
