"""Decides whether what was found is news, and writes down what a person has to decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.files import FileStore
from insurance_chat.integrations import service as integrations
from insurance_chat.knowledge.analysis.findings import ANALYSIS, Analysis
from insurance_chat.knowledge.analysis.ports import Analyst
from insurance_chat.knowledge.analysis.service import stored
from insurance_chat.knowledge.models import Document
from insurance_chat.knowledge.passages import Piece
from insurance_chat.knowledge.sources import telling
from insurance_chat.knowledge.sources.comparing import (
    DIFFERENCES,
    Differences,
    compare,
    opening,
)
from insurance_chat.knowledge.sources.jobs import SettleUpdate
from insurance_chat.knowledge.sources.models import UpdateEvent, UpdateItem, UpdateSource
from insurance_chat.knowledge.sources.repository import ItemRepository
from insurance_chat.knowledge.sources.sameness import text_hash
from insurance_chat.knowledge.sources.snapshots import Snapshot, Text, pack, unpack

GONE = "gone"
SURE_AFTER = 2  # looks in a row that find nothing; one may be a fault of the site
CHANNEL = "updates"  # NOTIFY with the tenant's id whenever there is something to decide


@dataclass(frozen=True, slots=True)
class Sight:
    """A document as a look found it.

    Args:
        raw_hash: of the answer as it came.
        day: by the Moscow calendar.
    """

    snapshot: Snapshot
    raw_hash: str
    etag: str | None
    last_modified: str | None
    title: str
    day: date


@dataclass(frozen=True, slots=True)
class _Base:
    """What is in force: the text of a published document, or what was taken as known."""

    text: Text
    text_hash: str
    document: Document | None


class Weigher:
    """Compares what was found with what is in force.

    Args:
        db: items and updates.
        files: keeps a document until it is decided about.
        analyst: looks again at what the rules understood.
    """

    def __init__(self, db: Database, files: FileStore, analyst: Analyst) -> None:
        self._db, self._files, self._analyst = db, files, analyst

    async def weigh(self, source: UpdateSource, item: UpdateItem, sight: Sight) -> int | None:
        """Write what was found; returns the key of an update when a person has to decide."""
        found = sight.snapshot
        if found.text_hash == item.seen_hash:
            async with self._db.unit() as unit:
                await self._touch(ItemRepository(unit, source), item.id, sight)
            return None
        parsed = found.parsed
        analysis = await self._analyst.improve(source.tenant_id, parsed.analysis, parsed.pieces)
        # Stored before the transaction, which must not wait for a network.
        key = await self._files.put(found.data, sealed=False)
        async with self._db.unit() as unit:
            event = await self._decide(unit, source, item.id, sight, analysis, key)
            event_id = event.id if event is not None else None
        if event_id is None:
            await self._files.delete(key)
        return event_id

    async def gone(self, source: UpdateSource, item: UpdateItem, *, sure: bool) -> int | None:
        """A document that is not there any more; returns the key of an update about it.

        Args:
            sure: the site says that it is gone for good.
        """
        async with self._db.unit() as unit:
            repository = ItemRepository(unit, source)
            row = await repository.lock(item.id)
            if row is None or await repository.being_published(item.id):
                return None
            row.misses += 1
            row.checked_at, row.etag, row.last_modified, row.raw_hash = utcnow(), None, None, None
            if row.seen_hash == GONE or not (sure or row.misses >= SURE_AFTER):
                return None
            row.seen_hash = GONE
            await self._outdate(unit, repository, row.id)
            standing = await repository.standing(row)
            if standing is None and row.base is None:
                return None
            event = self._event("gone", source, row, row.title or row.url, Differences())
            if standing is not None:
                event.title, event.document_id = standing.title, standing.id
                event.company_code = standing.company_code or event.company_code
                event.product_code = standing.product_code or event.product_code
            return (await self._add(unit, repository, source, event, Differences())).id

    async def _decide(
        self,
        unit: Unit,
        source: UpdateSource,
        item_id: int,
        sight: Sight,
        analysis: Analysis,
        key: str,
    ) -> UpdateEvent | None:
        repository = ItemRepository(unit, source)
        row = await repository.lock(item_id)
        if row is None or await repository.being_published(item_id):
            return None
        found = sight.snapshot
        base = await self._base(repository, row, sight.day)
        first = row.seen_hash is None and row.base_hash == "" and base is None
        _note(row, sight)
        row.seen_hash = found.text_hash
        await self._outdate(unit, repository, row.id)
        if first:
            row.base, row.base_hash = pack(found.parsed.pieces, analysis), found.text_hash
            return None
        if base is not None and base.text_hash == found.text_hash:
            if base.document is not None:
                row.document_id = base.document.id
            return None
        now = Text(found.parsed.pieces, analysis)
        differences = compare(base.text, now, sight.day) if base else opening(now, sight.day)
        kind = "changed" if base is not None else "new"
        event = self._event(kind, source, row, sight.title, differences, analysis)
        event.text_hash, event.file_key, event.file_name = found.text_hash, key, found.name[:255]
        if base is not None and base.document is not None:
            _same_place(event, base.document)
        return await self._add(unit, repository, source, event, differences)

    async def _base(self, repository: ItemRepository, row: UpdateItem, day: date) -> _Base | None:
        standing = await repository.standing(row)
        if standing is not None:
            pieces = tuple(
                Piece(one.heading_path, one.page, one.text)
                for one in await repository.passages(standing)
            )
            own = row.base_hash if standing.id == row.document_id else None
            return _Base(Text(pieces, stored(standing)), own or text_hash(pieces, day), standing)
        if row.base is not None:
            return _Base(unpack(row.base), row.base_hash or "", None)
        return None

    def _event(
        self,
        kind: str,
        source: UpdateSource,
        row: UpdateItem,
        title: str,
        differences: Differences,
        analysis: Analysis | None = None,
    ) -> UpdateEvent:
        company = analysis.company.value if analysis and analysis.company else None
        product = analysis.product.value if analysis and analysis.product else None
        return UpdateEvent(
            item_id=row.id,
            kind=kind,
            summary="",
            title=title[:300],
            url=row.url,
            company_code=source.company_code or company,
            product_code=source.product_code or product,
            differences=DIFFERENCES.dump_python(differences, mode="json"),
            analysis=ANALYSIS.dump_python(analysis, mode="json") if analysis else None,
        )

    async def _add(
        self,
        unit: Unit,
        repository: ItemRepository,
        source: UpdateSource,
        event: UpdateEvent,
        differences: Differences,
    ) -> UpdateEvent:
        event.summary = telling.summary(
            event.kind, event.title, event.company_code, event.product_code, differences
        )
        event = await repository.add_event(event)
        await unit.session.refresh(event, ["public_id"])
        context = {
            "updateId": str(event.public_id),
            "sourceId": str(source.public_id),
            "companyCode": event.company_code,
            "productCode": event.product_code,
            "url": event.url,
            "summary": event.summary,
        }
        known = {name: value for name, value in context.items() if value}
        await integrations.record(unit, source.tenant_id, "update.detected", "system", known)
        await unit.notify(CHANNEL, str(source.tenant_id))
        return event

    async def _touch(self, repository: ItemRepository, item_id: int, sight: Sight) -> None:
        row = await repository.lock(item_id)
        if row is not None:
            _note(row, sight)

    async def _outdate(self, unit: Unit, repository: ItemRepository, item_id: int) -> None:
        overtaken: Sequence[int] = await repository.outdate(item_id)
        for event_id in overtaken:
            await unit.defer(SettleUpdate(event_id=event_id))


def _note(row: UpdateItem, sight: Sight) -> None:
    row.etag, row.last_modified, row.raw_hash = sight.etag, sight.last_modified, sight.raw_hash
    row.title, row.misses, row.error, row.checked_at = sight.title[:300], 0, None, utcnow()


def _same_place(event: UpdateEvent, document: Document) -> None:
    """A changed document stays where it is."""
    event.document_id = document.id
    event.company_code = document.company_code
    event.product_code = document.product_code
