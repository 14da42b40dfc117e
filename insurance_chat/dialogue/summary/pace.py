"""When a summary is due: enough lines have left the window, and none was ordered for them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from insurance_chat.conversations.types import Entry, Snapshot
from insurance_chat.dialogue.summary.jobs import SummarizeChat

EVERY = 24  # lines of the log, about eight questions and answers
MOST_REMEMBERED = 10_000


class SummaryPace:
    """Orders at most one summary per `EVERY` lines of a chat, whether the model answers or not.

    What it remembers is lost with the process: then a summary is ordered once too often, and the
    job finds that it has nothing to do.
    """

    def __init__(self) -> None:
        self._ordered: OrderedDict[int, int] = OrderedDict()

    def due(
        self, snapshot: Snapshot, history: Sequence[Entry], limit: int, summed_upto: int
    ) -> list[SummarizeChat]:
        """The job to order with this turn, if any.

        Args:
            history: the window, oldest first.
            limit: most lines of the window; a shorter one has lost nothing.
            summed_upto: last line that the kept summary covers.
        """
        if len(history) < limit or not history:
            return []
        chat, upto = snapshot.conversation_id, history[0].seq - 1
        if upto - max(summed_upto, self._ordered.get(chat, 0)) < EVERY:
            return []
        self._ordered[chat] = upto
        self._ordered.move_to_end(chat)
        if len(self._ordered) > MOST_REMEMBERED:
            self._ordered.popitem(last=False)
        return [
            SummarizeChat(tenant_id=snapshot.tenant_id, conversation_id=chat, upto_seq=upto),
        ]
