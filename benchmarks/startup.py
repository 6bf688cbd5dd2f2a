"""How long the commands that only read take to start: ``python -m benchmarks.startup``, with HUISCLOS_HOME set.

Each is run five times in a process of its own; the quickest and the median are printed, beside a bare Python.
"""

import statistics
import subprocess
import sys
import time

COMMANDS = (["--help"], ["status"], ["log", "show"], ["log", "verify"], ["settings", "show"])
RUNS = 5


def main() -> None:
    """Measure and print."""
    show("python alone", [sys.executable, "-c", "pass"])
    for words in COMMANDS:
        show("huisclos " + " ".join(words), [sys.executable, "-m", "console", *words])


def show(name: str, command: list[str]) -> None:
    """Print the quickest and the median of ``RUNS`` starts, in seconds."""
    seconds = []
    for _ in range(RUNS):
        began = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        seconds.append(time.perf_counter() - began)
    print(f"{name:24s} quickest {min(seconds):5.2f} s, median {statistics.median(seconds):5.2f} s")


if __name__ == "__main__":
    main()
