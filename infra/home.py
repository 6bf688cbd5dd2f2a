"""Making a home, and knowing one again.

A home is a folder of its owner alone. ``home.toml`` says its format and the version that made it, so that
a later version knows what to do and an older one refuses (docs/reference/archive.md).
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from infra.disk import Disk, look
from infra.passphrase import check_strength
from infra.process import harden
from infra.settings import FILE, Keys, Slot
from storage.home_format import HOME_FORMAT, check
from vocabulary.errors import UsageError
from vocabulary.messages import N_

if TYPE_CHECKING:
    from storage.keys.slots import Slots

POLICY = "politique.yaml"
FOLDERS = ("drop", "outbox", "archive", "slot", "claimed", "prefect", "tmp", "locks")


@dataclass(frozen=True)
class Created:
    """A new home; ``log_public_key`` is to be kept elsewhere by whoever will check the log."""

    home: Path
    home_id: str
    log_public_key: str
    policy: Path
    disk: Disk


def create_home(
    path: Path,
    passphrase: str,
    *,
    keys: Keys | None = None,
    slot: Slot | None = None,
    accept_place: bool = False,
    now: datetime | None = None,
) -> Created:
    """Make a home in an absent or empty folder.

    ``slot`` says where the slot secret will lie, ``now`` what time it is, if not what the machine's clock shows.
    Raises UsageError for a folder in use or, unless ``accept_place``, a synced or network one, WeakPassphraseError,
    and what stands in the way of the slots.
    """
    keys = keys or Keys()
    home = path.expanduser().absolute()
    disk = check_new_home(home, accept_place=accept_place)
    check_strength(passphrase)
    slot = slot or Slot()
    slots = make_slots(home, slot)
    slots.ready()
    from storage.archive import Archive
    from storage.keys.keystore import Costs

    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        home.chmod(0o700)
    except OSError as error:
        message = N_("{path} cannot be made ({problem}). Name a folder where you may write.")
        raise UsageError(message, place=str(home), path=home, problem=error.strerror) from None
    for folder in FOLDERS:
        (home / folder).mkdir(mode=0o700, exist_ok=True)
    harden(home)
    least = Keys()
    weak = keys.memory_kib < least.memory_kib or keys.passes < least.passes or keys.lanes < least.lanes
    costs = Costs.for_tests() if weak else Costs(keys.memory_kib, keys.passes, keys.lanes)
    made_at = (now or datetime.now(UTC)).astimezone(UTC)
    archive = Archive.create(home, passphrase, costs, slots, now=made_at)
    public_key = (home / "archive" / "log" / "key.pub").read_text(encoding="utf-8").strip()
    policy = home / POLICY
    sample = files("policies").joinpath("samples", "standard.yaml").read_text(encoding="utf-8")
    policy.write_text(sample, encoding="utf-8")
    write_settings(home, slot)
    (home / "home.toml").write_text(
        f'format = "{HOME_FORMAT}"\nid = "{archive.home_id}"\ncreated = "{made_at:%Y-%m-%dT%H:%M:%SZ}"\n'
        f'version = "{version("huisclos")}"\nlog_public_key = "{public_key}"\n',
        encoding="utf-8",
    )
    archive.close()
    return Created(home, archive.home_id, public_key, policy, disk)


def check_new_home(home: Path, *, accept_place: bool = False) -> Disk:
    """Whether a home can be made in this absent or empty folder; what its disk is. Errors as for ``create_home``."""
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        message = N_("{path} is already there and not empty. Name a folder that does not exist yet.")
        raise UsageError(message, place=str(home), path=home)
    disk = look(home)
    if (disk.synced or disk.network) and not accept_place:
        raise UsageError(
            N_("{path} lies in a synchronised or network folder: copies would leave this machine unseen. "
               "Choose a folder of this machine, or confirm with --accept-place."),
            place=str(home), path=home,
        )  # fmt: skip
    return disk


def write_settings(home: Path, slot: Slot) -> None:
    """Write the settings of a new home: all commented out but the place of the slot."""
    (home / FILE).write_text(_SETTINGS + _slot_section(slot), encoding="utf-8")


def make_slots(home: Path, slot: Slot) -> "Slots":
    """The slots of a home: files in HOME/slot, sealed by a key service if the settings name one."""
    from storage.keys.slots import FileSlots

    if slot.kind == "file":
        return FileSlots(home / "slot")
    from storage.keys.transit import Transit
    from storage.keys.transit_slots import TransitSlots

    return TransitSlots(home / "slot", Transit(slot.url, slot.mount, slot.ca_file), slot.key)


def check_home(home: Path) -> dict[str, str]:
    """Return what home.toml says.

    UsageError if this is no home, DamagedError if it does not say its format, StateError if it is another one, or if
    an upgrade of it was interrupted.
    """
    record = home / "home.toml"
    if not record.is_file():
        message = N_("{path} is not a home of huisclos (no home.toml). `huisclos init` makes one.")
        raise UsageError(message, place=str(home), path=home)
    return check(home)


def _slot_section(slot: Slot) -> str:
    """The lines of huisclos.toml by which later commands find slots that do not lie in files."""
    if slot.kind == "file":
        return ""
    values = {"kind": slot.kind, "url": slot.url, "mount": slot.mount, "key": slot.key}
    if slot.ca_file is not None:
        values["ca_file"] = str(slot.ca_file)
    return "\n[slot]\n" + "".join(
        f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in values.items()
    )


_SETTINGS = """\
# Réglages de huisclos. `huisclos settings show` dit la valeur de chacun et d'où elle vient.
# Une clé inconnue est refusée. Ce fichier ne contient aucun secret.

# demonstration = true       # cet espace ne sert qu'à montrer le logiciel : une politique à compléter y est suivie

[intake]
# settle_seconds = 10      # un fichier déposé est pris quand il n'a pas changé pendant ce temps

[speech]
# model = "base"           # ou le nom d'un modèle ajouté (huisclos models add), ou son dossier
# diariser = "plain"       # qui parle : sans modèle ; ou "pyannote", "sherpa-onnx"
# diariser_model = ""      # le dossier de leurs modèles
# hesitations = "keep"     # "drop" : « euh », « hum » et « ben » sont laissés de côté
"""
