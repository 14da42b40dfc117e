"""A phone paired with the gateway as a messenger account."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

import httpx

from insurance_chat.channels.ports import (
    Account,
    Capabilities,
    ChannelError,
    ChatAddress,
    Connected,
    Failure,
    Field,
    Happening,
    HookRequest,
    MediaRef,
    OwnerWrote,
    Pace,
    Part,
    Probe,
    RawUpdate,
    Secrets,
)
from insurance_chat.channels.prepared import chat_link
from insurance_chat.channels.whatsapp_gateway import parsing
from insurance_chat.channels.whatsapp_gateway.client import Gateway
from insurance_chat.channels.whatsapp_gateway.connecting import FIELDS, try_out
from insurance_chat.channels.whatsapp_gateway.devices import LOST, Devices, probe_of
from insurance_chat.channels.whatsapp_gateway.pairing import Codes
from insurance_chat.channels.whatsapp_gateway.sending import Sender


class WhatsAppGateway:
    """Implements `ChannelAdapter` and `Pairs`.

    Args:
        http: the client of the process.
    """

    code = "whatsapp_gateway"
    channel = "whatsapp"
    title = "WhatsApp по QR-коду (шлюз)"
    fields: Sequence[Field] = FIELDS
    # The gateway's own limit for files is 50 MB; it has neither buttons nor a window of 24 hours.
    capabilities = Capabilities(
        markup="whatsapp", caption_length=1024, file_bytes=50_000_000, typing=True
    )
    # Numbers that write like machines get banned; see the lessons about device gateways.
    pace = Pace(account=2.0, chat=1.0)

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._codes = Codes()
        self._sender = Sender()

    async def connect(self, given: Secrets) -> Connected:
        """Try the gateway out and find or make the device.

        Raises:
            ServiceError: Russian sentence that says what is wrong with which value.
        """
        return await try_out(self._http, given)

    async def begin(self, account: Account) -> None:
        """Have the gateway send the events of this device to our address.

        Raises:
            ChannelError: the gateway refused.
        """
        devices = self._devices(account)
        await devices.ensure()
        if account.options.get("hook") == "device":
            await devices.set_hook(account.hook_url, account.secrets["hook_secret"])

    async def end(self, account: Account) -> None:
        """Take the address back; a device that we made is unpaired and removed."""
        self._codes.forget(account.id)
        devices = self._devices(account)
        if account.options.get("made"):
            await devices.remove()
        elif account.options.get("hook") == "device":
            await devices.set_hook("", "")

    async def probe(self, account: Account) -> Probe:
        """Ask for the device; an address that the gateway has lost is set again.

        Raises:
            ChannelError: the gateway does not answer, or does not let us in.
        """
        devices = self._devices(account)
        device = await devices.find()
        if device is not None and account.options.get("hook") == "device":
            await devices.mend_hook(account.hook_url, account.secrets["hook_secret"])
        if device is not None and device.lost:
            await devices.reconnect()
        return probe_of(device, account.options)

    def link(self, options: Mapping[str, Any], payload: str) -> str:
        """Opens a chat with the paired phone with the payload in prepared words."""
        return chat_link(str(options.get("phone") or ""), payload)

    def challenge(self, account: Account, request: HookRequest) -> str | None:
        """The gateway checks no addresses."""
        return None

    def verify(self, account: Account, request: HookRequest) -> bool:
        """Whether the body is signed with the secret of this device (HMAC-SHA256)."""
        told = request.headers.get("x-hub-signature-256", "")
        key = account.secrets["hook_secret"].encode()
        right = hmac.new(key, request.body, sha256).hexdigest()
        return hmac.compare_digest(told.encode(), f"sha256={right}".encode())

    def split(self, account: Account, body: bytes) -> Sequence[RawUpdate]:
        """Cut a call into updates.

        Raises:
            ValueError: it is not an event of the gateway.
        """
        return parsing.split(account.options, body)

    def parse(self, account: Account, update: Mapping[str, Any]) -> Sequence[Happening]:
        """Read one event; our own messages that come back are nobody's words."""
        found = parsing.parse(account.options, update)
        return [one for one in found if not self._is_echo(account, one)]

    def _is_echo(self, account: Account, one: Happening) -> bool:
        return isinstance(one, OwnerWrote) and self._sender.knows(account.id, one.message_id)

    async def send(self, account: Account, to: ChatAddress, part: Part, key: str) -> str:
        """Send one part; gives the id of the WhatsApp message.

        Raises:
            ChannelError: see `Failure`.
        """
        return await self._sender.send(account.id, self._gateway(account), to.chat, part, key)

    async def typing(self, account: Account, to: ChatAddress) -> None:
        """Show that somebody types; WhatsApp takes it away by itself."""
        told = {"phone": to.chat, "action": "start"}
        await self._gateway(account).call("POST", "/send/chat-presence", json=told)

    async def answered(self, account: Account, update: Mapping[str, Any]) -> None:
        """Mark a message of a client as read."""
        payload = update.get("payload") or {}
        if update.get("event") != "message" or payload.get("is_from_me") is True:
            return
        told = {"phone": parsing.bare(str(payload.get("chat_id", "")))}
        path = f"/message/{payload.get('id', '')}/read"
        await self._gateway(account).call("POST", path, json=told)

    async def fetch(self, account: Account, media: MediaRef) -> AsyncIterator[bytes]:
        """Content of a file, in pieces.

        Raises:
            ChannelError: it is gone or the gateway does not answer.
        """
        gateway = self._gateway(account)
        kind, _, rest = media.ref.partition(":")
        path = rest
        if kind == "message":
            message_id, _, chat = rest.partition(":")
            told = await gateway.call(
                "GET", f"/message/{message_id}/download", params={"phone": chat}, seconds=60.0
            )
            path = str(told.get("file_path") or told.get("file_url") or "")
        async for piece in gateway.file(gateway.local(path)):
            yield piece

    async def qr(self, account: Account) -> bytes | None:
        """PNG of the code to show now; None when the phone is paired.

        Raises:
            ChannelError: the gateway does not answer.
        """
        devices = self._devices(account)
        device = await devices.ensure()
        if device.paired:
            self._codes.forget(account.id)
            return None
        if device.lost:
            # Its pairing is good; a new code would throw it away.
            await devices.reconnect()
            raise ChannelError(Failure.RETRY, LOST)
        # A device that was made anew has lost its address.
        if account.options.get("hook") == "device":
            await devices.mend_hook(account.hook_url, account.secrets["hook_secret"])
        return await self._codes.picture(account.id, self._gateway(account))

    def _gateway(self, account: Account) -> Gateway:
        return Gateway(self._http, account.secrets, str(account.options["device"]))

    def _devices(self, account: Account) -> Devices:
        return Devices(self._gateway(account), str(account.options["device"]))
