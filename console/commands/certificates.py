"""``retention certificate``: certificates of destruction, in plain sentences. They name nobody."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import screen
from console.helping import Command
from console.messages import _, label, moment, ngettext, sentence
from console.opening import open_home
from console.options import AsJson, PassphraseFile
from vocabulary.choices import ExportKind, RecordClass
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.retention.certificates import Certificate

LIST = "list"


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    group.command(
        "certificate",
        cls=Command,
        help=N_("Show a certificate of destruction, or all of them with the word list in the place of its number."),
    )(certificate)


def certificate(
    context: typer.Context,
    record: Annotated[
        str,
        typer.Argument(
            metavar=N_("RECORD"), help=N_("The number of a certificate, or of a record that was destroyed; or list.")
        ),
    ],
    as_json: AsJson = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Show certificates; UnknownError if there is none of that number."""
    from flows.steps.retention import certificates as steps

    with open_home(context, passphrase_file) as services:
        found = steps.certificates(services) if record == LIST else steps.of(services, record)
        owed = steps.owed(services) if record == LIST else 0
    if as_json:
        screen.answer("huisclos-certificates/1", {"certificates": [_value(one) for one in found]})
    elif record != LIST:
        for number, one in enumerate(found):
            if number:
                screen.show()
            _show(one)
    elif found:
        head = [_("Certificate"), _("Of"), _("Destroyed"), _("Here since"), _("Everywhere since")]
        since = {one.content["completes"]: one.content["effective_everywhere_since"] for one in found}
        screen.show(screen.table([_line(one, since.get(one.record)) for one in found], head))
    elif not owed:
        screen.tell(N_("Nothing has been destroyed yet: there is no certificate."))
    if owed and not as_json:
        words = ngettext(
            "{count} certificate is still to be sealed: the log tells of a destruction without one. It was lost, or "
            "work was interrupted. It is sealed by: huisclos run",
            "{count} certificates are still to be sealed: the log tells of destructions without one. They were lost, "
            "or work was interrupted. They are sealed by: huisclos run",
            owed,
        )
        screen.show(screen.paragraph(words))


def _value(one: "Certificate") -> dict[str, object]:
    return {
        "id": one.record,
        "issued_at": one.issued_at,
        "session": one.session,
        "completed_by": one.completed_by,
        "content": one.content,
    }


def _line(one: "Certificate", completed: str | None) -> tuple[str, ...]:
    """A row of the list; ``completed`` is what the certificate that completes it says."""
    content = one.content
    here, everywhere = content["effective_here_since"], completed or content["effective_everywhere_since"]
    count = ngettext("{count} record", "{count} records", len(content["records"]))
    return (
        one.record,
        one.session or content["workshop"],
        count,
        moment(here),
        moment(everywhere) if everywhere else _("not confirmed"),
    )


def _show(one: "Certificate") -> None:
    content = one.content
    screen.show(label(_("Certificate of destruction"), one.record))
    _sentence(N_("Issued on {time}, for {what}."), time=moment(one.issued_at), what=one.session or content["workshop"])
    if content["completes"]:
        _sentence(N_("It completes certificate {other}."), other=content["completes"])
    if one.completed_by:
        _sentence(N_("It is completed by certificate {other}."), other=one.completed_by)
    screen.show()
    screen.tell(N_("What was destroyed:"))
    for record in content["records"]:
        facts = {
            "what": RecordClass(record["class"]),
            "record": record["id"],
            "made": moment(record["created_at"]),
            "time": moment(record["destroyed_at"]),
            "because": sentence(record["because"]),
        }
        words = sentence(N_("{what}, record {record}, of {made}, destroyed on {time}: {because}"), facts)
        screen.show(screen.paragraph(words, "    ", "  - "))
        if "decided" in record:
            screen.show(screen.paragraph(_decided(record["decided"]), "    ", "    "))
    screen.show()
    _sentence(N_("How: the keys were destroyed first, so that the sealed bytes cannot be opened any more, then the "
                 "bytes were removed ({method})."), method=sentence(content["method"]))  # fmt: skip
    if content["ordered_by"]:
        person = str(content["ordered_by"])[:12]
        _sentence(N_("Ordered on {time} by person {person}."), time=moment(content["ordered_at"]), person=person)
    if content["days_late"]:
        late = ngettext("It was due {count} day before.", "It was due {count} days before.", int(content["days_late"]))
        screen.show(late)
    _effect(content)
    for proof in content["proofs"]:
        seq, size = proof["inclusion"]["seq"], proof["inclusion"]["size"]
        _sentence(
            N_("The log proves it: entry {seq}, under a signed checkpoint of {size} entries."), seq=seq, size=size
        )


def _decided(found: dict[str, Any]) -> str:
    if found.get("to") is None:
        return sentence(N_("Decided by a data steward on {time}."), {"time": moment(found["at"])})
    facts = {"to": found["to"], "time": moment(found["at"]), "receipt": found["receipt"],
             "day": date.fromisoformat(found["receipt_on"])}  # fmt: skip
    return sentence(N_("Handed over to {to} on {time}; their receipt, noted on {day}: {receipt}."), facts)


def _effect(content: dict[str, Any]) -> None:
    _sentence(N_("Effective on this machine since {time}."), time=moment(content["effective_here_since"]))
    everywhere = content["effective_everywhere_since"]
    if everywhere:
        _sentence(N_("Effective in backups and exports since {time}."), time=moment(everywhere))
    elif not all(one["ended_at"] for one in content["exports"]):
        screen.tell(N_("These copies left the machine before and are not known to have been renewed or destroyed:"))
    for one in content["exports"]:
        facts = {
            "kind": ExportKind(one["kind"]),
            "place": one["place"],
            "made": moment(one["made_at"]),
            "person": str(one["holder"])[:12],
            "export": one["id"],
            "ended": moment(one["ended_at"]) if one["ended_at"] else "",
        }
        words = (
            N_("{kind}, {place}, of {made}, held by person {person} ({export}): ended on {ended}")
            if one["ended_at"]
            else N_("{kind}, {place}, of {made}, held by person {person} ({export})")
        )
        screen.show(screen.paragraph(sentence(words, facts), "    ", "  - "))
    if not everywhere and all(one["ended_at"] for one in content["exports"]):
        _sentence(N_("The copy at the recovery place could not be renewed then and still opened it: once the place can "
                     "be written, huisclos run renews the copy and completes this certificate."))  # fmt: skip
    elif not everywhere:
        _sentence(N_("Once each has been renewed or destroyed: huisclos archive ended EXPORT --as NAME"))


def _sentence(message: str, **facts: object) -> None:
    screen.show(screen.paragraph(sentence(message, facts)))
