"""A letter says that something was done, or searched, only once it was."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.steps.arrival import receive
from flows.steps.drafting.vaults import SealedVaults
from flows.steps.retention import holds
from flows.steps.rights import requests, withdraw
from flows.steps.rights.traced import Wanted
from flows.steps.rights.traces import trace
from infra.wiring import Services
from storage.log.entry import LoggedEntry
from storage.log.log import Log
from tests import factory
from tests.flows.test_requests import cleared, decided, home, opened, services, text, written
from vocabulary.choices import Article, Ground, RequestKind, Ruling, Suspends
from vocabulary.errors import StateError, UsageError

__all__ = ["cleared", "home", "services"]

AMAURY = "Amaury Zorbekian"


@pytest.mark.parametrize("kind", [RequestKind.ERASURE, RequestKind.OBJECTION])
def test_an_erasure_is_answered_once_it_was_carried_out(services: Services, kind: RequestKind) -> None:
    """The letter is refused with the command to type, until nothing is found of them any more."""
    request = decided(services, AMAURY, kind=kind, speaks=False)
    wanted = Wanted(names=(text(AMAURY),))
    with pytest.raises(StateError, match=f"huisclos withdraw essai --request {request}"):
        written(services, request)
    for person in ("Camille", "Dominique"):
        with pytest.raises(StateError, match="huisclos withdraw"):
            written(services, request)
        withdraw.withdraw(services, withdraw.plan(services, factory.CODE, wanted, person), person)
    assert "Madame" in written(services, request)


def test_a_later_withdrawal_of_somebody_else_opens_no_letter(services: Services) -> None:
    """A colleague is erased from the same workshop meanwhile: that carries out nothing of what the youth asked for."""
    request = decided(services, AMAURY, kind=RequestKind.ERASURE, speaks=False)
    for person in ("Camille", "Dominique"):
        shown = withdraw.plan(services, factory.CODE, Wanted(names=(text("Bastien Mirontaine"),)), person)
        done = withdraw.withdraw(services, shown, person)
    assert done.done
    with pytest.raises(StateError, match="not carried out yet in essai"):
        written(services, request)


def test_a_withdrawal_in_the_name_of_a_request_opens_its_letter_alone(services: Services) -> None:
    """Though their name is found again: it is somebody else's there. Another request of that name stays shut."""
    request, other = (decided(services, AMAURY, kind=RequestKind.ERASURE, speaks=False) for _ in range(2))
    wanted = Wanted(code="Jeune 1")
    for person in ("Camille", "Dominique"):
        withdraw.withdraw(services, withdraw.plan(services, factory.CODE, wanted, person, request=request), person)
    note = text("Zorbekian, un homonyme")
    holds.place(services, Suspends.USE, factory.CODE, Ground.DANGER, datetime.date(2027, 6, 1), "Dominique", note)
    assert trace(services, factory.CODE, Wanted(names=(text(AMAURY),))).any
    assert "Madame" in written(services, request)
    with pytest.raises(StateError, match=f"--request {other}"):
        written(services, other)


def test_nothing_is_withdrawn_in_the_name_of_another_request(services: Services) -> None:
    """One that was not granted, one of another right, one about somebody of the other kind."""
    refused = decided(services, AMAURY, Ruling.REFUSED, Article.GDPR_17_3_D, kind=RequestKind.ERASURE, speaks=False)
    access = decided(services, AMAURY, speaks=False)
    theirs = decided(services, AMAURY, kind=RequestKind.OBJECTION, speaks=True)
    wanted = Wanted(names=(text(AMAURY),))
    for request, told in ((refused, "not granted"), (access, "carries out an erasure"), (theirs, "opposite")):
        with pytest.raises((StateError, UsageError), match=told):
            withdraw.plan(services, factory.CODE, wanted, "Camille", request=request)


