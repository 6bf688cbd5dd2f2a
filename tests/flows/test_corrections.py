"""Misheard names: corrected in the draft and not in the verbatim, decided by people, masked until they are."""

from dataclasses import replace
from pathlib import Path

import pytest

from flows import plain
from flows.steps.arrival import receive
from flows.steps.drafting.draft import open_draft, open_transcript, open_verbatim
from flows.steps.drafting.vaults import SealedVaults
from flows.steps.leaving import release
from flows.steps.query import query
from flows.steps.reviewing import clear, correcting, review
from flows.steps.reviewing.numbering import listing
from flows.steps.reviewing.outcomes import Mention, Reading
from infra.wiring import Services
from storage.commit import Change, utc
from storage.log.entry import Entry
from storage.rows.custody import OpenerRow
from storage.verify import verify_archive
from tests import factory
from vocabulary.choices import Audience, CorrectionState, EntityType, RecordClass, Role, SessionState, Tier
from vocabulary.errors import StateError, UsageError
from vocabulary.text import IdentifiedText

APPLIED, PROPOSED, AS_HEARD = CorrectionState.APPLIED, CorrectionState.PROPOSED, CorrectionState.AS_HEARD
TALK = (
    "Bonjour à tous, on reprend avec le jeune dont parlait Quastelbach la dernière fois.",
    "Oui, Amori Zorbéquian, il a seize ans, il habite la cité des Mirontènes maintenant.",
    "L'autre soir corbéquia est passé devant le portail, et personne n'a rien dit.",
)
"""Heard: three names that are certain (Amori Zorbéquian is two), and corbéquia, which is only proposed."""
FORMS = {"Amori": "Amaury", "Zorbéquian": "Zorbekian", "Mirontènes": "Mirontaines", "corbéquia": "Zorbekian"}
HEARD = tuple(form.lower() for form in FORMS)
TEXT = IdentifiedText


@pytest.fixture
def home(tmp_path: Path) -> factory.Built:
    """A session in review whose names were misheard."""
    built = factory.copied(tmp_path / "home")
    with built.open(talk=TALK) as services:
        factory.walk(services, SessionState.IN_REVIEW, tmp_path)
    return built


def session(services: Services):  # type: ignore[no-untyped-def]
    return services.archive.catalog.session(factory.SESSION)


def read(services: Services, person: str = "Camille") -> Reading:
    return review.show(services, factory.SESSION, person)


def number(reading: Reading, state: CorrectionState) -> int:
    (found,) = [one.number for one in reading.corrections if one.state is state]
    return found


def undecided(reading: Reading) -> Mention:
    """The passage of the one correction that nobody has taken."""
    (found,) = [one for turn in reading.turns for one in turn.mentions if "misheard" in one.reasons]
    return found


def text(reading: Reading) -> str:
    return " ".join(turn.text.reveal() for turn in reading.turns)


def given_out(home: factory.Built, services: Services) -> str:
    """The text that leaves, once accepted and cleared."""
    review.accept(services, factory.SESSION, "Camille")
    for person in ("Camille", "Dominique"):
        clear.clear(services, factory.SESSION, Audience.GROUP, person)
    release.release(services, factory.SESSION, Audience.GROUP, ["docx", "vtt", "txt"], "Camille")
    assert verify_archive(home.path, services.archive).findings == ()
    file = home.path / "outbox" / factory.CODE / "1" / "group" / "essai-1-group.txt"
    return file.read_text(encoding="utf-8").lower()


def test_a_certain_correction_is_one_referent_with_its_right_form(home: factory.Built) -> None:
    """The text has the right forms and the verbatim what was heard; the vault learns no misheard form."""
    with home.open() as services:
        reading = read(services)
        assert "Amaury Zorbekian, il a seize ans, il habite la cité des Mirontaines" in text(reading)
        verbatim = " ".join(turn.text.reveal() for turn in open_verbatim(services, session(services)).turns)
        assert verbatim == " ".join(TALK)
        (youth,) = [one for one in reading.referents if one.label is EntityType.YOUTH]
        assert {form.reveal() for form in youth.forms} == {"Amaury Zorbekian"}
        known = {form.lower() for form, _, _ in SealedVaults(services).load(factory.CODE).forms()}
        assert not known & {*HEARD, "amori zorbéquian"}


def test_no_misheard_form_leaves_whether_it_was_decided_or_not(home: factory.Built) -> None:
    """Everything is accepted unread: certain ones are pseudonyms, what is only proposed is masked."""
    with home.open() as services:
        (waiting,) = [one for one in read(services).corrections if one.state is PROPOSED]
        assert (waiting.heard.reveal(), waiting.form.reveal()) == ("corbéquia", "Zorbekian")
        assert review.accept(services, factory.SESSION, "Camille").uncorrected == 1
        leaving = given_out(home, services)
    assert "l’autre soir […] est" in " ".join(leaving.split())
    assert not [form for form in (*HEARD, "zorbekian") if form in leaving]


