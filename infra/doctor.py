"""What is sound on this machine, and what to do about the rest.

Each check answers on its own; a fault is something huisclos cannot work with, an advice something the
person in charge should know and may accept.
"""

import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from anonymize.carried import carried_models, check_model
from infra.disk import THREE_HOURS, look, swap_in_clear
from infra.home import FOLDERS, check_home, make_slots
from infra.model_register import check_unchanged
from infra.settings import Settings, Slot
from infra.wiring import model_cache
from vocabulary.errors import HuisclosError
from vocabulary.messages import N_


@dataclass(frozen=True)
class Check:
    """One finding: ``level`` is ``ok``, ``advice`` or ``fault``; ``message`` a source string with facts."""

    name: str
    level: str
    message: str
    facts: dict[str, object] = field(default_factory=dict)


def examine(settings: Settings) -> list[Check]:
    """Run every check on the machine and on the home that ``settings`` names."""
    checks: list[Check] = []
    for examination in _EXAMINATIONS:
        checks.extend(examination(settings))
    return checks


def disk_checks(home: Path, slot: Slot | None = None) -> list[Check]:
    """The checks that matter before a home is made, too: where it would lie."""
    return [*_place(home), *_encryption(home), *_slot(home, slot or Slot()), *_room(home), *_swap()]


def _home(settings: Settings) -> Iterator[Check]:
    try:
        check_home(settings.home)
    except HuisclosError as error:
        yield Check("home", "fault", error.message, dict(error.facts))
        return
    missing = [folder for folder in FOLDERS if not (settings.home / folder).is_dir()]
    if missing:
        yield Check(
            "home",
            "fault",
            N_("Folders are missing in the home: {folders}."),
            {"folders": ", ".join(missing)},
        )
        return
    yield Check("home", "ok", N_("The home is complete."))


def _private(settings: Settings) -> Iterator[Check]:
    if not settings.home.exists():
        return
    mode = stat.S_IMODE(settings.home.stat().st_mode)
    if mode & 0o077:
        message = N_("Others can look into the home (mode {mode:o}). Type: chmod 700 {path}")
        yield Check("private", "fault", message, {"mode": mode, "path": settings.home})
    else:
        yield Check("private", "ok", N_("Only you can look into the home."))


def _place(home: Path) -> Iterator[Check]:
    disk = look(home)
    if disk.synced:
        yield Check("place", "fault", N_("The home lies in a synchronised folder: copies leave this machine unseen."))
    elif disk.network:
        yield Check("place", "fault", N_("The home lies on a network disk ({kind})."), {"kind": disk.filesystem})
    elif disk.network is None:
        yield Check("place", "advice", N_(
            "This system does not tell what kind of disk the home lies on. See that it is one of this machine, "
            "neither shared nor synchronised."))  # fmt: skip
    else:
        yield Check("place", "ok", N_("The home lies on a disk of this machine."))


def _encryption(home: Path) -> Iterator[Check]:
    if look(home).encrypted:
        yield Check("encryption", "ok", N_("The disk is encrypted."))
    else:
        yield Check("encryption", "advice", N_(
            "The disk is not known to be encrypted. Recordings lie readable in the drop folder until they are "
            "sealed, and a removed file can be found again on the disk: encrypt it."))  # fmt: skip


def _slot(home: Path, slot: Slot) -> Iterator[Check]:
    if slot.kind == "transit":
        yield from _transit(home, slot)
        return
    disk = look(home)
    if disk.flash or disk.copy_on_write:
        yield Check("slot", "advice", N_(
            "The slot secret lies on flash or on a disk that keeps old blocks: what is overwritten there may survive "
            "for a while. An encrypted disk limits what a thief could do with it."))  # fmt: skip
    elif disk.flash is None or disk.copy_on_write is None:
        yield Check("slot", "advice", N_(
            "This system does not tell whether the disk of the slot secret overwrites in place. An encrypted disk "
            "limits what a thief could do with what stays on it."))  # fmt: skip
    else:
        yield Check("slot", "ok", N_("The slot secret lies on a disk that overwrites in place."))


