"""The register of models: what an operator added, where it came from, and the digest of each of its files.

Rules kept here:
- a model stays in the folder where the operator put it: nothing is copied, nothing is fetched;
- the kind of a model is known by its files; one that is of no kind, or lacks a file, is not added;
- a file is compared by size and time, and by its digest where they differ or where it is asked for; a file that is new,
  gone or other makes it another model, which is not loaded until somebody adds it again;
- HOME/models.json is written whole or not at all, for its owner alone; it holds nothing of any session.

Format ``huisclos-model-register/1`` (docs/reference/speech.md).
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vocabulary.choices import Worded
from vocabulary.errors import DamagedError, ResourceError, UsageError
from vocabulary.messages import N_

FORMAT = "huisclos-model-register/1"
FILE = "models.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class ModelKind(Worded):
    """What a model is for, and in which form it is saved."""

    SPEECH = "speech", N_("speech (Whisper for CTranslate2)")
    PYANNOTE = "pyannote", N_("voices (pyannote.audio)")
    SHERPA_ONNX = "sherpa-onnx", N_("voices (sherpa-onnx)")
    TRANSFORMERS = "transformers", N_("names (transformers)")
    GLINER = "gliner", N_("names (GLiNER)")
    PIPELINE = "pipeline", N_("language (spaCy)")


SIGNS: Mapping[ModelKind, tuple[str, ...]] = {
    ModelKind.SPEECH: ("model.bin", "config.json", "tokenizer.json", "vocabulary.*"),
    ModelKind.SHERPA_ONNX: ("segmentation.onnx", "embedding.onnx"),
    ModelKind.PYANNOTE: ("config.yaml",),
    ModelKind.GLINER: ("gliner_config.json", "*.safetensors"),
    ModelKind.TRANSFORMERS: ("config.json", "*.safetensors"),
}
"""The files by which each kind is known, the surest signs first."""


@dataclass(frozen=True)
class FileFacts:
    """What was seen of one file."""

    sha256: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class AddedModel:
    """A model as it was added. ``rtf`` is the real-time factor its operator measured on this machine."""

    name: str
    kind: ModelKind
    folder: Path
    source: str
    licence: str
    rtf: float | None
    added_at: str
    files: Mapping[str, FileFacts]

    @property
    def size(self) -> int:
        return sum(one.size for one in self.files.values())


def kind_of(folder: Path) -> ModelKind:
    """The kind of the model in a folder; UsageError, which lists what each kind needs, if it is of none."""
    if not folder.is_dir():
        raise UsageError(
            N_("{folder} is no folder. Name the folder that holds the model."), place=folder.name, folder=folder
        )
    for kind, signs in SIGNS.items():
        if all(any(folder.glob(sign)) for sign in signs):
            return kind
    wanted = "; ".join(f"{kind}: {', '.join(signs)}" for kind, signs in SIGNS.items())
    raise UsageError(
        N_("{folder} holds no model that is known here. Expected one of: {wanted}."),
        place=folder.name, folder=folder, wanted=wanted,
    )  # fmt: skip


def see(folder: Path) -> dict[str, FileFacts]:
    """Size, time and digest of every file of a folder, by its path in it; hidden ones are left out."""
    return {name: _facts(path) for name, path in sorted(_files(folder).items())}


def changed_files(model: AddedModel, *, thorough: bool = False) -> tuple[str, ...]:
    """The files of a model that are not what they were when it was added; all of them if its folder is gone.

    ``thorough``: digests of all files are computed, even of those whose size and time are the same.
    """
    there = _files(model.folder)
    changed = set(there) ^ set(model.files)
    for name in set(there) & set(model.files):
        noted, facts = model.files[name], there[name].stat()
        same = (noted.size, noted.mtime_ns) == (facts.st_size, facts.st_mtime_ns)
        if (thorough or not same) and (noted.size != facts.st_size or _digest(there[name]) != noted.sha256):
            changed.add(name)
    return tuple(sorted(changed))


def read_register(home: Path) -> tuple[AddedModel, ...]:
    """Every model that was added, by name; DamagedError when the register does not keep its format."""
    path = home / FILE
    if not path.is_file():
        return ()
    try:
        value = json.loads(path.read_bytes())
        if value["format"] != FORMAT:
            raise ValueError(FORMAT)
        return tuple(_model(one) for one in value["models"])
    except (ValueError, KeyError, TypeError):
        pass
    raise DamagedError(
        N_("The register of models {file} does not keep its format. Remove it, and add the models again."),
        place=FILE, file=FILE,
    )  # fmt: skip


def write_register(home: Path, models: tuple[AddedModel, ...]) -> None:
    """Write the register in the place of the one there was."""
    from storage.durable import replace_file

    value = {"format": FORMAT, "models": [_written(one) for one in sorted(models, key=lambda one: one.name)]}
    replace_file(home / FILE, json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n")


def check_name(name: str) -> str:
    """Return a name by which a setting can mean a model; UsageError for another one."""
    if _NAME.fullmatch(name) is None or name == "base":
        raise UsageError(
            N_("{name!r} cannot name a model: use letters without accents, digits, dots, hyphens and underscores, at "
               "most 64; base is the model that comes with huisclos."),
            place="--name", name=name[:70],
        )  # fmt: skip
    return name


def check_unchanged(home: Path, folder: Path) -> None:
    """ResourceError if a model that was added is not what it was; one that nobody added is not compared."""
    for model in read_register(home):
        if model.folder == folder.resolve() and (changed := changed_files(model)):
            raise ResourceError(
                N_("The model {model} is not the one that was added: {files} changed, came or went. It is not loaded. "
                   "Find out who changed it; if it was you, add it again: huisclos models add {folder}"),
                place=model.name, model=model.name, files=", ".join(changed[:5]), folder=model.folder,
            )  # fmt: skip


def folder_named(home: Path, name: str, kind: ModelKind) -> Path | None:
    """The folder of the model that was added under ``name``, if there is one of this kind."""
    return next((one.folder for one in read_register(home) if (one.name, one.kind) == (name, kind)), None)


def _files(folder: Path) -> dict[str, Path]:
    found = (path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else ()
    names = ((path.relative_to(folder), path) for path in found)
    return {str(name): path for name, path in names if not any(part.startswith(".") for part in name.parts)}


def _facts(path: Path) -> FileFacts:
    facts = path.stat()
    return FileFacts(_digest(path), facts.st_size, facts.st_mtime_ns)


def _digest(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _written(model: AddedModel) -> dict[str, Any]:
    return {
        "name": model.name,
        "kind": str(model.kind),
        "folder": str(model.folder),
        "source": model.source,
        "licence": model.licence,
        "rtf": model.rtf,
        "added_at": model.added_at,
        "files": {name: [one.sha256, one.size, one.mtime_ns] for name, one in model.files.items()},
    }


def _model(value: dict[str, Any]) -> AddedModel:
    return AddedModel(
        check_name(value["name"]),
        ModelKind(value["kind"]),
        Path(value["folder"]),
        value["source"],
        value["licence"],
        value["rtf"],
        value["added_at"],
        {name: FileFacts(*facts) for name, facts in value["files"].items()},
    )
