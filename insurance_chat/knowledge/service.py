"""What administrators do with the knowledge base: upload, publish, delete."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import PurePath

from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, invalid
from insurance_chat.core.files import FileStore
from insurance_chat.core.principal import Principal
from insurance_chat.knowledge.analysis.findings import ANALYSIS
from insurance_chat.knowledge.ingest import Parsed, parse
from insurance_chat.knowledge.library import GENERAL, find_one, forbidden
from insurance_chat.knowledge.models import Document
from insurance_chat.knowledge.passages import Piece
from insurance_chat.knowledge.publishing import note, publish, retire
from insurance_chat.knowledge.repository import KnowledgeRepository

_VISIBILITY = ("public", "agents")


@dataclass(frozen=True, slots=True)
class IngestPreview:
    """A file that was read but does not answer questions yet."""

    ingest_id: str
    title: str
    company_code: str | None
    product_code: str | None
    page_count: int
    passages: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Committed:
    """A document began to answer questions; `replaced` are the versions that stopped."""

    document_id: str
    ingest_id: str
    title: str
    company_code: str | None
    product_code: str | None
    version: int
    replaced: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deleted:
    """A document that no longer answers questions."""

    document_id: str
    title: str


async def upload(
    unit: Unit,
    files: FileStore,
    principal: Principal,
    filename: str,
    data: bytes,
    company_code: str | None = None,
    product_code: str | None = None,
    source_url: str | None = None,
    visibility: str | None = None,
) -> IngestPreview:
    """Read a file and keep it as a preview; it answers questions only after `commit`.

    Parsing comes before the first query, so a fresh Unit holds no connection meanwhile.

    Args:
        company_code: None for all companies; wins over the file's front matter.
        product_code: None for all products.
        source_url: page from which the file was taken.
        visibility: `public` or `agents`.

    Raises:
        ServiceError: `forbidden`, `kb_source_url`, `kb_visibility`, `kb_duplicate` or the reasons
            of `ingest.parse`.
    """
    _require_admin(principal)
    _check_options(source_url, visibility)
    parsed = await parse(data, filename)
    document = _document(parsed, filename)
    document.company_code = _code(company_code) or document.company_code
    document.product_code = _code(product_code) or document.product_code
    document.source_url = source_url or document.source_url
    document.visibility = visibility or document.visibility
    repository = KnowledgeRepository(unit, principal.tenant_id)
    twin = await repository.published_with_content(parsed.content_hash)
    if twin is not None and _same_place(twin, document):
        raise ServiceError(
            "kb_duplicate",
            Kind.CONFLICT,
            f"Такой документ уже есть в базе знаний: «{twin.title}».",
            document_id=str(twin.public_id),
        )
    document.file_key = await files.put(data, sealed=False)
    await repository.add(document, parsed.pieces)
    await note(unit, principal, "uploaded", document)
    return IngestPreview(
        ingest_id=str(document.public_id),
        title=document.title,
        company_code=document.company_code,
        product_code=document.product_code,
        page_count=document.page_count,
        passages=parsed.pieces,
    )


async def commit(unit: Unit, principal: Principal, ingest_id: str) -> Committed:
    """Let an uploaded document answer questions; it replaces the version published before.

    Committing twice changes nothing.

    Raises:
        ServiceError: `forbidden`, `kb_document_not_found`.
    """
    _require_admin(principal)
    repository = KnowledgeRepository(unit, principal.tenant_id)
    document = await find_one(repository, ingest_id, lock=True)
    replaced: tuple[str, ...] = ()
    if document.status == "preview":
        replaced = await publish(unit, repository, principal.tenant_id, document)
        await note(unit, principal, "published", document)
    return Committed(
        document_id=str(document.public_id),
        ingest_id=str(document.public_id),
        title=document.title,
        company_code=document.company_code,
        product_code=document.product_code,
        version=document.version,
        replaced=replaced,
    )


async def delete(unit: Unit, principal: Principal, document_public_id: str) -> Deleted:
    """Take a document out of the knowledge base; it can be taken back for 30 days.

    Raises:
        ServiceError: `forbidden`, `kb_document_not_found`.
    """
    _require_admin(principal)
    repository = KnowledgeRepository(unit, principal.tenant_id)
    document = await find_one(repository, document_public_id, lock=True)
    await retire(unit, repository, principal.tenant_id, document)
    await note(unit, principal, "deleted", document)
    return Deleted(str(document.public_id), document.title)


async def publish_parsed(
    unit: Unit,
    files: FileStore,
    tenant_id: int,
    filename: str,
    data: bytes,
    parsed: Parsed,
    operator_id: int | None = None,
) -> Document:
    """Store and publish a file in one step, for documents that the service brings itself.

    Args:
        operator_id: the only agent who is to read it; it is never public then.
    """
    repository = KnowledgeRepository(unit, tenant_id)
    document = _document(parsed, filename)
    if operator_id is not None:
        document.operator_id, document.visibility = operator_id, "agents"
    document.file_key = await files.put(data, sealed=False)
    await repository.add(document, parsed.pieces)
    await publish(unit, repository, tenant_id, document)
    return document


def _document(parsed: Parsed, filename: str) -> Document:
    front = parsed.front
    return Document(
        public_id=uuid.uuid4(),
        title=parsed.title,
        kind=front.kind,
        company_code=front.company,
        product_code=front.product,
        visibility=front.visibility,
        status="preview",
        version=1,
        valid_from=front.valid_from,
        valid_until=front.valid_until,
        source_url=front.source_url,
        file_name=PurePath(filename.replace("\\", "/")).name[:255] or "document",
        mime=parsed.mime,
        page_count=parsed.page_count,
        content_hash=parsed.content_hash,
        analysis=ANALYSIS.dump_python(parsed.analysis, mode="json"),
        revision=0,
    )


def _same_place(one: Document, other: Document) -> bool:
    return (one.company_code, one.product_code) == (other.company_code, other.product_code)


def _code(value: str | None) -> str | None:
    code = (value or "").strip()[:60]
    return code if code and code != GENERAL else None


def _check_options(source_url: str | None, visibility: str | None) -> None:
    if source_url and not source_url.startswith(("http://", "https://")):
        raise invalid("kb_source_url", "Адрес источника должен начинаться с http:// или https://.")
    if visibility is not None and visibility not in _VISIBILITY:
        raise invalid("kb_visibility", "Видимость документа: public (все) или agents (агенты).")


def _require_admin(principal: Principal) -> None:
    if not principal.is_admin:
        raise forbidden()
