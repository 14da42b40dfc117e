"""When the model fails, the rules answer the same turn; what leaves is masked and counted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from insurance_chat.llm.settings import LlmSettings
from tests.slices.dialogue.understanding.llm.conftest import Client

TEXT = "ну машина батина короче А123ВС77"
GOOD = json.dumps(
    {
        "commands": [
            {"do": "set_slot", "slot": "policyholder_is_owner", "value": "нет", "quote": "батина"}
        ]
    },
    ensure_ascii=False,
)
FAILURES: dict[str, tuple[dict[str, Any], str]] = {
    "a refusal": ({"refusal": "I cannot help"}, "refused"),
    "too many requests": ({"status": 429}, "rate_limited"),
    "a failing server": ({"status": 503}, "server_error"),
    "a wrong key": ({"status": 401}, "wrong_key"),
    "a cut connection": ({"cut": "start"}, "cut"),
    "a body cut in the middle": ({"cut": "middle"}, "cut"),
    "no JSON from the provider": ({"raw": "<html>"}, "malformed"),
}


@pytest.mark.parametrize("case", FAILURES)
async def test_the_rules_answer_when_the_model_does_not(case: str, client: Client) -> None:
    answer, why = FAILURES[case]
    await client.model_answers(**answer, times=None)
    commands = await client.says(TEXT, asked=["plate"])
    assert commands == await client.by_rules(TEXT, asked=["plate"])
    assert client.by == "rules"
    notes = client.turn.trace.of("model")
    assert [note["purpose"] for note in notes] == ["understand"]
    assert notes[0]["outcome"] in {why, "no_connection"}


class TestASlowModel:
    """A budget shorter than the model needs."""

    @pytest.fixture
    def settings(self) -> LlmSettings:
        return LlmSettings(timeout_seconds=0.2, budget_seconds=0.3)

    async def test_the_rules_answer_when_the_budget_is_spent(self, client: Client) -> None:
        await client.model_answers(text=GOOD, delay=3)
        commands = await client.says(TEXT, asked=["plate"])
        assert commands == await client.by_rules(TEXT, asked=["plate"])
        assert client.turn.trace.of("model")[0]["outcome"] == "too_slow"


@pytest.mark.parametrize(
    "broken",
    ["не знаю", '{"commands": [{"do": 5}]}', '{"commands": ['],
    ids=["words", "type", "cut"],
)
async def test_an_answer_of_another_form_is_repaired_once(broken: str, client: Client) -> None:
    await client.model_answers(text=broken)
    await client.model_answers(text=GOOD)
    commands = await client.says(TEXT, asked=["plate"])
    assert {"type": "set_slot", "slot": "policyholder_is_owner", "value": False} in commands
    first, second = await client.asked()
    assert second["messages"][: len(first["messages"])] == first["messages"]
    assert second["messages"][-2] == {"role": "assistant", "content": broken}
    assert "не подходит" in second["messages"][-1]["content"]
    assert [note["outcome"] for note in client.turn.trace.of("model")] == ["invalid_output", "ok"]


async def test_an_answer_that_stays_wrong_leaves_the_turn_to_the_rules(client: Client) -> None:
    await client.model_answers(text="не знаю", times=2)
    assert await client.says(TEXT) == await client.by_rules(TEXT)
    assert (client.by, len(await client.asked())) == ("rules", 2)


async def test_a_fenced_answer_needs_no_repair(client: Client) -> None:
    await client.model_answers(text=f"```json\n{GOOD}\n```")
    await client.says(TEXT)
    assert (client.by, len(await client.asked())) == ("model", 1)


async def test_tools_that_nobody_offered_are_not_called(client: Client) -> None:
    call = {"name": "issue_policy", "arguments": '{"price": 1}'}
    await client.model_answers(tool_calls=[call], times=2)
    assert await client.says(TEXT) == await client.by_rules(TEXT)
    assert client.by == "rules"


async def test_no_personal_data_reach_the_model(client: Client) -> None:
    text = (
        "слуш, собственник Кузнецов Пётр Ильич, паспорт 4510 123456, вин XTA210990Y2765499, "
        "номерок А123ВС77, тел 89161234567, почта petr@mail.ru, короч вот так"
    )
    history = [("user", "я Кузнецов Пётр, мой тел +7 916 123-45-67"), ("ai", "Пётр, спасибо!")]
    known = {"owner_full_name": "Кузнецов Пётр Ильич", "phone": "+79161234567"}
    await client.says(text, history=history, known=known, summary="Пётр Ильич хочет ОСАГО.")
    (body,) = await client.asked()
    sent = json.dumps(body, ensure_ascii=False)
    for secret in (
        "Кузнецов", "Пётр", "Ильич", "123456", "XTA210990Y2765499", "А123ВС77", "9161234567",
        "123-45-67", "petr@mail.ru",
    ):  # fmt: skip
        assert secret not in sent, secret


async def test_masked_quotes_come_back_as_the_clients_words(client: Client) -> None:
    placeholder = json.dumps(
        {
            "commands": [
                {"do": "set_slot", "slot": "phone", "value": "[PHONE_2]", "quote": "[PHONE_2]"}
            ]
        }
    )
    await client.model_answers(text=placeholder)
    commands = await client.says("короч брякай сюды 8 916 123-45-67 ежели чё", asked=["phone"])
    assert {"type": "set_slot", "slot": "phone", "value": "+79161234567"} in commands
    assert (client.by, client.dropped) == ("model", [])


async def test_the_settings_of_the_assistant_are_used(client: Client) -> None:
    async with client._db.pool.connection() as connection:
        await connection.execute(
            "insert into assistant_profiles values (%s, 'sandbox-model', 0.7, %s, 'тёплый',"
            " array['автоспорт'], 'татарский')",
            (client.tenant_id, "Наша компания зовётся Парус."),
        )
    await client.availability.refresh()
    await client.says(TEXT)
    (body,) = await client.asked()
    assert (body["model"], body["temperature"]) == ("sandbox-model", 0.7)
    data = body["messages"][-1]["content"]
    assert "Наша компания зовётся Парус." in data
    assert "<темы>\nавтоспорт\n</темы>" in data
    assert "<язык>\nтатарский\n</язык>" in data
