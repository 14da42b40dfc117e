"""A company with documents, agents and chats, and the copilot over a real database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from insurance_chat.accounts import auth
from insurance_chat.accounts.models import User
from insurance_chat.conversations import log
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import Sender
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.unit import Database
from insurance_chat.core.files import local_file_store
from insurance_chat.core.principal import Principal, Role
from insurance_chat.dialogue.answering.grounded import ExtractiveAnswerer
from insurance_chat.insurance.products import load_catalog
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.operators.copilot.asking import Adviser
from insurance_chat.operators.copilot.ports import DraftWriter
from insurance_chat.operators.copilot.rules import RulesWriter
from insurance_chat.operators.copilot.service import Copilot
from tests.slices.knowledge.conftest import Library
from tests.support.chats import open_web_chat

REFUND = """# Возврат денег за полис

Деньги за неиспользованный срок возвращает страховая. Чтобы вернуть деньги за полис, нужно написать
заявление и приложить паспорт. Страховая перечисляет остаток в течение 14 дней. Из суммы
удерживают 23 %. Подробности на сайте example.ru.
"""
SECRET = """# Предельная скидка для постоянного клиента

Предельная скидка для постоянного клиента на дополнительные услуги — 700 руб., клиенту не показывать.
"""
ALPHA = """# Осмотр автомобиля перед полисом

Компания «Альфа» просит осмотр автомобиля перед полисом в офисе на улице Мира, 5.
"""


@dataclass
class Office:
    """One company: who works there, what is known, who chats."""

    db: Database
    tenant_id: int
    index: KnowledgeIndex
    library: Library

    def copilot(self, writer: DraftWriter | None = None) -> Copilot:
        """The copilot; with rules unless the test brings another writer."""
        answerer = ExtractiveAnswerer(self.index)
        return Copilot(self.db, answerer, load_catalog().slots, writer or RulesWriter())

    @property
    def adviser(self) -> Adviser:
        """«Узнать у ИИ»."""
        return Adviser(self.db, ExtractiveAnswerer(self.index), RulesWriter())

    async def staff(self, role: Role = Role.AGENT, **columns: Any) -> Principal:
        """A member of staff."""
        async with self.db.unit() as unit:
            user = User(
                tenant_id=self.tenant_id,
                public_id=uuid4(),
                login=uuid4().hex,
                name="Анна Иванова",
                role=role.value,
                password_hash="x",
                token_epoch=0,
                **columns,
            )
            unit.session.add(user)
            await unit.session.flush()
            return auth.principal(user)

    async def chat(
        self,
        *said: str,
        agent: Principal | None = None,
        name: str | None = None,
        dialogue: dict[str, Any] | None = None,
        brought_by: Principal | None = None,
    ) -> UUID:
        """A chat led by an agent; a line that begins with «ии:» or «агент:» is not the client's."""
        async with self.db.unit() as unit:
            view = await open_web_chat(unit, self.tenant_id)
            repository = ConversationRepository(unit, self.tenant_id)
            conversation = await repository.by_public_id(view.id, lock=True)
            contact = await repository.contact(view.contact_id)
            assert conversation is not None
            assert contact is not None
            conversation.operator_id = agent.user_id if agent is not None else None
            contact.operator_id = brought_by.user_id if brought_by is not None else None
            if name is not None:
                contact.profile = unit.cipher.seal_json({"name": name})
            if dialogue is not None:
                conversation.dialogue = unit.cipher.seal_json(dialogue)
            for line in said:
                sender, text = Sender.USER, line
                for prefix, who in (("ии: ", Sender.AI), ("агент: ", Sender.AGENT)):
                    if line.startswith(prefix):
                        sender, text = who, line.removeprefix(prefix)
                await log.append_message(unit, conversation, sender, {"text": text})
        return view.id


async def open_office(db: Database, folder: Path, cipher: Cipher) -> Office:
    """A company of its own, without documents."""
    async with db.pool.connection() as connection:
        cursor = await connection.execute(
            "insert into tenants (name, slug) values ('Тест', %s) returning id", (uuid4().hex,)
        )
        row = await cursor.fetchone()
    assert row is not None
    files = local_file_store(folder, cipher)
    admin = Principal(int(row[0]), Role.ADMIN, user_public_id=str(uuid4()))
    return Office(db, int(row[0]), KnowledgeIndex(db), Library(db, files, admin))


@pytest.fixture(scope="module")
async def office(db: Database, cipher: Cipher, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """A company that knows of refunds, of a secret discount and of one insurer's inspection."""
    place = await open_office(db, tmp_path_factory.mktemp("files"), cipher)
    await place.library.publish(REFUND, "refund.md")
    await place.library.publish(SECRET, "secret.md", visibility="agents")
    await place.library.publish(ALPHA, "alpha.md", company_code="alfa")
    await place.index.refresh()
    return place
