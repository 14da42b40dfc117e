"""The same sale in every messenger and on the site, all at the same time, with the same end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.contracts.channels.driver import Client, Messenger, ShownFile
from tests.journeys.messengers.accounts import Market, opened
from tests.journeys.messengers.buyers import Buyer, Site, Speaker
from tests.journeys.messengers.left import left_by
from tests.journeys.messengers.script import STEPS

SITE, VOICE = "site", "by voice"
MESSENGERS = ("telegram", "telegram business", "whatsapp cloud", "whatsapp gateway", "instagram")


@dataclass(frozen=True)
class Sold:
    """What is left after all sales."""

    market: Market
    buyers: dict[str, Buyer]
    conversations: dict[str, int]
    files: dict[str, ShownFile]


@pytest.fixture(scope="module")
async def sold(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sold]:
    """Seven clients who have bought."""
    async with opened(database_url, tmp_path_factory.mktemp("market")) as market:
        url = market.installation.url
        async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as http:
            buyers = await _buyers(market, http)
            all_here = asyncio.Barrier(len(buyers))
            async with asyncio.TaskGroup() as group:
                for buyer in buyers.values():
                    group.create_task(buyer.buy(all_here))
            files = {name: await buyer.policy() for name, buyer in buyers.items()}
            yield Sold(market, buyers, await _conversations(market, buyers), files)


async def _buyers(market: Market, http: httpx.AsyncClient) -> dict[str, Buyer]:
    people: dict[str, Any] = {name: await market.messengers[name].client() for name in MESSENGERS}
    talker = await market.messengers["telegram"].client()
    # Telegram numbers people from the same beginning in both roles of the bot: this one is new.
    people["telegram business"] = await _third(market.messengers["telegram business"])
    site = Site(http)
    await site.open()
    buyers = {name: Buyer(name, person, http) for name, person in people.items()}
    buyers |= {
        SITE: Buyer(SITE, site, http),
        VOICE: Speaker(VOICE, talker, http, market.installation.sandbox_url),
    }
    return buyers


async def _third(messenger: Messenger) -> Client:
    await messenger.client()
    return await messenger.client()


async def _conversations(market: Market, buyers: dict[str, Buyer]) -> dict[str, int]:
    """Which conversation is whose."""
    chats = {
        str(market.db.cipher.open_json(sealed)["chat"]): conversation
        for conversation, sealed in await market.rows(
            "select conversation_id, address from channel_chats"
        )
    }
    found = {}
    for name, buyer in buyers.items():
        if isinstance(buyer.phone, Site):
            rows = await market.rows(
                "select id from conversations where public_id = %s", buyer.phone.session
            )
            found[name] = rows[0][0]
        else:
            person: Any = buyer.phone
            number = str(getattr(person, "number", "") or person.chat.partition("@")[0])
            found[name] = next(one for chat, one in chats.items() if number in chat)
    return found


async def test_every_sale_left_the_same(sold: Sold) -> None:
    expected = await left_by(sold.market, sold.conversations[SITE])
    assert expected["sales"][0][6] == "issued"
    assert len(expected["policies"]) == len(expected["consents"]) == 1
    assert expected["letters"] == [["1"]]
    assert len(expected["reminders"]) > 0
    said = [text for sender, text in expected["messages"] if sender == "user"]
    assert len(said) == len(STEPS)
    for name in MESSENGERS:
        left = await left_by(sold.market, sold.conversations[name])
        for part, content in expected.items():
            assert left[part] == content, f"{part} of {name}"


async def test_the_sale_by_voice_left_the_same_but_for_its_words(sold: Sold) -> None:
    expected = await left_by(sold.market, sold.conversations[SITE], words=False)
    left = await left_by(sold.market, sold.conversations[VOICE], words=False)
    for part, content in expected.items():
        assert left[part] == content, part


async def test_every_message_of_it_was_a_recording_and_every_reply_was_spoken(sold: Sold) -> None:
    number = sold.conversations[VOICE]
    bodies = [
        (sender, sold.market.db.cipher.open_json(body))
        for sender, body in await sold.market.rows(
            "select sender, body from log_entries where conversation_id = %s and kind = 'message'",
            number,
        )
    ]
    said = [body for sender, body in bodies if sender == "user"]
    assert len(said) > len(STEPS)
    assert all(body.get("voiceKey") for body in said)
    recordings = [one for one in await sold.buyers[VOICE].phone.shown() if one.voice]
    assert len(recordings) >= len(STEPS)


async def test_the_policy_came_as_a_file_in_every_channel(sold: Sold) -> None:
    assert set(sold.files) == {SITE, VOICE, *MESSENGERS}
    for name, file in sold.files.items():
        assert file.data.startswith(b"%PDF-"), name
        assert file.mime == "application/pdf", name


async def test_buttons_were_pressed_and_numbers_typed_where_there_are_none(sold: Sold) -> None:
    choices = [step.choice for step in STEPS if step.choice]
    for name in (SITE, *MESSENGERS):
        buyer = sold.buyers[name]
        assert len(buyer.pressed) + len(buyer.typed) == len(choices), (name, buyer.pressed)
    assert len(sold.buyers["whatsapp gateway"].typed) == len(choices)
    assert not sold.buyers["telegram"].typed


async def test_nothing_is_owed_to_anybody(sold: Sold) -> None:
    states = await sold.market.rows("select distinct state from deliveries")
    assert {state for (state,) in states} <= {"sent", "delivered", "read"}
