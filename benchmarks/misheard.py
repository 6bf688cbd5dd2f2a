"""How many names come out right before and after correction, and how many corrections are wrong.

    python -m benchmarks.misheard FOLDER [--corpus FILE]... [--without-hotwords] [--list]
    python -m benchmarks.misheard --text

Spoken: ``FOLDER/ID.wav`` are sessions that benchmarks/spoken_sessions.py made; each is recognised with the shipped
model once, and what was heard is kept beside it (``ID.hotwords.json``, ``ID.bare.json``), so that rules can be tuned
without hearing again. Text: the gold corpora as they were written, which is right: every correction there is wrong.

What is printed of each session:
* names right before and after, as forms (at least once) and as mentions (benchmarks/speech_measures.py);
* certain corrections, wrong ones among them, over the words that were touched and over all words. A correction is
  right when a form of the same one stands in the reference where these words do, and was not heard right there;
* proposed ones, and how many of them are right;
* of the mentions that did not come out right, how many are masked all the same (``--masked`` loads the detector).
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rapidfuzz.distance import Levenshtein

from anonymize.forms import variants
from anonymize.french.folding import squash, tokens
from anonymize.hearing.corrections import find_corrections, undecided
from anonymize.vault import KnownReferent, Vault
from benchmarks.corpora import ROOT, read_corpus
from benchmarks.speech_measures import name_recall
from vocabulary.choices import EntityType
from vocabulary.corrections import Correction, corrected
from vocabulary.text import IdentifiedText
from vocabulary.transcript import Transcript, Turn, Word

CORPORA = tuple(ROOT / "benchmarks" / name for name in ("corpus", "second_corpus", "third_corpus"))
DEMO = ROOT / "demo" / "gold.jsonl"
_NAMED = {"YOUTH", "PERSON", "PLACE", "INSTITUTION"}
_AROUND = 3
"""Words of the reference, on each side of where the heard words fall, in which a form may stand."""


@dataclass(frozen=True)
class Told:
    """A reference session: what was said, and who is named in it."""

    text: str
    known: tuple[KnownReferent, ...]

    @property
    def forms(self) -> list[str]:
        return [form for referent in self.known for form in referent.forms]


def told(document: dict[str, Any]) -> Told:
    """Read a gold document; every form of it is in its dossier."""
    by_cluster: dict[str, tuple[EntityType, dict[str, None]]] = {}
    for entity in document["entities"]:
        if entity["label"] in _NAMED:
            kind = EntityType(entity["label"])
            by_cluster.setdefault(entity["cluster"], (kind, {}))[1][entity["text"]] = None
    known = tuple(KnownReferent(None, kind, tuple(forms)) for kind, forms in by_cluster.values())
    return Told(" ".join(document["text"][turn["start"] : turn["end"]] for turn in document["turns"]), known)


def documents(files: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """Return the gold documents of some files by id; the demonstration is "demo"."""
    found = {}
    for file in files:
        for row in file.read_text(encoding="utf-8").splitlines():
            document = json.loads(row)
            found["demo" if file == DEMO else document["id"]] = document
    return found


def as_written(document: dict[str, Any]) -> Transcript:
    """Return a gold document as a transcript: right, without probabilities."""
    turns = (
        Turn(turn["speaker"], 0.0, 0.0, IdentifiedText(document["text"][turn["start"] : turn["end"]]))
        for turn in document["turns"]
    )
    return Transcript(tuple(turns), "fr", 0.0, "gold")


def heard(recording: Path, said: Told, kept: Path, *, hotwords: bool) -> Transcript:
    """Return what the shipped model hears, from ``kept`` if it has been heard before."""
    if not kept.exists():
        kept.write_text(json.dumps(_hear(recording, said.forms if hotwords else []), ensure_ascii=False))
    value = json.loads(kept.read_text())
    turns = []
    for turn in value["turns"]:
        words = tuple(Word(IdentifiedText(text), *rest) for text, *rest in turn["words"])
        text = IdentifiedText(" ".join(word.text.reveal() for word in words))
        turns.append(Turn("S1", turn["start"], turn["end"], text, words))
    return Transcript(tuple(turns), "fr", value["duration"], value["model"])


def _hear(recording: Path, hotwords: Sequence[str]) -> dict[str, Any]:
    from speech.models import default_cache, model_directory
    from speech.recognise import WhisperRecogniser
    from speech.transcribe import transcribe

    class OneVoice:
        version = "one voice"

        def diarise(self, _samples: object, stretches: Sequence[object], _speakers: object) -> list[int]:
            return [0] * len(stretches)

    recogniser = WhisperRecogniser(model_directory("base", default_cache()))
    with recording.open("rb") as source:
        made = transcribe([source], None, recogniser, OneVoice(), hotwords=hotwords)  # type: ignore[arg-type]
    return {
        "duration": made.duration,
        "model": made.model,
        "turns": [
            {
                "start": turn.start,
                "end": turn.end,
                "words": [[word.text.reveal(), word.start, word.end, word.probability] for word in turn.words],
            }
            for turn in made.turns
        ],
    }


class Judge:
    """Tells right corrections from wrong ones: the words heard are aligned with those of the reference."""

    def __init__(self, transcript: Transcript, said: Told) -> None:
        self._places = [
            (number, token.start, token.folded)
            for number, turn in enumerate(transcript.turns)
            for token in tokens(turn.text.reveal())
        ]
        self._said = [token.folded for token in tokens(said.text)]
        blocks = Levenshtein.opcodes([word for _, _, word in self._places], self._said)
        self._at: dict[int, tuple[int, int]] = {}
        for block in blocks:
            for index in range(block.src_start, block.src_end):
                if block.tag == "equal":
                    self._at[index] = (block.dest_start + index - block.src_start,) * 2
                else:
                    self._at[index] = (block.dest_start, block.dest_end)
        self._forms: dict[str, list[list[str]]] = {}
        for referent in said.known:
            spellings = {one for form in referent.forms for one, _, _ in variants(form, referent.kind)}
            folded = [[token.folded for token in tokens(one)] for one in sorted(spellings)]
            for spelling in spellings:
                self._forms.setdefault(squash(spelling), []).extend(folded)
        self._heard_right = {
            block.dest_start + index
            for block in blocks
            if block.tag == "equal"
            for index in range(block.dest_end - block.dest_start)
        }

    def right(self, correction: Correction) -> bool:
        at = correction.stretch
        inside = [
            index
            for index, (turn, start, _) in enumerate(self._places)
            if turn == at.turn and at.start <= start < at.end
        ]
        first, last = self._at[inside[0]][0], self._at[inside[-1]][1]
        return any(
            self._said[start : start + len(form)] == form
            and not self._heard_right >= set(range(start, start + len(form)))
            for form in self._forms[squash(correction.form.reveal())]
            for start in range(max(0, first - _AROUND), last + _AROUND + 1)
        )


def spoken(name: str, transcript: Transcript, said: Told, options: argparse.Namespace) -> None:
    """Print the measures of one session that was heard."""
    began = time.perf_counter()
    found = find_corrections(transcript, said.known)
    seconds = time.perf_counter() - began
    judge = Judge(transcript, said)
    all_taken = [replace(one, certain=True) for one in found if one.certain or judge.right(one)]
    for title, version in (
        ("as heard", transcript),
        ("certain applied", corrected(transcript, found)),
        ("review done", corrected(transcript, all_taken)),
    ):
        recall = name_recall(said.text, text_of(version), said.forms)
        print(
            f"{name:14s} {title:16s} forms {recall.forms_right:3d}/{recall.forms:3d} "
            f"mentions {recall.mentions_right:3d}/{recall.mentions:3d} invented {recall.invented}"
        )
    words = len(text_of(transcript).split())
    sure = [one for one in found if one.certain]
    wrong = [one for one in sure if not judge.right(one)]
    asked = [one for one in found if not one.certain]
    touched = sum(len(one.heard.reveal().split()) for one in sure)
    spoiled = sum(len(one.heard.reveal().split()) for one in wrong)
    print(
        f"{name:14s} certain {len(sure)}, wrong {len(wrong)} ({spoiled} of {touched} words touched, of {words}); "
        f"proposed {len(asked)}, right {sum(map(judge.right, asked))}; {seconds:.2f} s"
    )
    if options.masked:
        _masked(name, transcript, found, said, options)
    if options.list:
        for one in found:
            _show(one, transcript, judge.right(one))


def _masked(
    name: str, transcript: Transcript, found: Sequence[Correction], said: Told, options: argparse.Namespace
) -> None:
    """Print how many mentions that did not come out right are covered by a span all the same."""
    from anonymize.detect import Detector
    from anonymize.linking.link import link

    right = corrected(transcript, found)
    texts = [turn.text.reveal() for turn in right.turns]
    detected, masks = undecided(Detector().detect(texts, said.known), found)
    covered = [*link(texts, detected, said.known, Vault.empty())[0], *masks]
    heard_words = [(number, token) for number, text in enumerate(texts) for token in tokens(text)]
    reference = [token.folded for token in tokens(said.text)]
    ops = Levenshtein.opcodes([token.folded for _, token in heard_words], reference)
    names = {tuple(token.folded for token in tokens(form)) for form in said.forms}
    starts = {
        index: size
        for size in sorted({len(one) for one in names})
        for index in range(len(reference) - size + 1)
        if tuple(reference[index : index + size]) in names
    }
    missed = hidden = lost = 0
    position = 0
    for index, size in sorted(starts.items()):
        if index < position:
            continue
        position = index + size
        blocks = [block for block in ops if block.dest_start < index + size and block.dest_end > index]
        if all(block.tag == "equal" for block in blocks):
            continue
        missed += 1
        there = [
            heard_words[at]
            for block in blocks
            for at in range(block.src_start, block.src_end)
            if block.tag != "equal" or index <= block.dest_start + at - block.src_start < index + size
        ]
        if not there:
            lost += 1
        elif any(
            span.turn == turn and span.start < token.end and span.end > token.start
            for turn, token in there
            for span in covered
        ):
            hidden += 1
        elif options.list:
            shown = " ".join(token.folded for _, token in there)
            print(f"   neither: {' '.join(reference[index : index + size])} heard as {shown}")
    print(f"{name:14s} still misheard {missed}: masked or replaced {hidden}, nothing left of it {lost}")


def _show(one: Correction, transcript: Transcript, right: bool) -> None:
    text, at = transcript.turns[one.stretch.turn].text.reveal(), one.stretch
    print(
        f"   {'certain ' if one.certain else 'proposed'} {'right' if right else 'WRONG'} {one.score:.2f} "
        f"{one.reason:7s}"
        f" {text[max(0, at.start - 24) : at.start]}[{one.heard.reveal()} > {one.form.reveal()}]"
        f"{text[at.end : at.end + 16]}"
    )


def text_of(transcript: Transcript) -> str:
    return " ".join(turn.text.reveal() for turn in transcript.turns)


def written(options: argparse.Namespace) -> None:
    """Print what is corrected in texts that are right, under three dossiers."""
    sessions = [dict(one) for folder in CORPORA for one in read_corpus(folder)[0].gold]
    words = sum(len(one["text"].split()) for one in sessions)
    for title, dossier in (("its own names", _own), ("half of its names", _half), ("names of three others", _others)):
        began = time.perf_counter()
        sure = asked = touched = 0
        for number, session in enumerate(sessions):
            transcript = as_written(session)
            for one in find_corrections(transcript, list(dossier(number, sessions))):
                sure, asked = sure + one.certain, asked + (not one.certain)
                touched += len(one.heard.reveal().split()) if one.certain else 0
                if options.list:
                    _show(one, transcript, False)
        seconds = time.perf_counter() - began
        print(
            f"{title:22s} {words} words: certain {sure} ({100 * touched / words:.3f} % of words), proposed {asked} "
            f"({1000 * asked / words:.1f} per 1,000 words); {seconds * 9000 / words:.2f} s per hour of talk"
        )


def _own(number: int, sessions: Sequence[dict[str, Any]]) -> Iterator[KnownReferent]:
    yield from told(sessions[number]).known


def _half(number: int, sessions: Sequence[dict[str, Any]]) -> Iterator[KnownReferent]:
    known = list(told(sessions[number]).known)
    random.Random(number).shuffle(known)
    yield from known[: len(known) // 2]


def _others(number: int, sessions: Sequence[dict[str, Any]]) -> Iterator[KnownReferent]:
    for step in range(1, 4):
        yield from told(sessions[(number + 3 * step) % len(sessions)]).known


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("sessions", nargs="*", help="ids of recordings in the folder, all by default; demo too")
    parser.add_argument("--text", action="store_true", help="texts that are right, instead")
    parser.add_argument("--without-hotwords", action="store_true", help="the dossier came after the transcription")
    parser.add_argument("--masked", action="store_true", help="whether what is still misheard is masked")
    parser.add_argument("--list", action="store_true", help="show every correction")
    options = parser.parse_args()
    if options.text:
        written(options)
        return 0
    if options.folder is None:
        parser.error("give a folder of recordings, or --text")
    gold = documents([*(folder / "gold.jsonl" for folder in CORPORA), DEMO])
    names = options.sessions or sorted(path.stem for path in options.folder.glob("*.wav"))
    way = "bare" if options.without_hotwords else "hotwords"
    for name in names:
        said = told(gold[name])
        recording = DEMO.parent / "seance1.ogg" if name == "demo" else options.folder / f"{name}.wav"
        kept = options.folder / f"{name}.{way}.json"
        spoken(f"{name} {way}", heard(recording, said, kept, hotwords=not options.without_hotwords), said, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
