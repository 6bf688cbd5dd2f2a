"""``archive backup``, ``backups``, ``ended`` and ``collect``: what leaves the machine, and what lies there unnamed."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console import screen
from console.helping import Command
from console.messages import _, label, moment, ngettext, sentence
from console.opening import open_home, settings_of
from console.options import AsJson, Name, PassphraseFile, PlaceLabel
from vocabulary.choices import Exit, ExportKind
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.custody.backups import BackedUp
    from flows.steps.outcomes import BackupStanding
    from infra.recovery_copies import RecoveryState
    from storage.rows.custody import ExportRow

Folder = Annotated[
    Path, typer.Argument(metavar=N_("FOLDER"), help=N_("A new folder on another disk, or that of an earlier backup."))
]


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command(
        "backup",
        cls=Command,
        help=N_(
            "Copy the archive to another disk, read it back, and register the copy.\n\n"
            "The slot never goes along: after a destruction here, an older backup does not open what was destroyed. "
            "Into the folder of an earlier backup only what is new is copied, and what was destroyed goes from there."
        ),
    )(backup)
    group.command(
        "backups", cls=Command, help=N_("List what left this machine and may still hold what is destroyed here.")
    )(backups)
    group.command(
        "ended",
        cls=Command,
        help=N_("Confirm that a backup or an export was renewed or destroyed, and complete the certificates."),
    )(ended)
    group.command(
        "collect",
        cls=Command,
        help=N_("Remove the objects of no record: what an interrupted command left. Those younger than an hour stay."),
    )(collect)


def backup(
    context: typer.Context,
    folder: Folder,
    name: Name,
    place: PlaceLabel = None,
    as_json: AsJson = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Back up; exit 20 when the home lacks objects, which is said."""
    from flows.steps.custody import backups as steps

    with open_home(context, passphrase_file) as services:
        made = steps.backup(services, folder, name, place)
    if as_json:
        screen.answer("huisclos-backup/1", _value(made))
    else:
        _show(made)
    if made.missing:
        raise typer.Exit(Exit.DAMAGED)


