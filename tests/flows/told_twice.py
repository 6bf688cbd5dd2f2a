"""A workshop whose second session speaks again of the youth and of the participant of the first. All are invented."""

from pathlib import Path

from flows import plain
from flows.steps.arrival import receive
from flows.steps.leaving import release
from flows.steps.reviewing import clear, review
from infra.wiring import Services
from tests import factory
from vocabulary.choices import Audience, SessionState
from vocabulary.ids import SessionName

FIRST, SECOND = factory.SESSION, SessionName(factory.CODE, 2)
FIRST_TALK = (
    "Bonjour, je m'appelle Solveig Quastelbach, je suis éducatrice. On reprend.",
    "Amaury Zorbekian a seize ans. Il tient le four de la cité. Kamel Ouradou, lui, travaille à la mission locale.",
    "Amaury ? Oui, il dort dehors depuis mardi. On fait une pause de dix minutes.",
)
SECOND_TALK = (
    "La dernière fois, madame Quastelbach parlait d'un gamin.",
    "Amaury Zorbekian est revenu au foyer. Son père l'attendait.",
    "Kamel Ouradou a trouvé un stage, tout va bien.",
)
REMINDER = "# Rappeler la mère d'Amaury avant la séance.\n"
BERTILLE = """\
[[participant]]
name = "Bertille Vaucanson"
role = "enseignante"
institution = "collège"
form = "F-2026-002"
agrees = ["recording", "return", "research"]
"""
KAMEL = """\
[[known]]
kind = "person"
forms = ["Kamel Ouradou"]
"""
_BLOCKS = (REMINDER + factory.SOLVEIG, BERTILLE, factory.AMAURY, KAMEL)
FIRST_DOSSIER = factory.dossier_of(*_BLOCKS)
SECOND_DOSSIER = factory.dossier_of(*_BLOCKS, number=2, date="2026-04-11")


def bring(services: Services, name: SessionName, dossier: str, scratch: Path, *more: Path) -> None:
    """Seal a recording of a session, its dossier, and take it as far as a run does."""
    recording, toml = scratch / f"{name.number}.ogg", scratch / f"seance{name.number}.toml"
    recording.write_bytes(factory.RECORDING.read_bytes() + bytes(name.number))
    toml.write_text(dossier, encoding="utf-8")
    receive.submit(services, [recording, *more], name, toml)
    for path in (recording, toml):
        path.unlink()
    plain.run(services)


def clear_for_group(services: Services, name: SessionName) -> None:
    """Review and clear a session for the group."""
    review.accept(services, name, "Camille")
    clear_twice(services, name)


def clear_twice(services: Services, name: SessionName) -> None:
    """Clear what stands for the group, by two people."""
    for person in ("Camille", "Dominique"):
        clear.clear(services, name, Audience.GROUP, person)


def build(path: Path, state: SessionState = SessionState.RELEASED) -> factory.Built:
    """A home with the two sessions: the first taken to ``state``, the second in review."""
    home = factory.build(path)
    with home.open(talk=FIRST_TALK) as services:
        bring(services, FIRST, FIRST_DOSSIER, path.parent)
        if state is not SessionState.IN_REVIEW:
            clear_for_group(services, FIRST)
        if state is SessionState.RELEASED:
            release.release(services, FIRST, Audience.GROUP, ["docx", "txt"], "Camille")
    with home.open(talk=SECOND_TALK) as services:
        bring(services, SECOND, SECOND_DOSSIER, path.parent)
    return home
