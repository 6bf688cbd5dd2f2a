"""A person's query, in a process of its own: what it reads is what it said, and nothing gets out but the answer."""

import os
from pathlib import Path

import pyarrow as pa
import pytest
from keystores import new_store

from storage.keys.scope import Scope
from storage.query.ask import LONGEST, Answer, Limits, Part, QueryTable, Reading, ask
from storage.query.engine import query
from storage.query.errors import QueryError, QueryFault, QueryLimitError
from vocabulary.choices import RecordClass
from vocabulary.errors import DamagedError
from vocabulary.text import TreatedText
from vocabulary.transcript import TreatedTranscript, TreatedTurn

CANARY = "Zéphyrine Quatrebarbes"
COLUMNS = {"workshop": "text", "session": "integer", "turn": "integer", "speaker": "text", "text": "text"}
LIMITS = Limits(memory_mib=64, seconds=30)


def rows(session: int) -> list[dict[str, object]]:
    return [
        {"workshop": f"w{session % 2}", "session": session, "turn": turn, "speaker": None if turn == 1 else "Voix 1",
         "text": f"{CANARY} {turn}"}
        for turn in range(3)
    ]  # fmt: skip


def part(session: int, asked: list[tuple[int, tuple[str, ...]]] | None = None) -> Part:
    def opened(columns: object) -> list[dict[str, object]]:
        if asked is not None:
            asked.append((session, tuple(columns)))  # type: ignore[call-overload]
        return rows(session)

    return Part(opened, {"workshop": f"w{session % 2}", "session": session})


def told(sql: str, *, limits: Limits = LIMITS) -> Answer:
    return ask({"talk": QueryTable(COLUMNS, [part(number) for number in range(4)])}, sql, limits)


QUERIES = [
    "select * from talk order by session, turn",
    "select session, max(text) from talk where workshop = 'w1' and turn < 2 group by 1 order by 1",
    "select talk from talk order by session, turn limit 1",
    "select columns('te.*') from talk where speaker is null order by session",
    "with x as (select text, turn from talk) select a.text from x a join talk b using (turn) order by all limit 2",
    "select turn from talk t where exists (from talk u where u.session = t.session and u.text > 'a') order by 1",
    "select (select min(speaker) from talk), sum(turn) from talk",
    "select text from talk order by session desc, turn limit 1",
    "select turn, row_number() over (partition by session order by turn) n from talk order by session, turn",
    "select 1 from talk where false",
]


@pytest.mark.parametrize("sql", QUERIES)
def test_the_columns_a_query_is_given_are_enough(sql):
    """With the columns of its plan and no others it answers what it answers over whole tables."""
    whole = pa.Table.from_pylist([row for number in range(4) for row in rows(number)])
    expected = [list(row) for row in query({"talk": whole}, sql)]
    assert told(sql).rows == expected


def test_only_the_parts_and_columns_that_are_needed_are_opened():
    """A filter on workshop or session passes parts over; a column nobody asks for is not asked for."""
    asked: list[tuple[int, tuple[str, ...]]] = []
    table = QueryTable(COLUMNS, [part(number, asked) for number in range(6)])
    answer = ask({"talk": table, "other": table}, "select text from talk where session = 3 and turn = 2", LIMITS)
    assert answer.rows == [[f"{CANARY} 2"]]
    assert asked == [(3, ("turn", "text"))]
    assert answer.read == {"talk": ("session", "turn", "text")}
    assert answer.opened == {"talk": frozenset({3})}


def test_counting_reads_no_text():
    """count(*) opens texts and asks for no column of them."""
    asked: list[tuple[int, tuple[str, ...]]] = []
    answer = ask({"talk": QueryTable(COLUMNS, [part(0, asked)])}, "select count(*) from talk", LIMITS)
    assert (answer.rows, asked) == ([[3]], [(0, ())])


ERRORS = {
    "select cast(text as integer) from talk": QueryFault.CONVERSION,
    "select json_extract(text, '$') from talk": QueryFault.VALUE,
    "select regexp_matches('x', '(' || text) from talk": QueryFault.VALUE,
    "select error(text) from talk": QueryFault.VALUE,
    "select 9223372036854775807 + turn from talk": QueryFault.OUT_OF_RANGE,
    f"select cast('{CANARY}' as integer)": QueryFault.CONVERSION,
    f'select "{CANARY}" from talk': QueryFault.UNKNOWN_COLUMN,
    f"select '{CANARY}' from from": QueryFault.SYNTAX,
    "select sum(text) from talk": QueryFault.TYPES,
}


