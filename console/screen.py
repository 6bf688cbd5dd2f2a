"""Where words go: answers on standard output, messages on standard error.

Rules kept here: what is data goes to standard output, alone; a person's messages, questions and progress go
to standard error; control characters in names people gave (a file in the drop folder) never reach the
terminal; a stream that cannot show a letter shows a replacement and goes on.
"""

import json
import re
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from shutil import get_terminal_size

from console.messages import _, sentence
from vocabulary.errors import UsageError
from vocabulary.messages import N_

WIDEST = 100
"""Columns of running text at most: longer lines are hard to read."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_YES = frozenset({"o", "oui", "y", "yes"})


def prepare() -> None:
    """Let no stream stop the program because it lacks a letter."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def show(text: str = "") -> None:
    """Write one line of an answer."""
    sys.stdout.write(_clean(text) + "\n")


def tell(message: str, facts: Mapping[str, object] | None = None) -> None:
    """Write one sentence of an answer: a source string, and the facts for its places."""
    show(sentence(message, facts))


def say(text: str) -> None:
    """Write one message."""
    sys.stderr.write(_clean(text) + "\n")


def answer(schema: str, value: Mapping[str, object]) -> None:
    """Write the one JSON object of a ``--json`` answer; ``schema`` comes first."""
    plain_only = (sys.stdout.encoding or "ascii").lower().replace("-", "") != "utf8"
    sys.stdout.write(object_text(schema, value, plain_only=plain_only))


def object_text(schema: str, value: Mapping[str, object], *, plain_only: bool = False) -> str:
    """The one JSON object of an answer as text; ``plain_only`` escapes what is not ASCII."""
    return json.dumps({"schema": schema, **value}, ensure_ascii=plain_only, indent=2) + "\n"


def paragraph(text: str, indent: str = "", first: str | None = None) -> str:
    """Running text broken at the width of the terminal; no-break spaces hold."""
    return "\n".join(
        textwrap.wrap(
            text,
            width(),
            initial_indent=indent if first is None else first,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def table(rows: Iterable[Sequence[str]], head: Sequence[str] = ()) -> str:
    """Columns set apart by two spaces, the last one as long as it is; "" when there is no row."""
    body = [list(map(_clean, row)) for row in rows]
    lines = [list(head), *body] if head and body else body
    if not lines:
        return ""
    widths = [max(map(columns, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell + " " * (wide - columns(cell)) for cell, wide in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def columns(text: str) -> int:
    """How many terminal columns ``text`` takes."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) != 0 for letter in text)


def width() -> int:
    """Columns to write in."""
    return min(get_terminal_size().columns, WIDEST)


def confirm(question: str) -> bool:
    """Ask a question that is answered with yes or no; only a clear yes is one.

    UsageError when nobody is there to answer.
    """
    sys.stderr.write(question + " " + _("[yes/no]") + " ")
    sys.stderr.flush()
    reply = sys.stdin.readline()
    if not reply:
        say("")
        raise UsageError(N_("The question was not answered. Answer it, or give --yes."))
    return reply.strip().lower() in _YES


def ask(question: str) -> str:
    """Ask for one line of text, which is shown as it is typed and stands in no argument.

    UsageError when nobody is there to answer.
    """
    sys.stderr.write(question + " ")
    sys.stderr.flush()
    reply = sys.stdin.readline()
    if not reply:
        say("")
        raise UsageError(N_("The question was not answered. Answer it at the terminal."))
    return reply.strip()


def choose(question: str, most: int) -> int:
    """Ask for a number from 0 to ``most``; UsageError when nobody is there to answer, or for another answer."""
    sys.stderr.write(question + " ")
    sys.stderr.flush()
    reply = sys.stdin.readline().strip()
    if not (reply.isascii() and reply.isdigit() and len(reply) < 5 and int(reply) <= most):
        raise UsageError(N_("Nothing was chosen. Answer with a number from 0 to {most}."), most=most)
    return int(reply)


def _clean(text: str) -> str:
    return _CONTROL.sub("\ufffd", text)
