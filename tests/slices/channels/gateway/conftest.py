"""An account of the gateway with the emulator behind it and a door that writes down what comes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from insurance_chat.channels.ports import (
    Account,
    AccountChanged,
    ChatAddress,
    Connected,
    Happening,
    HookRequest,
)
from insurance_chat.channels.whatsapp_gateway.adapter import WhatsAppGateway
from insurance_chat.sandbox.app import create_sandbox_app
from tests.contracts.channels.drivers.whatsapp_gateway import GatewayMessenger
from tests.support.sandbox_server import served


@dataclass
class Door:
    """What stands for `/hooks/…`: reads with the adapter as the product does.

    Args:
        calls: raw calls by path.
    """

    url: str = ""
    refuse: int = 0
    calls: dict[str, list[HookRequest]] = field(default_factory=dict)

    async def __call__(self, request: Request) -> Response:
        """Take a call."""
        if self.refuse:
            self.refuse -= 1
            return Response(status_code=503)
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = HookRequest(headers, dict(request.query_params), await request.body())
        self.calls.setdefault(request.path_params["name"], []).append(call)
        return Response()

    def take(self, name: str) -> list[HookRequest]:
        """Calls since the last look."""
        return self.calls.pop(name, [])


@dataclass
class Stand:
    """One account and its door."""

    messenger: GatewayMessenger
    adapter: WhatsAppGateway
    door: Door

    async def connect(self, device: str = "office", **form: str) -> tuple[Account, Connected]:
        """Connect a device and let the gateway know its address."""
        given = {**self.messenger.form, "device": device, **form}
        made = await self.adapter.connect(given)
        number = len(self.messenger.form) + len(device)
        account = Account(
            number,
            self.adapter.channel,
            made.external_id,
            made.title,
            made.secrets,
            made.options,
            f"{self.door.url}/{device}",
        )
        await self.adapter.begin(account)
        return account, made

    async def paired(self, device: str = "office") -> Account:
        """An account whose phone has been scanned and looked at."""
        account, _ = await self.connect(device)
        await self.messenger.pair(device)
        return await self.probed(account)

    async def probed(self, account: Account) -> Account:
        """The account with what a probe has found."""
        probe = await self.adapter.probe(account)
        return replace(account, options={**account.options, **probe.options})

    def read(self, account: Account, name: str = "office") -> list[Happening]:
        """What the calls at a door mean; every one has to be signed well."""
        found: list[Happening] = []
        for call in self.door.take(name):
            assert self.adapter.verify(account, call)
            for update in self.adapter.split(account, call.body):
                found += self.adapter.parse(account, update.body)
        return found

    def words(self, account: Account, name: str = "office") -> list[Happening]:
        """The same without news of the account."""
        return [one for one in self.read(account, name) if not isinstance(one, AccountChanged)]

    async def screen(self, chat: str) -> list[dict[str, Any]]:
        """Messages of ours in a chat."""
        found = (await self.messenger.look())["messages"]
        return [one for one in found if one["chat"] == chat and one["by"] == "api"]


ANNA = "79030001000@s.whatsapp.net"
TO_ANNA = ChatAddress(ANNA)


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[str, Door]]:
    """The emulator and the door, once for a file."""
    door = Door()
    app = Starlette(routes=[Route("/{name}", door.__call__, methods=["POST"])])
    with served(app) as url, served(create_sandbox_app(time_scale=0)) as sandbox:
        door.url = url
        yield sandbox, door


@pytest.fixture
async def stand(servers: tuple[str, Door]) -> AsyncIterator[Stand]:
    """An adapter before an emulator that knows nothing yet."""
    sandbox, door = servers
    door.calls.clear()
    door.refuse = 0
    messenger = GatewayMessenger(sandbox)
    await messenger.http.post("/control/reset")
    adapter = messenger.adapter
    assert isinstance(adapter, WhatsAppGateway)
    yield Stand(messenger, adapter, door)
    await messenger.close()
