"""Where the passphrase comes from, and how strong it must be.

It is read from a file only its owner can read, from HUISCLOS_PASSPHRASE (a person's own shell, tests and
demos) or from a prompt; it is never an argument, and never kept on disk.
"""

import os
import stat
from collections.abc import Callable
from pathlib import Path

from vocabulary.errors import KeysError, WeakPassphraseError
from vocabulary.messages import N_

VARIABLE = "HUISCLOS_PASSPHRASE"
MIN_LENGTH = 12
MIN_SCORE = 3
"""zxcvbn's score from 0 to 4; 3 withstands about 1e8 guesses before Argon2id slows each of them."""


def read_passphrase(file: Path | None = None, prompt: Callable[[], str] | None = None) -> str:
    """Return the passphrase from ``file``, else the variable, else ``prompt``; KeysError if there is none."""
    if file is not None:
        return _from_file(file)
    if os.environ.get(VARIABLE):
        return os.environ[VARIABLE]
    if prompt is not None:
        return prompt()
    raise KeysError(
        N_("A passphrase is needed: type it at the prompt, give --passphrase-file FILE, or set {variable}."),
        variable=VARIABLE,
    )


def check_strength(passphrase: str) -> None:
    """Raise WeakPassphraseError for one that is short or easy to guess (zxcvbn, Wheeler 2016)."""
    if len(passphrase) < MIN_LENGTH:
        raise WeakPassphraseError(
            N_("This passphrase has {length} characters: use at least {least}. Several unrelated words do well."),
            length=len(passphrase),
            least=MIN_LENGTH,
        )
    from zxcvbn import zxcvbn  # its word lists cost 0.2 s: only where a home is made

    if zxcvbn(passphrase[:72])["score"] < MIN_SCORE:
        raise WeakPassphraseError(
            N_("This passphrase is too easy to guess. Use four or five unrelated words, not a sentence that is known.")
        )


def _from_file(file: Path) -> str:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        message = N_("The passphrase file cannot be read ({problem}).")
        raise KeysError(message, problem=error.strerror) from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise KeysError(N_("The passphrase file is no regular file. Give a file that holds the passphrase alone."))
    with os.fdopen(descriptor, "rb") as handle:
        if stat.S_IMODE(status.st_mode) & 0o077:
            raise KeysError(
                N_("The passphrase file can be read by others (mode {mode:o}). Make it yours alone: chmod 600 FILE."),
                mode=stat.S_IMODE(status.st_mode),
            )
        text = handle.read(4096).decode("utf-8", "replace")
    passphrase = text.rstrip("\r\n")
    if not passphrase:
        raise KeysError(N_("The passphrase file is empty."))
    return passphrase
