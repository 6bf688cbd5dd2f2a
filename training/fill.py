"""A scene filled with names: turns and the spans of what identifies, as a recogniser would write them.

Two variants: as transcribed (capitals, punctuation), and in lower case without punctuation, by the rules of
benchmarks/corpus/README.md. Who is named how is drawn; the talk itself is the scene's.
"""

import random
import re
from dataclasses import dataclass

from training.names import Names, plain
from training.scenes import SLOT, Member, Scene

UNITS = ("zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept "
         "dix-huit dix-neuf").split()  # fmt: skip
TENS = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante", 70: "soixante", 80: "quatre-vingt",
        90: "quatre-vingt"}  # fmt: skip
MONTHS = ("janvier février mars avril mai juin juillet août septembre octobre novembre décembre").split()
_LETTERS = {"é": "e accent aigu", "è": "e accent grave", "ë": "e tréma", "ï": "i tréma", "ç": "c cédille"}
FILLERS = ("euh", "euh", "hein", "ben", "enfin", "voilà", "quoi", "bon", "tu vois", "je sais pas", "comment dire")


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


_EXCHANGED = ("first", "full", "nick", "short", "first", "last")
"""Forms that may stand for one another in talk."""


@dataclass(frozen=True)
class Mention:
    turn: int
    start: int
    end: int
    label: str
    cluster: str


@dataclass
class Talk:
    """Turns (speaker, text) and the mentions in them, sorted."""

    turns: list[tuple[str, str]]
    mentions: list[Mention]


@dataclass
class _Someone:
    member: Member
    first: str = ""
    last: str = ""
    nick: str = ""
    short: str = ""
    name: str = ""
    head: str = ""


def _article(name: str) -> tuple[str, str]:
    match = re.match(r"(le|la|les|Le|La|Les) (?=\S)|(l['’]|L['’])", name)
    return (match[0], name[match.end() :]) if match else ("", name)


def _vowel(name: str) -> bool:
    return plain(name[:1]) in "aeiouy" or (plain(name[:1]) == "h" and len(name) > 1)


def joined(prep: str, name: str, *, inside: bool) -> tuple[str, str]:
    """Return what stands before the span, and the span: "des ", "Minguettes". ``inside``: an article that is
    not contracted belongs to the name (a place's, not a nickname's)."""
    article, core = _article(name)
    kind = article.lower().strip()
    if kind in ("le", "les") and prep in ("de", "à"):
        return {"dele": "du ", "deles": "des ", "àle": "au ", "àles": "aux "}[prep + kind], core
    lead = f"{prep} " if prep else ""
    if prep == "que" and _vowel(core) and not article:
        lead = "qu'"
    if prep == "de" and _vowel(core) and not article:
        lead = "d'"
    if kind in ("l'", "l’") or not inside:
        return lead + article, core
    return lead, article + core


