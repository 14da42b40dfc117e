"""Answers about health are nowhere but in their own sealed table: the opened database is searched."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from insurance_chat.core.clock import format_date, moscow_today
from insurance_chat.core.crypto import Cipher
from insurance_chat.main.evaluation import scripts
from tests.dialogues.script import HERE, Player
from tests.support.world import World

WEIGHT, HEIGHT = "87.31", "203"
_ANSWER = re.compile(
    r"87[.,]31|(?:height|weight|рост|вес)\w*\W{1,4}(?:203|87)"
    r"|(?:smok|sever|disab|surg|pressure)\w*\W{1,5}(?:true|yes|1\b)",
    re.IGNORECASE,
)
STEPS = [
    {
        "health": {
            "weightKg": WEIGHT,
            "heightCm": HEIGHT,
            "smoker": True,
            "bloodPressure": True,
        }
    },
    {"client": "договор 12-345/2021 от 02.04.2021"},
    {"client": "г. Москва, ул. Ленина, д. 1, кв. 2, 54,2 кв. м"},
    {"client": "Иванов Иван Иванович, паспорт 4510 123456, прописан там же"},
    {
        "client": f"с {format_date(moscow_today() + timedelta(days=5))}, 8 900 123-45-67, ivan@example.ru"
    },
    {"client": "первую"},
    {"client": "почему так дорого"},
    {"client": "подтверждаю"},
    "pay",
    {"client": "позовите агента"},
]


def opened(cipher: Cipher, value: Any) -> str:
    """A cell of the database as text, unsealed when it is sealed."""
    if not isinstance(value, bytes | memoryview):
        return str(value)
    try:
        return cipher.open(bytes(value))
    except Exception:
        return ""


async def lines(world: World) -> list[tuple[str, str]]:
    """Every row of every table, opened; the health declarations are the one place that may know."""
    tables = await world.rows(
        "select table_name from information_schema.tables"
        " where table_schema = 'public' and table_type = 'BASE TABLE'"
    )
    found = []
    for (table,) in tables:
        if table == "health_declarations":
            continue
        for row in await world.rows(f'select * from "{table}"'):
            found.append((table, " ".join(opened(world.db.cipher, cell) for cell in row)))
    return found


async def test_no_answer_about_health_leaves_its_sealed_table(world: World) -> None:
    steps = [*scripts.prologue("mortgage_health", HERE), *STEPS]
    await Player(world).play({"steps": steps, "end": "any"})
    sealed = await world.rows("select count(*) from health_declarations")
    assert sealed[0][0] > 0
    told = [(table, _ANSWER.findall(text)) for table, text in await lines(world)]
    assert [one for one in told if one[1]] == []
