"""A transcript without capitals or ends of sentences is known as one."""

import json
from pathlib import Path

import pytest

from speech.casing import is_bare

ROOT = Path(__file__).resolve().parents[2]


def _talk(corpus: str, variant: str) -> list[str]:
    lines = (ROOT / "benchmarks" / corpus / f"{variant}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


@pytest.mark.parametrize("corpus", ["corpus", "second_corpus", "third_corpus"])
def test_talk_as_it_is_transcribed_has_both(corpus: str) -> None:
    """No session of the corpora is taken for a bare one."""
    assert not any(is_bare(text.split()) for text in _talk(corpus, "gold"))


@pytest.mark.parametrize("corpus", ["corpus", "second_corpus", "third_corpus"])
def test_the_same_talk_in_lower_case_without_signs_is_bare(corpus: str) -> None:
    """Every session."""
    bare = [[word for word in text.split() if not word.startswith("S")] for text in _talk(corpus, "gold_asr")]
    assert all(is_bare(words) for words in bare)


@pytest.mark.parametrize(
    ("word", "expected"), [("Oui, c'est lui.", False), ("oui c'est lui.", True), ("Oui C'est Lui", True)]
)
def test_each_of_both_is_asked_for(word: str, expected: bool) -> None:
    """Capitals without full stops are as bare as full stops without capitals."""
    assert is_bare((word + " ").split() * 30) is expected


def test_signs_written_apart_count() -> None:
    """French puts a space before a question mark."""
    assert not is_bare(["Tu", "viens", "ici", "?", "Oui", "je", "viens", "!"] * 20)


def test_few_words_tell_nothing() -> None:
    """A recording of one sentence is not accused."""
    assert not is_bare(["oui"] * 59)
    assert is_bare(["oui"] * 60)
