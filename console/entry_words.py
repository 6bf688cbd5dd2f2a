"""The words of the processing log: an entry in a line, its facts and their values as people read them."""

from typing import TYPE_CHECKING

from console.messages import _, duration, label, language, moment, number, sentence, shown
from policies.caution import Stop
from vocabulary.choices import (
    Audience,
    Caution,
    Disposal,
    ExportKind,
    Ground,
    Notice,
    Reason,
    RecallAnswer,
    RecordClass,
    RequestKind,
    Role,
    Trigger,
    Use,
    Worded,
)
from vocabulary.messages import N_
from vocabulary.speakers import SpeakerAct

if TYPE_CHECKING:
    from storage.log.entry import LoggedEntry

FACTS = {
    "act": N_("act"),
    "anew": N_("made anew"),
    "announced": N_("announced"),
    "answer": N_("answer"),
    "at": N_("time there"),
    "audience": N_("for"),
    "backup_size": N_("entries in the backup"),
    "before": N_("last entry before the jump of the clock"),
    "block": N_("block"),
    "blocks": N_("blocks"),
    "bundle": N_("bundle"),
    "bytes": N_("bytes"),
    "carried": N_("told there"),
    "catalog": N_("catalog made anew"),
    "cautions": N_("to be known of the transcript"),
    "certificate": N_("certificate"),
    "class": N_("what"),
    "classes": N_("what"),
    "clearance": N_("clearance"),
    "clearances": N_("clearances"),
    "cleared": N_("cleared text"),
    "clock": N_("the clock showed"),
    "columns": N_("columns"),
    "completes": N_("completes"),
    "copies": N_("copies"),
    "copy": N_("copy"),
    "corrected": N_("names corrected"),
    "counts_from": N_("what is shorter counts from"),
    "day": N_("day"),
    "days_late": N_("days late"),
    "decided": N_("corrections decided"),
    "decision": N_("decision"),
    "destroyed": N_("records destroyed"),
    "digest": N_("digest"),
    "done": N_("finished"),
    "dossier": N_("session dossier"),
    "drop_overdue": N_("files too long in the drop folder"),
    "due": N_("records due"),
    "due_on": N_("end"),
    "entries": N_("entries"),
    "entry": N_("entry there"),
    "event": N_("event"),
    "expected": N_("parts expected"),
    "export": N_("number"),
    "exports": N_("not ended elsewhere"),
    "extension": N_("extension"),
    "failed": N_("failed with"),
    "fault": N_("sealed fault"),
    "files": N_("files"),
    "first": N_("the first"),
    "format": N_("format"),
    "formats": N_("formats"),
    "found": N_("format before"),
    "freed": N_("passages freed"),
    "generation": N_("generation of the keys"),
    "ground": N_("why"),
    "hits": N_("passages withheld"),
    "home": N_("home"),
    "intent": N_("announced by"),
    "key": N_("key"),
    "keys": N_("keys destroyed"),
    "kind": N_("kind of request"),
    "known": N_("known names"),
    "known_size": N_("entries there were"),
    "last": N_("the last"),
    "left_out": N_("turns left out"),
    "length_ms": N_("length"),
    "listed": N_("numbering of the corrections"),
    "log_root": N_("root"),
    "log_size": N_("entries"),
    "looser": N_("changes that loosen"),
    "missing": N_("missing"),
    "model": N_("model"),
    "needed": N_("people needed"),
    "new": N_("new key"),
    "newest": N_("newest month"),
    "notice": N_("notice"),
    "numbering": N_("numbering of the passages"),
    "objects": N_("objects"),
    "old": N_("former key"),
    "older": N_("as at the backup"),
    "oldest": N_("oldest month"),
    "opener": N_("whose passphrase"),
    "on": N_("on"),
    "order": N_("number"),
    "origin": N_("log"),
    "outputs": N_("outputs"),
    "part": N_("part"),
    "participants": N_("participants"),
    "parts": N_("parts"),
    "passages": N_("passages"),
    "people": N_("people without a name"),
    "persons": N_("people spoken of"),
    "place": N_("where"),
    "places": N_("parts to renew"),
    "plan": N_("digest of the plan"),
    "policy": N_("policy"),
    "proposals": N_("proposals"),
    "reason": N_("reason"),
    "recall": N_("recall"),
    "recalls": N_("outputs to call back"),
    "recipient": N_("recipient"),
    "recipients": N_("recipients"),
    "record": N_("record"),
    "recordings": N_("recordings"),
    "records": N_("records"),
    "reduced": N_("texts cut down"),
    "renewal": N_("renewal"),
    "reopened": N_("sessions back in review"),
    "request": N_("request"),
    "residual": N_("suspicions"),
    "review_on": N_("to be reviewed on"),
    "role": N_("role"),
    "root": N_("root"),
    "rows": N_("rows"),
    "second": N_("second person"),
    "selection": N_("selection"),
    "seq": N_("number there"),
    "sessions": N_("sessions"),
    "shorter": N_("changes that shorten"),
    "signed_at": N_("signed"),
    "signed_by_new": N_("signature of the new key"),
    "signed_by_old": N_("signature of the former key"),
    "silenced_ms": N_("silenced"),
    "singled": N_("people singled out"),
    "size": N_("entries"),
    "spans": N_("mentions"),
    "speakers": N_("voices"),
    "stretches": N_("stretches"),
    "summary": N_("summary"),
    "sure": N_("mentions"),
    "tables": N_("tables"),
    "statements": N_("statements of people"),
    "stopped": N_("why it stopped"),
    "text": N_("digest of what left"),
    "texts": N_("texts"),
    "turns": N_("turns"),
    "undecided": N_("records that wait for a person"),
    "uncertain": N_("uncertain stretches"),
    "uncorrected": N_("corrections to decide"),
    "until": N_("until"),
    "uses": N_("uses taken back"),
    "vault": N_("version of the vault"),
    "version": N_("version"),
    "visa": N_("visa"),
    "was": N_("code there"),
    "what": N_("what"),
    "who": N_("concerning"),
    "whole": N_("the whole workshop"),
    "witness": N_("witness"),
    "words": N_("words"),
    "workshop": N_("workshop"),
    "workshops": N_("workshops"),
    "youths": N_("young people spoken of"),
}
"""The words of the facts that people know; another fact is shown by its name in the log."""

