"""What a turn did and why, so that the administrator can ask «почему так ответил?»."""

from __future__ import annotations

import time
from typing import Any


class Trace:
    """Notes of one turn in the order in which things happened; kept with the turn in the log.

    A note holds JSON values and nothing that may not be stored with the conversation: the words of
    the chat may stand in it, keys and whole prompts may not.
    """

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._notes: list[dict[str, Any]] = []

    def note(self, kind: str, **facts: Any) -> None:
        """Write down that something happened.

        Args:
            kind: `understanding`, `model`, `search`, `check`, `answer`, `action`.
            facts: JSON values that tell what; `at_ms`, milliseconds since the turn began, is added.
        """
        at = round((time.monotonic() - self._began) * 1000, 1)
        self._notes.append({"kind": kind, "at_ms": at, **facts})

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Notes of one kind, oldest first."""
        return [note for note in self._notes if note["kind"] == kind]

    def document(self) -> dict[str, Any]:
        """What is stored: `{"ms": length of the turn so far, "notes": […]}`."""
        return {
            "ms": round((time.monotonic() - self._began) * 1000, 1),
            "notes": list(self._notes),
        }
