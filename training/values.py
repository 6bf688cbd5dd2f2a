"""What fills the slots that are no names: ages, dates, contacts, numbers. All of it is drawn."""

import random

from training.names import Names, plain

UNITS = (
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize",
    "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf",
)  # fmt: skip
TENS = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante", 70: "soixante", 80: "quatre-vingt",
        90: "quatre-vingt"}  # fmt: skip
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip

_SIGNS = {"#": "0123456789", "%": "ABCDEFGHJKLMNPQRSTVWXYZ", "$": "IOU", "*": "12"}
"""What the signs of a pattern stand for; "$" are letters that French plates never use."""
_NUMBERS = {
    "plate": ("%$-###-%$", "%$ ### %$", "#### %$ ##"),
    "nir": ("* ## 0# ## ### ###", "* ## 1* ## ### ### ##", "* ## 0# ## ### ### ##"),
    "ecrou": ("## ###", "#####", "######", "%#####", "### ###"),
}
_FILES = (
    "{y}/####", "{y}/#####", "{y}-###-######", "20{y}-####", "{y} ### ###", "##-##-##-####", "{y} ### ### ###",
    "%%-20{y}-####", "%%%-20{y}-#####", "%% 20{y}-####", "%%##-######", "%##-#####", "%% ##-##", "% ##-###",
)  # fmt: skip


def words_of(number: int) -> str:
    """Return a number below 100 in French words."""
    if number < 20:
        return UNITS[number]
    ten = number // 10 * 10
    rest = number - ten
    if ten in (70, 90):
        rest += 10
    if rest == 0:
        return TENS[ten] + ("s" if ten == 80 else "")
    if rest in (1, 11) and ten < 80:
        return f"{TENS[ten]} et {UNITS[rest]}"
    return f"{TENS[ten]}-{UNITS[rest]}"


def value_of(names: Names, rng: random.Random, kind: str, option: str = "") -> tuple[str, str]:
    """Return the label of a slot that is no name, and what fills it."""
    if kind == "age":
        low, high = {"adult": (27, 80), "child": (3, 12)}.get(option, (11, 25))
        value = rng.randint(low, high)
        return "AGE", (words_of(value) if rng.random() < 0.65 else str(value)) + " ans" + (
            " et demi" if rng.random() < 0.04 else ""
        )
    if kind in ("day", "month", "birth"):
        return "DATE", _date(rng, kind)
    if kind in ("phone", "email", "handle"):
        return "CONTACT", _contact(names, rng, kind)
    patterns = _NUMBERS.get(kind)
    if patterns is None:
        spoken = " ".join(words_of(rng.randint(0, 99)) for _ in range(3))
        patterns = (*_FILES, spoken)
    written = rng.choice(patterns).replace("{y}", str(rng.randint(18, 26)))
    return "ID", "".join(rng.choice(_SIGNS[sign]) if sign in _SIGNS else sign for sign in written)


def _date(rng: random.Random, kind: str) -> str:
    month = rng.choice(MONTHS)
    if kind == "month":
        return f"{month} {rng.randint(2004, 2026)}"
    day = rng.randint(1, 31)
    shown = (
        "1er"
        if day == 1 and rng.random() < 0.9
        else ("premier" if day == 1 else str(day) if rng.random() < 0.75 else words_of(day))
    )
    year = rng.randint(1998, 2026)
    spoken = f"deux mille {words_of(year - 2000)}" if year > 2000 else str(year)
    if kind == "birth":
        return rng.choice(
            (
                f"{day:02d}/{rng.randint(1, 12):02d}/{year}",
                f"{shown} {month} {year}",
                f"{shown} {month} {spoken}",
                f"{shown} {month} {year % 100:02d}",
            )
        )
    return f"{shown} {month}" + (f" {rng.choice((str(year), spoken))}" if rng.random() < 0.2 else "")


def _contact(names: Names, rng: random.Random, kind: str) -> str:
    if kind == "phone":
        pairs = [rng.choice(("06", "07", "04", "01", "05", "09"))] + [f"{rng.randint(0, 99):02d}" for _ in range(4)]
        roll = rng.random()
        if roll < 0.65:
            return rng.choice((" ", " ", ".", "-", "")).join(pairs)
        said = [f"zéro {words_of(int(p[1]))}" if p[0] == "0" else words_of(int(p)) for p in pairs]
        return rng.choice((" ", ", ")).join(said)
    first, last = (
        plain(names.first[rng.choice("mf")].draw(rng)),
        plain(names.last.draw(rng)).replace(" ", ""),
    )
    if kind == "handle":
        sign = rng.choice((".", "_", ""))
        tail = rng.choice((last, str(rng.randint(1, 99)), "off", rng.choice(names.nouns)))
        return (
            rng.choice(("@", "@", ""))
            + f"{first}{sign or '_'}{plain(tail)}"
            + rng.choice(("", f"{rng.randint(1, 999)}"))
        )
    domain = rng.choice(("example", "exemple", "asso-exemple", "mail-exemple"))
    end = rng.choice(("fr", "org", "net", "com"))
    sign = rng.choice((".", "-", "_"))
    if rng.random() < 0.5:
        return f"{first}{sign}{last}@{domain}.{end}"
    said = {".": "point", "-": "tiret", "_": "underscore"}[sign]
    return f"{first} {said} {last} arobase {domain} point {end}"
