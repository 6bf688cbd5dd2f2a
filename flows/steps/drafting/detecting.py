"""`huisclos detect`: the detector on a file of texts, without a home and without a passphrase.

The answer is written beside its place and renamed, so that a broken run leaves no half answer.
"""

import os
import secrets
from pathlib import Path
from typing import TextIO

from flows.steps.arrival.drop_folder import read_dossier
from infra.settings import Detection
from infra.wiring import make_detector
from vocabulary.errors import ResourceError, UsageError
from vocabulary.messages import N_


def detect(detection: Detection, source: Path, target: Path, dossier: Path | None = None) -> int:
    """Write one line of entities for each line of ``source``; return how many.

    UsageError names the first bad line; DetectorError when a detector fails.
    """
    from anonymize.detect_file import detect_documents

    if target.exists() and target.samefile(source):
        raise UsageError(N_("{file} is also the file to read: give the answer a file of its own."),
                         place=target.name, file=target.name)  # fmt: skip
    known = read_dossier(dossier.read_bytes(), dossier.name) if dossier else None
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    count = 0
    try:
        with source.open(encoding="utf-8") as lines, _private(partial) as out:
            for line in detect_documents(lines, make_detector(detection), known):
                out.write(line.rstrip("\n") + "\n")
                count += 1
        partial.replace(target)
    except UnicodeDecodeError:
        message = N_("{file} is not UTF-8 text.")
        raise UsageError(message, place=source.name, file=source.name) from None
    except OSError as error:
        message = N_("{file} cannot be read, or the answer cannot be written ({problem}).")
        raise ResourceError(message, place=source.name, file=source.name, problem=error.strerror) from None
    finally:
        partial.unlink(missing_ok=True)
    return count


def _private(path: Path) -> TextIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