_CHOICES: tuple[type[Worded], ...] = (
    Reason, Audience, Disposal, RecordClass, ExportKind, Role, Trigger, Ground, Notice, Caution, RequestKind,
    Use, Stop, RecallAnswer,
)  # fmt: skip
_ACTS = {
    "accept_all": N_("everything accepted"),
    "accesses": N_("accesses"),
    "all": N_("all"),
    "as_heard": N_("left as heard"),
    "correct": N_("corrected"),
    "decisions": N_("decisions"),
    "participant": N_("a participant"),
    "spoken_of": N_("somebody spoken of"),
    **{str(act): act.word for act in SpeakerAct},
}
_PLACES = {"-": N_("what belongs to the home"), "-log": N_("the key of the log")}
_LONGEST_CODE = 12


def entry_line(entry: "LoggedEntry", names: dict[str, str]) -> str:
    """Number, time, kind and facts of an entry, and whose it is; ``names`` are the sessions by their ids."""
    from storage.log.entry import KINDS

    what = _(KINDS[entry.kind])
    if entry.session:
        what = label(names.get(entry.session, entry.session), what)
    facts = [
        label(_(FACTS[name]) if name in FACTS else name, fact(name, value))
        for name, value in entry.facts.items()
        if value is not None
    ]
    text = f"{entry.seq:>4}  {moment(entry.at)}  {what}"
    if facts:
        text += f" ({', '.join(facts)})"
    if entry.actor:
        text += "; " if language() == "en" else "\u00a0; "
        text += sentence(N_("person {person}"), {"person": entry.actor[:_LONGEST_CODE]})
        if not entry.authenticated:
            text += ", " + _("declared, not authenticated")
    return text


def fact(name: str, value: object) -> str:
    """A fact's value as people read it: words for choices, the beginning of an id or a digest."""
    if isinstance(value, str):
        if name == "place" and value in _PLACES:
            return _(_PLACES[value])
        if name == "carried":
            return _kind(value)
        parts = [_word(part) for part in value.split(",")]
        return ", ".join(parts)
    if isinstance(value, int) and not isinstance(value, bool):
        if name in ("length_ms", "silenced_ms"):
            return duration(value / 1000)
        return number(value) if name == "bytes" else str(value)
    return str(shown(value))


def _kind(value: str) -> str:
    """A kind of entry in words."""
    from storage.log.entry import KINDS

    return _(KINDS[value]) if value in KINDS else value


def _word(value: str) -> str:
    if value in _ACTS:
        return _(_ACTS[value])
    for choices in _CHOICES:
        if value in {str(choice) for choice in choices}:
            return _(choices(value).word)
    opaque = len(value) > 2 * _LONGEST_CODE and " " not in value
    return value[:_LONGEST_CODE] if opaque else value
