"""A recording is cut into blocks by its samples alone, and a finished block is known by what it was made of."""

import hashlib
import json
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speech import mixing, turns
from speech.blocks import Block, Listened, basis_of, cut
from speech.editions import editions
from speech.mixing import Mixer
from speech.recording import RATE, Samples
from speech.turns import utterances
from tests.speech.conftest import tone
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Word

_NOISE: Samples = np.random.default_rng(5).integers(-8000, 8000, 40 * RATE).astype(np.int16)
_TEXTS = st.text(min_size=1, max_size=12)
_WORDS = st.builds(
    lambda text, start, length, chance: Word(IdentifiedText(text), start, start + length, chance),
    _TEXTS,
    st.floats(0, 1e5),
    st.floats(0, 60),
    st.floats(0, 1),
)
_BLOCKS = st.builds(
    Block,
    st.integers(1, 99),
    st.integers(0, 10**9),
    st.integers(1, 10**8),
    st.lists(st.lists(_WORDS, min_size=1, max_size=4).map(tuple), max_size=4).map(tuple),
)


def _pieces(samples: Samples, size: int) -> list[Samples]:
    return [samples[at : at + size] for at in range(0, len(samples), size)]


@settings(max_examples=25, deadline=None)
@given(st.integers(2000, 45 * RATE), st.floats(5, 50))
def test_the_cut_depends_on_the_samples_alone(size: int, longest: float) -> None:
    """Whatever the pieces they came in: every sample once, in order, and no block longer than allowed."""
    blocks = list(cut(_pieces(_NOISE, size), longest))
    assert np.array_equal(np.concatenate(blocks), _NOISE)
    assert all(0 < len(block) <= longest * RATE for block in blocks)
    assert [len(block) for block in blocks] == [len(block) for block in cut([_NOISE], longest)]


def test_it_cuts_where_nobody_speaks() -> None:
    """A second of silence in the late part of a block is where it ends."""
    loud, quiet = tone(9.0), np.zeros(RATE, np.int16)
    samples = np.concatenate([loud, quiet] * 4)
    ends = list(accumulate(len(block) / RATE for block in cut([samples], longest=12.0)))
    assert all(9 <= end % 10 <= 10 for end in ends[:-1])
    assert ends[-1] == 40


def test_nothing_is_no_block() -> None:
    """An empty part gives none."""
    assert list(cut([])) == []


@given(_BLOCKS)
def test_a_block_reads_back_as_it_was_written(block: Block) -> None:
    """To the last digit of its times, on the same basis."""
    listened = Listened.of(["Malik", "Nadia"])
    assert Block.from_bytes(block.to_bytes("basis", listened), "basis") == (block, listened)


def test_a_block_of_another_basis_or_form_is_of_no_use() -> None:
    """Other names, another model, or words with other fields than this version's."""
    block = Block(1, 0, RATE, ((Word(IdentifiedText("bonjour"), 0.0, 0.5, 0.9),),))
    data = block.to_bytes(basis_of(["Malik"], "model 1"), Listened.of(()))
    assert Block.from_bytes(data, basis_of(["Malik"], "model 1")) is not None
    assert Block.from_bytes(data, basis_of(["Malik", "Yass"], "model 1")) is None
    assert Block.from_bytes(data, basis_of(["Malik"], "model 2")) is None
    value = json.loads(data)
    older = json.dumps({**value, "word": value["word"][:-1]}).encode()
    assert Block.from_bytes(older, value["basis"]) is None


def test_what_was_listened_for_is_known_again_and_cannot_be_read() -> None:
    """In its order, by whoever still has the names; a name that is gone is nowhere, and each transcription differs."""
    listened = Listened.of(["Malik", "Nadia", "Yass"])
    assert listened.among(["Yass", "Zoé", "Malik"]) == ["Malik", "Yass"]
    written = Block(1, 0, RATE, ()).to_bytes("basis", listened)
    assert not any(name.encode() in written for name in ("Malik", "Nadia", "Yass"))
    assert set(listened.marks).isdisjoint(Listened.of(["Malik", "Nadia", "Yass"]).marks)


@pytest.mark.parametrize("module", ["decoding", "tracks", "mixing", "turns"])
def test_what_sound_and_utterances_depend_on_is_told(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another edition of any of them is another basis."""
    before = editions()
    monkeypatch.setattr(f"speech.{module}.EDITION", "another")
    assert editions() != before


MADE = {
    "mixing 1": "087108043ce078e5",
    "utterances 1": [2, 1, 1, 2],
}
"""What each edition makes of the same input. A rule that makes something else of it gets another number, and a line."""


def test_another_rule_has_another_edition() -> None:
    """Blocks of before an update are told from those of after it by the number alone."""
    moments = np.arange(45 * RATE)
    loud = (moments * 7919 % 8001 - 4000) * (moments // RATE % 3 > 0)
    both = np.stack([loud, -loud // 3 + moments * 31 % 401], axis=1).astype(np.int16)
    mixer = Mixer(RATE)
    mixed = b"".join([*mixer.add(both), *mixer.end()])
    assert hashlib.sha256(mixed).hexdigest()[:16] == MADE[_numbered(mixing.EDITION)]
    sound = np.frombuffer(mixed, "<i2")
    times = [1.2, 1.5, 3.35, 3.6, 4.5, 4.9]
    words = [Word(IdentifiedText("oui"), at, at + 0.2, 0.9) for at in times]
    assert [len(each) for each in utterances(words, sound)] == MADE[_numbered(turns.EDITION)]


def _numbered(edition: str) -> str:
    return " ".join(edition.split()[:2])
