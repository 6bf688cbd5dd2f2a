"""Where the JSON Schemas of the command line's answers lie."""

import json
from pathlib import Path
from typing import Any

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def schema(name: str) -> Any:
    """The schema docs/reference/schemas/NAME.json."""
    return json.loads((REFERENCE / "schemas" / f"{name}.json").read_text(encoding="utf-8"))
