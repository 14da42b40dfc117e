"""What administrators do with an analysis: read it, correct it, see what it contradicts."""

from __future__ import annotations

from pydantic import ValidationError

from insurance_chat.accounts import audit
from insurance_chat.core.clock import moscow_today
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, invalid
from insurance_chat.core.principal import Principal
from insurance_chat.knowledge.analysis.conflicts import Conflict, KnownDocument, find_conflicts
from insurance_chat.knowledge.analysis.findings import ANALYSIS, Analysis
from insurance_chat.knowledge.library import find_one, forbidden
from insurance_chat.knowledge.models import Document
from insurance_chat.knowledge.repository import KnowledgeRepository, Scope


async def read(unit: Unit, principal: Principal, document_id: str) -> Analysis:
    """What was understood of a document; empty for one that was never analysed.

    Raises:
        ServiceError: `forbidden`, `kb_document_not_found`.
    """
    return stored(await _document(unit, principal, document_id))


async def correct(
    unit: Unit, principal: Principal, document_id: str, analysis: Analysis
) -> Analysis:
    """Store what an administrator corrected in a preview; it is marked as a person's.

    Raises:
        ServiceError: `forbidden`, `kb_document_not_found`, `kb_not_preview`.
    """
    document = await _document(unit, principal, document_id, lock=True)
    if document.status != "preview":
        text = "Документ уже опубликован: загрузите новую версию."
        raise ServiceError("kb_not_preview", Kind.CONFLICT, text)
    values = ANALYSIS.dump_python(analysis, mode="json") | {"by": "person"}
    document.analysis = values
    facts = {"title": document.title}
    await audit.record(
        unit, principal, "document.corrected", f"document:{document.public_id}", facts
    )
    return ANALYSIS.validate_python(values)


async def conflicts(unit: Unit, principal: Principal, document_id: str) -> list[Conflict]:
    """What a preview says otherwise than published documents of its company and product.

    A version of the same document that it will replace is compared too: that is where a changed
    limit matters most.

    Raises:
        ServiceError: `forbidden`, `kb_document_not_found`.
    """
    document = await _document(unit, principal, document_id)
    repository = KnowledgeRepository(unit, principal.tenant_id)
    published = await repository.published(Scope(agents=True, today=moscow_today()))
    known = [
        KnownDocument(str(one.public_id), one.title, stored(one))
        for one in published
        if one.id != document.id
        and (one.company_code, one.product_code) == (document.company_code, document.product_code)
    ]
    return find_conflicts(stored(document), known)


def stored(document: Document) -> Analysis:
    """The analysis in a document's row; one of an older form that cannot be read is empty."""
    try:
        return ANALYSIS.validate_python(document.analysis or {})
    except ValidationError:
        return Analysis()


def from_json(body: bytes) -> Analysis:
    """An analysis out of a request.

    Raises:
        ServiceError: `kb_analysis`.
    """
    try:
        return ANALYSIS.validate_json(body)
    except ValidationError as wrong:
        raise invalid("kb_analysis", "Поля документа заполнены неверно.") from wrong


async def _document(
    unit: Unit, principal: Principal, document_id: str, *, lock: bool = False
) -> Document:
    if not principal.is_admin:
        raise forbidden()
    return await find_one(KnowledgeRepository(unit, principal.tenant_id), document_id, lock=lock)
