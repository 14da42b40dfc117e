"""Drives WhatsApp by a paired phone through the emulated gateway."""

from __future__ import annotations

import base64
import hmac
import itertools
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

import httpx

from insurance_chat.channels.ports import ChannelAdapter, Pace
from insurance_chat.channels.whatsapp_gateway.adapter import WhatsAppGateway
from insurance_chat.sandbox.app import create_sandbox_app
from tests.contracts.channels.driver import Fault, Feature, Shown, ShownFile
from tests.support.sandbox_server import served

DEVICE = "office"
_CONTROL = "/control/gateway"


class GatewayClient:
    """A person with WhatsApp.

    Args:
        messenger: the emulator.
        phone: digits of the person's number.
    """

    def __init__(self, messenger: GatewayMessenger, phone: str) -> None:
        self._messenger = messenger
        self.chat = f"{phone}@s.whatsapp.net"

    async def _say(self, **told: Any) -> str:
        return await self._messenger.say(DEVICE, self.chat, **told)

    async def _file(self, kind: str, name: str, mime: str, data: bytes, text: str = "") -> str:
        content = base64.b64encode(data).decode()
        return await self._say(kind=kind, file_name=name, mime=mime, file=content, text=text)

    async def say(self, text: str) -> str:
        """Write a message."""
        return await self._say(text=text)

    async def press(self, number: int) -> str:
        """There are no buttons; the number is typed."""
        return await self.say(str(number))

    async def voice(self, data: bytes) -> str:
        """Record a voice message."""
        return await self._file("voice", "", "audio/ogg", data)

    async def photo(self, data: bytes, caption: str = "") -> str:
        """Send a picture."""
        return await self._file("image", "", "image/jpeg", data, caption)

    async def document(self, name: str, mime: str, data: bytes) -> str:
        """Send a file."""
        return await self._file("document", name, mime, data)

    async def contact(self, phone: str) -> str:
        """Share a telephone number as a card."""
        card = f"BEGIN:VCARD\nVERSION:3.0\nFN:Анна\nTEL;type=CELL:{phone}\nEND:VCARD"
        return await self._say(card={"displayName": "Анна", "vcard": card})

    async def location(self, latitude: float, longitude: float) -> str:
        """Share a place."""
        return await self._say(place=[latitude, longitude])

    async def start(self, payload: str) -> str:
        """There are no invitation links with a payload."""
        raise NotImplementedError(payload)

    async def edit(self, message_id: str, text: str) -> None:
        """Change what was written."""
        await self._messenger.post(f"/messages/{message_id}/edit", {"text": text})

    async def delete(self, message_id: str) -> None:
        """Take back what was written."""
        await self._messenger.post(f"/messages/{message_id}/delete", {})

    async def block(self, *, blocked: bool = True) -> None:
        """The gateway does not tell."""
        raise NotImplementedError(blocked)

    async def receive(self, message_id: str, *, read: bool = False) -> None:
        """A status of our message."""
        await self._messenger.post(f"/messages/{message_id}/receive", {"read": read})

    async def owner_says(self, text: str) -> str:
        """The owner answers on the phone."""
        told = await self._messenger.post(
            f"/devices/{DEVICE}/chats/{self.chat}/hand", {"text": text}
        )
        return str(told["id"])

    async def shown(self) -> Sequence[Shown]:
        """What is on the screen."""
        found = (await self._messenger.look())["messages"]
        own = [one for one in found if one["chat"] == self.chat and one["by"] == "api"]
        return [await self._messenger.shown(one) for one in own]


