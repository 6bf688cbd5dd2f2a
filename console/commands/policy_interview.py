"""``policy new``: questions in plain words, and a commented policy file made of the answers.

Rules kept here: Enter takes what stands in brackets, or leaves « à compléter »; where nobody is left to answer, the
rest is taken so too; an answer that cannot be one is asked again; a file that is there is never written over.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from console import screen
from console.helping import Command
from console.messages import _, sentence
from policies.policy_file import NAME, parse_policy, placeholder_lines
from policies.policy_template import Answer, sample_text, written
from policies.reading import Path as KeyPath
from policies.register_file import ARTICLE_6, ARTICLE_9
from vocabulary.errors import UsageError
from vocabulary.messages import N_

_YES, _NO = frozenset({"o", "oui", "y", "yes"}), frozenset({"n", "non", "no"})


@dataclass(frozen=True)
class Question:
    """What is asked for one key.

    ``read`` turns the words into a value, or raises ValueError; ``hint`` says of what form it is; ``default`` is what
    Enter takes, as a person would type it: None leaves the key as the sample has it.
    """

    path: KeyPath
    text: str
    read: Callable[[str], Answer]
    hint: str = ""
    default: str | None = None


def _text(words: str) -> Answer:
    if len(words) > 1000 or not words.isprintable():
        raise ValueError
    return words


def _matching(pattern: str) -> Callable[[str], Answer]:
    def read(words: str) -> Answer:
        if re.fullmatch(pattern, words) is None:
            raise ValueError
        return words

    return read


def _flag(words: str) -> Answer:
    if words.lower() not in _YES | _NO:
        raise ValueError
    return words.lower() in _YES


def _day(words: str) -> Answer:
    return date.fromisoformat(words).isoformat()


def _people(words: str) -> Answer:
    if not 1 <= int(words) <= 9:
        raise ValueError
    return int(words)


def _list(words: str) -> Answer:
    return [str(_text(part.strip())) for part in words.split(";") if part.strip()]


OFFENCES = ("processing", "offence_data", "processed")
AUTHORISATION = ("processing", "offence_data", "authorisation")
NOT_SPOKEN_OF = "sans objet : aucune donnée d'infraction"

QUESTIONS = (
    Question(("name",), N_("What do you call this policy?"), _matching(NAME),
             N_("letters without accents, digits, hyphens"), "atelier"),
    Question(("processing", "controller"), N_("Which body decides why and how these data are processed (controller)?"),
             _text),
    Question(("processing", "joint_controllers"), N_("Do other bodies decide together with it? Which?"), _list,
             N_("several with ; between them"), ""),
    Question(("processing", "purpose"), N_("What are the sessions recorded for? In one sentence."), _text),
    Question(("processing", "legal_basis", "article_6"),
             N_("On which legal basis (GDPR article 6)? a: consent; e: a task in the public interest; f: legitimate "
                "interest."), _matching(f"[{''.join(ARTICLE_6)}]"), N_("one letter, a to f"), "e"),
    Question(("processing", "legal_basis", "article_9"),
             N_("Which exception for sensitive data (GDPR article 9)? a: explicit consent; j: scientific research."),
             _matching(f"[{''.join(ARTICLE_9)}]"), N_("one letter, a to j"), "j"),
    Question(("processing", "legal_basis", "cnil_opinion"),
             N_("What is the reference of the CNIL's opinion? If none is needed, write why."), _text),
    Question(OFFENCES, N_("Will offences be spoken of?"), _flag, N_("yes or no"), "oui"),
    Question(AUTHORISATION, N_("Which text allows you to process offence data (GDPR article 10)?"), _text),
    Question(("processing", "dpia", "reference"), N_("What is the reference of the impact assessment?"), _text),
    Question(("processing", "dpia", "date"), N_("When was it signed?"), _day, N_("a date such as 2026-03-14")),
    Question(("processing", "third_parties"),
             N_("How are the youths who are spoken of informed (GDPR article 14)?"), _text),
    Question(("processing", "public_archives"),
             N_("Are these public archives, so that nothing is destroyed without a visa?"), _flag, N_("yes or no"),
             "non"),
    Question(("clearance", "group", "people"), N_("How many people clear a text before it goes back to the group?"),
             _people, N_("a number from 1 to 9"), "2"),
)  # fmt: skip
"""The questions, in the order of the file."""


def register(group: typer.Typer) -> None:
    """Add the command of this module."""
    group.command("new", cls=Command, help=N_("Ask what a policy has to say, and write it into a new file."))(new)


def new(
    file: Annotated[Path, typer.Argument(metavar=N_("FILE"), help=N_("The policy file to be written."))],
    strict: Annotated[
        bool, typer.Option("--strict", help=N_("Begin with the strict sample rather than the usual one."))
    ] = False,
) -> None:
    """Ask, write, and say what is left to complete."""
    if file.exists():
        raise UsageError(N_("{file} is already there. Name a new file."), place=file.name, file=file.name)
    screen.say(_("Enter takes what stands in brackets; without brackets it leaves the answer for later."))
    text = written(sample_text("strict" if strict else "standard"), dict(_answers()))
    parse_policy(text, file.name)  # what was typed keeps the format
    _write(file, text)
    waiting = placeholder_lines(text, file.name)
    screen.tell(N_("The policy is written: {file}"), {"file": file})
    for line, key in waiting:
        screen.show("  - " + sentence(N_("line {line}: {key} is still to be written"), {"line": line, "key": key}))
    screen.tell(N_("Next: huisclos policy check {file}, then huisclos policy explain {file}"), {"file": file})


def _answers() -> Iterator[tuple[KeyPath, Answer]]:
    spoken_of = True
    for question in QUESTIONS:
        if question.path == AUTHORISATION and not spoken_of:
            yield AUTHORISATION, NOT_SPOKEN_OF
            continue
        answer = _ask(question)
        if question.path == OFFENCES:
            spoken_of = answer is not False
        if answer is not None:
            yield question.path, answer


def _ask(question: Question) -> Answer | None:
    """The answer, None where the key stays as it is; asked again until it can be one."""
    while True:
        hint = f" ({_(question.hint)})" if question.hint else ""
        default = f" [{question.default}]" if question.default else ""
        sys.stderr.write(f"{_(question.text)}{hint}{default} ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            screen.say("")
        words = line.strip() or question.default
        if words is None:
            return None
        try:
            return question.read(words)
        except ValueError:
            screen.say(_("That cannot be the answer; once more, please."))


def _write(file: Path, text: str) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        message = N_("{file} cannot be written ({problem}). Name a new file in a folder of yours.")
        raise UsageError(message, place=file.name, file=file, problem=error.strerror) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
