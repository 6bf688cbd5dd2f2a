"""The finished blocks of a transcription under way: sealed as they are done, destroyed with the last one.

Rules kept here:
- a block is a record of the class verbatim, as it is talk, and ends by its schedule if nothing else ends it; but it is
  no version of the verbatim: its format is ``block``, ``part`` its number, ``length_ms`` its length;
- all blocks of one transcription lie under one epoch of their own, so that its key takes them all;
- a block is of use as long as everything it depends on is the same: recordings, the dossier's names, language, model,
  how it is decoded and cut. Others are destroyed before anything is transcribed, but for those that a hold keeps;
- names that another session of the workshop brings or takes away meanwhile spoil nothing: those of the first block are
  listened for to the end, but for what nobody knows any more. The draft looks for those that came later;
- a restriction that is placed meanwhile stops the work at the next block: it is not sealed.
"""

from collections.abc import Sequence

from flows.steps.retention.holds import check_usable, supersede
from flows.steps.sealing import Facts, finish_erasures
from infra.wiring import Services
from speech.blocks import Block, Listened
from speech.recording import RATE
from storage.commit import Change
from storage.keys.scope import Scope
from storage.log.entry import Entry
from storage.rows.walk import BLOCK, RecordRow, SessionRow
from vocabulary.choices import RecordClass
from vocabulary.errors import DamagedError, KeyGoneError


class Blocks:
    """The blocks of one session, which the caller holds, on one basis (speech/blocks.py); ``known`` are the names to
    listen for, as they are known now."""

    def __init__(self, services: Services, session: SessionRow, basis: str, known: Sequence[str]) -> None:
        self._services = services
        self._session = session
        self._basis = basis
        self._scope: Scope | None = None
        self._known = known
        self._listened = Listened.of(known)

    def finished(self) -> dict[int, Block]:
        """The blocks that are of use, by number; the others are destroyed here, unless they are held."""
        archive = self._services.archive
        standing = [row for row in block_rows(self._services, self._session) if row.destroy_intended_at is None]
        found: dict[int, Block] = {}
        outdated = []
        for row in standing:
            opened = self._open(row)
            if opened is None:
                outdated.append(row)
            else:
                block, listened = opened
                self._listened = self._listened if found else listened
                found[block.number] = block
                self._scope = archive.scope_of(row)
        going = supersede(self._services, outdated)
        if going:
            facts: Facts = {"blocks": len(going)}
            change = Change(replace=tuple(going))
            self._services.commit(change, Entry("blocks-outdated", session=self._session.id, facts=facts))
            finish_erasures(self._services)
        return found

    def names(self) -> list[str]:
        """The names to listen for: where ``finished`` found blocks of use, those that were listened for there."""
        return self._listened.among(self._known)

    def _open(self, row: RecordRow) -> tuple[Block, Listened] | None:
        """A block of use; what does not open is of none, as it can be made anew."""
        archive = self._services.archive
        try:
            data = archive.objects.unseal(archive.scope_of(row), archive.sealed_of(row))
        except (DamagedError, KeyGoneError):
            return None
        return Block.from_bytes(data, self._basis)

    def seal(self, block: Block) -> None:
        """Seal a block that was finished, and commit it: from here on it is not done again. StateError while a
        restriction stands over the session."""
        services, session = self._services, self._session
        check_usable(services, session)
        archive = services.archive
        if self._scope is None or not archive.keystore.has(self._scope):
            self._scope = archive.next_scope(session.workshop, session.number, RecordClass.VERBATIM)
        sealed = archive.objects.seal(self._scope, block.to_bytes(self._basis, self._listened))
        row = archive.new_record(
            self._scope, sealed, services.now(),
            session_id=session.id, part=block.number, format=BLOCK, length_ms=round(1000 * block.length / RATE),
        )  # fmt: skip
        facts: Facts = {"record": row.id, "block": block.number, "length_ms": row.length_ms}
        services.commit(Change(add=(row,)), Entry("block-transcribed", session=session.id, facts=facts))


def block_rows(services: Services, session: SessionRow) -> list[RecordRow]:
    """The rows of a session's blocks, in order."""
    found = services.archive.catalog.records(session_id=session.id, record_class=RecordClass.VERBATIM)
    return sorted((row for row in found if row.is_block), key=lambda row: row.part or 0)
