"""``sql``: one SELECT over the archive; its answer is personal data, and goes to standard output only."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console import screen
from console.helping import Command
from console.messages import _
from console.opening import open_home, reader
from console.options import AsJson, PassphraseFile, readable
from vocabulary.errors import UsageError
from vocabulary.messages import N_

if TYPE_CHECKING:
    from storage.query.ask import Answer

SCHEMA = "huisclos-query/1"
_STANDARD_INPUT = "-"


def register_top(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(
        "sql",
        cls=Command,
        help=N_(
            "Answer one SELECT over the cleared texts, the catalog and the log.\n\n"
            "The tables are cleared, sessions, records, workshops, clearances and log; with --sensitive also verbatim, "
            "draft and spans. What is shown is personal data. The log keeps which tables and columns were read and how "
            "many rows, never the query. A query given here stays in the history of the shell: give it on standard "
            "input if it names somebody."
        ),
    )(sql)


def sql(
    context: typer.Context,
    query: Annotated[
        str | None,
        typer.Argument(metavar=N_("QUERY"), help=N_("One SELECT in the SQL of DuckDB; - for standard input.")),
    ] = None,
    file: Annotated[
        str | None,
        typer.Option("--file", metavar=N_("FILE"), help=N_("Read the query from a file; - for standard input.")),
    ] = None,
    sensitive: Annotated[
        bool, typer.Option("--sensitive", help=N_("Also the identified tables; for a data steward, with --as."))
    ] = False,
    name: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar=N_("NAME"),
            help=N_("Who asks; otherwise whose passphrase it is or, with the machine's, the login name."),
        ),
    ] = None,
    workshop: Annotated[
        str | None, typer.Option("--workshop", metavar=N_("CODE"), help=N_("Only what belongs to this workshop."))
    ] = None,
    as_json: AsJson = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help=N_("Answer with CSV, also on a terminal; elsewhere it is the rule."))
    ] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Run one query, log what it read, and show its answer."""
    if as_json and as_csv:
        raise UsageError(N_("Choose one of --json and --csv."), place="--csv")
    if sensitive and name is None:
        raise UsageError(N_("--sensitive needs --as NAME: the name of a data steward."), place="--as")
    text = _query(query, file)
    with open_home(context, passphrase_file) as services:
        from flows.steps import query as step

        answer = step.query(services, text, name or reader(services), sensitive=sensitive, workshop=workshop)
    _show(answer, as_json=as_json, as_csv=as_csv)


def _query(given: str | None, file: str | None) -> str:
    """The text of the query, from the one place that was named; UsageError for none or two."""
    if (given is None) is (file is None):
        raise UsageError(N_("Give the query as one argument in quotes, or --file FILE, or - to read standard input."))
    if _STANDARD_INPUT in (given, file):
        return _decoded(sys.stdin.buffer.read(_most() + 1))
    if file is not None:
        with readable(Path(file)).open("rb") as source:
            return _decoded(source.read(_most() + 1))
    return given or ""


def _most() -> int:
    from storage.query.ask import LONGEST

    return LONGEST


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(N_("The query is not UTF-8 text."), place="--file") from None


def _show(answer: "Answer", *, as_json: bool, as_csv: bool) -> None:
    from console.grid import plain_values, show_table, write_csv

    head = [column for column, _kind in answer.columns]
    if as_json:
        columns = [{"name": column, "type": kind} for column, kind in answer.columns]
        read = {table: list(found) for table, found in answer.read.items()}
        value = {"columns": columns, "rows": answer.rows, "count": len(answer.rows), "read": read}
        screen.answer(SCHEMA, {key: plain_values(inner) for key, inner in value.items()})
    elif as_csv or not sys.stdout.isatty():
        write_csv(head, answer.rows, sys.stdout)
    else:
        show_table(head, answer.rows)
        if not answer.rows:
            screen.say(_("No row."))
