"""What we send through WhatsApp is what a client can see and press."""

from __future__ import annotations

from typing import Any

import pytest

from insurance_chat.channels.ports import (
    Button,
    ChannelError,
    ChatAddress,
    Failure,
    FilePart,
    Incoming,
    Link,
    TemplatePart,
    TextPart,
)
from tests.support.graph import Meta

ANNA = "79161110001"


@pytest.fixture
async def chat(office: Meta) -> Meta:
    """Anna has just written."""
    await office.act(ANNA, "say", text="Здравствуйте")
    await office.updates()
    return office


def buttons(*titles: str) -> tuple[Button, ...]:
    return tuple(Button(title, f"12.{place}") for place, title in enumerate(titles, 1))


async def last(chat: Meta) -> dict[str, Any]:
    return (await chat.shown(ANNA))[-1]


async def test_our_markup_is_dressed_for_whatsapp(chat: Meta) -> None:
    await chat.send(ANNA, TextPart("## Итог\n**СТС** нужна\n- раз\n[Полис](https://a.ru/p)"))
    assert (await last(chat))["text"] == "*Итог*\n*СТС* нужна\n• раз\nПолис: https://a.ru/p"


async def test_three_short_choices_are_buttons_and_come_back_pressed(chat: Meta) -> None:
    await chat.send(ANNA, TextPart("Верно?", buttons("Да", "Нет", "Изменить")))
    shown = await last(chat)
    assert [one["title"] for one in shown["buttons"]] == ["Да", "Нет", "Изменить"]
    assert "list" not in shown
    await chat.updates()
    await chat.act(ANNA, "press", id=shown["id"], button="12.2")
    pressed = (await chat.happened())[0]
    assert isinstance(pressed, Incoming)
    assert (pressed.pressed, pressed.text, pressed.quoted) == ("12.2", "Нет", shown["id"])


async def test_more_or_longer_choices_are_a_list_with_full_titles(chat: Meta) -> None:
    long = "Ингосстрах — 12 345,67 ₽ за год"
    await chat.send(ANNA, TextPart("Что выберете?", buttons(long, "Б", "В", "Г")))
    shown = await last(chat)
    assert shown["list"]
    assert shown["buttons"][0]["description"] == long
    await chat.updates()
    await chat.act(ANNA, "press", id=shown["id"], button="12.1")
    pressed = (await chat.happened())[0]
    assert isinstance(pressed, Incoming)
    assert (pressed.pressed, pressed.text) == ("12.1", long)


async def test_choices_under_a_long_text_are_a_list(chat: Meta) -> None:
    await chat.send(ANNA, TextPart("а" * 1500, buttons("Да", "Нет")))
    assert (await last(chat))["list"]


@pytest.mark.parametrize(
    "titles",
    [[str(number) for number in range(11)], ["Одно", "Одно"], ["я" * 80, "Да"]],
    ids=["many", "same", "long"],
)
async def test_choices_that_whatsapp_refuses_are_numbered_in_words(
    chat: Meta, titles: list[str]
) -> None:
    await chat.send(ANNA, TextPart("Что?", buttons(*titles)))
    shown = await last(chat)
    assert shown["buttons"] == []
    assert f"2 — {titles[1]}" in shown["text"]


async def test_one_link_is_a_button_and_two_are_written(chat: Meta) -> None:
    pay = Link("Оплатить 5 000 ₽", "https://pay.example.ru/1")
    await chat.send(ANNA, TextPart("Счёт", links=(pay,)))
    assert (await last(chat))["link"] == {"title": pay.title, "url": pay.url}
    await chat.send(ANNA, TextPart("Счёт", links=(pay, pay)))
    assert (await last(chat))["text"].count("https://pay.example.ru/1") == 2


FILES = [
    ("Полис.pdf", "application/pdf", "Ваш полис", False, "document"),
    ("a.jpg", "image/jpeg", "Фото", False, "image"),
    ("voice.ogg", "audio/ogg", "", True, "audio"),
    ("song.mp3", "audio/mpeg", "Слушайте", False, "document"),
    ("a.gif", "image/gif", "", False, "document"),
]


@pytest.mark.parametrize(
    ("name", "mime", "caption", "voice", "kind"), FILES, ids=[one[0] for one in FILES]
)
async def test_files_are_shown_as_what_they_are(
    chat: Meta, name: str, mime: str, caption: str, voice: bool, kind: str
) -> None:
    await chat.send(ANNA, FilePart(b"content", name, mime, caption, voice))
    shown = await last(chat)
    assert shown["media"]["kind"] == kind
    assert bool(shown["media"].get("voice")) is voice
    assert shown["text"] == caption


