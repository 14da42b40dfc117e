"""Sends replies: what Telegram does not like about one is taken out, and the words still arrive."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from insurance_chat.channels.ports import (
    Account,
    Button,
    ChannelError,
    ChatAddress,
    Failure,
    FilePart,
    Link,
    Part,
    TextPart,
)
from insurance_chat.channels.telegram import business, markup
from insurance_chat.channels.telegram.api import BotApi
from insurance_chat.channels.telegram.failures import TelegramRefusalError
from insurance_chat.channels.telegram.library import Library

#: Long messages that are half sent, remembered so that a repeat goes on where it stopped.
MOST_HALF_SENT = 500


class Sender:
    """Sends parts for any account.

    Args:
        api: makes the calls.
        library: gives the typed methods.
    """

    def __init__(self, api: BotApi, library: Library) -> None:
        self._api = api
        self._library = library
        self._half_sent: OrderedDict[str, tuple[int, str]] = OrderedDict()

    async def send(self, account: Account, to: ChatAddress, part: Part, key: str) -> str:
        """Send one part; returns the number of its last message.

        Raises:
            ChannelError: see `Failure`.
        """
        _check_right(account, to)
        await self._library.load()
        try:
            if isinstance(part, TextPart):
                return await self._text(account, to, part, key)
            if isinstance(part, FilePart):
                return await self._file(account, to, part)
        except ValueError:
            raise ChannelError(
                Failure.REFUSED, "Это сообщение нельзя передать в Telegram: в нём ошибка адреса."
            ) from None
        raise ChannelError(
            Failure.REFUSED, "В Telegram нет утверждённых шаблонов: напишите обычное сообщение."
        )

    async def edit(
        self, account: Account, to: ChatAddress, message_id: str, part: TextPart
    ) -> None:
        """Replace the words of a message; those that stand there already are no failure.

        Raises:
            ChannelError: see `Failure`.
        """
        writing = (await self._library.load()).writing
        try:
            await self._call(account, writing.edited(to, message_id, part.text, part.buttons))
        except TelegramRefusalError as refusal:
            if not refusal.changes_nothing:
                raise

    async def typing(self, account: Account, to: ChatAddress) -> None:
        """Show «печатает…»; nobody minds when that fails."""
        loaded = await self._library.load()
        with suppress(ChannelError, ValueError):
            await self._call(account, loaded.writing.typing(to))

    async def answered(self, account: Account, update: Mapping[str, Any]) -> None:
        """Stop the circle on a pressed button; nobody minds when it is too late for that."""
        content = update.get("callback_query")
        if not isinstance(content, dict):
            return
        call = (await self._library.load()).writing.pressed(content)
        with suppress(ChannelError):
            if call is not None:
                await self._call(account, call)

    async def _text(self, account: Account, to: ChatAddress, part: TextPart, key: str) -> str:
        words = markup.pieces(part.text)
        done, number = self._half_sent.get(key, (0, ""))
        for place, piece in list(enumerate(words, 1))[done:]:
            last = place == len(words)
            buttons, links = (part.buttons, part.links) if last else ((), ())
            number = await self._message(account, to, piece, buttons, links)
            self._half_sent[key] = (place, number)
            while len(self._half_sent) > MOST_HALF_SENT:
                self._half_sent.popitem(last=False)
        self._half_sent.pop(key, None)
        return number

    async def _message(
        self,
        account: Account,
        to: ChatAddress,
        words: str,
        buttons: Sequence[Button],
        links: Sequence[Link],
    ) -> str:
        text = self._library.now().writing.text
        try:
            return await self._call(account, text(to, words, buttons, links, html=True))
        except TelegramRefusalError as refusal:
            if refusal.dislikes_links and links:
                said = "\n".join([words, *(f"{link.title}: {link.url}" for link in links)])
                return await self._call(account, text(to, said, buttons, (), html=True))
            if refusal.dislikes_markup:
                return await self._call(account, text(to, words, buttons, links, html=False))
            raise

    async def _file(self, account: Account, to: ChatAddress, part: FilePart) -> str:
        writing = self._library.now().writing
        if markup.units(part.caption) > writing.MOST_CAPTION_UNITS:
            await self._message(account, to, part.caption, (), ())
            part = replace(part, caption="")
        picture = not part.voice and writing.is_picture(part)
        try:
            return await self._call(account, writing.file(to, part, picture=picture))
        except TelegramRefusalError as refusal:
            if not (refusal.dislikes_picture or refusal.dislikes_voice):
                raise
        return await self._call(account, writing.file(to, replace(part, voice=False)))

    async def _call(self, account: Account, call: Any) -> str:
        result = await self._api.call(
            account.secrets["token"], call.method, call.fields, uploads=call.uploads
        )
        return str(result.get("message_id", "")) if isinstance(result, dict) else ""


def _check_right(account: Account, to: ChatAddress) -> None:
    """Refuse at once what Telegram Business has not allowed."""
    known = business.links(account.options).get(to.extra.get("business_connection_id") or "")
    if known is None:
        return
    if not known.enabled:
        raise ChannelError(
            Failure.REFUSED,
            f"{known.name}: бот отключён от этого аккаунта Telegram, отвечать от его имени нельзя.",
        )
    if not known.can_reply:
        raise ChannelError(
            Failure.REFUSED,
            f"{known.name}: боту не разрешено отвечать. Включите «Отвечать на сообщения» в Telegram: "
            "Настройки → Telegram для бизнеса → Чат-боты.",
        )
