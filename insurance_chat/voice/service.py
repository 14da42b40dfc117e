"""Hears stored recordings and speaks texts: limits, retries, one engine call for one recording."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from insurance_chat.core import sniff
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.files import FileStore
from insurance_chat.voice import sound
from insurance_chat.voice.ports import (
    PASSING,
    Recording,
    SpeechToText,
    TextToSpeech,
    Transcript,
    VoiceUnavailable,
    Why,
)
from insurance_chat.voice.settings import VoiceSettings
from insurance_chat.voice.spoken import speakable

log = structlog.get_logger()
AT_ONCE = 4  # engine calls of one process
FIRST_WAIT = 0.5  # seconds; doubled with every try
LONGEST_WAIT = 5.0  # seconds: a client is waiting
REMEMBERED = 100  # transcripts: a message that comes twice is paid for once
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A stored voice message: OGG with Opus, sealed.

    Args:
        key: in the file store.
        size: in bytes.
    """

    key: str
    seconds: float
    size: int


class VoiceDesk:
    """The slice as the rest of the product uses it.

    Args:
        hears: None when no recognition is configured.
        speaks: None when no synthesis is configured.
        files: where recordings are.
        settings: limits and tries.
    """

    def __init__(
        self,
        hears: SpeechToText | None,
        speaks: TextToSpeech | None,
        files: FileStore,
        settings: VoiceSettings,
    ) -> None:
        self._hears = hears
        self._speaks = speaks
        self._files = files
        self._settings = settings
        self._room = asyncio.Semaphore(AT_ONCE)
        self._under_way: dict[str, asyncio.Future[Transcript]] = {}
        self._lately: dict[str, Transcript] = {}

    @property
    def can_hear(self) -> bool:
        """Recognition is configured."""
        return self._hears is not None

    @property
    def can_speak(self) -> bool:
        """Synthesis is configured."""
        return self._speaks is not None

    async def hear(self, key: str) -> Transcript:
        """Words of a stored recording; a recording that is asked for again is not heard again.

        Args:
            key: in the file store.

        Raises:
            VoiceUnavailable: nothing configured, no sound, silence, or the engine does not answer.
        """
        if self._hears is None:
            raise VoiceUnavailable(Why.NOT_CONFIGURED)
        if key in self._lately:
            return self._lately[key]
        waiting = self._under_way.get(key)
        if waiting is not None:
            return await asyncio.shield(waiting)
        future: asyncio.Future[Transcript] = asyncio.get_running_loop().create_future()
        future.add_done_callback(_seen)
        self._under_way[key] = future
        try:
            found = await self._heard(self._hears, key)
        except BaseException as problem:
            future.set_exception(
                problem if isinstance(problem, Exception) else VoiceUnavailable(Why.TOO_SLOW)
            )
            raise
        else:
            future.set_result(found)
            self._lately[key] = found
            if len(self._lately) > REMEMBERED:
                del self._lately[next(iter(self._lately))]
            return found
        finally:
            del self._under_way[key]

    async def _heard(self, engine: SpeechToText, key: str) -> Transcript:
        try:
            data = await self._files.get(key)
        except ServiceError as gone:
            raise VoiceUnavailable(Why.BAD_SOUND) from gone
        mime = sniff.sniff_mime(data)
        if mime not in sniff.SOUNDS:
            raise VoiceUnavailable(Why.BAD_SOUND)
        length = await asyncio.to_thread(sound.seconds_of, data)
        if length is not None and length > self._settings.longest_seconds:
            raise VoiceUnavailable(Why.BAD_SOUND)
        recording = Recording(data, mime)
        found = await self._tried("hear", lambda: engine.transcribe(recording))
        if not any(letter.isalnum() for letter in found.text):
            raise VoiceUnavailable(Why.SILENCE)
        return found

    async def speak(self, text: str) -> Spoken:
        """Say a text of the chat and store the recording.

        Args:
            text: as it is shown; numbers, dates and links become words.

        Raises:
            VoiceUnavailable: nothing configured, too long, or the engine does not answer.
        """
        engine = self._speaks
        if engine is None:
            raise VoiceUnavailable(Why.NOT_CONFIGURED)
        words = speakable(text)
        if not words or len(text) > self._settings.longest_text:
            raise VoiceUnavailable(Why.BAD_REQUEST)
        said = await self._tried("speak", lambda: engine.speak(words))
        voice = await asyncio.to_thread(sound.to_opus, said.data)
        key = await self._files.put(voice.data, sealed=True)
        return Spoken(key, voice.seconds, len(voice.data))

    async def _tried(self, what: str, call: Callable[[], Awaitable[T]]) -> T:
        wait = FIRST_WAIT
        for left in reversed(range(self._settings.attempts)):
            try:
                async with self._room:
                    return await call()
            except VoiceUnavailable as problem:
                pause = problem.wait_seconds if problem.wait_seconds is not None else wait
                if not left or problem.why not in PASSING or pause > LONGEST_WAIT:
                    log.warning("voice_failed", what=what, why=problem.why.value)
                    raise
                await asyncio.sleep(pause)
                wait *= 2
        raise VoiceUnavailable(Why.TOO_SLOW)


def _seen(future: asyncio.Future[Transcript]) -> None:
    # Nobody else may have waited for it: a failure that was raised already is not reported again.
    if not future.cancelled():
        future.exception()