class Filler:
    """Fills scenes; ``rng`` decides everything, so a seed gives the same talk again."""

    def __init__(self, names: Names, rng: random.Random) -> None:
        self.names, self.rng = names, rng

    def fill(self, scene: Scene) -> Talk:
        """Return one filling of ``scene``: other names, some turns left out, some forms of a name exchanged."""
        cast = self._cast(scene)
        left_out = self.rng.choice((0.0, 0.0, 0.1, 0.2))
        turns: list[tuple[str, str]] = []
        mentions: list[Mention] = []
        kept = [turn for turn in scene.turns if self.rng.random() >= left_out] or scene.turns
        for number, (speaker, template) in enumerate(kept):
            text, position, values = "", 0, 0
            for match in SLOT.finditer(template):
                text += template[position : match.start()]
                position = match.end()
                if match["label"]:
                    before, surface, label = "", match["text"], match["label"]
                    cluster = match["whose"] or f"{label}:{plain(surface)}"
                else:
                    before, surface, label, cluster = self._slot(match["slot"], cast)
                    if label in ("AGE", "DATE", "CONTACT", "ID"):
                        values += 1
                        cluster = f"{label}:{number}.{values}"
                if before == "" and surface and (not text.strip() or text.rstrip()[-1:] in ".!?…" ) and label != "CONTACT":
                    surface = surface[0].upper() + surface[1:]
                elif before and (not text.strip() or text.rstrip()[-1:] in ".!?…"):
                    before = before[0].upper() + before[1:]
                text += before
                mentions.append(Mention(number, len(text), len(text) + len(surface), label, cluster))
                text += surface
            turns.append((speaker, text + template[position:]))
        return Talk(turns, mentions)

    # The cast

    def _cast(self, scene: Scene) -> dict[str, _Someone]:
        cast: dict[str, _Someone] = {}
        taken: set[str] = set()
        for member in scene.cast.values():
            someone = _Someone(member)
            if member.label in ("YOUTH", "PERSON"):
                for _ in range(20):
                    someone.first = self.names.first_name(self.rng, member.gender)
                    if plain(someone.first) not in taken:
                        break
                someone.last = self.names.surname(self.rng)
                if member.like in cast and cast[member.like].last:
                    someone.last = cast[member.like].last
                someone.short = self.names.short_form(self.rng, someone.first)
                for _ in range(20):
                    someone.nick = self.names.nickname(self.rng, someone.first, someone.last)
                    if plain(_article(someone.nick)[1]) not in taken:
                        break
                taken |= {plain(someone.first), plain(someone.last), plain(_article(someone.nick)[1])}
            elif member.label == "PLACE":
                someone.name = self.names.place(self.rng, member.kind)
            else:
                someone.head, someone.name = self.names.institution(self.rng, member.kind)
            cast[member.id] = someone
        return cast

    # The slots

    def _slot(self, slot: str, cast: dict[str, _Someone]) -> tuple[str, str, str, str]:
        """Return what stands before the span, the span, its label and its cluster."""
        words = slot.split()
        prep = words[0] if words[0] in ("de", "à", "que") and len(words) > 1 else ""
        name, _, form = words[-1].partition(".")
        if name not in cast:
            label, surface = self._value(words[0], words[1] if len(words) > 1 else "")
            return "", surface, label, ""
        someone = cast[name]
        label = someone.member.label
        if label in ("YOUTH", "PERSON"):
            if form in _EXCHANGED and self.rng.random() < 0.15:
                form = self.rng.choice(_EXCHANGED)
            before, surface = joined(prep, self._form(someone, form or "first"), inside=False)
        else:
            before, surface = self._proper(someone, prep, form)
        return before, surface, label, name

    def _proper(self, someone: _Someone, prep: str, form: str) -> tuple[str, str]:
        name = someone.name
        if form in ("bare", "short"):
            name = _article(name)[1]
            if form == "short" and self.rng.random() < 0.7 and len(re.split(r"[\s-]", name)) > 1:
                parts = [part for part in re.split(r"[\s-]", name) if len(part) > 3]
                name = self.rng.choice((parts[-1], parts[0])) if parts else name
            return joined(prep, name, inside=True)
        if someone.head:
            return joined(prep, f"{someone.head} {name}" if someone.head != "hôpital" or self.rng.random() < 0.8 else name, inside=True)
        return joined(prep, name, inside=True)

    def _form(self, someone: _Someone, form: str) -> str:
        first, last = someone.first, someone.last
        if form == "full":
            return f"{first} {last}"
        if form == "lastfirst":
            return f"{last.upper() if self.rng.random() < 0.2 else last} {first}"
        if form == "init":
            return f"{first[0]}."
        if form == "initlast":
            return f"{first} {last[0]}."
        if form == "cut":
            return first[: self.rng.choice((2, 3))] + "..."
        if form == "spelled":
            letters = [_LETTERS.get(char, char) if self.rng.random() < 0.3 else char.upper() for char in (first if self.rng.random() < 0.6 else last) if char.isalpha()]
            return self.rng.choice(("-", ", ", " ")).join(letters)
        if form == "variant":
            return self.names.variant(self.rng, first)
        return {"first": first, "last": last, "nick": someone.nick, "short": someone.short}.get(form, first)

    def _value(self, kind: str, option: str) -> tuple[str, str]:
        rng = self.rng
        if kind == "age":
            low, high = {"adult": (27, 80), "child": (3, 12)}.get(option, (11, 25))
            value = rng.randint(low, high)
            return "AGE", (words_of(value) if rng.random() < 0.65 else str(value)) + " ans" + (" et demi" if rng.random() < 0.04 else "")
        if kind in ("day", "month", "birth"):
            return "DATE", self._date(kind)
        if kind in ("phone", "email", "handle"):
            return "CONTACT", self._contact(kind)
        digits = lambda count: "".join(rng.choice("0123456789") for _ in range(count))  # noqa: E731
        if kind == "plate":
            two = lambda: rng.choice("ABCDEFGHJKLMNPQRSTVWXYZ") + rng.choice("IOU")  # noqa: E731
            return "ID", rng.choice((f"{two()}-{digits(3)}-{two()}", f"{two()} {digits(3)} {two()}", f"{digits(4)} {two()} {digits(2)}"))
        if kind == "nir":
            return "ID", f"{rng.choice('12')} {digits(2)} {rng.randint(1, 12):02d} {digits(2)} {digits(3)} {digits(3)}" + (f" {digits(2)}" if rng.random() < 0.5 else "")
        if kind == "ecrou":
            return "ID", rng.choice((f"{digits(2)} {digits(3)}", digits(5), digits(6), f"{rng.choice('ABEG')}{digits(5)}", f"{digits(3)} {digits(3)}"))
        year = rng.randint(18, 26)
        return "ID", rng.choice((
            f"{year}/{digits(4)}", f"{year}/{digits(5)}", f"{year}-{digits(3)}-{digits(6)}", f"20{year}-{digits(4)}",
            f"{rng.choice(('IP', 'MUT', 'RG', 'JE', 'PV', 'ML'))}-20{year}-{digits(4)}", f"{year} {digits(3)} {digits(3)}",
            f"{rng.choice(('ML', 'JE', 'A', 'K'))}{digits(2)}-{digits(6)}", f"{digits(2)}-{digits(2)}-{digits(2)}-{digits(4)}",
            f"{year} {digits(3)} {digits(3)} {digits(3)}", f"{rng.choice(('PU', 'RP', 'N'))} {digits(2)}-{digits(2)}", f"{words_of(year)} {words_of(int(digits(2)))} {words_of(int(digits(2)))}",
        ))  # fmt: skip

    def _date(self, kind: str) -> str:
        rng = self.rng
        month = rng.choice(MONTHS)
        if kind == "month":
            return f"{month} {rng.randint(2004, 2026)}"
        day = rng.randint(1, 31)
        shown = "1er" if day == 1 and rng.random() < 0.9 else ("premier" if day == 1 else str(day) if rng.random() < 0.75 else words_of(day))
        year = rng.randint(1998, 2026)
        spoken = f"deux mille {words_of(year - 2000)}" if year > 2000 else str(year)
        if kind == "birth":
            return rng.choice((f"{day:02d}/{rng.randint(1, 12):02d}/{year}", f"{shown} {month} {year}", f"{shown} {month} {spoken}", f"{shown} {month} {year % 100:02d}"))
        return f"{shown} {month}" + (f" {rng.choice((str(year), spoken))}" if rng.random() < 0.2 else "")

    def _contact(self, kind: str) -> str:
        rng = self.rng
        if kind == "phone":
            pairs = [rng.choice(("06", "07", "04", "01", "05", "09"))] + [f"{rng.randint(0, 99):02d}" for _ in range(4)]
            roll = rng.random()
            if roll < 0.65:
                return rng.choice((" ", " ", ".", "-", "")).join(pairs)
            said = [f"zéro {words_of(int(p[1]))}" if p[0] == "0" else words_of(int(p)) for p in pairs]
            return rng.choice((" ", ", ")).join(said)
        first, last = (plain(self.names.first[rng.choice("mf")].draw(rng)), plain(self.names.last.draw(rng)).replace(" ", ""))
        if kind == "handle":
            sign = rng.choice((".", "_", ""))
            tail = rng.choice((last, str(rng.randint(1, 99)), "off", rng.choice(self.names.nouns)))
            return rng.choice(("@", "@", "")) + f"{first}{sign or '_'}{plain(tail)}" + rng.choice(("", f"{rng.randint(1, 999)}"))
        domain = rng.choice(("example", "exemple", "asso-exemple", "mail-exemple"))
        end = rng.choice(("fr", "org", "net", "com"))
        sign = rng.choice((".", "-", "_"))
        if rng.random() < 0.5:
            return f"{first}{sign}{last}@{domain}.{end}"
        said = {".": "point", "-": "tiret", "_": "underscore"}[sign]
        return f"{first} {said} {last} arobase {domain} point {end}"


