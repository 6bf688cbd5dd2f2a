"""What can be wrong with an entry, as errors that name it."""

from storage.log.entry import LoggedEntry, parse_line
from vocabulary.errors import LogTamperedError, LogTruncatedError
from vocabulary.messages import N_


def read_entry(line: bytes, seq: int) -> LoggedEntry:
    """Parse entry ``seq``; LogTamperedError names it if it is none, or another."""
    try:
        entry = parse_line(line)
    except ValueError:
        raise tampered(seq) from None
    if entry.seq != seq:
        raise tampered(seq)
    return entry


def tampered(seq: int) -> LogTamperedError:
    message = N_("Entry {seq} of the processing log is not what was written. Repair nothing yet: keep everything as "
                 "it is, and tell the auditor and a data steward. Only then restore the log from a backup and compare "
                 "it with a checkpoint kept elsewhere.")  # fmt: skip
    return LogTamperedError(message, place=f"entry {seq}", seq=seq)


def truncated(seq: int, size: int) -> LogTruncatedError:
    message = N_("The processing log ends before entry {seq}; its checkpoint covers {size} entries. Repair nothing "
                 "yet: keep everything as it is, and tell the auditor and a data steward. Only then restore the log "
                 "from a backup.")  # fmt: skip
    return LogTruncatedError(message, place=f"entry {seq}", seq=seq, size=size)


def lost(file: str, first: int, last: int, *, cut: bool) -> LogTamperedError | LogTruncatedError:
    """A segment is gone whose life was not over; ``cut`` if nothing came after its entries."""
    message = N_("{file} of the processing log is missing, with entries {first} to {last} or some of them, and its "
                 "life was not over. Repair nothing yet: keep everything as it is, and tell the auditor and a data "
                 "steward. Only then restore it from a backup.")  # fmt: skip
    error = LogTruncatedError if cut else LogTamperedError
    return error(message, place=file, file=file, first=first, last=last)


def uncovered(seq: int) -> LogTamperedError:
    message = N_("Entry {seq} of the processing log is covered by no checkpoint, and nothing was about to write it. "
                 "Repair nothing yet: keep everything as it is, and tell the auditor and a data steward. Only then "
                 "restore the log from a backup and compare it with a checkpoint kept elsewhere.")  # fmt: skip
    return LogTamperedError(message, place=f"entry {seq}", seq=seq)
