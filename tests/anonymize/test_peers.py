"""How another package is asked: its adapter, its process, and what is said when it fails."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks.corpora import Variant
from benchmarks.peers import ADAPTERS, PEERS, Peer, PeerError, asked_of

TEXT = "S1: Bonjour Karim.\nS2: Karim, oui."
TURNS = [{"speaker": "S1", "start": 4, "end": 18}, {"speaker": "S2", "start": 23, "end": 34}]
DOCUMENT = {"id": "a", "group": "g", "text": TEXT, "turns": TURNS, "entities": [{"label": "YOUTH", "secret": True}]}
ADAPTER = f"""
import sys
sys.path.insert(0, {str(ADAPTERS)!r})
from lines import answer


def find(text):
    at = text.find("Karim")
    return [{{"start": at, "end": at + 5, "label": "PERSON", "text": "Karim"}}] if at >= 0 else []


def together(entities):
    for entity in entities:
        entity["cluster"] = entity["text"]


answer(find, together)
"""


def peer_of(folder: Path, source: str) -> Peer:
    script = folder / "adapter.py"
    script.write_text(source, encoding="utf-8")
    return Peer("fake", "fake 1", (), str(script), clusters=True)


def test_an_adapter_answers_in_the_offsets_of_the_document(tmp_path: Path) -> None:
    """Turns are searched one by one, and what is found points into the whole text, with clusters of the group."""
    found, speed = asked_of(peer_of(tmp_path, ADAPTER), Path(sys.executable), Variant("gold", (DOCUMENT,)))
    assert [TEXT[e["start"] : e["end"]] for e in found["a"]] == ["Karim", "Karim"]
    assert {e["cluster"] for e in found["a"]} == {"Karim"}
    assert speed > 0


def test_an_adapter_is_never_shown_the_gold(tmp_path: Path) -> None:
    """What a peer is asked holds id, group, text and turns, and nothing of ours is on its path."""
    source = (
        "import json, os, sys\n"
        "rows = [json.loads(line) for line in sys.stdin]\n"
        "assert set(rows[0]) == {'id', 'group', 'text', 'turns'}\n"
        "assert not any(name.startswith('PYTHON') for name in os.environ)\n"
        f"print({json.dumps(json.dumps({'id': 'a', 'entities': []}))})\n"
        "print('{\"seconds\": 1.0}')\n"
    )
    found, _ = asked_of(peer_of(tmp_path, source), Path(sys.executable), Variant("gold", (DOCUMENT,)))
    assert found == {"a": []}


def test_a_peer_that_fails_says_its_last_line(tmp_path: Path) -> None:
    """A peer that cannot run is named with what it said last, and stops nothing else."""
    peer = peer_of(tmp_path, "raise SystemExit('no model here')\n")
    with pytest.raises(PeerError, match="running failed: no model here"):
        asked_of(peer, Path(sys.executable), Variant("gold", (DOCUMENT,)))


def test_versions_of_peers_are_pinned() -> None:
    """Every package a peer needs is named with its version, so that a run can be made again."""
    assert all("==" in requirement for peer in PEERS for requirement in peer.requirements)
    assert all((ADAPTERS / peer.adapter).is_file() for peer in PEERS)
