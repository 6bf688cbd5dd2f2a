"""What a transcription tells whoever reviews it, and what it listens for."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from anonymize.naming.listening import listening_order
from anonymize.vault import Referent, Vault
from console import status_shapes
from flows import plain
from flows.steps.arrival import receive
from flows.steps.drafting.vaults import SealedVaults
from flows.steps.hearing.names import names_to_hear
from flows.steps.reviewing import review
from flows.steps.status import status
from infra.wiring import Services
from speech.recognise import Heard
from speech.recording import Samples
from speech.transcribe import WARNINGS
from storage.verify import verify_archive
from tests import factory
from tests.fakes.scripted_recogniser import ScriptedRecogniser
from vocabulary.choices import Caution, EntityType, SessionState, Use
from vocabulary.dossier import Dossier, Known, Participant

BARE = tuple("alors le jeune est venu me voir hier soir et il a dit bonjour" for _ in range(8))
HESITANT = ("Euh, bonjour à tous.", "Oui, mmh, on reprend, euh, demain.")


def _transcribed(services: Services, tmp_path: Path) -> None:
    factory.walk(services, SessionState.RECEIVED, tmp_path)
    plain.run(services)


def test_talk_without_capitals_is_told_in_the_status_and_in_the_review(tmp_path: Path) -> None:
    """The status reads it from the catalog, without a passphrase; the log says it, and verifies."""
    home = factory.copied(tmp_path / "home")
    with home.open(talk=BARE) as services:
        _transcribed(services, tmp_path)
        reading = review.show(services, factory.SESSION, "Camille")
        (entry,) = (entry for entry in services.archive.log.entries() if entry.kind == "transcribed")
        assert verify_archive(home.path, services.archive).findings == ()
    assert reading.warnings == (WARNINGS[Caution.BARE],)
    assert entry.facts["cautions"] == "bare"
    found = status(home.settings)
    assert found.sessions[0].cautions == (Caution.BARE,)
    assert status_shapes.status(found)["sessions"][0]["cautions"] == ["bare"]  # type: ignore[index, call-overload]


class Mumbling(ScriptedRecogniser):
    """Hears the script, and is sure of none of it."""

    def recognise(
        self, samples: Samples, *, language: str, hotwords: Sequence[str], on_progress: Callable[[float], None]
    ) -> list[Heard]:
        heard = super().recognise(samples, language=language, hotwords=hotwords, on_progress=on_progress)
        return [Heard(tuple(replace(word, probability=0.2) for word in one.words)) for one in heard]


def test_all_that_is_to_be_known_of_one_transcript_is_told(tmp_path: Path) -> None:
    """A cut recording of bare talk that is hard to hear: three cautions, in the catalog as in the transcript."""
    home = factory.copied(tmp_path / "home")
    cut = tmp_path / "cut.ogg"
    cut.write_bytes(factory.RECORDING.read_bytes()[:-9000])
    dossier = tmp_path / "seance1.toml"
    dossier.write_text(factory.DOSSIER, encoding="utf-8")
    with home.open() as services:
        services.__dict__["recogniser"] = Mumbling(BARE)
        receive.submit(services, [cut], factory.SESSION, dossier)
        plain.run(services)
        reading = review.show(services, factory.SESSION, "Camille")
    assert status(home.settings).sessions[0].cautions == tuple(Caution)
    assert reading.warnings == tuple(WARNINGS.values())
    assert all(turn.uncertain for turn in reading.turns)


def test_nothing_is_told_of_talk_that_is_as_it_should_be(tmp_path: Path) -> None:
    """No caution, and uncertain stretches are counted all the same."""
    home = factory.copied(tmp_path / "home", SessionState.IN_REVIEW)
    with home.open() as services:
        (entry,) = (entry for entry in services.archive.log.entries() if entry.kind == "transcribed")
    assert "cautions" not in entry.facts
    assert entry.facts["uncertain"] == 0
    assert status(home.settings).sessions[0].cautions == ()


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ("keep", "Euh, bonjour à tous. Oui, mmh, on reprend, euh, demain."),
        ("drop", "Bonjour à tous. Oui, on reprend, demain."),
    ],
)
def test_hesitations_are_kept_or_dropped_as_the_setting_says(
    setting: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the text of turns and in their words alike."""
    monkeypatch.setenv("HUISCLOS_SPEECH__HESITATIONS", setting)
    home = factory.build(tmp_path / "home")
    with home.open(talk=HESITANT) as services:
        _transcribed(services, tmp_path)
        from flows.steps.drafting.draft import open_transcript

        transcript = open_transcript(services, services.archive.catalog.session(factory.SESSION))
    assert " ".join(turn.text.reveal() for turn in transcript.turns) == text
    assert " ".join(word.text.reveal() for turn in transcript.turns for word in turn.words) == text
    assert ("no hesitations" in transcript.model) is (setting == "drop")


ALICE = Participant("Alice Dubois", "éducatrice", "association", frozenset(Use), also=("Alice",))
DOSSIER = Dossier(
    1, participants=(ALICE,), known=(Known(EntityType.PLACE, ("cité des Mimosas", "Mimosas", "les Mims")),)
)


def _vault() -> Vault:
    people = [("y-1", ("Nabil",)), ("y-2", ("Lina Amrani", "Lina", "alice")), ("y-3", ("Zizou",))]
    referents = tuple(Referent(key, EntityType.YOUTH, forms, f"Jeune {key[-1]}") for key, forms in people)
    return replace(Vault.empty(), referents=referents)


def test_participants_are_listened_for_first_then_whoever_is_named_most() -> None:
    """Two forms of each before a third of any, and no form twice."""
    order = listening_order(DOSSIER, _vault(), {"y-2": 5, "y-3": 9})
    assert order == [
        "Alice Dubois",
        "Alice",
        "cité des Mimosas",
        "Mimosas",
        "Zizou",
        "Lina Amrani",
        "Lina",
        "Nabil",
        "les Mims",
    ]


def test_without_a_dossier_the_vault_is_listened_for() -> None:
    """In the order of its mentions; an empty workshop listens for nobody."""
    assert listening_order(None, _vault(), {})[0] == "Nabil"
    assert listening_order(None, Vault.empty(), {}) == []


def test_mentions_are_counted_in_the_drafts_of_the_other_sessions(tmp_path: Path) -> None:
    """The second session listens for the names of the first one, the youth before the place named once."""
    home = factory.copied(tmp_path / "home", SessionState.IN_REVIEW)
    with home.open() as services:
        first = services.archive.catalog.session(factory.SESSION)
        names = names_to_hear(services, replace(first, id="s-" + "0" * 32, number=2), None)
        vault = SealedVaults(services).load(factory.CODE)
    assert names[0] in next(one.forms for one in vault.referents if one.kind is EntityType.YOUTH)
    assert {form for one in vault.referents for form in one.forms[:1]} <= set(names)
