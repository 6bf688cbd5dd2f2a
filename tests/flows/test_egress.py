"""What may leave: passages freed by people, the guard's refusals, and the last pass before a vault ends."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from anonymize.vault import Referent
from flows.steps.drafting.draft import open_draft
from flows.steps.drafting.vaults import SealedVaults
from flows.steps.leaving import egress, release
from flows.steps.retention import retain
from flows.steps.reviewing import clear, review
from flows.steps.reviewing.outcomes import Freeing
from flows.steps.sealing import condemn, finish_erasures
from infra.wiring import Services
from storage.commit import Change
from storage.log.entry import Entry
from storage.verify import verify_archive
from tests import factory
from vocabulary.choices import Audience, EntityType, RecordClass, RecordLife, SessionState, Tier
from vocabulary.errors import DetectorError, PersonError, StateError, UsageError, WithheldError

GROUP = Audience.GROUP
FORMATS = ["docx", "vtt", "txt"]
DOSSIER = factory.DOSSIER + '\n[[known]]\nkind = "youth"\nforms = ["le Gros"]\n'
DOSSIER += '\n[[known]]\nkind = "person"\nforms = ["la Rose"]\n'
TALK = (
    "Bonjour à tous, on reprend avec le jeune dont parlait Quastelbach la dernière fois.",
    "Oui, le Gros, il est venu avec la Rose hier soir, elle était là.",
    "C'est le gros problème de la cité, et la rose du jardin a fané.",
    "Et le gros problème revient, il prend du rotoxyde dans la cour.",
)

ROSE, GROS = ("la rose", " du jardin"), ("le gros", " problème de la cité")


@pytest.fixture
def home(tmp_path: Path) -> factory.Built:
    """A session in review in which two blazes are also ordinary words."""
    built = factory.copied(tmp_path / "home")
    with built.open(talk=TALK) as services:
        factory.walk(services, SessionState.IN_REVIEW, tmp_path, DOSSIER)
    return built


def passage(services: Services, person: str, said: str, after: str) -> int:
    """The number of the passage ``said`` that stands before ``after``, read by ``person``."""
    reading = review.show(services, factory.SESSION, person)
    (found,) = [
        one.passage
        for turn in reading.turns
        for one in turn.mentions
        if turn.text.reveal()[one.start : one.end].lower() == said and turn.text.reveal()[one.end :].startswith(after)
    ]
    return found


def freed(services: Services, person: str, said: str, after: str) -> Freeing:
    number = passage(services, person, said, after)
    return review.free(services, factory.SESSION, str(number), "Mot ordinaire, vérifié.", person)


def cleared(services: Services, audience: Audience = GROUP, second: str = "Dominique") -> None:
    review.accept(services, factory.SESSION, "Camille")
    for person in ("Camille", second):
        clear.clear(services, factory.SESSION, audience, person)


def given_out(home: factory.Built, form: str = "txt") -> str:
    file = home.path / "outbox" / factory.CODE / "1" / "group" / f"essai-1-group.{form}"
    text = re.sub(r"\n +\d+  ", " ", file.read_text(encoding="utf-8"))
    return " ".join(text.replace("’", "'").split())


def facts(services: Services, kind: str) -> list[dict[str, object]]:
    return [dict(entry.facts) for entry in services.archive.log.entries(kind=kind)]


def test_a_freed_word_leaves_at_that_place_and_is_masked_at_every_other(home: factory.Built) -> None:
    """One person for an adult's, two for a youth's; the same words elsewhere stay pseudonyms in every format."""
    with home.open() as services:
        assert freed(services, "Camille", *ROSE).done
        assert not freed(services, "Camille", *GROS).done
        second = freed(services, "Dominique", *GROS)
        assert (second.people, second.needed, second.done) == (2, 2, True)
        cleared(services, second="Evelyne")
        release.release(services, factory.SESSION, GROUP, FORMATS, "Camille")
        assert verify_archive(home.path, services.archive).findings == ()
    text = given_out(home)
    assert "C'est le gros problème de la cité, et la rose du jardin" in text
    assert "le gros problème revient" not in text
    assert "avec la Rose hier" not in text


def test_freeing_is_sealed_with_its_reason_and_the_log_counts(home: factory.Built) -> None:
    """Person, moment, occurrence and reason lie in the draft; the log has ids and counts, and no word of it."""
    with home.open() as services:
        freed(services, "Camille", *ROSE)
        session = services.archive.catalog.session(factory.SESSION)
        (decision,) = open_draft(services, session).decisions
        assert decision.reason is not None
        assert decision.reason.reveal() == "Mot ordinaire, vérifié."
        assert decision.person == services.person("Camille")
        assert decision.stretch is not None
        (logged,) = facts(services, "reviewed")
    assert set(logged) == {"record", "act", "people", "needed", "freed", "clearances"}
    assert (logged["act"], logged["people"], logged["freed"]) == ("free", 1, 1)


def test_clearances_fall_when_a_passage_is_freed(home: factory.Built) -> None:
    """One was given to the text as it was: it is void, and the person clears anew."""
    with home.open() as services:
        review.accept(services, factory.SESSION, "Camille")
        clear.clear(services, factory.SESSION, GROUP, "Dominique")
        assert freed(services, "Camille", *GROS).clearances == 0
        assert freed(services, "Camille", *ROSE).clearances == 1
        assert clear.clear(services, factory.SESSION, GROUP, "Dominique").given == 1
        with pytest.raises(StateError):
            release.release(services, factory.SESSION, GROUP, ["txt"], "Dominique")


def test_who_frees_has_reviewed(home: factory.Built) -> None:
    """Two people who freed or accepted cannot clear without anybody else."""
    with home.open() as services:
        review.accept(services, factory.SESSION, "Camille")
        freed(services, "Dominique", *ROSE)
        clear.clear(services, factory.SESSION, GROUP, "Camille")
        with pytest.raises(PersonError):
            clear.clear(services, factory.SESSION, GROUP, "Dominique")


def test_a_suspicion_is_freed_by_one_person_and_masked_again_by_one(home: factory.Built) -> None:
    """What is only suspected is masked, read as said once freed, and masked again."""
    with home.open() as services:
        reading = review.show(services, factory.SESSION, "Camille")
        turn, one = next((n, m) for n, t in enumerate(reading.turns) for m in t.mentions if m.tier is Tier.RESIDUAL)
        said = reading.turns[turn].text.reveal()[one.start : one.end]
        assert review.free(services, factory.SESSION, str(one.passage), "Pas un nom.", "Camille").done
        again = review.show(services, factory.SESSION, "Camille")
        shown = next(m for m in again.turns[turn].mentions if m.passage == one.passage)
        assert (shown.becomes, shown.waits) == (said, 0)
        review.show(services, factory.SESSION, "Dominique")
        assert not review.mask(services, factory.SESSION, str(one.passage), "Dominique").people
        last = review.show(services, factory.SESSION, "Camille")
        assert next(m for m in last.turns[turn].mentions if m.passage == one.passage).becomes == "[…]"


def test_a_number_counts_as_that_person_last_read_it(home: factory.Built) -> None:
    """Who has not read, or read another numbering, frees nothing; nor does a number or a place that is not there."""
    with home.open() as services:
        number = passage(services, "Camille", *ROSE)
        with pytest.raises(StateError):
            review.free(services, factory.SESSION, str(number), "Non lu.", "Dominique")
        for wrong in ("0", "999", "x", "2:0-0", "99:0-4", "2:1-5"):
            with pytest.raises(UsageError):
                review.free(services, factory.SESSION, wrong, "Rien.", "Camille")
        with pytest.raises(UsageError):
            review.free(services, factory.SESSION, str(number), "  ", "Camille")
        vaults = SealedVaults(services)
        grow(services, vaults, Referent("v-" + "0" * 32, EntityType.PERSON, ("jardin",), "Adulte 99"), "du Jardin")
        with pytest.raises(StateError):
            review.free(services, factory.SESSION, str(number), "Autre numérotation.", "Camille")


def test_the_same_person_twice_is_told(home: factory.Built) -> None:
    """The second freeing of a youth's form comes from somebody else."""
    with home.open() as services:
        freed(services, "Camille", *GROS)
        with pytest.raises(PersonError):
            freed(services, "Camille", *GROS)


