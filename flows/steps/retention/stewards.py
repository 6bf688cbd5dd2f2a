"""Who acts as a data steward: a person with a passphrase of their own and that role.

Under the machine's passphrase that is a person registered as one, or anybody while no steward is registered: who signs
declares to be one.
"""

import contextlib

from infra.wiring import Services
from vocabulary.choices import Role
from vocabulary.errors import PersonError, UnknownError


def steward(services: Services, person: str, message: str) -> str:
    """The id of a data steward; PersonError with ``message``, and how many stewards there are, for anybody else."""
    opener = services.archive.keystore.opener
    stewards = {row.person for row in services.archive.catalog.openers() if row.role == Role.STEWARD}
    if opener.role is None and not stewards:
        return services.person(person)
    known = None
    with contextlib.suppress(UnknownError):
        known = services.archive.person(person, register=False)
    if known is None or known not in stewards or opener.role not in (None, Role.STEWARD):
        raise PersonError(message, place="--as", count=len(stewards))
    return services.person(person)
