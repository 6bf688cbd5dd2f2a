"""One detector for the whole room, and small makers of the values its tests need."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from anonymize.detect import Detector
from vocabulary.choices import Audience, EntityType, Operator
from vocabulary.profile import Profile

CORPUS = Path(__file__).resolve().parents[2] / "benchmarks" / "corpus"

_GROUP = {
    EntityType.YOUTH: Operator.PSEUDONYMIZE,
    EntityType.PERSON: Operator.PSEUDONYMIZE,
    EntityType.PLACE: Operator.PSEUDONYMIZE,
    EntityType.INSTITUTION: Operator.PSEUDONYMIZE,
    EntityType.DATE: Operator.SHIFT,
    EntityType.AGE: Operator.KEEP,
    EntityType.CONTACT: Operator.REDACT,
    EntityType.ID: Operator.REDACT,
    EntityType.QUASI: Operator.REDACT,
}


@pytest.fixture(scope="session")
def detector() -> Detector:
    """The real detector, loaded once."""
    return Detector()


@pytest.fixture(scope="session")
def group_profile() -> Profile:
    """The profile of the sample policy for the group."""
    return Profile(Audience.GROUP, _GROUP)


@pytest.fixture(scope="session")
def research_profile() -> Profile:
    """A profile that generalises ages, dates, places and institutions."""
    general = {
        EntityType.AGE: Operator.GENERALIZE,
        EntityType.PLACE: Operator.GENERALIZE,
        EntityType.INSTITUTION: Operator.GENERALIZE,
    }
    return Profile(Audience.RESEARCH, {**_GROUP, **general})


@pytest.fixture(scope="session")
def corpus() -> Callable[[str], list[dict[str, Any]]]:
    """Read one variant of the development corpus."""

    def read(name: str) -> list[dict[str, Any]]:
        lines = (CORPUS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    return read
