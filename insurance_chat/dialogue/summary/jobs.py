"""Job of the rolling summary."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from insurance_chat.core.jobs import Job


class SummarizeChat(Job):
    """Sum up the lines that have left the window of a long chat.

    Args:
        upto_seq: the last line of the log that the window does not show any more.
    """

    name: ClassVar[str] = "dialogue.summarize_chat"

    tenant_id: int
    conversation_id: int
    upto_seq: int

    @override
    def lock(self) -> str:
        """One summary of a chat at a time."""
        return f"summary:{self.conversation_id}"
