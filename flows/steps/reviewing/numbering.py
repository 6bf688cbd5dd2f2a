"""The numbers under which passages and corrections are decided: those of ``review show``, as a person last read them.

Each access to a draft is logged with a digest of what was numbered, under the draft's own salt: the places of passages;
of corrections also their forms and states. A number counts only while that digest is the one of the draft as it now is.
"""

import hashlib
import json
import re
from collections.abc import Sequence

from anonymize.freeing import freeable, passages
from anonymize.french.folding import tokens
from anonymize.vault import Vault
from infra.wiring import Services
from storage.rows.walk import SessionRow
from vocabulary.choices import Audience
from vocabulary.draft import ACCEPT_ALL, Draft
from vocabulary.errors import StateError, UsageError
from vocabulary.messages import N_
from vocabulary.span import Span, Stretch
from vocabulary.transcript import Transcript


def occurrence(
    services: Services,
    session: SessionRow,
    made: Draft,
    transcript: Transcript,
    vault: Vault,
    passage: str,
    actor: str,
) -> Stretch:
    """The occurrence a person means. StateError when the numbers are no longer those this person read."""
    exact = re.fullmatch(r"(\d{1,6}):(\d{1,6})-(\d{1,6})", passage)
    if exact is not None:
        turn, start, end = map(int, exact.groups())
        if turn < len(transcript.turns) and _is_words(transcript.turns[turn].text.reveal(), start, end):
            stretch = Stretch(turn, start, end)
            if freeable(stretch, passages(transcript, made, vault)):
                return stretch
    elif passage.isascii() and passage.isdigit() and len(passage) < 7:
        found = passages(transcript, made, vault)
        if 1 <= int(passage) <= len(found):
            check_as_read(services, session, actor, NUMBERING, numbering(made, found))
            return found[int(passage) - 1].stretch
    raise UsageError(
        N_("There is no passage {passage} in session {session}: `huisclos review show` numbers those there are."),
        place="--passage", passage=passage[:20], session=str(session.name),
    )  # fmt: skip


def _is_words(text: str, start: int, end: int) -> bool:
    """Whether a stretch is made of whole words."""
    runs = tokens(text)
    return any(token.start == start for token in runs) and any(token.end == end for token in runs) and start < end


NUMBERING, LISTED, DECIDED = "numbering", "listed", "decided"
"""The facts of an access by which its passages and its corrections were numbered, and how many acts had decided."""


def check_as_read(services: Services, session: SessionRow, actor: str, fact: str, now: str) -> None:
    """Raise StateError unless a person last read the session with the numbers it has now."""
    read = [
        entry.facts.get(fact)
        for entry in services.archive.log.entries(kind="accessed", session=session.id)
        if entry.actor == actor and fact in entry.facts
    ]
    if not read or read[-1] != now:
        raise StateError(
            N_("The passages of {session} are not numbered as you last read them. "
               "First: huisclos review show {session} --as NAME"), session=str(session.name)
        )  # fmt: skip


def check_is_read(services: Services, session: SessionRow, actor: str, made: Draft, found: Sequence[Span]) -> None:
    """Raise StateError unless the draft a person was last shown is ``made``, with the passages ``found``."""
    now = {NUMBERING: numbering(made, found), LISTED: listing(made), DECIDED: decided(made)}
    read = [
        {fact: entry.facts.get(fact) for fact in now}
        for entry in services.archive.log.entries(kind="accessed", session=session.id)
        if entry.actor == actor and NUMBERING in entry.facts
    ]
    if not read or read[-1] != now:
        raise StateError(
            N_("The policy asks that a draft be read before it is accepted, and you have not read that of {session} as "
               "it now stands. First: huisclos review show {session} --as NAME"), session=str(session.name)
        )  # fmt: skip


def decided(made: Draft) -> int:
    """How many acts of a review have changed what is read: passages freed, or masked again."""
    return sum(one.act != ACCEPT_ALL for one in made.decisions)


def numbering(made: Draft, found: Sequence[Span]) -> str:
    """What tells one numbering of the passages from another: a digest of their places, under the draft's salt."""
    places = "\n".join(str(span.stretch) for span in found)
    return hashlib.sha256(f"{made.salts[Audience.GROUP]}\n{places}".encode()).hexdigest()[:16]


def listing(made: Draft) -> str:
    """What tells one numbering of the corrections from another: a digest of their places, what each puts there and what
    became of it, under the draft's salt."""
    each = [[str(one.stretch), one.form.reveal(), str(one.state)] for one in made.corrections]
    return hashlib.sha256(f"{made.salts[Audience.GROUP]}\n{json.dumps(each)}".encode()).hexdigest()[:16]
