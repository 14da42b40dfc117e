"""Speech at any OpenAI-compatible address.

Source: https://platform.openai.com/docs/api-reference/audio (createTranscription, createSpeech).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx

from insurance_chat.voice.ports import Recording, Sound, Transcript, VoiceUnavailable, Why

LANGUAGE = "ru"
_SUFFIXES = {
    "audio/ogg": "ogg",
    "audio/webm": "webm",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
}
_REASONS = {401: Why.WRONG_KEY, 403: Why.WRONG_KEY, 429: Why.RATE_LIMITED, 408: Why.TOO_SLOW}
_LONGEST_WAIT = 60.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where an engine is.

    Args:
        url: base of the API, e.g. `https://api.openai.com/v1`.
        key: sent as a bearer token; empty sends none.
        seconds: how long to wait for one answer.
    """

    url: str
    key: str = field(repr=False)
    model: str
    seconds: float


class OpenAiSpeechToText:
    """Calls `/audio/transcriptions`."""

    def __init__(self, address: Address, http: httpx.AsyncClient) -> None:
        self._address = address
        self._http = http

    async def transcribe(self, recording: Recording) -> Transcript:
        """Hear a recording; see the port."""
        suffix = _SUFFIXES.get(recording.mime, "ogg")
        answer = await _post(
            self._http,
            self._address,
            "/audio/transcriptions",
            files={"file": (f"voice.{suffix}", recording.data, recording.mime)},
            data={
                "model": self._address.model,
                "language": LANGUAGE,
                "response_format": "json",
            },
        )
        return self._read(answer)

    def _read(self, answer: httpx.Response) -> Transcript:
        try:
            body: Any = answer.json()
        except ValueError as broken:
            raise VoiceUnavailable(Why.MALFORMED) from broken
        text = body.get("text") if isinstance(body, dict) else None
        if not isinstance(text, str):
            raise VoiceUnavailable(Why.MALFORMED)
        length = body.get("duration")
        seconds = float(length) if isinstance(length, int | float) else None
        language = body.get("language")
        return Transcript(
            text.strip(),
            language if isinstance(language, str) and len(language) == 2 else LANGUAGE,
            seconds,
            self._address.model,
        )


class OpenAiTextToSpeech:
    """Calls `/audio/speech`.

    Args:
        voice: name of a voice, e.g. `alloy`.
    """

    def __init__(self, address: Address, voice: str, http: httpx.AsyncClient) -> None:
        self._address = address
        self._voice = voice
        self._http = http

    async def speak(self, words: str) -> Sound:
        """Say words; see the port."""
        answer = await _post(
            self._http,
            self._address,
            "/audio/speech",
            json={
                "model": self._address.model,
                "voice": self._voice,
                "input": words,
                "response_format": "opus",
            },
        )
        if not answer.content:
            raise VoiceUnavailable(Why.MALFORMED)
        return Sound(answer.content, answer.headers.get("content-type", "audio/ogg"))


async def _post(
    http: httpx.AsyncClient, address: Address, path: str, **content: Any
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {address.key}"} if address.key else {}
    url = address.url.rstrip("/") + path
    # The errors are raised without their cause: its text carries the address.
    try:
        answer = await http.post(url, headers=headers, timeout=address.seconds, **content)
    except httpx.TimeoutException:
        raise VoiceUnavailable(Why.TOO_SLOW) from None
    except (httpx.HTTPError, httpx.InvalidURL):
        raise VoiceUnavailable(Why.NO_CONNECTION) from None
    if answer.status_code >= 400:
        raise _refusal(answer)
    return answer


def _refusal(answer: httpx.Response) -> VoiceUnavailable:
    status = answer.status_code
    why = _REASONS.get(status, Why.SERVER_ERROR if status >= 500 else Why.BAD_REQUEST)
    wait = answer.headers.get("retry-after", "")
    seconds = min(float(wait), _LONGEST_WAIT) if wait.isdigit() else None
    return VoiceUnavailable(why, seconds)
