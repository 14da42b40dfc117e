"""What the emulated speech answers: a script, and a memory of what it was asked."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

REQUESTS_KEPT = 500
SHOWN_OF_KEY = 4


class VoiceAnswer(BaseModel):
    """One scripted answer. The first one that fits a request is used.

    `sha256` fits one recording (of its bytes), `path` the end of the address (`/transcriptions`,
    `/speech`); without them any request fits.
    """

    model_config = ConfigDict(extra="forbid")

    sha256: str | None = None
    path: Literal["/transcriptions", "/speech"] | None = None
    times: int | None = Field(default=1, ge=1, description="How many requests; null: until reset")

    text: str | None = Field(default=None, description="What was said in the recording")
    status: int | None = Field(default=None, ge=400, le=599)
    retry_after: int | None = Field(default=None, ge=0, description="Retry-After, seconds")
    delay: float = Field(default=0, ge=0, le=60, description="Seconds before the answer")
    garbage: bool = Field(default=False, description="An answer that no protocol promises")

    def fits(self, path: str, sha256: str) -> bool:
        """Whether this answer is for such a request."""
        return path.endswith(self.path or "") and self.sha256 in (None, sha256)


class VoiceScript:
    """State of the emulated speech."""

    def __init__(self) -> None:
        self._answers: list[VoiceAnswer] = []
        self._requests: deque[dict[str, Any]] = deque(maxlen=REQUESTS_KEPT)

    def add(self, answer: VoiceAnswer) -> None:
        """Append to the script."""
        self._answers.append(answer)

    def listed(self) -> list[VoiceAnswer]:
        """What is still to be used."""
        return list(self._answers)

    def requests(self) -> list[dict[str, Any]]:
        """What was asked, oldest first."""
        return list(self._requests)

    def clear(self) -> None:
        """Forget the script and the requests."""
        self._answers.clear()
        self._requests.clear()

    def take(self, path: str, sha256: str = "") -> VoiceAnswer:
        """The first answer that fits, used once; a well-behaved one when the script has none."""
        for index, answer in enumerate(self._answers):
            if not answer.fits(path, sha256):
                continue
            if answer.times == 1:
                del self._answers[index]
            elif answer.times is not None:
                self._answers[index] = answer.model_copy(update={"times": answer.times - 1})
            return answer
        return VoiceAnswer()

    def note(self, at: datetime, path: str, key: str, **asked: Any) -> None:
        """Remember a request; of the key only its end."""
        self._requests.append(
            {"at": at.isoformat(), "path": path, "key": key[-SHOWN_OF_KEY:], **asked}
        )
