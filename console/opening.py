"""Opening the home for a command: settings, passphrase, services, and a sealed fault if one happens.

The passphrase comes from --passphrase-file, from HUISCLOS_PASSPHRASE or from a prompt; it is never an argument.
"""

import contextlib
import getpass
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from console.messages import _, label
from infra.passphrase import read_passphrase
from infra.settings import Settings, load_settings
from vocabulary.choices import Exit
from vocabulary.errors import HuisclosError, KeysError
from vocabulary.ids import SessionName
from vocabulary.messages import N_

if TYPE_CHECKING:
    from infra.wiring import Progress, Services


class FaultError(HuisclosError):
    """A fault of the software; what is known of it is sealed under ``place``, never shown."""

    exit = Exit.FAULT


def settings_of(context: typer.Context) -> Settings:
    """The settings of the home named by --home or HUISCLOS_HOME."""
    return load_settings(home_option(context))


def home_option(context: typer.Context) -> Path | None:
    """What --home said, if it was given."""
    home = context.find_root().params.get("home")
    return home if isinstance(home, Path) else None


def passphrase_of(file: Path | None) -> str:
    """The passphrase, asked for at the terminal when it comes from nowhere else."""
    return read_passphrase(file, _ask if sys.stdin.isatty() else None)


def new_passphrase(file: Path | None) -> str:
    """A passphrase for a new home, typed twice at the terminal."""
    return read_passphrase(file, _ask_twice if sys.stdin.isatty() else None)


def fresh_passphrase(file: Path | None) -> str:
    """A passphrase that is to be, from a file or typed twice; never from the variable, which holds the present one."""
    if file is None and not sys.stdin.isatty():
        message = N_("A new passphrase is needed: type it at a terminal, or give --new-passphrase-file FILE.")
        raise KeysError(message, place="--new-passphrase-file")
    return read_passphrase(file) if file is not None else _ask_twice()


def given_passphrase(file: Path | None) -> str | None:
    """The passphrase if a file or the variable gives one; nobody is asked."""
    try:
        return read_passphrase(file)
    except KeysError:
        if file is not None:
            raise
        return None


@contextlib.contextmanager
def open_home(
    context: typer.Context, passphrase_file: Path | None, progress: "Progress | None" = None
) -> Iterator["Services"]:
    """Open the archive of the home for the time of a command."""
    settings = settings_of(context)
    passphrase = passphrase_of(passphrase_file)
    from infra.logging import configure
    from infra.wiring import open_services

    configure()
    with open_services(settings, passphrase, progress=progress) as services:
        try:
            with sealing(services, _named(context)):
                yield services
        finally:  # what a refused command decided before it was refused is told too
            _tell_inventory(services)


def reader(services: "Services") -> str:
    """Who reads where nobody is named: whose passphrase it is; with the machine's, the login name on it."""
    opener = services.archive.keystore.opener
    return getpass.getuser() if opener.role is None else services.archive.person_name(opener.id)


def _tell_inventory(services: "Services") -> None:
    """Keep the inventory up with what the command did; a fault of that is sealed, and never the command's."""
    from flows.steps.custody.inventory import keep_inventory_if_due

    try:
        keep_inventory_if_due(services)
    except Exception:
        text = traceback.format_exc()
        with contextlib.suppress(HuisclosError):  # an auditor's passphrase seals nothing
            services.archive.seal_fault(text, None)


@contextlib.contextmanager
def sealing(services: "Services", named: str = "") -> Iterator[None]:
    """Seal the traceback of whatever is no error for people, and raise FaultError with its id instead.

    ``named`` is the session the command names: what a traceback quotes of it is destroyed with it.
    """
    text = None
    try:
        yield
    except (HuisclosError, typer.Exit, typer.Abort):
        raise
    except OSError as error:
        if is_full(error) or is_refused(error):
            raise
        text = traceback.format_exc()
    except Exception:
        text = traceback.format_exc()
    if text is not None:  # outside the except block: nothing of the cause goes along
        fault = services.archive.seal_fault(text, _session_id(services, named))
        raise FaultError(
            N_(
                "A fault of the software stopped this command. Nothing is lost; its details are sealed: fault {fault}. "
                "Give this number to whoever looks after the software."
            ),
            place=fault,
            fault=fault,
        )


def _named(context: typer.Context) -> str:
    """The session a command names, as CODE/N; another text if it names none."""
    session, workshop = (context.params.get(name) for name in ("session", "workshop"))
    return f"{workshop}/{session}" if workshop else str(session)


def _session_id(services: "Services", named: str) -> str | None:
    with contextlib.suppress(HuisclosError):
        row = services.archive.catalog.find_session(SessionName.parse(named))
        return None if row is None else row.id
    return None


def is_full(error: OSError) -> bool:
    """Whether the disk, or the person's share of it, is full."""
    import errno

    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def is_refused(error: OSError) -> bool:
    """Whether the system forbids what was asked of it: a disk mounted for reading only, or missing rights."""
    import errno

    return error.errno in (errno.EROFS, errno.EACCES, errno.EPERM)


def _ask() -> str:
    return getpass.getpass(label(_("Passphrase"), ""))


def _ask_twice() -> str:
    first = getpass.getpass(label(_("New passphrase (four or five unrelated words)"), ""))
    if getpass.getpass(label(_("The same passphrase again"), "")) != first:
        raise KeysError(N_("The two passphrases differ. Nothing was made; begin again."))
    return first
