"""Witnesses of a home: registered under one key each, and what they sign comes back into the log."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.steps.record import witnesses
from storage.log.proof import prove
from storage.log.witness import WitnessSigner, sign_checkpoint
from tests.factory import Built, copied
from tests.storage.written_logs import written
from vocabulary.errors import LogForkedError, StateError, UnknownError, UsageError

AT = datetime(2026, 3, 15, tzinfo=UTC)
SIGNER = WitnessSigner.generate("witness.example/1")


@pytest.fixture
def built(tmp_path: Path) -> Built:
    return copied(tmp_path / "home")


def test_what_a_witness_signed_is_kept_and_logged_once(built: Built) -> None:
    """Taking it in again changes nothing; the next one follows with its proof."""
    with built.open() as services:
        log = services.archive.log
        witnesses.add(services, SIGNER.name, SIGNER.key.text(), "Camille")
        first = sign_checkpoint(log.checkpoint_text(), SIGNER, log.key(), AT)
        for _ in range(2):
            (one,) = witnesses.take_in(services, first, "Camille")
            assert (one.witness, one.at) == (SIGNER.name, AT)
        second = sign_checkpoint(log.checkpoint_text(), SIGNER, log.key(), AT, first, prove(log, since=first))
        witnesses.take_in(services, second, "Camille")
        entries = list(log.entries(kind="checkpoint-witnessed"))
        assert [entry.facts["signed_at"] for entry in entries] == ["2026-03-15T00:00:00Z"] * 2
    assert [one.size for one in witnesses.countersigned(built.settings)] == [entry.facts["size"] for entry in entries]


def test_a_witness_is_added_once_and_under_its_own_name(built: Built) -> None:
    """The same again changes nothing; another key under the name, and another name, are refused."""
    with built.open() as services:
        for _ in range(2):
            witnesses.add(services, SIGNER.name, SIGNER.key.text(), "Camille")
        assert len(list(services.archive.log.entries(kind="witness-added"))) == 1
        with pytest.raises(StateError):
            witnesses.add(services, SIGNER.name, WitnessSigner.generate(SIGNER.name).key.text(), "Camille")
        with pytest.raises(UsageError):
            witnesses.add(services, "somebody.else", SIGNER.key.text(), "Camille")


def test_a_witness_that_was_removed_signs_no_more_and_what_it_signed_counts(built: Built) -> None:
    """It can come back under the same key."""
    with built.open() as services:
        log = services.archive.log
        witnesses.add(services, SIGNER.name, SIGNER.key.text(), "Camille")
        signed = sign_checkpoint(log.checkpoint_text(), SIGNER, log.key(), AT)
        witnesses.take_in(services, signed, "Camille")
        witnesses.remove(services, SIGNER.name, "Camille")
        assert witnesses.registered(built.settings) == []
        with pytest.raises(UsageError):
            witnesses.take_in(services, signed, "Camille")
        with pytest.raises(UnknownError):
            witnesses.remove(services, SIGNER.name, "Camille")
        assert len(witnesses.countersigned(built.settings)) == 1
        witnesses.add(services, SIGNER.name, SIGNER.key.text(), "Camille")
        assert [row.witness for row in witnesses.registered(built.settings)] == [SIGNER.name]


def test_a_checkpoint_of_another_past_is_a_fork(built: Built, tmp_path: Path) -> None:
    """Whoever signs another past with the home's own key is found by the first witness."""
    with built.open() as services:
        witnesses.add(services, SIGNER.name, SIGNER.key.text(), "Camille")
        key = services.archive.keystore.log_key()
        twin = written(tmp_path / "twin", 1, key, services.archive.home_id)
        with pytest.raises(LogForkedError):
            witnesses.take_in(services, SIGNER.cosign(twin.checkpoint_text(), AT), "Camille")
