"""Reports: stored with who reported, worked on with a decision, and the reporter is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from insurance_chat.accounts import audit
from insurance_chat.conversations import incidents, sessions
from insurance_chat.conversations.incidents import IncidentView
from insurance_chat.conversations.reports import service
from insurance_chat.conversations.reports.repository import IncidentFilter
from insurance_chat.conversations.reports.service import Decision, Status
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import EntryKind, Sender
from insurance_chat.core.clock import utcnow
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal
from tests.slices.conversations.office import Office, open_office

CITATION = {"documentId": str(uuid4()), "title": "Правила", "quote": "Цитата"}
TOLD = "Спасибо: мы проверили ответ и исправили его."


@pytest.fixture
async def office(db: Database) -> Office:
    return await open_office(db)


async def report(
    office: Office,
    who: Principal,
    chat: UUID,
    kind: str = "ai_inaccuracy",
    **details: Any,
) -> IncidentView:
    async with office.db.unit() as unit:
        return await incidents.report(unit, who, chat, kind, details)


async def change(
    office: Office, incident: UUID, status: Status, who: Principal | None = None, **rest: Any
) -> IncidentView:
    async with office.db.unit() as unit:
        return await service.change(unit, who or office.admin, incident, status, **rest)


async def answered(office: Office) -> tuple[UUID, UUID]:
    """A chat with a wrong answer: its id and the answer's id."""
    chat = await office.chat("Здравствуйте", "Сколько действует полис?")
    async with office.db.unit() as unit:
        found = await sessions.find(unit, office.admin, chat, lock=True)
        repository = ConversationRepository(unit, office.tenant_id)
        body = {"commands": [{"type": "ask_question", "text": "срок"}]}
        await repository.append(found, EntryKind.DIALOGUE, Sender.AI, body)
    answer = await office.say(chat, "Два года.", Sender.AI, metadata={"citations": [CITATION]})
    await office.say(chat, "Это точно?")
    return chat, answer.public_id


async def found(office: Office, **wanted: Any) -> set[UUID]:
    async with office.db.unit() as unit:
        page = await service.list_incidents(unit, office.admin, IncidentFilter(**wanted))
    assert page.total == len(page.rows)
    return {row.id for row in page.rows}


async def said(office: Office, chat: UUID) -> list[tuple[str, str]]:
    async with office.db.unit() as unit:
        page = await sessions.list_messages(unit, office.admin, chat)
    return [(entry.sender.value, entry.body["text"]) for entry in page.items]


async def test_a_report_shows_the_question_the_answer_its_sources_and_the_trace(
    office: Office,
) -> None:
    chat, answer = await answered(office)
    made = await report(
        office, await office.client(chat), chat, messageId=str(answer), comment="Один год"
    )

    async with office.db.unit() as unit:
        evidence = await service.evidence(unit, office.admin, made.id)

    assert made.reporter == "user"
    assert evidence.question is not None
    assert evidence.question.body["text"] == "Сколько действует полис?"
    assert evidence.answer is not None
    assert evidence.answer.body["text"] == "Два года."
    assert evidence.citations == [CITATION]
    assert [line.body["commands"][0]["text"] for line in evidence.trace] == ["срок"]


async def test_you_are_wrong_said_in_the_chat_is_the_clients_report_of_the_answer_before(
    office: Office,
) -> None:
    chat = await office.chat("Сколько действует полис?")
    await office.say(chat, "Два года.", Sender.AI)
    complaint = await office.say(chat, "Вы ошиблись")
    key = await office.key(chat)
    async with office.db.unit() as unit:
        made = await incidents.create(
            unit, office.tenant_id, key, chat, "ai_inaccuracy", {"comment": "Вы ошиблись"}, "ai"
        )
        assert made is not None
    await office.say(chat, "Передал администратору.", Sender.AI)

    async with office.db.unit() as unit:
        evidence = await service.evidence(unit, office.admin, made.id)

    assert made.reporter == "user"
    assert evidence.answer is not None
    assert evidence.answer.body["text"] == "Два года."
    assert complaint.seq > evidence.answer.seq
    assert evidence.question is not None
    assert evidence.question.body["text"] == "Сколько действует полис?"


