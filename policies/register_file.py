"""Reads the part of a policy file that is the register's: ``processing`` (GDPR 30).

Rules kept here:
- a text of this part that begins with ``à compléter`` is legal, and listed as a placeholder;
- offence data that are processed have an authorisation (GDPR 10, LIL 46);
- a recipient has a code of its own, and is given texts of audiences that the policy speaks of.
"""

import unicodedata
from collections.abc import Callable, Collection

from policies.policy import Processing, Product, Recipient
from policies.reading import Section, Value, shown_path
from policies.wording import Listed
from vocabulary.choices import Audience
from vocabulary.messages import N_

PLACEHOLDER = "à compléter"
ARTICLE_6 = tuple("abcdef")
ARTICLE_9 = tuple("abcdefghij")
CODE = r"[a-z0-9][a-z0-9-]{0,31}"

_REQUIRED = ("controller", "purpose", "legal_basis", "offence_data", "dpia", "third_parties", "public_archives")


def read_processing(value: Value, audiences: Collection[Audience], placeholders: list[str]) -> Processing:
    """Read the section; the keys still to be written are added to ``placeholders``."""
    section = value.section(_REQUIRED, ("joint_controllers", "recipients"))
    basis = section["legal_basis"].section(("article_6", "article_9"), ("cnil_opinion",))
    offence = section["offence_data"].section(("processed",), ("authorisation",))
    dpia = section["dpia"].section(("reference", "date"))
    joint, recipients = section.get("joint_controllers"), section.get("recipients")

    def awaited(entry: Value) -> bool:
        if is_placeholder(entry.plain):
            placeholders.append(shown_path(entry.path))
        return is_placeholder(entry.plain)

    def written(entry: Value, read: Callable[[Value], str] = Value.text) -> str:
        return entry.text() if awaited(entry) else read(entry)

    def letter(allowed: tuple[str, ...]) -> Callable[[Value], str]:
        return lambda entry: word(entry, (*allowed, PLACEHOLDER))

    opinion, authorisation = basis.get("cnil_opinion"), offence.get("authorisation")
    processed = offence["processed"].flag()
    if processed and authorisation is None:
        raise offence["processed"].fault(
            N_("{file}, line {line}, {key}: offence data need an authorisation (GDPR 10, LIL 46); add the key "
               "authorisation beside it, with the text that allows the processing.")
        )  # fmt: skip
    return Processing(
        controller=written(section["controller"]),
        joint_controllers=tuple(written(item) for item in joint.items()) if joint else (),
        purpose=written(section["purpose"]),
        article_6=written(basis["article_6"], letter(ARTICLE_6)),
        article_9=written(basis["article_9"], letter(ARTICLE_9)),
        cnil_opinion=written(opinion) if opinion else None,
        offence_data=processed,
        offence_authorisation=written(authorisation) if authorisation else None,
        dpia_reference=written(dpia["reference"]),
        dpia_date=None if awaited(dpia["date"]) else dpia["date"].date(),
        third_parties=written(section["third_parties"]),
        public_archives=section["public_archives"].flag(),
        recipients=_recipients(recipients, audiences, written) if recipients else (),
    )


def is_placeholder(plain: object) -> bool:
    """Whether a value of the file is a text still to be written."""
    if not isinstance(plain, str):
        return False
    return unicodedata.normalize("NFC", plain).strip().casefold().startswith(PLACEHOLDER)


def word(value: Value, allowed: tuple[str, ...]) -> str:
    """Read one of a closed list of plain words."""
    if not isinstance(value.plain, str) or value.plain not in allowed:
        raise value.fault(
            N_("{file}, line {line}, {key}: expected one of {allowed}, found {found}."), allowed=Listed(allowed)
        )
    return value.plain


def _recipients(
    value: Value, audiences: Collection[Audience], written: Callable[[Value], str]
) -> tuple[Recipient, ...]:
    found: dict[str, Recipient] = {}
    for item in value.items():
        section = item.section(("code", "name", "audiences", "products"))
        code = _code(section, found)
        found[code] = Recipient(
            code=code,
            name=written(section["name"]),
            audiences=tuple(
                dict.fromkeys(one.choice(Audience, tuple(audiences)) for one in section["audiences"].items(empty=False))
            ),
            products=tuple(dict.fromkeys(one.choice(Product) for one in section["products"].items(empty=False))),
        )
    return tuple(found.values())


def _code(section: Section, taken: Collection[str]) -> str:
    code = section["code"].matching(CODE, "metropole")
    if code in taken:
        raise section["code"].fault(
            N_("{file}, line {line}, {key}: found {found}, which another recipient has already; choose another code.")
        )
    return code
