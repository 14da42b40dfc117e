"""Builds calls with the typed methods of aiogram; `BotApi` makes them.

Imported only where replies are sent: the library takes seconds to load and much memory.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from aiogram.methods import (
    AnswerCallbackQuery,
    EditMessageText,
    SendChatAction,
    SendDocument,
    SendMessage,
    SendPhoto,
    SendVoice,
    TelegramMethod,
)
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
)

from insurance_chat.channels.ports import Button, ChatAddress, FilePart, Link
from insurance_chat.channels.telegram import markup
from insurance_chat.channels.telegram.api import Upload
from insurance_chat.channels.telegram.reading import lenient

FILE = "file"
MOST_PAYLOAD_BYTES = 64
MOST_CAPTION_UNITS = 1024
#: Telegram makes pictures of these and no larger ones. https://core.telegram.org/bots/api#sendphoto
PHOTO_TYPES = ("image/jpeg", "image/png")
MOST_PHOTO_BYTES = 10_000_000
#: Two buttons fit in a row on a phone when both titles are as short as this.
_SHORT_TITLE = 16


@dataclass(frozen=True, slots=True)
class Call:
    """A method, its fields and its file, ready to be sent."""

    method: str
    fields: Mapping[str, Any] = field(repr=False)
    uploads: Mapping[str, Upload] = field(default_factory=dict, repr=False)


def text(
    to: ChatAddress, words: str, buttons: Sequence[Button], links: Sequence[Link], *, html: bool
) -> Call:
    """A message with buttons under it.

    Args:
        html: with our markup; without it the same words plain.
    """
    shown, loose = _openable(links)
    said = "\n".join([words, *(f"{link.title}: {link.url}" for link in loose)]).strip()
    return _call(
        SendMessage(
            chat_id=chat_of(to),
            business_connection_id=connection_of(to),
            text=markup.to_html(said) if html else markup.to_plain(said),
            parse_mode="HTML" if html else None,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            reply_markup=_keyboard(buttons, shown),
        )
    )


def edited(to: ChatAddress, message_id: str, words: str, buttons: Sequence[Button]) -> Call:
    """Other words and buttons in a message of the bot."""
    return _call(
        EditMessageText(
            chat_id=chat_of(to),
            message_id=int(message_id),
            text=markup.to_html(words),
            parse_mode="HTML",
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            reply_markup=_keyboard(buttons, ()),
        )
    )


def file(to: ChatAddress, part: FilePart, *, picture: bool = False) -> Call:
    """A document, a voice message or a picture, by multipart."""
    place = f"attach://{FILE}"
    common: dict[str, Any] = {
        "chat_id": chat_of(to),
        "business_connection_id": connection_of(to),
    }
    if part.caption:
        common |= {"caption": markup.to_html(part.caption), "parse_mode": "HTML"}
    method: TelegramMethod[Any]
    if part.voice:
        method = SendVoice(voice=place, **common)
    elif picture:
        method = SendPhoto(photo=place, **common)
    else:
        # Telegram would turn a sound or a film that it knows into something else.
        method = SendDocument(document=place, disable_content_type_detection=True, **common)
    name = "voice.ogg" if part.voice else part.name
    return _call(method, {FILE: Upload(part.data, name, part.mime)})


def typing(to: ChatAddress) -> Call:
    """«печатает…», which Telegram shows for 5 seconds."""
    return _call(
        SendChatAction(
            chat_id=chat_of(to), business_connection_id=connection_of(to), action="typing"
        )
    )


def pressed(content: Mapping[str, Any]) -> Call | None:
    """Stops the waiting circle on a pressed button; None when the press cannot be read."""
    query = lenient(CallbackQuery, content)
    return _call(AnswerCallbackQuery(callback_query_id=query.id)) if query else None


def is_picture(part: FilePart) -> bool:
    """Whether it is shown as a picture rather than a document."""
    return part.mime in PHOTO_TYPES and len(part.data) <= MOST_PHOTO_BYTES


def chat_of(to: ChatAddress) -> int:
    """The chat's number at Telegram.

    Raises:
        ValueError: the address is not one of ours.
    """
    return int(to.chat.rpartition(":")[2])


def connection_of(to: ChatAddress) -> str | None:
    """In whose name we write; None for the bot's own."""
    return to.extra.get("business_connection_id") or None


def _call(method: TelegramMethod[Any], uploads: Mapping[str, Upload] | None = None) -> Call:
    fields = method.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    return Call(method.__api_method__, fields, uploads or {})


def _keyboard(buttons: Sequence[Button], links: Sequence[Link]) -> InlineKeyboardMarkup | None:
    rows: list[list[InlineKeyboardButton]] = []
    for button in buttons:
        if len(button.payload.encode()) > MOST_PAYLOAD_BYTES:
            raise ValueError("the payload of a button is longer than 64 bytes")
        made = InlineKeyboardButton(text=button.title, callback_data=button.payload)
        beside = rows[-1] if rows else []
        if len(beside) == 1 and max(len(beside[0].text), len(made.text)) <= _SHORT_TITLE:
            beside.append(made)
        else:
            rows.append([made])
    rows += [[InlineKeyboardButton(text=link.title, url=link.url)] for link in links]
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


def _openable(links: Sequence[Link]) -> tuple[list[Link], list[Link]]:
    """Links that Telegram takes on a button, and those that have to stand in the text."""
    fit = [link for link in links if _is_public(link.url)]
    return fit, [link for link in links if link not in fit]


def _is_public(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or "." not in host:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return not host.endswith((".local", ".localhost"))
