"""A record whose end the policy leaves to a person, or that is to be handed over: asked for, decided, carried out."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from flows.steps import workshops
from flows.steps.retention import daily, deciding, events, holds, retain, whys
from flows.steps.retention.attention import attention
from flows.steps.retention.certificates import certificates
from flows.steps.rights import rectifying
from infra.wiring import Services
from policies.destruction import Why
from storage.rows.walk import RecordRow
from storage.verify import verify_archive
from tests import factory
from tests.flows.test_requests import decided
from vocabulary.choices import Decision, Disposal, Ground, RecordClass, RequestKind, SessionState, Suspends, Trigger
from vocabulary.errors import HuisclosError, PolicyError, StateError, UsageError
from vocabulary.text import IdentifiedText

BEGUN, OVER = datetime(2027, 3, 1, 9, tzinfo=UTC), datetime(2027, 4, 2, 9, tzinfo=UTC)
REASON = IdentifiedText("le juge Bartholdi Canari le demande encore")
CLEARED = "cleared: {after: research_ended, keep: 2 years, then: review,"
GIVEN = 'recipients: [{code: archives, name: "Archives Exemple", audiences: [group], products: [text]}]'


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def days_later(self, services: Services, days: int) -> list[daily.Day]:
        """Let days come, on a machine that is on."""
        done = []
        for _ in range(days):
            self.now += timedelta(days=1)
            done.append(daily.run_day(services))
            if done[-1] is not None and done[-1].stopped is not None:  # a small archive: a large share is due
                daily.confirm(services, "Dominique")
                done.append(daily.run_day(services))
        return [day for day in done if day is not None]


REVIEWED = pytest.mark.parametrize("made", ["review"], indirect=True)
"""Of what is to be transferred nobody decides that it is destroyed."""
TRANSFERRED = pytest.mark.parametrize("made", ["transfer"], indirect=True)


@pytest.fixture(scope="module", params=["review", "transfer"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A cleared session of 1 March 2027 whose text comes to its end 30 days later, by review or by transfer."""
    then, place = str(request.param), tmp_path_factory.mktemp("deciding")
    text = factory.POLICY.read_text(encoding="utf-8").replace("recipients: []", GIVEN)
    assert CLEARED in text
    text = text.replace(CLEARED, f"cleared: {{after: cleared, keep: 30 days, then: {then},")
    (place / "policy.yaml").write_text(text, encoding="utf-8")
    built, clock = factory.bare(place / "home", BEGUN), Clock(BEGUN)
    with built.open(now=clock) as services:
        workshops.add(services, factory.CODE, place / "policy.yaml")
        factory.walk(services, SessionState.CLEARED, place)
        for _ in range(5):
            clock.days_later(services, 1)
            clock.now += timedelta(days=5)
        clock.now = OVER
        daily.run_day(services)
    return then, built.path


@pytest.fixture
def clock() -> Clock:
    return Clock(OVER)


@pytest.fixture
def home(made: tuple[str, Path], clock: Clock, tmp_path: Path) -> Iterator[Services]:
    with factory.Built(Path(shutil.copytree(made[1], tmp_path / "home"))).open(now=clock) as services:
        yield services


def cleared(services: Services) -> RecordRow:
    return services.archive.catalog.records(record_class=RecordClass.CLEARED, life=None)[0]


def why(services: Services, clock: Clock) -> whys.Explained:
    return whys.explain(services.settings, cleared(services).id, clock.now)[0]


def test_what_waits_for_a_person_is_asked_for_with_what_to_type(
    made: tuple[str, Path], home: Services, clock: Clock
) -> None:
    """In the plan, in status, in why, by the day and in its entry, until somebody decides; nothing goes by itself."""
    record = cleared(home)
    typed = {
        "review": f"huisclos retention review {record.id} --keep-until DATE --as NAME",
        "transfer": f"huisclos retention transfer {record.id} --to CODE --as NAME",
    }[made[0]]
    days = clock.days_later(home, 1)
    assert {item.command for item in retain.plan(home.settings, clock.now).items} == {typed}
    (waits,) = attention(home.settings, clock.now).undecided
    assert (waits.of, waits.record_class, waits.since, waits.command) == (
        "essai/1", RecordClass.CLEARED, date(2027, 3, 31), typed,
    )  # fmt: skip
    assert any(typed in str(line.facts.get("command")) for line in why(home, clock).lines)
    assert [one.facts["count"] for one in daily.words_of(days[-1]) if one.facts.get("day") == date(2027, 3, 31)] == [1]
    checked = [entry for entry in home.archive.log.entries(kind="retention-checked") if "stopped" not in entry.facts]
    assert checked[-1].facts["undecided"] == 1
    assert record.life == "live"


