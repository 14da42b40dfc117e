"""Changes of the knowledge base made on the pages, each with its event for other systems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from insurance_chat.accounts import audit
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Principal
from insurance_chat.integrations import service as events
from insurance_chat.knowledge import answers, editing, service
from insurance_chat.knowledge.analysis.findings import Analysis
from insurance_chat.knowledge.analysis.service import correct
from insurance_chat.knowledge.editing import Fields
from insurance_chat.knowledge.service import Committed, IngestPreview, commit
from insurance_chat.knowledge.versions import service as versions
from insurance_chat.knowledge.versions.service import VersionView
from insurance_chat.web.session import Visit


async def read_file(
    visit: Visit,
    name: str,
    data: bytes,
    company: str | None,
    product: str | None,
    visibility: str | None,
) -> IngestPreview:
    """Read a file into a preview that does not answer questions yet.

    Raises:
        ServiceError: the file cannot be read, with the reason in Russian.
    """
    async with visit.unit() as (_, principal):
        pass
    # A Unit of its own: reading takes long, and the check above would hold a transaction meanwhile.
    async with visit.services.db.unit() as unit:
        preview = await service.upload(
            unit,
            visit.services.files,
            principal,
            name,
            data,
            company_code=company,
            product_code=product,
            visibility=visibility,
        )
        await _tell(
            unit,
            principal,
            "kb.doc.ingested",
            docId=preview.ingest_id,
            ingestId=preview.ingest_id,
            companyCode=preview.company_code,
            productCode=preview.product_code,
        )
    return preview


async def publish(visit: Visit, ingest_id: str) -> Committed:
    """Let a preview answer questions.

    Raises:
        ServiceError: `forbidden`, `kb_document_not_found`.
    """
    async with visit.unit() as (unit, principal):
        done = await commit(unit, principal, ingest_id)
        await _tell(
            unit,
            principal,
            "kb.doc.committed",
            docId=done.document_id,
            ingestId=done.ingest_id,
            companyCode=done.company_code,
            productCode=done.product_code,
        )
    return done


async def add_answer(
    visit: Visit,
    questions: Sequence[str],
    answer: str,
    company: str | None,
    product: str | None,
    tags: tuple[str, ...] = (),
) -> Committed:
    """Publish a question with its answer; the next client who asks so gets it.

    Args:
        questions: ways to ask, the main one first.
        tags: labels for finding the entry.

    Raises:
        ServiceError: `kb_questions`, `kb_answer`, `kb_duplicate`, `kb_tags`.
    """
    data = answers.compose(questions, answer)
    preview = await read_file(visit, answers.FILE_NAME, data, company, product, "public")
    if tags:
        async with visit.unit() as (unit, principal):
            sheet = await editing.read(unit, principal, preview.ingest_id)
            tagged = replace(sheet.fields, tags=tags)
            await editing.change(unit, principal, preview.ingest_id, tagged)
    done = await publish(visit, preview.ingest_id)
    async with visit.unit() as (unit, principal):
        await audit.record(
            unit, principal, "knowledge.answer_added", f"document:{done.document_id}"
        )
    return done


async def save(
    visit: Visit, document_id: str, fields: Fields, found: Analysis | None = None
) -> None:
    """Store what an administrator corrected.

    Args:
        found: the conditions and the summary of a preview; None leaves them.

    Raises:
        ServiceError: as of `editing.change` and `analysis.service.correct`.
    """
    async with visit.unit() as (unit, principal):
        await editing.change(unit, principal, document_id, fields)
        if found is not None:
            await correct(unit, principal, document_id, found)


async def roll_back(visit: Visit, document_id: str) -> VersionView:
    """Let the text of an earlier version answer again.

    Raises:
        ServiceError: `kb_document_not_found`, `kb_not_earlier`.
    """
    async with visit.unit() as (unit, principal):
        done = await versions.roll_back(unit, principal, document_id)
        await _tell(unit, principal, "kb.doc.committed", docId=done.id, ingestId=done.id)
    return done


async def restore(visit: Visit, document_id: str) -> VersionView:
    """Take a document out of the bin.

    Raises:
        ServiceError: `kb_document_not_found`, `kb_newer_document`.
    """
    async with visit.unit() as (unit, principal):
        done = await versions.restore(unit, principal, document_id)
        if done.status == "published":
            await _tell(unit, principal, "kb.doc.committed", docId=done.id, ingestId=done.id)
    return done


async def delete(visit: Visit, document_id: str, *, published: bool = True) -> None:
    """Take a document out; a preview that nobody published goes without an event.

    Raises:
        ServiceError: `forbidden`, `kb_document_not_found`.
    """
    async with visit.unit() as (unit, principal):
        gone = await service.delete(unit, principal, document_id)
        if published:
            await _tell(unit, principal, "kb.doc.deleted", docId=gone.document_id)


async def _tell(unit: Unit, principal: Principal, event: str, **context: str | None) -> None:
    known = {name: value for name, value in context.items() if value is not None}
    await events.record(unit, principal.tenant_id, event, principal.actor, known)
