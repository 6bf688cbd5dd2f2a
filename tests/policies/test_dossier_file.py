"""The session dossier: what is accepted, and what each fault says without repeating a name."""

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.dossier_file import parse_dossier
from vocabulary.choices import EntityType, Exit, Use
from vocabulary.dossier import Dossier
from vocabulary.errors import DossierError

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "dossier.md").read_text(encoding="utf-8")
EXAMPLE = PAGE.split("```toml\n")[1].split("```")[0]
NAMES = ("Hélène", "Vasseur", "Samir", "Benali", "Yacine", "Yass", "Oliviers", "Renoir", "Gros")
MINIMUM = 'format = "huisclos-session/1"\n[session]\nnumber = 1\n'


def fault(text: str | bytes) -> DossierError:
    with pytest.raises(DossierError) as caught:
        parse_dossier(text, "seance3.toml")
    return caught.value


def test_the_example_reads_as_it_is_written() -> None:
    """Each key of the documented example comes back as a value."""
    dossier = parse_dossier(EXAMPLE, "seance3.toml")
    assert (dossier.number, dossier.language, dossier.speakers, dossier.parts) == (3, "fr", 7, 2)
    assert (dossier.date, dossier.next_session) == (datetime.date(2026, 3, 14), datetime.date(2026, 4, 18))
    assert dossier.withheld == ((4320.0, 4830.0),)
    first = dossier.participants[0]
    assert first.also == ("Hélène", "Madame Vasseur") and first.form == "F-2026-001"
    assert first.agrees == {Use.RECORDING, Use.RETURN, Use.RESEARCH}
    assert [known.kind for known in dossier.known] == [EntityType.YOUTH, EntityType.PLACE, EntityType.INSTITUTION]
    assert dossier.known[2].pseudonym == "Collège 1" and dossier.known[0].pseudonym is None
    assert dossier.known[1].general == "une cité du nord de la ville" and dossier.known[2].general is None


def test_the_shortest_dossier_has_a_number_only() -> None:
    """Everything but the number has a default."""
    assert parse_dossier(MINIMUM, "seance1.toml") == Dossier(number=1)


def test_inline_tables_are_the_same_dossier() -> None:
    """The same content in inline tables reads the same."""
    inline = MINIMUM.replace("[session]\n", "[session]\n").replace("number = 1\n", "number = 1\n")
    text = 'known = [{kind = "place", forms = ["a b"]}]\n' + inline
    tables = inline + '[[known]]\nkind = "place"\nforms = ["a b"]\n'
    assert parse_dossier(text, "s.toml") == parse_dossier(tables, "s.toml")


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ("huisclos-session/1", "huisclos-session/2", "format", "expected huisclos-session/1"),
        ('format = "huisclos-session/1"\n', "", "format", "missing"),
        ("number = 3\n", "", "session.number", "missing"),
        ("number = 3", "number = 1000", "session.number", "from 1 to 999, found 1000"),
        ("number = 3", "number = 0", "session.number", "found 0"),
        ("number = 3", 'number = "Samir"', "session.number", "found a text"),
        ("number = 3", "number = true", "session.number", "found yes or no"),
        ("number = 3", "number = 612345678", "session.number", "found a number"),
        ("number = 3", "number = 3\nroom = 2", "session.room", "not known"),
        ("number = 3", "Number = 3", "session.Number", "not known"),
        ("date = 2026-03-14", 'date = "14 mars"', "session.date", "found a text"),
        ("date = 2026-03-14", "date = 2026-03-14T09:00:00", "session.date", "found a date"),
        ("next_session = 2026-04-18", "next_session = 2026-03-14", "session.next_session", "after the date"),
        ('language = "fr"', 'language = "français"', "session.language", "found a text"),
        ("speakers = 7", "speakers = 0", "session.speakers", "from 1 to 99"),
        ("parts = 2", "parts = 1.5", "session.parts", "found a number"),
        ("01:12:00-01:20:30", "01:20:30-01:12:00", "session.withheld[1]", "end after it begins"),
        ("01:12:00-01:20:30", "01:12:00-01:12:00", "session.withheld[1]", "end after it begins"),
        ("01:12:00-01:20:30", "1:12:00-1:20:30", "session.withheld[1]", "such as 01:12:00-01:20:30"),
        ("01:12:00-01:20:30", "00:72:00-01:20:30", "session.withheld[1]", "such as"),
        ('withheld = ["01:12:00-01:20:30"]', "withheld = 4320", "session.withheld", "found 4320"),
        ('name = "Samir Benali"\n', "", "participant[2].name", "missing"),
        ('name = "Samir Benali"', 'name = " "', "participant[2].name", "found an empty text"),
        ('name = "Samir Benali"', 'name = ["Samir"]', "participant[2].name", "found a list"),
        ('name = "Samir Benali"', 'nom = "Samir Benali"', "participant[2].nom", "not known"),
        ('also = ["Samir"]', 'also = "Samir"', "participant[2].also", "found a text"),
        ('also = ["Samir"]', 'also = ["Samir", 3]', "participant[2].also[2]", "found 3"),
        ('"recording", "return"]', '"recording", "Samir"]', "participant[2].agrees[2]", "recording, return, research"),
        ('agrees = ["recording", "return"]\n', "", "participant[2].agrees", "missing"),
        ('kind = "youth"', 'kind = "Yacine"', "known[1].kind", "youth, person, place, institution"),
        ('forms = ["Yacine", "Yass", "le Gros"]', "forms = []", "known[1].forms", "found an empty list"),
        ('forms = ["Yacine", "Yass", "le Gros"]', 'forms = [""]', "known[1].forms[1]", "found an empty text"),
        ('pseudonym = "Collège 1"', 'pseudonym = "Lycée Renoir"', "known[3].pseudonym", "contains one of the forms"),
        ('pseudonym = "Collège 1"', 'pseudonym = "X"\n[[known]]\nkind="place"\nforms=["b"]\npseudonym="x"',
         "known[4].pseudonym", "another referent"),
        ('general = "une cité du nord de la ville"', 'general = "une cité près des oliviers, les OLIVIERS"',
         "known[2].general", "contains one of the forms"),
        ('general = "une cité du nord de la ville"', 'general = "une cité où vit Yass"', "known[2].general",
         "another one of this file"),
        ('general = "une cité du nord de la ville"', 'general = "les immeubles du nord"', "known[2].general",
         'begins with "un" or "une"'),
        ('kind = "youth"', 'kind = "youth"\ngeneral = "un garçon"', "known[1].general", "only a place"),
        ("[[known]]\n", "[[connu]]\n", "connu", "not known"),
    ],
)  # fmt: skip
def test_each_fault_names_its_key_and_repeats_no_value(old: str, new: str, key: str, says: str) -> None:
    """One wrong thing in a good dossier is refused with file, line and key, and no name is repeated."""
    assert old in EXAMPLE
    error = fault(EXAMPLE.replace(old, new, 1) if "known]]" not in old else EXAMPLE.replace(old, new))
    assert error.facts["key"] == key
    assert says in str(error), str(error)
    assert error.place == f"seance3.toml:{error.facts['line']}" and error.exit is Exit.CONTRACT
    assert not any(name in f"{error!r} {error} {error.facts}" for name in NAMES)


