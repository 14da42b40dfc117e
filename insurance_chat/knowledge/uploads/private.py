"""Files that agents add for themselves and their colleagues: published at once, never for clients."""

from __future__ import annotations

from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.principal import Principal, Role
from insurance_chat.integrations import service as events
from insurance_chat.knowledge.analysis.findings import Analysis
from insurance_chat.knowledge.ingest import Parsed
from insurance_chat.knowledge.models import Document
from insurance_chat.knowledge.publishing import note, publish
from insurance_chat.knowledge.repository import KnowledgeRepository
from insurance_chat.knowledge.uploads.keeping import document_of
from insurance_chat.knowledge.uploads.models import Upload
from insurance_chat.knowledge.uploads.repository import UploadRepository, change_across_tenants
from insurance_chat.knowledge.uploads.service import CHANNEL, SENDER
from insurance_chat.knowledge.versions.repository import VersionRepository

PRIVATE_TITLE = "Агентам: "
SENDER_GONE = {
    "stage": "failed",
    "step": "",
    "error_code": "kb_sender_gone",
    "message": "Того, кто загрузил этот файл, в сервисе больше нет. Документ не опубликован.",
}
_READY = {"stage": "ready", "step": "", "percent": 100}


async def keep_private(db: Database, row: Upload, parsed: Parsed, analysis: Analysis) -> None:
    """Publish an agent's file for agents only, or only for its sender, and end the upload.

    The same file published for the same readers is not published a second time.
    """
    async with db.unit() as unit:
        sender = await _sender(unit, row)
        if row.visibility == SENDER and sender.user_id is None:
            await change_across_tenants(unit, row.id, SENDER_GONE)
            await unit.notify(CHANNEL, str(row.tenant_id))
            return
        ending = {**_READY, "pages": parsed.page_count, "message": " ".join(parsed.notes) or None}
        if not await change_across_tenants(unit, row.id, ending):
            return
        owner = sender.user_id if row.visibility == SENDER else None
        uploads = UploadRepository(unit, row.tenant_id)
        document = await uploads.same_private(parsed.content_hash, owner)
        if document is None:
            document = await _publish(
                unit, row, sender, _private(row, parsed, analysis, owner), parsed
            )
        await uploads.point(row.id, document.id)
        await unit.notify(CHANNEL, str(row.tenant_id))


async def _publish(
    unit: Unit, row: Upload, sender: Principal, document: Document, parsed: Parsed
) -> Document:
    repository = KnowledgeRepository(unit, row.tenant_id)
    document = await repository.add(document, parsed.pieces)
    await publish(unit, repository, row.tenant_id, document)
    await note(unit, sender, "published", document)
    known = {
        "docId": str(document.public_id),
        "ingestId": str(document.public_id),
        "companyCode": document.company_code,
        "productCode": document.product_code,
    }
    context = {name: value for name, value in known.items() if value}
    await events.record(unit, row.tenant_id, "kb.doc.committed", row.uploaded_by, context)
    return document


def _private(row: Upload, parsed: Parsed, analysis: Analysis, owner: int | None) -> Document:
    document = document_of(row, parsed, analysis)
    # A title of its own, so that it never replaces a document that clients see.
    document.title = f"{PRIVATE_TITLE}{document.title.removeprefix(PRIVATE_TITLE)}"[:300]
    document.visibility, document.operator_id = "agents", owner
    return document


async def _sender(unit: Unit, row: Upload) -> Principal:
    role, _, public_id = row.uploaded_by.partition(":")
    user_id = await VersionRepository(unit, row.tenant_id).user_of_actor(row.uploaded_by)
    return Principal(row.tenant_id, Role(role), user_id, public_id)
