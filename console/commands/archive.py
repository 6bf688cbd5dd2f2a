"""``archive verify``: whether everything is what was written."""

from typing import TYPE_CHECKING

import typer

from console import screen
from console.commands import backups, restoring
from console.helping import Command
from console.messages import _, label, ngettext, sentence
from console.opening import given_passphrase, settings_of
from console.options import AsJson, PassphraseFile
from vocabulary.choices import Exit
from vocabulary.errors import HuisclosError, StateError
from vocabulary.messages import N_

if TYPE_CHECKING:
    from infra.settings import Settings
    from storage.finding import Report


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command(
        "verify",
        cls=Command,
        help=N_(
            "Check the keystore, every sealed object, the log, and the catalog against the log.\n\n"
            "With a passphrase (--passphrase-file or HUISCLOS_PASSPHRASE) every object is opened too; without one, the "
            "answer says what could not be checked."
        ),
    )(verify)
    backups.register(group)
    restoring.register(group)


def verify(context: typer.Context, as_json: AsJson = False, passphrase_file: PassphraseFile = None) -> None:
    """Show every finding and what was not checked; exit with the report's code."""
    settings = settings_of(context)
    from infra.home import check_home

    check_home(settings.home)
    passphrase = given_passphrase(passphrase_file)
    from infra.wiring import slots_of
    from storage.verify import verify_archive

    slots = slots_of(settings)
    report = (
        verify_archive(settings.home, None, slots=slots) if passphrase is None else _with_keys(settings, passphrase)
    )
    findings = [
        {"kind": str(one.kind), "place": one.place, "message": sentence(one.message, one.facts)}
        for one in report.findings
    ]
    unchecked = [sentence(one.message, one.facts) for one in report.unchecked]
    if as_json:
        found = {"sound": not findings, "findings": findings, "unchecked": unchecked}
        screen.answer("huisclos-archive-verification/1", found)
    else:
        for finding in findings:
            screen.show(screen.paragraph(label(str(finding["place"]), finding["message"]), "  ", "- "))
        screen.show(
            ngettext("{count} fault was found.", "{count} faults were found.", len(findings))
            if findings
            else _("The archive is sound.")
        )
        for text in unchecked:
            screen.say(screen.paragraph(label(_("Not checked"), text), "  ", ""))
    if report.exit is not Exit.DONE:
        raise typer.Exit(report.exit)


def _with_keys(settings: "Settings", passphrase: str) -> "Report":
    """Check with the archive open; what is too damaged to be opened, or not as it was made, is checked closed."""
    from infra.wiring import open_services, slots_of
    from storage.verify import verify_archive

    try:
        with open_services(settings, passphrase) as services:
            return verify_archive(settings.home, services.archive)
    except HuisclosError as error:
        if error.exit < Exit.DAMAGED and not isinstance(error, StateError):
            raise
    return verify_archive(settings.home, None, slots=slots_of(settings))
