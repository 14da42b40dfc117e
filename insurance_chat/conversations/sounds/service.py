"""Hears recordings of clients and speaks replies. The network is called with no transaction open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog

from insurance_chat.conversations.feed import FeedHub
from insurance_chat.conversations.sounds import merging, repository
from insurance_chat.conversations.types import Entry, Sender
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.voice.ports import PASSING, VoiceUnavailable
from insurance_chat.voice.service import VoiceDesk

log = structlog.get_logger()


class Sounds:
    """Voice of a conversation.

    Args:
        db: where messages are.
        voice: hears and speaks.
        hub: shows what was learnt on the screens of this process.
    """

    def __init__(self, db: Database, voice: VoiceDesk, hub: FeedHub) -> None:
        self._db = db
        self._voice = voice
        self._hub = hub

    @property
    def can_hear(self) -> bool:
        """Recognition is configured."""
        return self._voice.can_hear

    @property
    def can_speak(self) -> bool:
        """Synthesis is configured."""
        return self._voice.can_speak

    def has_unheard(self, messages: Sequence[Entry]) -> bool:
        """Whether there is something to hear, and somebody who can."""
        return self.can_hear and any(merging.unheard(entry.body) for entry in messages)

    async def hear_all(self, conversation_id: int, messages: Sequence[Entry]) -> None:
        """Find the words of all recordings among some messages; a failure is noted, never raised."""
        for entry in messages:
            if merging.unheard(entry.body):
                await self._hear(conversation_id, entry)

    async def hear(self, conversation_id: int, message: UUID) -> None:
        """Find the words of one message; what is known or gone is left alone."""
        entry = await self._message(conversation_id, message)
        if entry is not None and self.can_hear and merging.unheard(entry.body):
            await self._hear(conversation_id, entry)

    async def speak(self, conversation_id: int, message: UUID) -> None:
        """Speak a message of ours that has no recording yet.

        A text that cannot be spoken, a very long one say, stays a text.

        Raises:
            VoiceUnavailable: trying again may help; the client has the text.
        """
        entry = await self._message(conversation_id, message)
        words = entry.body.get("text") if entry is not None else None
        if entry is None or entry.sender is Sender.USER or entry.body.get("voiceKey"):
            return
        if not words or not self.can_speak:
            return
        try:
            made = await self._voice.speak(words)
        except VoiceUnavailable as problem:
            if problem.why in PASSING:
                raise
            log.warning("reply_not_spoken", why=problem.why.value)  # it stays as text
            return
        await self._note(conversation_id, entry, merging.spoken(made.key, made.seconds))

    async def is_first_chat(self, conversation_id: int) -> bool:
        """Whether the person has had no earlier conversation."""
        async with self._db.pool.connection() as connection:
            return await repository.is_first_chat(connection, conversation_id)

    async def _hear(self, conversation_id: int, entry: Entry) -> None:
        try:
            found = await self._voice.hear(entry.body["voiceKey"])
            sound = merging.heard(found.text, found.seconds, found.engine)
        except VoiceUnavailable as problem:
            sound = merging.failed(problem.why.value)
        except ServiceError as problem:
            log.warning("recording_not_read", code=problem.code)
            sound = merging.failed(problem.code)
        await self._note(conversation_id, entry, sound)

    async def _note(self, conversation_id: int, entry: Entry, sound: dict[str, Any]) -> None:
        async with self._db.pool.connection() as connection:
            line = await repository.note(
                connection, self._db.cipher, conversation_id, entry.public_id, sound
            )
        if line is not None:
            self._hub.push(conversation_id, [line])

    async def _message(self, conversation_id: int, message: UUID) -> Entry | None:
        async with self._db.pool.connection() as connection:
            return await repository.message(connection, self._db.cipher, conversation_id, message)
