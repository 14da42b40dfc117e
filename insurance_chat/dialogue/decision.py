"""What a turn looks at, what it works with, and what it has decided."""

from __future__ import annotations

from dataclasses import dataclass, field

from insurance_chat.conversations.handover.wishes import Wish
from insurance_chat.conversations.types import ConversationState, Entry, NewEntry, Snapshot
from insurance_chat.core.jobs import Job
from insurance_chat.dialogue.answering.compose import Draft
from insurance_chat.dialogue.answering.ports import Show
from insurance_chat.dialogue.effects import RaiseIncident
from insurance_chat.dialogue.papers.desk import FileRead
from insurance_chat.dialogue.state import DialogueState
from insurance_chat.dialogue.trace import Trace
from insurance_chat.dialogue.understanding.ports import HistoryLine


@dataclass(frozen=True, slots=True)
class Window:
    """What of the chat a turn looks at; bounded, however long the chat is.

    Args:
        messages: unread ones of the client; empty when a job or a webhook woke the turn.
        history: the last answered ones, oldest first.
        summary: what was said before the history.
        files: texts of the files of the unread messages.
    """

    messages: list[Entry]
    history: list[Entry] = field(default_factory=list)
    summary: str = ""
    files: tuple[FileRead, ...] = ()

    @property
    def lines(self) -> list[HistoryLine]:
        """The history as an understanding reads it."""
        return [HistoryLine(e.sender.value, e.body.get("text") or "") for e in self.history]


@dataclass(slots=True)
class Decision:
    """What a turn has decided; nothing is stored yet.

    Args:
        unanswered: questions that the knowledge base does not answer.
        names: names and addresses that the client has told, to be left out of those questions.
    """

    state: DialogueState
    conversation_state: ConversationState
    entries: list[NewEntry] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    incidents: list[RaiseIncident] = field(default_factory=list)
    wish: Wish | None = None
    flow_asks: bool = False
    prefer_voice: bool = False
    unanswered: list[str] = field(default_factory=list)
    names: tuple[str, ...] = ()


@dataclass(slots=True)
class Work:
    """A turn while it is thought.

    Args:
        text: all unread words.
        asked: slots that the last reply asked for.
        led: the agent does something in the sale, so the client is to see its question again.
        show: shows the reply while it grows.
    """

    snapshot: Snapshot
    window: Window
    draft: Draft
    decision: Decision
    text: str
    asked: tuple[str, ...]
    led: bool
    trace: Trace
    show: Show | None

    @property
    def beside_human(self) -> bool:
        """A human leads the chat; the assistant only serves their sale."""
        return self.snapshot.state is ConversationState.WITH_AGENT
