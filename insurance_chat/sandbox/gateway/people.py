"""What people with phones do: scan a code, write, correct, take back, read, answer by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from fastapi import Request

from insurance_chat.sandbox.gateway import events
from insurance_chat.sandbox.gateway.courier import GatewayCourier
from insurance_chat.sandbox.gateway.state import (
    CONNECTED,
    DISCONNECTED,
    LOGGED_IN,
    Phones,
    phones_of,
)
from insurance_chat.sandbox.store import Doc


class ImpossibleError(Exception):
    """The phone cannot do that now; the words are for the person, Russian."""


@dataclass(frozen=True, slots=True)
class People:
    """Acts of people; each tells the webhook what the gateway would tell.

    Args:
        phones: what the gateway knows.
        courier: calls webhooks.
    """

    phones: Phones
    courier: GatewayCourier

    def scan(self, code: str, phone: str) -> Doc:
        """Scan a QR code with a phone.

        Raises:
            ImpossibleError: the code is unknown or too old.
        """
        device = self.phones.by_code(code)
        if device is None:
            raise ImpossibleError("Код устарел. Возьмите свежий на странице «Каналы».")
        return self.phones.pair(device, _digits(phone))

    def log_out(self, device_id: str) -> None:
        """«Выйти» on the phone: the gateway is told nothing, calls are refused from now on."""
        self.phones.change(self._device(device_id), jid="", state=DISCONNECTED, code="")

    def lose(self, device_id: str) -> None:
        """The phone is paired, but its connection is away until somebody reconnects."""
        device = self._device(device_id)
        away = device["state"] == LOGGED_IN
        back = LOGGED_IN if device["jid"] else CONNECTED
        self.phones.change(device, state=DISCONNECTED if away else back)

    async def say(self, device_id: str, chat: str, **more: Any) -> Doc:
        """A client writes; `more` as of `Phones.write`."""
        return await self._write(device_id, chat, "client", more)

    async def answer_by_hand(self, device_id: str, chat: str, text: str) -> Doc:
        """The owner writes to the client on the phone itself."""
        return await self._write(device_id, chat, "hand", {"text": text})

    async def edit(self, message_id: str, text: str) -> None:
        """Change a message of a client."""
        message = self.phones.mark(self._message(message_id), text=text, edited=True)
        device = self._device(message["device"])
        event = events.edited_event(device, message, uuid4().hex.upper(), message["at"] + 1)
        await self.courier.tell(device, event)

    async def take_back(self, message_id: str) -> None:
        """Delete a message of a client for everyone."""
        message = self.phones.mark(self._message(message_id), deleted=True)
        device = self._device(message["device"])
        event = events.revoked_event(device, message, uuid4().hex.upper(), message["at"] + 1)
        await self.courier.tell(device, event)

    async def receive(self, message_id: str, *, read: bool) -> None:
        """The client's phone got a message of ours, or the client read it."""
        receipt = "read" if read else "delivered"
        message = self.phones.mark(self._message(message_id), status=receipt)
        device = self._device(message["device"])
        at = message["at"] + 1
        await self.courier.tell(device, events.receipt_event(device, message, receipt, at))

    async def chatter(self, device_id: str, text: str) -> None:
        """Somebody writes in a group that the phone is in."""
        device = self._device(device_id)
        event = events.group_event(device, text, uuid4().hex.upper(), 0)
        await self.courier.tell(device, event)

    async def _write(self, device_id: str, chat: str, by: str, more: dict[str, Any]) -> Doc:
        device = self._device(device_id)
        if device["state"] != LOGGED_IN:
            raise ImpossibleError("Этот телефон сейчас не на связи, сообщение не дойдёт.")
        message = self.phones.write(device, chat, by, **more)
        await self.courier.tell(device, events.message_event(device, message))
        return message

    def _device(self, device_id: str) -> Doc:
        found = self.phones.device(device_id)
        if found is None:
            raise ImpossibleError("Такого устройства нет.")
        return found

    def _message(self, message_id: str) -> Doc:
        found = self.phones.message(message_id)
        if found is None:
            raise ImpossibleError("Такого сообщения нет.")
        return found


def _digits(phone: str) -> str:
    digits = "".join(sign for sign in phone if sign.isdigit())
    if not 10 <= len(digits) <= 15:
        raise ImpossibleError("Введите номер телефона полностью, с кодом страны.")
    return f"7{digits[1:]}" if len(digits) == 11 and digits.startswith("8") else digits


def people_of(request: Request) -> People:
    """People around the gateway of this sandbox."""
    courier: GatewayCourier = request.app.state.gateway_courier
    return People(phones_of(request), courier)
