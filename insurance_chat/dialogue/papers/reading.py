"""Reads the files of unread messages before a turn thinks: in a locked-up process, with no transaction.

Nothing is stored: a text lives in the memory of this process for a few minutes, so that a turn that is
thought again need not read again; after a kill the turn is still owed and the file is read anew.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from insurance_chat.conversations.types import Entry
from insurance_chat.core import sniff
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.files import FileStore
from insurance_chat.dialogue.papers.desk import FileRead
from insurance_chat.dialogue.papers.page import LONGEST
from insurance_chat.knowledge.reading.limits import Limits
from insurance_chat.knowledge.reading.process import Cancelled, Reader, Watch
from insurance_chat.knowledge.reading.refusals import Refused
from insurance_chat.knowledge.reading.texts import decode_text

log = structlog.get_logger()
MAX_PAGES = 20
MOST_FILES = 6  # of one turn; a client waits for the answer
AT_ONCE = 2  # parsers of this process
KEPT_SECONDS = 300.0
MOST_KEPT = 64
SMALL_TEXT = 200_000  # bytes of plain text that need no process of their own
_SOUND = ("audio/", "video/")


def for_chats(limits: Limits) -> Limits:
    """Bounds of a file in a chat: a client is waiting."""
    return replace(
        limits,
        max_pages=MAX_PAGES,
        silence_seconds=45.0,
        total_seconds=90.0,
        ocr_page_seconds=40.0,
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    text: str
    why: str
    at: float


class PaperReader:
    """Texts of the files that clients send.

    Args:
        files: where they are.
        limits: of one file; see `for_chats`.
    """

    def __init__(self, files: FileStore, limits: Limits) -> None:
        self._files = files
        self._limits = limits
        self._room = asyncio.Semaphore(AT_ONCE)
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self.read = 0  # files that were really opened (tests)

    @staticmethod
    def has_files(messages: Sequence[Entry]) -> bool:
        """Whether there is something to read."""
        return any(_cards(entry) for entry in messages)

    async def read_all(self, messages: Sequence[Entry]) -> tuple[FileRead, ...]:
        """Texts of the files of some messages; a failure is noted in its place, never raised."""
        wanted = [(entry, card) for entry in messages for card in _cards(entry)]
        found = []
        for number, (entry, card) in enumerate(wanted):
            kept = await self._one(card) if number < MOST_FILES else _Kept("", "many", 0.0)
            found.append(FileRead(entry.public_id, kept.text, kept.why))
        return tuple(found)

    async def _one(self, card: Mapping[str, Any]) -> _Kept:
        key = str(card["key"])
        self._forget_old()
        kept = self._kept.get(key)
        if kept is None:
            kept = await self._opened(key, str(card.get("name") or "file"))
            self._kept[key] = kept
        return kept

    async def _opened(self, key: str, name: str) -> _Kept:
        self.read += 1
        try:
            data = await self._files.get(key)
            async with self._room:
                text = await self._text(data, name)
        except (Refused, Cancelled) as refused:
            why = getattr(refused, "reason", "cancelled")
        except ServiceError as problem:
            why = problem.code
        except OSError:
            log.warning("paper_parser_not_started", exc_info=True)
            why = "not_started"
        else:
            text = text.strip()
            return _Kept(text, "" if text else "empty", time.monotonic())
        log.info("paper_not_read", why=why)
        return _Kept("", why, time.monotonic())

    async def _text(self, data: bytes, name: str) -> str:
        mime = sniff.sniff_mime(data, name)
        if mime in (sniff.TEXT, sniff.MARKDOWN) and len(data) <= SMALL_TEXT:
            return decode_text(data)[:LONGEST]
        watch = Watch()
        try:
            return await asyncio.to_thread(self._in_process, data, name, watch)
        except asyncio.CancelledError:
            watch.cancelled.set()
            raise

    def _in_process(self, data: bytes, name: str, watch: Watch) -> str:
        with Reader(self._limits) as reader:
            return reader.text(data, name, watch)[:LONGEST]

    def _forget_old(self) -> None:
        oldest = time.monotonic() - KEPT_SECONDS
        for key in [key for key, kept in self._kept.items() if kept.at < oldest]:
            del self._kept[key]
        while len(self._kept) >= MOST_KEPT:
            self._kept.popitem(last=False)


def _cards(entry: Entry) -> list[Mapping[str, Any]]:
    """Files of a message that may hold text; recordings and films do not."""
    cards = (entry.body.get("metadata") or {}).get("files") or []
    return [
        card
        for card in cards
        if card.get("key") and not str(card.get("mime") or "").startswith(_SOUND)
    ]
