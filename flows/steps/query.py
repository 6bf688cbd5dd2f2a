"""A person's query over the archive: cleared tables for whoever works here, identified ones for a data steward.

What is read is logged before anything of it is shown: which tables, which columns, how many rows and texts;
never the query, and never a value. A query that fails after it has read is logged too.
"""

import contextlib
from collections.abc import Mapping, Sequence

from flows.steps.query_view import COLUMNS, SENSITIVE, TEXTS, View
from flows.steps.sealing import Facts
from infra.wiring import Services
from storage.commit import Change
from storage.log.entry import LONGEST_FACT, Entry
from storage.query.ask import Answer, Limits, QueryTable, Reading, ask
from vocabulary.choices import Role
from vocabulary.errors import HuisclosError, PersonError, UnknownError
from vocabulary.messages import N_


def query(services: Services, sql: str, person: str, *, sensitive: bool = False, workshop: str | None = None) -> Answer:
    """Run one SELECT in the name of ``person``, over one workshop or all that may be read.

    PersonError when ``sensitive`` and the person is no data steward, or when the workshop is not theirs; QueryError
    when the query fails; UnknownError for no such workshop.
    """
    view = View(services, workshop)
    actor = _steward(services, person) if sensitive else services.person(person)
    names = [name for name in COLUMNS if sensitive or name not in SENSITIVE]
    reading, limits = Reading(), services.settings.query
    try:
        answer = ask(
            {name: QueryTable(COLUMNS[name], view.parts(name)) for name in names},
            sql,
            Limits(limits.memory_mib, limits.seconds),
            closed=() if sensitive else SENSITIVE,
            reading=reading,
        )
    except HuisclosError as error:
        if reading.opened:
            _log(services, actor, view, reading, {"failed": str(error.facts.get("code", error.kind))})
        raise
    _log(services, actor, view, reading, {"rows": len(answer.rows)})
    return answer


def _steward(services: Services, person: str) -> str:
    """The id of a data steward; PersonError for anybody else, who is not registered by asking."""
    opener = services.archive.keystore.opener
    found: str | None = None
    with contextlib.suppress(UnknownError):
        found = services.archive.person(person, register=False)
    if opener.role is None:
        stewards = {row.person for row in services.archive.catalog.openers() if row.role == Role.STEWARD}
    else:
        stewards = {opener.id} if opener.role is Role.STEWARD else set()
    if found is None or found not in stewards:
        message = N_("Only a data steward reads identified text by a query: a person with a passphrase of their own "
                     "and the role of steward ({count} here). Ask one of them, or leave out --sensitive.")  # fmt: skip
        raise PersonError(message, place="--sensitive", count=len(stewards))
    return found


def _log(services: Services, actor: str, view: View, reading: Reading, more: Facts) -> None:
    sessions = view.sessions_opened(reading)
    facts: Facts = {
        "tables": " ".join(reading.read) or "-",
        "columns": _columns(reading.read) or "-",
        "texts": sum(len(numbers) for name, numbers in reading.opened.items() if name in TEXTS),
        **more,
    }
    if view.workshop is not None:
        facts["workshop"] = view.workshop
    only = next(iter(sessions)) if len(sessions) == 1 else None
    services.commit(Change(), Entry("queried", session=only, actor=actor, facts=facts))


def _columns(read: Mapping[str, Sequence[str]]) -> str:
    """``cleared(turn,text) log(*)``; where that is too long for a fact, how many columns of each table."""
    whole = {name: len(columns) == len(COLUMNS[name]) for name, columns in read.items()}
    full = " ".join(f"{name}({'*' if whole[name] else ','.join(columns)})" for name, columns in read.items())
    return full if len(full) <= LONGEST_FACT else " ".join(f"{name}({len(found)})" for name, found in read.items())
