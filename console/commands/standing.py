"""How a session stands, in sentences: shared by ``status``, ``submit``, ``run`` and ``session``."""

from typing import TYPE_CHECKING

from console import screen
from console.commands.asking import show_attention, show_outbox, show_overdue
from console.commands.backups import show_copies
from console.messages import _, duration, label, moment, ngettext, of_error, sentence
from console.progress import times_real_time
from vocabulary.choices import Audience, Reason, RequestState, SessionState
from vocabulary.ids import SessionName
from vocabulary.messages import N_

if TYPE_CHECKING:
    from flows.steps.arrival.outcomes import Receipt, Refused
    from flows.steps.hearing.outcomes import Transcription
    from flows.steps.outcomes import SessionStatus, Status
    from flows.steps.record.outcomes import CheckpointsAway
    from infra.places import Standing

_NEXT = {
    SessionState.RECEIVED: N_("next: huisclos run"),
    SessionState.TRANSCRIBED: N_("next: huisclos run"),
    SessionState.DRAFTED: N_("next: huisclos run"),
    SessionState.CLEARED: N_("next: huisclos release {session} --audience group --format docx,vtt,txt --as NAME"),
}
_TO_REVIEW = N_("next: huisclos review show {session}")
_TO_CLEAR = N_("next: huisclos clear {session} --as NAME")
_TO_RETRY = N_("nothing is lost; to try again: huisclos session retry {session}")
_TO_REPLACE = N_("bring the right recording under another number, then: huisclos session discard {session} --as NAME")
_TO_LISTEN = N_("to listen to it: huisclos session recover {session} FOLDER --as NAME")
_SOON = 10
"""Days from which on `status` counts those that are left to answer a request."""
_OUT_OF_QUARANTINE = {
    Reason.NOT_A_RECORDING: _TO_REPLACE,
    Reason.EMPTY: _TO_REPLACE,
    Reason.TOO_LARGE: _TO_REPLACE,
    Reason.NO_SPEECH: _TO_LISTEN,
}


def show_status(found: "Status") -> None:
    """The page of ``status``."""
    screen.show(label(_("Home"), found.home))
    if found.running:
        screen.tell(N_("A run is at work now."))
    screen.show()
    if found.sessions:
        for one in found.sessions:
            screen.show(_session(one))
    elif found.workshops:
        screen.tell(N_("No session yet. Drop a recording and its session dossier into the drop folder."))
    else:
        screen.tell(N_("No workshop yet. Add one: huisclos workshop add CODE --policy FILE"))
    screen.show()
    _requests(found)
    _in_transit(found)
    show_attention(found.attention)
    _clear_files(found)
    screen.show(label(_("Log"), ngettext("{count} entry", "{count} entries", found.log_entries)))
    if found.last_checkpoint:
        screen.show("  " + sentence(N_("Last entry: {time}"), {"time": moment(found.last_checkpoint)}))
    _checkpoints(found.checkpoints)
    _inventory(found.inventory)
    show_copies(found.recovery, found.backup)
    _people(found)


def show_receipt(found: "Receipt") -> None:
    """What was sealed, and whether the phone's copy may now be erased."""
    facts = {
        "session": found.session,
        "length": duration(found.seconds),
        "parts": found.parts,
        "expected": found.expected,
    }
    if found.new_parts or (not found.duplicates and (found.parts or found.dossier)):
        screen.tell(
            N_("Session {session}: sealed and read back. Length {length}, part {parts} of {expected}.")
            if found.parts
            else N_("Session {session}: the session dossier is sealed."),
            facts,
        )
    if found.elsewhere is not None:
        other = {"other": found.elsewhere}
        screen.tell(
            N_("This recording is already that of session {other}; nothing was added to {session}."), facts | other
        )
        screen.tell(
            N_("If {other} is not its number: huisclos session discard {other} --as NAME, then bring it again."), other
        )
    elif found.duplicates:
        screen.tell(N_("Session {session}: this recording was already there; nothing was added."), facts)
    if found.dossier and found.parts:
        screen.tell(N_("The session dossier is sealed too."))
    if found.waits is not None and (found.parts or found.dossier):
        screen.tell(N_("The session waits: {reason}."), {"reason": found.waits})
    if found.reason is not None:
        screen.tell(N_("The session is in quarantine: {reason}."), {"reason": found.reason})
    elif found.damaged:
        screen.tell(
            N_(
                "The recording stops short: it is damaged or cut. What can be read of it is {length} long. Keep the "
                "copy on the phone or recorder until you have compared them."
            ),
            facts,
        )
    elif found.parts:
        screen.tell(N_("The copy on the phone or recorder may now be erased."))


