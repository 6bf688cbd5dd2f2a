"""The options and arguments that several commands share, each with its help."""

import errno
import os
import re
from datetime import date
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from vocabulary.choices import Audience, Worded
from vocabulary.errors import UsageError
from vocabulary.ids import SessionName
from vocabulary.messages import N_

Home = Annotated[
    Path | None,
    typer.Option("--home", metavar=N_("FOLDER"), help=N_("The home. Otherwise the variable HUISCLOS_HOME names it.")),
]
AsJson = Annotated[bool, typer.Option("--json", help=N_("Answer with one JSON object."))]
Reader = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar=N_("NAME"),
        help=N_("Who reads; otherwise whose passphrase it is or, with the machine's, the login name."),
    ),
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar=N_("FILE"),
        help=N_("Read the passphrase from a file that only you can read, rather than at the prompt."),
    ),
]
Name = Annotated[str, typer.Option("--as", metavar=N_("NAME"), help=N_("Who does this: always the same name."))]
OnDay = Annotated[str, typer.Option("--on", metavar=N_("DATE"), help=N_("The day it happened, as 2026-03-14."))]
Where = Annotated[
    str,
    typer.Argument(metavar=N_("WHERE"), help=N_("A workshop (CODE), a session (CODE/N) or a record (r-...).")),
]
Session = Annotated[str, typer.Argument(metavar=N_("SESSION"), help=N_("The session, as CODE/N: marseille-13/3."))]
PlaceLabel = Annotated[
    str | None,
    typer.Option(
        "--place",
        metavar=N_("LABEL"),
        help=N_("What the register calls this copy, without a name of anybody: blue stick, cupboard 2."),
    ),
]
ForAudience = Annotated[
    str,
    typer.Option("--audience", metavar=N_("AUDIENCE"), help=N_("For whom: group, research, public or deposit.")),
]


def audience_of(text: str) -> Audience:
    """Read an audience; UsageError lists those there are."""
    try:
        return Audience(text.strip().lower())
    except ValueError:
        raise UsageError(
            N_("{audience} is no audience. Choose from: {choices}."),
            place="--audience",
            audience=text,
            choices=", ".join(map(str, Audience)),
        ) from None


_MOMENT = re.compile(r"([0-9]{1,2}):([0-5][0-9]):([0-5][0-9])")


def moment_of(text: str, option: str) -> int:
    """Read a time of a session, as a review shows it: 00:12:05, in whole seconds."""
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        raise UsageError(N_("{text} is no time: write it as 00:12:05."), place=option, text=text[:20])
    hours, minutes, seconds = map(int, match.groups())
    return 3600 * hours + 60 * minutes + seconds


def number_of(text: str) -> int:
    """Read a session number; the range is SessionName's to check."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise UsageError(N_("{text} is no session number. Write a number from 1 to 999."), place="--session", text=text)
    return int(text)


def session_of(text: str) -> SessionName:
    """Read CODE/N."""
    return SessionName.parse(text)


def day_of(text: str, option: str) -> date:
    """Read a day, written 2026-03-14."""
    try:
        if len(text) == len("2026-03-14"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise UsageError(N_("{text} is no date. Write year, month and day: 2026-03-14."), place=option, text=text)


def readable(file: Path) -> Path:
    """Return ``file`` if it can be opened for reading; UsageError otherwise.

    It does not wait for whoever may write to a pipe.
    """
    try:
        os.close(os.open(file, os.O_RDONLY | os.O_NONBLOCK))
        if not file.is_dir():
            return file
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    except OSError as error:
        raise UsageError(
            N_("{file} cannot be read ({problem}). Check the name and the rights."),
            place=file.name,
            file=file,
            problem=error.strerror,
        ) from None


def text_of(file: Path) -> str:
    """The text of a file a person named; what is no UTF-8 in it is replaced. UsageError if it cannot be read."""
    return readable(file).read_text(encoding="utf-8", errors="replace")


Choice = TypeVar("Choice", bound=Worded)


def choice_of(choices: type[Choice], text: str, option: str) -> Choice:
    """Read one of a closed list; UsageError names the option and lists them."""
    try:
        return choices(text.strip().lower())
    except ValueError:
        message = N_("{text} is not known; choose from {choices}.")
        raise UsageError(message, place=option, text=text, choices=", ".join(map(str, choices))) from None


def new_letter(file: Path) -> str:
    """The format of a letter by the ending of its file; UsageError for another ending, or a file that is there."""
    from returns.letter import check_format

    ending = file.suffix.removeprefix(".").lower()
    check_format(ending)
    if file.exists():
        raise UsageError(N_("{file} is there already. Name a new file."), place=file.name, file=file)
    return ending


def write_new(file: Path, data: bytes) -> None:
    """Write a new file for its owner alone; UsageError if it cannot be written."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        message = N_("{file} cannot be written ({problem}). Name a file that is not there yet.")
        raise UsageError(message, place=file.name, file=file, problem=error.strerror) from None
    with os.fdopen(descriptor, "wb") as target:
        target.write(data)
