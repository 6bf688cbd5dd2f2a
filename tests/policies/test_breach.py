"""What protects what was lost, as a table; and the 72 hours."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from policies.breach import Exception34, Loss, PoweredOff, Readable, Shield, Situation, deadline, exposure_of

PARIS = ZoneInfo("Europe/Paris")
LAPTOP, DISK, PASSPHRASE, BACKUP = Loss.LAPTOP, Loss.DISK, Loss.PASSPHRASE, Loss.BACKUP
YES, NO, UNKNOWN = PoweredOff.YES, PoweredOff.NO, PoweredOff.UNKNOWN


@pytest.mark.parametrize(
    ("loss", "off", "encrypted", "elsewhere", "files", "sealed", "readable", "exception"),
    [
        (LAPTOP, YES, True, False, 2, Shield.DISK_AND_PASSPHRASE, Readable.BEHIND_DISK, Exception34.FOR_ALL),
        (LAPTOP, YES, True, True, 2, Shield.SECRET_ELSEWHERE, Readable.BEHIND_DISK, Exception34.FOR_ALL),
        (LAPTOP, YES, False, False, 2, Shield.PASSPHRASE, Readable.READABLE, Exception34.SEALED_ONLY),
        (LAPTOP, YES, None, False, 2, Shield.PASSPHRASE, Readable.READABLE, Exception34.SEALED_ONLY),
        (LAPTOP, YES, False, False, 0, Shield.PASSPHRASE, Readable.NONE_THERE, Exception34.FOR_ALL),
        (LAPTOP, YES, False, True, 0, Shield.SECRET_ELSEWHERE, Readable.NONE_THERE, Exception34.FOR_ALL),
        (LAPTOP, YES, False, None, 2, Shield.PERHAPS_PASSPHRASE, Readable.READABLE, Exception34.SEALED_ONLY),
        (LAPTOP, YES, True, None, 2, Shield.DISK_AND_PASSPHRASE, Readable.BEHIND_DISK, Exception34.FOR_ALL),
        (DISK, YES, None, None, 0, Shield.PERHAPS_PASSPHRASE, Readable.NONE_THERE, Exception34.FOR_ALL),
        (LAPTOP, NO, True, False, 2, Shield.NOTHING_SURE, Readable.READABLE, Exception34.NO),
        (LAPTOP, UNKNOWN, True, True, 0, Shield.NOTHING_SURE, Readable.NONE_THERE, Exception34.NO),
        (DISK, UNKNOWN, True, False, 2, Shield.DISK_AND_PASSPHRASE, Readable.BEHIND_DISK, Exception34.FOR_ALL),
        (DISK, UNKNOWN, None, False, 2, Shield.PASSPHRASE, Readable.READABLE, Exception34.SEALED_ONLY),
        (PASSPHRASE, NO, None, False, 2, Shield.SLOT_SECRET, Readable.NOT_LOST, Exception34.IF_NOT_REACHED),
        (BACKUP, UNKNOWN, None, False, 2, Shield.SLOT_SECRET, Readable.NOT_LOST, Exception34.FOR_ALL),
    ],
)
def test_what_protects_what_was_lost(loss, off, encrypted, elsewhere, files, sealed, readable, exception):
    """What is not known counts as the worse case."""
    found = exposure_of(Situation(loss, off, encrypted, elsewhere, files))
    assert (found.sealed, found.files, found.exception) == (sealed, readable, exception)


def test_the_72_hours_are_hours():
    """Across Sundays and the change of the clocks (29 March 2026, in Paris)."""
    noticed = datetime(2026, 3, 28, 10, 30, tzinfo=PARIS)
    assert deadline(noticed).isoformat() == "2026-03-31T11:30:00+02:00"
    assert deadline(noticed).astimezone(UTC) - noticed.astimezone(UTC) == (
        datetime(2026, 1, 4, tzinfo=UTC) - datetime(2026, 1, 1, tzinfo=UTC)
    )
