"""``run`` and ``up``: the walk, once or for as long as the machine is on."""

import sys
from typing import TYPE_CHECKING

import typer

from console import screen, shapes
from console.commands.standing import following, show_receipt, show_refused, standing
from console.helping import Command
from console.messages import moment, ngettext, sentence
from console.opening import given_passphrase, open_home, passphrase_of, sealing, settings_of
from console.options import AsJson, PassphraseFile
from vocabulary.choices import Exit
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.outcomes import RunReport


def register_top(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        "run",
        cls=Command,
        help=N_("Take in what lies in the drop folder and carry all that waits as far as it goes by itself, once."),
    )(run)
    app.command(
        "up",
        cls=Command,
        help=N_(
            "Stay up: watch the drop folder, carry what comes, sweep now and then.\n\n"
            "Without a passphrase it stays locked: nothing is taken in and nothing is destroyed."
        ),
    )(up)


def run(context: typer.Context, as_json: AsJson = False, passphrase_file: PassphraseFile = None) -> None:
    """One run with progress; exits as ``exit_code`` says."""
    from console.progress import progress

    shown = progress()
    with open_home(context, passphrase_file, shown) as services:
        from flows.run import run as carry

        with shown:
            report = carry(services)
    if as_json:
        screen.answer("huisclos-run/1", _value(report))
    else:
        _show(report)
    if report.troubles and not as_json:
        raise report.troubles[0]
    code = exit_code(report)
    if code is not Exit.DONE:
        raise typer.Exit(code)


def exit_code(report: "RunReport") -> Exit:
    """The exit code of a run that ended: what stopped it, else what is in quarantine, else what was refused."""
    for trouble in report.troubles:
        return trouble.exit
    if report.quarantined:
        return Exit.QUARANTINE
    for refused in report.intake.refused:
        return refused.error.exit
    return Exit.DONE


def up(context: typer.Context, passphrase_file: PassphraseFile = None) -> None:
    """Stay up until SIGTERM or SIGINT, locked if there is no passphrase."""
    settings = settings_of(context)
    from infra.logging import configure
    from infra.process import harden
    from infra.wiring import open_services

    configure()

    passphrase = passphrase_of(passphrase_file) if sys.stdin.isatty() else given_passphrase(passphrase_file)
    if passphrase is None:
        from infra.home import check_home

        check_home(settings.home)
        harden(settings.home)
        from flows.up import up as stay

        stay(settings, None, _tell)
        return
    with open_services(settings, passphrase) as services, sealing(services):
        from flows.up import up as stay

        stay(settings, services, _tell)


def _tell(message: str, facts: dict[str, object]) -> None:
    from datetime import UTC, datetime

    screen.show(f"{moment(datetime.now(UTC).isoformat())}  {sentence(message, facts)}")
    sys.stdout.flush()


def _value(report: "RunReport") -> shapes.Value:
    return {
        "receipts": [shapes.receipt(one) for one in report.intake.receipts],
        "refused": [shapes.refused(one) for one in report.intake.refused],
        "unnumbered": report.intake.unnumbered,
        "sessions": [shapes.walked(one) for one in report.walked],
        "quarantined": len(report.quarantined),
        "troubles": [shapes.error(one) for one in report.troubles],
        "retention": shapes.day(report.day),
    }


def _show(report: "RunReport") -> None:
    from flows.steps.retention.daily import words_of

    for told in words_of(report.day):
        screen.say(screen.paragraph(sentence(told.message, told.facts)))
    for receipt in report.intake.receipts:
        show_receipt(receipt)
    for refused in report.intake.refused:
        show_refused(refused)
    if report.intake.unnumbered:
        screen.say(
            ngettext(
                "{count} file has no session number and waits. Rename it seanceN.EXT, for example seance3.m4a.",
                "{count} files have no session number and wait. Rename them seanceN.EXT, for example seance3.m4a.",
                report.intake.unnumbered,
            )
        )
    for one in report.walked:
        screen.show(
            standing(one.session, one.state, one.waits, one.reason, following(one.state, one.waits, one.reason))
        )
    if not (report.walked or report.intake.receipts or report.intake.refused):
        screen.tell(N_("Nothing is waiting."))
