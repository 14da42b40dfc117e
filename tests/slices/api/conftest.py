"""The whole API over real HTTP, with the sandbox insurer behind it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from typing_extensions import override

from insurance_chat.accounts import auth
from insurance_chat.accounts.passwords import hash_password
from insurance_chat.accounts.repository import StaffRepository, add_tenant
from insurance_chat.api.app import register_api
from insurance_chat.conversations.feed import FeedHub
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import EntryKind, NewEntry, Sender, Snapshot
from insurance_chat.core.clock import utcnow
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.listen import Listener
from insurance_chat.core.db.unit import Database
from insurance_chat.core.files import local_file_store
from insurance_chat.core.settings import CoreSettings
from insurance_chat.dialogue.answering.grounded import ExtractiveAnswerer
from insurance_chat.dialogue.decision import Decision, Window
from insurance_chat.dialogue.runner import TurnRunner
from insurance_chat.dialogue.state import DialogueState
from insurance_chat.dialogue.turn import Thinker
from insurance_chat.insurance import sales
from insurance_chat.insurance.products import load_catalog
from insurance_chat.insurance.providers.polis_online import mortgage_wire
from insurance_chat.insurance.providers.polis_online.client import PolisOnline
from insurance_chat.insurance.providers.polis_online.masking import Exchange
from insurance_chat.insurance.providers.polis_online.settings import PolisOnlineSettings
from insurance_chat.insurance.providers.ports import Offer, OfferStatus
from insurance_chat.insurance.quotes import QuoteDesk
from insurance_chat.insurance.saga import Saga
from insurance_chat.insurance.saga_store import keep_policy
from insurance_chat.insurance.settings import InsuranceSettings
from insurance_chat.integrations.settings import IntegrationSettings
from insurance_chat.knowledge.analysis.ports import RulesOnly
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.knowledge.uploads.reading import UploadReader
from insurance_chat.knowledge.uploads.service import UploadDesk
from insurance_chat.main.settings import Settings
from insurance_chat.operators.copilot.rules import RulesWriter
from insurance_chat.operators.copilot.service import Copilot
from insurance_chat.operators.inbox.speaking import Speaking
from insurance_chat.operators.pull_away.ports import RulesAreEnough
from insurance_chat.operators.pull_away.types import Allowed
from insurance_chat.sandbox.app import create_sandbox_app

PASSWORD = "correct-horse-battery"
_HASHES: dict[str, str] = {}


async def _hashed(password: str) -> str:
    # A hash is slow on purpose, and hundreds of people here have one password.
    if password not in _HASHES:
        _HASHES[password] = await hash_password(password)
    return _HASHES[password]


@dataclass(frozen=True)
class Staff:
    """A member of staff with a token."""

    id: str
    login: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class Chat:
    """A conversation of a client."""

    id: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class Stand:
    """A running service: its application, its address and its parts."""

    app: FastAPI
    url: str
    services: Parts
    tenant_id: int

    async def staff(self, role: str, tenant_id: int | None = None) -> Staff:
        """A new member of staff who is logged in."""
        login = f"{role}-{uuid4().hex[:8]}"
        async with self.services.db.unit() as unit:
            user = await StaffRepository(unit, tenant_id or self.tenant_id).add(
                login=login,
                name="Пётр Иванов",
                role=role,
                password_hash=await _hashed(PASSWORD),
                companies=[],
                approved_at=utcnow(),
            )
            assert user is not None
            pair = await auth.issue_tokens(unit, user)
        return Staff(str(user.public_id), login, pair.access_token)

    async def another_tenant(self) -> int:
        """A second company that uses the service."""
        async with self.services.db.unit() as unit:
            return await add_tenant(unit, "Другая", uuid4().hex)


class Echo:
    """An assistant that repeats the client's words: the API is tested, not the dialogue."""

    def history_limit(self, _tenant_id: int) -> int:
        """It reads no history."""
        return 0

    async def think(
        self, snapshot: Snapshot, window: Window, _orders: Any = (), _show: Any = None
    ) -> Decision:
        """Answer every message with its own text."""
        text = "\n".join(str(message.body.get("text")) for message in window.messages)
        reply = NewEntry(uuid4(), EntryKind.MESSAGE, Sender.AI, {"text": f"Эхо: {text}"})
        return Decision(DialogueState(), snapshot.state, [reply])


@dataclass
class Messengers:
    """Messengers by code; a test puts in what it connects."""

    adapters: dict[str, object] = field(default_factory=dict)


