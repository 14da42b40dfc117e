"""Orders of the watched sources."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from insurance_chat.core.jobs import Job


class LookAtSource(Job):
    """Look whether anything is new at a source.

    Args:
        host: of the site; looks at one site run one after another, so that it gets one request at
            a time.
    """

    name: ClassVar[str] = "sources.look"
    source_id: int
    host: str

    @override
    def lock(self) -> str:
        return f"source-host:{self.host}"


class SettleUpdate(Job):
    """Do what was decided about an update: publish it, or forget its file."""

    name: ClassVar[str] = "sources.settle"
    event_id: int

    @override
    def lock(self) -> str:
        return f"source-update:{self.event_id % 2}"  # reading takes a processor: two at once


class TellOfUpdates(Job):
    """Tell the administrators of updates through one way of telling.

    Args:
        way: code of the way, e.g. `mail`.
    """

    name: ClassVar[str] = "sources.tell"
    way: str
    tenant_id: int
    event_ids: tuple[int, ...]
