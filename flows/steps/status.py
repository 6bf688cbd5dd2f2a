"""Where everything stands: read from the catalog, the log and the folders, without a passphrase."""

import contextlib
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from flows.steps.arrival.drop_folder import Dropped, dropped, passed_over, refused_dossiers
from flows.steps.arrival.outcomes import Refused
from flows.steps.custody.inventory import PLACE
from flows.steps.hearing.pace import transcription
from flows.steps.holding import handed_over
from flows.steps.outcomes import BackupStanding, InTransit, SessionStatus, Status
from flows.steps.record.checkpoints import away, decisions_backward
from flows.steps.retention.attention import attention
from flows.steps.rights.requests_due import day_at, due
from infra.home import check_home
from infra.places import standing
from infra.process import is_locked
from infra.recovery_copies import recovery_state
from infra.settings import Settings
from infra.wiring import read_policy
from policies.schedule import day_of
from storage.catalog.catalog import Catalog
from storage.log.log import Log
from storage.rows.walk import SessionRow
from storage.unnamed import count_set_aside
from vocabulary.choices import Audience, Caution, ExportKind, Reason, RecordClass, SessionState
from vocabulary.errors import PolicyError, UnknownError

_BEFORE_CLEARANCE = (SessionState.TRANSCRIBED, SessionState.DRAFTED, SessionState.IN_REVIEW)
_KEYS_RENEWED = b'"kind":"keys-renewed",'


def status(settings: Settings) -> Status:
    """What lies where, what waits for whom, and what lies readable on the disk."""
    home = settings.home
    check_home(home)
    catalog = Catalog(home / "archive" / "catalog.sqlite")
    log, now = Log(home / "archive" / "log"), datetime.now(UTC)
    waiting, unnumbered = dropped(home)
    head = log.head()
    left = {row.code for row in catalog.workshops() if row.left_at is not None}
    return Status(
        home=home,
        running=is_locked(home, "run"),
        workshops=tuple(row.code for row in catalog.workshops() if row.left_at is None),
        in_transit=tuple(_in_transit(catalog)),
        sessions=tuple(_session(home, catalog, row, now) for row in catalog.sessions() if row.workshop not in left),
        drop_files=tuple(str(item.path.relative_to(home / "drop")) for item in waiting),
        unnumbered=tuple(str(path.relative_to(home / "drop")) for path in unnumbered),
        passed_over=tuple(str(path.relative_to(home / "drop")) for path in passed_over(home)),
        refused=tuple(
            Refused(str(path.relative_to(home / "drop")), error)
            for path, error in (*_of_no_workshop(catalog, waiting), *refused_dossiers(home))
        ),
        claimed=sum(1 for path in (home / "claimed").iterdir() if path.is_file()),
        outbox_files=sum(1 for path in (home / "outbox").rglob("*") if path.is_file()),
        last_checkpoint=head.at,
        log_entries=head.size,
        checkpoints=away(settings, now),
        people=len(catalog.people()),
        authenticated=len(catalog.openers()),
        inventory=standing(home, PLACE, settings.copies.inventory),
        recovery=recovery_state(settings),
        backup=_backup(home, catalog, log, now),
        attention=attention(settings, now),
        requests=due(catalog, day_at(settings, catalog, now)),
    )


def _in_transit(catalog: Catalog) -> Iterator[InTransit]:
    for row in catalog.workshops():
        out = None if row.left_at is not None else handed_over(catalog, row.code)
        if out is not None:
            yield InTransit(row.code, out.id, out.made_at)


def _backup(home: Path, catalog: Catalog, log: Log, now: datetime) -> BackupStanding:
    """The backups that have not ended, against the shortest time that a policy in force lets one stand."""
    policies = []
    for row in catalog.workshops():
        with contextlib.suppress(PolicyError):  # missing or changed: `archive verify` tells it
            policies.append(read_policy(home, row.policy_digest))
    made = [row for row in catalog.exports() if row.export_kind == ExportKind.BACKUP]
    days = [datetime.fromisoformat(row.made_at) for row in made]
    ends = [
        min((policy.copies.backup.counted_from(day_of(policy, day)) for policy in policies), default=None)
        for day in days
    ]
    overdue = sum(1 for end in ends if end is not None and end <= now.date())
    if not made:
        return BackupStanding(None, None, overdue, count_set_aside(home), keys_renewed=False)
    renewed = _keys_renewed(log, made[-1].log_size)
    return BackupStanding(made[-1].made_at, ends[-1], overdue, count_set_aside(home), keys_renewed=renewed)


def _keys_renewed(log: Log, since: int) -> bool:
    """Whether data keys were renewed by an entry numbered ``since`` or later; read from the end of the log."""
    lines = itertools.takewhile(lambda found: found[0] >= since, decisions_backward(log))
    return any(_KEYS_RENEWED in line for _, line in lines)


def _of_no_workshop(catalog: Catalog, waiting: list[Dropped]) -> list[tuple[Path, UnknownError]]:
    """What waits in a folder that is named as no workshop is."""
    found = []
    for item in waiting:
        try:
            catalog.workshop(item.session.workshop)
        except UnknownError as error:
            found.append((item.path, error))
    return found


def _cautions(catalog: Catalog, row: SessionRow) -> tuple[Caution, ...]:
    """What whoever reviews a session should know of its transcript, as the catalog has it."""
    if row.state not in _BEFORE_CLEARANCE:
        return ()
    verbatim = catalog.latest(row.id, RecordClass.VERBATIM)
    return tuple(map(Caution, verbatim.format.split(","))) if verbatim and verbatim.format else ()


def _session(home: Path, catalog: Catalog, row: SessionRow, now: datetime) -> SessionStatus:
    given: dict[str, int] = {}
    for audience in Audience:
        people = {one.person for one in catalog.clearances(row.id, audience) if not one.void}
        if people:
            given[str(audience)] = len(people)
    return SessionStatus(
        session=row.name,
        state=SessionState(row.state),
        waits=Reason(row.waits) if row.waits else None,
        reason=Reason(row.reason) if row.reason else None,
        fault=row.fault,
        parts=row.parts or 0,
        expected=row.parts_expected,
        reviewed=row.reviewed_at is not None,
        clearances=given,
        released=row.released_at is not None,
        changed_at=row.changed_at,
        transcription=transcription(catalog, row, now, at_work=is_locked(home, "run") and is_locked(home, row.id)),
        cautions=_cautions(catalog, row),
    )
