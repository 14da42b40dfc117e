"""Cuts what Telegram sends into updates; reads only what names and orders them.

Groups and channels are left out here: nothing of them is even stored.
Source: https://core.telegram.org/bots/api#update.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from insurance_chat.channels.ports import RawUpdate
from insurance_chat.channels.telegram import business

#: What we want to hear about; `getUpdates` and `setWebhook` get the same list.
KINDS = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
)


def kind_of(update: Mapping[str, Any]) -> str:
    """Which kind of update it is; empty for those that we do not know."""
    return next((kind for kind in KINDS if isinstance(update.get(kind), dict)), "")


def cut_body(options: Mapping[str, Any], body: bytes) -> list[RawUpdate]:
    """The update of a webhook call.

    Raises:
        ValueError: it is not an update of Telegram.
    """
    update = json.loads(body)
    if not isinstance(update, dict):
        raise ValueError("an update is an object")  # noqa: TRY004 - the port promises it
    return cut(options, [update])


def cut(options: Mapping[str, Any], updates: Sequence[Mapping[str, Any]]) -> list[RawUpdate]:
    """Updates with their names, chats and places.

    Raises:
        ValueError: one of them has no number.
    """
    found = []
    for update in updates:
        number = update.get("update_id")
        if not isinstance(number, int):
            raise ValueError("an update without a number")  # noqa: TRY004 - the port promises it
        kind = kind_of(update)
        chat = _chat(options, kind, update[kind]) if kind else None
        if chat is not None:
            # Not by the number alone: after a quiet week Telegram begins at another one.
            key = f"{number}:{kind}:{_name(update[kind])}"
            found.append(RawUpdate(key[:200], chat, number, dict(update)))
    return found


def _name(content: Mapping[str, Any]) -> str:
    name = content.get("message_id") or content.get("id") or content.get("date") or ""
    return str(name)


def _chat(options: Mapping[str, Any], kind: str, content: Mapping[str, Any]) -> str | None:
    """Our name of the chat, empty for what concerns the account, None for what is not ours."""
    if kind == "business_connection":
        return ""
    holder = content.get("message") if kind == "callback_query" else content
    chat = holder.get("chat") if isinstance(holder, dict) else None
    if not isinstance(chat, dict) or chat.get("type") != "private":
        return None
    number = chat.get("id")
    if not isinstance(number, int):
        return None
    connection = holder.get("business_connection_id") if isinstance(holder, dict) else None
    if isinstance(connection, str):
        return business.chat_name(options, connection, number)
    return str(number)
