"""What is needed to call a model with one key, and the port that calls it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from insurance_chat.llm.ports import ChatRequest, Completion, Delta, Vectors


@dataclass(frozen=True, slots=True)
class Access:
    """One key, open; it lives in memory only and never shows the key.

    Args:
        domestic: the model is in the country, so personal data may go there.
    """

    token_id: int
    provider: str
    base_url: str
    key: str = field(repr=False)
    domestic: bool = False


@dataclass(frozen=True, slots=True)
class Lease:
    """A counted request that is about to be made."""

    call_id: UUID
    tenant_id: int
    access: Access
    model: str


class Caller(Protocol):
    """Speaks to one provider with one key. Every failure is a `CallFailed`."""

    async def complete(self, request: ChatRequest, model: str) -> Completion:
        """A whole answer, not yet parsed."""
        ...

    def stream(self, request: ChatRequest, model: str) -> AsyncGenerator[Delta, None]:
        """An answer in pieces."""
        ...

    async def embed(self, texts: Sequence[str], model: str) -> Vectors:
        """Vectors of texts."""
        ...

    async def rerank(self, query: str, passages: Sequence[str], model: str) -> list[float]:
        """Scores of passages."""
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...