# What a recogniser makes of it


def disfluent(talk: Talk, rng: random.Random, rate: float) -> Talk:
    """Return ``talk`` with fillers and repeated words between its words, never inside a mention."""
    turns, mentions = [], []
    for number, (speaker, text) in enumerate(talk.turns):
        own = [m for m in talk.mentions if m.turn == number]
        inserted: list[tuple[int, str]] = []
        for match in re.finditer(r" (?=([^\W\d_]+) )", text):
            at = match.end()
            if rng.random() < rate and not any(m.start < at < m.end + 1 for m in own):
                repeat = match[1] if len(match[1]) < 5 and not any(m.start <= at < m.end for m in own) else ""
                inserted.append((at, f"{repeat or rng.choice(FILLERS)} " if rng.random() < 0.5 else f"{rng.choice(FILLERS)}, "))
        shifted, position, done = "", 0, []
        for at, extra in inserted:
            shifted += text[position:at] + extra
            position = at
            done.append((at, len(extra)))
        shifted += text[position:]
        turns.append((speaker, shifted))
        for m in own:
            move = sum(size for at, size in done if at <= m.start)
            mentions.append(Mention(number, m.start + move, m.end + move, m.label, m.cluster))
    return Talk(turns, mentions)


def shortened(talk: Talk, rng: random.Random, rate: float) -> Talk:
    """Return ``talk`` with some words left out, never of a mention."""
    turns, mentions = [], []
    for number, (speaker, text) in enumerate(talk.turns):
        own = [m for m in talk.mentions if m.turn == number]
        cuts = [
            (match.start(), match.end())
            for match in re.finditer(r"(?<= )[^\W\d_]+ ", text)
            if rng.random() < rate and not any(m.start < match.end() + 1 and m.end > match.start() - 1 for m in own)
        ]
        shorter, position = "", 0
        for start, end in cuts:
            shorter += text[position:start]
            position = end
        turns.append((speaker, shorter + text[position:]))
        for m in own:
            move = sum(end - start for start, end in cuts if end <= m.start)
            mentions.append(Mention(number, m.start - move, m.end - move, m.label, m.cluster))
    return Talk(turns, mentions)