def test_kept_until_a_day_it_is_asked_about_again(home: Services, clock: Clock) -> None:
    """The reason is sealed; on that day the question comes back, and a later decision takes the place of the first."""
    record = cleared(home)
    deciding.review(home, record.id, Decision.KEEP, "Dominique", REASON, date(2027, 5, 1))
    assert attention(home.settings, clock.now).undecided == ()
    assert why(home, clock).why == Why.DECIDED.value and why(home, clock).due == date(2027, 5, 1)
    assert all(item.command is None for item in retain.plan(home.settings, clock.now).items)
    clock.now = datetime(2027, 5, 1, 9, tzinfo=UTC)
    (waits,) = attention(home.settings, clock.now).undecided
    assert waits.since == date(2027, 5, 1)
    daily.confirm(home, "Camille")  # a machine that was off for a month
    deciding.review(home, record.id, Decision.KEEP, "Camille", REASON, date(2027, 6, 1))
    assert attention(home.settings, clock.now).undecided == ()
    assert [path for path in home.home.rglob("*") if path.is_file() and b"Bartholdi" in path.read_bytes()] == []
    assert verify_archive(home.home, home.archive).findings == ()


def test_no_event_is_asked_for_that_cannot_be_noted(home: Services, clock: Clock) -> None:
    """A sealed reason of a workshop follows the verbatim of its sessions, and no return closes for a workshop."""
    deciding.review(home, cleared(home).id, Decision.KEEP, "Dominique", REASON, date(2027, 5, 1))
    (reason,) = home.archive.catalog.records(record_class=RecordClass.REASON, life=None)
    (explained,) = whys.explain(home.settings, reason.id, clock.now)
    assert explained.of == factory.CODE
    assert [line for line in explained.lines if "command" in line.facts] == []


@REVIEWED
def test_what_is_decided_to_be_destroyed_goes_once_it_was_announced(home: Services, clock: Clock) -> None:
    """Not at once, not by hand either, not under a hold; after its week it goes, and the certificate says so."""
    record = cleared(home)
    assert deciding.review(home, record.id, Decision.DESTROY, "Dominique", REASON).announce == 7
    assert retain.apply(home, "Dominique").destroyed == ()
    assert why(home, clock).why == Why.NOT_ANNOUNCED.value
    assert why(home, clock).lines[0].facts["disposal"] != Disposal.DESTROY  # what the policy says, not what was decided
    clock.days_later(home, 7)
    placed = holds.place(home, Suspends.DESTRUCTION, "essai/1", Ground.DISPUTE, date(2027, 6, 1), "Camille")
    assert clock.days_later(home, 2) and cleared(home).life == "live"
    holds.lift(home, Suspends.DESTRUCTION, placed.id, "Camille")
    clock.days_later(home, 7)
    assert cleared(home).life == "live"
    clock.days_later(home, 1)
    assert cleared(home).life == "destroyed"
    (told,) = [one for certificate in certificates(home) for one in certificate.content["records"]
               if one["id"] == record.id]  # fmt: skip
    assert told["decided"] == {"what": "destroy", "at": "2027-04-02T09:00:00Z"}
    assert verify_archive(home.home, home.archive).findings == ()


@REVIEWED
def test_a_decision_that_is_taken_back_in_time_keeps_and_voids_the_announcement(home: Services, clock: Clock) -> None:
    """Destroyed, announced, kept after all, destroyed again: it waits for a new announcement."""
    record = cleared(home)
    deciding.review(home, record.id, Decision.DESTROY, "Dominique", REASON)
    clock.days_later(home, 5)
    deciding.review(home, record.id, Decision.KEEP, "Camille", REASON, date(2028, 4, 1))
    clock.days_later(home, 4)
    deciding.review(home, record.id, Decision.DESTROY, "Dominique", REASON)
    assert retain.apply(home, "Dominique").destroyed == ()
    assert cleared(home).life == "live"