async def test_a_message_of_another_chat_is_not_shown(office: Office) -> None:
    _, foreign = await answered(office)
    chat = await office.chat("Моё")
    made = await report(office, await office.client(chat), chat, messageId=str(foreign))
    odd = await report(office, await office.client(chat), chat, messageId="не номер")

    async with office.db.unit() as unit:
        for one in (made, odd):
            evidence = await service.evidence(unit, office.admin, one.id)
            assert (evidence.question, evidence.answer) == (None, None)


async def test_a_second_press_is_one_report(office: Office) -> None:
    chat, answer = await answered(office)
    client, agent = await office.client(chat), await office.person("Анна")
    await office.led(chat, agent)
    said = {"messageId": str(answer), "comment": "Один год"}
    first = await report(office, client, chat, **said)

    again = await report(office, client, chat, **said)
    more = await report(office, client, chat, messageId=str(answer), comment="И не полтора")
    by_agent = await report(office, agent, chat, **said)

    assert again == first
    assert len({first.id, more.id, by_agent.id}) == 3
    assert await found(office) == {first.id, more.id, by_agent.id}


async def test_an_incident_goes_from_open_to_work_to_closed_and_back(office: Office) -> None:
    chat, answer = await answered(office)
    made = await report(office, await office.client(chat), chat, messageId=str(answer))

    taken = await change(office, made.id, Status.IN_WORK)
    closed = await change(
        office, made.id, Status.CLOSED, decision=Decision.FIXED, comment="Поправили правила"
    )
    opened = await change(office, made.id, Status.OPEN)

    assert (taken.status, taken.closed_at, taken.resolution["by"]) == ("in_work", None, "Главная")
    assert closed.closed_at is not None
    assert (closed.resolution["decision"], closed.resolution["comment"]) == (
        "fixed",
        "Поправили правила",
    )
    assert (opened.status, opened.closed_at, opened.resolution["decision"]) == ("open", None, "")
    steps = [(step["status"], step["by"]) for step in opened.resolution["history"]]
    assert steps == [("in_work", "Главная"), ("closed", "Главная"), ("open", "Главная")]
    async with office.db.unit() as unit:
        log = await audit.list_entries(unit, office.admin, target=str(made.id))
    assert [row.action for row in log.rows] == [
        "incident.reopened",
        "incident.closed",
        "incident.taken",
    ]


async def test_closing_needs_a_decision(office: Office) -> None:
    made = await report(office, office.admin, await office.chat("раз"), "abuse")

    with pytest.raises(ServiceError, match="incident_decision"):
        await change(office, made.id, Status.CLOSED)


async def test_what_others_keep_in_the_resolution_stays(office: Office, db: Database) -> None:
    made = await report(office, office.admin, await office.chat("раз"), "client_pull_away")
    async with db.pool.connection() as connection:
        await connection.execute(
            "update incidents set resolution = %s where public_id = %s",
            (office_seal(db, {"appeal": {"text": "Я не виноват"}}), made.id),
        )

    closed = await change(office, made.id, Status.CLOSED, decision=Decision.REJECTED)

    assert closed.resolution["appeal"] == {"text": "Я не виноват"}


def office_seal(db: Database, value: dict[str, Any]) -> bytes:
    return db.cipher.seal_json(value)


async def test_the_client_who_reported_is_told_in_the_chat(office: Office) -> None:
    chat, answer = await answered(office)
    made = await report(office, await office.client(chat), chat, messageId=str(answer))

    await change(office, made.id, Status.CLOSED, decision=Decision.FIXED, tell=f" {TOLD} ")

    assert (await said(office, chat))[-1] == ("system", TOLD)