def show_refused(found: "Refused") -> None:
    """A file that stays in the drop folder, and why."""
    facts = {"file": found.file, "problem": of_error(found.error)}
    screen.say(screen.paragraph(sentence(N_("{file} stays in the drop folder. {problem}"), facts), "  ", ""))


def standing(
    session: SessionName, state: SessionState, waits: Reason | None, reason: Reason | None, following: str
) -> str:
    """One session in one paragraph: where it stands, why, and what comes next."""
    words = _(state.word)
    if reason is not None:
        words = f"{words}, {_(reason.word)}"
    elif waits is not None:
        words = sentence(N_("{state}, waits: {reason}"), {"state": state, "reason": waits})
    text = label(str(session), words)
    lines = [screen.paragraph(text, "    ", "  ")]
    if following:  # unbroken, so that it can be copied
        lines.append("    " + sentence(following, {"session": session}))
    return "\n".join(lines)


def following(state: SessionState, waits: Reason | None, reason: Reason | None, reviewed: bool = False) -> str:
    """The source string that says what a person does next; "" when nobody has to."""
    if state is SessionState.QUARANTINED:
        return _OUT_OF_QUARANTINE.get(reason, _TO_RETRY) if reason else _TO_RETRY
    if state is SessionState.IN_REVIEW:
        return _TO_CLEAR if reviewed else _TO_REVIEW
    return "" if waits is not None else _NEXT.get(state, "")


def _checkpoints(found: "CheckpointsAway") -> None:
    """When a checkpoint last left the machine, and what keeps the next one from leaving."""
    if found.left_at:
        screen.show("  " + sentence(N_("Last checkpoint given out: {time}"), {"time": moment(found.left_at)}))
    else:
        advice = _(
            "No checkpoint has left this machine: whoever holds it could rewrite the log unseen. Keep a copy "
            "of archive/log/checkpoint somewhere else."
        )
        screen.show(screen.paragraph(advice, "  "))
    warnings = []
    if found.stale:
        warnings.append(_("That is more than two days ago: give one out (huisclos log checkpoint FILE)."))
    if found.uncovered:
        warnings.append(
            ngettext(
                "{count} release or destruction since then is covered by no checkpoint elsewhere.",
                "{count} releases or destructions since then are covered by no checkpoint elsewhere.",
                found.uncovered,
            )
        )
    if not found.configured:
        warnings.append(_("No folder is named for checkpoints: none leaves by itself (setting copies.checkpoints)."))
    elif not found.reachable:
        warnings.append(_("The folder for checkpoints (setting copies.checkpoints) cannot be reached: plug it in."))
    elif found.problem:
        facts = {"problem": found.problem}
        warnings.append(sentence(N_("The last checkpoint could not be written ({problem})."), facts))
    elif found.same_disk:
        warnings.append(_("The folder for checkpoints lies on the same disk as the home and would be lost with it."))
    for warning in warnings:
        screen.show(screen.paragraph(warning, "  "))


def _inventory(found: "Standing") -> None:
    """Whether somebody would know what is on this machine if it were lost."""
    if found.left_at:
        screen.tell(N_("Inventory kept elsewhere: last written {time}"), {"time": moment(found.left_at)})
    elif found.configured:
        screen.tell(N_("Inventory kept elsewhere: not written yet"))
    warnings = []
    if not found.configured:
        warnings.append(
            _(
                "No inventory is kept elsewhere: if this machine is lost, nobody knows what was on it. Name a folder "
                "of a share or a stick (setting copies.inventory)."
            )
        )
    elif not found.reachable:
        warnings.append(_("The folder for the inventory (setting copies.inventory) cannot be reached: plug it in."))
    if found.configured and found.failing_since and found.problem:
        facts = {"time": moment(found.failing_since), "problem": found.problem}
        warnings.append(sentence(N_("It could not be written since {time} ({problem})."), facts))
    if found.same_disk:
        warnings.append(_("The folder for the inventory lies on the same disk as the home and would be lost with it."))
    for warning in warnings:
        screen.show(screen.paragraph(warning, "  "))


