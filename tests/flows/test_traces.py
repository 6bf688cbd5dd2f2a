"""Traces of a person: every session in which the talk, a dossier, a proof or a cleared text speaks of them."""

from dataclasses import replace
from pathlib import Path

import pytest
import told_twice
from told_twice import FIRST, SECOND

from flows.steps.drafting.draft import open_transcript
from flows.steps.rights import traces
from flows.steps.rights.traced import Beyond, SessionTraces, Wanted
from flows.steps.sealing import condemn, finish_erasures
from infra.wiring import Services
from storage.commit import Change
from storage.log.entry import Entry
from tests import factory
from vocabulary.choices import Audience, RecordClass
from vocabulary.errors import UnknownError
from vocabulary.text import IdentifiedText

YOUTH = Wanted(names=(IdentifiedText("amaury zorbekian"),))
COLLEAGUE = Wanted(names=(IdentifiedText("Solveig Quastelbach"),), speaks=True)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> factory.Built:
    """Two sessions, the first released: no test here changes them."""
    return told_twice.build(tmp_path_factory.mktemp("traces") / "home")


def _said(services: Services, found: SessionTraces | None) -> list[str]:
    assert found is not None
    turns = open_transcript(services, found.session).turns
    return [turns[one.turn].text.reveal()[one.start : one.end] for one in (*found.sentences, *found.around)]


def test_a_youth_is_found_in_every_session_and_where_they_are_only_he(home: factory.Built) -> None:
    """By what was typed in lower case; what is said of somebody else stays."""
    with home.open() as services:
        found = traces.trace(services, factory.CODE, YOUTH)
        first, second = found.of(FIRST), found.of(SECOND)
        assert first is not None and second is not None
        assert _said(services, first) == [
            "Amaury Zorbekian a seize ans.",
            "Amaury ?",
            "Il tient le four de la cité.",
            "Oui, il dort dehors depuis mardi.",
        ]
        assert _said(services, second) == ["Amaury Zorbekian est revenu au foyer.", "Son père l'attendait."]
        assert found.codes == ("Jeune 1",)
        assert first.known == second.known == (0,)
        assert [one.audience for one in first.cleared] == [Audience.GROUP]
        assert first.participants == first.spoken == () and first.consents == 0
        assert first.times and all(0 <= start < end for start, end in first.times)


def test_the_code_of_a_youth_finds_what_their_name_finds(home: factory.Built) -> None:
    """Whoever only reads returns can ask too."""
    with home.open() as services:
        by_name = traces.trace(services, factory.CODE, YOUTH)
        by_code = traces.trace(services, factory.CODE, Wanted(code="Jeune 1"))
    assert [one.passages for one in by_code.sessions] == [one.passages for one in by_name.sessions]


def test_a_participant_is_found_by_their_voice_their_name_and_their_consent(home: factory.Built) -> None:
    """Their turns where the talk says whose they are, or somebody does; elsewhere the trace says that nobody knows."""
    with home.open() as services:
        found = traces.trace(services, factory.CODE, COLLEAGUE)
        first, second = found.of(FIRST), found.of(SECOND)
        assert first is not None and second is not None
        talk = open_transcript(services, second.session).turns
        last = len(talk) - 1
        moment = int(talk[last].start) + 1
        told = Wanted(COLLEAGUE.names, speaks=True, voices={SECOND: frozenset({talk[0].speaker})})
        by_voice = traces.trace(services, factory.CODE, told).of(SECOND)
        by_turn = traces.trace(services, factory.CODE, replace(COLLEAGUE, also={SECOND: frozenset({moment})})).of(
            SECOND
        )
    assert by_voice is not None and by_turn is not None
    assert first.spoken and first.beyond == () and first.spoken[0].turn == 0
    assert (first.participants, first.consents, second.consents) == ((0,), 2, 1)
    assert second.spoken == () and second.beyond == (Beyond.VOICE,)
    assert len(second.named) == 1 and second.sentences == ()
    assert {talk[one.turn].speaker for one in by_voice.spoken} == {talk[0].speaker} and by_voice.beyond == ()
    assert 0 < len(by_voice.spoken) < len(talk)
    assert [one.turn for one in by_turn.spoken] == [last] and by_turn.beyond == (Beyond.VOICE,)


def test_somebody_nobody_spoke_of_leaves_no_trace(home: factory.Built) -> None:
    """Nor does a part of a name that another has in full."""
    with home.open() as services:
        for name in ("Hyacinthe Molitor", "Amaury Keller", "…"):
            assert not traces.trace(services, factory.CODE, Wanted(names=(IdentifiedText(name),))).any
        with pytest.raises(UnknownError):
            traces.trace(services, "ailleurs", YOUTH)


def test_a_trace_shows_nothing_of_what_it_found(home: factory.Built) -> None:
    """Its values count."""
    with home.open() as services:
        found = traces.trace(services, factory.CODE, YOUTH)
        shown = f"{found!r} {found.sessions!r} {YOUTH!r} {found.sessions[0].cleared!r}".casefold()
    assert "amaury" not in shown and "zorbekian" not in shown and "four" not in shown


def test_once_verbatim_and_vault_are_gone_a_trace_says_what_it_cannot_look_through(tmp_path: Path) -> None:
    """A cleared text is still found by its code; a name finds nothing in it (GDPR 11)."""
    home = told_twice.build(tmp_path / "home")
    with home.open() as services:
        gone = [
            record
            for record_class in (RecordClass.VERBATIM, RecordClass.DRAFT, RecordClass.VAULT)
            for record in services.archive.catalog.records(workshop=factory.CODE, record_class=record_class)
        ]
        services.commit(Change(replace=tuple(condemn(gone, services.now()))), Entry("destruction-intended"))
        finish_erasures(services)
        by_code = traces.trace(services, factory.CODE, Wanted(code="Jeune 1"))
        by_name = traces.trace(services, factory.CODE, YOUTH)
    first = by_code.of(FIRST)
    assert first is not None and first.cleared and first.beyond == (Beyond.VERBATIM,)
    assert by_code.beyond == (Beyond.VAULT,) and by_name.beyond == ()
    assert not any(one.cleared or one.passages for one in by_name.sessions)