def test_a_correction_that_a_person_takes_is_in_the_text_from_then_on(home: factory.Built) -> None:
    """The draft is made anew, is read and accepted again, and the clearance given before is void."""
    with home.open() as services:
        review.accept(services, factory.SESSION, "Camille")
        clear.clear(services, factory.SESSION, Audience.GROUP, "Dominique")
        found = correcting.take(services, factory.SESSION, [number(read(services), PROPOSED)], "Camille")
        assert (found.decided, found.remade, found.waiting, found.clearances) == (1, True, 0, 1)
        with pytest.raises(StateError):
            clear.clear(services, factory.SESSION, Audience.GROUP, "Dominique")
        after = read(services)
        assert "soir Zorbekian est passé" in text(after)
        (youth,) = [one for one in after.referents if one.label is EntityType.YOUTH]
        assert youth.mentions == 2
        assert services.person("Camille") in open_draft(services, session(services)).reviewers
        assert "corbéquia" not in given_out(home, services)


def test_what_is_left_as_heard_stays_masked_until_it_is_freed(home: factory.Built) -> None:
    """The ruling makes no new draft; only freeing that very passage lets it be read."""
    with home.open() as services:
        found = correcting.leave(services, factory.SESSION, [number(read(services), PROPOSED)], "Camille")
        assert (found.remade, found.waiting) == (False, 0)
        reading = read(services)
        assert number(reading, AS_HEARD)
        masked = undecided(reading)
        assert (masked.tier, masked.becomes) == (Tier.RESIDUAL, "[…]")
        assert review.free(services, factory.SESSION, str(masked.passage), "Un mot de la cité.", "Camille").done
        assert "soir corbéquia est" in " ".join(given_out(home, services).split())


def test_a_certain_correction_can_be_taken_back(home: factory.Built) -> None:
    """The text says again what was heard, and that is masked."""
    with home.open() as services:
        (wrong,) = [one.number for one in read(services).corrections if one.heard.reveal() == "Mirontènes"]
        assert correcting.leave(services, factory.SESSION, [wrong], "Camille").remade
        assert "cité des Mirontènes maintenant" in text(read(services))
        assert "mirontènes" not in given_out(home, services)


def test_corrections_are_decided_under_the_numbers_last_read(home: factory.Built) -> None:
    """Without having read nothing is decided, nor under a number that is not there."""
    with home.open() as services:
        with pytest.raises(StateError):
            correcting.take(services, factory.SESSION, [1], "Dominique")
        read(services)
        with pytest.raises(UsageError):
            correcting.take(services, factory.SESSION, [99], "Camille")


def test_a_number_counts_for_the_form_that_was_read_there(home: factory.Built) -> None:
    """Another form at the same place, or another state, is another list: it is read again first."""
    with home.open() as services:
        was = read(services)
        made = open_draft(services, session(services))
        (proposed,) = [one for one in made.corrections if one.state is PROPOSED]
        others = tuple(replace(one, form=TEXT("Corbeca")) if one is proposed else one for one in made.corrections)
        ruled = tuple(replace(one, certain=True) if one is proposed else one for one in made.corrections)
        assert len({listing(each) for each in (made, *(replace(made, corrections=c) for c in (others, ruled)))}) == 3
        correcting.leave(services, factory.SESSION, [number(was, PROPOSED)], "Camille")
        with pytest.raises(StateError):
            correcting.take(services, factory.SESSION, [number(was, PROPOSED)], "Camille")


def test_a_later_dossier_corrects_without_another_transcription(tmp_path: Path) -> None:
    """The names come after the recording was transcribed: the verbatim is the same record, its text is corrected."""
    home = factory.copied(tmp_path / "home")
    bare = factory.DOSSIER.partition("[[known]]")[0]
    with home.open(talk=TALK) as services:
        factory.walk(services, SessionState.IN_REVIEW, tmp_path, bare)
        verbatim = services.archive.catalog.latest(session(services).id, RecordClass.VERBATIM)
        assert "Zorbéquian" in text(read(services))
        later = tmp_path / "seance1.toml"
        later.write_text(factory.DOSSIER, encoding="utf-8")
        receive.submit(services, [], factory.SESSION, later)
        plain.run(services)
        assert services.archive.catalog.latest(session(services).id, RecordClass.VERBATIM) == verbatim
        assert "Amaury Zorbekian, il a seize ans" in text(read(services))
        assert any("Zorbéquian" in turn.text.reveal() for turn in open_verbatim(services, session(services)).turns)


