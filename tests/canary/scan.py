"""The scan: planted names and bytes, raw and base64, in every file under a folder and in captured output."""

import base64
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Find:
    """One place where a planted string was seen."""

    place: str
    needle: str


def needles(names: list[str], recording: bytes) -> dict[str, bytes]:
    """What to look for: each name in the encodings a leak could take, and 32 bytes from the middle."""
    middle = len(recording) // 2
    wanted = {"recording": recording[middle : middle + 32]}
    for name in names:
        wanted[f"{name} utf-8"] = name.encode()
        wanted[f"{name} lower"] = name.lower().encode()
        wanted[f"{name} utf-16"] = name.encode("utf-16-le")
        wanted[f"{name} escaped"] = name.encode("unicode_escape")
    shifted = {
        f"{label} base64/{shift}": form
        for label, data in wanted.items()
        for shift, form in enumerate(base64_forms(data))
    }
    return wanted | shifted


def base64_forms(data: bytes) -> list[bytes]:
    """The part of ``data``'s base64 that does not depend on its neighbours, at each of three alignments."""
    forms = []
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + data)
        first = (0, 2, 3)[shift]
        last = len(text) - (4 if (len(data) + shift) % 3 else 0)
        forms.append(text[first:last])
    return forms


def scan(folder: Path, wanted: dict[str, bytes], output: str = "", skip: tuple[str, ...] = ()) -> list[Find]:
    """Every place under ``folder`` (and in ``output``) where something planted can be seen.

    ``skip`` names folders directly under ``folder`` that may hold it: the drop folder before sealing.
    """
    found = [
        Find("captured output", label)
        for label, data in wanted.items()
        if data in output.encode() or data in output.replace("\n", "").encode()
    ]
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if relative.parts[0] in skip:
            continue
        name = str(relative).encode()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        joined = content.replace(b"\\n", b"").replace(b"\n", b"")
        found += [
            Find(str(relative), label)
            for label, data in wanted.items()
            if data in content or data in joined or data in name
        ]
    return found