def backups(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the register; needs no passphrase."""
    from flows.steps.custody import backups as steps

    rows = steps.exports(settings_of(context))
    if as_json:
        screen.answer("huisclos-exports/1", {"exports": [export(row) for row in rows]})
    elif rows:
        head = [_("What"), _("Place"), _("Made"), _("By"), _("Ended"), _("Registered number")]
        screen.show(screen.table(map(_line, rows), head))
    else:
        screen.tell(N_("Nothing has left this machine. Make a backup: huisclos archive backup FOLDER --as NAME"))


def ended(
    context: typer.Context,
    number: Annotated[
        str, typer.Argument(metavar=N_("EXPORT"), help=N_("Its number in `huisclos archive backups`: x-..."))
    ],
    name: Name,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Note the end of an export."""
    from flows.steps.custody import backups as steps

    with open_home(context, passphrase_file) as services:
        found = steps.ended(services, number, name)
    screen.tell(N_("{export} ended on {time}."), {"export": found.export, "time": moment(found.ended_at)})
    show_certificates(found.certificates)


def collect(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Option("--as", metavar=N_("NAME"), help=N_("Who does this: always the same name."))
    ] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Remove abandoned objects."""
    from flows.steps.custody import collect as step

    with open_home(context, passphrase_file) as services:
        found = step.collect(services, name)
    screen.show(ngettext("{count} object was removed.", "{count} objects were removed.", found.objects))


def show_certificates(certificates: tuple[str, ...]) -> None:
    """The certificates that an act sealed."""
    for certificate in certificates:
        screen.show(label(_("Certificate of destruction"), certificate))


def export(row: "ExportRow") -> dict[str, object]:
    """A registered export as JSON shows it."""
    return {
        "id": row.id,
        "kind": row.export_kind,
        "made_at": row.made_at,
        "generation": row.generation,
        "log_size": row.log_size,
        "holder": row.holder,
        "place": row.place,
        "ended_at": row.ended_at,
    }


def _line(row: "ExportRow") -> tuple[str, ...]:
    kind = _(ExportKind(row.export_kind).word)
    return kind, row.place, moment(row.made_at), row.holder[:12], moment(row.ended_at) if row.ended_at else "-", row.id


def _value(made: "BackedUp") -> dict[str, object]:
    return {
        "export": made.export,
        "made_at": made.made_at,
        "objects": made.objects,
        "removed": made.removed,
        "missing": made.missing,
        "log_size": made.log_size,
        "ended": list(made.ended),
        "certificates": list(made.certificates),
    }


def _show(made: "BackedUp") -> None:
    screen.show(
        ngettext(
            "The backup is whole and was read back: {count} object.",
            "The backup is whole and was read back: {count} objects.",
            made.objects,
        )
    )
    screen.tell(N_("It is registered under the number {export}."), {"export": made.export})
    if made.removed:
        screen.show(
            ngettext(
                "{count} object that was destroyed here was removed from there.",
                "{count} objects that were destroyed here were removed from there.",
                made.removed,
            )
        )
    for one in made.ended:
        screen.tell(N_("It takes the place of {export}, which has ended."), {"export": one})
    show_certificates(made.certificates)
    if made.missing:
        lacking = ngettext(
            "{count} object is missing or damaged in this home, and is not in the backup either. Type: huisclos "
            "archive verify",
            "{count} objects are missing or damaged in this home, and are not in the backup either. Type: huisclos "
            "archive verify",
            made.missing,
        )
        screen.say(screen.paragraph(sentence(lacking)))


def show_copies(recovery: "RecoveryState", found: "BackupStanding") -> None:
    """For ``status``: whether a lost machine could be replaced, and whether a backup stands too long."""
    warnings = list(_recovery_warnings(recovery))
    if found.last_at is None:
        warnings.append(
            _(
                "There is no backup: if this disk is lost, the archive is lost. Type: huisclos archive backup FOLDER "
                "--as NAME"
            )
        )
    else:
        screen.tell(N_("Last backup: {time}"), {"time": moment(found.last_at)})
    if found.keys_renewed:
        warnings.append(
            _(
                "It was made before the keys were renewed: what was sealed anew cannot be brought back from it. Make "
                "a new backup now: huisclos archive backup FOLDER --as NAME"
            )
        )
    if found.overdue:
        warnings.append(
            ngettext(
                "{count} backup stands for longer than the policy allows: renew it in its folder, or destroy it and "
                "confirm it (huisclos archive backups, huisclos archive ended).",
                "{count} backups stand for longer than the policy allows: renew them in their folders, or destroy them "
                "and confirm it (huisclos archive backups, huisclos archive ended).",
                found.overdue,
            )
        )
    if found.aside:
        warnings.append(
            ngettext(
                "{count} object of no record is set aside (huisclos archive collect removes it).",
                "{count} objects of no record are set aside (huisclos archive collect removes them).",
                found.aside,
            )
        )
    for warning in warnings:
        screen.show(screen.paragraph(warning, "  "))


def _recovery_warnings(found: "RecoveryState") -> Iterator[str]:
    place = found.place
    if not place.configured:
        yield _(
            "No recovery place is named: if this machine is lost, nobody opens a backup. Name a folder of a share or a "
            "stick (setting copies.recovery), and the recipients: huisclos key recovery recipients --help"
        )
        return
    if found.copied is None:
        yield _("The recovery place (setting copies.recovery) was not written yet.")
    elif not found.recoverable:
        yield _("The keystore is kept at the recovery place without a recovery file: name the recipients. Type: "
                "huisclos key recovery recipients --help")  # fmt: skip
    elif place.left_at:
        screen.tell(N_("Recovery file kept elsewhere: last written {time}"), {"time": moment(place.left_at)})
    if not place.reachable:
        yield _("The recovery place (setting copies.recovery) cannot be reached: plug it in.")
    if found.stale:
        yield _(
            "Keys were made or destroyed since the recovery file was written: it opens the keystore as it was then."
        )
    if place.failing_since and place.problem:
        facts = {"time": moment(place.failing_since), "problem": place.problem}
        yield sentence(N_("The recovery file could not be written since {time} ({problem})."), facts)
    if place.same_disk:
        yield _("The recovery place lies on the same disk as the home and would be lost with it.")
