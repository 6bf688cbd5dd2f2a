"""The pictures of the documentation are what the program draws today."""

import importlib.util
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from tests.factory import ROOT

PICTURES = ROOT / "docs" / "pictures"


def test_the_picture_of_a_policy_is_what_simulate_draws(tmp_path: Path) -> None:
    """docs/pictures/draw.py draws it anew, byte for byte; it is well-formed and has a row for each class of record."""
    spec = importlib.util.spec_from_file_location("draw", PICTURES / "draw.py")
    assert spec is not None and spec.loader is not None
    draw = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(draw)
    kept = (PICTURES / draw.PICTURE).read_bytes()
    assert draw.draw(tmp_path).read_bytes() == kept
    rows = ElementTree.fromstring(kept).findall("{http://www.w3.org/2000/svg}g")
    assert len(rows) == 3 * 10 + 1