@pytest.mark.parametrize(
    "wanted",
    [Wanted(code="Jeune 2"), Wanted(code="Enseignant 1"), Wanted(names=(text("Bastien Mirontaine"),)), Wanted()],
    ids=["code of nobody", "code of another", "name of another", "nobody"],
)
def test_a_request_is_carried_out_for_its_own_person_alone(services: Services, wanted: Wanted) -> None:
    """Another's code or name asks for nothing in its name, and its letter stays shut."""
    codes = [one.pseudonym for one in SealedVaults(services).load(factory.CODE).referents]
    assert "Enseignant 1" in codes and "Jeune 2" not in codes
    request = decided(services, AMAURY, kind=RequestKind.ERASURE, speaks=False)
    with pytest.raises(UsageError, match="in its name"):
        withdraw.plan(services, factory.CODE, wanted, "Camille", request=request)
    with pytest.raises(StateError, match="not carried out yet"):
        written(services, request)


def test_a_request_is_carried_out_under_every_name_it_was_searched_under(services: Services) -> None:
    """One of two would leave what was found under the other."""
    request = decided(services, AMAURY, kind=RequestKind.ERASURE, speaks=False)
    requests.search(services, request, [text("Kwintesse")], "Dominique")
    with pytest.raises(UsageError, match="every one of them"):
        withdraw.plan(services, factory.CODE, Wanted(names=(text(AMAURY),)), "Camille", request=request)
    both = Wanted(names=(text("kwintesse"), text(AMAURY)))
    assert withdraw.plan(services, factory.CODE, both, "Camille", request=request).any


def test_a_search_after_the_decision_adds_names_and_forgets_none(services: Services) -> None:
    """Looking for somebody else meanwhile does not make the letter say that nothing is found."""
    request = decided(services, AMAURY, kind=RequestKind.ERASURE, speaks=False)
    found = requests.search(services, request, [text("Kwintesse")], "Dominique").sealed
    assert [form.reveal() for form in found.forms] == [AMAURY, "Kwintesse"]
    assert found.found is not None and found.found.concerned == (factory.CODE,)
    with pytest.raises(StateError, match="not carried out yet"):
        written(services, request)


def test_a_search_before_the_decision_takes_the_place_of_the_one_before(services: Services) -> None:
    """A name mistyped is not looked for again."""
    request = opened(services, RequestKind.ERASURE, speaks=False)
    requests.check_identity(services, request, text("Vu"), "Dominique", mandate=False)
    for name in ("Kwintesse", AMAURY):
        found = requests.search(services, request, [text(name)], "Dominique").sealed
    assert [form.reveal() for form in found.forms] == [AMAURY]


def test_a_request_that_is_refused_meanwhile_is_carried_out_by_nobody(services: Services) -> None:
    """What was decided when the plan was shown does not count: nothing is noted, and nothing destroyed."""
    request = decided(services, AMAURY, kind=RequestKind.ERASURE, speaks=False)
    shown = withdraw.plan(services, factory.CODE, Wanted(names=(text(AMAURY),)), "Camille", request=request)
    requests.decide(services, request, Ruling.REFUSED, Article.GDPR_17_3_D, text(""), "Dominique")
    with pytest.raises(StateError, match="not granted"):
        withdraw.withdraw(services, shown, "Camille")
    assert not list(services.archive.log.entries(kind=withdraw.ASKED))


def test_an_erasure_carried_out_before_it_was_decided_is_found_by_a_fresh_look(services: Services) -> None:
    """Nothing is found of them any more, and the look stands in the log as an access."""
    request = decided(services, AMAURY, kind=RequestKind.ERASURE, speaks=False)
    wanted = Wanted(names=(text(AMAURY),))
    for person in ("Camille", "Dominique"):
        withdraw.withdraw(services, withdraw.plan(services, factory.CODE, wanted, person), person)
    requests.decide(services, request, Ruling.GRANTED, None, text(""), "Dominique")
    looks = len(list(services.archive.log.entries(kind="accessed")))
    assert "Madame" in written(services, request)
    assert len(list(services.archive.log.entries(kind="accessed"))) == looks + 1


def restricted(services: Services, request: str, ground: Ground = Ground.REQUEST) -> str:
    day = datetime.date(2027, 6, 1)
    return holds.place(services, Suspends.USE, factory.CODE, ground, day, "Dominique", request=request).id


