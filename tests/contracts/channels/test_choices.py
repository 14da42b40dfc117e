"""Quick replies, offers and payment: buttons where there are some, numbers and links elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.channels.driver import Client, Feature, Shown
from tests.contracts.channels.world import World, echo, says

COLOURS = [{"title": f"Вариант {n}", "value": f"выбираю {n}"} for n in range(1, 4)]
OFFERS = [
    {"company": "Альфа", "price": "5100.00", "value": "Альфа", "details": "КБМ 0,5"},
    {"company": "Бета", "price": "6200.00", "value": "Бета"},
]


async def _asked(world: World, client: Client, replies: list[dict[str, str]]) -> Shown:
    world.assistant.script = says("Что выбираете?", quickReplies=replies)
    await client.say("хочу выбрать")
    shown = (await world.shown(client))[0]
    await world.settled()
    world.assistant.script = echo
    return shown


async def _choose(client: Client, shown: Shown, number: int) -> None:
    if shown.buttons:
        await client.press(number)
    else:
        await client.say(str(number))


async def test_choices_are_shown_and_the_chosen_one_is_understood(world: World) -> None:
    client = await world.client()
    shown = await _asked(world, client, COLOURS)
    offered = shown.buttons or shown.text
    assert all(one["title"] in offered for one in COLOURS)
    await _choose(client, shown, 2)
    assert (await world.texts(client, 2))[1] == "Эхо: выбираю 2"
    chosen = (await world.said(count=2))[1].body
    assert chosen["text"] == "выбираю 2"
    assert chosen["metadata"]["pressed"] == "Вариант 2"


async def test_more_choices_than_a_messenger_shows_are_numbered(world: World) -> None:
    client = await world.client()
    can = world.messenger.adapter.capabilities
    most = max(can.buttons, can.list_rows)
    many = [{"title": f"Город {n}", "value": f"город {n}"} for n in range(1, most + 2)]
    if most + 1 > 40:
        pytest.skip("it shows more than anybody offers")
    shown = await _asked(world, client, many)
    assert not shown.buttons
    assert f"{most + 1} — Город {most + 1}" in shown.text
    await client.say(f"{most + 1}.")
    assert (await world.texts(client, 2))[1] == f"Эхо: город {most + 1}"


async def test_a_number_means_a_number_when_nothing_was_numbered(world: World) -> None:
    client = await world.client()
    shown = await _asked(world, client, COLOURS)
    await _choose(client, shown, 1)
    await world.shown(client, 2)
    await world.settled()
    await client.say("2")
    assert (await world.texts(client, 3))[2] == "Эхо: 2"


@pytest.mark.needs(Feature.BUTTONS)
async def test_a_button_of_an_earlier_question_still_means_what_it_said(world: World) -> None:
    client = await world.client()
    await _asked(world, client, COLOURS)
    await client.say("подождите")
    await world.shown(client, 2)
    await world.settled()
    await client.press(3)
    assert (await world.texts(client, 3))[2] == "Эхо: выбираю 3"


async def test_offers_are_listed_with_prices_and_can_be_chosen(world: World) -> None:
    client = await world.client()
    world.assistant.script = says("Готово: 2 предложения.", offers=OFFERS)
    await client.say("цены")
    shown = (await world.shown(client))[0]
    await world.settled()
    text = shown.text.replace("\u00a0", " ")
    assert "5 100 ₽" in text
    assert "КБМ 0,5" in text
    world.assistant.script = echo
    await _choose(client, shown, 2)
    assert (await world.texts(client, 2))[1] == "Эхо: Бета"


async def test_the_link_to_pay_reaches_the_client(world: World) -> None:
    client = await world.client()
    payment: dict[str, Any] = {"url": "https://pay.example.org/abc123", "amount": "5100.00"}
    world.assistant.script = says("Оплатите по ссылке.", payment=payment)
    await client.say("плачу")
    await world.shown(client)
    await world.settled()
    seen = await client.shown()
    shown = " ".join([*(one.text for one in seen), *(url for one in seen for url in one.links)])
    assert "https://pay.example.org/abc123" in shown
