"""``key``: who opens the home with which passphrase, the root of the keys, and the recovery of a lost machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console import screen
from console.commands import key_renewal
from console.helping import Command, noun
from console.messages import _, moment, ngettext
from console.opening import fresh_passphrase, open_home
from console.options import AsJson, Name, PassphraseFile, PlaceLabel
from vocabulary.choices import Role
from vocabulary.errors import UsageError
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.custody.keys import OpenerStanding

Who = Annotated[str, typer.Argument(metavar=N_("NAME"), help=N_("Whose passphrase: always the same name."))]
Workshops = Annotated[
    list[str] | None,
    typer.Option("--workshop", metavar=N_("CODE"), help=N_("A workshop the facilitator opens; can be repeated.")),
]
NewPassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--new-passphrase-file",
        metavar=N_("FILE"),
        help=N_("Read the new passphrase from a file that only you can read, rather than at the prompt."),
    ),
]


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command(
        "passphrase",
        cls=Command,
        help=N_(
            "Change the passphrase you open the home with.\n\n"
            "Copies of the keystore made before open with no passphrase any more, unless a recovery file of that time "
            "is kept."
        ),
    )(passphrase)
    group.command(
        "rotate",
        cls=Command,
        help=N_(
            "Renew the root of the keys and the secret in the slot.\n\n"
            "Everybody keeps their passphrase. After a theft of the disk: huisclos key renew"
        ),
    )(rotate)
    key_renewal.register(group)
    opener = noun(N_("People who open the home with a passphrase of their own."))
    opener.command(
        "add",
        cls=Command,
        help=N_(
            "Give a person a passphrase of their own, which they type themselves, twice.\n\n"
            "A facilitator opens the workshops named, a steward all of them, an auditor the certificates of "
            "destruction alone. It takes the passphrase of a data steward, or the one the home was made with."
        ),
    )(add)
    opener.command("list", cls=Command, help=N_("List who opens the home, and what they reach."))(listed)
    opener.command(
        "allow",
        cls=Command,
        help=N_("Set the workshops that a facilitator opens: all those named, and no other."),
    )(allow)
    opener.command(
        "remove",
        cls=Command,
        help=N_(
            "Withdraw a person's passphrase. Nobody else needs a new one.\n\n"
            "`machine` stands for the passphrase the home was made with."
        ),
    )(remove)
    group.add_typer(opener, name="opener")
    recovery = noun(N_("Opening the home when its machine is lost."))
    recovery.command(
        "recipients",
        cls=Command,
        help=N_(
            "Name the people of whom any two open a lost home, by their age keys.\n\n"
            "age-keygen makes such a key; each keeps theirs away from this machine."
        ),
    )(recipients)
    recovery.command(
        "export",
        cls=Command,
        help=N_(
            "Write the keystore and its recovery file to a folder, once a second person asks for the same.\n\n"
            "It opens what was there on that day, also what is destroyed later: it is registered, and a destruction "
            "names it (huisclos archive backups)."
        ),
    )(export)
    group.add_typer(recovery, name="recovery")


def passphrase(
    context: typer.Context, new_passphrase_file: NewPassphraseFile = None, passphrase_file: PassphraseFile = None
) -> None:
    """Change the passphrase of whoever opens the home; WeakPassphraseError for one that is easy to guess."""
    with open_home(context, passphrase_file) as services:
        from flows.steps.custody import keys

        keys.change_passphrase(services, fresh_passphrase(new_passphrase_file))
    screen.tell(N_("The passphrase is changed. The former one opens nothing any more."))


def rotate(context: typer.Context, name: Name, passphrase_file: PassphraseFile = None) -> None:
    """Renew root and slot secret; PersonError unless a steward or the machine's passphrase is open."""
    with open_home(context, passphrase_file) as services:
        from flows.steps.custody import keys

        generation = keys.rotate(services, name)
    screen.tell(N_("The root of the keys is renewed (generation {generation})."), {"generation": generation})


