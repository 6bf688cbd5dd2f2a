"""Writes the golden files again: ``.venv/bin/python tests/returns/make_golden.py``, then read the difference."""

from invented_session import GOLDEN, HEADING, read_session

from returns.packet import compose
from returns.rendering import FORMATS, render

if __name__ == "__main__":
    for name in sorted(FORMATS):
        (GOLDEN / f"return.{name}").write_bytes(render(compose(read_session(), HEADING), name))
