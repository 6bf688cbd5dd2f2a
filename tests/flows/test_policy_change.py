"""A workshop gets another policy: what loosens takes two stewards, what shortens waits."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from flows.steps import workshops
from flows.steps.custody import handover, keys
from flows.steps.retention import policy_change, retain
from flows.steps.retention.attention import Grace, attention
from flows.steps.retention.outcomes import PolicyApplied
from infra.wiring import Services, open_services
from policies.destruction import Why
from storage.verify import verify_archive
from tests import factory
from tests.factory import CODE, POLICY, Built
from vocabulary.choices import Reason, RecordClass, Role, SessionState
from vocabulary.errors import BusyError, PersonError, PolicyError, StateError

SHORTER = ("keep: 45 days", "keep: 5 days")
LOOSER = ("keep: 45 days", "keep: 60 days")
PASSPHRASES = {"Camille": "girafe-parloir-cantine-velours", "Solange": "verger-tambour-lichen-comptoir"}


@pytest.fixture
def home(tmp_path: Path) -> Built:
    """A home with one session received."""
    return factory.copied(tmp_path / "home", SessionState.RECEIVED)


@pytest.fixture
def services(home: Built) -> Iterator[Services]:
    with home.open() as opened:
        yield opened


def version(folder: Path, number: int, *edits: tuple[str, str]) -> Path:
    text = POLICY.read_text(encoding="utf-8").replace("version: 1\n", f"version: {number}\n")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / f"politique-{number}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def kinds(services: Services) -> list[str]:
    return [entry.kind for entry in services.archive.log.entries()]


def recording_due(home: Built, now: datetime) -> tuple[date | None, bool]:
    """When the recording, which is not cleared, comes due, and whether nothing keeps it but its announcement."""
    items = retain.plan(home.settings, now, everything=True).items
    (item,) = [one for one in items if one.record_class is RecordClass.RECORDING]
    assert item.why is not None
    return item.due, item.why.message == Why.NOT_ANNOUNCED.word


def applied(services: Services, file: Path, person: str = "Dominique") -> PolicyApplied:
    return policy_change.apply(services, CODE, file, person)


def test_a_policy_that_is_neither_looser_nor_shorter_counts_at_once(home: Built, tmp_path: Path) -> None:
    """One steward, one entry with both digests, and a row for the policy that was replaced."""
    file = version(tmp_path, 2, ("accept_unread: true", "accept_unread: false"))
    with home.open() as services:
        before = services.archive.catalog.workshop(CODE)
        done = applied(services, file)
        after = services.archive.catalog.workshop(CODE)
        assert (done.done, done.looser, done.shorter, done.counts_from) == (True, (), (), None)
        assert after.policy_digest == done.digest and after.policy_version == 2
        (entry,) = services.archive.log.entries(kind="policy-changed")
        assert (entry.facts["policy"], entry.facts["was"]) == (done.digest, before.policy_digest)
        (former,) = services.archive.catalog.former_policies(CODE)
        assert (former.policy_digest, former.counts_until) == (before.policy_digest, None)
        size = len(kinds(services))
        assert not applied(services, file).changed
        assert len(kinds(services)) == size
        assert verify_archive(home.path, services.archive).findings == ()


def test_a_policy_that_loosens_takes_a_second_steward(services: Services, tmp_path: Path) -> None:
    """The first call changes nothing and notes the wish; the same person again is not a second one."""
    file = version(tmp_path, 2, LOOSER)
    first = applied(services, file, "Dominique")
    again = applied(services, file, "Dominique")
    assert (first.done, again.done, first.looser) == (False, False, ("schedule.recording.latest",))
    assert services.archive.catalog.workshop(CODE).policy_version == 1
    assert kinds(services).count("policy-asked") == 1
    assert applied(services, file, "Camille").done
    assert services.archive.catalog.workshop(CODE).policy_version == 2


def test_a_wish_counts_for_this_very_file_and_until_the_policy_changes(services: Services, tmp_path: Path) -> None:
    """Neither a file that was edited since, nor one in whose place another policy was, is carried by it."""
    wanted = version(tmp_path, 3, LOOSER)
    assert not applied(services, wanted, "Dominique").done
    other = version(tmp_path, 4, ("keep: 45 days", "keep: 61 days"))
    assert not applied(services, other, "Camille").done
    assert applied(services, version(tmp_path, 2), "Camille").done
    assert not applied(services, wanted, "Camille").done


def test_a_shorter_period_counts_once_the_grace_is_over(home: Built, tmp_path: Path) -> None:
    """What is past under the new policy stays until the old date or the end of the grace, and comes due then."""
    with home.open() as services:
        done = applied(services, version(tmp_path, 2, SHORTER))
        assert verify_archive(home.path, services.archive).findings == ()
        received = datetime.fromisoformat(services.archive.catalog.sessions()[0].created_at)
    day = timedelta(days=1)
    assert done.counts_from == (received + 14 * day).date()
    assert attention(home.settings, received + 13 * day).graces == (Grace(CODE, done.counts_from),)
    assert attention(home.settings, received + 14 * day).graces == ()
    assert recording_due(home, received + 13 * day) == (done.counts_from, False)
    assert recording_due(home, received + 14 * day) == (done.counts_from, True)


def test_going_back_within_the_grace_leaves_nothing_shorter(home: Built, tmp_path: Path) -> None:
    """A mistake is undone: the second change loosens, so two ask for it, and the first date is back."""
    with home.open() as services:
        received = datetime.fromisoformat(services.archive.catalog.sessions()[0].created_at)
        applied(services, version(tmp_path, 2, SHORTER))
        back = version(tmp_path, 3)
        applied(services, back, "Dominique")
        assert applied(services, back, "Camille").done
    assert recording_due(home, received + timedelta(days=20))[0] == (received + timedelta(days=45)).date()


def test_a_second_shortening_does_not_end_the_grace_of_the_first(home: Built, tmp_path: Path) -> None:
    """Each replaced policy counts to its own day."""
    with home.open() as services:
        received = datetime.fromisoformat(services.archive.catalog.sessions()[0].created_at)
        applied(services, version(tmp_path, 2, SHORTER))
    with home.open(now=lambda: received + timedelta(days=10)) as services:
        applied(services, version(tmp_path, 3, ("keep: 45 days", "keep: 1 day")))
    assert recording_due(home, received + timedelta(days=13))[0] == (received + timedelta(days=14)).date()
    assert recording_due(home, received + timedelta(days=14))[1]


def test_a_workshop_is_not_handed_over_during_a_grace(home: Built, tmp_path: Path) -> None:
    """The bundle holds one policy, and the other home would destroy earlier."""
    from pyrage import x25519

    address = str(x25519.Identity.generate().to_public())
    with home.open() as services:
        applied(services, version(tmp_path, 2, SHORTER))
        with pytest.raises(StateError, match="still counts until"):
            handover.export(services, CODE, address, tmp_path / "bundle", "Camille")
    with home.open(now=lambda: datetime.now(UTC) + timedelta(days=15)) as services:
        assert handover.export(services, CODE, address, tmp_path / "bundle", "Camille")


def test_an_older_version_is_refused(services: Services, tmp_path: Path) -> None:
    """A version of the same policy has a larger number."""
    with pytest.raises(StateError, match="larger number"):
        applied(services, version(tmp_path, 1, ("accept_unread: true", "accept_unread: false")))


def test_a_policy_with_placeholders_is_followed_by_a_demonstration_alone(
    home: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Applied or added, it is refused with every line to fill in; nothing is installed."""
    file = version(tmp_path, 2, ('"texte inventé pour la démonstration"', '"à compléter"'))
    line = 1 + file.read_text(encoding="utf-8").split("à compléter")[0].count("\n")
    installed = sorted((home.path / "archive" / "policies").iterdir())
    with home.open() as services:
        for act in (lambda: applied(services, file), lambda: workshops.add(services, "autre", file)):
            with pytest.raises(PolicyError, match=rf"processing.offence_data.authorisation \(line {line}\)") as caught:
                act()
            assert caught.value.place == f"{file.name}:{line}"
    assert sorted((home.path / "archive" / "policies").iterdir()) == installed
    monkeypatch.setenv("HUISCLOS_DEMONSTRATION", "true")
    with home.open() as services:
        assert workshops.add(services, "autre", file).code == "autre"


