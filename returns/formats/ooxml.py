"""WordprocessingML elements and the package that holds them (ECMA-376, parts 1 and 2).

Rules
- The same parts give the same bytes: members in the order given, no time of day (1980-01-01, the least a
  ZIP can hold), stored and not deflated, so that no library version shows.
- The document says nothing of who made it, with what, or when: properties are present and empty.
- No revision ids, no comments, no macros, no relationship that leads out of the package.
"""

import io
import zipfile
from collections.abc import Mapping

from lxml import etree

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_CONTENT = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"

Element = etree._Element

_CORE = f"""<?xml version='1.0' encoding='UTF-8' standalone='yes'?>
<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">\
<dc:creator/><cp:lastModifiedBy/></cp:coreProperties>"""
_APP = """<?xml version='1.0' encoding='UTF-8' standalone='yes'?>
<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Company/></Properties>"""


def w(name: str, /, *children: "Element | None", **attributes: str | int) -> Element:
    """Return ``<w:name>`` with ``w:`` attributes; a child that is None is left out."""
    element = etree.Element(f"{{{W}}}{name}", nsmap={"w": W, "r": R})
    for key, value in attributes.items():
        element.set(f"{{{W}}}{key.rstrip('_')}", str(value))
    element.extend(child for child in children if child is not None)
    return element


def text_element(text: str) -> Element:
    """Return ``<w:t>`` with every space kept."""
    element = w("t")
    element.set(_SPACE, "preserve")
    element.text = text
    return element


def reference(name: str, relation: str, kind: str) -> Element:
    """Return a header or footer reference (``headerReference``, ``footerReference``)."""
    element = w(name, type=kind)
    element.set(f"{{{R}}}id", relation)
    return element


def write(root: Element) -> bytes:
    """Return the bytes of one part."""
    etree.cleanup_namespaces(root, keep_ns_prefixes=["w", "r"])
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def package(document: Element, parts: Mapping[str, Element]) -> bytes:
    """Return the DOCX of a document and its parts (``header1``, ``styles``, ...).

    The relation of a part to the document has the part's name as its id.
    """
    members = {
        "[Content_Types].xml": _content_types(parts).encode(),
        "_rels/.rels": _relations(
            {
                "document": (f"{R}/officeDocument", "word/document.xml"),
                "core": (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
                "app": (f"{R}/extended-properties", "docProps/app.xml"),
            }
        ).encode(),
        "docProps/core.xml": _CORE.encode(),
        "docProps/app.xml": _APP.encode(),
        "word/document.xml": write(document),
        "word/_rels/document.xml.rels": _relations(
            {name: (f"{R}/{_kind(name)}", f"{name}.xml") for name in parts}
        ).encode(),
    }
    members |= {f"word/{name}.xml": write(part) for name, part in parts.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.create_system = 0
            member.external_attr = 0
            archive.writestr(member, content)
    return out.getvalue()


def _kind(name: str) -> str:
    return name.rstrip("0123456789")


def _content_types(parts: Mapping[str, Element]) -> str:
    overrides = {
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        "/docProps/app.xml": "application/vnd.openxmlformats-officedocument.extended-properties+xml",
        "/word/document.xml": f"{_CONTENT}.document.main+xml",
    }
    overrides |= {f"/word/{name}.xml": f"{_CONTENT}.{_kind(name)}+xml" for name in parts}
    lines = [
        "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n",
        f'<Types xmlns="{_PACKAGE}/content-types">',
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>',
        '<Default Extension="xml" ContentType="application/xml"/>',
        *(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in overrides.items()),
        "</Types>",
    ]
    return "".join(lines)


def _relations(targets: Mapping[str, tuple[str, str]]) -> str:
    lines = [
        "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n",
        f'<Relationships xmlns="{_PACKAGE}/relationships">',
        *(f'<Relationship Id="{k}" Type="{kind}" Target="{at}"/>' for k, (kind, at) in targets.items()),
        "</Relationships>",
    ]
    return "".join(lines)
