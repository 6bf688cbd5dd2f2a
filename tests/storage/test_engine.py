"""Queries: they read what they are given, and there is no way out."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from storage.query.engine import connect, failure, query
from storage.query.errors import QueryError, QueryFault

CANARY = "Zéphyrine Quatrebarbes"
TABLE = pa.table({"turn": [1, 2, 3], "text": [CANARY, "deux", None]})


def test_a_query_gives_rows() -> None:
    """Filters, joins and aggregates over tables by name."""
    tables = {"one": TABLE, "two": TABLE}
    rows = query(tables, "select one.turn, two.text from one join two using (turn) where turn < 3 order by turn")
    assert rows == [(1, CANARY), (2, "deux")]


def test_a_dataset_is_a_table() -> None:
    """Arrow datasets are read as tables are."""
    assert query({"one": ds.dataset(TABLE)}, "select count(*), count(text) from one") == [(3, 2)]


WAYS_OUT = [
    "copy one to '{folder}/leak.csv'",
    "copy (select 1) to '{folder}/leak.parquet'",
    "export database '{folder}/leak'",
    "attach '{folder}/leak.db'",
    "install httpfs",
    "load httpfs",
    "set temp_directory = '{folder}'",
    "set enable_external_access = true",
    "pragma enable_profiling",
    "call enable_logging('QueryLog', storage = 'file')",
    "create table kept as select * from one",
    "create secret (type s3)",
    "select * from read_csv('{folder}/in.csv')",
    "select * from read_text('{folder}/in.csv')",
    "select * from read_blob('{folder}/in.csv')",
    "select * from '{folder}/in.csv'",
    "select * from glob('{folder}/*')",
    "select * from sniff_csv('{folder}/in.csv')",
    "select * from parquet_scan('{folder}/in.parquet')",
    "select * from read_csv('https://127.0.0.1/x.csv')",
    "select * from query('copy one to ''{folder}/leak.csv''')",
    "select getenv('HOME')",
    "select * from hidden",
    "select 1; copy one to '{folder}/leak.csv'",
    "explain analyze select 1",
    "",
]


@pytest.mark.parametrize("sql", WAYS_OUT)
def test_there_is_no_way_out(tmp_path: Path, sql: str) -> None:
    """No statement reads or writes a file, a setting, the network or the program's variables."""
    hidden = TABLE  # noqa: F841 (what a replacement scan would find)
    (tmp_path / "in.csv").write_text("a\n1\n")
    with pytest.raises(QueryError):
        query({"one": TABLE}, sql.format(folder=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


WRITING = [sql for sql in WAYS_OUT if sql and not sql.startswith(("select", "create table", "explain"))]


@pytest.mark.parametrize("sql", WRITING)
def test_the_lock_itself_holds(tmp_path: Path, sql: str) -> None:
    """What is no SELECT would be refused by the engine, too, were it let through."""
    with connect({"one": TABLE}) as connection, pytest.raises(duckdb.Error):
        connection.execute(sql.format(folder=tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "sql",
    [
        "select cast(text as integer) from one",
        "select error(text) from one",
        "select text::date from one",
        f"select cast('{CANARY}' as integer)",
        f'select "{CANARY}" from one',
        f"select '{CANARY}' from from",
        "select * from json_each(text), one",
    ],
)
def test_an_error_quotes_neither_cell_nor_query(sql: str) -> None:
    """Only a code and a position go out, along the whole chain of the error."""
    with pytest.raises(QueryError) as caught:
        query({"one": TABLE}, sql)
    assert "Quatrebarbes" not in str(caught.value) + repr(caught.value.facts)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def test_an_error_says_where() -> None:
    """The code is one of ours; line and column count characters of the query from 1."""
    with pytest.raises(QueryError) as caught:
        query({"one": TABLE}, "select 'été',\n 'é', nothing_such from one")
    assert caught.value.facts["code"] == "unknown-column"
    assert (caught.value.position, caught.value.place) == ((2, 7), "2:7")


@pytest.mark.parametrize("name", ["", "One", "a b", 'a"', "a;b", "1a"])
def test_tables_have_plain_names(name: str) -> None:
    """A name cannot be read as anything else."""
    with pytest.raises(ValueError, match="plain"):
        query({name: TABLE}, "select 1")


def test_too_large_a_query_stops_and_spills_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the memory limit a query fails; it never writes to the disk."""
    monkeypatch.chdir(tmp_path)
    sql = "select length(string_agg(repeat('x', 1000000), '')) from range(5000)"
    with connect({}, memory_mib=64) as connection, pytest.raises(duckdb.OutOfMemoryException) as caught:
        connection.execute(sql).fetchall()
    assert failure(caught.value, sql).fault is QueryFault.OUT_OF_MEMORY
    assert list(tmp_path.iterdir()) == []
