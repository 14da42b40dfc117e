"""A webhook cannot be used to reach our own network."""

from __future__ import annotations

from typing import Any

import pytest

from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal
from insurance_chat.integrations import service
from insurance_chat.integrations.addresses import check_target, check_url, is_public
from insurance_chat.integrations.delivery import deliver_due
from insurance_chat.integrations.settings import IntegrationSettings

INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",  # noqa: S104
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.0.8",
    "192.88.99.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%lo",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "localhost",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_inside_number_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "77.88.55.242", "2a02:6b8::2:242"])
def test_an_internet_number_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/hook",
        "https://10.0.0.5:8443/hook",
        "https://localhost/hook",
        "https://LocalHost/hook",
        "https://127.1/hook",
        "https://2130706433/hook",
        "https://0x7f.1/hook",
    ],
)
async def test_an_address_that_leads_inside_is_refused(url: str) -> None:
    with pytest.raises(ServiceError) as refusal:
        await check_target(url, allow_private=False)
    assert refusal.value.code == "webhook_address_refused"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "ftp://example.com/hook",
        "file:///etc/passwd",
        "https://",
        "example.com/hook",
        "https://user:secret@example.com/hook",
        "https://example.com/hook#part",
        "https://example.com:99999/hook",
        "https://example.com/" + "x" * 2000,
        "",
    ],
)
def test_an_address_of_the_wrong_form_is_refused(url: str) -> None:
    with pytest.raises(ServiceError) as refusal:
        check_url(url, allow_private=False)
    assert refusal.value.code == "webhook_url_invalid"


async def test_a_number_of_our_network_cannot_be_subscribed(
    services: Any, admin: Principal
) -> None:
    strict = IntegrationSettings(webhook_allow_private_addresses=False)
    async with services.db.unit() as unit:
        with pytest.raises(ServiceError, match="webhook_address_refused"):
            await service.subscribe(unit, admin, strict, "https://192.168.0.1/hook")


async def test_a_name_that_leads_inside_is_refused_when_the_webhook_is_sent(
    services: Any, receiver: Any, admin: Principal, look: Any
) -> None:
    services.integrations = IntegrationSettings(webhook_allow_private_addresses=False)
    async with services.db.unit() as unit:
        await service.subscribe(
            unit, admin, services.integrations, f"https://localhost:{receiver.port}/hook"
        )
        await service.record(unit, 1, "kb.doc.deleted", "system", {"docId": "d"})
    await deliver_due(services)
    [row] = await look.deliveries()
    assert (row["status"], row["last_error"]) == ("pending", "webhook_address_refused")
    assert receiver.requests == []
