"""Telegram Business: the assistant answers in a person's own dialogues, within what is allowed."""

from __future__ import annotations

import pytest

from insurance_chat.channels.ports import (
    AccountChanged,
    ChannelError,
    Deleted,
    Edited,
    Failure,
    FilePart,
    Incoming,
    OwnerWrote,
    TextPart,
)
from insurance_chat.channels.telegram import business
from tests.slices.channels.telegram.conftest import BOT, Service
from tests.support.telegram import OWNER, TelegramClient


@pytest.fixture
async def anna(service: Service) -> TelegramClient:
    """A client who writes to the connected account of Oleg."""
    service.messenger.business = await service.messenger.connect_account()
    change = await service.one()
    assert isinstance(change, AccountChanged)
    assert change.words == ""
    return await service.messenger.client()


async def said(service: Service, anna: TelegramClient, text: str = "Привет") -> Incoming:
    await anna.say(text)
    found = await service.one()
    assert isinstance(found, Incoming)
    return found


async def failure(service: Service, client: Incoming) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await service.send(client.chat, TextPart("Ответ"), **client.extra)
    return caught.value


async def test_a_client_of_the_account_is_answered_in_its_name(
    service: Service, anna: TelegramClient
) -> None:
    client = await said(service, anna)
    assert client.person.id == str(anna.number)
    assert client.chat != str(anna.number)  # the same person may also write to the bot itself
    await service.send(client.chat, TextPart("Здравствуйте!"), **client.extra)
    await service.send(
        client.chat, FilePart(b"%PDF", "Полис.pdf", "application/pdf"), **client.extra
    )
    first, second = [line["message"] for line in await anna.lines("bot")]
    assert (first["text"], first["from"]["id"]) == ("Здравствуйте!", OWNER)
    assert second["document"]["file_name"] == "Полис.pdf"


async def test_the_probe_says_in_whose_dialogues_the_bot_answers(
    service: Service, anna: TelegramClient
) -> None:
    probe = await service.messenger.telegram.probe(service.account)
    assert probe.ok
    assert f"Отвечает и в личных диалогах: @owner{OWNER}." in probe.words


async def test_what_the_owner_writes_is_a_human_and_not_a_client(
    service: Service, anna: TelegramClient
) -> None:
    client = await said(service, anna)
    number = await anna.owner_says("Я сам отвечу")
    wrote = await service.one()
    assert wrote == OwnerWrote(client.chat, number, "Я сам отвечу", (), client.extra)


async def test_greetings_of_telegram_itself_are_no_human(
    service: Service, anna: TelegramClient
) -> None:
    await said(service, anna)
    automatic = {"text": "Мы скоро ответим", "is_from_offline": True}
    path = f"/bots/{BOT}/clients/{anna.number}/tell"
    told = {"content": automatic, "owner": True, "business": service.messenger.business}
    await service.messenger.post(path, told)
    assert await service.news() == []


async def test_edits_and_deletions_are_told(service: Service, anna: TelegramClient) -> None:
    client = await said(service, anna)
    await anna.edit(client.message_id, "Добрый день")
    await anna.delete(client.message_id)
    assert await service.news() == [
        Edited(client.chat, client.message_id, "Добрый день"),
        Deleted(client.chat, (client.message_id,)),
    ]


async def test_after_a_day_of_silence_the_window_is_closed(
    service: Service, anna: TelegramClient
) -> None:
    client = await said(service, anna)
    await service.messenger.close_window()
    error = await failure(service, client)
    assert error.failure is Failure.WINDOW
    assert "24 часов" in error.words
    client = await said(service, anna, "Я вернулась")
    assert await service.send(client.chat, TextPart("Ответ"), **client.extra)


async def test_without_the_right_to_answer_nothing_is_sent_and_it_is_said_where_to_allow_it(
    service: Service, anna: TelegramClient
) -> None:
    client = await said(service, anna)
    await service.messenger.connect_account(number=service.messenger.business, can_reply=False)
    change = await service.one()
    assert "не разрешил отвечать" in change.words
    error = await failure(service, client)
    assert error.failure is Failure.REFUSED
    assert await service.messenger.calls() == 0


async def test_a_connection_that_is_taken_away_is_said(
    service: Service, anna: TelegramClient
) -> None:
    client = await said(service, anna)
    await service.messenger.connect_account(number=service.messenger.business, enabled=False)
    change = await service.one()
    assert "отключил бота" in change.words
    assert (await failure(service, client)).failure is Failure.REFUSED


async def test_a_reconnected_account_goes_on_with_the_same_chats(
    service: Service, anna: TelegramClient
) -> None:
    before = await said(service, anna)
    await service.messenger.connect_account(number=service.messenger.business, enabled=False)
    service.messenger.business = await service.messenger.connect_account()
    await service.news()
    after = await said(service, anna)
    assert after.chat == before.chat
    assert after.extra != before.extra
    assert await service.send(after.chat, TextPart("Ответ"), **after.extra)


async def test_the_dialogues_of_a_stranger_who_connects_our_bot_are_left_alone(
    service: Service, anna: TelegramClient
) -> None:
    await said(service, anna)
    service.messenger.business = await service.messenger.connect_account(owner=OWNER + 1)
    change = await service.one()
    assert "отвечать там он не будет" in change.words
    await anna.say("Привет")
    await anna.owner_says("Мой диалог")
    assert await service.news() == []


@pytest.mark.parametrize(
    ("owner", "foreign"), [("Oleg", False), ("7", False), ("petr", True), ("", False)]
)
def test_the_owner_of_the_form_is_the_only_one_also_when_named_later(
    owner: str, foreign: bool
) -> None:
    change = business.changed(
        {}, "c1", owner="7", name="Олег", username="oleg", enabled=True, can_reply=True
    )
    assert business.is_foreign({**change.options, "owner": owner}, "c1") is foreign


def test_strangers_do_not_pile_up() -> None:
    options: dict[str, object] = {"owner": "oleg"}
    for number in range(50):
        options |= business.changed(
            options,
            f"c{number}",
            owner=str(number),
            name="Кто-то",
            username="",
            enabled=True,
            can_reply=True,
        ).options
    assert len(business.links(options)) == business.MOST_KEPT
