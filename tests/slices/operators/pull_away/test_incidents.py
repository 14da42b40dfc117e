"""A hit is written down with its evidence; the agent may object, the administrator decides."""

from __future__ import annotations

from uuid import UUID

import pytest

from insurance_chat.accounts import audit
from insurance_chat.conversations import incidents, log
from insurance_chat.conversations.reports import service as reports
from insurance_chat.conversations.reports.repository import IncidentFilter, IncidentRepository
from insurance_chat.conversations.types import Sender
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError, unavailable
from insurance_chat.core.principal import Principal, Role
from insurance_chat.operators.pull_away import appeals, service
from insurance_chat.operators.pull_away.appeals import Ruling
from insurance_chat.operators.pull_away.hits import State
from insurance_chat.operators.pull_away.ports import Question, RulesAreEnough
from insurance_chat.operators.pull_away.types import KIND, Level
from tests.slices.operators.pull_away.conftest import ALLOWED, EMAIL, Chat, Staff

BLOCKED = "Мой номер 8 916 000-11-22, звоните"
WARNED = "Давайте продолжим в телеграме"


async def test_the_clients_own_contacts_may_be_named(chat: Chat, staff: Staff) -> None:
    agent = await staff()
    for text in (f"Отправим полис на почту {EMAIL}?", "Ваш номер 8 (916) 555-44-33, верно?"):
        assert (await chat.check(agent, text)).level is Level.OK
    assert (await chat.check(agent, "Отправим на ivan2@mail.ru?")).level is not Level.OK


async def test_weak_signs_are_counted_in_this_chat_and_of_this_agent(
    chat: Chat, staff: Staff
) -> None:
    agent, other = await staff(), await staff(name="Пётр Другов")
    await chat.say(agent, "Могу приехать, если нужно")
    await chat.say(agent, "Созвонимся?")
    assert (await chat.check(agent, "Полис готов")).level is Level.OK
    third = await chat.check(agent, "Так созвонимся?")
    assert (third.level, third.rules[-1]) == (Level.WARN, "repeated")
    assert (await chat.check(other, "Так созвонимся?")).level is Level.OK


async def test_a_phone_in_parts_is_stopped_at_the_part_that_completes_it(
    db: Database, chat: Chat, staff: Staff
) -> None:
    agent = await staff()
    for part in ("916", "000 11"):
        assert (await chat.check(agent, part)).level is Level.OK
        await chat.say(agent, part)
    last = await chat.check(agent, "22 33")
    assert (last.level, last.rules[-1]) == (Level.BLOCK, "in_parts")
    async with db.unit() as unit:
        row = await chat.row(unit, agent.tenant_id)
        await log.append_message(unit, row, Sender.USER, {"text": "что это?"})
    assert (await chat.check(agent, "22 33")).level is Level.OK


async def test_prices_in_several_messages_are_all_right(chat: Chat, staff: Staff) -> None:
    agent = await staff()
    for price in ("РЕСО 7450", "ВСК 8120 р.", "СОГАЗ 9300", "8 900"):
        assert (await chat.check(agent, price)).level is Level.OK
        await chat.say(agent, price)


async def test_a_hit_is_an_incident_with_sealed_evidence(
    db: Database, chat: Chat, staff: Staff
) -> None:
    agent, admin = await staff(), await staff(Role.ADMIN)
    hit = await chat.record(agent, BLOCKED)
    async with db.unit() as unit:
        view = await reports.get_incident(unit, admin, hit.id)
        row = await IncidentRepository(unit, admin.tenant_id).one(hit.id)
        written = await audit.list_entries(unit, admin, target=f"incident:{hit.id}")
    assert (view.type, view.session_id, view.status) == (KIND, chat.view.id, "open")
    assert view.details["text"] == BLOCKED
    assert view.details["normalised"] == BLOCKED.lower()
    assert view.details["operator"] == agent.user_public_id
    assert view.details["score"] >= 80
    assert "write_or_call" in view.details["rules"]
    assert view.details["contacts"] == [{"kind": "phone", "value": "+79160001122"}]
    assert row is not None
    assert b"916" not in row.incident.details
    assert row.incident.operator_id == agent.user_id
    assert [entry.action for entry in written.rows] == ["message.blocked"]


