"""Who runs a turn: the process that stored the message, at once, under a lease in the database.

If the process dies, the turn is still owed and its lease runs out; `sweep` of any process takes it
over. A turn that finds the conversation changed when it wants to commit is thought again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import structlog

from insurance_chat.conversations import hot, incidents
from insurance_chat.conversations.feed import FeedHub
from insurance_chat.conversations.fold import difference
from insurance_chat.conversations.handover import requests
from insurance_chat.conversations.memory import service as memory
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.sounds.service import Sounds
from insurance_chat.conversations.types import (
    Committed,
    ConversationState,
    Entry,
    EntryKind,
    Sender,
    Snapshot,
)
from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import Kind, ServiceError
from insurance_chat.core.jobs import Job
from insurance_chat.core.tasks import Background, end
from insurance_chat.dialogue.commands import Command
from insurance_chat.dialogue.decision import Decision, Window
from insurance_chat.dialogue.keeping import Facts, Keeper, flow_of
from insurance_chat.dialogue.looking import Looker
from insurance_chat.dialogue.papers.reading import PaperReader
from insurance_chat.dialogue.reply_growth import ReplyGrowth
from insurance_chat.dialogue.replying import record_changes
from insurance_chat.dialogue.turn import Thinker
from insurance_chat.knowledge.unanswered import service as unanswered

log = structlog.get_logger()
MAX_TRIES = 3
SWEEP_SECONDS = 1.0
RENEW_SECONDS = 3.0
SHOW_TYPING_SECONDS = 0.3
TYPING_STEP_SECONDS = 0.25
TYPING_MAX_SECONDS = 3.0
LEAD_TRIES = 20
LEAD_WAIT_SECONDS = 0.1


class TurnRunner:
    """Runs turns of this process.

    Args:
        db: where conversations live.
        thinker: decides the answer.
        hub: wakes screens and knows who is typing.
        listener: brings pokes of other processes.
        limit: turns at once.
        keeper: knows which facts are remembered for later chats; None remembers nothing.
        sounds: hears recordings and orders spoken replies; None does neither.
        papers: reads files that clients send; None reads none.
    """

    def __init__(
        self,
        db: Database,
        thinker: Thinker,
        hub: FeedHub,
        listener: Listener,
        limit: int = 32,
        keeper: Keeper | None = None,
        sounds: Sounds | None = None,
        papers: PaperReader | None = None,
    ) -> None:
        self._db = db
        self._keeper = keeper or Keeper({})
        self._thinker = thinker
        self._looker = Looker(db, thinker, sounds, papers)
        self._hub = hub
        self._background = Background(limit)
        self._held: dict[int, UUID] = {}
        self._loops: list[asyncio.Task[None]] = []
        listener.on("turns", self._poked)

    async def start(self) -> None:
        """Begin to take over turns that other processes left behind."""
        loop = asyncio.get_running_loop()
        self._loops = [
            loop.create_task(self._sweep_forever(), name="turn-sweep"),
            loop.create_task(self._renew_forever(), name="turn-renew"),
        ]

    async def stop(self) -> None:
        """Finish what is being thought, then stop."""
        await end(*self._loops)
        await self._background.stop()
        await self._hub.stop()

    async def drain(self) -> None:
        """Wait for the turns under way (tests)."""
        await self._background.drain()

    def begin(self, snapshot: Snapshot, lease: UUID, first: Entry | None = None) -> None:
        """Run a turn for which the lease has been taken by the intake."""
        self._held[snapshot.conversation_id] = lease

        async def work() -> None:
            await self._run(snapshot, lease, first)

        self._background.spawn(f"turn-{snapshot.conversation_id}", work)
        loop = asyncio.get_running_loop()
        loop.call_later(SHOW_TYPING_SECONDS, self._show_typing, snapshot.conversation_id, lease)

    def _show_typing(self, conversation_id: int, lease: UUID) -> None:
        # Most replies come at once; «печатает» is for those that take a while.
        if self._held.get(conversation_id) == lease:
            self._hub.show_typing(conversation_id, Sender.AI.value)
            loop = asyncio.get_running_loop()
            loop.call_later(RENEW_SECONDS, self._show_typing, conversation_id, lease)

    def _poked(self, payload: str) -> None:
        conversation_id = int(payload)

        async def work() -> None:
            await self.take_over(conversation_id)

        self._background.spawn(f"poke-{conversation_id}", work)

    async def take_over(self, conversation_id: int) -> None:
        """Run the turn that is owed to a conversation, if nobody else does."""
        lease = uuid4()
        async with self._db.pool.connection() as connection:
            snapshot = await hot.take_lease(connection, self._db.cipher, conversation_id, lease)
        if snapshot is not None:
            self._held[conversation_id] = lease
            await self._run(snapshot, lease, None)

    async def lead(self, conversation_id: int, orders: Sequence[Command]) -> None:
        """Do in the client's sale what the agent who leads the chat wants.

        The flow goes on as far as it can; what only the client may say is asked in the chat.

        Args:
            orders: facts, already validated, and wishes such as the start of a flow.

        Raises:
            ServiceError: `chat_busy` when no human leads the chat or a turn does not end.
        """
        lease = uuid4()
        for _ in range(LEAD_TRIES):
            async with self._db.pool.connection() as connection:
                snapshot = await hot.take_beside_human(
                    connection, self._db.cipher, conversation_id, lease
                )
            if snapshot is not None:
                break
            await asyncio.sleep(LEAD_WAIT_SECONDS)
        else:
            raise ServiceError("chat_busy", Kind.CONFLICT, "Чат сейчас занят, попробуйте ещё раз.")
        self._held[conversation_id] = lease
        await self._run(snapshot, lease, None, orders)

    async def sweep(self) -> int:
        """Take over turns that are owed and that nobody is running; returns how many."""
        async with self._db.pool.connection() as connection:
            owed = await hot.owed_turns(connection, 50)
        for conversation_id in owed:
            self._poked(str(conversation_id))
        return len(owed)

    async def _sweep_forever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.sweep()
            except Exception:
                log.exception("turn_sweep_failed")

    async def _renew_forever(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            if not self._held:
                continue
            try:
                async with self._db.pool.connection() as connection:
                    await hot.renew_leases(connection, dict(self._held))
            except Exception:
                log.exception("lease_renewal_failed")

    async def _run(
        self,
        snapshot: Snapshot,
        lease: UUID,
        first: Entry | None,
        orders: Sequence[Command] = (),
    ) -> None:
        conversation_id = snapshot.conversation_id
        owed = False
        try:
            await self._wait_for_typing(conversation_id)
            owed = await self._try(snapshot, lease, first, orders)
        except Exception:
            log.exception("turn_failed", conversation=conversation_id)
            await self._give_up(snapshot, lease)
        finally:
            if self._held.get(conversation_id) == lease:
                del self._held[conversation_id]
        if owed:
            self._poked(str(conversation_id))

    async def _wait_for_typing(self, conversation_id: int) -> None:
        waited = 0.0
        while self._hub.client_is_typing(conversation_id) and waited < TYPING_MAX_SECONDS:
            await asyncio.sleep(TYPING_STEP_SECONDS)
            waited += TYPING_STEP_SECONDS

    async def _try(
        self,
        snapshot: Snapshot,
        lease: UUID,
        first: Entry | None,
        orders: Sequence[Command] = (),
    ) -> bool:
        current: Snapshot | None = snapshot
        for attempt in range(MAX_TRIES):
            if attempt > 0:
                async with self._db.pool.connection() as connection:
                    current = await hot.reload(
                        connection, self._db.cipher, snapshot.conversation_id, lease
                    )
            if current is None or _taken_by_a_human(snapshot, current):
                return False
            seen = await self._looker.look(current, lease, first if attempt == 0 else None)
            if seen is None or _taken_by_a_human(snapshot, seen[0]):
                return False
            current, window, owed = seen
            last = attempt == MAX_TRIES - 1
            committed = await self._think(current, lease, window, orders, owed, force=last)
            if committed is not None:
                return committed.turn_owed
        return False

    async def _think(
        self,
        snapshot: Snapshot,
        lease: UUID,
        window: Window,
        orders: Sequence[Command],
        owed: Sequence[Job],
        *,
        force: bool,
    ) -> Committed | None:
        """Think once, showing the reply as it grows, and store it unless the chat has changed."""
        growth = ReplyGrowth(self._hub, snapshot.conversation_id)
        said = False
        try:
            decision = await self._thinker.think(snapshot, window, orders, growth.show)
            decision.jobs += [*owed, *self._looker.to_speak(snapshot, decision)]
            growth.name(decision)
            committed = await self._commit(snapshot, lease, decision, force=force)
            if committed is not None and committed.entries:
                said = any(entry.kind is EntryKind.MESSAGE for entry in committed.entries)
                self._hub.push(snapshot.conversation_id, committed.entries)
            return committed
        finally:
            growth.end(said)

    async def _commit(
        self, snapshot: Snapshot, lease: UUID, decision: Decision, *, force: bool
    ) -> Committed | None:
        new = decision.state.model_dump(mode="json", exclude_defaults=True)
        changes = difference(snapshot.dialogue or {}, new)
        record_changes(decision, changes)
        learnt = self._keeper.learnt(snapshot, decision)
        wished = decision.wish is not None or decision.unanswered
        if decision.jobs or decision.incidents or wished or learnt:
            return await self._commit_with_orders(
                snapshot, lease, decision, new, learnt, force=force
            )
        async with self._db.pool.connection() as connection:
            return await hot.commit_turn(
                connection,
                self._db.cipher,
                snapshot,
                lease,
                decision.entries,
                dialogue=new,
                state=decision.conversation_state,
                flow_asks=decision.flow_asks,
                prefer_voice=decision.prefer_voice,
                force=force,
                queue=self._db.queue,
            )

    async def _commit_with_orders(
        self,
        snapshot: Snapshot,
        lease: UUID,
        decision: Decision,
        dialogue: dict[str, object],
        learnt: Facts,
        *,
        force: bool,
    ) -> Committed | None:
        async with self._db.unit() as unit:
            committed = await hot.commit_turn(
                await unit.driver_connection(),
                self._db.cipher,
                snapshot,
                lease,
                decision.entries,
                dialogue=dialogue,
                state=decision.conversation_state,
                flow_asks=decision.flow_asks,
                prefer_voice=decision.prefer_voice,
                force=force,
                queue=self._db.queue,
            )
            if committed is None:
                return None
            for job in decision.jobs:
                await unit.defer(job)
            if learnt:
                await memory.keep(
                    unit,
                    snapshot.tenant_id,
                    snapshot.contact_id,
                    learnt,
                    flow=flow_of(decision),
                    channel=snapshot.channel,
                )
            for number, incident in enumerate(decision.incidents):
                await incidents.create(
                    unit,
                    snapshot.tenant_id,
                    snapshot.conversation_id,
                    snapshot.public_id,
                    incident.kind,
                    incident.details,
                    "ai",
                    key=f"{snapshot.public_id}:{snapshot.last_seq}:{number}",
                )
            await unanswered.record(unit, snapshot, decision.unanswered, decision.names)
            if decision.wish is not None:
                await requests.announce(
                    unit,
                    snapshot.tenant_id,
                    snapshot.conversation_id,
                    snapshot.public_id,
                    decision.wish,
                )
            return committed

    async def _give_up(self, snapshot: Snapshot, lease: UUID) -> None:
        """Something broke: say so once and call a human. Silence is a bug."""
        async with self._db.unit() as unit:
            repository = ConversationRepository(unit, snapshot.tenant_id)
            conversation = await repository.by_id(snapshot.conversation_id, lock=True)
            if conversation is None or conversation.lease_owner != lease:
                return
            conversation.answered_seq = max(conversation.answered_seq, snapshot.last_inbound_seq)
            conversation.turn_owed = conversation.last_seq > snapshot.last_seq
            conversation.lease_owner = conversation.lease_until = None
            await requests.apologise(unit, conversation, f"broken-{snapshot.last_seq}")
            await incidents.create(
                unit,
                snapshot.tenant_id,
                snapshot.conversation_id,
                snapshot.public_id,
                "turn_failed",
                {"seq": snapshot.last_seq},
                "system",
                key=f"{snapshot.public_id}:{snapshot.last_seq}:broken",
            )


def _taken_by_a_human(before: Snapshot, now: Snapshot) -> bool:
    with_agent = ConversationState.WITH_AGENT
    return before.state is not with_agent and now.state is with_agent
