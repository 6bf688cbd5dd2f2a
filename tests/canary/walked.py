"""A process that does the whole walk on a home: ``python -m tests.canary.walked HOME``."""

import sys
from pathlib import Path

from flows import plain
from flows.steps.leaving import release
from flows.steps.retention import retain
from flows.steps.reviewing import clear, review
from tests import factory
from vocabulary.choices import Audience


def main() -> None:
    """From the drop folder to the destroyed recording."""
    with factory.Built(Path(sys.argv[1])).open() as services:
        plain.run(services)
        review.accept(services, factory.SESSION, "Camille")
        for person in ("Camille", "Dominique"):
            clear.clear(services, factory.SESSION, Audience.GROUP, person)
        release.release(services, factory.SESSION, Audience.GROUP, ["docx", "vtt", "txt"], "Camille")
        retain.apply(services, "Dominique")


if __name__ == "__main__":
    main()
