"""The whole service in one process against the sandbox: say something, get the reply.

Nothing is replaced but time: jobs are run when they are due, and `wait` moves what is planned
nearer instead of sleeping.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx

from insurance_chat.accounts import auth, naming
from insurance_chat.accounts.models import User
from insurance_chat.conversations import attachments, hot, sessions
from insurance_chat.conversations.handover import claiming
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.sounds import merging
from insurance_chat.conversations.sounds import repository as sounds
from insurance_chat.conversations.types import EntryKind, InboundMessage, Sender
from insurance_chat.core.clock import utcnow
from insurance_chat.core.jobs import REGISTRY, drain
from insurance_chat.core.principal import Principal
from insurance_chat.insurance.jobs import AdvanceSale
from insurance_chat.insurance.mortgage import questionnaire
from insurance_chat.main import models as _models  # noqa: F401 - foreign keys need every table
from insurance_chat.main.evaluation.failure import Failed, check
from insurance_chat.main.evaluation.probe_repository import Probe
from insurance_chat.main.evaluation.quick import QuickServices
from insurance_chat.main.worker import HANDLERS as HANDLERS  # jobs are done here, too
from insurance_chat.operators.inbox import sending
from insurance_chat.operators.sales import form

MOST_ROUNDS = 30
_NEARER = (
    "update procrastinate_jobs set scheduled_at = scheduled_at - make_interval(secs => %s)"
    " where scheduled_at is not null",
    "update sales set next_check_at = next_check_at - make_interval(secs => %s)"
    " where next_check_at is not null",
)


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

    @property
    def leader(self) -> Principal:
        """The agent who has taken the chat."""
        if self.agent is None:
            raise Failed("чат никто не ведёт")
        return self.agent

    def last_payment(self) -> str:
        """Address of the payment page that the client was given last."""
        urls = [r.metadata["payment"]["url"] for r in self.said if r.metadata.get("payment")]
        check(urls, "ссылки на оплату не было")
        return str(urls[-1])


class World:
    """The service, its database, the sandbox behind it.

    Args:
        services: started parts of the product.
        tenant_id: whose clients talk.
        sandbox_url: root of the emulators.
    """

    def __init__(self, services: QuickServices, tenant_id: int, sandbox_url: str) -> None:
        self.services = services
        self.db = services.db
        self.probe = Probe(services.db)
        self.tenant_id = tenant_id
        self.control = httpx.AsyncClient(base_url=sandbox_url, trust_env=False)

    async def reset(self) -> None:
        """A well-behaved outside world without memory."""
        await self.control.post("/control/reset")
        await self.dismiss_agents()

    async def begin(self) -> Talk:
        """A new visitor of the site."""
        async with self.db.unit() as unit:
            view, _ = await sessions.create_session(
                unit,
                self.tenant_id,
                None,
                channel="web",
                channel_user_id=uuid4().hex,
                prefer_voice=False,
                email=None,
            )
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

    async def speak(self, talk: Talk, text: str) -> list[Reply]:
        """The client says something aloud, and it is heard word for word."""
        recording = "sealed/00/" + "0" * 40  # nobody listens to it: its words are known
        async with self.db.pool.connection() as connection:
            stored = await hot.store_inbound(
                connection,
                self.db.cipher,
                self.tenant_id,
                talk.session,
                InboundMessage(Sender.USER, voice_key=recording, client_key=uuid4().hex),
                lease=None,
                queue=self.db.queue,
            )
            await sounds.note(
                connection,
                self.db.cipher,
                talk.conversation_id,
                stored.entry.public_id,
                merging.heard(text, None, "сценарий"),
            )
        return await self._rest(talk)

    async def send(
        self, talk: Talk, files: Mapping[str, str | bytes], text: str | None
    ) -> list[Reply]:
        """The client attaches files (name → content) to a message, perhaps without words."""
        contents = {n: one if isinstance(one, bytes) else one.encode() for n, one in files.items()}
        cards = [
            (await attachments.keep(self.services.files, data, name, 1)).card()
            for name, data in contents.items()
        ]
        async with self.db.pool.connection() as connection:
            await hot.store_inbound(
                connection,
                self.db.cipher,
                self.tenant_id,
                talk.session,
                InboundMessage(
                    Sender.USER, text=text, client_key=uuid4().hex, metadata={"files": cards}
                ),
                lease=None,
                queue=self.db.queue,
            )
        return await self._rest(talk)

    async def hire(self, name: str, status: str) -> None:
        """An insurance agent of the company."""
        async with self.db.unit() as unit:
            unit.session.add(
                User(
                    tenant_id=self.tenant_id,
                    login=uuid4().hex,
                    name=name,
                    role="agent",
                    password_hash="-",  # noqa: S106 - nobody logs in with it
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
            if user is None:
                raise Failed(f"нет агента {name}")
            talk.agent = auth.principal(user)
            await claiming.claim(unit, talk.agent, talk.session)
        return await self._rest(talk)

    async def say_as_agent(self, talk: Talk, text: str) -> list[Reply]:
        """The agent who leads the chat writes."""
        async with self.db.unit() as unit:
            message = InboundMessage(Sender.AGENT, text)
            await sending.send(unit, talk.leader, talk.session, message)
        return await self._rest(talk)

    async def release(self, talk: Talk, outcome: str) -> list[Reply]:
        """The agent leaves the chat."""
        async with self.db.unit() as unit:
            await claiming.release(unit, talk.leader, talk.session, claiming.Outcome(outcome))
        return await self._rest(talk)

    async def fill_as_agent(self, talk: Talk, words: dict[str, str]) -> list[Reply]:
        """The agent who leads the chat fills the form of the client's sale."""
        problems = await form.fill(
            self.services, talk.leader, talk.session, words, flow=form.DEFAULT_FLOW
        )
        check(not problems, str(problems))
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
        raise Failed("сервис не останавливается")

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

    async def answer_health(self, talk: Talk, form: dict[str, str]) -> list[Reply]:
        """The client fills the page with the questions about health that the chat has linked to last."""
        tokens = [
            found for reply in talk.said for found in re.findall(r"/anketa/([\w-]+)", reply.text)
        ]
        check(tokens, "ссылки на вопросы о здоровье не было")
        async with self.db.unit() as unit:
            ticket = questionnaire.opened(unit.cipher, tokens[-1])
            await questionnaire.submit(unit, ticket, form)
        return await self._rest(talk)

    async def _rest(self, talk: Talk) -> list[Reply]:
        await self.settle()
        return await self.fresh(talk)

    async def _click(self, talk: Talk, action: str) -> None:
        answer = await self.control.post(talk.last_payment(), data={"action": action})
        check(answer.status_code < 400, answer.text)

    async def _notice(self, talk: Talk) -> None:
        rows = await self.rows(
            "select id from sales where conversation_id = %s and not settled", talk.conversation_id
        )
        async with self.db.unit() as unit:
            for (sale_id,) in rows:
                await unit.defer(AdvanceSale(sale_id=sale_id))

    async def wait(self, talk: Talk, seconds: float) -> list[Reply]:
        """Let time pass: what is planned comes nearer by so many seconds, then happens."""
        for sql in _NEARER:
            await self.change(sql, seconds)
        await REGISTRY["insurance.sweep"].handler(0, self.services)
        return await self._rest(talk)

    async def misbehave(self, **orders: Any) -> None:
        """Make the sandbox fail: `fault` (one fault), `behave` (switches), `policies: forget`."""
        if "fault" in orders:
            answer = await self.control.post("/control/faults", json=orders["fault"])
            check(answer.status_code == 201, answer.text)
        if "behave" in orders:
            answer = await self.control.patch("/control/behaviour", json=orders["behave"])
            check(answer.status_code == 200, answer.text)
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
        return [body["changes"] for body in await self.bodies(talk) if "changes" in body]

    async def bodies(self, talk: Talk) -> list[dict[str, Any]]:
        """What the turns have recorded of themselves, oldest first."""
        rows = await self.rows(
            "select body from log_entries where conversation_id = %s and kind = 'dialogue'"
            " order by seq",
            talk.conversation_id,
        )
        return [self.db.cipher.open_json(row[0]) for row in rows]

    async def restore(self, talk: Talk, start: dict[str, Any]) -> None:
        """Begin in the middle: `state` of the dialogue and `history` of `{sender, text}`."""
        state = {name: value for name, value in (start.get("state") or {}).items() if value}
        async with self.db.unit() as unit:
            repository = ConversationRepository(unit, self.tenant_id)
            chat = await repository.by_id(talk.conversation_id, lock=True)
            if chat is None:
                raise Failed("чата нет")
            for line in start.get("history") or []:
                body = {"text": line["text"]}
                await repository.append(chat, EntryKind.MESSAGE, Sender(line["sender"]), body)
            await repository.append(chat, EntryKind.DIALOGUE, Sender.AI, {"changes": state})
            chat.dialogue = self.db.cipher.seal_json(state)
            chat.answered_seq = chat.last_inbound_seq = chat.last_seq
            talk.cursor = chat.last_seq

    async def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Look into the database."""
        return await self.probe.rows(sql, *values)

    async def number(self, sql: str, *values: Any) -> int:
        """The first column of the first row."""
        return int((await self.rows(sql, *values))[0][0])

    async def change(self, sql: str, *values: Any) -> None:
        """Change the database behind the product's back."""
        await self.probe.change(sql, *values)
