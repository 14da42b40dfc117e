"""What the emulated model answers: a script, and a memory of what it was asked."""

from __future__ import annotations

import secrets
from collections import deque
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

REQUESTS_KEPT = 500
SHOWN_OF_KEY = 4


class ScriptedCall(BaseModel):
    """A function that the model asks for; `arguments` are sent as they are."""

    name: str
    arguments: str = "{}"


class Answer(BaseModel):
    """One scripted answer. The first one that fits a request is used.

    `contains` fits the last message, `key` the last four letters of the caller's key, `path` the
    end of the address (`/chat/completions`, `/oauth`, `/embeddings`).
    """

    model_config = ConfigDict(extra="forbid")

    contains: str | None = None
    key: str | None = None
    path: str | None = None
    times: int | None = Field(default=1, ge=1, description="How many requests; null: until reset")

    text: str | None = None
    chunks: list[str] | None = Field(default=None, description="Pieces of a stream, as they come")
    tool_calls: list[ScriptedCall] = []
    refusal: str | None = None
    finish_reason: str | None = None
    usage: dict[str, Any] | None = Field(default=None, description="Instead of the right one")
    no_usage: bool = False

    delay: float = Field(default=0, ge=0, le=600, description="Seconds before the answer")
    chunk_delay: float = Field(default=0, ge=0, le=600, description="Seconds between chunks")
    status: int | None = Field(default=None, ge=400, le=599)
    retry_after: int | None = None
    error: dict[str, Any] | None = None
    raw: str | None = Field(default=None, description="A body that is sent as it is")
    cut: Literal["start", "middle"] | None = None

    def fits(self, path: str, key: str, last: str) -> bool:
        """Whether this answer is for that request."""
        return (
            (self.contains is None or self.contains in last)
            and (self.key is None or self.key == key)
            and path.endswith(self.path or "/chat/completions")
        )


class ModelScript:
    """State of the emulated models."""

    def __init__(self) -> None:
        self._answers: list[Answer] = []
        self._requests: deque[dict[str, Any]] = deque(maxlen=REQUESTS_KEPT)
        self._tokens: dict[str, tuple[str, float]] = {}
        self.token_seconds = 1800.0
        self.obedient = False
        self.obeyed: list[dict[str, str]] = []
        self.meanings: list[list[str]] = []

    def add(self, answer: Answer) -> None:
        """Append to the script."""
        self._answers.append(answer)

    def listed(self) -> list[Answer]:
        """What is still to be used."""
        return list(self._answers)

    def requests(self) -> list[dict[str, Any]]:
        """What was asked, oldest first."""
        return list(self._requests)

    def clear(self) -> None:
        """Forget the script and the requests."""
        self._answers.clear()
        self._requests.clear()
        self._tokens.clear()
        self.token_seconds = 1800.0
        self.obedient = False
        self.obeyed.clear()
        self.meanings.clear()

    def meaning_of(self, text: str) -> str:
        """A text in which whatever means the same is said in the same words.

        Args:
            text: in small letters.
        """
        for same in self.meanings:
            for other in same[1:]:
                text = text.replace(other.lower(), same[0].lower())
        return text

    def take(self, path: str, key: str, last: str) -> Answer | None:
        """The first answer that fits, used once."""
        for index, answer in enumerate(self._answers):
            if not answer.fits(path, key, last):
                continue
            if answer.times == 1:
                del self._answers[index]
            elif answer.times is not None:
                self._answers[index] = answer.model_copy(update={"times": answer.times - 1})
            return answer
        return None

    def note(self, at: datetime, path: str, key: str, body: Any) -> None:
        """Remember a request; of the key only its end."""
        self._requests.append({"at": at.isoformat(), "path": path, "key": key, "body": body})

    def issue(self, key: str, now: float) -> tuple[str, int]:
        """A temporary access of GigaChat and when it ends, Unix milliseconds."""
        token, until = secrets.token_urlsafe(24), now + self.token_seconds
        self._tokens[token] = (key, until)
        return token, int(until * 1000)

    def key_of(self, token: str, now: float) -> str | None:
        """Whose temporary access it is; None when it has ended or was never given."""
        key, until = self._tokens.get(token, ("", 0.0))
        return key if until > now else None

    def expire(self) -> int:
        """End every temporary access at once."""
        ended = len(self._tokens)
        self._tokens.clear()
        return ended
