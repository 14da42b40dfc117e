"""Reading the knowledge base: its tree, the originals of documents, documents asked for by name."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TypedDict

from rapidfuzz import fuzz

from insurance_chat.core.clock import moscow_today
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import Kind, ServiceError, not_found
from insurance_chat.core.principal import Principal
from insurance_chat.knowledge.models import Document
from insurance_chat.knowledge.repository import KnowledgeRepository, Scope
from insurance_chat.knowledge.search import Audience
from insurance_chat.knowledge.words import Term, read_question, stems

GENERAL = "general"  # company or product of documents that concern all of them
SAME_WORD = 80  # likeness in per cent by which a misspelt word is recognised
NAMED_ENOUGH = 0.6  # share of the request's words that a title must have


_REQUEST_WORDS = frozenset(
    stems(
        "скачать скачай загрузить загрузи прислать пришли пришлите отправить отправь отправьте дать "
        "дай дайте показать покажи покажите файл документ документы пдф pdf информация информацию "
        "ссылка ссылку продукт продукте компания компании такой"
    )
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the original of a document is: our file, and the page it was taken from."""

    document_id: str
    title: str
    file_key: str
    file_name: str
    mime: str
    url: str | None
    score: float = 1.0


class Offer(TypedDict):
    """A document in the tree."""

    id: str
    title: str


class ProductBranch(TypedDict):
    """Documents of one product."""

    productCode: str
    offers: list[Offer]


class CompanyBranch(TypedDict):
    """Products of one company."""

    companyCode: str
    products: list[ProductBranch]


class Tree(TypedDict):
    """KBTree of the public contract."""

    companies: list[CompanyBranch]


async def tree(unit: Unit, principal: Principal) -> Tree:
    """Published documents by company and product; `general` stands for all companies or products.

    Raises:
        ServiceError: `forbidden` for a client.
    """
    if not principal.is_staff:
        raise forbidden()
    repository = KnowledgeRepository(unit, principal.tenant_id)
    branches: dict[str, dict[str, list[Offer]]] = {}
    for row in await repository.published(staff_scope(principal)):
        products = branches.setdefault(row.company_code or GENERAL, {})
        offers = products.setdefault(row.product_code or GENERAL, [])
        offers.append({"id": str(row.public_id), "title": row.title})
    return {
        "companies": [
            {
                "companyCode": company,
                "products": [
                    {"productCode": product, "offers": offers}
                    for product, offers in products.items()
                ],
            }
            for company, products in branches.items()
        ]
    }


async def source(unit: Unit, principal: Principal, public_id: str) -> Source:
    """The original of a document: clients get published public ones, agents also those for agents
    and their own, administrators also previews and earlier versions.

    Raises:
        ServiceError: `kb_document_not_found`.
    """
    document = await find_one(KnowledgeRepository(unit, principal.tenant_id), public_id)
    if not may_open(document, principal):
        raise _not_found()
    return _source(document)


def may_open(document: Document, principal: Principal) -> bool:
    """Administrators open everything, agents what is published for them, clients what is public."""
    if principal.is_admin:
        return True
    own = document.operator_id in (None, principal.user_id)
    public = document.visibility == "public" and document.operator_id is None
    return document.status == "published" and (public or (principal.is_staff and own))


def staff_scope(principal: Principal) -> Scope:
    """What a member of staff sees in lists: agents their own and common documents."""
    return Scope(
        agents=True,
        today=moscow_today(),
        reader=principal.user_id,
        everyone=principal.is_admin,
    )


async def find_document(
    unit: Unit, tenant_id: int, query: str, audience: Audience = "public", limit: int = 3
) -> list[Source]:
    """Files that a person asks for by name («скачай правила страхования …»), best first.

    Args:
        query: the person's words.
        audience: clients see public documents only.

    Returns:
        Documents whose title, company or product has most of the words; empty when none does.
    """
    terms = [
        term for term in read_question(query).terms if not _REQUEST_WORDS.issuperset(term.stems)
    ]
    if not terms:
        return []
    scope = Scope(agents=audience == "agents", today=moscow_today())
    found: list[Source] = []
    for document in await KnowledgeRepository(unit, tenant_id).published(scope):
        score = _named(terms, document)
        if score >= NAMED_ENOUGH:
            found.append(_source(document, score))
    return sorted(found, key=lambda item: -item.score)[:limit]


def _named(terms: list[Term], document: Document) -> float:
    """Share of the words that a title has; of equal ones the shorter title is a little better."""
    place = f"{document.company_code or ''} {document.product_code or ''}"
    named = stems(f"{document.title} {place}")
    hits = 0
    for term in terms:
        names = {stem for name in (term.stems, *term.others) for stem in name}
        best = max((fuzz.ratio(one, two) for one in names for two in named), default=0.0)
        hits += best >= SAME_WORD
    if not hits:
        return 0.0
    return hits / len(terms) + min(len(terms) / len(named), 1.0) / 100


async def find_one(
    repository: KnowledgeRepository, public_id: str, *, lock: bool = False
) -> Document:
    """A document that is not deleted.

    Raises:
        ServiceError: `kb_document_not_found`.
    """
    try:
        wanted = uuid.UUID(public_id)
    except ValueError as wrong:
        raise _not_found() from wrong
    document = await repository.find(wanted, lock=lock)
    if document is None:
        raise _not_found()
    return document


def _source(document: Document, score: float = 1.0) -> Source:
    return Source(
        document_id=str(document.public_id),
        title=document.title,
        file_key=document.file_key,
        file_name=document.file_name,
        mime=document.mime,
        url=document.source_url,
        score=score,
    )


def forbidden() -> ServiceError:
    """The refusal for a role without the right."""
    return ServiceError("forbidden", Kind.FORBIDDEN, "Недостаточно прав для этого действия.")


def _not_found() -> ServiceError:
    return not_found("kb_document_not_found", "Документ не найден в базе знаний.")
