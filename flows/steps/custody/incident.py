"""The incident report: what was on a lost machine, from the inventory kept elsewhere alone.

Needs no home, no passphrase and no network: ``FOLDER/HOME-ID`` of flows/steps/custody/inventory.py on any machine. What
it answers stands in the fields of a notification (GDPR 33(3); the French form of the CNIL asks for the same: nature,
categories and numbers of people and of records, contact, consequences, measures, people told or not).

Rules kept here:
- the copied log is verified first; what the inventory counts is counted again from it, and a difference is said;
- with several inventories, the newest not later than the moment named is taken;
- what the inventory cannot know is listed as to be completed; nothing is guessed.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flows.steps.custody.holdings import Told, exports, holdings, openers
from flows.steps.custody.inventory import EARLIER, EARLIER_NAME, LOG
from flows.steps.custody.inventory_file import (
    FILE,
    LARGEST,
    Clear,
    Files,
    Inventory,
    SlotPlace,
    Workshop,
    parse_inventory,
)
from flows.steps.record.log_copy import copy_log
from policies.breach import Exposure, Loss, PoweredOff, Situation, deadline, exposure_of
from storage.log.audit import Report, verify_log
from storage.log.log import Log, log_name
from storage.replay import replay_log
from vocabulary.choices import RecordClass
from vocabulary.errors import DamagedError, HuisclosError, UsageError
from vocabulary.ids import is_id
from vocabulary.messages import N_

DEFAULT_ZONE = "Europe/Paris"
"""Where no policy names one."""

_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})

IDENTIFIED = frozenset({
    RecordClass.RECORDING, RecordClass.VERBATIM, RecordClass.DOSSIER, RecordClass.CONSENT, RecordClass.VAULT,
    RecordClass.DRAFT, RecordClass.AMENDMENT, RecordClass.STATEMENT,
})  # fmt: skip
"""Record classes that name people; cleared texts, outputs and themes are pseudonymised, which is personal data too."""


@dataclass(frozen=True)
class CopiedLog:
    """What verifying the copied log gave: ``error`` is what is wrong with it, None if it is whole.

    ``agrees``: whether the inventory says what this log says; None where that could not be compared.
    """

    error: HuisclosError | None
    entries: int
    last_at: str | None
    agrees: bool | None


@dataclass(frozen=True)
class People:
    """How many people. Participants come back from session to session: their number lies between ``participants_least``
    (the largest group of each workshop) and ``participants_most`` (as if nobody came twice).

    ``sessions_uncounted`` have no head count; ``youths`` and ``persons`` are people spoken of, participants among the
    latter, None if no workshop counted them; ``workshops_uncounted`` did not. ``users`` use the software.
    """

    participants_least: int
    participants_most: int
    sessions_uncounted: int
    youths: int | None
    persons: int | None
    workshops_uncounted: int
    users: int


@dataclass(frozen=True)
class Kept:
    """Records of one class on the machine, over all workshops: how many, and bytes of ciphertext."""

    record_class: RecordClass
    number: int
    bytes: int


@dataclass(frozen=True)
class Incident:
    """What the controller needs to notify. ``whole_day``: the moment was given as a day, counted from its beginning.

    ``written_after`` is the time of the newest inventory if it is later than the moment named.
    """

    loss: Loss
    powered_off: PoweredOff
    aware_at: datetime
    whole_day: bool
    notify_before: datetime
    zone: str
    inventory: Inventory
    written_after: str | None
    log: CopiedLog
    exposure: Exposure
    people: People
    records: tuple[Kept, ...]
    clear: Clear
    offence_data: bool | None

    @property
    def workshops(self) -> tuple[Workshop, ...]:
        """Those that were on the machine: not handed over to another home."""
        return tuple(one for one in self.inventory.workshops if one.holding.left_at is None)


def report(folder: Path, loss: Loss, powered_off: PoweredOff, when: str | None, now: datetime) -> Incident:
    """Read ``folder``, that of one home or one that holds a single home's.

    ``when`` is a day or a moment (ISO 8601) in the policy's time zone, the moment the loss was noticed; now if None.
    UsageError for a folder without an inventory or with several homes', or a date that is none; DamagedError for an
    inventory that cannot be read.
    """
    ours = _home_folder(folder)
    newest = _read(ours / FILE)
    zone = _zone(newest)
    aware_at, whole_day = _moment(when, zone, now)
    found = _not_later(ours, newest, _end_of_day(aware_at) if whole_day else aware_at)
    log = _verify(ours / LOG, found)
    present = [one for one in found.workshops if one.holding.left_at is None]
    clear = _all_clear(found, present)
    files = clear.drop.files + clear.claimed.files + clear.outbox.files
    return Incident(
        loss=loss,
        powered_off=powered_off,
        aware_at=aware_at,
        whole_day=whole_day,
        notify_before=deadline(aware_at),
        zone=zone.key,
        inventory=found,
        written_after=newest.made_at if found is not newest else None,
        log=log,
        exposure=exposure_of(
            Situation(loss, powered_off, found.machine.disk_encrypted, _slot_elsewhere(found.slot), files)
        ),
        people=_people(present, found.people),
        records=_records(present),
        clear=clear,
        offence_data=_offence_data(present),
    )


def _slot_elsewhere(slot: SlotPlace) -> bool | None:
    """Whether the slot secret lies outside the machine; None for a file on another file system, and for a key service
    that answers on the machine itself.
    """
    if slot.kind == "transit":
        return None if urlsplit(slot.url).hostname in _THIS_MACHINE else True
    return None if slot.same_disk is False else False


def _home_folder(folder: Path) -> Path:
    if (folder / FILE).is_file():
        return folder
    try:
        homes = sorted(path for path in folder.iterdir() if is_id(path.name) and (path / FILE).is_file())
    except OSError as error:
        raise UsageError(
            N_("{file} cannot be read ({problem}). Check the name and the rights."),
            place=folder.name, file=folder, problem=error.strerror,
        ) from None  # fmt: skip
    if len(homes) == 1:
        return homes[0]
    if not homes:
        message = N_("{folder} holds no inventory of a home. Name the folder that copies.inventory names in the "
                     "settings of the lost machine, or one of its folders h-...")  # fmt: skip
        raise UsageError(message, place=folder.name, folder=folder)
    known = "; ".join(f"{path.name} ({_codes(path)})" for path in homes)
    message = N_("{folder} holds the inventories of several homes. Name one of these folders: {homes}")
    raise UsageError(message, place=folder.name, folder=folder, homes=known)


def _codes(path: Path) -> str:
    try:
        return ", ".join(one.holding.code for one in _read(path / FILE).workshops) or "-"
    except HuisclosError:
        return "?"


def _read(path: Path) -> Inventory:
    with path.open("rb") as file:
        return parse_inventory(file.read(LARGEST + 1), path.name)


def _not_later(ours: Path, newest: Inventory, limit: datetime) -> Inventory:
    """The newest inventory made before ``limit``; the oldest there is, if all are later."""
    stamp = f"{limit.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    found = newest
    earlier = ours / EARLIER
    names = sorted((path.name for path in earlier.iterdir()) if earlier.is_dir() else (), reverse=True)
    for name in names:
        if found.made_at <= stamp:
            break
        if EARLIER_NAME.fullmatch(name):
            found = _read(earlier / name)
    return found


def _zone(found: Inventory) -> ZoneInfo:
    named = next((one.policy.time_zone for one in found.workshops if one.policy), DEFAULT_ZONE)
    try:
        return ZoneInfo(named)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(DEFAULT_ZONE)


def _moment(when: str | None, zone: ZoneInfo, now: datetime) -> tuple[datetime, bool]:
    """The moment named, in ``zone``, and whether only its day was."""
    if when is None:
        return now.astimezone(zone), False
    try:
        found = datetime.fromisoformat(when)
    except ValueError:
        message = N_("{text} is no date. Write 2026-03-14, or 2026-03-14T09:30 if you know the hour.")
        raise UsageError(message, place="--when", text=when) from None
    moment = found.replace(tzinfo=zone) if found.tzinfo is None else found.astimezone(zone)
    if moment > now.astimezone(zone):
        raise UsageError(
            N_("{text} has not come yet. Give the moment the loss was noticed."), place="--when", text=when
        )
    return moment, _is_day(when)


def _is_day(text: str) -> bool:
    """Whether a date was written without an hour."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _end_of_day(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), time(23, 59, 59), moment.tzinfo)


