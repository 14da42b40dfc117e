"""The emulated Graph API with a door of ours that keeps what it is called with."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from insurance_chat.channels.instagram.adapter import Instagram
from insurance_chat.channels.instagram.settings import InstagramSettings
from insurance_chat.channels.ports import (
    Account,
    ChannelAdapter,
    ChatAddress,
    Happening,
    HookRequest,
    RawUpdate,
)
from insurance_chat.channels.whatsapp_cloud.adapter import WhatsAppCloud
from insurance_chat.channels.whatsapp_cloud.settings import WhatsAppSettings
from insurance_chat.sandbox.app import create_sandbox_app
from tests.support.sandbox_server import served

WHATSAPP, SECOND_NUMBER, INSTAGRAM = "106540352242922", "106540352242923", "17841400008460056"
WABA = "102290129340398"


class Door:
    """Answers checks of the address with one adapter and keeps calls."""

    def __init__(self) -> None:
        self.calls: list[HookRequest] = []
        self.adapter: ChannelAdapter | None = None
        self.account: Account | None = None

    async def called(self, request: Request) -> PlainTextResponse:
        """A call of Meta."""
        body = await request.body()
        call = HookRequest(dict(request.headers), dict(request.query_params), body)
        if request.method == "GET":
            assert self.adapter is not None
            assert self.account is not None
            answer = self.adapter.challenge(self.account, call)
            return PlainTextResponse(answer or "", 403 if answer is None else 200)
        self.calls.append(call)
        return PlainTextResponse("EVENT_RECEIVED")

    def app(self) -> Starlette:
        """The door as an application."""
        return Starlette(routes=[Route("/hook", self.called, methods=["GET", "POST"])])


class Meta:
    """A connected account of ours, its adapter and the people who write to it."""

    def __init__(self, url: str, hook_url: str, door: Door, http: httpx.AsyncClient) -> None:
        self.url, self.hook_url, self.door, self.http = url, hook_url, door, http
        self.whatsapp = WhatsAppCloud(WhatsAppSettings(whatsapp_api_url=f"{url}/graph"), http)
        self.instagram = Instagram(InstagramSettings(instagram_api_url=f"{url}/graph"), http)
        self.adapter: ChannelAdapter = self.whatsapp
        self.account = Account(1, "whatsapp", WHATSAPP, "", {}, {})

    async def fresh(self) -> None:
        """Forget everything that an earlier test has done."""
        await self.control("flush")
        await self.http.post(f"{self.url}/control/reset")
        await self.control("behave")
        self.door.calls.clear()

    async def state(self) -> dict[str, Any]:
        """What the emulator knows."""
        answer = await self.http.get(f"{self.url}/control/graph")
        found: dict[str, Any] = answer.json()
        return found

    async def form(self, kind: str = "whatsapp", number: str = WHATSAPP) -> dict[str, str]:
        """Right values for the form «Подключить»."""
        state = await self.state()
        token = next(one["id"] for one in state["tokens"] if one["product"] == kind)
        values = {"token": token, "app_secret": state["app"]["secret"]}
        if kind == "instagram":
            return values | {"account_id": INSTAGRAM}
        return values | {"phone_number_id": number, "waba_id": WABA}

    async def connect(self, kind: str = "whatsapp", number: str = WHATSAPP) -> Account:
        """Connect an account and tell Meta our address."""
        self.adapter = self.whatsapp if kind == "whatsapp" else self.instagram
        made = await self.adapter.connect(await self.form(kind, number))
        self.account = Account(
            1, kind, made.external_id, made.title, made.secrets, made.options, self.hook_url
        )
        self.door.adapter, self.door.account = self.adapter, self.account
        await self.adapter.begin(self.account)
        if kind == "instagram":
            word = self.account.secrets["verify_token"]
            await self.control(
                "callbacks", object="instagram", url=self.hook_url, verify_token=word
            )
        return self.account

    async def control(self, path: str, **content: Any) -> dict[str, Any]:
        """Call the emulator's control."""
        answer = await self.http.post(f"{self.url}/control/graph/{path}", json=content)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def behave(self, **changes: Any) -> None:
        """Change how the emulator behaves."""
        await self.http.patch(f"{self.url}/control/graph/behaviour", json=changes)

    async def act(self, client: str, action: str, **content: Any) -> str:
        """A client does something; gives the id of the message."""
        path = f"{self.account.external_id}/clients/{client}"
        if isinstance(content.get("data"), bytes):
            content["data"] = base64.b64encode(content["data"]).decode()
        found = await self.control(path, action=action, **content)
        return str(found["id"])

    async def shown(self, client: str) -> list[dict[str, Any]]:
        """Messages of ours on the client's screen."""
        path = f"{self.account.external_id}/clients/{client}"
        answer = await self.http.get(f"{self.url}/control/graph/{path}")
        return [one for one in answer.json()["messages"] if one["by"] == "business"]

    async def updates(self) -> list[RawUpdate]:
        """What has come to our door so far, cut; the calls are forgotten."""
        await self.control("flush")
        calls, self.door.calls = self.door.calls, []
        for call in calls:
            assert self.adapter.verify(self.account, call)
        return [one for call in calls for one in self.adapter.split(self.account, call.body)]

    async def happened(self) -> list[Happening]:
        """What has come to our door so far, read."""
        updates = await self.updates()
        return [one for update in updates for one in self.adapter.parse(self.account, update.body)]

    async def send(self, client: str, part: Any, key: str = "k1", **extra: Any) -> str:
        """Send one part to a client."""
        return await self.adapter.send(self.account, ChatAddress(client, extra), part, key)


@contextmanager
def _running(door: Door) -> Iterator[tuple[str, str]]:
    with served(create_sandbox_app(time_scale=0)) as url, served(door.app()) as own:
        yield url, f"{own}/hook"


@asynccontextmanager
async def emulated() -> AsyncIterator[Meta]:
    """An emulator and a door of ours on loopback ports."""
    door = Door()
    with _running(door) as (url, hook_url):
        async with httpx.AsyncClient(trust_env=False) as http:
            yield Meta(url, hook_url, door, http)
