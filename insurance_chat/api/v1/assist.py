"""«Помочь с ответом»: a draft for an agent, at once or sentence by sentence."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal
from uuid import UUID

import structlog
from fastapi import APIRouter, Request
from pydantic import Field

from insurance_chat.api.deps import AgentId, Caller, services_of
from insurance_chat.api.docs import refusals
from insurance_chat.api.links import Links, links_for
from insurance_chat.api.sse import EventStream
from insurance_chat.api.texts import Line, Model, Text, session_id
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal
from insurance_chat.dialogue.answering.grounded import Citation
from insurance_chat.operators.copilot.service import Draft, Drafting

log = structlog.get_logger()
router = APIRouter(tags=["agents"])
FRAME = {
    "type": "object",
    "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
    "required": ["event", "data"],
}
MOST_VARIANTS = 100
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


class AssistRequest(Model):
    """What the agent wants.

    `prompt` is a question, «короче», «перефразируй», «напиши ответ так: …», or empty to answer the
    client's last words. `current` is the text in the agent's box when the wish is about that.
    """

    session_id: str
    prompt: Text
    style: Line | None = None
    current: Text | None = None
    companies: Literal["own", "all"] | None = None
    variant: Annotated[int, Field(ge=0, le=MOST_VARIANTS)] = 0


class AssistSource(Model):
    """Where the draft comes from; `url` opens the original."""

    n: int
    document_id: str
    title: str
    section: str
    page: int | None
    quote: str
    url: str


class AssistResponse(Model):
    """A draft to edit and send; empty when the knowledge base says nothing.

    `onlyForAgent` are answers of documents that clients must not read; they are not in the draft.
    """

    draft: str
    citations: list[AssistSource]
    only_for_agent: list[AssistSource]
    style: list[str]
    variant: int
    variants: int
    warning: str | None
    ask_companies: bool


async def _begin(request: Request, caller: Principal, agent: UUID, body: AssistRequest) -> Drafting:
    return await services_of(request).copilot.begin(
        caller,
        session=session_id(body.session_id),
        wish=body.prompt,
        style=body.style,
        current=body.current,
        companies=body.companies,
        variant=body.variant,
        agent=agent,
    )


def _shown(draft: Draft, tenant_id: int, links: Links) -> dict[str, Any]:
    def public(document_id: str) -> str:
        return links.document(tenant_id, document_id)

    return {
        "draft": draft.text,
        "citations": [_source(one, public(one.document_id)) for one in draft.citations],
        "onlyForAgent": [
            _source(one, links.private_document(one.document_id)) for one in draft.only_for_agent
        ],
        "style": [style.value for style in draft.style],
        "variant": draft.variant,
        "variants": draft.variants,
        "warning": draft.warning,
        "askCompanies": draft.ask_companies,
    }


def _source(citation: Citation, url: str) -> dict[str, Any]:
    return {
        "n": citation.n,
        "documentId": citation.document_id,
        "title": citation.title,
        "section": citation.section,
        "page": citation.page,
        "quote": citation.quote,
        "url": url,
    }


@router.post(
    "/v1/agents/{id}/assist",
    summary="Ask AI to help with an answer",
    response_model=AssistResponse,
    responses=refusals(401, 403, 404),
)
async def assist(
    request: Request, caller: Caller, id: AgentId, body: AssistRequest
) -> dict[str, Any]:
    """A draft out of documents that the client may read; nothing is sent."""
    drafting = await _begin(request, caller, id, body)
    async for _ in drafting.sentences():
        pass
    return _shown(drafting.result(), caller.tenant_id, links_for(request))


@router.post(
    "/v1/agents/{id}/assist/stream",
    summary="Ask AI to help with an answer (server-sent events)",
    response_class=EventStream,
    responses={
        200: {"content": {"text/event-stream": {"schema": FRAME}}},
        **refusals(401, 403, 404),
    },
)
async def assist_stream(
    request: Request, caller: Caller, id: AgentId, body: AssistRequest
) -> EventStream:
    """The same draft as `chunk` frames, then one `done` with all of it, or one `error`."""
    drafting = await _begin(request, caller, id, body)
    frames = _frames(drafting, caller.tenant_id, links_for(request))
    return EventStream(frames, headers=HEADERS)


async def _frames(drafting: Drafting, tenant_id: int, links: Links) -> AsyncIterator[str]:
    try:
        async for text in drafting.sentences():
            yield _frame("chunk", {"text": text})
        yield _frame("done", _shown(drafting.result(), tenant_id, links))
    except ServiceError as refused:
        yield _frame("error", {"code": refused.code, "message": refused.message})
    except Exception:
        # The status line is sent already; the caller learns of the failure here or never.
        log.exception("assist_stream_failed")
        yield _frame("error", {"code": "internal_error", "message": "Не получилось. Повторите."})


def _frame(kind: str, data: dict[str, Any]) -> str:
    return f"event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
