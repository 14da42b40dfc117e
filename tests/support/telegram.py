"""The emulated Telegram as tests use it: people, bots, and the driver of the channel contract."""

from __future__ import annotations

import asyncio
import base64
import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

import httpx

from insurance_chat.channels.ports import ChannelAdapter, Pace
from insurance_chat.channels.telegram.adapter import TelegramAdapter
from insurance_chat.channels.telegram.library import Library
from insurance_chat.channels.telegram.settings import TelegramSettings
from insurance_chat.sandbox.app import create_sandbox_app
from tests.contracts.channels.driver import Fault, Feature, Shown, ShownFile
from tests.support.sandbox_server import served

BOT = 123456789
TOKEN = f"{BOT}:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
OWNER = 800000001
SENDS = ("sendMessage", "sendDocument", "sendVoice", "sendPhoto")
Mode = Literal["polling", "webhook"]


class TelegramClient:
    """A person with Telegram.

    Args:
        messenger: the emulator.
        number: the person.
    """

    def __init__(self, messenger: TelegramMessenger, number: int) -> None:
        self._messenger = messenger
        self.number = number

    async def _act(self, verb: str, **told: Any) -> dict[str, Any]:
        told |= {"business": self._messenger.business} if verb not in ("block", "unblock") else {}
        body = await self._messenger.post(f"/bots/{BOT}/clients/{self.number}/{verb}", told)
        await self._messenger.heard()
        return body

    async def _say(self, **told: Any) -> str:
        return str((await self._act("say", **told))["message_id"])

    async def say(self, text: str) -> str:
        """Write a message."""
        return await self._say(text=text, first_name="Анна")

    async def press(self, number: int) -> str:
        """Press a button of the last message that has some."""
        lines = [line["message"] for line in await self.lines("bot")]
        last = [message for message in lines if _buttons(message)][-1]
        data = _buttons(last)[number - 1]["callback_data"]
        pressed = await self._act("press", message_id=last["message_id"], data=data)
        return f"press:{pressed['id']}"

    async def send(self, kind: str, data: bytes, **told: Any) -> str:
        """Send a file."""
        content = base64.b64encode(data).decode()
        return str((await self._act("send", kind=kind, content=content, **told))["message_id"])

    async def voice(self, data: bytes) -> str:
        """Record a voice message."""
        return await self.send("voice", data)

    async def photo(self, data: bytes, caption: str = "") -> str:
        """Send a picture."""
        return await self.send("photo", data, caption=caption)

    async def document(self, name: str, mime: str, data: bytes) -> str:
        """Send a file."""
        return await self.send("document", data, name=name, mime=mime)

    async def tell(self, **content: Any) -> str:
        """Send anything else."""
        return str((await self._act("tell", content=content))["message_id"])

    async def contact(self, phone: str) -> str:
        """Share the own number."""
        card = {"phone_number": phone, "first_name": "Анна", "user_id": self.number}
        return await self.tell(contact=card)

    async def location(self, latitude: float, longitude: float) -> str:
        """Share a place."""
        return await self.tell(location={"latitude": latitude, "longitude": longitude})

    async def start(self, payload: str) -> str:
        """Come by an invitation link."""
        return await self.say(f"/start {payload}")

    async def edit(self, message_id: str, text: str) -> None:
        """Change what was written."""
        await self._act("edit", message_id=int(message_id), text=text)

    async def delete(self, message_id: str) -> None:
        """Take back what was written."""
        await self._act("delete", message_id=int(message_id))

    async def block(self, *, blocked: bool = True) -> None:
        """Stop the bot, or let it write again."""
        await self._act("block" if blocked else "unblock")

    async def about(self, **told: Any) -> None:
        """Be named otherwise, or forbid voice messages."""
        await self._messenger.post(f"/bots/{BOT}/clients/{self.number}/about", told)

    async def receive(self, message_id: str, *, read: bool = False) -> None:
        """Telegram does not tell."""
        raise NotImplementedError(message_id, read)

    async def owner_says(self, text: str) -> str:
        """The owner of the account answers by hand."""
        return await self._say(text=text, owner=True)

    async def lines(self, side: str) -> list[dict[str, Any]]:
        """What one side has written, as the emulator keeps it."""
        path = f"/bots/{BOT}/clients/{self.number}/messages"
        body = await self._messenger.get(path, business=self._messenger.business)
        return [line for line in body["messages"] if line["side"] == side]

    async def shown(self) -> Sequence[Shown]:
        """What is on the screen."""
        return [await self._messenger.shown(line["message"]) for line in await self.lines("bot")]


