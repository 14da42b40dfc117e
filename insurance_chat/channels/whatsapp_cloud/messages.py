"""Messages of clients, and what the owner wrote by hand in the WhatsApp Business application.

Sources: https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples, and for
the owner's words webhooks/reference/smb_message_echoes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from insurance_chat.channels.meta.hooks import dicts, fitted, inner, whole
from insurance_chat.channels.ports import (
    Deleted,
    Edited,
    Happening,
    Incoming,
    MediaKind,
    MediaRef,
    OwnerWrote,
    Person,
)

_PRESSED = re.compile(r"\d+\.\d+")
_MEDIA = {
    "image": MediaKind.IMAGE,
    "document": MediaKind.DOCUMENT,
    "audio": MediaKind.AUDIO,
    "video": MediaKind.VIDEO,
    "sticker": MediaKind.STICKER,
}
_SILENT = ("reaction", "system", "request_welcome", "ephemeral")
UNSEEN = (
    "[Клиент прислал сообщение, которое WhatsApp не передаёт компаниям: например, опрос или фото "
    "для одного просмотра.]"
)


def message(item: Mapping[str, Any], contact: Mapping[str, Any]) -> Sequence[Happening]:
    """What a client did; a reaction, a notice of the system and talk of a group want no answer."""
    chat = _chat(item)
    kind = str(item.get("type", ""))
    if not chat or item.get("group_id") or kind in _SILENT:
        return ()
    if kind == "edit":
        return _edited(chat, inner(item, "edit"))
    if kind == "revoke":
        original = str(inner(item, "revoke").get("original_message_id", ""))
        return (Deleted(chat, (fitted(original),)),) if original else ()
    text, media, pressed = _content(item, kind)
    return (
        Incoming(
            chat=chat,
            person=_person(item, contact),
            message_id=fitted(str(item.get("id", ""))),
            text=text,
            media=media,
            pressed=pressed,
            quoted=fitted(str(inner(item, "context").get("id", ""))),
            extra={"last_message": str(item.get("id", ""))},
        ),
    )


def echo(item: Mapping[str, Any]) -> Sequence[Happening]:
    """The owner wrote, or took back, in the application on the phone."""
    chat = str(item.get("to") or item.get("to_user_id") or "")
    kind = str(item.get("type", ""))
    if not chat or kind in ("reaction", "edit", "system"):
        return ()
    if kind == "revoke":
        original = str(inner(item, "revoke").get("original_message_id", ""))
        return (Deleted(chat, (fitted(original),)),) if original else ()
    text, media, _ = _content(item, kind)
    return (OwnerWrote(chat, fitted(str(item.get("id", ""))), text, media),)


def _chat(item: Mapping[str, Any]) -> str:
    return str(item.get("from") or item.get("from_user_id") or "")


def _person(item: Mapping[str, Any], contact: Mapping[str, Any]) -> Person:
    number = str(item.get("from", ""))
    profile = inner(contact, "profile")
    return Person(
        id=_chat(item),
        name=str(profile.get("name", "")),
        username=str(profile.get("username", "")),
        # WhatsApp itself has checked the number by a call or an SMS.
        phone=f"+{number}" if number.isdecimal() else "",
    )


def _edited(chat: str, edit: Mapping[str, Any]) -> Sequence[Happening]:
    original = str(edit.get("original_message_id", ""))
    changed = inner(edit, "message")
    text, _, _ = _content(changed, str(changed.get("type", "text")))
    return (Edited(chat, fitted(original), text),) if original else ()


def _content(item: Mapping[str, Any], kind: str) -> tuple[str, tuple[MediaRef, ...], str]:
    """Words, files and the pressed button of a message."""
    if kind == "text":
        return str(inner(item, "text").get("body", "")), (), ""
    if kind in _MEDIA:
        return _file(inner(item, kind), kind)
    if kind == "interactive":
        return _choice(inner(item, "interactive"))
    if kind == "button":  # the quick reply of a template
        button = inner(item, "button")
        return str(button.get("text", "")), (), _ours(button.get("payload"))
    if kind == "location":
        return _location(inner(item, "location")), (), ""
    if kind == "contacts":
        return _contacts(dicts(item.get("contacts"))), (), ""
    if kind == "order":
        return _order(inner(item, "order")), (), ""
    return UNSEEN, (), ""


def _file(card: Mapping[str, Any], kind: str) -> tuple[str, tuple[MediaRef, ...], str]:
    what = MediaKind.VOICE if kind == "audio" and card.get("voice") else _MEDIA[kind]
    ref = MediaRef(
        kind=what,
        ref=str(card.get("id", "")),
        name=str(card.get("filename", "")),
        mime=str(card.get("mime_type", "")).partition(";")[0].strip(),
        size=whole(card.get("file_size")) or None,
    )
    return str(card.get("caption", "")), (ref,), ""


def _choice(interactive: Mapping[str, Any]) -> tuple[str, tuple[MediaRef, ...], str]:
    for name in ("button_reply", "list_reply"):
        reply = inner(interactive, name)
        if reply:
            title, told = str(reply.get("title", "")), str(reply.get("description", ""))
            # A title that did not fit stands in the description in full.
            return told if title.endswith("…") and told else title, (), _ours(reply.get("id"))
    return UNSEEN, (), ""


def _ours(payload: Any) -> str:
    return payload if isinstance(payload, str) and _PRESSED.fullmatch(payload) else ""


def _location(place: Mapping[str, Any]) -> str:
    named = ", ".join(str(place[part]) for part in ("name", "address") if place.get(part))
    where = f"{place.get('latitude', '')}, {place.get('longitude', '')}"
    return f"Моё местоположение: {named} ({where})" if named else f"Моё местоположение: {where}"


def _contacts(cards: list[dict[str, Any]]) -> str:
    told = []
    for card in cards:
        name = str(inner(card, "name").get("formatted_name", "")) or "без имени"
        phones = [str(phone.get("phone", "")) for phone in dicts(card.get("phones"))]
        told.append(", ".join([name, *filter(None, phones)]))
    return "Контакт: " + "; ".join(told) if told else UNSEEN


def _order(order: Mapping[str, Any]) -> str:
    goods = dicts(order.get("product_items"))
    lines = [f"{item.get('product_retailer_id', '')} × {item.get('quantity', 1)}" for item in goods]
    words = str(order.get("text", ""))
    return "Заказ из каталога: " + "; ".join([*lines, *filter(None, [words])])
