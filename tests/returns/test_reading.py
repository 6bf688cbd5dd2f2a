"""What the egress guard is given to read."""

import io
import zipfile

import pytest
from invented_session import packet_of

from demo.run_demo import left_over
from returns.rendering import FORMATS, extract, render
from vocabulary.errors import DamagedError

NAMES = sorted(FORMATS)
NAME = "Zéphyrine Quillebœuf"


def _with_member(data: bytes, name: str, content: bytes, comment: bytes = b"") -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, content)
        archive.comment = comment
    return out.getvalue()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shift", range(0, 24, 3))
def test_a_name_broken_across_lines_is_found(name: str, shift: int) -> None:
    """Wherever the line breaks, the joined lines hold the name whole."""
    packet = packet_of(("Jeune 1", "x" * (45 + shift) + " " + NAME + " " + "y " * 60))
    found = extract(name, render(packet, name))
    assert any(NAME in text for text in found.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_name_inside_a_cut_word_is_found(name: str) -> None:
    """A word too long for a line is also given uncut."""
    packet = packet_of(("Jeune 1", "Voilà : " + "x" * 64 + "quillebeuf" + "x" * 20))
    found = extract(name, render(packet, name))
    assert any("quillebeuf" in text for text in found.values())


@pytest.mark.parametrize("name", NAMES)
def test_labels_and_notices_are_read(name: str) -> None:
    """A name in a speaker's label or in a notice is found too."""
    found = extract(name, render(packet_of((NAME, "Oui."), (None, f"Sans {NAME} !")), name))
    assert sum(NAME in text for text in found.values()) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_turns_are_not_joined_to_each_other(name: str) -> None:
    """Each turn is a run of its own."""
    packet = packet_of(("Jeune 1", "mot " * 30), ("Jeune 2", "mot " * 30))
    runs = [place for place in extract(name, render(packet, name)) if place.startswith("lines ")]
    assert runs == ["lines 1-2", "lines 3-4"]


@pytest.mark.parametrize(
    ("member", "content"),
    [
        ("word/comments.xml", f'<comments author="{NAME}"/>'),
        ("word/comments.xml", f"<comments><c>{NAME}</c></comments>"),
        ("word/comments.xml", f"<comments><!-- {NAME} --></comments>"),
        ("word/_rels/x.rels", f'<Relationships><Relationship Target="https://example.org/{NAME}"/></Relationships>'),
        ("docProps/custom.xml", f"<Properties><property>{NAME}</property></Properties>"),
        ("word/media/note.txt", NAME),
        (f"word/{NAME}.bin", "\x00"),
    ],
)
def test_docx_every_corner_is_read(member: str, content: str) -> None:
    """Comments, properties, relations, other members and their names: whatever a package can hold."""
    data = _with_member(render(packet_of(("Jeune 1", "Oui.")), "docx"), member, content.encode())
    assert any(NAME in text for text in extract("docx", data).values())


def test_docx_comment_of_the_package_is_read() -> None:
    """A ZIP can carry a comment of its own."""
    data = _with_member(render(packet_of(("Jeune 1", "Oui.")), "docx"), "a", b"", NAME.encode())
    assert NAME in extract("docx", data)["comments of the package"]


def test_docx_runs_are_joined() -> None:
    """A name whose letters stand in several runs is read as one word."""
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    part = f"<w:hdr {w}><w:p><w:r><w:t>Quille</w:t></w:r><w:r><w:t>bœuf</w:t></w:r></w:p></w:hdr>".encode()
    data = _with_member(render(packet_of(("Jeune 1", "Oui.")), "docx"), "word/header9.xml", part)
    assert "Quillebœuf" in extract("docx", data)["word/header9.xml, paragraph 1"]


def test_what_is_not_a_package_is_said_so() -> None:
    """Bytes that are no ZIP are refused as damaged."""
    with pytest.raises(DamagedError, match="not a DOCX package"):
        extract("docx", b"PK not really")


def test_the_number_of_a_line_is_nobody_s_age() -> None:
    """The demonstration counts as left over what the talk says, also across lines, and no number of a line."""
    talk = [("Jeune 1", "Oui.")] * 13
    assert left_over({"14 ans"}, render(packet_of(*talk, ("Jeune 1", "Ans, mois, jours.")), "txt")) == set()
    said = ("Jeune 1", "x" * 60 + " il en a 14 ans")
    assert left_over({"14 ans", "15 ans"}, render(packet_of(said), "txt")) == {"14 ans"}
