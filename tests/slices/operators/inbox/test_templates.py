"""Ready texts: who may change which, and how variables are filled."""

from __future__ import annotations

import pytest

from insurance_chat.core.errors import ServiceError
from insurance_chat.core.principal import Role
from insurance_chat.operators.inbox import templates
from tests.slices.operators.inbox.conftest import Desk


async def test_common_templates_are_for_all_and_own_ones_for_their_agent(desk: Desk) -> None:
    admin = await desk.staff("Ольга Админ", Role.ADMIN)
    anna, boris = await desk.staff(), await desk.staff("Борис Петров")
    async with desk.db.unit() as unit:
        await templates.add(unit, admin, "Приветствие", "Здравствуйте, {имя}!", common=True)
        await templates.add(unit, anna, "Моё", "До связи", common=False)
    async with desk.db.unit() as unit:
        of_anna = [one.title for one in await templates.list_templates(unit, anna)]
        of_boris = [one.title for one in await templates.list_templates(unit, boris)]
    assert of_anna == ["Моё", "Приветствие"]
    assert of_boris == ["Приветствие"]


async def test_an_agent_changes_neither_common_templates_nor_those_of_others(desk: Desk) -> None:
    admin = await desk.staff("Ольга Админ", Role.ADMIN)
    anna, boris = await desk.staff(), await desk.staff("Борис Петров")
    async with desk.db.unit() as unit:
        common = await templates.add(unit, admin, "Общий", "Текст", common=True)
        own = await templates.add(unit, anna, "Личный", "Текст", common=False)
    for template, code in ((common, "forbidden"), (own, "template_not_found")):
        async with desk.db.unit() as unit:
            with pytest.raises(ServiceError, match=code):
                await templates.change(unit, boris, template.id, "Взлом", "Взлом")
            with pytest.raises(ServiceError, match=code):
                await templates.remove(unit, boris, template.id)
    async with desk.db.unit() as unit:
        with pytest.raises(ServiceError, match="forbidden"):
            await templates.add(unit, boris, "Всем", "Текст", common=True)


async def test_a_template_is_written_anew_and_removed(desk: Desk) -> None:
    anna = await desk.staff()
    async with desk.db.unit() as unit:
        one = await templates.add(unit, anna, "Цена", "Цена {цена}", common=False)
        await templates.change(unit, anna, one.id, "Стоимость", "Стоимость {цена}")
    async with desk.db.unit() as unit:
        titles = [row.title for row in await templates.list_templates(unit, anna)]
        assert "Стоимость" in titles
        assert "Цена" not in titles
        await templates.remove(unit, anna, one.id)
    async with desk.db.unit() as unit:
        left = [row.id for row in await templates.list_templates(unit, anna)]
    assert one.id not in left
    assert await desk.audited("template.removed") == 1


def test_values_are_put_in_and_what_is_unknown_stays() -> None:
    filled = templates.fill(
        "{Имя}, полис {номер  полиса} до { дата окончания }. {агент}",
        {"имя": "Иван", "номер полиса": "", "агент": "Анна"},
    )
    assert filled.text == "Иван, полис {номер  полиса} до { дата окончания }. Анна"
    assert filled.missing == ("номер полиса", "дата окончания")


def test_braces_without_a_name_are_no_variable() -> None:
    assert templates.variables("json {} и {123} и { }") == ()


def test_a_value_with_braces_is_not_filled_again() -> None:
    assert templates.fill("{имя}", {"имя": "{агент}", "агент": "Анна"}).text == "{агент}"


async def test_search_takes_all_words_and_prefers_beginnings_of_titles(desk: Desk) -> None:
    anna = await desk.staff()
    async with desk.db.unit() as unit:
        await templates.add(unit, anna, "Как оплатить полис", "Ссылка придёт сюда", common=False)
        await templates.add(unit, anna, "Полис на почту", "Отправим полис", common=False)
        rows = await templates.list_templates(unit, anna)
    assert [one.title for one in templates.search(rows, "полис")] == [
        "Полис на почту",
        "Как оплатить полис",
    ]
    assert [one.title for one in templates.search(rows, "ПОЛИС ссылка")] == ["Как оплатить полис"]
    assert templates.search(rows, "ипотека") == []
