"""Orders of this part."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from insurance_chat.core.jobs import Job


class EmbedPassages(Job):
    """Make the vectors that a tenant's passages lack."""

    name: ClassVar[str] = "knowledge.embed_passages"
    tenant_id: int

    @override
    def lock(self) -> str:
        """One at a time: two would pay for the same texts."""
        return f"kb-vectors:{self.tenant_id}"