def _transit(home: Path, slot: Slot) -> Iterator[Check]:
    """Whether Vault answers, what it seals, and what it keeps for nobody."""
    from storage.keys.transit_slots import TransitSlots

    try:
        slots = make_slots(home, slot)
        slots.ready()
        assert isinstance(slots, TransitSlots)
        in_clear = slots.lies_in_clear()
    except HuisclosError as error:
        yield Check("slot", "fault", error.message, dict(error.facts))
        return
    if in_clear:
        yield Check("slot", "advice", N_(
            "The slot secret still lies in a file of this machine. `huisclos key rotate` has Vault at {url} seal a new "
            "one."), {"url": slot.url})  # fmt: skip
    else:
        message = N_("The slot secret is sealed by Vault at {url}: its destruction leaves nothing on this disk.")
        yield Check("slot", "ok", message, {"url": slot.url})
    try:
        unused = slots.unused_keys()
    except HuisclosError:
        message = N_("The token may not list the transit keys: whether Vault keeps one that nothing needs was not "
                     "looked at.")  # fmt: skip
        yield Check("transit", "advice", message)
        return
    for key in unused:
        message = N_("Vault keeps the transit key {key}, which no slot of this home names: an interruption left it, "
                     "or a copy of this home needs it. If there is no copy, delete it in Vault.")  # fmt: skip
        yield Check("transit", "advice", message, {"key": key})


def _room(home: Path) -> Iterator[Check]:
    disk = look(home)
    facts: dict[str, object] = {"free": disk.free // 2**30, "needed": THREE_HOURS // 2**30 + 1}
    if disk.roomy:
        yield Check("room", "ok", N_("{free} GiB are free."), facts)
    else:
        message = N_("{free} GiB are free; a session of three hours can need {needed}. Make room before recording.")
        yield Check("room", "advice", message, facts)


def _swap() -> Iterator[Check]:
    swap = swap_in_clear()
    if swap is None:
        yield Check("swap", "advice", N_("This system does not tell whether swap is encrypted: see that it is."))
    elif swap:
        yield Check(
            "swap",
            "advice",
            N_("Swap is on and not known to be encrypted: memory can be written to the disk."),
        )
    else:
        yield Check("swap", "ok", N_("No swap in clear."))


def _models(settings: Settings) -> Iterator[Check]:
    from infra.models import speech_folder
    from speech.models import model_directory

    try:
        check_unchanged(settings.home, model_directory(speech_folder(settings), model_cache()))
        if settings.speech.diariser_model is not None:
            check_unchanged(settings.home, settings.speech.diariser_model)
    except HuisclosError as error:
        yield Check("speech", "fault", error.message, dict(error.facts))
    else:
        yield Check(
            "speech",
            "ok",
            N_("The speech model {model} is there and whole."),
            {"model": settings.speech.model},
        )
    pipeline = settings.detection.pipeline
    if find_spec(pipeline) is None:
        message = N_("The language pipeline {pipeline} is not installed. Run the installation again.")
        yield Check("language", "fault", message, {"pipeline": pipeline})
    else:
        yield Check("language", "ok", N_("The language pipeline {pipeline} is installed."), {"pipeline": pipeline})
    for model in carried_models(settings.detection.transformers, settings.detection.gliner):
        try:
            check_model(model)
        except HuisclosError as error:
            yield Check(model.kind.name, "fault", error.message, dict(error.facts))
        else:
            message = N_("The model of detection.{setting} is there, and what it runs on is installed.")
            yield Check(model.kind.name, "ok", message, {"setting": model.kind.name})


def _clear_files(settings: Settings) -> Iterator[Check]:
    drop = settings.home / "drop"
    count = sum(1 for path in drop.rglob("*") if path.is_file()) if drop.is_dir() else 0
    if count:
        message = N_("{count} files lie readable in the drop folder. `huisclos run` seals what is complete.")
        yield Check("drop", "advice", message, {"count": count})
    else:
        yield Check("drop", "ok", N_("Nothing lies readable in the drop folder."))


_EXAMINATIONS: tuple[Callable[[Settings], Iterator[Check]], ...] = (
    _home,
    _private,
    lambda settings: _place(settings.home),
    lambda settings: _encryption(settings.home),
    lambda settings: _slot(settings.home, settings.slot),
    lambda settings: _room(settings.home),
    lambda _settings: _swap(),
    _models,
    _clear_files,
)
