"""Certificates of destruction: what left the machine before is listed, and completed only when all of it has ended."""

import json
from pathlib import Path

import pytest
from pyrage import x25519

from flows.steps.custody import backups, keys
from flows.steps.retention import retain
from flows.steps.retention.certificates import certificates, certify, of
from infra.recovery_copies import recovery_state
from infra.settings import Copies
from infra.wiring import Services, open_services
from storage.commit import Change
from storage.log.checkpoint import LogKey, open_checkpoint
from storage.log.entry import Entry
from storage.log.tree import leaf_hash, verify_inclusion
from storage.verify import verify_archive
from tests import factory
from vocabulary.choices import RecordClass, SessionState
from vocabulary.errors import UnknownError

_OF_THE_FIRST = ("home", "session", "method", "ordered_by", "ordered_at", "intent", "policy", "records")


def _decode(text: str) -> bytes:
    import base64

    return base64.b64decode(text)


def _destroy(services: Services) -> str:
    (certificate,) = retain.apply(services, "Dominique").certificates
    return certificate


def test_a_destruction_nothing_left_before_is_effective_everywhere_at_once(tmp_path: Path) -> None:
    """D2 is D1; what is backed up afterwards is not listed."""
    home = factory.copied(tmp_path / "home", SessionState.RELEASED)
    with home.open() as services:
        certificate = _destroy(services)
        backups.backup(services, tmp_path / "stick", "Camille")
        (one,) = of(services, certificate)
        assert one.content["exports"] == [] and one.completed_by is None
        assert one.content["effective_everywhere_since"] == one.content["effective_here_since"]
        assert certify(services) == ()


def test_what_left_before_is_listed_until_all_of_it_has_ended(tmp_path: Path) -> None:
    """Two backups: one confirmed is not enough; the second certificate refers to the first and says since when."""
    home = factory.copied(tmp_path / "home", SessionState.RELEASED)
    with home.open() as services:
        first = backups.backup(services, tmp_path / "one", "Camille", "blue stick")
        second = backups.backup(services, tmp_path / "two", "Camille")
        certificate = _destroy(services)
        (before,) = of(services, certificate)
        listed = {one["id"]: one for one in before.content["exports"]}
        assert listed.keys() == {first.export, second.export}
        assert (listed[first.export]["place"], listed[first.export]["kind"]) == ("blue stick", "backup")
        assert before.content["effective_everywhere_since"] is None
        assert backups.ended(services, first.export, "Dominique").certificates == ()
        renewed = backups.backup(services, tmp_path / "two", "Camille")
        assert renewed.ended == (second.export,) and len(renewed.certificates) == 1
        (after,) = of(services, renewed.certificates[0])
        assert after.content["completes"] == certificate
        last = max(export["ended_at"] for export in after.content["exports"])
        assert after.content["effective_everywhere_since"] == last
        assert of(services, certificate)[0].completed_by == renewed.certificates[0]
        assert certify(services) == ()
        assert verify_archive(home.path, services.archive).findings == ()


def test_a_recovery_place_that_could_not_be_written_is_not_passed_over(tmp_path: Path) -> None:
    """The copy there still opens what was destroyed: D2 waits until the place is written again."""
    home = factory.copied(tmp_path / "home", SessionState.RELEASED)
    place, unplugged = tmp_path / "place", tmp_path / "unplugged"
    place.mkdir()
    settings = home.settings.model_copy(update={"copies": Copies(recovery=place)})
    with open_services(settings, factory.PASSPHRASE) as services:
        keys.set_recipients(services, [str(x25519.Identity.generate().to_public()) for _ in range(2)], "Camille")
        place.rename(unplugged)
        (before,) = of(services, _destroy(services))
        assert (before.content["exports"], before.content["effective_everywhere_since"]) == ([], None)
        assert certify(services) == ()
        unplugged.rename(place)
        (completing,) = certify(services)
        (after,) = of(services, completing)
        assert after.content["completes"] == before.record
        assert after.content["effective_everywhere_since"] >= before.content["effective_here_since"]
        assert certify(services) == ()
    (kept,) = (path.name for path in place.glob("*/keystore-*"))
    assert kept == f"keystore-{recovery_state(settings).generation}"


def test_it_carries_the_proof_of_its_own_entries(tmp_path: Path) -> None:
    """Intent and destruction are under a signed checkpoint, by arithmetic alone; their records are its own."""
    home = factory.copied(tmp_path / "home", SessionState.RELEASED)
    with home.open() as services:
        (one,) = of(services, _destroy(services))
    kinds = []
    for proof in one.content["proofs"]:
        checkpoint = open_checkpoint(proof["checkpoint"], LogKey.parse(proof["key"]))
        found = proof["inclusion"]
        leaf = leaf_hash(found["entry"].encode())
        assert leaf == _decode(found["leaf"])
        path = [_decode(node) for node in found["proof"]]
        assert verify_inclusion(found["seq"], checkpoint.size, leaf, path, checkpoint.root)
        entry = json.loads(found["entry"])
        kinds.append(entry["kind"])
        assert {row["key"] for row in entry["rows"]} >= {record["id"] for record in one.content["records"]}
    assert kinds == ["destruction-intended", "destroyed"]


def test_a_certificate_is_found_by_its_record_and_by_what_it_speaks_of(tmp_path: Path) -> None:
    """The id of a destroyed record leads to it; another id is unknown."""
    home = factory.copied(tmp_path / "home", SessionState.RELEASED)
    with home.open() as services:
        certificate = _destroy(services)
        (listed,) = certificates(services)
        assert listed.record == certificate and listed.session == str(factory.SESSION)
        record = listed.content["records"][0]["id"]
        assert [one.record for one in of(services, record)] == [certificate]
        with pytest.raises(UnknownError):
            of(services, "r-" + "0" * 32)


def test_a_certificate_that_does_not_open_keeps_nobody_from_working(tmp_path: Path) -> None:
    """`archive verify` tells it; the next run goes on."""
    home = factory.copied(tmp_path / "home", SessionState.RELEASED)
    with home.open() as services:
        made = backups.backup(services, tmp_path / "stick", "Camille")
        row = services.archive.catalog.record(_destroy(services))
        (home.path / "archive" / "objects" / row.digest[:2] / row.digest).write_bytes(b"damaged")
        assert backups.ended(services, made.export, "Camille").certificates == ()


def test_a_certificate_of_the_first_format_is_shown_too(tmp_path: Path) -> None:
    """It lists no exports and carries no proof; nothing is asked of it."""
    home = factory.copied(tmp_path / "home", SessionState.RELEASED)
    with home.open() as services:
        archive = services.archive
        (whole,) = of(services, _destroy(services))
        earlier = {name: whole.content[name] for name in _OF_THE_FIRST} | {"format": "huisclos-certificate/1"}
        scope = archive.scope(factory.CODE, 1, RecordClass.CERTIFICATE)
        sealed = archive.objects.seal(scope, json.dumps(earlier).encode())
        row = archive.new_record(scope, sealed, services.now(), session_id=whole.content["session"])
        services.commit(Change(add=(row,)), Entry("certified", facts={"certificate": row.id, "intent": "e-1"}))
        (one,) = of(services, row.id)
        assert one.content["effective_here_since"] == whole.content["effective_here_since"]
        assert one.content["effective_everywhere_since"] is None and one.content["exports"] == []
        assert certify(services) == ()
