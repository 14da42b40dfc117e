"""What the gateway tells its webhook."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from insurance_chat.sandbox.gateway.state import HIDDEN
from insurance_chat.sandbox.store import Doc

_DESCRIBED = {
    "delivered": "means the message was delivered to the device "
    "(but the user might not have noticed).",
    "read": "the user opened the chat and saw the message.",
}
#: Kinds of files whose words travel beside the path; a voice message and a sticker have none.
_CAPTIONED = ("image", "video", "document")


def message_event(device: Doc, message: Doc) -> Doc:
    """`message`: a client wrote, or the owner by hand."""
    payload = _head(device, message)
    if message["text"]:
        payload["body"] = message["text"]
    media = message["media"]
    if media:
        path = f"statics/media/{media['key']}"
        field = "audio" if media["kind"] == "voice" else media["kind"]
        whole = {"path": path, "caption": message["text"]}
        captioned = message["text"] and media["kind"] in _CAPTIONED
        payload[field] = whole if captioned else path
    if message.get("place"):
        latitude, longitude = message["place"]
        payload["location"] = {"degreesLatitude": latitude, "degreesLongitude": longitude}
    if message.get("card"):
        payload["contact"] = message["card"]
    if message.get("quoted"):
        payload["replied_to_id"] = message["quoted"]
    return _event("message", device, payload)


def edited_event(device: Doc, message: Doc, change_id: str, at: int) -> Doc:
    """`message.edited`: the words of a message are others now."""
    payload = _head(device, message) | {
        "id": change_id,
        "timestamp": _time(at),
        "original_message_id": message["id"],
        "body": message["text"],
    }
    return _event("message.edited", device, payload)


def revoked_event(device: Doc, message: Doc, change_id: str, at: int) -> Doc:
    """`message.revoked`: a message was taken back for everyone."""
    payload = _head(device, message) | {
        "id": change_id,
        "timestamp": _time(at),
        "revoked_message_id": message["id"],
        "revoked_from_me": message["by"] != "client",
        "revoked_chat": message["chat"],
    }
    return _event("message.revoked", device, payload)


def receipt_event(device: Doc, message: Doc, receipt: str, at: int) -> Doc:
    """`message.ack`: the phone of the client got a message, or the client read it."""
    payload = {
        "ids": [message["id"]],
        "chat_id": message["chat"],
        "from": message["chat"],
        "receipt_type": receipt,
        "receipt_type_description": _DESCRIBED[receipt],
    }
    return _event("message.ack", device, payload) | {"timestamp": _time(at)}


def group_event(device: Doc, text: str, message_id: str, at: int) -> Doc:
    """A message of a group that the phone is in."""
    payload = {
        "id": message_id,
        "chat_id": "120363402106555001@g.us",
        "from": "79160000001@s.whatsapp.net",
        "from_name": "Сосед",
        "timestamp": _time(at),
        "is_from_me": False,
        "body": text,
    }
    return _event("message", device, payload)


def _event(name: str, device: Doc, payload: dict[str, Any]) -> Doc:
    return {"event": name, "device_id": device["jid"], "payload": payload}


def _head(device: Doc, message: Doc) -> dict[str, Any]:
    own = message["by"] != "client"
    chat = message["chat"]
    head = {
        "id": message["id"],
        "chat_id": chat,
        "from": device["jid"] if own else chat,
        "timestamp": _time(message["at"]),
        "is_from_me": own,
    }
    if chat.endswith(HIDDEN):
        head |= {"chat_lid": chat} | ({} if own else {"from_lid": chat})
    if message.get("name") and not own:
        head["from_name"] = message["name"]
    return head


def _time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
