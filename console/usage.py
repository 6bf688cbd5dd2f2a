"""Usage errors of the command line, in the reader's words.

Typer raises them with English texts of its own. What is said here comes from the kind of error and from the
words the person typed; a text that a later Typer words differently becomes the general sentence, never a
sentence in another language.
"""

import re
from difflib import get_close_matches
from typing import Any

from console.helping import usage
from console.messages import _, sentence
from vocabulary.errors import UsageError
from vocabulary.messages import N_

_UNKNOWN_COMMAND = re.compile(r"^No such command '(.+?)'")
_EXTRA = re.compile(r"^Got unexpected extra argument\(s\) \((.*)\)$", re.DOTALL)
_NEEDS_VALUE = re.compile(r"requires (an|\d+) argument")
_TAKES_NONE = re.compile(r"does not take a value")


def of_click(error: Any) -> UsageError:
    """Return the error to report for one that Typer raised; its place is the parameter, if there is one."""
    kind = type(error).__name__
    text = str(getattr(error, "message", ""))
    option = getattr(error, "option_name", None)
    if kind == "MissingParameter" and getattr(error, "param", None) is not None:
        return _missing(error.param)
    if kind == "NoSuchOption" and option is not None:
        return _unknown_option(option, error.possibilities or ())
    if option is not None and _NEEDS_VALUE.search(text):
        return UsageError(N_("Option {option} needs a value after it."), place=option, option=option)
    if option is not None and _TAKES_NONE.search(text):
        return UsageError(N_("Option {option} takes no value."), place=option, option=option)
    if match := _UNKNOWN_COMMAND.match(text):
        return _unknown_command(match[1], error)
    if match := _EXTRA.match(text):
        return UsageError(N_("Too many words: {words}. Put a name with spaces in quotes."), words=match[1])
    if text == "Missing command.":
        return UsageError(N_("A command is missing."))
    return UsageError(N_("This command cannot be read as it is written."))


def hint(error: Any) -> str:
    """How the command is written and where its help is; "" when that is not known."""
    context = getattr(error, "ctx", None)
    if context is None:
        return ""
    ask = sentence(N_("For help: {command} --help"), {"command": context.command_path})
    return f"{usage(context.command, context)}\n{ask}"


def _missing(parameter: Any) -> UsageError:
    name = parameter.opts[0] if parameter.param_type_name == "option" else ""
    placeholder = _(parameter.metavar or str(parameter.name).upper())
    typed = f"{name} {placeholder}".strip()
    return UsageError(N_("{parameter} is missing."), place=name or placeholder, parameter=typed)


def _unknown_option(option: str, near: Any) -> UsageError:
    if near:
        found = ", ".join(sorted(near))
        return UsageError(
            N_("There is no option {option}. Did you mean {near}?"), place=option, option=option, near=found
        )
    return UsageError(N_("There is no option {option} here."), place=option, option=option)


def _unknown_command(name: str, error: Any) -> UsageError:
    known = getattr(getattr(getattr(error, "ctx", None), "command", None), "commands", {})
    near = get_close_matches(name, list(known))
    if near:
        return UsageError(
            N_("There is no command {command}. Did you mean {near}?"),
            place=name,
            command=name,
            near=", ".join(near),
        )
    return UsageError(N_("There is no command {command}."), place=name, command=name)
