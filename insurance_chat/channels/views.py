"""What the administrator is shown of messengers; secrets never leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from insurance_chat.channels.models import Connection
from insurance_chat.channels.ports import Capabilities, ChannelAdapter, Field, Pairs, Templates
from insurance_chat.channels.types import State
from insurance_chat.core.errors import ServiceError, not_found


@dataclass(frozen=True, slots=True)
class KindView:
    """A messenger that can be connected."""

    code: str
    channel: str
    title: str
    fields: tuple[Field, ...]
    capabilities: Capabilities
    pairs: bool
    templates: bool


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """A connected account with its state in plain words.

    Args:
        wants: what the messenger still wants from the administrator.
        hook_url: to be pasted at the messenger where that is needed; a secret of the administrator.
        dead: replies that did not arrive and wait for a person.
    """

    id: UUID
    kind: str
    kind_title: str
    channel: str
    title: str
    external_id: str
    state: State
    words: str
    wants: tuple[str, ...]
    hook_url: str = field(repr=False)
    options: dict[str, Any]
    owner_id: int | None
    chats: int
    dead: int
    error_at: datetime | None
    probed_at: datetime | None
    last_in_at: datetime | None
    last_out_at: datetime | None
    created_at: datetime


_WORDS = {
    State.ACTIVE: "Работает.",
    State.WAITING: "Осталось закончить подключение.",
    State.PAUSED: "Приостановлено: сообщения клиентов сохраняются, ответы не уходят.",
    State.FAILED: "Не работает: ответы ждут.",
}


def kind_view(adapter: ChannelAdapter) -> KindView:
    """A messenger for the page «Подключить»."""
    return KindView(
        adapter.code,
        adapter.channel,
        adapter.title,
        tuple(adapter.fields),
        adapter.capabilities,
        isinstance(adapter, Pairs),
        isinstance(adapter, Templates),
    )


def connection_view(
    row: Connection, adapter: ChannelAdapter | None, hook_url: str, counts: Sequence[int]
) -> ConnectionView:
    """A connected account for the pages.

    Args:
        adapter: None when this messenger was taken out of the product.
        counts: dead parts, chats.
    """
    state = State(row.state)
    return ConnectionView(
        id=row.public_id,
        kind=row.kind,
        kind_title=adapter.title if adapter is not None else row.kind,
        channel=adapter.channel if adapter is not None else row.kind,
        title=row.title,
        external_id=row.external_id,
        state=state,
        words=row.error or _WORDS[state],
        wants=tuple(row.wants),
        hook_url=hook_url,
        options=dict(row.options),
        owner_id=row.owner_id,
        chats=counts[1],
        dead=counts[0],
        error_at=row.error_at,
        probed_at=row.probed_at,
        last_in_at=row.last_in_at,
        last_out_at=row.last_out_at,
        created_at=row.created_at,
    )


def missing() -> ServiceError:
    """This account is not here (any more)."""
    return not_found("connection_not_found", "Подключение не найдено.")