def test_nothing_is_freed_after_clearance(home: factory.Built) -> None:
    """The session goes back to review first."""
    with home.open() as services:
        number = passage(services, "Camille", *ROSE)
        cleared(services)
        with pytest.raises(StateError):
            review.free(services, factory.SESSION, str(number), "Trop tard.", "Camille")


def grow(services: Services, vaults: SealedVaults, referent: Referent, form: str) -> None:
    """Let the vault learn one more form, as the draft of a later session does."""
    vault = vaults.load(factory.CODE)
    learnt = replace(referent, forms=(*referent.forms, form))
    row, gone = vaults.seal(
        factory.CODE, replace(vault, version=vault.version + 1, referents=(*vault.referents, learnt))
    )
    services.commit(Change(add=(row,), replace=tuple(gone)), Entry("drafted"))
    finish_erasures(services)


LATER = Referent("v-" + "1" * 32, EntityType.YOUTH, ("jardin",), "Jeune 98")


def test_a_hit_is_shown_on_demand_alone_and_logged_as_access(home: factory.Built) -> None:
    """A later session teaches the vault a name: the cleared text is withheld; the error says where, the passage is
    shown to whoever asks, with the occurrence that can be freed, and freeing it lets it leave."""
    with home.open() as services:
        cleared(services)
        grow(services, SealedVaults(services), LATER, "du Jardin")
        with pytest.raises(WithheldError) as raised:
            release.release(services, factory.SESSION, GROUP, FORMATS, "Camille")
        assert "jardin" not in str(raised.value).lower()
        assert not any(entry.get("what") == "withheld" for entry in facts(services, "accessed"))
        shown = egress.withheld(services, factory.SESSION, GROUP, "Camille")
        assert {one.text.reveal() for one in shown} == {"du jardin"}
        assert any(one.get("what") == "withheld" for one in facts(services, "accessed"))
        (where,) = {one.stretch for one in shown if one.stretch is not None}
        review.reopen(services, factory.SESSION, "Camille")
        for person in ("Camille", "Dominique"):
            review.free(services, factory.SESSION, where, "Le jardin public.", person)
        review.accept(services, factory.SESSION, "Camille")
        for person in ("Camille", "Evelyne"):
            clear.clear(services, factory.SESSION, GROUP, person)
        release.release(services, factory.SESSION, GROUP, FORMATS, "Camille")
    assert "la rose du jardin" not in given_out(home)
    assert "du jardin a fané" in given_out(home)


