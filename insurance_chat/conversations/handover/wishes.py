"""What kind of human a client wants."""

from __future__ import annotations

from dataclasses import dataclass

from insurance_chat.conversations.handover.texts import Asked, Outlook


@dataclass(frozen=True, slots=True)
class Wish:
    """What kind of human is wanted.

    Args:
        reason: short code, e.g. `client_asked`, `button`, `paid_not_issued`.
        operator_id: one agent who is asked first; None for anybody.
        company, product: only agents who know them are asked first.
        widen_seconds: after so many seconds everybody is asked; None keeps the audience.
    """

    reason: str
    operator_id: int | None = None
    company: str | None = None
    product: str | None = None
    widen_seconds: int | None = None

    @classmethod
    def of(cls, reason: str, outlook: Outlook, widen_seconds: int) -> Wish:
        """The wish that an outlook has led to; an agent who is away is waited for, not replaced."""
        waits = outlook.asked is Asked.AWAY
        return cls(reason, outlook.operator_id, widen_seconds=None if waits else widen_seconds)
