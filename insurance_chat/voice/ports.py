"""What the rest of the product may ask of an engine of speech, and how it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from insurance_chat.core.errors import Kind, ServiceError


class Why(StrEnum):
    """Why an engine gave nothing."""

    NOT_CONFIGURED = "not_configured"
    NOT_INSTALLED = "not_installed"  # the program, the library or the model is not there
    TOO_SLOW = "too_slow"
    RATE_LIMITED = "rate_limited"
    WRONG_KEY = "wrong_key"
    BAD_REQUEST = "bad_request"
    SERVER_ERROR = "server_error"
    NO_CONNECTION = "no_connection"
    MALFORMED = "malformed"  # the answer is not what the protocol promises
    BAD_SOUND = "bad_sound"  # this is no sound, or it is too long
    SILENCE = "silence"  # nothing was said


# Trying once more may help; everything else fails the same way again.
PASSING = frozenset(
    {Why.TOO_SLOW, Why.RATE_LIMITED, Why.SERVER_ERROR, Why.NO_CONNECTION, Why.MALFORMED}
)


class VoiceUnavailable(ServiceError):  # noqa: N818 - named by what it means
    """Nothing was heard or spoken; carries no key, no words and no address.

    Args:
        why: the class of the failure.
        wait_seconds: how long the provider asks to leave it alone, if it does.
    """

    def __init__(self, why: Why, wait_seconds: float | None = None) -> None:
        super().__init__(
            "voice_unavailable", Kind.UNAVAILABLE, "Голос сейчас недоступен.", why=why.value
        )
        self.why = why
        self.wait_seconds = wait_seconds


@dataclass(frozen=True, slots=True)
class Recording:
    """What somebody recorded: bytes of a file and what they are, e.g. `audio/webm`."""

    data: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard.

    Args:
        language: two letters (ISO 639-1), empty when the engine does not say.
        seconds: length of the recording; None when the engine does not say.
        engine: what heard it, for the staff: «whisper-1».
    """

    text: str
    language: str
    seconds: float | None
    engine: str


@dataclass(frozen=True, slots=True)
class Sound:
    """What an engine has spoken, in whatever format it speaks."""

    data: bytes
    mime: str


class SpeechToText(Protocol):
    """Turns a recording into words."""

    async def transcribe(self, recording: Recording) -> Transcript:
        """Hear a recording; the text may be empty when nothing is said in it.

        Raises:
            VoiceUnavailable: with the reason.
        """
        ...


class TextToSpeech(Protocol):
    """Turns words into sound."""

    async def speak(self, words: str) -> Sound:
        """Say words that are ready to be said (see `spoken.speakable`).

        Raises:
            VoiceUnavailable: with the reason.
        """
        ...
