"""Letting segments of the processing log expire.

Rules kept here:
- what goes is found to be what its leaves say, and is accounted for in a new signed summary, before anything is
  removed;
- the new summary is durable first (``summary.next``), then the entry that holds its digest, then it takes the place
  of the old one, then the segments are removed: a crash at any moment is made good by ``settle``;
- decisions go the oldest first, so that the summary says what all entries before one number had come to;
- the leaves stay.
"""

from collections.abc import Sequence
from dataclasses import replace as changed

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.durable import sync_folder
from storage.log.disk import disk_errors, replace
from storage.log.entry import Value, parse_line
from storage.log.faults import tampered
from storage.log.key_change import KIND as KEY_CHANGED
from storage.log.log import Log
from storage.log.runs import Runs
from storage.log.segments import DECISION, SEGMENTS, Segment, merged
from storage.log.summary import NEXT, SUMMARY, Summary, digest_of
from storage.log.tree import HASH_SIZE, Frontier, leaf_hash
from storage.replay import replay


def stage(log: Log, key: Ed25519PrivateKey, segments: Sequence[Segment]) -> dict[str, Value]:
    """Write the summary that accounts for ``segments``; return the facts of the entry that must follow.

    ``segments`` are all of one stream, the oldest first; decisions begin with the oldest there is. ValueError
    otherwise, LogTamperedError if an entry is not what its leaf says.
    """
    summary = log.summary() or Summary(log.key().name)
    stream = [one for one in log.segments() if one.stream == segments[0].stream]
    if stream[0].stream == DECISION and stream[: len(segments)] != list(segments):
        raise ValueError("decisions expire the oldest first")
    if not set(segments) <= set(stream):
        raise ValueError("segments of one stream expire together, and once")
    leaves = log.leaves()
    lines = []
    for seq, line, _ in merged(log.directory, segments):
        if seq < 0 or leaves[seq * HASH_SIZE : (seq + 1) * HASH_SIZE] != leaf_hash(line):
            raise tampered(seq)
        lines.append((seq, line))
    gone = Runs.of((seq, seq) for seq, _ in lines)
    new = changed(
        summary,
        segments=tuple(sorted((*summary.segments, *segments))),
        expired=summary.expired | gone,
    )
    if stream[0].stream == DECISION and lines:
        new = _with_decisions(new, lines, leaves)
    data = new.sign(key)
    with disk_errors():
        replace(log.directory / NEXT, data)
    return {
        "what": segments[0].stream,
        "oldest": segments[0].month,
        "newest": segments[-1].month,
        "entries": len(lines),
        "first": lines[0][0] if lines else None,
        "last": lines[-1][0] if lines else None,
        "summary": digest_of(data),
    }


def _with_decisions(summary: Summary, lines: Sequence[tuple[int, bytes]], leaves: bytes) -> Summary:
    """What ``lines``, the oldest decisions there are, had made of the catalog."""
    size = lines[-1][0] + 1
    frontier = Frontier()
    frontier.extend(leaves[: size * HASH_SIZE])
    return changed(
        summary,
        size=size,
        root=frontier.root(),
        tables=replay((parse_line(line) for _, line in lines), summary.tables),
        key_changes=(*summary.key_changes, *(line for _, line in lines if parse_line(line).kind == KEY_CHANGED)),
    )


def settle(log: Log) -> int:
    """Finish what an expiry has announced, and forget what it did not; return how many segments were removed.

    Safe to repeat. Only for whoever alone lets segments expire.
    """
    following = log.directory / NEXT
    if not following.exists() and not (log.directory / SUMMARY).exists():
        return 0
    with log.locked():
        if following.exists():
            if digest_of(following.read_bytes()) == log.noted_summary():
                following.rename(log.directory / SUMMARY)
            else:
                following.unlink()
            sync_folder(log.directory)
        summary = log.summary()
        remaining = [log.directory / one.file for one in summary.segments] if summary else []
        removed = [path for path in remaining if path.exists()]
        for path in removed:
            path.unlink()
        if removed:
            sync_folder(log.directory / SEGMENTS)
    return len(removed)
