"""The service with one messenger account: real HTTP both ways, a real queue, a scripted assistant."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import httpx
import uvicorn
from fastapi import FastAPI
from typing_extensions import override

from insurance_chat.accounts import auth
from insurance_chat.accounts.models import User
from insurance_chat.accounts.repository import StaffRepository, add_tenant
from insurance_chat.api import messengers as doors
from insurance_chat.api.errors import register_errors
from insurance_chat.api.shell import Shell
from insurance_chat.api.state import Metrics
from insurance_chat.channels.keeper import Rhythm
from insurance_chat.channels.tasks import FetchMedia
from insurance_chat.channels.views import ConnectionView
from insurance_chat.conversations import log
from insurance_chat.conversations.feed import FeedHub
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import Entry, EntryKind, NewEntry, Sender, Snapshot
from insurance_chat.core.clock import utcnow
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Database, Unit
from insurance_chat.core.files import local_file_store
from insurance_chat.core.jobs import REGISTRY
from insurance_chat.core.principal import Principal
from insurance_chat.core.settings import CoreSettings
from insurance_chat.core.tasks import end
from insurance_chat.dialogue.decision import Decision, Window
from insurance_chat.dialogue.runner import TurnRunner
from insurance_chat.dialogue.state import DialogueState
from insurance_chat.main.settings import Settings
from insurance_chat.main.wiring_channels import Messengers
from insurance_chat.sandbox.calling import http_client
from tests.contracts.channels.driver import Client, Messenger, Shown

QUICK = Rhythm(lease=1.5, renew=0.3, sweep=0.4, gather=0.002)
LADDER = (0.05, 0.05, 0.1, 0.1)
PATIENCE = 40.0
QUIET = 20  # milliseconds that a chat has to be quiet
GATHER = 30_000  # the same while `gathering` keeps the reading back
SOON = 5.0  # seconds that the rest of an earlier case may take to settle


class Assistant:
    """Says back what it was told, or what the script of a test says."""

    def __init__(self) -> None:
        self.turns: list[list[str]] = []
        self.script: Callable[[str], Sequence[dict[str, Any]]] = echo
        self.may_think = asyncio.Event()
        self.may_think.set()

    def history_limit(self, _tenant_id: int) -> int:
        """It reads no history."""
        return 0

    async def think(
        self, snapshot: Snapshot, window: Window, _orders: Any = (), _show: Any = None
    ) -> Decision:
        """Answer all unread messages at once."""
        texts = [str(message.body.get("text") or "") for message in window.messages]
        await self.may_think.wait()
        bodies = self.script("\n".join(texts)) if window.messages else []
        self.turns.append(texts)
        entries = [NewEntry(uuid4(), EntryKind.MESSAGE, Sender.AI, body) for body in bodies]
        return Decision(DialogueState(), snapshot.state, entries)


def echo(text: str) -> Sequence[dict[str, Any]]:
    """The client's own words."""
    return [{"text": f"Эхо: {text}"}]


def says(text: str, **metadata: Any) -> Callable[[str], Sequence[dict[str, Any]]]:
    """One reply to whatever is said."""
    return lambda _said: [{"text": text, "metadata": metadata}]


