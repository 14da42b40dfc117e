"""Orders of the uploads."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from insurance_chat.core.jobs import Job

AT_ONCE = 2  # files read at the same time by the whole installation


class ReadUpload(Job):
    """Read an uploaded file into a preview."""

    name: ClassVar[str] = "knowledge.read_upload"
    upload_id: int

    @override
    def lock(self) -> str:
        """Few at a time: reading takes a processor, and other jobs must not wait for it."""
        return f"kb-upload:{self.upload_id % AT_ONCE}"
