"""Proofs that stand alone: one JSON document, to be checked without the log and without a key of the home.

Format ``huisclos-proof/1`` (docs/reference/log.md): the signed checkpoint, the public key, the changes of the
key, the inclusion of an entry (RFC 9162, 2.1.3) and the consistency with an earlier checkpoint (2.1.4).

Rules kept here:
- a proof is given only of what the signed checkpoint covers, and only if the leaves are those it covers;
- an entry whose segment expired is proved by its leaf hash alone, and the document says so: ``entry`` is null.
"""

import json
from dataclasses import dataclass
from typing import Any

from storage.log.append import LEAVES
from storage.log.checkpoint import Checkpoint, LogKey, Note, encode, open_checkpoint, parse_note
from storage.log.log import Log
from storage.log.tree import HASH_SIZE, Tree
from vocabulary.errors import (
    LogForkedError,
    LogRolledBackError,
    LogTamperedError,
    LogTruncatedError,
    UnknownError,
    UsageError,
)
from vocabulary.ids import is_id
from vocabulary.messages import N_

FORMAT = "huisclos-proof/1"
KEPT = "kept checkpoint"


@dataclass(frozen=True)
class Covered:
    """What the newest checkpoint of a log covers: its text, its key, and the tree of that size."""

    key: LogKey
    text: str
    checkpoint: Checkpoint
    tree: Tree

    @classmethod
    def of(cls, log: Log) -> "Covered":
        """Read it; LogTruncatedError or LogTamperedError if the leaves are not what the checkpoint covers."""
        key, text = log.key(), log.checkpoint_text()
        checkpoint = open_checkpoint(text, key)
        stored = log.leaves()[: checkpoint.size * HASH_SIZE]
        if len(stored) < checkpoint.size * HASH_SIZE:
            message = N_("The leaves of the processing log are cut short. Type: huisclos log verify")
            raise LogTruncatedError(message, place=f"leaf {len(stored) // HASH_SIZE}")
        tree = Tree(stored)
        if tree.root() != checkpoint.root:
            message = N_("The leaves are not those the checkpoint covers. Type: huisclos log verify")
            raise LogTamperedError(message, place=LEAVES)
        return cls(key, text, checkpoint, tree)


def prove(log: Log, seq: int | None = None, since: str | None = None) -> dict[str, Any]:
    """The document that proves entry ``seq``, and that the log continues the kept checkpoint ``since``.

    UnknownError when there is no such entry; LogRolledBackError or LogForkedError when ``since`` is no past
    of this log, UsageError when it is no checkpoint of it.
    """
    covered = Covered.of(log)
    return {
        "format": FORMAT,
        "key": covered.key.text(),
        "key_changes": [line.decode() for line in log.key_changes()],
        "checkpoint": covered.text,
        "inclusion": None if seq is None else _inclusion(log, covered, seq),
        "consistency": None if since is None else _consistency(covered, since),
    }


def inclusion(log: Log, seq: int) -> dict[str, Any]:
    """The proof of one entry against the checkpoint as it stands: what a certificate carries."""
    return prove(log, seq)


def find_entry(log: Log, text: str) -> int:
    """The number of the entry that ``text`` names: a number, an entry's id, or a certificate's record id.

    UnknownError when there is none; an entry whose segment expired is found by its number alone.
    """
    size = log.checkpoint().size
    if text.isascii() and text.isdigit() and len(text) < 16:
        if int(text) < size:
            return int(text)
        message = N_("The log has no entry {entry}: its entries are numbered from 0 to {last}.")
        raise UnknownError(message, place=f"entry {text}", entry=text, last=size - 1)
    if not is_id(text):
        raise UsageError(
            N_("{entry} names no entry. Give the number of an entry, its id (e-...) or that of a certificate (r-...)."),
            place="ENTRY", entry=text,
        )  # fmt: skip
    by_id = text.startswith("e-")
    wanted = f'"id":"{text}",' if by_id else '"kind":"certified",'
    for seq, line in log.lines():
        if wanted.encode() in line and (by_id or json.loads(line)["facts"].get("certificate") == text):
            return seq
    message = N_("Neither an entry of the log nor a certificate has the id {entry}. An entry that came to the end of "
                 "its life is found by its number alone.")  # fmt: skip
    raise UnknownError(message, place=text, entry=text)


def _inclusion(log: Log, covered: Covered, seq: int) -> dict[str, Any]:
    size = covered.checkpoint.size
    if not 0 <= seq < size:
        message = N_("The log has no entry {entry}: its entries are numbered from 0 to {last}.")
        raise UnknownError(message, place=f"entry {seq}", entry=seq, last=size - 1)
    line = next((line for number, line in log.lines() if number == seq), None)
    return {
        "seq": seq,
        "size": size,
        "entry": None if line is None else line.decode(),
        "leaf": encode(covered.tree.leaf(seq)),
        "proof": [encode(node) for node in covered.tree.prove_inclusion(seq)],
    }


def _consistency(covered: Covered, since: str) -> dict[str, Any]:
    past = kept_note(since).checkpoint
    check_past(covered, past)
    return {
        "since": since,
        "old_size": past.size,
        "new_size": covered.checkpoint.size,
        "proof": [encode(node) for node in covered.tree.prove_consistency(past.size)],
    }


def kept_note(text: str) -> Note:
    """Take a checkpoint apart that somebody brings; UsageError names the line that is wrong."""
    try:
        return parse_note(text, KEPT)
    except LogTamperedError as error:
        raise UsageError(error.message, place=error.place, **error.facts) from None


def check_past(covered: Covered, past: Checkpoint) -> None:
    """Check that ``past`` is a beginning of this log.

    UsageError for another home's, LogRolledBackError when it is longer, LogForkedError when it is another one.
    """
    now = covered.checkpoint
    if past.origin != now.origin:
        message = N_("The kept checkpoint is that of {found}; this log is {expected}.")
        raise UsageError(message, place=KEPT, found=past.origin, expected=now.origin)
    if past.size > now.size:
        message = N_("The log was rolled back: it has {size} entries, the kept checkpoint covers {kept}. Restore the "
                     "newer log.")  # fmt: skip
        raise LogRolledBackError(message, place=f"entry {now.size}", size=now.size, kept=past.size)
    if covered.tree.root(past.size) != past.root:
        message = N_("The log forked: its first {kept} entries are not those the kept checkpoint covers. Someone "
                     "wrote another past and signed it.")  # fmt: skip
        raise LogForkedError(message, place=f"entries 0 to {past.size - 1}", kept=past.size)
