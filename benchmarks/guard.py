"""Plants a name that the vault knows into 10,000 outputs, and counts those the egress guard lets pass.

    python -m benchmarks.guard [--outputs 10000] [--seed 1] [--growth] [--corpus]

An output is a return of treated-looking talk, rendered as DOCX, WebVTT or text and read back, as a release does it.
Into one turn a form of the vault is planted, disguised: case, accents, spacing, hyphenation, spelled letter by letter,
characters that do not show, by sound, and by chance over two lines. Left out is what docs/reference/detection.md says
is no occurrence: a form of ordinary words without capital and article, or misspelt; a particle, a title or
a function word alone; a misspelling that makes an ordinary French word, is pronounced otherwise, or has fewer than
three sounds.
``--growth`` measures the guard against the size of the vault and of the text; ``--corpus`` counts how many texts of the
development corpus, treated for the three audiences, the detector would withhold. Every draw follows from the seed.
"""

import argparse
import datetime
import json
import os
import platform
import random
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from anonymize.detect import Detector
from anonymize.forms import PARTICLES, strip_article
from anonymize.french.folding import fold, sound, squash, tokens
from anonymize.french.lexicon import FUNCTION_WORDS, TITLES, lexicon
from anonymize.guard import Hit, look, search
from anonymize.linking.link import link
from anonymize.treatment.treat import treat
from anonymize.vault import Referent, Vault, known_from
from policies.policy_file import parse_policy
from returns.packet import Heading, compose
from returns.rendering import FORMATS, extract, render
from vocabulary.choices import Audience, EntityType, Operator
from vocabulary.draft import Draft
from vocabulary.profile import Profile
from vocabulary.text import IdentifiedText, TreatedText
from vocabulary.transcript import Transcript, TreatedTranscript, TreatedTurn, Turn

ROOT = Path(__file__).resolve().parent.parent
PROFILE = Profile(Audience.GROUP, dict.fromkeys(EntityType, Operator.PSEUDONYMIZE) | {EntityType.AGE: Operator.KEEP})
TALK = (
    "Jeune 3 est venu au Collège 1, il a parlé de […] et puis il est reparti.",
    "On l'a vu à Lieu 2 avec Jeune 12, vers dix-huit heures, c'était un mardi.",
    "Oui, mais Adulte 4 disait le contraire, elle avait appelé le [téléphone].",
    "Depuis, plus rien. Il a 16-17 ans, il ne sort plus de chez lui.",
    "Moi je me suis demandé si on avait bien fait de passer par l'Association 1.",
    "Et toi, qu'est-ce que tu aurais fait à ma place ? Je n'ai pas de réponse.",
    "Il touchait deux cents euros par jour, il faisait le guet en bas de la tour.",
    "Le [date], on a fait le point avec Éducatrice 1 et l'Institution 2.",
    "Ça m'a touchée, parce que je le connais depuis qu'il est tout petit.",
    "euh voilà donc il est revenu le lendemain il a rien dit et puis voilà",
)
FRAMES = ("Hier {} il est passé.", "on a parlé de {} longtemps", "{}", "« {} », il a dit", "avec {}, voilà", "({})",
          "c'est {} qui l'a dit", "et {} ?", "J'ai croisé {} ; bon.", "... {}...")  # fmt: skip
NICKNAMES = ("le Gros", "la Rose", "Moustique", "le Blond", "la Fouine", "Zéro", "l'Ancien", "Petit Prince")
PLACES = ("cité des {}", "quartier de {}", "rue {}", "tour {}")
INSTITUTIONS = ("collège {}", "lycée {}", "association {}", "foyer {}")


@lru_cache(maxsize=1)
def _names() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """First names and surnames, the frequent and the rare, of three letters or more."""
    words = lexicon()
    first = sorted(name for name in words.first_names if len(name) > 2 and name.replace("-", "").isalpha())
    last = sorted(name for name in words.surnames if len(name) > 2 and name.replace("-", "").replace(" ", "").isalpha())
    return tuple(first), tuple(last)


