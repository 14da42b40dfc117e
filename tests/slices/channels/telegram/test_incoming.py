"""What clients do in Telegram arrives as what it means."""

from __future__ import annotations

import pytest

from insurance_chat.channels.ports import (
    Blocked,
    Button,
    ChannelError,
    Edited,
    Failure,
    Incoming,
    MediaKind,
    TextPart,
)
from tests.slices.channels.telegram.conftest import BOT, Service, texts

OGG = b"OggS" + bytes(60) + b"OpusHead"


async def content(service: Service, said: Incoming) -> bytes:
    pieces = [
        piece async for piece in service.messenger.telegram.fetch(service.account, said.media[0])
    ]
    return b"".join(pieces)


async def test_a_text_names_its_writer(service: Service) -> None:
    anna = await service.messenger.client()
    number = await anna.say("Сколько стоит ОСАГО?")
    said = await service.one()
    assert said.text == "Сколько стоит ОСАГО?"
    assert (said.chat, said.message_id) == (str(anna.number), number)
    assert (said.person.id, said.person.name) == (str(anna.number), "Анна")
    assert said.person.phone == ""


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("Иван", "Петров", "Петров Иван"),
        ("Иван 🚗", "", "Иван"),
        ("Клиент 77", "", "Клиент"),
        ("🚗", "", "🚗"),
    ],
)
async def test_a_name_is_read_as_documents_have_it(
    service: Service, first: str, last: str, name: str
) -> None:
    person = {"id": 7, "is_bot": False, "first_name": first, "last_name": last}
    chat = {"id": 7, "type": "private"}
    message = {"message_id": 5, "date": 1, "from": person, "chat": chat, "text": "Я"}
    await service.messenger.post(f"/bots/{BOT}/updates", {"message": message})
    assert (await service.one()).person.name == name


async def test_messages_come_in_order_and_once(service: Service) -> None:
    anna = await service.messenger.client()
    for text in ("раз", "два", "три"):
        await anna.say(text)
    assert texts(await service.news()) == ["раз", "два", "три"]
    assert await service.news() == []


async def test_updates_that_are_given_twice_and_backwards_are_still_one_row(
    service: Service,
) -> None:
    anna = await service.messenger.client()
    await service.messenger.post("/delivery", {"duplicate": 1, "reorder": True})
    for text in ("раз", "два", "три"):
        await anna.say(text)
    assert texts(await service.news()) == ["раз", "два", "три"]
    assert await service.news() == []


@pytest.mark.parametrize(
    ("command", "text", "start"),
    [
        ("/start", "/start", ""),
        ("/start agent-7Qx", "", "agent-7Qx"),
        ("/start bizChat700000001", "/start", ""),
    ],
)
async def test_start_carries_the_invitation(
    service: Service, command: str, text: str, start: str
) -> None:
    anna = await service.messenger.client()
    await anna.say(command)
    said = await service.one()
    assert (said.text, said.start) == (text, start)


async def test_an_own_contact_is_a_proven_phone_and_somebody_elses_is_not(
    service: Service,
) -> None:
    anna = await service.messenger.client()
    await anna.contact("+79161234567")
    await anna.tell(contact={"phone_number": "+79990001122", "first_name": "Пётр", "user_id": 5})
    own, other = await service.news()
    assert own.person.phone == "+79161234567"
    assert "+79161234567" in own.text
    assert other.person.phone == ""
    assert other.text == "Контакт: Пётр, +79990001122"


async def test_a_location_is_a_sentence_with_a_map(service: Service) -> None:
    anna = await service.messenger.client()
    await anna.location(55.751244, 37.618423)
    said = await service.one()
    assert "55.751244, 37.618423" in said.text
    assert "yandex.ru/maps/?pt=37.618423,55.751244" in said.text


async def test_a_voice_message_can_be_fetched(service: Service) -> None:
    anna = await service.messenger.client()
    await anna.voice(OGG)
    said = await service.one()
    assert (said.media[0].kind, said.media[0].mime) == (MediaKind.VOICE, "audio/ogg")
    assert await content(service, said) == OGG


async def test_of_a_photo_the_largest_size_is_taken_with_its_words(service: Service) -> None:
    anna = await service.messenger.client()
    await anna.photo(b"\xff\xd8\xff" + bytes(100), "Вот СТС")
    said = await service.one()
    assert said.text == "Вот СТС"
    assert (said.media[0].kind, said.media[0].size) == (MediaKind.IMAGE, 103)
    assert await content(service, said) == b"\xff\xd8\xff" + bytes(100)