def test_rulings_outlive_a_new_draft(home: factory.Built, tmp_path: Path) -> None:
    """A dossier with one more name makes a new draft; what a person left as heard is not proposed again."""
    with home.open() as services:
        correcting.leave(services, factory.SESSION, [number(read(services), PROPOSED)], "Camille")
        later = tmp_path / "seance1.toml"
        later.write_text(factory.DOSSIER + '\n[[known]]\nkind = "place"\nforms = ["Frioul"]\n', encoding="utf-8")
        receive.submit(services, [], factory.SESSION, later)
        plain.run(services)
        assert number(read(services), AS_HEARD)


def test_a_form_that_a_person_writes_stands_wherever_the_words_were(home: factory.Built) -> None:
    """Every place of the words is corrected; what was freed elsewhere stays freed, though the text before it moved."""
    with home.open() as services:
        before = open_transcript(services, session(services)).turns
        (turn,) = [number for number, one in enumerate(before) if "portail" in one.text.reveal()]
        start = before[turn].text.reveal().index("portail")
        assert review.free(services, factory.SESSION, f"{turn}:{start}-{start + 7}", "Une chose.", "Camille").done
        found = correcting.give_everywhere(services, factory.SESSION, TEXT("corbequia"), TEXT("Amaury"), "Camille")
        assert (found.decided, found.remade) == (1, True)
        assert "soir Amaury est passé" in text(read(services))
        said = open_transcript(services, session(services)).turns[turn].text.reveal()
        (decision,) = [one for one in open_draft(services, session(services)).decisions if one.stretch is not None]
        assert decision.stretch is not None
        assert said[decision.stretch.start : decision.stretch.end] == "portail"
        with pytest.raises(UsageError):
            correcting.give_everywhere(services, factory.SESSION, TEXT("absent du texte"), TEXT("Amaury"), "Camille")


def test_a_form_is_given_for_one_passage_and_masked_if_nobody_knows_it(home: factory.Built) -> None:
    """By its number or its place; a form that detection does not take for a name is masked all the same."""
    with home.open() as services:
        correcting.give(services, factory.SESSION, str(undecided(read(services)).passage), TEXT("brtzk"), "Camille")
        assert "soir brtzk est" in text(read(services))
        assert "brtzk" not in given_out(home, services)


def test_a_part_of_a_form_is_corrected_and_the_rest_of_it_stays(home: factory.Built) -> None:
    """Every place of the words in it, and none of the words beside them; what nobody knows of it is masked whole."""
    with home.open() as services:

        def write(heard: str, form: str) -> str:
            correcting.give_everywhere(services, factory.SESSION, TEXT(heard), TEXT(form), "Camille")
            return text(read(services))

        assert "soir Nabil petit bras Nabil est passé" in write("corbequia", "Nabil petit bras Nabil")
        assert "soir Moussa petit bras Moussa est passé" in write("nabil", "Moussa")
        assert "soir […] est passé" in " ".join(given_out(home, services).split())


def test_a_query_reads_mentions_beside_the_verbatim(home: factory.Built) -> None:
    """The places of mentions lead into the verbatim, to what was heard there."""
    with home.open() as services:
        steward = services.person("Sidonie")
        services.archive.keystore.add_opener(steward, Role.STEWARD, None, "quatre mulets sous la pluie grise")
        row = OpenerRow(steward, Role.STEWARD, None, utc(services.now()))
        services.commit(Change(add=(row,)), Entry("opener-added", actor=steward))
        mention = "v.text[s.start_char + 1:s.end_char]"
        sql = f"select s.type, {mention} from spans s join verbatim v using (workshop, session, turn)"
        rows = query(services, sql, "Sidonie", sensitive=True).rows
    assert ["YOUTH", "Amori Zorbéquian"] in rows
    assert any(kind == "PLACE" and said.endswith("Mirontènes") for kind, said in rows)


def test_the_log_counts_corrections_and_holds_no_form(home: factory.Built) -> None:
    """What was heard, what is right and what is typed stand in sealed objects alone."""
    with home.open() as services:
        correcting.take(services, factory.SESSION, [number(read(services), PROPOSED)], "Camille")
        drafted = next(services.archive.log.entries(kind="drafted"))
        assert (drafted.facts["corrected"], drafted.facts["uncorrected"]) == (3, 1)
        (ruled,) = services.archive.log.entries(kind="reviewed")
        assert set(ruled.facts) == {"record", "act", "decided", "uncorrected", "clearances"}
    plainly = "".join(path.read_text(errors="replace") for path in (home.path / "archive" / "log").rglob("*.jsonl"))
    assert not [form for form in (*FORMS, *FORMS.values()) if form in plainly]
