"""Trying out the address of a gateway before it is stored."""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlsplit

import httpx

from insurance_chat.channels.ports import ChannelError, Connected, Field, Secrets
from insurance_chat.channels.whatsapp_gateway.client import Gateway, checked_url
from insurance_chat.channels.whatsapp_gateway.devices import (
    SCAN,
    SHARED,
    Devices,
    shown_phone,
)
from insurance_chat.core.errors import invalid

FIELDS = (
    Field(
        "url",
        "Адрес шлюза",
        "Где работает программа go-whatsapp-web-multidevice версии 8 или новее, например "
        "http://127.0.0.1:3000. Способ неофициальный: WhatsApp может заблокировать номер, который "
        "много пишет первым, поэтому не используйте личный.",
        secret=False,
    ),
    Field(
        "user",
        "Имя для входа в шлюз",
        "Первая часть параметра --basic-auth, с которым запущен шлюз. Пусто, если пароля нет.",
        secret=False,
        required=False,
    ),
    Field(
        "password",
        "Пароль шлюза",
        "Вторая часть параметра --basic-auth, после двоеточия.",
        required=False,
    ),
    Field(
        "device",
        "Имя устройства",
        "Латинские буквы, цифры и дефис, например office. Пусто — придумаем сами. Уже привязанное в "
        "шлюзе устройство можно указать по его имени: QR-код тогда не понадобится.",
        secret=False,
        required=False,
    ),
    Field(
        "hook_secret",
        "Секрет вебхука",
        "Только для старых шлюзов, где адрес событий один на все устройства: то же слово, что в "
        "параметре --webhook-secret.",
        required=False,
    ),
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@:-]{0,99}")
OLD = (
    "Этот шлюз не умеет присылать события каждого устройства на свой адрес. Обновите его или "
    "запустите с параметром --webhook-secret и впишите тот же секрет."
)


async def try_out(http: httpx.AsyncClient, given: Secrets) -> Connected:
    """Reach the gateway, find or make the device and see how it sends events.

    Raises:
        ServiceError: `gateway_…`, with a Russian sentence.
    """
    try:
        url = checked_url(given.get("url", ""))
    except ValueError:
        raise invalid(
            "gateway_address", "Адрес шлюза должен начинаться с http:// или https://."
        ) from None
    name = given.get("device", "").strip() or f"chat-{secrets.token_hex(4)}"
    if not _NAME.fullmatch(name):
        raise invalid(
            "gateway_device", "Имя устройства: латинские буквы, цифры и дефис, до 100 знаков."
        )
    kept = {
        "url": url,
        "user": given.get("user", "").strip(),
        "password": given.get("password", ""),
    }
    try:
        return await _try_device(Gateway(http, kept, name), name, kept, given)
    except ChannelError as error:
        raise invalid("gateway_refused", error.words) from None


async def _try_device(
    gateway: Gateway, name: str, kept: dict[str, str], given: Secrets
) -> Connected:
    devices = Devices(gateway, name)
    made = await devices.find() is None
    device = await devices.ensure()
    own = await devices.has_own_hooks()
    secret = given.get("hook_secret", "").strip()
    if not own and not secret:
        if made:
            await devices.remove()
        raise invalid("gateway_old", OLD)
    # Only a device of our own gets a secret of our own; a common one was set by hand.
    secret = secrets.token_urlsafe(32) if own else secret
    wants = ([] if own else [SHARED]) + ([] if device.paired else [SCAN])
    phone = shown_phone(device.jid) if device.paired else ""
    return Connected(
        external_id=f"{urlsplit(kept['url']).netloc}/{name}"[:200],
        title=f"WhatsApp {phone or name}",
        secrets=kept | {"hook_secret": secret},
        options={
            "device": name,
            "jid": device.jid,
            "hook": "device" if own else "shared",
            "made": made,
        },
        wants=tuple(wants),
        waiting=not device.paired,
    )
