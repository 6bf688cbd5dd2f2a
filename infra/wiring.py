"""The composition root: the one place where settings become the parts that steps work with.

Heavy parts (the language pipeline, the speech model) are built at first use and kept: a process pays for
them once.
"""

import contextlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from infra.home import check_home, make_slots
from infra.model_register import check_unchanged
from infra.process import harden, place, presence
from infra.recovery_copies import recovery_copies
from infra.settings import Detection, Settings
from policies.policy import Policy
from policies.policy_file import parse_policy
from storage.archive import Archive
from storage.commit import Change
from storage.home_format import LEFT_BY_UPGRADE, RESTORING
from storage.keys.slots import Slots
from storage.log.entry import ACCESSES, Entry
from storage.rows.walk import WorkshopRow
from storage.unnamed import tidy
from vocabulary.errors import HuisclosError, PersonError, PolicyError, UnknownError
from vocabulary.messages import N_

if TYPE_CHECKING:
    from anonymize.detect import Detector
    from speech.diarise import Diariser
    from speech.recognise import Recogniser
    from speech.recogniser_process import ProcessRecogniser
    from speech.recording import Limits


class Progress(Protocol):
    """What a door shows while steps work; ``fraction`` runs from 0 to 1 within a stage.

    ``seconds`` is the length of the recording a stage works through, where it does.
    """

    def stage(self, session: str, stage: str, fraction: float, seconds: float | None = None) -> None: ...


class Silent:
    """Shows nothing."""

    def stage(self, session: str, stage: str, fraction: float, seconds: float | None = None) -> None:
        del session, stage, fraction, seconds


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Services:
    """Everything a step needs. Steps receive it; nothing else reads settings or opens the archive.

    ``inventory_due``: whether something was decided here, or keys went to the recovery place, since the inventory
    was last written (flows/steps/custody/inventory.py); ``inventory_generation``: the keystore's then, or at opening.
    """

    settings: Settings
    archive: Archive
    progress: Progress = field(default_factory=Silent)
    now: Callable[[], datetime] = _now
    troubles: dict[str, HuisclosError] = field(default_factory=dict)
    inventory_due: bool = False
    inventory_generation: int = field(init=False)
    _processes: list["ProcessRecogniser"] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.inventory_generation = self.archive.keystore.generation

    @property
    def home(self) -> Path:
        return self.settings.home

    @cached_property
    def detector(self) -> "Detector":
        for folder in (self.settings.detection.transformers, self.settings.detection.gliner):
            if folder is not None:
                check_unchanged(self.home, folder)
        return make_detector(self.settings.detection)

    @cached_property
    def recogniser(self) -> "Recogniser":
        from infra.models import speech_folder
        from speech.models import model_directory
        from speech.recogniser_process import ProcessRecogniser, whisper

        speech = self.settings.speech
        directory = model_directory(speech_folder(self.settings), model_cache())
        check_unchanged(self.home, directory)
        made = ProcessRecogniser(
            whisper(directory, speech.threads, speech.stretches),
            patience=speech.patience_seconds,
            admission=lambda: place(model_cache().parent, "transcription", speech.at_once),
        )
        self._processes.append(made)
        return made

    @cached_property
    def diariser(self) -> "Diariser":
        from speech.diariser_process import make_diariser

        speech = self.settings.speech
        if speech.diariser_model is not None:
            check_unchanged(self.home, speech.diariser_model)
        return make_diariser(speech.diariser, speech.diariser_model, speech.threads, speech.patience_seconds)

    @cached_property
    def limits(self) -> "Limits":
        from speech.recording import Limits

        intake = self.settings.intake
        return Limits(seconds=intake.max_hours * 3600, bytes=int(intake.max_gigabytes * 2**30))

    def commit(self, change: Change, entry: Entry) -> str:
        """Commit a change and its entry at this moment; the only way a step changes state."""
        self.inventory_due |= entry.kind not in ACCESSES
        return self.archive.commit(change, entry, now=self.now())

    def person(self, name: str) -> str:
        """The opaque id behind a login, registered on first use.

        Under the passphrase of the machine a name is a declaration. A person's own passphrase signs for that person
        alone: PersonError for any other name.
        """
        opener = self.archive.keystore.opener
        if opener.role is None:
            return self.archive.person(name, register=True, now=self.now())
        try:
            found = self.archive.person(name, register=False)
        except UnknownError:
            found = None
        if found != opener.id:
            message = N_("The home was opened with the passphrase of another person: sign with your own name, under "
                         "your own passphrase.")  # fmt: skip
            raise PersonError(message)
        return found

    def policy(self, workshop: str) -> Policy:
        """The policy in force for a workshop: the installed copy, checked against the catalog's digest."""
        digest = self.archive.catalog.workshop(workshop).policy_digest
        return read_policy(self.home, digest)

    def rest(self) -> None:
        """End what runs beside this process and holds memory; the next use starts it again."""
        for process in self._processes:
            process.close()

    def close(self) -> None:
        self.rest()
        self.archive.close()


