"""What a hold keeps and what a restriction stops, asked of every step that destroys or uses what it stands over."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from flows import plain
from flows.steps import sessions
from flows.steps.arrival import receive
from flows.steps.arrival.dossiers import told_in
from flows.steps.custody import keys
from flows.steps.leaving import egress, release
from flows.steps.query_view import View
from flows.steps.retention import holds
from flows.steps.reviewing import clear, correcting, review, speakers
from flows.steps.rights import consents, requests, traces, withdraw
from flows.steps.rights.traced import Wanted
from infra.wiring import Services, open_services
from storage.rows.walk import RecordRow
from storage.verify import verify_archive
from tests import factory
from vocabulary.choices import Audience, Ground, RecordClass, RecordLife, RequestKind, Role, SessionState, Suspends, Use
from vocabulary.errors import PersonError, StateError
from vocabulary.text import IdentifiedText

SESSION, CODE = factory.SESSION, factory.CODE
LATER = date(2999, 1, 1)
COLLEAGUE = IdentifiedText("Solveig Quastelbach")
WORD = IdentifiedText("collège")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Services]:
    """A home whose one session is in review, open."""
    with factory.copied(tmp_path / "home", SessionState.IN_REVIEW).open() as services:
        yield services


USES: dict[str, Callable[[Services, Path], object]] = {
    "read": lambda home, _: review.show(home, SESSION, "Camille"),
    "accept": lambda home, _: review.accept(home, SESSION, "Camille"),
    "free": lambda home, _: review.free(home, SESSION, "1", "personne", "Camille"),
    "mask": lambda home, _: review.mask(home, SESSION, "1", "Camille"),
    "reopen": lambda home, _: review.reopen(home, SESSION, "Camille"),
    "correct": lambda home, _: correcting.take(home, SESSION, [1], "Camille"),
    "leave as heard": lambda home, _: correcting.leave(home, SESSION, [1], "Camille"),
    "give a form": lambda home, _: correcting.give(home, SESSION, "1", WORD, "Camille"),
    "give a form everywhere": lambda home, _: correcting.give_everywhere(home, SESSION, WORD, WORD, "Camille"),
    "read who speaks": lambda home, _: speakers.show(home, SESSION, "Camille"),
    "read who may speak": lambda home, _: speakers.participants(home, SESSION, "S1", "Camille"),
    "join voices": lambda home, _: speakers.join(home, SESSION, "S1", "S2", "Camille"),
    "part voices": lambda home, _: speakers.part(home, SESSION, ["1"], None, "Camille"),
    "recognise": lambda home, _: speakers.recognise(home, SESSION, "S1", None, "Camille"),
    "read consent": lambda home, _: consents.show(home, CODE, None, "Camille"),
    "clear": lambda home, _: clear.clear(home, SESSION, Audience.GROUP, "Camille"),
    "read what is withheld": lambda home, _: egress.withheld(home, SESSION, Audience.GROUP, "Camille"),
    "release": lambda home, _: release.release(home, SESSION, Audience.GROUP, ["txt"], "Camille"),
    "give back": lambda home, out: sessions.recover(home, SESSION, out, "Camille"),
}


@pytest.mark.parametrize("on", ["workshop", "session", "record"])
def test_no_step_uses_what_is_restricted(home: Services, tmp_path: Path, on: str) -> None:
    """Whatever it is set on; each says so, and names no other reason; nothing of it is in the answer of a query."""
    record = home.archive.catalog.records(session_id=home.archive.catalog.session(SESSION).id)[0]
    where = {"workshop": CODE, "session": str(SESSION), "record": record.id}[on]
    assert len(View(home, None).parts("draft")) == 1
    placed = holds.place(home, Suspends.USE, where, Ground.REQUEST, LATER, "Dominique")
    assert View(home, None).parts("draft") == []
    before = [row.id for row in home.archive.catalog.records(life=None)]
    for what, use in USES.items():
        with pytest.raises(StateError) as caught:
            use(home, tmp_path / "out")
        assert "restricted" in str(caught.value), what
    assert [row.id for row in home.archive.catalog.records(life=None)] == before
    holds.lift(home, Suspends.USE, placed.id, "Camille")
    assert review.accept(home, SESSION, "Camille").session == SESSION


def test_what_is_restricted_or_damaged_tells_no_names_to_other_drafts(home: Services) -> None:
    """The dossier of one session neither serves nor stops the draft of another."""
    assert told_in(home, CODE)
    placed = holds.place(home, Suspends.USE, str(SESSION), Ground.REQUEST, LATER, "Dominique")
    assert told_in(home, CODE) == frozenset()
    holds.lift(home, Suspends.USE, placed.id, "Camille")
    dossier = home.archive.catalog.latest(home.archive.catalog.session(SESSION).id, RecordClass.DOSSIER)
    assert dossier is not None
    path = home.archive.objects.root / dossier.digest[:2] / dossier.digest
    path.write_bytes(path.read_bytes()[:-1])
    assert told_in(home, CODE) == frozenset()


def test_what_protects_somebody_goes_on_under_a_restriction(home: Services) -> None:
    """To narrow consent, to look for a person on their request, to withdraw them: GDPR 18(2)."""
    holds.place(home, Suspends.USE, CODE, Ground.REQUEST, LATER, "Dominique")
    assert consents.narrow(home, CODE, None, COLLEAGUE, frozenset({Use.RESEARCH}), None, "Camille").workshop == CODE
    asked = requests.open_request(home, RequestKind.ERASURE, None, COLLEAGUE, "Camille", speaks=False)
    requests.check_identity(home, asked.id, IdentifiedText("carte vue"), "Camille", mandate=False)
    found = requests.search(home, asked.id, [IdentifiedText("Amaury Zorbekian")], "Camille").sealed.found
    assert found is not None and [one.session for one in found.sessions] == [str(SESSION)]
    youth = Wanted(names=(IdentifiedText("Amaury Zorbekian"),))
    for person in ("Camille", "Dominique"):
        done = withdraw.withdraw(home, withdraw.plan(home, CODE, youth, person), person)
    assert done.done and not traces.trace(home, CODE, youth).any


def _standing(home: Services) -> list[RecordRow]:
    return [row for row in home.archive.catalog.records(life=None) if row.workshop == CODE]


def test_nothing_of_a_workshop_on_hold_is_destroyed_by_what_replaces_it(home: Services, tmp_path: Path) -> None:
    """A new dossier, a new transcript, a corrected draft, a narrowed consent, clearing: every version stands and opens,
    and the newest is the one that counts."""
    placed = holds.place(home, Suspends.DESTRUCTION, CODE, Ground.AUTHORITY, LATER, "Dominique")
    first = {row.id for row in _standing(home)}
    toml = tmp_path / "seance1.toml"
    for dossier in (
        factory.DOSSIER.replace('"Zorbekian"]', '"Zorbekian", "Momo"]'),
        factory.DOSSIER.replace("speakers = 2", 'speakers = 2\nwithheld = ["00:00:01-00:00:02"]'),
    ):
        toml.write_text(dossier, encoding="utf-8")
        receive.submit(home, [], SESSION, toml)
        plain.run(home)
        assert home.archive.catalog.session(SESSION).state == SessionState.IN_REVIEW
    consents.narrow(home, CODE, 1, COLLEAGUE, frozenset({Use.RESEARCH}), None, "Camille")
    correcting.give_everywhere(home, SESSION, WORD, IdentifiedText("Collège"), "Camille")
    review.accept(home, SESSION, "Camille")
    for person in ("Camille", "Dominique"):
        clear.clear(home, SESSION, Audience.GROUP, person)
    consents.narrow(home, CODE, None, COLLEAGUE, frozenset({Use.RETURN}), None, "Camille")
    rows = _standing(home)
    assert first < {row.id for row in rows}
    for row in rows:
        assert (row.life, row.destroy_intended_at) == (RecordLife.LIVE, None)
        home.archive.objects.check_opens(home.archive.scope_of(row), home.archive.sealed_of(row))
    youth = Wanted(names=(IdentifiedText("Amaury Zorbekian"),))
    with pytest.raises(StateError):
        withdraw.withdraw(home, withdraw.plan(home, CODE, youth, "Camille"), "Camille")
    with pytest.raises(StateError):
        review.reopen(home, SESSION, "Camille")
    holds.lift(home, Suspends.DESTRUCTION, placed.id, "Camille")
    assert review.reopen(home, SESSION, "Camille") == 2
    assert verify_archive(home.home, home.archive).findings == ()


SOLANGE, BIS, TERESE = (
    "verger-tambour-lichen-comptoir",
    "marelle-fanion-buvard-cendre",
    "girafe-parloir-cantine-velours",
)


def test_the_only_steward_lifts_no_hold_of_theirs_through_one_they_made(tmp_path: Path) -> None:
    """Nor through a second one; a steward whom somebody else made does, as does whoever was one before."""
    built = factory.copied(tmp_path / "home", SessionState.RECEIVED)
    with built.open() as services:
        keys.add(services, "Solange", Role.STEWARD, [], SOLANGE, "Dominique")
    with open_services(built.settings, SOLANGE) as services:
        placed = holds.place(services, Suspends.DESTRUCTION, CODE, Ground.AUTHORITY, LATER, "Solange")
        keys.add(services, "Bis", Role.STEWARD, [], BIS, "Solange")
    with open_services(built.settings, BIS) as services:
        with pytest.raises(PersonError, match="made a steward since"):
            holds.lift(services, Suspends.DESTRUCTION, placed.id, "Bis")
        again = holds.place(services, Suspends.DESTRUCTION, CODE, Ground.AUTHORITY, LATER, "Bis")
    with open_services(built.settings, SOLANGE) as services:
        holds.lift(services, Suspends.DESTRUCTION, again.id, "Solange")
    with built.open() as services:
        keys.add(services, "Térèse", Role.STEWARD, [], TERESE, "Dominique")
    with open_services(built.settings, TERESE) as services:
        assert holds.lift(services, Suspends.DESTRUCTION, placed.id, "Térèse").lifted_at
