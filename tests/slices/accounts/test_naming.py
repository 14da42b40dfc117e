"""Which agent a client means."""

from __future__ import annotations

from uuid import uuid4

import pytest

from insurance_chat.accounts import agents, naming
from insurance_chat.accounts.repository import add_tenant
from insurance_chat.core.db.unit import Database
from insurance_chat.core.principal import Principal
from tests.slices.accounts.conftest import new_admin, register

NAMES = (
    "Мария Иванова",
    "Пётр Иванов",
    "Сергей Сергеевич Петров",
    "Анна Соколова",
    "Павел Римский-Корсаков",
    "Шамиль Абдулжапаров",
    "Марина Ким",
    "Любовь Достоевская",
)
TABLE = [
    ("Ивановой", {"Мария Иванова"}),
    ("с Марией Ивановой", {"Мария Иванова"}),
    ("соедините с Ивановым", {"Пётр Иванов"}),
    ("Иваново", {"Мария Иванова", "Пётр Иванов"}),
    ("соедините меня с Марей Ивановай", {"Мария Иванова"}),
    ("Сергеем", {"Сергей Сергеевич Петров"}),
    ("можно Сергея Петрова?", {"Сергей Сергеевич Петров"}),
    ("с Сергеем Сергеевичем", {"Сергей Сергеевич Петров"}),
    ("Петром", {"Пётр Иванов"}),
    ("позовите Анну, пожалуйста", {"Анна Соколова"}),
    ("соколвой", {"Анна Соколова"}),
    ("Павлом", {"Павел Римский-Корсаков"}),
    ("с Римским-Корсаковым", {"Павел Римский-Корсаков"}),
    ("Корсакову", {"Павел Римский-Корсаков"}),
    ("абдулжепаровым", {"Шамиль Абдулжапаров"}),
    ("к Киму", {"Марина Ким"}),
    ("Любовью", {"Любовь Достоевская"}),
    ("давайте Машу", {"Мария Иванова"}),
    ("с Петей", {"Пётр Иванов"}),
    ("хочу поговорить с человеком", set()),
    ("сколько стоит осаго", set()),
    ("позовите агента Смирнову", set()),
    ("", set()),
    ("123", set()),
]


@pytest.fixture(scope="module")
async def team(db: Database, tenant_id: int, admin: Principal) -> int:
    """Agents of the tenant, and some whom nobody may be given to."""
    for name in NAMES:
        await register(db, tenant_id, admin, name)
    await register(db, tenant_id, None, "Ждана Смирнова")
    blocked = await register(db, tenant_id, admin, "Блок Смирнов")
    async with db.unit() as unit:
        await agents.set_blocked(unit, admin, blocked.id, blocked=True)
        elsewhere = await add_tenant(unit, "Другая", uuid4().hex)
    await register(db, elsewhere, await new_admin(db, elsewhere), "Чужая Смирнова")
    return tenant_id


@pytest.mark.parametrize(("words", "names"), TABLE)
async def test_words_find_the_agent(db: Database, team: int, words: str, names: set[str]) -> None:
    async with db.unit() as unit:
        found = await naming.named(unit, team, words)
    assert {one.name for one in found} == names
