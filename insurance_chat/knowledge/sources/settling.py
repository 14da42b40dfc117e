"""The job after a decision: read the document as any other file, publish it, tell what came of it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import structlog

from insurance_chat.accounts import auth
from insurance_chat.accounts.repository import fetch_user_by_key_across_tenants
from insurance_chat.core.clock import moscow_today, utcnow
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.files import FileStore
from insurance_chat.core.principal import Principal, Role
from insurance_chat.integrations import service as integrations
from insurance_chat.knowledge import service
from insurance_chat.knowledge.analysis.findings import ANALYSIS, Analysis, as_date
from insurance_chat.knowledge.models import Document
from insurance_chat.knowledge.repository import KnowledgeRepository
from insurance_chat.knowledge.service import commit as publish_preview
from insurance_chat.knowledge.sources import deciding
from insurance_chat.knowledge.sources.models import UpdateEvent, UpdateItem, UpdateSource
from insurance_chat.knowledge.sources.repository import (
    ItemRepository,
    fetch_event_across_tenants,
    fetch_source_across_tenants,
)
from insurance_chat.knowledge.sources.snapshots import Snapshot, SnapshotReader
from insurance_chat.knowledge.sources.weighing import CHANNEL

log = structlog.get_logger()
PATIENCE = timedelta(minutes=15)


class Settler:
    """Carries decisions out; safe to repeat.

    Args:
        db: updates and documents.
        files: the found document until it is published or rejected.
        reader: the same reading that every file of the knowledge base gets.
    """

    def __init__(self, db: Database, files: FileStore, reader: SnapshotReader) -> None:
        self._db, self._files, self._reader = db, files, reader

    async def run(self, event_id: int) -> None:
        """Publish, remove or forget what an update has found.

        Raises:
            ServiceError: of kind unavailable; the job is tried again.
        """
        async with self._db.unit() as unit:
            event = await fetch_event_across_tenants(unit, event_id)
        if event is None:
            return
        if event.status == "approved":
            try:
                await self._carry_out(event)
            except ServiceError as error:
                waited = utcnow() - (event.decided_at or utcnow())
                if error.kind is Kind.UNAVAILABLE and waited < PATIENCE:
                    await self._say(event_id, f"{error.message} Попробуем ещё раз.")
                    raise
                await self._fail(event_id, error)
                return
        await self._forget(event_id)

    async def _carry_out(self, event: UpdateEvent) -> None:
        snapshot = None
        if event.decision != deciding.REMOVE:
            data = await self._files.get(event.file_key or "")
            name = event.file_name or "document"
            snapshot = await self._reader.read(data, name, moscow_today(), event.url)
            key = await self._files.put(snapshot.data, sealed=False)
        async with self._db.unit() as unit:
            row = await fetch_event_across_tenants(unit, event.id, lock=True)
            if row is None or row.status != "approved":
                return
            principal = await _who(unit, row)
            if snapshot is None:
                await _remove(unit, principal, row)
            else:
                await _publish(unit, principal, row, snapshot, key)
            row.status, row.message = "imported", None
            await unit.notify(CHANNEL, str(row.tenant_id))

    async def _say(self, event_id: int, words: str) -> None:
        async with self._db.unit() as unit:
            row = await fetch_event_across_tenants(unit, event_id, lock=True)
            if row is not None:
                row.message = words

    async def _fail(self, event_id: int, error: ServiceError) -> None:
        log.info("update_failed", update=event_id, code=error.code)
        async with self._db.unit() as unit:
            row = await fetch_event_across_tenants(unit, event_id, lock=True)
            if row is not None:
                row.status, row.message = "failed", error.message
                await unit.notify(CHANNEL, str(row.tenant_id))

    async def _forget(self, event_id: int) -> None:
        async with self._db.unit() as unit:
            row = await fetch_event_across_tenants(unit, event_id, lock=True)
            key = row.file_key if row is not None else None
            if row is not None:
                row.file_key = None
        if key:
            await self._files.delete(key)


async def _publish(
    unit: Unit, principal: Principal, event: UpdateEvent, snapshot: Snapshot, key: str
) -> None:
    source = await fetch_source_across_tenants(unit, event.source_id)
    assert source is not None
    items = ItemRepository(unit, source)
    item = await items.lock(event.item_id)
    document = _document(event, source, snapshot, key)
    standing = await items.standing(item) if item is not None else None
    if standing is not None and event.decision == deciding.CHANGE:
        document.lineage = standing.lineage or standing.public_id
        document.visibility, document.tags = standing.visibility, list(standing.tags)
        document.kind = standing.kind
    repository = KnowledgeRepository(unit, event.tenant_id)
    await repository.add(document, snapshot.parsed.pieces)
    done = await publish_preview(unit, principal, str(document.public_id))
    event.document_id = document.id
    if item is not None:
        item.document_id, item.base, item.base_hash = document.id, None, event.text_hash
    context = {
        "docId": done.document_id,
        "ingestId": done.ingest_id,
        "companyCode": document.company_code,
        "productCode": document.product_code,
    }
    known = {name: value for name, value in context.items() if value}
    await integrations.record(unit, event.tenant_id, "kb.doc.committed", principal.actor, known)
    await deciding.tell(unit, event, "update.imported", principal.actor, done.document_id)


async def _remove(unit: Unit, principal: Principal, event: UpdateEvent) -> None:
    source = await fetch_source_across_tenants(unit, event.source_id)
    assert source is not None
    items = ItemRepository(unit, source)
    item: UpdateItem | None = await items.lock(event.item_id)
    standing = await items.standing(item) if item is not None else None
    if item is None or standing is None:
        return  # somebody has removed it meanwhile
    gone = await service.delete(unit, principal, str(standing.public_id))
    item.document_id, item.base, item.base_hash = None, None, None
    context = {"docId": gone.document_id}
    await integrations.record(unit, event.tenant_id, "kb.doc.deleted", principal.actor, context)
    await deciding.tell(unit, event, "update.imported", principal.actor, gone.document_id)


def _document(event: UpdateEvent, source: UpdateSource, snapshot: Snapshot, key: str) -> Document:
    analysis = ANALYSIS.validate_python(event.analysis) if event.analysis else Analysis()
    parsed, front = snapshot.parsed, snapshot.parsed.front
    web = event.url.startswith(("http://", "https://"))
    return Document(
        public_id=uuid.uuid4(),
        title=event.title,
        kind=analysis.kind.value if analysis.kind else front.kind,
        company_code=event.company_code or front.company,
        product_code=event.product_code or front.product,
        visibility=source.visibility,
        status="preview",
        version=1,
        valid_from=front.valid_from or as_date(analysis.valid_from),
        valid_until=front.valid_until or as_date(analysis.valid_until),
        source_url=event.url if web else front.source_url,
        file_key=key,
        file_name=snapshot.name[:255],
        mime=parsed.mime,
        page_count=parsed.page_count,
        content_hash=parsed.content_hash,
        analysis=event.analysis,
        revision=0,
    )


async def _who(unit: Unit, event: UpdateEvent) -> Principal:
    """The administrator who decided; their account may have been removed since."""
    user = await fetch_user_by_key_across_tenants(unit, event.decided_by or 0)
    if user is None or user.tenant_id != event.tenant_id or user.role != Role.ADMIN.value:
        return Principal(event.tenant_id, Role.ADMIN)
    return auth.principal(user)
