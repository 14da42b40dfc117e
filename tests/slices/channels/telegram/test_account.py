"""Connecting a bot, and the two ways in which its messages come."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from insurance_chat.channels.ports import Account, ChannelError, Failure, HookRequest
from insurance_chat.channels.telegram import hooks
from insurance_chat.core.errors import ServiceError
from tests.slices.channels.telegram.conftest import BOT, Service, account_of, texts
from tests.support.telegram import TOKEN, TelegramMessenger

HOOK = "https://chat.example.ru/hooks/telegram/abc"


def wants_hook(service: Service) -> Account:
    options = dict(service.account.options) | {"mode": "webhook"}
    return replace(service.account, hook_url=HOOK, options=options)


async def test_a_token_becomes_an_account_with_its_name(service: Service) -> None:
    connected = await service.messenger.telegram.connect({"token": f" {TOKEN}\n", "owner": "@oleg"})
    assert (connected.external_id, connected.title) == (str(BOT), f"@practice_{BOT}_bot")
    assert connected.secrets["token"] == TOKEN
    assert len(connected.secrets["hook_token"]) >= 32
    assert connected.options["owner"] == "oleg"
    assert TOKEN not in repr(connected)


@pytest.mark.parametrize(
    ("token", "words"),
    [("привет", "не похоже на токен"), (TOKEN.replace(":AA", ":BB"), "не знает такого токена")],
)
async def test_a_wrong_token_is_refused_in_words(service: Service, token: str, words: str) -> None:
    with pytest.raises(ServiceError) as caught:
        await service.messenger.telegram.connect({"token": token})
    assert words in caught.value.message


async def test_a_bot_of_another_program_is_taken_over_and_that_is_said(service: Service) -> None:
    await service.messenger.api("setWebhook", url="https://other.example.com/hook")
    connected = await service.messenger.telegram.connect({"token": TOKEN})
    assert "other.example.com" in connected.wants[0]
    account = await account_of(service.messenger)
    assert (await service.messenger.telegram.poll(account, 0))[0] == ()


async def test_switching_to_calls_and_back_loses_nothing(service: Service) -> None:
    adapter, anna = service.messenger.telegram, await service.messenger.client()
    await anna.say("до")
    assert texts(await service.news()) == ["до"]
    called = wants_hook(service)
    await adapter.begin(called)
    bot = await service.messenger.get(f"/bots/{BOT}")
    assert bot["webhook"]["url"] == HOOK
    assert bot["webhook"]["secret"] == called.secrets["hook_token"]
    assert "business_message" in bot["allowed"]
    assert not adapter.polls(called)
    await anna.say("между")
    # Nobody answered at that address, so the message waits, and polling takes the bot back by itself.
    assert adapter.polls(service.account)
    service.account = replace(service.account, hook_url=HOOK)
    await service.news()
    assert texts(await service.news()) == ["между"]


async def test_the_webhook_of_another_program_is_named(service: Service) -> None:
    await service.messenger.api("setWebhook", url="https://other.example.com/hook")
    with pytest.raises(ChannelError) as caught:
        await service.news()
    assert caught.value.failure is Failure.RETRY
    assert "other.example.com" in caught.value.words
    probe = await service.messenger.telegram.probe(service.account)
    assert "other.example.com" in probe.wants[0]


async def test_another_poller_is_told_in_words(service: Service) -> None:
    patient = TelegramMessenger(
        service.messenger.url.removesuffix("/telegram"), "polling", poll_seconds=20
    )
    ours = asyncio.ensure_future(patient.telegram.poll(service.account, 0))
    await service.messenger.until("polls", 1)
    await service.messenger.api("getUpdates", timeout=0)
    with pytest.raises(ChannelError) as caught:
        await ours
    assert caught.value.failure is Failure.RETRY
    assert "ещё одна программа" in caught.value.words
    probe = await patient.telegram.probe(service.account)
    assert "ещё одна программа" in probe.wants[0]
    await patient.close()


async def test_a_lost_webhook_is_set_again_by_the_probe(service: Service) -> None:
    called = wants_hook(service)
    assert (await service.messenger.telegram.probe(called)).ok
    assert (await service.messenger.get(f"/bots/{BOT}"))["webhook"]["url"] == HOOK
    await service.messenger.telegram.end(called)
    assert (await service.messenger.get(f"/bots/{BOT}"))["webhook"] is None


async def test_a_revoked_token_stops_the_account(service: Service) -> None:
    await service.messenger.die()
    for call in (service.news(), service.messenger.telegram.probe(service.account)):
        with pytest.raises(ChannelError) as caught:
            await call
        assert caught.value.failure is Failure.ACCOUNT
        assert "@BotFather" in caught.value.words


async def test_numbers_that_begin_anew_after_a_quiet_week_are_followed(service: Service) -> None:
    anna = await service.messenger.client()
    service.cursor = 2_000_000_000
    await anna.say("снова здесь")
    assert texts(await service.news()) == ["снова здесь"]
    await anna.say("и ещё")
    assert texts(await service.news()) == ["и ещё"]


async def test_only_telegram_with_our_secret_is_let_in(service: Service) -> None:
    adapter, secret = service.messenger.telegram, service.account.secrets["hook_token"]

    def call(**headers: str) -> bool:
        return adapter.verify(service.account, HookRequest(headers, {}, b"{}"))

    assert call(**{hooks.SECRET_HEADER: secret})
    assert not call(**{hooks.SECRET_HEADER: secret[:-1]})
    assert not call(**{hooks.SECRET_HEADER: "ы"})
    assert not call()
    bare = replace(service.account, secrets={"token": TOKEN})
    assert not adapter.verify(bare, HookRequest({hooks.SECRET_HEADER: ""}, {}, b"{}"))


@pytest.mark.parametrize("body", [b"[]", b"{", b"{}", b'{"update_id": "x", "message": {}}'])
async def test_what_is_no_update_is_refused(service: Service, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        service.messenger.telegram.split(service.account, body)


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://chat.example.ru/hooks/telegram/x", True),
        ("https://chat.example.ru:8443/x", True),
        ("http://chat.example.ru/x", False),
        ("https://chat.example.ru:9000/x", False),
        ("https://192.168.0.5/x", False),
        ("https://localhost/x", False),
        ("https://shop.local/x", False),
        ("", False),
    ],
)
def test_calls_are_asked_for_only_where_telegram_can_reach_us(url: str, public: bool) -> None:
    account = Account(1, "telegram", "1", "@b", {}, {}, url)
    assert hooks.by_webhook(account, "auto") is public
    assert not hooks.by_webhook(account, "polling")


async def test_the_secret_of_the_account_goes_with_every_call(sandbox: str) -> None:
    messenger = TelegramMessenger(sandbox, "webhook")
    await messenger.reset()
    account = await account_of(messenger, HOOK)
    assert not messenger.telegram.polls(account)
    assert (await messenger.get(f"/bots/{BOT}"))["webhook"]["secret"]
    await messenger.close()
