"""Values that travel between the tables of messengers, the reader and the sender."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from insurance_chat.channels.ports import Account

UPDATES = "channels"  # NOTIFY «<connection>»: something to read; «<connection>:again»: to send
ACCOUNTS = "channel_accounts"  # NOTIFY: a connection was changed


class State(StrEnum):
    """How a connected account is."""

    ACTIVE = "active"
    WAITING = "waiting"  # a further step of the administrator, e.g. a QR code
    PAUSED = "paused"  # nothing is read or sent; what comes is kept
    FAILED = "failed"  # nothing is sent until it works again
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Connected:
    """A connected account as doors and the keeper see it."""

    id: int
    public_id: UUID
    tenant_id: int
    kind: str
    state: State
    owner_id: int | None
    cursor: int
    account: Account = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredUpdate:
    """One stored update; `media` are cards of fetched files, None before they were fetched."""

    id: int
    key: str
    attempts: int
    fetching: bool
    waited: float
    media: list[dict[str, Any]] | None = field(repr=False)
    body: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat of a messenger and the conversation that it is.

    Args:
        silent_hours: since the client's last message; None when there was none.
    """

    id: int
    tenant_id: int
    connection_id: int
    conversation_id: int
    session: UUID
    contact_id: int
    sent_seq: int
    last_seq: int
    answered_seq: int
    with_agent: bool
    blocked: bool
    silent_hours: float | None
    address: dict[str, Any] = field(repr=False)
    offered: list[list[str]] | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A part that is about to be sent; `attempts` counts this one, too."""

    id: int
    key: str
    attempts: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A part of a reply that did not reach the client and waits for a person."""

    id: UUID
    connection: UUID
    session: UUID
    seq: int
    kind: str
    words: str
    at: datetime