class Parts:
    """The parts of one process."""

    def __init__(self, core: CoreSettings, messenger: Messenger, clamd: str) -> None:
        self.settings = Settings(core=core)
        self.settings.channels.channel_settle_ms = QUIET
        self.settings.channels.channel_file_megabytes = 1
        self.settings.knowledge.clamd = clamd
        self.cipher = Cipher([b"k" * 32])
        self.db = Database(core.database_url, self.cipher, core.database_pool)
        self.files = local_file_store(core.data_dir / "files", self.cipher)
        self.listener = Listener(core.database_url)
        self.hub = FeedHub(self.db, self.listener)
        self.assistant = Assistant()
        self.turns = TurnRunner(self.db, cast("Any", self.assistant), self.hub, self.listener)
        adapter = messenger.adapter
        self.messengers = Messengers(
            self.settings,
            {adapter.code: adapter},
            self.db,
            self.files,
            self.hub,
            self.listener,
            self.turns,
            rhythm=QUICK,
            ladder=LADDER,
        )
        self._stop = asyncio.Event()
        self._queue: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect, keep the account, work the queue."""
        await self.db.open()
        await self.listener.start()
        await self.turns.start()
        await self.messengers.keeper.start()
        # Only the job of this slice: other duties of the product are not under test.
        self.db.queue._bind_job(REGISTRY[FetchMedia.name], self)
        work = self.db.queue.work(self._stop, concurrency=2)
        self._queue = asyncio.get_running_loop().create_task(work)

    async def stop(self) -> None:
        """Disconnect."""
        self.assistant.may_think.set()
        await self.messengers.keeper.stop()
        self._stop.set()
        if self._queue is not None:
            await self._queue
        await self.turns.stop()
        await self.listener.stop()
        await self.db.close()

    async def die(self) -> None:
        """The process ends without a word."""
        await self.messengers.keeper.kill()
        self._stop.set()
        if self._queue is not None:
            await end(self._queue)
        await self.turns.stop()
        await self.listener.stop()
        await self.db.close()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@dataclass
class World:
    """One account of one messenger and everything around it."""

    parts: Parts
    messenger: Messenger
    core: CoreSettings
    admin: Principal
    clamd: str
    connection: ConnectionView | None = None
    more: list[Parts] = field(default_factory=list)
    before: int = 0  # the last chat of earlier clients
    app: FastAPI | None = None  # whose services are the parts that are awake
    awake: bool = True
    killed: bool = False  # the keeper died without a word

    @property
    def desk(self) -> Any:
        """What the administrator does."""
        return self.parts.messengers.desk

    @property
    def assistant(self) -> Assistant:
        """Who answers."""
        return self.parts.assistant

    @property
    def account(self) -> ConnectionView:
        """The connected account."""
        assert self.connection is not None
        return self.connection

    async def connect(self) -> ConnectionView:
        """The administrator connects the account."""
        code = self.messenger.adapter.code
        self.connection = await self.desk.connect(self.admin, code, dict(self.messenger.form))
        await self.messenger.joined(self.account.hook_url)
        await self.until(self._works)
        return self.account

    async def _works(self) -> bool:
        self.connection = await self.desk.get(self.admin, self.account.id)
        return self.account.state == "active" and bool(self.parts.messengers.keeper.holds)

    async def sleep(self) -> None:
        """The processes end; the messenger, the database and the account stay."""
        for other in self.more:
            await other.stop()
        self.more.clear()
        if self.awake:
            await self.parts.stop()
        self.awake = False

    async def wake(self) -> None:
        """A new process goes on."""
        if self.awake:
            return
        self.parts = Parts(self.core, self.messenger, self.clamd)
        if self.app is not None:
            self.app.state.services = self.parts
        await self.parts.start()
        self.awake, self.killed = True, False

    async def clear(self) -> None:
        """One process, no account, and a messenger as on its first day."""
        if self.more or self.killed:
            await self.sleep()
        await self.wake()
        for one in await self.desk.accounts(self.admin):
            await self.desk.remove(self.admin, one.id)
        self.connection = None
        await self.until(self.let_go)
        await self.messenger.reset()

    async def ready(self) -> None:
        """The account works, the messenger behaves well, and nothing of earlier cases is under way."""
        await self.wake()
        if self.connection is not None:
            await self.messenger.calm()
            try:
                async with asyncio.timeout(SOON):
                    await self._works_again()
                    return
            except TimeoutError:  # an earlier case has failed and left something behind
                pass
        await self.clear()
        await self.connect()

    async def _works_again(self) -> None:
        await self.until(self._works)
        self.assistant.may_think.set()
        await self.settled()

    async def let_go(self) -> bool:
        """Whether the process works for no account."""
        return not self.parts.messengers.keeper.holds

    async def kill(self) -> None:
        """The process that keeps the account ends without a word; its door stays open."""
        await self.parts.messengers.keeper.kill()
        self.killed = True

    async def lease_runs_out(self) -> None:
        """As if the time of the lease were over; whoever waits for it looks at once."""
        await self.rows(
            "with over as (update connections set lease_until = clock_timestamp()"
            " where lease_until is not null returning id)"
            " select pg_notify('channel_accounts', id::text) from over"
        )

    async def client(self) -> Client:
        """A new person; the assistant echoes again."""
        self.assistant.script = echo
        self.assistant.may_think.set()
        self.assistant.turns.clear()
        self.settle(QUIET)
        self.before = await self.number("select coalesce(max(id), 0) from channel_chats")
        return await self.messenger.client()

    def settle(self, milliseconds: int) -> None:
        """How long a chat has to be quiet."""
        self.parts.settings.channels.channel_settle_ms = milliseconds

    @asynccontextmanager
    async def gathering(self, count: int) -> AsyncIterator[None]:
        """Keep a new client's messages unread until so many updates of theirs are stored.

        Whatever is sent inside comes together, however slowly the messenger hands it over.
        """
        last = await self.number("select coalesce(max(id), 0) from channel_updates")
        self.settle(GATHER)
        yield

        async def stored() -> bool:
            found = await self.number(
                "select count(*) from channel_updates u join connections n on n.id ="
                " u.connection_id where n.public_id = %s and u.id > %s and u.chat_hash <> ''",
                self.account.id,
                last,
            )
            return found >= count

        await self.until(stored)
        self.settle(QUIET)
        await self.rows(
            "select pg_notify('channels', id::text) from connections where public_id = %s",
            self.account.id,
        )

    async def another_process(self) -> Parts:
        """A second process over the same database."""
        parts = Parts(self.core, self.messenger, self.clamd)
        self.more.append(parts)
        await parts.start()
        return parts

    async def until(self, condition: Callable[[], Awaitable[Any]]) -> Any:
        """Wait until something is so; its value."""
        loop = asyncio.get_running_loop()
        give_up, pause = loop.time() + PATIENCE, 0.004
        while not (value := await condition()):
            assert loop.time() < give_up, f"waited in vain: {condition}"
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.04)
        return value

    async def shown(self, client: Client, count: int = 1) -> Sequence[Shown]:
        """What the client sees, as soon as there are so many messages."""

        async def enough() -> Sequence[Shown] | None:
            seen = await client.shown()
            return seen if len(seen) >= count else None

        found: Sequence[Shown] = await self.until(enough)
        return found

    async def texts(self, client: Client, count: int = 1) -> list[str]:
        """The same, only words."""
        return [one.text for one in await self.shown(client, count)]

    async def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Look into the database."""
        async with self.parts.db.pool.connection() as connection:
            cursor = await connection.execute(sql.encode(), values)
            return await cursor.fetchall()

    async def number(self, sql: str, *values: Any) -> int:
        """The first column of the first row."""
        return int((await self.rows(sql, *values))[0][0])

    async def conversation(self) -> tuple[int, UUID]:
        """The conversation of the last new client: `(inner key, public id)`."""

        async def newest() -> tuple[int, UUID] | None:
            rows = await self.rows(
                "select c.id, c.public_id from conversations c"
                " join channel_chats ch on ch.conversation_id = c.id"
                " join connections n on n.id = ch.connection_id where n.public_id = %s"
                " and ch.id > %s order by ch.id desc limit 1",
                self.account.id,
                self.before,
            )
            return (rows[0][0], rows[0][1]) if rows else None

        found: tuple[int, UUID] = await self.until(newest)
        return found

    async def log(self) -> list[Entry]:
        """Messages of the newest conversation."""
        conversation_id, _ = await self.conversation()
        async with self.parts.db.unit() as unit:
            repository = ConversationRepository(unit, self.admin.tenant_id)
            return await repository.entries_after(conversation_id, 0, 100, (EntryKind.MESSAGE,))

    async def said(self, sender: Sender = Sender.USER, count: int = 0) -> list[Entry]:
        """What somebody has said in it, as soon as there are so many lines."""

        async def enough() -> list[Entry] | None:
            lines = [entry for entry in await self.log() if entry.sender is sender]
            return lines if len(lines) >= count else None

        if not count:
            return [entry for entry in await self.log() if entry.sender is sender]
        found: list[Entry] = await self.until(enough)
        return found

    async def append(self, sender: Sender, body: dict[str, Any], key: str | None = None) -> None:
        """Somebody else says something in the newest conversation."""
        conversation_id, _ = await self.conversation()
        async with self.parts.db.unit() as unit:
            repository = ConversationRepository(unit, self.admin.tenant_id)
            conversation = await repository.by_id(conversation_id, lock=True)
            assert conversation is not None
            await log.append_message(unit, conversation, sender, body, key=key)

    async def read_all(self) -> None:
        """Wait until nothing is left to be read."""

        async def empty() -> bool:
            left = await self.number(
                "select count(*) from channel_updates u join connections n on n.id ="
                " u.connection_id where n.public_id = %s and u.state in ('new', 'media')",
                self.account.id,
            )
            return left == 0

        await self.until(empty)

    async def settled(self) -> None:
        """Wait until all is read, answered and handed over."""
        await self.read_all()
        await self.parts.turns.drain()

        async def nothing_owed() -> bool:
            owed = await self.number(
                "select count(*) from channel_chats ch join connections n on n.id = ch.connection_id"
                " join conversations c on c.id = ch.conversation_id"
                " where n.public_id = %s and (ch.sent_seq < c.last_seq or c.turn_owed)",
                self.account.id,
            )
            return owed == 0

        await self.until(nothing_owed)

    async def states(self) -> list[tuple[str, str]]:
        """States and errors of the parts of the newest conversation, in order."""
        conversation_id, _ = await self.conversation()
        rows = await self.rows(
            "select d.state, coalesce(d.error, '') from deliveries d join channel_chats ch"
            " on ch.id = d.chat_id where ch.conversation_id = %s order by d.seq, d.part",
            conversation_id,
        )
        return [(row[0], row[1]) for row in rows]