def test_a_restriction_is_answered_once_an_order_stands(services: Services) -> None:
    """In the name of the request, over the session that was found or over its workshop, as long as it stands."""
    request = decided(services, AMAURY, kind=RequestKind.RESTRICTION, speaks=False)
    with pytest.raises(StateError, match="huisclos restriction add essai/1"):
        written(services, request)
    placed = restricted(services, request)
    assert "18(3)" in written(services, request)
    holds.lift(services, Suspends.USE, placed, "Camille")
    with pytest.raises(StateError, match="not carried out yet"):
        written(services, request)


@pytest.mark.parametrize("ground", [Ground.REQUEST, Ground.DISPUTE])
def test_a_restriction_of_somebody_else_opens_no_letter(services: Services, ground: Ground) -> None:
    """One that names no request, or another one of the same name."""
    request, other = (decided(services, AMAURY, kind=RequestKind.RESTRICTION, speaks=False) for _ in range(2))
    holds.place(services, Suspends.USE, factory.CODE, ground, datetime.date(2027, 6, 1), "Dominique")
    restricted(services, other)
    with pytest.raises(StateError, match=f"--request {request} --ground request"):
        written(services, request)
    assert "18(3)" in written(services, other)


def test_nothing_is_restricted_in_the_name_of_another_request(services: Services) -> None:
    """One of another right, one that was refused, and on no other ground."""
    access = decided(services, AMAURY, speaks=False)
    refused = decided(services, AMAURY, Ruling.REFUSED, Article.GDPR_18_1, kind=RequestKind.RESTRICTION, speaks=False)
    for request in (access, refused):
        with pytest.raises(StateError, match="asks for no restriction"):
            restricted(services, request)
    granted = decided(services, AMAURY, kind=RequestKind.RESTRICTION, speaks=False)
    with pytest.raises(UsageError, match="ground"):
        restricted(services, granted, Ground.DISPUTE)
    assert services.archive.catalog.holds() == []


def test_a_letter_waits_though_its_decision_has_come_to_its_end_in_the_log(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request can still be answered; what carries it out counts as before, and without it that is said."""
    request, other = (decided(services, AMAURY, kind=RequestKind.ERASURE, speaks=False) for _ in range(2))
    whole = Log.entries

    def left(log: Log, *, kind: str | None = None, session: str | None = None) -> Iterator[LoggedEntry]:
        return (one for one in whole(log, kind=kind, session=session) if one.kind != "request-decided")

    wanted = Wanted(code="Jeune 1")
    for person in ("Camille", "Dominique"):
        withdraw.withdraw(services, withdraw.plan(services, factory.CODE, wanted, person, request=request), person)
    day = datetime.date(2027, 6, 1)
    holds.place(services, Suspends.USE, factory.CODE, Ground.DANGER, day, "Dominique", text(AMAURY))
    monkeypatch.setattr(Log, "entries", left)
    assert "Madame" in written(services, request)
    with pytest.raises(StateError, match="not carried out yet"):
        written(services, other)


def test_what_is_refused_needs_nothing_to_be_carried_out(services: Services) -> None:
    """A refusal says that nothing was done, and is answered at once."""
    request = decided(
        services, AMAURY, Ruling.REFUSED, Article.GDPR_17_3_D, kind=RequestKind.ERASURE, speaks=False
    )  # fmt: skip
    assert "ne peut" in written(services, request)


def test_what_could_not_be_searched_stands_in_the_letter(tmp_path: Path) -> None:
    """A recording that nobody transcribed yet: not everything was searched, and the letter does not say so."""
    with factory.copied(tmp_path / "home").open() as services:
        toml = tmp_path / "seance1.toml"
        toml.write_text(factory.DOSSIER.split("[[known]]")[0], encoding="utf-8")
        receive.submit(services, [factory.RECORDING], factory.SESSION, toml)
        said = written(services, decided(services, "Personne Inconnue", speaks=False))
    assert "pas encore transcrit" in said
    assert "dans ce qui peut l'être" in said
    assert "tout ce qui est conservé" not in said