def test_what_is_handed_over_leaves_by_the_release_and_goes_after_its_receipt(home: Services, clock: Clock) -> None:
    """The file lies in the outbox for a recipient of the policy; without a receipt it stays; then it is destroyed, and
    the certificate says to whom it went."""
    record = cleared(home)
    released = deciding.hand_over(home, record.id, "archives", ["txt"], "Dominique")
    assert [file.exists() for file in released.files] == [True]
    (intent,) = home.archive.log.entries(kind="release-intended")
    assert intent.facts["recipient"] == "archives"
    clock.days_later(home, 9)
    assert why(home, clock).why == Why.NO_RECEIPT.value
    (waits,) = attention(home.settings, clock.now).undecided
    assert waits.command == f"huisclos retention transfer {record.id} --received REFERENCE --as NAME"
    for named in ("reçu par Mme Zorbekian", "Karim Benali"):
        with pytest.raises(UsageError):
            deciding.note_receipt(home, record.id, named, "Dominique")
    deciding.note_receipt(home, record.id, "BV 2027-4", "Dominique")
    assert retain.apply(home, "Dominique").destroyed == ()
    clock.days_later(home, 8)
    assert cleared(home).life == "destroyed"
    (told,) = [one for certificate in certificates(home) for one in certificate.content["records"]
               if one["id"] == record.id]  # fmt: skip
    assert (told["decided"]["what"], told["decided"]["to"], told["decided"]["receipt"]) == (
        "transfer", "archives", "BV 2027-4",
    )  # fmt: skip
    assert verify_archive(home.home, home.archive).findings == ()


def test_nothing_is_decided_or_handed_over_that_may_not_be(home: Services, clock: Clock) -> None:
    """No vault, no verbatim, nobody the policy does not name, no day too far, no receipt of nothing."""
    catalog, record = home.archive.catalog, cleared(home)
    vault = catalog.records(record_class=RecordClass.VAULT)[0]
    verbatim = catalog.records(record_class=RecordClass.VERBATIM)[0]
    size = home.archive.log.checkpoint().size
    refused: list[tuple[type[HuisclosError], object]] = []
    for error, act in (
        (StateError, lambda: deciding.hand_over(home, vault.id, "archives", ["txt"], "Dominique")),
        (StateError, lambda: deciding.hand_over(home, verbatim.id, "archives", ["txt"], "Dominique")),
        (StateError, lambda: deciding.review(home, vault.id, Decision.DESTROY, "Dominique", REASON)),
        (PolicyError, lambda: deciding.hand_over(home, record.id, "sponsor", ["txt"], "Dominique")),
        (StateError, lambda: deciding.review(home, record.id, Decision.KEEP, "D", REASON, date(2033, 1, 1))),
        (StateError, lambda: deciding.review(home, record.id, Decision.KEEP, "D", REASON, clock.now.date())),
        (StateError, lambda: deciding.note_receipt(home, record.id, "BV 1", "Dominique")),
        (UsageError, lambda: deciding.review(home, "essai/1", Decision.DESTROY, "Dominique", REASON)),
    ):
        with pytest.raises(error):
            act()
        refused.append((error, act))
    assert len(refused) == 8 and catalog.decisions() == []
    known = {entry.kind for entry in home.archive.log.entries() if entry.seq >= size}
    assert known <= {"person-registered"}
    holds.place(home, Suspends.USE, "essai/1", Ground.REQUEST, date(2027, 6, 1), "Camille")
    with pytest.raises(StateError):
        deciding.hand_over(home, record.id, "archives", ["txt"], "Dominique")


def test_a_statement_ends_after_the_text_it_was_kept_beside_and_nobody_is_asked_about_it(
    made: tuple[str, Path], home: Services, clock: Clock
) -> None:
    """However that text goes: it stays until then, cannot be decided on, is announced, and is destroyed."""
    request = decided(home, "Amaury Zorbekian", kind=RequestKind.RECTIFICATION, speaks=False)
    rectifying.keep_statement(home, request, factory.SESSION, None, REASON, "Dominique")
    (statement,) = home.archive.catalog.records(record_class=RecordClass.STATEMENT)
    assert whys.explain(home.settings, statement.id, clock.now)[0].why == Why.FOLLOWS.value
    assert [one.record_class for one in attention(home.settings, clock.now).undecided] == [RecordClass.CLEARED]
    with pytest.raises(StateError, match="nothing to decide"):
        deciding.review(home, statement.id, Decision.DESTROY, "Camille", REASON)
    if made[0] == "transfer":
        deciding.hand_over(home, cleared(home).id, "archives", ["txt"], "Camille")
        deciding.note_receipt(home, cleared(home).id, "BV 2027-1", "Camille")
    else:
        deciding.review(home, cleared(home).id, Decision.DESTROY, "Camille", REASON)
    clock.days_later(home, 8)
    assert cleared(home).life == "destroyed"
    assert home.archive.catalog.record(statement.id).life == "live"
    assert retain.apply(home, "Dominique").destroyed == ()
    clock.days_later(home, 8)
    assert home.archive.catalog.record(statement.id).life == "destroyed"
    assert verify_archive(home.home, home.archive).findings == ()


@TRANSFERRED
def test_what_is_to_be_handed_over_is_destroyed_by_nobody_alone(home: Services) -> None:
    """A steward may keep it, and not decide against the policy that it goes."""
    with pytest.raises(StateError):
        deciding.review(home, cleared(home).id, Decision.DESTROY, "Dominique", REASON)
    assert home.archive.catalog.decisions() == []
    deciding.review(home, cleared(home).id, Decision.KEEP, "Dominique", REASON, date(2027, 5, 1))


