"""The whole service in one process against the sandbox: say something, get the reply.

Nothing is replaced but time: jobs are run when they are due, and `wait` moves what is planned
nearer instead of sleeping.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI

from insurance_chat.accounts import auth, naming
from insurance_chat.accounts.models import User
from insurance_chat.conversations import hot
from insurance_chat.conversations.handover import claiming
from insurance_chat.conversations.handover import tasks as handover_tasks
from insurance_chat.conversations.types import EntryKind, InboundMessage, Sender
from insurance_chat.core.clock import utcnow
from insurance_chat.core.jobs import REGISTRY, drain
from insurance_chat.core.mail import MailSettings
from insurance_chat.core.principal import Principal
from insurance_chat.core.settings import CoreSettings
from insurance_chat.dialogue.summary import tasks as summary_tasks
from insurance_chat.insurance import tasks as insurance_tasks
from insurance_chat.insurance.jobs import AdvanceSale
from insurance_chat.insurance.providers.polis_online.client import PolisOnline
from insurance_chat.insurance.providers.polis_online.resilience import Resilience
from insurance_chat.insurance.providers.polis_online.settings import PolisOnlineSettings
from insurance_chat.insurance.settings import InsuranceSettings
from insurance_chat.integrations import tasks as integration_tasks
from insurance_chat.knowledge.seeding import seed_knowledge
from insurance_chat.llm import tasks as llm_tasks
from insurance_chat.main import models as _models  # noqa: F401 - foreign keys need every table
from insurance_chat.main.settings import Settings
from insurance_chat.main.wiring import Services
from insurance_chat.operators.commissions import tasks as commission_tasks
from insurance_chat.operators.inbox import sending
from insurance_chat.operators.sales import form
from insurance_chat.sandbox.smtp import MailCatcher
from tests.support.chats import open_web_chat

HANDLERS = (
    handover_tasks,
    summary_tasks,
    insurance_tasks,
    integration_tasks,
    llm_tasks,
    commission_tasks,
)
QUICK = Resilience(
    attempts=2, first_wait=0.01, longest_wait=0.02, open_for=0.0, poll_every=0.01, poll_for=1
)
MOST_ROUNDS = 30


class QuickServices(Services):
    """The services of the product with shorter pauses towards the provider."""

    def _provider(self) -> PolisOnline:
        return PolisOnline(self.settings.polis_online, self.http, self._record, resilience=QUICK)


@dataclass(frozen=True)
class Reply:
    """One message of the service."""

    sender: str
    text: str
    metadata: dict[str, Any]


@dataclass
class Talk:
    """One conversation of one client."""

    session: UUID
    conversation_id: int
    contact_id: int
    cursor: int = 0
    agent: Principal | None = None
    said: list[Reply] = field(default_factory=list)

    def last_payment(self) -> str:
        """Address of the payment page that the client was given last."""
        urls = [r.metadata["payment"]["url"] for r in self.said if r.metadata.get("payment")]
        assert urls, "no payment link was given"
        return str(urls[-1])


class World:
    """The service, its database, the sandbox behind it.

    Args:
        services: started parts of the product.
        tenant_id: whose clients talk.
        sandbox_url: root of the emulators.
    """

    def __init__(self, services: Services, tenant_id: int, sandbox_url: str) -> None:
        self.services = services
        self.db = services.db
        self.tenant_id = tenant_id
        self.control = httpx.AsyncClient(base_url=sandbox_url, trust_env=False)

    async def reset(self) -> None:
        """A well-behaved outside world without memory."""
        await self.control.post("/control/reset")
        await self.dismiss_agents()

    async def begin(self) -> Talk:
        """A new visitor of the site."""
        async with self.db.unit() as unit:
            view = await open_web_chat(unit, self.tenant_id)
        return Talk(view.id, view.conversation_id, view.contact_id)

    async def come_back(self, talk: Talk) -> Talk:
        """The same person opens another chat."""
        again = await self.begin()
        await self.change(
            "update conversations set contact_id = %s where id = %s",
            talk.contact_id,
            again.conversation_id,
        )
        again.contact_id = talk.contact_id
        return again

    async def store(self, talk: Talk, text: str, key: str | None = None) -> tuple[Any, UUID]:
        """Store a message of the client as a door does; returns the result and the lease's name."""
        lease = uuid4()
        async with self.db.pool.connection() as connection:
            stored = await hot.store_inbound(
                connection,
                self.db.cipher,
                self.tenant_id,
                talk.session,
                InboundMessage(Sender.USER, text=text, client_key=key or uuid4().hex),
                lease=lease,
                queue=self.db.queue,
            )
        return stored, lease

    async def say(self, talk: Talk, *texts: str) -> list[Reply]:
        """The client writes (several texts: a burst); returns what they are answered."""
        for stored, lease in [await self.store(talk, text) for text in texts]:
            if not stored.duplicate and stored.snapshot.lease_owner == lease:
                self.services.turns.begin(stored.snapshot, lease, stored.entry)
        await self.settle()
        return await self.fresh(talk)

    async def hire(self, name: str, status: str) -> None:
        """An insurance agent of the company."""
        async with self.db.unit() as unit:
            unit.session.add(
                User(
                    tenant_id=self.tenant_id,
                    login=uuid4().hex,
                    name=name,
                    role="agent",
                    password_hash="-",
                    status=status,
                    approved_at=utcnow(),
                    seen_at=utcnow(),
                )
            )

    async def dismiss_agents(self) -> None:
        """No agents and an empty queue, as at the beginning."""
        await self.change("delete from handovers where id > %s", 0)
        await self.change("update users set blocked_at = now() where role = %s", "agent")

    async def claim(self, talk: Talk, name: str) -> list[Reply]:
        """An agent takes the chat."""
        async with self.db.unit() as unit:
            found = await naming.named(unit, self.tenant_id, name)
            user = await unit.session.get(User, found[0].user_id)
            assert user is not None
            talk.agent = auth.principal(user)
            await claiming.claim(unit, talk.agent, talk.session)
        return await self._rest(talk)

    async def say_as_agent(self, talk: Talk, text: str) -> list[Reply]:
        """The agent who leads the chat writes."""
        assert talk.agent is not None
        async with self.db.unit() as unit:
            message = InboundMessage(Sender.AGENT, text)
            await sending.send(unit, talk.agent, talk.session, message)
        return await self._rest(talk)

    async def release(self, talk: Talk, outcome: str) -> list[Reply]:
        """The agent leaves the chat."""
        assert talk.agent is not None
        async with self.db.unit() as unit:
            await claiming.release(unit, talk.agent, talk.session, claiming.Outcome(outcome))
        return await self._rest(talk)

    async def fill_as_agent(self, talk: Talk, words: dict[str, str]) -> list[Reply]:
        """The agent who leads the chat fills the form of the client's sale."""
        assert talk.agent is not None
        problems = await form.fill(
            self.services, talk.agent, talk.session, words, flow=form.DEFAULT_FLOW
        )
        assert not problems, problems
        return await self._rest(talk)

    async def settle(self) -> None:
        """Run owed turns and due jobs until nothing is left to do now."""
        for _ in range(MOST_ROUNDS):
            await self.services.turns.drain()
            due = await self.number(
                "select count(*) from procrastinate_jobs where status = 'todo'"
                " and (scheduled_at is null or scheduled_at <= now())"
            )
            if due:
                await drain(self.db.queue)
            elif not await self.services.turns.sweep():
                return
        raise AssertionError("the service does not come to rest")

    async def fresh(self, talk: Talk) -> list[Reply]:
        """Messages that the client has not seen yet."""
        entries = await self.services.hub.read(self.tenant_id, talk.conversation_id, talk.cursor)
        new = []
        for entry in entries:
            talk.cursor = entry.seq
            if entry.kind is EntryKind.MESSAGE and entry.sender is not Sender.USER:
                text, metadata = entry.body.get("text") or "", entry.body.get("metadata") or {}
                new.append(Reply(entry.sender.value, text, metadata))
        talk.said += new
        return new

    async def pay(self, talk: Talk, *, silent: bool = False) -> list[Reply]:
        """Click «Оплатить» on the page of the insurer; `silent`: its notice gets lost."""
        await self._click(talk, "pay")
        if not silent:
            await self._notice(talk)
        return await self._rest(talk)

    async def decline(self, talk: Talk) -> list[Reply]:
        """Click «Отказаться» on the payment page."""
        await self._click(talk, "refuse")
        await self._notice(talk)
        return await self._rest(talk)

    async def _rest(self, talk: Talk) -> list[Reply]:
        await self.settle()
        return await self.fresh(talk)

    async def _click(self, talk: Talk, action: str) -> None:
        answer = await self.control.post(talk.last_payment(), data={"action": action})
        assert answer.status_code < 400, answer.text

    async def _notice(self, talk: Talk) -> None:
        rows = await self.rows(
            "select id from sales where conversation_id = %s and not settled", talk.conversation_id
        )
        async with self.db.unit() as unit:
            for (sale_id,) in rows:
                await unit.defer(AdvanceSale(sale_id=sale_id))

    async def wait(self, talk: Talk, seconds: float) -> list[Reply]:
        """Let time pass: what is planned comes nearer by so many seconds, then happens."""
        for table, column in (("procrastinate_jobs", "scheduled_at"), ("sales", "next_check_at")):
            await self.change(
                f"update {table} set {column} = {column} - make_interval(secs => %s)"
                f" where {column} is not null",
                seconds,
            )
        await REGISTRY["insurance.sweep"].handler(0, self.services)
        return await self._rest(talk)

    async def misbehave(self, **orders: Any) -> None:
        """Make the sandbox fail: `fault` (one fault), `behave` (switches), `policies: forget`."""
        if "fault" in orders:
            answer = await self.control.post("/control/faults", json=orders["fault"])
            assert answer.status_code == 201, answer.text
        if "behave" in orders:
            answer = await self.control.patch("/control/behaviour", json=orders["behave"])
            assert answer.status_code == 200, answer.text
        if orders.get("recover"):
            await self.control.request("DELETE", "/control/faults")

    async def policies_at_insurer(self) -> list[dict[str, Any]]:
        """Every policy that the sandbox has issued since the reset."""
        found: list[dict[str, Any]] = (await self.control.get("/control/policies")).json()[
            "policies"
        ]
        return found

    async def letters(self) -> list[dict[str, Any]]:
        """Every letter that reached the mail server since the reset."""
        answer: Any = (await self.control.get("/mail/api/messages")).json()
        return list(answer["messages"] if isinstance(answer, dict) else answer)

    async def dialogue(self, talk: Talk) -> dict[str, Any]:
        """The stored state document."""
        rows = await self.rows(
            "select dialogue from conversations where id = %s", talk.conversation_id
        )
        return self.db.cipher.open_json(rows[0][0]) if rows[0][0] is not None else {}

    async def changes(self, talk: Talk) -> list[dict[str, Any]]:
        """What the turns have recorded as their changes of the state, oldest first."""
        rows = await self.rows(
            "select body from log_entries where conversation_id = %s and kind = 'dialogue'"
            " order by seq",
            talk.conversation_id,
        )
        bodies = [self.db.cipher.open_json(row[0]) for row in rows]
        return [body["changes"] for body in bodies if "changes" in body]

    async def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Look into the database."""
        async with self.db.pool.connection() as connection:
            cursor = await connection.execute(sql, values)
            return list(await cursor.fetchall())

    async def number(self, sql: str, *values: Any) -> int:
        """The first column of the first row."""
        return int((await self.rows(sql, *values))[0][0])

    async def change(self, sql: str, *values: Any) -> None:
        """Change the database behind the product's back."""
        async with self.db.pool.connection() as connection:
            await connection.execute(sql, values)


