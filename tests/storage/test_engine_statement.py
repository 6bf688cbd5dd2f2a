"""What a person's query may say: one SELECT over our tables with our functions, and nothing that leads elsewhere."""

import duckdb
import pyarrow as pa
import pytest

from storage.query.engine import check_is_one_select, connect, failure
from storage.query.errors import QueryError, QueryFault
from storage.query.functions import FUNCTIONS, TABLE_FUNCTIONS
from storage.query.statement import check_statement

TABLE = pa.table({"turn": [1], "text": ["un"]})
ATTACKS = [
    # statements
    "copy one to '/tmp/leak.csv'", "copy (select 1) to '/tmp/leak.parquet'", "export database '/tmp/leak'",
    "attach '/tmp/leak.db'", "detach memory", "install httpfs", "load httpfs", "set threads = 1", "reset threads",
    "pragma database_list", "call enable_logging('QueryLog', storage = 'file')", "create table kept as select 1",
    "create macro m() as 1", "insert into one values (1, 'a')", "update one set text = ''", "delete from one",
    "drop view one", "use memory", "begin", "checkpoint", "vacuum", "prepare p as select 1", "execute p",
    "explain select 1", "explain analyze select 1", "create secret (type s3)", "set variable x = 1",
    "select 1; select 2", "select 1; drop view one", "", ";", "-- nothing", "show tables", "describe one",
    "summarize one", "pivot one on turn using count(*)", "select * from (pivot one on turn using count(*))",
    "select * from (describe one)", "select (describe one)", "select * from (summarize one)",
    "select * from (unpivot one on turn)",
    "with x as (insert into one values (1, 'a') returning *) select * from x",
    "with x as (delete from one returning *) select * from x",
    "with x as (update one set text = '' returning *) select * from x",
    # tables
    "select * from hidden", "select * from 'in.csv'", "select * from '/etc/passwd'", "select * from \"s3://b/x.parquet\"",
    "select * from memory.main.one", "select * from main.one", "select * from one at (version => 1)",
    "select * from information_schema.tables", "select * from duckdb_settings", "select * from pg_catalog.pg_class",
    "select * from sqlite_master", "select * from duckdb_tables, one",
    "with duckdb_settings as (select 1) select * from duckdb_settings",
    "with one as (select 1) select * from one",
    "select * from duckdb_settings, (with duckdb_settings as (select 1) select 1) t",
    # functions of FROM
    "select * from read_csv('/etc/passwd')", "select * from read_text('/etc/passwd')", "select * from glob('/*')",
    "select * from read_blob('/etc/passwd')", "select * from read_json('x')", "select * from read_parquet('x')",
    "select * from parquet_scan('x')", "select * from sniff_csv('x')", "select * from arrow_scan(1, 2, 3)",
    "select * from python_arrow_scan(1)", "select * from pandas_scan(1)", "select * from python_map_function(1)",
    "select * from query('select 1')", "select * from query_table('one')", "select * from duckdb_secrets()",
    "select * from duckdb_logs()", "select * from seq_scan('one')", "select * from json_execute_serialized_sql('{}')",
    "select * from pragma_table_info('one')", "select * from enable_logging()", "select * from test_all_types()",
    "select * from (select * from read_csv('x'))", "select (select max(content) from read_text('x'))",
    "select * from one where text in (select content from read_text('x'))",
    # functions
    "select getenv('HOME')", "select current_setting('memory_limit')", "select getvariable('x')", "select nextval('x')",
    "select write_log('x')", "select pg_sleep(30)", "select sleep_ms(30)", "select json_serialize_plan('select 1')",
    "select json_deserialize_sql('{}')", "select finalize('x')", "select combine('x', 'y')", "select vector_type(1)",
    "select stats(turn) from one", "select inet_client_addr()", "select current_query()", "select main.length('x')",
    "select text.getenv() from one", "select list_transform(['x'], lambda x: getenv(x))",
    "select count(*) filter (where getenv('x') is null) from one", "select 1 order by getenv('x')",
    "select row_number() over (order by getenv('x'))", "select * replace (getenv('x') as text) from one",
    "select case when true then getenv('x') end", "select variant_bytes_to_variant('x')", "select st_geomfromwkb('x')",
    "select __internal_decompress_string(1)", "select $1", "select ?",
]  # fmt: skip
USUAL = [
    "select * from one", "from one", "table one", "values (1)", "select count(*), max(text) from one group by turn",
    "select o.text, p.turn from one o join one p using (turn) where o.text ilike '%é%' order by 2 desc limit 3",
    "with x as (select * from one), y as (select * from x) select * from y",
    "with recursive r as (select 1 n union all select n + 1 from r where n < 3) select * from r",
    "select row_number() over w, sum(turn) over w from one window w as (partition by text order by turn)",
    "select list_transform([1], lambda x: x + 1), {'a': 1}, map {'a': 1}, interval 1 day, date '2026-01-01'",
    "select try_cast(text as integer), cast(null as struct(a integer, b varchar[])), text::varchar from one",
    "select regexp_matches(text, 'x'), text ~ 'x', text like 'a' escape 'b', text[1:2], turn in (1, 2) from one",
    "select * exclude (turn) from one qualify rank() over (order by turn) = 1 using sample 3 rows",
    "select text from one union all select 'x' intersect select 'y' except select 'z' order by 1 nulls last limit 10%",
    "select columns('t.*') from one", "select unnest([1, 2]), extract(year from now()), current_date",
    "select * from range(3), lateral (select 1), unnest([1]) u(v), one semi join one two using (turn)",
    "select distinct on (text) * from one", "select turn, count(*) from one group by rollup (turn) having count(*) > 0",
]  # fmt: skip


