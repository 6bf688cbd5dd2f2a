"""What may lie in the drop folder, read without opening the archive.

``drop/CODE/seanceN[-partM].EXT`` is a recording, ``seanceN.toml`` its dossier; hidden files, links and
folders are passed over. A claimed file carries its workshop's code and a number drawn for it in front, so
that two of one name are two: ``CODE~1f3a5c7e~seanceN.EXT``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from policies.dossier_file import parse_dossier
from policies.policy import Policy
from policies.schedule import day_of, today
from vocabulary.dossier import Dossier
from vocabulary.errors import DossierError, HuisclosError
from vocabulary.ids import SessionName
from vocabulary.messages import N_

MAX_DOSSIER = 256 * 1024
_NAME = re.compile(r"^seance-?0*([1-9][0-9]{0,2})(?:-part0*([1-9][0-9]?))?\.([A-Za-z0-9]{1,8})$", re.IGNORECASE)
CLAIMED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9-]*)~(?:[0-9a-f]{8}~)?(.+)$")
_IGNORED = (".", "~", "Thumbs.db", "desktop.ini")
_OF_DESKTOPS = frozenset({".DS_Store", ".directory", "Thumbs.db", "desktop.ini"})
"""What file managers leave in every folder: no recording, and nothing of one."""


@dataclass(frozen=True, order=True)
class Dropped:
    """A file of the drop folder whose name says its session; dossiers sort before recordings.

    A name that gives no part is that of the first.
    """

    session: SessionName
    is_recording: bool
    part: int
    path: Path


def dropped(home: Path) -> tuple[list[Dropped], list[Path]]:
    """The files waiting in the drop folder, in the order to take them, and those without a number."""
    numbered, unnumbered = [], []
    for folder in sorted((home / "drop").iterdir()) if (home / "drop").is_dir() else []:
        if not folder.is_dir() or folder.is_symlink():
            continue
        for path in sorted(folder.iterdir()):
            if path.name.startswith(_IGNORED) or path.is_symlink() or not path.is_file():
                continue
            found = read_name(folder.name, path)
            if found is None:
                unnumbered.append(path)
            else:
                numbered.append(found)
    return sorted(numbered), unnumbered


def passed_over(home: Path) -> list[Path]:
    """What lies in the drop folder and no run will take: outside a workshop's folder, hidden, or a link."""
    numbered, unnumbered = dropped(home)
    seen = {*(item.path for item in numbered), *unnumbered}
    found = (home / "drop").rglob("*") if (home / "drop").is_dir() else ()
    files = (path for path in found if path.is_symlink() or not path.is_dir())
    return sorted(path for path in files if path not in seen and path.name not in _OF_DESKTOPS)


@dataclass(frozen=True)
class Lying:
    """A file that lies readable in the drop folder: since when, and whether that is longer than the policy lets it.

    ``file`` is relative to the drop folder. Outside the folder of a workshop the shortest of the policies counts.
    """

    file: str
    since: datetime
    is_overdue: bool


def lying(home: Path, policies: Mapping[str, Policy], now: datetime) -> list[Lying]:
    """Everything in the drop folder, the oldest first. Nothing of it is ever removed for its age."""
    numbered, unnumbered = dropped(home)
    paths = [*(item.path for item in numbered), *unnumbered, *passed_over(home)]
    found = []
    for path in paths:
        try:
            since = datetime.fromtimestamp(path.lstat().st_mtime, UTC)
        except FileNotFoundError:
            continue  # taken meanwhile
        relative = path.relative_to(home / "drop")
        of_place = [policies[relative.parts[0]]] if relative.parts[0] in policies else list(policies.values())
        ends = [policy.copies.drop.counted_from(day_of(policy, since)) <= today(policy, now) for policy in of_place]
        found.append(Lying(str(relative), since, any(ends)))
    return sorted(found, key=lambda one: (one.since, one.file))


def read_name(workshop: str, path: Path, name: str | None = None) -> Dropped | None:
    match = _NAME.match(name or path.name)
    if match is None:
        return None
    try:
        session = SessionName(workshop, int(match[1]))
    except HuisclosError:
        return None
    return Dropped(session, match[3].lower() != "toml", int(match[2] or 1), path)


def plain_name(path: Path) -> str:
    match = CLAIMED.match(path.name)
    return match[2] if match else path.name


def read_dossier(data: bytes, name: str, session: SessionName | None = None) -> Dossier:
    """Read a dossier; DossierError with file, line and key, also when it speaks of another session."""
    if len(data) > MAX_DOSSIER:
        raise DossierError(N_("{file} is larger than 256 KiB: this is no session dossier."), place=name, file=name)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        message = N_("{file} is not UTF-8 text. Save it again as UTF-8.")
        raise DossierError(message, place=name, file=name) from None
    dossier = parse_dossier(text, name)
    if session is not None and dossier.number != session.number:
        raise DossierError(
            N_("{file} says session number {found}, but it came for session {expected}. Correct one of the two."),
            place=name,
            file=name,
            found=dossier.number,
            expected=session.number,
        )
    return dossier


def refused_dossiers(home: Path) -> list[tuple[Path, DossierError]]:
    """Dossiers in the drop folder that cannot be taken as they are, for ``status``."""
    found = []
    for item in dropped(home)[0]:
        if not item.is_recording:
            try:
                with item.path.open("rb") as source:
                    read_dossier(source.read(MAX_DOSSIER + 1), item.path.name, item.session)
            except FileNotFoundError:
                continue  # taken meanwhile
            except DossierError as error:
                found.append((item.path, error))
    return found
