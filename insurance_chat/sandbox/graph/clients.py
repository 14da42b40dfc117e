"""What a client, or the owner by hand, does on the phone; the product hears of it by a webhook."""

from __future__ import annotations

from typing import Any

from insurance_chat.sandbox.graph.events import Events
from insurance_chat.sandbox.graph.whatsapp import keep_media, set_status
from insurance_chat.sandbox.graph.world import World
from insurance_chat.sandbox.store import Doc

Json = dict[str, Any]
_IG_KINDS = {"image": "image", "video": "video", "audio": "audio", "document": "file"}


class Phone:
    """One client's phone in a chat with one account.

    Args:
        client: number in digits for WhatsApp (or an id of the business), any number for Instagram.
    """

    def __init__(self, world: World, events: Events, account: Doc, client: str) -> None:
        self._world, self._events = world, events
        self._account, self._client = account, client
        self._whatsapp = account["product"] == "whatsapp"

    def say(self, text: str, quoted: str = "", ref: str = "") -> Doc:
        """Write words; `ref` is the word of an `ig.me` link by which the client came."""
        message = self._keep(text=text, quoted=quoted)
        if self._whatsapp:
            self._tell(message, "text", {"body": text}, quoted)
        else:
            content: Json = {"text": text}
            if quoted:
                content["reply_to"] = {"mid": quoted}
            if ref:
                content["referral"] = {"ref": ref, "source": "SHORTLINKS", "type": "OPEN_THREAD"}
            self._tell_instagram(message, content)
        return message

    def press(self, message_id: str, button_id: str) -> Doc | None:
        """Press a button or choose a row; None when the message has none such."""
        asked = self._world.store.get("graph_message", message_id)
        buttons = asked["buttons"] if asked else []
        button = next((one for one in buttons if one["id"] == button_id), None)
        if asked is None or button is None:
            return None
        message = self._keep(text=button["title"], quoted=message_id)
        if not self._whatsapp:
            quick = {"payload": button["id"]}
            self._tell_instagram(message, {"text": button["title"], "quick_reply": quick})
            return message
        kind = "list_reply" if asked.get("list") else "button_reply"
        reply = {name: value for name, value in button.items() if value}
        self._tell(message, "interactive", {"type": kind, kind: reply}, message_id)
        return message

    def send_file(
        self,
        kind: str,
        data: bytes,
        mime: str,
        name: str = "",
        caption: str = "",
        voice: bool = False,
    ) -> Doc:
        """Send a picture, a film, a sound or a document."""
        media = keep_media(self._world, data, mime, name)
        card = {"id": media["id"], "kind": kind, "name": name, "mime": mime, "voice": voice}
        message = self._keep(text=caption, media=card)
        if not self._whatsapp:
            url = f"{self._world.root}/download/{media['id']}?open=1"
            part = {"type": _IG_KINDS[kind], "payload": {"url": url}}
            words = {"text": caption} if caption else {}
            self._tell_instagram(message, words | {"attachments": [part]})
            return message
        content: Json = {"id": media["id"], "mime_type": mime, "sha256": media["sha256"]}
        if kind == "audio":
            content |= {"voice": voice, "mime_type": "audio/ogg; codecs=opus" if voice else mime}
        if kind == "document":
            content["filename"] = name
        if caption:
            content["caption"] = caption
        self._tell(message, kind, content)
        return message

    def location(self, latitude: float, longitude: float, name: str = "") -> Doc:
        """Share a place."""
        message = self._keep(text=f"Место: {latitude}, {longitude}")
        place: Json = {"latitude": latitude, "longitude": longitude}
        self._tell(message, "location", place | ({"name": name} if name else {}))
        return message

    def contact(self, name: str, phone: str) -> Doc:
        """Share a card of the address book."""
        message = self._keep(text=f"Контакт: {name}, {phone}")
        card = {
            "name": {"formatted_name": name, "first_name": name},
            "phones": [{"phone": phone, "wa_id": phone.removeprefix("+"), "type": "CELL"}],
        }
        self._tell(message, "contacts", [card])
        return message

    def react(self, message_id: str, emoji: str) -> None:
        """Put a sign under a message of ours."""
        if self._whatsapp:
            message = {"id": f"{message_id}:reaction", "at": self._world.now().timestamp()}
            self._tell(message, "reaction", {"message_id": message_id, "emoji": emoji})
        else:
            reaction = {"mid": message_id, "action": "react", "emoji": emoji, "reaction": "love"}
            self._events.instagram(self._account, self._client, reaction=reaction)

    def unseen(self) -> Doc:
        """Send what Meta does not pass on, such as a poll."""
        message = self._keep(text="(опрос)")
        if self._whatsapp:
            errors = [{"code": 131051, "title": "Message type unknown"}]
            content = self._content(message, "unsupported") | {"errors": errors}
            self._events.whatsapp_message(self._account, self._client, content)
        else:
            self._tell_instagram(message, {"is_unsupported": True})
        return message

    def edit(self, message_id: str, text: str) -> Doc | None:
        """Change an own message; None when it is not there."""
        message = self._own(message_id)
        if message is None:
            return None
        edits = message["edits"] + 1
        message = self._world.store.put(
            "graph_message", message_id, message | {"text": text, "edits": edits}
        )
        if self._whatsapp:
            event = {"id": f"{message_id}:e{edits}", "at": self._world.now().timestamp()}
            changed = {"type": "text", "text": {"body": text}}
            self._tell(event, "edit", {"original_message_id": message_id, "message": changed})
        else:
            edit = {"mid": message_id, "text": text, "num_edit": edits}
            self._events.instagram(self._account, self._client, message_edit=edit)
        return message

    def delete(self, message_id: str) -> Doc | None:
        """Take an own message back; None when it is not there."""
        message = self._own(message_id)
        if message is None:
            return None
        self._world.store.put("graph_message", message_id, message | {"deleted": True})
        if self._whatsapp:
            event = {"id": f"{message_id}:d", "at": self._world.now().timestamp()}
            self._tell(event, "revoke", {"original_message_id": message_id})
        else:
            gone: Json = {"mid": message_id, "is_deleted": True}
            self._events.instagram(self._account, self._client, message=gone)
        return message

    def block(self, blocked: bool) -> None:
        """Forbid the account to write; Meta does not tell of it, sends fail."""
        chat = self._world.chat(self._account["id"], self._client)
        self._world.store.put("graph_chat", chat["id"], chat | {"blocked": blocked})

    def receive(self, message_id: str, *, read: bool) -> None:
        """The phone got a message of ours, or the client has read it."""
        if self._whatsapp:
            status = "read" if read else "delivered"
            set_status(self._world, self._events, message_id, status)
        elif read:
            message = self._world.store.get("graph_message", message_id)
            if message is not None:
                self._world.store.put("graph_message", message_id, message | {"status": "read"})
            self._events.instagram(self._account, self._client, read={"mid": message_id})

    def owner_says(self, text: str) -> Doc:
        """The owner answers by hand in the application."""
        message = self._world.add_message(self._account, self._client, "owner", text=text)
        if self._whatsapp:
            ends = {"from": _digits(self._account["number"]), "to": self._client}
            echo = ends | self._content(message, "text") | {"text": {"body": text}}
            self._events.whatsapp(
                self._account, "smb_message_echoes", self._client, message_echoes=[echo]
            )
        else:
            said = {"mid": message["id"], "text": text, "is_echo": True}
            self._events.instagram(self._account, self._client, from_client=False, message=said)
        return message

    def _keep(self, **content: Any) -> Doc:
        return self._world.add_message(self._account, self._client, "client", **content)

    def _own(self, message_id: str) -> Doc | None:
        message = self._world.store.get("graph_message", message_id)
        return message if message and message["by"] == "client" else None

    def _content(self, message: Doc, kind: str) -> Json:
        return {"id": message["id"], "timestamp": str(int(message["at"])), "type": kind}

    def _tell(self, message: Doc, kind: str, content: Any, quoted: str = "") -> None:
        told = self._content(message, kind) | {kind: content}
        if quoted:
            told["context"] = {"from": _digits(self._account["number"]), "id": quoted}
        self._events.whatsapp_message(self._account, self._client, told)

    def _tell_instagram(self, message: Doc, content: Json) -> None:
        content = {"mid": message["id"]} | content
        self._events.instagram(self._account, self._client, message=content)


def _digits(number: str) -> str:
    return "".join(filter(str.isdecimal, number))
