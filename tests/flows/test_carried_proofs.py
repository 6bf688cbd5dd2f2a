"""A certificate of destruction carries its proofs: the auditor's checker needs it and a key, and nothing else."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flows.steps.retention import certificates, retain
from tests.factory import copied
from tests.storage.written_logs import check
from vocabulary.choices import SessionState


@pytest.fixture
def certificate(tmp_path: Path) -> dict[str, Any]:
    """The content of a certificate for a recording that came to the end of its life."""
    with copied(tmp_path / "home", SessionState.RECEIVED).open(
        now=lambda: datetime(2100, 1, 1, tzinfo=UTC)
    ) as services:
        retain.apply(services, "Dominique")
        found = certificates.certificates(services)
    assert found
    return dict(found[0].content)


def verdict(tmp_path: Path, value: Any) -> int:
    file = tmp_path / "certificate.json"
    file.write_text(json.dumps(value), encoding="utf-8")
    return check(tmp_path / "empty", "--proof", file, "--key", tmp_path / "home" / "archive" / "log" / "key.pub")[0]


def test_a_certificate_is_checked_alone(tmp_path: Path, certificate: dict[str, Any]) -> None:
    """As it is sealed, and as the command line gives it."""
    assert certificate["proofs"]
    assert verdict(tmp_path, certificate) == 0
    assert verdict(tmp_path, {"certificates": [{"content": certificate}]}) == 0


def test_a_certificate_says_no_more_than_its_entries(tmp_path: Path, certificate: dict[str, Any]) -> None:
    """A record added, an intent changed, an entry changed: 21; no proof at all: it cannot be checked as one."""
    record = {**certificate["records"][0], "id": "r-" + "0" * 32}
    assert verdict(tmp_path, {**certificate, "records": [*certificate["records"], record]}) == 21
    assert verdict(tmp_path, {**certificate, "intent": "e-" + "0" * 32}) == 21
    assert verdict(tmp_path, {**certificate, "proofs": []}) == 21
    for name in ("home", "workshop", "session", "ordered_by", "ordered_at", "effective_here_since"):
        assert verdict(tmp_path, {**certificate, name: "2026-01-01T00:00:00Z"}) == 21
    for name in ("class", "created_at", "destroyed_at", "object"):
        changed = {**certificate["records"][0], name: "2026-01-01T00:00:00Z"}
        assert verdict(tmp_path, {**certificate, "records": [changed, *certificate["records"][1:]]}) == 21
    entry = certificate["proofs"][0]["inclusion"]
    entry["entry"] = entry["entry"].replace('"authenticated":false', '"authenticated":true')
    assert verdict(tmp_path, certificate) == 21
