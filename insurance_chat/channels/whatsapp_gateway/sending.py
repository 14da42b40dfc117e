"""Sends parts; what may have arrived already is looked for before it is sent again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from insurance_chat.channels.ports import ChannelError, Failure, FilePart, Part, TextPart
from insurance_chat.channels.whatsapp_gateway.client import FILE_SECONDS, Gateway, GatewayError
from insurance_chat.channels.whatsapp_gateway.wording import plain_words

REMEMBERED = 5000
CLOCKS_DIFFER = timedelta(seconds=30)
_PICTURES = ("image/jpeg", "image/png")


class Sender:
    """Sends, and remembers what it sent: the gateway knows no idempotency and may echo."""

    def __init__(self) -> None:
        self._sent: OrderedDict[tuple[int, str], None] = OrderedDict()
        self._unsure: OrderedDict[tuple[int, str], datetime] = OrderedDict()

    def knows(self, account_id: int, message_id: str) -> bool:
        """Whether this process has sent the message."""
        return (account_id, message_id) in self._sent

    async def send(self, account_id: int, gateway: Gateway, chat: str, part: Part, key: str) -> str:
        """Send a part once, as far as it can be known; gives the message's id.

        Raises:
            ChannelError: see `Failure`.
        """
        attempt = (account_id, key)
        since = self._unsure.get(attempt)
        known = await _already_there(gateway, chat, part, since) if since else None
        began = datetime.now(UTC)
        try:
            message_id = known or await _send(gateway, chat, part)
        except GatewayError as error:
            if error.failure is Failure.RETRY:
                _remember(self._unsure, attempt, since or began)
            raise
        self._unsure.pop(attempt, None)
        _remember(self._sent, (account_id, message_id), None)
        return message_id


def _remember(where: OrderedDict[tuple[int, str], Any], key: tuple[int, str], value: Any) -> None:
    where[key] = value
    if len(where) > REMEMBERED:
        where.popitem(last=False)


async def _send(gateway: Gateway, chat: str, part: Part) -> str:
    if isinstance(part, TextPart):
        told = {"phone": chat, "message": plain_words(part)}
        return _id(await gateway.call("POST", "/send/message", json=told))
    if isinstance(part, FilePart):
        path, field, more = _way(part)
        files = {field: (part.name, part.data, part.mime)}
        data = {"phone": chat, **more}
        return _id(await gateway.call("POST", path, data=data, files=files, seconds=FILE_SECONDS))
    raise ChannelError(Failure.REFUSED, "У этого способа связи нет шаблонов WhatsApp.")


def _way(part: FilePart) -> tuple[str, str, dict[str, str]]:
    if part.voice:
        return "/send/audio", "audio", {"ptt": "true"}
    if part.mime in _PICTURES:
        return "/send/image", "image", {"caption": part.caption, "compress": "false"}
    return "/send/file", "file", {"caption": part.caption}


def _id(told: Any) -> str:
    message_id = told.get("message_id") if isinstance(told, dict) else None
    if not message_id:
        raise GatewayError(Failure.REFUSED, "Шлюз не сказал, отправлено ли сообщение.")
    return str(message_id)


async def _already_there(gateway: Gateway, chat: str, part: Part, since: datetime) -> str | None:
    """The message of an attempt whose answer was lost, from the gateway's own record of the chat."""
    params = {
        "limit": 20,
        "is_from_me": "true",
        "start_time": (since - CLOCKS_DIFFER).isoformat().replace("+00:00", "Z"),
    }
    told = await gateway.call("GET", f"/chat/{quote(chat)}/messages", params=params)
    rows = told.get("data") if isinstance(told, dict) else None
    for row in rows or []:
        if isinstance(row, dict) and _is_same(row, part):
            return str(row.get("id"))
    return None


def _is_same(row: Mapping[str, Any], part: Part) -> bool:
    if isinstance(part, TextPart):
        return row.get("content") == plain_words(part)
    return isinstance(part, FilePart) and not part.voice and row.get("filename") == part.name