def add(
    context: typer.Context,
    person: Who,
    role: Annotated[
        str, typer.Option("--role", metavar=N_("ROLE"), help=N_("What they may do: facilitator, steward or auditor."))
    ],
    name: Name,
    workshop: Workshops = None,
    new_passphrase_file: NewPassphraseFile = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Add an opener."""
    chosen = _role(role)
    with open_home(context, passphrase_file) as services:
        from flows.steps.custody import keys

        added = keys.add(services, person, chosen, workshop or [], fresh_passphrase(new_passphrase_file), name)
    screen.tell(N_("They open the home with a passphrase of their own from now on: {role}."), {"role": _(chosen.word)})
    _show_workshops(added)


def allow(
    context: typer.Context,
    person: Who,
    workshop: Annotated[
        list[str],
        typer.Option("--workshop", metavar=N_("CODE"), help=N_("A workshop the facilitator opens; can be repeated.")),
    ],
    name: Name,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Set the workshops of a facilitator."""
    with open_home(context, passphrase_file) as services:
        from flows.steps.custody import keys

        changed = keys.allow(services, person, workshop, name)
    _show_workshops(changed)


def remove(
    context: typer.Context,
    person: Who,
    name: Name,
    renew: Annotated[
        bool,
        typer.Option("--renew", help=N_("Also renew the keys of what they reached, and seal it anew. Takes a while.")),
    ] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Withdraw a passphrase, and renew what it reached if asked to."""
    if renew:
        key_renewal.remove(context, person, name, passphrase_file)
        return
    with open_home(context, passphrase_file) as services:
        from flows.steps.custody import keys

        keys.remove(services, person, name)
    screen.tell(N_("Their passphrase opens nothing any more."))
    screen.say(
        screen.paragraph(
            _("What they read before, they may have kept. If you fear it was copied: huisclos key renew --as NAME")
        )
    )


def listed(context: typer.Context, as_json: AsJson = False, passphrase_file: PassphraseFile = None) -> None:
    """Show who opens the home."""
    with open_home(context, passphrase_file) as services:
        from flows.steps.custody import keys

        found = keys.openers(services)
    if as_json:
        screen.answer("huisclos-openers/1", {"openers": [_value(one) for one in found]})
    else:
        head = [_("Who"), _("Role"), _("Workshops"), _("Since")]
        screen.show(screen.table(map(_line, found), head))


def recipients(
    context: typer.Context,
    recipient: Annotated[
        list[str], typer.Argument(metavar="AGE1 AGE2", help=N_("The public age keys of two to eight people."))
    ],
    name: Name,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Name the recipients of the recovery file; UsageError for fewer than two."""
    with open_home(context, passphrase_file) as services:
        from flows.steps.custody import keys

        count = keys.set_recipients(services, recipient, name)
        configured = services.settings.copies.recovery is not None
    screen.show(
        ngettext(
            "Any two of {count} person open the home if its machine is lost.",
            "Any two of {count} people open the home if its machine is lost.",
            count,
        )
    )
    if not configured:
        screen.say(
            screen.paragraph(
                _(
                    "The recovery file is not kept anywhere yet: name a folder of a share or a stick (setting "
                    "copies.recovery), or type: huisclos key recovery export FOLDER --as NAME"
                )
            )
        )


def export(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar=N_("FOLDER"), help=N_("A new or empty folder."))],
    name: Name,
    place: PlaceLabel = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Ask for a recovery export, or make it when another person asked before."""
    with open_home(context, passphrase_file) as services:
        from flows.steps.custody import keys

        found = keys.export(services, folder, name, place)
    if found.export is None:
        screen.tell(N_("Noted. Nothing is written yet: another person has to ask for the same recovery export."))
        return
    for file in found.files:
        screen.show(str(file))
    screen.tell(
        N_("These two files open the home together with two of the recipients. The export is registered: {export}."),
        {"export": found.export},
    )


def _role(text: str) -> Role:
    try:
        return Role(text.strip().lower())
    except ValueError:
        message = N_("{role} is no role. Choose from: {choices}.")
        raise UsageError(message, place="--role", role=text, choices=", ".join(map(str, Role))) from None


def _workshops(one: "OpenerStanding") -> str:
    if one.workshops is None:
        return _("all")
    return " ".join(one.workshops) or "-"


def _show_workshops(one: "OpenerStanding") -> None:
    screen.tell(N_("Workshops they open: {workshops}"), {"workshops": _workshops(one)})


def _line(one: "OpenerStanding") -> tuple[str, ...]:
    who = one.name or one.id
    role = _("the machine itself") if one.role is None else _(one.role.word)
    return who, role, _workshops(one), moment(one.added_at) if one.added_at else "-"


def _value(one: "OpenerStanding") -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.name,
        "role": None if one.role is None else one.role.value,
        "workshops": None if one.workshops is None else list(one.workshops),
        "added_at": one.added_at,
    }
