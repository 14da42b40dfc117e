"""What is remembered of one client, open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

VOICE = "voice"
IMPERSONAL = frozenset({VOICE})  # how somebody likes to be answered says nothing about who they are
PROFILE = frozenset({"name", "email", "phone"})  # kept in the card of the contact, not twice


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was learnt.

    Args:
        flow: name of the flow under way, e.g. `osago`; empty when there was none.
        channel: `web`, `telegram`, …
        on: Moscow calendar date; None for a fact that is older than the memory.
    """

    flow: str
    channel: str
    on: date | None


@dataclass(frozen=True, slots=True)
class Remembered:
    """One thing that is remembered: its values by field name, and their source."""

    values: Mapping[str, Any]
    source: Source


@dataclass(frozen=True, slots=True)
class Memory:
    """Everything that is remembered of a client, by topic: `name`, `car`, `voice`, …"""

    topics: Mapping[str, Remembered] = field(default_factory=dict)

    def value(self, topic: str, name: str) -> Any:
        """One remembered value; None when it is not known."""
        found = self.topics.get(topic)
        return found.values.get(name) if found is not None else None

    @property
    def prefers_voice(self) -> bool:
        """The client asked to be answered by voice."""
        return bool(self.value(VOICE, "prefer_voice"))
