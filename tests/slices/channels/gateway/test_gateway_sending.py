"""What our messages become in WhatsApp, and what a failure means."""

from __future__ import annotations

import pytest

from insurance_chat.channels.ports import (
    ChannelError,
    ChatAddress,
    Failure,
    FilePart,
    Link,
    TemplatePart,
    TextPart,
)
from tests.contracts.channels.driver import Fault
from tests.slices.channels.gateway.conftest import ANNA, TO_ANNA, Stand


async def test_bold_and_links_are_written_as_whatsapp_shows_them(stand: Stand) -> None:
    account = await stand.paired()
    text = "Нужен **СТС** и [правила](https://example.ru/rules)"
    part = TextPart(text, links=(Link("Оплатить", "https://example.ru/pay"),))
    await stand.adapter.send(account, TO_ANNA, part, "k")
    (shown,) = await stand.screen(ANNA)
    assert shown["text"] == (
        "Нужен *СТС* и правила: https://example.ru/rules\nОплатить: https://example.ru/pay"
    )


async def test_files_go_as_pictures_documents_and_voice(stand: Stand) -> None:
    account = await stand.paired()
    for part in (
        FilePart(b"\xff\xd8", "СТС.jpg", "image/jpeg", "Ваш СТС"),
        FilePart(b"%PDF", "Полис.pdf", "application/pdf", "Ваш полис"),
        FilePart(b"OggS", "voice.ogg", "audio/ogg", voice=True),
    ):
        await stand.adapter.send(account, TO_ANNA, part, part.name)
    shown = await stand.screen(ANNA)
    assert [(one["media"]["kind"], one["media"]["name"], one["text"]) for one in shown] == [
        ("image", "СТС.jpg", "Ваш СТС"),
        ("document", "Полис.pdf", "Ваш полис"),
        ("voice", "voice.ogg", ""),
    ]


async def test_typing_and_reading_are_shown(stand: Stand) -> None:
    account = await stand.paired()
    await stand.adapter.typing(account, TO_ANNA)
    assert await stand.messenger.typings() == 1
    await stand.messenger.say("office", ANNA, text="Вы тут?")
    (call,) = stand.door.take("office")
    (update,) = stand.adapter.split(account, call.body)
    await stand.adapter.answered(account, update.body)
    messages = (await stand.messenger.look())["messages"]
    assert [one["read_by_us"] for one in messages] == [True]


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (Fault.STATUS, Failure.RETRY),
        (Fault.LATER, Failure.LATER),
        (Fault.CUT, Failure.RETRY),
        (Fault.REFUSED, Failure.REFUSED),
    ],
)
async def test_a_failure_has_a_class_and_words(
    stand: Stand, fault: Fault, failure: Failure
) -> None:
    account = await stand.paired()
    await stand.messenger.fail(fault, seconds=7)
    with pytest.raises(ChannelError) as raised:
        await stand.adapter.send(account, TO_ANNA, TextPart("Раз"), "k")
    assert raised.value.failure is failure
    assert raised.value.words.endswith(".")
    assert raised.value.retry_after == (7 if failure is Failure.LATER else 0)


@pytest.mark.parametrize(
    "part",
    [TextPart("Ваш полис **готов**"), FilePart(b"%PDF", "Полис.pdf", "application/pdf")],
    ids=["words", "file"],
)
async def test_a_message_whose_answer_was_lost_is_not_sent_twice(
    stand: Stand, part: TextPart | FilePart
) -> None:
    account = await stand.paired()
    await stand.messenger.fail(Fault.CUT)
    with pytest.raises(ChannelError):
        await stand.adapter.send(account, TO_ANNA, part, "k")
    message_id = await stand.adapter.send(account, TO_ANNA, part, "k")
    (shown,) = await stand.screen(ANNA)
    assert shown["id"] == message_id


async def test_the_same_words_under_another_key_are_another_message(stand: Stand) -> None:
    account = await stand.paired()
    for key in ("a", "b"):
        await stand.adapter.send(account, TO_ANNA, TextPart("Да"), key)
    assert len(await stand.screen(ANNA)) == 2


async def test_a_message_that_did_not_go_is_sent_by_the_second_try(stand: Stand) -> None:
    account = await stand.paired()
    await stand.messenger.fail(Fault.STATUS)
    with pytest.raises(ChannelError):
        await stand.adapter.send(account, TO_ANNA, TextPart("Раз"), "k")
    await stand.adapter.send(account, TO_ANNA, TextPart("Раз"), "k")
    assert len(await stand.screen(ANNA)) == 1


async def test_a_logged_out_phone_stops_the_account(stand: Stand) -> None:
    account = await stand.paired()
    await stand.messenger.die()
    with pytest.raises(ChannelError) as raised:
        await stand.adapter.send(account, TO_ANNA, TextPart("Раз"), "k")
    assert raised.value.failure is Failure.ACCOUNT
    assert "QR-код" in raised.value.words


async def test_a_number_without_whatsapp_is_refused_in_words(stand: Stand) -> None:
    account = await stand.paired()
    stranger = ChatAddress("79000000000@s.whatsapp.net")
    with pytest.raises(ChannelError, match="нет в WhatsApp"):
        await stand.adapter.send(account, stranger, TextPart("Раз"), "k")


async def test_there_are_no_templates(stand: Stand) -> None:
    account = await stand.paired()
    with pytest.raises(ChannelError) as raised:
        await stand.adapter.send(account, TO_ANNA, TemplatePart("hello", "ru"), "k")
    assert raised.value.failure is Failure.REFUSED
