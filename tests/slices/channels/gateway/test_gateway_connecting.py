"""An administrator types the address of a gateway; a phone scans the code; the device is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from insurance_chat.channels.ports import AccountChanged, ChannelError, Failure
from insurance_chat.core.errors import ServiceError
from tests.slices.channels.gateway.conftest import ANNA, TO_ANNA, Stand

PNG = b"\x89PNG\r\n"


async def test_a_new_device_waits_for_a_phone_and_shows_a_code(stand: Stand) -> None:
    account, made = await stand.connect()
    assert made.waiting
    assert "QR-код" in made.wants[0]
    picture = await stand.adapter.qr(account)
    assert picture is not None
    assert picture.startswith(PNG)


async def test_a_code_is_kept_while_it_is_good_or_nobody_could_finish_scanning(
    stand: Stand,
) -> None:
    account, _ = await stand.connect()
    first = await stand.adapter.qr(account)
    assert await stand.adapter.qr(account) == first


async def test_a_scanned_code_ends_the_pairing_and_the_phone_is_named(stand: Stand) -> None:
    account, _ = await stand.connect()
    await stand.adapter.qr(account)
    code = (await stand.messenger.look())["devices"][0]["code"]
    await stand.messenger.post("/devices/office/pair", {"phone": "8 916 555-01-01", "code": code})
    assert await stand.adapter.qr(account) is None
    probe = await stand.adapter.probe(account)
    assert probe.ok
    assert probe.words == "Работает: +7 916 555-01-01."
    assert probe.options["jid"] == "79165550101@s.whatsapp.net"


async def test_a_device_that_is_paired_already_needs_no_code(stand: Stand) -> None:
    await stand.paired()
    _, made = await stand.connect()
    assert not made.waiting
    assert made.wants == ()
    assert made.title.startswith("WhatsApp +7 916 555-01")


async def test_the_same_device_is_the_same_account_after_a_new_pairing(stand: Stand) -> None:
    _, first = await stand.connect()
    await stand.messenger.pair("office", "79165550101")
    await stand.messenger.die()
    await stand.messenger.pair("office", "79165550202")
    _, second = await stand.connect()
    assert second.external_id == first.external_id


async def test_secrets_do_not_show(stand: Stand) -> None:
    account, made = await stand.connect()
    for one in (account, made):
        assert "practice" not in repr(one)
        assert account.secrets["hook_secret"] not in repr(one)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"url": "127.0.0.1:3000"}, "должен начинаться с http"),
        ({"url": "http://gateway:practice@127.0.0.1:3000"}, "должен начинаться с http"),
        ({"url": "http://127.0.0.1:9"}, "не отвечает"),
        ({"password": "wrong"}, "имя и пароль"),
        ({"user": "", "password": ""}, "имя и пароль"),
        ({"device": "../../etc"}, "латинские буквы"),
    ],
    ids=["no-scheme", "password-in-address", "silent", "wrong-password", "no-password", "odd-name"],
)
async def test_a_wrong_value_is_named_in_words(
    stand: Stand, form: dict[str, str], words: str
) -> None:
    with pytest.raises(ServiceError, match=words):
        await stand.adapter.connect({**stand.messenger.form, **form})


async def test_an_address_of_something_else_is_told(stand: Stand) -> None:
    site = f"{stand.messenger.url}/site"
    with pytest.raises(ServiceError, match=r"Шлюз отказал|не шлюз"):
        await stand.adapter.connect({**stand.messenger.form, "url": site})


async def test_an_old_gateway_asks_for_its_common_secret(stand: Stand) -> None:
    await stand.messenger.replan(old=True)
    with pytest.raises(ServiceError, match="Обновите его"):
        await stand.adapter.connect(stand.messenger.form)
    assert (await stand.messenger.look())["devices"] == []
    made = await stand.adapter.connect({**stand.messenger.form, "hook_secret": "common"})
    assert made.options["hook"] == "shared"
    assert made.secrets["hook_secret"] == "common"
    assert "--webhook" in made.wants[0]


async def test_a_lost_address_is_set_again_by_the_probe(stand: Stand) -> None:
    account = await stand.paired()
    await stand.messenger.http.patch(
        "/gateway/devices/office/webhook",
        json={"webhook_url": "http://elsewhere.example/"},
        auth=("gateway", "practice"),
    )
    assert (await stand.adapter.probe(account)).ok
    await stand.messenger.say("office", ANNA, text="Вы тут?")
    assert len(stand.read(account)) == 1


async def test_a_logged_out_phone_asks_for_the_code_again(stand: Stand) -> None:
    account = await stand.paired()
    await stand.messenger.die()
    probe = await stand.adapter.probe(account)
    assert not probe.ok
    assert "QR-код" in probe.words
    assert await stand.adapter.qr(account) is not None


async def test_a_lost_connection_is_asked_back(stand: Stand) -> None:
    account = await stand.paired()
    await stand.messenger.post("/devices/office/lose", {})
    assert not (await stand.adapter.probe(account)).ok
    assert (await stand.adapter.probe(account)).ok


async def test_a_lost_connection_needs_no_new_code(stand: Stand) -> None:
    account = await stand.paired()
    await stand.messenger.post("/devices/office/lose", {})
    with pytest.raises(ChannelError, match="подключается заново"):
        await stand.adapter.qr(account)
    assert await stand.adapter.qr(account) is None


async def test_a_gateway_whose_storage_was_wiped_gets_the_device_back(stand: Stand) -> None:
    account = await stand.paired()
    await stand.messenger.http.delete("/gateway/devices/office", auth=("gateway", "practice"))
    assert "потерял" in (await stand.adapter.probe(account)).words
    assert await stand.adapter.qr(account) is not None
    await stand.messenger.pair("office")
    await stand.messenger.say("office", ANNA, text="Это снова я")
    assert stand.words(account) != []


async def test_a_removed_account_unpairs_what_it_made(stand: Stand) -> None:
    account = await stand.paired()
    await stand.adapter.end(account)
    assert (await stand.messenger.look())["devices"] == []


async def test_a_removed_account_leaves_a_device_that_was_there_before(stand: Stand) -> None:
    await stand.paired()
    account, made = await stand.connect()
    assert made.options["made"] is False
    await stand.adapter.end(account)
    (device,) = (await stand.messenger.look())["devices"]
    assert device["state"] == "logged_in"
    assert device["hook"]["webhook_url"] == ""


async def test_a_gateway_that_does_not_answer_is_asked_again_later(stand: Stand) -> None:
    account = await stand.paired()
    away = replace(account, secrets={**account.secrets, "url": "http://127.0.0.1:9"})
    for call in (stand.adapter.probe(away), stand.adapter.typing(away, TO_ANNA)):
        with pytest.raises(ChannelError, match="не отвечает") as raised:
            await call
        assert raised.value.failure is Failure.RETRY


async def test_a_changed_password_stops_the_account(stand: Stand) -> None:
    account = await stand.paired()
    locked = replace(account, secrets={**account.secrets, "password": "old"})
    with pytest.raises(ChannelError, match="имя и пароль") as raised:
        await stand.adapter.probe(locked)
    assert raised.value.failure is Failure.ACCOUNT


async def test_an_old_gateway_is_reminded_of_until_it_has_spoken(stand: Stand) -> None:
    await stand.messenger.replan(old=True)
    account, _ = await stand.connect(hook_secret="common")
    await stand.messenger.pair("office")
    account = await stand.probed(account)
    assert "--webhook" in (await stand.adapter.probe(account)).wants[0]
    event = {"event": "message", "device_id": account.options["jid"], "payload": {}}
    (told,) = stand.adapter.parse(account, event)
    assert isinstance(told, AccountChanged)
    account = replace(account, options={**account.options, **told.options})
    assert (await stand.adapter.probe(account)).wants == ()
