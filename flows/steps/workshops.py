"""Workshops: a code, and the policy in force for it, whose digest the log keeps."""

from dataclasses import replace
from pathlib import Path

from flows.steps.dossiers import waits_for
from flows.steps.outcomes import Advice, WorkshopAdded
from flows.steps.receive import open_regular
from flows.steps.sealing import stamp
from infra.settings import Settings
from infra.wiring import Services
from policies.policy_file import parse_policy, policy_digest, warnings
from storage.catalog import Catalog
from storage.commit import Change
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
    archive = services.archive
    folder = services.home / "archive" / "policies"
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / f"{digest}.yaml").write_text(text, encoding="utf-8")
    row = WorkshopRow(code, stamp(services.now()), digest, read.name, read.version)
    found = _find(archive.catalog, code)
    if found is None:
        services.commit(Change(add=(row,)), Entry("workshop-added", facts={"workshop": code, "policy": digest}))
    elif found.policy_digest != digest and _untouched(archive.catalog, code):
        entry = Entry("policy-changed", facts={"workshop": code, "policy": digest})
        services.commit(Change(replace=((found, replace(row, created_at=found.created_at)),)), entry)
        _look_again(services, code)
    elif found.policy_digest != digest:
        raise StateError(
            N_("Workshop {code} already works under policy {policy}, version {version}: nothing was changed."),
            code=code,
            policy=found.policy_name,
            version=found.policy_version,
        )
    (services.home / "drop" / code).mkdir(mode=0o700, exist_ok=True)
    advice = tuple(Advice(warning.message, dict(warning.facts)) for warning in warnings(read))
    return WorkshopAdded(code, read.name, advice)


def listed(settings: Settings) -> list[WorkshopRow]:
    """All workshops, by code; needs no passphrase."""
    return Catalog(settings.home / "archive" / "catalog.sqlite").workshops()


def _untouched(catalog: Catalog, code: str) -> bool:
    early = (SessionState.RECEIVED, SessionState.QUARANTINED)
    return all(session.state in early for session in catalog.sessions(workshop=code))


def _look_again(services: Services, code: str) -> None:
    """What sessions wait for depends on the policy: say it anew."""
    for session in services.archive.catalog.sessions(workshop=code):
        waits = waits_for(services, session) if session.state == SessionState.RECEIVED else session.waits
        if waits != session.waits:
            changed = replace(session, waits=waits, changed_at=stamp(services.now()))
            services.commit(Change(replace=((session, changed),)), Entry("waiting", session=session.id))


def _find(catalog: Catalog, code: str) -> WorkshopRow | None:
    try:
        return catalog.workshop(code)
    except UnknownError:
        return None