async def test_a_picture_too_large_for_a_picture_is_a_document(chat: Meta) -> None:
    await chat.send(ANNA, FilePart(b"x" * (5 * 1024 * 1024 + 1), "a.png", "image/png"))
    assert (await last(chat))["media"]["kind"] == "document"


async def test_templates_are_listed_with_their_variables_and_sent_late(office: Meta) -> None:
    listed = {one.name: one for one in await office.whatsapp.templates(office.account)}
    assert listed["policy_expires"].variables == 3
    assert listed["call_back"].text == "{{1}}, перезвоним вам {{2}}. Удобно?"
    assert listed["sale"].status == "REJECTED"
    assert "open_page" not in listed  # its button wants a variable of its own
    await office.send(
        ANNA, TemplatePart("policy_expires", "ru", ("Анна", "Лада\nВеста", "01.12.2026"))
    )
    await office.send(ANNA, TemplatePart("call_back", "ru", ("Анна", "завтра")))
    await office.send(ANNA, TemplatePart("we_are_here", "ru"))
    texts = [one["text"] for one in await office.shown(ANNA)]
    assert texts[0].startswith("Здравствуйте, Анна! Полис ОСАГО на Лада Веста заканчивается")
    assert texts[1] == "Анна, перезвоним вам завтра. Удобно?"
    assert [one["status"] for one in await office.shown(ANNA)] == ["delivered"] * 3


CODES = [
    (400, 131047, Failure.WINDOW),
    (400, 131026, Failure.BLOCKED),
    (429, 130429, Failure.LATER),
    (400, 80007, Failure.LATER),
    (400, 131056, Failure.LATER),
    (401, 190, Failure.ACCOUNT),
    (403, 368, Failure.ACCOUNT),
    (403, 131031, Failure.ACCOUNT),
    (400, 131042, Failure.ACCOUNT),
    (403, 200, Failure.ACCOUNT),
    (400, 132001, Failure.REFUSED),
    (400, 131009, Failure.REFUSED),
    (400, 999999, Failure.REFUSED),
    (500, 131000, Failure.RETRY),
    (503, 2, Failure.RETRY),
    (502, 0, Failure.RETRY),
]


@pytest.mark.parametrize(("status", "code", "failure"), CODES, ids=[str(one[1]) for one in CODES])
async def test_every_code_says_what_is_done_next(
    chat: Meta, status: int, code: int, failure: Failure
) -> None:
    await chat.control("faults", operation="messages", kind="status", status=status, code=code)
    with pytest.raises(ChannelError) as refused:
        await chat.send(ANNA, TextPart("Здравствуйте"))
    assert refused.value.failure is failure
    assert refused.value.words
    assert bool(refused.value.retry_after) is (failure is Failure.LATER)


async def test_the_time_that_meta_names_is_kept(chat: Meta) -> None:
    await chat.control("faults", operation="messages", kind="status", status=429, retry_after=33)
    with pytest.raises(ChannelError) as refused:
        await chat.send(ANNA, TextPart("Здравствуйте"))
    assert refused.value.retry_after == 33


async def test_an_answer_cut_off_is_tried_again_and_the_status_shows_the_first(chat: Meta) -> None:
    await chat.control("faults", operation="messages", kind="cut_after_work")
    with pytest.raises(ChannelError) as refused:
        await chat.send(ANNA, TextPart("Здравствуйте"), key="delivery-9")
    assert refused.value.failure is Failure.RETRY
    assert chat.account.secrets["token"] not in str(refused.value)
    (shown,) = await chat.shown(ANNA)
    statuses = await chat.happened()
    assert {(one.external_id, one.key) for one in statuses} == {(shown["id"], "delivery-9")}  # type: ignore[union-attr]


async def test_typing_and_reading_are_shown(chat: Meta) -> None:
    message_id = await chat.act(ANNA, "say", text="Есть кто?")
    (update,) = await chat.updates()
    await chat.whatsapp.answered(chat.account, update.body)
    address = ChatAddress(ANNA, {"last_message": message_id})
    await chat.whatsapp.typing(chat.account, address)
    path = f"{chat.account.external_id}/clients/{ANNA}"
    seen = (await chat.http.get(f"{chat.url}/control/graph/{path}")).json()
    assert seen["chat"]["typing"]
    assert seen["messages"][-1]["status"] == "read"
    await chat.whatsapp.typing(chat.account, ChatAddress(ANNA))  # nobody has written: no harm
