"""A loss, and what the rules on breaches of personal data ask: facts in, answers out.

Sources: GDPR 33(1) and recital 85 (72 hours from when the controller became aware), 33(3) (what a notification
holds), 33(4) (in phases), 33(5) (documented in any case), 34(1) and 34(3)(a) (telling the people concerned, and the
exception for data that nobody else can read); EDPB Guidelines 9/2022 on personal data breach notification; Regulation
1182/71, article 3 (a period in hours runs through Sundays and holidays).

Rules kept here:
- what is not known counts as the worse case;
- nothing here decides whether to notify: that is the controller's, with these facts.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from vocabulary.choices import Worded
from vocabulary.messages import N_

NOTICE = timedelta(hours=72)
"""GDPR 33(1)."""


class Loss(Worded):
    """What was lost, or became known to somebody."""

    LAPTOP = "laptop", N_("the machine")
    DISK = "disk", N_("the disk alone, out of its machine")
    PASSPHRASE = "passphrase", N_("a passphrase that somebody else knows")
    BACKUP = "backup", N_("a backup of the archive")


class PoweredOff(Worded):
    """Whether the machine was off when it was lost."""

    YES = "yes", N_("yes")
    NO = "no", N_("no")
    UNKNOWN = "unknown", N_("not known")


class Shield(Worded):
    """What stands between whoever holds the thing lost and what is sealed in the archive."""

    NOTHING_SURE = (
        "nothing_sure",
        N_("perhaps nothing: as long as a home is open, its keys are in the memory of the machine"),
    )
    PASSPHRASE = "passphrase", N_("only the passphrase: the slot secret lies on the same disk")
    PERHAPS_PASSPHRASE = (
        "perhaps_passphrase",
        N_("perhaps only the passphrase: the slot secret lies on another disk, which may be lost with the machine"),
    )
    DISK_AND_PASSPHRASE = "disk_and_passphrase", N_("the encryption of the disk, then the passphrase")
    SECRET_ELSEWHERE = "secret_elsewhere", N_("the slot secret, which lies elsewhere, then the passphrase")
    SLOT_SECRET = "slot_secret", N_("the slot secret, which was not lost with it")


class Readable(Worded):
    """What holds for the files that lay readable outside the archive."""

    READABLE = "readable", N_("readable by whoever holds it")
    BEHIND_DISK = "behind_disk", N_("readable only once the encryption of the disk is broken")
    NONE_THERE = "none_there", N_("none lay there")
    NOT_LOST = "not_lost", N_("not lost: they are not in what was lost")


class Exception34(Enum):
    """Whether the exception of GDPR 34(3)(a), data that nobody else can read, may be considered."""

    FOR_ALL = "for_all"
    IF_NOT_REACHED = "if_not_reached"
    SEALED_ONLY = "sealed_only"
    NO = "no"


@dataclass(frozen=True)
class Situation:
    """The facts of a loss; None is "not known".

    ``slot_elsewhere``: the slot secret lies outside the machine; None where it lies on another file system, which may
    be a stick that is at home, or another part of the disk that was lost.
    """

    loss: Loss
    powered_off: PoweredOff
    disk_encrypted: bool | None
    slot_elsewhere: bool | None
    readable_files: int


@dataclass(frozen=True)
class Exposure:
    """What protects the sealed records, and what holds for the files that lay readable.

    ``passphrase_known``: somebody else knows a passphrase, so that only what they could not reach is protected.
    """

    sealed: Shield
    files: Readable
    passphrase_known: bool = False

    @property
    def exception(self) -> Exception34:
        """GDPR 34(3)(a), as far as the facts go."""
        if self.sealed is Shield.NOTHING_SURE:
            return Exception34.NO
        if self.passphrase_known:
            return Exception34.IF_NOT_REACHED
        return Exception34.SEALED_ONLY if self.files is Readable.READABLE else Exception34.FOR_ALL


def exposure_of(found: Situation) -> Exposure:
    """What protects what was lost."""
    if found.loss in (Loss.PASSPHRASE, Loss.BACKUP):
        return Exposure(Shield.SLOT_SECRET, Readable.NOT_LOST, passphrase_known=found.loss is Loss.PASSPHRASE)
    is_off = found.loss is Loss.DISK or found.powered_off is PoweredOff.YES
    disk_holds = is_off and found.disk_encrypted is True
    if found.readable_files == 0:
        files = Readable.NONE_THERE
    else:
        files = Readable.BEHIND_DISK if disk_holds else Readable.READABLE
    if not is_off:
        return Exposure(Shield.NOTHING_SURE, files)
    if found.slot_elsewhere:
        return Exposure(Shield.SECRET_ELSEWHERE, files)
    if disk_holds:
        return Exposure(Shield.DISK_AND_PASSPHRASE, files)
    return Exposure(Shield.PERHAPS_PASSPHRASE if found.slot_elsewhere is None else Shield.PASSPHRASE, files)


def deadline(aware_at: datetime) -> datetime:
    """When the 72 hours end; ``aware_at`` has a time zone, in which the answer is given.

    The hours are counted in real time, across a change of the clocks. Regulation 1182/71 does not count the hour
    already begun: the answer here is the earlier one.
    """
    return (aware_at.astimezone(UTC) + NOTICE).astimezone(aware_at.tzinfo)
