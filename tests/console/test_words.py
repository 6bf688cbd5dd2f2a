"""Counts, times, days and tables as people read them."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import messages, screen
from console.entry_words import fact
from console.problems import reworded


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 s"), (8.4, "8 s"), (65, "1 min 05 s"), (3599.6, "1 h 00 min"), (6720, "1 h 52 min")],
)
def test_a_length_is_told_in_hours_minutes_seconds(seconds, told):
    """The two largest units, with no-break spaces."""
    assert messages.duration(seconds) == told.replace(" ", "\u00a0")


@pytest.mark.parametrize(
    ("date", "told"), [(datetime.date(2026, 3, 14), "14 mars 2026"), (datetime.date(2026, 5, 1), "1er mai 2026")]
)
def test_a_day_is_told_in_full(date, told):
    """The first of a month is an ordinal in French."""
    assert messages.day(date) == told


def test_a_time_is_told_on_the_clock_of_the_machine(monkeypatch):
    """The log is in UTC; people read their own zone."""
    import time

    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    try:
        assert messages.moment("2026-07-14T09:00:00Z") == "14/07/2026 11:00:00"
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()


def test_counts_are_grouped_and_agree():
    """Zero and one are singular in French."""
    assert messages.ngettext("{count} file", "{count} files", 0) == "0 fichier"
    assert messages.ngettext("{count} file", "{count} files", 1200) == "1\u202f200 fichiers"


def test_several_facts_are_listed():
    """A fact that holds several is shown with commas, each in words."""
    assert messages.shown((True, "x", 3)) == "oui, x, 3"


def test_what_other_software_says_is_reworded():
    """Bounds and positions are kept; an unknown text is kept whole."""
    assert reworded("Input should be greater than or equal to 8", messages._) == "la valeur doit être d'au moins 8"
    assert reworded("Invalid value (at line 3, column 5)", messages._).startswith("ligne 3, colonne 5")
    assert reworded("Some new text", messages._) == "Some new text"


def test_a_command_is_typed_as_it_stands_but_for_what_is_filled_in():
    """NAME is NOM for who reads French, also in the fact ``command`` of a sentence; options are not words."""
    command = "huisclos retention transfer r-1 --received REFERENCE --as NAME"
    told = "huisclos retention transfer r-1 --received R\u00c9F\u00c9RENCE --as NOM"
    assert messages.typed(command) == told
    assert told in messages.sentence("Once it is known: {command}", {"command": command})


def test_a_long_digest_is_shown_by_its_beginning():
    """Digests and ids are told apart by twelve characters; the JSON answer has them whole."""
    assert fact("digest", "ab" * 32) == "abababababab"
    assert fact("reason", "no_speech") == "aucune parole n'a été trouvée dans l'enregistrement"


@given(st.lists(st.lists(st.text(alphabet="ab é", max_size=5), min_size=2, max_size=2), min_size=1, max_size=4))
def test_columns_of_a_table_begin_at_one_place(rows):
    """The second cell of every row starts in the same column."""
    lines = screen.table(rows).split("\n")
    wide = max(len(row[0]) for row in rows)
    for line, row in zip(lines, rows, strict=True):
        assert line == (row[0].ljust(wide) + "  " + row[1]).rstrip()


def test_a_paragraph_keeps_its_no_break_spaces():
    """A line never begins with a colon."""
    text = messages.label("mot " * 30 + "fin", "suite")
    assert not [line for line in screen.paragraph(text).split("\n") if line.startswith(":")]
