"""How turns become numbered lines."""

import itertools

from hypothesis import given
from hypothesis import strategies as st
from invented_session import packet_of

from returns.lines import WIDTH, break_turn
from returns.packet import Packet
from returns.typography import NARROW, NBSP, typeset

WORDS = st.lists(st.text(alphabet=f"aé'{NBSP}{NARROW}!«", min_size=1, max_size=90), max_size=25)
TURNS = WORDS.map(lambda words: typeset(" ".join(words)))


def _rejoined(text: str, spans: list[tuple[int, int]]) -> str:
    out = ""
    for n, (start, end) in enumerate(spans):
        out += ("" if n == 0 or start == spans[n - 1][1] else " ") + text[start:end]
    return out


@given(TURNS)
def test_lines_give_the_turn_back(text: str) -> None:
    """Lines joined by a space, or by nothing where a word was cut, are the turn."""
    assert _rejoined(text, break_turn(text)) == text


@given(st.lists(st.text(alphabet="aé,’", min_size=1, max_size=WIDTH), max_size=40).map(" ".join))
def test_lines_joined_by_a_space_are_the_turn(text: str) -> None:
    """Where every word fits a line, a space is all that a break takes."""
    assert " ".join(text[start:end] for start, end in break_turn(text)) == text


@given(TURNS)
def test_no_line_is_empty_or_too_long(text: str) -> None:
    """A line holds 1 to 72 characters."""
    assert all(1 <= end - start <= WIDTH for start, end in break_turn(text))


@given(TURNS)
def test_a_no_break_space_stays_inside_its_line(text: str) -> None:
    """No line begins or ends with U+00A0 or U+202F."""
    for start, end in break_turn(text):
        assert text[start] not in (NBSP, NARROW)
        assert text[end - 1] not in (NBSP, NARROW)


@given(TURNS)
def test_lines_are_as_long_as_they_can_be(text: str) -> None:
    """Breaking is greedy: the next word would not have fitted."""
    spans = break_turn(text)
    for (start, end), (after, _) in itertools.pairwise(spans):
        if after == end + 1:
            assert end - start + 1 + len(text[after:].split(" ")[0]) > WIDTH


def test_a_word_longer_than_a_line_is_cut() -> None:
    """What holds no space is cut at 72 and loses nothing."""
    assert break_turn("a" * 150) == [(0, 72), (72, 144), (144, 150)]


def test_a_cut_parts_no_letter_from_its_accent() -> None:
    """A combining mark stays with its letter."""
    assert break_turn("x" * 71 + "q\u0301" + "x" * 5)[0] == (0, 72 - 1)


def test_numbers_run_through_the_packet(packet: Packet) -> None:
    """Numbers are 1, 2, 3... through all turns; notices carry none."""
    assert [line.number for line in packet.lines] == list(range(1, len(packet.lines) + 1))
    assert all(packet.turns[line.turn].speaker is not None for line in packet.lines)


def test_every_turn_begins_a_line() -> None:
    """Two short turns are two lines, and a notice between them is none."""
    packet = packet_of(("Jeune 1", "Oui."), (None, "Une minute gardée hors du retour."), ("Jeune 1", "Non."))
    assert [(line.number, line.turn, line.start, line.end) for line in packet.lines] == [(1, 0, 0, 4), (2, 2, 0, 4)]
