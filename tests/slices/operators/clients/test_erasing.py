"""A client whose data were deleted is found nowhere but in what the law obliges to keep."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from insurance_chat.conversations.erasure import service as wishes
from insurance_chat.conversations.erasure.repository import ErasureRepository
from insurance_chat.conversations.models import Contact
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.core.clock import utcnow
from insurance_chat.core.crypto import Cipher
from insurance_chat.core.db.base import Base
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.files import FileStore, local_file_store
from insurance_chat.core.principal import Principal, Role
from insurance_chat.insurance.kept.service import drop_overdue
from insurance_chat.insurance.repository import PolicyRepository
from insurance_chat.operators.clients.erasing import service
from insurance_chat.operators.clients.erasing.repository import references
from insurance_chat.operators.clients.erasing.rules import RULES, Fate
from insurance_chat.operators.clients.jobs import EraseFiles
from insurance_chat.operators.clients.tasks import erase_files
from tests.slices.operators.clients.planted import MARK, Planted, office, places, plant


class Parts:
    """What the job needs."""

    def __init__(self, db: Database, files: FileStore) -> None:
        self.db = db
        self.files = files


@pytest.fixture
def store(tmp_path: Path, cipher: Cipher) -> FileStore:
    """Files of the test."""
    return local_file_store(tmp_path / "files", cipher)


async def _jobs(db: Database) -> list[dict[str, Any]]:
    async with db.pool.connection() as connection:
        cursor = await connection.execute(
            "select args from procrastinate_jobs where task_name = %s", (EraseFiles.name,)
        )
        return [row[0] for row in await cursor.fetchall()]


async def _erase(db: Database, planted: Planted) -> service.Erased:
    async with db.unit() as unit:
        return await service.erase(unit, planted.admin, planted.public_id)


async def _stored(store: FileStore) -> dict[str, bytes]:
    return {key: await store.get(key) for key, _ in store.list_stored()}


def test_every_table_that_knows_a_client_has_a_fate() -> None:
    known = {table.name for table, _, _ in references()}
    assert known - set(RULES) == set()
    assert set(RULES) <= set(Base.metadata.tables)


def test_wiped_columns_exist_and_what_stays_says_why() -> None:
    for name, rule in RULES.items():
        assert set(rule.columns) <= set(Base.metadata.tables[name].columns.keys())
        assert rule.why or rule.fate is not Fate.KEEP


async def test_a_word_of_the_client_is_found_nowhere_afterwards(
    db: Database, store: FileStore
) -> None:
    planted = await plant(db, store)
    before = await places(db)
    assert len(before) >= 20, sorted(before)
    done = await _erase(db, planted)
    assert await places(db) == set()
    assert done.files == len(planted.files)
    for job in await _jobs(db):
        await erase_files(EraseFiles(keys=job["keys"]), Parts(db, store))
    left = await _stored(store)
    assert set(left) == {planted.policy_file}
    assert MARK.encode() not in b"".join(left.values())


async def test_policies_payments_and_the_proof_of_consent_stay(
    db: Database, store: FileStore
) -> None:
    planted = await plant(db, store, uuid4().hex)
    done = await _erase(db, planted)
    titles = [one.title for one in done.kept]
    assert any(planted.policy in title for title in titles)
    assert any("Согласие" in title for title in titles)
    assert all(one.until is not None and one.until > utcnow().date() for one in done.kept)
    async with db.unit() as unit:
        found = await PolicyRepository(unit, planted.tenant_id).policies(
            contact_id=planted.contact_id
        )
        assert [one.number for one in found] == [planted.policy]
        (consent,) = await ErasureRepository(unit, planted.tenant_id).consents([planted.contact_id])
        assert consent.withdrawn_at is not None
        assert consent.text is not None


async def test_another_client_loses_nothing(db: Database, store: FileStore) -> None:
    first, second = uuid4().hex, uuid4().hex
    planted = await plant(db, store, first)
    await plant(db, store, second)
    before = await places(db, second)
    await _erase(db, planted)
    assert await places(db, second) == before


async def test_who_writes_again_is_a_new_client(db: Database, store: FileStore) -> None:
    mark = uuid4().hex
    planted = await plant(db, store, mark)
    await _erase(db, planted)
    async with db.unit() as unit:
        log = ConversationRepository(unit, planted.tenant_id)
        again = await log.contact_by_identity("telegram", mark)
        assert again.id != planted.contact_id
        assert again.profile is None


async def test_clients_who_were_merged_go_together(db: Database, store: FileStore) -> None:
    planted = await plant(db, store, uuid4().hex)
    await _erase(db, planted)
    async with db.unit() as unit:
        rows = await unit.session.get(Contact, planted.contact_id)
        other = await unit.session.get(Contact, planted.contact_id + 1)
        assert rows is not None
        assert other is not None
        assert rows.erased_at is not None
        assert other.erased_at is not None


async def test_a_turn_at_work_is_discarded(db: Database, store: FileStore) -> None:
    planted = await plant(db, store, uuid4().hex)
    async with db.unit() as unit:
        chat = await ConversationRepository(unit, planted.tenant_id).by_id(planted.chat_id)
        assert chat is not None
        before = chat.last_seq
    await _erase(db, planted)
    async with db.unit() as unit:
        chat = await ConversationRepository(unit, planted.tenant_id).by_id(planted.chat_id)
        assert chat is not None
        assert chat.last_seq == before + 1
        assert chat.answered_seq == chat.last_inbound_seq


async def test_the_wish_is_a_task_with_a_term_until_it_is_done(
    db: Database, store: FileStore
) -> None:
    planted = await plant(db, store, uuid4().hex)
    asked: dict[str, Any] = {"conversation_id": planted.chat_id, "origin": wishes.BY_CLIENT}
    async with db.unit() as unit:
        due = await wishes.ask(unit, planted.tenant_id, planted.contact_id, **asked)
        assert (due - utcnow()).days == 29
        again = await wishes.ask(unit, planted.tenant_id, planted.contact_id, **asked)
        assert again == due
        repository = ErasureRepository(unit, planted.tenant_id)
        assert len(await repository.waiting()) == 1
    await _erase(db, planted)
    async with db.unit() as unit:
        repository = ErasureRepository(unit, planted.tenant_id)
        assert await repository.waiting() == []
        done = await repository.last_done(planted.contact_id)
        assert done is not None
        assert done.done_by == planted.admin.user_id
        assert any(planted.policy in one["title"] for one in done.kept or [])


async def test_it_is_done_once_and_by_the_administrator_of_the_company(
    db: Database, store: FileStore
) -> None:
    planted = await plant(db, store, uuid4().hex)
    _, stranger = await office(db)
    agent = Principal(planted.tenant_id, Role.AGENT, planted.admin.user_id)
    async with db.unit() as unit:
        with pytest.raises(ServiceError, match="forbidden"):
            await service.erase(unit, agent, planted.public_id)
        with pytest.raises(ServiceError, match="contact_not_found"):
            await service.erase(unit, stranger, planted.public_id)
    await _erase(db, planted)
    with pytest.raises(ServiceError, match="client_erased"):
        await _erase(db, planted)


async def test_what_stays_goes_when_its_term_is_over(db: Database, store: FileStore) -> None:
    planted, other = await plant(db, store, uuid4().hex), await plant(db, store, uuid4().hex)
    await _erase(db, planted)
    async with db.unit() as unit:
        early = await drop_overdue(unit, date(2032, 10, 31))
        assert planted.policy_file not in early[0]
        files, consents = await drop_overdue(unit, date(2032, 11, 1))
        assert planted.policy_file in files
        assert other.policy_file not in files
        assert consents + early[1] >= 1
        left = PolicyRepository(unit, planted.tenant_id)
        assert await left.policies(contact_id=planted.contact_id) == []
        stays = PolicyRepository(unit, other.tenant_id)
        assert len(await stays.policies(contact_id=other.contact_id)) == 1
