"""What every route needs: services, a transaction, who is asking, ids from the path."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, cast
from uuid import UUID

from fastapi import Depends, Request
from pydantic import BeforeValidator, WithJsonSchema
from starlette.requests import HTTPConnection

from insurance_chat.accounts import auth
from insurance_chat.accounts.repository import fetch_first_tenant
from insurance_chat.api.state import ApiState
from insurance_chat.api.texts import read_id
from insurance_chat.channels.door import Door
from insurance_chat.conversations import hot
from insurance_chat.conversations.feed import FeedHub
from insurance_chat.conversations.handover.settings import HandoverSettings
from insurance_chat.core.crypto import Cipher, hash_token
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.errors import Kind, ServiceError, unavailable
from insurance_chat.core.files import FileStore
from insurance_chat.core.principal import Principal, Role
from insurance_chat.core.settings import CoreSettings
from insurance_chat.dialogue.answering.grounded import ExtractiveAnswerer
from insurance_chat.dialogue.runner import TurnRunner
from insurance_chat.insurance.providers.ports import OsagoProvider, Providers
from insurance_chat.insurance.quotes import QuoteDesk
from insurance_chat.insurance.saga import Saga
from insurance_chat.integrations.settings import IntegrationSettings
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.knowledge.settings import KnowledgeSettings
from insurance_chat.knowledge.uploads.reading import UploadReader
from insurance_chat.knowledge.uploads.service import UploadDesk
from insurance_chat.operators.copilot.service import Copilot
from insurance_chat.operators.inbox.speaking import Speaking

CLIENT_SECONDS = 60.0


class ApiSettingsSet(Protocol):
    """The settings that the door reads."""

    @property
    def core(self) -> CoreSettings:
        """Addresses."""
        ...

    @property
    def handover(self) -> HandoverSettings:
        """The queue for a human."""
        ...

    @property
    def knowledge(self) -> KnowledgeSettings:
        """How large documents may be."""
        ...


class ApiMessengers(Protocol):
    """What the door needs of messengers."""

    @property
    def door(self) -> Door:
        """Takes calls of messengers."""
        ...

    @property
    def adapters(self) -> Mapping[str, object]:
        """Messengers by their code."""
        ...


class ApiServices(Protocol):
    """What the door is given by the composition root."""

    @property
    def settings(self) -> ApiSettingsSet:
        """What the door reads of the settings."""
        ...

    @property
    def db(self) -> Database:
        """Connections to the database."""
        ...

    @property
    def cipher(self) -> Cipher:
        """Seals personal data and signs links."""
        ...

    @property
    def files(self) -> FileStore:
        """Stored files."""
        ...

    @property
    def hub(self) -> FeedHub:
        """Wakes open screens."""
        ...

    @property
    def turns(self) -> TurnRunner:
        """Runs turns of the assistant."""
        ...

    @property
    def provider(self) -> OsagoProvider:
        """The registers of cars and drivers."""
        ...

    @property
    def providers(self) -> Providers:
        """Product → the insurer or aggregator that sells it."""
        ...

    @property
    def saga(self) -> Saga:
        """Drives sales."""
        ...

    @property
    def quote_desk(self) -> QuoteDesk:
        """Gets offers."""
        ...

    @property
    def knowledge(self) -> KnowledgeIndex:
        """Searches the knowledge base."""
        ...

    @property
    def uploads(self) -> UploadDesk:
        """Takes files for the knowledge base."""
        ...

    @property
    def upload_reader(self) -> UploadReader:
        """Reads them."""
        ...

    @property
    def answerer(self) -> ExtractiveAnswerer:
        """Answers from the knowledge base."""
        ...

    @property
    def speaking(self) -> Speaking:
        """Says what agents write to clients."""
        ...

    @property
    def copilot(self) -> Copilot:
        """Drafts for agents."""
        ...

    @property
    def messengers(self) -> ApiMessengers:
        """Messengers."""
        ...

    @property
    def integrations(self) -> IntegrationSettings:
        """Settings of webhooks."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """Who holds a token; `session_id` is the conversation of a client."""

    principal: Principal
    session_id: UUID | None = None


def services_of(connection: HTTPConnection) -> ApiServices:
    """The services of the application that serves this connection."""
    return cast("ApiServices", connection.app.state.services)


def state_of(connection: HTTPConnection) -> ApiState:
    """The memory of the application that serves this connection."""
    return cast("ApiState", connection.app.state.api)


def address_of(connection: HTTPConnection) -> str:
    """Where the caller comes from."""
    return connection.client.host if connection.client is not None else "unknown"


def bearer(connection: HTTPConnection) -> str | None:
    """The token of the Authorization header."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


