"""Hearing by Whisper on this computer: faster-whisper, the optional extra `voice`."""

from __future__ import annotations

import asyncio
import io
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from insurance_chat.voice.ports import Recording, Transcript, VoiceUnavailable, Why

LIBRARY = "faster_whisper"
MODEL_FILE = "model.bin"
LANGUAGE = "ru"


class WhisperSpeechToText:
    """Loads the model at the first recording and keeps it.

    Args:
        folder: of one model, as `insurance-chat voice download` leaves it.
        seconds: how long one recording may take.
    """

    def __init__(self, folder: Path, seconds: float) -> None:
        self._folder = folder
        self._seconds = seconds
        self._model: Any = None
        self._one = asyncio.Lock()  # a second recording at once would only halve both

    def missing(self) -> str:
        """What has to be installed, as advice in Russian; empty when nothing is missing."""
        if find_spec(LIBRARY) is None:
            return "Установите библиотеку: pip install 'insurance-chat[voice]'"
        if not (self._folder / MODEL_FILE).is_file():
            return "Скачайте модель: python -m insurance_chat voice download"
        return ""

    async def transcribe(self, recording: Recording) -> Transcript:
        """Hear a recording; see the port."""
        if self.missing():
            raise VoiceUnavailable(Why.NOT_INSTALLED)
        async with self._one:
            try:
                async with asyncio.timeout(self._seconds):
                    return await asyncio.to_thread(self._hear, recording.data)
            except TimeoutError:
                raise VoiceUnavailable(Why.TOO_SLOW) from None

    def _hear(self, data: bytes) -> Transcript:
        if self._model is None:
            library = import_module(LIBRARY)
            self._model = library.WhisperModel(
                str(self._folder), device="cpu", compute_type="int8", local_files_only=True
            )
        try:
            segments, info = self._model.transcribe(
                io.BytesIO(data), language=LANGUAGE, vad_filter=False, beam_size=5
            )
            text = " ".join(segment.text.strip() for segment in segments)
        except Exception as broken:  # the library has no error class of its own
            raise VoiceUnavailable(Why.BAD_SOUND) from broken
        return Transcript(text.strip(), LANGUAGE, float(info.duration), self._folder.name)