@REVIEWED
def test_the_decision_that_was_made_last_counts_whatever_the_clock_showed(home: Services, clock: Clock) -> None:
    """Destroyed, by a clock three hours ahead; kept, once it was put right: it is kept."""
    record = cleared(home)
    clock.now = OVER + timedelta(hours=3)
    deciding.review(home, record.id, Decision.DESTROY, "Camille", REASON)
    clock.now = OVER + timedelta(hours=1)
    with pytest.raises(StateError):  # behind the log: nothing is decided until somebody says that it is right
        deciding.review(home, record.id, Decision.KEEP, "Dominique", REASON, date(2028, 4, 1))
    daily.confirm(home, "Dominique")
    deciding.review(home, record.id, Decision.KEEP, "Dominique", REASON, date(2028, 4, 1))
    assert why(home, clock).why == Why.DECIDED.value
    told = [entry.facts["decision"] for entry in home.archive.log.entries(kind="end-decided")]
    assert [row.id for row in home.archive.catalog.decisions()] == told
    clock.now = OVER + timedelta(hours=4)
    clock.days_later(home, 9)
    assert cleared(home).life == "live"


def test_nothing_is_decided_under_a_clock_that_nobody_confirmed(home: Services, clock: Clock) -> None:
    """Of what had come due before the clock jumped, who confirmed it can decide."""
    record = cleared(home)
    clock.now = OVER + timedelta(days=60)
    with pytest.raises(StateError):
        deciding.review(home, record.id, Decision.KEEP, "Camille", REASON, date(2027, 9, 1))
    assert home.archive.catalog.decisions() == []
    daily.confirm(home, "Camille")
    deciding.review(home, record.id, Decision.KEEP, "Camille", REASON, date(2027, 9, 1))


def test_a_decision_does_not_outlive_the_end_it_was_made_at(tmp_path: Path) -> None:
    """The end of the research is noted, a destruction decided, the end taken back: it is neither announced nor asked
    for. Years on by a clock that one person confirmed, nobody can decide, and nobody is asked; a second one can."""
    text = factory.POLICY.read_text(encoding="utf-8")
    (tmp_path / "policy.yaml").write_text(text.replace("keep: 2 years, then: review", "keep: 30 days, then: review"),
                                          encoding="utf-8")  # fmt: skip
    clock = Clock(BEGUN)
    with factory.bare(tmp_path / "home", BEGUN).open(now=clock) as services:
        workshops.add(services, factory.CODE, tmp_path / "policy.yaml")
        factory.walk(services, SessionState.CLEARED, tmp_path)
        for _ in range(6):
            clock.days_later(services, 1)
            clock.now += timedelta(days=5)
        noted = events.note(services, Trigger.RESEARCH_ENDED, "essai", date(2027, 3, 2), "Camille")
        deciding.review(services, cleared(services).id, Decision.DESTROY, "Camille", REASON)
        assert why(services, clock).why == Why.NOT_ANNOUNCED.value
        events.correct(services, noted.row.id, None, "Dominique")
        explained = why(services, clock)
        assert (explained.why, explained.disposal) == (Why.TO_REVIEW.value, Disposal.REVIEW)
        assert attention(services.settings, clock.now).undecided == ()
        assert verify_archive(services.home, services.archive).findings == ()
        clock.now += timedelta(days=6 * 366)
        daily.confirm(services, "Camille")
        assert attention(services.settings, clock.now).undecided == ()
        with pytest.raises(StateError):
            deciding.review(services, cleared(services).id, Decision.DESTROY, "Camille", REASON)
        daily.confirm(services, "Dominique")
        assert [one.record for one in attention(services.settings, clock.now).undecided] == [cleared(services).id]
        deciding.review(services, cleared(services).id, Decision.DESTROY, "Camille", REASON)


def test_days_are_those_of_the_policy_and_not_of_utc(home: Services, clock: Clock) -> None:
    """A hold placed and a decision made an hour before midnight by UTC are of the next day in Paris."""
    clock.now = datetime(2027, 4, 3, 23, tzinfo=UTC)
    record = cleared(home)
    holds.place(home, Suspends.DESTRUCTION, record.id, Ground.DISPUTE, date(2027, 6, 1), "Camille")
    deciding.review(home, record.id, Decision.KEEP, "Dominique", REASON, date(2027, 5, 1))
    days = [line.facts["day"] for line in why(home, clock).lines if "day" in line.facts]
    assert days == [date(2027, 4, 4)] * 2
