"""Workshops: a code, and the policy in force for it, whose digest the log keeps.

Rules kept here:
- a policy that is still to be completed is followed by a demonstration alone;
- here a policy is replaced only while nothing of the workshop was received.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path

from flows.steps.advice import Advice
from flows.steps.arrival.receive import open_regular
from flows.steps.holding import hold_intake
from flows.steps.outcomes import WorkshopAdded
from flows.steps.sealing import Facts, stamp
from infra.home import check_home
from infra.settings import Settings
from infra.wiring import Services
from policies.policy import Policy
from policies.policy_file import parse_policy, placeholder_lines, policy_digest, warnings
from policies.wording import Listed, Said
from storage.catalog.catalog import Catalog
from storage.commit import Change
from storage.durable import make_folder, sync_folder, write_new
from storage.log.entry import Entry
from storage.rows.walk import WorkshopRow
from vocabulary.errors import PolicyError, StateError, UnknownError
from vocabulary.ids import check_code
from vocabulary.messages import N_


@dataclass(frozen=True)
class Offered:
    """A policy file that was read: its text as it is installed, its digest, and the policy."""

    text: str
    digest: str
    policy: Policy

    def row(self, code: str, created_at: str) -> WorkshopRow:
        """The row of a workshop that follows it."""
        return WorkshopRow(code, created_at, self.digest, self.policy.name, self.policy.version)


def add(services: Services, code: str, policy: Path) -> WorkshopAdded:
    """Add a workshop under a policy file, and open its drop folder.

    The same again changes nothing. Another policy takes the place of the first as long as nothing was received
    for the workshop; later, StateError (policy_change.py does it). PolicyError with file, line and key, or with the
    lines still to be completed.
    """
    check_code(code)
    offer = offered(policy)
    with hold_intake(services, code):
        found = _find(services.archive.catalog, code)
        if found is None or found.policy_digest != offer.digest:
            check_complete(services.settings, offer, policy.name)
            if found is not None:
                _check_is_empty(services, found)
        install(services.home, f"{offer.digest}.yaml", offer.text)
        facts: Facts = {"workshop": code, "policy": offer.digest}
        if found is None:
            row = offer.row(code, stamp(services.now()))
            services.commit(Change(add=(row,)), Entry("workshop-added", facts=facts))
        elif found.policy_digest != offer.digest:
            replaced = ((found, offer.row(code, found.created_at)),)
            services.commit(Change(replace=replaced), Entry("policy-changed", facts=facts))
    (services.home / "drop" / code).mkdir(mode=0o700, exist_ok=True)
    advice = tuple(Advice(warning.message, dict(warning.facts)) for warning in warnings(offer.policy))
    return WorkshopAdded(code, offer.policy.name, advice)


def offered(policy: Path) -> Offered:
    """Read a policy file that somebody wants to follow; PolicyError with file, line and key."""
    with open_regular(policy) as source:
        data = source.read(1 << 20)
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        message = N_("{file} is not UTF-8 text. Save it again as UTF-8.")
        raise PolicyError(message, place=policy.name, file=policy.name) from None
    return Offered(text, policy_digest(text), parse_policy(text, policy.name))


def check_complete(settings: Settings, offer: Offered, name: str) -> None:
    """Raise PolicyError, which names the lines, when a policy is still to be completed; a demonstration may try it."""
    if not offer.policy.placeholders or settings.demonstration:
        return
    waiting = placeholder_lines(offer.text, name)
    message = N_("{file}: {count} entries are still to be written, and such a policy is followed in a demonstration "
                 "only. Fill in: {lines}.")  # fmt: skip
    raise PolicyError(
        message, place=f"{name}:{waiting[0][0]}", file=name, count=len(waiting),
        lines=Listed(Said(N_("{key} (line {line})"), {"key": key, "line": line}) for line, key in waiting),
    )  # fmt: skip


def listed(settings: Settings) -> list[WorkshopRow]:
    """All workshops, by code; needs no passphrase."""
    check_home(settings.home)
    return Catalog(settings.home / "archive" / "catalog.sqlite").workshops()


def install(home: Path, name: str, text: str) -> None:
    """Put a policy file in its place, whole or not at all."""
    folder = home / "archive" / "policies"
    make_folder(folder)
    partial = home / "tmp" / f"{secrets.token_hex(16)}.yaml"
    write_new(partial, text.encode())
    partial.replace(folder / name)
    sync_folder(folder)


def _check_is_empty(services: Services, found: WorkshopRow) -> None:
    if services.archive.catalog.sessions(workshop=found.code):
        message = N_("Workshop {code} already works under policy {policy}, version {version}: nothing was changed. "
                     "To let it follow another one: huisclos policy apply {code} FILE --as NAME")  # fmt: skip
        raise StateError(message, code=found.code, policy=found.policy_name, version=found.policy_version)


def _find(catalog: Catalog, code: str) -> WorkshopRow | None:
    try:
        return catalog.workshop(code)
    except UnknownError:
        return None
