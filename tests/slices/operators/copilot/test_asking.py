"""«Узнать у ИИ»: answers for the agent alone."""

from __future__ import annotations

import pytest

from insurance_chat.accounts.repository import StaffRepository
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal, Role
from insurance_chat.operators.copilot.asking import UNKNOWN, UNKNOWN_OWN
from insurance_chat.operators.copilot.facts import lost
from tests.slices.operators.copilot.conftest import Office


async def test_an_agent_hears_what_clients_never_read(office: Office) -> None:
    agent = await office.staff()
    told = await office.adviser.ask(agent, "Какая предельная скидка для постоянного клиента?")
    assert "700 руб." in told.text
    assert told.citations[0].quote == told.text


async def test_the_last_answer_can_be_made_shorter(office: Office) -> None:
    agent = await office.staff()
    first = await office.adviser.ask(agent, "Как вернуть деньги за полис?")
    shorter = await office.adviser.ask(agent, "короче", last=first)
    assert 0 < len(shorter.text) < len(first.text)
    assert not lost(first.text, shorter.text)
    assert shorter.citations == first.citations


async def test_silence_of_the_documents_is_said(office: Office) -> None:
    agent = await office.staff(companies=["beta"])
    told = await office.adviser.ask(agent, "Можно ли застраховать кота?")
    assert (told.text, told.citations, told.note) == ("", (), UNKNOWN)
    own = await office.adviser.ask(agent, "осмотр автомобиля перед полисом", companies="own")
    assert (own.text, own.note) == ("", UNKNOWN_OWN)


@pytest.mark.parametrize(
    ("words", "status"), [("я на месте", "available"), ("занята", "busy"), ("ушёл", "offline")]
)
async def test_words_about_being_at_work_set_the_status(
    office: Office, words: str, status: str
) -> None:
    agent = await office.staff()
    told = await office.adviser.ask(agent, words)
    assert told.text == ""
    assert told.note is not None
    assert told.note.startswith("Отмечено")
    async with office.db.unit() as unit:
        users = await StaffRepository(unit, office.tenant_id).with_role(Role.AGENT.value)
    assert {str(user.public_id): user.status for user in users}[str(agent.user_public_id)] == status


async def test_clients_have_no_adviser(office: Office) -> None:
    client = Principal(office.tenant_id, Role.USER, conversation_id=1)
    with pytest.raises(ServiceError, match="forbidden"):
        await office.adviser.ask(client, "скидка")
