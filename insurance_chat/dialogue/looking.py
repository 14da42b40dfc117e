"""What a turn looks at: unread messages with the words of their recordings and files, history, summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from insurance_chat.conversations import hot, summary_repository
from insurance_chat.conversations.sounds.jobs import SpeakReply
from insurance_chat.conversations.sounds.service import Sounds
from insurance_chat.conversations.types import ConversationState, Entry, EntryKind, Sender, Snapshot
from insurance_chat.core.db.unit import Database
from insurance_chat.core.jobs import Job
from insurance_chat.dialogue.decision import Decision, Window
from insurance_chat.dialogue.papers.reading import PaperReader
from insurance_chat.dialogue.summary.pace import SummaryPace
from insurance_chat.dialogue.turn import Thinker


class Looker:
    """Loads for a turn, and finds the words of recordings and files before anything thinks about them.

    Args:
        db: where conversations live.
        thinker: says how much history it wants.
        sounds: None leaves recordings without words.
        papers: None leaves files unread.
    """

    def __init__(
        self,
        db: Database,
        thinker: Thinker,
        sounds: Sounds | None,
        papers: PaperReader | None = None,
    ) -> None:
        self._db = db
        self._thinker = thinker
        self._sounds = sounds
        self._papers = papers
        self._pace = SummaryPace()

    async def look(
        self, snapshot: Snapshot, lease: UUID, first: Entry | None
    ) -> tuple[Snapshot, Window, Sequence[Job]] | None:
        """What the turn thinks about, and the summary to order for what has left the window.

        Words that are heard become part of the log, so the snapshot that comes back may be newer
        than the one given; None when the lease was lost meanwhile.

        Args:
            first: the message that began the turn, when it is at hand.
        """
        window, owed = await self._load(snapshot, first)
        unheard = self._sounds is not None and self._sounds.has_unheard(window.messages)
        unread = self._papers if self._to_read(snapshot, window) else None
        if not unheard and unread is None:
            return snapshot, window, owed
        if self._sounds is not None and unheard:
            await self._sounds.hear_all(snapshot.conversation_id, window.messages)
        if unread is not None:
            await unread.read_all(window.messages)
        async with self._db.pool.connection() as connection:
            newer = await hot.reload(connection, self._db.cipher, snapshot.conversation_id, lease)
        if newer is None:
            return None
        window, owed = await self._load(newer, None)
        if unread is not None:
            # What came meanwhile is read as well; what was read before is at hand.
            window = replace(window, files=await unread.read_all(window.messages))
        return newer, window, owed

    def _to_read(self, snapshot: Snapshot, window: Window) -> bool:
        """With a human in the chat the files are theirs to look at."""
        beside_human = snapshot.state is ConversationState.WITH_AGENT
        papers = self._papers
        return papers is not None and not beside_human and papers.has_files(window.messages)

    async def _load(self, snapshot: Snapshot, first: Entry | None) -> tuple[Window, Sequence[Job]]:
        limit = self._thinker.history_limit(snapshot.tenant_id)
        if first is not None and snapshot.unread == 1 and not limit:
            return Window([first]), []
        cipher = self._db.cipher
        async with self._db.pool.connection() as connection:
            messages = await hot.unread(connection, cipher, snapshot)
            if not limit:
                return Window(messages), []
            history = await hot.history(connection, cipher, snapshot, limit)
            told = await summary_repository.load(connection, cipher, snapshot.conversation_id)
        history = [entry for entry in history if entry.seq > told.forgotten_upto]
        owed = self._pace.due(snapshot, history, limit, told.upto_seq)
        return Window(messages, history, told.text), owed

    def to_speak(self, snapshot: Snapshot, decision: Decision) -> list[Job]:
        """Replies to be spoken once the client has their text."""
        if self._sounds is None or not (self._sounds.can_speak and decision.prefer_voice):
            return []
        return [
            SpeakReply(conversation_id=snapshot.conversation_id, message=entry.public_id)
            for entry in decision.entries
            if entry.kind is EntryKind.MESSAGE and entry.sender is Sender.AI
        ]
