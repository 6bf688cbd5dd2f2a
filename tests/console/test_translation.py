"""The French catalog: whole, compiled, with the same places, and in the words of the architecture page."""

import ast
import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from console.messages import LOCALE, language, sentence
from vocabulary import errors

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("anonymize", "console", "demo", "flows", "infra", "policies", "returns", "speech", "storage", "vocabulary")
FRENCH = LOCALE / "fr" / "LC_MESSAGES" / "huisclos.po"
Message = str | tuple[str, ...]

COMMAND = re.compile(
    r"`[^`]*`|https?://\S+|\bvault login|\bhuisclos( [a-z]+){1,2}|--?[a-z-]+|\{[^}]*\}"
    r"|\b[\w/-]+\.(toml|yaml|jsonl|md|m4a|pub)\b"
)
"""What is typed or filled in: no word of ours."""

TERMS = (
    (r"\bworkshops?\b", r"\batelier"),
    (r"\bsessions?\b", r"\bséance"),
    (r"\bdossiers?\b", r"\bfiches? de séance"),
    (r"\bdrop folder\b", r"\bboîte d'arrivée"),
    (r"\boutbox\b", r"\bboîte de sortie"),
    (r"(?-i:\bvault\b)", r"\btable de correspondance"),  # Vault is another program
    (r"\bdraft(ed|s)?\b", r"\bversions? de travail"),
    (r"\bquarantine\b", r"\b(mise?s?|mettre)\b.* de côté"),
    (r"\begress guard\b", r"\bcontrôle de sortie"),
    (r"\b(processing )?log\b(?!in)", r"\bjournal"),
    (r"\bcertificates?\b(?! of Vault)", r"\bprocès-verba(l|ux) de destruction"),
    (r"\ba hold\b|^held$", r"\bgel de destruction"),
    (r"\bretention schedule\b|\bthe schedule\b", r"\btableau de gestion"),
    (r"\bdisposal action\b", r"\bsort final"),
    (r"(?<!in )\bclear(ed|s|ances?)?\b", r"\bvalid(e|er|ez|é|ée|ées|ation|ations|ent)\b"),
    (r"\breleas(e|ed)\b", r"\b(communi(qu|cation)|diffus)"),
    (r"\breturn to the group\b|\bthe return\b", r"\bretour au groupe"),
    (r"\bfacilitator\b", r"\bintervenant"),
    (r"\bdata steward\b", r"\bréférent données"),
    (r"\bpassphrase\b", r"\bphrases? de passe"),
    (r"\bcheckpoint\b", r"\bpoint de contrôle"),
)
"""An English term and the French one it has everywhere."""

FORBIDDEN = re.compile(
    r"\b(anonym\w*|quarantaine|brouillons?|dossiers? de séance|mots? de passe|workshops?|sessions?|drafts?"
    r"|(?-i:vaults?)|coffre-fort|poubelle|corbeille|effacement définitif)\b",
    re.IGNORECASE,
)


