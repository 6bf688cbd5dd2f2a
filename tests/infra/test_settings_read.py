"""A setting that nothing reads promises what nobody keeps."""

import re
from pathlib import Path

import pytest

from infra.settings import Settings, explain

ROOT = Path(__file__).parents[2]
SOURCES = [
    path.read_text(encoding="utf-8")
    for room in ("console", "flows", "infra", "storage", "speech", "anonymize")
    for path in (ROOT / room).rglob("*.py")
    if path != ROOT / "infra" / "settings.py"
]
NAMES = [name for name, _, _ in explain(Settings(home=Path("/nowhere"))) if name != "passphrase"]


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_read_by_something(name: str) -> None:
    """Some file outside the settings speaks of its section and reads it by name."""
    section, _, leaf = name.rpartition(".")
    read = re.compile(rf"\.{leaf}\b")
    assert any(section in text and read.search(text) for text in SOURCES)
