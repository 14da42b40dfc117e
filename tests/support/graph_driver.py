"""Drives WhatsApp Cloud and Instagram through the emulated Graph API."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from insurance_chat.channels.ports import ChannelAdapter
from insurance_chat.sandbox.graph.courier import sign
from tests.contracts.channels.driver import Fault, Shown, ShownFile

CONTROL = "/control/graph"
_CLIENTS = itertools.count(79030002000)
_FAULTS = {
    Fault.STATUS: "status",
    Fault.LATER: "status",
    Fault.REFUSED: "status",
    Fault.DELAY: "delay",
    Fault.CUT: "cut_after_work",
}


class GraphClient:
    """A person with the messenger.

    Args:
        chat: digits of the phone, or an id in Instagram.
    """

    def __init__(self, messenger: GraphMessenger, chat: str) -> None:
        self._messenger, self.chat = messenger, chat

    async def _act(self, action: str, **told: Any) -> str:
        path = f"/{self._messenger.account}/clients/{self.chat}"
        answer = await self._messenger.post(path, {"action": action, **told})
        return str(answer["id"])

    async def _file(self, kind: str, data: bytes, mime: str, **more: Any) -> str:
        content = base64.b64encode(data).decode()
        return await self._act("file", kind=kind, data=content, mime=mime, **more)

    async def say(self, text: str) -> str:
        """Write a message."""
        return await self._act("say", text=text)

    async def press(self, number: int) -> str:
        """Press a button of the last message that has some."""
        last = [one for one in await self._messages() if one["buttons"]][-1]
        return await self._act("press", id=last["id"], button=last["buttons"][number - 1]["id"])

    async def voice(self, data: bytes) -> str:
        """Record a voice message."""
        return await self._file("audio", data, "audio/ogg", voice=True)

    async def photo(self, data: bytes, caption: str = "") -> str:
        """Send a picture."""
        return await self._file("image", data, "image/jpeg", text=caption)

    async def document(self, name: str, mime: str, data: bytes) -> str:
        """Send a file."""
        return await self._file("document", data, mime, name=name)

    async def contact(self, phone: str) -> str:
        """Share a card with the number."""
        return await self._act("contact", name="Анна", phone=phone)

    async def location(self, latitude: float, longitude: float) -> str:
        """Share a place."""
        return await self._act("location", latitude=latitude, longitude=longitude)

    async def start(self, payload: str) -> str:
        """Come by a link `ig.me/m/…?ref=` and write."""
        return await self._act("say", text="Здравствуйте", ref=payload)

    async def edit(self, message_id: str, text: str) -> None:
        """Change what was written."""
        await self._act("edit", id=message_id, text=text)

    async def delete(self, message_id: str) -> None:
        """Take back what was written."""
        await self._act("delete", id=message_id)

    async def block(self, *, blocked: bool = True) -> None:
        """Meta does not tell of it by itself."""
        await self._act("block", on=blocked)

    async def receive(self, message_id: str, *, read: bool = False) -> None:
        """A status of our message."""
        await self._act("receive", id=message_id, on=read)

    async def owner_says(self, text: str) -> str:
        """The owner answers in the application."""
        return await self._act("owner", text=text)

    async def _messages(self) -> list[dict[str, Any]]:
        path = f"{CONTROL}/{self._messenger.account}/clients/{self.chat}"
        found = (await self._messenger.http.get(path)).json()["messages"]
        return [one for one in found if one["by"] == "business"]

    async def shown(self) -> Sequence[Shown]:
        """What is on the screen."""
        return [await self._messenger.shown(one) for one in await self._messages()]


class GraphMessenger:
    """A running emulator with one account of ours.

    Args:
        url: where the sandbox is.
        kind: `whatsapp_business_account` or `instagram`, as webhooks name it.
        account: id of the account of ours.
        build: makes the adapter for the address of the Graph API.
        refusal: code of an error that says «this message never».
        word: the «маркер» that our pages show to be pasted with the address.
    """

    def __init__(
        self,
        url: str,
        kind: str,
        account: str,
        build: Callable[[str, httpx.AsyncClient], ChannelAdapter],
        refusal: int,
        word: Callable[[], str] = str,
    ) -> None:
        self.kind, self.account = kind, account
        self.http = httpx.AsyncClient(base_url=url, trust_env=False, timeout=30)
        self._adapter_http = httpx.AsyncClient(trust_env=False)
        self._adapter = build(f"{url}/graph", self._adapter_http)
        self._refusal = refusal
        self.word = word
        self._form: dict[str, str] = {}

    async def open(self) -> None:
        """Read what the administrator would copy from the panel of Meta."""
        state = await self.look()
        product = "instagram" if self.kind == "instagram" else "whatsapp"
        token = next(one["id"] for one in state["tokens"] if one["product"] == product)
        self._form = {"token": token, "app_secret": state["app"]["secret"]}
        card = next(one for one in state["accounts"] if one["id"] == self.account)
        if product == "instagram":
            self._form["account_id"] = self.account
        else:
            self._form |= {"phone_number_id": self.account, "waba_id": card["waba"]}
        await self.calm()

    async def reset(self) -> None:
        """An empty Meta."""
        await self.http.post("/control/reset")
        await self.open()

    async def calm(self) -> None:
        """Behave well again; the phone of a client gets nothing before `receive` says so."""
        await self.post("/behave", {})
        await self.behave(auto_status=["sent"])

    @property
    def adapter(self) -> ChannelAdapter:
        """The adapter under test."""
        return self._adapter

    @property
    def form(self) -> Mapping[str, str]:
        """What the administrator types."""
        return self._form

    async def close(self) -> None:
        """Let go of connections."""
        await self.http.aclose()
        await self._adapter_http.aclose()

    async def joined(self, hook_url: str) -> None:
        """Paste the address into the panel, where the adapter cannot set it itself."""
        if self.kind == "instagram":
            told = {"object": self.kind, "url": hook_url, "verify_token": self.word()}
            await self.post("/callbacks", told)

    async def post(self, path: str, told: dict[str, Any]) -> dict[str, Any]:
        """One act at the control of the emulator."""
        answer = await self.http.post(CONTROL + path, json=told)
        assert answer.is_success, answer.text
        content: dict[str, Any] = answer.json()
        return content

    async def behave(self, **changes: Any) -> None:
        """Change lasting misbehaviour."""
        answer = await self.http.patch(f"{CONTROL}/behaviour", json=changes)
        assert answer.is_success, answer.text

    async def look(self) -> dict[str, Any]:
        """What the emulator knows."""
        content: dict[str, Any] = (await self.http.get(CONTROL)).json()
        return content

    async def client(self) -> GraphClient:
        """A new person."""
        return GraphClient(self, str(next(_CLIENTS)))

    async def shown(self, message: dict[str, Any]) -> Shown:
        """A message as the client sees it; WhatsApp's bold has single stars."""
        titles = [one.get("description") or one["title"] for one in message["buttons"]]
        return Shown(
            message["id"],
            message["text"].replace("*", ""),
            tuple(titles),
            (message["link"]["url"],) if message["link"] else (),
            await self._file(message["media"]),
            voice=bool(message["media"] and message["media"].get("voice")),
        )

    async def _file(self, media: dict[str, Any] | None) -> ShownFile | None:
        if not media:
            return None
        if "url" in media:
            data = (await self.http.get(media["url"])).content
        else:
            card = (await self.http.get(f"{CONTROL}/media/{media['id']}")).json()
            data = base64.b64decode(card["data"])
        return ShownFile(media["name"], media["mime"].partition(";")[0], data)

    async def fail(
        self, fault: Fault, *, times: int = 1, status: int = 503, seconds: float = 0
    ) -> None:
        """The next sends end like this."""
        told: dict[str, Any] = {"operation": "messages", "kind": _FAULTS[fault], "times": times}
        if fault is Fault.LATER:
            told |= {"status": 429, "retry_after": int(seconds)}
        elif fault is Fault.REFUSED:
            told |= {"status": 400, "code": self._refusal}
        else:
            told |= {"status": status, "seconds": seconds}
        await self.post("/faults", told)

    async def duplicate(self, times: int) -> None:
        """Say everything so many times more."""
        await self.behave(duplicate_webhooks=times)

    async def hold(self) -> None:
        """Keep calls back."""
        await self.behave(hold_webhooks=True)

    async def release(self, *, reverse: bool = False) -> None:
        """Tell what was kept back."""
        answer = await self.http.post(f"{CONTROL}/release", params={"reverse": reverse})
        assert answer.is_success, answer.text

    async def calls(self) -> int:
        """Tries to send."""
        return int((await self.look())["counts"].get("messages", 0))

    async def typings(self) -> int:
        """How often «печатает» was shown."""
        return int((await self.look())["counts"].get("typing", 0))

    async def _call(self, hook_url: str, body: bytes, secret: str) -> int:
        headers = {"X-Hub-Signature-256": sign(secret, body), "Content-Type": "application/json"}
        return (await self.http.post(hook_url, content=body, headers=headers)).status_code

    async def forge(self, hook_url: str) -> int:
        """Call with a wrong signature."""
        body = b'{"object": "%s", "entry": []}' % self.kind.encode()
        return await self._call(hook_url, body, "guessed")

    async def babble(self, hook_url: str) -> int:
        """Call, signed, with what is no event."""
        return await self._call(hook_url, b'{"hello": [', self._form["app_secret"])

    async def die(self) -> None:
        """Every token is revoked, renewed ones included."""
        for token in (await self.look())["tokens"]:
            await self.post(f"/tokens/{token['id']}/revoke", {})

    async def rise(self) -> None:
        """The token of the form is allowed again in the panel of Meta."""
        await self.post(f"/tokens/{self._form['token']}/change", {"valid": True})

    async def close_window(self) -> None:
        """A day has passed."""
        await self.behave(clock_shift_hours=25)
