"""Replies arrive in Telegram whatever they hold, and every refusal is told as what it means."""

from __future__ import annotations

import pytest

from insurance_chat.channels.ports import (
    Button,
    ChannelError,
    ChatAddress,
    Failure,
    FilePart,
    Link,
    TemplatePart,
    TextPart,
)
from tests.contracts.channels.driver import Fault
from tests.slices.channels.telegram.conftest import Service
from tests.support.telegram import TelegramClient

PDF = b"%PDF-1.7 policy"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.fixture
async def anna(service: Service) -> TelegramClient:
    """A client who has written."""
    client = await service.messenger.client()
    await client.say("Здравствуйте")
    await service.news()
    return client


async def refused(service: Service, anna: TelegramClient, part: object = None) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await service.send(str(anna.number), part or TextPart("Ответ"))
    return caught.value


async def test_markup_is_shown_and_everything_else_is_letters(
    service: Service, anna: TelegramClient
) -> None:
    text = (
        "**Итого** 5 < 7 & <b>не тег</b>\n- [правила](https://rgs.ru/a?b=1&c=2)\n[x](javascript:1)"
    )
    number = await service.send(str(anna.number), TextPart(text))
    line = (await anna.lines("bot"))[0]["message"]
    assert str(line["message_id"]) == number
    assert line["text"] == ("Итого 5 < 7 & <b>не тег</b>\n• правила\n[x](javascript:1)")
    kinds = [(one["type"], one.get("url")) for one in line["entities"]]
    assert kinds == [("bold", None), ("text_link", "https://rgs.ru/a?b=1&c=2")]


async def test_a_long_text_with_emoji_arrives_whole_in_several_messages(
    service: Service, anna: TelegramClient
) -> None:
    text = " ".join(f"🚗 Предложение {number}." for number in range(250))
    part = TextPart(text, (Button("Дальше", "3.1"),))
    last = await service.send(str(anna.number), part)
    shown = await anna.shown()
    assert len(shown) > 1
    assert " ".join(one.text for one in shown).split() == text.split()
    assert all(len(one.text.encode("utf-16-le")) <= 8192 for one in shown)
    assert [one.buttons for one in shown][:-1] == [()] * (len(shown) - 1)
    assert (shown[-1].id, shown[-1].buttons) == (last, ("Дальше",))


async def test_a_long_text_that_broke_off_goes_on_where_it_stopped(
    service: Service, anna: TelegramClient
) -> None:
    part = TextPart(" ".join(f"🚗 Предложение {number}." for number in range(250)))
    await service.messenger.post(
        "/faults", {"operation": "send", "kind": "delay", "seconds": 0, "times": 1}
    )
    await service.messenger.fail(Fault.STATUS)
    with pytest.raises(ChannelError):
        await service.send(str(anna.number), part, "same")
    await service.send(str(anna.number), part, "same")
    shown = await anna.shown()
    assert " ".join(one.text for one in shown).split() == part.text.split()


async def test_buttons_and_payment_links_stand_under_the_text(
    service: Service, anna: TelegramClient
) -> None:
    links = (Link("Оплатить", "https://pay.example.ru/1"),)
    buttons = (Button("Да", "5.1"), Button("Нет, спасибо, не сейчас", "5.2"))
    await service.send(str(anna.number), TextPart("Оформляем?", buttons, links))
    shown = (await anna.shown())[0]
    assert shown.buttons == ("Да", "Нет, спасибо, не сейчас")
    assert shown.links == ("https://pay.example.ru/1",)


@pytest.mark.parametrize("url", ["http://localhost:8000/pay/1", "http://127.0.0.1:8000/pay/1"])
async def test_a_link_that_telegram_refuses_on_a_button_stands_in_the_text(
    service: Service, anna: TelegramClient, url: str
) -> None:
    await service.send(str(anna.number), TextPart("Счёт:", (), (Link("Оплатить", url),)))
    shown = (await anna.shown())[0]
    assert (shown.text, shown.links) == (f"Счёт:\nОплатить: {url}", ())


