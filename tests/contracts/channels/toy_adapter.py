"""The adapter of the toy messenger: what every adapter has to do, and nothing else."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import httpx

from insurance_chat.channels.ports import (
    Account,
    Blocked,
    Capabilities,
    ChannelError,
    ChatAddress,
    Connected,
    Deleted,
    Edited,
    Failure,
    Field,
    FilePart,
    Happening,
    HookRequest,
    Incoming,
    MediaKind,
    MediaRef,
    OwnerWrote,
    Pace,
    Part,
    Person,
    Probe,
    Progress,
    RawUpdate,
    Secrets,
    StatusChange,
    TemplatePart,
    TextPart,
)
from insurance_chat.core.errors import invalid
from tests.contracts.channels.toy_server import SECRET, sign

_FAILURES = {400: Failure.REFUSED, 401: Failure.ACCOUNT, 403: Failure.BLOCKED, 409: Failure.WINDOW}
_WORDS = {
    Failure.REFUSED: "Сообщение не принято.",
    Failure.ACCOUNT: "Токен отозван.",
    Failure.BLOCKED: "Клиент заблокировал бота.",
    Failure.WINDOW: "Прошло больше суток.",
    Failure.RETRY: "Мессенджер не отвечает.",
}


class ToyAdapter:
    """Speaks to the toy server.

    Args:
        url: where the emulator is.
        polling: updates are asked for; else the webhook is set.
    """

    title = "Учебный мессенджер"
    channel = "telegram"
    fields = (Field("token", "Токен", "Придумайте сами."),)
    capabilities = Capabilities(
        text_length=400, buttons=4, button_length=40, typing=True, file_bytes=100_000
    )

    def __init__(self, url: str, code: str, *, polling: bool) -> None:
        self.code = code
        self.pace = Pace(1000, 1000)
        self._polling = polling
        self._http = httpx.AsyncClient(base_url=url, trust_env=False)

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.aclose()

    async def connect(self, given: Secrets) -> Connected:
        """Ask whose token it is."""
        found = await self._http.get(f"/{given['token']}/me")
        if found.status_code != 200:
            raise invalid("token_unknown", "Такого токена нет.")
        return Connected(
            self.code, found.json()["name"], {"token": given["token"], "secret": SECRET}
        )

    async def begin(self, account: Account) -> None:
        """Set the webhook."""
        await self._call(account, "hook", {"url": "" if self._polling else account.hook_url})

    async def end(self, account: Account) -> None:
        """Drop the webhook."""
        await self._call(account, "hook", {"url": ""})

    async def probe(self, account: Account) -> Probe:
        """Ask for the name."""
        found = await self._http.get(f"/{account.secrets['token']}/me")
        return Probe(
            found.status_code == 200, "Работает." if found.is_success else "Токен отозван."
        )

    def challenge(self, _account: Account, request: HookRequest) -> str | None:
        """Echo."""
        return request.query.get("echo")

    def verify(self, _account: Account, request: HookRequest) -> bool:
        """Compare the signature."""
        return hmac.compare_digest(request.headers.get("x-toy-signature", ""), sign(request.body))

    def split(self, _account: Account, body: bytes) -> Sequence[RawUpdate]:
        """One update for each element."""
        try:
            return [
                RawUpdate(f"u{one['n']}", one["chat"], one["n"], one) for one in json.loads(body)
            ]
        except (KeyError, TypeError) as wrong:
            raise ValueError("no updates") from wrong

    def parse(self, _account: Account, update: Mapping[str, Any]) -> Sequence[Happening]:
        """Read by `what`."""
        chat, what = update["chat"], update["what"]
        simple: dict[str, Any] = {
            "edit": lambda: Edited(chat, update["id"], update["text"]),
            "delete": lambda: Deleted(chat, (update["id"],)),
            "block": lambda: Blocked(chat, update["blocked"]),
            "status": lambda: StatusChange(update["id"], Progress(update["progress"])),
            "owner": lambda: OwnerWrote(chat, update["id"], update["text"]),
        }
        if what in simple:
            return [simple[what]()]
        if what != "message":
            return []
        media = tuple(
            MediaRef(MediaKind(one["kind"]), one["ref"], one["name"], one["mime"], one["size"])
            for one in update.get("media", ())
        )
        return [
            Incoming(
                chat,
                Person(chat, "Пётр", phone=update.get("phone", "")),
                update["id"],
                update.get("text", ""),
                media,
                update.get("pressed", ""),
                update.get("start", ""),
            )
        ]

    async def send(self, account: Account, to: ChatAddress, part: Part, key: str) -> str:
        """One call for any part."""
        body: dict[str, Any] = {"chat": to.chat, "key": key}
        if isinstance(part, TextPart):
            body |= {
                "text": part.text,
                "buttons": [{"title": one.title, "payload": one.payload} for one in part.buttons],
                "links": [{"title": one.title, "url": one.url} for one in part.links],
            }
        elif isinstance(part, FilePart):
            data = base64.b64encode(part.data).decode()
            body |= {
                "text": part.caption,
                "file": {"name": part.name, "mime": part.mime, "data": data, "voice": part.voice},
            }
        elif isinstance(part, TemplatePart):
            body |= {"template": part.name, "text": " ".join(part.variables)}
        return str((await self._call(account, "send", body))["id"])

    async def typing(self, account: Account, to: ChatAddress) -> None:
        """Show it."""
        await self._call(account, "typing", {"chat": to.chat})

    async def answered(self, _account: Account, _update: Mapping[str, Any]) -> None:
        """Nothing spins here."""

    async def fetch(self, account: Account, media: MediaRef) -> AsyncIterator[bytes]:
        """The file in pieces."""
        async with self._http.stream(
            "GET", f"/{account.secrets['token']}/files/{media.ref}"
        ) as answer:
            async for piece in answer.aiter_bytes():
                yield piece

    async def _call(self, account: Account, what: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = await self._http.post(f"/{account.secrets['token']}/{what}", json=body)
        except httpx.HTTPError as cut:
            raise ChannelError(Failure.RETRY, _WORDS[Failure.RETRY]) from cut
        if answer.status_code == 429:
            raise ChannelError(Failure.LATER, "Слишком часто.", answer.json()["after"])
        if not answer.is_success:
            failure = _FAILURES.get(answer.status_code, Failure.RETRY)
            raise ChannelError(failure, _WORDS[failure])
        found: dict[str, Any] = answer.json()
        return found


class PollingToyAdapter(ToyAdapter):
    """The same messenger, asked for updates."""

    def polls(self, _account: Account) -> bool:
        """Always."""
        return True

    async def poll(self, account: Account, cursor: int) -> tuple[Sequence[RawUpdate], int]:
        """Wait for updates after the cursor."""
        try:
            answer = await self._http.get(
                f"/{account.secrets['token']}/updates", params={"after": cursor}
            )
        except httpx.HTTPError as cut:
            raise ChannelError(Failure.RETRY, _WORDS[Failure.RETRY]) from cut
        if not answer.is_success:
            failure = _FAILURES.get(answer.status_code, Failure.RETRY)
            raise ChannelError(failure, _WORDS[failure])
        found = answer.json()
        raw = [RawUpdate(f"u{one['n']}", one["chat"], one["n"], one) for one in found]
        return raw, max([cursor, *(one["n"] for one in found)])
