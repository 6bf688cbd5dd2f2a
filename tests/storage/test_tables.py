"""Transcripts as tables: lossless, encrypted to the footer, silent about their cells."""

import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.tables import TableError, decrypt, encrypt, transcript_of, transcript_table, treated_of, treated_table
from tests.storage.keystores import flipped
from vocabulary.errors import DamagedError
from vocabulary.text import IdentifiedText, TreatedText
from vocabulary.transcript import Transcript, TreatedTranscript, TreatedTurn, Turn, Word

KEY, BOUND = bytes(range(32)), b"bound to this"
CANARY = "Zéphyrine Quatrebarbes"

texts = st.text(max_size=12)
seconds = st.floats(allow_nan=False)
words = st.builds(Word, text=texts.map(IdentifiedText), start=seconds, end=seconds, probability=seconds)
turns = st.builds(
    Turn,
    speaker=texts,
    start=seconds,
    end=seconds,
    text=texts.map(IdentifiedText),
    words=st.lists(words, max_size=3).map(tuple),
)
transcripts = st.builds(
    Transcript,
    turns=st.lists(turns, max_size=4).map(tuple),
    language=texts,
    duration=seconds,
    model=texts,
    warnings=st.lists(texts, max_size=2).map(tuple),
)
treated_turns = st.builds(
    TreatedTurn, speaker=st.none() | texts, start=seconds, end=seconds, text=texts.map(TreatedText)
)
treateds = st.builds(TreatedTranscript, audience=texts, turns=st.lists(treated_turns, max_size=4).map(tuple))


def _through_parquet(table: pa.Table) -> pa.Table:
    return decrypt(encrypt(table, KEY, BOUND), KEY, BOUND, "o-test")


@settings(max_examples=60, deadline=None)
@given(transcripts)
def test_a_transcript_comes_back_whole(transcript: Transcript) -> None:
    """Any text, any time, any number of turns and words."""
    assert transcript_of(_through_parquet(transcript_table(transcript)), "o-test") == transcript


@settings(max_examples=60, deadline=None)
@given(treateds, texts)
def test_a_treated_transcript_comes_back_whole(treated: TreatedTranscript, salt: str) -> None:
    """With its salt, and with turns that have no speaker."""
    assert treated_of(_through_parquet(treated_table(treated, salt)), "o-test") == (treated, salt)


def test_the_sign_of_zero_comes_back() -> None:
    """Times are kept bit for bit."""
    transcript = Transcript((Turn("S1", -0.0, 0.1 + 0.2, IdentifiedText("")),), "fr", -0.0, "base")
    again = transcript_of(_through_parquet(transcript_table(transcript)), "o-test")
    assert math.copysign(1, again.turns[0].start) == math.copysign(1, again.duration) == -1
    assert again.turns[0].end == 0.1 + 0.2


def _table() -> pa.Table:
    return transcript_table(Transcript((Turn("S1", 0.0, 1.0, IdentifiedText(CANARY)),), CANARY, 1.0, CANARY))


def test_nothing_of_a_table_lies_in_clear() -> None:
    """Neither cells nor column names, schema or metadata; nor what it is bound to."""
    data = encrypt(_table(), KEY, BOUND)
    for plain in (CANARY.encode(), b"Quatrebarbes", b"speaker", b"probability", b"huisclos", b"ARROW", BOUND):
        assert plain not in data


@pytest.mark.parametrize(("key", "bound"), [(bytes(32), BOUND), (KEY, b"bound to that"), (KEY, b"")])
def test_another_key_or_place_opens_nothing(key: bytes, bound: bytes) -> None:
    """Key and additional data must be those of the sealing."""
    with pytest.raises(DamagedError):
        decrypt(encrypt(_table(), KEY, BOUND), key, bound or b"x", "o-test")


def test_every_flipped_byte_is_found() -> None:
    """From the first magic byte to the last."""
    data = encrypt(_table(), KEY, BOUND)
    for at in range(len(data)):
        with pytest.raises(DamagedError):
            decrypt(flipped(data, at), KEY, BOUND, "o-test")


def test_a_truncated_table_is_found() -> None:
    """At any length."""
    data = encrypt(_table(), KEY, BOUND)
    for size in range(0, len(data), 7):
        with pytest.raises(DamagedError):
            decrypt(data[:size], KEY, BOUND, "o-test")


def test_a_plain_parquet_file_is_refused() -> None:
    """Without encryption there is no proof of where a table comes from."""
    sink = pa.BufferOutputStream()
    pq.write_table(_table(), sink)
    with pytest.raises(DamagedError):
        decrypt(sink.getvalue().to_pybytes(), KEY, BOUND, "o-test")


def test_the_cipher_authenticates_columns() -> None:
    """The footer, once opened, states AES_GCM_V1 by being readable under it; a column byte flipped fails alone."""
    data = encrypt(_table(), KEY, BOUND)
    with pytest.raises(DamagedError):
        decrypt(flipped(data, 30), KEY, BOUND, "o-test")


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"a": [1]}),
        treated_table(TreatedTranscript("group", ()), "a1"),
        _table().replace_schema_metadata(None),
        _table().replace_schema_metadata({b"huisclos": b"{}"}),
        _table().replace_schema_metadata({b"huisclos": b"not json"}),
        _table().drop_columns(["words"]),
    ],
)
def test_another_table_is_not_a_transcript(table: pa.Table) -> None:
    """Columns, format and content must be those of a transcript."""
    with pytest.raises(DamagedError):
        transcript_of(table, "o-test")


def test_an_error_of_the_table_library_quotes_no_cell() -> None:
    """PyArrow's message would hold the value; ours does not, along its whole chain."""
    spoiled = Transcript((Turn("S1", CANARY, 1.0, IdentifiedText("")),), "fr", 1.0, "base")  # type: ignore[arg-type]
    with pytest.raises(TableError) as caught:
        transcript_table(spoiled)
    assert CANARY not in str(caught.value)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
