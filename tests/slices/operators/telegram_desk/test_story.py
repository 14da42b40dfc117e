"""A working day in Telegram: link, status, a request for two, a chat, a draft, back to the assistant."""

from __future__ import annotations

import asyncio

from insurance_chat.conversations.types import Sender
from tests.slices.operators.telegram_desk.conftest import Place


async def test_two_press_take_and_the_first_one_leads_the_chat_to_its_end(place: Place) -> None:
    anna = await place.agent("Анна Иванова", on_line=False)
    boris = await place.agent("Борис Петров", on_line=False)
    for agent in (anna, boris):
        await agent.phone.say("/status")
        await agent.sees("Не на линии")
        await agent.press("На линии")
        await agent.sees("Новые заявки приходят сюда")
    client, session = await place.client("Как вернуть деньги за полис?", "Иван Сидоров")
    for agent in (anna, boris):
        card = await agent.sees("Новая заявка")
        assert "Как вернуть деньги за полис?" in card.text
        assert card.buttons == ("Взять",)
    await asyncio.gather(anna.press("Взять"), boris.press("Взять"))
    holder = await place.world.until(lambda: place.holder(session))
    anna_leads = holder == anna.principal.user_id
    winner, loser = (anna, boris) if anna_leads else (boris, anna)
    name = "Анна Иванова" if winner is anna else "Борис Петров"
    await winner.sees("Чат ваш: 1 · Иван С.")
    await loser.sees(f"Взял(а) {name}.")
    await loser.sees(f"К чату подключился агент {name}")
    assert all("Взять" not in one.buttons for one in await loser.phone.shown())

    await winner.phone.say("Здравствуйте, я помогу")
    await place.world.until(lambda: _has(place, client, f"{name}\nЗдравствуйте, я помогу"))
    await client.say("А сколько ждать?")
    line = await winner.sees("А сколько ждать?")
    assert line.text.startswith("1 · Иван С.")
    assert line.buttons == ("Черновик", "Меню")

    await winner.press("Черновик")
    draft = await winner.sees("Черновик · 1 · Иван С.")
    assert "14 дней" in draft.text
    before = len(await client.shown())
    await asyncio.gather(winner.press("Отправить"), winner.press("Отправить"))
    await winner.sees("Отправлено: 1 · Иван С.")
    await winner.sees("уже отправлен")
    await place.world.until(lambda: _has(place, client, "14 дней"))
    assert len(await client.shown()) == before + 1

    await winner.press("Вернуть ассистенту")
    await winner.sees("чат вернулся ассистенту")
    await client.say("Спасибо")
    await place.world.until(lambda: _has(place, client, "Эхо: Спасибо"))
    assert "Спасибо" not in await winner.texts()
    assert "сколько ждать" not in await loser.texts()
    await place.world.settled()
    said = {entry.body["text"] for entry in await place.world.said(Sender.USER)}
    assert said == {"Как вернуть деньги за полис?", "А сколько ждать?", "Спасибо"}


async def _has(place: Place, client: object, words: str) -> bool:
    return any(words in one.text for one in await client.shown())  # type: ignore[attr-defined]
