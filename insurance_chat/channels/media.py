"""Files of clients: fetched within limits, checked for viruses and type, kept sealed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Protocol

import structlog

from insurance_chat.channels import accounts_repository as accounts
from insurance_chat.channels import updates_repository as updates
from insurance_chat.channels import words
from insurance_chat.channels.ports import (
    Account,
    ChannelAdapter,
    ChannelError,
    Failure,
    Incoming,
    MediaKind,
    MediaRef,
    OwnerWrote,
)
from insurance_chat.conversations import attachments
from insurance_chat.core.antivirus import check_file
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import Kind, ServiceError, unavailable
from insurance_chat.core.files import FileStore

log = structlog.get_logger()
MOST_ATTEMPTS = 5
MOST_FILES = 10
MEGABYTE = 1024 * 1024
_NAMES = {MediaKind.IMAGE: "Фото", MediaKind.AUDIO: "Аудио", MediaKind.VIDEO: "Видео"}


class Adapters(Protocol):
    """Messengers by code."""

    def get(self, code: str, /) -> ChannelAdapter | None:
        """The adapter of a kind, when this process has it."""
        ...


class Fetcher:
    """Gets the files of stored updates.

    Args:
        db: where updates are.
        adapters: messengers by code.
        files: where files are kept.
        megabytes: the largest file.
        clamd: address of the antivirus; empty checks nothing.
    """

    def __init__(
        self, db: Database, adapters: Adapters, files: FileStore, megabytes: int, clamd: str
    ) -> None:
        self._db = db
        self._adapters = adapters
        self._files = files
        self._megabytes = megabytes
        self._clamd = clamd

    async def fetch(self, update_id: int) -> None:
        """Get the files of an update and let its chat go on.

        What can never be accepted is explained to the client by the reader; what may work later is
        tried again by the queue, five times in all.

        Raises:
            ServiceError: `media_unavailable`: the queue tries again.
        """
        async with self._db.pool.connection() as connection:
            found = await updates.load_for_media(connection, self._db.cipher, update_id)
            row = None
            if found is not None:
                row = await accounts.fetch_across_tenants(connection, found[0])
        adapter = self._adapters.get(row["kind"]) if row is not None else None
        if found is None or row is None or adapter is None:
            return
        account = accounts.opened(row, self._db.cipher, "", adapter.channel).account
        try:
            cards = [
                await self._one(adapter, account, media)
                for media in _media(adapter, account, found[1])[:MOST_FILES]
            ]
        except ServiceError as problem:
            cards = await self._give_up(update_id, problem)
        async with self._db.pool.connection() as connection:
            await updates.give_media(connection, self._db.cipher, update_id, cards)

    async def _give_up(self, update_id: int, problem: ServiceError) -> list[dict[str, Any]]:
        async with self._db.pool.connection() as connection:
            attempts = await updates.count_attempt(connection, update_id)
        if attempts < MOST_ATTEMPTS:
            raise problem
        log.warning("channel_media_given_up", update=update_id, code=problem.code)
        return [{"refused": words.NOT_FETCHED}]

    async def _one(
        self, adapter: ChannelAdapter, account: Account, media: MediaRef
    ) -> dict[str, Any]:
        if media.kind is MediaKind.STICKER:
            return {"refused": words.STICKER}
        name = media.name or _NAMES.get(media.kind, "Файл")
        try:
            data = await self._content(adapter, account, media)
            if media.kind is MediaKind.VOICE:
                kept = await attachments.keep_voice(self._files, data, self._megabytes)
                return {**kept.card(), "voice": True}
            await check_file(self._clamd, data)
            kept = await attachments.keep(self._files, data, name, self._megabytes)
        except ServiceError as refusal:
            if refusal.kind is Kind.UNAVAILABLE:
                raise
            shown = media.name if media.kind is MediaKind.DOCUMENT else ""
            infected = refusal.code == "file_infected"
            why = words.INFECTED if infected else refusal.message
            log.info("channel_file_refused", kind=media.kind.value, code=refusal.code)
            return {"refused": words.refused(shown, why)}
        return kept.card()

    async def _content(self, adapter: ChannelAdapter, account: Account, media: MediaRef) -> bytes:
        largest = self._megabytes * MEGABYTE
        if media.size is not None and media.size > largest:
            raise self._too_large()
        try:
            return await self._within(adapter.fetch(account, media), largest)
        except ChannelError as error:
            if error.failure is Failure.REFUSED:
                raise ServiceError("file_gone", Kind.NOT_FOUND, words.NOT_FETCHED) from error
            raise unavailable("media_unavailable", error.words) from error

    async def _within(self, pieces: AsyncIterator[bytes], largest: int) -> bytes:
        data = bytearray()
        async for piece in pieces:
            data += piece
            if len(data) > largest:
                raise self._too_large()
        return bytes(data)

    def _too_large(self) -> ServiceError:
        return ServiceError("file_too_large", Kind.TOO_LARGE, f"Файл больше {self._megabytes} МБ.")


def _media(adapter: ChannelAdapter, account: Account, body: dict[str, Any]) -> list[MediaRef]:
    return [
        media
        for happening in adapter.parse(account, body)
        if isinstance(happening, Incoming | OwnerWrote)
        for media in happening.media
    ]