async def test_a_policy_arrives_as_a_document_with_its_name(
    service: Service, anna: TelegramClient
) -> None:
    part = FilePart(PDF, "Полис ОСАГО.pdf", "application/pdf", "Ваш **полис**")
    await service.send(str(anna.number), part)
    shown = (await anna.shown())[0]
    assert shown.file is not None
    assert (shown.file.name, shown.file.data) == ("Полис ОСАГО.pdf", PDF)
    assert shown.text == "Ваш полис"


async def test_ogg_is_shown_as_a_voice_message(service: Service, anna: TelegramClient) -> None:
    sound = b"OggS" + bytes(60)
    await service.send(str(anna.number), FilePart(sound, "voice.ogg", "audio/ogg", voice=True))
    shown = (await anna.shown())[0]
    assert shown.voice
    assert shown.file is not None
    assert shown.file.data == sound


async def test_who_has_forbidden_voice_messages_gets_a_file(
    service: Service, anna: TelegramClient
) -> None:
    await anna.about(no_voice=True)
    sound = FilePart(b"OggS" + bytes(60), "voice.ogg", "audio/ogg", voice=True)
    await service.send(str(anna.number), sound)
    shown = (await anna.shown())[0]
    assert not shown.voice
    assert shown.file is not None
    assert (shown.file.name, shown.file.data) == ("voice.ogg", sound.data)


async def test_a_picture_that_telegram_cannot_show_goes_as_a_document(
    service: Service, anna: TelegramClient
) -> None:
    await service.send(str(anna.number), FilePart(PNG, "схема.png", "image/png"))
    await service.send(str(anna.number), FilePart(b"not a png", "битая.png", "image/png"))
    first, second = [line["message"] for line in await anna.lines("bot")]
    assert "photo" in first
    assert second["document"]["file_name"] == "битая.png"


async def test_typing_is_shown(service: Service, anna: TelegramClient) -> None:
    await service.messenger.telegram.typing(service.account, ChatAddress(str(anna.number)))
    assert await service.messenger.typings() == 1


@pytest.mark.parametrize(
    ("status", "failure"),
    [(401, Failure.ACCOUNT), (403, Failure.BLOCKED), (400, Failure.REFUSED), (502, Failure.RETRY)],
)
async def test_an_error_of_telegram_has_its_class(
    service: Service, anna: TelegramClient, status: int, failure: Failure
) -> None:
    await service.messenger.fail(Fault.STATUS, status=status)
    error = await refused(service, anna)
    assert error.failure is failure
    assert await anna.shown() == []


async def test_too_many_messages_wait_as_long_as_telegram_asks(
    service: Service, anna: TelegramClient
) -> None:
    await service.messenger.fail(Fault.LATER, seconds=7)
    error = await refused(service, anna)
    assert (error.failure, error.retry_after) == (Failure.LATER, 7.0)


async def test_the_limit_of_a_chat_is_told(service: Service, anna: TelegramClient) -> None:
    await service.messenger.post("/pace", {"account": 30, "chat": 0.25, "burst": 1})
    await service.send(str(anna.number), TextPart("раз"))
    error = await refused(service, anna)
    assert error.failure is Failure.LATER
    assert 1 <= error.retry_after <= 4


async def test_a_client_who_has_stopped_the_bot_is_known_as_such(
    service: Service, anna: TelegramClient
) -> None:
    await anna.block()
    error = await refused(service, anna)
    assert (error.failure, error.words) == (Failure.BLOCKED, "Клиент заблокировал бота.")


async def test_a_chat_that_does_not_exist_or_became_a_group_is_refused(
    service: Service, anna: TelegramClient
) -> None:
    for chat, sign in (("999", "не находит"), ("-5", "групп"), ("семь", "ошибка адреса")):
        with pytest.raises(ChannelError) as caught:
            await service.send(chat, TextPart("Ответ"))
        assert caught.value.failure is Failure.REFUSED
        assert sign in caught.value.words


async def test_a_cut_connection_is_tried_again_and_the_token_never_shows(
    service: Service, anna: TelegramClient
) -> None:
    await service.messenger.fail(Fault.CUT)
    error = await refused(service, anna)
    assert error.failure is Failure.RETRY
    assert service.account.secrets["token"] not in f"{error}{error.words}{error.__cause__}"


async def test_there_are_no_templates(service: Service, anna: TelegramClient) -> None:
    error = await refused(service, anna, TemplatePart("hello", "ru"))
    assert error.failure is Failure.REFUSED
