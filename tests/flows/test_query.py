"""Queries over a home: what each table holds, who may read it, and what the log keeps of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.steps.query import query
from flows.steps.query_view import COLUMNS
from flows.steps.reviewing import review
from infra.wiring import Services, open_services
from storage.commit import Change, utc
from storage.log.entry import Entry, LoggedEntry
from storage.query.errors import QueryError
from storage.rows.custody import OpenerRow
from tests import factory
from tests.canary.scan import needles, scan
from vocabulary.choices import Role, SessionState
from vocabulary.errors import PersonError, UnknownError

STEWARD, PASSPHRASE = "Sidonie", "quatre mulets sous la pluie grise"


@pytest.fixture(scope="module")
def cleared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose one session is cleared for the group, with a steward and a facilitator."""
    home = factory.copied(tmp_path_factory.mktemp("query") / "home", SessionState.CLEARED)
    with home.open() as services:
        for name, role, workshops in ((STEWARD, Role.STEWARD, None), ("Fanny", Role.FACILITATOR, factory.CODE)):
            person = services.person(name)
            codes = None if workshops is None else [workshops]
            services.archive.keystore.add_opener(person, role, codes, f"{PASSPHRASE} {name}")
            row = OpenerRow(person, role, workshops, utc(services.now()))
            services.commit(Change(add=(row,)), Entry("opener-added", actor=person))
    return home.path


@pytest.fixture
def services(cleared: Path, tmp_path: Path) -> Iterator[Services]:
    home = factory.Built(shutil.copytree(cleared, tmp_path / "home"))
    with home.open() as opened:
        yield opened


def last(services: Services) -> LoggedEntry:
    return list(services.archive.log.entries())[-1]


def test_every_table_has_its_columns_and_rows(services):
    """All of all of them at once: the columns are those of the reference, in order, and rows are there."""
    answer = query(services, f"select * from {', '.join(COLUMNS)} limit 1", STEWARD, sensitive=True)
    assert [column for column, _kind in answer.columns] == [name for columns in COLUMNS.values() for name in columns]
    assert len(answer.rows) == 1
    assert last(services).facts["columns"] == " ".join(f"{name}(*)" for name in sorted(COLUMNS))


def test_cleared_text_is_the_text_as_cleared(services):
    """Treated turns in their order, with times in milliseconds; no name as said."""
    sql = "select turn, start_ms, end_ms, text from cleared where audience = 'group' order by turn"
    answer = query(services, sql, "Camille")
    assert [row[0] for row in answer.rows] == list(range(len(answer.rows)))
    assert all(start <= end for _, start, end, _ in answer.rows)
    said = " ".join(row[3] for row in answer.rows)
    assert "Jeune 1" in said
    assert not [name for name in factory.CANARIES if name in said]


def test_the_log_holds_tables_columns_and_counts_and_never_the_query(services):
    """One entry, of the one session that was read, with no word of the query or the answer."""
    query(services, "select text, 'Zorbekian' from cleared where text like '%Zorbekian%' or turn < 2", "Camille")
    entry = last(services)
    assert entry.kind == "queried"
    assert entry.session == services.archive.catalog.session(factory.SESSION).id
    assert dict(entry.facts) == {"tables": "cleared", "columns": "cleared(turn,text)", "texts": 1, "rows": 2}
    assert b"Zorbekian" not in entry.line()


