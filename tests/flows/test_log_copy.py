"""The copy of the log kept elsewhere verifies at every moment, so that a loss in the middle of it accuses nobody."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.steps.record import log_copy
from storage.log.audit import verify_log
from storage.log.log import Log
from tests.storage import long_log


class _Cut(Exception):
    """The stick was pulled out."""


def _cut_after(calls: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let copying end before its write number ``calls``."""
    left = [calls]

    def counted(write: Callable[..., None]) -> Callable[..., None]:
        def perhaps(*words: object) -> None:
            if not left[0]:
                raise _Cut
            left[0] -= 1
            write(*words)

        return perhaps

    monkeypatch.setattr(log_copy, "put", counted(log_copy.put))
    monkeypatch.setattr(log_copy, "_extend", counted(log_copy._extend))


@pytest.mark.parametrize("expired", [("accesses-2026-01", "accesses-2026-02"), ("decisions-2026-01",), ()])
def test_a_copy_cut_short_anywhere_verifies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expired: tuple[str, ...]
) -> None:
    """As far as its checkpoint goes, also while entries come to the end of their life; the next copy completes it."""
    log, before = long_log.long_log(tmp_path / "log"), tmp_path / "before"
    long_log.expire(log, "accesses-2026-03")
    before.mkdir()
    log_copy.copy_log(log, log.checkpoint_text(), before)
    if expired:
        long_log.expire(log, *expired)
    else:
        log.append([long_log.line(log.head().size, "2026-04", "fault")], long_log.KEY)
    for calls in range(40):
        copy, covered = (Path(tmp_path / f"{name}-{calls}") for name in ("copy", "covered"))
        shutil.copytree(before, copy)
        covered.mkdir()
        with monkeypatch.context() as patched:
            _cut_after(calls, patched)
            try:
                log_copy.copy_log(log, log.checkpoint_text(), copy)
                whole = True
            except _Cut:
                whole = False
        found = Log(copy)
        log_copy.copy_log(found, found.checkpoint_text(), covered)
        assert verify_log(covered, pending=lambda: ()).size
        log_copy.copy_log(log, log.checkpoint_text(), copy)
        assert verify_log(copy, pending=lambda: ()).size == log.head().size
        if whole:
            return
    pytest.fail("copying never ended")
