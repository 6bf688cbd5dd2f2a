"""What the steps around the log answer: plain values for a door to show."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CheckpointsAway:
    """Checkpoints that left the machine, as the log and their folder tell.

    ``left_at`` is when the last one left (UTC), ``stale`` whether that is too long ago, ``uncovered`` how many
    releases, destructions and changes of key came after it; ``configured``, ``reachable`` and ``problem`` are about
    the folder of ``copies.checkpoints``, ``same_disk`` whether it would be lost with the home.
    """

    left_at: str | None = None
    stale: bool = False
    uncovered: int = 0
    configured: bool = False
    reachable: bool = False
    problem: str | None = None
    same_disk: bool | None = None
