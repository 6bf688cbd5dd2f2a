"""What an authority asks first, gathered without content or key: from the log, and the policies installed.

Rules kept here:
- everything is counted from the signed log as far as its checkpoint covers it, so that who holds the export of the log
  can count it again; policies are those whose digest the log names;
- people are opaque ids with their role: their names are sealed, and stay so;
- the folder is made beside its name and renamed: it is wholly there, with the digest of every file, or not at all.
"""

import hashlib
import platform
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import distributions, version
from pathlib import Path

from flows.steps.custody.holdings import Told, holdings, openers, registered_people
from flows.steps.custody.inventory_file import Holding, Opener
from flows.steps.rights.inspected_orders import Orders, orders_of
from infra.home import check_home
from infra.settings import Settings
from infra.wiring import read_policy
from policies.policy import Policy
from storage.archive import ARCHIVE, LOG, POLICIES
from storage.commit import utc
from storage.durable import sync_folder, write_new
from storage.log.entry import LoggedEntry, Value
from storage.log.export import export
from storage.log.log import Log
from storage.replay import replay_log
from storage.rows.custody import ExportRow
from storage.rows.rights import RequestRow
from storage.rows.walk import ClearanceRow, RecordRow, SessionRow, WorkshopRow
from vocabulary.choices import RecordLife
from vocabulary.errors import HuisclosError, UsageError
from vocabulary.messages import N_

SUMS, VALUE = "SHA256SUMS", "inspection.json"
LOG_FOLDER, POLICY_FOLDER = "journal", "politiques"
INCIDENTS = (
    "quarantined", "fault", "withheld-by-guard", "recovery-used", "restored", "keys-renewed", "opener-removed",
    "discarded", "collected",
)  # fmt: skip
"""Kinds of entries that an inspection asks about: they may be incidents, or what was done after one."""
_PACKAGES = ("anonymize", "console", "flows", "infra", "policies", "returns", "speech", "storage", "vocabulary")


@dataclass(frozen=True)
class PolicyChange:
    """A policy that came into force for a workshop: when (UTC), by which entry, which file."""

    at: str
    entry: str
    workshop: str
    digest: str
    name: str
    version: int


@dataclass(frozen=True)
class Destruction:
    """Records of one class that ended together: where, how many, when (UTC)."""

    at: str
    workshop: str
    session: str | None
    record_class: str
    records: int


@dataclass(frozen=True)
class Certified:
    """A certificate of destruction: its record, when it was sealed (UTC), and how many copies it lists elsewhere."""

    at: str
    certificate: str
    exports: int


@dataclass(frozen=True)
class Assessed:
    """A clearance that rests on a written assessment of the risk of recognition: when (UTC), of which session, for
    whom, the reference, who vouched for it (an id), and whether it still counts."""

    at: str
    session: str
    audience: str
    reference: str
    person: str
    counts: bool


@dataclass(frozen=True)
class Noted:
    """An entry that may tell of an incident, or of what was done after one."""

    at: str
    kind: str
    entry: str
    session: str | None


@dataclass(frozen=True)
class Software:
    """What runs here: version, the digest of its own source files, Python, and every distribution installed."""

    version: str
    digest: str
    python: str
    distributions: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Inspection:
    """Everything but the export of the log. Times are UTC."""

    home: str
    made_at: str
    entries: int
    root: str
    last_at: str | None
    kinds: Mapping[str, int]
    workshops: tuple[Holding, ...]
    policies: Mapping[str, Policy | None]
    changes: tuple[PolicyChange, ...]
    people: int
    openers: tuple[Opener, ...]
    requests: tuple[Mapping[str, Value], ...]
    destructions: tuple[Destruction, ...]
    certificates: tuple[Certified, ...]
    exports: tuple[Mapping[str, Value], ...]
    noted: tuple[Noted, ...]
    assessed: tuple[Assessed, ...]
    orders: Orders
    software: Software


def inspect(settings: Settings, now: datetime) -> Inspection:
    """Gather it; nothing is changed."""
    home = settings.home
    check_home(home)
    log = Log(home / ARCHIVE / LOG)
    with log.unmoving():
        tables, told, checkpoint, head = replay_log(log), Told.by(log), log.checkpoint(), log.head()
        entries = tuple(log.entries())
    sessions = {key: f"{row['workshop']}/{row['number']}" for key, row in tables[SessionRow.TABLE].items()}
    changes = tuple(_changes(entries))
    found = holdings(tables, told)
    digests = {one.digest for one in changes} | {one.policy_digest for one in found}
    return Inspection(
        home=log.key().name.rpartition("/")[2],
        made_at=utc(now),
        entries=checkpoint.size,
        root=checkpoint.root.hex(),
        last_at=head.at,
        kinds=Counter(entry.kind for entry in entries),
        workshops=found,
        policies={digest: _policy(home, digest) for digest in sorted(digests)},
        changes=changes,
        people=registered_people(tables),
        openers=openers(tables),
        requests=_sorted(tables[RequestRow.TABLE], "received_on"),
        destructions=tuple(_destructions(tables[RecordRow.TABLE], sessions)),
        certificates=tuple(
            Certified(entry.at, str(entry.facts.get("certificate", "")), _count(entry.facts.get("exports")))
            for entry in entries
            if entry.kind == "certified"
        ),
        exports=_sorted(tables[ExportRow.TABLE], "made_at"),
        noted=tuple(
            Noted(entry.at, entry.kind, entry.id, sessions.get(entry.session or ""))
            for entry in entries
            if entry.kind in INCIDENTS
        ),
        assessed=tuple(_assessed(tables[ClearanceRow.TABLE], sessions)),
        orders=orders_of(tables),
        software=software(),
    )


