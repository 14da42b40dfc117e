"""Jobs of messengers."""

from __future__ import annotations

from typing import ClassVar

from insurance_chat.core.jobs import Job


class FetchMedia(Job):
    """Get the files of one stored update from its messenger, look at them, and let the chat go on."""

    name: ClassVar[str] = "channels.fetch_media"
    update: int
