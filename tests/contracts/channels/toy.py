"""The reference driver: the toy messenger, called by webhooks or polled."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx

from insurance_chat.channels.ports import ChannelAdapter
from tests.contracts.channels.driver import Fault, Feature, Shown
from tests.contracts.channels.toy_adapter import PollingToyAdapter, ToyAdapter
from tests.contracts.channels.toy_server import TOKEN, Planned, ToyServer, ToyState, dumped, sign
from tests.support.sandbox_server import served


class ToyClient:
    """A person with the toy messenger."""

    def __init__(self, messenger: ToyMessenger, chat: str) -> None:
        self._messenger, self.chat = messenger, chat

    @property
    def _state(self) -> Any:
        return self._messenger.server.state

    async def _happen(self, what: str, **more: Any) -> str:
        number = f"m{next(self._state.numbers)}"
        await self._messenger.happen({"what": what, "chat": self.chat, "id": number, **more})
        return number

    async def say(self, text: str) -> str:
        """Write a message."""
        return await self._happen("message", text=text)

    async def press(self, number: int) -> str:
        """Press a button of the last message that has some."""
        last = [one for one in self._state.shown[self.chat] if one.buttons][-1]
        payload = self._state.payloads[last.id][number - 1]
        return await self._happen("message", pressed=payload, text=last.buttons[number - 1])

    async def _file(self, kind: str, name: str, mime: str, data: bytes, text: str = "") -> str:
        ref = uuid4().hex
        self._state.files[ref] = data
        media = {"kind": kind, "ref": ref, "name": name, "mime": mime, "size": len(data)}
        return await self._happen("message", text=text, media=[media])

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
        """Share the own number."""
        return await self._happen("message", text=f"Мой телефон {phone}", phone=phone)

    async def location(self, latitude: float, longitude: float) -> str:
        """Share a place."""
        return await self._happen("message", text=f"Моё место: {latitude}, {longitude}")

    async def start(self, payload: str) -> str:
        """Come by an invitation link."""
        return await self._happen("message", start=payload, text="")

    async def edit(self, message_id: str, text: str) -> None:
        """Change what was written."""
        await self._happen("edit", id=message_id, text=text)

    async def delete(self, message_id: str) -> None:
        """Take back what was written."""
        await self._happen("delete", id=message_id)

    async def block(self, *, blocked: bool = True) -> None:
        """Forbid us to write, or allow it."""
        self._state.blocked.add(self.chat) if blocked else self._state.blocked.discard(self.chat)
        await self._happen("block", blocked=blocked)

    async def receive(self, message_id: str, *, read: bool = False) -> None:
        """A status of our message."""
        await self._happen("status", id=message_id, progress="read" if read else "delivered")

    async def owner_says(self, text: str) -> str:
        """The owner answers by hand."""
        return await self._happen("owner", text=text)

    async def shown(self) -> Sequence[Shown]:
        """What is on the screen."""
        return list(self._state.shown[self.chat])


class ToyMessenger:
    """A running toy server with one account."""

    def __init__(self, server: ToyServer, adapter: ToyAdapter) -> None:
        self.server = server
        self._adapter = adapter
        self._http = httpx.AsyncClient(trust_env=False)
        self._held: list[dict[str, Any]] | None = None
        self._again = 0
        self._number = 0

    @property
    def adapter(self) -> ChannelAdapter:
        """The adapter under test."""
        return self._adapter

    @property
    def form(self) -> Mapping[str, str]:
        """What the administrator types."""
        return {"token": TOKEN}

    async def joined(self, _hook_url: str) -> None:
        """The adapter has set the webhook itself."""

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.aclose()
        await self._adapter.close()

    async def happen(self, update: dict[str, Any]) -> None:
        """Something happened: call, keep for polling, or hold back."""
        self._number += 1
        update = {**update, "n": self._number}
        if self._held is not None:
            self._held.append(update)
        else:
            await self._tell(update)

    async def _tell(self, update: dict[str, Any]) -> None:
        if not self.server.state.hook:
            self.server.state.updates += [update] * (1 + self._again)
            return
        for _ in range(1 + self._again):
            answer = await self._call(self.server.state.hook, dumped(update))
            assert answer == 200, answer

    async def _call(self, url: str, body: bytes, signature: str = "") -> int:
        headers = {"x-toy-signature": signature or sign(body), "content-type": "application/json"}
        return (await self._http.post(url, content=body, headers=headers)).status_code

    async def reset(self) -> None:
        """A new messenger; numbers go on, as nowhere a number comes a second time."""
        self.server.state = ToyState(numbers=self.server.state.numbers)
        await self.calm()

    async def calm(self) -> None:
        """Behave well again."""
        self.server.state.faults.clear()
        self._again, self._held = 0, None

    async def client(self) -> ToyClient:
        """A new person."""
        return ToyClient(self, f"c{uuid4().hex[:10]}")

    async def fail(
        self, fault: Fault, *, times: int = 1, status: int = 503, seconds: float = 0
    ) -> None:
        """The next sends end like this."""
        self.server.state.faults.extend([Planned(fault, status, seconds)] * times)

    async def duplicate(self, times: int) -> None:
        """Say everything so many times more."""
        self._again = times

    async def hold(self) -> None:
        """Keep updates back."""
        self._held = []

    async def release(self, *, reverse: bool = False) -> None:
        """Tell what was kept back."""
        held, self._held = self._held or [], None
        for update in reversed(held) if reverse else held:
            await self._tell(update)

    async def calls(self) -> int:
        """Tries to send."""
        return self.server.state.calls

    async def typings(self) -> int:
        """How often «печатает» was shown."""
        return self.server.state.typings

    async def forge(self, hook_url: str) -> int:
        """Call with a wrong signature."""
        body = dumped({"what": "message", "chat": "c1", "id": "m1", "n": 1, "text": "подделка"})
        return await self._call(hook_url, body, "0" * 64)

    async def babble(self, hook_url: str) -> int:
        """Call, signed, with what is no update."""
        return await self._call(hook_url, b'{"hello": [')

    async def die(self) -> None:
        """The token is revoked."""
        self.server.state.dead = True

    async def rise(self) -> None:
        """The token works again."""
        self.server.state.dead = False

    async def close_window(self) -> None:
        """Free text is refused from now on."""
        self.server.state.window_closed = True


class ToyDriver:
    """Starts a toy messenger.

    Args:
        polling: updates are asked for instead of sent to our door.
    """

    def __init__(self, *, polling: bool) -> None:
        self.code = "toy_polled" if polling else "toy"
        self.cannot = (
            frozenset({Feature.HOOKS, Feature.SIGNS}) if polling else frozenset({Feature.POLLS})
        )
        self._polling = polling

    @asynccontextmanager
    async def start(self) -> AsyncIterator[ToyMessenger]:
        """Serve the emulator and build the adapter."""
        server = ToyServer()
        with served(server.app) as url:
            kind = PollingToyAdapter if self._polling else ToyAdapter
            messenger = ToyMessenger(server, kind(url, self.code, polling=self._polling))
            try:
                yield messenger
            finally:
                await messenger.close()


DRIVER = ToyDriver(polling=False)
POLLED = ToyDriver(polling=True)
