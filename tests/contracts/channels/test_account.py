"""An account is connected, repaired, paused, removed; processes that keep it die."""

from __future__ import annotations

import asyncio
import gc

import psycopg
import pytest

from insurance_chat.channels import letters
from insurance_chat.channels.tasks import probe_accounts
from insurance_chat.channels.types import ACCOUNTS
from insurance_chat.core.errors import ServiceError
from tests.contracts.channels.driver import Feature
from tests.contracts.channels.world import World, post


async def test_an_account_is_connected_once(new_world: World) -> None:
    await new_world.connect()
    assert new_world.account.words == "Работает."
    assert not new_world.account.wants or all(new_world.account.wants)
    code = new_world.messenger.adapter.code
    with pytest.raises(ServiceError) as refused:
        await new_world.desk.connect(new_world.admin, code, dict(new_world.messenger.form))
    assert refused.value.code == "account_connected"


async def test_a_form_with_gaps_names_the_field(new_world: World) -> None:
    adapter = new_world.messenger.adapter
    with pytest.raises(ServiceError) as refused:
        await new_world.desk.connect(new_world.admin, adapter.code, {})
    assert refused.value.code == "value_missing"
    assert refused.value.data["field"] in {field.name for field in adapter.fields}


async def test_secrets_are_sealed_and_never_shown(new_world: World) -> None:
    await new_world.connect()
    rows = await new_world.rows("select secrets, options from connections where state <> 'removed'")
    secret = {
        new_world.messenger.form.get(field.name)
        for field in new_world.messenger.adapter.fields
        if field.secret
    } - {None, ""}
    stored = f"{bytes(rows[0][0])!r}{rows[0][1]}"
    shown = repr(await new_world.desk.accounts(new_world.admin))
    assert secret
    assert not [one for one in secret if str(one) in stored + shown]


async def test_a_pause_loses_nothing(new_world: World) -> None:
    await new_world.connect()
    client = await new_world.client()
    await client.say("до паузы")
    await new_world.shown(client)
    await new_world.settled()
    await new_world.desk.pause(new_world.admin, new_world.account.id)
    await new_world.until(new_world.let_go)
    await client.say("во время паузы")
    assert len(await client.shown()) == 1
    await new_world.desk.resume(new_world.admin, new_world.account.id)
    assert (await new_world.texts(client, 2))[1] == "Эхо: во время паузы"


async def test_a_revoked_token_stops_the_account_and_new_data_wake_it(new_world: World) -> None:
    await new_world.connect()
    client = await new_world.client()
    await client.say("жив")
    await new_world.shown(client)
    await new_world.settled()
    new_world.assistant.may_think.clear()
    await client.say("ответь мне")
    await new_world.said(count=2)
    await new_world.messenger.die()
    new_world.assistant.may_think.set()
    await new_world.until(lambda: _failed(new_world))
    await new_world.parts.turns.drain()
    assert await new_world.texts(client) == ["Эхо: жив"]

    await new_world.messenger.rise()
    await new_world.desk.reconnect(
        new_world.admin, new_world.account.id, dict(new_world.messenger.form)
    )
    assert await new_world.texts(client, 2) == ["Эхо: жив", "Эхо: ответь мне"]
    await client.say("и дальше")
    assert (await new_world.texts(client, 3))[2] == "Эхо: и дальше"
    view = await new_world.desk.get(new_world.admin, new_world.account.id)
    assert (view.state, view.words) == ("active", "Работает.")


async def _failed(world: World) -> bool:
    view = await world.desk.get(world.admin, world.account.id)
    return view.state == "failed" and bool(view.words)


async def test_a_probe_tells_how_the_account_is(new_world: World) -> None:
    await new_world.connect()
    probe = await new_world.desk.probe(new_world.admin, new_world.account.id)
    assert probe.ok, probe.words
    await new_world.messenger.die()
    await new_world.rows("update connections set probed_at = null returning id")
    await probe_accounts(new_world.parts)
    await new_world.until(lambda: _failed(new_world))


async def test_a_trial_message_goes_to_who_wrote_last(new_world: World) -> None:
    await new_world.connect()
    with pytest.raises(ServiceError) as refused:
        await letters.test_message(new_world.desk, new_world.admin, new_world.account.id)
    assert refused.value.code == "nobody_wrote"
    client = await new_world.client()
    await client.say("проверка")
    await new_world.shown(client)
    await letters.test_message(new_world.desk, new_world.admin, new_world.account.id)
    assert "Проверка связи" in (await new_world.texts(client, 2))[1]


