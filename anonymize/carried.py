"""Models an operator adds to detection: which kinds there are, and whether one is there and can be run.

Rules of the module:
- A model is a folder on this machine. Nothing is ever fetched, and only weights in safetensors are read: files of
  another kind can run code when they are opened.
- A folder or a package that is missing is named, with what to do about it, before any text is read.
- Nothing heavy is imported here: whether a package is installed is asked without loading it.
"""

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from vocabulary.errors import ResourceError
from vocabulary.messages import N_

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Kind:
    """A kind of model: the setting that names its folder (and the layer), its configuration file, what it runs on."""

    name: str
    configuration: str
    packages: tuple[str, ...]


TRANSFORMERS = Kind("transformers", "config.json", ("transformers", "torch"))
"""A token-classification model of Hugging Face's transformers."""
GLINER = Kind("gliner", "gliner_config.json", ("gliner",))
"""A GLiNER model, which is told the labels it looks for."""


@dataclass(frozen=True)
class CarriedModel:
    """A model of some kind, in a folder."""

    kind: Kind
    folder: Path


def carried_models(transformers: Path | None, gliner: Path | None) -> tuple[CarriedModel, ...]:
    """Return the models that the settings of detection name."""
    named = ((TRANSFORMERS, transformers), (GLINER, gliner))
    return tuple(CarriedModel(kind, folder) for kind, folder in named if folder is not None)


def check_model(model: CarriedModel) -> None:
    """ResourceError if the folder does not hold a model of its kind, or what it runs on is not installed."""
    kind = model.kind
    missing = [] if (model.folder / kind.configuration).is_file() else [kind.configuration]
    if not any(model.folder.glob("*.safetensors")):
        missing.append("*.safetensors")
    if missing:
        message = N_(
            "The folder {folder}, named by detection.{setting}, lacks {files}. Expected: a model saved on this "
            "machine, its weights in safetensors. Correct the setting in huisclos.toml, or take it out."
        )
        raise ResourceError(message, folder=model.folder, setting=kind.name, files=", ".join(missing), place=kind.name)
    absent = [package for package in kind.packages if find_spec(package) is None]
    if absent:
        message = N_(
            "The setting detection.{setting} names a model, but {packages} is not installed. Install it in the "
            "environment of huisclos (pip install {command}), or take the setting out."
        )
        raise ResourceError(
            message,
            setting=kind.name,
            packages=", ".join(absent),
            command=" ".join(kind.packages),
            place=kind.name,
        )


def fingerprint(model: CarriedModel) -> str:
    """Return the kind of a model and a digest of the files of its folder: another file, another detector."""
    digest = hashlib.sha256()
    for path in sorted(path for path in model.folder.iterdir() if path.is_file()):
        digest.update(f"{path.name}\n{path.stat().st_size}\n".encode())
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    return f"{model.kind.name}-{digest.hexdigest()[:12]}"
