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
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe

from storage.scope import TABLE_FORMAT
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


class TableError(HuisclosError):
    """A value cannot be written as a table: a fault of the software."""


def transcript_table(transcript: Transcript) -> ArrowTable:
    """Columns speaker, start, end, text, words; times in seconds."""
    facts = {
        "language": transcript.language,
        "duration": transcript.duration,
        "model": transcript.model,
        "warnings": list(transcript.warnings),
    }

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
        return pa.Table.from_pylist(rows, schema=_schema(_TRANSCRIPT_COLUMNS, TRANSCRIPT, facts))

    return _quoting_nothing(build, _unwritable)


def transcript_of(table: ArrowTable, place: str) -> Transcript:
    """Read what ``transcript_table`` built; DamagedError, naming ``place``, for any other table."""

    def read() -> Transcript:
        facts = _facts(table, _TRANSCRIPT_COLUMNS, TRANSCRIPT)
        turns = tuple(
            Turn(
                row["speaker"],
                row["start"],
                row["end"],
                IdentifiedText(row["text"]),
                tuple(Word(IdentifiedText(w["text"]), w["start"], w["end"], w["probability"]) for w in row["words"]),
            )
            for row in table.to_pylist()
        )
        return Transcript(turns, facts["language"], facts["duration"], facts["model"], tuple(facts["warnings"]))

    return _quoting_nothing(read, lambda: _unreadable(place))


def treated_table(treated: TreatedTranscript, salt: str) -> ArrowTable:
    """Columns speaker (null for a notice), start, end, text; audience and salt in the metadata."""

    def build() -> ArrowTable:
        rows = [
            {"speaker": turn.speaker, "start": turn.start, "end": turn.end, "text": turn.text.reveal()}
            for turn in treated.turns
        ]
        facts = {"audience": treated.audience, "salt": salt}
        return pa.Table.from_pylist(rows, schema=_schema(_TREATED_COLUMNS, TREATED, facts))

    return _quoting_nothing(build, _unwritable)


def treated_of(table: ArrowTable, place: str) -> tuple[TreatedTranscript, str]:
    """Read what ``treated_table`` built: the treated transcript and its salt."""

    def read() -> tuple[TreatedTranscript, str]:
        facts = _facts(table, _TREATED_COLUMNS, TREATED)
        turns = tuple(
            TreatedTurn(row["speaker"], row["start"], row["end"], TreatedText(row["text"])) for row in table.to_pylist()
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
        pq.write_table(table, sink, encryption_properties=properties, compression="zstd")
        return bytes(sink.getvalue().to_pybytes())

    return _quoting_nothing(write, _unwritable)


def decrypt(data: bytes, key: bytes, associated: bytes, place: str) -> ArrowTable:
    """Read what ``encrypt`` wrote; DamagedError, naming ``place``, for anything else.

    Parquet does not notice bytes put between its parts: the caller compares the digest of the whole.
    """
    if not (data.startswith(MAGIC) and data.endswith(MAGIC)):
        raise _unreadable(place)

    def read() -> ArrowTable:
        properties = pe.create_decryption_properties(key, aad_prefix=associated)
        return pq.read_table(pa.BufferReader(data), decryption_properties=properties)

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
