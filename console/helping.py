"""Help pages in the reader's language.

Typer parses; these pages are our own, from the same parameters, so that no heading depends on the words of a
library. Help texts are source strings, translated when a page is shown.
"""

from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from console.messages import _, label
from console.screen import columns, paragraph
from vocabulary.messages import N_

_GAP = 2
_WIDEST_NAME = 32


class Command(TyperCommand):
    """A command whose help page is ours."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(page(self, ctx))


class Group(TyperGroup):
    """A group of commands whose help page is ours."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(page(self, ctx))


def noun(help_text: str) -> typer.Typer:
    """A group named by a noun (``workshop``, ``log``); ``help_text`` is a source string."""
    return typer.Typer(cls=Group, help=help_text, no_args_is_help=True, rich_markup_mode=None, add_completion=False)


def usage(command: Any, ctx: Any) -> str:
    """The line that says how a command is written."""
    pieces = [ctx.command_path]
    if _options(command, ctx):
        pieces.append("[" + _("OPTIONS") + "]")
    pieces += [_named(argument) for argument in _arguments(command, ctx)]
    if isinstance(command, TyperGroup):
        pieces.append(_("COMMAND") + "...")
    return label(_("Usage"), " ".join(pieces))


def page(command: Any, ctx: Any) -> str:
    """The whole help page of a command or a group."""
    blocks = [usage(command, ctx)]
    blocks += [paragraph(part, "  ") for part in _(command.help).split("\n\n") if part]
    sections = [
        (N_("Arguments"), [(_named(one), _explained(one)) for one in _arguments(command, ctx)]),
        (N_("Options"), [(_named(one), _explained(one)) for one in _options(command, ctx)]),
    ]
    if isinstance(command, TyperGroup):
        commands = [(name, _(found.help).split("\n\n")[0]) for name, found in command.commands.items()]
        sections.append((N_("Commands"), commands))
    blocks += [label(_(title), "").rstrip() + "\n" + _listed(rows) for title, rows in sections if rows]
    return "\n\n".join(blocks) + "\n"


def _arguments(command: Any, ctx: Any) -> list[Any]:
    return [one for one in command.get_params(ctx) if one.param_type_name == "argument" and not one.hidden]


def _options(command: Any, ctx: Any) -> list[Any]:
    return [one for one in command.get_params(ctx) if one.param_type_name == "option" and not one.hidden]


def _named(parameter: Any) -> str:
    """A parameter as it is typed: ``FILE...``, ``--as NAME``, ``--json``."""
    placeholder = _(parameter.metavar) if parameter.metavar else ""
    if parameter.param_type_name == "argument":
        placeholder = placeholder or str(parameter.name).upper()
        return placeholder + ("..." if parameter.nargs != 1 else "")
    return f"{', '.join(parameter.opts)} {placeholder}".rstrip()


def _explained(parameter: Any) -> str:
    if "--help" in parameter.opts:
        return _("Show this page and stop.")
    text = _(parameter.help)
    needed = parameter.required and parameter.param_type_name == "option"
    return (text + " " + _("[required]")).strip() if needed else text


def _listed(rows: list[tuple[str, str]]) -> str:
    wide = min(_WIDEST_NAME, max(columns(name) for name, _text in rows))
    indent = " " * (2 + wide + _GAP)
    lines = []
    for name, text in rows:
        first = f"  {name}{' ' * (wide - columns(name) + _GAP)}" if columns(name) <= wide else indent
        if columns(name) > wide:
            lines.append(f"  {name}")
        lines.append(paragraph(text, indent, first) if text else first.rstrip())
    return "\n".join(lines)
