"""What a withdrawal in the name of a request has to be: one of the person whom that request is about, of nobody else.

Rules kept here:
- the request was granted, and is of a kind that a withdrawal carries out (policies/requests.py);
- the names are those it was searched under, every one: what was found under a name that is left out would stay;
- a code may stand for them, where two people bear the name. The vault says whom it stands for, and that person bears
  one of those names; where the vault is gone nothing says so, and no code is taken.
"""

from anonymize.forms import PEOPLE
from anonymize.french.folding import squash
from anonymize.wanted import points_to, sought_in
from flows.steps.drafting.vaults import SealedVaults
from flows.steps.rights.requests import opened, progress_of
from flows.steps.rights.traced import Wanted
from infra.wiring import Services
from policies.requests import check_can_carry_out
from vocabulary.errors import UsageError
from vocabulary.messages import N_
from vocabulary.request import Sealed


def check_carries_out(services: Services, workshop: str, wanted: Wanted, request: str | None) -> None:
    """Raise unless a withdrawal of whom is ``wanted`` may be what carries a request out, where one is named.

    UnknownError for a request there is not, StateError for one that is not granted, UsageError for anybody else.
    """
    if request is None:
        return
    row = services.archive.catalog.request(request)
    sealed = opened(services, row)
    check_can_carry_out(progress_of(row), speaks=sealed.speaks, spoken_of=not wanted.speaks)
    named = {squash(one.reveal()) for one in wanted.names}
    if named != {squash(one.reveal()) for one in sealed.forms} and (named or wanted.code is None):
        raise UsageError(
            N_("These are not the names that request {id} was searched under: nothing is withdrawn in its name. Give "
               "every one of them, or their code."),
            place="--request", id=row.id,
        )  # fmt: skip
    if wanted.code is not None and not _stands_for(services, workshop, wanted, sealed):
        raise UsageError(
            N_("This code stands for nobody who bears a name that request {id} was searched under: nothing is "
               "withdrawn in its name. If it is theirs, add what they are called: huisclos request search {id} --as "
               "NAME"),
            place="--code", id=row.id,
        )  # fmt: skip


def _stands_for(services: Services, workshop: str, wanted: Wanted, sealed: Sealed) -> bool:
    """Whether everybody whom the code stands for in the vault of a workshop bears a name of the request."""
    vault = SealedVaults(services).load(workshop)
    meant = sought_in(vault, (), wanted.code, speaks=wanted.speaks).referents
    named = {
        one.id
        for one in vault.referents
        if one.kind in PEOPLE and any(points_to(form, one.forms) for form in sealed.forms)
    }
    return bool(meant) and meant <= named