def slips(talk: Talk, rng: random.Random, rate: float) -> Talk:
    """Return ``talk`` with some capitals of names lost, as a recogniser that takes them for words loses them."""
    turns = [list(text) for _, text in talk.turns]
    for m in talk.mentions:
        if m.label in ("YOUTH", "PERSON", "PLACE", "INSTITUTION") and rng.random() < rate:
            for place in range(m.start, m.end):
                turns[m.turn][place] = turns[m.turn][place].lower()
    return Talk([(speaker, "".join(text)) for (speaker, _), text in zip(talk.turns, turns, strict=True)], talk.mentions)


def bare(talk: Talk) -> Talk:
    """Return ``talk`` in lower case without punctuation."""
    turns, mentions = [], []
    for number, (speaker, text) in enumerate(talk.turns):
        own = [m for m in talk.mentions if m.turn == number]
        address = {i for m in own if m.label == "CONTACT" for i in range(m.start, m.end)}
        out: list[str] = []
        place: list[int] = []
        for index, char in enumerate(text):
            place.append(len(out))
            inner = 0 < index < len(text) - 1 and text[index - 1].isalnum() and text[index + 1].isalnum()
            keep = char.isalnum() or (char in "'’-" and inner) or (char in "@._/-" and index in address)
            if keep and len(char.lower()) == 1:
                out.append(char.lower())
            elif out and out[-1] != " ":
                out.append(" ")
        place.append(len(out))
        line = "".join(out)
        turns.append((speaker, line.rstrip()))
        for m in own:
            start, end = place[m.start], place[m.end]
            while start < end and line[start] == " ":
                start += 1
            while end > start and line[end - 1 : end] == " ":
                end -= 1
            if start < end:
                mentions.append(Mention(number, start, end, m.label, m.cluster))
    return Talk(turns, mentions)
