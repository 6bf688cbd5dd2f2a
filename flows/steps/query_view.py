"""What a person's query sees: the tables, their columns, and where their rows come from.

Only records that are live, announced for no destruction and open to this opener stand in a table of texts; each
text is a part of its own, opened when a query comes to it. A table of the catalog or the log holds ids, codes,
states and times, of the workshops this opener has.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.steps.drafting.draft import open_draft, treated_for
from infra.wiring import Services
from policies.holds import can_use
from storage.query.ask import Cell, Part, Reading
from storage.rows.walk import RecordRow, SessionRow
from vocabulary.choices import Audience, RecordClass, RecordLife, Role
from vocabulary.corrections import heard_at
from vocabulary.errors import DamagedError, PersonError
from vocabulary.messages import N_

SENSITIVE = ("draft", "spans", "verbatim")
"""The tables that hold identified text, or what a review makes of it."""

_TURNS = {"turn": "integer", "speaker": "text", "start_ms": "integer", "end_ms": "integer", "text": "text"}
_SESSION = {"workshop": "text", "session": "integer"}
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "cleared": {**_SESSION, "audience": "text", "edition": "integer", **_TURNS},
    "sessions": {
        **_SESSION, "id": "text", "state": "text", "reason": "text", "waits": "text", "parts": "integer",
        "parts_expected": "integer", "language": "text", "created_at": "time", "changed_at": "time",
        "reviewed_at": "time", "cleared_at": "time", "released_at": "time",
    },
    "records": {
        **_SESSION, "id": "text", "class": "text", "life": "text", "version": "integer", "part": "integer",
        "audience": "text", "format": "text", "size": "integer", "length_ms": "integer", "created_at": "time",
        "destroyed_at": "time",
    },
    "workshops": {"workshop": "text", "policy": "text", "policy_version": "integer", "created_at": "time"},
    "clearances": {
        **_SESSION, "id": "text", "audience": "text", "person": "text", "at": "time", "void": "boolean",
        "assessment": "text",
    },
    "log": {
        **_SESSION, "seq": "integer", "id": "text", "at": "time", "kind": "text", "actor": "text",
        "authenticated": "boolean",
    },
    "verbatim": {**_SESSION, **_TURNS},
    "draft": {**_SESSION, **_TURNS},
    "spans": {
        **_SESSION, "turn": "integer", "start_char": "integer", "end_char": "integer", "type": "text", "tier": "text",
        "score": "real", "reasons": "texts", "referent": "text",
    },
}  # fmt: skip
"""Every table and its columns, in order (docs/reference/sql.md). The first is one whose reading says nothing."""


@dataclass(frozen=True)
class _Text:
    """A sealed record of a session whose rows a table shows."""

    session: SessionRow
    record: RecordRow


class View:
    """What of the archive a query sees: the workshops of whoever opened it, or the one that was named."""

    def __init__(self, services: Services, workshop: str | None) -> None:
        opener = services.archive.keystore.opener
        if opener.role is Role.AUDITOR:
            raise PersonError(
                N_("An auditor sees no content. `huisclos log` and `huisclos archive verify` are for you.")
            )
        catalog = services.archive.catalog
        known = {row.code: row for row in catalog.workshops()}
        allowed = set(known) if opener.reaches_all else set(opener.workshops or ())
        if workshop is not None:
            catalog.workshop(workshop)
            if workshop not in allowed:
                raise PersonError(N_("Workshop {workshop} is not one of yours."), place=workshop, workshop=workshop)
            allowed = {workshop}
        self.workshop = workshop
        self._services, self._archive = services, services.archive
        self._workshops = [row for code, row in known.items() if code in allowed]
        self._whole = opener.reaches_all and workshop is None
        self._sessions = {row.id: row for row in catalog.sessions() if row.workshop in allowed}
        self._orders = catalog.holds()
        self._allowed = allowed
        self._texts: dict[str, list[_Text]] = {}

    def parts(self, name: str) -> list[Part]:
        """The parts of a table; a text is one, and so are all rows of a table of the catalog."""
        if name not in TEXTS:
            return [Part(lambda columns: _rows(_LISTED[name](self), columns))]
        shown = self._texts[name] = self._live(TEXTS[name])
        return [Part(self._opening(name, text), _same(name, text)) for text in shown]

    def sessions_opened(self, reading: Reading) -> set[str]:
        """The ids of the sessions whose texts a query opened."""
        return {
            self._texts[name][number].session.id
            for name, numbers in reading.opened.items()
            if name in self._texts
            for number in numbers
        }

    def _opening(self, name: str, text: _Text) -> Callable[[Sequence[str]], Any]:
        return lambda columns: _OPENED[name](self, text, columns)

    def _live(self, record_class: RecordClass) -> list[_Text]:
        """Records that can be opened and are to stay: the newest of each session, and of each audience."""
        newest: dict[tuple[str, str | None], RecordRow] = {}
        for row in self._archive.catalog.records(record_class=record_class, life=RecordLife.LIVE):
            if row.session_id not in self._sessions or row.destroy_intended_at is not None or row.is_block:
                continue
            before = newest.get((row.session_id, row.audience))
            if before is None or before.version < row.version:
                newest[row.session_id, row.audience] = row
        texts = [_Text(self._sessions[row.session_id], row) for row in newest.values() if row.session_id]
        if record_class is RecordClass.DRAFT:  # a draft is nothing without what it was made of
            talk = {text.session.id for text in self._live(RecordClass.VERBATIM)}
            texts = [text for text in texts if text.session.id in talk]
        texts.sort(key=lambda text: (text.session.workshop, text.session.number, text.record.audience or ""))
        return [text for text in texts if self._opens(text) and self._may_be_used(text.session)]

    def _may_be_used(self, session: SessionRow) -> bool:
        """Whether no restriction stands over what was said there."""
        return can_use(self._orders, session.workshop, session.id)

    def _opens(self, text: _Text) -> bool:
        keystore, scope = self._archive.keystore, text.record.scope(text.session.number)
        return keystore.reaches(scope) and keystore.has(scope)

    # Texts

    def cleared(self, text: _Text, columns: Sequence[str]) -> Any:
        table, audience = self._turns(text, columns)
        if audience != text.record.audience:
            message = N_("Record {id} was not sealed for the audience the catalog says. Run `huisclos archive verify`.")
            raise DamagedError(message, place=text.record.id, id=text.record.id)
        return table

    def verbatim(self, text: _Text, columns: Sequence[str]) -> Any:
        return self._turns(text, columns)[0]

    def _turns(self, text: _Text, columns: Sequence[str]) -> tuple[Any, str | None]:
        scope = text.record.scope(text.session.number)
        return self._archive.objects.turns(scope, self._archive.sealed_of(text.record), columns)

    def draft(self, text: _Text, columns: Sequence[str]) -> list[dict[str, Cell]]:
        treated = treated_for(self._services, text.session, Audience.GROUP)[0]
        return _rows(
            [
                {"turn": number, "speaker": turn.speaker, "start_ms": round(turn.start * 1000),
                 "end_ms": round(turn.end * 1000), "text": turn.text.reveal()}
                for number, turn in enumerate(treated.turns)
            ],
            columns,
        )  # fmt: skip

    def spans(self, text: _Text, columns: Sequence[str]) -> list[dict[str, Cell]]:
        made = open_draft(self._services, text.session)
        return _rows(
            [
                {"turn": span.turn, "start_char": at.start, "end_char": at.end, "type": str(span.label),
                 "tier": str(span.tier), "score": span.score, "reasons": list(span.reasons), "referent": span.cluster}
                for span in made.spans
                for at in [heard_at(span.stretch, made.corrections)]  # it is read beside the verbatim
            ],
            columns,
        )  # fmt: skip

    # The catalog and the log

    def _of(self, session_id: str | None) -> dict[str, Cell]:
        row = self._sessions.get(session_id or "")
        return {"workshop": row.workshop if row else None, "session": row.number if row else None}

    def sessions_rows(self) -> list[dict[str, Cell]]:
        return [{**vars(row), "session": row.number} for row in self._sessions.values()]

    def records(self) -> list[dict[str, Cell]]:
        found: list[dict[str, Cell]] = []
        for row in self._archive.catalog.records(life=None):
            if row.session_id is None and row.workshop in self._allowed:
                found.append({**vars(row), "session": None, "class": row.record_class})
            elif row.session_id in self._sessions:
                found.append({**vars(row), **self._of(row.session_id), "class": row.record_class})
        return found

    def workshops_rows(self) -> list[dict[str, Cell]]:
        return [{**vars(row), "workshop": row.code, "policy": row.policy_name} for row in self._workshops]

    def clearances(self) -> list[dict[str, Cell]]:
        catalog = self._archive.catalog
        return [
            {**vars(row), **self._of(row.session_id)}
            for session in self._sessions
            for row in catalog.clearances(session)
        ]

    def log(self) -> list[dict[str, Cell]]:
        return [
            {**self._of(entry.session), "seq": entry.seq, "id": entry.id, "at": entry.at, "kind": entry.kind,
             "actor": entry.actor, "authenticated": entry.authenticated}
            for entry in self._archive.log.entries()
            if self._whole or entry.session in self._sessions
        ]  # fmt: skip


TEXTS = {
    "cleared": RecordClass.CLEARED,
    "verbatim": RecordClass.VERBATIM,
    "draft": RecordClass.DRAFT,
    "spans": RecordClass.DRAFT,
}
"""The tables that are opened text by text, and the class of record they show."""

_OPENED = {"cleared": View.cleared, "verbatim": View.verbatim, "draft": View.draft, "spans": View.spans}
_LISTED = {
    "sessions": View.sessions_rows,
    "records": View.records,
    "workshops": View.workshops_rows,
    "clearances": View.clearances,
    "log": View.log,
}


def _same(name: str, text: _Text) -> dict[str, str | int]:
    same: dict[str, str | int] = {"workshop": text.session.workshop, "session": text.session.number}
    if name == "cleared":
        same |= {"audience": text.record.audience or "", "edition": text.record.version}
    return same


def _rows(rows: Sequence[Mapping[str, Cell]], columns: Sequence[str]) -> list[dict[str, Cell]]:
    """The columns that are asked for, and no others."""
    return [{column: row[column] for column in columns} for row in rows]
