"""Transcripts as encrypted Parquet tables, and back without loss.

Rules kept here:
- one row is one turn; what belongs to the whole transcript stands in the encrypted footer's metadata, as
  one canonical JSON object under the key ``huisclos``;
- AES-GCM for footer and columns, never AES_GCM_CTR (a flipped byte would pass); the additional data is given
  at reading and stands nowhere in the file;
- a message of the table library can quote a cell: it never goes further than this module.

Source: Apache Parquet, modular encryption. Only storage imports PyArrow.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe

from storage.keys.scope import TABLE_FORMAT
from vocabulary.choices import ToldApart
from vocabulary.errors import DamagedError, HuisclosError
from vocabulary.messages import N_
from vocabulary.text import IdentifiedText, TreatedText
from vocabulary.transcript import Transcript, TreatedTranscript, TreatedTurn, Turn, Word

ArrowTable: TypeAlias = Any
"""A ``pyarrow.Table``; PyArrow has no types of its own."""

T = TypeVar("T")

METADATA_KEY = b"huisclos"
TRANSCRIPT, TREATED = "transcript", "treated"
MAGIC = b"PARE"
"""First and last four bytes of a Parquet file with an encrypted footer."""

_WORD = pa.struct([("text", pa.string()), ("start", pa.float64()), ("end", pa.float64()),
                   ("probability", pa.float64())])  # fmt: skip
_TRANSCRIPT_COLUMNS = [("speaker", pa.string()), ("start", pa.float64()), ("end", pa.float64()),
                       ("text", pa.string()), ("words", pa.list_(_WORD))]  # fmt: skip
_TREATED_COLUMNS = _TRANSCRIPT_COLUMNS[:-1]
_NUMBERS = ["start", "end"]
_WORD_NUMBERS = [f"words.list.element.{name}" for name in ("start", "end", "probability")]


class TableError(HuisclosError):
    """A value cannot be written as a table: a fault of the software."""


def transcript_table(transcript: Transcript) -> ArrowTable:
    """Columns speaker, start, end, text, words; times in seconds. What told the speakers apart stands in the metadata,
    with how sure it is of each turn, and the words (turn, word) through which somebody else speaks."""
    footer: dict[str, Any] = {
        "language": transcript.language,
        "duration": transcript.duration,
        "model": transcript.model,
        "warnings": list(transcript.warnings),
    }
    if transcript.told_apart is not None:
        footer["told_apart"] = str(transcript.told_apart)
        footer["certainty"] = [turn.certainty for turn in transcript.turns]
        footer["overlapped"] = [
            [number, place]
            for number, turn in enumerate(transcript.turns)
            for place, word in enumerate(turn.words)
            if word.overlapped
        ]

    def build() -> ArrowTable:
        rows = [
            {
                "speaker": turn.speaker,
                "start": turn.start,
                "end": turn.end,
                "text": turn.text.reveal(),
                "words": [
                    {"text": w.text.reveal(), "start": w.start, "end": w.end, "probability": w.probability}
                    for w in turn.words
                ],
            }
            for turn in transcript.turns
        ]
        return pa.Table.from_pylist(rows, schema=_schema(_TRANSCRIPT_COLUMNS, TRANSCRIPT, footer))

    return _quoting_nothing(build, _unwritable)


def transcript_of(table: ArrowTable, place: str) -> Transcript:
    """Read what ``transcript_table`` built; DamagedError, naming ``place``, for any other table."""

    def read() -> Transcript:
        facts = _facts(table, _TRANSCRIPT_COLUMNS, TRANSCRIPT)
        told = facts.get("told_apart")
        certainty = facts.get("certainty", [None] * table.num_rows)
        overlapped = {(number, place) for number, place in facts.get("overlapped", ())}
        turns = tuple(
            Turn(
                row["speaker"],
                row["start"],
                row["end"],
                IdentifiedText(row["text"]),
                tuple(
                    Word(
                        IdentifiedText(w["text"]), w["start"], w["end"], w["probability"], (number, place) in overlapped
                    )
                    for place, w in enumerate(row["words"])
                ),
                certainty[number],
            )
            for number, row in enumerate(table.to_pylist())
        )
        return Transcript(
            turns,
            facts["language"],
            facts["duration"],
            facts["model"],
            tuple(facts["warnings"]),
            ToldApart(told) if told is not None else None,
        )

    return _quoting_nothing(read, lambda: _unreadable(place))


def treated_table(treated: TreatedTranscript, salt: str) -> ArrowTable:
    """Columns speaker (null for a notice), start, end, text; audience and salt in the metadata, and what people freed
    (turn, start, end of each stretch) if they freed anything."""

    def build() -> ArrowTable:
        rows = [
            {"speaker": turn.speaker, "start": turn.start, "end": turn.end, "text": turn.text.reveal()}
            for turn in treated.turns
        ]
        facts: dict[str, Any] = {"audience": treated.audience, "salt": salt}
        freed = [[number, *stretch] for number, turn in enumerate(treated.turns) for stretch in turn.freed]
        if freed:
            facts["freed"] = freed
        return pa.Table.from_pylist(rows, schema=_schema(_TREATED_COLUMNS, TREATED, facts))

    return _quoting_nothing(build, _unwritable)


def treated_of(table: ArrowTable, place: str) -> tuple[TreatedTranscript, str]:
    """Read what ``treated_table`` built: the treated transcript and its salt."""

    def read() -> tuple[TreatedTranscript, str]:
        facts = _facts(table, _TREATED_COLUMNS, TREATED)
        freed: dict[int, list[tuple[int, int]]] = {}
        for number, start, end in facts.get("freed", ()):
            freed.setdefault(number, []).append((start, end))
        turns = tuple(
            TreatedTurn(row["speaker"], row["start"], row["end"], TreatedText(row["text"]), tuple(freed.get(n, ())))
            for n, row in enumerate(table.to_pylist())
        )
        return TreatedTranscript(facts["audience"], turns), facts["salt"]

    return _quoting_nothing(read, lambda: _unreadable(place))


def encrypt(table: ArrowTable, key: bytes, associated: bytes) -> bytes:
    """The table as one encrypted Parquet file, made in memory. ``key`` has 32 bytes and serves once."""

    def write() -> bytes:
        properties = pe.create_encryption_properties(
            key, aad_prefix=associated, store_aad_prefix=False, encryption_algorithm="AES_GCM_V1"
        )
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, encryption_properties=properties, **layout(table.schema.names))
        return bytes(sink.getvalue().to_pybytes())

    return _quoting_nothing(write, _unwritable)


TURN_COLUMNS = ("turn", "speaker", "start_ms", "end_ms", "text")
"""What a query sees of a turn: its number from 0, its speaker, its times in milliseconds, its text."""


def turns_of(table: ArrowTable, columns: Sequence[str], place: str) -> tuple[ArrowTable, str | None]:
    """The turns of a transcript, treated or not, as a query sees them, and the audience of a treated one.

    ``table`` needs the columns ``needed_for(columns)`` only. Without columns the turns are numbered, so that they
    can be counted. DamagedError, naming ``place``, for no transcript.
    """
    columns = columns or ("turn",)

    def read() -> tuple[ArrowTable, str | None]:
        facts: dict[str, Any] = json.loads((table.schema.metadata or {})[METADATA_KEY])
        if facts["format"] != TABLE_FORMAT or facts["table"] not in (TRANSCRIPT, TREATED):
            raise ValueError("not the table that was expected")
        arrays = [
            pa.array(range(table.num_rows), pa.int64()) if column == "turn"
            else _milliseconds(table.column(column.removesuffix("_ms"))) if column.endswith("_ms")
            else table.column(column)
            for column in columns
        ]  # fmt: skip
        return pa.Table.from_arrays(arrays, names=list(columns)), facts.get("audience")

    return _quoting_nothing(read, lambda: _unreadable(place))


def needed_for(columns: Sequence[str]) -> list[str]:
    """The sealed columns that ``turns_of`` makes these of; at least one, so that rows can be counted."""
    return [column.removesuffix("_ms") for column in columns if column != "turn"] or ["start"]


def _milliseconds(seconds: Any) -> Any:
    return pc.round(pc.multiply(seconds, 1000.0)).cast(pa.int64())


def layout(columns: Sequence[str]) -> dict[str, Any]:
    """How the columns of a transcript lie in the file: what repeats by dictionary, times by their bytes' places.

    Faster to write and to read, and smaller, than the library's defaults (benchmarks/archive.py); any reader of
    Parquet takes both.
    """
    numbers = [*_NUMBERS, *_WORD_NUMBERS] if "words" in columns else _NUMBERS
    return {
        "compression": "zstd",
        "use_dictionary": ["speaker", *(["words.list.element.text"] if "words" in columns else [])],
        "column_encoding": dict.fromkeys(numbers, "BYTE_STREAM_SPLIT"),
    }


def decrypt(data: bytes, key: bytes, associated: bytes, place: str, columns: Sequence[str] | None = None) -> ArrowTable:
    """Read what ``encrypt`` wrote, some of its columns if they are named; DamagedError for anything else.

    Parquet does not notice bytes put between its parts: the caller compares the digest of the whole.
    """
    if not (data.startswith(MAGIC) and data.endswith(MAGIC)):
        raise _unreadable(place)

    def read() -> ArrowTable:
        properties = pe.create_decryption_properties(key, aad_prefix=associated)
        wanted = None if columns is None else list(columns)
        return pq.ParquetFile(pa.BufferReader(data), decryption_properties=properties).read(columns=wanted)

    return _quoting_nothing(read, lambda: _unreadable(place))


def _schema(columns: list[tuple[str, Any]], content: str, facts: Mapping[str, Any]) -> Any:
    value = {"format": TABLE_FORMAT, "table": content, **facts}
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return pa.schema(columns, metadata={METADATA_KEY: text.encode("ascii")})


def _facts(table: ArrowTable, columns: list[tuple[str, Any]], content: str) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((table.schema.metadata or {})[METADATA_KEY])
    if facts["format"] != TABLE_FORMAT or facts["table"] != content or not table.schema.equals(pa.schema(columns)):
        raise ValueError("not the table that was expected")
    return facts


def _quoting_nothing(action: Callable[[], T], failure: Callable[[], HuisclosError]) -> T:
    """Run ``action``; its errors are replaced outside the except block, so that no context keeps them."""
    try:
        return action()
    except MemoryError:
        raise
    except Exception:
        failed = failure()
    raise failed


def _unwritable() -> TableError:
    message = N_("A transcript could not be written as a table: one of its values has the wrong type.")
    return TableError(message)


def _unreadable(place: str) -> DamagedError:
    message = N_("Table {object} does not open: its bytes, or what the catalog says of it, are not what was sealed. "
                 "Run `huisclos archive verify`, and restore it from a backup.")  # fmt: skip
    return DamagedError(message, place=place, object=place)