@pytest.mark.core
async def test_one_process_keeps_the_account_and_another_takes_it_over(new_world: World) -> None:
    """The lease is the keeper's; no adapter knows of it, so four messengers speak for all."""
    await new_world.connect()
    client = await new_world.client()
    await client.say("первому")
    await new_world.shown(client)
    await new_world.settled()
    second = await new_world.another_process()
    await client.say("всё ещё первому")
    await new_world.shown(client, 2)
    assert not second.messengers.keeper.holds
    await new_world.kill()

    async def taken() -> bool:
        return bool(second.messengers.keeper.holds)

    await new_world.until(taken)
    await client.say("второму")
    assert (await new_world.texts(client, 3))[2] == "Эхо: второму"


@pytest.mark.core
@pytest.mark.needs(Feature.HOOKS)
async def test_what_was_stored_before_the_process_died_is_answered(new_world: World) -> None:
    """What is stored is read by the core from the table, whichever adapter has split it."""
    await new_world.connect()
    client = await new_world.client()
    await client.say("раз")
    await new_world.shown(client)
    await new_world.settled()
    await new_world.kill()
    await client.say("никого нет дома")
    assert len(await new_world.said()) == 1
    await new_world.lease_runs_out()
    await new_world.another_process()
    assert (await new_world.texts(client, 2))[1] == "Эхо: никого нет дома"


async def test_a_reply_that_was_being_sent_when_the_process_died_arrives(
    new_world: World,
) -> None:
    await new_world.connect()
    client = await new_world.client()
    await client.say("раз")
    await new_world.shown(client)
    await new_world.settled()
    await new_world.kill()
    # As the process leaves it that dies between the call and the mark.
    conversation_id, _ = await new_world.conversation()
    await new_world.rows(
        "with lost as (update channel_chats set sent_seq = 0 where conversation_id = %s)"
        " update deliveries set state = 'sending', external_id = null returning id",
        conversation_id,
    )
    await new_world.lease_runs_out()
    await new_world.another_process()

    async def sent() -> bool:
        return [state for state, _ in await new_world.states()] == ["sent"]

    await new_world.until(sent)
    assert set(await new_world.texts(client)) == {"Эхо: раз"}


@pytest.mark.needs(Feature.HOOKS)
async def test_a_removed_account_closes_its_door_and_forgets_its_secrets(
    new_world: World,
) -> None:
    await new_world.connect()
    url = new_world.account.hook_url
    await new_world.desk.remove(new_world.admin, new_world.account.id)
    new_world.connection = None

    async def closed() -> bool:
        return (await post(url, b"[]")).status_code == 404

    await new_world.until(closed)
    rows = await new_world.rows("select secrets from connections order by id desc limit 1")
    assert new_world.parts.cipher.open_json(rows[0][0]) == {"hook": ""}
    assert await new_world.desk.accounts(new_world.admin) == []


async def test_a_lease_that_ran_out_while_the_process_was_busy_loses_nothing(
    world: World,
) -> None:
    client = await world.client()
    for held in world.parts.messengers.keeper._held.values():
        held.dropped()  # as after seconds in which the process was not run at all
    await client.say("пока он спал")
    assert await world.texts(client) == ["Эхо: пока он спал"]


async def test_a_process_that_ends_leaves_nothing_open_and_the_next_goes_on(
    new_world: World,
) -> None:
    await new_world.sleep()
    before = asyncio.all_tasks()
    await new_world.wake()
    await new_world.connect()
    client = await new_world.client()
    await client.say("до перезапуска")
    await new_world.shown(client)
    # The worst moment to end: the account has just changed and is being let go of.
    await new_world.rows("select pg_notify(%s, id::text) from connections", ACCOUNTS)
    await asyncio.sleep(0)
    await new_world.sleep()

    async def ended() -> bool:
        return asyncio.all_tasks() <= before and not await _connections(new_world)

    await new_world.until(ended)
    gc.collect()  # a socket that nobody has closed is an error of the run
    await new_world.wake()
    await client.say("после перезапуска")
    assert (await new_world.texts(client, 2))[1] == "Эхо: после перезапуска"


async def _connections(world: World) -> int:
    """How many connections of others the database has."""
    async with await psycopg.AsyncConnection.connect(world.core.database_url) as connection:
        cursor = await connection.execute(
            "select count(*) from pg_stat_activity where datname = current_database()"
            " and backend_type = 'client backend' and pid <> pg_backend_pid()"
        )
        rows = await cursor.fetchall()
    return int(rows[0][0])
