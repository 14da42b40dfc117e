"""The knowledge base: its tree, new documents, sources, search."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.api.deps import Caller, DocumentId, Opened, bearer, known_caller, services_of
from insurance_chat.api.docs import refusals
from insurance_chat.api.links import links_for, read_document_token
from insurance_chat.api.texts import Model, Text
from insurance_chat.api.v1.kb_bodies import PrivateDocs, place_of
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.principal import Principal, Role
from insurance_chat.integrations import service as events
from insurance_chat.knowledge import library, service
from insurance_chat.knowledge.explaining import explain, vector_of
from insurance_chat.knowledge.repository import KnowledgeRepository
from insurance_chat.knowledge.search import Hit, SearchQuery
from insurance_chat.knowledge.service import Committed
from insurance_chat.knowledge.service import commit as publish_preview

router = APIRouter(tags=["kb"])
AGENTS = "agents"


class TreeOffer(Model):
    """A document."""

    id: str
    title: str


class TreeProduct(Model):
    """Documents of one product; `general` stands for all products."""

    product_code: str
    offers: list[TreeOffer]


class TreeCompany(Model):
    """Products of one company; `general` stands for all companies."""

    company_code: str
    products: list[TreeProduct]


class KBTree(Model):
    """Company, product, documents."""

    companies: list[TreeCompany]


class CommitRequest(Model):
    """The preview that should answer questions."""

    ingest_id: str


class CommitResult(Model):
    """A document that answers questions now."""

    id: str
    title: str
    version: int


class SearchRequest(Model):
    """A question to the search, for checking."""

    query: Text = ""
    top_k: Annotated[int, Field(ge=1, le=50)] = 8


class KBSigns(Model):
    """What speaks for a passage. BM25 weights start at 0; shares are 0..1."""

    lexical: float = Field(description="BM25 по основам слов.")
    ngram: float = Field(description="BM25 по частям слов, прощает опечатки.")
    vector: float = Field(description="Близость по смыслу; 0, пока нет модели векторов.")
    coverage: float = Field(description="Доля слов вопроса, которые есть в тексте.")
    heading_named: float = Field(description="Доля слов заголовка, которые есть в вопросе.")
    heading_matched: float = Field(description="Доля слов вопроса, которые есть в заголовке.")
    asked: float = Field(description="Сходство с известным вопросом к этому разделу.")
    freshness: float = Field(description="Новизна документа среди найденных; решает при равенстве.")
    own_company: bool = Field(description="Документ компании, названной в вопросе.")
    other_product: bool = Field(description="Документ о другом продукте.")


class KBChunk(Model):
    """A passage and why it was found."""

    doc_id: str
    chunk_idx: int
    text: str
    score: float
    title: str
    heading: str = Field(description="Путь заголовков до фрагмента.")
    page: int | None = Field(description="Страница, если в документе они есть.")
    signs: KBSigns
    why: list[str] = Field(description="То же словами.")


class SearchResult(Model):
    """Passages, best first."""

    matches: list[KBChunk]


@router.get("/v1/kb/tree", summary="KB tree", response_model=KBTree, responses=refusals(401, 403))
async def tree(unit: Opened, caller: Caller) -> Any:
    """Published documents by company and product."""
    return await library.tree(unit, caller)


@router.post(
    "/v1/kb/commit",
    summary="Commit ingested KB document(s)",
    response_model=CommitResult,
    responses=refusals(401, 403, 404),
)
async def commit_document(unit: Opened, caller: Caller, body: CommitRequest) -> dict[str, Any]:
    """Let an uploaded document answer questions; it replaces its earlier version."""
    done = await publish_preview(unit, caller, body.ingest_id)
    await _tell(unit, caller, "committed", done)
    return {"id": done.document_id, "title": done.title, "version": done.version}


@router.delete(
    "/v1/kb/docs/{id}",
    status_code=204,
    summary="Delete KB doc",
    responses=refusals(401, 403, 404),
)
async def delete_document(unit: Opened, caller: Caller, id: DocumentId) -> Response:
    """Take a document out of the knowledge base."""
    done = await service.delete(unit, caller, str(id))
    await events.record(
        unit, caller.tenant_id, "kb.doc.deleted", caller.actor, {"docId": done.document_id}
    )
    return Response(status_code=204)


@router.get(
    "/v1/kb/docs/{id}/source",
    status_code=302,
    summary="Get original source link",
    response_class=RedirectResponse,
    responses={302: {"description": "Redirect to file"}, **refusals(401, 404)},
)
async def document_source(
    request: Request,
    unit: Opened,
    id: DocumentId,
    token: Annotated[str | None, Query(description="Подпись ссылки из сообщения чата.")] = None,
) -> RedirectResponse:
    """Lead to the original file. Links in messages carry a signature, so a browser can open them."""
    caller = await _reader(request, str(id), token)
    found = await library.source(unit, caller, str(id))
    link = links_for(request).file(found.file_key, found.file_name)
    return RedirectResponse(f"{link}?read=true", 302)


async def _reader(request: Request, document_id: str, token: str | None) -> Principal:
    if token and bearer(request) is None:
        tenant_id = read_document_token(services_of(request).cipher, document_id, token)
        if tenant_id is None:
            raise ServiceError("token_invalid", Kind.UNAUTHENTICATED, "Срок действия ссылки истёк.")
        return Principal(tenant_id, Role.USER)
    return (await known_caller(request)).principal


@router.post(
    "/v1/kb/search",
    summary="Search KB (admin/debug)",
    response_model=SearchResult,
    responses=refusals(401, 403),
)
async def search(request: Request, caller: Caller, body: SearchRequest) -> dict[str, Any]:
    """What the search finds for a question, and why."""
    access.require(caller, Permission.MANAGE_KNOWLEDGE)
    query = SearchQuery(
        caller.tenant_id, body.query, "agents", limit=body.top_k, reader=caller.user_id
    )
    hits = await services_of(request).knowledge.search(query)
    return {"matches": [_match(hit) for hit in hits]}


def _match(hit: Hit) -> dict[str, Any]:
    return {
        "docId": hit.document_public_id,
        "chunkIdx": hit.idx,
        "text": hit.text,
        "score": hit.score,
        "title": hit.title,
        "heading": hit.heading,
        "page": hit.page,
        "signs": {
            "lexical": hit.lexical,
            "ngram": hit.ngram,
            "vector": vector_of(hit),
            "coverage": hit.coverage,
            "headingNamed": hit.heading_named,
            "headingMatched": hit.heading_matched,
            "asked": hit.asked,
            "freshness": hit.fresh,
            "ownCompany": hit.own,
            "otherProduct": hit.foreign,
        },
        "why": explain(hit),
    }


@router.get(
    "/v1/kb/private/docs",
    summary="Documents for agents",
    response_model=PrivateDocs,
    response_model_exclude_unset=True,
    responses=refusals(401, 403),
)
async def private_documents(unit: Opened, caller: Caller) -> dict[str, Any]:
    """Published documents that clients do not see: common ones and the caller's own."""
    access.require(caller, Permission.USE_PRIVATE_KNOWLEDGE)
    repository = KnowledgeRepository(unit, caller.tenant_id)
    rows = await repository.published(library.staff_scope(caller))
    return {
        "items": [
            {
                "id": str(row.public_id),
                "title": row.title,
                **place_of(row.company_code, row.product_code),
            }
            for row in rows
            if row.visibility == AGENTS
        ]
    }


async def _tell(unit: Unit, caller: Principal, what: str, done: Committed) -> None:
    context = {
        "docId": done.document_id,
        "ingestId": done.ingest_id,
        **place_of(done.company_code, done.product_code),
    }
    await events.record(unit, caller.tenant_id, f"kb.doc.{what}", caller.actor, context)
