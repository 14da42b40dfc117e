"""Several chats at once, what an agent may not read, files, refusals, drafts that are changed."""

from __future__ import annotations

from insurance_chat.conversations.types import Sender
from tests.slices.operators.telegram_desk.conftest import Place
from tests.support.telegram import TelegramClient

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"\x00" * 64
OGG = b"OggS" + b"\x00" * 24 + b"\x01\x13OpusHead" + b"\x00" * 64


async def _gets(place: Place, client: TelegramClient, words: str) -> None:
    async def shown() -> bool:
        return any(words in one.text for one in await client.shown())

    await place.world.until(shown)


async def _said_to(client: TelegramClient) -> str:
    return "\n".join(one.text for one in await client.shown())


async def test_a_reply_chooses_the_chat_and_words_go_nowhere_else(place: Place) -> None:
    agent = await place.agent("Вера Ким")
    ivan, _ = await place.taken(agent, "Вопрос первого клиента", "Иван Сидоров")
    olga, _ = await place.taken(agent, "Вопрос второго клиента", "Ольга Белова")
    await ivan.say("Это снова Иван")
    line = await agent.sees("Это снова Иван")
    assert line.text.startswith("1 · Иван С.")
    assert line.buttons[0] == "Переключиться"

    await agent.phone.say("Ольге без ответа на сообщение")
    await _gets(place, olga, "Ольге без ответа")
    await agent.sees("Отправлено: 2 · Ольга Б.")
    await agent.reply("Ивану ответом", "Это снова Иван")
    await _gets(place, ivan, "Ивану ответом")
    await agent.phone.say("И ещё Ивану")
    await _gets(place, ivan, "И ещё Ивану")
    await agent.press("Переключиться", "Это снова Иван")
    assert "Ивану" not in await _said_to(olga)
    assert "Ольге" not in await _said_to(ivan)

    await agent.press("Закончить", "Чат ваш: 2")
    await agent.sees("2 · Ольга Б.: разговор завершён")
    await agent.reply("Ольге после конца", "Чат ваш: 2")
    await agent.sees("Этот чат вы больше не ведёте, сообщение не отправлено")
    assert "после конца" not in await _said_to(olga) + await _said_to(ivan)


async def test_contacts_and_documents_never_get_to_telegram(place: Place) -> None:
    agent = await place.agent("Глеб Орлов")
    secret = "мой телефон 8 916 123-45-67, почта ivan@mail.ru, паспорт 4509 123456"
    client, _ = await place.taken(agent, f"Позвоните: {secret}", "Иван Сидоров")
    await client.say(f"Ещё раз: {secret}")
    await agent.sees("Ещё раз")
    await agent.press("Карточка")
    await agent.sees("Клиент нажал")
    text = await agent.texts()
    for hidden in ("123-45-67", "1234567", "ivan@", "123456"):
        assert hidden not in text
    assert "i•••@mail.ru" in text


async def test_files_and_voices_go_both_ways(place: Place) -> None:
    agent = await place.agent("Дина Маш")
    client, _ = await place.taken(agent, "Пришлю фото машины", "Иван Сидоров")
    await client.photo(PNG, "Вот машина")
    await agent.sees("Вот машина")
    shown = await agent.sees("Файл выше")
    assert shown.buttons == ("Черновик", "Меню")
    files = [one.file for one in await agent.phone.shown() if one.file is not None]
    assert [file.data for file in files] == [PNG]
    await agent.phone.voice(OGG)

    async def heard() -> bool:
        return any(one.voice and one.file is not None for one in await client.shown())

    await place.world.until(heard)
    await agent.phone.document("Полис.pdf", "application/pdf", b"%PDF-1.4\n%%EOF\n")

    async def received() -> bool:
        return any(
            one.file is not None and one.file.data.startswith(b"%PDF")
            for one in await client.shown()
        )

    await place.world.until(received)


async def test_leading_a_client_away_is_refused_in_words(place: Place) -> None:
    agent = await place.agent("Егор Лис")
    client, _ = await place.taken(agent, "Хочу скидку", "Иван Сидоров")
    await agent.phone.say("Пишите мне в вотсап +7 916 123-45-67, оформим дешевле мимо сервиса")
    await agent.sees("Сообщение не отправлено: похоже, клиента уводят")
    await place.world.settled()
    assert "вотсап" not in await _said_to(client)


async def test_a_draft_is_changed_by_words_and_sent_once(place: Place) -> None:
    agent = await place.agent("Жанна Рот")
    client, _ = await place.taken(agent, "Как вернуть деньги за полис?", "Иван Сидоров")
    await agent.press("Черновик")
    await agent.sees("Черновик · 1")
    await agent.press("Ещё вариант")
    await agent.sees("Черновик · 1", 2)
    drafts = [one.text for one in await agent.phone.shown() if "Черновик · 1" in one.text]
    assert len(set(drafts)) == 2
    await agent.press("Изменить")
    await agent.sees("Пришлите свой вариант")
    await agent.phone.say("Деньги вернёт страховая, заявление я пришлю.")
    await agent.sees("Деньги вернёт страховая, заявление я пришлю.")
    await place.world.settled()
    assert "заявление я пришлю" not in await _said_to(client)
    await agent.press("Отправить", "заявление я пришлю")
    await _gets(place, client, "заявление я пришлю")
    await agent.phone.say("Это уже клиенту")
    await _gets(place, client, "Это уже клиенту")
    assert sum("заявление я пришлю" in one.text for one in await client.shown()) == 1


async def test_a_chat_is_passed_to_a_colleague_and_told_there(place: Place) -> None:
    agent = await place.agent("Зоя Нил")
    colleague = await place.agent("Илья Фок")
    client, session = await place.taken(agent, "Нужен другой агент", "Иван Сидоров")
    await agent.press("Передать")
    await agent.sees("Кому передать")
    await agent.press("Илья Фок")
    await agent.sees("чат передан, Илья Фок")
    await colleague.sees("Коллега передаёт разговор")
    await colleague.press("Взять")
    await colleague.sees("Чат ваш: 1 · Иван С.")
    assert await place.holder(session) == colleague.principal.user_id
    await client.say("Вы новый агент?")
    await colleague.sees("Вы новый агент?")
    assert "новый агент" not in await agent.texts()


async def test_commands_and_edits_never_reach_a_client(place: Place) -> None:
    agent = await place.agent("Клим Дар")
    client, _ = await place.taken(agent, "Вопрос", "Иван Сидоров")
    for command, told in (
        ("/qeue", "Такой команды нет"),
        ("/queue", "Никто не ждёт"),
        ("/chats", "вы пишете сюда"),
    ):
        await agent.phone.say(command)
        await agent.sees(told)
    number = await agent.phone.say("Здраствуйте")
    await _gets(place, client, "Здраствуйте")
    await agent.phone.edit(number, "Здравствуйте")
    await agent.sees("Исправление клиент не увидит")
    await place.world.settled()
    assert "Здравствуйте" not in await _said_to(client)
    assert "/" not in "".join(entry.body["text"] for entry in await place.world.said(Sender.AGENT))
