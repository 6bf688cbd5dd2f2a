"""What ``request`` shows: a request with what is sealed of it, and what a search found.

One of the few places whose purpose is to show a person's own words.
"""

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING

from console import screen
from console.messages import _, day, label, ngettext, timecode
from vocabulary.choices import Article, Audience, RequestKind, RequestState, Ruling
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.rights.outcomes import ShownRequest
    from storage.rows.rights import RequestRow


def tell_request(found: "ShownRequest") -> None:
    """All there is of a request, what is sealed of it too."""
    row, sealed = found.row, found.sealed
    for text, value in (
        (_("Request"), row.id),
        (_("Kind"), _(RequestKind(row.request_kind).word)),
        (_("State"), _(RequestState(row.request_state).word)),
        (_("Received"), day_of(row.received_on)),
        (_("Answer by"), day_of(row.due_on)),
        (_("Asked by"), sealed.who.reveal()),
        (_("Identity"), _checked(row, sealed.how.reveal())),
        (_("Extended because"), sealed.extension.reveal()),
        (_("Ruling"), _ruled(row)),
        (_("Reason"), sealed.reason.reveal()),
        (_("Searched under"), ", ".join(form.reveal() for form in sealed.forms)),
    ):
        if value:
            screen.show(label(text, value))
    for one in found.statements:
        where = str(one.session) if one.at is None else f"{one.session} {timecode(one.at)}"
        screen.show(label(_("Statement, {where}").format(where=where), " ".join(one.text.reveal().split())))
    if sealed.found is not None:
        tell_found(found)


def _checked(row: "RequestRow", how: str) -> str:
    if row.identity_on is None:
        return ""
    with_mandate = ", " + _("with a mandate") if row.mandate else ""
    return f"{day_of(row.identity_on)}{with_mandate}, {how}"


def _ruled(row: "RequestRow") -> str:
    if row.ruling is None:
        return ""
    article = "" if row.article is None else f" ({_(Article(row.article).word)})"
    return _(Ruling(row.ruling).word) + article


def _audiences(codes: Iterable[str]) -> str:
    return ", ".join(_(Audience(code).word) for code in codes)


def tell_found(shown: "ShownRequest") -> None:
    """What a search found, by session and workshop; nothing if nobody has searched."""
    found = shown.sealed.found
    if found is None:
        return
    searched = ngettext("{count} workshop was searched.", "{count} workshops were searched.", len(found.workshops))
    screen.show(searched)
    if found.sessions:
        head = [_("Session"), _("Turns"), _("Mentions"), _("Dossier"), _("Cleared for"), _("Given out")]
        rows = [
            (one.session, str(one.turns), str(one.mentions), _("yes") if one.dossier else _("no"),
             _audiences(one.cleared), _audiences(one.outputs))
            for one in found.sessions
        ]  # fmt: skip
        screen.show(screen.table(rows, head))
    if found.held:
        head = [_("Workshop"), _("Vault"), _("Amendments and themes"), _("Reasons")]
        of_workshops = [(one.workshop, str(one.vault), str(one.loose), str(one.reasons)) for one in found.held]
        screen.show(screen.table(of_workshops, head))
    if not found.any:
        screen.tell(N_("Nothing was found."))
    if found.nameless:
        screen.tell(N_("The vault is destroyed, and nobody can be told apart any more (GDPR 11), in: {workshops}"),
                    {"workshops": found.nameless})  # fmt: skip
    for place, limit in found.beyond:
        from flows.steps.rights.traced import Beyond

        screen.show(f"  {label(place, _(Beyond(limit).word))}")


def summary(row: "RequestRow") -> tuple[str, ...]:
    """A request as a row of the list of them."""
    kind, state = RequestKind(row.request_kind), RequestState(row.request_state)
    return (row.id, _(kind.word), _(state.word), day_of(row.received_on), day_of(row.due_on), _ruled(row))


def day_of(text: str) -> str:
    """A day as rows hold it (``2026-03-14``), as people read it."""
    return day(datetime.date.fromisoformat(text))
