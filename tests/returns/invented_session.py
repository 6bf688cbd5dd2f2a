"""An invented session, already treated, and the heading of its return."""

import datetime
import json
from pathlib import Path

from returns.packet import Heading, Packet, compose
from vocabulary.text import TreatedText
from vocabulary.transcript import TreatedTranscript, TreatedTurn

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
HEADING = Heading(
    workshop="marseille-13", number=3, date=datetime.date(2026, 3, 14), next_session=datetime.date(2026, 4, 18)
)


def read_session() -> TreatedTranscript:
    value = json.loads((HERE / "session.json").read_text("utf-8"))
    turns = (TreatedTurn(speaker, start, end, TreatedText(text)) for speaker, start, end, text in value["turns"])
    return TreatedTranscript(value["audience"], tuple(turns))


def transcript(*turns: tuple[str | None, str], audience: str = "group") -> TreatedTranscript:
    """Return a transcript of turns of ten seconds."""
    treated = (TreatedTurn(who, 10.0 * n, 10.0 * n + 10, TreatedText(text)) for n, (who, text) in enumerate(turns))
    return TreatedTranscript(audience, tuple(treated))


def packet_of(*turns: tuple[str | None, str]) -> Packet:
    return compose(transcript(*turns), HEADING)