def _verify(folder: Path, found: Inventory) -> CopiedLog:
    """Verify the copied log as far as its checkpoint goes, and count again what the inventory says.

    What lies beyond the checkpoint is what an interrupted copy left: it is not looked at.
    """
    try:
        with TemporaryDirectory() as scratch:
            covered = Path(scratch)
            log = Log(folder)
            copy_log(log, log.checkpoint_text(), covered)
            checked = verify_log(covered, pending=lambda: ())
            return CopiedLog(None, checked.size, checked.last_at, _agrees(Log(covered), checked, found))
    except HuisclosError as error:
        return CopiedLog(error, found.log.entries, found.log.last_at, None)
    except OSError as error:
        message = N_("The copied log cannot be read ({problem}).")
        damage = DamagedError(message, place=LOG, problem=error.strerror)
        return CopiedLog(damage, found.log.entries, found.log.last_at, None)


def _agrees(log: Log, checked: Report, found: Inventory) -> bool | None:
    """Whether the log says what the inventory says; None where they are not of one moment."""
    if log.key().name != log_name(found.home) or checked.size < found.log.entries:
        return False
    if checked.size > found.log.entries:
        return None
    tables = replay_log(log)
    counted = (holdings(tables, Told.by(log)), openers(tables), exports(tables))
    said = (tuple(one.holding for one in found.workshops), found.openers, found.exports)
    return checked.root == found.log.root and counted == said


