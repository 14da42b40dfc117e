"""The door: forgeries, strangers, nonsense; what it does not like it never stores."""

from __future__ import annotations

import pytest

from insurance_chat.api.shell import MAX_HOOK
from tests.contracts.channels.driver import Feature
from tests.contracts.channels.world import World, post

pytestmark = pytest.mark.needs(Feature.HOOKS)


async def _stored(world: World) -> int:
    return await world.number("select count(*) from channel_updates")


@pytest.mark.needs(Feature.SIGNS)
async def test_a_forged_call_is_refused_and_leaves_nothing(world: World) -> None:
    before = await _stored(world)
    assert await world.messenger.forge(world.account.hook_url) == 403
    assert await _stored(world) == before


async def test_a_refusal_speaks_as_the_whole_service_does(world: World) -> None:
    answer = await post(world.account.hook_url[:-43] + "x" * 43, b"{}")
    assert answer.status_code == 404
    assert answer.json() == {"code": "hook_not_found", "message": "Такого адреса нет."}


async def test_a_messenger_that_we_do_not_know_finds_no_door(world: World) -> None:
    address = world.account.hook_url.rpartition("/")[2]
    base = world.core.base_url
    assert (await post(f"{base}/hooks/icq/{address}", b"{}")).status_code == 404


async def test_a_body_that_is_no_update_is_refused(world: World) -> None:
    before = await _stored(world)
    assert await world.messenger.babble(world.account.hook_url) == 422
    assert await _stored(world) == before


async def test_a_body_that_is_too_large_is_refused_unread(world: World) -> None:
    answer = await post(world.account.hook_url, b"[" + b" " * MAX_HOOK + b"]")
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


async def test_words_are_sealed_where_they_wait(world: World) -> None:
    client = await world.client()
    await client.say("совершенно секретно")
    await world.shown(client)
    rows = await world.rows("select body from channel_updates order by id desc limit 3")
    assert rows
    assert not any("секретно".encode() in bytes(row[0]) for row in rows if row[0])