async def test_the_client_is_not_told_when_nobody_asked_for_it(office: Office) -> None:
    chat, answer = await answered(office)
    agent = await office.person("Анна")
    await office.led(chat, agent)
    by_client = await report(office, await office.client(chat), chat, messageId=str(answer))
    by_agent = await report(office, agent, chat, messageId=str(answer))
    before = await said(office, chat)

    await change(office, by_client.id, Status.CLOSED, decision=Decision.FIXED)
    # An agent's report is between colleagues: even with words the client hears nothing.
    await change(office, by_agent.id, Status.CLOSED, decision=Decision.FIXED, tell=TOLD)

    assert await said(office, chat) == before


async def test_an_agent_sees_what_became_of_their_reports_only(office: Office) -> None:
    chat, answer = await answered(office)
    anna, boris = await office.person("Анна"), await office.person("Борис")
    for agent in (anna, boris):
        await office.led(chat, agent)
    made = await report(office, anna, chat, messageId=str(answer), comment="Год, а не два")
    await report(office, boris, chat, "abuse", comment="Ругается")
    await change(
        office, made.id, Status.CLOSED, decision=Decision.ANSWER_ADDED, comment="Добавили ответ"
    )

    async with office.db.unit() as unit:
        (own,) = await incidents.list_own_reports(unit, anna)
        with pytest.raises(ServiceError, match="forbidden"):
            await incidents.list_own_reports(unit, await office.client(chat))

    assert (own.id, own.session_id, own.said) == (made.id, chat, "Год, а не два")
    assert (own.status, own.decision, own.comment) == ("closed", "answer_added", "Добавили ответ")


async def test_filters(office: Office) -> None:
    anna, boris = await office.person("Анна"), await office.person("Борис")
    led, other = await office.chat("раз"), await office.chat("два")
    await office.led(led, anna)
    await office.led(other, boris)
    by_client = await report(office, await office.client(led), led)
    by_boris = await report(office, boris, other, "abuse")
    by_admin = await report(office, office.admin, other, "client_pull_away")
    async with office.db.unit() as unit:
        by_service = await incidents.create(
            unit, office.tenant_id, None, None, "turn_failed", {}, "system"
        )
        assert by_service is not None
    await change(office, by_boris.id, Status.IN_WORK)

    assert await found(office, status="in_work") == {by_boris.id}
    assert await found(office, kind="client_pull_away") == {by_admin.id}
    assert await found(office, reporter="client") == {by_client.id}
    assert await found(office, reporter="agent") == {by_boris.id}
    assert await found(office, reporter="admin") == {by_admin.id}
    assert await found(office, reporter="service") == {by_service.id}
    assert await found(office, agent=UUID(anna.user_public_id)) == {by_client.id}
    assert await found(office, agent=UUID(boris.user_public_id)) == {by_boris.id, by_admin.id}
    soon = utcnow() + timedelta(minutes=1)
    assert len(await found(office, until=soon)) == 4
    assert await found(office, since=soon) == set()


async def test_only_the_administrator_of_the_company_works_on_incidents(
    office: Office, db: Database
) -> None:
    chat = await office.chat("раз")
    agent = await office.person("Анна")
    made = await report(office, await office.client(chat), chat)
    stranger = (await open_office(db)).admin

    for who, code in (
        (agent, "forbidden"),
        (await office.client(chat), "forbidden"),
        (stranger, "incident_not_found"),
    ):
        async with db.unit() as unit:
            with pytest.raises(ServiceError, match=code):
                await service.get_incident(unit, who, made.id)
            with pytest.raises(ServiceError, match=code):
                await service.evidence(unit, who, made.id)
            with pytest.raises(ServiceError, match=code):
                await service.change(unit, who, made.id, Status.IN_WORK)
    async with db.unit() as unit:
        assert (await service.list_incidents(unit, stranger)).total == 0
