"""The measures on talk of our own: other places and names than those of the development corpus."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from anonymize.detect import Detector
from anonymize.detect_file import detect_documents
from anonymize.evaluate import Report, evaluate

TALK = Path(__file__).with_name("own_talk.txt")


def said(text: str, *, lower: bool) -> str:
    """``text`` as it is, or as a recogniser without capitals and punctuation would write it."""
    return re.sub(r" +", " ", re.sub(r"[^\w\s'’-]", " ", text.lower())) if lower else text


def sessions(*, lower: bool) -> list[dict[str, Any]]:
    """The marked sessions as gold documents."""
    documents: list[dict[str, Any]] = []
    for line in TALK.read_text(encoding="utf-8").splitlines():
        if line.startswith("# group "):
            name = line.removeprefix("# group ")
            documents.append({"id": name, "group": name, "text": "", "entities": []})
        elif documents and line:
            speaker, content = line.split(": ", 1)
            document = documents[-1]
            text = document["text"] + ("\n" if document["text"] else "") + f"{speaker}: "
            for index, piece in enumerate(re.split(r"\[\[(.*?)\]\]", content)):
                surface, label, cluster = piece.split("|") if index % 2 else (piece, "", "")
                surface = said(surface, lower=lower)
                surface = surface.strip() if lower and index % 2 else surface
                surface = surface.lstrip() if lower and text.endswith(" ") else surface
                if index % 2:
                    start, end = len(text), len(text) + len(surface)
                    document["entities"].append({"start": start, "end": end, "label": label, "cluster": cluster})
                text += surface
            document["text"] = text
    return documents


def measured(detector: Detector, *, lower: bool) -> Report:
    gold = sessions(lower=lower)
    lines = [json.dumps({key: document[key] for key in ("id", "group", "text")}) for document in gold]
    found = {row["id"]: row["entities"] for row in map(json.loads, detect_documents(lines, detector))}
    return evaluate(gold, found)


@pytest.mark.parametrize(("lower", "covered", "linked", "roles"), [(False, 0.99, 0.95, 0.95), (True, 0.93, 0.90, 0.92)])
def test_own_talk_keeps_its_measures(
    detector: Detector, lower: bool, covered: float, linked: float, roles: float
) -> None:
    """Names are covered, joined and told youth from adult outside the corpus too; a floor, no measurement."""
    report = measured(detector, lower=lower)
    assert (report.rows["DIRECT"].entity_recall or 0) >= covered
    assert (report.rows["DIRECT"].precision or 0) >= 0.88
    assert (report.rows["ALL"].consistency or 0) >= linked
    assert (report.role_accuracy or 0) >= roles


def test_sessions_are_read() -> None:
    """Every mark of the talk becomes a mention at its own place."""
    for document in sessions(lower=False):
        assert all(document["text"][e["start"] : e["end"]].strip() for e in document["entities"])
