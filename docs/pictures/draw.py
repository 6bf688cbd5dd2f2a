"""Draws the pictures of the documentation with the program itself: ``python docs/pictures/draw.py``.

``politique.svg`` is what ``policy simulate`` draws of the demonstration's policy, for three sessions whose days are
planned, so that it comes out the same on any day. tests/console/test_pictures.py compares it.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PICTURE = "politique.svg"
PLANNED = (
    "\nplanned: {sessions: 3, first_session: 2027-01-11, every: 1 month, workshop_closes: 2027-06-30, "
    "research_ends: 2027-12-01}\n"
)


def draw(folder: Path) -> Path:
    """Draw the picture into ``folder``, which does not hold one; return its path."""
    target = folder / PICTURE
    text = (ROOT / "policies" / "samples" / "demo.yaml").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as scratch:
        policy = Path(scratch) / "politique.yaml"
        policy.write_text(text + PLANNED, encoding="utf-8")
        command = [sys.executable, "-m", "console", "policy", "simulate", str(policy), "--svg", str(target)]
        subprocess.run(
            command, check=True, cwd=ROOT, env={**os.environ, "HUISCLOS_LANG": "fr"}, stdout=subprocess.DEVNULL
        )
    return target


if __name__ == "__main__":
    (HERE / PICTURE).unlink(missing_ok=True)
    print(draw(HERE))