def test_the_access_is_logged_before_anything_is_shown(services, monkeypatch):
    """Where it cannot be logged there is no answer."""

    def refuse(*_args: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(type(services), "commit", refuse)
    with pytest.raises(OSError, match="full"):
        query(services, "select text from cleared", "Camille")


def test_a_query_that_fails_after_reading_is_logged_too(services):
    """An error can tell of a cell by coming or not: its code is kept. One that read nothing leaves no entry."""
    with pytest.raises(QueryError):
        query(services, "select error(text) from cleared", "Camille")
    assert (last(services).kind, last(services).facts["failed"]) == ("queried", "value")
    before = last(services).seq
    for sql in ("selec", "select * from nowhere", "select text from verbatim"):
        with pytest.raises(QueryError):
            query(services, sql, "Camille")
    assert last(services).seq == before


def test_only_a_steward_reads_identified_tables(services):
    """Nobody else does, registered or not; and asking registers nobody."""
    people = len(services.archive.catalog.people())
    for name in ("Camille", "Fanny", "Nobody Yet"):
        with pytest.raises(PersonError):
            query(services, "select text from verbatim", name, sensitive=True)
    assert len(services.archive.catalog.people()) == people
    mention = "v.text[s.start_char + 1:s.end_char]"
    sql = f"select s.type, {mention} from spans s join verbatim v using (workshop, session, turn)"
    answer = query(services, sql, STEWARD, sensitive=True)
    assert ["YOUTH", "Amaury"] in answer.rows or ["YOUTH", "Amaury Zorbekian"] in answer.rows
    assert last(services).facts["tables"] == "spans verbatim"


def test_the_draft_is_the_text_as_the_group_would_read_it(services):
    """Treated anew with today's vault: here what was cleared."""
    drafted = query(services, "select turn, text from draft order by 1", STEWARD, sensitive=True)
    assert drafted.rows == query(services, "select turn, text from cleared order by 1", "Camille").rows


def test_what_is_destroyed_or_taken_back_is_absent(services):
    """A reopened review destroys the cleared text: the table is empty, the record's row says so."""
    review.reopen(services, factory.SESSION, "Camille")
    assert query(services, "select * from cleared", "Camille").rows == []
    rows = query(services, "select class, life from records where class = 'cleared'", "Camille").rows
    assert rows == [["cleared", "destroyed"]]


def test_a_workshop_narrows_what_is_seen(services):
    """All tables; a code that is none is told."""
    from flows.steps import workshops

    workshops.add(services, "autre", factory.POLICY)
    names = ("cleared", "sessions", "records", "clearances", "log")
    sql = " union all ".join(f"select count(*) from {name}" for name in names)
    assert query(services, sql, "Camille", workshop="autre").rows == [[0]] * len(names)
    assert query(services, "select workshop from workshops", "Camille", workshop="autre").rows == [["autre"]]
    assert last(services).facts["workshop"] == "autre"
    with pytest.raises(UnknownError):
        query(services, "select 1", "Camille", workshop="ailleurs")


def test_a_person_with_a_passphrase_sees_their_workshops(services):
    """A facilitator sees cleared texts of theirs and may not ask for another workshop; a steward sees all."""
    from flows.steps import workshops

    workshops.add(services, "autre", factory.POLICY)
    home = services.home
    services.close()
    settings = factory.Built(home).settings
    with open_services(settings, f"{PASSPHRASE} Fanny") as theirs:
        assert query(theirs, "select distinct workshop from cleared", "Fanny").rows == [[factory.CODE]]
        assert query(theirs, "select workshop from workshops", "Fanny").rows == [[factory.CODE]]
        with pytest.raises(PersonError):
            query(theirs, "select 1", "Fanny", workshop="autre")
        with pytest.raises(PersonError):
            query(theirs, "select 1", STEWARD, sensitive=True)
    with open_services(settings, f"{PASSPHRASE} {STEWARD}") as hers:
        assert query(hers, "select count(*) > 0 from verbatim", STEWARD, sensitive=True).rows == [[True]]


def test_nothing_planted_is_left_by_queries(services, capfd):
    """Neither query nor answer nor error leaves a name in the home, in a temporary file or on the terminal."""
    for sql in (
        "select text from verbatim where text like '%Zorbekian%'",
        "select text::int from verbatim",
        "select 'Zorbekian' from",
        "select string_agg(a.text || b.text, '' order by a.text) from verbatim a, verbatim b, range(2000)",
    ):
        try:
            query(services, sql, STEWARD, sensitive=True)
        except QueryError as error:
            assert "Zorbekian" not in str(error)
    out, err = capfd.readouterr()
    wanted = needles([*factory.CANARIES, "Amaury", STEWARD], factory.RECORDING.read_bytes())
    assert scan(services.home, wanted, out + err) == []
