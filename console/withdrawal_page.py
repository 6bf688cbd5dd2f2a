"""What ``withdraw`` shows and answers: counts, places and codes, and nobody's name."""

from typing import TYPE_CHECKING, Any

from console import screen
from console.messages import _, duration, label, moment, ngettext, timecode
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.rights.traced import SessionTraces
    from flows.steps.rights.withdraw import Plan, Withdrawn
    from flows.steps.rights.withdrawal_receipt import Receipt


def show_plan(shown: "Plan") -> None:
    facts = {"workshop": shown.traces.workshop}
    if not shown.any:
        screen.tell(N_("Nothing in {workshop} speaks of this person."), facts)
    elif shown.wanted.speaks:
        screen.tell(N_("Withdrawal of a participant of {workshop}: what would be taken out."), facts)
    else:
        screen.tell(N_("Erasure of somebody spoken of in {workshop}: what would be taken out."), facts)
    if shown.traces.codes:
        screen.tell(N_("The vault knows them as: {codes}"), {"codes": shown.traces.codes})
    if shown.sessions:
        screen.show()
        screen.show(screen.table(map(_counted, shown.sessions), _head()))
        screen.show()
        for one in shown.sessions:
            if one.times:
                screen.show(label(str(one.session.name), ", ".join(map(_range, one.times))))
    _notes(shown)


def _head() -> list[str]:
    return [
        _("Session"), _("Turns"), _("Names"), _("Sentences"), _("Around"), _("Dossier"), _("Consent"), _("Decisions"),
        _("Cleared for"), _("Other texts"),
    ]  # fmt: skip


def _counted(one: "SessionTraces") -> tuple[str, ...]:
    cleared = ", ".join(_(text.audience.word) for text in one.cleared)
    counts = (
        len(one.spoken), len(one.named) + one.heard, len(one.sentences), len(one.around),
        len(one.participants) + len(one.known), one.consents, one.decisions,
    )  # fmt: skip
    return (str(one.session.name), *map(str, counts), cleared or "-", str(len(one.loose)))


def _range(times: tuple[float, float]) -> str:
    return f"{timecode(times[0])}-{timecode(times[1] + 0.999)}"


def _notes(shown: "Plan") -> None:
    """What the plan does not reach, and what a person has to look at."""
    for said in shown.traces.beyond:
        screen.show(label(_("Note"), _(said.word)))
    for one in shown.traces.sessions:
        for said in one.beyond:
            screen.show(label(str(one.session.name), _(said.word)))
        if one.shared and (one in shown.sessions or not shown.sessions):
            told = ngettext(
                "{count} passage with this name is somebody else's by the draft, and stays (--shared takes it too)",
                "{count} passages with this name are somebody else's by the draft, and stay (--shared takes them too)",
                one.shared,
            )
            screen.show(label(str(one.session.name), told))
    if shown.later:
        sessions = [str(one.session.name) for one in shown.later]
        screen.tell(N_("They are spoken of later too, and this stays: {sessions}"), {"sessions": sessions})


def tell_done(done: "Withdrawn", where: str) -> None:
    if not done.done:
        facts = {"where": where}
        screen.tell(N_("Noted. Nothing is destroyed yet: another person has to ask for the same on {where}."), facts)
        return
    screen.show()
    screen.tell(N_("It is done: what was taken out can no longer be opened."))
    counted = (
        ngettext("{count} session changed", "{count} sessions changed", done.sessions),
        ngettext("{count} passage taken out", "{count} passages taken out", done.passages),
        ngettext("{count} record destroyed", "{count} records destroyed", done.records),
        _("{time} of recording silent").format(time=duration(done.silenced_ms / 1000)),
    )
    for line in counted:
        screen.show(f"  {line}")
    if done.reopened or done.reduced:
        screen.tell(N_("Texts that were cleared have to be read and cleared anew before they are released."))
    if done.recalls:
        told = ngettext(
            "{count} output was given out before: ask for it back. huisclos withdraw recalls",
            "{count} outputs were given out before: ask for them back. huisclos withdraw recalls",
            done.recalls,
        )
        screen.show(told)
    if done.waiting:
        screen.tell(N_("Something is still to be destroyed: huisclos run finishes it."))
    for certificate in done.certificates:
        screen.show(label(_("Certificate of destruction"), certificate))
    screen.tell(N_("For the person: huisclos withdraw receipt {entry}"), {"entry": done.entry})


