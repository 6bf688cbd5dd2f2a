"""The locator: each key path of a TOML text is found on the line where it was written."""

import datetime
import json
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.reading import Origin
from policies.toml_lines import load, locate
from vocabulary.errors import DossierError

Path = tuple[str | int, ...]
ORIGIN = Origin("seance.toml", DossierError, echo=False)

keys = st.text(alphabet='ab-_1.é "#[]=', min_size=1, max_size=6)
scalars = st.one_of(
    st.integers(-99, 99),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.dates(),
    st.text(alphabet="a\"'\\#]}={[,é ", max_size=8),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=8,
)
documents = st.dictionaries(keys, values, max_size=4)


class Writer:
    """Writes values as TOML in many shapes, and notes the line of each path."""

    def __init__(self, data: st.DataObject) -> None:
        self.text = ""
        self.lines: dict[Path, int] = {}
        self._data = data

    def _flip(self) -> bool:
        return bool(self._data.draw(st.booleans()))

    def _note(self, path: Path) -> None:
        self.lines.setdefault(path, self.text.count("\n") + 1)

    def _key(self, key: str) -> str:
        bare = key.isascii() and all(c.isalnum() or c in "-_" for c in key)
        return key if bare and self._flip() else json.dumps(key, ensure_ascii=False)

    def document(self, document: dict[str, object]) -> str:
        tables = {k: v for k, v in document.items() if self._is_table(v) and self._flip()}
        for key, value in document.items():
            if key not in tables:
                self._note((key,))
                self.text += f"{self._key(key)} ="
                self._value((key,), value)
                self.text += '  # "[[not]] = a key"\n' if self._flip() else "\n"
        for key, value in tables.items():
            self.text += "\n" if self._flip() else ""
            self._note((key,))
            for number, element in enumerate(value if isinstance(value, list) else [value]):
                path: Path = (key, number) if isinstance(value, list) else (key,)
                self._note(path)
                self.text += f"[[ {self._key(key)} ]]\n" if isinstance(value, list) else f"[{self._key(key)}]\n"
                for inner, content in element.items():
                    self._note((*path, inner))
                    self.text += f"  {self._key(inner)}="
                    self._value((*path, inner), content)
                    self.text += "\n"
        return self.text

    @staticmethod
    def _is_table(value: object) -> bool:
        elements = value if isinstance(value, list) and value else [value]
        return all(isinstance(element, dict) for element in elements)

    def _value(self, path: Path, value: object) -> None:
        if isinstance(value, list):
            self.text += " ["
            for number, item in enumerate(value):
                self.text += "\n # ] } \n" if self._flip() else " "
                self._note((*path, number))
                self._value((*path, number), item)
                self.text += "," if number < len(value) - 1 or self._flip() else ""
            self.text += "\n]" if self._flip() else "]"
        elif isinstance(value, dict):
            self.text += "{ "
            for number, (key, item) in enumerate(value.items()):
                self.text += ", " if number else ""
                self._note((*path, key))
                self.text += f"{self._key(key)} = "
                self._value((*path, key), item)
            self.text += " }"
        elif isinstance(value, str):
            self.text += self._string(value)
        elif isinstance(value, datetime.date):
            self.text += value.isoformat()
        else:
            self.text += json.dumps(value)

    def _string(self, value: str) -> str:
        if "'" not in value and self._flip():
            return f"'''\n{value}'''" if self._flip() else f"'{value}'"
        basic = json.dumps(value, ensure_ascii=False)
        return f'""{basic[:-1]}"""' if self._flip() else basic


def paths(value: object, above: Path = ()) -> set[Path]:
    items = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    return {path for key, inner in items for path in ((*above, key), *paths(inner, (*above, key)))}


@settings(max_examples=150, deadline=None)
@given(documents, st.data())
def test_each_path_is_found_where_it_was_written(document: dict[str, object], data: st.DataObject) -> None:
    """For any document in any shape, the lines located are the lines written, and no path is missed or invented."""
    writer = Writer(data)
    text = writer.document(document)
    read = tomllib.loads(text)
    located = locate(text)
    assert set(located) == paths(read)
    assert located == writer.lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a.b.c = 1\na.d = 2\n", {("a",): 1, ("a", "b"): 1, ("a", "b", "c"): 1, ("a", "d"): 2}),
        ("[a . 'b']\n\nc=1", {("a",): 1, ("a", "b"): 1, ("a", "b", "c"): 3}),
        (
            "[[p]]\nn=1\n[[p.q]]\nx=1\n[[p]]\n[p.r]\ny=1\n",
            {("p",): 1, ("p", 0): 1, ("p", 0, "n"): 2, ("p", 0, "q"): 3, ("p", 0, "q", 0): 3, ("p", 0, "q", 0, "x"): 4,
             ("p", 1): 5, ("p", 1, "r"): 6, ("p", 1, "r", "y"): 7},
        ),
        ("t = 2026-03-14 09:00:00\nu = 1", {("t",): 1, ("u",): 2}),
        ('s = """a\n"b""\n[c]\n"""""\nt = [1,\n2]\n', {("s",): 1, ("t",): 5, ("t", 0): 5, ("t", 1): 6}),
        ("s = '''\n# x\n''''\nt=1\r\nu=1", {("s",): 1, ("t",): 4, ("u",): 5}),
    ],
)  # fmt: skip
def test_shapes_of_toml(text: str, lines: dict[Path, int]) -> None:
    """Dotted keys, tables in lists of tables, dates with a blank, and texts over several lines."""
    assert locate(text) == lines


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = 1\nb = Amine\n", 2),
        ("a = 1\na = 2\n", 2),
        ("a = 'x\nb = 1\n", 1),
        ("[a]\nb = 1\n[a]\n", 3),
        ("z = 1\na = [1, 2\n\n\n", 2),
        ("z = 1\na = { b = 1,\n c = 2 }\n", 2),
        ("a = 2026-02-30\n", 1),
    ],
)
def test_a_fault_of_syntax_names_its_line_and_nothing_of_the_text(text: str, line: int) -> None:
    """What TOML itself refuses is told with its line, without a word of what stands there."""
    with pytest.raises(DossierError) as caught:
        load(text, ORIGIN)
    assert caught.value.facts == {"file": "seance.toml", "line": line}


@pytest.mark.parametrize("text", ["a = " + "[" * 3000, "a = " + "[" * 3000 + "]" * 3000, "a = " + "{a=" * 3000])
def test_lists_nested_without_end_are_refused(text: str) -> None:
    """Nesting beyond what the parser bears is a fault of the file, not of the software."""
    with pytest.raises(DossierError):
        load(text, ORIGIN)
