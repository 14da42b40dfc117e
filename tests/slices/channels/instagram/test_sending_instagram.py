"""What we send through Instagram is what a client can see and press."""

from __future__ import annotations

from dataclasses import replace
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

ANNA = "6140000000000001"


@pytest.fixture
async def chat(direct: Meta) -> Meta:
    """Anna has just written."""
    await direct.act(ANNA, "say", text="Здравствуйте")
    await direct.updates()
    direct.account = replace(direct.account, options={"heard": True})
    return direct


async def last(chat: Meta) -> dict[str, Any]:
    return (await chat.shown(ANNA))[-1]


async def test_our_markup_is_taken_off(chat: Meta) -> None:
    link = Link("Оплатить", "https://pay.example.ru/1")
    await chat.send(ANNA, TextPart("**СТС** и [полис](https://a.ru/p)", links=(link,)))
    assert (await last(chat))["text"] == (
        "СТС и полис: https://a.ru/p\nОплатить: https://pay.example.ru/1"
    )


async def test_choices_are_quick_replies_and_come_back_pressed(chat: Meta) -> None:
    choices = tuple(Button(f"Вариант {place}", f"12.{place}") for place in range(1, 14))
    await chat.send(ANNA, TextPart("Что?", choices))
    shown = await last(chat)
    assert len(shown["buttons"]) == 13
    await chat.updates()
    await chat.act(ANNA, "press", id=shown["id"], button="12.3")
    (pressed,) = await chat.happened()
    assert isinstance(pressed, Incoming)
    assert (pressed.pressed, pressed.text) == ("12.3", "Вариант 3")


async def test_choices_that_do_not_fit_are_numbered(chat: Meta) -> None:
    await chat.send(ANNA, TextPart("Что?", (Button("я" * 21, "1.1"), Button("Да", "1.2"))))
    shown = await last(chat)
    assert shown["buttons"] == []
    assert shown["text"].endswith("2 — Да")


async def test_a_text_longer_than_a_thousand_bytes_goes_in_pieces(chat: Meta) -> None:
    words = " ".join(f"слово{place}" for place in range(150))
    await chat.send(ANNA, TextPart(words, (Button("Да", "1.1"),)))
    shown = await chat.shown(ANNA)
    assert len(shown) == 2
    assert " ".join(one["text"] for one in shown) == words
    assert [len(one["buttons"]) for one in shown] == [0, 1]


async def test_a_file_is_shown_from_its_address(chat: Meta) -> None:
    # The emulator fetches the address, as Meta does; its own page of a file stands for ours.
    await chat.act(ANNA, "file", kind="document", data=b"%PDF-1.7", mime="application/pdf")
    (said,) = await chat.happened()
    assert isinstance(said, Incoming)
    url = said.media[0].ref
    part = FilePart(b"%PDF-1.7", "Полис.pdf", "application/pdf", "Ваш полис", url=url)
    await chat.send(ANNA, part)
    words, file = await chat.shown(ANNA)
    assert words["text"] == "Ваш полис"
    assert (file["media"]["kind"], file["media"]["mime"]) == ("file", "application/pdf")
    with pytest.raises(ChannelError, match="не смог взять файл"):
        await chat.send(ANNA, replace(part, caption="", url=f"{chat.url}/nowhere.pdf"))


async def test_a_file_that_instagram_cannot_show_goes_as_a_link(chat: Meta) -> None:
    part = FilePart(b"PK", "Анкета.docx", "application/msword", url="https://c.example/f/1")
    await chat.send(ANNA, part)
    assert (await last(chat))["text"] == "Анкета.docx: https://c.example/f/1"


async def test_without_a_public_address_no_file_goes(chat: Meta) -> None:
    with pytest.raises(ChannelError, match="PUBLIC_URL") as refused:
        await chat.send(ANNA, FilePart(b"%PDF", "a.pdf", "application/pdf"))
    assert refused.value.failure is Failure.REFUSED


async def test_a_day_later_only_a_person_is_let_through(chat: Meta) -> None:
    await chat.behave(clock_shift_hours=25)
    with pytest.raises(ChannelError) as refused:
        await chat.send(ANNA, TextPart("Мы на связи"))
    assert refused.value.failure is Failure.WINDOW
    await chat.send(ANNA, TextPart("Это Иван"), by_human=True)
    assert (await last(chat))["text"] == "Это Иван"
    await chat.behave(clock_shift_hours=24 * 8)
    with pytest.raises(ChannelError) as refused:
        await chat.send(ANNA, TextPart("Это опять Иван"), by_human=True)
    assert refused.value.failure is Failure.WINDOW


async def test_who_has_blocked_us_is_told(chat: Meta) -> None:
    await chat.act(ANNA, "block", on=True)
    with pytest.raises(ChannelError) as refused:
        await chat.send(ANNA, TextPart("Алло"))
    assert refused.value.failure is Failure.BLOCKED


async def test_there_are_no_templates(chat: Meta) -> None:
    with pytest.raises(ChannelError, match="нет шаблонов"):
        await chat.send(ANNA, TemplatePart("hello", "ru"))


CODES = [
    (401, 190, Failure.ACCOUNT),
    (403, 10, Failure.ACCOUNT),
    (429, 613, Failure.LATER),
    (400, 551, Failure.BLOCKED),
    (400, 100, Failure.REFUSED),
    (500, 2, Failure.RETRY),
]


@pytest.mark.parametrize(("status", "code", "failure"), CODES, ids=[str(one[1]) for one in CODES])
async def test_every_code_says_what_is_done_next(
    chat: Meta, status: int, code: int, failure: Failure
) -> None:
    await chat.control("faults", operation="messages", kind="status", status=status, code=code)
    with pytest.raises(ChannelError) as refused:
        await chat.send(ANNA, TextPart("Здравствуйте"))
    assert refused.value.failure is failure


async def test_typing_is_shown_and_reading_is_no_harm(chat: Meta) -> None:
    await chat.act(ANNA, "say", text="Есть кто?")
    (update,) = await chat.updates()
    await chat.instagram.answered(chat.account, update.body)
    await chat.instagram.typing(chat.account, ChatAddress(ANNA))
    path = f"{chat.account.external_id}/clients/{ANNA}"
    seen = (await chat.http.get(f"{chat.url}/control/graph/{path}")).json()
    assert seen["chat"]["typing"]
