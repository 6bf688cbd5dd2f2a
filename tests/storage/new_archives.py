"""Real archives for the tests of this room: made in a moment, with one of everything."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.archive import Archive
from storage.commit import Change, utc
from storage.keys.keystore import Costs
from storage.log.entry import Entry
from storage.rows.custody import ExportRow, OpenerRow, WitnessRow
from storage.rows.retention import DecisionRow, EventRow, ExtensionRow, FormerPolicyRow, HoldRow, NoticeRow, VisaRow
from storage.rows.rights import RecallRow, RequestRow
from storage.rows.walk import ClearanceRow, CopyRow, SessionRow, WorkshopRow
from vocabulary.choices import (
    Article,
    Audience,
    Decision,
    ExportKind,
    Ground,
    Notice,
    RecordClass,
    RequestKind,
    RequestState,
    Role,
    Ruling,
    SessionState,
    Suspends,
    Trigger,
)
from vocabulary.ids import new_id

PASSPHRASE = "seven quiet herons over the weir"
NOW = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
POLICY = "format: huisclos-policy/1\n"
POLICY_DIGEST = hashlib.sha256(POLICY.encode()).hexdigest()


def new_archive(home: Path) -> Archive:
    """An archive with nothing in it but its first entry."""
    return Archive.create(home, PASSPHRASE, Costs.for_tests())


def workshop_row(code: str = "demo-1") -> WorkshopRow:
    return WorkshopRow(code, utc(NOW), POLICY_DIGEST, "ateliers", 1)


def session_row(workshop: str = "demo-1", number: int = 3) -> SessionRow:
    return SessionRow(
        id=new_id("s"), workshop=workshop, number=number, state=SessionState.RECEIVED, previous=None, reason=None,
        fault=None, waits=None, parts=1, parts_expected=1, language="fr", created_at=utc(NOW), changed_at=utc(NOW),
    )  # fmt: skip


def add_workshop(archive: Archive) -> None:
    """The workshop demo-1, with its policy installed."""
    (archive.home / "archive" / "policies" / f"{POLICY_DIGEST}.yaml").write_text(POLICY)
    archive.commit(Change(add=(workshop_row(),)), Entry("workshop-added", facts={"workshop": "demo-1"}), now=NOW)


def filled_archive(home: Path) -> Archive:
    """An archive with a row in every table, sealed objects, an installed policy and a person."""
    archive, session = new_archive(home), session_row()
    add_workshop(archive)
    scope = archive.scope("demo-1", 3, RecordClass.OUTPUT)
    sealed = archive.objects.seal(scope, b"treated text")
    record = archive.new_record(
        scope, sealed, NOW, session_id=session.id, part=1, audience=Audience.GROUP, format="txt",
        fingerprint="1" * 64, length_ms=1000,
    )  # fmt: skip
    archive.commit(Change(add=(session, record)), Entry("received", session=session.id), now=NOW)
    person = archive.person("Ada Canari", register=True, now=NOW + timedelta(seconds=1))
    clearance = ClearanceRow(new_id("c"), session.id, Audience.GROUP, "2" * 64, person, utc(NOW))
    copy = CopyRow(new_id("k"), record.id, "outbox/demo-1/3/group/demo-1-3-group.txt", utc(NOW))
    recall = RecallRow(new_id("b"), record.id, utc(NOW), utc(NOW))
    archive.commit(Change(add=(clearance, copy, recall)), Entry("released", session=session.id, actor=person))
    opener = OpenerRow(person, Role.FACILITATOR, "demo-1", utc(NOW), removed_at=utc(NOW))
    export = ExportRow(new_id("x"), ExportKind.BACKUP, utc(NOW), 2, 3, person, "blue stick", utc(NOW))
    witness = WitnessRow("witness.example", "witness.example+0a0b0c0d+BAAA", utc(NOW), utc(NOW))
    former = FormerPolicyRow(new_id("o"), "demo-1", POLICY_DIGEST, "essai", 1, utc(NOW), "2026-04-01")
    archive.commit(Change(add=(opener, export, witness, former)), Entry("exported", actor=person))
    note = new_id("r")
    orders = (
        EventRow(new_id("n"), Trigger.RETURN_CLOSED, "demo-1", session.id, "2026-03-14", person, utc(NOW), new_id("n")),
        HoldRow(
            new_id("g"), Suspends.DESTRUCTION, "demo-1", session.id, record.id, Ground.DISPUTE, "2026-06-01", note,
            person, utc(NOW), person, utc(NOW),
        ),
        ExtensionRow(new_id("y"), "demo-1", session.id, RecordClass.RECORDING, note, person, utc(NOW)),
        VisaRow(new_id("v"), "demo-1", session.id, "2026-12-31", "BE 2026-12", person, utc(NOW)),
        DecisionRow(
            new_id("d"), "demo-1", record.id, Decision.TRANSFER, person, utc(NOW), "2027-01-01", note, "archives",
            "2026-03-20", "BV 2026-4", "2026-03-14",
        ),
        NoticeRow(new_id("a"), "demo-1", record.id, Notice.ANNOUNCED, "2026-03-20", utc(NOW)),
    )  # fmt: skip
    archive.commit(Change(add=orders), Entry("hold-placed", session=session.id, actor=person))
    home = archive.next_scope("-", 0, RecordClass.REQUEST)
    asked = archive.new_record(home, archive.objects.seal(home, b"who asks"), NOW)
    request = RequestRow(
        new_id("q"), RequestKind.ACCESS, RequestState.CLOSED, "2026-03-01", "2026-06-01", utc(NOW), person, asked.id,
        True, "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05", Ruling.REFUSED, Article.GDPR_15_4, "2026-03-06",
        "2026-03-07", "2027-03-07",
    )  # fmt: skip
    archive.commit(Change(add=(asked, request)), Entry("request-opened", actor=person))
    archive.seal_fault("Traceback: canary", session.id)
    return archive