async def identify(connection: HTTPConnection, token: str) -> Known:
    """Find out who holds a token: a member of staff or the client of one conversation.

    Raises:
        ServiceError: `token_invalid`, `token_expired`.
    """
    callers = state_of(connection).callers
    digest = hash_token(token)
    cached = callers.get(digest)
    if cached is not None:
        return cast("Known", cached)
    db = services_of(connection).db
    if token.count(".") == 2:
        # Never remembered: a blocked member of staff is out at the next call.
        async with db.unit() as unit:
            return Known(await auth.principal_of(unit, token))
    async with db.pool.connection() as raw:
        found = await hot.fetch_client_across_tenants(raw, digest)
    if found is None:
        raise ServiceError("token_invalid", Kind.UNAUTHENTICATED, "Токен не подходит.")
    tenant_id, conversation_id, session = found
    known = Known(Principal(tenant_id, Role.USER, conversation_id=conversation_id), session)
    callers.put(digest, known, CLIENT_SECONDS)
    return known


async def known_caller(connection: HTTPConnection) -> Known:
    """Who is asking.

    Raises:
        ServiceError: `login_required`, `token_invalid`, `token_expired`.
    """
    token = bearer(connection)
    if token is None:
        raise ServiceError(
            "login_required", Kind.UNAUTHENTICATED, "Нужен токен в заголовке Authorization."
        )
    return await identify(connection, token)


async def _caller(request: Request) -> Principal:
    return (await known_caller(request)).principal


async def _visitor(request: Request) -> Principal | None:
    return await _caller(request) if bearer(request) is not None else None


async def home_tenant(connection: HTTPConnection) -> int:
    """The tenant to which anonymous visitors come.

    Raises:
        ServiceError: `not_ready` before the first start has made it.
    """
    state = state_of(connection)
    if state.home_tenant is None:
        async with services_of(connection).db.unit() as unit:
            state.home_tenant = await fetch_first_tenant(unit)
    if state.home_tenant is None:
        raise unavailable("not_ready", "Сервис ещё не настроен.")
    return state.home_tenant


async def _open_unit(request: Request) -> AsyncIterator[Unit]:
    async with services_of(request).db.unit() as unit:
        yield unit


def _names(code: str, message: str) -> BeforeValidator:
    def read(value: str) -> UUID:
        # Not a validation error: an id of another shape names nothing, so it is «not found».
        return read_id(value, code, message)

    return BeforeValidator(read)


def _services(request: Request) -> Any:
    return services_of(request)


def _state(request: Request) -> Any:
    return state_of(request)


# The commit comes before the answer is sent: an answer that says "done" must be true.
Opened = Annotated[Unit, Depends(_open_unit, scope="function")]
Caller = Annotated[Principal, Depends(_caller)]
Visitor = Annotated[Principal | None, Depends(_visitor)]
Services = Annotated[ApiServices, Depends(_services)]
State = Annotated[ApiState, Depends(_state)]
HomeTenant = Annotated[int, Depends(home_tenant)]
_STRING = WithJsonSchema({"type": "string"})
SessionId = Annotated[UUID, _names("session_not_found", "Чат не найден."), _STRING]
AgentId = Annotated[UUID, _names("agent_not_found", "Агент не найден."), _STRING]
PolicyId = Annotated[UUID, _names("policy_not_found", "Полис не найден."), _STRING]
DocumentId = Annotated[
    UUID, _names("kb_document_not_found", "Документ не найден в базе знаний."), _STRING
]
ReminderId = Annotated[UUID, _names("reminder_not_found", "Напоминание не найдено."), _STRING]
WebhookId = Annotated[UUID, _names("webhook_not_found", "Такого вебхука нет."), _STRING]
