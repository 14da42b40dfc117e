"""A client asks for a human; one comes, passes the chat on, gives it back, or is lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from insurance_chat.accounts.repository import add_tenant
from insurance_chat.conversations import hot, log, sessions
from insurance_chat.conversations.handover import claiming, duties
from insurance_chat.conversations.handover.claiming import Outcome
from insurance_chat.conversations.handover.outlook import look
from insurance_chat.conversations.handover.repository import HandoverRepository
from insurance_chat.conversations.handover.settings import HandoverSettings
from insurance_chat.conversations.handover.texts import Asked
from insurance_chat.conversations.handover.wishes import Wish
from insurance_chat.conversations.types import ConversationState
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.main import models as _models  # noqa: F401 - foreign keys need every table
from tests.slices.conversations.handover_desk import ALWAYS, Office, open_handover


@pytest.fixture
async def office(db: Database) -> Office:
    return await open_handover(db)


async def test_a_client_is_told_the_place_in_the_queue(office: Office) -> None:
    first, second = await office.client(), await office.client()
    await first.ask()
    await second.ask()
    assert "Номер в очереди: 1." in (await first.said())[-1]
    assert "Номер в очереди: 2." in (await second.said())[-1]
    assert (await first.said())[-1].startswith("Ожидание агента…")
    assert "свободных агентов нет" in (await first.said())[-1]


async def test_asking_again_keeps_the_place_and_says_so(office: Office) -> None:
    first, second = await office.client(), await office.client()
    await first.ask()
    await second.ask()
    await first.ask()
    assert "не потерялась" in (await first.said())[-1]
    assert "Номер в очереди: 1." in (await first.said())[-1]
    desk = await office.desk(await office.hire("Анна Смирнова"))
    assert [row.session for row in desk.waiting] == [first.session, second.session]


async def test_the_first_claim_wins_and_the_second_is_told_who_has_it(office: Office) -> None:
    anna, boris = await office.hire("Анна Смирнова"), await office.hire("Борис Котов")
    chat = await office.client()
    await chat.ask()
    results = await asyncio.gather(chat.claim(anna), chat.claim(boris), return_exceptions=True)
    won = [one for one in results if isinstance(one, sessions.SessionView)]
    lost = [one for one in results if isinstance(one, ServiceError)]
    assert len(won) == len(lost) == 1
    assert lost[0].code == "already_claimed"
    assert lost[0].data["agentName"] == won[0].agent_name
    assert (await chat.said())[-1] == f"К чату подключился агент {won[0].agent_name}."
    loser = boris if won[0].agent_name == anna.name else anna
    taken = (await office.desk(loser)).taken
    assert [one.text for one in taken] == [
        f"К чату подключился {won[0].agent_name}, заявка неактуальна"
    ]


async def test_claiming_twice_changes_nothing(office: Office) -> None:
    anna, chat = await office.hire("Анна"), await office.client()
    await chat.ask()
    await chat.claim(anna)
    before = await chat.said()
    await chat.claim(anna)
    assert await chat.said() == before


async def test_nobody_takes_a_chat_that_did_not_ask_unless_it_is_an_own_client(
    office: Office,
) -> None:
    anna, boris = await office.hire("Анна"), await office.hire("Борис")
    own = await office.client(own_of=anna)
    with pytest.raises(ServiceError, match="session_not_found"):
        await own.claim(boris)
    assert (await own.claim(anna)).agent_name == "Анна"


async def test_with_a_human_in_the_chat_no_turn_is_owed(office: Office) -> None:
    anna, chat = await office.hire("Анна"), await office.client()
    await chat.ask()
    await chat.claim(anna)
    stored = await chat.say("и ещё вопрос")
    assert stored.snapshot.lease_owner is None
    assert not await chat.owed()


async def test_news_of_a_sale_are_still_owed_a_turn_beside_the_human(office: Office) -> None:
    anna, chat = await office.hire("Анна"), await office.client()
    await chat.ask()
    await chat.claim(anna)
    async with office.db.unit() as unit:
        await log.poke(unit, office.tenant_id, chat.id, "paid")
    assert await chat.owed()


async def test_a_reply_that_was_being_thought_is_dropped_at_the_claim(office: Office) -> None:
    anna, chat = await office.hire("Анна"), await office.client()
    await chat.ask()
    stored = await chat.say("сколько стоит?")
    await chat.claim(anna)
    async with office.db.pool.connection() as connection:
        late = await hot.commit_turn(
            connection, office.db.cipher, stored.snapshot, stored.snapshot.lease_owner, [],
            dialogue={}, state=ConversationState.QA, flow_asks=False, prefer_voice=False,
            force=True, queue=office.db.queue,
        )  # fmt: skip
    assert late is None
    assert (await chat.row()).state == "with_agent"


async def test_who_writes_takes_the_chat(office: Office) -> None:
    anna, boris = await office.hire("Анна"), await office.hire("Борис")
    chat = await office.client()
    await chat.ask()
    await chat.reply(anna, "Здравствуйте!")
    assert (await chat.row()).operator_id == anna.key
    with pytest.raises(ServiceError, match="already_claimed"):
        await chat.reply(boris, "Я отвечу")
    assert "Я отвечу" not in await chat.said()


async def test_a_repeated_message_of_an_agent_is_stored_once(office: Office) -> None:
    anna, chat = await office.hire("Анна"), await office.client()
    await chat.ask()
    first = await chat.reply(anna, "Добрый день", key="c:1")
    again = await chat.reply(anna, "Добрый день", key="c:1")
    assert (first.fresh, again.fresh) == (True, False)
    assert (await chat.said()).count("Добрый день") == 1
    async with office.db.unit() as unit:
        request = await HandoverRepository(unit, office.tenant_id).open(chat.id)
    assert request is not None
    assert request.first_reply_at is not None


async def test_after_release_the_assistant_is_owed_a_turn_but_not_the_old_words(
    office: Office,
) -> None:
    anna, chat = await office.hire("Анна"), await office.client()
    await chat.ask()
    await chat.claim(anna)
    await chat.say("позовите человека")
    await chat.release(anna)
    row = await chat.row()
    assert row.answered_seq == row.last_inbound_seq
    assert await chat.owed()
    assert row.operator_id is None
    assert (await chat.said())[-1] == "Агент Анна вышел из чата. Дальше снова отвечает ассистент."


async def test_a_closed_chat_is_quiet(office: Office) -> None:
    anna, chat = await office.hire("Анна"), await office.client()
    await chat.ask()
    await chat.claim(anna)
    await chat.release(anna, Outcome.CLOSED)
    assert not await chat.owed()
    assert (await chat.row()).state == "qa"


async def test_only_the_holder_gives_a_chat_back(office: Office) -> None:
    anna, boris = await office.hire("Анна"), await office.hire("Борис")
    boss = await office.hire("Шеф", role="admin")
    chat = await office.client()
    await chat.ask()
    await chat.claim(anna)
    with pytest.raises(ServiceError, match="session_not_found"):
        await chat.release(boris)
    await chat.release(boss)
    assert (await chat.row()).operator_id is None


async def test_a_transfer_is_shown_to_the_colleague_first(office: Office) -> None:
    anna, boris = await office.hire("Анна"), await office.hire("Борис")
    vera = await office.hire("Вера")
    chat = await office.client()
    await chat.ask()
    await chat.claim(anna)
    async with office.db.unit() as unit:
        to = UUID(str(boris.principal.user_public_id))
        await claiming.transfer(unit, anna.principal, chat.session, to)
    assert "коллеге: Борис" in (await chat.said())[-1]
    assert [row.for_me for row in (await office.desk(boris)).waiting] == [True]
    assert (await office.desk(vera)).waiting == []
    await chat.shift("widen_at", 3)
    assert [row.for_me for row in (await office.desk(vera)).waiting] == [False]


async def test_a_transfer_to_a_colleague_who_is_away_is_refused(office: Office) -> None:
    anna, away = await office.hire("Анна"), await office.hire("Борис", status="offline")
    chat = await office.client()
    await chat.ask()
    await chat.claim(anna)
    to = UUID(str(away.principal.user_public_id))
    async with office.db.unit() as unit:
        with pytest.raises(ServiceError, match="agent_away"):
            await claiming.transfer(unit, anna.principal, chat.session, to)
    assert (await chat.row()).operator_id == anna.key


async def test_a_request_for_one_company_is_shown_to_others_later(office: Office) -> None:
    knows = await office.hire("Анна", companies=("alfa",))
    other = await office.hire("Борис", companies=("reso",))
    chat = await office.client()
    await chat.ask(Wish("client_asked", company="alfa", widen_seconds=60))
    assert len((await office.desk(knows)).waiting) == 1
    assert (await office.desk(other)).waiting == []
    await chat.shift("widen_at", 2)
    assert len((await office.desk(other)).waiting) == 1


@pytest.mark.parametrize(("status", "asked"), [("available", Asked.FREE), ("offline", Asked.AWAY)])
async def test_a_named_agent_is_found_in_any_case(
    office: Office, status: str, asked: Asked
) -> None:
    wanted = await office.hire("Мария Иванова", status=status)
    await office.hire("Олег Петров")
    chat = await office.client()
    async with office.db.unit() as unit:
        found = await look(unit, ALWAYS, office.tenant_id, chat.id, "Ивановой")
        unknown = await look(unit, ALWAYS, office.tenant_id, chat.id, "Кузнецовой")
    assert (found.operator_id, found.asked) == (wanted.key, asked)
    assert (unknown.operator_id, unknown.asked) == (None, Asked.UNKNOWN)


async def test_an_own_client_is_led_to_the_own_agent_first(office: Office) -> None:
    anna, boris = await office.hire("Анна Смирнова"), await office.hire("Борис Котов")
    chat = await office.client(own_of=anna)
    await chat.ask()
    assert "Анна Смирнова" in (await chat.said())[-1]
    assert len((await office.desk(anna)).waiting) == 1
    assert (await office.desk(boris)).waiting == []


async def test_when_nobody_comes_the_client_is_told_once(office: Office) -> None:
    chat = await office.client()
    await chat.ask()
    assert await duties.tell_that_nobody_came(office.db, ALWAYS) == 0
    await chat.shift("requested_at", 6)
    assert await duties.tell_that_nobody_came(office.db, ALWAYS) == 1
    assert await duties.tell_that_nobody_came(office.db, ALWAYS) == 0
    assert "никто из агентов не подключился" in (await chat.said())[-1]
    assert (await chat.row()).state == "handover_requested"


async def test_out_of_hours_nothing_is_promised_for_now(office: Office) -> None:
    closed = HandoverSettings(handover_hours=_closed_now())
    chat = await office.client()
    await chat.ask()
    await chat.shift("requested_at", 60)
    assert await duties.tell_that_nobody_came(office.db, closed) == 0
    async with office.db.unit() as unit:
        outlook = await look(unit, closed, office.tenant_id, chat.id)
    assert outlook.opens is not None


def _closed_now() -> str:
    from_now = (utcnow() + timedelta(hours=3 + 12)).hour  # half a day away by the Moscow clock
    return f"пн-вс {from_now}:00-{from_now}:01"


async def test_a_chat_whose_agent_is_gone_returns_to_the_queue(office: Office) -> None:
    anna, boris = await office.hire("Анна"), await office.hire("Борис")
    chat = await office.client()
    await chat.ask()
    await chat.claim(anna)
    assert await duties.return_lost_chats(office.db, ALWAYS) == 0
    await chat.shift("claimed_at", 10)
    assert await duties.return_lost_chats(office.db, ALWAYS) == 0  # she is still here
    async with office.db.unit() as unit:
        user = await HandoverRepository(unit, office.tenant_id).user(anna.key)
        assert user is not None
        user.seen_at = utcnow() - timedelta(minutes=10)
    assert await duties.return_lost_chats(office.db, ALWAYS) == 1
    assert "Связь с агентом прервалась" in (await chat.said())[-1]
    assert len((await office.desk(boris)).waiting) == 1
    assert await duties.return_lost_chats(office.db, ALWAYS) == 0


async def test_an_agent_sees_only_chats_that_concern_them(office: Office, db: Database) -> None:
    anna, boris = await office.hire("Анна"), await office.hire("Борис")
    quiet, asked = await office.client(), await office.client()
    await asked.ask()
    async with db.unit() as unit:
        with pytest.raises(ServiceError, match="session_not_found"):
            await sessions.find(unit, anna.principal, quiet.session)
        assert await sessions.find(unit, boris.principal, asked.session)
    await asked.claim(anna)
    async with db.unit() as unit:
        with pytest.raises(ServiceError, match="session_not_found"):
            await sessions.find(unit, boris.principal, asked.session)
    await asked.release(anna)
    async with db.unit() as unit:
        assert await sessions.find(unit, anna.principal, asked.session)


async def test_another_company_has_no_part_in_it(office: Office, db: Database) -> None:
    async with db.unit() as unit:
        foreign = Office(db, await add_tenant(unit, "Чужие", uuid4().hex))
    stranger = await foreign.hire("Чужой")
    chat = await office.client()
    await chat.ask()
    assert (await foreign.desk(stranger)).waiting == []
    with pytest.raises(ServiceError, match="session_not_found"):
        await chat.claim(stranger)
