"""How the return looks: measures, inks and the table of styles of the DOCX.

Rules
- One serif, named with what replaces it. LibreOffice ignores the replacements and sets a sans where the
  name is unknown; so the name is the serif it carries with it, and Word, which lacks that one, replaces
  it by Times New Roman, of the same widths, unless Libertinus Serif is installed.
- One ink, one accent that holds in grey; measures in millimetres and points here, in twentieths of a
  point (twips) in the file.
- A paragraph or a run names its style; direct formatting is left to numbers, tabs and tables.
"""

from dataclasses import dataclass

from returns.formats.ooxml import Element, w

SERIF = "Liberation Serif"
FALLBACK = ("Libertinus Serif", "Times New Roman")
SYMBOLS = "Segoe UI Symbol"

INK, ACCENT, GREY, PALE, FAINT = "1C1C1A", "1F4A5A", "66665F", "B9B8B0", "85857D"
WASH = "F4F3EF"


def mm(value: float) -> int:
    """Millimetres in twips."""
    return round(value * 1440 / 25.4)


def pt(value: float) -> int:
    """Points in twips."""
    return round(value * 20)


PAGE = (mm(210), mm(297))
LEFT, RIGHT, TOP, BOTTOM = mm(31), mm(20), mm(27), mm(22)
COLUMN = PAGE[0] - LEFT - RIGHT
BLANK = mm(25)
"""Left free at the right of the talk, for the hand; 134 mm hold 72 characters of the fallback serif."""
GAP = mm(3.5)
DIGIT = pt(4)
"""Width of one figure of a line number: half of its 8 points in Liberation Serif and Times New Roman."""


@dataclass(frozen=True)
class Style:
    """One style; sizes, spaces and indents in points, ``exact`` the distance from line to line.

    ``name`` is what a word processor shows; built-in names (``heading 1``) are recognised by it.
    """

    id: str
    name: str
    kind: str = "paragraph"
    base: str | None = "Normal"
    size: float | None = None
    color: str | None = None
    bold: bool = False
    italic: bool = False
    small_caps: bool = False
    tracking: float = 0.0
    before: float = 0.0
    after: float = 0.0
    exact: float | None = None
    left: int = 0
    hanging: int = 0
    right: int = 0
    center: bool = False
    next_kept: bool = False
    rules: bool = False
    outline: int | None = None


STYLES = (
    Style("Normal", "Normal", base=None, after=4),
    Style("Surtitre", "Surtitre", size=9.5, color=ACCENT, small_caps=True, tracking=1, after=4, next_kept=True),
    Style("Titre1", "heading 1", size=25, after=9, next_kept=True, outline=0),
    Style("Titre2", "heading 2", size=13.5, color=ACCENT, bold=True, before=20, after=7, next_kept=True, outline=1),
    Style("Champ", "Champ", size=9, color=GREY, after=0.5, next_kept=True),
    Style("Valeur", "Valeur", after=0),
    Style("Regle", "Règle", size=10.5, after=3.5, left=mm(4.2), hanging=mm(4.2)),
    Style("Note", "Note", size=9, color=GREY, after=4),
    Style("Locuteur", "Locuteur", size=10.5, bold=True, small_caps=True, tracking=0.4, before=10, after=2.5,
          next_kept=True),
    Style("Ligne", "Ligne", exact=16.5, after=0, right=BLANK),
    Style("Mention", "Mention", size=9.5, color=GREY, italic=True, before=14, after=8, right=BLANK, center=True,
          rules=True),
    Style("Entete", "header", size=8.5, color=GREY, after=0),
    Style("Pied", "footer", size=8.5, color=GREY, after=0),
    Style("FeuilleTitre", "Feuille, titre", size=17, after=0),
    Style("FeuilleTexte", "Feuille, texte", size=10, before=6, after=8),
    Style("FeuilleLigne", "Feuille, ligne", size=10.5, after=0),
    Style("Numero", "Numéro de ligne", kind="character", base=None, size=8, color=FAINT),
    Style("NumeroFort", "Numéro de ligne, cinquième", kind="character", base=None, size=8, color=INK, bold=True),
)  # fmt: skip


