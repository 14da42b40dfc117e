"""Changes of the knowledge base made on the pages, each with its event for other systems."""

from __future__ import annotations

from collections.abc import Sequence

from insurance_chat.accounts import audit
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.principal import Principal
from insurance_chat.integrations import service as events
from insurance_chat.knowledge import answers, service
from insurance_chat.knowledge.service import Committed, IngestPreview, commit
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
    visit: Visit, questions: Sequence[str], answer: str, company: str | None, product: str | None
) -> Committed:
    """Publish a question with its answer; the next client who asks so gets it.

    Args:
        questions: ways to ask, the main one first.

    Raises:
        ServiceError: `kb_questions`, `kb_answer`, `kb_duplicate`.
    """
    data = answers.compose(questions, answer)
    preview = await read_file(visit, answers.FILE_NAME, data, company, product, "public")
    done = await publish(visit, preview.ingest_id)
    async with visit.unit() as (unit, principal):
        await audit.record(
            unit, principal, "knowledge.answer_added", f"document:{done.document_id}"
        )
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
