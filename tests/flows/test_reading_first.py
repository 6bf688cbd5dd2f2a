"""Where the policy lets nobody accept a draft unread, whoever accepts was shown it as it stands."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.steps.retention import policy_change
from flows.steps.reviewing import review
from infra.wiring import Services
from tests import factory
from vocabulary.choices import SessionState
from vocabulary.errors import StateError


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """A draft under review, whose policy does not accept it unread."""
    text = factory.POLICY.read_text(encoding="utf-8").replace("accept_unread: true", "accept_unread: false")
    file = tmp_path / "read.yaml"
    file.write_text(text.replace("version: 1\n", "version: 2\n"), encoding="utf-8")
    with factory.copied(tmp_path / "home", SessionState.IN_REVIEW).open() as opened:
        policy_change.apply(opened, factory.CODE, file, "Dominique")
        yield opened


def test_a_draft_is_accepted_by_who_has_read_it_and_by_nobody_else(services: Services) -> None:
    """That somebody else has read it does not count."""
    review.show(services, factory.SESSION, "Camille")
    with pytest.raises(StateError, match="review show"):
        review.accept(services, factory.SESSION, "Dominique")
    assert services.archive.catalog.session(factory.SESSION).reviewed_at is None
    assert review.accept(services, factory.SESSION, "Camille").sure > 0


def test_a_draft_that_changed_is_read_again(services: Services) -> None:
    """A passage that somebody else freed since is not vouched for by who has not seen it freed."""
    review.show(services, factory.SESSION, "Camille")
    reading = review.show(services, factory.SESSION, "Dominique")
    passage = next(one.passage for turn in reading.turns for one in turn.mentions if one.passage)
    review.free(services, factory.SESSION, str(passage), "personne", "Dominique")
    with pytest.raises(StateError, match="as it now stands"):
        review.accept(services, factory.SESSION, "Camille")
    review.show(services, factory.SESSION, "Camille")
    assert review.accept(services, factory.SESSION, "Camille")
