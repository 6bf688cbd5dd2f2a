"""Offsets: by how many weeks each date of a session moves.

Rules of the module:
- A date is about the youth whose mention is nearest in its turn (the one before it, when two are as near);
  without one, about the youth named last in the turns before. It moves by that youth's own offset.
- A date about no youth moves by the workshop's own offset.
- So the dates about one youth all move together: their order and their intervals stay.
"""

from collections.abc import Mapping, Sequence

from anonymize.vault import Vault
from vocabulary.choices import EntityType
from vocabulary.span import Span


def offsets_of(spans: Sequence[Span], vault: Vault) -> Mapping[tuple[int, int], int]:
    """Return the weeks by which each date of ``spans`` moves, by (turn, start); none where nothing was drawn."""
    youths = {referent.id: referent for referent in vault.referents if referent.kind is EntityType.YOUTH}
    named = sorted(span for span in spans if span.cluster in youths)
    found: dict[tuple[int, int], int] = {}
    for date in spans:
        if date.label is not EntityType.DATE:
            continue
        about = _about(date, named)
        own = youths[about.cluster or ""].shift_weeks if about is not None else None
        weeks = own if own is not None else vault.shift_weeks
        if weeks is not None:
            found[date.turn, date.start] = weeks
    return found


def _about(date: Span, named: Sequence[Span]) -> Span | None:
    """Return the mention of the youth that a date is about."""
    same = [span for span in named if span.turn == date.turn]
    if same:
        return min(same, key=lambda span: (_gap(span, date), span.start > date.start))
    return next((span for span in reversed(named) if span.turn < date.turn), None)


def _gap(span: Span, date: Span) -> int:
    return date.start - span.end if span.start < date.start else span.start - date.end
