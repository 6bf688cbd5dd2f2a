"""``models list``, ``add``, ``check``: which models there are, what they cost, where they came from; no passphrase."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console import screen
from console.helping import Command
from console.messages import _, label, ngettext
from console.opening import settings_of
from console.options import AsJson
from console.shapes import Value
from vocabulary.choices import Exit
from vocabulary.messages import N_

if TYPE_CHECKING:
    from infra.models import ShownModel

_MIB = 1 << 20


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command(
        "list",
        cls=Command,
        help=N_("Show the models that the settings name and those that were added, what each costs, and its source."),
    )(list_models)
    group.command(
        "add",
        cls=Command,
        help=N_(
            "Note a model that lies in a folder of this machine, with the digest of each of its files.\n\n"
            "It stays where it is, and is compared with what was noted each time it is loaded. Nothing is fetched: "
            "copy it here first. The settings then name it (speech.model by its name, others by their folder). Add it "
            "again after a change of your own."
        ),
    )(add)
    group.command(
        "check", cls=Command, help=N_("Compute every digest of every model anew; 10 if one is not what it was.")
    )(check)


def list_models(context: typer.Context, as_json: AsJson = False) -> None:
    """Show every model, compared by size and time."""
    settings = settings_of(context)
    from infra.models import models_of

    found = models_of(settings)
    if as_json:
        screen.answer("huisclos-models/1", {"models": [_shape(one) for one in found]})
        return
    _show(found)


def add(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar=N_("FOLDER"), help=N_("The folder that holds the model."))],
    source: Annotated[
        str, typer.Option("--source", metavar=N_("TEXT"), help=N_("Where it came from: an address, a person, a date."))
    ],
    licence: Annotated[str, typer.Option("--licence", metavar=N_("TEXT"), help=N_("Its licence: MIT, Apache-2.0..."))],
    name: Annotated[
        str | None,
        typer.Option("--name", metavar=N_("NAME"), help=N_("What it is called; otherwise as its folder is.")),
    ] = None,
    rtf: Annotated[
        float | None,
        typer.Option(
            "--rtf",
            metavar=N_("NUMBER"),
            help=N_("Its real-time factor on this machine, as benchmarks/speech.py measured it."),
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Note a model; UsageError for a folder that holds none."""
    settings = settings_of(context)
    from infra.home import check_home
    from infra.model_register import ModelKind
    from infra.models import add_model

    check_home(settings.home)
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    made = add_model(settings.home, folder, name=name, source=source, licence=licence, rtf=rtf, now=now)
    if as_json:
        answer = {
            "name": made.name, "kind": str(made.kind), "folder": str(made.folder), "size": made.size,
            "files": {one: facts.sha256 for one, facts in made.files.items()},
        }  # fmt: skip
        screen.answer("huisclos-model-added/1", answer)
        return
    facts = {"model": made.name, "kind": made.kind, "folder": made.folder}
    screen.tell(N_("{model} is noted: {kind}."), facts)
    screen.show("  " + ngettext("{count} file", "{count} files", len(made.files)) + f", {_mib(made.size)}")
    if made.kind is ModelKind.SPEECH:
        screen.tell(N_('Next, in huisclos.toml: [speech] model = "{model}"'), facts)
    elif made.kind in (ModelKind.PYANNOTE, ModelKind.SHERPA_ONNX):
        kind = {**facts, "diariser": made.kind.value}
        screen.tell(N_('Next, in huisclos.toml: [speech] diariser = "{diariser}", diariser_model = "{folder}"'), kind)
    else:
        screen.tell(
            N_('Next, in huisclos.toml: [detection] {setting} = "{folder}"'), {**facts, "setting": made.kind.value}
        )


def check(context: typer.Context, as_json: AsJson = False) -> None:
    """Compare every model, byte for byte, with what was noted of it; say whether models are kept from the network."""
    settings = settings_of(context)
    from infra.models import models_of, network_left

    found = models_of(settings, thorough=True)
    sound, left = all(one.sound for one in found), network_left()
    if as_json:
        answer = {"sound": sound, "network_left": left, "models": [_shape(one) for one in found]}
        screen.answer("huisclos-models-check/1", answer)
    else:
        _show(found)
        if sound:
            screen.tell(N_("Every model that was added is what it was."))
        else:
            screen.tell(N_("A model is missing or is not what it was: it will not be loaded."))
        if left:
            screen.tell(N_("Models that work on sound have no network on this machine."))
        else:
            screen.tell(
                N_(
                    "The system of this machine does not let models that work on sound do without network (Linux: "
                    "namespaces for ordinary users). Allow it, or use only models from a source you trust."
                )
            )
    if not sound:
        raise typer.Exit(Exit.RESOURCE)


def _show(found: "tuple[ShownModel, ...]") -> None:
    rows = [
        (
            one.name,
            _(one.kind.word),
            _mib(one.size),
            _mib(one.memory),
            "" if one.rtf is None else f"{one.rtf:g}",
            ", ".join(one.settings),
            _(one.state.word),
        )
        for one in found
    ]
    head = [_("Model"), _("For"), _("Disk"), _("Memory, about"), _("Real-time factor"), _("Named by"), _("State")]
    screen.show(screen.table(rows, head))
    for one in found:
        if one.source:
            screen.show("  " + label(one.name, f"{one.source}, {one.licence}"))
        for name in one.changed:
            screen.show("  " + label(one.name, f"{name} ({_(one.state.word)})"))


def _mib(size: int) -> str:
    return f"{size / _MIB:,.0f}".replace(",", "\u202f") + "\u00a0MiB"


def _shape(one: "ShownModel") -> Value:
    return {
        "name": one.name,
        "kind": str(one.kind),
        "state": str(one.state),
        "settings": list(one.settings),
        "folder": None if one.folder is None else str(one.folder),
        "size": one.size,
        "memory": one.memory,
        "rtf": one.rtf,
        "source": one.source,
        "licence": one.licence,
        "added_at": one.added_at,
        "changed": list(one.changed),
    }
