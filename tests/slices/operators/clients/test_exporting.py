"""A client, or the administrator for them, gets everything that is kept, in a form that can be read."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from uuid import uuid4
from zipfile import ZipFile

import pytest

from insurance_chat.accounts import audit
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import Entry, EntryKind
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.files import FileStore, local_file_store
from insurance_chat.core.principal import Principal, Role
from insurance_chat.insurance.jobs import SendClientData
from insurance_chat.operators.clients.exporting import service
from insurance_chat.operators.clients.exporting.archive import pack
from insurance_chat.operators.clients.exporting.gathering import File, Gathered
from insurance_chat.operators.clients.tasks import send_client_data
from tests.slices.operators.clients.planted import CONSENT, Planted, plant


class Parts:
    """What the job needs."""

    def __init__(self, db: Database, files: FileStore) -> None:
        self.db = db
        self.files = files


@pytest.fixture
def store(tmp_path: Path, cipher: Cipher) -> FileStore:
    """Files of the test."""
    return local_file_store(tmp_path / "files", cipher)


async def _messages(db: Database, planted: Planted) -> list[Entry]:
    async with db.unit() as unit:
        log = ConversationRepository(unit, planted.tenant_id)
        return await log.entries_after(planted.chat_id, 0, 100, (EntryKind.MESSAGE,))


async def test_the_archive_has_everything_readable_for_people_and_programs(
    db: Database, store: FileStore
) -> None:
    mark = uuid4().hex
    planted = await plant(db, store, mark)
    async with db.unit() as unit:
        gathered = await service.export(unit, planted.admin, planted.public_id)
    archive = ZipFile(BytesIO(await pack(gathered, store)))
    data = json.loads(archive.read("data.json"))
    assert data["Клиент"]["Имя"] == mark
    assert data["Где вы писали"][0]["Идентификатор"] == mark
    assert {one["Значение"] for one in data["Что помнит ассистент"]} >= {mark}
    assert data["Согласия"][0]["Текст"] == CONSENT.text
    assert data["Полисы"][0]["Полис"].endswith(planted.policy)
    assert len(data["Оформления"]) == 2
    assert mark in str(data["Расчёты"])
    (chat,) = data["Переписка"]
    assert chat["Сообщения"][0]["Текст"] == f"Меня зовут {mark}"
    assert chat["Краткое содержание"] == mark
    page = archive.read("index.html").decode()
    assert CONSENT.text in page
    assert f"Меня зовут {mark}" in page
    names = archive.namelist()
    policy = next(name for name in names if name.startswith("policies/"))
    assert archive.read(policy) == b"%PDF policy"
    assert any(name.endswith(f"{mark}.jpg") for name in names)


async def test_words_of_a_client_cannot_become_markup_of_the_page(
    db: Database, store: FileStore
) -> None:
    gathered = Gathered({"Переписка": [{"Текст": "<script>alert(1)</script>"}]})
    page = ZipFile(BytesIO(await pack(gathered, store))).read("index.html").decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


async def test_a_file_that_is_gone_is_named_and_stops_nothing(store: FileStore) -> None:
    gone = await store.put(b"x", sealed=True)
    await store.delete(gone)
    archive = ZipFile(BytesIO(await pack(Gathered({}, [File(gone, "files/1-a.jpg")]), store)))
    assert "files/1-a.jpg" not in archive.namelist()
    assert "files/1-a.jpg" in archive.read("data.json").decode()


async def test_a_client_gets_the_archive_in_the_chat_once(db: Database, store: FileStore) -> None:
    mark = uuid4().hex
    planted = await plant(db, store, mark)
    job = SendClientData(
        tenant_id=planted.tenant_id, conversation_id=planted.chat_id, key=uuid4().hex
    )
    before = len(await _messages(db, planted))
    for _ in range(2):
        await send_client_data(job, Parts(db, store))
    said = (await _messages(db, planted))[before:]
    (card,) = [card for one in said for card in one.body["metadata"]["files"]]
    assert card["name"] == "moi-dannye.zip"
    archive = ZipFile(BytesIO(await store.get(card["key"])))
    assert mark in archive.read("data.json").decode()


async def test_an_export_is_in_the_audit_log_and_not_for_agents(
    db: Database, store: FileStore
) -> None:
    planted = await plant(db, store, uuid4().hex)
    agent = Principal(planted.tenant_id, Role.AGENT, planted.admin.user_id)
    async with db.unit() as unit:
        with pytest.raises(ServiceError, match="forbidden"):
            await service.export(unit, agent, planted.public_id)
        await service.export(unit, planted.admin, planted.public_id)
    async with db.unit() as unit:
        page = await audit.list_entries(unit, planted.admin)
        assert "contact.exported" in [one.action for one in page.rows]
