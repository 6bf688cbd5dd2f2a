"""Corrections as a draft holds them: applied in one place, mapped both ways, ruled by people, kept when made anew."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymize.hearing.rulings import kept_decisions, with_rulings
from vocabulary.choices import CorrectionState, EntityType, Hearing
from vocabulary.corrections import Correction, Ruling, check_apart, corrected, corrected_at, heard_at, placed
from vocabulary.draft import ACCEPT_ALL, FREE, Decision, Draft
from vocabulary.span import Stretch
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Transcript, Turn

TEXT = "Oui, Amori est là avec Corbéquia et la rose."
TAKEN, LEFT = Ruling(True, "p-1", "2026-03-14T09:00:00Z"), Ruling(False, "p-1", "2026-03-14T09:00:00Z")
VERBATIM = Transcript((Turn("S1", 0.0, 1.0, IdentifiedText(TEXT)),), "fr", 1.0, "made")


def of(heard: str, form: str, *, certain: bool = True, ruling: Ruling | None = None, text: str = TEXT) -> Correction:
    start = text.index(heard)
    return Correction(
        Stretch(0, start, start + len(heard)), IdentifiedText(heard), IdentifiedText(form), EntityType.YOUTH,
        Hearing.NEAR, 0.9, certain, ruling,
    )  # fmt: skip


AMAURY, ZORBEKIAN = of("Amori", "Amaury"), of("Corbéquia", "Zorbekian", certain=False)


def said(transcript: Transcript) -> str:
    return transcript.turns[0].text.reveal()


def draft(*corrections: Correction, decisions: tuple[Decision, ...] = ()) -> Draft:
    return Draft((), decisions, {}, "d", 1, corrections=corrections)


def test_only_what_is_applied_is_in_the_text() -> None:
    """The certain one, and the proposed one once it is taken; a certain one that was left as heard is not."""
    assert said(corrected(VERBATIM, (AMAURY, ZORBEKIAN))) == "Oui, Amaury est là avec Corbéquia et la rose."
    taken = ZORBEKIAN.ruled(TAKEN)
    assert said(corrected(VERBATIM, (AMAURY.ruled(LEFT), taken))) == "Oui, Amori est là avec Zorbekian et la rose."
    states = [one.state for one in (AMAURY, ZORBEKIAN, ZORBEKIAN.ruled(LEFT))]
    assert states == [CorrectionState.APPLIED, CorrectionState.PROPOSED, CorrectionState.AS_HEARD]


def test_a_correction_is_refused_by_a_transcript_it_was_not_made_of() -> None:
    """Another text at its place, or no such turn: nothing is applied."""
    other = Transcript((Turn("S1", 0.0, 1.0, IdentifiedText("Oui, Amaro est là.")),), "fr", 1.0, "made")
    for transcript in (other, Transcript((), "fr", 1.0, "made")):
        with pytest.raises(ValueError, match="correction"):
            corrected(transcript, (AMAURY,))


def test_corrections_that_overlap_are_no_draft() -> None:
    """Nor are those out of the order of the talk."""
    with pytest.raises(ValueError, match="overlap"):
        draft(AMAURY, of("mori est", "x"))
    with pytest.raises(ValueError, match="order"):
        check_apart((ZORBEKIAN, AMAURY))


def test_a_draft_with_corrections_is_read_back_and_one_without_them_too() -> None:
    """Format 3; who ruled has reviewed; a draft of format 2 has none."""
    made = draft(AMAURY, ZORBEKIAN.ruled(LEFT))
    assert Draft.from_bytes(made.to_bytes()) == made
    assert made.reviewers == {"p-1"}
    bare = draft().to_bytes().replace(b"draft/3", b"draft/2").replace(b'"corrections":[],', b"")
    assert b"corrections" not in bare
    assert Draft.from_bytes(bare) == draft()
    assert "Amori" not in repr(made)
    assert "Amaury" not in repr(made)


@given(st.integers(0, len(TEXT) - 1), st.integers(1, len(TEXT)))
def test_places_lead_from_the_verbatim_to_the_text_and_back(start: int, length: int) -> None:
    """There and back is the same stretch, with the whole of every correction it meets."""
    corrections = (AMAURY, ZORBEKIAN.ruled(TAKEN))
    stretch = Stretch(0, start, min(len(TEXT), start + length))
    there = corrected_at(stretch, corrections)
    back = heard_at(there, corrections)
    assert back.start <= stretch.start
    assert back.end >= stretch.end
    assert corrected_at(back, corrections) == there
    if not any(stretch.meets(one.stretch.start, one.stretch.end) for one in corrections):
        assert back == stretch
        assert said(corrected(VERBATIM, corrections))[there.start : there.end] == TEXT[stretch.start : stretch.end]
    form = placed(corrections[1], corrections)
    assert said(corrected(VERBATIM, corrections))[form.start : form.end] == "Zorbekian"


def test_what_people_ruled_stands_in_the_next_draft() -> None:
    """A form that was taken stays, and is not replaced by what is found anew; left as heard is not corrected again."""
    taken, left = of("Amori", "Amory", ruling=TAKEN), ZORBEKIAN.ruled(LEFT)
    assert with_rulings((AMAURY, ZORBEKIAN), (taken, left), VERBATIM) == (taken, left)
    assert with_rulings((), (taken, left), VERBATIM) == (taken, left)
    assert with_rulings((AMAURY,), (AMAURY, ZORBEKIAN), VERBATIM) == (AMAURY,)


def test_another_form_for_what_was_left_as_heard_is_only_proposed() -> None:
    """A new dossier may know better, and a person decides again."""
    (kept,) = with_rulings((of("Corbéquia", "Corbeca"),), (ZORBEKIAN.ruled(LEFT),), VERBATIM)
    assert (kept.form.reveal(), kept.certain, kept.ruling) == ("Corbeca", False, None)


def test_a_narrower_find_does_not_unmask_what_was_left_as_heard() -> None:
    """What is proposed anew stands over the whole of the passage, and so does the mask."""
    left = of("est là avec Corbéquia", "x", certain=False, ruling=LEFT)
    found = (of("est là", "Estella"), of("Corbéquia", "Zorbekian"))
    (kept,) = with_rulings(found, (left,), VERBATIM)
    assert (kept.stretch, kept.form.reveal(), kept.applied) == (left.stretch, "Estella avec Zorbekian", False)
    assert with_rulings((of("Corbéquia", "x"),), (left,), VERBATIM) == (left,)


def test_the_rest_of_a_wider_find_is_masked_with_what_was_ruled() -> None:
    """A taken form keeps its text and stands over the whole window; so does what was left as heard."""
    taken, left = of("Corbéquia", "Zorbekian", ruling=TAKEN), of("Corbéquia", "Zorbekian", ruling=LEFT)
    (kept,) = with_rulings((of("là avec Corbéquia", "Lavec Zorbekian"),), (taken,), VERBATIM)
    assert (kept.heard.reveal(), kept.form.reveal(), kept.ruling) == ("là avec Corbéquia", "là avec Zorbekian", TAKEN)
    (kept,) = with_rulings((of("avec Corbéquia", "Zorbekian"),), (left,), VERBATIM)
    assert (kept.heard.reveal(), kept.state) == ("avec Corbéquia", CorrectionState.AS_HEARD)


def test_a_ruling_on_another_transcript_is_dropped() -> None:
    """The recording was transcribed again, and says something else there."""
    again = Transcript((Turn("S1", 0.0, 1.0, IdentifiedText("Oui, Amaury est venu.")),), "fr", 2.0, "made")
    assert with_rulings((), (AMAURY.ruled(TAKEN), ZORBEKIAN.ruled(LEFT)), again) == ()


def test_decisions_move_with_the_text_and_fall_where_it_changed() -> None:
    """The rose after a longer name stays free; what is freed inside a correction does not."""
    before = corrected(VERBATIM, (AMAURY, ZORBEKIAN))
    rose, name = said(before).index("rose"), said(before).index("Corbéquia")
    reason = IdentifiedText("Une fleur.")
    freed = tuple(
        Decision(FREE, "p-1", TAKEN.at, Stretch(0, at, at + size), reason) for at, size in ((name, 9), (rose, 4))
    )
    accepted = Decision(ACCEPT_ALL, "p-1", TAKEN.at)
    longer = of("Corbéquia", "Amaury Zorbekian", ruling=TAKEN)
    kept = kept_decisions(draft(AMAURY, ZORBEKIAN, decisions=(*freed, accepted)), (AMAURY, longer), VERBATIM)
    assert [one.act for one in kept] == [FREE, ACCEPT_ALL]
    after, at = said(corrected(VERBATIM, (AMAURY, longer))), kept[0].stretch
    assert at is not None
    assert after[at.start : at.end] == "rose"
