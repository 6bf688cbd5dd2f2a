"""Workshops: a code, and the policy in force for it, whose digest the log keeps."""

import contextlib
import secrets
from dataclasses import replace
from pathlib import Path

from flows.steps.dossiers import waits_for
from flows.steps.holding import hold, hold_intake
from flows.steps.outcomes import Advice, WorkshopAdded
from flows.steps.receive import open_regular
from flows.steps.sealing import Replacement, stamp
from infra.home import check_home
from infra.settings import Settings
from infra.wiring import Services
from policies.policy import Policy
from policies.policy_file import parse_policy, policy_digest, warnings
from storage.catalog import Catalog
from storage.commit import Change
from storage.durable import make_folder, sync_folder, write_new
from storage.log.entry import Entry
from storage.rows import WorkshopRow
from vocabulary.choices import SessionState
from vocabulary.errors import PolicyError, StateError, UnknownError
from vocabulary.ids import check_code
from vocabulary.messages import N_


def add(services: Services, code: str, policy: Path) -> WorkshopAdded:
    """Add a workshop under a policy file, and open its drop folder.

    The same again changes nothing. Another policy takes the place of the first as long as no session of
    the workshop has been transcribed; later, StateError. PolicyError with file, line and key.
    """
    check_code(code)
    with open_regular(policy) as source:
        data = source.read(1 << 20)
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        message = N_("{file} is not UTF-8 text. Save it again as UTF-8.")
        raise PolicyError(message, place=policy.name, file=policy.name) from None
    read = parse_policy(text, policy.name)
    digest = policy_digest(text)
    install(services.home, f"{digest}.yaml", text)
    row = WorkshopRow(code, stamp(services.now()), digest, read.name, read.version)
    with hold_intake(services, code):
        found = _find(services.archive.catalog, code)
        if found is None:
            services.commit(Change(add=(row,)), Entry("workshop-added", facts={"workshop": code, "policy": digest}))
        elif found.policy_digest != digest:
            _change_policy(services, found, replace(row, created_at=found.created_at), read)
    (services.home / "drop" / code).mkdir(mode=0o700, exist_ok=True)
    advice = tuple(Advice(warning.message, dict(warning.facts)) for warning in warnings(read))
    return WorkshopAdded(code, read.name, advice)


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


def _change_policy(services: Services, found: WorkshopRow, row: WorkshopRow, policy: Policy) -> None:
    """Let another policy take the place of ``found``, and say anew what each session waits for, in one commit.

    Every session is held meanwhile, so that none is transcribed under a policy that is being replaced.
    """
    with contextlib.ExitStack() as held:
        sessions = [
            held.enter_context(hold(services, session))
            for session in services.archive.catalog.sessions(workshop=found.code)
        ]
        if any(SessionState.RECEIVED not in (session.state, session.previous) for session in sessions):
            raise StateError(
                N_("Workshop {code} already works under policy {policy}, version {version}: nothing was changed."),
                code=found.code,
                policy=found.policy_name,
                version=found.policy_version,
            )
        replaced: list[Replacement] = [(found, row)]
        for session in sessions:
            waits = waits_for(services, session, policy) if session.state == SessionState.RECEIVED else session.waits
            if waits != session.waits:
                replaced.append((session, replace(session, waits=waits, changed_at=stamp(services.now()))))
        entry = Entry("policy-changed", facts={"workshop": found.code, "policy": row.policy_digest})
        services.commit(Change(replace=tuple(replaced)), entry)


def _find(catalog: Catalog, code: str) -> WorkshopRow | None:
    try:
        return catalog.workshop(code)
    except UnknownError:
        return None
