"""The incident report as people read it.

The page follows the fields of a notification, GDPR 33(3), in their order; what it cannot know stands as to be
completed. Text of a person's own is never in it: there is none in an inventory.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from console import screen
from console.messages import _, day, label, language, ngettext, number, of_error, sentence
from policies.breach import Exception34, Loss
from vocabulary.choices import Reason, RecordClass, Role, SessionState
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.advice import Advice
    from flows.steps.custody.incident import Incident
    from flows.steps.custody.inventory_file import Files, Opener, Session, Workshop


def page(found: "Incident") -> str:
    """The whole report, lines broken at the width of the screen."""
    from flows.steps.custody.measures import already_taken, consequences, measures, to_complete

    blocks = [
        _heading(found),
        _section(N_("1. What this report rests on"), _basis(found)),
        _section(N_("2. Deadlines"), _deadlines(found)),
        _section(N_("3. Nature of the breach (GDPR 33(3)(a))"), _nature(found)),
        _section(N_("4. People concerned, and their number (GDPR 33(3)(a))"), _people(found)),
        _section(N_("5. Records concerned, and their number (GDPR 33(3)(a))"), _records(found)),
        _section(N_("6. Contact (GDPR 33(3)(b))"), [_item(_("To be completed: the inventory does not hold it."))]),
        _section(N_("7. Likely consequences (GDPR 33(3)(c))"), _list(consequences(found))),
        _section(N_("8. Measures (GDPR 33(3)(d))"), _measures(already_taken(found), measures(found))),
        _section(N_("9. Telling the people concerned (GDPR 34)"), _telling(found)),
        _section(N_("10. To be completed"), _list(to_complete(found))),
        _section(N_("Sessions on the machine"), _sessions(found)),
        _section(N_("Who opens the keystore"), _openers(found)),
    ]
    return "\n\n".join(blocks) + "\n"


def _heading(found: "Incident") -> str:
    told = N_("From the inventory of {time}, of home {home}; nothing else was opened. Times are those of {zone}.")
    facts = {"time": _time(found, found.inventory.made_at), "home": found.inventory.home, "zone": found.zone}
    lines = [_("Incident report"), "", screen.paragraph(sentence(told, facts))]
    if found.written_after:
        later = N_("This home wrote an inventory after the moment named, on {time}: it was in use then, here or on "
                   "another machine.")  # fmt: skip
        lines.append(screen.paragraph(sentence(later, {"time": _time(found, found.written_after)})))
    return "\n".join(lines)


def _basis(found: "Incident") -> Iterator[str]:
    log = found.log
    if log.error is not None:
        bad = N_("The copied log cannot be trusted. {problem} The numbers below are those of the inventory alone, and "
                 "could not be checked.")  # fmt: skip
        yield _item(sentence(bad, {"problem": of_error(log.error)}))
    else:
        whole = ngettext(
            "The copied log is whole: {count} entry, not removed, not changed.",
            "The copied log is whole: {count} entries, none removed, none changed.",
            log.entries,
        )
        yield _item(whole)
        if log.last_at:
            yield _item(sentence(N_("Its last entry is of {time}."), {"time": _time(found, log.last_at)}))
        if log.agrees:
            yield _item(_("The inventory says exactly what this log says, counted again."))
        elif log.agrees is False:
            yield _item(_("The inventory does not say what this log says: one of the two was changed. Compare them "
                          "with another copy before you rely on a number."))  # fmt: skip
        else:
            yield _item(_("The log goes on after this inventory: its numbers could not be counted again."))
    after = N_("What came after {time} stands in neither: recordings brought, texts released, files left readable.")
    yield _item(sentence(after, {"time": _time(found, found.inventory.made_at)}))


def _deadlines(found: "Incident") -> Iterator[str]:
    noticed = _clock(found.aware_at)
    if found.whole_day:
        noticed = sentence(N_("{day}, counted from its beginning as no hour was given"), {"day": found.aware_at.date()})
    yield _item(label(_("Noticed"), noticed))
    due = N_("Notify the authority (in France the CNIL) without undue delay, and at the latest by {time}: 72 hours, "
             "Sundays and holidays included (GDPR 33(1)). Only if a risk for people is unlikely is there nothing to "
             "notify; the controller decides that and writes down why.")  # fmt: skip
    yield _item(sentence(due, {"time": _clock(found.notify_before)}))
    yield _item(_("What is not known by then follows in phases (GDPR 33(4)): notify what there is, and say so."))
    yield _item(_("Notified or not, the facts, their effects and the measures go into the record of breaches "
                  "(GDPR 33(5)); this report can be kept there."))  # fmt: skip


def _nature(found: "Incident") -> Iterator[str]:
    inventory = found.inventory
    yield _item(label(_("Lost"), _(found.loss.word)))
    if found.loss is Loss.LAPTOP:
        yield _item(label(_("Powered off when it was lost"), _(found.powered_off.word)))
    names = sorted({one.policy.controller for one in found.workshops if one.policy and one.policy.controller})
    yield _item(label(_("Controller"), ", ".join(names) or _("to be completed")))
    encrypted = inventory.machine.disk_encrypted
    yield _item(label(_("Disk encrypted"), _answer(encrypted)))
    yield _item(label(_("Between a finder and what is sealed"), _(found.exposure.sealed.word)))
    yield _item(label(_("Files outside the archive"), _(found.exposure.files.word)))
    for name, files in (
        (N_("drop folder"), found.clear.drop),
        (N_("being taken in"), found.clear.claimed),
        (N_("outbox (pseudonymised texts)"), found.clear.outbox),
    ):
        yield _item(label(_(name), _files(files)), "    ")
    given_back = sum(session.given_back for one in found.workshops for session in one.holding.sessions)
    if given_back:
        back = ngettext(
            "{count} recording was given back, readable, into a folder; where the files are is not known here.",
            "{count} recordings were given back, readable, into folders; where the files are is not known here.",
            given_back,
        )
        yield _item(back)
    yield _item(label(_("Generation of the keystore"), inventory.generation))
    yield _item(label(_("Recipients of the recovery file"), _number(inventory.recovery.recipients)))
    yield _item(label(_("Recovery file written elsewhere"), _time(found, inventory.recovery.copied_at)))
    yield _item(label(_("Last recovery export"), _time(found, inventory.recovery.last_export)))


def _people(found: "Incident") -> Iterator[str]:
    people = found.people
    between = str(people.participants_most)
    if people.participants_least != people.participants_most:
        facts = {"least": number(people.participants_least), "most": number(people.participants_most)}
        between = sentence(N_("{least} to {most}, as the same people come again"), facts)
    yield _item(label(_("Participants (professionals), by the session dossiers"), between))
    if people.sessions_uncounted:
        yield _item(
            ngettext(
                "{count} session has no head count: to be completed.",
                "{count} sessions have no head count: to be completed.",
                people.sessions_uncounted,
            )
        )
    yield _item(label(_("Young people spoken of"), _number(people.youths)))
    yield _item(label(_("Other people named, participants among them"), _number(people.persons)))
    if people.workshops_uncounted:
        yield _item(
            ngettext(
                "{count} workshop has not counted the people spoken of: to be completed.",
                "{count} workshops have not counted the people spoken of: to be completed.",
                people.workshops_uncounted,
            )
        )
    yield _item(label(_("Registered users of the software"), number(people.users)))
    offences = N_("Data on offences (GDPR 10), by the policy")
    yield _item(label(_(offences), _answer(found.offence_data)))
    letters = sorted({one.policy.article_9 for one in found.workshops if one.policy and one.policy.article_9})
    exceptions = ", ".join(f"9(2)({letter})" for letter in letters)
    yield _item(label(_("Sensitive data (GDPR 9), processed under"), exceptions or _("to be completed")))
    yield _item(label(_("Minors"), _("to be completed; the talk is of young people")))
    rows = [_row(one) for one in found.workshops]
    head = [_("Workshop"), _("Sessions"), _("Participants"), _("Young people"), _("Others named"), _("Readable files")]
    if rows:
        yield ""
        yield _indented(screen.table(rows, head))


def _row(one: "Workshop") -> list[str]:
    counts = [session.participants for session in one.holding.sessions if session.participants is not None]
    files = one.clear.drop.files + one.clear.claimed.files + one.clear.outbox.files
    most = f"{max(counts)}-{sum(counts)}" if len(counts) > 1 else str(sum(counts)) if counts else "?"
    spoken = one.holding.spoken_of
    return [
        one.holding.code,
        str(len(one.holding.sessions)),
        most,
        "?" if spoken.youths is None else str(spoken.youths),
        "?" if spoken.persons is None else str(spoken.persons),
        str(files),
    ]


def _records(found: "Incident") -> Iterator[str]:
    from flows.steps.custody.incident import IDENTIFIED

    if not found.records:
        yield _item(_("No record of a workshop was kept."))
        return
    rows = [
        [_(one.record_class.word), number(one.number), _size(one.bytes), _answer(one.record_class in IDENTIFIED)]
        for one in found.records
    ]
    yield _indented(screen.table(rows, [_("What"), _("Number"), _("Size, sealed"), _("Names people")]))
    yield _item(_("What does not name people is pseudonymised: it is personal data all the same."))


def _measures(taken: "tuple[Advice, ...]", proposed: "tuple[Advice, ...]") -> Iterator[str]:
    yield "  " + label(_("In force before"), "").rstrip()
    yield from _list(taken)
    yield "  " + label(_("To be taken, the most urgent first"), "").rstrip()
    yield from _list(proposed)


def _telling(found: "Incident") -> Iterator[str]:
    yield _item(_("People are told, without undue delay and in plain words, where a high risk for them is likely "
                  "(GDPR 34(1)). The controller decides."))  # fmt: skip
    told = {
        Exception34.FOR_ALL: N_(
            "The exception for data that nobody else can read (34(3)(a)) may be considered for all that was lost: its "
            "condition is that the passphrase is strong and nobody else knows it."),
        Exception34.IF_NOT_REACHED: N_(
            "The exception for data that nobody else can read (34(3)(a)) may be considered only if whoever knows the "
            "passphrase never reached the machine, nor a copy of its archive together with the slot secret."),
        Exception34.SEALED_ONLY: N_(
            "The exception for data that nobody else can read (34(3)(a)) may be considered for what was sealed, if the "
            "passphrase is strong and nobody else knows it; not for the files that lay readable."),
        Exception34.NO: N_(
            "The exception for data that nobody else can read (34(3)(a)) cannot be relied upon: the machine may have "
            "held its keys in memory. If it was off, make this report again with --powered-off yes."),
    }  # fmt: skip
    yield _item(_(told[found.exposure.exception]))
    yield _item(_("Participants are in the session dossiers and on the paper forms. Of the people spoken of there is "
                  "no address: ask the authority whether a public notice may take its place (34(3)(c))."))  # fmt: skip


def _sessions(found: "Incident") -> Iterator[str]:
    rows = [_session(one, session) for one in found.workshops for session in one.holding.sessions]
    if not rows:
        yield _item(_("None."))
        return
    yield _indented(screen.table(rows, [_("Session"), _("State"), _("Participants"), _("What is kept of it")]))


def _session(one: "Workshop", session: "Session") -> list[str]:
    state = _(SessionState(session.state).word)
    reason = session.reason or session.waits
    if reason in {str(choice) for choice in Reason} and session.reason:
        state = f"{state}, {_(Reason(session.reason).word)}"
    holds = ", ".join(_(RecordClass(name).word) for name in session.holds)
    count = "?" if session.participants is None else str(session.participants)
    return [f"{one.holding.code}/{session.number}", state, count, holds or "-"]


def _openers(found: "Incident") -> Iterator[str]:
    rows = [_opener(found, one) for one in found.inventory.openers]
    yield _indented(screen.table(rows, [_("Who"), _("Role"), _("Workshops"), _("Since")]))


def _opener(found: "Incident", one: "Opener") -> list[str]:
    role = _(Role(one.role).word) if one.role else _("the machine's own passphrase")
    reach = _("all") if one.reach is None else ", ".join(one.reach) or "-"
    return [one.id, role, reach, _time(found, one.added_at) if one.added_at else "-"]


def _section(title: str, lines: "Iterator[str] | list[str]") -> str:
    return "\n".join([_(title), *lines])


def _list(found: "tuple[Advice, ...]") -> list[str]:
    return [_item(sentence(one.message, one.facts)) for one in found]


def _item(text: str, indent: str = "  ") -> str:
    return screen.paragraph(text, f"{indent}  ", f"{indent}- ")


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))


def _files(found: "Files") -> str:
    if not found.files:
        return _("none")
    return ngettext("{count} file", "{count} files", found.files) + f", {_size(found.bytes)}"


def _size(count: int) -> str:
    """Bytes in the unit that people know: kB below a tenth of a megabyte, MB from there."""
    if count < 100_000:
        return sentence(N_("{size} kB"), {"size": number(-(-count // 1000))})
    text = f"{count / 1e6:.1f}"
    return sentence(N_("{size} MB"), {"size": text if language() == "en" else text.replace(".", ",")})


def _answer(known: bool | None) -> str:
    return _("not known") if known is None else _("yes") if known else _("no")


def _number(count: int | None) -> str:
    return _("not counted") if count is None else number(count)


def _time(found: "Incident", stamp: str | None) -> str:
    """A UTC time of the archive on the clock of the policy's zone."""
    return _clock(datetime.fromisoformat(stamp).astimezone(ZoneInfo(found.zone))) if stamp else _("never")


def _clock(when: datetime) -> str:
    """A moment in the zone of the policy, in full."""
    return sentence(N_("{day}, {hour}"), {"day": day(when.date()), "hour": f"{when:%H:%M}"})
