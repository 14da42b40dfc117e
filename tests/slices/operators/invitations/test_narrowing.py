"""«Только мои компании»: the assistant answers an invited client by the agent's companies."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from insurance_chat.core.db.unit import Database
from insurance_chat.core.files import local_file_store
from insurance_chat.dialogue.answering.grounded import ExtractiveAnswerer
from insurance_chat.dialogue.answering.ports import Asking
from insurance_chat.dialogue.answering.quotation import QuotingAnswerer
from insurance_chat.knowledge import service as knowledge
from insurance_chat.knowledge.index import KnowledgeIndex
from insurance_chat.operators.invitations.narrowing import InvitedAnswerer
from tests.slices.operators.invitations.conftest import Hire, Member, come, invite

QUESTION = "Сколько стоит эвакуация автомобиля после аварии?"
RULE = "# Эвакуация автомобиля\n\nЭвакуация автомобиля после аварии стоит {price} рублей."


@pytest.fixture
async def answerer(db: Database, tmp_path: Path, hire: Hire) -> AsyncIterator[InvitedAnswerer]:
    """Answers over the rules of one insurer."""
    chief = await hire("admin")
    files = local_file_store(tmp_path, db.cipher)
    async with db.unit() as unit:
        text = RULE.format(price=uuid4().int % 9000 + 1000).encode()
        preview = await knowledge.upload(
            unit,
            files,
            chief.principal,
            "rules.md",
            text,
            company_code="alfa",
            product_code="osago",
        )
        await knowledge.commit(unit, chief.principal, preview.ingest_id)
    index = KnowledgeIndex(db)
    await index.start()
    yield InvitedAnswerer(db, QuotingAnswerer(ExtractiveAnswerer(index)))
    await index.stop()


async def _answered(
    db: Database, tenant_id: int, answerer: InvitedAnswerer, agent: Member, *, narrowed: bool
) -> bool:
    view = await come(db, tenant_id, await invite(db, agent, only_own_companies=narrowed))
    found = await answerer.answer(Asking(QUESTION, tenant_id, view.contact_id))
    return found.confident


async def test_rules_of_other_companies_do_not_answer_a_narrowed_client(
    db: Database, tenant_id: int, hire: Hire, answerer: InvitedAnswerer
) -> None:
    reso, alfa = await hire(companies=["reso"]), await hire(companies=["alfa", "reso"])
    assert not await _answered(db, tenant_id, answerer, reso, narrowed=True)
    assert await _answered(db, tenant_id, answerer, reso, narrowed=False)
    assert await _answered(db, tenant_id, answerer, alfa, narrowed=True)


async def test_an_agent_without_companies_any_more_narrows_nothing(
    db: Database, tenant_id: int, hire: Hire, answerer: InvitedAnswerer
) -> None:
    agent = await hire(companies=["reso"])
    view = await come(db, tenant_id, await invite(db, agent, only_own_companies=True))
    assert await answerer.companies_of(tenant_id, view.contact_id) == ("reso",)
    async with db.pool.connection() as connection:
        await connection.execute("update users set companies = '{}' where id = %s", (agent.key,))
    assert await answerer.companies_of(tenant_id, view.contact_id) is None