async def test_a_document_keeps_its_name(service: Service) -> None:
    anna = await service.messenger.client()
    await anna.document("паспорт.pdf", "application/pdf", b"%PDF-1.4 test")
    media = (await service.one()).media[0]
    assert (media.kind, media.name, media.mime) == (
        MediaKind.DOCUMENT,
        "паспорт.pdf",
        "application/pdf",
    )


@pytest.mark.parametrize("told", [25_000_000, None])
async def test_a_file_of_more_than_20_megabytes_is_refused_in_words(
    service: Service, told: int | None
) -> None:
    anna = await service.messenger.client()
    await anna.send("video", b"film", size=25_000_000)
    said = await service.one()
    media = said.media[0]
    if told is None:  # Telegram does not always tell the size beforehand
        object.__setattr__(media, "size", None)
    with pytest.raises(ChannelError) as caught:
        await content(service, said)
    assert caught.value.failure is Failure.REFUSED
    assert "20 МБ" in caught.value.words


async def test_a_pressed_button_comes_back_with_its_number_and_the_circle_stops(
    service: Service,
) -> None:
    anna = await service.messenger.client()
    await anna.say("Хочу ОСАГО")
    await service.news()
    part = TextPart("Выберите:", (Button("Рассчитать", "4.1"), Button("Позже", "4.2")))
    await service.send(str(anna.number), part)
    press = await anna.press(2)
    said = await service.one()
    assert (said.pressed, said.text, said.message_id) == ("4.2", "Позже", press)
    answered = await service.messenger.get(f"/bots/{BOT}/presses/{press.removeprefix('press:')}")
    assert answered["answered"]


async def test_a_button_that_an_earlier_program_left_is_heard_as_its_title(
    service: Service,
) -> None:
    anna = await service.messenger.client()
    await anna.say("привет")
    keyboard = {"inline_keyboard": [[{"text": "Оформить полис", "callback_data": "menu:7"}]]}
    await service.messenger.api(
        "sendMessage", chat_id=anna.number, text="Меню", reply_markup=keyboard
    )
    await service.news()
    await anna.press(1)
    said = await service.one()
    assert (said.text, said.pressed) == ("Оформить полис", "")


async def test_an_edit_is_told(service: Service) -> None:
    anna = await service.messenger.client()
    number = await anna.say("ВАЗ")
    await anna.edit(number, "ВАЗ 2107")
    assert (await service.news())[1] == Edited(str(anna.number), number, "ВАЗ 2107")


async def test_blocking_and_letting_in_again_is_told(service: Service) -> None:
    anna = await service.messenger.client()
    await anna.say("привет")
    await anna.block()
    await anna.block(blocked=False)
    chat = str(anna.number)
    assert (await service.news())[1:] == [Blocked(chat, True), Blocked(chat, False)]


async def test_in_groups_we_are_silent_and_keep_nothing(service: Service) -> None:
    path = f"/bots/{BOT}/clients/700000077/group"
    await service.messenger.post(path, {"text": "Привет всем"})
    updates, after = await service.messenger.telegram.poll(service.account, 0)
    assert updates == []
    assert after > 0


async def test_what_telegram_invents_later_breaks_nothing(service: Service) -> None:
    anna = await service.messenger.client()
    person = {"id": anna.number, "is_bot": False, "first_name": "Анна", "aura": "gold"}
    chat = {"id": anna.number, "type": "private"}
    message = {"message_id": 5, "date": 1, "from": person, "chat": chat, "text": "Я тут"}
    odd = message | {"poll": "of a new shape", "hologram": {"x": 1}, "entities": [{"type": 7}]}
    await service.messenger.post(f"/bots/{BOT}/updates", {"message": odd})
    await service.messenger.post(f"/bots/{BOT}/updates", {"message": {"message_id": "?"}})
    await service.messenger.post(f"/bots/{BOT}/updates", {"message": chat | {"chat": chat}})
    assert texts(await service.news()) == ["Я тут"]
    unknown = {"update_id": 9, "telepathy": {"thought": "?"}}
    assert service.messenger.telegram.parse(service.account, unknown) == ()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"sticker": {"file_id": "s", "file_unique_id": "s", "type": "regular", "width": 9,
                      "height": 9, "is_animated": False, "is_video": False, "emoji": "👍"}}, "👍"),
        ({"dice": {"emoji": "🎲", "value": 3}}, "🎲"),
        ({"venue": {"location": {"latitude": 1.5, "longitude": 2.5}, "title": "Офис",
                    "address": "ул. Ленина, 1"}}, "Место: Офис, ул. Ленина, 1"),
    ],
    ids=["sticker", "dice", "venue"],
)  # fmt: skip
async def test_what_is_no_text_is_put_into_words(
    service: Service, told: dict[str, object], words: str
) -> None:
    anna = await service.messenger.client()
    await anna.tell(**told)
    assert (await service.one()).text == words