# Before a vault ends


def at_the_end(home: factory.Built):  # type: ignore[no-untyped-def]
    """The home long after every period of the demo policy has run out, a while at a time."""
    return home.open(now=factory.at(2099, 1, 1))


def vault_of(services: Services) -> str:
    (record,) = services.archive.catalog.records(workshop=factory.CODE, record_class=RecordClass.VAULT)
    return record.id


def end_vault(services: Services) -> tuple[list[object], tuple[object, ...]]:
    """What retention does once the vault of the workshop alone is due."""
    planned = retain.plan(services.settings, services.now(), everything=True)
    item = next(one for one in planned.items if one.record == vault_of(services))
    going, kept, _ = retain._pass_guard(
        services, factory.CODE, [replace(item, destroy=True, why=None)], services.person("Dominique")
    )
    return going, kept


def test_all_that_is_cleared_passes_the_guard_once_before_a_vault_ends(home: factory.Built) -> None:
    """The digest of each text that passed is in the log, with its formats; afterwards these can be made anew, and a
    text that did not pass cannot."""
    with home.open() as services:
        cleared(services)
        going, kept = end_vault(services)
        assert (len(going), kept) == (1, [])
        (entry,) = facts(services, "guard-passed")
        assert (entry["audience"], entry["formats"]) == ("group", "docx,txt,vtt")
        for person in ("Camille", "Dominique"):
            clear.clear(services, factory.SESSION, Audience.RESEARCH, person)
        vaults = services.archive.catalog.records(record_class=RecordClass.VAULT)
        services.commit(Change(replace=tuple(condemn(vaults, services.now()))), Entry("destruction-intended"))
        finish_erasures(services)
        assert release.release(services, factory.SESSION, GROUP, ["txt"], "Camille").files
        assert release.release(services, factory.SESSION, GROUP, ["vtt"], "Camille").files
        with pytest.raises(WithheldError):
            release.release(services, factory.SESSION, Audience.RESEARCH, ["txt"], "Camille")


def test_a_text_whose_proof_of_consent_is_gone_does_not_keep_the_vault(home: factory.Built) -> None:
    """Nothing of it may leave any more, so that nothing of it has to pass; nor does it stop the day of retention."""
    with home.open() as services:
        cleared(services)
        proofs = services.archive.catalog.records(record_class=RecordClass.CONSENT)
        services.commit(Change(replace=tuple(condemn(proofs, services.now()))), Entry("destruction-intended"))
        finish_erasures(services)
        going, kept = end_vault(services)
        assert (len(going), kept) == (1, [])
        assert facts(services, "guard-passed") == []
        with pytest.raises(WithheldError):
            release.release(services, factory.SESSION, GROUP, ["txt"], "Camille")


def test_a_text_that_does_not_pass_keeps_the_vault_and_is_named(home: factory.Built) -> None:
    """The reason names session and audience; once that text is gone, nothing keeps the vault."""
    with home.open() as services:
        cleared(services)
        grow(services, SealedVaults(services), LATER, "du Jardin")
        going, (kept,) = end_vault(services)
        assert going == []
        assert kept.why is not None  # type: ignore[attr-defined]
        assert kept.why.facts["session"] == str(factory.SESSION)  # type: ignore[attr-defined]
        live = services.archive.catalog.records()
        assert set(egress.stopped_by(services.archive.log, live)) == {vault_of(services)}
        review.reopen(services, factory.SESSION, "Camille")
        assert egress.stopped_by(services.archive.log, services.archive.catalog.records()) == {}
        going, kept_now = end_vault(services)
        assert (len(going), kept_now) == (1, [])


