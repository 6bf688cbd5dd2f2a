"""Treatment by audience, through the steps: what is drawn is drawn once, and nothing of the talk leaves."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows import plain
from flows.steps.arrival import receive
from flows.steps.drafting.draft import treated_for
from flows.steps.drafting.vaults import SealedVaults
from flows.steps.leaving import release
from flows.steps.retention import retain
from flows.steps.reviewing import clear, review
from infra.wiring import Services
from returns.rendering import extract
from tests import factory
from vocabulary.choices import Audience, EntityType, RecordClass, SessionState
from vocabulary.errors import WithheldError
from vocabulary.ids import SessionName

FORMATS = ["docx", "vtt", "txt"]
SECOND = (
    "Amaury Zorbekian est revenu le 12 mai 2026, et Amaury travaille.",
    "Et au collège Tchoupinel, Amaury a été exclu le 3 mars 2026.",
)


def policy_with(folder: Path, old: str, new: str, policy: Path = factory.POLICY) -> Path:
    """A policy, the demonstration's, with one thing changed."""
    text = policy.read_text(encoding="utf-8")
    assert old in text
    path = folder / "politique.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


@pytest.fixture
def home(tmp_path: Path) -> factory.Built:
    """A home whose group reads equivalent first names, with a session in review."""
    policy = policy_with(tmp_path, "pseudonyms: code", "pseudonyms: equivalent")
    return factory.build(tmp_path / "home", SessionState.IN_REVIEW, policy=policy)


def youth(services: Services) -> tuple[str, int | None]:
    """The equivalent and the offset of the one youth."""
    vault = SealedVaults(services).load(factory.CODE)
    one = next(one for one in vault.referents if one.kind is EntityType.YOUTH and "Amaury" in one.forms)
    assert one.equivalent is not None
    return one.equivalent, one.shift_weeks


def draft_second(services: Services, folder: Path, dossier: str = factory.DOSSIER) -> SessionName:
    toml = folder / "seance2.toml"
    toml.write_text(dossier.replace("number = 1", "number = 2"), encoding="utf-8")
    name = SessionName(factory.CODE, 2)
    other = folder / "seance2.ogg"
    other.write_bytes(factory.RECORDING.read_bytes() + b"\0")
    receive.submit(services, [other], name, toml)
    plain.run(services)
    return name


def test_review_and_return_read_the_equivalent_and_the_guard_lets_it_leave(home: factory.Built) -> None:
    """The reviewer sees the first name that the group will read, and it leaves in every format."""
    with home.open() as services:
        name, _ = youth(services)
        reading = review.show(services, factory.SESSION, "Camille")
        assert f"{name} (Jeune 1)" in {referent.pseudonym for referent in reading.referents}
        assert name in {mention.becomes for turn in reading.turns for mention in turn.mentions}
        review.accept(services, factory.SESSION, "Camille")
        for person in ("Camille", "Dominique"):
            clear.clear(services, factory.SESSION, Audience.GROUP, person)
        release.release(services, factory.SESSION, Audience.GROUP, FORMATS, "Camille")
    folder = home.path / "outbox" / factory.CODE / "1" / "group"
    for form in FORMATS:
        texts = " ".join(extract(form, (folder / f"essai-1-group.{form}").read_bytes()).values())
        assert name in texts
        assert not any(one.lower() in texts.lower() for one in (*factory.CANARIES, "Amaury"))


def test_the_next_session_keeps_what_was_drawn(home: factory.Built, tmp_path: Path) -> None:
    """The same first name and the same offset; entry and exclusion stay as far apart."""
    with home.open(talk=SECOND) as services:
        before = youth(services)
        session = services.archive.catalog.session(draft_second(services, tmp_path))
        assert youth(services) == before
        treated = treated_for(services, session, Audience.GROUP)[0]
    said = " ".join(turn.text.reveal() for turn in treated.turns)
    assert before[0] in said and "Amaury" not in said
    assert "12 mai 2026" not in said and "3 mars 2026" not in said


def test_a_draft_made_again_draws_nothing_again(home: factory.Built, tmp_path: Path) -> None:
    """A new dossier makes a new draft, with the names and offsets that were there."""
    with home.open() as services:
        before = youth(services)
        toml = tmp_path / "seance1.toml"
        toml.write_text(factory.DOSSIER.replace('"éducatrice"', '"éducatrice spécialisée"'), encoding="utf-8")
        receive.submit(services, [], factory.SESSION, toml)
        plain.run(services)
        assert youth(services) == before


def test_the_dossier_decides_what_a_place_generalises_to(tmp_path: Path) -> None:
    """Its general text reaches the reader of research, who reads a place no nearer than that."""
    dossier = factory.DOSSIER + 'general = "une cité du nord de la ville"\n'
    built = factory.build(tmp_path / "home", SessionState.IN_REVIEW, dossier=dossier)
    with built.open() as services:
        session = services.archive.catalog.session(factory.SESSION)
        treated = treated_for(services, session, Audience.RESEARCH)[0]
    assert "une cité du nord de la ville" in " ".join(turn.text.reveal() for turn in treated.turns)


def test_codes_only_draw_no_first_name(tmp_path: Path) -> None:
    """Where no audience reads first names, the vault holds none."""
    built = factory.copied(tmp_path / "home", SessionState.IN_REVIEW)
    with built.open() as services:
        vault = SealedVaults(services).load(factory.CODE)
    assert all(one.equivalent is None for one in vault.referents)
    assert all((one.shift_weeks is None) is (one.kind is not EntityType.YOUTH) for one in vault.referents)


def test_a_first_name_given_back_does_not_keep_the_vault_past_its_day(tmp_path: Path) -> None:
    """A text cleared before somebody came who bears its first name is withheld, and can be cleared anew; once the talk
    it was made of is gone, the vault ends with its period."""
    policy = policy_with(tmp_path, "pseudonyms: code", "pseudonyms: equivalent")
    rule = policy_with(
        tmp_path, "after: workshop_closed\n    keep: 6 months", "after: received\n    keep: 1 days", policy
    )
    built = factory.build(tmp_path / "home", SessionState.CLEARED, policy=rule)
    with built.open() as services:
        before, _ = youth(services)
    with built.open(talk=(f"Et puis {before} est venu au collège Tchoupinel, {before} a quinze ans.",)) as services:
        draft_second(services, tmp_path)
        assert youth(services)[0] != before
        with pytest.raises(WithheldError):
            release.release(services, factory.SESSION, Audience.GROUP, FORMATS, "Camille")

    def ended(days: int) -> tuple[int, int]:
        """How many vaults are kept and how many stand, so many days later."""
        later = datetime.now(UTC) + timedelta(days=days)
        with built.open(now=lambda: later) as services:
            kept = retain.apply(services, "Dominique").kept
            return len(kept), len(services.archive.catalog.records(record_class=RecordClass.VAULT))

    assert ended(10) == (1, 1)
    assert ended(400) == (0, 0)