def settings_for(database_url: str, data_dir: Path, sandbox_url: str, smtp_port: int) -> Settings:
    """Settings of a service that talks to one sandbox only."""
    return Settings(
        core=CoreSettings(database_url=database_url, data_dir=data_dir, database_pool=5),
        mail=MailSettings(smtp_url=f"smtp://127.0.0.1:{smtp_port}"),
        insurance=InsuranceSettings(quote_poll_seconds=0.02, quote_deadline_seconds=1),
        polis_online=PolisOnlineSettings(timeout_seconds=1).for_sandbox(sandbox_url),
    )


@asynccontextmanager
async def open_world(
    database_url: str,
    data_dir: Path,
    sandbox: FastAPI,
    sandbox_url: str,
    made_of: type[QuickServices] = QuickServices,
) -> AsyncIterator[World]:
    """A started service over an empty migrated database, with its knowledge.

    Args:
        made_of: puts the parts together.
    """

    async with MailCatcher(sandbox.state.sandbox, "127.0.0.1", 0) as mail:
        settings = settings_for(database_url, data_dir, sandbox_url, mail.port)
        services = made_of(settings)
        await services.db.open()
        async with services.db.pool.connection() as connection:
            cursor = await connection.execute(
                "insert into tenants (name, slug) values ('Тест', %s) returning id", (uuid4().hex,)
            )
            row = await cursor.fetchone()
        assert row is not None
        async with services.db.unit() as unit:
            await seed_knowledge(unit, services.files, row[0])
        await services.knowledge.start(services.listener)
        services.db.queue.bind(services)
        world = World(services, row[0], sandbox_url)
        yield world
        await world.control.aclose()
        await services.turns.stop()
        await services.knowledge.stop()
        await services.http.aclose()
        await services.db.close()
