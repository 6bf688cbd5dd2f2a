"""The receipt of a workshop: the proof that another home has taken it over.

It is a ``huisclos-proof/1`` (storage/log/proof.py) of one entry, ``workshop-imported``, in the log of the home that
took it over. The entry names the bundle by its digest and gives back the random bytes that lay in it, which only
who opened it knows.

Rules kept here:
- a receipt is believed for what its own signed checkpoint covers, and for nothing else;
- whatever is wrong with it is one error, and nothing is done.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from storage.log.checkpoint import Checkpoint, LogKey, decode, open_checkpoint
from storage.log.entry import LoggedEntry, parse_line
from storage.log.proof import FORMAT
from storage.log.tree import leaf_hash, verify_inclusion
from vocabulary.errors import DamagedError, HuisclosError
from vocabulary.messages import N_

KIND = "workshop-imported"
LARGEST = 1 << 26


@dataclass(frozen=True)
class Receipt:
    """What a receipt proves: the entry, and the checkpoint of the home that wrote it."""

    entry: LoggedEntry
    checkpoint: Checkpoint

    def is_for(self, home: str, workshop: str, bundle: str, answer_digest: str) -> bool:
        """Whether it answers the bundle (digest, hex) that ``home`` made of ``workshop``."""
        facts = self.entry.facts
        expected = (home, workshop, bundle)
        return (facts.get("home"), facts.get("was"), facts.get("bundle")) == expected and answered(
            str(facts.get("answer"))
        ) == answer_digest


def answered(answer: str) -> str:
    """What the source's log keeps of the random bytes in a bundle (hex in, hex out)."""
    return hashlib.sha256(b"huisclos/answer/1\n" + answer.encode()).hexdigest()


def read_receipt(data: bytes) -> Receipt:
    """Check a receipt by its own key and checkpoint; DamagedError for anything that is none."""
    try:
        receipt = _read(json.loads(data))
    except (HuisclosError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        receipt = None
    if receipt is None:
        message = N_("The file named by --receipt is no receipt of a workshop, or was changed. Ask for the file that "
                     "`huisclos workshop import` wrote: nothing was done.")  # fmt: skip
        raise DamagedError(message, place="--receipt")
    return receipt


def _read(value: Any) -> Receipt | None:
    if value["format"] != FORMAT:
        return None
    head = open_checkpoint(value["checkpoint"], LogKey.parse(value["key"]))
    inclusion = value["inclusion"]
    line = inclusion["entry"].encode()
    proof = [decode(node) or b"" for node in inclusion["proof"]]
    entry = parse_line(line)
    if entry.kind != KIND or not verify_inclusion(entry.seq, head.size, leaf_hash(line), proof, head.root):
        return None
    return Receipt(entry, head)