def styles() -> Element:
    """Return ``word/styles.xml``."""
    defaults = w(
        "docDefaults",
        w(
            "rPrDefault",
            w(
                "rPr",
                w("rFonts", ascii=SERIF, hAnsi=SERIF, eastAsia=SERIF, cs=SERIF),
                w("color", val=INK),
                w("kern", val=8),
                w("sz", val=22),
                w("szCs", val=22),
                w("lang", val="fr-FR", eastAsia="fr-FR", bidi="fr-FR"),
            ),
        ),
        w("pPrDefault", w("pPr", w("spacing", after=0, line=264, lineRule="auto"))),
    )
    return w("styles", defaults, *map(_style, STYLES))


def _style(style: Style) -> Element:
    element = w("style", w("name", val=style.name), type=style.kind, styleId=style.id)
    if style.id == "Normal":
        element.set(f"{{{element.nsmap['w']}}}default", "1")
    if style.base:
        element.append(w("basedOn", val=style.base))
    element.append(w("qFormat"))
    if style.kind == "paragraph":
        element.append(_paragraph(style))
    element.append(_run(style))
    return element


def _paragraph(style: Style) -> Element:
    spacing: dict[str, str | int] = {"before": pt(style.before), "after": pt(style.after)}
    if style.exact is not None:
        spacing |= {"line": pt(style.exact), "lineRule": "exact"}
    rule: dict[str, str | int] = {"val": "single", "sz": 4, "space": 6, "color": PALE}
    return w(
        "pPr",
        w("keepNext") if style.next_kept else None,
        w("widowControl"),
        w("pBdr", w("top", **rule), w("bottom", **rule)) if style.rules else None,
        w("suppressAutoHyphens"),
        w("spacing", **spacing),
        w("ind", left=style.left, right=style.right, hanging=style.hanging),
        w("jc", val="center") if style.center else None,
        w("outlineLvl", val=style.outline) if style.outline is not None else None,
    )


def _run(style: Style) -> Element:
    return w(
        "rPr",
        *((w("b"), w("bCs")) if style.bold else ()),
        *((w("i"), w("iCs")) if style.italic else ()),
        w("smallCaps") if style.small_caps else None,
        w("color", val=style.color) if style.color else None,
        w("spacing", val=pt(style.tracking)) if style.tracking else None,
        *((w("sz", val=round(style.size * 2)), w("szCs", val=round(style.size * 2))) if style.size else ()),
    )


def fonts() -> Element:
    """Return ``word/fontTable.xml``: what to take where the serif is not installed."""
    serif = w(
        "font",
        w("altName", val=",".join(FALLBACK)),
        w("panose1", val="02020603050405020304"),
        w("charset", val="00"),
        w("family", val="roman"),
        w("pitch", val="variable"),
        name=SERIF,
    )
    symbols = w("font", w("charset", val="00"), w("family", val="auto"), w("pitch", val="variable"), name=SYMBOLS)
    return w("fonts", serif, symbols)


def settings() -> Element:
    """Return ``word/settings.xml``: a word processor that saves the file adds no name and no date."""
    mode = w("compatSetting", name="compatibilityMode", uri="http://schemas.microsoft.com/office/word", val=15)
    return w(
        "settings",
        w("removePersonalInformation"),
        w("removeDateAndTime"),
        w("hideSpellingErrors"),
        w("hideGrammaticalErrors"),
        w("defaultTabStop", val=mm(10)),
        w("autoHyphenation", val="false"),
        w("characterSpacingControl", val="doNotCompress"),
        w("compat", mode),
        w("themeFontLang", val="fr-FR"),
    )
