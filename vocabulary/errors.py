"""Errors a person can act on.

A message is an English source string with ``{named}`` places, translated where it is shown. It says
what was found, what was expected and what to do next, and never holds personal data: the facts put in
its places are ids, codes, counts, key names and positions.
"""

from vocabulary.choices import Exit, Reason


class HuisclosError(Exception):
    """Base of all errors with an exit code.

    ``message`` is the untranslated source string, ``facts`` what fills its places, ``place`` where
    the fault lies (a file and line, an object, a log entry) for those who read JSON.
    """

    exit = Exit.FAULT

    def __init__(self, message: str, *, place: str | None = None, **facts: object) -> None:
        super().__init__(message.format(**facts) if facts else message)
        self.message = message
        self.facts = facts
        self.place = place

    @property
    def kind(self) -> str:
        """The name of the error, stable across versions."""
        return type(self).__name__


class UsageError(HuisclosError):
    exit = Exit.USAGE


class KeysError(HuisclosError):
    """Base of what a passphrase or a keystore refuses."""

    exit = Exit.KEYS


class WrongPassphraseError(KeysError):
    """The keystore does not open with this passphrase."""


class WeakPassphraseError(KeysError):
    """The passphrase is too easy to guess."""


class DamagedSlotError(HuisclosError):
    """The slot secret is damaged: not the same as a wrong passphrase."""

    exit = Exit.DAMAGED


class KeyGoneError(KeysError):
    """The key was destroyed, and with it what it sealed."""


class RecordingError(HuisclosError):
    """The recording cannot be used; ``reason`` says why in words a facilitator understands."""

    exit = Exit.RECORDING

    def __init__(self, reason: Reason, message: str, *, place: str | None = None, **facts: object) -> None:
        super().__init__(message, place=place, **facts)
        self.reason = reason


class DossierError(HuisclosError):
    """The session dossier does not keep its format."""

    exit = Exit.CONTRACT


class PolicyError(HuisclosError):
    """The policy file does not keep its format, or states something that is not allowed."""

    exit = Exit.CONTRACT


class UnknownError(HuisclosError):
    """No such workshop, session or person."""

    exit = Exit.UNKNOWN


class StateError(HuisclosError):
    """The state of the session or record forbids it."""

    exit = Exit.STATE


class ConflictError(StateError):
    """Somebody else changed it first; reading it again and trying again is safe."""


class PersonError(HuisclosError):
    """This person may not do it."""

    exit = Exit.PERSON


class WithheldError(HuisclosError):
    """The egress guard or a failed detector withholds the text."""

    exit = Exit.WITHHELD


class DetectorError(WithheldError):
    """A detector failed; nothing is drafted from the others alone."""


class ResourceError(HuisclosError):
    """No room left on the disk, or a model is missing."""

    exit = Exit.RESOURCE


class ModelFaultError(ResourceError):
    """A model that somebody brought, or its library, failed or answered what none may. ``problem`` is the place in the
    code."""


class BusyError(HuisclosError):
    """Another process holds it."""

    exit = Exit.BUSY


class DamagedError(HuisclosError):
    """An object, the keystore or a catalog row is not what was written."""

    exit = Exit.DAMAGED


class LogTamperedError(HuisclosError):
    exit = Exit.TAMPERED


class LogTruncatedError(HuisclosError):
    exit = Exit.TRUNCATED


class LogRolledBackError(HuisclosError):
    exit = Exit.ROLLED_BACK


class LogForkedError(HuisclosError):
    exit = Exit.FORKED
