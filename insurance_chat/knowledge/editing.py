"""The fields of a document as an administrator corrects them, before and after publishing."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from insurance_chat.accounts.repository import StaffRepository
from insurance_chat.core.db.unit import Unit
from insurance_chat.core.errors import ServiceError, invalid, not_found
from insurance_chat.core.principal import Principal, Role
from insurance_chat.knowledge.analysis.findings import Analysis
from insurance_chat.knowledge.analysis.service import stored
from insurance_chat.knowledge.library import GENERAL, find_one, forbidden
from insurance_chat.knowledge.models import Document
from insurance_chat.knowledge.passages import Piece
from insurance_chat.knowledge.publishing import note, touch
from insurance_chat.knowledge.repository import KnowledgeRepository
from insurance_chat.knowledge.versions.repository import VersionRepository

PUBLIC, AGENTS = "public", "agents"
MOST_TAGS, LONGEST_TAG = 10, 40
_NAMES = {
    "title": "название",
    "kind": "вид",
    "company_code": "компания",
    "product_code": "продукт",
    "visibility": "кто видит",
    "operator_id": "агент",
    "valid_from": "действует с",
    "valid_until": "действует до",
    "tags": "метки",
    "lineage": "версия документа",
}


@dataclass(frozen=True, slots=True)
class Fields:
    """What an administrator says about a document.

    Args:
        company_code, product_code: None for all.
        visibility: `public` or `agents`.
        agent: public id of the only agent who reads it; None for all agents.
        valid_from, valid_until: first and last day on which it answers, both included.
        tags: labels for finding entries, up to ten of 40 characters.
        version_of: public id of the published document that this one is a new version of; None
            leaves it to the name and place.
    """

    title: str
    kind: str
    company_code: str | None = None
    product_code: str | None = None
    visibility: str = PUBLIC
    agent: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    tags: tuple[str, ...] = ()
    version_of: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document as its page shows it.

    Args:
        status: `preview`, `published` or `replaced`.
        passages: how it will be found, in its order.
    """

    id: str
    status: str
    version: int
    fields: Fields
    file_name: str
    mime: str
    page_count: int
    source_url: str | None
    created_at: datetime
    analysis: Analysis
    passages: tuple[Piece, ...]


async def read(unit: Unit, principal: Principal, document_id: str) -> Sheet:
    """Everything about a document that an administrator sees and corrects.

    Raises:
        ServiceError: `forbidden`, `kb_document_not_found`.
    """
    document = await _one(unit, principal, document_id)
    versions = VersionRepository(unit, principal.tenant_id)
    agent, parent = None, None
    if document.operator_id is not None:
        agent = await versions.public_id_of_user(document.operator_id)
    if document.status == "preview":
        parent = await versions.current_of(document.lineage)
    fields = Fields(
        title=document.title,
        kind=document.kind,
        company_code=document.company_code,
        product_code=document.product_code,
        visibility=document.visibility,
        agent=agent,
        valid_from=document.valid_from,
        valid_until=document.valid_until,
        tags=tuple(document.tags),
        version_of=parent,
    )
    return Sheet(
        id=str(document.public_id),
        status=document.status,
        version=document.version,
        fields=fields,
        file_name=document.file_name,
        mime=document.mime,
        page_count=document.page_count,
        source_url=document.source_url,
        created_at=document.created_at,
        analysis=stored(document),
        passages=tuple(await versions.pieces(document.id)),
    )


async def change(unit: Unit, principal: Principal, document_id: str, fields: Fields) -> None:
    """Correct the fields of a document; a published one answers by the new ones at once.

    Raises:
        ServiceError: `forbidden`, `kb_document_not_found`, `agent_not_found`, `kb_title`,
            `kb_visibility`, `kb_dates`, `kb_tags`.
    """
    document = await _one(unit, principal, document_id, lock=True)
    values = _checked(fields)
    values["operator_id"] = await _operator(unit, principal, fields)
    if document.status == "preview":
        values["lineage"] = await _lineage(unit, principal, fields.version_of)
    changed = [name for name, value in values.items() if getattr(document, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(document, name, values[name])
    repository = KnowledgeRepository(unit, principal.tenant_id)
    await touch(unit, repository, principal.tenant_id, document)
    words = ", ".join(_NAMES[name] for name in changed)
    if document.status != "preview":
        await note(unit, principal, "corrected", document, words)


def tags_from(text: str) -> tuple[str, ...]:
    """Labels typed with commas, without repeats."""
    found = (" ".join(one.split()) for one in text.replace(";", ",").split(","))
    return tuple(dict.fromkeys(one for one in found if one))


def _checked(fields: Fields) -> dict[str, object]:
    title = " ".join(fields.title.split())
    if not title or len(title) > 300:
        raise invalid("kb_title", "Напишите название, до 300 знаков.")
    if fields.visibility not in (PUBLIC, AGENTS):
        raise invalid("kb_visibility", "Видимость документа: public (все) или agents (агенты).")
    if fields.agent and fields.visibility == PUBLIC:
        raise invalid("kb_visibility", "Документ одного агента не может быть виден клиентам.")
    if fields.valid_from and fields.valid_until and fields.valid_from > fields.valid_until:
        raise invalid("kb_dates", "Документ не может закончиться раньше, чем начнёт действовать.")
    return {
        "title": title,
        "kind": fields.kind.strip()[:30] or "document",
        "company_code": _code(fields.company_code),
        "product_code": _code(fields.product_code),
        "visibility": fields.visibility,
        "valid_from": fields.valid_from,
        "valid_until": fields.valid_until,
        "tags": _tags(fields.tags),
    }


def _tags(tags: Sequence[str]) -> list[str]:
    if len(tags) > MOST_TAGS or any(len(one) > LONGEST_TAG for one in tags):
        raise invalid("kb_tags", "Не больше десяти меток, каждая до 40 знаков.")
    return list(tags)


async def _operator(unit: Unit, principal: Principal, fields: Fields) -> int | None:
    if not fields.agent:
        return None
    try:
        wanted = uuid.UUID(fields.agent)
    except ValueError as wrong:
        raise _no_agent() from wrong
    user = await StaffRepository(unit, principal.tenant_id).by_public_id(wanted)
    if user is None or user.role != Role.AGENT.value:
        raise _no_agent()
    return user.id


async def _lineage(unit: Unit, principal: Principal, version_of: str | None) -> uuid.UUID | None:
    if not version_of:
        return None
    parent = await _one(unit, principal, version_of)
    return parent.lineage or parent.public_id


def _code(value: str | None) -> str | None:
    code = (value or "").strip()[:60]
    return code if code and code != GENERAL else None


def _no_agent() -> ServiceError:
    return not_found("agent_not_found", "Агент не найден.")


async def _one(
    unit: Unit, principal: Principal, document_id: str, *, lock: bool = False
) -> Document:
    if not principal.is_admin:
        raise forbidden()
    return await find_one(KnowledgeRepository(unit, principal.tenant_id), document_id, lock=lock)
