"""A watch on every turn: when its first words could be seen, when it was done."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from insurance_chat.conversations.types import Snapshot
from insurance_chat.dialogue.answering.ports import Show
from insurance_chat.dialogue.commands import Command
from insurance_chat.dialogue.decision import Decision, Window
from insurance_chat.dialogue.turn import Thinker


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds of one turn; without streaming the first words come with the last."""

    first_ms: float
    full_ms: float


class TimedThinker(Thinker):
    """The thinker of the product, watched.

    Args:
        inner: does the work.
    """

    def __init__(self, inner: Thinker) -> None:
        self._inner = inner
        self.took: dict[int, list[Took]] = defaultdict(list)

    def __getattr__(self, name: str) -> Any:
        # What the inherited methods read belongs to the thinker that does the work.
        return getattr(self._inner, name)

    @override
    async def think(
        self,
        snapshot: Snapshot,
        window: Window,
        orders: Sequence[Command] = (),
        show: Show | None = None,
    ) -> Decision:
        began = time.perf_counter()
        seen: list[float] = []

        def watched(text: str) -> None:
            seen.append(time.perf_counter())
            if show is not None:
                show(text)

        decision = await self._inner.think(snapshot, window, orders, watched)
        ended = time.perf_counter()
        if window.messages:
            first = seen[0] if seen else ended
            self.took[snapshot.conversation_id].append(
                Took((first - began) * 1000, (ended - began) * 1000)
            )
        return decision