class GatewayMessenger:
    """A running emulator; a phone scans the code of the device when it is joined."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.AsyncClient(base_url=url, trust_env=False, timeout=30)
        self.adapter_http = httpx.AsyncClient(trust_env=False)
        self._adapter = WhatsAppGateway(self.adapter_http)
        self._adapter.pace = Pace(1000, 1000)
        self._numbers = itertools.count(79030001000)
        self._owners = itertools.count(79165550101)
        self._paired = ""

    @property
    def adapter(self) -> ChannelAdapter:
        """The adapter under test."""
        return self._adapter

    @property
    def form(self) -> Mapping[str, str]:
        """What the administrator types."""
        return {
            "url": f"{self.url}/gateway",
            "user": "gateway",
            "password": "practice",
            "device": DEVICE,
        }

    async def close(self) -> None:
        """Let go of connections."""
        await self.http.aclose()
        await self.adapter_http.aclose()

    async def post(self, path: str, told: dict[str, Any]) -> dict[str, Any]:
        """One act at the control of the emulator."""
        answer = await self.http.post(_CONTROL + path, json=told)
        assert answer.is_success, answer.text
        content: dict[str, Any] = answer.json()
        return content

    async def look(self) -> dict[str, Any]:
        """What the emulator knows."""
        content: dict[str, Any] = (await self.http.get(_CONTROL)).json()
        return content

    async def say(self, device: str, chat: str, **told: Any) -> str:
        """A client writes to a device."""
        return str((await self.post(f"/devices/{device}/chats/{chat}/say", told))["id"])

    async def pair(self, device: str = DEVICE, phone: str = "") -> str:
        """A phone scans the code of a device; gives its number."""
        number = phone or str(next(self._owners))
        login = await self.http.get(
            f"/gateway/devices/{device}/login", auth=("gateway", "practice")
        )
        assert login.is_success, login.text
        await self.post(f"/devices/{device}/pair", {"phone": number})
        return number

    async def joined(self, hook_url: str) -> None:
        """The adapter has set the address; the code is scanned, and the phone lets itself be heard."""
        number = self._paired = await self.pair()
        heard = {
            "event": "message.ack",
            "device_id": f"{number}@s.whatsapp.net",
            "timestamp": "2026-11-21T10:30:00Z",
            "payload": {
                "ids": ["3EB0BEFORE"],
                "chat_id": f"{number}@s.whatsapp.net",
                "receipt_type": "delivered",
            },
        }
        assert await self._call(hook_url, json.dumps(heard).encode(), await self._secret()) == 200

    async def _secret(self) -> str:
        devices = (await self.look())["devices"]
        return str(next(one["hook"]["webhook_secret"] for one in devices if one["id"] == DEVICE))

    async def reset(self) -> None:
        """A gateway without devices."""
        await self.http.post("/control/reset")

    async def calm(self) -> None:
        """Behave well again."""
        await self.http.post(f"{_CONTROL}/behave")

    async def client(self) -> GatewayClient:
        """A new person."""
        return GatewayClient(self, str(next(self._numbers)))

    async def shown(self, message: dict[str, Any]) -> Shown:
        """A message as the client sees it; WhatsApp's bold has single stars."""
        media, file = message["media"], None
        if media:
            data = (await self.http.get(f"{_CONTROL}/files/{media['key']}")).content
            file = ShownFile(media["name"], media["mime"], data)
        voice = bool(media) and media["kind"] == "voice"
        return Shown(message["id"], message["text"].replace("*", ""), file=file, voice=voice)

    async def fail(
        self, fault: Fault, *, times: int = 1, status: int = 503, seconds: float = 0
    ) -> None:
        """The next sends end like this."""
        told = {"kind": fault.value, "times": times, "status": status, "seconds": seconds}
        await self.post("/faults", told)

    async def replan(self, **changes: Any) -> None:
        """Change lasting misbehaviour."""
        answer = await self.http.patch(f"{_CONTROL}/plan", json=changes)
        assert answer.is_success, answer.text

    async def duplicate(self, times: int) -> None:
        """Say everything so many times more."""
        await self.replan(duplicates=times)

    async def hold(self) -> None:
        """Keep events back."""
        await self.replan(hold=True)

    async def release(self, *, reverse: bool = False) -> None:
        """Tell what was kept back."""
        answer = await self.http.post(f"{_CONTROL}/release", params={"reverse": reverse})
        assert answer.is_success, answer.text

    async def calls(self) -> int:
        """Tries to send."""
        return int((await self.look())["plan"]["sends"])

    async def typings(self) -> int:
        """How often «печатает» was shown."""
        return int((await self.look())["plan"]["typings"])

    async def _call(self, hook_url: str, body: bytes, secret: str) -> int:
        headers = {"X-Hub-Signature-256": _sign(secret, body), "Content-Type": "application/json"}
        return (await self.http.post(hook_url, content=body, headers=headers)).status_code

    async def forge(self, hook_url: str) -> int:
        """Call with a wrong signature."""
        body = b'{"event":"message","payload":{"id":"X","chat_id":"79030001000@s.whatsapp.net"}}'
        return await self._call(hook_url, body, "guessed")

    async def babble(self, hook_url: str) -> int:
        """Call, signed, with what is no event."""
        return await self._call(hook_url, b'{"hello": [', await self._secret())

    async def die(self) -> None:
        """The phone is logged out."""
        await self.post(f"/devices/{DEVICE}/logout", {})

    async def rise(self) -> None:
        """The same phone scans a code again."""
        await self.pair(phone=self._paired)

    async def close_window(self) -> None:
        """There is no window."""
        raise NotImplementedError


def _sign(secret: str, body: bytes) -> str:
    digest = hmac.new(secret.encode(), body, sha256).hexdigest()
    return f"sha256={digest}"


class GatewayDriver:
    """Starts the sandbox with the emulated gateway."""

    code = "whatsapp_gateway"
    cannot = frozenset(
        {
            Feature.POLLS,
            Feature.BUTTONS,
            Feature.START_LINK,
            Feature.BLOCK,
            Feature.WINDOW,
            Feature.NAMES,
        }
    )

    @asynccontextmanager
    async def start(self) -> AsyncIterator[GatewayMessenger]:
        """Serve the emulator and build the adapter."""
        with served(create_sandbox_app(time_scale=0)) as url:
            messenger = GatewayMessenger(url)
            try:
                yield messenger
            finally:
                await messenger.close()


DRIVER = GatewayDriver()