async def test_the_same_text_is_one_incident_however_often_it_is_tried(
    chat: Chat, staff: Staff
) -> None:
    agent, other = await staff(), await staff()
    first = await chat.record(agent, BLOCKED)
    assert (await chat.record(agent, f"  {BLOCKED.upper()}".strip())).id == first.id
    assert (await chat.record(other, BLOCKED)).id != first.id


async def test_an_honest_message_is_not_written_down(
    db: Database, chat: Chat, staff: Staff
) -> None:
    agent = await staff()
    async with db.unit() as unit:
        row = await chat.row(unit, agent.tenant_id)
        verdict = await service.check_message(unit, agent, row, "Полис готов", ALLOWED)
        assert await service.record(unit, agent, row, "Полис готов", verdict) is None


async def test_the_agent_is_told_why_in_russian(chat: Chat, staff: Staff) -> None:
    agent = await staff()
    assert "не отправлено" in service.explain(await chat.check(agent, BLOCKED))
    assert "увидит администратор" in service.explain(await chat.check(agent, WARNED))
    assert "контакты скрыты" in service.explain(await chat.check(agent, "Оценщик 8 495 123-45-67"))


async def test_a_false_alarm_is_dismissed_and_the_text_may_be_sent(
    db: Database, chat: Chat, staff: Staff
) -> None:
    agent, admin = await staff(), await staff(Role.ADMIN)
    hit = await chat.record(agent, BLOCKED)
    assert hit.may_appeal
    async with db.unit() as unit:
        objected = await appeals.appeal(unit, agent, hit.id, " Это номер клиента ")
        assert (objected.state, objected.appeal) == (State.APPEALED, "Это номер клиента")
        assert next(one.id for one in await appeals.list_appealed(unit, admin)) == hit.id
    async with db.unit() as unit:
        decided = await appeals.decide(unit, admin, hit.id, Ruling.DISMISSED, "Верно, ошибка")
    assert decided.send == BLOCKED
    assert (await chat.check(agent, BLOCKED)).level is Level.OK
    assert (await chat.check(agent, f"{BLOCKED} в любое время")).level is Level.BLOCK
    async with db.unit() as unit:
        mine = (await appeals.list_own(unit, agent))[0]
        view = await reports.get_incident(unit, admin, hit.id)
        actions = [
            entry.action
            for entry in (await audit.list_entries(unit, admin, target=str(hit.id))).rows
        ]
        waiting = await appeals.list_appealed(unit, admin)
    assert (mine.state, mine.comment, mine.may_appeal) == (State.DISMISSED, "Верно, ошибка", False)
    assert mine.appeal == "Это номер клиента"
    assert view.resolution["appeal"]["words"] == "Это номер клиента"
    assert actions == ["incident.closed", "incident.appealed", "message.blocked"]
    assert hit.id not in [one.id for one in waiting]


async def test_an_upheld_verdict_sends_nothing_and_is_final(
    db: Database, chat: Chat, staff: Staff
) -> None:
    agent, admin = await staff(), await staff(Role.ADMIN)
    hit = await chat.record(agent, BLOCKED)
    async with db.unit() as unit:
        decided = await appeals.decide(unit, admin, hit.id, Ruling.UPHELD, "Нельзя")
    assert (decided.send, decided.hit.state) == (None, State.UPHELD)
    assert (await chat.check(agent, BLOCKED)).level is Level.BLOCK
    assert await _refusal(db, agent, hit.id) == "incident_decided"
    async with db.unit() as unit:
        with pytest.raises(ServiceError) as refused:
            await appeals.decide(unit, admin, hit.id, Ruling.DISMISSED)
    assert refused.value.code == "incident_decided"


