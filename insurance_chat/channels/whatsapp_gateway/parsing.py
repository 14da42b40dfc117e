"""Reads the gateway's events: whose they are, in which order, what happened.

Source: docs/webhook-payload.md of aldinokemal/go-whatsapp-web-multidevice, version 8:
`{"event", "device_id", "payload"}`, JIDs end in `@s.whatsapp.net` (a phone) or `@lid` (a hidden one).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from mimetypes import guess_type
from typing import Any

from insurance_chat.channels.ports import (
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

EVENTS = ("message", "message.edited", "message.revoked", "message.ack")
PHONE, HIDDEN = "@s.whatsapp.net", "@lid"
_MEDIA = {
    "audio": MediaKind.AUDIO,
    "document": MediaKind.DOCUMENT,
    "image": MediaKind.IMAGE,
    "sticker": MediaKind.STICKER,
    "video": MediaKind.VIDEO,
    "video_note": MediaKind.VIDEO,
}
_VOICE = (".ogg", ".oga", ".opus")
_RECEIPTS = {
    "delivered": Progress.DELIVERED,
    "read": Progress.READ,
    "played": Progress.READ,
}
Options = Mapping[str, Any]


def bare(jid: str) -> str:
    """A JID without the number of the linked device: `7916…:32@s.whatsapp.net` → `7916…@s.…`."""
    user, at, server = jid.partition("@")
    return f"{user.partition(':')[0]}{at}{server}"


def phone_of(jid: str) -> str:
    """`+79161234567` of a JID that is a phone, else an empty string."""
    user, _, server = bare(jid).partition("@")
    return f"+{user}" if server == PHONE[1:] and user.isdigit() else ""


def is_ours(options: Options, told: str) -> bool:
    """Whether an event belongs to the device of these options.

    By the device's id, then by its JID. A device that has an address of its own keeps its events
    when it is paired with another number; on an address that devices share nothing is guessed.
    """
    if told and told == options.get("device"):
        return True
    if told and bare(told) == options.get("jid"):
        return True
    return options.get("hook") == "device"


def split(options: Options, body: bytes) -> list[RawUpdate]:
    """Cut a call; events of groups, channels and other devices give nothing.

    Raises:
        ValueError: it is not an event of the gateway.
    """
    event = json.loads(body)
    name = event.get("event") if isinstance(event, dict) else None
    if not name:
        raise ValueError("not an event of the gateway")
    payload = event.get("payload")
    if name not in EVENTS or not isinstance(payload, dict):
        return []
    if not is_ours(options, str(event.get("device_id", ""))):
        return []
    chat = bare(str(payload.get("chat_id", "")))
    if not chat.endswith((PHONE, HIDDEN)):
        return []
    if name == "message.ack":
        return _receipt(event, payload)
    message_id = payload.get("id")
    if not isinstance(message_id, str) or not message_id:
        raise ValueError("an event without an id")
    key = f"{name}:{message_id}"[:200]
    return [RawUpdate(key, chat, _moment(payload.get("timestamp")), event)]


def _receipt(event: dict[str, Any], payload: Mapping[str, Any]) -> list[RawUpdate]:
    if payload.get("receipt_type") not in _RECEIPTS:
        return []
    named = json.dumps([payload.get("receipt_type"), payload.get("ids")])
    # A receipt opens no chat and waits for none.
    key = f"message.ack:{sha256(named.encode()).hexdigest()}"
    return [RawUpdate(key, "", _moment(event.get("timestamp")), event)]


def _moment(value: Any) -> int:
    try:
        return int(datetime.fromisoformat(str(value)).timestamp())
    except ValueError:
        return 0


def parse(options: Options, update: Mapping[str, Any]) -> list[Happening]:
    """Read one event."""
    payload = update.get("payload")
    if not isinstance(payload, dict):
        return []
    return [*_news(options, update), *_read(str(update.get("event")), payload)]


def _news(options: Options, update: Mapping[str, Any]) -> Iterator[AccountChanged]:
    if options.get("hook") == "shared" and not options.get("told"):
        # The common address of an old gateway was set by hand, and now we know that it is.
        yield AccountChanged(options={"told": True})
    told = bare(str(update.get("device_id", "")))
    if told.endswith((PHONE, HIDDEN)) and told != options.get("jid"):
        # It speaks, so it is paired, even if nobody waited on the page for the end of the pairing.
        options = {"jid": told, "phone": phone_of(told)}
        yield AccountChanged(options=options, state="active")


def _read(event: str, payload: Mapping[str, Any]) -> Sequence[Happening]:
    if event == "message.ack":
        progress = _RECEIPTS.get(str(payload.get("receipt_type")))
        ids = payload.get("ids") or []
        return [StatusChange(str(one), progress) for one in ids] if progress else []
    chat = bare(str(payload.get("chat_id", "")))
    by_hand = payload.get("is_from_me") is True
    if event == "message.edited":
        original, words = payload.get("original_message_id"), payload.get("body")
        return (
            [Edited(chat, str(original), str(words))] if original and words and not by_hand else []
        )
    if event == "message.revoked":
        revoked = payload.get("revoked_message_id")
        return [Deleted(chat, (str(revoked),))] if revoked and not by_hand else []
    if event == "message":
        return _message(chat, payload, by_hand=by_hand)
    return []


def _message(chat: str, payload: Mapping[str, Any], *, by_hand: bool) -> Sequence[Happening]:
    message_id, words = str(payload.get("id", "")), _words(payload)
    media = tuple(_media(payload, message_id, chat))
    if not words and not media:
        return []
    if by_hand:
        return [OwnerWrote(chat, message_id, words, media)]
    quoted = str(payload.get("replied_to_id", ""))
    return [Incoming(chat, _person(chat, payload), message_id, words, media, quoted=quoted)]


def _person(chat: str, payload: Mapping[str, Any]) -> Person:
    """Who writes: in a chat of two the person is the chat; the same id as the Cloud API gives."""
    sender = bare(str(payload.get("from") or chat))
    phone = phone_of(chat) or phone_of(sender)
    return Person(id=phone.lstrip("+") or chat, name=str(payload.get("from_name", "")), phone=phone)


def _words(payload: Mapping[str, Any]) -> str:
    words = payload.get("body")
    if isinstance(words, str) and words:
        return words
    for name in ("location", "live_location"):
        place = payload.get(name)
        if isinstance(place, dict):
            return _place(place)
    found = payload.get("contacts_array") or [payload.get("contact")]
    people = [_contact(one) for one in found if isinstance(one, dict)]
    return f"Контакт: {'; '.join(people)}" if people else ""


def _place(place: Mapping[str, Any]) -> str:
    at = f"{place.get('degreesLatitude')}, {place.get('degreesLongitude')}"
    named = [str(place[name]) for name in ("name", "address") if place.get(name)]
    return f"Геопозиция: {', '.join([*named, at])}"


def _contact(card: Mapping[str, Any]) -> str:
    lines = str(card.get("vcard", "")).splitlines()
    numbers = [line.rpartition(":")[2] for line in lines if line.upper().startswith("TEL")]
    return " ".join([str(card.get("displayName", "")), *numbers]).strip()


def _media(payload: Mapping[str, Any], message_id: str, chat: str) -> Iterator[MediaRef]:
    for field, kind in _MEDIA.items():
        told = payload.get(field)
        if not told:
            continue
        card = told if isinstance(told, dict) else {"path": told}
        path = str(card.get("path") or "")
        name = str(card.get("filename") or path.replace("\\", "/").rpartition("/")[2])
        # Without a path the gateway has not downloaded the file yet; it does when it is asked.
        ref = f"path:{path}" if path else f"message:{message_id}:{chat}"
        exact = MediaKind.VOICE if field == "audio" and _is_voice(name) else kind
        yield MediaRef(exact, ref, name, guess_type(name)[0] or "")


def _is_voice(name: str) -> bool:
    # What is recorded in WhatsApp is OGG/Opus; music that is sent as a file keeps its own kind. A
    # file without a name was not downloaded, and nearly all sound in a chat is a voice message.
    return not name or name.lower().endswith(_VOICE)