def test_the_line_is_the_line_of_the_key() -> None:
    """In the second participant of the example, the line named is the one of the bad list item."""
    text = EXAMPLE.replace('agrees = ["recording", "return"]', 'agrees = [\n  "recording",\n  "sale",\n]')
    assert fault(text).facts["line"] == text[: text.index('"sale"')].count("\n") + 1


@pytest.mark.parametrize("key", ["Yacine", '"Hélène Vasseur"', "samir@exemple"])
def test_a_key_that_may_be_a_name_is_not_repeated(key: str) -> None:
    """A key that does not look like one of ours is told by its line only."""
    error = fault(MINIMUM + f'{key if "@" not in key else chr(34) + key + chr(34)} = "x"\n')
    assert error.facts["line"] == 4 and "a key that is not shown" in str(error)
    assert key.strip('"') not in str(error)


def test_texts_are_composed_and_trimmed() -> None:
    """Names come back in normal form C without the space around them, so that they match what is said."""
    known = '[[known]]\nkind = "person"\nforms = [" He\u0301le\u0300ne "]\n'
    assert parse_dossier(MINIMUM + known, "s.toml").known[0].forms == ("Hélène",)


def test_stretches_come_in_order() -> None:
    """Withheld stretches are sorted, whatever order they were written in."""
    text = MINIMUM + 'withheld = ["00:10:00-00:11:00", "00:01:00-00:02:00"]\n'
    assert parse_dossier(text, "s.toml").withheld == ((60.0, 120.0), (600.0, 660.0))


@pytest.mark.parametrize("change", [lambda t: "\ufeff" + t, lambda t: t.replace("\n", "\r\n")], ids=["mark", "crlf"])
def test_what_windows_editors_add_is_tolerated(change: object) -> None:
    """A byte order mark and Windows line ends change nothing."""
    assert callable(change)
    assert parse_dossier(change(EXAMPLE).encode(), "s.toml") == parse_dossier(EXAMPLE, "s.toml")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_another_encoding_is_refused(encoding: str) -> None:
    """A dossier that is not UTF-8 is refused in words that say how to save it."""
    assert "UTF-8" in str(fault(EXAMPLE.encode(encoding)))


def test_a_huge_dossier_is_refused() -> None:
    """More than 256 KiB is no session dossier."""
    assert "at most" in str(fault(MINIMUM + "#" * (256 * 1024)))


def test_a_dossier_shows_no_name() -> None:
    """The repr of what was read counts, and says no name."""
    dossier = parse_dossier(EXAMPLE, "s.toml")
    assert not any(name in repr([dossier, *dossier.participants, *dossier.known]) for name in NAMES)


@given(st.data())
def test_a_damaged_dossier_reads_or_is_refused_without_a_name(data: st.DataObject) -> None:
    """Whatever is cut out or put in, the reader answers a dossier or a DossierError that repeats no value."""
    start = data.draw(st.integers(0, len(EXAMPLE)))
    end = data.draw(st.integers(start, min(len(EXAMPLE), start + 40)))
    put = data.draw(st.text(alphabet="{}[]=,\"'#.\n\\ab1é", max_size=6))
    try:
        parse_dossier(EXAMPLE[:start] + put + EXAMPLE[end:], "seance3.toml")
    except DossierError as error:
        assert error.facts["file"] == "seance3.toml"
        shown = {str(fact) for name, fact in error.facts.items() if name != "key"}
        assert not any(name in " ".join(shown) for name in NAMES)