class Parts:
    """The parts of one process, put together as production does, with an echo for an assistant."""

    def __init__(self, core: CoreSettings) -> None:
        self.messengers = Messengers()
        self.settings = Settings(core=core)
        self.cipher = Cipher([b"k" * 32])
        self.db = Database(core.database_url, self.cipher, core.database_pool)
        self.files = local_file_store(core.data_dir / "files", self.cipher)
        self.integrations = IntegrationSettings()
        self.http = httpx.AsyncClient(trust_env=False)
        self.listener = Listener(core.database_url)
        self.hub = FeedHub(self.db, self.listener)
        insurer = PolisOnlineSettings().for_sandbox(f"{core.base_url}/sandbox")
        self.provider = PolisOnline(insurer, self.http, self._record)
        mortgage = self.provider.line("mortgage", mortgage_wire.quote_body)
        self.providers = {"osago": self.provider, "mortgage": mortgage}
        insurance = InsuranceSettings()
        self.quote_desk = QuoteDesk(self.db, self.providers, insurance)
        self.saga = Saga(
            self.db, self.providers, self.files, insurance, f"{core.base_url}/pay/return"
        )
        self.knowledge = KnowledgeIndex(self.db)
        self.uploads = UploadDesk(self.db, self.files, self.settings.knowledge)
        self.upload_reader = UploadReader(self.db, self.files, self.settings.knowledge, RulesOnly())
        self.answerer = ExtractiveAnswerer(self.knowledge)
        self.copilot = Copilot(self.db, self.answerer, load_catalog().slots, RulesWriter())
        self.speaking = Speaking(self.db, Allowed.make(), RulesAreEnough())
        self.turns = TurnRunner(self.db, cast("Thinker", Echo()), self.hub, self.listener)

    async def _record(self, _exchange: Exchange) -> None:
        return

    async def start(self) -> None:
        """Connect and follow the database."""
        await self.db.open()
        await self.knowledge.start(self.listener)
        await self.listener.start()
        await self.turns.start()

    async def stop(self) -> None:
        """Disconnect."""
        await self.turns.stop()
        await self.listener.stop()
        await self.knowledge.stop()
        await self.http.aclose()
        await self.db.close()


class _Server(uvicorn.Server):
    """Tells when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@pytest.fixture(scope="module")
async def stand(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stand]:
    """The service of one test module."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    folder: Path = tmp_path_factory.mktemp("api")
    core = CoreSettings(port=port, data_dir=folder, database_url=database_url, database_pool=8)
    services = Parts(core)
    app = FastAPI(openapi_url=None)
    register_api(app, services)
    sandbox = create_sandbox_app(f"{core.base_url}/sandbox", folder / "sandbox")
    app.mount("/sandbox", sandbox)
    config = uvicorn.Config(app, lifespan="off", log_level="warning", ws="websockets-sansio")
    server = _Server(config)
    await services.start()
    async with services.db.unit() as unit:
        tenant_id = await add_tenant(unit, "Тест", "main")
    async with sandbox.router.lifespan_context(sandbox):
        serving = asyncio.get_running_loop().create_task(server.serve(sockets=[listener]))
        await server.ready.wait()
        yield Stand(app, core.base_url, services, tenant_id)
        server.should_exit = True
        await serving
    await services.stop()
    listener.close()


@pytest.fixture
async def http(stand: Stand) -> AsyncIterator[httpx.AsyncClient]:
    """A caller without a token."""
    async with httpx.AsyncClient(base_url=stand.url, trust_env=False, timeout=20) as client:
        yield client


@pytest.fixture(scope="module")
async def admin(stand: Stand) -> Staff:
    return await stand.staff("admin")


@pytest.fixture(scope="module")
async def agent(stand: Stand) -> Staff:
    return await stand.staff("agent")


async def open_chat(http: httpx.AsyncClient) -> Chat:
    """A fresh conversation from the site."""
    answer = await http.post(
        "/v1/chat/sessions", json={"channel": "web", "channelUserId": str(uuid4())}
    )
    assert answer.status_code == 201, answer.text
    body = answer.json()
    return Chat(body["id"], body["accessToken"])


@pytest.fixture
async def chat(http: httpx.AsyncClient) -> Chat:
    return await open_chat(http)


@dataclass(frozen=True)
class Sold:
    """An issued policy."""

    id: str
    draft_id: str


async def insert_policy(stand: Stand, chat: Chat) -> Sold:
    """A policy that was issued in a conversation, without the way to it."""
    offer = Offer(
        offer_id=uuid4().hex,
        company_code="test",
        company="Тест",
        status=OfferStatus.READY,
        price=Decimal("5000.00"),
    )
    services = stand.services
    file_key = await services.files.put(b"%PDF-1.4 policy", sealed=True)
    async with services.db.unit() as unit:
        conversation = await ConversationRepository(unit, stand.tenant_id).by_public_id(
            UUID(chat.id)
        )
        assert conversation is not None
        payload = {"title": "Лада", "start_date": "2026-12-01", "email": "a@example.com"}
        sale = await sales.begin(
            unit,
            stand.tenant_id,
            offer,
            "polis_online",
            payload,
            product="osago",
            key=uuid4().hex,
            conversation_id=conversation.id,
            contact_id=conversation.contact_id,
        )
        sale.policy_number = f"ХХХ {uuid4().int % 10**10:010d}"
        sale.state, sale.price, sale.paid_at = "issued", offer.price, utcnow()
        policy = await keep_policy(unit, sale, file_key, 15)
        assert policy is not None
    return Sold(str(policy.public_id), str(sale.public_id))


def say(chat: Chat, text: str, **more: Any) -> dict[str, Any]:
    """The body of a client's message."""
    return {"sessionId": chat.id, "sender": "user", "text": text, **more}
