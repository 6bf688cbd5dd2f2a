"""Who speaks, corrected in the review: from a decision to what the group reads, and nothing of a name in the log."""

import json
import struct
from pathlib import Path

import pytest

from flows import plain
from flows.steps.arrival import receive
from flows.steps.drafting.draft import open_draft, open_seated, treated_for
from flows.steps.reviewing import clear, review, speakers
from speech.child_process import Recipe
from speech.diariser_process import ProcessDiariser
from tests import factory
from tests.fakes import diarisation_libraries as libraries
from vocabulary.choices import Audience, RecordClass, SessionState, ToldApart
from vocabulary.errors import StateError, UsageError

NAME = "Solveig Quastelbach"
S = factory.SESSION


@pytest.fixture
def built(tmp_path: Path) -> factory.Built:
    return factory.copied(tmp_path / "home", SessionState.IN_REVIEW)


def _read(services, audience: Audience = Audience.GROUP) -> list[tuple[str | None, str]]:  # type: ignore[no-untyped-def]
    session = services.archive.catalog.session(S)
    treated = treated_for(services, session, audience)[0]
    return [(turn.speaker, turn.text.reveal()) for turn in treated.turns]


def _first(services) -> str:  # type: ignore[no-untyped-def]
    return speakers.show(services, S, "Camille").voices[0].label


def test_the_review_says_who_speaks_and_what_told_it(built: factory.Built) -> None:
    """Labels, turns, seconds and first words; the diariser without a model names itself; the reading is logged."""
    with built.open() as services:
        found = speakers.show(services, S, "Camille")
        assert found.told_apart is ToldApart.PLAIN
        assert found.heads == 2
        assert sum(voice.turns for voice in found.voices) == len(open_seated(services, _row(services)).transcript.turns)
        assert found.voices[0].first.reveal().startswith("Bonjour à tous")
        assert all(voice.seconds > 0 for voice in found.voices)
        entry = list(services.archive.log.entries(kind="accessed"))[-1]
        assert entry.facts["what"] == "speakers"


def _row(services):  # type: ignore[no-untyped-def]
    return services.archive.catalog.session(S)


def test_a_part_of_a_turn_goes_to_a_new_voice_and_comes_back(built: factory.Built) -> None:
    """The group reads it as somebody else's; joined again, the text is what it was."""
    with built.open() as services:
        before, label = _read(services), _first(services)
        given = speakers.part(services, S, ["1:4-5"], None, "Camille")
        assert given.label not in {one for one, _ in before}
        parted = _read(services)
        assert len(parted) == len(before) + 2
        assert " ".join(text for _, text in parted) == " ".join(text for _, text in before)
        assert parted[1][0] != parted[0][0]
        speakers.join(services, S, label, given.label, "Camille")
        assert _read(services) == before


def test_a_participant_who_is_recognised_is_read_alike_when_they_speak_and_when_others_do(
    built: factory.Built,
) -> None:
    """By the code of their function; the log knows the act and nobody's name."""
    with built.open() as services:
        label = _first(services)
        (choice,) = speakers.participants(services, S, label, "Camille")
        assert (choice.name.reveal(), choice.label) == (NAME, None)
        given = speakers.part(services, S, ["2"], None, "Camille")
        speakers.recognise(services, S, given.label, choice.referent, "Camille")
        read = _read(services)
        assert "dont parlait Éducatrice 1" in read[0][1]
        assert [speaker for speaker, text in read if "inscrit" in text] == ["Éducatrice 1"]
        assert speakers.participants(services, S, label, "Camille")[0].label == given.label
        logged = (built.path / "archive" / "log").rglob("*")
        assert not any(b"Quastelbach" in path.read_bytes() for path in logged if path.is_file())
        speakers.recognise(services, S, given.label, None, "Camille")
        assert "Éducatrice 1" not in [speaker for speaker, _ in _read(services)]


def test_what_was_found_is_masked_all_the_same_however_turns_are_parted(built: factory.Built) -> None:
    """Every turn is cut: no planted name comes out, and what is freed afterwards is the passage that was freed."""
    with built.open() as services:
        page = review.show(services, S, "Dominique")
        counted = [(page.turns[one.turn].text.reveal()[one.start : one.end]) for one in _spans(services)]
        for number in range(1, len(page.turns) + 1):
            speakers.part(services, S, [f"{number}:1-2"], None, "Dominique")
        assert [
            open_seated(services, _row(services)).transcript.turns[one.turn].text.reveal()[one.start : one.end]
            for one in _spans(services)
        ] == counted
        text = " ".join(text for _, text in _read(services))
        assert not [canary for canary in factory.CANARIES if canary in text]
        page = review.show(services, S, "Dominique")
        mention = next(one for turn in page.turns for one in turn.mentions if one.label.value == "PLACE")
        review.free(services, S, str(mention.passage), "un lieu connu de tous", "Dominique")
        again = review.show(services, S, "Dominique")
        freed = [one.passage for turn in again.turns for one in turn.mentions if one.waits == 0]
        assert freed == [mention.passage]


def _spans(services):  # type: ignore[no-untyped-def]
    return open_seated(services, _row(services)).draft.spans


