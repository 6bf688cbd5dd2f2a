"""The packet and its heading."""

import dataclasses
import datetime

import pytest
from invented_session import HEADING, packet_of, read_session, transcript

from returns import words
from returns.packet import Copy, Heading, Packet, compose
from vocabulary.choices import Audience
from vocabulary.errors import UsageError


def test_turns_stand_one_for_one_with_the_cleared_transcript() -> None:
    """An empty turn keeps its place, so that a line leads back to the turn that was cleared."""
    packet = packet_of(("A 1", "Oui."), ("A 2", "\x00 "), ("A 1", "Non."))
    assert [line.turn for line in packet.lines] == [0, 2]
    assert [len(lines) for _, lines in packet.contributions()] == [1, 1]


def test_a_packet_does_not_show_its_text(packet: Packet) -> None:
    """repr of a packet holds no word of the talk."""
    assert "cantine" not in repr(packet)


def test_text_for_another_audience_is_refused() -> None:
    """What was treated for the group is not composed for research."""
    with pytest.raises(ValueError, match="treated for group"):
        compose(read_session(), dataclasses.replace(HEADING, audience=Audience.RESEARCH))


@pytest.mark.parametrize(
    ("date", "following", "deadline"),
    [
        ((2026, 3, 14), (2026, 4, 18), (2026, 4, 15)),
        ((2026, 3, 14), (2026, 3, 16), (2026, 3, 15)),
        (None, (2026, 4, 18), (2026, 4, 15)),
        ((2026, 3, 14), None, None),
    ],
)
def test_deadline(date: tuple | None, following: tuple | None, deadline: tuple | None) -> None:
    """Three days before the next session, and never on the day of this one."""
    day, after, until = (value and datetime.date(*value) for value in (date, following, deadline))
    assert Heading("w", 3, day, next_session=after).deadline == until


@pytest.mark.parametrize(("workshop", "number"), [("../w", 3), ("w", 0), ("w", 1000)])
def test_a_heading_names_a_session(workshop: str, number: int) -> None:
    """Workshop and number keep the rules of session names."""
    with pytest.raises(UsageError):
        Heading(workshop, number)


@pytest.mark.parametrize("number", [0, 15])
def test_a_copy_is_one_of_its_set(number: int) -> None:
    """Copy 15 of 14 is refused."""
    with pytest.raises(ValueError, match="is not one of them"):
        Copy(number, 14, "R3")


def test_an_undated_session_is_told_as_such() -> None:
    """Without dates the title block says so and the sheet names the next session instead of a day."""
    heading = Heading("w", 3)
    assert dict(words.fields(heading))["Séance suivante"] == "date à fixer"
    assert words.sheet_deadline(heading) == ("À remettre", "avant la séance\u00a04")


def test_the_first_of_a_month_is_an_ordinal() -> None:
    """French writes 1er, and no line breaks inside a date."""
    assert words.day(datetime.date(2026, 4, 1)) == "1er\u00a0avril\u00a02026"


@pytest.mark.parametrize("audience", list(Audience))
def test_only_the_group_is_asked_for_amendments(audience: Audience) -> None:
    """The amendment sheet and its dates belong to the return to the group."""
    heading = dataclasses.replace(HEADING, audience=audience)
    assert words.front(heading).amendable == (audience is Audience.GROUP)
    assert ("Amendements écrits" in dict(words.fields(heading))) == (audience is Audience.GROUP)
    assert compose(transcript(audience=str(audience)), heading).lines == ()
