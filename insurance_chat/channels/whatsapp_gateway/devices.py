"""The device of an account in the gateway: finding, making, its address for events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from insurance_chat.channels.ports import ChannelError, Failure, Probe
from insurance_chat.channels.whatsapp_gateway import parsing
from insurance_chat.channels.whatsapp_gateway.client import UNPAIRED, Gateway, GatewayError

SCAN = "Отсканируйте QR-код телефоном: WhatsApp → Связанные устройства → Привязка устройства."
LOST = "Шлюз потерял связь с WhatsApp и подключается заново. Проверьте интернет и телефон."
SHARED = (
    "Добавьте адрес для событий в параметр --webhook шлюза и перезапустите его: этот шлюз старый, "
    "и адрес у него один на все устройства."
)
EVENTS = ",".join(parsing.EVENTS)
NO_ADDRESS = (
    "Некуда присылать сообщения: у сервиса не задан адрес. Заполните «Адрес сервиса» в настройках."
)


@dataclass(frozen=True, slots=True)
class Device:
    """A device as the gateway lists it.

    Args:
        state: `disconnected`, `connecting`, `connected` or `logged_in`.
        jid: of the paired phone, without the number of the linked device; empty when unpaired.
    """

    id: str
    state: str
    jid: str

    @property
    def paired(self) -> bool:
        """It can send and receive."""
        return self.state == "logged_in"

    @property
    def lost(self) -> bool:
        """It is paired, but the connection with WhatsApp is away."""
        return self.state == "disconnected" and bool(self.jid)


class Devices:
    """Calls about one device.

    Args:
        device_id: how the gateway calls it.
    """

    def __init__(self, gateway: Gateway, device_id: str) -> None:
        self._gateway = gateway
        self._id = device_id

    async def find(self) -> Device | None:
        """The device; None when the gateway does not know it.

        Raises:
            ChannelError: the gateway does not answer.
        """
        listed = await self._gateway.call("GET", "/devices")
        cards = [one for one in listed or [] if isinstance(one, dict)]
        return next((_device(one) for one in cards if one.get("id") == self._id), None)

    async def ensure(self) -> Device:
        """The device, made when the gateway does not know it (its storage was wiped)."""
        found = await self.find()
        if found is None:
            made = await self._gateway.call("POST", "/devices", json={"device_id": self._id})
            found = _device(made)
        return found

    async def set_hook(self, url: str, secret: str) -> None:
        """Have events sent to an address; an empty one goes back to the gateway's common address.

        Raises:
            ChannelError: the gateway refused.
        """
        told = {
            "webhook_url": url,
            "webhook_secret": secret,
            "webhook_events": EVENTS if url else "",
            "webhook_ignore_groups": True if url else None,
        }
        await self._gateway.call("PATCH", f"{self._gateway.path}/webhook", json=told)

    async def mend_hook(self, url: str, secret: str) -> None:
        """Set the address again when the gateway has another one.

        Raises:
            ChannelError: there is no address to set, or the gateway refused.
        """
        if not url:
            raise ChannelError(Failure.ACCOUNT, NO_ADDRESS)
        told = await self._gateway.call("GET", f"{self._gateway.path}/webhook")
        known = (told.get("webhook_url"), told.get("webhook_secret"), told.get("webhook_events"))
        if known != (url, secret, EVENTS):
            await self.set_hook(url, secret)

    async def has_own_hooks(self) -> bool:
        """Whether this version of the gateway gives every device its own address."""
        try:
            await self._gateway.call("GET", f"{self._gateway.path}/webhook")
        except GatewayError as error:
            if error.failure is Failure.REFUSED and error.status in (404, 405):
                return False
            raise
        return True

    async def reconnect(self) -> None:
        """Ask the gateway to reach WhatsApp again."""
        await self._gateway.call("POST", f"{self._gateway.path}/reconnect")

    async def remove(self) -> None:
        """Unpair the phone and forget the device."""
        await self._gateway.call("DELETE", self._gateway.path)


def _device(card: Mapping[str, Any]) -> Device:
    jid = parsing.bare(str(card.get("jid") or ""))
    return Device(str(card.get("id", "")), str(card.get("state", "")), jid)


def shown_phone(jid: str) -> str:
    """`+7 916 123-45-67` for Russian numbers, others as they are."""
    phone = parsing.phone_of(jid)
    if len(phone) == 12 and phone.startswith("+7"):
        return f"+7 {phone[2:5]} {phone[5:8]}-{phone[8:10]}-{phone[10:]}"
    return phone


def probe_of(device: Device | None, options: Mapping[str, Any]) -> Probe:
    """What the state of a device means for the administrator.

    Args:
        options: of the account.
    """
    if device is None:
        words = "Шлюз потерял это устройство. Покажите телефону QR-код ещё раз."
        return Probe(False, words, (SCAN,))
    if device.paired:
        phone = shown_phone(device.jid)
        found = {"jid": device.jid, "phone": parsing.phone_of(device.jid)}
        quiet = options.get("hook") == "shared" and not options.get("told")
        words = f"Работает: {phone}." if phone else "Работает."
        return Probe(True, words, (SHARED,) if quiet else (), found)
    if device.lost:
        # Replies wait meanwhile instead of running out of tries; the next probe lets them go.
        return Probe(False, LOST)
    return Probe(False, UNPAIRED, (SCAN,))