def test_sessions_wait_for_what_the_new_policy_asks(
    home: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An authorisation that is written at last lets them go on; completing takes one steward."""
    monkeypatch.setenv("HUISCLOS_DEMONSTRATION", "true")
    waiting = version(tmp_path, 2, ('"texte inventé pour la démonstration"', '"à compléter"'))
    with home.open() as services:
        applied(services, waiting)
        applied(services, waiting, "Camille")
        assert services.archive.catalog.session(factory.SESSION).waits == Reason.OFFENCE_DATA
        assert applied(services, version(tmp_path, 3)).done
        assert services.archive.catalog.session(factory.SESSION).waits is None


def test_nobody_changes_a_policy_while_a_session_is_worked_on(home: Built, tmp_path: Path) -> None:
    """It would be transcribed under a policy that no longer holds."""
    from infra.process import lock

    with home.open() as services:
        session = services.archive.catalog.session(factory.SESSION)
        with lock(home.path, session.id), pytest.raises(BusyError):
            applied(services, version(tmp_path, 2))
        assert services.archive.catalog.workshop(CODE).policy_version == 1


def test_what_was_received_under_a_policy_is_not_given_another_by_adding_the_workshop_again(
    services: Services, tmp_path: Path
) -> None:
    """Two stewards and the grace cannot be gone round."""
    with pytest.raises(StateError, match="huisclos policy apply"):
        workshops.add(services, CODE, version(tmp_path, 2, LOOSER))
    workshops.add(services, "vide", POLICY)
    workshops.add(services, "vide", version(tmp_path, 2, LOOSER))
    assert services.archive.catalog.workshop("vide").policy_version == 2


def test_only_stewards_apply_policies_once_there_are_any(home: Built, tmp_path: Path) -> None:
    """Under their own passphrase, or named under the machine's; a facilitator of the workshop may not."""
    file = version(tmp_path, 2)
    with home.open() as services:
        keys.add(services, "Camille", Role.FACILITATOR, [CODE], PASSPHRASES["Camille"], "Dominique")
        keys.add(services, "Solange", Role.STEWARD, [], PASSPHRASES["Solange"], "Dominique")
        for name in ("Camille", "Dominique", "Personne"):
            with pytest.raises(PersonError, match="by a data steward"):
                applied(services, file, name)
    with open_services(home.settings, PASSPHRASES["Camille"]) as services, pytest.raises(PersonError):
        applied(services, file, "Camille")
    with open_services(home.settings, PASSPHRASES["Solange"]) as services:
        assert applied(services, file, "Solange").done
        (entry,) = services.archive.log.entries(kind="policy-changed")
        assert entry.authenticated
