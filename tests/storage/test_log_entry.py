"""Entries of the processing log and their one encoding."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.log.entry import ACCESSES, KINDS, Entry, LoggedEntry, Value, WrittenRow, parse_line
from vocabulary.ids import new_id

PLAIN = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40)
VALUES = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | PLAIN
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)
TIMES = st.datetimes().map(lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}").filter(lambda text: len(text) == 20)
ROWS = st.builds(WrittenRow, NAMES, PLAIN, st.none() | st.dictionaries(NAMES, VALUES, max_size=4))
DOCS = Path(__file__).parents[2] / "docs" / "reference" / "log.md"


@st.composite
def logged(draw: st.DrawFn) -> LoggedEntry:
    """An entry as the log holds it."""
    actor = draw(st.none() | st.builds(lambda: new_id("p")))
    facts = draw(st.dictionaries(NAMES, VALUES, max_size=5))
    entry = Entry(draw(st.sampled_from(sorted(KINDS))), None, actor, facts)
    rows = () if entry.kind in ACCESSES else tuple(draw(st.lists(ROWS, max_size=3)))
    return LoggedEntry.of(entry, rows, seq=draw(st.integers(0, 2**40)), entry_id=new_id("e"), at=draw(TIMES))


@given(logged())
@settings(max_examples=80, deadline=None)
def test_entries_survive_writing_and_reading(entry: LoggedEntry) -> None:
    """parse(format(x)) is x, and format(parse(s)) is s."""
    assert parse_line(entry.line()) == entry
    assert parse_line(entry.line()).line() == entry.line()


@pytest.mark.parametrize(
    "respell",
    [
        lambda text: text.replace(":", ": ", 1),
        lambda text: json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")),
        lambda text: text.replace('"id"', '"\\u0069d"'),
        lambda text: text[:-1] + ',"more":1}',
        lambda text: text + " ",
        lambda text: text.replace('"seq":3', '"seq":3.0'),
        lambda text: text.replace("huisclos-log/1", "huisclos-log/2"),
        lambda text: text.replace('"facts":{}', '"facts":[]'),
        lambda text: "[" * 100_000,
    ],
)
def test_any_other_spelling_is_refused(respell) -> None:  # type: ignore[no-untyped-def]
    """A line that means the same and is written otherwise is not an entry."""
    entry = LoggedEntry.of(Entry("fault"), (), seq=3, entry_id=new_id("e"), at="2026-03-14T09:00:00Z")
    with pytest.raises(ValueError):
        parse_line(respell(entry.line().decode()).encode())


@pytest.mark.parametrize("value", [1.5, "x" * 201, ["list"], b"bytes", "deux\nlignes", "prénom", 2**60])
def test_facts_refuse_what_is_not_a_short_plain_value(value: Value) -> None:
    """Numbers with a fraction, long or accented text, lists and bytes are no facts."""
    with pytest.raises(ValueError):
        Entry("fault", facts={"fact": value})


def test_unknown_kinds_are_refused() -> None:
    """The list of kinds is closed."""
    with pytest.raises(ValueError):
        Entry("something-else")


def test_actor_and_session_are_opaque_ids() -> None:
    """A name in the place of an id is refused, and the refusal does not repeat it."""
    for place in ("actor", "session"):
        with pytest.raises(ValueError) as caught:
            Entry("accessed", **{place: "canary-name"})
        assert "canary" not in str(caught.value)


def test_an_actor_is_authenticated_by_their_own_passphrase_alone() -> None:
    """Under the machine's or another person's a name is a declaration; without an actor there is nothing to say."""
    one, other = new_id("p"), new_id("p")
    for actor, opener, expected in (
        (one, one, True), (one, other, False), (one, "machine", False), (one, None, False), (None, one, None),
    ):  # fmt: skip
        entry = LoggedEntry.of(
            Entry("fault", actor=actor), (), seq=0, entry_id=new_id("e"), at="2026-01-01T00:00:00Z", opener=opener
        )
        assert entry.authenticated is expected


@pytest.mark.parametrize("kind", sorted(ACCESSES))
def test_an_access_changes_no_row(kind: str) -> None:
    """Its entries have a short life of their own, and the log replayed must not miss them."""
    row = WrittenRow("people", "p-1", None)
    with pytest.raises(ValueError):
        LoggedEntry.of(Entry(kind), (row,), seq=0, entry_id=new_id("e"), at="2026-01-01T00:00:00Z")


def test_every_kind_is_documented() -> None:
    """The reference page lists the kinds that exist, with their words."""
    table = DOCS.read_text(encoding="utf-8").partition("| kind | meaning |")[2].partition("\n## ")[0]
    listed = dict(re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", table, re.MULTILINE))
    assert listed == dict(KINDS)
