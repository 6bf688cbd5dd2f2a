"""The drop folder: what is complete is claimed by rename and sealed; what is not yet waits.

``drop/CODE/seanceN[-partM].EXT`` is a recording, ``seanceN.toml`` its dossier. A file is taken when its
size and time have not changed for ``settle_seconds``. A claimed file that a killed process left behind
is taken up again at the next start.
"""

import secrets
import time
from dataclasses import replace
from pathlib import Path

from flows.steps.arrival.dossiers import take_dossier
from flows.steps.arrival.drop_folder import CLAIMED, MAX_DOSSIER, Dropped, dropped, plain_name, read_name
from flows.steps.arrival.outcomes import Intake, Receipt, Refused
from flows.steps.arrival.receive import find_or_open, open_regular, receipt, take_recording
from flows.steps.holding import hold, hold_intake
from infra.wiring import Services
from storage.rows.walk import SessionRow
from vocabulary.errors import HuisclosError, StateError
from vocabulary.ids import SessionName


def intake(services: Services) -> Intake:
    """Take in all that is complete; return what was sealed, what was refused and what waits."""
    receipts: dict[SessionName, Receipt] = {}
    refused: list[Refused] = []
    for item in [*_left_behind(services), *_settled(services)]:
        if not services.archive.reaches(item.session.workshop):
            continue  # it waits for a passphrase that opens its workshop
        try:
            taken = _take(services, item)
            receipts[item.session] = taken.after(receipts.get(item.session))
        except HuisclosError as error:
            refused.append(Refused(f"{item.session.workshop}/{plain_name(item.path)}", error))
    _, unnumbered = dropped(services.home)
    return Intake(tuple(receipts.values()), tuple(refused), len(unnumbered))


def _take(services: Services, item: Dropped) -> Receipt:
    services.archive.catalog.workshop(item.session.workshop)
    with hold_intake(services, item.session.workshop), hold(services, find_or_open(services, item.session)) as row:
        if not item.is_recording:
            return _take_dossier(services, row, item)
        claimed = _claim(services, item)
        try:
            with open_regular(claimed) as source:
                taken = take_recording(services, row, source, item.part)
        except StateError:
            _give_back(services, item, claimed)
            raise
        claimed.unlink()
    new, row = taken.new, taken.session
    found = receipt(services, row, new=int(new), duplicates=int(not new), dossier=False, moved=True)
    return replace(found, damaged=taken.damaged, elsewhere=taken.elsewhere)


def _take_dossier(services: Services, session: SessionRow, item: Dropped) -> Receipt:
    """A dossier is read where it lies: one with an error stays there for the facilitator to mend."""
    with open_regular(item.path) as source:
        data = source.read(MAX_DOSSIER + 1)
    row = take_dossier(services, session, data, item.path.name)
    item.path.unlink()
    return receipt(services, row, new=0, duplicates=0, dossier=True, moved=True)


def _claim(services: Services, item: Dropped) -> Path:
    folder = services.home / "claimed"
    if item.path.parent == folder:
        return item.path
    target = folder / f"{item.session.workshop}~{secrets.token_hex(4)}~{item.path.name}"
    item.path.rename(target)
    return target


def _give_back(services: Services, item: Dropped, claimed: Path) -> None:
    back = services.home / "drop" / item.session.workshop / plain_name(claimed)
    if not back.exists():
        claimed.rename(back)


def _left_behind(services: Services) -> list[Dropped]:
    """Files a killed process had claimed."""
    found = []
    for path in sorted((services.home / "claimed").iterdir()):
        match = CLAIMED.match(path.name)
        named = read_name(match[1], path, match[2]) if match else None
        if named is not None:
            found.append(named)
    return sorted(found)


def _settled(services: Services) -> list[Dropped]:
    """The dropped files that did not change while watched for the settling time."""
    candidates, _ = dropped(services.home)
    if not candidates:
        return []
    before = {item: _mark(item.path) for item in candidates}
    deadline = time.monotonic() + services.settings.intake.settle_seconds
    while time.monotonic() < deadline:
        time.sleep(min(0.2, max(0.0, deadline - time.monotonic())))
    return [item for item in candidates if _mark(item.path) == before[item] is not None]


def _mark(path: Path) -> tuple[int, int] | None:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return status.st_size, status.st_mtime_ns
