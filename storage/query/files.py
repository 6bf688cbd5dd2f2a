"""A file system of parts: read-only, in memory, filled by whoever holds the key."""

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
from pyarrow.fs import FileInfo, FileSystemHandler, FileType


class PartFiles(FileSystemHandler):  # type: ignore[misc]  # PyArrow has no types of its own
    """Opens a path by asking ``part`` for its bytes; everything else a file system does is refused."""

    def __init__(self, part: Callable[[str], Any]) -> None:
        self._part = part

    def get_type_name(self) -> str:
        return "parts"

    def normalize_path(self, path: str) -> str:
        return path

    def get_file_info(self, paths: Sequence[str]) -> list[Any]:
        return [FileInfo(path, FileType.File) for path in paths]

    def open_input_file(self, path: str) -> Any:
        return pa.BufferReader(self._part(path))

    def open_input_stream(self, path: str) -> Any:
        return pa.BufferReader(self._part(path))

    def _refuse(self, *_words: object, **_options: object) -> Any:
        raise OSError("parts can only be read")

    get_file_info_selector = create_dir = delete_dir = delete_dir_contents = delete_root_dir_contents = _refuse
    delete_file = move = copy_file = open_output_stream = open_append_stream = _refuse