async def test_a_dismissed_warning_has_nothing_left_to_send(
    db: Database, chat: Chat, staff: Staff
) -> None:
    agent, admin = await staff(), await staff(Role.ADMIN)
    hit = await chat.record(agent, WARNED)
    async with db.unit() as unit:
        decided = await appeals.decide(unit, admin, hit.id, Ruling.DISMISSED)
    assert (decided.send, decided.hit.state) == (None, State.DISMISSED)


async def _refusal(db: Database, who: Principal, incident: UUID, words: str = "Ошибка") -> str:
    with pytest.raises(ServiceError) as refused:
        async with db.unit() as unit:
            await appeals.appeal(unit, who, incident, words)
    return refused.value.code


async def test_only_the_agent_concerned_appeals_and_only_once(
    db: Database, chat: Chat, staff: Staff
) -> None:
    agent, other, admin = await staff(), await staff(), await staff(Role.ADMIN)
    hit = await chat.record(agent, BLOCKED)
    assert await _refusal(db, other, hit.id) == "incident_not_found"
    assert await _refusal(db, admin, hit.id) == "incident_not_found"
    assert await _refusal(db, agent, hit.id, "  ") == "appeal_words"
    assert await _refusal(db, agent, hit.id, "а" * 2001) == "appeal_words"
    async with db.unit() as unit:
        await appeals.appeal(unit, agent, hit.id, "Ошибка")
    assert await _refusal(db, agent, hit.id) == "appeal_twice"


async def test_an_agent_sees_only_own_hits_and_decides_nothing(
    db: Database, chat: Chat, staff: Staff
) -> None:
    agent, other = await staff(), await staff()
    client = Principal(agent.tenant_id, Role.USER, conversation_id=chat.view.conversation_id)
    hit = await chat.record(agent, BLOCKED)
    async with db.unit() as unit:
        assert [one.id for one in await appeals.list_own(unit, agent)] == [hit.id]
        assert await appeals.list_own(unit, other) == []
        assert (await appeals.get_hit(unit, agent, hit.id)).text == BLOCKED
        for call, code in (
            (appeals.get_hit(unit, other, hit.id), "incident_not_found"),
            (appeals.decide(unit, agent, hit.id, Ruling.DISMISSED), "forbidden"),
            (appeals.list_appealed(unit, agent), "forbidden"),
            (appeals.list_own(unit, client), "forbidden"),
        ):
            with pytest.raises(ServiceError) as refused:
                await call
            assert refused.value.code == code


async def test_an_incident_of_another_kind_cannot_be_appealed(
    db: Database, chat: Chat, staff: Staff
) -> None:
    agent, admin = await staff(), await staff(Role.ADMIN)
    async with db.unit() as unit:
        told = await incidents.report(
            unit, admin, chat.view.id, KIND, {"comment": "агент дал свой телефон"}
        )
    assert await _refusal(db, agent, told.id) == "incident_not_found"
    async with db.unit() as unit:
        page = await reports.list_incidents(unit, admin, IncidentFilter(kind=KIND))
    assert told.id in [one.id for one in page.rows]


class _Stern:
    """A model that stops what it is asked about."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def look(self, question: Question) -> Level:
        self.seen.append(question.text)
        return Level.BLOCK


class _Silent:
    async def look(self, question: Question) -> Level:
        raise unavailable("model_silent", "Модель не ответила.")


async def test_a_second_opinion_is_asked_only_when_the_rules_are_not_sure(
    chat: Chat, staff: Staff
) -> None:
    agent = await staff()
    stern = _Stern()
    doubtful = "Оценщик: 8 495 123-45-67"
    for text, level in (
        (doubtful, Level.BLOCK),
        (BLOCKED, Level.BLOCK),
        ("Полис готов", Level.OK),
    ):
        verdict = await chat.check(agent, text)
        assert (await service.reconsider(stern, 1, text, verdict)).level is level
    assert stern.seen == ["Оценщик: +7 ••• •••-••-67"]
    verdict = await chat.check(agent, doubtful)
    assert await service.reconsider(_Silent(), 1, doubtful, verdict) == verdict
    assert await service.reconsider(RulesAreEnough(), 1, doubtful, verdict) == verdict
