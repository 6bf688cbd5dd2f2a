# ruff: noqa: E501 (a pattern stands on one line, so that the table can be read)
"""Contacts: phones, e-mail and web addresses, handles, written or spoken ("zéro six", "arobase", "point fr").

Numbers in the ranges reserved for fiction and real ones are treated alike.
"""

from anonymize.detectors.pattern import PatternLayer, pattern
from anonymize.french.numbers import NUMERAL, SPELLED
from vocabulary.choices import EntityType

_SEP = r"[\s.,\-/–]{1,3}"
_NUMBERS = rf"(?:{NUMERAL}|\b\d{{1,2}}\b)"
_TLD = r"(?:fr|com|org|net|eu|info|asso|gouv|io|edu|be|ch|lu|gf|re)"
_PART = r"[^\W_]+(?:-[^\W_]+)*"
_WORD_DOT = r"(?:point|tiret(?: du (?:bas|six|8|huit))?|tiret bas|underscore|moins|dot)"


CONTACTS = (
    pattern(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", EntityType.CONTACT, 0.99, "e-mail address"),
    pattern(r"\bhttps?://\S+|\bwww\.\S+", EntityType.CONTACT, 0.95, "web address"),
    pattern(rf"(?<!\w){_PART}(?:\s+{_WORD_DOT}\s+{_PART}|\.{_PART}|_{_PART})*\s+(?:arobase|arrobase|arobas|a robase|at)\s+{_PART}(?:(?:\s+{_WORD_DOT}\s+|\.|-){_PART})*\s*(?:point|\.)\s*{_TLD}(?!\w)", EntityType.CONTACT, 0.97, "spoken e-mail address"),
    pattern(rf"(?<!\w){_PART}(?:\s+{_WORD_DOT}\s+{_PART})*\s+(?:arobase|arrobase|arobas)\s+{_PART}(?:\s+{_WORD_DOT}\s+{_PART})*", EntityType.CONTACT, 0.9, "spoken e-mail address"),
    pattern(rf"\b(?:arobase|arrobase|arobas)\s+(?P<x>{_PART}(?:\s+{_WORD_DOT}\s+{_PART})*)", EntityType.CONTACT, 0.85, "spoken handle"),
    pattern(r"(?<!\d)(?<!\d[ .-])(?:(?:\+|\b00)\s?33|\b0)[\s.\-/]?(?:\(0\)\s?)?[1-9](?:[\s.,\-/–]{0,2}\d\d){4}(?!\d)", EntityType.CONTACT, 0.97, "phone number"),
    pattern(r"(?<!\d)(?<!\d[ .-])0[1-9](?:[\s.,\-/–]{0,2}\d){8}(?!\d)", EntityType.CONTACT, 0.95, "phone number"),
    pattern(r"(?<![\d-])(?:\+?\s?(?:594|596|590|262|32|41|213|212|216|221|223|269)[\s.\-]?)(?:\d[\s.\-]?){8,9}(?!\d)", EntityType.CONTACT, 0.7, "phone number"),
    pattern(rf"(?<![\w-])(?P<x>(?:z[ée]ro|0)[\s,-]{{1,2}}(?:un|deux|trois|quatre|cinq|six|sept|huit|neuf|[1-9])\b(?:{_SEP}(?:et\s)?{_NUMBERS}){{4,}})", EntityType.CONTACT, 0.95, "spoken phone number"),
    pattern(rf"(?<![\w-])(?P<x>0[1-9](?:{_SEP}(?:et\s)?{_NUMBERS}){{4,}})", EntityType.CONTACT, 0.9, "spoken phone number"),
    pattern(rf"\b(?:num[ée]ro|portable|t[ée]l[ée]phone|ligne|fixe|joindre|appeler|appelle)\b[^.!?\n]{{0,40}}?\b(?:c'est|est|au|:)\s*(?:le\s+)?(?P<x>(?:{_NUMBERS}|\d{{2,4}})(?:{_SEP}(?:{SPELLED}|\d{{1,4}}\b)){{3,}})", EntityType.CONTACT, 0.85, "phone number"),
    pattern(r"(?<![\w@])@[\w.]{2,}[\w]", EntityType.CONTACT, 0.95, "handle"),
    pattern(r"(?<![\w@])(?=[\w.]*[^\W\d_])\w+(?:[._]\w+)*_\w+(?:[._]\w+)*", EntityType.CONTACT, 0.9, "handle"),
    pattern(r"(?<![\w@])(?=\w*[a-zà-ÿ])[a-zà-ÿ]{2,}(?:\.[a-zà-ÿ0-9]{2,}){1,3}(?![\w.]*@)(?!\w)", EntityType.CONTACT, 0.55, "handle or address", sure=False, flags=0),
    pattern(rf"\b(?:insta(?:gram)?|snap(?:chat)?|tiktok|twitter|telegram|facebook|compte|pseudo)\b,?\s+(?:c'est|est)\s+(?P<x>{_PART}(?:\s+(?:point|tiret(?: du bas)?|underscore)\s+{_PART})+)", EntityType.CONTACT, 0.85, "spoken handle"),
)  # fmt: skip


def contacts_layer() -> PatternLayer:
    return PatternLayer("contacts", CONTACTS)
