"""Telegram as a messenger of ours: a bot, and a bot connected to somebody's Telegram Business.

Source: https://core.telegram.org/bots/api.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx

from insurance_chat.channels.ports import (
    Account,
    Capabilities,
    ChannelError,
    ChatAddress,
    Connected,
    Failure,
    Field,
    Happening,
    HookRequest,
    MediaRef,
    Pace,
    Part,
    Probe,
    RawUpdate,
    Secrets,
    TextPart,
)
from insurance_chat.channels.telegram import business, hooks, split
from insurance_chat.channels.telegram.api import BotApi
from insurance_chat.channels.telegram.failures import FILE_TOO_LARGE, TelegramRefusalError
from insurance_chat.channels.telegram.library import Library
from insurance_chat.channels.telegram.sending import Sender
from insurance_chat.channels.telegram.settings import TelegramSettings
from insurance_chat.channels.telegram.token_check import bot_of
from insurance_chat.core.clock import utcnow

MOST_FETCHED_BYTES = 20_000_000
MOST_UPDATES = 100
_CONNECTIONS_OF_HOOK = 40

FIELDS = (
    Field(
        "token",
        "Токен бота",
        "В Telegram откройте @BotFather, отправьте /newbot, придумайте имя и скопируйте токен: "
        "число, двоеточие и длинную строку.",
    ),
    Field(
        "owner",
        "Владелец, только для Telegram Business",
        "Имя @… человека, в чьих личных диалогах бот будет отвечать. Можно не заполнять: тогда это "
        "первый, кто подключит бота в настройках своего Telegram.",
        secret=False,
        required=False,
    ),
)
#: A caption holds 1024 units and an emoji takes two, so a few are kept back.
CAPABILITIES = Capabilities(
    text_length=4096,
    buttons=24,
    button_length=64,
    markup="html",
    caption_length=900,
    file_bytes=50_000_000,
    typing=True,
    voice=True,
    edits=True,
)


class TelegramAdapter:
    """Bots of Telegram, each with its own token.

    Args:
        settings: address of the Bot API, mode, time-outs.
        http: client whose pool has room for one waiting call per bot.
    """

    code = "telegram"
    channel = "telegram"
    title = "Telegram"
    fields: Sequence[Field] = FIELDS
    capabilities = CAPABILITIES
    pace = Pace(account=30.0, chat=1.0)

    def __init__(self, settings: TelegramSettings, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._api = BotApi(settings, http)
        self._library = Library()
        self._sender = Sender(self._api, self._library)
        self._conflicts: dict[int, str] = {}

    async def connect(self, given: Secrets) -> Connected:
        """Ask Telegram whose token this is.

        Raises:
            ServiceError: Russian sentence that says what is wrong with it.
        """
        token = given.get("token", "").strip()
        bot = await bot_of(self._api, token)
        owner = given.get("owner", "").strip().lstrip("@")
        wants = []
        with suppress(ChannelError):
            info = await self._api.call(token, "getWebhookInfo")
            if info.get("url"):
                host = urlsplit(str(info["url"])).hostname
                wants.append(
                    f"До сих пор бот отвечал через другую программу ({host}). Отключите его там, "
                    "иначе она может забрать его обратно."
                )
        return Connected(
            external_id=str(bot["id"]),
            title=f"@{bot.get('username', bot['id'])}",
            secrets={"token": token, "hook_token": secrets.token_urlsafe(32)},
            options=_about(bot) | ({"owner": owner} if owner else {}),
            wants=tuple(wants),
        )

    async def begin(self, account: Account) -> None:
        """Have updates come the right way; what waits at Telegram is kept.

        Raises:
            ChannelError: the messenger refused.
        """
        if not hooks.by_webhook(account, self._settings.telegram_mode):
            await self._call(account, "deleteWebhook", drop_pending_updates=False)
            return
        await self._call(
            account,
            "setWebhook",
            url=account.hook_url,
            secret_token=account.secrets["hook_token"],
            allowed_updates=list(split.KINDS),
            max_connections=_CONNECTIONS_OF_HOOK,
            drop_pending_updates=False,
        )

    async def end(self, account: Account) -> None:
        """Drop our webhook, so that another program can have the bot."""
        await self._call(account, "deleteWebhook", drop_pending_updates=False)

    async def probe(self, account: Account) -> Probe:
        """Ask Telegram who the bot is and whether updates can reach us; repairs a lost webhook.

        Raises:
            ChannelError: Telegram does not answer or no longer knows the token.
        """
        bot = await self._call(account, "getMe")
        info = await self._call(account, "getWebhookInfo")
        set_to = str(info.get("url") or "")
        if hooks.by_webhook(account, self._settings.telegram_mode):
            if set_to != account.hook_url:
                await self.begin(account)
            problem = hooks.trouble(info, utcnow().timestamp())
        else:
            problem = await self._freed(account, set_to) or self._conflicts.get(account.id, "")
        about = _about(bot)
        if problem:
            # Replies still go out, so the account is not stopped; somebody has to act, though.
            return Probe(True, problem, (problem,), about)
        people = ", ".join(business.connected(account.options))
        served = f" Отвечает и в личных диалогах: {people}." if people else ""
        return Probe(True, f"Бот @{about['username']} на связи.{served}", options=about)

    def link(self, options: Mapping[str, Any], payload: str) -> str:
        """Opens the bot and brings the payload with «Запустить».

        Source: https://core.telegram.org/bots/features#deep-linking.
        """
        username = str(options.get("username") or "")
        return f"https://t.me/{username}?start={payload}" if username else ""

    def challenge(self, account: Account, request: HookRequest) -> str | None:
        """Telegram never checks an address with a GET."""
        return None

    def verify(self, account: Account, request: HookRequest) -> bool:
        """Whether the call has the secret that we gave to Telegram."""
        return hooks.verify(account, request)

    def split(self, account: Account, body: bytes) -> Sequence[RawUpdate]:
        """The update of a call.

        Raises:
            ValueError: it is not what Telegram sends.
        """
        return split.cut_body(account.options, body)

    def parse(self, account: Account, update: Mapping[str, Any]) -> Sequence[Happening]:
        """Read one stored update; what is not known to us gives nothing."""
        found: Sequence[Happening] = self._library.now().reading.read(account.options, update)
        return found

    async def send(self, account: Account, to: ChatAddress, part: Part, key: str) -> str:
        """Send one part; returns the number of the (last) message.

        Raises:
            ChannelError: see `Failure`.
        """
        return await self._sender.send(account, to, part, key)

    async def edit(
        self, account: Account, to: ChatAddress, message_id: str, part: TextPart
    ) -> None:
        """Replace the words of a message of ours.

        Raises:
            ChannelError: see `Failure`.
        """
        await self._sender.edit(account, to, message_id, part)

    async def typing(self, account: Account, to: ChatAddress) -> None:
        """Show that somebody types; failures are nobody's concern."""
        await self._sender.typing(account, to)

    async def answered(self, account: Account, update: Mapping[str, Any]) -> None:
        """Stop the waiting circle on a pressed button; best effort."""
        await self._sender.answered(account, update)

    async def fetch(self, account: Account, media: MediaRef) -> AsyncIterator[bytes]:
        """Content of a file, in pieces.

        Raises:
            ChannelError: it is larger than Telegram gives to bots, is gone, or there is no answer.
        """
        if media.size is not None and media.size > MOST_FETCHED_BYTES:
            raise ChannelError(Failure.REFUSED, FILE_TOO_LARGE)
        file = await self._call(account, "getFile", file_id=media.ref)
        path = str(file.get("file_path") or "")
        if not path:
            raise ChannelError(Failure.REFUSED, "Этого файла в Telegram больше нет.")
        async for piece in self._api.download(account.secrets["token"], path):
            yield piece

    def polls(self, account: Account) -> bool:
        """Whether Telegram is asked rather than calls us."""
        if hooks.by_webhook(account, self._settings.telegram_mode):
            # Whoever asks will read what is pushed, and reading cannot wait for the library.
            self._library.begin()
            return False
        return True

    async def poll(self, account: Account, cursor: int) -> tuple[Sequence[RawUpdate], int]:
        """Wait for updates after the cursor.

        The next cursor follows the last update even when that has a smaller number: after a quiet
        week Telegram counts from another one.

        Raises:
            ChannelError: as for `send`; with `RETRY` when another program takes the updates.
        """
        self._library.begin()
        seconds = self._settings.telegram_poll_seconds
        asked = {"limit": MOST_UPDATES, "timeout": seconds, "allowed_updates": list(split.KINDS)}
        if cursor:
            asked["offset"] = cursor
        try:
            updates = await self._api.call(
                account.secrets["token"], "getUpdates", asked, wait=float(seconds)
            )
        except TelegramRefusalError as refusal:
            if refusal.code != 409:
                raise
            await self._resolve(account, refusal)
            return (), cursor
        self._conflicts.pop(account.id, None)
        if not updates:
            return (), cursor
        # Whoever stores them will read them at once, and reading cannot wait for the library.
        await self._library.load()
        cursor = max(int(update["update_id"]) for update in updates) + 1
        return split.cut(account.options, updates), cursor

    async def _resolve(self, account: Account, refusal: TelegramRefusalError) -> None:
        """Somebody else has the updates: take them back from ourselves, or say who it is.

        Raises:
            ChannelError: it is another program.
        """
        info = await self._call(account, "getWebhookInfo")
        set_to = str(info.get("url") or "")
        problem = await self._freed(account, set_to) if set_to else refusal.words
        if problem:
            self._conflicts[account.id] = problem
            raise ChannelError(Failure.RETRY, problem) from None

    async def _freed(self, account: Account, set_to: str) -> str:
        """Drop a webhook that our own other mode has left; gives words about somebody else's."""
        if not set_to:
            return ""
        if hooks.is_ours(account, set_to):
            await self.begin(account)
            return ""
        return (
            f"Сообщения бота забирает другая программа ({urlsplit(set_to).hostname}). Отключите "
            "бота в ней и обновите данные для входа: вставьте токен ещё раз."
        )

    async def _call(self, account: Account, method: str, **fields: Any) -> Any:
        return await self._api.call(account.secrets["token"], method, fields)


def _about(bot: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "username": str(bot.get("username", "")),
        "name": str(bot.get("first_name", "")),
        "business_possible": bool(bot.get("can_connect_to_business")),
    }