@pytest.fixture(scope="module")
def engine():
    with connect({"one": TABLE}) as connection:
        yield connection


def checked(engine: duckdb.DuckDBPyConnection, sql: str) -> frozenset[str]:
    """Both checks, as the engine's process makes them."""
    try:
        check_is_one_select(engine, sql)
    except duckdb.Error as error:
        raise failure(error, sql) from None
    return check_statement(engine, sql, ["one"], ["secret"])


@pytest.mark.parametrize("sql", ATTACKS)
def test_an_attack_is_refused_before_it_is_bound(engine, sql):
    """Whatever reads a file, the environment, the engine's state or another query, or changes anything."""
    hidden = TABLE  # noqa: F841 (what a replacement scan would find)
    with pytest.raises(QueryError):
        checked(engine, sql)


@pytest.mark.parametrize("sql", USUAL)
def test_usual_queries_pass_and_run(engine, sql):
    """The closed list leaves what people write."""
    assert checked(engine, sql) <= {"one"}
    engine.execute(sql).fetchall()


def test_a_closed_table_says_how_to_ask_for_it(engine):
    """Its own code, with the place where it is named; and one that is not there lists those there are."""
    with pytest.raises(QueryError) as caught:
        checked(engine, "select *\nfrom Secret")
    assert (caught.value.fault, caught.value.position) == (QueryFault.NEEDS_SENSITIVE, (2, 6))
    with pytest.raises(QueryError) as caught:
        checked(engine, "select * from verbatims")
    assert caught.value.facts["tables"] == "one"


def test_no_function_of_the_list_touches_anything_else(engine):
    """None of those the engine has for files, settings, plans or states stands on it; a new one would not either."""
    rows = engine.execute("select function_name, function_type, has_side_effects from duckdb_functions()").fetchall()
    tables = {name.lower() for name, kind, _ in rows if kind.startswith("table")}
    effects = {name.lower() for name, kind, effect in rows if kind == "scalar" and effect}
    assert {name.lower() for name, _, _ in rows} >= TABLE_FUNCTIONS
    assert (FUNCTIONS & tables) <= {"range", "generate_series", "unnest", "histogram", "repeat"}
    assert (FUNCTIONS & effects) <= {"error", "random", "uuid", "gen_random_uuid"}
    assert not [name for name in FUNCTIONS if name.startswith(("read_", "pg_", "duckdb_", "st_", "__internal"))]


def test_a_deep_or_long_query_is_refused(engine):
    """Nesting ends in a code, not in a crash."""
    for sql in ("select " + "(" * 5000 + "1" + ")" * 5000, "select " + "not " * 5000 + "true"):
        with pytest.raises(QueryError):
            checked(engine, sql)