def vault_of(chance: random.Random, size: int) -> Vault:
    """A vault of ``size`` forms: full names, lone first names, nicknames, places and institutions."""
    first, last = _names()

    def name(names: tuple[str, ...]) -> str:
        return re.sub(r"[^\W_]+", lambda word: word[0].capitalize(), chance.choice(names))

    makers: tuple[tuple[EntityType, str, Callable[[], str]], ...] = (
        (EntityType.YOUTH, "Jeune", lambda: f"{name(first)} {name(last)}"),
        (EntityType.PERSON, "Adulte", lambda: f"{name(first)} {chance.choice(['', 'de ', 'El '])}{name(last)}"),
        (EntityType.YOUTH, "Jeune", lambda: name(first)),
        (EntityType.YOUTH, "Jeune", lambda: chance.choice(NICKNAMES)),
        (EntityType.PLACE, "Lieu", lambda: chance.choice(PLACES).format(name(last))),
        (EntityType.INSTITUTION, "Association", lambda: chance.choice(INSTITUTIONS).format(name(last))),
    )
    referents = []
    for number in range(1, size + 1):
        kind, stem, make = makers[number % len(makers)]
        referents.append(Referent(f"v-{number}", kind, (make(),), f"{stem} {number}"))
    return Vault(1, tuple(referents))


def _spelled(form: str, between: str, chance: random.Random) -> str:
    letters = [letter for letter in form if letter.isalnum()]
    return between.join(chance.choice((str.upper, str.lower))("".join(letters)))


def _mixed(form: str, chance: random.Random) -> str:
    return "".join(chance.choice((str.upper, str.lower))(letter) for letter in form)


def _invisible(form: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(form))
    return form[:at] + chance.choice("\u00ad\u200b\u200d\u2060\ufeff") + form[at:]


