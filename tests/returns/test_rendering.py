"""The three formats: golden files, agreement among them, and what they may not hold."""

import io
import re
import zipfile

import docx as python_docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_session import GOLDEN, HEADING, packet_of, read_session, transcript
from lxml import etree

from returns.formats.ooxml import W
from returns.packet import Copy, Heading, Packet, compose
from returns.rendering import FORMATS, extract, render
from vocabulary.choices import Audience
from vocabulary.errors import UsageError

NAMES = sorted(FORMATS)
_TIMES = re.compile(r"^(\d\d):(\d\d):(\d\d)\.(\d{3}) --> (\d\d):(\d\d):(\d\d)\.(\d{3})$", re.MULTILINE)


def _members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _paragraphs(data: bytes) -> list[str]:
    return [paragraph.text for paragraph in python_docx.Document(io.BytesIO(data)).paragraphs]


@pytest.mark.parametrize("name", NAMES)
def test_golden(packet: Packet, name: str) -> None:
    """The bytes are those of the golden file (tests/returns/make_golden.py writes them again)."""
    assert render(packet, name) == (GOLDEN / f"return.{name}").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_the_same_packet_gives_the_same_bytes(name: str) -> None:
    """Two packets composed from the same transcript and heading render alike."""
    first, second = (render(compose(read_session(), HEADING), name) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("name", NAMES)
def test_every_format_has_the_same_lines(packet: Packet, name: str) -> None:
    """Read back from each format, every line has its number and its characters."""
    found = extract(name, render(packet, name))
    expected = {f"line {line.number}": packet.text_of(line).reveal() for line in packet.lines}
    assert {place: found[place] for place in found if re.fullmatch(r"line \d+", place)} == expected


@pytest.mark.parametrize("name", NAMES)
@given(words=st.lists(st.text(max_size=80), max_size=12), speaker=st.text(max_size=20))
@settings(max_examples=40, deadline=None)
def test_any_text_can_be_rendered(name: str, words: list[str], speaker: str) -> None:
    """Whatever characters a turn and its label hold, the file is sound and gives the lines back."""
    packet = packet_of((speaker, " ".join(words)), (None, " ".join(words[:2])))
    found = extract(name, render(packet, name))
    for line in packet.lines:
        assert found[f"line {line.number}"] == packet.text_of(line).reveal()


@pytest.mark.parametrize("audience", list(Audience))
@pytest.mark.parametrize("name", NAMES)
def test_every_audience_can_be_rendered(name: str, audience: Audience) -> None:
    """Each audience has its words; only the group reads the rules of the return."""
    packet = compose(transcript(("Jeune 1", "Oui."), audience=str(audience)), Heading("w", 3, audience=audience))
    texts = "\n".join(extract(name, render(packet, name)).values())
    assert ("À rendre à la séance\u00a04." in texts) == (audience is Audience.GROUP)


def test_an_unknown_format_is_refused(packet: Packet) -> None:
    """The message says which formats there are."""
    with pytest.raises(UsageError, match="choose among docx, txt, vtt"):
        render(packet, "odt")


def test_docx_lines_are_number_tab_text(packet: Packet) -> None:
    """One paragraph a line, under a label kept with it."""
    paragraphs = _paragraphs(render(packet, "docx"))
    for line in packet.lines:
        assert f"{line.number}\t{packet.text_of(line).reveal()}" in paragraphs
    assert paragraphs[paragraphs.index("13\tEt Jeune\u00a03, lui, il lit la case.") - 1] == "Conseillère\u00a01"


def test_docx_label_and_lines_hold_together(packet: Packet) -> None:
    """A turn leaves no line alone: its label and first line, and its last but one, are kept with what follows."""
    document = python_docx.Document(io.BytesIO(render(packet, "docx")))
    assert document.styles["Locuteur"].paragraph_format.keep_with_next
    kept = {
        int(p.text.split("\t")[0]): bool(p.paragraph_format.keep_with_next)
        for p in document.paragraphs
        if p.style.name == "Ligne"
    }
    assert [kept[n] for n in range(4, 10)] == [True, False, False, False, True, False]
    assert [kept[n] for n in range(1, 4)] == [True, True, False]


def test_docx_never_leaves_numbering_to_the_word_processor(packet: Packet) -> None:
    """No part of the package holds lnNumType."""
    assert not any(b"lnNumType" in content for content in _members(render(packet, "docx")).values())


def test_docx_properties_are_empty(packet: Packet) -> None:
    """No author, no one who changed it last, no company, no date, no revision."""
    data = render(packet, "docx")
    properties = python_docx.Document(io.BytesIO(data)).core_properties
    assert properties.author == properties.last_modified_by == properties.title == properties.comments == ""
    assert properties.created is properties.modified is properties.last_printed is None
    assert properties.revision == 0
    assert b"<Company/>" in _members(data)["docProps/app.xml"]


def test_docx_members_tell_no_time(packet: Packet) -> None:
    """Every member has the same date, no extra field and no comment."""
    with zipfile.ZipFile(io.BytesIO(render(packet, "docx"))) as archive:
        assert archive.testzip() is None
        for info in archive.infolist():
            assert (info.date_time, info.extra, info.comment) == ((1980, 1, 1, 0, 0, 0), b"", b"")


def test_docx_package_is_whole(packet: Packet) -> None:
    """Every member is typed, every relation leads to a member, and every style used is defined."""
    members = _members(render(packet, "docx"))
    roots = {name: etree.fromstring(content) for name, content in members.items()}
    types = {node.get("PartName") for node in roots["[Content_Types].xml"] if node.get("PartName")}
    assert types == {f"/{name}" for name in members if not name.endswith(".rels")} - {"/[Content_Types].xml"}
    targets = {f"word/{node.get('Target')}" for node in roots["word/_rels/document.xml.rels"]}
    assert targets <= set(members)
    defined = {node.get(f"{{{W}}}styleId") for node in roots["word/styles.xml"].iter(f"{{{W}}}style")}
    used = {
        node.get(f"{{{W}}}val")
        for root in roots.values()
        for node in root.iter(f"{{{W}}}pStyle", f"{{{W}}}rStyle", f"{{{W}}}basedOn")
    }
    assert used <= defined


def test_docx_amendment_sheet_is_last(packet: Packet) -> None:
    """Three requests stand in a section of their own, which begins on a right-hand page."""
    root = etree.fromstring(_members(render(packet, "docx"))["word/document.xml"])
    sections = list(root.iter(f"{{{W}}}sectPr"))
    assert [section.findall(f"{{{W}}}type") != [] for section in sections] == [False, True]
    assert sections[-1].find(f"{{{W}}}type").get(f"{{{W}}}val") == "oddPage"
    text = "".join(root.itertext())
    assert text.index("Fin\u00a0: 43 lignes.") < text.index("Feuille d’amendements")
    assert text.count("refuser la circulation") == 3


def test_docx_copy_mark_stands_on_every_page() -> None:
    """A numbered copy is marked in the title block and in both headers."""
    heading = Heading("w", 3, copy=Copy(4, 14, "R3-04"))
    found = extract("docx", render(compose(transcript(("Jeune 1", "Oui.")), heading), "docx"))
    assert sum("n°\u00a04/14, code R3-04" in text for text in found.values()) == 3


def test_vtt_times_grow_and_stay_in_their_turn(packet: Packet) -> None:
    """Cues begin one after the other, last at least a millisecond, and fill each turn."""
    text = render(packet, "vtt").decode()
    times = [[int(part) for part in found] for found in _TIMES.findall(text)]
    spans = [
        (((a * 60 + b) * 60 + c) * 1000 + d, ((e * 60 + f) * 60 + g) * 1000 + h) for a, b, c, d, e, f, g, h in times
    ]
    assert spans == sorted(spans)
    assert all(start < end for start, end in spans)
    assert spans[0] == (0, 7720)
    assert spans[-1][1] == 374_000


def test_vtt_payloads_cannot_end_a_cue() -> None:
    """Markup and arrows in a turn or a label are text."""
    text = render(packet_of(("<b>&", "a --> b <v X> & c")), "vtt").decode()
    assert "<v ‹b›&amp;>a --&gt; b &lt;v X&gt; &amp; c" in text


def test_vtt_broken_times_are_mended() -> None:
    """A turn without a length, or with a time that is no number, still gives a cue that can be read."""
    treated = transcript(("Jeune 1", "Oui."))
    broken = type(treated)("group", (type(treated.turns[0])("J", float("nan"), -1.0, treated.turns[0].text),))
    assert "00:00:00.000 --> 00:00:00.001" in render(compose(broken, HEADING), "vtt").decode()