def _session(one: "SessionStatus") -> str:
    what_next = following(one.state, one.waits, one.reason, one.reviewed)
    line = standing(one.session, one.state, one.waits, one.reason, what_next)
    notes = []
    if one.waits is Reason.PARTS_MISSING:
        facts = {"parts": one.parts, "expected": one.expected}
        notes.append(sentence(N_("parts received: {parts} of {expected}"), facts))
    given = ", ".join(f"{_(Audience(audience).word)} {count}" for audience, count in one.clearances.items())
    if given and one.state in (SessionState.IN_REVIEW, SessionState.CLEARED):
        notes.append(label(_("clearances given"), given))
    if one.fault:
        notes.append(label(_("sealed fault"), one.fault))
    notes += [label(_("transcript"), _(caution.word)) for caution in one.cautions]
    if one.transcription is not None:
        notes += _transcription(one.transcription)
    return "\n".join([line, *(f"    {note}" for note in notes)])


def _transcription(found: "Transcription") -> list[str]:
    """How far it has come, how fast it goes, and what is left; or that the next run goes on with it."""
    facts = {"done": duration(found.done), "length": duration(found.length)}
    said = sentence(N_("transcription: {done} of {length}"), facts)
    if not found.at_work:
        return [said + ", " + _("interrupted; the next run goes on from there")]
    if found.speed is not None:
        said += ", " + times_real_time(found.speed)
    if found.left is not None:
        said += ", " + _("{time} left").format(time=duration(found.left))
    return [said]


def _in_transit(found: "Status") -> None:
    """The workshops that are sealed for another home, and what ends that."""
    for one in found.in_transit:
        facts = {"code": one.workshop, "time": moment(one.made_at), "export": one.export}
        said = N_("Workshop {code} was sealed for another home on {time} ({export}) and stands still here.")
        screen.show(screen.paragraph(sentence(said, facts)))
        for what_next in (
            N_("with the receipt from there: huisclos workshop left {code} --receipt FILE --as NAME"),
            N_("if nobody took it over: huisclos workshop keep {code} --as NAME"),
        ):
            screen.show("    " + sentence(what_next, facts))
    if found.in_transit:
        screen.show()


def _requests(found: "Status") -> None:
    """The requests of people that are not closed, and how many days are left to answer."""
    for one in found.requests:
        facts = {"id": one.id, "kind": one.kind, "day": one.due_on}
        if one.state is RequestState.ANSWERED:
            said = N_("Request {id}, {kind}, is answered: close it (huisclos request close). It is closed by itself, "
                      "and what it holds destroyed, on {day}.")  # fmt: skip
            screen.show(screen.paragraph(sentence(said, facts)))
            continue
        screen.show(screen.paragraph(sentence(N_("Request {id}, {kind}: answer it by {day}."), facts)))
        if one.left < 0:
            screen.show("    " + _("It is late: answer now (huisclos request show)."))
        elif one.left <= _SOON:
            screen.show("    " + ngettext("{count} day is left.", "{count} days are left.", one.left))
    if found.requests:
        screen.show()


def _people(found: "Status") -> None:
    """Who is known, and for whom that is more than a name."""
    if not found.people:
        return
    if not found.authenticated:
        known = ngettext(
            "{count} person is known. A name is a declaration: nobody is authenticated.",
            "{count} people are known. A name is a declaration: nobody is authenticated.",
            found.people,
        )
        screen.show(screen.paragraph(known))
        return
    known = ngettext("{count} person is known.", "{count} people are known.", found.people)
    own = ngettext(
        "{count} acts under a passphrase of their own; a name given under the machine's passphrase is a declaration.",
        "{count} act under a passphrase of their own; a name given under the machine's passphrase is a declaration.",
        found.authenticated,
    )
    screen.show(screen.paragraph(f"{known} {own}"))


def _clear_files(found: "Status") -> None:
    """What lies readable outside the archive."""
    screen.tell(N_("Readable outside the archive:"))
    count = len(found.drop_files) + len(found.unnumbered) + len(found.passed_over) + found.claimed
    screen.show("  " + label(_("drop folder"), ngettext("{count} file", "{count} files", count)))
    for file in found.unnumbered:
        ask = N_("{file} has no session number. Rename it seanceN.EXT, for example seance3.m4a.")
        screen.show("    " + sentence(ask, {"file": file}))
    for file in found.passed_over:
        why = N_("{file} is never taken: it is hidden, a link, or not in the folder of a workshop.")
        screen.show(screen.paragraph(sentence(why, {"file": file}), "      ", "    "))
    for one in found.refused:
        facts = {"file": one.file, "problem": of_error(one.error)}
        screen.show(screen.paragraph(sentence(N_("{file} cannot be taken. {problem}"), facts), "      ", "    "))
    show_overdue(found.attention)
    screen.show("  " + label(_("outbox"), ngettext("{count} file", "{count} files", found.outbox_files)))
    show_outbox(found.attention)