def write_receipt(found: "Receipt") -> None:
    facts: dict[str, object] = {"workshop": found.workshop, "day": moment(found.at), "entry": found.entry}
    screen.tell(N_("RECEIPT"))
    screen.show()
    if found.participant:
        screen.tell(
            N_("On {day}, in workshop {workshop}, what you had said was taken out, and your name with it."), facts
        )
    else:
        screen.tell(N_("On {day}, in workshop {workshop}, what was said of the person concerned was taken out."), facts)
    counted = (
        ngettext("{count} session changed", "{count} sessions changed", found.sessions),
        ngettext("{count} passage taken out", "{count} passages taken out", found.passages),
        _("{time} of recording silent").format(time=duration(found.silenced_ms / 1000)),
        ngettext("{count} record destroyed", "{count} records destroyed", found.records),
    )
    for line in counted:
        screen.show(f"- {line}")
    screen.show()
    screen.tell(
        N_("The keys of what was destroyed no longer exist: nobody can open it, and it cannot be brought back.")
    )
    screen.show()
    screen.tell(N_("What this does not reach:"))
    called = ngettext("{count} document given out before", "{count} documents given out before", found.recalled)
    back = ngettext("{count} came back", "{count} came back", found.returned)
    screen.show(f"- {called}, {back}")
    screen.show("- " + ngettext(
        "{count} copy of the archive that left this machine before, until it is renewed or destroyed",
        "{count} copies of the archive that left this machine before, until they are renewed or destroyed",
        found.exports,
    ))  # fmt: skip
    screen.show("- " + _("what people remember, and what they wrote down"))
    screen.show()
    screen.show(label(_("Reference"), found.entry))
    if found.certificate:
        screen.show(label(_("Certificate of destruction"), found.certificate))
    screen.tell(N_("This receipt names nobody."))


# What --json answers


def plan_value(shown: "Plan") -> dict[str, Any]:
    return {
        "workshop": shown.traces.workshop,
        "who": "participant" if shown.wanted.speaks else "spoken_of",
        "only": None if shown.only is None else str(shown.only),
        "plan": shown.digest,
        "codes": list(shown.traces.codes),
        "sessions": [_session_value(one) for one in shown.sessions],
        "other_texts": len(shown.traces.loose) + len(shown.traces.reasons),
        "later": [str(one.session.name) for one in shown.later],
        "beyond": [
            *({"session": None, "what": str(said)} for said in shown.traces.beyond),
            *(
                {"session": str(one.session.name), "what": str(said)}
                for one in shown.traces.sessions
                for said in one.beyond
            ),
        ],
    }


def _session_value(one: "SessionTraces") -> dict[str, Any]:
    return {
        "session": str(one.session.name),
        "turns": len(one.spoken),
        "names": len(one.named),
        "heard": one.heard,
        "sentences": len(one.sentences),
        "around": len(one.around),
        "shared": one.shared,
        "silenced": [[round(start, 3), round(end, 3)] for start, end in one.times],
        "dossier": len(one.participants) + len(one.known),
        "consents": one.consents,
        "decisions": one.decisions,
        "cleared": [str(text.audience) for text in one.cleared],
        "other_texts": len(one.loose),
    }


def done_value(done: "Withdrawn") -> dict[str, Any]:
    return {
        "done": done.done,
        "entry": done.entry,
        "sessions": done.sessions,
        "passages": done.passages,
        "records": done.records,
        "silenced_ms": done.silenced_ms,
        "reopened": done.reopened,
        "reduced": done.reduced,
        "recalls": done.recalls,
        "certificates": list(done.certificates),
        "waiting": done.waiting,
    }
