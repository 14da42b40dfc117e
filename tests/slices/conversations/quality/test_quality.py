"""«Почему так ответил?» and examples for judging: who may, what is shown, whose data is kept."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
import yaml

from insurance_chat.accounts import audit
from insurance_chat.conversations import sessions
from insurance_chat.conversations.quality import cases
from insurance_chat.conversations.quality.cases import Expected
from insurance_chat.conversations.quality.disguise import disguise
from insurance_chat.conversations.quality.why import why
from insurance_chat.conversations.repository import ConversationRepository
from insurance_chat.conversations.types import EntryKind, Sender
from insurance_chat.core.db.unit import Database
from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Principal, Role
from tests.slices.conversations.office import Office, open_office

NOTES: list[dict[str, Any]] = [
    {"kind": "understanding", "at_ms": 1.0, "by": "model", "commands": [], "dropped": []},
    {"kind": "model", "at_ms": 2.0, "purpose": "understand", "prompt": "understand v1", "api_key": "sk-1"},
    {"kind": "odd", "at_ms": 3.0, "deep": {"messages": ["the whole prompt"], "n": 1}},
]  # fmt: skip
COMMANDS = [
    {"type": "set_slot", "slot": "owner_full_name", "value": "Кузнецова Мария Львовна"},
    {"type": "set_slot", "slot": "phone", "value": "+79161234567"},
]
SECRETS = ("кузнецов", "мари", "9161234567", "916 123", "а123вс77", "4510 123456", "4510123456")
WORDS = "кузнецова мария львовна, 8 916 123 45 67, а123вс77, паспорт 4510 123456, kuz@mail.ru"
RIGHT = Expected(commands=[{"type": "ask_question"}], says=["пять дней"])


@pytest.fixture
async def office(db: Database) -> Office:
    return await open_office(db)


async def answered(office: Office, *texts: str, changes: dict[str, Any] | None = None) -> UUID:
    """A chat whose last turn was answered as the product stores it."""
    chat = await office.chat(*texts)
    await turn(office, chat, changes or {})
    return chat


async def turn(office: Office, chat: UUID, changes: dict[str, Any]) -> int:
    async with office.db.unit() as unit:
        found = await sessions.find(unit, office.admin, chat, lock=True)
        repository = ConversationRepository(unit, office.tenant_id)
        body = {"commands": COMMANDS, "trace": {"ms": 12.5, "notes": NOTES}, "changes": changes}
        await repository.append(found, EntryKind.DIALOGUE, Sender.AI, body)
        await repository.append(found, EntryKind.STATE, Sender.SYSTEM, {"state": "qa"})
        entry = await repository.append(found, EntryKind.MESSAGE, Sender.AI, {"text": "Записал."})
    return entry.seq


async def explained(office: Office, chat: UUID, seq: int, by: Principal | None = None) -> Any:
    async with office.db.unit() as unit:
        return await why(unit, by or office.admin, chat, seq)


async def test_an_answer_is_explained_by_its_own_turn(office: Office) -> None:
    chat = await answered(office, "первое", "второе")
    shown = await explained(office, chat, 5)
    assert (shown.said, shown.answer, shown.ms) == (["первое", "второе"], "Записал.", 12.5)
    assert shown.commands == COMMANDS
    assert [note["kind"] for note in shown.notes] == ["understanding", "model", "odd"]
    later = await turn(office, chat, {})
    assert (await explained(office, chat, later)).said == []


async def test_keys_and_prompts_are_not_shown_even_when_a_note_holds_them(office: Office) -> None:
    shown = await explained(office, await answered(office, "привет"), 4)
    told = json.dumps(shown.raw(), ensure_ascii=False)
    assert "sk-1" not in told
    assert "the whole prompt" not in told
    assert "understand v1" in told
    assert shown.notes[2]["deep"] == {"n": 1}


async def test_only_the_administrator_of_the_company_asks_and_it_is_logged(office: Office) -> None:
    chat = await answered(office, "привет")
    agent = await office.person("Анна")
    foreign = (await open_office(office.db)).admin
    client = await office.client(chat)
    for caller, code in (
        (agent, "forbidden"),
        (client, "forbidden"),
        (foreign, "session_not_found"),
    ):
        for call in (explained(office, chat, 4, caller), kept(office, chat, 4, caller)):
            with pytest.raises(ServiceError) as refused:
                await call
            assert refused.value.code == code
    await explained(office, chat, 4)
    async with office.db.unit() as unit:
        log = await audit.list_entries(unit, office.admin, action="answer.explained")
    assert [(row.target, row.details) for row in log.rows] == [(f"chat:{chat}", {"seq": 4})]


@pytest.mark.parametrize("seq", [1, 2, 3, 99])
async def test_only_an_answer_of_the_assistant_can_be_explained(office: Office, seq: int) -> None:
    chat = await answered(office, "привет")
    with pytest.raises(ServiceError, match="answer_not_found"):
        await explained(office, chat, seq)


async def kept(
    office: Office, chat: UUID, seq: int, by: Principal | None = None, **more: Any
) -> cases.CaseView:
    async with office.db.unit() as unit:
        return await cases.add(unit, by or office.admin, chat, seq, RIGHT, **more)


async def test_an_example_keeps_the_turn_and_nobodys_data(office: Office) -> None:
    facts = {"owner_full_name": "Кузнецова Мария Львовна", "phone": "+79161234567"}
    chat = await answered(office, WORDS, changes={"slots": facts, "expects": ["plate"]})
    second = await office.say(chat, "телефон 8(916)123-45-67, это Мария")
    last = await turn(office, chat, {"slots": {"year": 2018}})
    case = await kept(office, chat, last)
    async with office.db.unit() as unit:
        again = await cases.read_case(unit, office.admin, case.id)
    stored = json.dumps([again.script(), again.answer, again.commands], ensure_ascii=False)
    for secret in SECRETS:
        assert secret not in stored.casefold(), secret
    assert "kuz@mail.ru" not in stored
    assert again.messages == ["телефон 8(910)000-00-01, это Иван"]
    assert again.state["slots"] == {
        "owner_full_name": "Иванов Иван Иванович",
        "phone": "+79100000001",
    }
    assert again.state["expects"] == ["plate"]
    assert again.history[0]["text"].startswith("Иванов Иван Иванович, 8 910 000 00 01, А001АА77")
    assert second.seq < last == again.seq


async def test_the_script_of_an_example_says_what_is_expected(office: Office) -> None:
    case = await kept(
        office, await answered(office, "когда начнёт"), 4, title="Срок", messages=["а"]
    )
    script = yaml.safe_load(case.yaml())
    assert script["steps"] == [
        {"client": ["а"]},
        {"expect": {"understood": [{"type": "ask_question"}], "says": ["пять дней"]}},
    ]
    assert (case.title, script["end"]) == ("Срок", "any")


async def test_examples_are_listed_taken_out_and_forgotten(office: Office) -> None:
    case = await kept(office, await answered(office, "привет"), 4)
    foreign = (await open_office(office.db)).admin
    agent = Principal(office.tenant_id, Role.AGENT, user_id=1)
    async with office.db.unit() as unit:
        page = await cases.list_cases(unit, office.admin)
        assert [(row.id, row.author) for row in page.rows] == [(case.id, "Главная")]
        assert (await cases.list_cases(unit, foreign)).total == 0
        with pytest.raises(ServiceError, match="forbidden"):
            await cases.list_cases(unit, agent)
        for call in (cases.remove, cases.export, cases.read_case):
            with pytest.raises(ServiceError, match="eval_case_not_found"):
                await call(unit, foreign, case.id)
        await cases.export(unit, office.admin, case.id)
        await cases.remove(unit, office.admin, case.id)
    async with office.db.unit() as unit:
        assert (await cases.list_cases(unit, office.admin)).total == 0
        log = await audit.list_entries(unit, office.admin, target="eval_case:")
    assert {row.action for row in log.rows} == {
        "eval_case.added",
        "eval_case.exported",
        "eval_case.removed",
    }


async def test_an_example_without_expectations_or_without_words_is_refused(office: Office) -> None:
    chat = await answered(office, "привет")
    async with office.db.unit() as unit:
        for wrong in (
            Expected(comment="плохо"),
            Expected(says=["ы" * 501]),
            Expected(says=["я"] * 21),
        ):
            with pytest.raises(ServiceError, match="eval_case_invalid"):
                await cases.add(unit, office.admin, chat, 4, wrong)
    news = await turn(office, chat, {})  # a job woke this one
    with pytest.raises(ServiceError, match="no_words"):
        await kept(office, chat, news)


def test_the_same_value_has_the_same_stand_in_however_it_is_written() -> None:
    body = {
        "one": "паспорт 45 10 123456 и права 9911 654321, +7 916 1234567",
        "two": ["4510123456", "9911654321", "89161234567", "8 926 000 11 22"],
        "three": {"plate": "a123bc177", "again": "А123ВС177", "vin": "XTA21099012345678"},
        "four": "родилась 01.02.1990, живу Казань, ул. Баумана, д. 5",
        "id": str(uuid4()),
    }
    slots = {
        "owner_birth_date": "1990-02-01",
        "owner_address": {"text": "Казань, улица Баумана, дом 5"},
    }
    safe = disguise(body, slots)
    assert safe["one"] == "паспорт 45 00 000002 и права 9900 000003, +7 910 0000001"
    assert safe["two"] == ["4500000002", "9900000003", "89100000001", "8 920 000 00 04"]
    assert safe["three"] == {"plate": "А001АА177", "again": "А001АА177", "vin": "XTA00000000000001"}
    assert safe["four"] == "родилась 05.05.1985, живу Казань, ул. Примерная, д. 5"
