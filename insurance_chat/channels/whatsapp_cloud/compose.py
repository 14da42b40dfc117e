"""What a message looks like for WhatsApp: buttons, a list, a link, a file, a template.

Source: https://developers.facebook.com/docs/whatsapp/cloud-api/messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from insurance_chat.channels.meta.markup import cut, for_whatsapp
from insurance_chat.channels.ports import Button, ChatAddress, FilePart, Link, TextPart

Json = dict[str, Any]

TEXT_LENGTH = 4096
BUTTONS_TEXT_LENGTH = 1024  # of a message with reply buttons or a link button
BUTTONS, BUTTON_LENGTH = 3, 20
ROWS, ROW_LENGTH, ROW_TEXT_LENGTH = 10, 24, 72
CAPTION_LENGTH = 1024
LIST_TITLE = "Выбрать"  # of the button that opens a list, 20 letters at most

#: Largest file by kind of message, bytes; anything else goes as a document.
LIMITS = {
    "image": 5 * 1024 * 1024,
    "audio": 16 * 1024 * 1024,
    "video": 16 * 1024 * 1024,
    "document": 100 * 1024 * 1024,
}
_KINDS = {
    "image/jpeg": "image",
    "image/png": "image",
    "audio/ogg": "audio",
    "audio/mpeg": "audio",
    "audio/aac": "audio",
    "audio/amr": "audio",
    "audio/mp4": "audio",
    "video/mp4": "video",
    "video/3gpp": "video",
}


def envelope(to: ChatAddress, key: str) -> Json:
    """The fields of every message.

    Args:
        key: comes back with every status, so a send whose answer was lost is recognised.
    """
    # A client who hides the phone number is known by an id of the business, `RU.123…`.
    whom = "to" if to.chat.isdecimal() else "recipient"
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        whom: to.chat,
        "biz_opaque_callback_data": key,
    }


def text_message(part: TextPart) -> Json:
    """Words, as an interactive message when its choices fit, else with numbered choices."""
    text, buttons, links = for_whatsapp(part.text), part.buttons, part.links
    if buttons:
        text = _with_links(text, links)
        if _fit_buttons(text, buttons):
            return _interactive("button", text, {"buttons": [_button(one) for one in buttons]})
        if _fit_list(text, buttons):
            rows = [_row(one) for one in buttons]
            action = {"button": LIST_TITLE, "sections": [{"rows": rows}]}
            return _interactive("list", text, action)
        numbered = [f"{place} — {one.title}" for place, one in enumerate(buttons, 1)]
        text = "\n".join([text, "", *numbered]).strip()
    elif len(links) == 1 and _fits_link(text, links[0]):
        shown = {"display_text": links[0].title, "url": links[0].url}
        return _interactive("cta_url", text, {"name": "cta_url", "parameters": shown})
    else:
        text = _with_links(text, links)
    return {"type": "text", "text": {"body": cut(text, TEXT_LENGTH), "preview_url": False}}


def _interactive(kind: str, text: str, action: Json) -> Json:
    return {
        "type": "interactive",
        "interactive": {"type": kind, "body": {"text": text}, "action": action},
    }


def _with_links(text: str, links: Sequence[Link]) -> str:
    return "\n".join([text, *(f"{link.title}: {link.url}" for link in links)]).strip()


def _different(titles: list[str]) -> bool:
    return len(set(titles)) == len(titles) and all(titles)


def _fit_buttons(text: str, buttons: Sequence[Button]) -> bool:
    titles = [one.title for one in buttons]
    return (
        len(buttons) <= BUTTONS
        and 0 < len(text) <= BUTTONS_TEXT_LENGTH
        and max(map(len, titles)) <= BUTTON_LENGTH
        and _different(titles)
    )


def _fit_list(text: str, buttons: Sequence[Button]) -> bool:
    titles = [cut(one.title, ROW_LENGTH) for one in buttons]
    return (
        len(buttons) <= ROWS
        and 0 < len(text) <= TEXT_LENGTH
        and all(len(one.title) <= ROW_TEXT_LENGTH for one in buttons)
        and _different(titles)
    )


def _fits_link(text: str, link: Link) -> bool:
    return 0 < len(text) <= BUTTONS_TEXT_LENGTH and 0 < len(link.title) <= BUTTON_LENGTH


def _button(one: Button) -> Json:
    return {"type": "reply", "reply": {"id": one.payload, "title": one.title}}


def _row(one: Button) -> Json:
    row = {"id": one.payload, "title": cut(one.title, ROW_LENGTH)}
    return row if len(one.title) <= ROW_LENGTH else row | {"description": one.title}


def file_kind(part: FilePart) -> str:
    """As what a file is shown; words under a sound would be lost, so then it is a document."""
    kind = _KINDS.get(part.mime.partition(";")[0], "document")
    if len(part.data) > LIMITS[kind] or (kind == "audio" and part.caption):
        return "document"
    return kind


def file_mime(part: FilePart, kind: str) -> str:
    """The type named at the upload: WhatsApp takes Ogg only with the codec told."""
    mime = part.mime.partition(";")[0]
    return "audio/ogg; codecs=opus" if kind == "audio" and mime == "audio/ogg" else mime


def file_message(part: FilePart, kind: str, media_id: str) -> Json:
    """A file that was uploaded before."""
    card: Json = {"id": media_id}
    if kind == "audio":
        card |= {"voice": True} if part.voice else {}
    elif part.caption:
        card["caption"] = cut(for_whatsapp(part.caption), CAPTION_LENGTH)
    if kind == "document":
        card["filename"] = part.name
    return {"type": kind, kind: card}


def template_message(name: str, language: str, parameters: list[Json]) -> Json:
    """An approved message with its variables filled in."""
    body: Json = {"name": name, "language": {"code": language}}
    if parameters:
        body["components"] = [{"type": "body", "parameters": parameters}]
    return {"type": "template", "template": body}