def test_a_mention_is_never_parted(built: factory.Built) -> None:
    """Words that begin inside a name are refused, and nothing was decided."""
    with built.open() as services:
        turns = open_seated(services, _row(services)).transcript.turns
        number = next(at for at, turn in enumerate(turns, 1) if "Amaury Zorbekian" in turn.text.reveal())
        words = [word.text.reveal() for word in turns[number - 1].words]
        with pytest.raises(UsageError, match="inside a passage"):
            speakers.part(services, S, [f"{number}:{words.index('Amaury') + 2}"], None, "Camille")
        assert open_draft(services, _row(services)).speakers == ()


def test_a_new_draft_keeps_who_speaks_and_a_new_transcript_does_not(built: factory.Built, tmp_path: Path) -> None:
    """A corrected dossier drafts anew with the voices as people left them; another count of heads ends it."""
    with built.open() as services:
        given = speakers.part(services, S, ["1"], None, "Camille")
        toml = tmp_path / "seance1.toml"
        for old, new, kept in (('"Zorbekian"]', '"Zorbekian", "Momo"]', True), ("speakers = 2", "speakers = 3", False)):
            toml.write_text(factory.DOSSIER.replace(old, new), encoding="utf-8")
            receive.submit(services, [], S, toml)
            plain.run(services)
            assert _row(services).state == SessionState.IN_REVIEW
            labels = [voice.label for voice in speakers.show(services, S, "Camille").voices]
            assert (given.label in labels) is kept


def test_deciding_who_speaks_voids_clearances_and_counts_as_review(built: factory.Built) -> None:
    """What was cleared was another text; whoever corrected it has reviewed."""
    with built.open() as services:
        review.accept(services, S, "Camille")
        clear.clear(services, S, Audience.GROUP, "Camille")
        assert speakers.part(services, S, ["1"], None, "Dominique").clearances == 1
        assert services.person("Dominique") in open_draft(services, _row(services)).reviewers


def test_what_is_not_there_is_named(built: factory.Built) -> None:
    """A label or a turn that the session lacks is a mistake a person can see."""
    with built.open() as services:
        label = _first(services)
        for told, act in {
            "no speaker S77": lambda: speakers.join(services, S, label, "S77", "Camille"),
            "one already": lambda: speakers.join(services, S, label, label, "Camille"),
            "no turn 99": lambda: speakers.part(services, S, ["99"], None, "Camille"),
            "no turn 1:900": lambda: speakers.part(services, S, ["1:900"], None, "Camille"),
            "no turn un": lambda: speakers.part(services, S, ["un"], None, "Camille"),
            "no speaker S78": lambda: speakers.show(services, S, "Camille", of="S78"),
        }.items():
            with pytest.raises(UsageError, match=told):
                act()


def test_one_participant_is_one_voice(built: factory.Built) -> None:
    """Recognising them in a second voice is refused with the way to join the two."""
    with built.open() as services:
        label = _first(services)
        other = speakers.part(services, S, ["2"], None, "Camille").label
        (choice,) = speakers.participants(services, S, label, "Camille")
        speakers.recognise(services, S, label, choice.referent, "Camille")
        with pytest.raises(UsageError, match="review join"):
            speakers.recognise(services, S, other, choice.referent, "Camille")


def test_who_speaks_is_settled_in_review_alone(tmp_path: Path) -> None:
    """Once cleared, the way back is named."""
    with factory.copied(tmp_path / "home", SessionState.CLEARED).open() as services, pytest.raises(StateError):
        speakers.part(services, S, ["1"], None, "Camille")


def test_no_voiceprint_is_stored_wherever_one_is_made(tmp_path: Path) -> None:
    """A library that answers with voiceprints tells the voices apart; what is sealed holds labels and times alone."""
    folder = libraries.pyannote_folder(tmp_path / "voix")
    made = Recipe("tests.fakes.troubled_diarisers", "pyannote", {"folder": str(folder), "threads": 1})
    with factory.copied(tmp_path / "home", SessionState.RECEIVED).open() as services:
        services.__dict__["diariser"] = ProcessDiariser(ToldApart.PYANNOTE, made)
        plain.run(services)
        assert speakers.show(services, S, "Camille").told_apart is ToldApart.PYANNOTE
        archive, opened = services.archive, []
        for record in archive.catalog.records():
            sealed = archive.sealed_of(record)
            if record.record_class == RecordClass.VERBATIM:
                table = archive.objects._table(archive.scope_of(record), sealed)
                assert table.schema.names == ["speaker", "start", "end", "text", "words"]
                facts = json.loads(table.schema.metadata[b"huisclos"])
                assert set(facts) == {
                    "format", "table", "language", "duration", "model", "warnings",
                    "told_apart", "certainty", "overlapped",
                }  # fmt: skip
                assert facts["certainty"] == [None] * table.num_rows
                opened.append(repr((table.to_pylist(), facts)).encode())
            else:
                opened.append(archive.objects.unseal(archive.scope_of(record), sealed))
    figures = (struct.pack("<d", libraries.VOICEPRINT), struct.pack("<f", libraries.VOICEPRINT), b"0.61803")
    assert len(opened) > 4
    assert not [data for data in opened for figure in figures if figure in data]
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in left for figure in figures if figure in path.read_bytes()]
