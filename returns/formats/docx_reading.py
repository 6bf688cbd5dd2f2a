"""What can be found in a DOCX: by eye, by a program, or by opening the package.

Rules
- Of every member: its name, the text of each paragraph with its runs joined, every other text, and the
  value of every attribute (a revision's author and a link's target are attributes). Nothing is taken on
  trust: members that a return never has are read too, and what is not XML is read as it stands.
- A paragraph of the body that is a number, a tab and characters is a line of the talk.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import cast

from lxml import etree

from returns.formats.ooxml import Element, W
from returns.reading import Part, gather
from vocabulary.errors import DamagedError
from vocabulary.messages import N_

BODY = "word/document.xml"
_LINE = re.compile(r"([1-9][0-9]*)\t(.*)", re.DOTALL)
_BREAKS = {f"{{{W}}}tab": "\t", f"{{{W}}}br": "\n", f"{{{W}}}cr": "\n", f"{{{W}}}noBreakHyphen": "-"}


def extract(data: bytes) -> dict[str, str]:
    """Return place -> text of everything in the package; DamagedError if it is not one."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(info, archive.read(info)) for info in archive.infolist()]
            comments = [archive.comment, *(info.comment + info.extra for info, _ in members)]
    except zipfile.BadZipFile:
        raise DamagedError(N_("This document does not open: it is not a DOCX package. Release it again.")) from None
    parts: list[Part] = [
        (None, "names of members", "\n".join(info.filename for info, _ in members)),
        (None, "comments of the package", _plain(b"\n".join(comments)).strip()),
    ]
    for info, content in members:
        parts += _member(info.filename, content)
    return gather(parts)


def _member(name: str, content: bytes) -> Iterator[Part]:
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        yield None, name, _plain(content)
        return
    nodes = [node for node in root.iter() if isinstance(node.tag, str)]
    yield None, f"{name}, attributes", "\n".join(str(value) for node in nodes for value in node.attrib.values())
    asides = cast("list[Element]", root.getroottree().xpath("//comment() | //processing-instruction()"))
    yield None, f"{name}, comments", "\n".join(node.text or "" for node in asides)
    paragraphs = list(root.iter(f"{{{W}}}p"))
    for index, paragraph in enumerate(paragraphs, start=1):
        text = _text(paragraph)
        found = _LINE.fullmatch(text) if name == BODY else None
        if found:
            yield int(found[1]), f"line {found[1]}", found[2]
        else:
            yield None, f"{name}, paragraph {index}", text.strip()
    within = {node for paragraph in paragraphs for node in paragraph.iter()}
    rest = (f"{node.text or ''}\n{node.tail or ''}".strip() for node in nodes if node not in within)
    yield None, name, "\n".join(filter(None, rest))


def _text(paragraph: Element) -> str:
    nodes = (node for node in paragraph.iter() if isinstance(node.tag, str))
    return "".join(_BREAKS.get(str(node.tag), node.text or "") + (node.tail or "") for node in nodes)


def _plain(content: bytes) -> str:
    return content.decode("utf-8", errors="replace")
