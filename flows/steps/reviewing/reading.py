"""What a reviewer reads of a draft: turns with their mentions, who is meant, and what is to be decided.

Put together from values that are open already; nothing is opened, logged or changed here.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from anonymize.freeing import freers, needed
from anonymize.singling import Flag
from anonymize.treatment.offsets import offsets_of
from anonymize.treatment.treat import becomes
from anonymize.vault import Vault
from flows.steps.drafting.draft import Seated
from flows.steps.reviewing.outcomes import Mention, Proposed, ReadCorrection, Reading, ReadReferent, ReadTurn, Singled
from speech.uncertain import Uncertain, uncertain
from storage.rows.walk import SessionRow
from vocabulary.choices import EntityType, SessionState, Tier
from vocabulary.corrections import placed
from vocabulary.profile import Profile
from vocabulary.span import Span, Stretch
from vocabulary.text import IdentifiedText


def reading_of(
    session: SessionRow,
    read: Seated,
    found: Sequence[Span],
    flags: Sequence[Flag],
    vault: Vault,
    profile: Profile,
    names: Mapping[str, str],
) -> Reading:
    """The reading of a draft. ``found`` are its passages in the order of their numbers, ``flags`` what singles somebody
    out, ``names`` what the group reads for each referent."""
    made = read.draft
    shown = {one.id: _shown(names.get(one.id), one.pseudonym) for one in vault.referents}
    return Reading(
        session=session.name,
        state=SessionState(session.state),
        audience=profile.audience,
        turns=_turns(read, _mentions(read, found, vault, profile, names)),
        referents=_referents(read, found, vault, shown),
        sure=count_of(made.spans, Tier.SURE),
        residual=count_of(made.spans, Tier.RESIDUAL),
        warnings=read.transcript.warnings,
        singled=tuple(
            Singled(shown[flag.referent], flag.kinds, flag.passages, _numbers(found, flag.passages)) for flag in flags
        ),
        proposals=tuple(
            Proposed(one.doubt, tuple(shown[key] for key in one.clusters), one.passages, _numbers(found, one.passages))
            for one in made.proposals
            if shown.keys() >= set(one.clusters)
        ),
        corrections=tuple(
            ReadCorrection(number, at, one.heard, one.form, one.reason, one.state)
            for number, one in enumerate(made.corrections, 1)
            for at in read.seating.here(placed(one, made.corrections))[:1]
        ),
    )


def count_of(spans: Sequence[Span], tier: Tier) -> int:
    """How many spans are of a tier."""
    return sum(span.tier is tier for span in spans)


def _mentions(
    read: Seated, found: Sequence[Span], vault: Vault, profile: Profile, names: Mapping[str, str]
) -> Mapping[int, Sequence[Mention]]:
    """The mentions of each turn, numbered, with what the group reads in their place."""
    made, transcript = read.draft, read.transcript
    weeks = offsets_of(made.spans, vault)
    asked = freers(made.decisions)
    missing = {one: count - len(asked[one]) for one, count in needed(transcript, made, vault, list(asked)).items()}
    mentions: dict[int, list[Mention]] = defaultdict(list)
    for number, span in enumerate(found, 1):
        surface = span.of(transcript.turns[span.turn].text).reveal()
        waits = missing.get(span.stretch)
        reads = surface
        if waits is None or waits > 0:
            reads = becomes(surface, span, vault, profile, names, weeks.get((span.turn, span.start)))
        left = None if waits is None else max(0, waits)
        mention = Mention(span.start, span.end, span.label, span.tier, reads, span.reasons, number, left)
        mentions[span.turn].append(mention)
    return mentions


def _turns(read: Seated, mentions: Mapping[int, Sequence[Mention]]) -> tuple[ReadTurn, ...]:
    turns = read.transcript.turns
    unsure: dict[int, list[Uncertain]] = defaultdict(list)
    for stretch in uncertain(turns):
        unsure[stretch.turn].append(stretch)
    return tuple(
        ReadTurn(
            turn.speaker,
            turn.start,
            turn.end,
            turn.text,
            tuple(mentions.get(number, ())),
            str(read.seating.pieces[number]),
            turn.certainty,
            sum(word.overlapped for word in turn.words),
            tuple(unsure[number]),
        )
        for number, turn in enumerate(turns)
    )


def _referents(read: Seated, found: Sequence[Span], vault: Vault, shown: Mapping[str, str]) -> tuple[ReadReferent, ...]:
    """Who is meant, in the order of their first mention: every form, and how often."""
    kinds = {one.id: one.kind for one in vault.referents}
    forms: dict[str, list[str]] = defaultdict(list)
    for span in found:
        if span.cluster in kinds:
            forms[span.cluster].append(span.of(read.transcript.turns[span.turn].text).reveal())
    return tuple(
        ReadReferent(EntityType(kinds[key]), tuple(map(IdentifiedText, dict.fromkeys(said))), shown[key], len(said))
        for key, said in forms.items()
    )


def _numbers(found: Sequence[Span], places: Sequence[Stretch]) -> tuple[int, ...]:
    return tuple(number for number, span in enumerate(found, 1) if span.stretch in places)


def _shown(name: str | None, code: str) -> str:
    """What the group reads for a referent, and the code that other audiences may read."""
    return code if name is None or name == code else f"{name} ({code})"
