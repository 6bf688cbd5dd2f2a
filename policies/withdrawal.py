"""How a person is found in each class of record, and taken out of it. The whole table, for every class there is.

Rules kept here:
- each record class declares both; a class that declares nothing fails a test, and is withdrawn from by no step;
- a class is changed (a new version without the person takes the old one's place), destroyed as a whole, or kept: then
  the table says why it may be;
- nobody destroys alone: a withdrawal is asked for by one person and carried out when another asks for the very same
  (docs/adr/0020).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from vocabulary.choices import RecordClass, Worded
from vocabulary.messages import N_


class Fate(Worded):
    """What becomes of a record that speaks of somebody withdrawn."""

    CHANGED = "changed", N_("a new version without them takes its place")
    DESTROYED = "destroyed", N_("destroyed as a whole")
    KEPT = "kept", N_("kept")


@dataclass(frozen=True)
class Declared:
    """What one class of record declares: how a person is found in it, what becomes of it, and how that is done."""

    found_by: str
    fate: Fate
    removed_by: str


DECLARED: Mapping[RecordClass, Declared] = {
    RecordClass.RECORDING: Declared(
        N_("the times of the words found in the verbatim, or of the turns found in a cleared text"),
        Fate.CHANGED,
        N_("a copy in which these times are silent"),
    ),
    RecordClass.VERBATIM: Declared(
        N_("the voice of a participant; for anyone, the draft's links, spelling and sound, and the sentences around"),
        Fate.CHANGED,
        N_("a version in which one mark stands for each passage, among the words too"),
    ),
    RecordClass.DOSSIER: Declared(
        N_("the names it gives"),
        Fate.CHANGED,
        N_("a dossier without their entry, without comments, their name marked in what is said of others"),
    ),
    RecordClass.CONSENT: Declared(
        N_("the name of a participant; the referent of a voice"),
        Fate.CHANGED,
        N_("a proof without the name: the number of the signed form stays, with the day of the withdrawal (GDPR 7(1)); "
           "a voice that is nobody's and agrees to nothing"),
    ),
    RecordClass.VAULT: Declared(
        N_("the forms and the code of a referent"),
        Fate.CHANGED,
        N_("a vault without the referent; the code is given to nobody else"),
    ),
    RecordClass.DRAFT: Declared(
        N_("the referent its mentions are linked to, and the passages its decisions are about"),
        Fate.CHANGED,
        N_("a draft without these mentions and decisions, under new salts"),
    ),
    RecordClass.CLEARED: Declared(
        N_("the times of the passages while the verbatim is there; else the code of the referent"),
        Fate.CHANGED,
        N_("destroyed where the verbatim is there to clear anew; else a reduced version that waits for clearances"),
    ),
    RecordClass.OUTPUT: Declared(
        N_("the session it was made of"),
        Fate.DESTROYED,
        N_("destroyed with its copies in the outbox, and listed to be called back"),
    ),
    RecordClass.AMENDMENT: Declared(
        N_("names and codes in its text"),
        Fate.DESTROYED,
        N_("destroyed as a whole"),
    ),
    RecordClass.THEME: Declared(
        N_("names and codes in its extracts"),
        Fate.DESTROYED,
        N_("destroyed as a whole"),
    ),
    RecordClass.STATEMENT: Declared(
        N_("the names its person was searched under, and names and codes in its text"),
        Fate.DESTROYED,
        N_("destroyed as a whole"),
    ),
    RecordClass.FAULT: Declared(
        N_("the session it is of: a traceback can quote the talk"),
        Fate.DESTROYED,
        N_("destroyed with the passages of its session"),
    ),
    RecordClass.CERTIFICATE: Declared(
        N_("not at all: it names nobody"),
        Fate.KEPT,
        N_("kept as the proof of what was destroyed"),
    ),
    RecordClass.PEOPLE: Declared(
        N_("the name under which somebody acted in this home"),
        Fate.KEPT,
        N_("kept: who reviewed, cleared or destroyed answers for it; it says nothing of any talk"),
    ),
    RecordClass.REASON: Declared(
        N_("names and codes in what was typed for a hold, a restriction or an extension"),
        Fate.CHANGED,
        N_("a reason with the mark in their place, which the order then goes by"),
    ),
    RecordClass.REQUEST: Declared(
        N_("the request somebody made, by its number"),
        Fate.KEPT,
        N_("kept until its own end: it shows that the request was answered; data stewards alone reach the name"),
    ),
}  # fmt: skip
"""One line for each class (docs/reference/withdrawal.md shows it)."""


def is_asked_by_two(asked_by: Collection[str], person: str) -> bool:
    """Whether ``person`` may carry out what ``asked_by`` asked for before: somebody else did."""
    return bool(set(asked_by) - {person})


def table(head: Sequence[str], words: Callable[[str], str] = str) -> str:
    """Write the table as Markdown, one line a class, under four headings; ``words`` translates."""
    rows = [f"| {' | '.join(head)} |", "|---|---|---|---|"]
    for record_class, said in DECLARED.items():
        cells = (record_class.word, said.found_by, said.fate.word, said.removed_by)
        rows.append(f"| {' | '.join(map(words, cells))} |")
    return "\n".join([*rows, ""])
