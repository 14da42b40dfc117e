"""What needs no model never reaches it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.slices.dialogue.understanding.llm.conftest import OFFERS, Client

CLEAR: dict[str, tuple[list[str], dict[str, Any]]] = {
    "a pressed offer": (["Гранит"], {"asked": ["offer"], "known": {"offers": OFFERS}}),
    "yes": (["да"], {"asked": ["confirm"]}),
    "no": (["Нет, спасибо"], {"asked": ["send_email"]}),
    "a thumb": (["👍"], {"asked": ["consent"]}),
    "a plate": (["А123ВС77"], {"asked": ["plate"]}),
    "a plate in latin letters": (["a123bc 77"], {"asked": ["plate"]}),
    "a VIN": (["XTA210990Y2765499"], {"asked": ["vin"]}),
    "a phone": (["8 (916) 123-45-67"], {"asked": ["phone"]}),
    "a mail": (["ivanov@mail.ru"], {"asked": ["email"]}),
    "a date": (["1 мая 1985"], {"asked": ["owner_birth_date"]}),
    "a date in numbers": (["05.12.2026"], {"asked": ["start_date"]}),
    "a fact with its name": (["госномер А123ВС77"], {"asked": ["plate"]}),
    "a passport with its name": (["паспорт 4510 123456"], {"asked": ["owner_passport"]}),
    "two messages of facts": (["+79161234567", "ivanov@mail.ru"], {"asked": ["phone", "email"]}),
    "a wrong plate alone": (["А123ВС"], {"asked": ["plate"]}),
    "a known phrase": (["позовите оператора"], {}),
    "a button": (["оформить осаго"], {"flow": None}),
    "a greeting": (["Здравствуйте!"], {"flow": None}),
}


@pytest.mark.parametrize("case", CLEAR)
async def test_a_clear_message_is_read_without_a_model(case: str, client: Client) -> None:
    messages, state = CLEAR[case]
    commands = await client.says(*messages, **state)
    assert client.by == "shortcut"
    assert commands == await client.by_rules(*messages, **state)
    assert commands[0]["type"] != "unclear"
    assert await client.asked() == []
    assert client.turn.trace.of("model") == []


NOT_CLEAR: dict[str, tuple[str, dict[str, Any]]] = {
    "facts and a story": ("ну машина батина короче А123ВС77", {"asked": ["plate"]}),
    "a correction": ("нет, год 2018", {"known": {"year": 2015}}),
    "a yes with a but": ("да, но сначала поменяйте телефон", {"asked": ["confirm"]}),
    "a free question": ("а если друг сядет за руль и попадёт в аварию", {}),
    "an unknown word": ("ласточку бы застраховать мне надобно", {"flow": None}),
}


@pytest.mark.parametrize("case", NOT_CLEAR)
async def test_anything_else_is_given_to_the_model(case: str, client: Client) -> None:
    text, state = NOT_CLEAR[case]
    await client.says(text, **state)
    assert len(await client.asked()) == 1


async def test_an_installation_without_keys_asks_nobody(keyless: Client) -> None:
    await keyless.availability.refresh()
    commands = await keyless.says("ласточку бы застраховать мне надобно", flow=None)
    assert commands == await keyless.by_rules("ласточку бы застраховать мне надобно", flow=None)
    assert keyless.by == "rules"
    assert keyless.understanding.history_limit(keyless.tenant_id) == 0
    assert await keyless.asked() == []


async def test_a_tenant_with_a_key_gets_a_window(client: Client) -> None:
    assert client.understanding.history_limit(client.tenant_id) == 12


async def test_a_key_of_somebody_else_is_no_key(client: Client) -> None:
    assert client.understanding.history_limit(client.tenant_id + 1) == 0