def _bare(form: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", form) if not unicodedata.combining(char))


_ACCENTS = str.maketrans("eaiouc", "éàîôùç")
_SOUNDS = (
    ("ph", "f"), ("f", "ph"), ("qu", "k"), ("ca", "ka"), ("co", "ko"), ("k", "c"), ("y", "i"), ("i", "y"), ("ss", "c"),
    ("eau", "o"), ("au", "o"), ("ll", "l"), ("l", "ll"), ("n", "nn"), ("m", "mm"), ("t", "tt"), ("ch", "sh"),
    ("dj", "j"), ("j", "dj"), ("ou", "w"), ("ai", "ei"), ("x", "ks"), ("z", "s"), ("th", "t"), ("r", "rr"),
)  # fmt: skip


def _sounded(form: str, chance: random.Random) -> str:
    """The form misspelt in one of its long words, or with a mute h or a mute ending; the form itself if none fits."""
    words = [word for word in re.findall(r"[^\W_]+", form) if len(word) > 4]
    if not words:
        return form
    word = chance.choice(words)
    plain = _bare(word).lower()
    options = [plain[:at] + new + plain[at + len(old) :] for old, new in _SOUNDS
               for at in range(len(plain)) if plain.startswith(old, at) and _keeps_sound(plain, at, old)]  # fmt: skip
    options += [plain + "e" if plain[-1] in "lnrdm" else plain + "s", "h" + plain if plain[0] in "aeiou" else plain]
    return form.replace(word, chance.choice(options).capitalize())


def _keeps_sound(word: str, at: int, old: str) -> bool:
    """Whether a letter sounds alone there: the l of "ille", the c before e, the n of "gn" do not."""
    before, after = word[at - 1 : at], word[at + len(old) : at + len(old) + 1]
    if len(old) == 1 and old in "lnmtrfjk" and (before == old or after == old or (before == "c" and old == "k")):
        return False
    return {
        "t": after != "h" and at > 0 and after not in ("", "i"),
        "n": before != "g" and at > 0 and after not in ("",),
        "l": at > 0 and after not in ("",),
        "k": after not in ("h", "e", "i", "y"),
        "z": 0 < at < len(word) - 1,
        "i": before not in ("a", "e", "o", "u", "y") and after not in ("a", "e", "o", "u", "y", "n", "m", "l"),
        "y": before not in ("a", "e", "o", "u", "i") and after not in ("a", "e", "o", "u", "i", "y"),
        "ss": after in ("e", "i", "y"),
        "ch": after in ("a", "e", "i", "o", "u"),
        "ou": after in ("a", "e", "i") and at == 0,
        "au": before != "e",
        "j": before != "d",
        "m": at > 0 and after not in ("", "b", "p"),
        "r": at > 0 and after not in ("",),
        "ca": before not in ("s", "c"), "co": before not in ("s", "c"),
        "x": 0 < at < len(word) - 1,
        "ai": after not in ("n", "m", "l"),
    }.get(old, True)  # fmt: skip


DISGUISES: Mapping[str, Callable[[str, random.Random], str]] = {
    "as it is": lambda form, _: form,
    "capitals": lambda form, _: form.upper(),
    "lower case": lambda form, _: form.lower(),
    "mixed case": _mixed,
    "without accents": lambda form, _: _bare(form),
    "decomposed accents": lambda form, _: unicodedata.normalize("NFD", form),
    "false accents": lambda form, _: form.translate(_ACCENTS),
    "hyphens for spaces": lambda form, _: form.replace(" ", "-"),
    "spaces for hyphens": lambda form, _: re.sub(r"[-']", " ", form),
    "joined": lambda form, _: re.sub(r"[-' ]", "", form),
    "no-break and double spaces": lambda form, chance: form.replace(
        " ", chance.choice(["\u00a0", "\u202f", "  ", " - "])
    ),
    "two lines": lambda form, _: form.replace(" ", "\n"),
    "other hyphens": lambda form, chance: re.sub(r"[- ]", chance.choice("‐‑–·/_."), form),
    "spelled with hyphens": lambda form, chance: _spelled(form, "-", chance),
    "spelled with spaces": lambda form, chance: _spelled(form, " ", chance),
    "spelled with commas": lambda form, chance: _spelled(form, ", ", chance),
    "spelled with full stops": lambda form, chance: _spelled(form, ".", chance),
    "invisible characters": _invisible,
    "by sound": _sounded,
    "by sound, in capitals": lambda form, chance: _sounded(form, chance).upper(),
}


@dataclass(frozen=True, repr=False)
class Planted:
    """An output with a form in it: the vault that knows it, how it was disguised, and the format."""

    vault: Vault
    treated: TreatedTranscript
    written: str
    disguise: str
    format: str


def plant(chance: random.Random, vault: Vault | None = None) -> Planted:
    """Draw an output with one planted form."""
    known = vault or vault_of(chance, chance.choice([6, 12, 60]))
    while True:
        referent = chance.choice(known.referents)
        form = chance.choice(_ways(referent))
        disguise = chance.choice(sorted(DISGUISES))
        written = DISGUISES[disguise](form, chance)
        if _is_a_form(form, written, disguise):
            break
    turns = [chance.choice(TALK) for _ in range(chance.randrange(1, 6))]
    at = chance.randrange(len(turns))
    sentence = chance.choice(FRAMES).format(written)
    turns[at] = chance.choice([f"{turns[at]} {sentence}", f"{sentence} {turns[at]}", sentence])
    treated = TreatedTranscript(
        "group",
        tuple(
            TreatedTurn(f"Voix {n % 3 + 1}", n * 4.0, n * 4.0 + 4, TreatedText(text)) for n, text in enumerate(turns)
        ),
    )
    return Planted(known, treated, written, disguise, chance.choice(sorted(FORMATS)))


def _ways(referent: Referent) -> list[str]:
    """The form whole, and the first name or the surname alone."""
    form = referent.forms[0]
    words = form.split()
    if referent.kind in (EntityType.YOUTH, EntityType.PERSON) and len(words) > 1 and strip_article(form)[1] is None:
        parts = [word for word in (words[0], words[-1]) if fold(word) not in PARTICLES | TITLES | FUNCTION_WORDS]
        return [form, form, *parts] if form != "Petit Prince" else [form]
    return [form]


def _is_a_form(form: str, written: str, disguise: str) -> bool:
    """Whether the rules say that ``written`` is an occurrence: see the docstring of the module."""
    ordinary = lexicon().ordinary
    core, article = strip_article(form)
    if all(token.folded in FUNCTION_WORDS for token in tokens(core)):
        return False
    plain = all(ordinary(token.folded) for token in tokens(core))
    if disguise.startswith("by sound"):
        changed = {token.folded for token in tokens(written)} - {token.folded for token in tokens(form)}
        long = all(len(fold(word)) > 4 and not ordinary(fold(word)) for word in changed)
        was_name = not any(ordinary(token.folded) for token in tokens(form) if len(token.folded) > 4)
        return bool(changed) and long and was_name and not plain and len(sound(squash(core))) > 2
    if disguise.startswith("spelled"):
        return len(squash(written)) > 2
    if plain and (disguise in ("lower case", "mixed case") or not written[:1].isalpha()):
        return article is not None and disguise == "lower case"
    return True


def passes(planted: Planted) -> list[Hit]:
    """What the guard finds in the rendered file, read back; an empty list lets it pass."""
    packet = compose(planted.treated, Heading("banc", 1))
    return search(extract(planted.format, render(packet, planted.format)), planted.vault, PROFILE, None)


def clean(planted: Planted) -> bool:
    """Whether the talk without the planted form holds nothing that the vault knows by chance."""
    return not search({str(n): text for n, text in enumerate(TALK)}, planted.vault, PROFILE, None)


def main() -> None:
    """Plant, search, print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--outputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--growth", action="store_true", help="measure the cost instead")
    parser.add_argument("--corpus", action="store_true", help="count false alarms instead")
    arguments = parser.parse_args()
    if arguments.growth:
        growth(arguments.seed)
    elif arguments.corpus:
        corpus()
    else:
        plants(arguments.outputs, arguments.seed)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {today}")


def plants(outputs: int, seed: int) -> None:
    chance = random.Random(seed)
    planted, missed = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    began = time.perf_counter()
    while planted.total() < outputs:
        one = plant(chance)
        if not clean(one):
            continue
        key = one.disguise, one.format
        planted[key] += 1
        if not passes(one):
            missed[key] += 1
            print(f"passed: {one.written!r}, {one.disguise}, {one.format}")
    print(f"{'disguise':28s} {'planted':>8s} {'passed':>7s}")
    for disguise in sorted(DISGUISES):
        counts = (sum(table[disguise, form] for form in FORMATS) for table in (planted, missed))
        print("{:28s} {:8d} {:7d}".format(disguise, *counts))
    for form in sorted(FORMATS):
        counts = (sum(table[disguise, form] for disguise in DISGUISES) for table in (planted, missed))
        print("{:28s} {:8d} {:7d}".format(form, *counts))
    print(f"{'all':28s} {planted.total():8d} {missed.total():7d}")
    print(f"seed {seed}, {time.perf_counter() - began:.0f} s")


def growth(seed: int) -> None:
    chance = random.Random(seed)
    print(f"{'forms':>6s} {'characters':>11s} {'building':>9s} {'searching':>10s}")
    for size in (10, 100, 1_000, 5_000):
        vault = vault_of(chance, size)
        for turns in (100, 1_000, 4_000):
            texts = {str(n): chance.choice(TALK) for n in range(turns)}
            began = time.perf_counter()
            search({}, vault, PROFILE, None)
            built = time.perf_counter()
            search(texts, vault, PROFILE, None)
            seconds = time.perf_counter() - built - (built - began)
            length = sum(map(len, texts.values()))
            print(f"{size:6d} {length:11d} {built - began:8.2f}s {max(seconds, 0):9.2f}s", flush=True)


def corpus() -> None:
    """Treat every session of the corpus as a draft would, for each audience, and let the guard look at it."""
    policy = parse_policy((ROOT / "policies/samples/demo.yaml").read_text(encoding="utf-8"), "demo.yaml")
    detector = Detector()
    head = ("variant", "audience", "texts", "withheld", "hits", "with warnings", "warnings")
    print("{:10s} {:10s} {:>6s} {:>9s} {:>5s} {:>14s} {:>9s}".format(*head))
    for variant in ("gold", "gold_asr"):
        counts: dict[Audience, list[int]] = {audience: [0] * 5 for audience in Audience}
        vaults: dict[str, Vault] = {}
        for line in (ROOT / f"benchmarks/corpus/{variant}.jsonl").read_text(encoding="utf-8").splitlines():
            document = json.loads(line)
            turns = [document["text"][turn["start"] : turn["end"]] for turn in document["turns"]]
            vault = vaults.get(document["group"], Vault.empty())
            known = known_from(None, vault)
            spans, vault = link(turns, detector.detect(turns, known), known, vault)
            vaults[document["group"]] = vault
            said = tuple(Turn("S1", n * 4.0, n * 4.0 + 4, IdentifiedText(text)) for n, text in enumerate(turns))
            draft = Draft(tuple(spans), (), {}, detector.version, vault.version)
            for audience in Audience:
                profile = policy.profile(audience)
                treated = treat(
                    Transcript(said, "fr", len(said) * 4.0, "corpus"), draft, vault, profile, {"S1": "Voix 1"}
                )
                packet = compose(treated, Heading("banc", 1, audience=audience))
                found = look(
                    {str(n): turn.text.reveal() for n, turn in enumerate(packet.turns)}, vault, profile, detector
                )
                hits, warnings = len(found.hits), len(found.warnings)
                counts[audience] = [a + b for a, b in zip(counts[audience], (1, hits > 0, hits, warnings > 0, warnings),
                                                          strict=True)]  # fmt: skip
        for audience, row in counts.items():
            print("{:10s} {:10s} {:6d} {:9d} {:5d} {:14d} {:9d}".format(variant, str(audience), *row))


if __name__ == "__main__":
    main()