@cache
def extracted() -> frozenset[Message]:
    """Every source string of every package, as Babel finds it."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as handle:
        methods, options = parse_mapping_cfg(handle)
    found: set[Message] = set()
    for package in PACKAGES:
        mapping = [(pattern, method) for pattern, method in methods]
        for _file, _line, message, _comments, _context in extract_from_dir(ROOT / package, mapping, options):
            found.add(message)
    return frozenset(message for message in found if message)


@cache
def french() -> Catalog:
    with FRENCH.open("rb") as handle:
        return read_po(handle, locale="fr")


def pairs() -> Iterator[tuple[str, str]]:
    """Each English text with its French one, plurals apart."""
    for message in french():
        if not message.id:
            continue
        if isinstance(message.id, tuple):
            yield from zip(message.id, message.string, strict=True)
        else:
            yield message.id, message.string


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def test_every_source_string_is_translated():
    """What Babel extracts from the packages has a French text, not empty and not fuzzy."""
    known = {message.id: message for message in french() if message.id}
    missing = [message for message in extracted() if message not in known]
    empty = [text for text, translated in pairs() if not translated]
    fuzzy = [message.id for message in french() if message.id and message.fuzzy]
    assert (missing, empty, fuzzy) == ([], [], [])


def test_nothing_is_translated_that_no_package_says():
    """The catalog holds no leftovers."""
    assert [message.id for message in french() if message.id and message.id not in extracted()] == []


def test_babel_finds_every_marked_string():
    """A mark inside an f-string, say, would be missed: none is."""
    flat = {text for message in extracted() for text in ([message] if isinstance(message, str) else message)}
    missed = []
    for path, tree in sources():
        for call in ast.walk(tree):
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Name)
                and call.func.id in ("_", "N_", "ngettext")
            ):
                texts = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                missed += [f"{path.name}:{call.lineno}" for text in texts if text and text not in flat]
    assert missed == []


def test_every_error_that_people_read_is_marked():
    """The message of an error is given as N_("..."), never as a bare string."""
    kinds = {name for name, value in vars(errors).items() if isinstance(value, type)}
    bare = []
    for path, tree in sources():
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in kinds:
                texts = [one for one in call.args if isinstance(one, (ast.Constant, ast.JoinedStr))]
                bare += [f"{path.relative_to(ROOT)}:{call.lineno}" for _text in texts]
    assert bare == []


def test_the_compiled_catalog_is_the_compiled_source():
    """The committed .mo is what ``make messages`` makes of the .po."""
    compiled = io.BytesIO()
    write_mo(compiled, french())
    assert compiled.getvalue() == FRENCH.with_suffix(".mo").read_bytes()


def test_translations_keep_the_places_of_the_source():
    """Each {place} of the English text is in the French one, and no other."""
    places = re.compile(r"\{(\w+)")
    wrong = []
    for english, translated in pairs():
        if set(places.findall(english)) != set(places.findall(translated)):
            wrong.append(english)
    assert wrong == []


def test_translations_keep_what_is_typed():
    """Commands and options are the same in both languages."""
    nouns = "workshop|session|review|retention|event|hold|restriction|log|archive|policy|settings"
    typed = re.compile(rf"--[a-z-]+|\bhuisclos (?:(?:{nouns}) [a-z]+|init|run|status|clear|release|submit|up)")
    wrong = [english for english, text in pairs() if sorted(typed.findall(english)) != sorted(typed.findall(text))]
    assert wrong == []


@pytest.mark.parametrize(("english", "wanted"), TERMS, ids=[term for term, _wanted in TERMS])
def test_a_term_has_one_french_word(english, wanted):
    """Where the source says the term, the translation uses the word of the vocabulary."""
    departs = []
    for source, translated in pairs():
        said = re.search(english, COMMAND.sub(" ", source), re.IGNORECASE)
        if said and not re.search(wanted, translated, re.IGNORECASE | re.DOTALL):
            departs.append((source, translated))
    assert departs == []


def test_no_forbidden_word_is_used():
    """Output is never called anonymous, and no second word stands for a term."""
    assert [text for _english, text in pairs() if FORBIDDEN.search(COMMAND.sub(" ", text))] == []


def test_no_button_is_called_back():
    """The word for the return to the group never means going back."""
    assert [text for _english, text in pairs() if text.strip(" .").lower() in ("retour", "revenir")] == []


def test_french_spaces_do_not_break():
    """A no-break space stands before : ; ? ! % and inside quotation marks."""
    wrong = []
    for _english, text in pairs():
        plain = re.sub(r"\w+: ?\{\w+\}(?= ;)|`[^`]*`|format: ", "", text)
        if re.search(r" [:;?!%»]|« |[\w)}][;?!»](?:\s|$)|[\w)}]:(?:\s|$)", plain):
            wrong.append(text)
    assert wrong == []


def test_no_translation_ends_where_its_source_does_not():
    """Line breaks and final points agree, so that sentences can follow each other."""
    wrong = [english for english, text in pairs()
             if english.count("\n") != text.count("\n") or english.endswith(".") != text.endswith(".")]  # fmt: skip
    assert wrong == []


@pytest.mark.parametrize(("asked", "found"), [("", "fr"), ("fr", "fr"), ("de", "fr"), ("en", "en"), ("EN", "en")])
def test_french_unless_english_is_asked_for(monkeypatch, asked, found):
    """HUISCLOS_LANG knows one other language."""
    monkeypatch.setenv("HUISCLOS_LANG", asked)
    assert language() == found


def test_every_choice_has_a_french_word():
    """Each member of the closed choices is translated."""
    from vocabulary import choices

    for kind in vars(choices).values():
        if isinstance(kind, type) and issubclass(kind, choices.Worded):
            for member in kind:
                assert french().get(member.word), member


def test_every_kind_of_log_entry_has_a_french_sentence():
    """``log show`` has words for all of them."""
    from storage.log.entry import KINDS

    assert [kind for kind, text in KINDS.items() if not french().get(text)] == []


def test_every_message_can_be_filled_in():
    """No French text has a place that cannot be formatted."""
    for _english, text in pairs():
        names = dict.fromkeys(re.findall(r"\{(\w+)", text), 7)
        assert text.format(**names) if names else text is not None


def test_what_the_system_says_is_translated():
    """The reason of a failed open is told in French."""
    told = sentence("{file} cannot be read ({problem}). Check the name and the rights.",
                    {"file": "x", "problem": "Permission denied"})  # fmt: skip
    assert told == "x ne peut pas être lu (vous n'en avez pas le droit). Vérifiez le nom et les droits."