class TelegramMessenger:
    """A running emulator with one bot, or with a bot connected to somebody's account."""

    def __init__(
        self, url: str, mode: Mode, *, business: bool = False, poll_seconds: int = 1
    ) -> None:
        self.url = f"{url}/telegram"
        self.mode = mode
        self.business = ""
        self._token = TOKEN
        self._wants_business = business
        self._http = httpx.AsyncClient(trust_env=False, timeout=30)
        self._adapter_http = httpx.AsyncClient(trust_env=False)
        settings = TelegramSettings(
            telegram_api_url=self.url,
            telegram_mode=mode,
            telegram_poll_seconds=poll_seconds,
            telegram_timeout_seconds=5,
        )
        self.telegram = TelegramAdapter(settings, self._adapter_http)
        self.telegram.pace = Pace(1000, 1000)
        self._numbers = itertools.count(700000001)
        self._clients: list[TelegramClient] = []

    @property
    def adapter(self) -> ChannelAdapter:
        """The adapter under test."""
        return self.telegram

    @property
    def form(self) -> Mapping[str, str]:
        """What the administrator types."""
        return {"token": self._token}

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.aclose()
        await self._adapter_http.aclose()

    async def post(self, path: str, told: dict[str, Any]) -> dict[str, Any]:
        """One act at the control of the emulator."""
        answer = await self._http.post(f"{self.url}/control{path}", json=told)
        assert answer.is_success, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        """What the control of the emulator shows."""
        answer = await self._http.get(f"{self.url}/control{path}", params=query)
        assert answer.is_success, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def api(self, method: str, **fields: Any) -> httpx.Response:
        """A call of the Bot API past the adapter."""
        return await self._http.post(f"{self.url}/bot{TOKEN}/{method}", json=fields)

    async def prepared(self) -> None:
        """No limits, so that tests do not wait, and the library loaded, as after the first poll."""
        await Library().load()
        await self.post("/pace", {"account": 10000, "chat": 10000, "burst": 10000})

    async def reset(self) -> None:
        """An empty Telegram."""
        self.business, self._token = "", TOKEN
        await self._http.post(f"{self.url.removesuffix('/telegram')}/control/reset")
        await self.prepared()

    async def calm(self) -> None:
        """Behave well again."""
        await self._http.delete(f"{self.url}/control/faults")
        await self.prepared()

    async def joined(self, _hook_url: str) -> None:
        """The owner of an account connects the bot in the settings of Telegram."""
        if self._wants_business:
            await self.post(f"/bots/{BOT}", {"business": True})
            self.business = await self.connect_account()

    async def connect_account(self, owner: int = OWNER, **told: Any) -> str:
        """Connect the bot to a person's account; gives the connection."""
        about = {"owner": owner, "first_name": "Олег", "username": f"owner{owner}"}
        link = await self.post(f"/bots/{BOT}/business", about | told)
        return str(link["id"])

    async def heard(self) -> None:
        """Wait until our door has taken what happened; a polled bot takes it when it asks."""
        if self.mode == "webhook":
            await self.until("pending", 0)

    async def until(self, name: str, count: int) -> None:
        """Wait until so many updates (`pending`) or calls for updates (`polls`) wait."""
        for _ in range(1000):
            if (await self.get(f"/bots/{BOT}"))[name] == count:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{name} of the bot never became {count}")

    async def client(self) -> TelegramClient:
        """A new person."""
        made = TelegramClient(self, next(self._numbers))
        self._clients.append(made)
        return made

    async def shown(self, message: dict[str, Any]) -> Shown:
        """A message as the client sees it."""
        file = None
        kind = next((one for one in ("voice", "document", "photo") if one in message), "")
        if kind:
            card = message[kind][-1] if kind == "photo" else message[kind]
            answer = await self._http.get(f"{self.url}/control/files/{card['file_id']}")
            mime = answer.headers["content-type"].partition(";")[0]
            file = ShownFile(card.get("file_name", ""), mime, answer.content)
        rows = (message.get("reply_markup") or {}).get("inline_keyboard") or []
        return Shown(
            str(message["message_id"]),
            message.get("text") or message.get("caption") or "",
            tuple(button["text"] for button in _buttons(message)),
            tuple(button["url"] for row in rows for button in row if "url" in button),
            file,
            voice=kind == "voice",
        )

    async def fail(
        self, fault: Fault, *, times: int = 1, status: int = 503, seconds: float = 0
    ) -> None:
        """The next sends end like this."""
        told: dict[str, Any] = {"operation": "send", "times": times}
        told |= {
            Fault.STATUS: {"kind": "status", "status": status},
            Fault.LATER: {"kind": "status", "status": 429, "retry_after": round(seconds)},
            Fault.DELAY: {"kind": "delay", "seconds": seconds},
            Fault.CUT: {"kind": "cut_after_work"},
            Fault.REFUSED: {"kind": "status", "status": 400},
        }[fault]
        await self.post("/faults", told)

    async def duplicate(self, times: int) -> None:
        """Give every update so many times more."""
        await self.post("/delivery", {"duplicate": times})

    async def hold(self) -> None:
        """Keep updates back."""
        await self.post("/delivery", {"hold": True})

    async def release(self, *, reverse: bool = False) -> None:
        """Give what was kept back."""
        await self.post("/delivery", {"reorder": reverse})
        if reverse:
            await self.until("pending", 0)
            await self.post("/delivery", {})
        await self.heard()

    async def _count(self, *methods: str) -> int:
        calls = (await self.get("/calls"))["calls"]
        return sum(call["method"] in methods for call in calls)

    async def calls(self) -> int:
        """Tries to send."""
        return await self._count(*SENDS)

    async def typings(self) -> int:
        """How often «печатает» was shown."""
        return await self._count("sendChatAction")

    async def forge(self, hook_url: str) -> int:
        """Call with a wrong secret."""
        message = {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": "а"}
        headers = {"X-Telegram-Bot-Api-Secret-Token": "guessed"}
        body = {"update_id": 1, "message": message}
        return (await self._http.post(hook_url, json=body, headers=headers)).status_code

    async def babble(self, hook_url: str) -> int:
        """Call, with the right secret, with what is no update."""
        bot = await self.get(f"/bots/{BOT}")
        headers = {"X-Telegram-Bot-Api-Secret-Token": bot["webhook"]["secret"]}
        answer = await self._http.post(hook_url, content=b'{"hello": [', headers=headers)
        return answer.status_code

    async def die(self) -> None:
        """@BotFather has revoked the token."""
        await self.post(f"/bots/{BOT}", {"revoked": True})

    async def rise(self) -> None:
        """@BotFather has given a new token."""
        await self.post(f"/bots/{BOT}", {"revoked": False})
        self._token = f"{TOKEN[:-1]}x"

    async def close_window(self) -> None:
        """A day and an hour have passed since clients wrote."""
        for client in self._clients:
            path = f"/bots/{BOT}/clients/{client.number}/age?business={self.business}&hours=25"
            await self._http.post(f"{self.url}/control{path}")


def _buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    rows = (message.get("reply_markup") or {}).get("inline_keyboard") or []
    return [button for row in rows for button in row if "callback_data" in button]


class TelegramDriver:
    """Starts the sandbox with the emulated Telegram.

    Args:
        mode: how updates come.
        cannot: what this kind of account cannot do.
        business: the bot answers in a person's own dialogues.
    """

    code = "telegram"

    def __init__(self, mode: Mode, cannot: frozenset[Feature], *, business: bool = False) -> None:
        self.mode: Mode = mode
        self.cannot = cannot
        self._business = business

    @asynccontextmanager
    async def start(self) -> AsyncIterator[TelegramMessenger]:
        """Serve the emulator and build the adapter."""
        with served(create_sandbox_app(time_scale=0)) as url:
            messenger = TelegramMessenger(url, self.mode, business=self._business)
            try:
                await messenger.prepared()
                yield messenger
            finally:
                await messenger.close()
