"""The sample policies, as text and read."""

from pathlib import Path

import pytest

from policies.policy import Policy
from policies.policy_file import parse_policy

SAMPLES = Path(__file__).parents[2] / "policies" / "samples"


@pytest.fixture(scope="session")
def demo_text() -> str:
    return (SAMPLES / "demo.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def demo(demo_text: str) -> Policy:
    return parse_policy(demo_text, "demo.yaml")


@pytest.fixture(scope="session", params=["standard", "strict", "demo"])
def sample(request: pytest.FixtureRequest) -> Policy:
    return parse_policy((SAMPLES / f"{request.param}.yaml").read_bytes(), f"{request.param}.yaml")
