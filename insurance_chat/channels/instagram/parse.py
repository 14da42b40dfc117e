"""Reads webhooks of Instagram messaging.

Source: https://developers.facebook.com/docs/instagram-platform/webhooks/examples.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from insurance_chat.channels.meta import hooks
from insurance_chat.channels.meta.hooks import dicts, fitted, inner, whole
from insurance_chat.channels.ports import (
    Account,
    AccountChanged,
    Deleted,
    Edited,
    Happening,
    Incoming,
    MediaKind,
    MediaRef,
    OwnerWrote,
    Person,
    Progress,
    RawUpdate,
    StatusChange,
)

OBJECT = "instagram"
#: Applications of Meta itself in which people answer by hand (the inboxes of Business Suite).
HAND_WRITTEN_IN = frozenset({"263902037430900", "26390203743090"})
#: Marks in `OwnerWrote.extra` an echo of what a program has sent, ours or another one.
BY_PROGRAM = "by_program"
_PRESSED = re.compile(r"\d+\.\d+")
_MEDIA = {
    "image": MediaKind.IMAGE,
    "audio": MediaKind.VOICE,
    "video": MediaKind.VIDEO,
    "file": MediaKind.DOCUMENT,
}
_WORDS = {
    "share": "[Клиент прислал публикацию: {}]",
    "ig_post": "[Клиент прислал публикацию: {}]",
    "reel": "[Клиент прислал видео Reels: {}]",
    "ig_reel": "[Клиент прислал видео Reels: {}]",
    "story_mention": "[Клиент упомянул вас в истории: {}]",
}
UNSEEN = "[Клиент прислал сообщение, которое Instagram не передаёт компаниям: например, исчезающее фото.]"


def split(account: Account, body: bytes) -> Sequence[RawUpdate]:
    """Cut a call into events of this account; those of another account are left out.

    Raises:
        ValueError: it is not a call of Instagram.
    """
    found: list[RawUpdate] = []
    for entry in hooks.entries(body, OBJECT):
        if str(entry.get("id", "")) != account.external_id:
            continue
        # `standby` is for chats that another program answers: two answers would be worse than one.
        for event in dicts(entry.get("messaging")):
            key = _key(event)
            if key:
                # Milliseconds leave room for fewer places than the seconds of WhatsApp.
                order = whole(event.get("timestamp")) * hooks.PLACES + len(found)
                found.append(RawUpdate(fitted(key), _chat(account, event), order, event))
    return found


def _chat(account: Account, event: Mapping[str, Any]) -> str:
    """The client's end of the event."""
    ends = (str(inner(event, name).get("id", "")) for name in ("sender", "recipient"))
    return next((end for end in ends if end and end != account.external_id), "")


def _key(event: Mapping[str, Any]) -> str:
    sent = inner(event, "message")
    if sent:
        return f"deleted:{sent.get('mid')}" if sent.get("is_deleted") else str(sent.get("mid", ""))
    for name in ("postback", "read", "message_edit", "reaction"):
        part = inner(event, name)
        if part:
            about = part.get("mid") or event.get("timestamp")
            more = part.get("num_edit") or part.get("action") or ""
            return f"{name}:{about}:{more}"
    referral = inner(event, "referral")
    return f"referral:{_chat_of_sender(event)}:{event.get('timestamp')}" if referral else ""


def _chat_of_sender(event: Mapping[str, Any]) -> str:
    return str(inner(event, "sender").get("id", ""))


def parse(account: Account, event: Mapping[str, Any]) -> Sequence[Happening]:
    """Read one event; a reaction calls for no answer and gives nothing."""
    chat = _chat(account, event)
    if not chat:
        return ()
    if inner(event, "message"):
        return _message(account, chat, inner(event, "message"))
    if inner(event, "postback"):
        return _heard(account, _pressed(chat, inner(event, "postback")))
    if inner(event, "message_edit"):
        edit = inner(event, "message_edit")
        return (Edited(chat, fitted(str(edit.get("mid", ""))), str(edit.get("text", ""))),)
    if ref := _start(event):
        # Who has written before comes by a link without a message.
        return _heard(account, Incoming(chat, Person(id=chat), "", start=ref))
    if inner(event, "read"):
        mid = str(inner(event, "read").get("mid", ""))
        return (StatusChange(fitted(mid), Progress.READ),) if mid else ()
    return ()


def _heard(account: Account, incoming: Incoming) -> Sequence[Happening]:
    """The first message proves that the address in Meta's panel is right."""
    if account.options.get("heard"):
        return (incoming,)
    return (incoming, AccountChanged(options={"heard": True}))


def _message(account: Account, chat: str, sent: Mapping[str, Any]) -> Sequence[Happening]:
    mid = fitted(str(sent.get("mid", "")))
    if sent.get("is_deleted"):
        return (Deleted(chat, (mid,)),)
    text, media = _content(sent)
    if sent.get("is_echo"):
        by_program = str(sent.get("app_id", "")) not in ("", *HAND_WRITTEN_IN)
        return (OwnerWrote(chat, mid, text, media, {BY_PROGRAM: True} if by_program else {}),)
    payload = str(inner(sent, "quick_reply").get("payload", ""))
    incoming = Incoming(
        chat=chat,
        person=Person(id=chat),
        message_id=mid,
        text=text,
        media=media,
        pressed=payload if _PRESSED.fullmatch(payload) else "",
        start=_start(sent),
        quoted=fitted(str(inner(sent, "reply_to").get("mid", ""))),
    )
    return _heard(account, incoming)


def _start(content: Mapping[str, Any]) -> str:
    """The word after `?ref=` of a link `ig.me/m/…` by which the client came."""
    return str(inner(content, "referral").get("ref", ""))


def _pressed(chat: str, postback: Mapping[str, Any]) -> Incoming:
    payload = str(postback.get("payload", ""))
    return Incoming(
        chat=chat,
        person=Person(id=chat),
        message_id=fitted(str(postback.get("mid", ""))),
        text=str(postback.get("title", "")),
        pressed=payload if _PRESSED.fullmatch(payload) else "",
        start=_start(postback),
    )


def _content(sent: Mapping[str, Any]) -> tuple[str, tuple[MediaRef, ...]]:
    words, media = [str(sent.get("text", ""))], []
    for part in dicts(sent.get("attachments")):
        kind, url = str(part.get("type", "")), str(inner(part, "payload").get("url", ""))
        if kind in _MEDIA and url:
            media.append(MediaRef(_MEDIA[kind], url))
        else:
            words.append(_WORDS[kind].format(url).replace(": ]", "]") if kind in _WORDS else UNSEEN)
    if sent.get("is_unsupported"):
        words.append(UNSEEN)
    told = "\n".join(dict.fromkeys(filter(None, words)))
    if not told and not media:
        told = UNSEEN
    return told, tuple(media)
