"""Devices, chats and files of the emulated gateway, in the store of the sandbox."""

from __future__ import annotations

import base64
from typing import Any
from uuid import uuid4

from starlette.requests import HTTPConnection

from insurance_chat.sandbox.context import Sandbox, sandbox_of
from insurance_chat.sandbox.store import Doc

USER, PASSWORD = "gateway", "practice"
PHONE, HIDDEN = "@s.whatsapp.net", "@lid"
CODE_SECONDS = 60
LOGGED_IN, CONNECTED, DISCONNECTED = "logged_in", "connected", "disconnected"
_PLAN = "plan"


class Phones:
    """What the gateway knows; every change is in the store at once.

    Args:
        sandbox: gives the store and the clock.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox, self._store = sandbox, sandbox.store

    def devices(self) -> list[Doc]:
        """All devices, oldest first."""
        return self._store.all("wa_device")

    def device(self, device_id: str) -> Doc | None:
        """One device."""
        return self._store.get("wa_device", device_id)

    def add(self, device_id: str, hook: dict[str, Any]) -> Doc:
        """A device without a phone; an existing one stays as it is."""
        known = self.device(device_id)
        if known is not None:
            return known
        fresh: Doc = {
            "id": device_id,
            "jid": "",
            "state": DISCONNECTED,
            "created_at": self._sandbox.now().isoformat(),
            "hook": hook,
            "code": "",
            "code_until": 0.0,
        }
        return self._store.put("wa_device", device_id, fresh)

    def change(self, device: Doc, **changes: Any) -> Doc:
        """Keep some fields of a device."""
        return self._store.put("wa_device", device["id"], device | changes)

    def forget(self, device_id: str) -> None:
        """The device and its chats are gone."""
        self._store.delete("wa_device", device_id)
        for message in self._store.where("wa_message", "device", device_id):
            self._store.delete("wa_message", message["id"])

    def show_code(self, device: Doc) -> Doc:
        """A new code; the one before is good no more."""
        until = self._sandbox.now().timestamp() + CODE_SECONDS
        return self.change(device, state=CONNECTED, code=uuid4().hex, code_until=until)

    def by_code(self, code: str) -> Doc | None:
        """The device whose code a phone has scanned in time."""
        now = self._sandbox.now().timestamp()
        fits = (one for one in self.devices() if code and one["code"] == code)
        return next((one for one in fits if one["code_until"] > now), None)

    def pair(self, device: Doc, phone: str) -> Doc:
        """The device belongs to a telephone number from now on."""
        jid = f"{phone.lstrip('+')}{PHONE}"
        return self.change(device, jid=jid, state=LOGGED_IN, code="", code_until=0.0)

    def messages(self, device_id: str, chat: str = "") -> list[Doc]:
        """Messages of a device, or of one chat of it, oldest first."""
        found = self._store.where("wa_message", "device", device_id)
        return [one for one in found if chat in ("", one["chat"])]

    def message(self, message_id: str) -> Doc | None:
        """One message."""
        return self._store.get("wa_message", message_id)

    def write(self, device: Doc, chat: str, by: str, **more: Any) -> Doc:
        """A new message of a chat.

        Args:
            by: `client`, `api` (the gateway was asked to) or `hand` (the owner on the phone).
            more: `text`, `media`, `name`, `place`, `card`, `quoted`.
        """
        before = self.messages(device["id"], chat)
        now = int(self._sandbox.now().timestamp())
        # WhatsApp counts in seconds, and nobody writes two messages in one.
        at = max(now, before[-1]["at"] + 1) if before else now
        message: Doc = {
            "id": f"3EB0{uuid4().hex[:18].upper()}",
            "device": device["id"],
            "chat": chat,
            "by": by,
            "at": at,
            "text": "",
            "media": None,
            "status": "sent",
            "read_by_us": False,
            "edited": False,
            "deleted": False,
            **more,
        }
        return self._store.put("wa_message", message["id"], message)

    def mark(self, message: Doc, **changes: Any) -> Doc:
        """Keep some fields of a message."""
        return self._store.put("wa_message", message["id"], message | changes)

    def keep_file(self, name: str, mime: str, data: bytes, kind: str) -> Doc:
        """Store a file; gives what a message needs to know of it."""
        key = f"{int(self._sandbox.now().timestamp())}-{uuid4()}{_ending(name, mime)}"
        content = base64.b64encode(data).decode()
        self._store.put("wa_file", key, {"mime": mime, "content": content})
        return {"key": key, "name": name, "mime": mime, "kind": kind, "size": len(data)}

    def file(self, key: str) -> tuple[bytes, str] | None:
        """Content and type of a file."""
        found = self._store.get("wa_file", key)
        return (base64.b64decode(found["content"]), found["mime"]) if found else None

    def plan(self) -> Doc:
        """How the gateway misbehaves: `faults`, `duplicates`, `drop`, `hold`, `old`, `typings`, `sends`."""
        known = self._store.get("wa_plan", _PLAN) or {}
        usual: Doc = {
            "faults": [],
            "duplicates": 0,
            "drop": False,
            "hold": False,
            "old": False,
            "held": [],
            "typings": 0,
            "sends": 0,
        }
        return usual | known

    def replan(self, **changes: Any) -> Doc:
        """Change how it misbehaves."""
        return self._store.put("wa_plan", _PLAN, self.plan() | changes)

    def take_fault(self) -> Doc | None:
        """The fault of this send, used once."""
        faults = self.plan()["faults"]
        if not faults:
            return None
        self.replan(faults=faults[1:])
        fault: Doc = faults[0]
        return fault


def _ending(name: str, mime: str) -> str:
    known = {"audio/ogg": ".ogg", "image/jpeg": ".jpeg", "image/png": ".png"}
    stem, dot, ending = name.rpartition(".")
    return f".{ending}" if stem and dot else known.get(mime.partition(";")[0], ".bin")


def phones_of(connection: HTTPConnection) -> Phones:
    """The gateway of this sandbox."""
    return Phones(sandbox_of(connection))


def client_jid(phone: str, *, hidden: bool) -> str:
    """The chat of a person: by phone, or by a hidden number made of it."""
    digits = "".join(sign for sign in phone if sign.isdigit())
    return f"{int(digits or 0) * 7 % 10**15:015d}{HIDDEN}" if hidden else f"{digits}{PHONE}"
