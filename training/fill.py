"""A scene filled with names: turns, and the spans of what identifies.

Who is named how is drawn; the talk itself is the scene's.
"""

import random
import re
from dataclasses import dataclass

from training.names import Names, plain
from training.scenes import SLOT, Member, Scene
from training.talk import Mention, Talk
from training.values import value_of

_LETTERS = {"é": "e accent aigu", "è": "e accent grave", "ë": "e tréma", "ï": "i tréma", "ç": "c cédille"}
HOMONYMS = 0.15
"""Share of the fillings in which somebody is called as a place is."""
_EXCHANGED = ("first", "full", "short")
"""Forms that may stand for one another in talk; whose a nickname or a surname alone is, the talk has to say."""


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
        # Seldom: what is left out may be what says that two names are one.
        left_out = self.rng.choice((0.0, 0.0, 0.0, 0.0, 0.1))
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
                if (
                    before == ""
                    and surface
                    and (not text.strip() or text.rstrip()[-1:] in ".!?…")
                    and label != "CONTACT"
                ):
                    surface = surface[0].upper() + surface[1:]
                elif before and (not text.strip() or text.rstrip()[-1:] in ".!?…"):
                    before = before[0].upper() + before[1:]
                text += before
                mentions.append(Mention(number, len(text), len(text) + len(surface), label, cluster))
                text += surface
            turns.append((speaker, text + template[position:]))
        return Talk(turns, mentions)

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
                if member.named in cast and cast[member.named].first:
                    someone.first = cast[member.named].first
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
        if self.rng.random() < HOMONYMS:
            self._name_after_a_place(cast)
        return cast

    def _name_after_a_place(self, cast: dict[str, _Someone]) -> None:
        """Give somebody the name of a place of the scene for a surname: Drouot the street, Drouot the landlord."""
        towns = [one for one in cast.values() if one.member.kind in ("town", "estate", "district", "stop", "spot")]
        alone = [one for one in cast.values() if one.first and one.member.like is None]
        if towns and alone:
            self.rng.choice(alone).last = _article(self.rng.choice(towns).name)[1]

    def _slot(self, slot: str, cast: dict[str, _Someone]) -> tuple[str, str, str, str]:
        """Return what stands before the span, the span, its label and its cluster."""
        words = slot.split()
        prep = words[0] if words[0] in ("de", "à", "que") and len(words) > 1 else ""
        name, _, form = words[-1].partition(".")
        if name not in cast:
            label, surface = value_of(self.names, self.rng, *words[:2])
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
            return joined(
                prep,
                f"{someone.head} {name}" if someone.head != "hôpital" or self.rng.random() < 0.8 else name,
                inside=True,
            )
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
            letters = [
                _LETTERS.get(char, char) if self.rng.random() < 0.3 else char.upper()
                for char in (first if self.rng.random() < 0.6 else last)
                if char.isalpha()
            ]
            return self.rng.choice(("-", ", ", " ")).join(letters)
        if form == "variant":
            return self.names.variant(self.rng, first)
        return {"first": first, "last": last, "nick": someone.nick, "short": someone.short}.get(form, first)
