"""``archive restore``: missing objects onto a living home, or a whole home after its machine is lost."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console import screen
from console.helping import Command
from console.messages import _, ngettext, sentence
from console.opening import new_passphrase, open_home, settings_of
from console.options import PassphraseFile, text_of
from vocabulary.choices import Exit
from vocabulary.errors import UsageError
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.custody.living_home import BroughtBack
    from flows.steps.custody.restoring import HomeRestored

_MOST_SHOWN = 20


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command(
        "restore",
        cls=Command,
        help=N_(
            "Bring missing and damaged objects back from a backup; with --recovery, a whole home whose machine is "
            "lost.\n\n"
            "Onto a home that is there, only objects come that it still names: never an older catalog, log, policy or "
            "keystore. With --recovery, in a folder that is empty or not there yet: it takes two age identities and "
            "two people, and the newest log there is decides what was destroyed, lifted or withdrawn since."
        ),
    )(restore)


def restore(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar=N_("FOLDER"), help=N_("The folder of a backup."))],
    name: Annotated[
        str | None, typer.Option("--as", metavar=N_("NAME"), help=N_("Who does this: always the same name."))
    ] = None,
    second: Annotated[
        str | None, typer.Option("--with", metavar=N_("NAME"), help=N_("The second person, with --recovery."))
    ] = None,
    recovery: Annotated[
        Path | None,
        typer.Option(
            "--recovery",
            metavar=N_("FOLDER"),
            help=N_("The machine is lost: the folder of copies.recovery, or of a recovery export."),
        ),
    ] = None,
    identity: Annotated[
        list[Path] | None,
        typer.Option(
            "--identity", metavar=N_("FILE"), help=N_("A file with an age identity; twice, of two recipients.")
        ),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(
            "--log", metavar=N_("FOLDER"), help=N_("The folder of copies.inventory, which holds a newer log.")
        ),
    ] = None,
    accept_older_log: Annotated[
        bool,
        typer.Option("--accept-older-log", help=N_("Go on without entries of the log that are lost; the log says it.")),
    ] = False,
    accept_place: Annotated[
        bool, typer.Option("--accept-place", help=N_("Accept a synchronised or network folder for the home."))
    ] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Restore; exit 20 when something could not be brought back, which is said."""
    if recovery is None:
        if identity or log or second or accept_older_log or accept_place:
            message = N_("These options are for a lost machine, together with --recovery FOLDER.")
            raise UsageError(message, place="--recovery")
        _objects(context, folder, name, passphrase_file)
        return
    if name is None or second is None or len(identity or ()) < 2:
        message = N_(
            "A lost machine is restored by two people: give --as NAME, --with NAME, and --identity FILE twice."
        )
        raise UsageError(message, place="--identity")
    from flows.steps.custody.lost_machine import LostMachine, check_lost, read_identities
    from flows.steps.custody.restoring import restore_home

    lost = LostMachine(
        backup=folder,
        recovery=recovery.expanduser(),
        identities=read_identities([text_of(file) for file in identity or ()]),
        person=name,
        second=second,
        log=None if log is None else log.expanduser(),
        accept_older_log=accept_older_log,
        accept_place=accept_place,
    )
    settings = settings_of(context)
    check_lost(settings, lost)
    found = restore_home(settings, lost, new_passphrase(passphrase_file))
    _show_home(found)
    if found.missing or found.keyless:
        raise typer.Exit(Exit.DAMAGED)


def _objects(context: typer.Context, folder: Path, name: str | None, passphrase_file: Path | None) -> None:
    from flows.steps.custody.living_home import mend_catalog, restore_objects

    mended = mend_catalog(settings_of(context))
    with open_home(context, passphrase_file) as services:
        found = restore_objects(services, folder, name, mended=mended)
    if mended:
        screen.tell(N_("The catalog was written anew from the processing log."))
    _show_objects(found)
    if found.lacking or found.keyless:
        raise typer.Exit(Exit.DAMAGED)


def _show_objects(found: "BroughtBack") -> None:
    count = len(found.restored)
    screen.show(
        ngettext("{count} object was brought back.", "{count} objects were brought back.", count)
        if count or found.older
        else _("Nothing was missing or damaged: nothing was brought back.")
    )
    if found.destroyed:
        screen.show(
            ngettext(
                "{count} object of the backup stays destroyed: its key is gone.",
                "{count} objects of the backup stay destroyed: their keys are gone.",
                found.destroyed,
            )
        )
    _list(N_("These records are as they were at the backup:"), found.older)
    _list(N_("Not brought back, because the key is gone:"), found.keyless)
    _list(N_("Not brought back, because the backup does not have them either:"), found.lacking)


def _show_home(found: "HomeRestored") -> None:
    screen.tell(N_("The home is there again: {home}"), {"home": found.home})
    screen.show(ngettext("{count} record is kept in it.", "{count} records are kept in it.", found.records))
    sizes = {"size": found.log_size, "backup": found.backup_size}
    screen.tell(N_("Its log has {size} entries; the log of the backup had {backup}."), sizes)
    if found.known_size is not None and found.known_size > found.log_size:
        lost = N_("Entries {first} to {last} are lost for good. Destroy again what was destroyed then, and place and "
                  "lift holds anew.")  # fmt: skip
        facts = {"first": found.log_size, "last": found.known_size - 1}
        screen.show(screen.paragraph(sentence(lost, facts)))
    if found.removed_openers:
        screen.show(
            ngettext(
                "{count} passphrase that was withdrawn since is withdrawn here too.",
                "{count} passphrases that were withdrawn since are withdrawn here too.",
                found.removed_openers,
            )
        )
    _list(N_("These records are as they were at the backup:"), found.older)
    _list(N_("These records are kept and lost: the backup does not have them."), found.missing)
    _list(N_("These records are kept and do not open: their key is gone."), found.keyless)
    screen.show()
    following = N_("Now set copies.recovery and copies.inventory in {file}, check with `huisclos archive verify`, make "
                   "a new backup, and ask the holders of older recovery exports to destroy them.")  # fmt: skip
    screen.show(screen.paragraph(sentence(following, {"file": found.home / "huisclos.toml"})))


def _list(heading: str, records: tuple[str, ...]) -> None:
    if not records:
        return
    screen.tell(heading)
    for record in records[:_MOST_SHOWN]:
        screen.show(f"  {record}")
    if len(records) > _MOST_SHOWN:
        rest = len(records) - _MOST_SHOWN
        screen.show("  " + ngettext("and {count} more", "and {count} more", rest))
