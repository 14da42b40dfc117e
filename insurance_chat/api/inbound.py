"""What every door does with a message that comes in: addresses of files, storing, the turn."""

from __future__ import annotations

import mimetypes
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from starlette.requests import HTTPConnection

from insurance_chat.api.deps import services_of, state_of
from insurance_chat.api.links import links_for
from insurance_chat.conversations.types import Sender, Stored
from insurance_chat.core.errors import Kind, ServiceError, invalid


def show(connection: HTTPConnection, stored: Stored) -> None:
    """Put a message that was stored for the first time on the open screens."""
    services, state = services_of(connection), state_of(connection)
    conversation_id = stored.snapshot.conversation_id
    state.metrics.messages.labels(stored.entry.sender.value).inc()
    if stored.entry.sender is Sender.USER:
        services.hub.client_stopped(conversation_id)
    services.hub.push(conversation_id, [stored.entry])


def begin_turn(connection: HTTPConnection, stored: Stored, lease: UUID | None) -> bool:
    """Let the assistant answer, if this message took the conversation for a turn.

    Returns:
        Whether this process answers; else another turn or process takes the message along.
    """
    if lease is None or stored.duplicate or stored.snapshot.lease_owner != lease:
        return False
    state_of(connection).metrics.turns.inc()
    services_of(connection).turns.begin(stored.snapshot, lease, stored.entry)
    return True


def full_address(connection: HTTPConnection, url: str | None) -> str | None:
    """The address of a file or a voice message, with a host.

    Raises:
        ServiceError: `url_invalid`.
    """
    if not url:
        return None
    full = links_for(connection).absolute(url) if url.startswith("/files/") else url
    try:
        parts = urlsplit(full)
    except ValueError as wrong:
        raise _bad_address() from wrong
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise _bad_address()
    return full


def file_card(connection: HTTPConnection, url: str | None) -> dict[str, Any] | None:
    """The card of a file that was uploaded here; a file elsewhere has none.

    Raises:
        ServiceError: the link was not made here, or its time is over.
    """
    path = urlsplit(url or "").path
    if not path.startswith("/files/"):
        return None
    token = path.split("/")[2]
    try:
        key, name = services_of(connection).files.read_token(token)
    except ServiceError as error:
        raise ServiceError(error.code, Kind.INVALID, error.message) from error
    known = state_of(connection).uploads.get(key)
    mime = known[0] if known else mimetypes.guess_type(name)[0] or "application/octet-stream"
    card = {"key": key, "name": name, "mime": mime, "kind": "attachment"}
    return {**card, "size": known[1]} if known else card


def voice_key(connection: HTTPConnection, url: str | None) -> str | None:
    """Key of a recording that was uploaded here; a recording elsewhere has none and is not heard.

    Raises:
        ServiceError: the link was not made here, or its time is over.
    """
    card = file_card(connection, url)
    return card["key"] if card is not None else None


def _bad_address() -> ServiceError:
    return invalid("url_invalid", "Ссылка должна начинаться с http:// или https://.")
