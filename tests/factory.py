"""Builds a real home in any state, through the steps, in about a second.

Only two parts are not the real ones: the recogniser (a scripted one, held to the same contract as
Whisper's by tests/speech) and the costs of Argon2id. The talk is invented, and so is everybody in it.
"""

import atexit
import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from unittest import mock

from anonymize.detect import Detector
from flows import plain
from flows.steps import workshops
from flows.steps.arrival import receive
from flows.steps.leaving import release
from flows.steps.retention import retain
from flows.steps.reviewing import clear, review
from infra.home import create_home
from infra.settings import Keys, Settings, load_settings
from infra.wiring import Services, open_services
from tests.fakes.scripted_recogniser import ScriptedRecogniser
from vocabulary.choices import Audience, SessionState
from vocabulary.ids import SessionName

ROOT = Path(__file__).resolve().parent.parent
_SCRATCH = tempfile.gettempdir()
"""As it is before any home is opened: what opens one moves temporary files into it."""
PASSPHRASE = "lanterne-gruau-parvis-mouette"
RECORDING = ROOT / "tests" / "data" / "short.ogg"
POLICY = ROOT / "policies" / "samples" / "demo.yaml"
CODE = "essai"
SESSION = SessionName(CODE, 1)
FAST = Keys(memory_kib=8, passes=1, lanes=1)

CANARIES = ("Zorbekian", "Quastelbach", "Mirontaine", "Tchoupinel")
"""Names planted in the talk and the dossier; none may be found anywhere."""

TALK = (
    "Bonjour à tous, on reprend avec le jeune dont parlait Quastelbach la dernière fois.",
    "Oui, Amaury Zorbekian, il a seize ans, il habite la cité des Mirontaines maintenant.",
    "Sa mère, madame Zorbekian, l'a inscrit au collège Tchoupinel, et Amaury n'y va plus.",
)
"""What the scripted recogniser hears, one turn a line."""

SOLVEIG = """\
[[participant]]
name = "Solveig Quastelbach"
also = ["Quastelbach"]
role = "éducatrice"
institution = "association"
form = "F-2026-001"
agrees = ["recording", "return", "research"]
"""
AMAURY = """\
[[known]]
kind = "youth"
forms = ["Amaury Zorbekian", "Amaury", "Zorbekian"]
"""
MIRONTAINES = """\
[[known]]
kind = "place"
forms = ["cité des Mirontaines", "les Mirontaines"]
"""


def dossier_of(*blocks: str, number: int = 1, date: str = "2026-03-14") -> str:
    """The dossier of a session of two voices; ``blocks`` say who took part, and who and what is known."""
    head = f"""\
format = "huisclos-session/1"

[session]
number = {number}
date = {date}
language = "fr"
speakers = 2
"""
    return "\n".join((head, *blocks))


DOSSIER = dossier_of(SOLVEIG, AMAURY, MIRONTAINES)


@cache
def detector() -> Detector:
    """The real detector; loading it takes seconds, so it is loaded once."""
    return Detector()


@dataclass(frozen=True)
class Built:
    """A home on disk. ``open`` gives its services, with the scripted recogniser."""

    path: Path
    session: SessionName = SESSION

    @property
    def settings(self) -> Settings:
        return load_settings(self.path)

    @contextlib.contextmanager
    def open(self, *, talk: tuple[str, ...] = TALK, now: Callable[[], datetime] | None = None) -> Iterator[Services]:
        """The home's services; the real detector, the talk instead of a speech model."""
        with open_services(self.settings, PASSPHRASE, now=now) as services:
            services.__dict__["recogniser"] = ScriptedRecogniser(talk)
            services.__dict__["detector"] = _Lazy()
            yield services


class _Lazy:
    """Stands for the shared detector until a step detects."""

    def __getattr__(self, name: str) -> object:
        return getattr(detector(), name)


def build(path: Path, state: SessionState | None = None, *, dossier: str = DOSSIER, policy: Path = POLICY) -> Built:
    """A home with one workshop, and a session walked to ``state`` (received to released), if any."""
    built = bare(path)
    with built.open() as services:
        workshops.add(services, CODE, policy)
        if state is not None:
            walk(services, state, path.parent, dossier)
    return built


def copied(path: Path, state: SessionState | None = None) -> Built:
    """What ``build`` makes of the same state, as a copy of a home that was made once: in a hundredth of the time."""
    shutil.copytree(_made(state), path)
    return Built(path)


@cache
def _made(state: SessionState | None) -> Path:
    """A home that nobody opens again, made with no setting of whatever test asks first."""
    place = Path(tempfile.mkdtemp(prefix="huisclos-made-", dir=_SCRATCH))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    plain_environment = {name: value for name, value in os.environ.items() if not name.startswith("HUISCLOS_")}
    with mock.patch.dict(os.environ, plain_environment, clear=True), mock.patch.object(tempfile, "tempdir", _SCRATCH):
        return build(place / "home", state).path


def bare(path: Path, now: datetime | None = None) -> Built:
    """A home without a workshop, made at ``now``."""
    os.environ.setdefault("HUISCLOS_INTAKE__SETTLE_SECONDS", "0")
    create_home(path, PASSPHRASE, keys=FAST, accept_place=True, now=now)
    return Built(path)


def walk(services: Services, state: SessionState, scratch: Path, dossier: str = DOSSIER) -> None:
    """Take the session from nothing to ``state``."""
    toml = scratch / "seance1.toml"
    toml.write_text(dossier, encoding="utf-8")
    receive.submit(services, [RECORDING], SESSION, toml)
    toml.unlink()
    if state is SessionState.RECEIVED:
        return
    plain.run(services)
    if state is not SessionState.IN_REVIEW:
        walk_on(services, state)


def walk_on(services: Services, state: SessionState) -> None:
    """Take the session from its review to ``state``."""
    review.accept(services, SESSION, "Camille")
    clear.clear(services, SESSION, Audience.GROUP, "Camille")
    clear.clear(services, SESSION, Audience.GROUP, "Dominique")
    if state is SessionState.CLEARED:
        return
    release.release(services, SESSION, Audience.GROUP, ["docx", "vtt", "txt"], "Camille")
    if state is SessionState.CLOSED:
        retain.apply(services, "Dominique")


def at(year: int, month: int, day: int, hour: int = 9) -> Callable[[], datetime]:
    """A clock that stands still."""
    return lambda: datetime(year, month, day, hour, tzinfo=UTC)
