"""The hot path: storing a message and beginning the turn that answers it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from typing_extensions import override

from insurance_chat.accounts import access
from insurance_chat.accounts.access import Permission
from insurance_chat.api import inbound, present
from insurance_chat.api.deps import Known, known_caller, services_of, state_of
from insurance_chat.api.docs import refusals
from insurance_chat.api.errors import read_or_refuse
from insurance_chat.api.links import links_for
from insurance_chat.api.texts import Key, Model, Text, Url, session_id
from insurance_chat.api.v1.chat import Message
from insurance_chat.conversations import hot, sessions
from insurance_chat.conversations.types import InboundMessage, Sender
from insurance_chat.core.errors import invalid, not_found


class _Direct(APIRoute):
    """The hot path reads its request itself; the framework's own reading would only cost time."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """See FastAPI."""

        async def handle(request: Request) -> Response:
            return await post_message(request, request.headers.get("idempotency-key"))

        return handle


router = APIRouter(tags=["chat"], route_class=_Direct)


class PostMessageRequest(Model):
    """What somebody says. `clientMessageId` makes a repeat harmless; an agent may quote a line."""

    session_id: str
    sender: Literal["user", "agent"]
    text: Text | None = None
    voice_url: Url | None = None
    file_url: Url | None = None
    client_message_id: Key | None = None
    quoted_message_id: Key | None = None


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": PostMessageRequest.model_json_schema(by_alias=True),
            }
        },
    }
}


@router.post(
    "/v1/chat/messages",
    status_code=201,
    summary="Post message",
    response_class=JSONResponse,
    responses={201: {"model": Message}, **refusals(401, 403, 404, 409)},
    openapi_extra=_BODY,
)
async def post_message(
    request: Request,
    idempotency_key: Annotated[
        str | None, Header(description="Вместо clientMessageId: ключ повтора.")
    ] = None,
) -> JSONResponse:
    """Store a message once; the assistant answers in the feed."""
    known = await known_caller(request)
    body = read_or_refuse(PostMessageRequest, await request.body())
    session = session_id(body.session_id)
    _check_sender(known, body)
    if known.session_id is not None and known.session_id != session:
        raise not_found("session_not_found", "Чат не найден.")
    services, links = services_of(request), links_for(request)
    message = _inbound(request, body, idempotency_key)
    if message.sender is Sender.AGENT:
        return await _say_as_agent(request, known, session, message, body.quoted_message_id)
    if known.principal.is_staff:
        # Staff bring in the words of a client only where they may look.
        async with services.db.unit() as unit:
            await sessions.find(unit, known.principal, session)
    lease = uuid4() if message.sender is Sender.USER else None
    async with services.db.pool.connection() as connection:
        stored = await hot.store_inbound(
            connection,
            services.cipher,
            known.principal.tenant_id,
            session,
            message,
            lease=lease,
            queue=services.db.queue,
        )
    if not stored.duplicate:
        inbound.show(request, stored)
        inbound.begin_turn(request, stored, lease)
    shown = present.message(stored.entry, str(session), known.principal, links)
    return JSONResponse(shown, 201)


async def _say_as_agent(
    request: Request, known: Known, session: UUID, message: InboundMessage, quoted: str | None
) -> JSONResponse:
    services = services_of(request)
    answered = session_id(quoted) if quoted else None
    said = await services.speaking.say(known.principal, session, message, quoted=answered)
    sent = said.sent
    if sent.fresh:
        state_of(request).metrics.messages.labels(Sender.AGENT.value).inc()
        services.hub.push(sent.conversation_id, [sent.entry])
    return JSONResponse(
        present.message(sent.entry, str(session), known.principal, links_for(request)), 201
    )


def _check_sender(known: Known, body: PostMessageRequest) -> None:
    if body.sender == "agent":
        access.require(known.principal, Permission.WRITE_AS_AGENT)
    if not (body.text and body.text.strip()) and not body.voice_url and not body.file_url:
        raise invalid("message_empty", "Сообщение пустое: нужен текст, голос или файл.")


def _inbound(
    request: Request, body: PostMessageRequest, idempotency_key: str | None
) -> InboundMessage:
    key = f"{present.CLIENT_KEY}{body.client_message_id}" if body.client_message_id else None
    if key is None and idempotency_key:
        key = f"i:{_header_key(idempotency_key)}"
    card = inbound.file_card(request, body.file_url)
    return InboundMessage(
        sender=Sender(body.sender),
        text=body.text,
        voice_url=inbound.full_address(request, body.voice_url),
        voice_key=inbound.voice_key(request, body.voice_url),
        file_url=inbound.full_address(request, body.file_url),
        client_key=key,
        metadata={"files": [card]} if card is not None else {},
    )


def _header_key(value: str) -> str:
    if len(value) > 100:
        raise invalid("idempotency_key_invalid", "Idempotency-Key: не больше 100 символов.")
    return value.replace("\x00", "")
