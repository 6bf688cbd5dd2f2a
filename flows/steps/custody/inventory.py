"""The inventory kept elsewhere: what this home holds, written after each run to a folder that the steward keeps.

``FOLDER/HOME-ID/`` holds ``inventory.json``, ``earlier/`` with the last one of each day before, and ``log/``, a copy
of the processing log that verifies by itself (docs/reference/inventory.md). What it is for: ``incident report``,
on another machine, when this one is lost (GDPR 33).

Rules kept here:
- what it says of workshops, sessions and records is counted from the log, at the checkpoint that lies beside it;
- of files that lie readable it holds how many and how large, never a name; a folder that is not a workshop's is
  counted as elsewhere;
- a failure stops nothing: it is remembered, and ``status`` tells it;
- every command that decided something leaves one, and so does whatever writes keys to the recovery place: a
  recovery file never knows a longer log than the inventory beside which it was written.
"""

import contextlib
import os
import re
from collections import defaultdict
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from flows.steps.arrival.drop_folder import CLAIMED
from flows.steps.custody.holdings import Told, exports, holdings, last_recovery_export, openers, registered_people
from flows.steps.custody.inventory_file import (
    FILE,
    Clear,
    Files,
    Inventory,
    LogHead,
    Machine,
    Policy,
    Recovery,
    SlotPlace,
    Workshop,
    parse_inventory,
)
from flows.steps.record.log_copy import copy_log
from flows.steps.sealing import stamp
from infra.disk import look, swap_in_clear
from infra.places import check_there, put, remembered, standing
from infra.process import lock
from infra.wiring import Services, read_policy
from storage.log.log import Log
from storage.replay import replay_log
from vocabulary.errors import HuisclosError

PLACE = "inventory"
LOG, EARLIER = "log", "earlier"
MOST_EARLIER = 31
"""How many days' inventories are kept beside the newest."""

EARLIER_NAME = re.compile(r"inventory-(\d{4}-\d{2}-\d{2})\.json")


def keep_inventory(services: Services) -> None:
    """Write inventory and log to the folder that the settings name, if they name one. Raises nothing for it."""
    services.inventory_due, services.inventory_generation = False, services.archive.keystore.generation
    folder = services.settings.copies.inventory
    if folder is None:
        return
    with remembered(services.home, PLACE, services.now()), lock(services.home, PLACE, wait=True):
        check_there(folder)
        ours = folder / services.archive.home_id
        for path in (ours, ours / EARLIER, ours / LOG):
            path.mkdir(mode=0o700, exist_ok=True)
        log = services.archive.log
        with log.locked(shared=True):
            made, checkpoint = inventory(services, log), log.checkpoint_text()
        copy_log(log, checkpoint, ours / LOG)  # without the lock: a slow stick keeps nobody from working
        _set_aside(ours, made)
        put(ours, FILE, made.to_bytes())


def keep_inventory_if_due(services: Services) -> None:
    """Write it if something was decided, or the keys were changed, since it was last written."""
    if services.inventory_due or services.archive.keystore.generation != services.inventory_generation:
        keep_inventory(services)


def inventory(services: Services, log: Log) -> Inventory:
    """What the home holds now; the caller keeps the log from growing meanwhile."""
    home, settings = services.home, services.settings
    tables = replay_log(log)
    found = holdings(tables, Told.by(log))
    clear, elsewhere = _clear_files(home, {one.code for one in found})
    checkpoint, head = log.checkpoint(), log.head()
    return Inventory(
        home=services.archive.home_id,
        made_at=stamp(services.now()),
        version=version("huisclos"),
        log=LogHead(entries=checkpoint.size, root=checkpoint.root.hex(), last_at=head.at),
        machine=Machine(disk_encrypted=look(home).encrypted, swap_in_clear=swap_in_clear()),
        slot=_slot(services),
        generation=services.archive.keystore.generation,
        openers=openers(tables),
        recovery=Recovery(
            recipients=_recipients(services),
            copied_at=standing(home, "recovery", settings.copies.recovery).left_at,
            last_export=last_recovery_export(tables),
        ),
        exports=exports(tables),
        people=registered_people(tables),
        workshops=tuple(
            Workshop(holding=one, policy=_policy(home, one.policy_digest), clear=clear[one.code]) for one in found
        ),
        elsewhere=elsewhere,
    )


def _slot(services: Services) -> SlotPlace:
    """Where the secret lies now: one that was made before the settings named a key service still lies in its file."""
    from storage.keys.transit_slots import TransitSlots

    slots, setting, home = services.archive.slots, services.settings.slot, services.home
    if isinstance(slots, TransitSlots) and not slots.lies_in_clear():
        family = slots.family() or setting.key
        return SlotPlace(kind="transit", same_disk=False, url=setting.url, mount=setting.mount, key=family)
    same = (home / "slot").stat().st_dev == (home / "archive").stat().st_dev
    return SlotPlace(kind="file", same_disk=same, url="", mount="", key="")


def _recipients(services: Services) -> int:
    return len(services.archive.keystore.recovery_recipients())


def _policy(home: Path, digest: str) -> Policy | None:
    try:
        policy = read_policy(home, digest)
    except HuisclosError:
        return None
    processing, waiting = policy.processing, set(policy.placeholders)
    return Policy(
        controller=None if "processing.controller" in waiting else processing.controller[:200],
        joint_controllers=tuple(name[:200] for name in processing.joint_controllers),
        time_zone=policy.time_zone,
        article_9=None if "processing.legal_basis.article_9" in waiting else processing.article_9,
        offence_data=processing.offence_data,
    )


def _clear_files(home: Path, codes: set[str]) -> tuple[dict[str, Clear], Clear]:
    """Count what lies readable, by workshop, and what lies there under no workshop's code."""
    places: dict[str, dict[str | None, Files]] = {}
    for place in ("drop", "claimed", "outbox"):
        counted: dict[str | None, Files] = defaultdict(Files)
        for path in _files(home / place):
            inside = path.relative_to(home / place)
            match = CLAIMED.match(inside.name) if place == "claimed" else None
            code = match[1] if match else inside.parts[0]
            with contextlib.suppress(OSError):  # taken meanwhile
                counted[code if code in codes else None] += Files(files=1, bytes=path.lstat().st_size)
        places[place] = counted
    return (
        {code: Clear(**{place: found[code] for place, found in places.items()}) for code in codes},
        Clear(**{place: found[None] for place, found in places.items()}),
    )


def _files(folder: Path) -> Iterable[Path]:
    for where, _, names in os.walk(folder):
        for name in names:
            yield Path(where) / name


def _set_aside(ours: Path, made: Inventory) -> None:
    """Keep the last inventory of each earlier day, and no more than the newest of those."""
    with contextlib.suppress(FileNotFoundError, HuisclosError):
        before = (ours / FILE).read_bytes()
        day = parse_inventory(before).made_at[:10]
        if day != made.made_at[:10]:
            put(ours / EARLIER, f"inventory-{day}.json", before)
    kept = sorted(path for path in (ours / EARLIER).iterdir() if EARLIER_NAME.fullmatch(path.name))
    for path in kept[:-MOST_EARLIER]:
        path.unlink()
