"""Voice over real HTTP: emulated engines on loopback, files in a folder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from insurance_chat.core.crypto import Cipher
from insurance_chat.core.files import FileStore, local_file_store
from insurance_chat.sandbox.app import create_sandbox_app
from insurance_chat.sandbox.voice.tones import sing
from insurance_chat.voice.providers.openai_compatible import (
    Address,
    OpenAiSpeechToText,
    OpenAiTextToSpeech,
)
from insurance_chat.voice.service import VoiceDesk
from insurance_chat.voice.settings import VoiceSettings
from tests.support.sandbox_server import served


@dataclass
class Studio:
    """The slice with emulated engines behind it."""

    url: str
    http: httpx.AsyncClient
    files: FileStore

    def desk(self, *, seconds: float = 20, **more: Any) -> VoiceDesk:
        """A desk that hears and speaks through the emulator."""
        address = Address(f"{self.url}/voice/v1", "sk-voice-wxyz", "whisper-1", seconds)
        return VoiceDesk(
            OpenAiSpeechToText(address, self.http),
            OpenAiTextToSpeech(address, "alloy", self.http),
            self.files,
            VoiceSettings(**more),
        )

    async def script(self, **answer: Any) -> None:
        """Tell the emulator what to answer."""
        done = await self.http.post(f"{self.url}/control/voice/answers", json=answer)
        assert done.status_code == 201, done.text

    async def asked(self) -> list[dict[str, Any]]:
        """What reached the emulator."""
        answer = await self.http.get(f"{self.url}/control/voice/requests")
        found: list[dict[str, Any]] = answer.json()["requests"]
        return found

    async def recorded(self, words: str = "это запись") -> str:
        """A stored recording."""
        return await self.files.put(sing(words), sealed=True)


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with served(create_sandbox_app(time_scale=0)) as url:
        yield url


@pytest.fixture
async def studio(sandbox_url: str, tmp_path: Path) -> AsyncIterator[Studio]:
    files = local_file_store(tmp_path / "files", Cipher([b"k" * 32]))
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        await http.delete(f"{sandbox_url}/control/voice/answers")
        yield Studio(sandbox_url, http, files)