@pytest.mark.parametrize("sql", ERRORS)
def test_an_error_is_a_code_and_quotes_nothing(sql, monkeypatch):
    """Neither the error nor anything the process wrote holds a cell or a word of the query."""
    import storage.query.ask

    heard: list[bytes] = []
    read = storage.query.ask._Pipes.read

    def listening(self: storage.query.ask._Pipes, count: int) -> bytes:
        heard.append(read(self, count))
        return heard[-1]

    monkeypatch.setattr("storage.query.ask._Pipes.read", listening)
    with pytest.raises(QueryError) as caught:
        told(sql)
    assert caught.value.fault is ERRORS[sql]
    assert caught.value.__context__ is None
    said = b"".join(heard) + (str(caught.value) + repr(caught.value.facts)).encode()
    assert b"Quatrebarbes" not in said


def test_an_error_says_where_in_lines_and_characters():
    """Also for errors that come while the query runs."""
    with pytest.raises(QueryError) as caught:
        told("select 'été',\n 'é', text::int from talk")
    assert caught.value.place == "2:11"


@pytest.mark.parametrize(
    "sql",
    ["select len(range(300000000))", "select list(range) from range(200000000)",
     "select a.text from talk a, talk b, range(5000000) order by b.text || a.text || range"],
)  # fmt: skip
def test_too_much_memory_ends_the_query_and_spills_nothing(sql, tmp_path, monkeypatch):
    """Also what the engine's own limit does not count; no file appears in the folders a spill could use."""
    for folder in ("home", "tmp", "here"):
        (tmp_path / folder).mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(QueryLimitError) as caught:
        told(sql)
    assert caught.value.fault in (QueryFault.OUT_OF_MEMORY, QueryFault.STOPPED)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_too_large_an_answer_ends_the_query():
    """An answer is bounded as the engine is."""
    with pytest.raises(QueryLimitError, match="too-large"):
        told("select repeat('x', 1000) from range(20000)")


def test_too_long_a_query_is_ended():
    """The time is that of the settings, whatever the engine is at."""
    with pytest.raises(QueryLimitError, match="timeout"):
        told("select count(*) from range(1000000000000)", limits=Limits(64, 1.5))


def test_too_long_a_text_is_refused():
    """64 KiB of SQL at most."""
    with pytest.raises(QueryError, match="too-long"):
        told("select 1" + " " * LONGEST)


def test_a_part_that_does_not_open_is_told_as_it_is():
    """The error of the part, not of the engine; and what was read until then stands."""

    def damaged(_columns: object) -> list[dict[str, object]]:
        raise DamagedError("Object {object} does not open.", object="o-1")

    reading = Reading()
    with pytest.raises(DamagedError):
        ask({"talk": QueryTable(COLUMNS, [Part(damaged)])}, "select text from talk", LIMITS, reading=reading)
    assert (reading.read, reading.opened) == ({"talk": ("text",)}, {"talk": {0}})


def test_the_process_has_no_environment_and_writes_no_file():
    """It is given the pipes and nothing else: an empty environment, and no file of it can grow."""
    import subprocess
    import sys

    code = (
        "import os, sys; sys.path.insert(0, sys.argv[1]); import storage.query.child as child; child._give_up_files();"
        "fd = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT)\n"
        "try: os.write(fd, b'x')\nexcept OSError as error: print(error.errno)"
    )
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"huisclos-{os.getpid()}"
    words = [sys.executable, "-I", "-c", code, str(Path(__file__).parents[2]), str(path)]
    try:
        ran = subprocess.run(words, capture_output=True, text=True, env={}, timeout=30, check=True)
        assert path.stat().st_size == 0
    finally:
        path.unlink(missing_ok=True)
    assert ran.stdout.strip() == "27"  # EFBIG


def test_two_hundred_sealed_tables_in_one_query(tmp_path):
    """Each under a key of its own, opened as the engine comes to it."""
    scope = Scope("marseille-13", 3, RecordClass.CLEARED, 1)
    store = new_store(tmp_path, scope)
    turns = tuple(TreatedTurn("Voix 1", n * 1.5, n * 1.5 + 1, TreatedText(f"tour {n}")) for n in range(5))
    sealed = [store.seal_treated(scope, TreatedTranscript("group", turns), "0" * 64) for _ in range(200)]

    def part_of(number: int) -> Part:
        return Part(lambda columns: store.turns(scope, sealed[number], columns)[0], {"session": number})

    columns = {"session": "integer", "turn": "integer", "speaker": "text", "start_ms": "integer", "text": "text"}
    answer = ask(
        {"talk": QueryTable(columns, [part_of(number) for number in range(200)])},
        "select count(distinct session), sum(turn), max(start_ms), max(text) from talk",
        LIMITS,
    )
    assert answer.rows == [[200, 2000, 6000, "tour 4"]]
    assert store.turns(scope, sealed[0], ())[0].num_rows == 5
