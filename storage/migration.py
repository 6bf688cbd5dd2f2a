"""Bringing the catalog's tables up to date, with Alembic and no alembic.ini.

Imported only when there is something to do: Alembic is slow to load. Each revision in migrations/versions is
numbered (``0001``) and never edited once released.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.engine import Connection

from vocabulary.errors import StateError
from vocabulary.messages import N_

SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the missing revisions inside the transaction of ``connection``.

    StateError when the catalog's own revision is not one of ours.
    """
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError:
        message = N_("The schema of the catalog is not one this version knows. Restore the catalog from a backup, or "
                     "install the version that wrote it.")  # fmt: skip
        raise StateError(message, place="catalog.sqlite") from None
