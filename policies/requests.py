"""Requests of people (GDPR 11, 12, 15 to 18, 21): until when they are answered, and what may be done when.

Rules kept here:
- a request is answered within one month of its receipt, by the calendar; that can be extended once, by two more months,
  within the first month and with a reason (GDPR 12(3)). Asking for proof of identity stops no clock;
- nothing is searched for, and nothing said of whether somebody was spoken of, before identity and mandate are checked;
- what is refused or granted in part has its article, one of those that can hold for that right (``ARTICLES``);
- a request is granted or refused once it was searched for; refused for want of identity, or as manifestly unfounded or
  excessive, without a search;
- once it was decided, names may be added to those it was searched under, and none is taken away: the letter would say
  of somebody else that nothing was found;
- the statement of a person is kept beside a session for a rectification that was granted (GDPR 16);
- a withdrawal, or a restriction, carries out the request in whose name it is asked for, and no other: it is one that
  was granted;
- what was typed is kept for the home's period after the answer, and destroyed then; a request that nobody closed is
  closed with it.
The table ``MOVES`` says what may be done in which state. For a data protection officer to confirm.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from policies.period import Period, Unit
from vocabulary.choices import Article, Ground, RequestKind, RequestState, Ruling, Worded
from vocabulary.errors import HuisclosError, StateError, UsageError
from vocabulary.messages import N_
from vocabulary.text import IdentifiedText

TIME, EXTENDED_TIME = Period(1, Unit.MONTH), Period(3, Unit.MONTH)


class Act(Worded):
    """What is done about a request."""

    CHECK = "check-identity", N_("check identity")
    EXTEND = "extend", N_("extend")
    SEARCH = "search", N_("search")
    DECIDE = "decide", N_("decide")
    STATE = "state", N_("keep a statement")
    ANSWER = "answer", N_("answer")
    CLOSE = "close", N_("close")


class Letter(str, Enum):
    """What a drafted letter says."""

    IDENTITY = "identity"
    EXTENSION = "extension"
    ANSWER = "answer"


@dataclass(frozen=True)
class Progress:
    """How far a request is. Days are those on which it was done, None where it was not."""

    kind: RequestKind
    state: RequestState
    received_on: datetime.date
    identity_on: datetime.date | None = None
    extended_on: datetime.date | None = None
    searched_on: datetime.date | None = None
    ruling: Ruling | None = None


MOVES: Mapping[tuple[RequestState, Act], RequestState] = {
    (RequestState.OPEN, Act.CHECK): RequestState.OPEN,
    (RequestState.OPEN, Act.EXTEND): RequestState.OPEN,
    (RequestState.OPEN, Act.SEARCH): RequestState.OPEN,
    (RequestState.OPEN, Act.DECIDE): RequestState.DECIDED,
    (RequestState.OPEN, Act.ANSWER): RequestState.OPEN,  # asks for proof of identity, or tells of an extension
    (RequestState.DECIDED, Act.SEARCH): RequestState.DECIDED,
    (RequestState.DECIDED, Act.DECIDE): RequestState.DECIDED,
    (RequestState.DECIDED, Act.STATE): RequestState.DECIDED,
    (RequestState.DECIDED, Act.ANSWER): RequestState.ANSWERED,
    (RequestState.ANSWERED, Act.STATE): RequestState.ANSWERED,
    (RequestState.ANSWERED, Act.ANSWER): RequestState.ANSWERED,
    (RequestState.ANSWERED, Act.CLOSE): RequestState.CLOSED,
}
"""What may be done in which state, and the state it leads to."""

_ANY = (Article.GDPR_11_2, Article.GDPR_12_5, Article.GDPR_12_6)
WITHDRAWN = frozenset({RequestKind.ERASURE, RequestKind.OBJECTION})
"""The rights that a withdrawal carries out, over a whole workshop: whoever leaves leaves its vault, too."""

UNSEARCHED = frozenset({Article.GDPR_12_5, Article.GDPR_12_6})
"""What a request can be refused for before anything is searched for."""

ARTICLES: Mapping[RequestKind, tuple[Article, ...]] = {
    RequestKind.ACCESS: (*_ANY, Article.GDPR_15_4, Article.DECREE_116),
    RequestKind.RECTIFICATION: (*_ANY, Article.GDPR_16, Article.DECREE_116),
    RequestKind.ERASURE: (*_ANY, Article.GDPR_17_3_B, Article.GDPR_17_3_D, Article.GDPR_17_3_E),
    RequestKind.RESTRICTION: (*_ANY, Article.GDPR_18_1, Article.DECREE_116),
    RequestKind.OBJECTION: (*_ANY, Article.GDPR_21_1, Article.GDPR_21_6, Article.DECREE_116),
}
"""What each right can be refused or limited by. The research derogation of decree 2019-536 does not reach erasure."""


def deadline(received: datetime.date, *, extended: bool = False) -> datetime.date:
    """The last day for an answer: the same day of the month, or the last of a shorter one (GDPR 12(3))."""
    return (EXTENDED_TIME if extended else TIME).counted_from(received)


def kept_until(answered: datetime.date, days: int) -> datetime.date:
    """The day from which what an answered request holds is destroyed."""
    return Period(days).counted_from(answered)


def check_can_receive(received: datetime.date, today: datetime.date) -> None:
    """UsageError for a request that is still to come."""
    if received > today:
        raise UsageError(N_("{day} is still to come: give the day on which it was received."), place="--received",
                         day=received)  # fmt: skip


def check_can_do(progress: Progress, act: Act, today: datetime.date) -> RequestState:
    """Return the state ``act`` leads to; StateError, with the way forward, when it cannot be done (yet)."""
    following = MOVES.get((progress.state, act))
    if following is None:
        raise StateError(
            N_("This request is {state}: {act} is not possible any more, or not yet."), state=progress.state, act=act
        )
    if act is Act.SEARCH and progress.identity_on is None:
        raise StateError(N_("Nothing is searched for before identity and mandate are checked: first huisclos request "
                            "check-identity"))  # fmt: skip
    if act is Act.EXTEND:
        if progress.extended_on is not None:
            raise StateError(N_("The time to answer was extended already; it can be once."))
        if today > deadline(progress.received_on):
            raise StateError(N_("The month to answer in is over: it can no longer be extended. Answer now."))
    if act is Act.STATE and (progress.kind is not RequestKind.RECTIFICATION or progress.ruling is Ruling.REFUSED):
        raise StateError(N_("A statement is kept for a rectification that is granted, in full or in part (GDPR 16)."))
    if act is Act.ANSWER:
        letter_of(progress)
    return following


def can_do(progress: Progress, act: Act, today: datetime.date) -> bool:
    """Whether ``check_can_do`` would let it pass."""
    try:
        check_can_do(progress, act, today)
    except HuisclosError:
        return False
    return True


def names_to_search(
    state: RequestState, before: Sequence[IdentifiedText], typed: Sequence[IdentifiedText]
) -> tuple[IdentifiedText, ...]:
    """The names a search looks for: what was typed, and once it was decided those of ``before`` too."""
    kept = () if state is RequestState.OPEN else before
    known = {one.reveal(): one for one in (*kept, *typed)}
    return tuple(known.values())


def check_can_rule(progress: Progress, ruling: Ruling, article: Article | None) -> None:
    """Raise unless a request may be decided so: UsageError for the article, StateError for what has to come first."""
    if (ruling is Ruling.GRANTED) is not (article is None):
        message = N_("What is refused or granted in part has one article (--article), what is granted has none.")
        raise UsageError(message, place="--article")
    if article is not None and article not in ARTICLES[progress.kind]:
        raise UsageError(
            N_("{article} does not hold for this right. Choose from: {choices}."),
            place="--article", article=article.value, choices=", ".join(one.value for one in ARTICLES[progress.kind]),
        )  # fmt: skip
    if ruling is Ruling.REFUSED and article in UNSEARCHED:
        return
    if progress.identity_on is None:
        raise StateError(N_("Identity and mandate are not checked: first huisclos request check-identity, or refuse "
                            "with --article gdpr-12-6."))  # fmt: skip
    if progress.searched_on is None:
        raise StateError(N_("Nothing was searched for yet: first huisclos request search"))


def can_rule(progress: Progress, ruling: Ruling, article: Article | None) -> bool:
    """Whether ``check_can_rule`` would let it pass."""
    try:
        check_can_rule(progress, ruling, article)
    except HuisclosError:
        return False
    return True


def check_can_carry_out(progress: Progress, *, speaks: bool, spoken_of: bool) -> None:
    """Raise unless a withdrawal may be what carries a request out: StateError, UsageError where it says of itself that
    it is about somebody of the other kind.

    ``speaks``: the request comes from a participant; ``spoken_of``: the withdrawal is of somebody spoken of.
    """
    if progress.kind not in WITHDRAWN:
        raise StateError(
            N_("A withdrawal carries out an erasure or an objection, and this request is another: {kind}."),
            kind=progress.kind,
        )
    if progress.ruling not in (Ruling.GRANTED, Ruling.IN_PART):
        raise StateError(N_("This request is not granted: nothing is withdrawn in its name. First: huisclos request "
                            "decide"))  # fmt: skip
    if speaks is spoken_of:
        raise UsageError(N_("The request says of whom it is about the opposite: a participant, or somebody spoken of."),
                         place="--request")  # fmt: skip


def check_can_restrict(kind: RequestKind, ruling: Ruling | None, ground: Ground) -> None:
    """Raise unless a restriction on this ground may be what carries a request out: StateError, UsageError for the
    ground."""
    if kind is not RequestKind.RESTRICTION or ruling not in (Ruling.GRANTED, Ruling.IN_PART):
        raise StateError(N_("This request asks for no restriction, or is not granted: nothing is restricted in its "
                            "name."))  # fmt: skip
    if ground is not Ground.REQUEST:
        raise UsageError(N_("In the name of a request the ground is: request."), place="--ground")


def letter_of(progress: Progress) -> Letter:
    """Which letter is due; StateError where a decision has to come first.

    As long as identity is not checked and nothing decided, the only letter asks for it: it is the same whether or not
    anything is known of whom it is about.
    """
    if progress.state is not RequestState.OPEN:
        return Letter.ANSWER
    if progress.identity_on is None:
        return Letter.IDENTITY
    if progress.extended_on is not None:
        return Letter.EXTENSION
    raise StateError(N_("There is no letter to write yet: first huisclos request decide, or extend."))