def _all_clear(found: Inventory, present: list[Workshop]) -> Clear:
    parts = [*(one.clear for one in present), found.elsewhere]
    return Clear(
        drop=sum((part.drop for part in parts), Files()),
        claimed=sum((part.claimed for part in parts), Files()),
        outbox=sum((part.outbox for part in parts), Files()),
    )


def _people(present: list[Workshop], users: int) -> People:
    least = most = uncounted = 0
    for one in present:
        sessions = [session for session in one.holding.sessions if session.holds]
        counts = [session.participants for session in sessions if session.participants is not None]
        least += max(counts, default=0)
        most += sum(counts)
        uncounted += len(sessions) - len(counts)
    spoken = [one.holding.spoken_of for one in present]
    youths = [found.youths for found in spoken if found.youths is not None]
    persons = [found.persons for found in spoken if found.persons is not None]
    return People(
        participants_least=least,
        participants_most=most,
        sessions_uncounted=uncounted,
        youths=sum(youths) if youths else None,
        persons=sum(persons) if persons else None,
        workshops_uncounted=sum(found.youths is None for found in spoken),
        users=users,
    )


def _records(present: list[Workshop]) -> tuple[Kept, ...]:
    kept = []
    for record_class in RecordClass:
        rows = [row for one in present for row in one.holding.records if row.record_class == record_class.value]
        if any(row.kept for row in rows):
            kept.append(Kept(record_class, sum(row.kept for row in rows), sum(row.bytes for row in rows)))
    return tuple(kept)


def _offence_data(present: list[Workshop]) -> bool | None:
    """Whether a policy says that offence data are processed; None if none says, and one could not be read."""
    if any(one.policy.offence_data for one in present if one.policy):
        return True
    return None if any(one.policy is None for one in present) else False
