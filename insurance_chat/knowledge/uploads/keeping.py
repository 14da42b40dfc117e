"""What becomes of an upload: a preview, a duplicate, files of an archive."""

from __future__ import annotations

import uuid
from typing import Any

from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.files import FileStore
from insurance_chat.integrations import service as events
from insurance_chat.knowledge.analysis.findings import ANALYSIS, Analysis, as_date
from insurance_chat.knowledge.ingest import Parsed, content_hash_of
from insurance_chat.knowledge.models import Document
from insurance_chat.knowledge.reading.limits import Member
from insurance_chat.knowledge.reading.refusals import refusal
from insurance_chat.knowledge.repository import KnowledgeRepository
from insurance_chat.knowledge.uploads.jobs import ReadUpload
from insurance_chat.knowledge.uploads.models import Upload
from insurance_chat.knowledge.uploads.repository import UploadRepository, change_across_tenants
from insurance_chat.knowledge.uploads.service import CHANNEL, PRIVATE, as_duplicate, same_place
from insurance_chat.knowledge.versions.repository import VersionRepository


async def keep_preview(db: Database, row: Upload, parsed: Parsed, analysis: Analysis) -> None:
    """Store the document as a preview and end the upload; nothing happens when it was cancelled."""
    async with db.unit() as unit:
        ending = {
            "stage": "ready",
            "step": "",
            "percent": 100,
            "pages": parsed.page_count,
            "message": " ".join(parsed.notes) or None,
        }
        if not await change_across_tenants(unit, row.id, ending):
            return
        document = document_of(row, parsed, analysis)
        repository = KnowledgeRepository(unit, row.tenant_id)
        document = await repository.add(document, parsed.pieces)
        await _point(unit, row, document.id)
        await _tell(unit, row, document)
        await unit.notify(CHANNEL, str(row.tenant_id))


async def _tell(unit: Unit, row: Upload, document: Document) -> None:
    """Write into the document's history who brought it, and tell other systems of the preview."""
    versions = VersionRepository(unit, row.tenant_id)
    user = await versions.user_of_actor(row.uploaded_by)
    await versions.add_history(document.public_id, 1, user, "uploaded", document.file_name)
    known = {
        "docId": str(document.public_id),
        "ingestId": str(document.public_id),
        "companyCode": document.company_code,
        "productCode": document.product_code,
    }
    context = {name: value for name, value in known.items() if value}
    await events.record(unit, row.tenant_id, "kb.doc.ingested", row.uploaded_by, context)


async def _point(unit: Unit, row: Upload, document_id: int) -> None:
    await UploadRepository(unit, row.tenant_id).point(row.id, document_id)


def document_of(row: Upload, parsed: Parsed, analysis: Analysis) -> Document:
    """A document as a preview: the administrator's word wins, then the file's own front matter, then the analysis."""
    front = parsed.front
    company = analysis.company.value if analysis.company else None
    product = analysis.product.value if analysis.product else None
    kind = analysis.kind.value if analysis.kind else front.kind
    return Document(
        public_id=uuid.uuid4(),
        title=parsed.title,
        kind=kind if front.kind == "document" else front.kind,
        company_code=row.company_code or front.company or company,
        product_code=row.product_code or front.product or product,
        visibility=row.visibility or front.visibility,
        status="preview",
        version=1,
        valid_from=front.valid_from or as_date(analysis.valid_from),
        valid_until=front.valid_until or as_date(analysis.valid_until),
        source_url=row.source_url or front.source_url,
        file_key=row.file_key,
        file_name=row.file_name[:255],
        mime=parsed.mime,
        page_count=parsed.page_count,
        content_hash=parsed.content_hash,
        analysis=ANALYSIS.dump_python(analysis, mode="json"),
        revision=0,
    )


async def keep_twin(db: Database, files: FileStore, row: Upload) -> bool:
    """End the upload when its document is there already; True when it is."""
    place = {
        "company_code": row.company_code,
        "product_code": row.product_code,
        "visibility": row.visibility,
    }
    async with db.unit() as unit:
        twin = await UploadRepository(unit, row.tenant_id).same_content(row.content_hash or "")
        if twin is None or not same_place(twin, place):
            return False
        await change_across_tenants(unit, row.id, as_duplicate(twin))
        await unit.notify(CHANNEL, str(row.tenant_id))
    if row.file_key:
        await files.delete(row.file_key)
    return True


async def keep_member(db: Database, files: FileStore, row: Upload, member: Member) -> None:
    """A file of an archive becomes an upload, or a refusal that says why."""
    values: dict[str, Any] = {
        "public_id": uuid.uuid4(),
        "batch_id": row.batch_id,
        "uploaded_by": row.uploaded_by,
        "file_name": member.name,
        "company_code": row.company_code,
        "product_code": row.product_code,
        "visibility": row.visibility,
    }
    if member.data is None:
        error = refusal(member.reason)
        values |= {"stage": "failed", "error_code": error.code, "message": error.message}
    else:
        digest = None if row.visibility in PRIVATE else content_hash_of(member.data)
        values |= {"size": len(member.data), "content_hash": digest}
        values["file_key"] = await files.put(member.data, sealed=False)
    async with db.unit() as unit:
        repository = UploadRepository(unit, row.tenant_id)
        number = await repository.add(values)
        if number is not None and member.data is not None:
            await unit.defer(ReadUpload(upload_id=number))
    if number is None:  # the same file twice in one archive, or in an archive read a second time
        await files.delete(values["file_key"])


async def finish(db: Database, row: Upload, values: dict[str, Any]) -> None:
    """Write the end of an upload."""
    async with db.unit() as unit:
        await change_across_tenants(unit, row.id, {"step": "", **values})
        await unit.notify(CHANNEL, str(row.tenant_id))
