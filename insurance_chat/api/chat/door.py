"""Who calls the chat API, about which thread, and whether they may call so often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast
from uuid import UUID, uuid4

from starlette.requests import HTTPConnection

from insurance_chat.api.chat.keys import OPEN
from insurance_chat.api.chat.state import ChatState
from insurance_chat.api.deps import address_of, home_tenant, services_of
from insurance_chat.conversations.threads import service as threads
from insurance_chat.conversations.threads.repository import Place
from insurance_chat.core.errors import not_found
from insurance_chat.core.principal import Principal, Role

SUBPROTOCOL = "token."


@dataclass(frozen=True, slots=True)
class Caller:
    """A program with a good key. `owner` may hold the key itself: it is never written anywhere."""

    tenant_id: int
    owner: str
    counted: str


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread of a caller: the name that they use and the digest under which we find it.

    `made`: the caller gave no name, so this one is new to them.
    """

    name: str
    digest: str
    made: bool


def chat_state(connection: HTTPConnection) -> ChatState:
    """The memory of the chat API of the application that serves this connection."""
    return cast("ChatState", connection.app.state.chat)


async def enter(connection: HTTPConnection, *, in_address: bool = False) -> Caller:
    """Check the key of a call.

    Args:
        in_address: the key may also come as `api_key` in the address or as a sub-protocol,
            because browsers can set no header for EventSource and WebSocket.

    Raises:
        ServiceError: `api_key_required`, `api_key_wrong`, `not_ready`.
    """
    keys = chat_state(connection).keys
    given = connection.headers.get(keys.header)
    if given is None and in_address:
        given = _from_protocols(connection) or connection.query_params.get("api_key")
    owner = keys.owner(given)
    counted = address_of(connection) if owner == OPEN else owner
    return Caller(await home_tenant(connection), owner, counted)


def _from_protocols(connection: HTTPConnection) -> str | None:
    offered = connection.scope.get("subprotocols") or []
    return next(
        (one.removeprefix(SUBPROTOCOL) for one in offered if one.startswith(SUBPROTOCOL)), None
    )


def name_thread(
    connection: HTTPConnection, caller: Caller, name: str | None, message_id: str | None = None
) -> Thread:
    """The thread that a call means; without a name a new one.

    Args:
        message_id: a repeat of a message without a thread finds the thread that the first made.
    """
    db = services_of(connection).db
    new = name is None
    if name is None:
        made = threads.digest(db, caller.owner, f"made:{message_id}") if message_id else None
        name = str(UUID(made[:32]) if made else uuid4())
    return Thread(name, threads.digest(db, caller.owner, name), new)


def count(connection: HTTPConnection, caller: Caller, thread: Thread | None = None) -> None:
    """Count a call; the headers of its answer tell how many are left.

    Raises:
        ServiceError: `rate_limited`.
    """
    limits = chat_state(connection).limits
    connection.state.limit_headers = limits.take(
        caller.counted, thread.digest if thread is not None else None
    )


def limit_headers(connection: HTTPConnection) -> dict[str, str]:
    """`X-RateLimit-*` of this call."""
    return cast("dict[str, str]", getattr(connection.state, "limit_headers", {}))


async def find_place(connection: HTTPConnection, caller: Caller, thread: Thread) -> Place:
    """Where a thread lives that was begun before.

    Raises:
        ServiceError: `thread_not_found`.
    """
    place = await threads.find(services_of(connection).db, caller.tenant_id, thread.digest)
    if place is None:
        raise not_found("thread_not_found", "Такой беседы ещё нет.")
    return place


def viewer(caller: Caller, place: Place) -> Principal:
    """As whom the program sees the chat: as its client."""
    return Principal(caller.tenant_id, Role.USER, conversation_id=place.conversation_id)