async def add_staff(unit: Unit, tenant_id: int, name: str, role: str) -> User:
    """A member of staff who may work."""
    user = await StaffRepository(unit, tenant_id).add(
        login=uuid4().hex,
        name=name,
        role=role,
        password_hash="-",
        companies=[],
        approved_at=utcnow(),
    )
    assert user is not None
    return user


async def _administrator(db: Database) -> Principal:
    async with db.unit() as unit:
        tenant_id = await add_tenant(unit, "Тест", uuid4().hex)
        return auth.principal(await add_staff(unit, tenant_id, "Анна Хозяйкина", "admin"))


@asynccontextmanager
async def open_world(
    messenger: Messenger, database_url: str, folder: Path, clamd: str = ""
) -> AsyncIterator[World]:
    """The service on a real port; the account is not connected yet."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    core = CoreSettings(port=port, data_dir=folder, database_url=database_url, database_pool=10)
    parts = Parts(core, messenger, clamd)
    app = FastAPI(openapi_url=None)
    app.state.services = parts
    app.include_router(doors.router)
    register_errors(app)
    app.add_middleware(Shell, metrics=Metrics(), megabytes=(20, 100), key_header="X-API-Key")
    server = _Server(uvicorn.Config(app, lifespan="off", log_level="warning", ws="none"))
    await parts.start()
    world = World(parts, messenger, core, await _administrator(parts.db), clamd, app=app)
    serving = asyncio.get_running_loop().create_task(server.serve(sockets=[listener]))
    await server.ready.wait()
    try:
        yield world
    finally:
        if world.awake and world.connection is not None and not world.killed:
            await world.desk.remove(world.admin, world.connection.id)
        await world.sleep()
        server.should_exit = True
        await serving
        listener.close()


async def post(url: str, body: bytes, **headers: str) -> httpx.Response:
    """Call a door as anybody could."""
    async with http_client() as http:
        return await http.post(url, content=body, headers=headers)
