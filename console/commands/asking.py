"""What retention asks of people, on the page of ``status``."""

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING

from console import screen
from console.messages import _, day, label, moment, ngettext, sentence
from vocabulary.choices import Suspends
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.retention.attention import Attention

_SHOWN = 5
"""Records that are named one by one; `retention plan` names them all."""

_REVIEW = {
    Suspends.DESTRUCTION: N_("The hold over {on} was to be reviewed on {day}. It stands: huisclos hold keep {id} "
                             "--review DATE --as NAME, or huisclos hold lift {id} --as NAME"),
    Suspends.USE: N_("The restriction over {on} was to be reviewed on {day}. It stands: huisclos restriction keep {id} "
                     "--review DATE --as NAME, or huisclos restriction lift {id} --as NAME"),
}  # fmt: skip


def show_attention(found: "Attention") -> None:
    """What is asked, what is announced, what stands; nothing where there is nothing."""
    lines = [*_asked(found), *_told(found)]
    if not lines:
        return
    screen.tell(N_("Retention:"))
    for line in lines:
        screen.show(screen.paragraph(line, "    ", "  "))
    screen.show()


def _asked(found: "Attention") -> list[str]:
    from flows.steps.retention.daily import EXTENDS, told_of
    from policies.triggers import note_command

    lines = [] if found.stopped is None else [sentence(found.stopped.message, found.stopped.facts)]
    for ending in found.ending:
        warning = told_of(ending)
        lines.append(sentence(warning.message, warning.facts))
        if ending.can_extend:
            lines.append(sentence(EXTENDS, {"session": str(ending.session)}))
    for one in found.awaited:
        facts = {"of": one.of, "event": one.event, "day": one.latest, "command": note_command(one.event, one.of)}
        lines.append(sentence(N_("{of}: {event} was expected by {day} and is not noted; the latest end counts. When it "
                                 "happened: {command}"), facts))  # fmt: skip
    for order in found.to_review:
        facts = {"on": order.on, "day": date.fromisoformat(order.row.review_on), "id": order.row.id}
        lines.append(sentence(_REVIEW[Suspends(order.row.suspends)], facts))
    for disposal, count in sorted(Counter(one.disposal for one in found.undecided).items()):
        told = ngettext("{count} record is at its end and waits for a person", "{count} records are at their end and "
                        "wait for a person", count)  # fmt: skip
        lines.append(label(told, _(disposal.word)))
    for waiting in found.undecided[:_SHOWN]:
        facts = {
            "of": waiting.of, "what": waiting.record_class, "day": waiting.since, "command": waiting.command,
        }  # fmt: skip
        lines.append(sentence(N_("{of}, {what}, since {day}: {command}"), facts))
    if len(found.undecided) > _SHOWN:
        lines.append(sentence(N_("The others: huisclos retention plan"), {}))
    if found.recalls:
        lines.append(ngettext(
            "{count} output called back after a withdrawal has no answer yet: huisclos withdraw recalls",
            "{count} outputs called back after a withdrawal have no answer yet: huisclos withdraw recalls",
            found.recalls,
        ))  # fmt: skip
    return lines


def _told(found: "Attention") -> list[str]:
    lines = []
    if found.announced and found.first is not None:
        told = ngettext("{count} destruction is announced", "{count} destructions are announced", found.announced)
        lines.append(label(told, sentence(N_("the first for {day}"), {"day": found.first})))
    if found.holds:
        lines.append(ngettext("{count} hold stands.", "{count} holds stand.", found.holds))
    if found.restrictions:
        lines.append(ngettext("{count} restriction stands.", "{count} restrictions stand.", found.restrictions))
    for one in found.graces:
        told = N_(
            "{workshop}: up to {day}, that day included, the policy that was replaced counts where it keeps longer."
        )
        lines.append(sentence(told, {"workshop": one.workshop, "day": one.until - timedelta(days=1)}))
    return lines


def show_overdue(found: "Attention") -> None:
    """The files of the drop folder that have lain there for longer than the policy lets them."""
    for one in found.drop:
        if one.is_overdue:
            since = moment(one.since.strftime("%Y-%m-%dT%H:%M:%SZ"))
            ask = N_("{file} has lain here in clear since {since}, longer than the policy allows. It is never removed "
                     "by itself: put right what keeps it out, or delete it yourself.")  # fmt: skip
            screen.show(screen.paragraph(sentence(ask, {"file": one.file, "since": since}), "      ", "    "))


def show_outbox(found: "Attention") -> None:
    """The copies in the outbox, and until when they lie there."""
    for one in found.outbox:
        facts = {"file": one.path, "since": moment(one.since.strftime("%Y-%m-%dT%H:%M:%SZ")), "day": day(one.until)}
        screen.show(screen.paragraph(sentence(N_("{file}: since {since}, removed on {day}"), facts), "      ", "    "))
