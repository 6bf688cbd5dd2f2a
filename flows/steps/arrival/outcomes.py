"""What the steps of arrival answer: plain values for a door to show."""

from dataclasses import dataclass, replace

from vocabulary.choices import Reason, SessionState
from vocabulary.errors import HuisclosError
from vocabulary.ids import SessionName


@dataclass(frozen=True)
class Receipt:
    """What was sealed of one session: the phone's copy may now be erased, unless it is set aside or damaged.

    ``elsewhere`` is another session that already holds what was brought.
    """

    session: SessionName
    state: SessionState
    parts: int
    expected: int
    seconds: float
    new_parts: int
    duplicates: int
    dossier: bool
    waits: Reason | None
    reason: Reason | None
    moved: bool = False
    damaged: bool = False
    elsewhere: SessionName | None = None

    def after(self, earlier: "Receipt | None") -> "Receipt":
        """This receipt, with what an earlier one of the same intake counted."""
        if earlier is None:
            return self
        return replace(
            self,
            new_parts=earlier.new_parts + self.new_parts,
            duplicates=earlier.duplicates + self.duplicates,
            dossier=earlier.dossier or self.dossier,
            damaged=earlier.damaged or self.damaged,
            elsewhere=earlier.elsewhere or self.elsewhere,
        )


@dataclass(frozen=True)
class Refused:
    """A file of the drop folder that was not taken, and why. ``file`` is relative to the drop folder."""

    file: str
    error: HuisclosError


@dataclass(frozen=True)
class Intake:
    receipts: tuple[Receipt, ...]
    refused: tuple[Refused, ...]
    unnumbered: int
