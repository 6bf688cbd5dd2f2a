"""Bringing a home to this version: the one step that works without an open archive."""

from importlib.metadata import version

from infra.process import harden, presence
from infra.settings import Settings
from infra.wiring import slots_of
from storage.copies.upgrading import Upgraded, upgrade_home
from storage.home_format import FILE
from vocabulary.errors import BusyError, UsageError
from vocabulary.messages import N_


def upgrade(settings: Settings, passphrase: str) -> Upgraded:
    """Copy, migrate, verify, and go back on failure (storage/copies/upgrading.py).

    UsageError if this is no home, BusyError while another command has it open.
    """
    home = settings.home
    if not (home / FILE).is_file():
        message = N_("{path} is not a home of huisclos (no home.toml). `huisclos init` makes one.")
        raise UsageError(message, place=str(home), path=home)
    harden(home)
    with presence(home) as present:
        if not present.alone:
            message = N_("Another command has this home open. End it (huisclos up, huisclos run), then try again.")
            raise BusyError(message, place=str(home))
        return upgrade_home(home, slots_of(settings), passphrase, version("huisclos"))