def make_detector(detection: Detection) -> "Detector":
    """The detector of the settings, with the models an operator added; ResourceError when one cannot be used."""
    from anonymize.carried import carried_models
    from anonymize.detect import Detector

    return Detector(detection.pipeline, carried=carried_models(detection.transformers, detection.gliner))


def model_cache() -> Path:
    """Where joined model files are kept: shared by all homes, as they hold nothing of any."""
    import os

    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "huisclos" / "models"


def read_policy(home: Path, digest: str) -> Policy:
    """Read an installed policy by its digest; PolicyError if the copy is missing or is not that one."""
    from policies.policy_file import policy_digest

    path = home / "archive" / "policies" / f"{digest}.yaml"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if policy_digest(text) != digest:
        message = N_(
            "The installed policy {digest} is missing or was changed. Install it again: huisclos workshop add."
        )
        raise PolicyError(message, place=path.name, digest=digest[:12])
    return _parsed(text, path.name)


@lru_cache(maxsize=64)
def _parsed(text: str, name: str) -> Policy:
    return parse_policy(text, name)


def policies_in_force(home: Path, workshops: Iterable[WorkshopRow]) -> dict[str, Policy]:
    """The policy of each workshop, by its code; one that several share is read once. What ``read_policy`` raises."""
    known: dict[str, Policy] = {}
    found = {}
    for row in workshops:
        if row.policy_digest not in known:
            known[row.policy_digest] = read_policy(home, row.policy_digest)
        found[row.code] = known[row.policy_digest]
    return found


def slots_of(settings: Settings) -> Slots:
    """The slots that hold the secret of the settings' home: files of it, or sealed by a key service."""
    return make_slots(settings.home, settings.slot)


@contextlib.contextmanager
def open_services(
    settings: Settings,
    passphrase: str,
    *,
    progress: Progress | None = None,
    now: Callable[[], datetime] | None = None,
) -> Iterator[Services]:
    """Open the home's archive and hand over the parts; closed at the end, keys dropped from memory."""
    check_home(settings.home)
    harden(settings.home)
    global _current
    with presence(settings.home) as present:
        copies = recovery_copies(settings, now or _now)
        archive = Archive.open(settings.home, passphrase, slots_of(settings), after=copies)
        opened = Services(settings, archive, progress or Silent(), now or _now)
        before, _current = _current, opened
        try:
            if copies is not None:
                opened.inventory_due = copies.renew(archive.keystore)
            if present.alone and not archive.reads_only:
                # nobody is between sealing an object and its row: what has no row was left
                tidy(opened.archive)
                _remove_half_written(settings.home)
            present.share()
            yield opened
        finally:
            _current = before
            opened.close()


def _remove_half_written(home: Path) -> None:
    """Remove what a killed process left on its way.

    Copies for the outbox, objects of a workshop to be taken over, temporary files of libraries that work on sound
    (speech/child_process.py), and what a backup or an upgrade copied: catalog and log would outlive the log's own
    periods.
    """
    for path in (home / "tmp").glob("r-*"):
        path.unlink(missing_ok=True)
    upgrades = (home / "archive" / name for name in LEFT_BY_UPGRADE)
    left = (folder for begun in ("backup-*", "child-*") for folder in (home / "tmp").glob(begun))
    for folder in (home / "tmp" / "import", *left, *upgrades):
        shutil.rmtree(folder, ignore_errors=True)
    (home / RESTORING).unlink(missing_ok=True)  # it is a home now, and nothing empties it


def services() -> Services:
    """The services this process has open: how a flow, which is given ids only, comes to them."""
    if _current is None:
        raise RuntimeError("no archive is open in this process")
    return _current


_current: Services | None = None
