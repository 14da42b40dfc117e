"""Clients of every channel: they say, choose, pay, and look at their screen."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Sequence
from typing import Any, Protocol
from uuid import uuid4

import httpx
from typing_extensions import override

from tests.contracts.channels.driver import Client, Shown, ShownFile
from tests.journeys.messengers.script import STEPS, Step

PATIENCE = 120.0
LOOKS_EVERY = 0.15
PAYS_AT = "/polis/pay/"


class Phone(Protocol):
    """What a person has in hand: a messenger or the site."""

    async def say(self, text: str) -> Any:
        """Write."""
        ...

    async def press(self, number: int) -> Any:
        """Press a button of the last message that has some, counted from 1."""
        ...

    async def shown(self) -> Sequence[Shown]:
        """Messages of ours on the screen, oldest first."""
        ...


class Buyer:
    """A person who buys by the script.

    Args:
        name: of the channel.
        phone: how they talk.
        http: a browser, for the insurer's page.
    """

    def __init__(self, name: str, phone: Phone, http: httpx.AsyncClient) -> None:
        self.name = name
        self.phone = phone
        self.pressed: list[str] = []
        self.typed: list[str] = []  # numbers of choices
        self._http = http
        self._seen = 0

    async def buy(self, all_here: asyncio.Barrier) -> None:
        """From the first word to the last.

        Args:
            all_here: everybody pays at the same time, because they insure the same car, and from the
                first policy on the insurers answer questions about that car otherwise.
        """
        for step in STEPS:
            if step.pays:
                await all_here.wait()
                await self._pay()
            await self.act(step)
            await self.until(step.answer)

    async def act(self, step: Step) -> None:
        """Say one message, by a button or by a number where it has one."""
        if not step.choice:
            self._seen = len(await self.phone.shown())
            await self.phone.say(step.words)
            return
        button, number = await self._choice(step.choice)
        self._seen = len(await self.phone.shown())
        if button:
            self.pressed.append(step.choice)
            await self.phone.press(button)
        else:
            self.typed.append(number)
            await self.phone.say(number)

    async def _choice(self, title: str) -> tuple[int, str]:
        """The place of a button, or the number to type; a long reply comes piece by piece."""
        give_up = asyncio.get_running_loop().time() + PATIENCE
        while asyncio.get_running_loop().time() < give_up:
            screen = await self.phone.shown()
            buttons = next((one.buttons for one in reversed(screen) if one.buttons), ())
            for place, shown in enumerate(buttons, 1):
                if shown.startswith(title):
                    return place, ""
            said = "\n".join(one.text for one in screen)
            found = re.findall(rf"^(\d+) — {title}", said, re.MULTILINE)
            if found:
                return 0, found[-1]
            await asyncio.sleep(LOOKS_EVERY)
        raise AssertionError(f"{self.name}: «{title}» cannot be chosen")

    async def until(self, words: str) -> None:
        """Wait until a new message has these words."""
        give_up = asyncio.get_running_loop().time() + PATIENCE
        while True:
            new = list(await self.phone.shown())[self._seen :]
            if any(words in one.text for one in new):
                return
            late = asyncio.get_running_loop().time() > give_up
            assert not late, f"{self.name}: «{words}» never came, but {[one.text for one in new]}"
            await asyncio.sleep(LOOKS_EVERY)

    async def policy(self) -> ShownFile:
        """The file of the policy, as it was got first."""
        return next(one.file for one in await self.phone.shown() if one.file and not one.voice)

    async def _pay(self) -> None:
        """Open the link, press «Оплатить» there, wait for the policy."""
        screen = await self.phone.shown()
        self._seen = len(screen)
        told = [link for one in screen for link in (*one.links, *_addresses(one.text))]
        page = next(link for link in reversed(told) if PAYS_AT in link)
        answer = await self._http.post(page, data={"action": "pay"})
        assert answer.status_code < 400, answer.text
        await self.until("Готово!")
        give_up = asyncio.get_running_loop().time() + PATIENCE
        while not any(one.file and not one.voice for one in await self.phone.shown()):
            assert asyncio.get_running_loop().time() < give_up, "the policy never came"
            await asyncio.sleep(LOOKS_EVERY)


class Speaker(Buyer):
    """A person who only speaks.

    Args:
        client: a messenger with voice messages.
        sandbox: the emulated world, which makes the sound and hears what the script says.
    """

    def __init__(self, name: str, client: Client, http: httpx.AsyncClient, sandbox: str) -> None:
        super().__init__(name, client, http)
        self._client = client
        self._sandbox = sandbox

    @override
    async def buy(self, all_here: asyncio.Barrier) -> None:
        """Ask for spoken replies first."""
        await self.speak("отвечай голосом")
        await self.until("голосом")
        await super().buy(all_here)

    @override
    async def act(self, step: Step) -> None:
        """Speak; confirm what was heard when the assistant wants to be sure."""
        await self.speak(step.words)
        if await self._is_asked_back(step.answer):
            await self.speak("да, всё верно")

    async def speak(self, words: str) -> None:
        """Record a message that is heard so."""
        self._seen = len(await self.phone.shown())
        asked = {"model": "tts-1", "input": f"{words} {uuid4()}"}
        sound = await self._http.post(f"{self._sandbox}/voice/v1/audio/speech", json=asked)
        digest = hashlib.sha256(sound.content).hexdigest()
        heard = {"text": words, "sha256": digest, "path": "/transcriptions", "times": None}
        answer = await self._http.post(f"{self._sandbox}/control/voice/answers", json=heard)
        assert answer.status_code == 201
        await self._client.voice(sound.content)

    async def _is_asked_back(self, answer: str) -> bool:
        give_up = asyncio.get_running_loop().time() + PATIENCE
        while asyncio.get_running_loop().time() < give_up:
            new = [one.text for one in list(await self.phone.shown())[self._seen :]]
            if any(answer in text for text in new):
                return False
            if any("Услышал" in text for text in new):
                return True
            await asyncio.sleep(LOOKS_EVERY)
        raise AssertionError(f"no answer to what was said; «{answer}» was expected")


class Site:
    """The widget of the site, by the calls that it makes.

    Args:
        http: client with the product's address.
    """

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self.session = self._token = ""

    async def open(self) -> None:
        """Open the chat."""
        key = str(uuid4())
        body = {"channel": "web", "channelUserId": key}
        made = await self._call("POST", "sessions", body, {"Idempotency-Key": key})
        self.session, self._token = made["id"], made["accessToken"]

    async def say(self, text: str) -> None:
        """Write."""
        body = {"sessionId": self.session, "sender": "user", "text": text}
        await self._call("POST", "messages", body | {"clientMessageId": str(uuid4())})

    async def press(self, number: int) -> None:
        """Press a quick reply or «Выбрать» of an offer."""
        last = [one for one in await self._items() if _choices(one)][-1]
        await self.say(_choices(last)[number - 1][1])

    async def shown(self) -> Sequence[Shown]:
        """What is on the screen."""
        return [await self._shown(one) for one in await self._items()]

    async def _items(self) -> list[dict[str, Any]]:
        page = await self._call("GET", f"sessions/{self.session}/messages?cursor=0&limit=100")
        return [item for item in page["items"] if item["sender"] != "user"]

    async def _shown(self, item: dict[str, Any]) -> Shown:
        metadata = item.get("metadata") or {}
        card = next(iter(metadata.get("files") or ()), None)
        file = None
        if card:
            got = await self._http.get(card["url"])
            file = ShownFile(card["name"], got.headers["content-type"], got.content)
        link = (metadata.get("payment") or {}).get("url")
        titles = tuple(title for title, _ in _choices(item))
        return Shown(str(item["id"]), item["text"], titles, (link,) if link else (), file)

    async def _call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        sent = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        url = f"/v1/chat/{path}"
        answer = await self._http.request(method, url, json=body, headers=sent | (headers or {}))
        assert answer.is_success, answer.text
        return answer.json()


def _choices(item: dict[str, Any]) -> list[tuple[str, str]]:
    metadata = item.get("metadata") or {}
    offers = [(card["company"], card["value"]) for card in metadata.get("offers") or ()]
    quick = metadata.get("quickReplies") or ()
    return offers + [(one["title"], one.get("value") or one["title"]) for one in quick]


def _addresses(text: str) -> list[str]:
    return re.findall(r"https?://[^\s)]+", text)