def write(settings: Settings, target: Path, found: Inspection, pages: Mapping[str, str]) -> tuple[str, ...]:
    """Write ``pages`` (name -> text), the policies, the export of the log and the digests; return the names of files.

    UsageError when ``target`` is there already, or its folder cannot be written.
    """
    if target.exists() or target.is_symlink():
        message = N_("{path} is already there; nothing is written over. Choose another name.")
        raise UsageError(message, place=target.name, path=target)
    try:
        beside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.absolute().parent))
    except OSError as error:
        message = N_("{path} cannot be written ({problem}). Check the name and the rights.")
        raise UsageError(message, place=target.name, path=target, problem=error.strerror) from None
    try:
        for name, text in pages.items():
            write_new(beside / name, text.encode())
        (beside / POLICY_FOLDER).mkdir(mode=0o700)
        for digest, policy in found.policies.items():
            if policy is not None:
                source = settings.home / ARCHIVE / POLICIES / f"{digest}.yaml"
                write_new(beside / POLICY_FOLDER / source.name, source.read_bytes())
        export(Log(settings.home / ARCHIVE / LOG), beside / LOG_FOLDER, "jsonl")
        files = sorted(path for path in beside.rglob("*") if path.is_file())
        names = tuple(path.relative_to(beside).as_posix() for path in files)
        sums = (
            f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n"
            for path, name in zip(files, names, strict=True)
        )
        write_new(beside / SUMS, "".join(sums).encode())
        sync_folder(beside)
        beside.rename(target)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return (*names, SUMS)


def software() -> Software:
    """What runs here. The digest covers path and content of every source file of the program, in the order of paths."""
    root = Path(__file__).resolve().parents[3]
    digest = hashlib.sha256()
    for package in _PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{content}  {path.relative_to(root).as_posix()}\n".encode())
    installed = {str(one.metadata["Name"]).lower(): one.version for one in distributions()}
    return Software(
        version("huisclos"), digest.hexdigest(), platform.python_version(), tuple(sorted(installed.items()))
    )


def _changes(entries: tuple[LoggedEntry, ...]) -> Iterator[PolicyChange]:
    """Every policy a workshop had, as the rows that entries wrote tell it."""
    before: dict[str, object] = {}
    for entry in entries:
        for row in entry.rows:
            if row.table != WorkshopRow.TABLE or row.values is None:
                continue
            digest = row.values["policy_digest"]
            if before.get(row.key) != digest:
                before[row.key] = digest
                yield PolicyChange(
                    entry.at, entry.id, row.key, str(digest), str(row.values["policy_name"]),
                    _count(row.values["policy_version"]),
                )  # fmt: skip


def _destructions(rows: Mapping[str, Mapping[str, Value]], sessions: Mapping[str, str]) -> Iterator[Destruction]:
    ended = Counter(
        (str(row["destroyed_at"]), str(row["workshop"]), sessions.get(str(row["session_id"])), str(row["record_class"]))
        for row in rows.values()
        if row["life"] == RecordLife.DESTROYED.value
    )
    for (at, workshop, session, record_class), count in sorted(
        ended.items(), key=lambda item: tuple(map(str, item[0]))
    ):
        yield Destruction(at, workshop, session, record_class, count)


def _assessed(rows: Mapping[str, Mapping[str, Value]], sessions: Mapping[str, str]) -> Iterator[Assessed]:
    for row in sorted(rows.values(), key=lambda row: (str(row["at"]), str(row["id"]))):
        if row.get("assessment") is not None:
            yield Assessed(
                str(row["at"]), sessions[str(row["session_id"])], str(row["audience"]), str(row["assessment"]),
                str(row["person"]), not row["void"],
            )  # fmt: skip


def _policy(home: Path, digest: str) -> Policy | None:
    try:
        return read_policy(home, digest)
    except HuisclosError:
        return None


def _sorted(rows: Mapping[str, Mapping[str, Value]], column: str) -> tuple[Mapping[str, Value], ...]:
    return tuple(sorted(rows.values(), key=lambda row: (str(row[column]), str(row["id"]))))


def _count(value: Value) -> int:
    return value if isinstance(value, int) else 0