def with_vault_first(folder: Path, verbatim: str) -> factory.Built:
    """A home whose policy ends the vault after a day and the talk after ``verbatim``, before the cleared texts, and
    these before the proof of consent; a text cleared in it is withheld since the vault learnt a name."""
    policy = folder / "politique.yaml"
    text = factory.POLICY.read_text(encoding="utf-8")
    for old, new in (
        ("research_ended, keep: 5 years", "research_ended, keep: 99 years"),
        ("12 months}", verbatim + "}"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    start = text.index("  vault:")
    end = text.index("  cleared:", start)
    rule = '  vault: {after: received, keep: 1 days, then: destroy, because: "essai"}\n'
    policy.write_text(text[:start] + rule + text[end:], encoding="utf-8")
    built = factory.build(folder / "home", policy=policy)
    with built.open(talk=TALK) as services:
        factory.walk(services, SessionState.IN_REVIEW, folder, DOSSIER)
        cleared(services)
        grow(services, SealedVaults(services), LATER, "du Jardin")
    return built


def test_retention_itself_keeps_a_vault_and_says_why(tmp_path: Path) -> None:
    """As long as the text that was withheld can be cleared anew, apply keeps the vault and the plan says why; it goes
    once that text is gone."""
    built = with_vault_first(tmp_path, verbatim="99 years")
    with at_the_end(built) as services:
        vault = vault_of(services)
        assert vault in {item.record for item in retain.plan(built.settings, services.now()).to_destroy}
        applied = retain.apply(services, "Dominique")
        assert ([item.record for item in applied.kept], applied.shut) == ([vault], ())
        assert services.archive.catalog.record(vault).life == RecordLife.LIVE
        (item,) = [one for one in retain.plan(built.settings, services.now()).items if one.record == vault]
        assert not item.destroy
        assert item.why is not None
        assert "egress guard" in item.why.message
        texts = services.archive.catalog.records(record_class=RecordClass.CLEARED)
        services.commit(Change(replace=tuple(condemn(texts, services.now()))), Entry("destruction-intended"))
        retain.apply(services, "Dominique")
        assert services.archive.catalog.record(vault).life == RecordLife.DESTROYED
        assert verify_archive(built.path, services.archive).findings == ()


def test_a_text_that_nobody_can_clear_anew_does_not_keep_the_vault(tmp_path: Path) -> None:
    """What was said is destroyed: the vault ends on its day, the text never leaves again, and the log says that it
    was withheld."""
    built = with_vault_first(tmp_path, verbatim="12 months")
    with at_the_end(built) as services:
        vault = vault_of(services)
        applied = retain.apply(services, "Dominique")
        assert (applied.kept, applied.shut) == ((), ((factory.SESSION, Audience.GROUP),))
        assert services.archive.catalog.record(vault).life == RecordLife.DESTROYED
        assert [entry["vault"] for entry in facts(services, "withheld-by-guard")] == [vault]
        with pytest.raises(WithheldError):
            release.release(services, factory.SESSION, GROUP, ["txt"], "Camille")
        assert verify_archive(built.path, services.archive).findings == ()


def test_a_detector_that_fails_keeps_the_vault(home: factory.Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unsure, the last pass lets nothing go: no entry says that anything passed."""

    def fail(_lines: object) -> None:
        raise DetectorError("A detector failed.")

    with home.open() as services:
        cleared(services)
        monkeypatch.setattr(services.detector, "detect", fail, raising=False)
        with pytest.raises(DetectorError):
            end_vault(services)
        assert facts(services, "guard-passed") == []
        assert vault_of(services)


def test_a_second_look_withdraws_nothing_but_what_no_longer_passes(home: factory.Built) -> None:
    """What the log says of a vault is the last word: withheld, then passed, keeps it no longer."""
    with home.open() as services:
        cleared(services)
        (text,) = services.archive.catalog.records(record_class=RecordClass.CLEARED)
        told = {"audience": "group", "cleared": text.id, "vault": vault_of(services)}
        session = services.archive.catalog.session(factory.SESSION).id
        services.commit(Change(), Entry("withheld-by-guard", session=session, facts=told))
        live = services.archive.catalog.records()
        assert egress.stopped_by(services.archive.log, live) == {told["vault"]: [text]}
        assert egress.stopped_by(services.archive.log, [one for one in live if one != text]) == {}
        end_vault(services)
        assert egress.stopped_by(services.archive.log, live) == {}
