"""Changes of the log's key: each is an entry that the old and the new key sign.

Rules kept here:
- whoever trusts a key trusts those that follow it: each is vouched for by the one before, and vouches for it;
- a change that was announced and never came into force leads to a key that signs nothing: it does no harm.
"""

from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.log.checkpoint import LogKey, decode, encode, is_signature
from storage.log.entry import parse_line
from vocabulary.errors import LogTamperedError

KIND = "key-changed"
LABEL = "huisclos-log-key-change/1"


def change_facts(name: str, old: Ed25519PrivateKey, new: Ed25519PrivateKey) -> dict[str, str]:
    """The facts of the entry by which ``new`` follows ``old`` as the key of the log ``name``."""
    before, after = LogKey.of(name, old), LogKey.of(name, new)
    text = _signed_text(before, after).encode()
    return {
        "old": before.text().strip(),
        "new": after.text().strip(),
        "signed_by_old": encode(old.sign(text)),
        "signed_by_new": encode(new.sign(text)),
    }


def parse_change(line: bytes) -> tuple[LogKey, LogKey] | None:
    """The old and the new key of a ``key-changed`` line that both signed; None for anything else."""
    try:
        entry = parse_line(line)
        facts = {name: str(value) for name, value in entry.facts.items()}
        old, new = LogKey.parse(facts["old"] + "\n"), LogKey.parse(facts["new"] + "\n")
        by_old, by_new = decode(facts["signed_by_old"]), decode(facts["signed_by_new"])
    except (ValueError, KeyError, LogTamperedError):
        return None
    text = _signed_text(old, new)
    if entry.kind != KIND or old.name != new.name or by_old is None or by_new is None:
        return None
    return (old, new) if is_signature(old, text, by_old) and is_signature(new, text, by_new) else None


def successors(key: LogKey, lines: Iterable[bytes]) -> list[LogKey]:
    """The keys that followed ``key``, by the ``key-changed`` ``lines``, oldest first."""
    return _reached(key, [(old, new) for old, new in _changes(lines)])


def predecessors(key: LogKey, lines: Iterable[bytes]) -> list[LogKey]:
    """The keys that came before ``key``, by the ``key-changed`` ``lines``, newest first."""
    return _reached(key, [(new, old) for old, new in _changes(lines)])


def _changes(lines: Iterable[bytes]) -> list[tuple[LogKey, LogKey]]:
    return [change for change in map(parse_change, lines) if change is not None]


def _reached(start: LogKey, steps: list[tuple[LogKey, LogKey]]) -> list[LogKey]:
    reached = [start]
    for key in reached:
        reached += [target for source, target in steps if source == key and target not in reached]
    return reached[1:]


def _signed_text(old: LogKey, new: LogKey) -> str:
    return f"{LABEL}\n{old.text()}{new.text()}"
