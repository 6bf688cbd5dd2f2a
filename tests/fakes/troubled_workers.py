"""Workers that make it hard to be their parent, to be run in a process of their own (speech/child_pipes.py)."""

import ctypes
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from speech.child_pipes import serve


class Worker:
    """Does what an order says, in ``_work``."""

    version = "troubled"


def main() -> None:
    """Serve orders until the pipe is closed."""
    serve(_work)


def _work(_: object, order: Mapping[str, Any], sound: Iterator[bytes], tell: Callable[[float], None]) -> object:
    act = order["act"]
    if act == "takes no sound":
        time.sleep(60)
    if act == "lets nothing run":
        list(sound)
        ctypes.PyDLL(None).sleep(60)
    if act == "tells all the time":
        for _piece in sound:
            for at in range(order["times"]):
                tell(at / order["times"])
    if act == "starts another":
        return subprocess.Popen(["sleep", "60"]).pid
    if act == "leaves a file":
        with open(os.path.join(os.environ["TMPDIR"], "left"), "w") as left:  # noqa: PTH118, PTH123
            left.write("talk")
        return os.environ["TMPDIR"]
    return None
